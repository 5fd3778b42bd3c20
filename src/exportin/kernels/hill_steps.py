"""Compiled descent on the Hill surface: Newton steps inside the box, along the curved valleys."""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled, inner
from exportin.kernels.hill_loops import (
    FACTS,
    GRAD_A,
    GRAD_Q,
    HALF,
    HESS_AA,
    HESS_AQ,
    HESS_QQ,
    SCRATCH,
    surface,
)

MAX_STEP = 1.5
REACH = 6.0
ROUNDS = 60
PATIENCE = 1e6
ROUNDING = 1e-13
NEAR = 0.03
HOPELESS = 20.0
"""A start is given up where even so many times the decrease that its slope and curvature promise
would leave it above the best end found so far."""


@no_type_check
@inner
def nearest_dose(x, n, a):
    """Return the ln dose of the rows (a level's own among them) that is nearest to a."""
    best = x[0]
    for i in range(1, n):
        if abs(x[i] - a) < abs(best - a):
            best = x[i]
    return best


@no_type_check
@inner
def newton_step(g0, g1, h00, h01, h11, stuck0, stuck1, damp, step):
    """Newton step with the Hessian made positive, at most 1.5 long, not along stuck directions.

    Returns whether the Hessian was positive as it came and the step as long as it asks.
    """
    step[0] = 0.0
    step[1] = 0.0
    if stuck0 and stuck1:
        return True
    if stuck0 or stuck1:
        h = h11 if stuck0 else h00
        g = g1 if stuck0 else g0
        lift = max(0.0, 1e-9 * abs(h) - h) + max(0.0, -h) + damp * abs(h) + 1e-300
        v = -g / (h + lift)
        whole = h > 0.0 and abs(v) <= MAX_STEP
        v = min(max(v, -MAX_STEP), MAX_STEP)
        step[1 if stuck0 else 0] = v
        return whole
    middle = 0.5 * (h00 + h11)
    spread = math.hypot(0.5 * (h00 - h11), h01)
    least = middle - spread
    size = abs(middle) + spread
    lift = max(0.0, 1e-9 * size - least) + max(0.0, -least) + damp * size + 1e-300
    a = h00 + lift
    d = h11 + lift
    det = a * d - h01 * h01
    if not det > 0.0:
        det = 1.0
    s0 = (h01 * g1 - d * g0) / det
    s1 = (h01 * g0 - a * g1) / det
    long = max(abs(s0), abs(s1))
    short = min(1.0, MAX_STEP / max(long, 1e-300))
    step[0] = s0 * short
    step[1] = s1 * short
    return least > 1e-9 * size and short == 1.0


