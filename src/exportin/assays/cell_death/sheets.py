"""MIFlowCyt of the block."""

from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.contract.assay import Context
from exportin.contract.sheet import Sheet
from exportin.events.gated_sheets import gated_checklist, scale_words
from exportin.results.tables import Fitted, Tests
from exportin.tables.events import Events

LIMITS = "Limits of both dyes: one per experiment and line, from its controls; among the estimates."


def sheets(
    rows: Events, fitted: Fitted, tests: Tests, settings: CellDeathSettings, context: Context
) -> tuple[Sheet, ...]:
    """Return the MIFlowCyt table of a block."""
    del fitted, tests
    channels = (settings.annexin_channel, settings.dna_channel)
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
