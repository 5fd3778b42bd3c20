"""Reads ``design.csv`` or a list of plates: one row per plate, tube, animal or patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.contract.reader import Request
from exportin.study.recognise import recognised
from exportin.tables.cells import read_sheets
from exportin.tables.kinds import PlateList
from exportin.tables.names import clean, skeleton
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.table import Table

PLACE = "__place"


@dataclass(frozen=True, slots=True)
class Designs:
    """Rows of the design as text; ``__place`` says where each stands."""

    file: str
    frame: pl.DataFrame
    notes: tuple[Problem, ...] = ()


def read_designs(source: Source) -> Designs:
    """Read a design table (CSV, TSV or the first sheet of a workbook), or a list of plates.

    Raises
    ------
    InputError
        With every problem of the table.
    """
    reader = recognised(source, PlateList)
    if reader is not None:
        return from_plates(source.name, reader.read(source, Request(kind=PlateList)))
    book = read_sheets(source)
    sheet = book.sheets[0]
    if sheet.problems:
        raise InputError(sheet.problems)
    frame = text_table(source.name, sheet)
    problems = _check_key(source.name, frame)
    if problems:
        raise InputError(problems)
    return Designs(source.name, frame, book.notes)


def from_plates(file: str, table: Table) -> Designs:
    """Return a list of plates as a design; its numbers become text, as in any design."""
    frame = table.frame.drop("file", "row_id").with_columns(
        pl.col(pl.Float64).map_elements(plain_number, return_dtype=pl.String)
    )
    place = pl.format("plate {}", "sample_id").alias(PLACE)
    return Designs(file, frame.with_columns(place), table.notes)


def plain_number(value: float) -> str:
    """Write a number as a person would.

    >>> plain_number(168.0), plain_number(72.5)
    ('168', '72.5')
    """
    return repr(value).removesuffix(".0")


def design_row(
    rows: Sequence[dict[str, Any]], file: str, sample: str, *, alone: bool
) -> dict[str, Any] | None:
    """Find the design row of a sample: by its name, else by a file that holds it alone."""
    for row in rows:
        if row["sample_id"] == sample and same_file(row.get("file"), file):
            return row
    if alone:
        named = [row for row in rows if row.get("file") and same_file(row["file"], file)]
        if len(named) == 1:
            return named[0]
    return None


def same_file(wanted: str | None, file: str) -> bool:
    """Whether a design means this file: by its path, its name, or by naming none."""
    if not wanted:
        return True
    wanted = wanted.replace("\\", "/")
    return file == wanted or file.endswith(f"/{wanted}")


def text_table(file: str, sheet: Sheet) -> pl.DataFrame:
    """Turn a sheet with one header line into a frame of text; empty cells are null."""
    rows = [(i, row) for i, row in enumerate(sheet.rows) if any(cell.strip() for cell in row)]
    if not rows:
        raise InputError(_problem(file, "", "the table is empty.", "Write a header line.", "empty"))
    header = [clean(cell) for cell in rows[0][1]]
    problems = _check_header(file, sheet, rows[0][0], header)
    width = len(header)
    for number, row in rows[1:]:
        if any(cell.strip() for cell in row[width:]):
            message = f"this row has {len(row)} cells, the header has {width}."
            remedy = "Put text with a delimiter in double quotes, or name the further columns."
            problems.append(_problem(file, sheet.place(number, width), message, remedy, "ragged"))
    if problems:
        raise InputError(problems)
    data = {
        name: pl.Series(name, [_cell(row, column) for _, row in rows[1:]], dtype=pl.String)
        for column, name in enumerate(header)
        if name
    }
    places = [sheet.line(number) for number, _ in rows[1:]]
    return pl.DataFrame({**data, PLACE: pl.Series(PLACE, places, dtype=pl.String)})


def _cell(row: tuple[str, ...], column: int) -> str | None:
    text = clean(row[column]) if column < len(row) else ""
    return text or None


def _check_header(file: str, sheet: Sheet, row: int, header: list[str]) -> list[Problem]:
    out = []
    for column, name in enumerate(header):
        if name and name in header[:column]:
            message = f"two columns are called '{name}'."
            place = sheet.place(row, column)
            out.append(_problem(file, place, message, "Give each its own name.", "twin-column"))
    return out


def _check_key(file: str, frame: pl.DataFrame) -> list[Problem]:
    if "sample_id" not in frame.columns:
        message = f"there is no column 'sample_id'; there are {_named(frame)}."
        remedy = "Add 'sample_id': the name of the plate, tube, animal or patient."
        like = [name for name in frame.columns if skeleton(name) == skeleton("sample_id")]
        remedy = f"Call the column '{like[0]}' 'sample_id'." if like else remedy
        return [_problem(file, "line 1", message, remedy, "no-sample-id")]
    out = []
    for row in frame.filter(pl.col("sample_id").is_null()).iter_rows(named=True):
        message, remedy = "this row has no sample_id.", "Write one, or delete the row."
        out.append(_problem(file, row[PLACE], message, remedy, "no-sample-id"))
    where = ["sample_id", *(["file"] if "file" in frame.columns else [])]
    twice = frame.filter(frame.select(where).is_duplicated() & pl.col("sample_id").is_not_null())
    for row in twice.iter_rows(named=True):
        message = f"sample_id '{row['sample_id']}' stands in more than one row."
        remedy = "Keep one row per sample; plates of one experiment share a unit_id instead."
        out.append(_problem(file, row[PLACE], message, remedy, "twin-sample"))
    return out


def _named(frame: pl.DataFrame) -> str:
    return ", ".join(f"'{name}'" for name in frame.columns if name != PLACE)


def _problem(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)
