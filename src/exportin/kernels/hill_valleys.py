"""Compiled search for the lowest curve with an EC50, or a dose of a given height, held fixed."""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import inner, inner_strict
from exportin.kernels.hill_catalog import COARSE, HILLS, row_of_shapes
from exportin.kernels.hill_steps import descend
from exportin.kernels.lanes import LANES, least_of, load, pick, spread, store

EC50, LEVEL = 0, 1
DIPS = 3
"""So many dips of the catalog are walked down from."""
_TINY = 1e-8
HEIGHT, EXTRA, WEIGHT, BETWEEN, HIGHEST = range(5)
ABOUT = 5
"""What is known of a curve: the height held (its mean is 0), the weight of that observation and of
the wells, half the sum of squares between its doses, and the highest dose of its catalog."""


@no_type_check
@inner
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
@inner
def lowest_at(kind, t, a, q, rows, n, m, box, floor, give_up, tools):
    """Half the sum of squares with t held, walking downhill from (a, q); the end is in tools."""
    if kind == EC50:
        descend(rows, n, m, 0, 0.0, box, t, q, False, True, floor, _TINY, give_up, tools)
    else:
        rows[0, m] = t
        descend(rows, n, m, 0, 0.0, box, a, q, True, True, floor, _TINY, give_up, tools)
    return tools[5][2]


@no_type_check
@inner_strict
def scan_level(row, root, middle, inverse, about, out):
    """Half sums of squares of all shapes with the extra observation, from their row at its dose.

    One row of weight W and leverage l raises the sum of squares by
    (level - prediction)^2 / (1 / W + l). Returns the lowest.
    """
    level, between = about[HEIGHT], about[BETWEEN]
    own = 1.0 / about[WEIGHT] + (0.0 if math.isinf(about[EXTRA]) else 1.0 / about[EXTRA])
    whole = out.size - out.size % LANES
    least = spread(np.inf)
    for g in range(0, whole, LANES):
        score = load(root, g)
        u = (load(row, g) - load(middle, g)) * load(inverse, g)
        miss = level - score * u
        v = between + 0.5 * (miss * miss / (own + u * u) - score * score)
        store(out, g, v)
        least = pick(v < least, v, least)
    low = least_of(least)
    for g in range(whole, out.size):
        u = (row[g] - middle[g]) * inverse[g]
        miss = level - root[g] * u
        out[g] = between + 0.5 * (miss * miss / (own + u * u) - root[g] * root[g])
        low = min(low, out[g])
    return low


@no_type_check
@inner_strict
def lowest(values, begin, end):
    """Return the lowest of the values from begin to before end."""
    whole = end - (end - begin) % LANES
    least = spread(np.inf)
    for g in range(begin, whole, LANES):
        v = load(values, g)
        least = pick(v < least, v, least)
    low = least_of(least)
    for g in range(whole, end):
        low = min(low, values[g])
    return low


@no_type_check
@inner_strict
def dips_of(heights, places, size, lows, dips):
    """Lowest shapes of every hill, and of these the lowest few with no lower neighbor.

    ``heights`` are those of the grid, hill varying fastest, and of the tied shapes behind it, of
    which the lowest is a dip of its own. Returns how many ``dips`` were found, best first.
    """
    for begin in range(0, HILLS, LANES):
        j = min(begin, HILLS - LANES)
        least = load(heights, j)
        for g in range(j + HILLS, places * HILLS, HILLS):
            v = load(heights, g)
            least = pick(v < least, v, least)
        store(lows, j, least)
    columns = HILLS
    if size > places * HILLS:
        columns += 1
        lows[HILLS] = lowest(heights, places * HILLS, size)
    found = 0
    for j in range(columns):
        v = lows[j]
        if j > 0 and j < HILLS and lows[j - 1] <= v:
            continue
        if j < HILLS - 1 and lows[j + 1] < v:
            continue
        if found == dips.size and v >= lows[dips[found - 1]]:
            continue
        k = min(found, dips.size - 1)
        while k > 0 and lows[dips[k - 1]] > v:
            dips[k] = dips[k - 1]
            k -= 1
        dips[k] = j
        found = min(found + 1, dips.size)
    for k in range(found):
        j = dips[k]
        g, step = (j, HILLS) if j < HILLS else (places * HILLS, 1)
        while heights[g] != lows[j] and g + step < size:
            g += step
        dips[k] = g
    return found


