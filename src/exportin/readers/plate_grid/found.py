"""The grids of a sheet, their titles, and the lines that belong to none."""

from dataclasses import dataclass, field

from exportin.tables.grids import Grid, find_grids
from exportin.tables.gridtitle import grid_title
from exportin.tables.missing import missing_cause
from exportin.tables.names import clean
from exportin.tables.numbers import decimal_evidence, parse_number
from exportin.tables.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The grids of one sheet with their titles, and the lines that belong to none."""

    sheet: Sheet
    grids: tuple[Grid, ...]
    titles: tuple[str, ...]
    strays: tuple[int, ...] = field(default=())


def find(sheet: Sheet) -> Found:
    """Find the grids of a sheet, their titles, and what else stands there."""
    grids = find_grids(sheet)
    titles: list[str] = []
    used: set[int] = set()
    free = 0
    for grid in grids:
        title, at = grid_title(grid, free)
        titles.append(clean(title))
        used |= {grid.header, *(row.at for row in grid.rows)} | ({at} if at is not None else set())
        free = grid.end
    strays = [at for at in range(len(sheet.rows)) if at not in used and not sheet.is_blank(at)]
    return Found(sheet=sheet, grids=grids, titles=tuple(titles), strays=tuple(strays))


def is_numeric(grid: Grid) -> bool:
    """Whether most wells hold numbers: grids of drug names are layouts."""
    texts = [text for _, _, at, col in grid.wells() if (text := grid.sheet.cell(at, col))]
    numbers = [
        text
        for text in texts
        if decimal_evidence(text)
        or parse_number(text, ".") is not None
        or missing_cause(text) is not None
    ]
    return 2 * len(numbers) > len(texts)
