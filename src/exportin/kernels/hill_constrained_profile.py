"""Profile intervals of curves with held parameters: plain walks, for models on request."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, fdtri

from exportin.kernels.hill_batch import (
    CONSTANT,
    TOO_FEW,
    HillFits,
    Offsets,
    PerCurve,
    Wells,
    collapse_many,
)
from exportin.kernels.hill_catalog import OFFSETS
from exportin.kernels.hill_constrained import FREE, check_hill, held
from exportin.kernels.hill_constrained_loops import lowest_at_ec50, lowest_from, mode_of
from exportin.kernels.hill_fits import EC50_DECADES, HILL_MAX, HILL_MIN
from exportin.kernels.hill_profile import HillIntervals, absolute_dose_many

_LN10 = float(np.log(10.0))
_FIRST, _GROWTH, _LONGEST = 0.01, 1.3, 0.1
"""Decades of the first step outward, how steps grow, and the longest."""
_HALVINGS = 40
_EXACT = 1e-9
"""A sum of squares below this share of the total leaves no error to build on."""
_FIRM = 1e6
"""An exact level is an observation that weighs so many times as much as all wells together: what
it lets the sum of squares fall by is a millionth of what is asked."""
_SLOPES, _PLACES, _WALKS = 20, 60, 8
INSIDE, EXACT, ABOVE, BELOW, NONE = 0.0, 1.0, 2.0, 3.0, 4.0


class _Curve(NamedTuple):
    """Dose means of one curve (ln dose, mean, weight) and what is held of its model."""

    x: np.ndarray
    y: np.ndarray
    w: np.ndarray
    top: float
    bottom: float
    ln_hill: float
    floor: float
    pure: float


Profile = Callable[[float], float]


def profile_constrained_ec50(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: HillFits,
    *,
    top: PerCurve | float = FREE,
    bottom: PerCurve | float = FREE,
    hill: float = FREE,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of EC50 values that the wells do not contradict, held parameters staying held.

    All e with (RSS(e) - RSS) / (RSS / (n - p)) <= F(1, n - p), p the number of free parameters;
    the connected piece that holds the estimate. Arguments as `fit_constrained`, whose result is
    ``fits``.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.hill_constrained import fit_constrained
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = 1 / (1 + 10 ** (x + 7.0)) + np.tile([0.02, -0.02], 9)
    >>> curves = x, y, np.array([0, 18])
    >>> fits = fit_constrained(*curves, top=1.0, bottom=0.0)
    >>> found = profile_constrained_ec50(*curves, fits, top=1.0, bottom=0.0)
    >>> found.low.round(2).tolist(), found.high.round(2).tolist()
    ([-7.04], [-6.96])
    """
    curves = _curves((log10_dose, response, offsets, weight), top, bottom, hill)
    estimate = fits.log10_ec50 * _LN10
    return _many(curves, fits, estimate, conf_level, [_ec50_profile(c) for c in curves], None)


