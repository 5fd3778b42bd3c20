"""Plate grids in a sheet: column numbers above, row letters at the left."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from exportin.tables.sheet import Sheet
from exportin.tables.wells import PLATES, plate_with_columns, row_number

COLUMN = re.compile(r"0*([1-9][0-9]?)(?:\.0+)?$")
ONES = frozenset(("1", "01", "1.0"))
LETTERS = re.compile(r"[A-Za-z]{1,2}$")
CORNERS = ("", "<>")  # what stands above the row letters; anything else is a title


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One line of a grid: where it stands, its letters as written, its row on the plate."""

    at: int
    letters: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A plate grid as it stands in a sheet; ``check_grid`` says whether it is whole.

    Parameters
    ----------
    sheet
        Where it stands.
    header
        Row of the sheet with the column numbers.
    left
        Column of the sheet with the row letters.
    labels
        What stands in the header, from the first column on.
    rows
        Its lines, from top to bottom.
    """

    sheet: Sheet
    header: int
    left: int
    labels: tuple[str, ...]
    rows: tuple[GridRow, ...]

    @property
    def width(self) -> int:
        """Number of plate columns: how far the header counts up from one."""
        return count_up(self.labels)

    @property
    def size(self) -> int | None:
        """Number of wells of the plate with so many columns; ``None`` if there is none."""
        return plate_with_columns(self.width)

    @property
    def plate_rows(self) -> int:
        """Number of rows that a plate with so many columns has."""
        return PLATES[self.size][0] if self.size else 0

    @property
    def end(self) -> int:
        """Row of the sheet behind the last line."""
        return self.rows[-1].at + 1

    @property
    def corner(self) -> str:
        """Title in the corner above the row letters, if any."""
        text = self.sheet.cell(self.header, self.left)
        return "" if text in CORNERS else text

    def wells(self) -> Iterator[tuple[int, int, int, int]]:
        """Give plate row, plate column, and row and column of the sheet of each well."""
        for row in self.rows:
            for col in range(self.width):
                yield row.number, col, row.at, self.left + 1 + col


def count_up(labels: tuple[str, ...]) -> int:
    """Return how far the labels count 1, 2, 3 ... before they stop.

    >>> count_up(("1", "02", "3.0", "", "1"))
    3
    """
    for index, label in enumerate(labels):
        match = COLUMN.match(label)
        if not match or int(match.group(1)) != index + 1:
            return index
    return len(labels)


def find_grids(sheet: Sheet) -> tuple[Grid, ...]:
    """Find every grid of a sheet, whole or not, from top to bottom.

    >>> sheet = Sheet(name="P", rows=(("", "1", "2", "3"), ("A", "5", "6", "7"), ("B", "8")))
    >>> [(grid.size, len(grid.rows)) for grid in find_grids(sheet)]
    [(6, 2)]
    """
    grids: list[Grid] = []
    at = 0
    while at < len(sheet.rows):
        grid = grid_at(sheet, at)
        if grid:
            grids.append(grid)
        at = grid.end if grid else at + 1
    return tuple(grids)


def grid_at(sheet: Sheet, header: int) -> Grid | None:
    """Return the grid whose column numbers stand in this row, if there is one."""
    row = sheet.rows[header]
    left = header_start(row)
    if left is None:
        return None
    labels = list(row[left + 1 :])
    while labels and not labels[-1]:
        labels.pop()
    found = list(lettered_rows(sheet, header + 1, left))
    # rows beyond Z are AA to AF, which MARS writes as a to f
    lower = any(text.isupper() for _, text in found) and len(labels) >= PLATES[1536][1]
    rows = tuple(
        GridRow(at=at, letters=text, number=plate_row(text, lower=lower)) for at, text in found
    )
    if not rows:
        return None
    return Grid(sheet=sheet, header=header, left=left, labels=tuple(labels), rows=rows)


def plate_row(letters: str, *, lower: bool) -> int:
    """Return the plate row of its letters; -1 for letters no plate has."""
    if lower and re.fullmatch("[a-f]", letters):
        return 26 + ord(letters) - ord("a")
    number = row_number(letters)
    return -1 if number is None else number


def header_start(row: tuple[str, ...]) -> int | None:
    """Return the column left of the first column number, if the row has a run of them.

    The run must hold a 1 and no number twice, or begin with 1, 2; whether it counts up
    properly is for ``check_grid`` to say.
    """
    if ONES.isdisjoint(row):
        return None
    numbers = [COLUMN.match(text) for text in row]
    start = next((col for col, match in enumerate(numbers) if match), 0)
    if not start or any(row[: start - 1]) or row_number(row[start - 1]) is not None:
        return None  # behind a row letter these are data that happen to be small
    run = [match.group(1) for match in takewhile(bool, numbers[start:]) if match]
    if run[:2] == ["1", "2"] or (len(run) > 2 and "1" in run and len(set(run)) == len(run)):
        return start - 1
    return None


def lettered_rows(sheet: Sheet, start: int, left: int) -> Iterator[tuple[int, str]]:
    """Give the lines below a header that begin with row letters; empty lines are passed."""
    for at in range(start, len(sheet.rows)):
        label = sheet.cell(at, left)
        if LETTERS.match(label) and not any(sheet.rows[at][:left]):
            yield at, label
        elif not sheet.is_blank(at):
            return
