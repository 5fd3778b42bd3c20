"""Compiled profile intervals of many Hill curves, one after another on one core."""

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
from exportin.kernels.hill_steps import box_of, load, padded, tools_for
from exportin.kernels.hill_valleys import DIPS, EC50, LEVEL, load_level
from exportin.kernels.hill_walks import first_place, walk

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
    rows = np.empty((4, n_most))
    plain = np.empty((4, n_most))
    tools = tools_for(n_most)
    end = tools[5]
    box, moved = np.empty(4), np.empty(4)
    none = np.empty((1, 3))
    dips = np.empty(DIPS, np.int64)
    known = np.empty(largest)
    known_m = 0
    known_w = np.empty(largest)
    steady = 0
    fresh = True
    grid = a = q = root = middle = inverse = out = scale = hill = np.empty(0)
    table = fast = levels = buffer = np.empty((0, 0))
    bits = np.empty(0, np.int64)
    built = np.empty(0, np.bool_)
    for i in order:
        m = doses[i]
        x = dose[first[i] : first[i] + m]
        y = mean[first[i] : first[i] + m]
        w = weight[first[i] : first[i] + m]
        if rss[i] <= _EXACT * total[i]:
            at = estimate[i]
            found[i, 0] = found[i, 1] = at
            found[i, 2] = found[i, 3] = 0.0
            found[i, 4] = EXACT
            if math.isnan(at):
                beyond(side[i] >= 0.0, found[i])
            continue
        shift = x[0] - known[0]
        if not same_spacing(x, m, known, known_m, shift):
            known[:m] = x
            known_m = m
            shift = 0.0
            steady = 0
            box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, moved)
            grid = grid_of(x, m, moved)
            a, q = shapes_of(x, m, moved, grid)
            hill = np.exp(q)
            table, scale = heights_of(x, m, a, q)
            root, middle = np.empty(a.size), np.empty(a.size)
            inverse, out = np.empty(a.size), np.empty(a.size)
            levels = np.empty((grid.size + 1 if kind == LEVEL else 0, a.size))
            built = np.zeros(grid.size + 1, np.bool_)
            buffer, bits = np.empty((2, a.size)), np.empty(a.size, np.int64)
        catalog = (grid, a, hill, scale, levels, built, buffer, bits)
        box_of(x, m, EC50_DECADES, HILL_MIN, HILL_MAX, box)
        n = padded(m + 1) if kind == LEVEL else padded(m)
        load(x, y, w, m, n, 0, 0.0, 0.0, plain)
        center = y[0] - plain[1, 0]
        if steady < m or not same_spacing(w, m, known_w, m, 0.0):
            known_w[:m] = w
            steady = m
            scan(table, plain[1], w, m, root, middle, inverse)
            fresh = True
        else:
            if fresh:
                fast = normalized(table, w, m, middle, inverse)
                fresh = False
            scan_normalized(fast, plain[1], m, root)
        wells = 0.0
        between = 0.0
        for k in range(m):
            wells += w[k]
            between += 0.5 * w[k] * plain[1, k] * plain[1, k]
        facts = (root, middle, inverse, level - center, extra[i], wells, between, known[m - 1])
        floor = 0.5 * rss[i]
        lowest = 0.5 * (rss[i] - pure[i])
        limit = lowest + 0.5 * rss[i] * quantile[i]
        used = plain
        if kind == LEVEL:
            load_level(x, y, w, m, n, level, extra[i], rows)
            used = rows
        at, a_at, q_at = estimate[i], fit_a[i], fit_q[i]
        if kind == EC50:
            at = min(max(at, box[0]), box[1])
        if not box[0] <= at <= box[1]:
            place, lowest = first_place(
                side[i],
                shift,
                limit,
                used,
                n,
                m,
                box,
                floor,
                facts,
                catalog,
                out,
                dips,
                none,
                tools,
            )
            if lowest > limit:
                beyond(side[i] >= 0.0, found[i])
                continue
            at, a_at, q_at = grid[place] + shift, end[0], end[1]
        for right in (False, True):
            where, is_open = walk(
                kind, right, at, a_at, q_at, lowest, limit, shift, used, n, m, box, floor, facts,
                catalog, out, dips, none, tools,
            )  # fmt: skip
            found[i, 1 if right else 0] = where
            found[i, 3 if right else 2] = 1.0 if is_open else 0.0
        found[i, 4] = FOUND


@no_type_check
@compiled
def beyond(above, found):
    """No compatible dose: above all doses where the last one is still on the vehicle's side."""
    side = np.inf if above else -np.inf
    found[0] = found[1] = side
    found[2] = 0.0 if above else 1.0
    found[3] = 1.0 if above else 0.0
    found[4] = EXCLUDED_ABOVE if above else EXCLUDED_BELOW
