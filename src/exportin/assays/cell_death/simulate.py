"""FCS files of a study whose quadrants are known."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import polars as pl

from exportin.assays.cell_death.quantities import QUADRANTS
from exportin.contract.assay import Simulated
from exportin.events.compact import in_16_bits
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

SCENARIOS = ("default", "n3", "n4", "n6", "n8", "compact")
Parts = tuple[float, float, float, float]
SPREAD = 0.18  # SD between experiments, of log-ratios to live
CELLS = 8_000
FEWER, OF_CONTROLS = 2_300, 5_400  # of a compact study: a quantile of 0.998 needs 5,000 events
ANNEXIN, DNA = "FITC-A", "PI-A"
DYES = {ANNEXIN: "Annexin V", DNA: "PI"}
SPILL = np.array([[1.0, 0.15], [0.02, 1.0]])  # FITC gives 15 % of its light in the PI channel
KINDS: Mapping[str, Kind] = {
    "live": Kind(dyes={}, size=90_000.0),
    "early": Kind(dyes={ANNEXIN: (14_000.0, 0.40)}, size=62_000.0),
    "late": Kind(dyes={ANNEXIN: (22_000.0, 0.40), DNA: (26_000.0, 0.35)}, size=50_000.0),
    "necrotic": Kind(dyes={DNA: (24_000.0, 0.35)}, size=66_000.0),
}
DEBRIS = 20_000.0
DIVISORS = {"FSC-A": 4.0, "FSC-H": 4.0, ANNEXIN: 2.0, DNA: 2.0}  # of 16-bit integers
CONTROL: Parts = (0.45, 0.25, 0.20, 0.10)  # killed and live cells together, for single stains
ALONE: Mapping[tuple[str, str], Parts] = {
    ("SIM-GIST-1", "DMSO"): (0.86, 0.06, 0.05, 0.03),
    ("SIM-GIST-1", "selinexor 500 nM"): (0.62, 0.18, 0.15, 0.05),
}
TRUTH: Mapping[tuple[str, str], Parts] = {
    ("SIM-GIST-1", "DMSO"): (0.87, 0.06, 0.045, 0.025),
    ("SIM-GIST-1", "selinexor 100 nM"): (0.75, 0.12, 0.095, 0.035),
    ("SIM-GIST-1", "selinexor 500 nM"): (0.58, 0.20, 0.17, 0.05),
    ("SIM-GIST-1", "imatinib 100 nM"): (0.72, 0.14, 0.105, 0.035),
    ("SIM-GIST-1R", "DMSO"): (0.86, 0.06, 0.05, 0.03),
    ("SIM-GIST-1R", "selinexor 100 nM"): (0.77, 0.11, 0.085, 0.035),
    ("SIM-GIST-1R", "selinexor 500 nM"): (0.61, 0.19, 0.15, 0.05),
    ("SIM-GIST-1R", "imatinib 100 nM"): (0.85, 0.065, 0.055, 0.03),
}
CONTROLS: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "unstained": ("unstained", "", frozenset()),
    "annexin_only": ("single_stain", "Annexin V", frozenset({ANNEXIN})),
    "PI_only": ("single_stain", "PI", frozenset({DNA})),
}
SUMS = ((0,), (1,), (2,), (3,), (1, 2, 3), (1, 2))
NAMES = (*QUADRANTS, "dead", "annexin_positive")
TITLE = "Simulated GIST lines: annexin V and PI after 72 hours"


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make FCS 3.1 files with 15 % spill-over, design and study file; the truth comes with them.

    ``default``: two lines, vehicle, two doses of selinexor and imatinib, three experiments with
    unstained cells and single stains of their own. ``n3`` ... ``n8``: one line, vehicle and one
    dose with so many experiments. ``compact``: those of ``default`` with fewer cells, in 16-bit
    integers.
    """
    whole, small = scenario in ("default", "compact"), scenario == "compact"
    cells, of_controls = (FEWER, OF_CONTROLS) if small else (CELLS, CELLS)
    truth = TRUTH if whole else ALONE
    experiments = 3 if whole else int(scenario[1:])
    files: dict[str, bytes] = {"study.toml": _study(whole=whole, small=small)}
    design = ["sample_id,file,unit_id,model,treatment,role,stain"]
    for number in range(1, experiments + 1):
        gain = float(np.exp(rng.normal(0.0, 0.08)))
        for name, (role, stain, stains) in CONTROLS.items():
            file = f"fcs/{name}_E{number}.fcs"
            made = quadrant_tube(
                CONTROL, rng, name=name, stains=stains, gain=gain, cells=of_controls
            )
            files[file] = fcs_bytes(_compact(made) if small else made)
            design.append(f"{name}_E{number},{file},E{number},,,{role},{stain}")
        for (model, treatment), parts in truth.items():
            name = f"{model}_{treatment.replace(' ', '_')}_E{number}"
            file = f"fcs/{name}.fcs"
            mine = varied_parts(parts, SPREAD, rng)
            made = quadrant_tube(tuple(mine), rng, name=name, gain=gain, cells=cells)
            files[file] = fcs_bytes(_compact(made) if small else made)
            role = "vehicle" if treatment == "DMSO" else "treated"
            design.append(f"{name},{file},E{number},{model},{treatment},{role},")
    files["design.csv"] = ("\n".join(design) + "\n").encode()
    return Simulated(files=files, truth=_truth(truth))


