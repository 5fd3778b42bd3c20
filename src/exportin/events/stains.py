"""Spill-over measured from single-stain controls: median of the positive events minus unstained."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exportin.events.channels import ceiling
from exportin.events.tubes import Tube
from exportin.tables.events import Spill
from exportin.tables.problems import InputError, Problem, problem_at

POSITIVE_QUANTILE = 0.995
"""Positive events lie above this quantile of the unstained tube in the stain's own channel."""
MIN_POSITIVE = 100
"""With fewer positive events the median's standard error exceeds a tenth of their spread."""
MIN_UNSTAINED = 2000
"""Ten unstained events must lie above their 99.5 % quantile."""
Mask = NDArray[np.bool_]
Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Stain:
    """One control tube with a single stain; ``keep`` marks the events that count."""

    channel: str
    tube: Tube
    keep: Mask | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Spill-over with what it rests on, a row per stain."""

    spill: Spill
    rows: tuple[dict[str, object], ...] = field(default=())


def spill_from_stains(stains: Sequence[Stain], unstained: Sequence[Tube]) -> Measured:
    """Return the spill-over of single-stain controls.

    S[i, j] = (median_j of positives of stain i - median_j unstained) / the same in channel i, on
    linear values. Positive events lie above the 99.5 % quantile of the unstained tube and below
    the top of the own channel. With several unstained tubes their medians are taken.

    Parameters
    ----------
    stains
        One tube per channel, two or more.
    unstained
        Tubes without stain, of the same cells.

    Raises
    ------
    InputError
        A channel has two tubes, a tube too few positive events, or is brighter elsewhere.
    """
    problems = list(_faults(stains, unstained))
    if problems:
        raise InputError(problems)
    spots = [stain.tube.find(stain.channel) for stain in stains]
    names = tuple(stains[0].tube.data.names[i] for i in spots)
    empty = np.array([np.median([np.median(tube.linear(i)) for tube in unstained]) for i in spots])
    rows, matrix = [], []
    for k, stain in enumerate(stains):
        cut = float(
            np.median([np.quantile(t.linear(spots[k]), POSITIVE_QUANTILE) for t in unstained])
        )
        positive = _positive(stain, spots[k], cut, problems)
        gain = np.array([np.median(stain.tube.linear(i)[positive]) for i in spots]) - empty
        rows.append(
            {
                "channel": names[k],
                "row_id": stain.tube.row_id,
                "n_positive": int(positive.sum()),
                "above": cut,
            }
        )
        share = gain / gain[k] if gain[k] > 0 else np.full(len(spots), np.inf)
        if not problems and float(np.max(share)) > 1.0 + 1e-9:
            problems.append(_brighter(stain, names, k, int(np.argmax(gain))))
        matrix.append(tuple(float(value) for value in share))
    if problems:
        raise InputError(problems)
    return Measured(spill=Spill(names=names, matrix=tuple(matrix)), rows=tuple(rows))


def _positive(stain: Stain, spot: int, cut: float, problems: list[Problem]) -> Mask:
    own = stain.tube.linear(spot)
    top = ceiling(stain.tube.data, spot)
    bright = own > cut if stain.keep is None else (own > cut) & stain.keep
    on_scale = bright if top is None else bright & (stain.tube.data.values[spot] < top)
    file, count = stain.tube.file, int(on_scale.sum())
    if count < MIN_POSITIVE:
        message = f"{count} events are positive for '{stain.channel}', {MIN_POSITIVE} are needed."
        remedy = "Record more events, or check that the tube holds this stain."
        problems.append(problem_at(file, stain.tube.row_id, message, remedy, "few-positive"))
    elif 2 * count < int(bright.sum()):
        message = f"more than half of the positive events are off scale in '{stain.channel}'."
        remedy = "Record the control again at a lower voltage, and all tubes with it."
        problems.append(problem_at(file, stain.tube.row_id, message, remedy, "stain-off-scale"))
    return on_scale if count else np.ones(own.shape, dtype=np.bool_)


def _brighter(stain: Stain, names: tuple[str, ...], own: int, other: int) -> Problem:
    message = f"the tube stained for '{names[own]}' is brighter in '{names[other]}'."
    remedy = "Check which stain the tube holds, and write it in the design."
    return problem_at(stain.tube.file, stain.tube.row_id, message, remedy, "wrong-stain")


def _faults(stains: Sequence[Stain], unstained: Sequence[Tube]) -> list[Problem]:
    """Give what forbids any spill-over."""
    if len(stains) < 2 or not unstained:
        message = f"there are {len(stains)} single-stain and {len(unstained)} unstained tubes."
        remedy = "Record an unstained tube and one per stain, two stains or more."
        return [problem_at("design", "", message, remedy, "no-controls")]
    out = []
    seen: dict[int, str] = {}
    for stain in stains:
        spot = stain.tube.find(stain.channel)
        if spot in seen:
            message = f"'{stain.channel}' has two single-stain tubes, {seen[spot]} the other."
            remedy = "Name one of them."
            out.append(
                problem_at(stain.tube.file, stain.tube.row_id, message, remedy, "twin-stain")
            )
        seen.setdefault(spot, stain.tube.row_id)
    for tube in unstained:
        if tube.n_events < MIN_UNSTAINED:
            message = f"the unstained tube has {tube.n_events} events, {MIN_UNSTAINED} are needed."
            remedy = "Record more events, or write the matrix in the study file."
            out.append(problem_at(tube.file, tube.row_id, message, remedy, "few-events"))
    names = {tube.data.names for tube in [*unstained, *(stain.tube for stain in stains)]}
    if len(names) > 1:
        message = "the control tubes do not have the same channels."
        remedy = "Take controls of one instrument and one setting."
        out.append(problem_at(stains[0].tube.file, "", message, remedy, "other-channels"))
    return out
