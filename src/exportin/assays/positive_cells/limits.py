"""The limit of one experiment, from its negative control."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.events.experiments import Experiment, controls_of, measured_spill
from exportin.events.settings import Axis, GateSet, ThresholdRule
from exportin.events.thresholds import Cutoff, set_thresholds
from exportin.tables.events import Events, Spill
from exportin.tables.problems import InputError, problem_at

NO_GATES = GateSet()


@dataclass(frozen=True, eq=False, kw_only=True)
class Limit:
    """What one experiment's control gave.

    Parameters
    ----------
    cutoff
        The limit.
    above, cells
        Control cells at or above it, and all of them.
    signal
        Compensated signal of the control's cells.
    measured
        Spill-over of single stains, where the settings ask for it.
    """

    cutoff: Cutoff
    above: int
    cells: int
    signal: NDArray[np.float64]
    measured: Spill | None


def limit_of(
    rows: Events, experiment: Experiment, out: set[str], settings: PositiveCellsSettings
) -> Limit:
    """Return the limit of one experiment.

    Raises
    ------
    InputError
        The control is missing or has too few events.
    """
    mine = [row for row in experiment.controls if row["role"] == settings.control]
    if not mine:
        message = (
            f"experiment '{experiment.name}' has no control '{settings.control}'; without it there "
            "is no limit between negative and positive."
        )
        remedy = (
            f"Give its tube in design.csv the role '{settings.control}', with the unit_id of its "
            "experiment, or without one if it serves all; or name the control that was recorded: "
            "control = ..."
        )
        raise InputError(problem_at("design.csv", "role", message, remedy, "no-control"))
    measured = measured_spill(rows, experiment, settings)
    only = Experiment(
        unit=experiment.unit, model=experiment.model, samples=(), controls=tuple(mine)
    )
    plain = [
        {**row, "stain": None} for row in only.controls
    ]  # an isotype may name its dye; it is one control all the same
    only = Experiment(unit=only.unit, model=only.model, samples=(), controls=tuple(plain))
    controls = controls_of(rows, only, out, settings, measured)
    rule = ThresholdRule(
        name="marker",
        axis=Axis(channel=settings.marker_channel, scale=settings.scale),
        role=settings.control,
        q=settings.quantile,
    )
    found = set_thresholds(
        [rule], NO_GATES, controls, experiment=experiment.name, file="design.csv"
    )[0]
    signal = np.concatenate([
        one.tube.of(settings.marker_channel)[one.keep] for one in controls
    ])  # fmt: skip
    above = int(np.count_nonzero(signal >= found.natural))
    return Limit(cutoff=found, above=above, cells=signal.size, signal=signal, measured=measured)
