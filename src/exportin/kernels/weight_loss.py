"""Body weight in percent of a reference day: lowest weight, first losses, impossible jumps."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exportin.kernels.response_rules import Changes

Vector = NDArray[np.float64]
LOSSES = (10.0, 15.0, 20.0)
"""Losses that are timed, percent of the reference."""
JUMP = 0.25
"""Share by which a weight must leave both its neighbors to be doubted."""
JUMP_DAYS, BACK_DAYS = 3.0, 7.0
_SAME = 1e-9  # percent; 25.2 g of 28 g is a loss of 10 % whatever the last bit says


class Nadir(NamedTuple):
    """Lowest weight after the reference (percent of it) and its day; NaN where unknown."""

    percent: Vector
    day: Vector


class FirstLoss(NamedTuple):
    """First day with so much loss, or the last day weighed where ``reached`` is False."""

    day: Vector
    reached: NDArray[np.bool_]


def nadir(found: Changes) -> Nadir:
    """Lowest weight of each animal after its reference weighing.

    Parameters
    ----------
    found : Changes
        Changes of weights from the reference, see `response_rules.changes`.

    Examples
    --------
    >>> from exportin.kernels.response_rules import changes
    >>> found = changes(np.zeros(3, int), np.array([0.0, 3.0, 7.0]),
    ...                 np.array([20.0, 17.0, 19.0]), animals=1)
    >>> [v.tolist() for v in nadir(found)]
    [[85.0], [3.0]]
    """
    after = found.after
    at = np.argmin(np.where(after, found.percent, np.inf), axis=1)[:, None]
    known = found.followed
    low = 100.0 + np.take_along_axis(found.percent, at, axis=1)[:, 0]
    day = np.take_along_axis(found.day, at, axis=1)[:, 0]
    return Nadir(np.where(known, low, np.nan), np.where(known, day, np.nan))


def first_loss(found: Changes, loss: float) -> FirstLoss:
    """First weighing of each animal at which it had lost so many percent, or more.

    Not interpolated: weights go up and down, and the first weighing is when the loss was known.

    Examples
    --------
    >>> from exportin.kernels.response_rules import changes
    >>> found = changes(np.zeros(3, int), np.array([0.0, 3.0, 7.0]),
    ...                 np.array([28.0, 27.0, 25.2]), animals=1)
    >>> first_loss(found, 10.0).day.tolist(), first_loss(found, 15.0).reached.tolist()
    ([7.0], [False])
    """
    after = found.after
    low = after & (found.percent <= -loss + _SAME)
    at = np.argmax(low, axis=1)[:, None]
    reached: NDArray[np.bool_] = np.any(low, axis=1)
    last = found.last[:, None]
    day = np.take_along_axis(found.day, np.where(reached[:, None], at, last), axis=1)[:, 0]
    return FirstLoss(np.where(found.followed, day, np.nan), reached)


def doubtful_jumps(animal: NDArray[np.int64], day: Vector, weight: Vector) -> NDArray[np.bool_]:
    """Mark weights that leave both neighbors by more than 25 % to one side and come back.

    One of the two steps is at most 3 days long and neither is longer than 7: no mouse loses and
    regains a quarter of its weight so fast, a balance or a typist does.

    Parameters
    ----------
    animal : (n,) int
        Number of the animal of each weighing; sorted by animal and day.
    day, weight : (n,) float
        Days, and weights above zero.

    Examples
    --------
    >>> doubtful_jumps(np.zeros(4, int), np.array([0.0, 3.0, 6.0, 9.0]),
    ...                np.array([20.0, 2.1, 20.5, 20.0])).tolist()
    [False, True, False, False]
    """
    out = np.zeros(day.size, dtype=bool)
    if day.size < 3:
        return out
    before, here, after = weight[:-2], weight[1:-1], weight[2:]
    step, back = np.diff(day)[:-1], np.diff(day)[1:]
    same = (animal[:-2] == animal[1:-1]) & (animal[1:-1] == animal[2:])
    soon = (np.minimum(step, back) <= JUMP_DAYS) & (np.maximum(step, back) <= BACK_DAYS)
    below = here < (1 - JUMP) * np.minimum(before, after)
    above = here > (1 + JUMP) * np.maximum(before, after)
    out[1:-1] = same & soon & (below | above)
    return out
