"""MIFlowCyt of the block."""

from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.contract.assay import Context
from exportin.contract.sheet import Sheet
from exportin.events.gated_sheets import gated_checklist, scale_words
from exportin.results.tables import Fitted, Tests
from exportin.tables.events import Events

LIMITS = "Limit of the marker: one per experiment and line, from its control; among the estimates."


def sheets(
    rows: Events, fitted: Fitted, tests: Tests, settings: PositiveCellsSettings, context: Context
) -> tuple[Sheet, ...]:
    """Return the MIFlowCyt table of a block."""
    del fitted, tests
    channels = (settings.marker_channel,)
    return (
        gated_checklist(
            rows,
            settings,
            context,
            channels=channels,
            scales=scale_words(settings.scale),
            limits=LIMITS,
        ),
    )
