"""A slow and a fast cell line with the same drug effect per division, and day-0 plates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from exportin.assays.viability.simulate_plates import bmg_file
from exportin.contract.assay import Simulated
from exportin.tables.wells import row_letters

DURATION_H = 72.0
EXPERIMENTS = 3
DOSES_NM = tuple(float(f"{4000.0 / 2.5**i:.4g}") for i in range(10))
DAY_ZERO_RLU, BLANK_RLU = 15_000.0, 400.0
WELL_CV, SEEDING_CV, PLATE_CV = 0.05, 0.15, 0.02  # wells; experiments; the readings of one
SHARED_SD_LOG10, OWN_SD_LOG10 = 0.06, 0.04  # of the GEC50 between experiments: passage; drug
READ_RLU = 30.0  # SD of the reader
TIME_ZERO_COLUMN, BLANK_COLUMN, VEHICLE_COLUMN = 1, 12, 1
TITLE = "Simulated slow and fast line with the same growth-rate inhibition"


@dataclass(frozen=True, slots=True)
class Drug:
    """GR curve of a drug, the same in both lines."""

    rows: str
    gec50_nm: float
    gr_inf: float
    hill: float = 1.2

    def gr(self, dose_nm: float, shift: float = 1.0) -> float:
        """GR value at a dose."""
        height = 1.0 / (1.0 + (dose_nm / (self.gec50_nm * shift)) ** self.hill)
        return float(self.gr_inf + (1.0 - self.gr_inf) * height)

    def dose_at(self, gr: float) -> float:
        """Dose of a GR value in nM; infinite if it is never reached."""
        if gr <= self.gr_inf:
            return float("inf")
        return float(self.gec50_nm * ((1.0 - gr) / (gr - self.gr_inf)) ** (1.0 / self.hill))


DIVISION_TIME_H = {"SIM-SLOW": 90.0, "SIM-FAST": 24.0}
DRUGS = {"selinexor": Drug("ABC", 90.0, -0.1), "doxorubicin": Drug("EFG", 150.0, -0.6)}


def simulate_growth(rng: np.random.Generator) -> Simulated:
    """Make end-point and day-0 plates of three experiments per line, with their truth."""
    design = ["sample_id,file,unit_id,model"]
    layout = ["sample_id,well,role,treatment,dose,dose_unit", *_layout("", _end_content)]
    files: dict[str, bytes] = {}
    run = 300
    for line, division_h in DIVISION_TIME_H.items():
        for number in range(1, EXPERIMENTS + 1):
            seeded = DAY_ZERO_RLU * float(np.exp(rng.normal(0.0, SEEDING_CV)))
            for when, end in (("D0", False), ("72H", True)):
                run += 1
                sample = f"{line}-E{number}-{when}"
                grid = _end_plate(seeded, division_h, rng) if end else _day_zero(seeded, rng)
                test = f"CellTiter-Glo {when}"
                files[f"plates/{sample}.csv"] = bmg_file(grid, sample, run, test=test)
                design.append(f"{sample},plates/{sample}.csv,E{number},{line}")
                layout += [] if end else _layout(sample, _day_zero_content)
    files["design.csv"] = ("\n".join(design) + "\n").encode()
    files["layout.csv"] = ("\n".join(layout) + "\n").encode()
    return Simulated(files={**files, "study.toml": _study()}, truth=_truth())


def _signals(means: Iterator[tuple[int, int, float]], rng: np.random.Generator) -> np.ndarray:
    plate = float(np.exp(rng.normal(0.0, PLATE_CV)))
    grid = np.full((8, 12), np.nan)
    for row, column, mean in means:
        noise = float(np.exp(rng.normal(0.0, WELL_CV)))
        grid[row, column] = BLANK_RLU + plate * mean * noise + rng.normal(0.0, READ_RLU)
    return grid


def _day_zero(seeded: float, rng: np.random.Generator) -> np.ndarray:
    means = ((row, column, seeded * (column == 0)) for row in range(8) for column in (0, 11))
    return _signals(means, rng)


def _end_plate(seeded: float, division_h: float, rng: np.random.Generator) -> np.ndarray:
    shared = rng.normal(0.0, SHARED_SD_LOG10)
    shifts = {name: float(10 ** (shared + rng.normal(0.0, OWN_SD_LOG10))) for name in DRUGS}
    return _signals(_end_means(seeded, DURATION_H / division_h, shifts), rng)


def _end_means(
    seeded: float, doublings: float, shifts: dict[str, float]
) -> Iterator[tuple[int, int, float]]:
    """Mean signal of every used well: x = x0 * 2^(k log2(GR + 1))."""
    for row in range(8):
        yield row, VEHICLE_COLUMN - 1, seeded * 2**doublings
        yield row, BLANK_COLUMN - 1, 0.0
    for column in range(1, 11):
        yield 3, column, seeded * 2**doublings
    for name, drug in DRUGS.items():
        for column, dose in enumerate(DOSES_NM, start=1):
            for letter in drug.rows:
                gr = drug.gr(dose, shifts[name])
                yield ord(letter) - 65, column, seeded * (gr + 1.0) ** doublings


def _layout(sample: str, content: Callable[[str, int], str]) -> list[str]:
    wells = [(row_letters(row), column) for row in range(8) for column in range(1, 13)]
    return [f"{sample},{row}{column:02d},{content(row, column)}" for row, column in wells]


def _end_content(letter: str, column: int) -> str:
    if column == BLANK_COLUMN:
        return "blank,,,"
    if column == VEHICLE_COLUMN or letter == "D":
        return "vehicle,DMSO,,"
    for name, drug in DRUGS.items():
        if letter in drug.rows:
            return f"treated,{name},{DOSES_NM[column - 2]:g},nM"
    return "empty,,,"


def _day_zero_content(letter: str, column: int) -> str:
    del letter
    return {TIME_ZERO_COLUMN: "time_zero,,,", BLANK_COLUMN: "blank,,,"}.get(column, "empty,,,")


def _study() -> bytes:
    return f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "{TITLE}"
seed   = 20160521

[block.viability]
assay  = "viability"
files  = ["plates/*.csv"]
layout = "layout.csv"
growth_rate = true

[[block.viability.compare]]
quantity = "gr50"
between  = "model"
versus   = "SIM-FAST"
within   = "treatment"
pairing  = "unpaired"
""".encode()


