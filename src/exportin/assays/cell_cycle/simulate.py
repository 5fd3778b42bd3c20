"""FCS files of a study whose cell-cycle fractions are known."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from exportin.assays.cell_cycle.simulate_cells import Nuclei, logit_mean, tube, varied
from exportin.contract.assay import Simulated
from exportin.events.compact import in_16_bits
from exportin.tables.fcs_write import fcs_bytes

SCENARIOS = ("default", "n3", "n4", "n6", "n8", "arrest", "compact")
Phases = tuple[float, float, float]
SPREAD = 0.12  # SD between experiments, of logits
POSITION = 0.03  # SD of ln G1 channel between tubes
ALONE: Mapping[tuple[str, str], Phases] = {("SIM-GIST-1", "DMSO"): (0.60, 0.25, 0.15)}
TRUTH: Mapping[tuple[str, str], Phases] = {  # G1 arrest by dose; imatinib in the naive line only
    ("SIM-GIST-1", "DMSO"): (0.56, 0.27, 0.17),
    ("SIM-GIST-1", "selinexor 100 nM"): (0.68, 0.18, 0.14),
    ("SIM-GIST-1", "selinexor 500 nM"): (0.79, 0.09, 0.12),
    ("SIM-GIST-1", "imatinib 100 nM"): (0.80, 0.10, 0.10),
    ("SIM-GIST-1R", "DMSO"): (0.54, 0.29, 0.17),
    ("SIM-GIST-1R", "selinexor 100 nM"): (0.67, 0.19, 0.14),
    ("SIM-GIST-1R", "selinexor 500 nM"): (0.77, 0.10, 0.13),
    ("SIM-GIST-1R", "imatinib 100 nM"): (0.55, 0.28, 0.17),
}
SUB_G1 = {"DMSO": 0.012, "selinexor 100 nM": 0.020, "selinexor 500 nM": 0.040}
EVENTS = {"arrest": 20_000, "compact": 4_000}
DIVISORS = {"FSC-A": 4.0, "SSC-A": 4.0, "PI-A": 4.0, "PI-H": 4.0}
TITLE = "Simulated GIST lines: cell cycle after 24 hours"


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make FCS 3.1 files, design and study file; the truth comes with them.

    ``default``: two lines, vehicle, two doses of selinexor and imatinib, three experiments.
    ``n3`` ... ``n8``: one line and the vehicle with so many experiments. ``arrest``: the lines of
    ``default`` with 20,000 events a tube; ``compact``: with 4,000, in 16-bit integers.
    """
    whole = scenario == "default" or scenario in EVENTS
    truth = TRUTH if whole else ALONE
    experiments = 3 if whole else int(scenario[1:])
    events = EVENTS.get(scenario, 6_000)
    files: dict[str, bytes] = {"study.toml": _study(whole=whole)}
    design = ["sample_id,file,unit_id,model,treatment,role"]
    for number in range(1, experiments + 1):
        gain = np.exp(rng.normal(0.0, 0.05))
        for (model, treatment), phases in truth.items():
            name = f"{model}_{treatment.replace(' ', '_')}_E{number}"
            cells = Nuclei(
                phases=varied(phases, SPREAD, rng),
                events=events,
                cv=float(np.clip(rng.normal(0.038, 0.004), 0.025, 0.05)),
                sub_g1=SUB_G1.get(treatment, 0.015),
                g1=float(50_000.0 * gain * np.exp(rng.normal(0.0, POSITION))),
            )
            file = f"fcs/{name}.fcs"
            made = tube(cells, rng, name=name)
            if scenario == "compact":
                made = in_16_bits(made, DIVISORS, without=("PI-W",))
            files[file] = fcs_bytes(made)
            role = "vehicle" if treatment == "DMSO" else "treated"
            design.append(f"{name},{file},E{number},{model},{treatment},{role}")
    files["design.csv"] = ("\n".join(design) + "\n").encode()
    return Simulated(files=files, truth=_truth(truth))


def _truth(means: Mapping[tuple[str, str], Phases]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "block": "cell_cycle",
                "quantity": name,
                "model": model,
                "treatment": treatment,
                "value": value,
                "bound": "=",
                "units": "",
            }
            for (model, treatment), phases in means.items()
            for name, value in zip(("g1", "s", "g2m"), logit_mean(phases, SPREAD), strict=True)
        ]
    )


def _study(*, whole: bool) -> bytes:
    text = f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "{TITLE}"
seed   = 20160824

[block.cell_cycle]
assay       = "cell_cycle"
files       = ["fcs/*.fcs"]
dna_channel = "PI-A"
"""
    return (text + (_QUESTIONS if whole else "")).encode()


_QUESTIONS = """
[[block.cell_cycle.compare]]            # G1 named beforehand; S and G2/M adjusted
quantity = "phases"
between  = "treatment"
versus   = "DMSO"
within   = "model"
test     = "parts"

[[block.cell_cycle.compare]]            # does the arrest follow the dose?
quantity = "g1"
between  = "treatment"
groups   = ["DMSO", "selinexor 100 nM", "selinexor 500 nM"]
within   = "model"
trend    = true
"""
