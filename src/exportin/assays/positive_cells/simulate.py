"""FCS files of a TUNEL study whose positive fractions are known."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from exportin.contract.assay import Simulated
from exportin.events.simulated_stains import (
    Kind,
    Stained,
    drawn_parts,
    mean_logit,
    stained_tube,
    varied_parts,
)
from exportin.tables.events import EventData
from exportin.tables.fcs_write import fcs_bytes

SCENARIOS = ("default", "n3", "n4", "n6", "n8")
SPREAD = 0.22  # SD between experiments, of the log odds
CELLS = 8_000
MARKER, DNA = "FITC-A", "PI-A"
DYES = {MARKER: "TUNEL FITC", DNA: "PI"}
SPILL = np.array([[1.0, 0.15], [0.02, 1.0]])  # FITC gives 15 % of its light in the PI channel
NEGATIVE = Kind(dyes={DNA: (20_000.0, 0.15)})
POSITIVE = Kind(dyes={MARKER: (9_000.0, 0.45), DNA: (18_000.0, 0.18)}, size=65_000.0)
QUANTILE = 0.99
DEBRIS = 20_000.0
ALONE: Mapping[tuple[str, str], float] = {
    ("SIM-LPS-1", "DMSO"): 0.05,
    ("SIM-LPS-1", "selinexor 500 nM"): 0.30,
}
TRUTH: Mapping[tuple[str, str], float] = {
    ("SIM-LPS-1", "DMSO"): 0.04,
    ("SIM-LPS-1", "selinexor 100 nM"): 0.14,
    ("SIM-LPS-1", "selinexor 500 nM"): 0.33,
    ("SIM-LPS-2", "DMSO"): 0.05,
    ("SIM-LPS-2", "selinexor 100 nM"): 0.10,
    ("SIM-LPS-2", "selinexor 500 nM"): 0.24,
}
TITLE = "Simulated liposarcoma lines: TUNEL after 48 hours"


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make FCS 3.1 files with 15 % spill-over, design and study file; the truth comes with them.

    ``default``: two lines, vehicle and two doses, three experiments with a control without enzyme
    of their own. ``n3`` ... ``n8``: one line, vehicle and one dose with so many experiments.
    """
    whole = scenario == "default"
    truth = TRUTH if whole else ALONE
    experiments = 3 if whole else int(scenario[1:])
    files: dict[str, bytes] = {"study.toml": _study(whole=whole)}
    design = ["sample_id,file,unit_id,model,treatment,role"]
    for number in range(1, experiments + 1):
        gain = float(np.exp(rng.normal(0.0, 0.08)))
        for model in dict.fromkeys(model for model, _ in truth):
            name = f"{model}_no_enzyme_E{number}"
            file = f"fcs/{name}.fcs"
            made = marker_tube(0.0, rng, name=name, stains=frozenset({DNA}), gain=gain)
            files[file] = fcs_bytes(made)
            design.append(f"{name},{file},E{number},{model},,no_enzyme")
        for (model, treatment), part in truth.items():
            name = f"{model}_{treatment.replace(' ', '_')}_E{number}"
            file = f"fcs/{name}.fcs"
            mine = float(varied_parts((1.0 - part, part), SPREAD, rng)[1])
            files[file] = fcs_bytes(marker_tube(mine, rng, name=name, gain=gain))
            role = "vehicle" if treatment == "DMSO" else "treated"
            design.append(f"{name},{file},E{number},{model},{treatment},{role}")
    files["design.csv"] = ("\n".join(design) + "\n").encode()
    return Simulated(files=files, truth=_truth(truth))


def marker_tube(
    part: float,
    rng: np.random.Generator,
    *,
    name: str,
    stains: frozenset[str] = frozenset(DYES),
    gain: float = 1.0,
    cells: int = CELLS,
) -> EventData:
    """Return a tube of which a part is positive."""
    positive = int(rng.binomial(cells, part))
    kinds = [(NEGATIVE, cells - positive), (POSITIVE, positive)]
    tube = Stained(kinds=kinds, dyes=DYES, spill=SPILL, stains=stains, gain=gain)
    return stained_tube(tube, rng, name=name)


def _truth(means: Mapping[tuple[str, str], float]) -> pl.DataFrame:
    """Return true parts, with the negative cells that lie above the limit by its definition."""
    rows = []
    for (model, treatment), part in means.items():
        drawn = drawn_parts((1.0 - part, part), SPREAD)[:, 1]
        seen = drawn + (1.0 - drawn) * (1.0 - QUANTILE)
        for name, value in (
            ("positive", mean_logit(seen)),
            ("net_positive", float(np.mean(seen)) - (1.0 - QUANTILE)),
        ):
            rows.append({
                "block": "positive_cells", "quantity": name, "model": model,
                "treatment": treatment, "value": value, "bound": "=", "units": "",
            })  # fmt: skip
    return pl.DataFrame(rows)


def _study(*, whole: bool) -> bytes:
    text = f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "{TITLE}"
seed   = 20160826

[block.positive_cells]
assay          = "positive_cells"
files          = ["fcs/*.fcs"]
marker         = "TUNEL"
marker_channel = "{MARKER}"
control        = "no_enzyme"
debris_below   = {DEBRIS:g}      # forward scatter; shrunken cells lie above it
"""
    return (text + (_QUESTIONS if whole else "")).encode()


_QUESTIONS = """
[[block.positive_cells.compare]]
quantity = "positive"
between  = "treatment"
versus   = "DMSO"
within   = "model"
adjust   = "holm"
"""
