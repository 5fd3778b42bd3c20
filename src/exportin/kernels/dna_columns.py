"""Compiled columns of DNA-content fits: every part of a model as its share of every bin.

Positions are in bin widths, so bin i covers [u0 + i, u0 + i + 1]. Every column adds up to 1 over
all channels, seen or not: a weight is a number of events.
"""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled, inner

G1, G2, S, FOX, DEBRIS, PAIRS, SUB, G1B, G2B, SB = 0, 1, 2, 5, 6, 7, 8, 9, 10, 11
"""Columns; S and SB are the first of three, PAIRS are aggregates."""
COLUMNS = 14
LN_MEAN, LN_CV, LN_RATIO, FOX_AT, FOX_LN_SD, LN_DECAY, SUB_AT, SUB_LN_SD, LN_MEAN_B, LN_CV_B = (
    range(10)
)
LN_CV_G2 = 10
"""Shape: the ratio is of G2M to G1; FOX_AT is a share of the way from G1 to G2M; the widths of the
synchronous and of the sub-G1 part and the decay of debris are in units of the mean of G1. LN_CV_G2
is ln(CV of G2M over CV of G1), 0 where the CVs are equal; S keeps the CV of G1."""
SHAPES = 11
SIZE = COLUMNS + SHAPES

_REACH = 5.2  # standard deviations of a Gaussian that are drawn: 1e-7 lies beyond
_FINE = 64
_FAR = 6
_GRID = np.arange(-_FAR * _FINE, _FAR * _FINE + 2) / _FINE
_BELOW = np.array([0.5 * math.erfc(-z * math.sqrt(0.5)) for z in _GRID.tolist()])
_RISE = np.exp(-0.5 * _GRID**2) / math.sqrt(2.0 * math.pi) / _FINE
_NODE = 0.5 / math.sqrt(3.0)
_EDGE = 5.99


@no_type_check
@inner
def below(z):
    """Look up the normal distribution function within 6 SD; cubic between entries, to 2e-10."""
    at = (z + _FAR) * _FINE
    k = int(at)
    t = at - k
    a = _BELOW[k]
    rise = _BELOW[k + 1] - a
    left = _RISE[k] - rise
    right = rise - _RISE[k + 1]
    return a + t * (rise + (1.0 - t) * (left * (1.0 - t) + right * t))


@no_type_check
@inner
def add_gauss(u0, n, mean, sd, weight, out):
    """Add a Gaussian's share of every bin."""
    first = max(int(math.floor(mean - _REACH * sd - u0)), 0)
    last = min(int(math.ceil(mean + _REACH * sd - u0)), n)
    if first >= last:
        return
    scale = 1.0 / sd
    before = below(min(max((u0 + first - mean) * scale, -_EDGE), _EDGE))
    for i in range(first, last):
        after = below(min((u0 + i + 1.0 - mean) * scale, _EDGE))
        out[i] += weight * (after - before)
        before = after


@no_type_check
@inner
def add_gauss_three(u0, n, mean, sd, a, b, c, out):
    """Add a Gaussian to three curves at once."""
    first = max(int(math.floor(mean - _REACH * sd - u0)), 0)
    last = min(int(math.ceil(mean + _REACH * sd - u0)), n)
    if first >= last:
        return
    scale = 1.0 / sd
    before = below(min(max((u0 + first - mean) * scale, -_EDGE), _EDGE))
    for i in range(first, last):
        after = below(min((u0 + i + 1.0 - mean) * scale, _EDGE))
        share = after - before
        out[0, i] += a * share
        out[1, i] += b * share
        out[2, i] += c * share
        before = after


@no_type_check
@compiled
def gauss_bins(u0, n, mean, sd, weight, out):
    """Call `add_gauss` from outside compiled code."""
    add_gauss(u0, n, mean, sd, weight, out)


@no_type_check
@compiled
def panels(ln_cv, ln_ratio):
    """Pieces of S, each about a standard deviation long."""
    return max(8, int(math.ceil(ln_ratio / math.exp(ln_cv))))


@no_type_check
@compiled
def add_s(u0, n, mean, cv, ratio, count, straight, a, b, c, out):
    """Add S: Bernstein weights a, b, c (straight: a, b) between G1 and G2M, broadened."""
    length = math.log(ratio) / count
    for k in range(count):
        for side in (-1.0, 1.0):
            times = math.exp((k + 0.5 + side * _NODE) * length)
            t = (times - 1.0) / (ratio - 1.0)
            density = 0.5 * length * times / (ratio - 1.0)
            if straight:
                height = 2.0 * (a * (1.0 - t) + b * t)
            else:
                height = 3.0 * (a * (1.0 - t) ** 2 + 2.0 * b * t * (1.0 - t) + c * t * t)
            if height > 0.0:
                at = mean * times
                add_gauss(u0, n, at, cv * at, height * density, out)


