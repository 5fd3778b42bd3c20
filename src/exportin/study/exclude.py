"""Excludes rows with a reason, or takes an exclusion back; raw files are never touched."""

import re
from collections.abc import Collection
from pathlib import Path

import polars as pl

from exportin.study.discover import load_assay
from exportin.study.edit.durable import repair
from exportin.study.ledger import Entry, append, excluded_rows, read_ledger
from exportin.study.load import Study, load_study
from exportin.study.run import joined_rows
from exportin.tables.problems import InputError, Problem, nearest

WHOLE = ("sample_id", "unit_id", "file")
"""Columns whose names stand for all of their rows: an animal, a unit, a file."""
WELL = re.compile(r"^(?P<head>.*:)?(?P<row>[A-Za-z]{1,2})(?P<column>\d{1,2})$")


def exclude_rows(
    folder: Path,
    block: str,
    rows: tuple[str, ...],
    *,
    reason: str,
    undo: bool = False,
    joined: pl.DataFrame | None = None,
) -> Entry:
    """Append one line to the ledger; the name of a sample, a unit or a file means all its rows.

    ``joined`` are the block's joined rows, where they are at hand; they are made otherwise.

    Raises
    ------
    InputError
        If the block or a row does not exist, a name means two things, the reason is empty, or
        nothing would change.
    """
    repair(folder)  # before a line is added behind those of a change that was broken off
    study = load_study(folder)
    current = excluded_rows(read_ledger(folder), block)
    if block not in study.file.block and not (undo and current):
        raise InputError(
            _problem(f"there is no block '{block}'.", nearest(block, study.file.block))
        )
    if not reason.strip() and not undo:
        raise InputError(_problem("an exclusion needs a reason.", "Add --reason TEXT."))
    known = set(current)
    if joined is None and (not undo or not all(_row(row, known) for row in rows)):
        joined = joined_rows(folder, block) if block in study.file.block else None
    joined = pl.DataFrame() if joined is None else joined
    known = known if undo else set(joined.get_column("row_id"))
    parts = set() if undo else _parts(study, block, rows, known)
    names = [
        name
        for row in rows
        for name in ([row] if row in parts else _resolve(row, known, joined, current, undo=undo))
    ]
    found = tuple(dict.fromkeys(names))
    already = [row for row in found if row in current]
    if not undo and len(already) == len(found):
        raise InputError(_problem(f"already excluded: {', '.join(already)}.", ""))
    action = "undo" if undo else "exclude"
    return append(folder, action=action, block=block, rows=found, reason=reason.strip())


def _parts(study: Study, block: str, rows: tuple[str, ...], known: set[str]) -> set[str]:
    """Name those that are parts of a row, such as a range of the events of a tube."""
    kind = load_assay(study.file.block[block].assay).consumes
    return set(kind.holders(list(rows), known)) - known


def _row(row: str, known: Collection[str]) -> str | None:
    """Accept a row id as printed, with an unpadded well, or without the folder if unique."""
    wanted = _padded(row)
    if wanted in known:
        return wanted
    ending = [name for name in known if name.endswith(f"/{wanted}")]
    return ending[0] if len(ending) == 1 else None


def _resolve(
    row: str, known: set[str], joined: pl.DataFrame, current: Collection[str], *, undo: bool
) -> list[str]:
    """Find the row that is meant, or all rows of a sample, a unit or a file."""
    one = _row(row, known)
    if one is not None:
        return [one]
    columns = [name for name in WHOLE if name in joined.columns]
    parts = {
        name: tuple(joined.filter(pl.col(name) == row).get_column("row_id")) for name in columns
    }
    meant = {part for part in parts.values() if part}
    if len(meant) > 1:
        said = " and of ".join(f"the {name} '{row}'" for name, part in parts.items() if part)
        message = f"'{row}' stands for rows of {said}, which are not the same rows."
        raise InputError(_problem(message, "Name the rows one by one: file:row."))
    all_rows = [name for part in meant for name in part]
    wanted = [name for name in all_rows if (name in current) == undo]
    if all_rows and not wanted:
        what = "no row of '{}' is excluded." if undo else "already excluded: every row of '{}'."
        raise InputError(_problem(what.format(row), ""))
    if wanted:
        return wanted
    what = "is not excluded" if undo else "does not exist"
    others = [str(v) for name in columns for v in joined.get_column(name).drop_nulls().unique()]
    remedy = nearest(_padded(row), [*known, *sorted(others)]) if known else ""
    raise InputError(_problem(f"row '{row}' {what}.", remedy))


def _padded(row: str) -> str:
    match = WELL.match(row)
    if match is None:
        return row
    return f"{match['head'] or ''}{match['row'].upper()}{int(match['column']):02d}"


def _problem(message: str, remedy: str) -> Problem:
    return Problem(file="exclude", place="", message=message, remedy=remedy, code="exclude")
