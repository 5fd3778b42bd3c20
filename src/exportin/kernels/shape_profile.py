"""Where a profile of the sum of squares crosses its threshold, for many curves side by side."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import fdtri

from exportin.kernels.cone import Array, Model, lowest, take, walk
from exportin.kernels.hill_intervals import EXACT, EXCLUDED_ABOVE, EXCLUDED_BELOW, FOUND
from exportin.kernels.hill_profile import HillIntervals
from exportin.kernels.two_shapes import Rows

NONE = 4
"""State of a curve that has no fit, and so no interval."""
_LN10 = float(np.log(10.0))
_FIRST, _GROWTH, _LONGEST = 0.03, 1.6, 0.2
"""First step outward as a share of a decade (or of the whole range), its growth, the longest."""
_HALVINGS = 22
_FIRM = 1e6
"""An exact level is an observation that weighs so many times as much as all wells together."""
_TINY_ERROR = 1e-9
_KEPT = 3

Profile = Callable[[Array, Array], Array]
"""Values and the places of their curves to the lowest sum of squares there."""


Scored = Callable[[Rows, int, tuple[Array, Array]], tuple[Array, Array]]
"""A curve's row, its place and its box to parameters in the box and their sums of squares."""


class Task(NamedTuple):
    """One quantity of many curves: its profile, estimate (NaN: none), limit and ends.

    ``above``: whether a curve without an estimate is to be looked at from the high end.
    """

    profile: Profile
    estimate: Array
    limit: Array
    low: Array
    high: Array
    above: Array
    exact: Array


def limit_of(rss: Array, n: Array, parameters: int, conf_level: float) -> Array:
    """Sum of squares up to which the wells do not contradict a value: extra-sum-of-squares F."""
    if not 0.0 < conf_level < 1.0:
        msg = f"Expected a confidence level between 0 and 1, got {conf_level}."
        raise ValueError(msg)
    df = np.maximum(n - parameters, 1).astype(np.float64)
    return np.asarray(rss * (1.0 + fdtri(1.0, df, conf_level) / df))


def no_error(rss: Array, total: Array) -> Array:
    """Curves that pass through every well: there is no error to build an interval on."""
    return np.asarray(rss <= _TINY_ERROR * total)


def with_level(rows: Rows, at: Array, level: float, extra: Array) -> Rows:
    """Add the observation that a curve stands at ``level``, with its weight (infinite: exact)."""
    firm = np.where(np.isfinite(extra), extra, _FIRM * rows.w.sum(axis=1))
    new = at, np.full(at.size, level), firm
    return Rows(*(np.column_stack([v, one]) for v, one in zip(rows, new, strict=True)))


def scored_by(model: Model, grid: Callable[[int], Array]) -> Scored:
    """Score the places of a grid by the model itself."""

    def scored(row: Rows, curve: int, box: tuple[Array, Array]) -> tuple[Array, Array]:
        places = np.clip(grid(curve), *box)
        return places, model(places, take(row, np.zeros(len(places), np.int64))).rss

    return scored


class Searcher:
    """Lowest sum of squares with something held, from a grid and from where the last walk ended."""

    def __init__(self, model: Model, scored: Scored) -> None:
        self._model, self._scored = model, scored
        self._last: dict[int, Array] = {}

    def lowest(self, rows: Rows, of: Array, box: tuple[Array, Array]) -> Array:
        """Search for the curves ``of`` with their (changed) rows inside a box."""
        starts = [self._starts(take(rows, np.array([i])), curve, (box[0][i], box[1][i]))
                  for i, curve in enumerate(of.tolist())]  # fmt: skip
        owner = np.repeat(np.arange(of.size), [len(mine) for mine in starts])
        edges = box[0][owner], box[1][owner]
        ends = lowest(
            walk(self._model, np.vstack(starts), take(rows, owner), edges, 200), owner, of.size
        )
        for i, curve in enumerate(of.tolist()):
            self._last[curve] = ends.parameters[i]
        return ends.rss

    def _starts(self, row: Rows, curve: int, box: tuple[Array, Array]) -> Array:
        grid, rss = self._scored(row, curve, box)
        best = grid[np.argsort(rss, kind="stable")]
        apart = [best[0]]
        for start in best[1:200]:
            if len(apart) == _KEPT:
                break
            if min(np.abs(start - other).max() for other in apart) > 1.2:
                apart.append(start)
        last = self._last.get(curve)
        return np.array(apart if last is None else [*apart, np.clip(last, *box)])


