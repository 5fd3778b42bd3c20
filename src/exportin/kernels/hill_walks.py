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
from exportin.kernels.hill_catalog import COARSE, HILLS, row_of_shapes
from exportin.kernels.hill_loops import HALF, project
from exportin.kernels.hill_steps import descend

EC50, LEVEL = 0, 1
OK, EXCLUDED = 0, 2
_TINY = 1e-8
_DIPS = 3
_CLOSE = 1e-6
_TRIES = 60
_ODDS = 5.0
_RUGGED, _STEEP, _DETOURS = 0.02, 1.0, 5
"""With few degrees of freedom or steep curves a level's profile has valleys that only the whole
catalog shows; it is looked at once more just outside the interval."""
_HILLS = 6
_ELSEWHERE = 0.1, 2.0
"""Valleys that begin more than this share of the sum of squares between doses, plus so many times
the reach of the interval, above the limit are not tried."""


@no_type_check
@compiled
def load_level(x, y, w, m, n, level, extra, rows):
    """Rows with one more observation: height ``level`` at a dose, with weight ``extra``.

    Infinite weight makes the curve pass exactly through it. The dose stands in rows[0, m].
    """
    exact = math.isinf(extra)
    weight = 0.0 if exact else extra
    center = 0.0 if exact else extra * level
    for i in range(m):
        weight += w[i]
        center += 0.0 if exact else w[i] * y[i]
    center = level if exact else center / weight
    for i in range(n):
        k = min(i, m - 1)
        real = 1.0 if i < m else 0.0
        rows[0, i] = x[k]
        rows[1, i] = real * (y[k] - center)
        rows[2, i] = real * w[k]
        rows[3, i] = 0.0 if exact else real * w[k] / weight
    rows[1, m] = level - center
    rows[2, m] = 0.0 if exact else extra
    rows[3, m] = 1.0 if exact else extra / weight


@no_type_check
@compiled
def lowest_at(kind, t, a, q, rows, n, m, box, floor, give_up, none, tools):
    """Half the sum of squares with t held, walking downhill from (a, q); the end is in tools."""
    if kind == EC50:
        descend(rows, n, m, 0, 0.0, box, t, q, False, True, floor, _TINY, give_up, none, 0, tools)
    else:
        rows[0, m] = t
        descend(rows, n, m, 0, 0.0, box, a, q, True, True, floor, _TINY, give_up, none, 0, tools)
    return tools[5][2]


@no_type_check
@compiled
def scan_level(row, root, middle, inverse, level, extra, weight, between, bar, out):
    """Half sums of squares of all shapes with the extra observation, from their row at its dose.

    One row of weight W and leverage l raises the sum of squares by
    (level - prediction)^2 / (1 / W + l). Returns how many are at or below the bar.
    """
    count = 0
    share = 1.0 / weight
    own = 0.0 if math.isinf(extra) else 1.0 / extra
    for g in range(out.size):
        u = (row[g] - middle[g]) * inverse[g]
        miss = level - root[g] * u
        v = between - 0.5 * root[g] * root[g] + 0.5 * miss * miss / (own + share + u * u)
        out[g] = v
        count += 1 if v <= bar else 0
    return count


@no_type_check
@compiled
def dips_of(heights, places, size, dips):
    """Lowest shapes of every hill, and of these the lowest few with no lower neighbor.

    ``heights`` are those of the grid, hill varying fastest, and of the tied shapes behind it, of
    which the lowest is a dip of its own. Returns how many ``dips`` were found, best first.
    """
    best = np.arange(HILLS + 1)
    for i in range(1, places):
        for j in range(HILLS):
            if heights[i * HILLS + j] < heights[best[j]]:
                best[j] = i * HILLS + j
    columns = HILLS
    if size > places * HILLS:
        columns += 1
        best[HILLS] = places * HILLS
        for g in range(places * HILLS, size):
            if heights[g] < heights[best[HILLS]]:
                best[HILLS] = g
    found = 0
    for j in range(columns):
        v = heights[best[j]]
        if j > 0 and j < HILLS and heights[best[j - 1]] <= v:
            continue
        if j < HILLS - 1 and heights[best[j + 1]] < v:
            continue
        if found == dips.size and v >= heights[dips[found - 1]]:
            continue
        k = min(found, dips.size - 1)
        while k > 0 and heights[dips[k - 1]] > v:
            dips[k] = dips[k - 1]
            k -= 1
        dips[k] = best[j]
        found = min(found + 1, dips.size)
    return found