@no_type_check
@inner
def heights_at(kind, i, at, facts, catalog, out):
    """Heights of the catalog's shapes at place i of the grid into out; returns the lowest.

    For the EC50 these are the shapes of that place; for a level all shapes. The last row of the
    table of a level is scratch for any place ``at``.
    """
    ln_ec50, hill, scale, table, built, buffer, bits = catalog[1:8]
    root, middle, inverse, about = facts
    if kind == EC50:
        low = np.inf
        for j in range(HILLS):
            v = root[i * HILLS + j]
            out[j] = about[BETWEEN] - 0.5 * v * v
            low = min(low, out[j])
        return low
    if not built[i]:
        row_of_shapes(at, about[HIGHEST], ln_ec50, hill, buffer, bits, table[i])
        for g in range(scale.size):
            table[i, g] *= scale[g]
        built[i] = i < built.size - 1
    return scan_level(table[i], root, middle, inverse, about, out)


@no_type_check
@inner
def lower_valley(
    kind, i, t, shift, limit, rows, n, m, box, floor, facts, catalog, out, dips, tools
):
    """Lowest half sum of squares with t held, from the catalog's dips; its end is in tools[5]."""
    step = tools[5]
    step[2] = np.inf
    bar = limit + (COARSE if i < catalog[0].size else 1.0) * facts[3][BETWEEN]
    if heights_at(kind, i, t - shift, facts, catalog, out) > bar:
        return np.inf
    places = 1 if kind == EC50 else catalog[0].size
    found = dips_of(out, places, HILLS if kind == EC50 else out.size, catalog[8], dips)
    ln_ec50 = catalog[1]
    best = np.inf
    a = t
    q = 0.0
    for k in range(found):
        if out[dips[k]] > bar:
            continue
        g = dips[k] if kind == LEVEL else i * HILLS + dips[k]
        ln_hill = math.log(catalog[2][g])
        v = lowest_at(kind, t, ln_ec50[g] + shift, ln_hill, rows, n, m, box, floor, limit, tools)
        if v < best:
            best, a, q = v, step[0], step[1]
        if best <= limit < np.inf:
            break
    step[0], step[1], step[2] = a, q, best
    return best


@no_type_check
@inner
def first_place(side, shift, limit, rows, n, m, box, floor, facts, catalog, out, dips, tools):
    """Find a dose compatible with the level where the fitted curve never has it.

    Tried are the far end on the curve's side and the places of the grid where the catalog's
    shapes come lowest. Returns the place (or -1) and its height; its end is in tools[5].
    """
    places = catalog[0].size
    end, tried, lows = tools[5], catalog[9], catalog[10]
    place = places - 1 if side > 0.0 else 0
    best = lower_valley(
        LEVEL, place, catalog[0][place] + shift, shift, np.inf, rows, n, m, box, floor, facts,
        catalog, out, dips, tools,
    )  # fmt: skip
    if best <= limit:
        return place, best
    a, q = end[0], end[1]
    for k in range(DIPS):
        tried[k], lows[k] = -1, np.inf
    for i in range(0, places, 2):
        v = heights_at(LEVEL, i, catalog[0][i], facts, catalog, out)
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
            out, dips, tools,
        )  # fmt: skip
        if v < best:
            best, place, a, q = v, i, end[0], end[1]
    end[0], end[1], end[2] = a, q, best
    return place, best
