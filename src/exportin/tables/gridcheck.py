"""Whether a plate grid is whole: columns, row letters, widths, neighbors."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from exportin.tables.grids import COLUMN, Grid
from exportin.tables.problems import Problem
from exportin.tables.wells import PLATES, row_letters

NEARLY = 2
SIZES = ", ".join(f"{size} ({rows} x {cols})" for size, (rows, cols) in PLATES.items())


def check_grid(grid: Grid, file: str, *, selection: bool = False) -> tuple[Problem, ...]:
    """Return what is wrong with a grid; notes are among the problems.

    Parameters
    ----------
    grid
        As found in its sheet.
    file
        Name for messages.
    selection
        Whether evenly spaced rows (A, G, M ...) may stand for a read of some rows only.
    """
    if grid.size is None or grid.width < len(grid.labels):
        return (bad_header(grid, file),)
    return (
        *check_letters(grid, file),
        *check_missing(grid, file, selection=selection),
        *check_widths(grid, file),
    )


def check_stated(grid: Grid, stated: int | None, file: str) -> Iterator[Problem]:
    """Find a grid of another size than the plate type that the file states."""
    if stated and grid.size and grid.size != stated:
        yield Problem(
            file=file,
            place=grid.sheet.line(grid.header),
            message=f"The grid has {grid.size} wells, the plate type {stated}.",
            remedy="Export the file again, whole.",
            code="plate-size",
        )


def bad_header(grid: Grid, file: str) -> Problem:
    """Say what is wrong with the column numbers."""
    col = grid.width
    place = grid.sheet.place(grid.header, grid.left + 1 + min(col, len(grid.labels) - 1))
    later = [label for label in grid.labels[col:] if label]
    if not later:
        return Problem(
            file=file,
            place=place,
            message=f"A grid with {grid.width} columns fits no plate.",
            remedy=f"Plates have {SIZES} wells; write whole plates, empty wells left blank.",
            code="plate-size",
        )
    if any((m := COLUMN.match(label)) and m.group(1) == "1" for label in later):
        return Problem(
            file=file,
            place=place,
            message="Two plates stand side by side.",
            remedy="Put one below the other, each with its title line, or on sheets of their own.",
            code="plates-side-by-side",
        )
    return Problem(
        file=file,
        place=place,
        message=f"Column {col + 1} is headed '{grid.labels[col][:40]}', expected {col + 1}.",
        remedy="Number the columns 1, 2, 3 ... without gaps and in order.",
        code="column-numbers",
    )


def check_letters(grid: Grid, file: str) -> Iterator[Problem]:
    """Find row letters that are repeated, out of order or beyond the plate."""
    last = -1
    seen: dict[int, int] = {}
    for row in grid.rows:
        place = grid.sheet.place(row.at, grid.left)
        if not 0 <= row.number < grid.plate_rows:
            end = row_letters(grid.plate_rows - 1)
            message = (
                f"Row '{row.letters}': {grid.width} columns make a plate of {grid.size} wells "
                f"with rows A to {end}."
            )
            yield letter_problem(file, place, message, "plate-size")
        elif row.number in seen:
            first = grid.sheet.line(seen[row.number])
            message = f"Row '{row.letters}' stands here for the second time (first: {first})."
            yield letter_problem(file, place, message, "duplicate-row")
        elif row.number < last:
            message = f"Row '{row.letters}' stands below row '{row_letters(last)}'."
            yield letter_problem(file, place, message, "row-order")
        seen.setdefault(row.number, row.at)
        last = max(last, row.number)


def letter_problem(file: str, place: str, message: str, code: str) -> Problem:
    """Return a problem of row letters; the remedy is the same for all."""
    remedy = "Each plate row stands once, from A downwards; export the plate again."
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


def check_missing(grid: Grid, file: str, *, selection: bool) -> Iterator[Problem]:
    """Find rows the plate has and the grid has not."""
    have = sorted({row.number for row in grid.rows})
    missing = [row for row in range(grid.plate_rows) if row not in have]
    if not missing or any(row.number >= grid.plate_rows for row in grid.rows):
        return
    place = grid.sheet.line(grid.rows[-1].at)
    if selection and evenly_spaced(have, grid.plate_rows):
        yield Problem(
            file=file,
            place=place,
            message=f"Only rows {row_list(have)} of {grid.plate_rows} were read by the instrument.",
            remedy="If whole rows were lost, export the plate again.",
            code="rows-selected",
            severity="note",
        )
        return
    yield Problem(
        file=file,
        place=place,
        message=(
            f"Row {row_letters(missing[0])} is missing: a plate with {grid.width} columns has "
            f"rows A to {row_letters(grid.plate_rows - 1)} (missing: {row_list(missing)})."
        ),
        remedy="The file may have been cut off: export it again; leave unread wells blank.",
        code="rows-missing",
    )


def evenly_spaced(have: list[int], plate_rows: int) -> bool:
    """Whether the rows are every second, third ... row down to the end of the plate."""
    steps = {after - before for before, after in pairwise(have)}
    if len(steps) != 1 or have[0] != 0:
        return False
    step = steps.pop()
    return step > 1 and have[-1] + step >= plate_rows


def check_widths(grid: Grid, file: str) -> Iterator[Problem]:
    """Find lines with more cells than columns, or fewer than their fellows have."""
    full = grid.left + 1 + grid.width
    widths = Counter(len(grid.sheet.rows[row.at]) for row in grid.rows)
    full_lines = sum(count for width, count in widths.items() if width >= full)
    usual, usual_lines = widths.most_common(1)[0] if widths else (full, 0)
    if not grid.sheet.is_text:
        full_lines = usual_lines = 0
    for row in grid.rows:
        cells = grid.sheet.rows[row.at]
        if any(cells[full:]):
            yield too_wide(grid, file, row.at, full)
        elif len(cells) < full and full_lines * 2 >= len(grid.rows):
            yield Problem(
                file=file,
                place=grid.sheet.line(row.at),
                message=f"The line has {len(cells)} cells, its neighbors have {full}.",
                remedy="A delimiter was lost or the file was cut off: export it again.",
                code="row-width",
            )
        elif (
            usual_lines * 2 >= len(grid.rows)
            and len(cells) != usual
            and (len(cells) < full or len(cells) > max(full, usual))
        ):
            yield from odd_width(grid, file, row.at, usual, full)


def odd_width(grid: Grid, file: str, at: int, usual: int, full: int) -> Iterator[Problem]:
    """Find a line that has lost or won a delimiter, which moves all wells behind it.

    Where empty ends are left off, a line that is much shorter or longer than most is in order;
    one that is hardly so may have one empty well more, or a delimiter less.
    """
    width = len(grid.sheet.rows[at])
    if usual >= full or abs(width - usual) <= NEARLY:
        yield Problem(
            file=file,
            place=grid.sheet.line(at),
            message=f"The line has {width} cells, most lines here have {usual}.",
            remedy=(
                "A delimiter was lost or added; if wells at its end are empty, "
                "write their delimiters."
            ),
            code="row-width",
        )


def too_wide(grid: Grid, file: str, at: int, full: int) -> Problem:
    """Say that a line has cells beyond the last column, and the usual reason."""
    remedy = "Remove what stands at the right of the plate."
    if grid.sheet.delimiter == ",":
        remedy = "If numbers have decimal commas, export with semicolons between the cells."
    return Problem(
        file=file,
        place=grid.sheet.place(at, full),
        message=f"Something stands to the right of column {grid.width}.",
        remedy=remedy,
        code="row-width",
    )


def row_list(rows: list[int]) -> str:
    """Name plate rows for a message, shortened.

    >>> row_list([1, 2, 3, 4, 5, 6])
    'B, C, D, E ... G'
    """
    names = [row_letters(row) for row in rows]
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:4])} ... {names[-1]}"
