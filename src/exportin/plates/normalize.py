"""Signals as fractions of the plate's own vehicle, medium blank subtracted where there is one."""

import polars as pl

from exportin.tables.problems import Problem

PLATE = ("file", "sample_id")


def plate_controls(frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row per plate: mean, SD and number of vehicle and blank wells.

    ``frame`` needs file, sample_id, role and value; rows without a value do not count.
    """
    parts = [
        frame.filter((pl.col("role") == role) & pl.col("value").is_not_null())
        .group_by(PLATE)
        .agg(
            pl.col("value").mean().alias(f"{role}_mean"),
            pl.col("value").std().alias(f"{role}_sd"),
            pl.len().cast(pl.Int64).alias(f"{role}_n"),
        )
        for role in ("vehicle", "blank", "positive")
    ]
    plates = frame.select(PLATE).unique().sort(PLATE)
    for part in parts:
        plates = plates.join(part, on=PLATE, how="left")
    counts = [pl.col(f"{role}_n").fill_null(0) for role in ("vehicle", "blank", "positive")]
    return plates.with_columns(counts).sort(PLATE)


def normalize(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``response`` = (value - blank) / (vehicle - blank) and ``vehicle_n`` of the plate.

    Plates without blank wells subtract nothing. Values below the blank stay negative.
    """
    controls = plate_controls(frame).with_columns(pl.col("blank_mean").fill_null(0.0))
    window = pl.col("vehicle_mean") - pl.col("blank_mean")
    keep = [*PLATE, "vehicle_mean", "blank_mean", "vehicle_n"]
    joined = frame.join(controls.select(keep), on=PLATE, how="left", maintain_order="left")
    response = pl.when(window > 0).then((pl.col("value") - pl.col("blank_mean")) / window)
    return joined.with_columns(response.alias("response")).drop("vehicle_mean", "blank_mean")


def check_controls(frame: pl.DataFrame) -> tuple[Problem, ...]:
    """Every plate needs vehicle wells with a signal above its blank."""
    out = []
    for row in plate_controls(frame).iter_rows(named=True):
        plate = f"plate '{row['sample_id']}'"
        planned = frame.filter(
            (pl.col("role") == "vehicle")
            & (pl.col("file") == row["file"])
            & (pl.col("sample_id") == row["sample_id"])
        )
        if row["vehicle_n"] == 0 and planned.height:
            causes = ", ".join(sorted({c for c in planned.get_column("cause") if c}))
            message = (
                f"none of the {planned.height} vehicle wells of {plate} has a value ({causes}),"
                " so its wells cannot be normalized."
            )
            remedy = "Measure the plate again at a lower gain, or take its file out of the study."
            out.append(_problem(row["file"], message, remedy, "no-vehicle-value"))
        elif row["vehicle_n"] == 0:
            message = f"{plate} has no vehicle wells, so its wells cannot be normalized."
            remedy = "Give wells the role 'vehicle', or say normalized = true in the block."
            out.append(_problem(row["file"], message, remedy, "no-vehicle"))
        elif row["vehicle_mean"] <= (row["blank_mean"] or 0.0):
            message = (
                f"the vehicle wells of {plate} give {row['vehicle_mean']:.4g}, not more than its"
                f" blank ({row['blank_mean'] or 0:.4g})."
            )
            remedy = "Check whether the layout is turned or belongs to another plate."
            out.append(_problem(row["file"], message, remedy, "no-window"))
    return tuple(out)


def _problem(file: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place="", message=message, remedy=remedy, code=code)
