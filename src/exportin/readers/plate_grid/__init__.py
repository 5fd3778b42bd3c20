"""Plain plate grids: column numbers above, row letters at the left, a title line at will."""

from collections.abc import Sequence

from exportin.contract.reader import Reader, Request
from exportin.readers.plate_grid.check import (
    check_found,
    is_defect,
    no_channels,
    no_grid,
    same_name,
)
from exportin.readers.plate_grid.found import Found, find, is_numeric
from exportin.readers.plate_grid.parts import is_like_a_plate, no_plate
from exportin.readers.plate_grid.titles import check_roles
from exportin.tables.cells import read_sheets
from exportin.tables.grids import Grid
from exportin.tables.gridtitle import transposed
from exportin.tables.gridvalues import PlateRead, open_end, well_frame
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_sheets
from exportin.tables.problems import InputError

NAME = "plate_grid"


def sniff(source: Source) -> bool:
    """Whether the file is grids of numbers with titles, and nothing else beside them.

    Plates with the usual defects (a line of means below, a layout beside, a part of the columns)
    are claimed too: `read` says where they stand and what to do.
    """
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    found = [one for one in map(find, sheets) if one.grids]
    if not found:
        filled = [sheet for sheet in sheets if sheet.rows]
        return len(filled) == 1 and is_like_a_plate(filled[0])
    return all(
        all(is_defect(one, at) for at in one.strays)
        and (is_numeric(one.grids[0]) or "1" in one.grids[0].labels[1:])
        for one in found
    )


def read(source: Source, request: Request) -> WellReadings:
    """Read every grid of a file into one row per well that holds something.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheets = pick_sheets(book.sheets, request.sheet, source.name)
    found = [find(sheet) for sheet in sheets]
    used = [one for one in found if one.grids]
    if not used:
        raise InputError(
            transposed(sheets, source.name)
            or no_plate(sheets, source.name)
            or no_grid(source.name, sheets[0].line(0))
        )
    problems = [problem for one in used for problem in check_found(one, source.name)]
    problems += check_roles(named_grids(source, used), source.name)
    if request.channel:
        problems.append(no_channels(source.name, request.channel))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    frame, notes = well_frame(source.name, plate_reads(source, used), request.decimal)
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *problems, *open_end(used[-1].sheet, source.name), *notes),
        unread=unread(found),
    )


def plate_reads(source: Source, used: Sequence[Found]) -> list[PlateRead]:
    """Name every plate: title, else sheet, else file; refuse a name used twice."""
    named = named_grids(source, used)
    names = [name for _, name in named]
    twice = [(grid, name) for i, (grid, name) in enumerate(named) if name in names[:i]]
    if twice:
        raise InputError(same_name(source.name, grid, name) for grid, name in twice)
    several = len(named) > 1
    return [
        PlateRead(
            grid=grid, sample_id=name, prefix=f"{source.name}:{name}" if several else source.name
        )
        for grid, name in named
    ]


def named_grids(source: Source, used: Sequence[Found]) -> list[tuple[Grid, str]]:
    """Return the grids with their titles, or the names of their sheets or file."""
    return [
        (grid, title or one.sheet.name or source.stem)
        for one in used
        for grid, title in zip(one.grids, one.titles, strict=True)
    ]


def unread(found: Sequence[Found]) -> tuple[str, ...]:
    """List the lone cells beside the grids, and the sheets without a grid."""
    cells = [
        next(text for text in one.sheet.rows[at] if text)
        for one in found
        if one.grids
        for at in one.strays
    ]
    return (*cells, *(f"sheet {one.sheet.name}" for one in found if not one.grids))


READER = Reader(
    name=NAME,
    title="Plain plate grid (CSV, TSV, xlsx)",
    kinds=(WellReadings,),
    suffixes=(".csv", ".tsv", ".txt", ".xlsx"),
    sniff=sniff,
    read=read,
    rank=50,
    limits=(
        "One measurement per plate; several grids of a file must have a title each.",
        "Whole plates only; parts of plates, layouts or means beside the wells are refused.",
        "Whether a grid was measured or computed is told by its title or sheet name alone.",
    ),
)
