"""Questions about all quadrants at once, and about one with the others beside it."""

from collections.abc import Mapping
from typing import Any

from exportin.assays.cell_death.quantities import QUADRANTS, WHOLE
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.contract.assay import AnswersOf, Context
from exportin.events.composition_rows import counted_parts
from exportin.events.fractions import exact_zeros
from exportin.inference.composition import COMPOSITION_TESTS, answer_composition
from exportin.inference.composition_checks import composition_fault
from exportin.inference.composition_r import composition_r_script
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates, Flags, Tests
from exportin.tables.events import Events


def primary_part(settings: CellDeathSettings) -> str:
    """Return the quadrant that stands first; dead is tested as its complement, live.

    >>> primary_part(CellDeathSettings(annexin_channel="A", dna_channel="P"))
    'live'
    """
    return settings.primary if settings.primary in QUADRANTS else QUADRANTS[0]


def answer(  # noqa: PLR0917 - the contract's arguments
    rows: Events,
    flags: Flags,
    estimates: Estimates,
    ask: Contrast,
    settings: CellDeathSettings,
    context: Context,
) -> Tests:
    """Compare the quadrants of experiments: one primary part, or the composition as a whole."""
    del rows, flags
    return answer_composition(
        _counted(estimates),
        ask,
        parts=QUADRANTS,
        primary=primary_part(settings),
        generator=context.rng(),
    )


def _counted(estimates: Estimates) -> Estimates:
    return counted_parts(exact_zeros(estimates, QUADRANTS), QUADRANTS, "cells", counted=True)


def fault(settings: CellDeathSettings, ask: Contrast) -> tuple[str, str] | None:
    """Say what of a question about quadrants cannot be answered."""
    return composition_fault(ask, QUADRANTS, primary_part(settings))


def r_script(  # noqa: PLR0917 - the contract's arguments
    rows: Events,
    flags: Flags,
    estimates: Estimates,
    row: Mapping[str, Any],
    settings: CellDeathSettings,
    context: Context,
) -> str:
    """Write the R program of one row."""
    del rows, flags, settings, context
    return composition_r_script(_counted(estimates), row, parts=QUADRANTS)


ANSWERS = AnswersOf(tests={WHOLE: COMPOSITION_TESTS}, answer=answer, fault=fault, r_script=r_script)
