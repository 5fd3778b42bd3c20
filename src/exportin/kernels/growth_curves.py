"""Growth curves of ln volume: exponential, exponential-linear (Simeoni), Gompertz.

A curve has a level, a rate and a shape. `time` is days since the animal's start; volumes are in any
one unit (1 g of tumor is taken as 1000 mm3).

- exponential: ln V = level + rate t. No shape.
- exponential_linear (Simeoni): dV/dt = l0 V / (1 + (l0 V / l1)^20)^(1/20); rate is l0 per day,
  shape is ln(l1 / l0), ln of the volume beyond which growth is linear, by l1 per day. level is
  where the exponential part would start: ln V0 where V0 lies below that volume.
- gompertz: ln V = level + rate (1 - exp(-b t)) / b; rate is the growth rate at the start, shape
  is b per day.
"""

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = Array | float
Curve = Literal["exponential", "exponential_linear", "gompertz", "quadratic"]

PSI = 20.0
"""Sharpness of the switch from exponential to linear growth (Simeoni et al. 2004)."""
_EDGE = 2.0  # beyond exp(+-2) times the switch volume the other kind of growth is below 1e-17


class _Table(NamedTuple):
    v: Array
    tau: Array
    offset: float


def pace(v: Numbers) -> Array:
    """Growth rate over l0 at ln(V l0 / l1) = v: (1 + e^(20 v))^(-1/20)."""
    return np.asarray(np.exp(-np.logaddexp(0.0, PSI * np.asarray(v)) / PSI))


@cache
def _table() -> _Table:
    """Integrate 1 / pace over ln volume (8-point Gauss-Legendre in steps of 0.001)."""
    v = np.linspace(-_EDGE, _EDGE, 4001)
    node, weight = np.polynomial.legendre.leggauss(8)
    half = 0.5 * (v[1] - v[0])
    inner = (v[:-1] + half)[:, None] + half * node
    steps = half * ((1.0 / pace(inner)) @ weight)
    tau = np.concatenate([[-_EDGE], -_EDGE + np.cumsum(steps)])
    return _Table(v, tau, float(tau[-1] - np.exp(_EDGE)))


def _between(x: Array, at: Array, y: Array, slope: Array) -> Array:
    """Cubic Hermite interpolation; error of our table below 1e-10."""
    i = np.clip(np.searchsorted(at, x, side="right") - 1, 0, at.size - 2)
    h = at[i + 1] - at[i]
    s = (x - at[i]) / h
    rest = 1.0 - s
    return (
        y[i] * rest * rest * (1.0 + 2.0 * s)
        + y[i + 1] * s * s * (3.0 - 2.0 * s)
        + h * s * rest * (slope[i] * rest - slope[i + 1] * s)
    )


def scaled_growth(tau: Numbers) -> Array:
    """ln(V l0 / l1) of exponential-linear growth at scaled time tau.

    All exponential-linear curves are this one, moved and stretched: ln V = ln(l1 / l0) +
    scaled_growth(l0 t + constant), and the constant is such that it is tau itself long before
    the switch.

    Parameters
    ----------
    tau : array
        l0 t + ln(V0 l0 / l1) where V0 is far below the switch.

    Returns
    -------
    array
        tau long before 0, ln(tau + 0.9957) long after (with a sharp switch ln(tau + 1)); between
        them from a table (error 1e-10).

    Examples
    --------
    >>> scaled_growth(np.array([-3.0, 0.0, 100.0])).round(4).tolist()
    [-3.0, -0.002, 4.6151]
    """
    table = _table()
    tau = np.asarray(tau, dtype=np.float64)
    v = np.where(tau < table.tau[0], tau, np.log(np.maximum(tau - table.offset, 1e-300)))
    inside = (tau >= table.tau[0]) & (tau <= table.tau[-1])
    if inside.any():
        v[inside] = _between(tau[inside], table.tau, table.v, pace(table.v))
    return v


def scaled_time(v: Numbers) -> Array:
    """Scaled time at which ln(V l0 / l1) is v: the inverse of `scaled_growth`.

    Examples
    --------
    >>> scaled_time(np.array([-3.0, 0.0, 3.0])).round(4).tolist()
    [-3.0, 0.0021, 19.0898]
    """
    table = _table()
    v = np.asarray(v, dtype=np.float64)
    tau = np.where(v < -_EDGE, v, np.exp(np.minimum(v, 600.0)) + table.offset)
    inside = np.abs(v) <= _EDGE
    if inside.any():
        tau[inside] = _between(v[inside], table.v, table.tau, 1.0 / pace(table.v))
    return tau


