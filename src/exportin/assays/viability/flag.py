"""Looks at plates before anything is fitted: what forbids a fit, and what should be known."""

from collections.abc import Iterator

import polars as pl

from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.plates.doses import check_doses
from exportin.plates.normalize import check_controls
from exportin.plates.quality import flag_plates
from exportin.results.tables import Flags
from exportin.tables.kinds import WellReadings
from exportin.tables.problems import Problem, nearest

ROLES = ("treated", "vehicle", "untreated", "positive", "blank", "empty")
PERCENT_LIKE = 5.0  # a median of five times the vehicle is a percentage, not a fraction


def check(rows: WellReadings, settings: ViabilitySettings, context: Context) -> tuple[Problem, ...]:
    """Return every problem of roles, doses, units, controls and channels."""
    frame = rows.frame
    out = [*_check_roles(frame), *_check_channels(frame, context)]
    if out:
        return tuple(out)
    out += check_doses(frame, settings.dose_unit)
    out += _check_names(frame, context)
    out += _check_normalized(frame, settings, context)
    if not settings.normalized:
        out += check_controls(frame)
    return (*out, *_note_zero_doses(frame, context))


def flag(rows: WellReadings, settings: ViabilitySettings, context: Context) -> Flags:
    """Mark wells without a value, and plates whose controls fail."""
    missing = rows.frame.filter(pl.col("value").is_null())
    wells = [
        {
            "row_id": row["row_id"],
            "rule": "no value",
            "severity": "note",
            "message": f"The file says '{row['cause']}'." if row["cause"] else "The cell is empty.",
            "by": "viability",
        }
        for row in missing.iter_rows(named=True)
    ]
    flags = Flags.from_rows(wells)
    if settings.normalized:
        message = "Plate quality: not applicable, values came normalized."
        note = {"rule": "plate quality", "severity": "note", "message": message, "by": "viability"}
        return Flags.concat([flags, Flags.from_rows([note])])
    return Flags.concat([flags, flag_plates(rows.frame, failed=settings.failed_plates)])


def _check_roles(frame: pl.DataFrame) -> Iterator[Problem]:
    for role, file in frame.select("role", "file").unique().sort("role", "file").iter_rows():
        if role not in ROLES:
            yield _problem(file, f"the role '{role}' is unknown.", nearest(role, ROLES), "role")


def _check_channels(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    counts = frame.select("file", "channel").unique().group_by("file").agg("channel").sort("file")
    for file, channels in counts.iter_rows():
        if len(channels) > 1:
            named = ", ".join(f"'{name}'" for name in sorted(channels))
            message = f"the file holds several reads: {named}."
            remedy = f'Choose one: [block.{context.block}] channel = "{sorted(channels)[0]}".'
            yield _problem(file, message, remedy, "several-channels")


def _check_names(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    treated = frame.filter(pl.col("role") == "treated")
    if not treated.height:
        message = "no well is treated, so there is no curve."
        file = frame.item(0, "file") if frame.height else "study.toml"
        yield _problem(file, message, "Give wells the role 'treated'.", "empty")
    for key in (*context.keys, "unit_id"):
        bare = treated.filter(pl.col(key).is_null())
        if bare.height:
            row = bare.row(0, named=True)
            message = f"treated row {row['row_id']} has no {key} (and {bare.height - 1} more)."
            remedy = f"Fill '{key}' in design.csv or the layout."
            yield _problem(row["file"], message, remedy, "empty-key")


def _check_normalized(
    frame: pl.DataFrame, settings: ViabilitySettings, context: Context
) -> Iterator[Problem]:
    if not settings.normalized:
        return
    middle = frame.filter(pl.col("role") == "treated").get_column("value").abs().median()
    if not isinstance(middle, float):
        return
    if settings.response_unit == "fraction" and middle > PERCENT_LIKE:
        message = f"the values look like percent (median {middle:.4g}), not fractions of vehicle."
        remedy = f'Say [block.{context.block}] response_unit = "percent".'
        yield _problem(frame.item(0, "file"), message, remedy, "percent")


def _note_zero_doses(frame: pl.DataFrame, context: Context) -> Iterator[Problem]:
    zero = frame.filter((pl.col("role") == "treated") & (pl.col("dose") == 0))
    if zero.height:
        yield Problem(
            file=zero.item(0, "file"),
            place="",
            message=f"{zero.height} rows have dose 0; they are vehicle and are not fitted.",
            remedy="",
            code="dose-zero",
            severity="note",
        )


def _problem(file: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place="", message=message, remedy=remedy, code=code)
