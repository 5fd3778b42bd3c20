"""Compiled fit of many Hill curves on one core, eight in step.

Every lane walks from the starts of a curve of its own, one after another, each only if it may still
gain, and takes the next curve when it is through.
"""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled, inner
from exportin.kernels.hill_catalog import (
    BUSY,
    COARSE,
    CURVE,
    ENDED,
    MARKS,
    ROUND,
    ROWS,
    STEADY,
    TAKEN,
    best_peaks,
    catalog_of,
    most_doses,
    normalize,
    same_spacing,
    scan,
    scan_normalized,
    squared,
    weights_last,
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
from exportin.kernels.lanes import ALL, LANES

HILL_MIN, HILL_MAX = 0.05, 50.0
"""Published box for the size of the Hill slope (gDR stops at 5, CurveCurator at 10)."""
EC50_DECADES = 3.0
"""Published box for the EC50: this many decades beyond the lowest and the highest tested dose."""
STARTS = 12
TINY = 1e-11
_TIE = 1e-9
_LAST = 1e-13
_START, _N_STARTS, _N_ENDS, _CHOSEN = range(2, 6)
_COUNTS = 6
"""What a lane counts beside its curve and rounds; _CHOSEN is -1 until its last walk."""
_CENTER, _BETWEEN = range(2)


@no_type_check
@inner
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
@inner
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
    n = padded(largest)
    lanes, tools = lanes_for(n), tools_for(n)
    curves = (order, first, doses, dose, mean, weight, pure, total)
    rows, box, about = np.zeros((LANES, 4, n)), np.empty((LANES, 4)), np.empty((LANES, 2))
    counts = np.full((LANES, _COUNTS), -1)
    ends = np.empty((LANES, starts_kept, 3))
    begins = np.empty((LANES, 3, starts_kept))
    starts, known_w = np.empty(starts_kept, np.int64), np.empty(largest)
    memory = (rows, box, about, counts, ends, begins, starts, known_w)
    marks = np.zeros(MARKS, np.int64)
    marks[ENDED], marks[ROWS] = ALL, 1
    moved = np.empty(4)
    while True:
        i = order[min(marks[TAKEN], order.size - 1)]
        m = doses[i]
        x = dose[first[i] : first[i] + m]
        box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, moved)
        catalog = catalog_of(x, m, moved, 1)
        marks[STEADY] = 0
        if _fit_some(curves, x, catalog, memory, lanes, tools, marks, found):
            break


@no_type_check
@inner
def _fit_some(curves, known, catalog, memory, lanes, tools, marks, found):
    """Fit the curves to come until one needs another catalog; True when all are through."""
    data, scratch, state = lanes
    order, first, doses, dose = curves[:4]
    counts, ends = memory[3], memory[4]
    n_most = memory[0].shape[2]
    while True:
        for j in range(LANES):
            if not (marks[ENDED] >> j) & 1:
                continue
            if counts[j, CURVE] >= 0:
                if _goes_on(j, curves, memory, tools, state, found):
                    marks[ENDED] &= ~(1 << j)
                    continue
                marks[BUSY] -= 1
            if marks[TAKEN] == order.size:
                continue
            i = order[marks[TAKEN]]
            m = doses[i]
            x = dose[first[i] : first[i] + m]
            if not same_spacing(x, m, known, known.size, x[0] - known[0]):
                return False
            marks[TAKEN] += 1
            marks[BUSY] += 1
            _take(j, i, x, known, curves, catalog, memory, data, state, marks)
            marks[ROWS] = most_doses(counts, doses)
            marks[ENDED] &= ~(1 << j)
        if marks[BUSY] == 0:
            return True
        flags = advance(marks[ROWS], n_most, 0, data, scratch, state)
        ended = flags & ALL
        for j in range(LANES):
            counts[j, ROUND] += 1
            if counts[j, CURVE] < 0:
                ended |= 1 << j
            elif not (ended >> j) & 1:
                again = (flags >> (LANES + j)) & 1 and counts[j, _CHOSEN] < 0
                if counts[j, ROUND] > ROUNDS or (
                    again and _known(j, state, ends, counts[j, _N_ENDS])
                ):
                    ended |= 1 << j
        marks[ENDED] = ended


