"""Descents on the Hill surface in eight lanes: eight curves are walked down in step.

What `hill_steps.descend` does with one curve, with the same rules, done for a curve a lane. A lane
that has come to its end is given the next walk by whoever called, so that none waits for another.
Numbers of a lane do not depend on the other lanes.

The wells (``data``: rows x, y, w, c as in `hill_loops`) and the walks (``state``) are flat arrays,
the eight lanes of a row side by side.
"""

from typing import no_type_check

import numpy as np

from exportin.compiled import compiled_strict, inner_strict
from exportin.kernels.hill_steps import HOPELESS, MAX_STEP, PATIENCE, REACH, ROUNDING
from exportin.kernels.lanes import (
    LANES,
    as_bits,
    floor,
    load,
    pick,
    power_of_two,
    root,
    size,
    spread,
    store,
)

X, Y, W, C = range(4)
(
    A, Q, H, NEAR, HALF, GRAD_A, GRAD_Q, HESS_AA, HESS_AQ, HESS_QQ,
    DAMP, HOPE, WHOLE, TRY_A, TRY_Q, FRESH,
    FREE_A, BOX, TINY, FLOOR, BEST, BAR, SETTLED,
) = (*range(18), *range(21, 26))  # fmt: skip
STATE = 26
"""Rows of the state: the place and what the surface is there, the walk, and what it was told."""
_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LOWEST = -708.0
_SMALLEST = 1e-290


@no_type_check
@compiled_strict
def lanes_for(n):
    """Return data, scratch and state of lanes with up to n rows."""
    return np.zeros(4 * n * LANES), np.zeros(3 * n * LANES), np.zeros(STATE * LANES)


@no_type_check
@inner_strict
def exponential(v):
    """Eight exponentials, within two units in the last place, of numbers from -708 to 700."""
    v = pick(v > _LOWEST, v, _LOWEST)
    k = floor(v * _LOG2E + 0.5)
    r = (v - k * _LN2_HIGH) - k * _LN2_LOW
    p = r * (1.0 / 6227020800.0) + (1.0 / 479001600.0)
    p = p * r + (1.0 / 39916800.0)
    p = p * r + (1.0 / 3628800.0)
    p = p * r + (1.0 / 362880.0)
    p = p * r + (1.0 / 40320.0)
    p = p * r + (1.0 / 5040.0)
    p = p * r + (1.0 / 720.0)
    p = p * r + (1.0 / 120.0)
    p = p * r + (1.0 / 24.0)
    p = p * r + (1.0 / 6.0)
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * power_of_two(k)


