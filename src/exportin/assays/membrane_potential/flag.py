"""Looks at tubes before anything is counted: channels, roles, vehicle and FCCP, quality."""

from exportin.assays.membrane_potential.limits import FCCP, limit_of
from exportin.assays.membrane_potential.settings import MembranePotentialSettings
from exportin.contract.assay import Context
from exportin.events.control_checks import (
    SAMPLES,
    channel_problems,
    replicate_note,
    row_problems,
    spill_problems,
    tube_flags,
)
from exportin.events.experiments import UNSTAINED, experiments
from exportin.results.tables import Flags
from exportin.tables.events import Events
from exportin.tables.problems import InputError, Problem


def check(
    rows: Events, settings: MembranePotentialSettings, context: Context
) -> tuple[Problem, ...]:
    """Return every problem of roles, channels and controls; notes do not stop the run."""
    out = [*row_problems(rows.frame, (FCCP, UNSTAINED), context)]
    place = f"[block.{context.block}] red_channel, green_channel"
    out += channel_problems(rows, (settings.red_channel, settings.green_channel), settings, place)
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


def flag(rows: Events, settings: MembranePotentialSettings, context: Context) -> Flags:
    """Mark tubes and ranges of events that the recording makes doubtful."""
    del context
    channels = (settings.red_channel, settings.green_channel)
    return Flags.from_rows(tube_flags(rows, channels, settings))
