"""Questions about all phases at once, and about G1 with the other phases beside it."""

from collections.abc import Mapping
from typing import Any

from exportin.assays.cell_cycle.quantities import PHASES
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.contract.assay import AnswersOf, Context
from exportin.events.composition_rows import counted_parts
from exportin.inference.composition import COMPOSITION_TESTS, answer_composition
from exportin.inference.composition_checks import composition_fault
from exportin.inference.composition_r import composition_r_script
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates, Flags, Tests
from exportin.tables.events import Events


def answer(  # noqa: PLR0917 - the contract's arguments
    rows: Events,
    flags: Flags,
    estimates: Estimates,
    ask: Contrast,
    settings: CellCycleSettings,
    context: Context,
) -> Tests:
    """Compare the phases of experiments: one primary part, or the composition as a whole."""
    del rows, flags
    return answer_composition(
        counted_parts(estimates, PHASES, "nuclei", counted=False),
        ask,
        parts=PHASES,
        primary=settings.primary,
        generator=context.rng(),
    )


def fault(settings: CellCycleSettings, ask: Contrast) -> tuple[str, str] | None:
    """Say what of a question about phases cannot be answered."""
    return composition_fault(ask, PHASES, settings.primary)


def r_script(  # noqa: PLR0917 - the contract's arguments
    rows: Events,
    flags: Flags,
    estimates: Estimates,
    row: Mapping[str, Any],
    settings: CellCycleSettings,
    context: Context,
) -> str:
    """Write the R program of one row."""
    del rows, flags, settings, context
    rows_of_parts = counted_parts(estimates, PHASES, "nuclei", counted=False)
    return composition_r_script(rows_of_parts, row, parts=PHASES)


ANSWERS = AnswersOf(
    tests={"phases": COMPOSITION_TESTS}, answer=answer, fault=fault, r_script=r_script
)
