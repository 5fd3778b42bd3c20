"""Compiled loops of the Hill curve: the projected sum of squares and its derivatives.

The curve is y = bottom + span * down(z) = top - span * up(z) with z = hill * (ln dose - ln EC50),
down = 1 / (1 + exp(z)), up = 1 - down, span = top - bottom. Top and bottom enter linearly and are
projected out exactly, so that what remains is a function of (a, q) = (ln EC50, ln hill).

A problem is handed over as rows: ``x`` (ln dose), ``y`` (responses, centered by ``c``), ``w``
(weights) and ``c`` (centering weights: proportional to w for an ordinary fit, all on one row where
the curve must pass exactly through it, all zero where a plateau is fixed), padded with rows of
weight zero to a multiple of eight, and ``mode``: which plateau is free.
"""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import inner, inner_strict

FREE, TOP_FIXED, BOTTOM_FIXED, BOTH_FIXED = 0, 1, 2, 3
SCRATCH = 5
"""Rows of scratch space a loop needs."""
HALF, GRAD_A, GRAD_Q, HESS_AA, HESS_AQ, HESS_QQ, SLOPE, SCALE, MIDDLE, SQUARE = range(10)
FACTS = 10
"""Numbers that a point on the surface has."""
_TINY = 1e-290
_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LOWEST = -708.0
_C = tuple(1.0 / math.factorial(k) for k in range(14))


@no_type_check
@inner_strict
def exp_negative(t, bits, out, n):
    """Write exp(t) for t <= 0 into out, within two units in the last place; -708 is the floor.

    A loop without branches or library calls, so that it runs on the vector units: exp(t) =
    2^k exp(r), |r| <= ln(2) / 2, the polynomial of degree 13.
    """
    power = bits.view(np.float64)
    for i in range(n):
        v = max(t[i], _LOWEST)
        k = np.floor(v * _LOG2E + 0.5)
        r = (v - k * _LN2_HIGH) - k * _LN2_LOW
        p = _C[13]
        p = p * r + _C[12]
        p = p * r + _C[11]
        p = p * r + _C[10]
        p = p * r + _C[9]
        p = p * r + _C[8]
        p = p * r + _C[7]
        p = p * r + _C[6]
        p = p * r + _C[5]
        p = p * r + _C[4]
        p = p * r + _C[3]
        p = p * r + _C[2]
        p = p * r + 1.0
        p = p * r + 1.0
        out[i] = p
        bits[i] = (np.int64(k) + 1023) << 52
    for i in range(n):
        out[i] *= power[i]


@no_type_check
@inner
def sigmoids(x, a, q, n, scratch, bits):
    """Fill rows of scratch: 0 z, 1 up, 2 down; True if some dose lies at or above the EC50."""
    h = math.exp(q)
    z, t = scratch[0], scratch[3]
    highest = -np.inf
    for i in range(n):
        v = h * (x[i] - a)
        z[i] = v
        t[i] = -abs(v)
    for i in range(n):
        highest = max(highest, z[i])
    exp_negative(t, bits, scratch[4], n)
    split(z, scratch[4], scratch[1], scratch[2], n)
    return highest >= 0.0


@no_type_check
@inner
def split(z, e, up, down, n):
    """Up and down from z and exp(-|z|), neither by subtraction from one."""
    for i in range(n):
        large = 1.0 / (1.0 + e[i])
        small = e[i] * large
        low = z[i] < 0.0
        up[i] = small if low else large
        down[i] = large if low else small


@no_type_check
@inner
def project(x, y, w, c, n, doses, mode, span, a, q, scratch, bits, out):
    """Best free plateaus at (a, q): HALF, SLOPE, SCALE, MIDDLE and SQUARE in out.

    The shape is down where some dose lies above the EC50 and -up where all lie below it (the same
    up to a constant, without cancellation), divided by its largest size. Returns its row of
    scratch; where that is ``up``, SCALE is negative. Nothing is stored on the way: loops that only
    read are certain to run on the vector units.
    """
    above = sigmoids(x, a, q, n, scratch, bits)
    rises = mode == TOP_FIXED or (mode == FREE and not above)
    row = 1 if rises else 2
    base = scratch[row]
    scale = -1.0 if rises else 1.0
    if mode != BOTH_FIXED:
        scale /= max(base[doses - 1] if rises else base[0], _TINY)
    middle = 0.0
    for i in range(n):
        middle += c[i] * base[i]
    middle *= scale
    square = 0.0
    product = 0.0
    for i in range(n):
        v = base[i] * scale - middle
        square += w[i] * v * v
        product += w[i] * v * y[i]
    square = max(square, _TINY)
    slope = span if mode == BOTH_FIXED else product / square
    half = 0.0
    for i in range(n):
        v = y[i] - slope * (base[i] * scale - middle)
        half += w[i] * v * v
    out[HALF] = 0.5 * half
    out[SLOPE] = slope
    out[SCALE] = scale
    out[MIDDLE] = middle
    out[SQUARE] = square
    return row


@no_type_check
@inner
def surface(x, y, w, c, n, doses, mode, span, a, q, scratch, bits, out):
    """Height, gradient and Hessian of the projected surface at (a, q), into out.

    With F(slope, p) half the sum of squares, the projected Hessian is
    F_pp - F_ps F_sp / F_ss at the best slope (Golub and Pereyra 1973, SIAM J Numer Anal 10:413).
    """
    base = scratch[project(x, y, w, c, n, doses, mode, span, a, q, scratch, bits, out)]
    slope, scale, middle, square = out[SLOPE], out[SCALE], out[MIDDLE], out[SQUARE]
    size = abs(scale)
    z, up, down = scratch[0], scratch[1], scratch[2]
    middle_p = 0.0
    middle_d = 0.0
    pull_sum = 0.0
    for i in range(n):
        v = up[i] * down[i] * size
        middle_p += c[i] * v
        middle_d -= c[i] * z[i] * v
        pull_sum += w[i] * (y[i] - slope * (base[i] * scale - middle))
    gain_a = 0.0
    gain_q = 0.0
    cross_a = 0.0
    cross_q = 0.0
    aa = 0.0
    aq = 0.0
    qq = 0.0
    bend_aa = 0.0
    bend_aq = 0.0
    bend_qq = 0.0
    for i in range(n):
        s = base[i] * scale - middle
        p = up[i] * down[i] * size
        da = p - middle_p
        dq = -z[i] * p - middle_d
        bend = p * (up[i] - down[i])
        wr = w[i] * (y[i] - slope * s)
        ws = w[i] * s
        gain_a += wr * da
        gain_q += wr * dq
        cross_a += ws * da
        cross_q += ws * dq
        aa += w[i] * da * da
        aq += w[i] * da * dq
        qq += w[i] * dq * dq
        pull = wr - pull_sum * c[i]
        zb = z[i] * bend
        bend_aa += pull * bend
        bend_aq += pull * (p - zb)
        bend_qq += pull * z[i] * (zb - p)
    h = math.exp(q)
    out[GRAD_A] = -slope * gain_a * h
    out[GRAD_Q] = -slope * gain_q
    squared = slope * slope
    tilt_a = 0.0
    tilt_q = 0.0
    if mode != BOTH_FIXED:
        tilt_a = slope * cross_a - gain_a
        tilt_q = slope * cross_q - gain_q
    out[HESS_AA] = h * h * (squared * aa - slope * bend_aa - tilt_a * tilt_a / square)
    out[HESS_AQ] = h * (squared * aq - slope * bend_aq - tilt_a * tilt_q / square)
    out[HESS_QQ] = squared * qq - slope * bend_qq - tilt_q * tilt_q / square
