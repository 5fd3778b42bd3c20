"""Looks at plates before anything is fitted: what forbids a fit, and what should be known."""

from collections.abc import Iterator

import polars as pl

from exportin.assays.viability.growth import without_day_zero
from exportin.assays.viability.growth_check import check_growth
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.plates.control_check import check_controls
from exportin.plates.doses import check_doses
from exportin.plates.drift import drift_flags
from exportin.plates.outliers import control_outliers
from exportin.plates.pattern import pattern_flags
from exportin.plates.quality import flag_plates
from exportin.results.tables import Flags
from exportin.tables.kinds import WellReadings
from exportin.tables.problems import Problem, nearest

ROLES = ("treated", "vehicle", "untreated", "positive", "blank", "time_zero", "empty")
PERCENT_LIKE = 5.0  # a tenth of all wells above five times the vehicle: percent, not fractions
FRACTION_LIKE = 2.0  # nine tenths of all wells below 2 % of the vehicle: fractions, not percent
RAW_LIKE = 1000.0  # a tenth of all wells above ten times the vehicle, even in percent: raw signals


def check(rows: WellReadings, settings: ViabilitySettings, context: Context) -> tuple[Problem, ...]:
    """Return every problem of roles, doses, units, controls, channels and growth."""
    frame = rows.frame
    out = [*_check_roles(frame), *_check_channels(frame, context)]
    if out:
        return tuple(out)
    out += _check_dosed(frame)
    out += check_doses(frame, settings.dose_unit)
    out += _check_names(frame, context)
    out += _check_normalized(frame, settings, context)
    if not settings.normalized:
        out += check_controls(without_day_zero(frame), context.keys)
    out += check_growth(frame, settings, context)
    return (*out, *_note_zero_doses(frame, context))


def flag(rows: WellReadings, settings: ViabilitySettings, context: Context) -> Flags:
    """Mark wells without a value, outlying controls, and plates that fail or show a pattern."""
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
    ends = without_day_zero(rows.frame)
    outliers = control_outliers(ends, severity=settings.control_outliers, keys=context.keys)
    found = pattern_flags(ends, keys=context.keys, seed=context.seed)
    quality = Flags.from_rows([*outliers, *found, *drift_flags(ends)])
    plates = flag_plates(ends, failed=settings.failed_plates, keys=context.keys)
    return Flags.concat([flags, plates, quality])


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
        bare = treated.filter(pl.col(key).cast(pl.String).fill_null("").str.strip_chars() == "")
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
    treated = frame.filter(pl.col("role") == "treated").get_column("value")
    high = treated.abs().quantile(0.9, "nearest")
    if high is None or high == 0:
        return
    place = f"[block.{context.block}]"
    found = f"a tenth of the treated wells lie at {high:.4g} or above"
    percent = settings.response_unit == "percent"
    if high > RAW_LIKE:
        message = f"the values look like raw signals ({found}), but normalized = true is said."
        remedy = f"Take normalized out of {place} and give vehicle wells in the layout."
        yield _problem(frame.item(0, "file"), message, remedy, "raw")
    elif not percent and high > PERCENT_LIKE:
        message = f"the values look like percent ({found}), not fractions of vehicle."
        remedy = f'Say {place} response_unit = "percent".'
        yield _problem(frame.item(0, "file"), message, remedy, "percent")
    elif percent and high < FRACTION_LIKE:
        message = f"the values look like fractions of vehicle ({found}), not percent."
        remedy = f'Say {place} response_unit = "fraction".'
        yield _problem(frame.item(0, "file"), message, remedy, "fraction")


def _check_dosed(frame: pl.DataFrame) -> Iterator[Problem]:
    """Refuse treated rows without a dose or below zero; they would silently be left out."""
    treated = frame.filter(pl.col("role") == "treated")
    for bad, said in (
        (pl.col("dose").is_null(), "has no dose"),
        (pl.col("dose") < 0, "has a dose below zero"),
    ):
        found = treated.filter(bad)
        if found.height:
            row = found.row(0, named=True)
            message = f"treated row {row['row_id']} {said} (and {found.height - 1} more)."
            remedy = "Write its dose; a row without drug has the role 'vehicle', or dose 0."
            yield _problem(row["file"], message, remedy, "no-dose")


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