@no_type_check
@inner_strict
def advance(n, most, first, data, scratch, state):
    """Go one Newton step in every lane; returns a bit a lane that has come to an end.

    ``n`` rows of the wells are looked at, ``most`` are reserved; the doses begin at row ``first``
    (a level held stands before them). Each lane looks at the surface at its trial place, goes there
    if it is lower, and chooses the next trial. A lane that ends has its place and height in rows A,
    Q and HALF, and in SETTLED whether that is a lowest place. In the second eight bits: where the
    step is a whole one, so that its end may be known already.
    """
    a, q = load(state, TRY_A * LANES), load(state, TRY_Q * LANES)
    h = exponential(q)
    y_row, w_row, c_row = most * LANES, 2 * most * LANES, 3 * most * LANES
    up_row, down_row = most * LANES, 2 * most * LANES
    # the shape at the doses, and which of its two sides is told without cancellation
    none = spread(0.0)
    above = none > 1.0
    near = load(data, 0)
    mid_up, mid_down, low_down, last_up = none, none, none, none
    for i in range(n):
        at = i * LANES
        x = load(data, at)
        c = load(data, c_row + at)
        z = h * (x - a)
        e = exponential(-size(z))
        large = 1.0 / (1.0 + e)
        small = e * large
        low = z < 0.0
        up, down = pick(low, small, large), pick(low, large, small)
        store(scratch, at, z)
        store(scratch, up_row + at, up)
        store(scratch, down_row + at, down)
        near = pick(size(x - a) < size(near - a), x, near)
        above = above | ~low
        mid_up += c * up
        mid_down += c * down
        if i == first:
            low_down = down
        last_up = up
    largest = pick(above, low_down, last_up)
    large = 1.0 / pick(largest > _SMALLEST, largest, _SMALLEST)
    scale = pick(above, large, -large)
    middle = pick(above, mid_down, mid_up) * scale
    square, product, middle_p, middle_d, sum_y, sum_s = none, none, none, none, none, none
    for i in range(n):
        at = i * LANES
        up, down = load(scratch, up_row + at), load(scratch, down_row + at)
        w, wc = load(data, w_row + at), load(data, c_row + at)
        s = pick(above, down, up) * scale - middle
        y = load(data, y_row + at)
        ws = w * s
        square += ws * s
        product += ws * y
        p = up * down * large
        middle_p += wc * p
        middle_d -= wc * load(scratch, at) * p
        sum_y += w * y
        sum_s += ws
    square = pick(square > _SMALLEST, square, _SMALLEST)
    slope = product / square
    pull_sum = sum_y - slope * sum_s
    half, gain_a, gain_q, cross_a, cross_q = none, none, none, none, none
    aa, aq, qq, bend_aa, bend_aq, bend_qq = none, none, none, none, none, none
    for i in range(n):
        at = i * LANES
        up, down, z = load(scratch, up_row + at), load(scratch, down_row + at), load(scratch, at)
        w = load(data, w_row + at)
        s = pick(above, down, up) * scale - middle
        r = load(data, y_row + at) - slope * s
        p = up * down * large
        zp = z * p
        da = p - middle_p
        dq = -zp - middle_d
        tilt = up - down
        wr, ws = w * r, w * s
        half += wr * r
        gain_a += wr * da
        gain_q += wr * dq
        cross_a += ws * da
        cross_q += ws * dq
        wa = w * da
        aa += wa * da
        aq += wa * dq
        qq += w * dq * dq
        pull = wr - pull_sum * load(data, c_row + at)
        pp, ztilt = pull * p, z * tilt
        bend_aa += pp * tilt
        bend_aq += pp * (1.0 - ztilt)
        bend_qq += pp * z * (ztilt - 1.0)
    half = 0.5 * half
    squared = slope * slope
    tilt_a, tilt_q = slope * cross_a - gain_a, slope * cross_q - gain_q
    # go there, or stay
    fresh = load(state, FRESH * LANES) > 0.5
    now = load(state, HALF * LANES)
    hope, whole = load(state, HOPE * LANES), load(state, WHOLE * LANES) > 0.5
    damp = load(state, DAMP * LANES)
    tiny, ground = load(state, TINY * LANES), load(state, FLOOR * LANES)
    small = tiny * pick(now > ground, now, ground)
    gain = now - half
    better, little = half < now, hope <= small
    quiet = little | (better & (gain <= small) & (hope <= 1e3 * small))
    quiet = quiet | (~better & (damp > PATIENCE))
    # the last step is below the rounding of the height, yet takes the place to full precision
    better = better | (little & whole & (-gain <= ROUNDING * now))
    quiet = quiet & ~fresh
    better = better | fresh
    damp = pick(
        better, pick(damp < 1e-4, 0.0, damp * 0.125), pick(damp > 1.25e-4, 8.0 * damp, 1e-3)
    )
    damp = pick(fresh, 0.0, damp)
    a, q = pick(better, a, load(state, A * LANES)), pick(better, q, load(state, Q * LANES))
    h = pick(better, h, load(state, H * LANES))
    near = pick(better, near, load(state, NEAR * LANES))
    now = pick(better, half, now)
    g_a = pick(better, -slope * gain_a * h, load(state, GRAD_A * LANES))
    g_q = pick(better, -slope * gain_q, load(state, GRAD_Q * LANES))
    h_aa = h * h * (squared * aa - slope * bend_aa - tilt_a * tilt_a / square)
    h_aa = pick(better, h_aa, load(state, HESS_AA * LANES))
    h_aq = h * (squared * aq - slope * bend_aq - tilt_a * tilt_q / square)
    h_aq = pick(better, h_aq, load(state, HESS_AQ * LANES))
    h_qq = squared * qq - slope * bend_qq - tilt_q * tilt_q / square
    h_qq = pick(better, h_qq, load(state, HESS_QQ * LANES))
    store(state, A * LANES, a)
    store(state, Q * LANES, q)
    store(state, H * LANES, h)
    store(state, NEAR * LANES, near)
    store(state, HALF * LANES, now)
    store(state, GRAD_A * LANES, g_a)
    store(state, GRAD_Q * LANES, g_q)
    store(state, HESS_AA * LANES, h_aa)
    store(state, HESS_AQ * LANES, h_aq)
    store(state, HESS_QQ * LANES, h_qq)
    # the next step: Newton with the Hessian made positive, where the valley is straight
    free = load(state, FREE_A * LANES) > 0.5
    a_low, a_high = load(state, BOX * LANES), load(state, (BOX + 1) * LANES)
    q_low, q_high = load(state, (BOX + 2) * LANES), load(state, (BOX + 3) * LANES)
    stuck_a = ~free | ((a <= a_low) & (g_a > 0.0)) | ((a >= a_high) & (g_a < 0.0))
    stuck_q = ((q <= q_low) & (g_q > 0.0)) | ((q >= q_high) & (g_q < 0.0))
    away = near - a
    pinned = stuck_a | (size(away) * h > REACH)
    a_c = -1.0 / h
    m_qq = pick(pinned, h_qq, h_qq + away * (2.0 * h_aq + away * h_aa) - g_a * away)
    m_aq = pick(pinned, h_aq, a_c * (away * h_aa + h_aq) - g_a * a_c)
    m_aa = pick(pinned, h_aa, a_c * a_c * h_aa)
    m_q = pick(pinned, g_q, g_q + away * g_a)
    m_a = pick(pinned, g_a, a_c * g_a)
    # both directions free
    center = 0.5 * (m_aa + m_qq)
    lean = 0.5 * (m_aa - m_qq)
    wide = root(lean * lean + m_aq * m_aq)
    least, most_bent = center - wide, size(center) + wide
    gap = 1e-9 * most_bent - least
    lift = pick(gap > 0.0, gap, 0.0) + pick(least < 0.0, -least, 0.0) + damp * most_bent + 1e-300
    d_aa, d_qq = m_aa + lift, m_qq + lift
    det = d_aa * d_qq - m_aq * m_aq
    det = pick(det > 0.0, det, 1.0)
    step_a, step_q = (m_aq * m_q - d_qq * m_a) / det, (m_aq * m_a - d_aa * m_q) / det
    far_a, far_q = size(step_a), size(step_q)
    far = pick(far_a > far_q, far_a, far_q)
    short = far > MAX_STEP
    part = pick(short, MAX_STEP / far, 1.0)
    step_a, step_q = step_a * part, step_q * part
    whole = (least > 1e-9 * most_bent) & ~short
    # one of them only
    one = stuck_a | stuck_q
    bent, pull = pick(stuck_a, m_qq, m_aa), pick(stuck_a, m_q, m_a)
    gap = 1e-9 * size(bent) - bent
    lift = pick(gap > 0.0, gap, 0.0) + pick(bent < 0.0, -bent, 0.0) + damp * size(bent) + 1e-300
    v = -pull / (bent + lift)
    whole = (one & (bent > 0.0) & (size(v) <= MAX_STEP)) | (~one & whole)
    v = pick(v > MAX_STEP, MAX_STEP, pick(v < -MAX_STEP, -MAX_STEP, v))
    step_a = pick(one, pick(stuck_a, 0.0, v), step_a)
    step_q = pick(one, pick(stuck_q, 0.0, v), step_q)
    both = stuck_a & stuck_q
    step_a, step_q = pick(both, 0.0, step_a), pick(both, 0.0, step_q)
    whole = whole | both
    hope = -(step_a * m_a + step_q * m_q)
    small = tiny * pick(now > ground, now, ground)
    best = load(state, BEST * LANES)
    hopeless = whole & (damp <= 0.0) & (now - HOPELESS * hope > best) & (hope > small)
    hopeless = hopeless | (fresh & (now > load(state, BAR * LANES)))
    new_q = q + step_q
    new_q = pick(new_q < q_low, q_low, pick(new_q > q_high, q_high, new_q))
    along = near - (away * h + step_a) * exponential(-new_q)
    new_a = pick(pinned, a + step_a, along)
    new_a = pick(new_a < a_low, a_low, pick(new_a > a_high, a_high, new_a))
    store(state, TRY_A * LANES, pick(stuck_a, a, new_a))
    store(state, TRY_Q * LANES, new_q)
    store(state, DAMP * LANES, damp)
    store(state, HOPE * LANES, hope)
    store(state, WHOLE * LANES, pick(whole, spread(1.0), 0.0))
    store(state, FRESH * LANES, none)
    store(state, SETTLED * LANES, pick(quiet, spread(1.0), 0.0))
    return as_bits(quiet | hopeless) | (as_bits(whole) << 8)