def _compact(made: EventData) -> EventData:
    return in_16_bits(made, DIVISORS, without=("SSC-A",))


def quadrant_tube(
    parts: tuple[float, ...],
    rng: np.random.Generator,
    *,
    name: str,
    stains: frozenset[str] = frozenset(DYES),
    gain: float = 1.0,
    cells: int = CELLS,
    spill: np.ndarray = SPILL,
) -> EventData:
    """Return a tube with these parts of live, early, late and necrotic cells.

    Parameters
    ----------
    parts
        Fractions; cells are drawn from them.
    stains
        Dyes that were added.
    gain
        Brightness of the stains in this experiment.
    """
    counts = rng.multinomial(cells, np.asarray(parts) / np.sum(parts))
    kinds = [(KINDS[name], int(n)) for name, n in zip(QUADRANTS, counts, strict=True)]
    tube = Stained(kinds=kinds, dyes=DYES, spill=spill, stains=stains, gain=gain)
    return stained_tube(tube, rng, name=name)


def _truth(means: Mapping[tuple[str, str], Parts]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "block": "cell_death",
                "quantity": name,
                "model": model,
                "treatment": treatment,
                "value": value,
                "bound": "=",
                "units": "",
            }
            for (model, treatment), parts in means.items()
            for name, value in zip(NAMES, _true(parts), strict=True)
        ]
    )


@cache
def _true(parts: Parts) -> list[float]:
    """Return what means of logits estimate, for each quadrant and sum."""
    drawn = drawn_parts(parts, SPREAD)
    return [mean_logit(drawn[:, list(which)].sum(axis=1)) for which in SUMS]


def _study(*, whole: bool, small: bool) -> bytes:
    debris = DEBRIS / (DIVISORS["FSC-A"] if small else 1.0)
    text = f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "{TITLE}"
seed   = 20160825

[block.cell_death]
assay           = "cell_death"
files           = ["fcs/*.fcs"]
annexin_channel = "{ANNEXIN}"
dna_channel     = "{DNA}"
debris_below    = {debris:g}      # forward scatter; shrunken apoptotic cells lie above it
"""
    return (text + (_QUESTIONS if whole else "")).encode()


_QUESTIONS = """
[[block.cell_death.compare]]            # dead named beforehand
quantity = "dead"
between  = "treatment"
versus   = "DMSO"
within   = "model"
adjust   = "holm"

[[block.cell_death.compare]]            # all quadrants, live against the rest first
quantity = "quadrants"
between  = "treatment"
versus   = "DMSO"
within   = "model"
adjust   = "holm"
test     = "parts"
"""
