"""Compiled fit of many Hill curves, one after another on one core."""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled
from exportin.kernels.hill_catalog import (
    COARSE,
    best_peaks,
    grid_of,
    heights_of,
    normalized,
    scan,
    scan_normalized,
    shapes_of,
    squared,
)
from exportin.kernels.hill_loops import SCALE, SLOPE, project
from exportin.kernels.hill_steps import best_end, box_of, descend, load, padded, tools_for

HILL_MIN, HILL_MAX = 0.05, 50.0
"""Published box for the size of the Hill slope (gDR stops at 5, CurveCurator at 10)."""
EC50_DECADES = 3.0
"""Published box for the EC50: this many decades beyond the lowest and the highest tested dose."""
STARTS = 12
TINY = 1e-11
_TIE = 1e-9
_LAST = 1e-13


@no_type_check
@compiled
def same_spacing(x, m, other, other_m, shift):
    """Whether two dose series differ by a shift only, up to rounding."""
    if m != other_m:
        return False
    for k in range(m):
        if abs(x[k] - other[k] - shift) > 1e-9:
            return False
    return True


@no_type_check
@compiled
def least_extreme(ends, n_ends, pure, total, rows, n, m, scratch, bits, out):
    """Among ends as good as the best, the one with the smallest span and the mildest slope."""
    best = np.inf
    for k in range(n_ends):
        best = min(best, 2.0 * ends[k, 2] + pure)
    limit = best + _TIE * max(best, 1e-12 * total)
    low = np.inf
    high = -np.inf
    for i in range(n):
        if rows[2, i] > 0.0:
            low = min(low, rows[1, i])
            high = max(high, rows[1, i])
    chosen = 0
    least = np.inf
    for k in range(n_ends):
        if 2.0 * ends[k, 2] + pure > limit:
            continue
        project(rows[0], rows[1], rows[2], rows[3], n, m, 0, 0.0, ends[k, 0], ends[k, 1],
                scratch, bits, out)  # fmt: skip
        span = abs(out[SLOPE] * out[SCALE]) / max(high - low, 1e-300)
        strange = math.log(max(span, 1.0)) + abs(ends[k, 1])
        if strange < least:
            least = strange
            chosen = k
    return chosen


@no_type_check
@compiled
def plateaus(rows, n, m, center, a, q, scratch, bits, out):
    """Top and bottom of the free fit at (a, q)."""
    project(rows[0], rows[1], rows[2], rows[3], n, m, 0, 0.0, a, q, scratch, bits, out)
    span = out[SLOPE] * abs(out[SCALE])
    highest = -np.inf
    up = 0.0
    down = 0.0
    for i in range(n):
        highest = max(highest, scratch[0, i])
        up += rows[3, i] * scratch[1, i]
        down += rows[3, i] * scratch[2, i]
    if highest < 0.0:
        top = center + span * up
        return top, top - span
    bottom = center - span * down
    return bottom + span, bottom


@no_type_check
@compiled
def fit_curves(order, first, doses, dose, mean, weight, pure, total, starts_kept, found):
    """Fit curves in the given order; ``found`` gets a row a curve.

    Columns: top, bottom, ln EC50, ln hill, half the sum of squares between dose means, 1 if
    settled, 1 if at the box. Curves in a row that share their spacing of doses share a catalog.
    """
    largest = 1
    for i in range(doses.size):
        largest = max(largest, doses[i])
    n_most = padded(largest)
    rows = np.empty((4, n_most))
    tools = tools_for(n_most)
    scratch, bits, now, end = tools[0], tools[1], tools[2], tools[5]
    box, moved = np.empty(4), np.empty(4)
    ends = np.empty((starts_kept, 3))
    starts = np.empty(starts_kept, np.int64)
    tops = np.empty(starts_kept)
    known = np.empty(largest)
    known_m = 0
    known_w = np.empty(largest)
    steady = 0
    fresh = True
    grid = a = q = score = root = middle = inverse = np.empty(0)
    table = fast = np.empty((0, 0))
    for i in order:
        m = doses[i]
        x = dose[first[i] : first[i] + m]
        y = mean[first[i] : first[i] + m]
        w = weight[first[i] : first[i] + m]
        shift = x[0] - known[0]
        if not same_spacing(x, m, known, known_m, shift):
            known[:m] = x
            known_m = m
            shift = 0.0
            steady = 0
            box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, moved)
            grid = grid_of(x, m, moved)
            a, q = shapes_of(x, m, moved, grid)
            table, _ = heights_of(x, m, a, q)
            score, root = np.empty(a.size), np.empty(a.size)
            middle, inverse = np.empty(a.size), np.empty(a.size)
        box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, box)
        n = padded(m)
        center = load(x, y, w, m, n, 0, 0.0, 0.0, rows)
        if steady < m or not same_spacing(w, m, known_w, m, 0.0):
            known_w[:m] = w
            steady = m
            scan(table, rows[1], w, m, root, middle, inverse)
            fresh = True
        else:
            if fresh:
                fast = normalized(table, w, m, middle, inverse)
                fresh = False
            scan_normalized(fast, rows[1], m, root)
        squared(root, score)
        count = best_peaks(score, grid.size, m, starts, tops)
        floor = 1e-12 * total[i]
        n_ends = 0
        between = 0.0
        for k in range(m):
            between += 0.5 * w[k] * rows[1, k] * rows[1, k]
        for s in range(count):
            g = starts[s]
            best = best_end(ends, n_ends, floor)
            if between - 0.5 * tops[s] - COARSE * between > best:
                break
            descend(
                rows, n, m, 0, 0.0, box, a[g] + shift, q[g], True, True,
                floor, TINY, best, ends, n_ends, tools,
            )  # fmt: skip
            if end[3] == 1.0 or s == 0:
                ends[n_ends, 0], ends[n_ends, 1], ends[n_ends, 2] = end[0], end[1], end[2]
                n_ends += 1
        k = least_extreme(ends, n_ends, pure[i], total[i], rows, n, m, scratch, bits, now)
        descend(
            rows, n, m, 0, 0.0, box, ends[k, 0], ends[k, 1], True, True,
            0.0, _LAST, np.inf, ends, 0, tools,
        )  # fmt: skip
        if end[2] <= ends[k, 2] * (1.0 + _LAST) or end[2] <= floor:
            ends[k, 0], ends[k, 1], ends[k, 2] = end[0], end[1], min(end[2], ends[k, 2])
        top, bottom = plateaus(rows, n, m, center, ends[k, 0], ends[k, 1], scratch, bits, now)
        found[i, 0], found[i, 1] = top, bottom
        found[i, 2], found[i, 3], found[i, 4] = ends[k, 0], ends[k, 1], ends[k, 2]
        found[i, 5] = 1.0
        low = ends[k, 0] <= box[0] + 1e-9 or ends[k, 1] <= box[2] + 1e-9
        high = ends[k, 0] >= box[1] - 1e-9 or ends[k, 1] >= box[3] - 1e-9
        found[i, 6] = 1.0 if low or high else 0.0