@no_type_check
@inner_strict
def put_rows(j, rows, m, first, most, box, data, state):
    """Put the wells of a problem (rows as in `hill_loops`) and its box into a lane.

    ``first`` is one where behind the m doses the row of a level is held, which goes to the front.
    """
    for i in range(most):
        k = m if i < first else min(i - first, m - 1)
        real = 1.0 if i < first + m else 0.0
        data[(X * most + i) * LANES + j] = rows[0, k]
        data[(Y * most + i) * LANES + j] = real * rows[1, k]
        data[(W * most + i) * LANES + j] = real * rows[2, k]
        data[(C * most + i) * LANES + j] = real * rows[3, k]
    for k in range(4):
        state[(BOX + k) * LANES + j] = box[k]


@no_type_check
@inner_strict
def begin_walk(j, a, q, free_a, floor, tiny, best, bar, state):
    """Let a lane begin at (a, q), unless that is above the bar; see `hill_steps.descend`."""
    low, high = state[BOX * LANES + j], state[(BOX + 1) * LANES + j]
    state[TRY_A * LANES + j] = min(max(a, low), high)
    low, high = state[(BOX + 2) * LANES + j], state[(BOX + 3) * LANES + j]
    state[TRY_Q * LANES + j] = min(max(q, low), high)
    state[FREE_A * LANES + j] = 1.0 if free_a else 0.0
    state[FLOOR * LANES + j] = floor
    state[TINY * LANES + j] = tiny
    state[BEST * LANES + j] = best
    state[BAR * LANES + j] = bar
    state[FRESH * LANES + j] = 1.0
    state[SETTLED * LANES + j] = 0.0
    state[WHOLE * LANES + j] = 0.0
    state[DAMP * LANES + j] = 0.0
