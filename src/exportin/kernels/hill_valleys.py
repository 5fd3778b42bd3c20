"""Compiled search for the lowest curve with an EC50, or a dose of a given height, held fixed."""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled
from exportin.kernels.hill_catalog import COARSE, HILLS, row_of_shapes
from exportin.kernels.hill_steps import descend

EC50, LEVEL = 0, 1
DIPS = 3
"""So many dips of the catalog are walked down from."""
_TINY = 1e-8


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
def lowest_at(kind, t, a, q, rows, n, m, box, floor, give_up, tools):
    """Half the sum of squares with t held, walking downhill from (a, q); the end is in tools."""
    if kind == EC50:
        descend(rows, n, m, 0, 0.0, box, t, q, False, True, floor, _TINY, give_up, tools)
    else:
        rows[0, m] = t
        descend(rows, n, m, 0, 0.0, box, a, q, True, True, floor, _TINY, give_up, tools)
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
    kind, i, t, shift, limit, rows, n, m, box, floor, facts, catalog, out, dips, tools
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
        v = lowest_at(kind, t, ln_ec50[g] + shift, ln_hill, rows, n, m, box, floor, limit, tools)
        if v < best:
            best, a, q = v, step[0], step[1]
        if best <= limit < np.inf:
            break
    step[0], step[1], step[2] = a, q, best
    return best


@no_type_check
@compiled
def first_place(side, shift, limit, rows, n, m, box, floor, facts, catalog, out, dips, tools):
    """Find a dose compatible with the level where the fitted curve never has it.

    Tried are the far end on the curve's side and the places of the grid where the catalog's
    shapes come lowest. Returns the place (or -1) and its height; its end is in tools[5].
    """
    places = catalog[0].size
    end = tools[5]
    place = places - 1 if side > 0.0 else 0
    best = lower_valley(
        LEVEL, place, catalog[0][place] + shift, shift, np.inf, rows, n, m, box, floor, facts,
        catalog, out, dips, tools,
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
            out, dips, tools,
        )  # fmt: skip
        if v < best:
            best, place, a, q = v, i, end[0], end[1]
    end[0], end[1], end[2] = a, q, best
    return place, best
