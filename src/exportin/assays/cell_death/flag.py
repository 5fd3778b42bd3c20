"""Looks at tubes before anything is counted: channels, roles, controls, quality of events."""

from collections.abc import Iterator

from exportin.assays.cell_death.limits import limits_of, negative_of
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.contract.assay import Context
from exportin.events.control_checks import (
    SAMPLES,
    channel_problems,
    note,
    replicate_note,
    row_problems,
    spill_problems,
    tube_flags,
)
from exportin.events.experiments import SINGLE_STAIN, UNSTAINED, Experiment, experiments
from exportin.results.tables import Flags
from exportin.tables.events import Events
from exportin.tables.problems import InputError, Problem, problem_at

CONTROLS = (UNSTAINED, SINGLE_STAIN)


def check(rows: Events, settings: CellDeathSettings, context: Context) -> tuple[Problem, ...]:
    """Return every problem of roles, channels and controls; notes do not stop the run."""
    out = [*row_problems(rows.frame, CONTROLS, context)]
    channels = (settings.annexin_channel, settings.dna_channel)
    place = f"[block.{context.block}]"
    out += channel_problems(rows, channels, settings, f"{place} annexin_channel, dna_channel")
    if any(problem.severity == "error" for problem in out) or rows.frame.is_empty():
        return tuple(out)
    found = experiments(rows.frame, SAMPLES, context.keys, set())
    for experiment in found:
        out += spill_problems(rows, experiment, settings)
        try:
            limits_of(rows, experiment, set(), settings)
        except InputError as error:
            out += error.problems
    if not any(problem.severity == "error" for problem in out):
        out += _negative_controls(rows, found, settings)
    out += replicate_note(rows.frame, context)
    out.append(note(rows.frame.item(0, "file"), HARVEST, "harvest"))
    return tuple(out)


HARVEST = (
    "fractions are of events: floating cells must have been harvested together with adherent ones "
    "(dying cells detach), and cells that have fallen apart are no longer counted."
)


def _negative_controls(
    rows: Events, found: list[Experiment], settings: CellDeathSettings
) -> Iterator[Problem]:
    """Refuse limits from single stains in one experiment and from unstained cells in another."""
    which = {one.name: negative_of(rows, one, settings) for one in found}
    if set(which.values()) == {UNSTAINED}:
        message = (
            "limits come from unstained cells, which do not hold the spill-over of the other dye: "
            "bright annexin V pushes early apoptotic cells over the limit of the DNA dye (by about "
            "a point at 15 % spill-over). Single stains as controls avoid it."
        )
        yield note(rows.frame.item(0, "file"), message, "unstained-limits")
    if len(set(which.values())) < 2:
        return
    said = "; ".join(f"{name}: {kind}" for name, kind in which.items())
    message = f"experiments have different negative controls, whose limits differ ({said})."
    remedy = 'Add the missing single stains, or write negative = "unstained" for all.'
    yield problem_at("design.csv", "role", message, remedy, "mixed-controls")


def flag(rows: Events, settings: CellDeathSettings, context: Context) -> Flags:
    """Mark tubes and ranges of events that the recording makes doubtful."""
    del context
    channels = (settings.annexin_channel, settings.dna_channel)
    return Flags.from_rows(tube_flags(rows, channels, settings))
