"""Whether a plate can be trusted: spread of its controls and the window between them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from exportin.plates.normalize import summed_up
from exportin.plates.own_controls import HOME, PLATE, controls_and_words, with_cells
from exportin.results.tables import Flags
from exportin.tables.columns import distinct
from exportin.tables.missing import is_overflow

MAX_CONTROL_CV = 0.20
"""Iversen et al., HTS assay validation, in: Assay Guidance Manual (NCBI NBK83783): CV <= 20 %."""
MIN_Z_PRIME = 0.5
"""Zhang, Chung, Oldenburg 1999, J Biomol Screen 4:67-73: Z' of an excellent assay."""


def plate_words(name: str, whose: str = "") -> str:
    """How every message about a whole plate, or the cells of one model on it, begins.

    >>> plate_words("P1"), plate_words("P1", "LPS-1")
    ("Plate 'P1'", "Plate 'P1' (LPS-1)")
    """
    return f"Plate '{name}'" + (f" ({whose})" if whose else "")


def flagged_plates(flags: Flags, names: Sequence[str]) -> tuple[str, ...]:
    """Return those of the named plates that a warning or a rule of exclusion speaks of."""
    grave = flags.frame.filter(pl.col("severity").is_in(["warn", "exclude"]))
    messages = grave.filter(pl.col("by") == "plates").get_column("message").unique().to_list()
    return tuple(n for n in names if any(m.startswith(plate_words(n)) for m in messages))


def z_prime(row: dict[str, Any], low: str) -> float | None:
    """Z' = 1 - 3 (SD vehicle + SD low) / |mean vehicle - mean low|; None where undefined."""
    means, sds = (row["vehicle_mean"], row[f"{low}_mean"]), (row["vehicle_sd"], row[f"{low}_sd"])
    if None in means or None in sds or means[0] == means[1]:
        return None
    return float(1.0 - 3.0 * (sds[0] + sds[1]) / abs(means[0] - means[1]))


def plate_problems(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (rule, message) for each rule that one plate of ``plate_controls`` breaks."""
    out = []
    plate = plate_words(row["sample_id"], row["whose"])
    if row["vehicle_over"]:
        message = (
            f"{plate}: {row['vehicle_over']} of "
            f"{row['vehicle_over'] + row['vehicle_n']} vehicle wells are above the reader's range; "
            "the mean of the others is too low, and every response too high."
        )
        out.append(("vehicle overflow", message))
    window = row["vehicle_mean"] - (row["blank_mean"] or 0.0) if row["vehicle_mean"] else 0.0
    if row["vehicle_sd"] is not None and window > 0:
        spread = row["vehicle_sd"] / window
        if spread > MAX_CONTROL_CV:
            message = (
                f"{plate}: CV of the {row['vehicle_n']} vehicle wells is "
                f"{spread:.0%}, above {MAX_CONTROL_CV:.0%}."
            )
            out.append(("vehicle CV", message))
    low = "positive" if row["positive_n"] >= 2 else "blank"
    found = z_prime(row, low)
    if found is not None and found < MIN_Z_PRIME:
        message = f"{plate}: Z' between vehicle and {low} is {found:.2f}, below {MIN_Z_PRIME:g}."
        out.append(("Z prime", message))
    return out


def _judged(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the controls of each plate and cells, and how many vehicle wells overflowed."""
    wells, words = controls_and_words(frame, keys)
    role, value, cause = (wells.get_column(name).to_list() for name in ("role", "value", "cause"))
    homes = zip(*(wells.get_column(name).to_list() for name in HOME), strict=True)
    over = Counter(
        home
        for home, what, known, why in zip(homes, role, value, cause, strict=True)
        if what == "vehicle" and known is None and why is not None and is_overflow(why)
    )
    counts = [over[home] for home in distinct(words, HOME)]
    controls = summed_up(wells, words)
    return controls.with_columns(pl.Series("vehicle_over", counts, dtype=pl.Int64))


def _one_vehicle(plate: dict[str, Any]) -> dict[str, Any]:
    name = plate_words(plate["sample_id"], plate["whose"])
    message = (
        f"{name} has one vehicle well with a value; its spread, and with it "
        "the plate, cannot be judged, and every response carries the error of that one well."
    )
    rule = "plate quality: one vehicle well"
    return {"row_id": None, "rule": rule, "severity": "warn", "message": message, "by": "plates"}


def flag_plates(frame: pl.DataFrame, *, failed: str, keys: Sequence[str] = ()) -> Flags:
    """Flag plates whose controls fail; where a plate holds several models, each by its own.

    With ``failed = "exclude"`` every well of the plate (of the model whose controls fail) is left
    out; with ``"warn"`` it is kept and one line says what is wrong.
    """
    rows: list[dict[str, Any]] = []
    for plate in _judged(frame, keys).iter_rows(named=True):
        if plate["vehicle_n"] == 1:
            rows.append(_one_vehicle(plate))
        broken = plate_problems(plate)
        if not broken:
            continue
        rule = "plate quality: " + " and ".join(name for name, _ in broken)
        message = " ".join(text for _, text in broken)
        wells = _wells_of(frame, plate, keys) if failed == "exclude" else [None]
        rows += [
            {"row_id": w, "rule": rule, "severity": failed, "message": message, "by": "plates"}
            for w in wells
        ]
    return Flags.from_rows(rows)


def _wells_of(frame: pl.DataFrame, plate: dict[str, Any], keys: Sequence[str]) -> list[str]:
    """Rows that stand or fall with one line of controls; shared wells stay with the others."""
    same = [pl.col(name) == plate[name] for name in PLATE]
    if plate["whose"]:
        frame = with_cells(frame, keys)
        same.append(pl.col(HOME[-1]) == plate[HOME[-1]])
    return frame.filter(*same).get_column("row_id").to_list()
