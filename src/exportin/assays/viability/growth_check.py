"""What forbids growth-rate metrics, and what should be known about them, before any fit."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from exportin.assays.viability.growth import (
    DIVISION_TIME,
    HOURS,
    LEAST_DOUBLINGS,
    TIME_ZERO,
    cell_keys,
    plate_growth,
    time_zero_wells,
    with_hours,
)
from exportin.assays.viability.settings import ViabilitySettings
from exportin.contract.assay import Context
from exportin.plates.normalize import PLATE
from exportin.tables.problems import Problem, Severity

MAX_DOUBLINGS = 10.0
"""A thousandfold growth does not fit into a well: the hours or the blanks are wrong."""
MIN_DOUBLINGS = 1.0
"""An error of a signal moves GR by about 1 / doublings as much: below one it is amplified."""
HOW = (
    "Give wells of the same unit_id and model the role 'time_zero' (this plate, or a day-0 plate"
    " in design.csv), or give division_time_h and duration_h in hours (design.csv, layout or"
)


def check_growth(
    frame: pl.DataFrame, settings: ViabilitySettings, context: Context
) -> tuple[Problem, ...]:
    """Return every problem of time-zero wells and division times.

    ``frame`` is the joined rows whose roles and controls were found right.
    """
    zero = frame.filter(pl.col("role") == "time_zero")
    if not settings.growth_rate:
        return tuple(_note_unused(zero, context))
    out = [
        *_check_held(settings, context),
        *_check_hours(frame, settings, context),
        *_check_cells(zero, context),
    ]
    if out:
        return tuple(out)
    plates = plate_growth(frame, settings, context)
    out += _check_known(plates, zero, settings, context)
    if not settings.normalized:
        out += _check_blanks(frame, plates, context)
    if out:
        return tuple(out)
    judged = (_check_plate(row, context) for row in plates.iter_rows(named=True))
    notes = (
        *_note_slow(plates, context),
        *_note_both(plates, zero, settings),
        *_note_channels(frame, plates),
    )
    return (*(p for found in judged for p in found), *notes)


def _note_unused(zero: pl.DataFrame, context: Context) -> Iterator[Problem]:
    if zero.height:
        message = f"{zero.height} rows are time_zero wells and are not used."
        remedy = f"Say [block.{context.block}] growth_rate = true for GR metrics."
        yield _problem(zero.item(0, "file"), message, remedy, "time-zero", severity="note")


def _check_held(settings: ViabilitySettings, context: Context) -> Iterator[Problem]:
    """Refuse plateaus that have no one GR value: it depends on the doublings of each plate."""
    for name, value, meant, same in (
        ("top", settings.top, '"vehicle" (GR 1)', 1.0),
        ("bottom", settings.bottom, "0 (no living cells, GR -1)", 0.0),
    ):
        if isinstance(value, str) or value == same:
            continue
        message = f"{name} is held at {value:g} of vehicle, and GR metrics are asked for too: "
        message += "as a GR value that is another number for every number of doublings."
        remedy = f"Write {name} = {meant} or leave it free; or ask for GR in a block of its own."
        yield _problem("study.toml", message, remedy, "held", f"[block.{context.block}]")


def _check_hours(
    frame: pl.DataFrame, settings: ViabilitySettings, context: Context
) -> Iterator[Problem]:
    treated = with_hours(frame).filter(pl.col("role") == "treated")
    for name in HOURS:
        bad = treated.filter(pl.col(name) <= 0)
        if bad.height:
            row = bad.row(0, named=True)
            message = f"{name} of row {row['row_id']} is {row[name]:g}, expected hours above zero."
            yield _problem(row["file"], message, "Write hours, such as 36.", "hours", name)
        by = [*PLATE, *cell_keys(context)]
        counts = treated.group_by(by, maintain_order=True).agg(pl.col(name).unique().sort())
        for row in counts.filter(pl.col(name).list.len() > 1).head(1).iter_rows(named=True):
            told = ", ".join("empty" if v is None else f"{v:g}" for v in row[name])
            message = f"the cells of {_cells(row, context)} have several {name}: {told}."
            yield _problem(row["file"], message, "Give one per plate and model.", "hours", name)
    given = treated.get_column("duration_h").drop_nulls().unique().sort().to_list()
    if settings.duration_h and any(v != settings.duration_h for v in given):
        message = f"duration_h is {settings.duration_h:g} here, but a table says {given[0]:g}."
        remedy = "Take it out of one of the two."
        yield _problem("study.toml", message, remedy, "hours", f"[block.{context.block}]")


def _check_cells(zero: pl.DataFrame, context: Context) -> Iterator[Problem]:
    """Time-zero wells must say whose they are; else they would silently be nobody's."""
    for key in cell_keys(context):
        bare = zero.filter(pl.col(key).cast(pl.String).fill_null("").str.strip_chars() == "")
        if bare.height:
            row = bare.row(0, named=True)
            message = f"time_zero row {row['row_id']} has no {key} (and {bare.height - 1} more)."
            remedy = f"Fill '{key}' in design.csv or the layout."
            yield _problem(row["file"], message, remedy, "empty-key")


