"""Compiled walk from an estimate to where its profile crosses the threshold.

The profile of an EC50, or of a dose at which the curve has a given height, is the lowest sum of
squares with that number held. Both live on ln dose. Walking outward over the grid of the catalog,
each place is tried from the end of the one before; only where that is above the threshold are the
shapes of the catalog looked at for a lower valley.
"""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled
from exportin.kernels.hill_valleys import (
    DIPS,
    LEVEL,
    heights_at,
    lower_valley,
    lowest_at,
    other_valley,
)

_CLOSE = 1e-6
_TRIES = 60
_ODDS = 5.0
_RUGGED, _STEEP, _DETOURS = 0.02, 1.0, 5
"""With few degrees of freedom or steep curves a level's profile has valleys that only the whole
catalog shows; it is looked at once more just outside the interval."""
_ELSEWHERE = 0.1, 2.0
"""Valleys that begin more than this share of the sum of squares between doses, plus so many times
the reach of the interval, above the limit are not tried."""


@no_type_check
@compiled
def crossing(kind, t, v, a, q, odds, lowest, limit, bar, rows, n, m, box, floor, none, tools):
    """Find where the profile equals the limit, between t[0] (inside) and t[1] (outside).

    Regula falsi (Illinois) on the root of the height above the lowest, which is nearly straight,
    along the valley of the inside; where that ends, other valleys are tried for a way on.
    """
    inside, outside = t[0], t[1]
    whole = abs(outside - inside)
    target = math.sqrt(limit - lowest)
    low = math.sqrt(max(v[0] - lowest, 0.0)) - target
    high = math.sqrt(max(v[1] - lowest, 0.0)) - target
    end = tools[5]
    a_out, q_out = a[1], q[1]
    out, high_out = outside, high
    side = 0
    at = inside
    for _ in range(_TRIES):
        share = low / (low - high)
        if not 1e-3 < share < 1.0 - 1e-3:
            share = min(max(share, 1e-3), 1.0 - 1e-3) if side == 0 else 0.5
        at = inside + (outside - inside) * share
        far = abs(q[1] - q[0]) > 0.3 or abs(a[1] - a[0]) > 1.0
        part = 0.0 if far else share
        a_try, q_try = a[0] + part * (a[1] - a[0]), q[0] + part * (q[1] - q[0])
        best = lowest_at(kind, at, a_try, q_try, rows, n, m, box, floor, np.inf, none, tools)
        d = math.sqrt(max(best - lowest, 0.0)) - target
        if abs(d) <= _CLOSE * target or abs(outside - inside) < 1e-9 * whole:
            beyond = at + 1e-4 * (out - at)
            lost = d > _CLOSE * target
            if not lost:
                a[0], q[0] = end[0], end[1]
            a[1], q[1] = a_out, q_out
            other = other_valley(
                kind, beyond, a, q, lost, odds, limit, bar, rows, n, m, box, floor, none, tools
            )
            if not other:
                break
            inside, a[0], q[0] = beyond, end[0], end[1]
            low = math.sqrt(max(end[2] - lowest, 0.0)) - target
            outside, high = out, high_out
            side = 0
        elif d <= 0.0:
            inside, low = at, d
            a[0], q[0] = end[0], end[1]
            if side == -1:
                high *= 0.5
            side = -1
        else:
            outside, high = at, d
            a[1], q[1] = end[0], end[1]
            if side == 1:
                low *= 0.5
            side = 1
    return at