def _truth() -> pl.DataFrame:
    """GR metrics are those of the drug; the potencies follow from how far the line grows."""
    rows = []
    for line, division_h in DIVISION_TIME_H.items():
        for name, drug in DRUGS.items():
            k = DURATION_H / division_h
            found = {
                "gr50": drug.dose_at(0.5),
                "gec50": drug.gec50_nm,
                "ic50_absolute": drug.dose_at(2.0 * 0.5 ** (1.0 / k) - 1.0),
                "ec50": _middle(drug, k),
            }
            rows += [_row(line, name, q, v, "nM") for q, v in found.items()]
            rows.append(_row(line, name, "gr_inf", drug.gr_inf, ""))
            rows.append(_row(line, name, "gr_hill", drug.hill, ""))
            rows.append(_row(line, name, "gr_max", drug.gr(DOSES_NM[0]), ""))
    return pl.DataFrame(rows)


def _middle(drug: Drug, k: float) -> float:
    """Dose halfway between top and bottom of the viability curve r = ((GR + 1) / 2)^k."""
    middle = (1.0 + ((drug.gr_inf + 1.0) / 2.0) ** k) / 2.0
    return drug.dose_at(2.0 * float(middle ** (1.0 / k)) - 1.0)


def _row(line: str, drug: str, quantity: str, value: float, unit: str) -> dict[str, object]:
    top = DOSES_NM[0] if unit else value
    return {
        "block": "viability",
        "quantity": quantity,
        "model": line,
        "treatment": drug,
        "value": min(value, top),
        "bound": ">" if value > top else "=",
        "units": unit,
    }
