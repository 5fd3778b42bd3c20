"""Compiled profile intervals of many Hill curves on one core, eight in step."""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled, inner, inner_whole
from exportin.kernels.hill_catalog import (
    BUSY,
    CURVE,
    ENDED,
    HILLS,
    MARKS,
    ROUND,
    ROWS,
    STEADY,
    TAKEN,
    catalog_of,
    most_doses,
    normalize,
    same_spacing,
    scan,
    scan_normalized,
    weights_last,
)
from exportin.kernels.hill_fits import EC50_DECADES, HILL_MAX, HILL_MIN
from exportin.kernels.hill_lanes import advance, lanes_for, put_rows
from exportin.kernels.hill_steps import ROUNDS, box_of, load, padded, tools_for
from exportin.kernels.hill_valleys import (
    ABOUT,
    BETWEEN,
    DIPS,
    EC50,
    EXTRA,
    HEIGHT,
    HIGHEST,
    LEVEL,
    WEIGHT,
    first_place,
    load_level,
)
from exportin.kernels.hill_walks import (
    COUNTS,
    DESCENDS,
    GROUND,
    LIMIT,
    LOOKS,
    NUMBERS,
    OPEN,
    PLACE,
    RIGHT,
    SHIFT,
    SLOT,
    VALUE,
    begin_side,
    go_on,
    look,
)
from exportin.kernels.lanes import ALL, LANES

FOUND, EXACT, EXCLUDED_ABOVE, EXCLUDED_BELOW = 0, 1, 2, 3
BEGINS, PASSES, WAITS = range(3)
_EXACT = 1e-20


@no_type_check
@compiled
def profile_curves(
    kind, order, first, doses, dose, mean, weight, pure, total, rss, fit_a, fit_q, estimate,
    quantile, level, extra, side, found,
):  # fmt: skip
    """Profile the EC50 or a level of each curve; ``found``: low, high, open low, open high, state.

    ``estimate`` is the ln dose to start from (NaN: none), ``quantile`` the F quantile over the
    residual degrees of freedom, ``extra`` the weight of the level's own observation, ``side`` above
    zero where the curve is still on the vehicle's side of the level at the highest dose.
    """
    largest = 1
    for i in range(doses.size):
        largest = max(largest, doses[i])
    n = padded(largest + 1)
    lanes, tools = lanes_for(n), tools_for(n)
    curves = (
        order, first, doses, dose, mean, weight, pure, total, rss, fit_a, fit_q, estimate, quantile,
        extra, side,
    )  # fmt: skip
    rows, plain = np.zeros((LANES, 4, n)), np.empty((4, n))
    boxes, about = np.empty((LANES, 4)), np.empty((LANES, ABOUT))
    dips = np.empty((LANES, DIPS), np.int64)
    numbers, counts = np.zeros((LANES, NUMBERS)), np.full((LANES, COUNTS), -1)
    start, known_w = np.empty((LANES, 4)), np.empty(largest)
    memory = (rows, plain, boxes, about, dips, numbers, counts, start, known_w)
    marks = np.zeros(MARKS, np.int64)
    marks[ENDED], marks[ROWS] = ALL, 1
    moved = np.empty(4)
    best, tried, lows = np.empty(HILLS + 1), np.empty(DIPS, np.int64), np.empty(DIPS)
    while marks[TAKEN] < order.size:
        i = order[marks[TAKEN]]
        m = doses[i]
        x = dose[first[i] : first[i] + m]
        box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, moved)
        catalog = catalog_of(x, m, moved, LANES + 1)
        places, size = catalog[0].size, catalog[1].size
        levels = np.empty((places + 1 if kind == LEVEL else 0, size))
        built = np.zeros(places + 1, np.bool_)
        shapes = (
            catalog[0], catalog[1], catalog[3], catalog[5], levels, built, np.empty((2, size)),
            np.empty(size, np.int64), best, tried, lows,
        )  # fmt: skip
        marks[STEADY] = 0
        _profile_some(kind, level, curves, x, catalog, shapes, memory, lanes, tools, marks, found)