def profile_constrained_absolute(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: HillFits,
    *,
    level: float,
    n_reference: PerCurve | float = np.inf,
    top: PerCurve | float = FREE,
    bottom: PerCurve | float = FREE,
    hill: float = FREE,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of doses at which each curve may equal ``level``, held parameters staying held.

    As `profile_absolute_many`, with n - p degrees of freedom. Held plateaus are exact numbers: the
    error of the vehicle mean enters through ``n_reference`` only. Where the curve does not reach
    the level within the tested doses, the walk begins at the edge of the box on the side of the
    level, so that "> top dose" carries a lower limit.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.hill_constrained import fit_constrained
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = 1 / (1 + 10 ** (x + 7.0)) + np.tile([0.02, -0.02], 9)
    >>> curves = x, y, np.array([0, 18])
    >>> fits = fit_constrained(*curves, top=1.0)
    >>> found = profile_constrained_absolute(*curves, fits, level=0.5, top=1.0)
    >>> bool(found.low[0] < -7.0 < found.high[0])
    True
    """
    if not level > 0.0:
        msg = f"Expected a level above zero, got {level}."
        raise ValueError(msg)
    curves = _curves((log10_dose, response, offsets, weight), top, bottom, hill)
    behind = np.broadcast_to(np.asarray(n_reference, np.float64), fits.n.shape)
    profiles = [
        _level_profile(curve, level, float(wells) / level**2, fits, i)
        for i, (curve, wells) in enumerate(zip(curves, behind, strict=True))
    ]
    estimate = absolute_dose_many(fits, level) * _LN10
    return _many(curves, fits, estimate, conf_level, profiles, level)


def _curves(
    wells: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None],
    top: np.ndarray | float,
    bottom: np.ndarray | float,
    hill: float,
) -> list[_Curve]:
    check_hill(hill)
    data = collapse_many(*wells)
    size = data.doses.size
    tops, bottoms = held(top, size), held(bottom, size)
    made = []
    for i, (begin, m) in enumerate(zip(data.first.tolist(), data.doses.tolist(), strict=True)):
        part = slice(begin, begin + m)
        made.append(
            _Curve(
                data.dose[part], data.mean[part], data.weight[part], float(tops[i]),
                float(bottoms[i]), float(np.log(hill)), 1e-12 * float(data.total[i]),
                float(data.pure[i]),
            )
        )  # fmt: skip
    return made


def _ec50_profile(curve: _Curve) -> Profile:
    def rss(at: float) -> float:
        half = lowest_at_ec50(
            at, curve.x, curve.y, curve.w, curve.x.size, curve.top, curve.bottom, curve.ln_hill,
            curve.floor,
        )  # fmt: skip
        return 2.0 * float(half) + curve.pure

    return rss


def _level_profile(curve: _Curve, level: float, extra: float, fits: HillFits, i: int) -> Profile:
    """RSS with the dose of the level held: walks from curves that pass through it."""
    mode = int(mode_of(curve.top, curve.bottom))
    firm = extra if np.isfinite(extra) else _FIRM * float(curve.w.sum())
    last = np.array([fits.log10_ec50[i] * _LN10, np.log(fits.hill[i])])

    def rss(at: float) -> float:
        a, q = _through(curve, level, at)
        a, q = np.append(a, last[0]), np.append(q, last[1])
        half = lowest_from(
            np.append(curve.x, at), np.append(curve.y, level), np.append(curve.w, firm),
            curve.x.size + 1, mode, curve.top, curve.bottom, curve.ln_hill, a, q, curve.floor,
            last,
        )  # fmt: skip
        return 2.0 * float(half) + curve.pure

    return rss


def _through(curve: _Curve, level: float, at: float) -> tuple[np.ndarray, np.ndarray]:
    """Shapes whose best curve through (at, level) is better than that of their neighbors."""
    low, high = _edges(curve)
    free = np.isnan(curve.ln_hill)
    slopes = np.linspace(np.log(HILL_MIN), np.log(HILL_MAX), _SLOPES)
    q = slopes if free else np.array([curve.ln_hill])
    near = np.append(curve.x, at)[:, None] - np.array(OFFSETS) / np.exp(q)[:, None, None]
    grid = np.broadcast_to(np.linspace(low, high, _PLACES), (q.size, _PLACES))
    a = np.sort(np.clip(np.hstack([grid, near.reshape(q.size, -1)]), low, high), axis=1)
    both = not np.isnan(curve.top) and not np.isnan(curve.bottom)
    if both:
        ratio = (curve.top - level) / (level - curve.bottom)
        shift = np.log(ratio) if ratio > 0.0 else 0.0
        a = np.clip(at - shift / np.exp(q), low, high)[:, None]
    misfit = _misfit(curve, level, at, a, q)
    order = np.argsort(np.where(_dips(misfit), misfit, np.inf), axis=None, kind="stable")[:_WALKS]
    row, column = np.unravel_index(order, misfit.shape)
    return a[row, column], q[row]


def _dips(height: np.ndarray) -> np.ndarray:
    """Where a table is lower than beside (and, in a single column, above and below)."""
    if height.shape[1] == 1:
        return _dips(height.T).T
    wall = np.full((len(height), 1), np.inf)
    padded = np.hstack([wall, height, wall])
    lower: np.ndarray = (height <= padded[:, :-2]) & (height < padded[:, 2:])
    return lower


def _misfit(curve: _Curve, level: float, at: float, a: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Sum of squares of the curves of shape (a, q) through (at, level), one free plateau fitted."""
    hill = np.exp(q)[:, None, None]
    up = expit(hill * (curve.x - a[..., None]))
    here = expit(hill * (at - a[..., None]))
    if np.isnan(curve.top) and np.isnan(curve.bottom):
        rise = up - here
        square = np.maximum((curve.w * rise**2).sum(-1), 1e-290)
        slope = (curve.w * rise * (curve.y - level)).sum(-1) / square
        height = level + slope[..., None] * rise
    elif np.isnan(curve.bottom):
        height = curve.top + (level - curve.top) * up / np.maximum(here, 1e-290)
    elif np.isnan(curve.top):
        down, there = 1.0 - up, np.maximum(1.0 - here, 1e-290)
        height = curve.bottom + (level - curve.bottom) * down / there
    else:
        height = curve.top + (curve.bottom - curve.top) * up
    total: np.ndarray = (curve.w * (curve.y - height) ** 2).sum(-1)
    return total


def _edges(curve: _Curve) -> tuple[float, float]:
    reach = EC50_DECADES * _LN10
    return float(curve.x[0]) - reach, float(curve.x[-1]) + reach


def _many(
    curves: list[_Curve],
    fits: HillFits,
    estimate: np.ndarray,
    conf_level: float,
    profiles: list[Profile],
    level: float | None,
) -> HillIntervals:
    if not 0.0 < conf_level < 1.0:
        msg = f"Expected a confidence level between 0 and 1, got {conf_level}."
        raise ValueError(msg)
    found = np.full((len(curves), 5), np.nan)
    found[:, 2:4], found[:, 4] = 1.0, NONE
    for i, (curve, rss) in enumerate(zip(curves, profiles, strict=True)):
        if fits.status[i] in (TOO_FEW, CONSTANT):
            continue
        free = 1 + sum(bool(np.isnan(v)) for v in (curve.top, curve.bottom, curve.ln_hill))
        df = max(float(fits.n[i] - free), 1.0)
        lowest = float(fits.rss[i])
        limit = lowest * (1.0 + float(fdtri(1.0, df, conf_level)) / df)
        exact = lowest <= _EXACT * curve.floor * 1e12
        above = level is None or _above(curve, fits, i, level)
        found[i] = _interval(
            rss, limit, float(estimate[i]), _edges(curve), above=above, exact=exact
        )
    return HillIntervals(
        found[:, 0] / _LN10, found[:, 1] / _LN10, found[:, 2] == 1.0, found[:, 3] == 1.0,
        found[:, 4].astype(np.int64),
    )  # fmt: skip


def _above(curve: _Curve, fits: HillFits, i: int, level: float) -> bool:
    """Whether the curve at the highest dose is still on the vehicle's side of the level."""
    z = fits.hill[i] * (curve.x[-1] - fits.log10_ec50[i] * _LN10)
    height = fits.top[i] + (fits.bottom[i] - fits.top[i]) * expit(z)
    return bool((height - level) * (1.0 - level) > 0.0)


def _interval(
    rss: Profile,
    limit: float,
    estimate: float,
    edges: tuple[float, float],
    *,
    above: bool,
    exact: bool,
) -> tuple[float, float, float, float, float]:
    """Limits, whether each is open, and how it ended; from the estimate or the edge outward."""
    low, high = edges
    if exact:
        return estimate, estimate, float(np.isnan(estimate)), float(np.isnan(estimate)), EXACT
    if low <= estimate <= high and rss(estimate) <= limit:
        down, open_low = _walk(rss, limit, estimate, low)
        up, open_high = _walk(rss, limit, estimate, high)
        return down, up, open_low, open_high, INSIDE
    begin, other = (high, low) if above else (low, high)
    if rss(begin) > limit:
        far = np.inf if above else -np.inf
        return far, far, float(not above), float(above), ABOVE if above else BELOW
    end, opened = _walk(rss, limit, begin, other)
    return (end, high, opened, 1.0, INSIDE) if above else (low, end, 1.0, opened, INSIDE)


def _walk(rss: Profile, limit: float, begin: float, end: float) -> tuple[float, float]:
    """Place where the profile crosses the limit between two places; 1 where it does not."""
    inside, step = begin, _FIRST * _LN10
    toward = 1.0 if end > begin else -1.0
    while True:
        outside = inside + toward * step
        outside = min(outside, end) if toward > 0.0 else max(outside, end)
        if rss(outside) > limit:
            return _crossing(rss, limit, inside, outside), 0.0
        if outside == end:
            return end, 1.0
        inside, step = outside, min(step * _GROWTH, _LONGEST * _LN10)


def _crossing(rss: Profile, limit: float, inside: float, outside: float) -> float:
    for _ in range(_HALVINGS):
        middle = 0.5 * (inside + outside)
        inside, outside = (middle, outside) if rss(middle) <= limit else (inside, middle)
        if abs(outside - inside) < 1e-6:
            break
    return inside
