"""Intervals of a Hodges-Lehmann shift: ordered differences, exact inversion, normal inversion."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from exportin.inference.outcome import Alternative, ConfOpen
from exportin.inference.rank_distribution import Counts, Tails, lower_quantile
from exportin.inference.samples import Vector

# up to so many distinct differences every one is tried; beyond, the bound is found by halving
_SCAN_LIMIT = 400
# two numbers within so many roundings of the largest value are the same number
_ROUNDINGS = 8.0 * 2.0**-52

TailsAt = Callable[[float], Tails]


class RankInterval(NamedTuple):
    """Bounds, the open side, and the level really reached."""

    low: float | None
    high: float | None
    open: ConfOpen
    level: float


def snap(values: Vector, size: float) -> Vector:
    """Make values equal that differ by rounding only; those next to zero become zero.

    Parameters
    ----------
    values : array, shape (n,)
    size : float
        Largest absolute value that went into their computation.

    Examples
    --------
    >>> snap(np.array([0.1 + 0.2, 0.3]), 0.3).tolist()
    [0.3, 0.3]
    """
    tolerance = _ROUNDINGS * size
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    new_group = np.concatenate([[True], np.diff(ordered) > tolerance])
    group = np.cumsum(new_group) - 1
    result = np.empty_like(values)
    result[order] = ordered[new_group][group]
    result[np.abs(result) <= tolerance] = 0.0
    return result


def _sides(low: float, high: float, alternative: Alternative, level: float) -> RankInterval:
    if alternative == "greater":
        return RankInterval(low, None, "high", level)
    if alternative == "less":
        return RankInterval(None, high, "low", level)
    return RankInterval(low, high, "none", level)


def ordered_interval(
    differences: Vector, counts: Counts, alternative: Alternative, conf_level: float
) -> RankInterval:
    """Exact interval from the ordered differences (no ties).

    Where the sizes are too small for `conf_level`, it is the whole range of the differences and
    `level` says what that reaches.

    Parameters
    ----------
    differences : array, shape (m,)
        All pairwise differences, or all Walsh averages.
    counts : array, shape (m + 1,)
        Null distribution of the statistic.

    Examples
    --------
    >>> from exportin.inference.rank_distribution import rank_sum_counts
    >>> ordered_interval(np.arange(9.0), rank_sum_counts(3, 3), "two-sided", 0.95)
    RankInterval(low=0.0, high=8.0, open='none', level=0.9)
    """
    sides = 2.0 if alternative == "two-sided" else 1.0
    alpha = 1.0 - conf_level
    q, spent = lower_quantile(counts, alpha / sides)
    ordered = np.sort(differences)
    reached = sides * spent <= alpha * (1 + 1e-9)
    level = conf_level if reached else 1.0 - sides * spent
    return _sides(float(ordered[q - 1]), float(ordered[-q]), alternative, level)


def inverted_interval(
    differences: Vector,
    tails_at: TailsAt,
    *,
    size: float,
    alternative: Alternative,
    conf_level: float,
) -> RankInterval:
    """Interval of all shifts that the exact permutation test does not reject (with ties).

    Parameters
    ----------
    differences : array, shape (m,)
        The test changes at these shifts only.
    tails_at : callable
        Tails of the test after subtracting a shift.
    size : float
        Largest absolute value among the data.

    Examples
    --------
    >>> inverted_interval(np.array([1.0, 2.0]), lambda d: Tails(0.5, 0.5, 0.5), size=2.0,
    ...                   alternative="two-sided", conf_level=0.95)
    RankInterval(low=1.0, high=2.0, open='none', level=1e-09)
    """
    points = np.unique(snap(differences, size))
    middles = (points[1:] + points[:-1]) / 2.0
    sides = 2.0 if alternative == "two-sided" else 1.0
    limit = (1.0 - conf_level) / sides * (1.0 - 1e-12)
    width = float(points[-1] - points[0]) + size + 1.0
    spent = max(
        tails_at(float(points[0]) - width).greater if alternative != "less" else 0.0,
        tails_at(float(points[-1]) + width).less if alternative != "greater" else 0.0,
    )
    level = conf_level if spent < limit else max(1.0 - sides * spent, 1e-9)
    low = _first(points, middles, lambda d: tails_at(d).greater >= limit)
    high = -_first(-points[::-1], -middles[::-1], lambda d: tails_at(-d).less >= limit)
    return _sides(low, high, alternative, level)


def _first(points: Vector, middles: Vector, accepted: Callable[[float], bool]) -> float:
    """First point at which, or right after which, a shift is accepted."""

    def reached(i: int) -> bool:
        if accepted(float(points[i])):
            return True
        return i < middles.size and accepted(float(middles[i]))

    if points.size <= _SCAN_LIMIT:
        found = next((i for i in range(points.size) if reached(i)), points.size - 1)
        return float(points[found])
    low, high = -1, points.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return float(points[high])


def normal_interval(
    z_at: Callable[[float], float],
    low: float,
    high: float,
    *,
    alternative: Alternative,
    conf_level: float,
) -> RankInterval:
    """Interval between the shifts at which the corrected z meets its normal quantiles.

    Parameters
    ----------
    z_at : callable
        Corrected z after subtracting a shift; falls with the shift.
    low, high : float
        Smallest and largest possible shift.

    Examples
    --------
    >>> interval = normal_interval(lambda d: -d, -9.0, 9.0, alternative="two-sided",
    ...                            conf_level=0.95)
    >>> round(interval.high, 6)
    1.959964
    """
    tail = 1.0 - conf_level
    quantile = -float(special.ndtri(tail / 2.0 if alternative == "two-sided" else tail))
    return _sides(
        crossing(z_at, low, high, quantile),
        crossing(z_at, low, high, -quantile),
        alternative,
        conf_level,
    )


def crossing(z_at: Callable[[float], float], low: float, high: float, level: float) -> float:
    """Shift at which a falling step function passes `level`, to the last digit of the range.

    Examples
    --------
    >>> round(crossing(lambda d: 1.0 if d < 0.3 else -1.0, 0.0, 1.0, 0.0), 12)
    0.3
    """
    if z_at(low) <= level:
        return low
    if z_at(high) >= level:
        return high
    tolerance = 2.0**-52 * max(abs(low), abs(high))
    while True:
        middle = low + (high - low) / 2.0
        if middle in (low, high) or high - low <= tolerance:
            return 0.0 if low <= 0.0 <= high else high
        low, high = (middle, high) if z_at(middle) > level else (low, middle)
