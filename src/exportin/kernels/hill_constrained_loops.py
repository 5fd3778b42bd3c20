"""Compiled fit of Hill curves of which some parameters are held at a number."""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled
from exportin.kernels.hill_catalog import (
    OFFSETS,
    best_peaks,
    grid_of,
    peaks_of,
    shapes_of,
)
from exportin.kernels.hill_fits import EC50_DECADES, HILL_MAX, HILL_MIN, plateaus
from exportin.kernels.hill_loops import (
    BOTH_FIXED,
    BOTTOM_FIXED,
    FREE,
    HALF,
    SCALE,
    SLOPE,
    TOP_FIXED,
    project,
)
from exportin.kernels.hill_steps import box_of, descend, load, padded, tools_for

_TINY = 1e-13
_STARTS = 10
_HILLS = 24
"""Slopes looked at for each dose that is held: between neighbors the curve hardly changes."""


@no_type_check
@compiled
def mode_of(top, bottom):
    """Which plateaus are held; NaN is free."""
    if math.isnan(top):
        return FREE if math.isnan(bottom) else BOTTOM_FIXED
    return TOP_FIXED if math.isnan(bottom) else BOTH_FIXED


@no_type_check
@compiled
def places_of(x, m, box, hill):
    """Ln EC50s to look at for one slope, rising: a grid, and places around every dose."""
    grid = grid_of(x, m, box)
    places = np.empty(grid.size + m * len(OFFSETS))
    places[: grid.size] = grid
    at = grid.size
    for k in range(m):
        for offset in OFFSETS:
            places[at] = min(max(x[k] - offset / hill, box[0]), box[1])
            at += 1
    return np.sort(places)


@no_type_check
@compiled
def starts_for(rows, n, m, mode, span, x, box, ln_hill, tools, starts, tops):
    """Shapes lower than their neighbors; their ln EC50s, ln hills and how many there are."""
    free_q = math.isnan(ln_hill)
    grid = grid_of(x, m, box)
    if free_q:
        a, q = shapes_of(x, m, box, grid)
    else:
        a = places_of(x, m, box, math.exp(ln_hill))
        q = np.full(a.size, ln_hill)
    score = np.empty(a.size)
    worst = 0.0
    for g in range(a.size):
        project(rows[0], rows[1], rows[2], rows[3], n, m, mode, span, a[g], q[g],
                tools[0], tools[1], tools[2])  # fmt: skip
        score[g] = tools[2][HALF]
        worst = max(worst, score[g])
    for g in range(a.size):
        score[g] = worst - score[g]
    if free_q:
        count = best_peaks(score, grid.size, m, starts, tops)
    else:
        count = peaks_of(score, 0, 1, a.size, starts, tops, 0)
    return a, q, count


@no_type_check
@compiled
def settle(rows, n, m, mode, span, box, a, q, ln_hill, floor, tools):
    """Walk down from (a, q); the end is in tools."""
    free_q = math.isnan(ln_hill)
    descend(rows, n, m, mode, span, box, a, q, True, free_q, floor, _TINY, np.inf,
            tools)  # fmt: skip
    return tools[5][2]


@no_type_check
@compiled
def heights_at(rows, n, m, mode, center, span, top, bottom, a, q, tools):
    """Top and bottom of the best curve at (a, q)."""
    if mode == BOTH_FIXED:
        return top, bottom
    if mode == FREE:
        return plateaus(rows, n, m, center, a, q, tools[0], tools[1], tools[2])
    project(rows[0], rows[1], rows[2], rows[3], n, m, mode, span, a, q,
            tools[0], tools[1], tools[2])  # fmt: skip
    reach = tools[2][SLOPE] * abs(tools[2][SCALE])
    if mode == TOP_FIXED:
        return top, top - reach
    return bottom + reach, bottom


@no_type_check
@compiled
def box_for(x, m, ln_hill, box):
    """Fill the published box; a slope that is held is the whole of its side."""
    box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, box)
    if not math.isnan(ln_hill):
        box[2] = ln_hill
        box[3] = ln_hill


