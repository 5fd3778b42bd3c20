"""The limit between polarized and depolarized cells of one experiment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.assays.membrane_potential.ratios import log_ratios
from exportin.assays.membrane_potential.settings import MembranePotentialSettings
from exportin.events.experiments import Experiment
from exportin.events.gated_tubes import Gated, Row, gated
from exportin.events.thresholds import MIN_CONTROL, MIN_GAP, least_events
from exportin.kernels.event_statistics import main_mode, robust_sd
from exportin.tables.events import Events
from exportin.tables.problems import InputError, Problem, problem_at

FCCP, VEHICLE = "fccp", "vehicle"
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Limit of ln(red/green), how far FCCP moved the cells, and the tubes it rests on."""

    at: float
    separation: float
    tubes: int


def cell_ratios(one: Gated, settings: MembranePotentialSettings) -> Floats:
    """Return ln(red/green) of a tube's cells."""
    red, green = (
        one.tube.of(name)[one.keep] for name in (settings.red_channel, settings.green_channel)
    )
    return log_ratios(red, green)


def limit_of(
    rows: Events, experiment: Experiment, out: set[str], settings: MembranePotentialSettings
) -> Limit:
    """Return the limit of one experiment from its vehicle and its FCCP control.

    Raises
    ------
    InputError
        A control is missing, has too few cells, or FCCP does not move the ratio.
    """
    fccp = [row for row in experiment.controls if row["role"] == FCCP]
    vehicle = [
        row for row in experiment.samples if row["role"] == VEHICLE and row["row_id"] not in out
    ]
    lacking = [name for name, mine in ((FCCP, fccp), (VEHICLE, vehicle)) if not mine]
    if lacking:
        message = (
            f"experiment '{experiment.name}' has no {' and no '.join(lacking)} tube; without it "
            "there is no limit between polarized and depolarized cells."
        )
        remedy = (
            f"Give the tube in design.csv the role '{lacking[0]}' with the unit_id of its "
            "experiment; an FCCP control may leave it empty and serve all."
        )
        raise InputError(problem_at("design.csv", "role", message, remedy, "no-control"))
    below = settings.below
    least = MIN_CONTROL if below is None else least_events(below)
    low = _values(rows, fccp, out, settings, MIN_CONTROL)
    high = _values(rows, vehicle, out, settings, least)
    modes = [float(np.median([main_mode(_finite(v)) for v in tubes])) for tubes in (low, high)]
    spread = float(
        np.mean([np.median([robust_sd(_finite(v)) for v in tubes]) for tubes in (low, high)])
    )
    separation = (modes[1] - modes[0]) / max(spread, 1e-300)
    if not separation >= MIN_GAP:
        message = (
            f"FCCP lowers red/green of experiment '{experiment.name}' by {separation:.2g} robust "
            f"SD (modes {np.exp(modes[1]):.3g} in the vehicle, {np.exp(modes[0]):.3g} with FCCP); "
            f"at least {MIN_GAP:g} are needed to call a cell depolarized."
        )
        remedy = (
            "Check which tube is which, compensation, and which channel is red; if FCCP did not "
            "work, leave this experiment out."
        )
        raise InputError(problem_at(fccp[0]["file"], "fccp", message, remedy, "fccp-no-shift"))
    at = 0.5 * (modes[0] + modes[1])
    if below is not None:
        at = float(np.quantile(np.concatenate(high), below, method="inverted_cdf"))
        if not np.isfinite(at):
            message = (
                f"more than {100 * below:g} % of the vehicle's cells have no red signal after "
                "compensation."
            )
            remedy = 'Check compensation and voltages, or write limits = "midpoint".'
            raise InputError(problem_at(vehicle[0]["file"], "", message, remedy, "no-red"))
    return Limit(at=at, separation=separation, tubes=len(fccp) + len(vehicle))


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _values(
    rows: Events,
    mine: list[Row],
    out: set[str],
    settings: MembranePotentialSettings,
    least: int,
) -> list[Floats]:
    """Return the ratios of each tube of a control; half of them must be finite, and enough."""
    problems: list[Problem] = []
    found = []
    for row in mine:
        values = cell_ratios(gated(rows, row, out, settings), settings)
        count = _finite(values).size
        if values.size < least or 2 * count < values.size or count < MIN_CONTROL:
            message = (
                f"the {row['role']} tube has {values.size} cells with a red or green signal, "
                f"{count} of them with both; {least} are needed, and half of them with both."
            )
            remedy = "Record more events, or check gates and compensation."
            place = str(row["row_id"])
            problems.append(problem_at(row["file"], place, message, remedy, "few-control-events"))
        found.append(values)
    if problems:
        raise InputError(problems)
    return found
