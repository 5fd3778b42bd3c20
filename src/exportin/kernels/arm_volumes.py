"""Volumes of the animals of an arm on common days, and areas under single curves."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
LONGEST_GAP = 8.0
"""Days between two visits over which a volume may be read off the line between them."""


def on_days(
    animal: NDArray[np.int64],
    day: Vector,
    volume: Vector,
    days: Sequence[float],
    *,
    animals: int,
    longest_gap: float = LONGEST_GAP,
) -> tuple[Vector, NDArray[np.bool_]]:
    """Volume of each animal on each day, read off between its visits on logarithms.

    Parameters
    ----------
    animal : (n,) int
        Number of the animal of each visit, from 0; visits sorted by animal and day.
    day, volume : (n,) float
        Days and volumes (mm3, zero allowed: between zero and a volume the line is straight).
    days : sequence of float
        Days that are asked for.
    animals : int
        How many animals there are.
    longest_gap : float
        Between visits further apart nothing is read off.

    Returns
    -------
    volumes : (animals, days) float
        NaN where the animal was not there, or not seen for too long.
    between : (animals, days) bool
        Where the volume was read off between two visits.

    Examples
    --------
    >>> v, between = on_days(np.array([0, 0]), np.array([0.0, 4.0]), np.array([100.0, 400.0]),
    ...                      [0.0, 2.0, 5.0], animals=1)
    >>> v.round(6).tolist(), between.tolist()
    ([[100.0, 200.0, nan]], [[False, True, False]])
    """
    wanted = np.asarray(days, dtype=np.float64)
    out = np.full((animals, wanted.size), np.nan)
    between = np.zeros(out.shape, dtype=bool)
    if not day.size:
        return out, between
    edges = np.searchsorted(animal, np.arange(animals + 1))
    begin, end = edges[:-1, None], edges[1:, None]
    right = begin + np.array(
        [np.searchsorted(day[a:b], wanted) for a, b in pairwise(edges.tolist())], dtype=np.int64
    ).reshape(out.shape)
    exact = (right < end) & (day[np.minimum(right, day.size - 1)] == wanted)
    out[exact] = volume[right[exact]]
    inside = ~exact & (right > begin) & (right < end)
    hi = right[inside]
    lo = hi - 1
    gap = day[hi] - day[lo]
    part = (np.broadcast_to(wanted, out.shape)[inside] - day[lo]) / gap
    a, b = volume[lo], volume[hi]
    with np.errstate(divide="ignore", invalid="ignore"):
        curved = np.exp((1 - part) * np.log(a) + part * np.log(b))
    read = np.where((a > 0) & (b > 0), curved, (1 - part) * a + part * b)
    out[inside] = np.where(gap <= longest_gap, read, np.nan)
    between[inside] = gap <= longest_gap
    return out, between


def area_under(day: Vector, volume: Vector, start: float, end: float) -> float:
    """Area under one animal's curve between two days, mm3 x days; NaN where it was not followed.

    Trapezoids between visits; the ends are read off on the straight line.

    Examples
    --------
    >>> area_under(np.array([0.0, 10.0]), np.array([100.0, 300.0]), 0.0, 10.0)
    2000.0
    """
    if day.size < 2 or day[0] > start or day[-1] < end:
        return float("nan")
    inside = (day > start) & (day < end)
    at = np.concatenate(([start], day[inside], [end]))
    return float(np.trapezoid(np.interp(at, day, volume), at))


def mean_growth(day: Vector, volume: Vector, start: float, end: float) -> float:
    """Growth rate by the area under ln volume: 2 / T^2 times the area above the start.

    Equals the slope where growth is exponential, per day; Crown Bioscience's eGR on ln V.
    NaN where the animal was not followed from start to end or a volume is zero.

    Examples
    --------
    >>> t = np.array([0.0, 5.0, 10.0])
    >>> round(mean_growth(t, 100 * np.exp(0.1 * t), 0.0, 10.0), 12)
    0.1
    """
    used = (day >= start) & (day <= end)
    if not used.any() or (volume[used] <= 0).any():
        return float("nan")
    logs = np.log(np.where(volume > 0, volume, 1.0))
    area = area_under(day, logs, start, end)
    first = float(np.interp(start, day, logs))
    span = end - start
    return 2.0 * (area - first * span) / span**2