def _check_known(
    plates: pl.DataFrame, zero: pl.DataFrame, settings: ViabilitySettings, context: Context
) -> Iterator[Problem]:
    bare = plates.filter(pl.col("gr_source").is_null())
    if bare.is_empty():
        return
    row = bare.row(0, named=True)
    half = [name for name in HOURS if row[name] is not None]
    other = [name for name in HOURS if row[name] is None]
    if half:
        message = f"GR needs {other[0]} beside {half[0]}"
        remedy = f"Add {other[0]} in hours (design.csv, layout, [block.{context.block}.constants])."
    elif settings.normalized:
        message = "GR needs division_time_h and duration_h where values came normalized"
        message += ": time_zero wells have no signal to compare with" if zero.height else ""
        remedy = f"Add both in hours (design.csv, layout or [block.{context.block}.constants])."
    else:
        message = "GR needs to know how the untreated cells grew"
        remedy = f"{HOW} [block.{context.block}.constants])."
    message += f"; nothing says it for {_cells(row, context)} (and {bare.height - 1} more)."
    mine = zero.filter(pl.col(key).eq_missing(row[key]) for key in cell_keys(context))
    if mine.height and not settings.normalized:
        message += f" Its {mine.height} time_zero wells have no value."
    yield _problem(row["file"], message, remedy, "no-time-zero", f"[block.{context.block}]")


def _check_blanks(frame: pl.DataFrame, plates: pl.DataFrame, context: Context) -> Iterator[Problem]:
    """Refuse a blank on one of the two plates only: it would look like growth, or hide it."""
    ends = plates.select(*PLATE, *cell_keys(context), pl.col("blank_n").alias("end_n"))
    zero = time_zero_wells(frame).select(*cell_keys(context), "file", "blank_n").unique()
    pairs = zero.join(ends, on=cell_keys(context), suffix="_end", nulls_equal=True)
    for row in pairs.filter((pl.col("blank_n") == 0) != (pl.col("end_n") == 0)).iter_rows(
        named=True
    ):
        bare = row["file"] if row["blank_n"] == 0 else row["file_end"]
        full = row["file_end"] if row["blank_n"] == 0 else row["file"]
        message = f"this plate has no blank wells, but '{full}' has; GR compares the two."
        remedy = "Give wells without cells the role 'blank' on both plates, or on none."
        yield _problem(bare, message, remedy, "one-blank")
        return