@no_type_check
@compiled
def walk(
    kind, right, t, a, q, lowest, limit, shift, rows, n, m, box, floor, facts, catalog, out, dips,
    none, tools,
):  # fmt: skip
    """Walk from an inside place t to one side: the limit, and whether the side is open."""
    grid, end = catalog[0], tools[5]
    places = grid.size
    i = np.searchsorted(grid, t - shift)
    if right:
        while i < places and grid[i] + shift <= t:
            i += 1
    else:
        i -= 1
    ts, vs, as_, qs = np.empty(2), np.empty(2), np.empty(2), np.empty(2)
    ts[0], vs[0], as_[0], qs[0] = t, lowest, a, q
    odds = min(max((t - a) * math.exp(q), -_ODDS), _ODDS)
    while 0 <= i < places:
        at = grid[i] + shift
        v = lowest_at(kind, at, as_[0], qs[0], rows, n, m, box, floor, limit, none, tools)
        if v > limit:
            as_[1], qs[1] = end[0], end[1]
            lower = lower_valley(
                kind, i, at, shift, limit, rows, n, m, box, floor, facts, catalog, out, dips,
                none, tools,
            )  # fmt: skip
            if lower < v:
                v, as_[1], qs[1] = lower, end[0], end[1]
            if v > limit:
                v = lowest_at(kind, at, as_[1], qs[1], rows, n, m, box, floor, np.inf, none, tools)
                ts[1], vs[1], as_[1], qs[1] = at, v, end[0], end[1]
                between = facts[6]
                bar = limit + _ELSEWHERE[0] * between + _ELSEWHERE[1] * (limit - lowest)
                found = crossing(
                    kind,
                    ts,
                    vs,
                    as_,
                    qs,
                    odds,
                    lowest,
                    limit,
                    bar,
                    rows,
                    n,
                    m,
                    box,
                    floor,
                    none,
                    tools,
                )
                rugged = limit - lowest > _RUGGED * between or qs[0] > _STEEP
                a_out, q_out = as_[1], qs[1]
                for _ in range(_DETOURS if kind == LEVEL and rugged else 0):
                    beyond = found + 1e-4 * (at - found)
                    lower = lower_valley(
                        kind, places, beyond, shift, limit, rows, n, m, box, floor, facts, catalog,
                        out, dips, none, tools,
                    )  # fmt: skip
                    if lower > limit:
                        break
                    ts[0], vs[0], as_[0], qs[0] = beyond, lower, end[0], end[1]
                    as_[1], qs[1] = a_out, q_out
                    found = crossing(
                        kind, ts, vs, as_, qs, odds, lowest, limit, bar, rows, n, m, box, floor,
                        none, tools,
                    )  # fmt: skip
                return found, False
            end[0], end[1] = as_[1], qs[1]
        ts[0], vs[0], as_[0], qs[0] = at, v, end[0], end[1]
        i += 1 if right else -1
    return box[1] if right else box[0], True


@no_type_check
@compiled
def first_place(side, shift, limit, rows, n, m, box, floor, facts, catalog, out, dips, none, tools):
    """Find a dose compatible with the level where the fitted curve never has it.

    Tried are the far end on the curve's side and the places of the grid where the catalog's
    shapes come lowest. Returns the place (or -1) and its height; its end is in tools[5].
    """
    places = catalog[0].size
    end = tools[5]
    place = places - 1 if side > 0.0 else 0
    best = lower_valley(
        LEVEL, place, catalog[0][place] + shift, shift, np.inf, rows, n, m, box, floor, facts,
        catalog, out, dips, none, tools,
    )  # fmt: skip
    if best <= limit:
        return place, best
    a, q = end[0], end[1]
    tried = np.full(DIPS, -1)
    lows = np.full(DIPS, np.inf)
    for i in range(0, places, 2):
        heights_at(LEVEL, i, catalog[0][i], np.inf, facts, catalog, out)
        v = np.min(out)
        k = DIPS - 1
        if v >= lows[k]:
            continue
        while k > 0 and lows[k - 1] > v:
            lows[k] = lows[k - 1]
            tried[k] = tried[k - 1]
            k -= 1
        lows[k] = v
        tried[k] = i
    for k in range(DIPS):
        i = tried[k]
        if i < 0:
            continue
        v = lower_valley(
            LEVEL, i, catalog[0][i] + shift, shift, np.inf, rows, n, m, box, floor, facts, catalog,
            out, dips, none, tools,
        )  # fmt: skip
        if v < best:
            best, place, a, q = v, i, end[0], end[1]
    end[0], end[1], end[2] = a, q, best
    return place, best
