"""Looks at tubes before anything is counted: channels, roles, the control, quality of events."""

from exportin.assays.positive_cells.limits import limit_of
from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.contract.assay import Context
from exportin.events.control_checks import (
    SAMPLES,
    channel_problems,
    replicate_note,
    row_problems,
    spill_problems,
    tube_flags,
)
from exportin.events.experiments import SINGLE_STAIN, experiments
from exportin.results.tables import Flags
from exportin.tables.events import Events
from exportin.tables.problems import InputError, Problem

CONTROLS = ("no_enzyme", "isotype", "fmo", "unstained", SINGLE_STAIN)


def check(rows: Events, settings: PositiveCellsSettings, context: Context) -> tuple[Problem, ...]:
    """Return every problem of roles, channels and the control; notes do not stop the run."""
    out = [*row_problems(rows.frame, CONTROLS, context)]
    place = f"[block.{context.block}] marker_channel"
    out += channel_problems(rows, (settings.marker_channel,), settings, place)
    if any(problem.severity == "error" for problem in out) or rows.frame.is_empty():
        return tuple(out)
    for experiment in experiments(rows.frame, SAMPLES, context.keys, set()):
        out += spill_problems(rows, experiment, settings)
        try:
            limit_of(rows, experiment, set(), settings)
        except InputError as error:
            out += error.problems
    out += replicate_note(rows.frame, context)
    return tuple(out)


def flag(rows: Events, settings: PositiveCellsSettings, context: Context) -> Flags:
    """Mark tubes and ranges of events that the recording makes doubtful."""
    del context
    return Flags.from_rows(tube_flags(rows, (settings.marker_channel,), settings))
