"""Workbooks (.xlsx) to rows of text, after a look at the zip directory."""

import datetime as dt
import io
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from exportin.tables.archive import OLE, inspect_archive, refusal
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet, column_letters

ZIP = b"PK"
MAX_ROWS, MAX_CELLS = 1_048_576, 5_000_000  # Excel's own row limit; 3,000 plates of 1536
NAMED = 5  # cells named one by one in a problem
DOUBTFUL = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$")


def is_workbook(source: Source) -> bool:
    """Whether the first bytes are those of a zip archive or of an old Office file."""
    return source.data.startswith((ZIP, OLE))


def read_workbook(source: Source) -> tuple[Sheet, ...]:
    """Return every sheet as text cells; numbers without loss, dates as year-month-day."""
    has_formulas = inspect_archive(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl on styles and drawings: nothing we read
            empty = find_uncached(source) if has_formulas else {}
            return tuple(read_book(source, empty))
    except InputError:
        raise
    except Exception as error:  # a damaged file can fail anywhere in openpyxl
        why = f"The workbook is damaged ({type(error).__name__}: {str(error)[:80]})."
        raise InputError(refusal(source, why, "corrupt-workbook")) from error


def read_book(source: Source, uncached: dict[str, list[str]]) -> Iterator[Sheet]:
    """Read every worksheet with the values Excel stored."""
    for name, values in worksheets(source, data_only=True):
        rows: list[tuple[str, ...]] = []
        doubtful: set[tuple[int, int]] = set()
        for number, row in enumerate(bounded(source, values)):
            texts = [cell_text(value) for value in row]
            doubtful |= {
                (number, col)
                for col, value in enumerate(row)
                if isinstance(value, str) and DOUBTFUL.match(value.strip())
            }
            while texts and not texts[-1]:
                texts.pop()
            rows.append(tuple(texts))
        while rows and not rows[-1]:
            rows.pop()
        problems = tuple(no_value(source, name, cells) for cells in [uncached.get(name)] if cells)
        yield Sheet(name=name, rows=tuple(rows), doubtful=frozenset(doubtful), problems=problems)


def worksheets(source: Source, *, data_only: bool) -> Iterator[tuple[str, Iterable[Any]]]:
    """Open the workbook and give each worksheet's rows of values."""
    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(source.data), read_only=True, data_only=data_only, keep_links=False
    )
    try:
        for sheet in book.worksheets:
            # declared dimensions may claim a million empty rows
            sheet.reset_dimensions()
            yield str(sheet.title), sheet.iter_rows(values_only=True)
    finally:
        book.close()


def bounded(source: Source, rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Pass rows on until there are more than any real plate file has."""
    cells = 0
    for number, row in enumerate(rows, start=1):
        cells += len(row)
        if number > MAX_ROWS or cells > MAX_CELLS:
            why = f"A sheet has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells."
            raise InputError(refusal(source, why, "sheet-too-big"))
        yield row


def find_uncached(source: Source) -> dict[str, list[str]]:
    """Name the cells whose formula has no stored value: they would read as empty."""
    found: dict[str, list[str]] = {}
    pairs = zip(
        worksheets(source, data_only=False), worksheets(source, data_only=True), strict=True
    )
    for (name, formulas), (_, values) in pairs:
        for number, (formula, value) in enumerate(
            zip(bounded(source, formulas), values, strict=True), start=1
        ):
            found.setdefault(name, []).extend(
                f"{column_letters(col)}{number}"
                for col, (cell, stored) in enumerate(zip(formula, value, strict=True))
                if stored is None and isinstance(cell, str) and cell.startswith("=")
            )
    return found


def no_value(source: Source, sheet: str, cells: list[str]) -> Problem:
    """Return the problem of formulas that were never computed."""
    more = f" and {len(cells) - NAMED} more" if len(cells) > NAMED else ""
    return Problem(
        file=source.name,
        place=f"{sheet}!{cells[0]}",
        message=f"Formulas without a stored value: {', '.join(cells[:NAMED])}{more}.",
        remedy="Open the workbook in Excel or LibreOffice, let it calculate, and save it again.",
        code="formula-without-value",
    )


def cell_text(value: object) -> str:
    """Write a cell as text without losing digits.

    >>> cell_text(25104.0), cell_text(0.1), cell_text(dt.datetime(2024, 3, 1))
    ('25104', '0.1', '2024-03-01')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else repr(value)
    if isinstance(value, dt.datetime):
        at_midnight = value.time() == dt.time()
        return value.date().isoformat() if at_midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).strip()
