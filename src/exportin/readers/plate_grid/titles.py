"""Grids that by their name are no measured plate, beside grids that are."""

import re
from collections.abc import Iterator, Sequence

from exportin.tables.grids import Grid
from exportin.tables.problems import Problem

COMPUTED = re.compile(
    r"normali[sz]|normiert|correct(?:ed|ion)|korrigiert|subtract|\bblank|\baverage|\bmean\b"
    r"|\bmedian\b|mittelwert|\bst\.?\s?dev|\bstd\b|\bsem\b|(?<![0-9])(?<![0-9]\s)(?:%|percent)"
    r"|fold[ -]change|\bz['\u2019]|\b(?:robust )?z[- ]?(?:score|factor|prime)s?\b",
    re.IGNORECASE,
)
LAYOUT = re.compile(r"\blayouts?\b|\bplate ?(?:map|template)s?\b|belegung", re.IGNORECASE)


def role(name: str) -> str:
    """Return what a grid holds by its name: ``a layout``, ``computed numbers``, or nothing.

    >>> role("Plate 1 blank-corrected"), role("Layout"), role("Plate 1 OD600")
    ('computed numbers', 'a layout', '')
    """
    if LAYOUT.search(name):
        return "a layout"
    return "computed numbers" if COMPUTED.search(name) else ""


def check_roles(named: Sequence[tuple[Grid, str]], file: str) -> Iterator[Problem]:
    """Find layouts and computed grids that would be taken for further plates.

    Where all grids have such a name the user means them.
    """
    measured = [(grid, name) for grid, name in named if not role(name)]
    if not measured:
        return
    plate, plate_name = measured[0]
    for grid, name in named:
        if role(name):
            sheet = plate.sheet
            keep = "Keep the measured grids alone in the file"
            if grid.sheet is not sheet:
                keep = f'Write sheet = "{sheet.name}" in the block'
            yield Problem(
                file=file,
                place=grid.sheet.line(grid.header),
                message=(
                    f"'{name[:60]}' stands in one file with '{plate_name[:60]}'; by its name it "
                    f"holds {role(name)} and is no plate of its own."
                ),
                remedy=f"{keep}; if it was measured, give it a name without that word.",
                code="computed-grid",
            )
