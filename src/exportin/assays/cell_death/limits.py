"""Two limits per experiment, each from the controls that lack its dye."""

from collections.abc import Sequence
from typing import Any, Literal

from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.events.experiments import (
    SINGLE_STAIN,
    UNSTAINED,
    Experiment,
    controls_of,
    measured_spill,
    stain_channel,
)
from exportin.events.settings import Axis, GateSet, ThresholdRule
from exportin.events.thresholds import Cutoff, set_thresholds
from exportin.tables.events import Events, Spill
from exportin.tables.problems import InputError, problem_at

NO_GATES = GateSet()
Negative = Literal["single_stain", "unstained"]


def limits_of(
    rows: Events, experiment: Experiment, out: set[str], settings: CellDeathSettings
) -> tuple[Cutoff, Cutoff, Spill | None]:
    """Return the limits of annexin V and of the DNA dye, and the spill-over where it is measured.

    Parameters
    ----------
    rows
        All tubes.
    experiment
        Whose limits.
    out
        Excluded row ids; ranges of events of controls among them.
    settings
        Channels, quantile and which negative control.

    Raises
    ------
    InputError
        A control is missing, has too few events or cannot be told from the positive cells.
    """
    measured = measured_spill(rows, experiment, settings)
    controls = controls_of(rows, experiment, out, settings, measured)
    channels = short_names(rows, experiment, settings)
    wanted = negative_of(rows, experiment, settings)
    rules = _rules(channels, wanted, settings)
    first, second = set_thresholds(
        rules, NO_GATES, controls, experiment=experiment.name, file="design.csv"
    )
    return first, second, measured


def short_names(
    rows: Events, experiment: Experiment, settings: CellDeathSettings
) -> tuple[str, str]:
    """Return the short names of both channels, as the experiment's files write them."""
    said = (settings.annexin_channel, settings.dna_channel)
    row = {**(experiment.controls or experiment.samples)[0]}
    first, second = (stain_channel(rows, row | {"stain": name}) for name in said)
    return first, second


def negative_of(rows: Events, experiment: Experiment, settings: CellDeathSettings) -> Negative:
    """Return which negative control an experiment has; both dyes must have the same.

    Raises
    ------
    InputError
        It has neither.
    """
    stained = {
        stain_channel(rows, row) for row in experiment.controls if row["role"] == SINGLE_STAIN
    }
    channels = short_names(rows, experiment, settings)
    singles = set(channels) <= stained
    plain = any(row["role"] == UNSTAINED for row in experiment.controls)
    if settings.negative == "single_stain" or (settings.negative == "auto" and singles):
        lacking: Sequence[str] = [name for name in channels if name not in stained]
    elif plain:
        return "unstained"
    else:
        lacking = [] if settings.negative == "auto" else [UNSTAINED]
        lacking = lacking or [
            f"{SINGLE_STAIN} of {name}" for name in channels if name not in stained
        ]
        raise missing_control(experiment, lacking, channels)
    if lacking:
        raise missing_control(
            experiment, [f"{SINGLE_STAIN} of {name}" for name in lacking], channels
        )
    return "single_stain"


def missing_control(
    experiment: Experiment, lacking: Sequence[str], channels: Sequence[str]
) -> InputError:
    """Say which control an experiment lacks, and what to write."""
    message = (
        f"experiment '{experiment.name}' has no control {' and no '.join(lacking)}; without it "
        "there is no limit between negative and positive."
    )
    remedy = (
        "Give the tube in design.csv the role 'single_stain' and the column stain "
        f"'{channels[0]}' or '{channels[1]}' (one dye alone), or the role 'unstained'; with the "
        "unit_id of its experiment, or without one if it serves all."
    )
    return InputError(problem_at("design.csv", "role", message, remedy, "no-control"))


def _rules(
    channels: tuple[str, str], negative: Negative, settings: CellDeathSettings
) -> list[ThresholdRule]:
    rules = []
    for name, own, other in (("annexin", 0, 1), ("dna", 1, 0)):
        more: dict[str, Any] = {"method": settings.limits}
        if settings.limits == "quantile":
            more["q"] = settings.quantile
        else:
            more |= {"positive_role": SINGLE_STAIN, "positive_stain": channels[own]}
        rules.append(
            ThresholdRule(
                name=name,
                axis=Axis(channel=channels[own], scale=settings.scale),
                role=negative,
                stain=channels[other] if negative == SINGLE_STAIN else "",
                **more,
            )
        )
    return rules
