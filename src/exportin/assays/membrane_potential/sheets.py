"""MIFlowCyt of the block."""

from exportin.assays.membrane_potential.settings import MembranePotentialSettings
from exportin.contract.assay import Context
from exportin.contract.sheet import Sheet
from exportin.events.gated_sheets import gated_checklist
from exportin.results.tables import Fitted, Tests
from exportin.tables.events import Events

LIMITS = "Limit of depolarized cells: one per experiment, from its controls; among the estimates."
SCALES = "Red over green of every cell, on logarithms."


def sheets(
    rows: Events,
    fitted: Fitted,
    tests: Tests,
    settings: MembranePotentialSettings,
    context: Context,
) -> tuple[Sheet, ...]:
    """Return the MIFlowCyt table of a block."""
    del fitted, tests
    channels = (settings.red_channel, settings.green_channel)
    return (
        gated_checklist(rows, settings, context, channels=channels, scales=SCALES, limits=LIMITS),
    )
