"""Compiled fit of many Hill curves on one core, eight in step.

Every lane walks from the starts of a curve of its own, one after another, each only if it may still
gain, and takes the next curve when it is through.
"""

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
from exportin.kernels.hill_lanes import (
    HALF,
    SETTLED,
    TRY_A,
    TRY_Q,
    A,
    H,
    Q,
    advance,
    begin_walk,
    lanes_for,
    put_rows,
)
from exportin.kernels.hill_loops import SCALE, SLOPE, project
from exportin.kernels.hill_steps import NEAR, ROUNDS, best_end, box_of, load, padded, tools_for
from exportin.kernels.lanes import LANES

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
    data, lane_scratch, state = lanes_for(n_most)
    tools = tools_for(n_most)
    scratch, bits, now = tools[0], tools[1], tools[2]
    rows = np.zeros((LANES, 4, n_most))
    box, centers = np.empty((LANES, 4)), np.empty(LANES)
    moved = np.empty(4)
    curve = np.full(LANES, -1)
    at, count = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    n_ends, rounds = np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    chosen = np.full(LANES, -1)
    ends = np.empty((LANES, starts_kept, 3))
    begin_a, begin_q = np.empty((LANES, starts_kept)), np.empty((LANES, starts_kept))
    tops = np.empty((LANES, starts_kept))
    between = np.empty(LANES)
    starts = np.empty(starts_kept, np.int64)
    known = np.empty(largest)
    known_m = 0
    known_w = np.empty(largest)
    steady = 0
    fresh = True
    grid = a = q = score = root = middle = inverse = np.empty(0)
    table = np.empty((0, 0))
    fast = np.empty(0)
    taken = 0
    ended = (1 << LANES) - 1
    n_rows = 1
    while True:
        for j in range(LANES):
            if not (ended >> j) & 1:
                continue
            if curve[j] >= 0:
                # the walk of this lane has come to its end
                i = curve[j]
                n, m = padded(doses[i]), doses[i]
                floor = 1e-12 * total[i]
                mine = ends[j]
                end_a, end_q = state[A * LANES + j], state[Q * LANES + j]
                end = state[HALF * LANES + j]
                if chosen[j] < 0:
                    if state[SETTLED * LANES + j] == 1.0 or at[j] == 0:
                        mine[n_ends[j], 0], mine[n_ends[j], 1] = end_a, end_q
                        mine[n_ends[j], 2] = end
                        n_ends[j] += 1
                    at[j] += 1
                    best = best_end(mine, n_ends[j], floor)
                    s = at[j]
                    rounds[j] = 0
                    if s < count[j] and (
                        between[j] - 0.5 * tops[j, s] - COARSE * between[j] <= best
                    ):
                        begin_walk(
                            j, begin_a[j, s], begin_q[j, s], True, floor, TINY, best, np.inf, state
                        )
                        continue
                    k = least_extreme(
                        mine, n_ends[j], pure[i], total[i], rows[j], n, m, scratch, bits, now
                    )
                    chosen[j] = k
                    begin_walk(j, mine[k, 0], mine[k, 1], True, 0.0, _LAST, np.inf, np.inf, state)
                    continue
                k = chosen[j]
                if end <= mine[k, 2] * (1.0 + _LAST) or end <= floor:
                    mine[k, 0], mine[k, 1], mine[k, 2] = end_a, end_q, min(end, mine[k, 2])
                top, bottom = plateaus(
                    rows[j], n, m, centers[j], mine[k, 0], mine[k, 1], scratch, bits, now
                )
                found[i, 0], found[i, 1] = top, bottom
                found[i, 2], found[i, 3], found[i, 4] = mine[k, 0], mine[k, 1], mine[k, 2]
                found[i, 5] = 1.0
                low = mine[k, 0] <= box[j, 0] + 1e-9 or mine[k, 1] <= box[j, 2] + 1e-9
                high = mine[k, 0] >= box[j, 1] - 1e-9 or mine[k, 1] >= box[j, 3] - 1e-9
                found[i, 6] = 1.0 if low or high else 0.0
                curve[j] = -1
            if taken == order.size:
                continue
            i = order[taken]
            taken += 1
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
            n = padded(m)
            centers[j] = load(x, y, w, m, n, 0, 0.0, 0.0, rows[j])
            deviation = rows[j, 1]
            if steady < m or not same_spacing(w, m, known_w, m, 0.0):
                known_w[:m] = w
                steady = m
                scan(table, deviation, w, m, root, middle, inverse)
                fresh = True
            else:
                if fresh:
                    fast = normalized(table, w, m, middle, inverse)
                    fresh = False
                scan_normalized(fast, deviation, m, root)
            squared(root, score)
            count[j] = best_peaks(score, grid.size, m, starts, tops[j])
            for s in range(count[j]):
                begin_a[j, s], begin_q[j, s] = a[starts[s]] + shift, q[starts[s]]
            between[j] = 0.0
            for k in range(m):
                between[j] += 0.5 * w[k] * deviation[k] * deviation[k]
            box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, box[j])
            put_rows(j, rows[j], m, 0, n_most, box[j], data, state)
            begin_walk(
                j, begin_a[j, 0], begin_q[j, 0], True, 1e-12 * total[i], TINY, np.inf, np.inf, state
            )
            curve[j] = i
            at[j], n_ends[j], rounds[j], chosen[j] = 0, 0, 0, -1
            n_rows = 1
            for k in range(LANES):
                if curve[k] >= 0:
                    n_rows = max(n_rows, doses[curve[k]])
        if taken == order.size and np.max(curve) < 0:
            break
        flags = advance(n_rows, n_most, 0, data, lane_scratch, state)
        ended = flags & ((1 << LANES) - 1)
        for j in range(LANES):
            rounds[j] += 1
            if curve[j] < 0:
                ended |= 1 << j
            elif not (ended >> j) & 1:
                again = (flags >> (LANES + j)) & 1 and chosen[j] < 0
                if rounds[j] > ROUNDS or (again and _known(j, state, ends[j], n_ends[j])):
                    ended |= 1 << j


@no_type_check
@compiled
def _known(j, state, ends, n_ends):
    """Whether the walk of a lane is about to come to an end that another one has found already."""
    a, q = state[TRY_A * LANES + j], state[TRY_Q * LANES + j]
    reach = NEAR / max(state[H * LANES + j], 1.0)
    for k in range(n_ends):
        if abs(a - ends[k, 0]) < reach and abs(q - ends[k, 1]) < NEAR:
            return True
    return False
