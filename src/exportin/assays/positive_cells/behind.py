"""Which tubes a number was made from."""

from collections.abc import Mapping
from typing import Any

from exportin.assays.positive_cells.quantities import BACKGROUND, LIMIT
from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.events.behind_rows import tubes_behind
from exportin.results.tables import Flags
from exportin.tables.events import Events


def behind(
    rows: Events, flags: Flags, row: Mapping[str, Any], settings: PositiveCellsSettings
) -> tuple[str, ...]:
    """Name the samples of a number, and the controls that their limits were set from."""
    del flags, settings
    return tubes_behind(rows.frame, row, limits=(LIMIT, BACKGROUND))
