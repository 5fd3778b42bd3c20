"""What stands around plate grids: their titles, and grids that lie on their side."""

from collections.abc import Sequence

from exportin.tables.grids import COLUMN, Grid
from exportin.tables.problems import Problem
from exportin.tables.sheet import Sheet


def grid_title(grid: Grid, free: int) -> tuple[str, int | None]:
    """Return the title of a grid and its row: the corner, or the lone cell just above.

    ``free`` is the first row of the sheet that no earlier grid uses; one empty line may
    stand between title and grid.
    """
    if grid.corner:
        return grid.corner, None
    for at in (grid.header - 1, grid.header - 2):
        if at < free:
            return "", None
        texts = [text for text in grid.sheet.rows[at] if text]
        if texts:
            return (texts[0], at) if len(texts) == 1 else ("", None)
    return "", None


def find_transposed(sheet: Sheet) -> tuple[int, int] | None:
    """Return where a grid with letters across and numbers down stands, if there is one."""
    for at, row in enumerate(sheet.rows[:-1]):
        for col, text in enumerate(row):
            if text.upper() == "A" and row[col + 1 : col + 2] and row[col + 1].upper() == "B":
                below = COLUMN.match(sheet.cell(at + 1, col - 1)) if col else None
                if below and below.group(1) == "1":
                    return at, col
    return None


def transposed(sheets: Sequence[Sheet], file: str) -> Problem | None:
    """Return the problem of the first grid that lies on its side, if there is one."""
    for sheet in sheets:
        at = find_transposed(sheet)
        if at:
            return Problem(
                file=file,
                place=sheet.place(*at),
                message="The plate is turned: row letters stand across and column numbers down.",
                remedy="Transpose it, so that row letters stand at the left.",
                code="transposed-grid",
            )
    return None
