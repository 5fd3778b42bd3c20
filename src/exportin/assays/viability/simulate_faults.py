"""Plates whose faults are known: edge effect, gradient, drift; in series and randomized."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from exportin.assays.viability.simulate import (
    BLANK_RLU,
    BOTTOM,
    DRUGS,
    PANEL,
    PLATE_CV,
    SHARED_SD_LOG10,
    SIGNAL_RLU,
    WELL_CV,
    _truth,
    doses,
)
from exportin.assays.viability.simulate import simulate as simulate_panel
from exportin.assays.viability.simulate_plates import bmg_file
from exportin.contract.assay import Simulated
from exportin.kernels.plate_pattern import pattern_columns
from exportin.plates.make_layout import LayoutWish, layout_csv, make_layout
from exportin.plates.normalize import PLATE
from exportin.plates.wellmap import placed
from exportin.tables.wells import PLATES

LINE = PANEL[1]
LAYOUT_SEED = 5
EXPERIMENTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with plates, as fractions of the signal; nothing by default.

    Parameters
    ----------
    edge
        Outer ring against the inside.
    row, column
        Last row or column against the first.
    drift
        Each plate of an experiment against the one before.
    well_cv, plate_cv
        Spread of wells within and of plates between.
    plates
        Per experiment.
    randomize
        Randomized layout or dilution series.
    """

    edge: float = 0.0
    row: float = 0.0
    column: float = 0.0
    drift: float = 0.0
    well_cv: float = WELL_CV
    plate_cv: float = PLATE_CV
    plates: int = 1
    randomize: bool = False


FAULTS = {
    "plates_clean": Fault(),
    "plates_randomized": Fault(randomize=True),
    "plates_edge": Fault(edge=-0.15, randomize=True),
    "plates_gradient": Fault(column=-0.30, randomize=True),
    "plates_drift": Fault(drift=-0.06, plates=6, plate_cv=0.03),
}


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make a study of one cell line with faulty plates, or any other scenario of the assay.

    The truth is that of the drugs: a plate's fault is not part of it.
    """
    fault = FAULTS.get(scenario)
    if fault is None:
        return simulate_panel(scenario, rng)
    layout = plate_layout(randomize=fault.randomize)
    files = {"layout.csv": layout_csv(layout), "study.toml": _study(scenario)}
    design = ["sample_id,file,unit_id,model,subtype,run_order"]
    for experiment in range(1, EXPERIMENTS + 1):
        shift = rng.normal(0.0, SHARED_SD_LOG10)
        for number in range(1, fault.plates + 1):
            sample = f"{LINE.name}-E{experiment}-P{number}"
            name = f"plates/{sample}.csv"
            plate = simulate_plate(layout, fault, rng, number=number, shift=shift)
            run = 100 * experiment + number
            files[name] = bmg_file(_grid(plate), sample, run, test="CellTiter-Glo 72h")
            design.append(f"{sample},{name},E{experiment},{LINE.name},{LINE.subtype},{number}")
    files["design.csv"] = ("\n".join(design) + "\n").encode()
    return Simulated(files=files, truth=_truth((LINE,)))


def plate_layout(*, randomize: bool, size: int = 96) -> pl.DataFrame:
    """Lay out both drugs of the panel over all wells of a plate, controls among them."""
    tested = tuple(doses("doxorubicin"))
    wish = LayoutWish(size=size, drugs=tuple(DRUGS), doses=tested, vehicle=24, blank=8, edge="use")
    return make_layout(wish, randomize=randomize, seed=LAYOUT_SEED)


def simulate_plate(
    layout: pl.DataFrame,
    fault: Fault,
    rng: np.random.Generator,
    *,
    number: int = 1,
    sample: str = "P1",
    size: int = 96,
    shift: float = 0.0,
) -> pl.DataFrame:
    """Measure one plate: the rows an assay gets, without going through files.

    Parameters
    ----------
    layout
        ``well, role, treatment, dose, dose_unit`` in nM.
    fault
        What is wrong with it.
    rng
        Where the noise comes from.
    number
        Place in the run, from 1.
    sample, size
        Name of the plate and how many wells it has.
    shift
        Of the EC50s of this experiment, log10.
    """
    wells = placed(layout)
    where = pattern_columns(
        wells.get_column("row").to_numpy(), wells.get_column("column").to_numpy(), PLATES[size]
    )
    trend = (where[:, 1] + 0.5) * fault.row + (where[:, 2] + 0.5) * fault.column
    height = _heights(wells, shift) * (1 + where[:, 0] * fault.edge) * (1 + trend)
    signal = SIGNAL_RLU * np.exp(rng.normal(0.0, fault.plate_cv))
    signal *= (1 + fault.drift) ** (number - 1)
    noise = np.exp(rng.normal(0.0, fault.well_cv, wells.height))
    value = BLANK_RLU + signal * height * noise + rng.normal(0.0, 30.0, wells.height)
    used = pl.col("role") != "empty"
    names = dict.fromkeys(PLATE, sample)
    return wells.with_columns(
        pl.when(used).then(pl.Series(np.round(value))).alias("value"),
        pl.lit(float(number)).alias("run_order"),
        *[pl.lit(text).alias(column) for column, text in names.items()],
        pl.lit(LINE.name).alias("model"),
        pl.lit("E1").alias("unit_id"),
        pl.lit("").alias("cause"),
        pl.lit("").alias("channel"),
        (pl.lit(f"{sample}:") + pl.col("well")).alias("row_id"),
    )


def _heights(wells: pl.DataFrame, shift: float) -> np.ndarray:
    """Mean viability of every well; medium is zero."""
    out = np.where(wells.get_column("role").is_in(["blank", "empty"]).to_numpy(), 0.0, 1.0)
    for at, (drug, dose) in enumerate(wells.select("treatment", "dose").iter_rows()):
        if dose is not None:
            bottom = LINE.bottom.get(drug, BOTTOM)
            ratio = (dose / (LINE.ec50_nm[drug] * 10**shift)) ** LINE.hill
            out[at] = bottom + (1 - bottom) / (1 + ratio)
    return out


def _grid(plate: pl.DataFrame) -> np.ndarray:
    grid = np.full(PLATES[96], np.nan)
    for row, column, value in plate.select("row", "column", "value").iter_rows():
        grid[row, column] = np.nan if value is None else value
    return grid


def _study(scenario: str) -> bytes:
    return f"""#:schema ./study.schema.json
[study]
schema = 1
title  = "Simulated plates: {scenario.removeprefix("plates_")}"
seed   = 20160216

[block.viability]
assay  = "viability"
files  = ["plates/*.csv"]
layout = "layout.csv"
""".encode()
