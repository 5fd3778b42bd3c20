"""Excludes rows with a reason, or takes an exclusion back; raw files are never touched."""

import re
from pathlib import Path

from exportin.study.ledger import Entry, append, excluded_rows, read_ledger
from exportin.study.load import load_study
from exportin.study.run import joined_rows
from exportin.tables.problems import InputError, Problem, nearest

WELL = re.compile(r"^(?P<head>.*:)?(?P<row>[A-Za-z]{1,2})(?P<column>\d{1,2})$")


def exclude_rows(
    folder: Path, block: str, rows: tuple[str, ...], *, reason: str, undo: bool = False
) -> Entry:
    """Append one line to the ledger.

    Raises
    ------
    InputError
        If the block or a row does not exist, the reason is empty, or nothing would change.
    """
    study = load_study(folder)
    current = excluded_rows(read_ledger(folder), block)
    if block not in study.file.block and not (undo and current):
        raise InputError(
            _problem(f"there is no block '{block}'.", nearest(block, study.file.block))
        )
    if not reason.strip() and not undo:
        raise InputError(_problem("an exclusion needs a reason.", "Add --reason TEXT."))
    known = set(current) if undo else set(joined_rows(folder, block))
    found = tuple(dict.fromkeys(_resolve(row, known, undo=undo) for row in rows))
    already = [row for row in found if row in current]
    if not undo and len(already) == len(found):
        raise InputError(_problem(f"already excluded: {', '.join(already)}.", ""))
    action = "undo" if undo else "exclude"
    return append(folder, action=action, block=block, rows=found, reason=reason.strip())


def _resolve(row: str, names: set[str], *, undo: bool) -> str:
    """Accept a row id as printed, with an unpadded well, or without the folder if unique."""
    wanted = _padded(row)
    if wanted in names:
        return wanted
    ending = [name for name in names if name.endswith(f"/{wanted}")]
    if len(ending) == 1:
        return ending[0]
    what = "is not excluded" if undo else "does not exist"
    raise InputError(_problem(f"row '{row}' {what}.", nearest(wanted, names) if names else ""))


def _padded(row: str) -> str:
    match = WELL.match(row)
    if match is None:
        return row
    return f"{match['head'] or ''}{match['row'].upper()}{int(match['column']):02d}"


def _problem(message: str, remedy: str) -> Problem:
    return Problem(file="exclude", place="", message=message, remedy=remedy, code="exclude")
