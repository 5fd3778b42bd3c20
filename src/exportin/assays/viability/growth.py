"""How far the vehicle-treated cells of each plate grew, and the GR value of each well."""

import re
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.kernels.growth_rate import at_limit, control_doublings, division_doublings, gr_values
from exportin.plates.normalize import HOME, PLATE, plate_blanks, plate_controls, with_cells

DRUG = re.compile(r"(treatment|dose|dose_unit)(_[0-9]+)?$")
TIME_ZERO, DIVISION_TIME = "gr_time_zero", "gr_division_time"
HOURS = ("division_time_h", "duration_h")
LEAST_DOUBLINGS = 0.2
"""Below it an error of 5 % of a signal, common for wells, moves GR by half of the way from growth
to stasis (2 x 0.05 / 0.2), and values above the vehicle's run away: no GR values are given."""


def cell_keys(context: Context) -> list[str]:
    """Columns that say which cells a well holds: experiment and keys, but no drug and no dose."""
    return ["unit_id", *(key for key in context.keys if not DRUG.match(key))]


def with_hours(frame: pl.DataFrame) -> pl.DataFrame:
    """Add empty columns of hours where no table has them."""
    absent = [name for name in HOURS if name not in frame.columns]
    return frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in absent)


def without_day_zero(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out plates that were read at time zero only; they have no vehicle to be judged by."""
    if "time_zero" not in frame.get_column("role").to_list():
        return frame
    day_zero = (pl.col("role") == "time_zero").any() & ~pl.col("role").is_in(
        ["treated", "vehicle"]
    ).any()
    return frame.filter(~day_zero.over(PLATE))


def time_zero_wells(frame: pl.DataFrame) -> pl.DataFrame:
    """Return time-zero wells with ``signal``: value less the mean blank of their own plate."""
    blanks = plate_blanks(frame)
    wells = frame.filter((pl.col("role") == "time_zero") & pl.col("value").is_not_null())
    place = [*PLATE, "model"]
    joined = wells.join(blanks, on=place, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(
        (pl.col("value") - pl.col("blank_mean").fill_null(0.0)).alias("signal")
    )


def plate_growth(
    frame: pl.DataFrame, settings: ViabilitySettings, context: Context
) -> pl.DataFrame:
    """Say for the cells of each treated plate how often the vehicle doubled, and how it is known.

    Time-zero wells of the same plate come first, then those of all plates with the same
    experiment and model (a day-0 plate), then the division time.

    Returns
    -------
    polars.DataFrame
        A row per plate and `cell_keys`: vehicle, time_zero (signals less their blanks),
        time_zero_n, time_zero_of (which wells), division_time_h, duration_h, gr_source (null if
        nothing says how the cells grew) and doublings (null where the vehicle did not grow, or
        less than `LEAST_DOUBLINGS`).
    """
    cells = cell_keys(context)
    plates = _treated_plates(frame, settings, context)
    if not settings.normalized:
        zero = time_zero_wells(frame)
        own, shared = [*PLATE, *cells], cells
        plates = plates.join(_means(zero, own, "own"), on=own, how="left", nulls_equal=True)
        plates = plates.join(_means(zero, shared, "any"), on=shared, how="left", nulls_equal=True)
    else:
        empty = {f"{name}_{of}": None for name in ("zero", "n") for of in ("own", "any")}
        plates = plates.with_columns(pl.lit(v, dtype=pl.Float64).alias(k) for k, v in empty.items())
    same_plate = pl.col("zero_own").is_not_null()
    name = pl.concat_str([pl.col(c) for c in (*PLATE, *cells)], separator="|", ignore_nulls=True)
    plates = plates.with_columns(
        pl.coalesce("zero_own", "zero_any").alias("time_zero"),
        pl.coalesce("n_own", "n_any").cast(pl.Float64).alias("time_zero_n"),
        pl.when(same_plate).then(name).otherwise(pl.lit("day 0")).alias("time_zero_of"),
    ).drop("zero_own", "zero_any", "n_own", "n_any")
    sources = [_source(row) for row in plates.iter_rows(named=True)]
    doublings = [_doublings(row, s) for row, s in zip(plates.to_dicts(), sources, strict=True)]
    return plates.with_columns(
        pl.Series("gr_source", sources, dtype=pl.String),
        pl.Series("doublings", doublings, dtype=pl.Float64),
    ).sort(*PLATE, *cells)


def _treated_plates(
    frame: pl.DataFrame, settings: ViabilitySettings, context: Context
) -> pl.DataFrame:
    """Return each plate and cells with the vehicle of these cells, as `normalize` takes it."""
    cells = cell_keys(context)
    treated = with_cells(with_hours(frame), context.keys).filter(pl.col("role") == "treated")
    given = [pl.col(name).drop_nulls().first().cast(pl.Float64) for name in HOURS]
    home = pl.col(HOME[-1]).first()  # one for all wells of the same cells
    plates = treated.group_by([*PLATE, *cells], maintain_order=True).agg(*given, home)
    controls = plate_controls(frame, context.keys)
    signal = pl.col("vehicle_mean") - pl.col("blank_mean").fill_null(0.0)
    controls = controls.select(*HOME, signal.alias("vehicle"), "blank_n")
    hours = pl.coalesce("duration_h", pl.lit(settings.duration_h or None, dtype=pl.Float64))
    plates = plates.join(controls, on=HOME, how="left").drop(HOME[-1])
    return plates.with_columns(hours.alias("duration_h"))


def _means(zero: pl.DataFrame, by: list[str], name: str) -> pl.DataFrame:
    mean = pl.col("signal").mean().alias(f"zero_{name}")
    return zero.group_by(by).agg(mean, pl.len().alias(f"n_{name}"))


def _source(row: dict[str, Any]) -> str | None:
    if row["time_zero"] is not None:
        return TIME_ZERO
    return DIVISION_TIME if None not in (row[name] for name in HOURS) else None


def _doublings(row: dict[str, Any], source: str | None) -> float | None:
    """Return doublings of the vehicle; None where its cells did not grow, or hardly."""
    if source is None or (source == TIME_ZERO and row["vehicle"] is None):
        return None
    try:
        if source == TIME_ZERO:
            found = control_doublings(row["vehicle"], row["time_zero"])
        else:
            found = division_doublings(row["duration_h"], row["division_time_h"])
    except ValueError:  # the check says it in words; after exclusions the unit has no GR values
        return None
    return found if found >= LEAST_DOUBLINGS else None


def with_growth(
    wells: pl.DataFrame, frame: pl.DataFrame, settings: ViabilitySettings, context: Context
) -> pl.DataFrame:
    """Add ``gr``, ``gr_at_limit``, ``gr_source``, ``time_zero_n``, ``time_zero_of`` to wells.

    Parameters
    ----------
    wells
        Treated wells with ``response``, the fraction of the vehicle.
    frame
        All wells that count, time-zero wells and controls included.
    """
    cells = cell_keys(context)
    names = ["gr_source", "doublings", "time_zero_n", "time_zero_of"]
    growth = plate_growth(frame, settings, context).select(*PLATE, *cells, *names)
    joined = wells.join(
        growth, on=[*PLATE, *cells], how="left", nulls_equal=True, maintain_order="left"
    )
    known = (
        joined.get_column("doublings").is_not_null() & joined.get_column("response").is_not_null()
    )
    gr = np.full(joined.height, np.nan)
    rows = joined.filter(known)
    relative = rows.get_column("response").to_numpy()
    gr[known.to_numpy()] = gr_values(relative, rows.get_column("doublings").to_numpy())
    limit = at_limit(joined.get_column("response").fill_null(1.0).to_numpy())
    return joined.with_columns(
        pl.Series("gr", gr).fill_nan(None), pl.Series("gr_at_limit", limit) & known
    )