def interval(task: Task, *, log10: bool = True) -> HillIntervals:
    """Interval of every curve, from its estimate (or the end it lies beyond) outward.

    Both limits are where the profile first crosses the limit; an end that is not crossed is open.
    """
    size = task.estimate.size
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    open_low, open_high = np.ones(size, bool), np.ones(size, bool)
    state = np.full(size, NONE)
    here = np.arange(size)
    known = ~np.isnan(task.limit) & ~task.exact
    inside = known & (task.estimate >= task.low) & (task.estimate <= task.high)
    begin = np.where(inside, task.estimate, np.where(task.above, task.high, task.low))
    lost = known & ~inside
    if lost.any():
        out = here[lost]
        lost[out] = task.profile(begin[out], out) > task.limit[out]
    for to_high in (False, True):
        end = task.high if to_high else task.low
        mine = here[known & ~lost & (begin != end)]
        found, opened = _outward(task, begin, end, mine)
        at_end = here[known & ~lost & (begin == end)]
        values, opens = (high, open_high) if to_high else (low, open_low)
        values[mine], opens[mine] = found, opened
        values[at_end], opens[at_end] = end[at_end], True
    state[known] = FOUND
    state[lost] = np.where(task.above[lost], EXCLUDED_ABOVE, EXCLUDED_BELOW)
    low[lost] = high[lost] = np.where(task.above[lost], np.inf, -np.inf)
    open_low[lost], open_high[lost] = ~task.above[lost], task.above[lost]
    exact = task.exact & ~np.isnan(task.limit)
    low[exact] = high[exact] = task.estimate[exact]
    open_low[exact] = open_high[exact] = np.isnan(task.estimate[exact])
    state[exact] = EXACT
    unit = _LN10 if log10 else 1.0
    return HillIntervals(low / unit, high / unit, open_low, open_high, state)


def _outward(task: Task, begin: Array, end: Array, mine: Array) -> tuple[Array, Array]:
    """Place where each profile crosses its limit between two places, and which do not cross."""
    inside, outside = begin[mine].copy(), end[mine].copy()
    crossed, moving = np.zeros(mine.size, bool), np.ones(mine.size, bool)
    scale = np.minimum(_LN10, task.high - task.low)[mine]
    toward = np.sign(end[mine] - begin[mine])
    step = _FIRST
    while moving.any():
        at = np.flatnonzero(moving)
        tried = inside[at] + toward[at] * step * scale[at]
        past = (tried - end[mine[at]]) * toward[at] >= 0.0
        tried = np.where(past, end[mine[at]], tried)
        over = task.profile(tried, mine[at]) > task.limit[mine[at]]
        outside[at[over]], crossed[at[over]] = tried[over], True
        inside[at[~over]] = tried[~over]
        moving[at[over | past]] = False
        step = min(step * _GROWTH, _LONGEST)
    for _ in range(_HALVINGS):
        at = np.flatnonzero(crossed & (np.abs(outside - inside) > 1e-6 * scale))
        if not at.size:
            break
        middle = 0.5 * (inside[at] + outside[at])
        over = task.profile(middle, mine[at]) > task.limit[mine[at]]
        outside[at[over]], inside[at[~over]] = middle[over], middle[~over]
    return inside, ~crossed


def spread(found: HillIntervals, chosen: Array, size: int) -> HillIntervals:
    """Put intervals of chosen curves among all; the others have none."""
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    open_low, open_high = np.ones(size, bool), np.ones(size, bool)
    state = np.full(size, NONE)
    for values, mine in zip((low, high, open_low, open_high, state), found, strict=True):
        values[chosen] = mine
    return HillIntervals(low, high, open_low, open_high, state)
