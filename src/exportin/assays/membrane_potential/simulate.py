"""FCS files of a JC-1 study whose depolarized fractions are known."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl

from exportin.assays.membrane_potential.ratios import log_ratios
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
SPREAD = 0.20  # SD between experiments, of the log odds
BRIGHT = 0.10  # SD between experiments, of ln red (voltages, dye)
CELLS = 6_000
GREEN, RED = "FITC-A", "PE-A"
DYES = {GREEN: "JC-1 monomer", RED: "JC-1 aggregate"}
SPILL = np.array([[1.0, 0.15], [0.01, 1.0]])  # green gives 15 % of its light in the red channel
POLARIZED = ((6_000.0, 0.28), (24_000.0, 0.30))
COLLAPSED = ((11_000.0, 0.30), (2_200.0, 0.38))
FCCP_PART = 0.97
DEBRIS = 20_000.0
ALONE: Mapping[tuple[str, str], float] = {
    ("SIM-LPS-1", "DMSO"): 0.08,
    ("SIM-LPS-1", "compound A 10 uM"): 0.34,
}
TRUTH: Mapping[tuple[str, str], float] = {
    ("SIM-LPS-1", "DMSO"): 0.07,
    ("SIM-LPS-1", "compound A 2 uM"): 0.18,
    ("SIM-LPS-1", "compound A 10 uM"): 0.40,
    ("SIM-LPS-2", "DMSO"): 0.09,
    ("SIM-LPS-2", "compound A 2 uM"): 0.12,
    ("SIM-LPS-2", "compound A 10 uM"): 0.25,
}
MANY = 200_000
"""Cells of the tubes that the true medians are taken from."""
TITLE = "Simulated liposarcoma lines: JC-1 after 24 hours"


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make FCS 3.1 files with 15 % spill-over, design and study file; the truth comes with them.

    ``default``: two lines, vehicle and two doses, three experiments with an FCCP control for each
    line. ``n3`` ... ``n8``: one line, vehicle and one dose with so many experiments.
    """
    whole = scenario == "default"
    truth = TRUTH if whole else ALONE
    experiments = 3 if whole else int(scenario[1:])
    files: dict[str, bytes] = {"study.toml": _study(whole=whole)}
    design = ["sample_id,file,unit_id,model,treatment,role"]
    for number in range(1, experiments + 1):
        red = float(np.exp(rng.normal(0.0, BRIGHT)))
        for model in dict.fromkeys(model for model, _ in truth):
            name = f"{model}_FCCP_E{number}"
            files[f"fcs/{name}.fcs"] = fcs_bytes(jc1_tube(FCCP_PART, rng, name=name, red=red))
            design.append(f"{name},fcs/{name}.fcs,E{number},{model},,fccp")
        for (model, treatment), part in truth.items():
            name = f"{model}_{treatment.replace(' ', '_')}_E{number}"
            mine = float(varied_parts((1.0 - part, part), SPREAD, rng)[1])
            files[f"fcs/{name}.fcs"] = fcs_bytes(jc1_tube(mine, rng, name=name, red=red))
            role = "vehicle" if treatment == "DMSO" else "treated"
            design.append(f"{name},fcs/{name}.fcs,E{number},{model},{treatment},{role}")
    files["design.csv"] = ("\n".join(design) + "\n").encode()
    return Simulated(files=files, truth=_truth(truth))


def jc1_tube(
    part: float, rng: np.random.Generator, *, name: str, red: float = 1.0, cells: int = CELLS
) -> EventData:
    """Return a tube of which a part is depolarized.

    Parameters
    ----------
    part
        Depolarized fraction; cells are drawn from it.
    red
        Brightness of the red channel in this experiment.
    """
    count = int(rng.binomial(cells, part))
    tube = Stained(
        kinds=[(_kind(POLARIZED, red), cells - count), (_kind(COLLAPSED, red), count)],
        dyes=DYES,
        spill=SPILL,
        stains=frozenset(DYES),
    )
    return stained_tube(tube, rng, name=name)


def _kind(signals: tuple[tuple[float, float], tuple[float, float]], red: float) -> Kind:
    (green, spread), (bright, wide) = signals
    return Kind(dyes={GREEN: (green, spread), RED: (bright * red, wide)})


@cache
def _log_median(part: float) -> float:
    """Mean over experiments of the median of ln(red/green), from large tubes without chance."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)
    found = []
    for node in nodes:
        odds = part / (1.0 - part) * np.exp(SPREAD * node)
        share = float(odds / (1.0 + odds))
        data = jc1_tube(share, np.random.default_rng(7), name="truth", cells=MANY)
        inverse = np.linalg.inv(SPILL)
        seen = np.stack([data.channel(name) for name in DYES]).astype(np.float64)
        green, red = inverse.T @ seen
        single = data.channel("FSC-A") / data.channel("FSC-H") < 1.25
        keep = single & (data.channel("FSC-A") > DEBRIS)
        found.append(float(np.median(log_ratios(red[keep], green[keep]))))
    return float(weights @ found / weights.sum())


def _truth(means: Mapping[tuple[str, str], float]) -> pl.DataFrame:
    rows = []
    for (model, treatment), part in means.items():
        drawn = drawn_parts((1.0 - part, part), SPREAD)[:, 1]
        median = _log_median(part)
        base = _log_median(means[model, "DMSO"])
        numbers = {"depolarized": mean_logit(drawn), "red_green_ratio": float(np.exp(median))}
        if treatment != "DMSO":
            numbers["ratio_to_vehicle"] = float(np.exp(median - base))
        for name, value in numbers.items():
            rows.append({
                "block": "membrane_potential", "quantity": name, "model": model,
                "treatment": treatment, "value": value, "bound": "=", "units": "",
            })  # fmt: skip
    return pl.DataFrame(rows)


def _study(*, whole: bool) -> bytes:
    text = f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "{TITLE}"
seed   = 20160827

[block.membrane_potential]
assay         = "membrane_potential"
files         = ["fcs/*.fcs"]
red_channel   = "{RED}"
green_channel = "{GREEN}"
debris_below  = {DEBRIS:g}      # forward scatter; shrunken cells lie above it
"""
    return (text + (_QUESTIONS if whole else "")).encode()


_QUESTIONS = """
[[block.membrane_potential.compare]]
quantity = "depolarized"
between  = "treatment"
versus   = "DMSO"
within   = "model"
adjust   = "holm"

[[block.membrane_potential.compare]]
quantity = "red_green_ratio"
between  = "treatment"
versus   = "DMSO"
within   = "model"
adjust   = "holm"
"""
