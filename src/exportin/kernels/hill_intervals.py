"""Compiled profile intervals of many Hill curves on one core, eight in step."""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled
from exportin.kernels.hill_catalog import (
    grid_of,
    heights_of,
    normalized,
    scan,
    scan_normalized,
    shapes_of,
)
from exportin.kernels.hill_fits import EC50_DECADES, HILL_MAX, HILL_MIN, same_spacing
from exportin.kernels.hill_lanes import advance, lanes_for, put_rows
from exportin.kernels.hill_steps import ROUNDS, box_of, load, padded, tools_for
from exportin.kernels.hill_valleys import DIPS, EC50, LEVEL, first_place, load_level
from exportin.kernels.hill_walks import (
    COUNTS,
    DESCENDS,
    GROUND,
    LIMIT,
    LOOKS,
    NUMBERS,
    OPEN,
    RIGHT,
    SHIFT,
    VALUE,
    begin_side,
    go_on,
    look,
)
from exportin.kernels.lanes import LANES

FOUND, EXACT, EXCLUDED_ABOVE, EXCLUDED_BELOW = 0, 1, 2, 3
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
    n_most = padded(largest + 1)
    held = 1 if kind == LEVEL else 0
    data, lane_scratch, state = lanes_for(n_most)
    rows = np.zeros((LANES, 4, n_most))
    plain = np.empty((4, n_most))
    tools = tools_for(n_most)
    end = tools[5]
    boxes, moved = np.empty((LANES, 4)), np.empty(4)
    dips = np.empty((LANES, DIPS), np.int64)
    numbers, counts = np.zeros((LANES, NUMBERS)), np.zeros((LANES, COUNTS), np.int64)
    start = np.empty((LANES, 4))
    curve, rounds = np.full(LANES, -1), np.zeros(LANES, np.int64)
    slot = np.full(LANES, -1)
    known = np.empty(largest)
    known_m = 0
    known_w = np.empty(largest)
    steady = 0
    fresh = True
    grid = a = q = out = scale = hill = np.empty(0)
    table = levels = buffer = np.empty((0, 0))
    fast = np.empty(0)
    roots = middles = inverses = np.empty((0, 0))
    bits = np.empty(0, np.int64)
    built = np.empty(0, np.bool_)
    about = np.empty((LANES, 5))
    taken = 0
    ended = (1 << LANES) - 1
    n_rows = 1
    while True:
        waits = False  # the next curve needs another catalog than those under way
        for j in range(LANES):
            if not (ended >> j) & 1:
                continue
            while True:
                if curve[j] >= 0:
                    rounds[j] = 0
                    does = go_on(
                        j, kind, numbers, counts, dips, boxes, grid, a, hill, roots, data, state
                    )
                    if does == DESCENDS:
                        break
                    if does == LOOKS:
                        s = slot[j]
                        facts = (
                            roots[j], middles[s], inverses[s], about[j, 0], about[j, 1],
                            about[j, 2], about[j, 3], about[j, 4],
                        )  # fmt: skip
                        catalog = (grid, a, hill, scale, levels, built, buffer, bits)
                        look(j, kind, numbers, counts, dips, facts, catalog, out)
                        continue
                    i = curve[j]
                    found[i, counts[j, RIGHT]] = numbers[j, VALUE]
                    found[i, 2 + counts[j, RIGHT]] = counts[j, OPEN]
                    if counts[j, RIGHT] == 0:
                        begin_side(
                            j, 1, start[j, 0], start[j, 1], start[j, 2], start[j, 3],
                            numbers[j, LIMIT], numbers[j, GROUND], numbers[j, SHIFT], about[j, 3],
                            grid, numbers, counts,
                        )  # fmt: skip
                        continue
                    found[i, 4] = FOUND
                    curve[j] = -1
                if taken == order.size or waits:
                    break
                i = order[taken]
                if rss[i] <= _EXACT * total[i]:
                    taken += 1
                    found[i, 0] = found[i, 1] = estimate[i]
                    found[i, 2] = found[i, 3] = 0.0
                    found[i, 4] = EXACT
                    if math.isnan(estimate[i]):
                        beyond(side[i] >= 0.0, found[i])
                    continue
                m = doses[i]
                x = dose[first[i] : first[i] + m]
                y = mean[first[i] : first[i] + m]
                w = weight[first[i] : first[i] + m]
                shift = x[0] - known[0]
                if not same_spacing(x, m, known, known_m, shift):
                    if np.max(curve) >= 0:
                        waits = True
                        break
                    known[:m] = x
                    known_m = m
                    shift = 0.0
                    steady = 0
                    box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, moved)
                    grid = grid_of(x, m, moved)
                    a, q = shapes_of(x, m, moved, grid)
                    hill = np.exp(q)
                    table, scale = heights_of(x, m, a, q)
                    roots = np.empty((LANES, a.size))
                    middles, inverses = np.empty((LANES + 1, a.size)), np.empty((LANES + 1, a.size))
                    out = np.empty(a.size)
                    levels = np.empty((grid.size + 1 if kind == LEVEL else 0, a.size))
                    built = np.zeros(grid.size + 1, np.bool_)
                    buffer, bits = np.empty((2, a.size)), np.empty(a.size, np.int64)
                n = padded(m + held)
                load(x, y, w, m, padded(m), 0, 0.0, 0.0, plain)
                center = y[0] - plain[1, 0]
                if steady < m or not same_spacing(w, m, known_w, m, 0.0):
                    known_w[:m] = w
                    steady = m
                    fresh = True
                    slot[j] = j
                    scan(table, plain[1], w, m, roots[j], middles[j], inverses[j])
                else:
                    if fresh:
                        shared = False
                        for o in range(LANES):
                            shared = shared or (curve[o] >= 0 and slot[o] == LANES)
                        if shared:
                            waits = True
                            break
                        scan(table, plain[1], w, m, roots[j], middles[LANES], inverses[LANES])
                        fast = normalized(table, w, m, middles[LANES], inverses[LANES])
                        fresh = False
                    slot[j] = LANES
                    scan_normalized(fast, plain[1], m, roots[j])
                taken += 1
                s = slot[j]
                box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, boxes[j])
                box = boxes[j]
                about[j, 0], about[j, 1], about[j, 2], about[j, 3] = (
                    level - center,
                    extra[i],
                    0.0,
                    0.0,
                )
                about[j, 4] = known[m - 1]
                for o in range(m):
                    about[j, 2] += w[o]
                    about[j, 3] += 0.5 * w[o] * plain[1, o] * plain[1, o]
                floor = 0.5 * rss[i]
                lowest = 0.5 * (rss[i] - pure[i])
                limit = lowest + 0.5 * rss[i] * quantile[i]
                if kind == LEVEL:
                    load_level(x, y, w, m, n, level, extra[i], rows[j])
                else:
                    rows[j, :, :n] = plain[:, :n]
                at, a_at, q_at = estimate[i], fit_a[i], fit_q[i]
                if kind == EC50:
                    at = min(max(at, box[0]), box[1])
                if not box[0] <= at <= box[1]:
                    facts = (
                        roots[j], middles[s], inverses[s], about[j, 0], about[j, 1], about[j, 2],
                        about[j, 3], about[j, 4],
                    )  # fmt: skip
                    catalog = (grid, a, hill, scale, levels, built, buffer, bits)
                    place, lowest = first_place(
                        side[i], shift, limit, rows[j], n, m, box, floor, facts, catalog, out,
                        dips[j], tools,
                    )  # fmt: skip
                    if lowest > limit:
                        beyond(side[i] >= 0.0, found[i])
                        continue
                    at, a_at, q_at = grid[place] + shift, end[0], end[1]
                put_rows(j, rows[j], m, held, n_most, box, data, state)
                start[j, 0], start[j, 1], start[j, 2], start[j, 3] = at, a_at, q_at, lowest
                begin_side(
                    j, 0, at, a_at, q_at, lowest, limit, floor, shift, about[j, 3], grid,
                    numbers, counts,
                )  # fmt: skip
                curve[j] = i
                n_rows = 1
                for o in range(LANES):
                    if curve[o] >= 0:
                        n_rows = max(n_rows, doses[curve[o]] + held)
        if np.max(curve) < 0:
            if taken == order.size:
                break
            ended = (1 << LANES) - 1
            continue
        flags = advance(n_rows, n_most, held, data, lane_scratch, state)
        ended = flags & ((1 << LANES) - 1)
        for j in range(LANES):
            rounds[j] += 1
            if curve[j] < 0 or rounds[j] > ROUNDS:
                ended |= 1 << j


@no_type_check
@compiled
def beyond(above, found):
    """No compatible dose: above all doses where the last one is still on the vehicle's side."""
    side = np.inf if above else -np.inf
    found[0] = found[1] = side
    found[2] = 0.0 if above else 1.0
    found[3] = 1.0 if above else 0.0
    found[4] = EXCLUDED_ABOVE if above else EXCLUDED_BELOW
