"""Scales on which cytometer events are gated, and their inverses: logicle, arcsinh, log, line."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Values = NDArray[np.float64]
LN10 = float(np.log(10.0))
KNOTS = 256
_LOW, _HIGH = -0.5, 1.5
"""The table spans half the scale beyond either end; Newton's method reaches further out."""
_POLISH = 3
_STEPS = 60
_SETTLED = 1e-13


def line(x: Values, T: float, A: float) -> Values:
    """Return (x + A) / (T + A).

    >>> line(np.array([0.0, 100.0]), 100.0, 0.0).tolist()
    [0.0, 1.0]
    """
    return (x + A) / (T + A)


def line_inverse(y: Values, T: float, A: float) -> Values:
    """Return the value that ``line`` shows as ``y``.

    >>> line_inverse(np.array([0.5]), 100.0, 0.0).tolist()
    [50.0]
    """
    return y * (T + A) - A


def logarithm(x: Values, T: float, M: float) -> Values:
    """Return 1 + log10(x / T) / M; minus infinity where x is not positive.

    >>> logarithm(np.array([100.0, 1.0, 0.0, -5.0]), 100.0, 2.0).tolist()
    [1.0, 0.0, -inf, -inf]
    """
    out = np.full(x.shape, -np.inf)
    np.log10(x / T, out=out, where=x > 0)
    return out / M + 1.0


def logarithm_inverse(y: Values, T: float, M: float) -> Values:
    """Return the value that ``logarithm`` shows as ``y``.

    >>> logarithm_inverse(np.array([0.5]), 100.0, 2.0).tolist()
    [10.0]
    """
    x: Values = T * 10.0 ** (M * (y - 1.0))
    return x


def fasinh(x: Values, T: float, M: float, A: float) -> Values:
    """Return (asinh(x sinh(M ln 10) / T) + A ln 10) / ((M + A) ln 10), as in Gating-ML 2.0.

    >>> fasinh(np.array([1000.0]), 1000.0, 4.0, 1.0).round(12).tolist()
    [1.0]
    """
    y: Values = (np.arcsinh(x * (np.sinh(M * LN10) / T)) + A * LN10) / ((M + A) * LN10)
    return y


def fasinh_inverse(y: Values, T: float, M: float, A: float) -> Values:
    """Return the value that ``fasinh`` shows as ``y``.

    >>> fasinh_inverse(np.array([1.0]), 1000.0, 4.0, 1.0).round(9).tolist()
    [1000.0]
    """
    x: Values = np.sinh(y * (M + A) * LN10 - A * LN10) * (T / np.sinh(M * LN10))
    return x


class Logicle(NamedTuple):
    """Coefficients of x = a exp(b y) - c exp(-d y) + f for y >= x1, mirrored below x1."""

    a: float
    b: float
    c: float
    d: float
    f: float
    x1: float


def logicle_coefficients(T: float, W: float, M: float, A: float) -> Logicle:
    """Return the coefficients of the logicle scale.

    Moore WA, Parks DR. Update for the logicle data scale including operational code
    implementations. Cytometry A 2012;81:273-277.

    Parameters
    ----------
    T, W, M, A
        Value shown as 1; linear decades; all decades; further negative decades.
        0 <= 2W <= M and -W <= A <= M - 2W.
    """
    w, x2 = W / (M + A), A / (M + A)
    x1, x0 = x2 + w, x2 + 2 * w
    b = (M + A) * LN10
    d = _second_rate(b, w)
    ca = np.exp(x0 * (b + d))
    fa = -np.exp(b * x1) + ca * np.exp(-d * x1)
    a = T / (np.exp(b) + fa - ca * np.exp(-d))
    return Logicle(float(a), b, float(ca * a), d, float(fa * a), x1)


def _second_rate(b: float, w: float) -> float:
    """Solve 2 (ln d - ln b) + w (b + d) = 0 for d; d = b at w = 0."""
    if w == 0.0:
        return b

    def gap(u: float) -> float:  # u = ln d, so that tiny d are found as exactly
        return float(2.0 * (u - np.log(b)) + w * (b + np.exp(u)))

    top = float(np.log(b))
    return float(np.exp(brentq(gap, top - w * b - 1.0, top, xtol=1e-15, rtol=1e-15)))


def logicle_inverse(y: Values, T: float, W: float, M: float, A: float) -> Values:
    """Return the value that the logicle scale shows as ``y``.

    >>> logicle_inverse(np.array([1.0]), 262144.0, 0.5, 4.5, 0.0).round(6).tolist()
    [262144.0]
    """
    k = logicle_coefficients(T, W, M, A)
    below = y < k.x1
    out = _upper(np.where(below, 2.0 * k.x1 - y, y), k)
    return np.where(below, -out, out)


def _upper(y: Values, k: Logicle) -> Values:
    return k.a * np.exp(k.b * y) - k.c * np.exp(-k.d * y) + k.f


def logicle(x: Values, T: float, W: float, M: float, A: float) -> Values:
    """Return where values stand on the logicle scale: 0 to 1 over its range, to 1e-12.

    A table of the inverse gives a start that is good to 1e-4; three steps of Newton's method,
    each of which doubles the digits, end it. Values far beyond T start from the exponential tail.

    >>> logicle(np.array([0.0, 262144.0]), 262144.0, 0.5, 4.5, 0.0).round(9).tolist()
    [0.111111111, 1.0]
    """
    k = logicle_coefficients(T, W, M, A)
    size: Values = np.abs(x)
    knots = np.linspace(k.x1, max(_HIGH, 2 * k.x1 - _LOW), KNOTS)
    heights = _upper(knots, k)
    heights[0] = 0.0
    near = np.minimum(size, heights[-1])
    y = np.interp(near, heights, knots)
    for _ in range(_POLISH):
        y -= _newton(y, near, k)
    y[np.isinf(size)] = np.inf
    far = np.isfinite(size) & (size > heights[-1])
    if far.any():
        y[far] = _tail(size[far], k)
    np.maximum(y, k.x1, out=y)
    placed: Values = np.where(x < 0, 2.0 * k.x1 - y, y)
    return placed


def _newton(y: Values, x: Values, k: Logicle) -> Values:
    up, down = k.a * np.exp(k.b * y), k.c * np.exp(-k.d * y)
    step: Values = (up - down + k.f - x) / (k.b * up + k.d * down)
    return step


def _tail(x: Values, k: Logicle) -> Values:
    y = np.log((x - k.f) / k.a) / k.b
    for _ in range(_STEPS):
        step = _newton(y, x, k)
        y = y - np.where(np.isfinite(step), step, 0.0)
        if np.all(np.abs(step[np.isfinite(step)]) < _SETTLED):
            break
    return y


def logicle_width(r: float, T: float, M: float) -> float:
    """Return W for a typical negative value ``r``: (M - log10(T / |r|)) / 2, not below 0.

    Parks DR, Roederer M, Moore WA. Cytometry A 2006;69:541-551.

    >>> round(logicle_width(-100.0, 262144.0, 4.5), 6)
    0.54073
    """
    return float(min(max((M - np.log10(T / abs(r))) / 2.0, 0.0), M / 2.0))
