"""What is wrong or odd about the grids of a sheet."""

from dataclasses import replace

from exportin.readers.plate_grid.found import Found, is_numeric
from exportin.readers.plate_grid.parts import find_part, part_below
from exportin.readers.plate_grid.titles import role
from exportin.tables.gridcheck import SIZES, check_grid
from exportin.tables.grids import COLUMN, Grid
from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet

BESIDE = "plates-side-by-side"


def check_found(found: Found, file: str) -> list[Problem]:
    """Return what is wrong or odd about the grids of one sheet."""
    part = find_part(found.sheet) if found.strays else None
    if part:
        return [*found.sheet.problems, part_below(part, found.sheet, file)]
    problems = list(found.sheet.problems)
    for grid in found.grids:
        problems += [explained(problem, grid) for problem in check_grid(grid, file)]
    if len(found.grids) > 1:
        pairs = zip(found.grids, found.titles, strict=True)
        problems += [untitled_grid(file, grid) for grid, title in pairs if not title]
    beside = {p.code for p in problems} & {BESIDE}
    titles = {grid.header - 1 for grid in found.grids} if beside else set()
    for at in found.strays:
        if sum(map(bool, found.sheet.rows[at])) > 1 and at not in titles:
            problems.append(stray_line(file, found.sheet, at))
    first = found.grids[0]
    if first.left or found.sheet.is_blank(0):
        problems.append(shifted(file, found.sheet.place(first.header, first.left)))
    return problems


def untitled_grid(file: str, grid: Grid) -> Problem:
    """Return the problem of a plate without a name among several."""
    return Problem(
        file=file,
        place=grid.sheet.line(grid.header),
        message="Several plates stand here and this one has no title.",
        remedy="Write the name of the plate in a line just above its column numbers.",
        code="untitled-grid",
    )


def same_name(file: str, grid: Grid, name: str) -> Problem:
    """Return the problem of two plates with one name."""
    return Problem(
        file=file,
        place=grid.sheet.line(grid.header),
        message=f"Two plates are named '{name}'.",
        remedy="Give each plate a title line of its own, just above its column numbers.",
        code="duplicate-plate",
    )


def explained(problem: Problem, grid: Grid) -> Problem:
    """Tell a layout or computed columns beside the wells from a damaged plate."""
    label = next((text for text in grid.labels[grid.width :] if text), "")
    if problem.code == BESIDE and not is_numeric(grid):
        again = grid.left + 2 + grid.width + grid.labels[grid.width :].index(label)
        return replace(
            problem,
            message="A layout stands to the left of the readings.",
            remedy=(
                "Keep one grid per line: remove the layout and write it to a file of its own; the "
                f"readings begin at {grid.sheet.place(grid.header, again - 1)}."
            ),
        )
    if problem.code == "column-numbers" and grid.size and not COLUMN.match(label):
        return replace(
            problem,
            message=f"'{label[:40]}' stands to the right of the {grid.width} columns of the plate.",
            remedy="Remove it and what stands below and behind it; only wells belong to a grid.",
        )
    return problem


def is_defect(found: Found, at: int) -> bool:
    """Whether a line beside the grids is the kind people write below or above plain plates."""
    row = found.sheet.rows[at]
    part = find_part(found.sheet)
    if part and at in part.lines:
        return True
    beside = any(grid.header - 1 == at and "1" in grid.labels[1:] for grid in found.grids)
    return beside or bool(role(next(filter(None, row))))


def stray_line(file: str, sheet: Sheet, at: int) -> Problem:
    """Return the problem of a line that belongs to no grid."""
    text = next(filter(None, sheet.rows[at]))
    if role(text):
        return Problem(
            file=file,
            place=sheet.line(at),
            message=f"The line '{text[:40]}' holds {role(text)} and no row of the plate.",
            remedy="Remove it; only wells belong to a grid.",
            code="stray-line",
        )
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"The line '{text[:40]}' is neither a title nor part of a plate grid.",
        remedy="Remove it, or begin it with its row letter if it is part of the plate.",
        code="stray-line",
    )


def shifted(file: str, place: str) -> Problem:
    """Note that a grid does not begin in the first cell."""
    return Problem(
        file=file,
        place=place,
        message="The grid does not begin in the first cell; it was read where it stands.",
        remedy="",
        code="grid-shifted",
        severity="note",
    )


def no_grid(file: str, place: str) -> Problem:
    """Return the problem of a file without a grid."""
    return Problem(
        file=file,
        place=place,
        message="No plate grid was found: column numbers 1, 2, 3 ... with row letters below.",
        remedy=f"Write a whole plate: {SIZES} wells.",
        code="no-grid",
    )


def no_channels(file: str, channel: str) -> Problem:
    """Return the problem of a channel asked for: a plain grid has none."""
    return Problem(
        file=file,
        place="",
        message=f"The study asks for channel '{channel}', but plain grids have no channels.",
        remedy="Remove 'channel' from the block.",
        code="unknown-channel",
    )