@no_type_check
@inner
def _profile_some(kind, level, curves, known, catalog, shapes, memory, lanes, tools, marks, found):
    """Profile the curves to come until one needs another catalog, and all those under way."""
    data, scratch, state = lanes
    order, first, doses, dose = curves[:4]
    rows, counts = memory[0], memory[6]
    held = 1 if kind == LEVEL else 0
    while True:
        waits = other = False  # the next curve needs another table, or another catalog
        for j in range(LANES):
            if not (marks[ENDED] >> j) & 1:
                continue
            while True:
                if counts[j, CURVE] >= 0:
                    if _descends(j, kind, doses, catalog, shapes, memory, data, state):
                        break
                    if _turns(j, catalog[0], memory, found):
                        continue
                    counts[j, CURVE] = -1
                    marks[BUSY] -= 1
                if marks[TAKEN] == order.size or waits:
                    break
                i = order[marks[TAKEN]]
                x = dose[first[i] : first[i] + doses[i]]
                if not same_spacing(x, x.size, known, known.size, x[0] - known[0]):
                    waits = other = True
                    break
                does = _take(
                    j, kind, level, i, x, known, curves, catalog, shapes, memory, tools, data,
                    state, marks, found,
                )  # fmt: skip
                if does == WAITS:
                    waits = True
                    break
                if does == BEGINS:
                    marks[BUSY] += 1
                    marks[ROWS] = most_doses(counts, doses) + held
        if marks[BUSY] == 0:
            marks[ENDED] = ALL
            if marks[TAKEN] == order.size or other:
                break
            continue
        ended = advance(marks[ROWS], rows.shape[2], held, data, scratch, state) & ALL
        for j in range(LANES):
            counts[j, ROUND] += 1
            if counts[j, CURVE] < 0 or counts[j, ROUND] > ROUNDS:
                ended |= 1 << j
        marks[ENDED] = ended


@no_type_check
@inner_whole
def _descends(j, kind, doses, catalog, shapes, memory, data, state):
    """Whether the side of a lane goes on with a descent; else it is through."""
    rows, _, boxes, about, dips, numbers, counts = memory[:7]
    grid, ln_ec50, _, hill, _, _, roots, out, middles, inverses, fast = catalog
    counts[j, ROUND] = 0
    while True:
        does = go_on(j, kind, numbers, counts, dips, boxes, grid, ln_ec50, hill, roots, data, state)
        if does != LOOKS:
            return does == DESCENDS
        s = counts[j, SLOT]
        if kind == EC50 and s == LANES:  # of the shapes only those at this place
            at = counts[j, PLACE] * HILLS
            m = doses[counts[j, CURVE]]
            scan_normalized(fast, rows[j, 1], m, at, at + HILLS, roots[j])
        facts = (roots[j], middles[s], inverses[s], about[j])
        look(j, kind, numbers, counts, dips, facts, shapes, out)


@no_type_check
@inner_whole
def _turns(j, grid, memory, found):
    """Write down the limit of a side that is through; whether the lane turns to the other side."""
    about, numbers, counts, start = memory[3], memory[5], memory[6], memory[7]
    i, right = counts[j, CURVE], counts[j, RIGHT]
    found[i, right] = numbers[j, VALUE]
    found[i, 2 + right] = counts[j, OPEN]
    found[i, 4] = FOUND
    if right == 1:
        return False
    begin_side(
        j, 1, start[j, 0], start[j, 1], start[j, 2], start[j, 3], numbers[j, LIMIT],
        numbers[j, GROUND], numbers[j, SHIFT], about[j, BETWEEN], grid, numbers, counts,
    )  # fmt: skip
    return True