@no_type_check
@compiled
def fit_held(chosen, first, doses, dose, mean, weight, total, tops, bottoms, ln_hill, found):
    """Fit the chosen curves; ``found`` gets a row a curve.

    Columns: top, bottom, ln EC50, ln hill, half the sum of squares between dose means, 1 if
    settled, 1 if at the box.
    """
    most = padded(max(doses.max(), 1))
    rows, tools = np.empty((4, most)), tools_for(most)
    box = np.empty(4)
    starts, heights = np.empty(_STARTS, np.int64), np.empty(_STARTS)
    for i in chosen:
        m = doses[i]
        x = dose[first[i] : first[i] + m]
        n = padded(m)
        mode = mode_of(tops[i], bottoms[i])
        span = tops[i] - bottoms[i] if mode == BOTH_FIXED else 0.0
        box_for(x, m, ln_hill, box)
        center = load(
            x, mean[first[i] :], weight[first[i] :], m, n, mode, tops[i], bottoms[i], rows
        )
        a, q, count = starts_for(
            rows, n, m, mode, span, x, box, ln_hill, tools, starts, heights
        )  # fmt: skip
        floor = 1e-12 * total[i]
        best = np.inf
        for s in range(count):
            g = starts[s]
            half = settle(rows, n, m, mode, span, box, a[g], q[g], ln_hill, floor, tools)
            if half < best:
                best = half
                found[i, 2], found[i, 3], found[i, 4] = tools[5][0], tools[5][1], half
                found[i, 5] = tools[5][3]
        end_a, end_q = found[i, 2], found[i, 3]
        found[i, 0], found[i, 1] = heights_at(
            rows, n, m, mode, center, span, tops[i], bottoms[i], end_a, end_q, tools
        )  # fmt: skip
        edge = end_a <= box[0] + 1e-9 or end_a >= box[1] - 1e-9
        if math.isnan(ln_hill):
            edge = edge or end_q <= box[2] + 1e-9 or end_q >= box[3] - 1e-9
        found[i, 6] = 1.0 if edge else 0.0


@no_type_check
@compiled
def lowest_at_ec50(at, x, y, w, m, top, bottom, ln_hill, floor):
    """Half the lowest sum of squares between dose means with ln EC50 held at ``at``."""
    n = padded(m)
    rows, tools, box = np.empty((4, n)), tools_for(n), np.empty(4)
    mode = mode_of(top, bottom)
    span = top - bottom if mode == BOTH_FIXED else 0.0
    box_for(x, m, ln_hill, box)
    load(x, y, w, m, n, mode, top, bottom, rows)
    if not math.isnan(ln_hill):
        project(rows[0], rows[1], rows[2], rows[3], n, m, mode, span, at, ln_hill,
                tools[0], tools[1], tools[2])  # fmt: skip
        return tools[2][HALF]
    hills = np.linspace(box[2], box[3], _HILLS)
    height = np.empty(_HILLS)
    for j in range(_HILLS):
        project(rows[0], rows[1], rows[2], rows[3], n, m, mode, span, at, hills[j],
                tools[0], tools[1], tools[2])  # fmt: skip
        height[j] = tools[2][HALF]
    best = np.inf
    for j in range(_HILLS):
        left = height[j - 1] if j > 0 else np.inf
        right = height[j + 1] if j < _HILLS - 1 else np.inf
        if height[j] <= left and height[j] <= right:
            descend(rows, n, m, mode, span, box, at, hills[j], False, True, floor, _TINY, np.inf,
                    tools)  # fmt: skip
            best = min(best, tools[5][2])
    return best


@no_type_check
@compiled
def lowest_from(x, y, w, m, mode, top, bottom, ln_hill, starts_a, starts_q, floor, end):
    """Half the lowest sum of squares over walks from several starts; its place is in ``end``."""
    n = padded(m)
    rows, tools, box = np.empty((4, n)), tools_for(n), np.empty(4)
    span = top - bottom if mode == BOTH_FIXED else 0.0
    box_for(x, m - 1, ln_hill, box)
    load(x, y, w, m, n, mode, top, bottom, rows)
    best = np.inf
    for s in range(starts_a.size):
        half = settle(rows, n, m, mode, span, box, starts_a[s], starts_q[s], ln_hill, floor, tools)
        if half < best:
            best = half
            end[0], end[1] = tools[5][0], tools[5][1]
    return best