@no_type_check
@compiled
def heights_at(kind, i, at, bar, facts, catalog, out):
    """Heights of the catalog's shapes at place i of the grid into out; how many are below the bar.

    For the EC50 these are the shapes of that place; for a level all shapes. The last row of the
    table of a level is scratch for any place ``at``.
    """
    _, ln_ec50, hill, scale, table, built, buffer, bits = catalog
    root, middle, inverse, level, extra, weight, between, highest = facts
    if kind == EC50:
        count = 0
        for j in range(HILLS):
            v = root[i * HILLS + j]
            out[j] = between - 0.5 * v * v
            count += 1 if out[j] <= bar else 0
        return count
    if not built[i]:
        row_of_shapes(at, highest, ln_ec50, hill, buffer, bits, table[i])
        for g in range(scale.size):
            table[i, g] *= scale[g]
        built[i] = i < built.size - 1
    return scan_level(table[i], root, middle, inverse, level, extra, weight, between, bar, out)


@no_type_check
@compiled
def lower_valley(
    kind, i, t, shift, limit, rows, n, m, box, floor, facts, catalog, out, dips, none, tools
):
    """Lowest half sum of squares with t held, from the catalog's dips; its end is in tools[5]."""
    step = tools[5]
    step[2] = np.inf
    bar = limit + (COARSE if i < catalog[0].size else 1.0) * facts[6]
    if heights_at(kind, i, t - shift, bar, facts, catalog, out) == 0:
        return np.inf
    places = 1 if kind == EC50 else catalog[0].size
    found = dips_of(out, places, HILLS if kind == EC50 else out.size, dips)
    ln_ec50 = catalog[1]
    best = np.inf
    a = t
    q = 0.0
    for k in range(found):
        if out[dips[k]] > bar:
            continue
        g = dips[k] if kind == LEVEL else i * HILLS + dips[k]
        ln_hill = math.log(catalog[2][g])
        v = lowest_at(
            kind, t, ln_ec50[g] + shift, ln_hill, rows, n, m, box, floor, limit, none, tools
        )
        if v < best:
            best, a, q = v, step[0], step[1]
        if best <= limit < np.inf:
            break
    step[0], step[1], step[2] = a, q, best
    return best


@no_type_check
@compiled
def other_valley(kind, t, a, q, lost, odds, limit, bar, rows, n, m, box, floor, none, tools):
    """Whether another valley than the one walked along is below the limit at t.

    Tried are the one found on the outside, those of steeper curves, which end in a wall, the best
    of a few hills for an EC50, and where the walk has ``lost`` its valley that of the inside once
    more, each only if it begins below the bar. ``odds`` is ln((top - level) / (level - bottom)), by
    which a curve with its level at t has its EC50 beside it. The end is in tools[5].
    """
    for k in range(5):
        if (k == 3 and not lost) or (k == 4 and kind == LEVEL):
            continue
        a_try, q_try = a[0], q[0]
        if k == 0:
            a_try, q_try = a[1], q[1]
        elif k == 1:
            a_try, q_try = t - odds * math.exp(-box[3]), box[3]
        elif k == 2:
            q_try = 0.5 * (q[0] + box[3])
            a_try = t - odds * math.exp(-q_try)
        elif k == 4:
            q_try = best_hill(t, rows, n, m, box, tools)
        a_try = t if kind == EC50 else a_try
        if kind == LEVEL:
            rows[0, m] = t
        if height(a_try, q_try, rows, n, m, tools) > bar:
            continue
        v = lowest_at(kind, t, a_try, q_try, rows, n, m, box, floor, limit, none, tools)
        if v <= limit:
            return True
    return False


@no_type_check
@compiled
def height(a, q, rows, n, m, tools):
    """Half the sum of squares at (a, q)."""
    project(rows[0], rows[1], rows[2], rows[3], n, m, 0, 0.0, a, q, tools[0], tools[1], tools[3])
    return tools[3][HALF]


@no_type_check
@compiled
def best_hill(t, rows, n, m, box, tools):
    """Ln hill of the lowest of a few curves with their EC50 at t."""
    best, lowest = box[2], np.inf
    for j in range(_HILLS):
        q = box[2] + (j + 0.5) * (box[3] - box[2]) / _HILLS
        v = height(t, q, rows, n, m, tools)
        if v < lowest:
            best, lowest = q, v
    return best


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
    tried = np.full(_DIPS, -1)
    lows = np.full(_DIPS, np.inf)
    for i in range(0, places, 2):
        heights_at(LEVEL, i, catalog[0][i], np.inf, facts, catalog, out)
        v = np.min(out)
        k = _DIPS - 1
        if v >= lows[k]:
            continue
        while k > 0 and lows[k - 1] > v:
            lows[k] = lows[k - 1]
            tried[k] = tried[k - 1]
            k -= 1
        lows[k] = v
        tried[k] = i
    for k in range(_DIPS):
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