@no_type_check
@compiled
def s_columns(u0, n, mean, cv, ratio, count, straight, out):
    """Columns of S, each one's Bernstein weight 1."""
    length = math.log(ratio) / count
    out[:3] = 0.0
    for k in range(count):
        for side in (-1.0, 1.0):
            times = math.exp((k + 0.5 + side * _NODE) * length)
            t = (times - 1.0) / (ratio - 1.0)
            density = 0.5 * length * times / (ratio - 1.0)
            at = mean * times
            if straight:
                a, b, c = 2.0 * (1.0 - t), 2.0 * t, 0.0
            else:
                a, b, c = 3.0 * (1.0 - t) ** 2, 6.0 * t * (1.0 - t), 3.0 * t * t
            add_gauss_three(u0, n, at, cv * at, a * density, b * density, c * density, out)


@no_type_check
@compiled
def add_exponential(u0, n, decay, out, weight):
    """Add debris that falls off from channel 0 on."""
    for i in range(n):
        low = max(u0 + i, 0.0)
        high = max(u0 + i + 1.0, 0.0)
        out[i] += weight * (math.exp(-decay * low) - math.exp(-decay * high))


@no_type_check
@compiled
def curve(u0, n, kinds, given, counts_s, w, theta, out):
    """Fill in the expected events of every bin. kinds: straight S, exponential debris."""
    mean = math.exp(theta[LN_MEAN])
    cv = math.exp(theta[LN_CV])
    ratio = math.exp(theta[LN_RATIO])
    wider = math.exp(theta[LN_CV_G2])
    out[:] = 0.0
    if w[G1] > 0.0:
        add_gauss(u0, n, mean, cv * mean, w[G1], out)
    if w[G2] > 0.0:
        add_gauss(u0, n, mean * ratio, wider * cv * mean * ratio, w[G2], out)
    if w[S] + w[S + 1] + w[S + 2] > 0.0:
        add_s(u0, n, mean, cv, ratio, counts_s[0], kinds[0] == 1, w[S], w[S + 1], w[S + 2], out)
    if w[FOX] > 0.0:
        at = mean * (1.0 + theta[FOX_AT] * (ratio - 1.0))
        sd = math.hypot(mean * math.exp(theta[FOX_LN_SD]), cv * at)
        add_gauss(u0, n, at, sd, w[FOX], out)
    if w[DEBRIS] > 0.0:
        if kinds[1] == 1:
            add_exponential(u0, n, math.exp(theta[LN_DECAY]) / mean, out, w[DEBRIS])
        else:
            for i in range(n):
                out[i] += w[DEBRIS] * given[0, i]
    if w[PAIRS] > 0.0:
        for i in range(n):
            out[i] += w[PAIRS] * given[1, i]
    if w[SUB] > 0.0:
        add_gauss(u0, n, mean * theta[SUB_AT], mean * math.exp(theta[SUB_LN_SD]), w[SUB], out)
    if w[G1B] + w[G2B] + w[SB] + w[SB + 1] + w[SB + 2] > 0.0:
        mean = math.exp(theta[LN_MEAN_B])
        cv = math.exp(theta[LN_CV_B])
        if w[G1B] > 0.0:
            add_gauss(u0, n, mean, cv * mean, w[G1B], out)
        if w[G2B] > 0.0:
            add_gauss(u0, n, mean * ratio, wider * cv * mean * ratio, w[G2B], out)
        if w[SB] + w[SB + 1] + w[SB + 2] > 0.0:
            add_s(u0, n, mean, cv, ratio, counts_s[1], kinds[0] == 1,
                  w[SB], w[SB + 1], w[SB + 2], out)  # fmt: skip


@no_type_check
@compiled
def columns(u0, n, kinds, given, counts_s, x, on, one, out):
    """Columns of the weights in use, one row each."""
    theta = x[COLUMNS:]
    ratio = math.exp(theta[LN_RATIO])
    if on[S]:
        s_columns(u0, n, math.exp(theta[LN_MEAN]), math.exp(theta[LN_CV]), ratio, counts_s[0],
                  kinds[0] == 1, out[S : S + 3])  # fmt: skip
    if on[SB]:
        s_columns(u0, n, math.exp(theta[LN_MEAN_B]), math.exp(theta[LN_CV_B]), ratio, counts_s[1],
                  kinds[0] == 1, out[SB : SB + 3])  # fmt: skip
    for k in range(COLUMNS):
        if on[k] and not (S <= k < S + 3 or SB <= k < SB + 3):
            one[:] = 0.0
            one[k] = 1.0
            curve(u0, n, kinds, given, counts_s, one, x[COLUMNS:], out[k])


@no_type_check
@compiled
def convolve(u0, a, b, out):
    """Events of two channels added: the curve of pairs of one from a and one from b."""
    n = a.size
    out[:] = 0.0
    whole = int(math.floor(u0))
    part = u0 - whole
    for i in range(n):
        if a[i] <= 0.0:
            continue
        for j in range(n):
            k = whole + i + j
            if k >= n:
                break
            share = a[i] * b[j]
            # two uniform bins add up to a triangle over two bins, moved by `part` of a bin
            if k >= 0:
                out[k] += share * 0.5 * (1.0 - part) ** 2
            if 0 <= k + 1 < n:
                out[k + 1] += share * (0.5 + part * (1.0 - part))
            if 0 <= k + 2 < n:
                out[k + 2] += share * 0.5 * part * part
