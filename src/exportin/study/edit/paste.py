"""Cells pasted from a spreadsheet onto a plate, with or without its row letters and numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from exportin.tables.delimited import split_text
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at
from exportin.tables.wells import PLATES, parse_well, row_number, well_name, well_position

PASTED = "pasted cells"
NUMBER = re.compile(r"0*([1-9][0-9]?)(?:\.0+)?$")
COMMA_NUMBER = re.compile(r"[+-]?[0-9]*,[0-9]+$")
MAX_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A well and what was pasted into it; empty text clears it."""

    well: str
    text: str


def parse_paste(text: str, *, at: str = "A1", size: int) -> list[Cell]:
    r"""Return the wells that pasted cells go to.

    Parameters
    ----------
    text
        As it came from the clipboard: cells separated by tabs (or semicolons, or commas).
    at
        Well of the first cell; what the letters and numbers of a pasted plate say goes before it.
    size
        Wells of the plate.

    Raises
    ------
    InputError
        If the cells lie on their side, or are more than the plate holds.

    >>> [(cell.well, cell.text) for cell in parse_paste("DMSO\t1\n\t2,5", at="B2", size=96)]
    [('B02', 'DMSO'), ('B03', '1'), ('C02', ''), ('C03', '2,5')]
    """
    if size not in PLATES:
        message = f"no plate has {size} wells."
        remedy = f"Choose one of {', '.join(map(str, PLATES))}."
        raise InputError(_problem(message, remedy, "plate-size"))
    rows = _cells(text)
    if _is_turned(rows):
        message = "the plate is turned: row letters stand across and column numbers down."
        remedy = "In the spreadsheet: copy, Paste Special, Transpose; then copy that."
        raise InputError(_problem(message, remedy, "transposed-grid"))
    headed = _headed(rows, size)
    if headed is None:
        first = well_position(parse_well(at, file=PASTED, size=size)) or (0, 0)
        lines = [first[0] + number for number in range(len(rows))]
        columns = [first[1] + number for number in range(len(rows[0]))]
    else:
        lines, columns = headed
        rows = [row[1:] for row in rows[1:]]
    _refuse_large(lines, columns, size, at if headed is None else "A1")
    return [
        Cell(well_name(line, column), cell)
        for line, row in zip(lines, rows, strict=True)
        for column, cell in zip(columns, row, strict=True)
    ]


def _cells(text: str) -> list[list[str]]:
    """Return the pasted rectangle; empty lines at its end are none of it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip() or len(text) > MAX_TEXT:
        message = "there is nothing to paste." if not text.strip() else "this is more than a plate."
        raise InputError(_problem(message, "Copy the cells of one plate.", "empty-paste"))
    if "\t" in text or ";" in text or "," in text:
        rows = [list(row) for row in _split(text)]
    else:
        rows = [[line] for line in text.rstrip("\n").split("\n")]
    while rows and not any(rows[-1]):
        rows.pop()
    width = max(map(len, rows))
    return [[clean(cell) for cell in row] + [""] * (width - len(row)) for row in rows]


def _split(text: str) -> Sequence[Sequence[str]]:
    """Cut a text into cells: by tabs if it has any; a column of 1,5 is one of decimals."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if "\t" not in text and ";" not in text and all(map(COMMA_NUMBER.match, lines)):
        return [[line] for line in text.split("\n")]
    mark = next(one for one in ("\t", ";", ",") if one in text)
    source = Source(name=PASTED, data=b"")
    return split_text(source, f"sep={mark}\n{text}").rows[1:]


def _headed(rows: Sequence[Sequence[str]], size: int) -> tuple[list[int], list[int]] | None:
    """Return plate rows and columns where letters and numbers stand around the cells."""
    if len(rows) < 2 or len(rows[0]) < 2 or row_number(rows[0][0]) is not None:
        return None
    letters = [row_number(row[0]) for row in rows[1:]]
    numbers = [int(found[1]) - 1 if (found := NUMBER.match(text)) else None for text in rows[0][1:]]
    lines = [one for one in letters if one is not None]
    columns = [one for one in numbers if one is not None]
    if len(lines) < len(letters) or len(columns) < len(numbers):
        return None
    if _counts_up(lines) and _counts_up(columns):
        return lines, columns
    message = "the row letters or column numbers are not in order."
    remedy = "Copy whole rows and columns, without gaps."
    raise InputError(_problem(message, remedy, "column-numbers"))


def _is_turned(rows: Sequence[Sequence[str]]) -> bool:
    if len(rows) < 2 or len(rows[0]) < 3:
        return False
    across = [row_number(text) for text in rows[0][1:]]
    down = [NUMBER.match(row[0]) for row in rows[1:]]
    found = [one for one in across if one is not None]
    return len(found) == len(across) and _counts_up(found) and all(down)


def _counts_up(numbers: Sequence[int]) -> bool:
    return list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))


def _refuse_large(lines: Sequence[int], columns: Sequence[int], size: int, at: str) -> None:
    height, width = PLATES[size]
    if max(lines) < height and max(columns) < width:
        return
    message = (
        f"{len(lines)} rows and {len(columns)} columns from {at} do not fit on a plate of {size} "
        f"wells ({height} rows, {width} columns)."
    )
    remedy = "Copy fewer cells, begin at another well, or choose the larger plate."
    if (len(lines), len(columns)) == (width, height):
        remedy = "The plate seems turned: transpose it in the spreadsheet (Paste Special)."
    raise InputError(_problem(message, remedy, "too-large"))


def _problem(message: str, remedy: str, code: str) -> Problem:
    return problem_at(PASTED, "", message, remedy, code)