class Slopes(NamedTuple):
    """Values of ln volume and its derivatives by level, rate, shape and time; same shape all."""

    y: Array
    level: Array
    rate: Array
    shape: Array
    time: Array


def curve_slopes(
    curve: Curve, time: Numbers, level: Numbers, rate: Numbers, shape: Numbers
) -> Slopes:
    """Give ln volume on a curve, its derivatives, and the growth rate at that time.

    Parameters
    ----------
    curve : {"exponential", "exponential_linear", "gompertz", "quadratic"}
    time, level, rate, shape : arrays that broadcast
        As in the head of this file; shape is not used by the exponential.

    Returns
    -------
    Slopes
        `time` is d ln V / dt, the growth rate per day.

    References
    ----------
    Simeoni et al. 2004, Cancer Res 64:1094-1101. Laird 1964, Br J Cancer 18:490-502.

    Examples
    --------
    >>> found = curve_slopes("gompertz", 10.0, np.log(100.0), 0.2, 0.05)
    >>> np.exp(found.y).round(1).tolist(), found.time.round(4).tolist()
    (482.5, 0.1213)
    """
    t, a, r, s = np.broadcast_arrays(*(np.asarray(x, float) for x in (time, level, rate, shape)))
    one, nothing = np.ones_like(t), np.zeros_like(t)
    if curve == "exponential":
        return Slopes(a + r * t, one, t, nothing, r)
    if curve == "quadratic":
        return Slopes(a + r * t + s * t * t, one, t, t * t, r + 2 * s * t)
    if curve == "exponential_linear":
        v = scaled_growth(a - s + r * t)
        p = pace(v)
        return Slopes(s + v, p, p * t, 1.0 - p, p * r)
    x = np.clip(s * t, -600.0, 600.0)
    small = np.abs(x) < 1e-3
    safe = np.where(small, 1.0, x)
    decay = np.exp(-x)
    basis = np.where(small, 1.0 - x / 2 + x * x / 6, -np.expm1(-safe) / safe)
    bend = np.where(small, -0.5 + x / 3 - x * x / 8, (np.exp(-safe) - basis) / safe)
    return Slopes(a + r * t * basis, one, t * basis, r * t * t * bend, r * decay)


def sharp_switch(time: Numbers, log_start: Numbers, rate: Numbers, log_switch: Numbers) -> Array:
    """Give ln volume where growth switches at once from exponential to linear (psi without limit).

    V = V0 e^(l0 t) until V = l1 / l0, V = V + l1 t from there on.

    Examples
    --------
    >>> grams = np.exp(sharp_switch(np.array([10.0, 20.0]), np.log(0.05), 0.273, np.log(2.9817)))
    >>> grams.round(3).tolist()
    [0.767, 7.072]
    """
    tau = log_start - log_switch + rate * np.asarray(time, dtype=np.float64)
    return np.asarray(log_switch + np.where(tau > 0, np.log1p(np.maximum(tau, 0.0)), tau))


def level_at(curve: Curve, log_start: Numbers, shape: Numbers) -> Array:
    """Level of the curve that starts at ln V0 (they differ for exponential_linear only)."""
    start = np.asarray(log_start, dtype=np.float64)
    if curve != "exponential_linear":
        return start
    return np.asarray(shape + scaled_time(start - shape))


def time_to(
    curve: Curve, log_target: float, level: Numbers, rate: Numbers, shape: Numbers
) -> Array:
    """Days from the start to a volume; NaN where the curve never gets there.

    Examples
    --------
    >>> time_to("gompertz", np.log(1000.0), np.log(100.0), np.array([0.2, 0.1]), 0.05).round(2)
    array([17.14,   nan])
    """
    a, r, s = np.broadcast_arrays(*(np.asarray(x, float) for x in (level, rate, shape)))
    with np.errstate(divide="ignore", invalid="ignore"):
        if curve == "exponential_linear":
            found = (s + scaled_time(log_target - s) - a) / r
        else:
            found = (log_target - a) / r
        if curve == "gompertz":
            bent = -np.log1p(-s * found) / s
            found = np.where(s == 0.0, found, bent)
    return np.where((r > 0) & np.isfinite(found), found, np.nan)