def _check_plate(row: dict[str, Any], context: Context) -> Iterator[Problem]:
    cells, place = _cells(row, context), f"[block.{context.block}]"
    zero, end, k = row["time_zero"], row["vehicle"], row["doublings"]
    if row["gr_source"] == TIME_ZERO and zero <= 0:
        message = f"the time_zero wells of {cells} give no more than their blank ({zero:.4g})."
        remedy = "Check roles and blanks of the day-0 plate; without cells at day 0 there is no GR."
        yield _problem(row["file"], message, remedy, "time-zero", place)
    elif row["gr_source"] == TIME_ZERO and end is not None and end <= zero:
        message = (
            f"the vehicle cells of {cells} did not grow: {end:.4g} at the end, {zero:.4g} at time"
            " zero (less blank), so there is no growth rate to inhibit."
        )
        remedy = "Check whether the plates are swapped, or leave this plate out of the study."
        yield _problem(row["file"], message, remedy, "no-growth", place)
    elif k is None and (row["gr_source"] == DIVISION_TIME or end is not None):
        message = f"the vehicle cells of {cells} doubled less than {LEAST_DOUBLINGS:g} times; "
        message += "an error of 5 % of a signal would move a GR value by a half."
        remedy = "Use a longer assay, or leave this plate out; check the hours if they were given."
        yield _problem(row["file"], message, remedy, "no-growth", place)
    elif k is not None and k > MAX_DOUBLINGS:
        message = f"the vehicle cells of {cells} would have doubled {k:.3g} times."
        remedy = "Check duration_h and division_time_h (both hours), or the day-0 signal and blank."
        yield _problem(row["file"], message, remedy, "doublings", place)


def _note_slow(plates: pl.DataFrame, context: Context) -> Iterator[Problem]:
    slow = plates.filter(pl.col("doublings") < MIN_DOUBLINGS).sort("doublings", "sample_id")
    if slow.height:
        row = slow.row(0, named=True)
        message = (
            f"the vehicle cells of {_cells(row, context)} doubled {row['doublings']:.2g} times"
            f" (and of {slow.height - 1} more less than once); GR values then amplify every error"
            " of the signals."
        )
        remedy = "A longer assay gives GR values that can be trusted more."
        yield _problem(row["file"], message, remedy, "doublings", severity="note")


def _note_both(
    plates: pl.DataFrame, zero: pl.DataFrame, settings: ViabilitySettings
) -> Iterator[Problem]:
    given = pl.col("division_time_h").is_not_null()
    measured = plates.filter(given & (pl.col("gr_source") == TIME_ZERO))
    if measured.height:
        message = "division_time_h is given and time_zero wells were measured; the wells are used."
        yield _problem(measured.item(0, "file"), message, "", "time-zero", severity="note")
    told = plates.filter(pl.col("gr_source") == DIVISION_TIME)
    if settings.normalized and zero.height and told.height:
        message = f"{zero.height} time_zero rows are not used, because the values came normalized."
        yield _problem(zero.item(0, "file"), message, "", "time-zero", severity="note")


def _note_channels(frame: pl.DataFrame, plates: pl.DataFrame) -> Iterator[Problem]:
    zero = frame.filter(pl.col("role") == "time_zero")
    if zero.is_empty() or plates.filter(pl.col("gr_source") == TIME_ZERO).is_empty():
        return
    end = frame.filter(pl.col("role") == "treated").get_column("channel").unique().sort()
    start = zero.get_column("channel").unique().sort()
    if start.to_list() != end.to_list():
        message = f"the day-0 read is called '{start[0]}', the end read '{end[0]}'."
        remedy = "GR needs the same signal, gain and reagent at both times; look whether it is so."
        yield _problem(zero.item(0, "file"), message, remedy, "channel", severity="note")


def _cells(row: dict[str, Any], context: Context) -> str:
    names = ", ".join(str(row[key]) for key in reversed(cell_keys(context)))
    return f"plate '{row['sample_id']}' ({names})"


def _problem(
    file: str,
    message: str,
    remedy: str,
    code: str,
    place: str = "",
    *,
    severity: Severity = "error",
) -> Problem:
    return Problem(
        file=file, place=place, message=message, remedy=remedy, code=code, severity=severity
    )
