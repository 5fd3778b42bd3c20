"""What is wrong or odd about the grids of a sheet."""

from exportin.readers.plate_grid.found import Found
from exportin.tables.gridcheck import SIZES, check_grid
from exportin.tables.grids import Grid
from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet


def check_found(found: Found, file: str) -> list[Problem]:
    """Return what is wrong or odd about the grids of one sheet."""
    problems = list(found.sheet.problems)
    for grid in found.grids:
        problems += check_grid(grid, file)
    if len(found.grids) > 1:
        pairs = zip(found.grids, found.titles, strict=True)
        problems += [untitled_grid(file, grid) for grid, title in pairs if not title]
    for at in found.strays:
        if sum(map(bool, found.sheet.rows[at])) > 1:
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


def stray_line(file: str, sheet: Sheet, at: int) -> Problem:
    """Return the problem of a line that belongs to no grid."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message="The line is neither a title nor part of a plate grid.",
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


def no_grid(file: str) -> Problem:
    """Return the problem of a file without a grid."""
    return Problem(
        file=file,
        place="",
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