@no_type_check
@inner
def descend(rows, n, doses, mode, span, box, a, q, free_a, free_q, floor, tiny, best, tools):
    """Walk downhill from (a, q) until nothing worth ``tiny`` of the height is left.

    ``floor`` is the height below which differences no longer matter; ``best`` allows to give up
    where nothing can be gained.
    ``end`` (last of ``tools``) gets a, q, half and 1 if settled, 0 if given up or not settled.
    Steep curves have a narrow bent valley along which the response at one dose stays put; in
    c = hill * (nearest ln dose - ln EC50) that valley is straight, so steps are taken in (c, q).
    """
    scratch, bits, now, new, step, end = tools
    x, y, w, c = rows[0], rows[1], rows[2], rows[3]
    a = min(max(a, box[0]), box[1])
    q = min(max(q, box[2]), box[3])
    surface(x, y, w, c, n, doses, mode, span, a, q, scratch, bits, now)
    damp = 0.0
    end[3] = 0.0
    for _ in range(ROUNDS):
        g_a, g_q = now[GRAD_A], now[GRAD_Q]
        stuck_a = not free_a or (a <= box[0] and g_a > 0.0) or (a >= box[1] and g_a < 0.0)
        stuck_q = not free_q or (q <= box[2] and g_q > 0.0) or (q >= box[3] and g_q < 0.0)
        near = nearest_dose(x, n, a)
        away = near - a
        h = math.exp(q)
        pinned = stuck_a or abs(away) * h > REACH
        h_aa, h_aq, h_qq = now[HESS_AA], now[HESS_AQ], now[HESS_QQ]
        if not pinned:
            a_c = -1.0 / h
            h_qq = h_qq + away * (2.0 * h_aq + away * h_aa) - g_a * away
            h_aq = a_c * (away * h_aa + h_aq) - g_a * a_c
            h_aa = a_c * a_c * h_aa
            g_q = g_q + away * g_a
            g_a = a_c * g_a
        whole = newton_step(g_a, g_q, h_aa, h_aq, h_qq, stuck_a, stuck_q, damp, step)
        hope = -(step[0] * g_a + step[1] * g_q)
        small = tiny * max(now[HALF], floor)
        if whole and damp == 0.0 and now[HALF] - HOPELESS * hope > best and hope > small:
            break
        new_q = min(max(q + step[1], box[2]), box[3])
        if stuck_a:
            new_a = a
        elif pinned:
            new_a = a + step[0]
        else:
            new_a = near - (away * h + step[0]) * math.exp(-new_q)
        new_a = a if stuck_a else min(max(new_a, box[0]), box[1])
        surface(x, y, w, c, n, doses, mode, span, new_a, new_q, scratch, bits, new)
        better = new[HALF] < now[HALF]
        gain = now[HALF] - new[HALF]
        quiet = hope <= small or (better and gain <= small and hope <= 1e3 * small)
        quiet = quiet or (not better and damp > PATIENCE)
        # the last step is below the rounding of the height, yet takes the place to full precision
        better = better or (hope <= small and whole and -gain <= ROUNDING * now[HALF])
        if better:
            a, q = new_a, new_q
            for k in range(FACTS):
                now[k] = new[k]
            damp = 0.0 if damp < 1e-4 else damp / 8.0
        else:
            damp = max(8.0 * damp, 1e-3)
        if quiet:
            end[3] = 1.0
            break
    end[0] = a
    end[1] = q
    end[2] = now[HALF]


@no_type_check
@compiled
def tools_for(n):
    """Return the working arrays of a walk over up to n rows."""
    return (
        np.empty((SCRATCH, n)),
        np.empty(n, np.int64),
        np.empty(FACTS),
        np.empty(FACTS),
        np.empty(2),
        np.empty(4),
    )


@no_type_check
@inner
def padded(m):
    """Return m rounded up to whole vectors."""
    return (m + 7) // 8 * 8


@no_type_check
@inner
def load(x, y, w, m, n, mode, top, bottom, rows):
    """Fill rows x, y (centered), w, c of a problem from the m dose means; returns the center."""
    weight = 0.0
    for i in range(m):
        weight += w[i]
    center = 0.0
    for i in range(m):
        center += w[i] * y[i] / weight
    if mode == 1:
        center = top
    elif mode != 0:
        center = bottom
    for i in range(n):
        k = min(i, m - 1)
        real = 1.0 if i < m else 0.0
        rows[0, i] = x[k]
        rows[1, i] = real * (y[k] - center)
        rows[2, i] = real * w[k]
        rows[3, i] = real * w[k] / weight if mode == 0 else 0.0
    return center


@no_type_check
@inner
def box_of(x, m, decades, hill_low, hill_high, box):
    """Bounds of (ln EC50, ln hill): low and high of each."""
    reach = decades * math.log(10.0)
    box[0] = x[0] - reach
    box[1] = x[m - 1] + reach
    box[2] = math.log(hill_low)
    box[3] = math.log(hill_high)


@no_type_check
@inner
def best_end(ends, n_ends, floor):
    """Height of the lowest end."""
    best = np.inf
    for k in range(n_ends):
        best = min(best, ends[k, 2])
    return max(best, floor)
