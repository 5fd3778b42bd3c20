"""Whether a plate can be trusted: spread of its controls and the window between them."""

from typing import Any

import polars as pl

from exportin.plates.normalize import plate_controls
from exportin.results.tables import Flags

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


def flag_plates(frame: pl.DataFrame, *, failed: str) -> Flags:
    """Flag plates whose controls fail.

    With ``failed = "exclude"`` every well of the plate is left out; with ``"warn"`` the plate
    is kept and one line says what is wrong.
    """
    rows: list[dict[str, Any]] = []
    for plate in plate_controls(frame).iter_rows(named=True):
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