@no_type_check
@inner
def _goes_on(j, curves, memory, tools, state, found):
    """Take the end of a lane's walk and begin its next; False where its curve is through."""
    rows, box, about, counts, all_ends, begins = memory[:6]
    scratch, bits, now = tools[0], tools[1], tools[2]
    i = counts[j, CURVE]
    m = curves[2][i]
    n = padded(m)
    pure, total = curves[6][i], curves[7][i]
    floor = 1e-12 * total
    ends = all_ends[j]
    end_a, end_q, end = state[A * LANES + j], state[Q * LANES + j], state[HALF * LANES + j]
    if counts[j, _CHOSEN] < 0:
        n_ends = counts[j, _N_ENDS]
        if state[SETTLED * LANES + j] == 1.0 or counts[j, _START] == 0:
            ends[n_ends, 0], ends[n_ends, 1], ends[n_ends, 2] = end_a, end_q, end
            n_ends += 1
            counts[j, _N_ENDS] = n_ends
        counts[j, _START] += 1
        counts[j, ROUND] = 0
        best = best_end(ends, n_ends, floor)
        bar = best - (1.0 - COARSE) * about[j, _BETWEEN]
        s = counts[j, _START]
        if s < counts[j, _N_STARTS] and -0.5 * begins[j, 2, s] <= bar:
            begin_walk(j, begins[j, 0, s], begins[j, 1, s], True, floor, TINY, best, np.inf, state)
            return True
        k = least_extreme(ends, n_ends, pure, total, rows[j], n, m, scratch, bits, now)
        counts[j, _CHOSEN] = k
        begin_walk(j, ends[k, 0], ends[k, 1], True, 0.0, _LAST, np.inf, np.inf, state)
        return True
    k = counts[j, _CHOSEN]
    if end <= ends[k, 2] * (1.0 + _LAST) or end <= floor:
        ends[k, 0], ends[k, 1], ends[k, 2] = end_a, end_q, min(end, ends[k, 2])
    a, q = ends[k, 0], ends[k, 1]
    top, bottom = plateaus(rows[j], n, m, about[j, _CENTER], a, q, scratch, bits, now)
    found[i, 0], found[i, 1] = top, bottom
    found[i, 2], found[i, 3], found[i, 4] = a, q, ends[k, 2]
    found[i, 5] = 1.0
    low = a <= box[j, 0] + 1e-9 or q <= box[j, 2] + 1e-9
    high = a >= box[j, 1] - 1e-9 or q >= box[j, 3] - 1e-9
    found[i, 6] = 1.0 if low or high else 0.0
    counts[j, CURVE] = -1
    return False


@no_type_check
@inner
def _take(j, i, x, known, curves, catalog, memory, data, state, marks):
    """Let a lane begin with the best start of curve i."""
    rows, box, about, counts, _, begins, starts, known_w = memory
    grid, ln_ec50, ln_hill, _, table, _, root, score, middle, inverse, fast = catalog
    m = x.size
    begin = curves[1][i]
    y, w = curves[4][begin : begin + m], curves[5][begin : begin + m]
    shift = x[0] - known[0]
    about[j, _CENTER] = load(x, y, w, m, padded(m), 0, 0.0, 0.0, rows[j])
    deviation = rows[j, 1]
    if weights_last(w, m, known_w, marks):
        if marks[STEADY] == 1:
            normalize(table, w, m, middle[0], inverse[0], fast)
            marks[STEADY] = 2
        scan_normalized(fast, deviation, m, 0, score.size, root[0])
    else:
        scan(table, deviation, w, m, root[0], middle[0], inverse[0])
    squared(root[0], score)
    count = best_peaks(score, grid.size, m, starts, begins[j, 2])
    for s in range(count):
        begins[j, 0, s], begins[j, 1, s] = ln_ec50[starts[s]] + shift, ln_hill[starts[s]]
    about[j, _BETWEEN] = 0.0
    for k in range(m):
        about[j, _BETWEEN] += 0.5 * w[k] * deviation[k] * deviation[k]
    box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, box[j])
    put_rows(j, rows[j], m, 0, rows.shape[2], box[j], data, state)
    begin_walk(
        j, begins[j, 0, 0], begins[j, 1, 0], True, 1e-12 * curves[7][i], TINY, np.inf, np.inf, state
    )
    counts[j, CURVE], counts[j, _START], counts[j, _N_STARTS] = i, 0, count
    counts[j, _N_ENDS], counts[j, ROUND], counts[j, _CHOSEN] = 0, 0, -1


@no_type_check
@inner
def _known(j, state, ends, n_ends):
    """Whether the walk of a lane is about to come to an end that another one has found already."""
    a, q = state[TRY_A * LANES + j], state[TRY_Q * LANES + j]
    reach = NEAR / max(state[H * LANES + j], 1.0)
    for k in range(n_ends):
        if abs(a - ends[j, k, 0]) < reach and abs(q - ends[j, k, 1]) < NEAR:
            return True
    return False