@no_type_check
@inner
def _take(
    j, kind, level, i, x, known, curves, catalog, shapes, memory, tools, data, state, marks, found
):  # fmt: skip
    """Make a lane ready for curve i: BEGINS, PASSES (answered without a walk) or WAITS."""
    _, first, _, _, mean, weight, pure, total, all_rss, fit_a, fit_q, estimate = curves[:12]
    quantile, extra, side = curves[12:]
    rows, plain, boxes, about, dips, numbers, counts, start, known_w = memory
    grid, _, _, _, table, _, roots, out, middles, inverses, fast = catalog
    rss = all_rss[i]
    if rss <= _EXACT * total[i]:
        marks[TAKEN] += 1
        found[i, 0] = found[i, 1] = estimate[i]
        found[i, 2] = found[i, 3] = 0.0
        found[i, 4] = EXACT
        if math.isnan(estimate[i]):
            beyond(side[i] >= 0.0, found[i])
        return PASSES
    m = x.size
    held = 1 if kind == LEVEL else 0
    shift = x[0] - known[0]
    y, w = mean[first[i] : first[i] + m], weight[first[i] : first[i] + m]
    n = padded(m + held)
    free = plain if kind == LEVEL else rows[j]
    center = load(x, y, w, m, padded(m), 0, 0.0, 0.0, free)
    deviation = free[1]
    s = j
    if weights_last(w, m, known_w, marks):
        s = LANES
        if marks[STEADY] == 1:
            for o in range(LANES):
                if counts[o, CURVE] >= 0 and counts[o, SLOT] == LANES:
                    return WAITS
            scan(table, deviation, w, m, roots[j], middles[s], inverses[s])
            normalize(table, w, m, middles[s], inverses[s], fast)
            marks[STEADY] = 2
        if kind == LEVEL:
            scan_normalized(fast, deviation, m, 0, out.size, roots[j])
    else:
        scan(table, deviation, w, m, roots[j], middles[s], inverses[s])
    counts[j, SLOT] = s
    marks[TAKEN] += 1
    box = boxes[j]
    box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, box)
    about[j, HEIGHT], about[j, EXTRA], about[j, HIGHEST] = level - center, extra[i], known[m - 1]
    about[j, WEIGHT] = about[j, BETWEEN] = 0.0
    for o in range(m):
        about[j, WEIGHT] += w[o]
        about[j, BETWEEN] += 0.5 * w[o] * deviation[o] * deviation[o]
    floor = 0.5 * rss
    lowest = 0.5 * (rss - pure[i])
    limit = lowest + 0.5 * rss * quantile[i]
    if kind == LEVEL:
        load_level(x, y, w, m, n, level, extra[i], rows[j])
    at, a, q = estimate[i], fit_a[i], fit_q[i]
    if kind == EC50:
        at = min(max(at, box[0]), box[1])
    if not box[0] <= at <= box[1]:
        facts = (roots[j], middles[s], inverses[s], about[j])
        place, lowest = first_place(
            side[i], shift, limit, rows[j], n, m, box, floor, facts, shapes, out, dips[j], tools
        )
        if lowest > limit:
            beyond(side[i] >= 0.0, found[i])
            return PASSES
        at, a, q = grid[place] + shift, tools[5][0], tools[5][1]
    put_rows(j, rows[j], m, held, rows.shape[2], box, data, state)
    start[j, 0], start[j, 1], start[j, 2], start[j, 3] = at, a, q, lowest
    begin_side(
        j, 0, at, a, q, lowest, limit, floor, shift, about[j, BETWEEN], grid, numbers, counts
    )
    counts[j, CURVE] = i
    return BEGINS


@no_type_check
@inner
def beyond(above, found):
    """No compatible dose: above all doses where the last one is still on the vehicle's side."""
    side = np.inf if above else -np.inf
    found[0] = found[1] = side
    found[2] = 0.0 if above else 1.0
    found[3] = 1.0 if above else 0.0
    found[4] = EXCLUDED_ABOVE if above else EXCLUDED_BELOW
