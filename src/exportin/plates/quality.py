"""Whether a plate can be trusted: spread of its controls and the window between them."""

from typing import Any

import polars as pl

from exportin.plates.normalize import PLATE, plate_controls
from exportin.results.tables import Flags
from exportin.tables.missing import is_overflow

MAX_CONTROL_CV = 0.20
"""Iversen et al., HTS assay validation, in: Assay Guidance Manual (NCBI NBK83783): CV <= 20 %."""
MIN_Z_PRIME = 0.5
"""Zhang, Chung, Oldenburg 1999, J Biomol Screen 4:67-73: Z' of an excellent assay."""


def z_prime(row: dict[str, Any], low: str) -> float | None:
    """Z' = 1 - 3 (SD vehicle + SD low) / |mean vehicle - mean low|; None where undefined."""
    means, sds = (row["vehicle_mean"], row[f"{low}_mean"]), (row["vehicle_sd"], row[f"{low}_sd"])
    if None in means or None in sds or means[0] == means[1]:
        return None
    return float(1.0 - 3.0 * (sds[0] + sds[1]) / abs(means[0] - means[1]))


def plate_problems(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (rule, message) for each rule that one plate of ``plate_controls`` breaks."""
    out = []
    if row["vehicle_over"]:
        message = (
            f"Plate '{row['sample_id']}': {row['vehicle_over']} of "
            f"{row['vehicle_over'] + row['vehicle_n']} vehicle wells are above the reader's range; "
            "the mean of the others is too low, and every response too high."
        )
        out.append(("vehicle overflow", message))
    window = row["vehicle_mean"] - (row["blank_mean"] or 0.0) if row["vehicle_mean"] else 0.0
    if row["vehicle_sd"] is not None and window > 0:
        spread = row["vehicle_sd"] / window
        if spread > MAX_CONTROL_CV:
            message = (
                f"Plate '{row['sample_id']}': CV of the {row['vehicle_n']} vehicle wells is "
                f"{spread:.0%}, above {MAX_CONTROL_CV:.0%}."
            )
            out.append(("vehicle CV", message))
    low = "positive" if row["positive_n"] >= 2 else "blank"
    found = z_prime(row, low)
    if found is not None and found < MIN_Z_PRIME:
        message = (
            f"Plate '{row['sample_id']}': Z' between vehicle and {low} is {found:.2f}, "
            f"below {MIN_Z_PRIME:g}."
        )
        out.append(("Z prime", message))
    return out


def _judged(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the controls of each plate, and how many of its vehicle wells overflowed."""
    over = pl.col("cause").map_elements(is_overflow, return_dtype=pl.Boolean)
    lost = frame.filter((pl.col("role") == "vehicle") & pl.col("value").is_null())
    counts = lost.filter(over).group_by(PLATE).agg(pl.len().cast(pl.Int64).alias("vehicle_over"))
    joined = plate_controls(frame).join(counts, on=PLATE, how="left", maintain_order="left")
    return joined.with_columns(pl.col("vehicle_over").fill_null(0))


def _one_vehicle(plate: dict[str, Any]) -> dict[str, Any]:
    message = (
        f"Plate '{plate['sample_id']}' has one vehicle well with a value; its spread, and with it "
        "the plate, cannot be judged, and every response carries the error of that one well."
    )
    rule = "plate quality: one vehicle well"
    return {"row_id": None, "rule": rule, "severity": "warn", "message": message, "by": "plates"}


def flag_plates(frame: pl.DataFrame, *, failed: str) -> Flags:
    """Flag plates whose controls fail.

    With ``failed = "exclude"`` every well of the plate is left out; with ``"warn"`` the plate
    is kept and one line says what is wrong.
    """
    rows: list[dict[str, Any]] = []
    for plate in _judged(frame).iter_rows(named=True):
        if plate["vehicle_n"] == 1:
            rows.append(_one_vehicle(plate))
        broken = plate_problems(plate)
        if not broken:
            continue
        rule = "plate quality: " + " and ".join(name for name, _ in broken)
        message = " ".join(text for _, text in broken)
        ids = frame.filter(
            (pl.col("file") == plate["file"]) & (pl.col("sample_id") == plate["sample_id"])
        ).get_column("row_id")
        wells = ids.to_list() if failed == "exclude" else [None]
        rows += [
            {"row_id": w, "rule": rule, "severity": failed, "message": message, "by": "plates"}
            for w in wells
        ]
    return Flags.from_rows(rows)
