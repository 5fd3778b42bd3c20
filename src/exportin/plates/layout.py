"""Reads what is in each well: a table with a row per well, or one grid per field."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from exportin.plates.wellplan import PLACE, check_plan
from exportin.tables.cells import read_sheets
from exportin.tables.gridcheck import check_grid
from exportin.tables.grids import Grid, find_grids
from exportin.tables.gridtitle import grid_title
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at
from exportin.tables.sheet import Sheet
from exportin.tables.wells import well_name

FIELDS = ("sample_id", "role", "treatment", "dose", "dose_unit", "start_h", "stop_h")
HELP = "Write a header line with at least well, role, treatment, dose and dose_unit."
Row = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of the layout: well, role, treatment, dose (a number), dose_unit and free columns.

    A column ``sample_id`` makes a row hold for that plate only; without it, for all plates.
    """

    file: str
    frame: pl.DataFrame
    notes: tuple[Problem, ...] = ()


def read_layout(source: Source) -> Layout:
    """Read a layout and check wells, roles, doses and units.

    Raises
    ------
    InputError
        With every problem of the layout: file, place and what to write instead.
    """
    book = read_sheets(source)
    rows: list[Row] = []
    problems: list[Problem] = []
    marks = book.sheets[0].delimiter
    for sheet in book.sheets:
        problems.extend(sheet.problems)
        grids = list(find_grids(sheet))
        found = (
            _from_grids(source.name, grids, problems)
            if grids
            else _from_table(source.name, sheet, problems)
        )
        rows.extend(found)
    if not rows and not problems:
        problems.append(
            problem_at(source.name, "", "the layout has no rows.", HELP, "empty-layout")
        )
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    frame, notes = check_plan(source.name, rows, marks)
    return Layout(source.name, frame, (*book.notes, *problems, *notes))


def _from_table(file: str, sheet: Sheet, problems: list[Problem]) -> Iterator[Row]:
    numbers = [at for at in range(len(sheet.rows)) if not sheet.is_blank(at)]
    if not numbers:
        return
    header = sheet.rows[numbers[0]]
    problems.extend(_check_header(file, sheet, numbers[0], header))
    for at in numbers[1:]:
        row: Row = {
            name: sheet.cell(at, column) or None for column, name in enumerate(header) if name
        }
        yield {**row, PLACE: sheet.line(at)}


def _check_header(file: str, sheet: Sheet, at: int, header: tuple[str, ...]) -> Iterator[Problem]:
    for name in ("well", "role"):
        if name not in header:
            message = f"the layout has no column '{name}'; it has {', '.join(header) or 'none'}."
            like = get_close_matches(name, [h.casefold() for h in header if h], n=1, cutoff=0.6)
            found = [h for h in header if like and h.casefold() == like[0]]
            remedy = f"Call the column '{found[0]}' '{name}'. {HELP}" if found else HELP
            yield problem_at(file, sheet.line(at), message, remedy, "no-column")
    for column, name in enumerate(header):
        if name and name in header[:column]:
            message = f"two columns are called '{name}'."
            yield problem_at(file, sheet.place(at, column), message, "Rename one.", "twin-column")


def _from_grids(file: str, grids: list[Grid], problems: list[Problem]) -> list[Row]:
    """One grid per field, its name in the corner or on the line above."""
    wells: dict[str, Row] = {}
    free = 0
    for grid in grids:
        field, _ = grid_title(grid, free)
        free = grid.rows[-1].at + 1 if grid.rows else grid.header + 1
        if not field or grid.size is None:
            message = "this grid has no name of a field above it, or is of no plate's size."
            remedy = f"Write its field in the corner: {', '.join(FIELDS)} or a column of yours."
            problems.append(problem_at(file, grid.sheet.line(grid.header), message, remedy, "grid"))
            continue
        problems.extend(check_grid(grid, file))
        for row in grid.rows:
            for column in range(grid.width):
                at = grid.left + 1 + column
                if text := grid.sheet.cell(row.at, at):
                    well = well_name(row.number, column)
                    found = wells.setdefault(well, {"well": well, PLACE: f"well {well}"})
                    found[field] = text
    return list(wells.values())
