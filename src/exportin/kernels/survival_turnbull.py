"""Survival when an event is only known to lie between two visits (Turnbull)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import nnls

from exportin.kernels.survival_arrays import BoolNM, Float2M, FloatM, FloatNM

Ends = Float[np.ndarray, " n"]
Mass = Float[np.ndarray, " m"]

_ROUNDS = 500
_KKT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnbull:
    """Mass on the intervals (left, right] that the data can tell apart; right may be infinite.

    `gap` is the largest violation of the optimality conditions (0 at the maximum): no interval
    may pull more than its share. Within an interval the curve is unknown.
    """

    left: Mass
    right: Mass
    mass: Mass
    loglik: float
    gap: float
    settled: bool


def turnbull(left: Ends, right: Ends, weight: Ends | None = None) -> Turnbull:
    """Estimate survival from visits: the event lies after `left` and at or before `right`.

    Nonparametric maximum likelihood by constrained Newton steps (nonnegative least squares), with
    a check of the optimality conditions.

    Parameters
    ----------
    left, right : (n,) arrays
        (left, right]; equal ends are an exact time; right infinite is censored at left; left 0
        (or minus infinity) is an event before the first visit.
    weight : (n,) array, optional

    Raises
    ------
    ValueError
        If an interval is turned round or an end is missing.

    References
    ----------
    Turnbull 1976, doi:10.1111/j.2517-6161.1976.tb01597.x; Gentleman and Geyer 1994,
    doi:10.1093/biomet/81.3.618; Wang 2007, doi:10.1111/j.1467-9868.2007.00583.x.

    Examples
    --------
    >>> left, right = np.array([0.0, 3.0, 3.0]), np.array([3.0, 7.0, np.inf])
    >>> found = turnbull(left, right)
    >>> found.right.tolist(), found.mass.round(4).tolist()
    ([3.0, 7.0], [0.3333, 0.6667])
    """
    if not left.size or left.size != right.size:
        raise ValueError("Expected as many left as right ends, and at least one.")
    if np.isnan(left).any() or np.isnan(right).any() or (left > right).any():
        raise ValueError("Expected left ends at or before right ends.")
    if np.isposinf(left).any():
        raise ValueError("Expected finite left ends.")
    weights = np.ones(left.size) if weight is None else weight
    begin, end, inside = _innermost(left, right)
    mass = np.full(begin.size, 1.0 / begin.size)
    total = float(weights.sum())
    gap, settled = np.inf, False
    for _ in range(_ROUNDS):
        slope = inside / np.maximum(inside @ mass, 1e-300)[:, None]
        gap = float((weights @ slope).max() / total - 1.0)
        if gap < _KKT:
            settled = True
            break
        mass = _step(inside, slope, weights, mass)
    kept = mass > 1e-12
    mass = np.where(kept, mass, 0.0) / mass[kept].sum()
    value = float(weights @ np.log(inside @ mass))
    return Turnbull(left=begin[kept], right=end[kept], mass=mass[kept], loglik=value,
                    gap=max(gap, 0.0), settled=settled)  # fmt: skip


def _innermost(left: Ends, right: Ends) -> tuple[Mass, Mass, FloatNM]:
    """Intervals on which mass can lie: a left end followed at once by a right end."""
    exact = left == right
    # order at one place: right ends of intervals, then exact (left, right), then left ends
    place = np.concatenate([left, right])
    rank = np.concatenate([np.where(exact, 1, 3), np.where(exact, 2, 0)])
    is_right = np.repeat([False, True], left.size)
    order = np.lexsort((rank, place))
    place, is_right = place[order], is_right[order]
    pair = np.flatnonzero(~is_right[:-1] & is_right[1:])
    begin, end = place[pair], place[pair + 1]
    point = begin == end
    holds: BoolNM = (left[:, None] <= begin) & (end <= right[:, None])
    holds &= ~(point[None, :] & (left[:, None] == begin) & ~exact[:, None])
    return begin, end, holds.astype(np.float64)


def _step(inside: FloatNM, slope: FloatNM, weights: Ends, mass: Mass) -> Mass:
    """Take one Newton step on the simplex, by nonnegative least squares, halved while it falls."""
    root = np.sqrt(weights)
    heavy = np.sqrt(float(weights.sum())) * 1e3
    a = np.vstack([root[:, None] * slope, np.full((1, mass.size), heavy)])
    aim, _ = nnls(a, np.concatenate([2.0 * root, [heavy]]))
    aim = aim / aim.sum()
    now = float(weights @ np.log(inside @ mass))
    for halving in range(40):
        there: Mass = mass + 0.5**halving * (aim - mass)
        probability = inside @ there
        if (probability > 0).all() and float(weights @ np.log(probability)) > now:
            return there
    kept: Mass = mass * (weights @ slope) / float(weights.sum())  # self-consistency never falls
    return kept


def turnbull_limits(found: Turnbull, at: FloatM) -> Float2M:
    """Lowest and highest survival that the estimate allows at given times.

    Examples
    --------
    >>> found = turnbull(np.array([0.0, 3.0]), np.array([3.0, 7.0]))
    >>> turnbull_limits(found, np.array([3.0, 5.0])).tolist()
    [[0.5, 0.0], [0.5, 0.5]]
    """
    started = (found.left[None, :] < at[:, None]) | (found.right[None, :] <= at[:, None])
    ended = found.right[None, :] <= at[:, None]
    low = 1.0 - started @ found.mass
    both: Float2M = np.clip(np.array([low, 1.0 - ended @ found.mass]), 0.0, 1.0)
    return both


def turnbull_median(found: Turnbull, probability: float = 0.5) -> tuple[float, float]:
    """Interval in which a quantile of the event time lies; infinite right end if not reached.

    Examples
    --------
    >>> turnbull_median(turnbull(np.array([0.0, 3.0, 5.0]), np.array([3.0, 5.0, np.inf])))
    (3.0, 5.0)
    """
    place = int(np.searchsorted(np.cumsum(found.mass), probability - 1e-9))
    place = min(place, found.mass.size - 1)
    return float(found.left[place]), float(found.right[place])
