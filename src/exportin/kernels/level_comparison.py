"""Two dose-response curves of one experiment: whether they reach a level at the same dose."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from exportin.kernels.curve_comparison import (
    STEP,
    ComparisonStatus,
    Curve,
    CurveComparison,
    contrast,
    far_apart,
    fit_status,
    grid_over,
    no_comparison,
    without_error,
)
from exportin.kernels.hill import HillFit, fit_hill
from exportin.kernels.hill_profile import absolute_dose

Wells = Float[np.ndarray, " n"]
Others = Float[np.ndarray, " m"]

_LN10 = float(np.log(10.0))
_COARSE = 0.1
_LN_HILL = (float(np.log(0.05)), float(np.log(50.0)))
_HILLS = 30
_FEW = 60
_BANDS = 6
"""Descents begin from the best shape of each of so many bands of slopes."""
_TRIES = 40
_APART = 1e-3
_REACH = 0.5
_LEAST = 1e-300
Height = Callable[[np.ndarray, np.ndarray], np.ndarray]
Ends = tuple[np.ndarray, np.ndarray, np.ndarray]


def compare_level(
    log10_dose_a: Wells,
    response_a: Wells,
    log10_dose_b: Others,
    response_b: Others,
    *,
    level: float = 0.5,
    n_reference: tuple[float, float] = (np.inf, np.inf),
    conf_level: float = 0.95,
) -> CurveComparison:
    """Extra-sum-of-squares comparison of two Hill curves with one dose at ``level`` against two.

    As `compare_ec50`, for the absolute dose: the dose at which a curve equals ``level`` times the
    vehicle mean. Four parameters of each curve are its own, one residual variance serves both,
    df = n_a + n_b - 8. The vehicle mean is one more observation, V = 1 with the weight of its
    wells; f(theta) = level * V is then a row (theta, level) of weight n_reference / level^2, which
    raises the sum of squares of any curve by (level - f(theta))^2 / (level^2 / n_reference + h), h
    its leverage. Each curve has a vehicle mean of its own here; where two falling curves share one
    its error largely cancels in the ratio, so that p and interval are on the safe side.

    Parameters
    ----------
    log10_dose_a, response_a : (n,) arrays
        Wells of the first curve; doses above zero, one unit for both curves; responses as
        fractions of the vehicle mean.
    log10_dose_b, response_b : (m,) arrays
        Wells of the second.
    level : float
        Fraction of the vehicle mean, 0.5 for the IC50.
    n_reference : (float, float)
        Vehicle wells behind the responses of each curve; infinite if they are exact.
    conf_level : float
        For example 0.95.

    Returns
    -------
    CurveComparison
        As `compare_ec50`; ``outside`` where a curve does not equal the level within its doses.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, the level or n_reference is not above zero, or
        conf_level is not between 0 and 1.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 3 and 6.

    Examples
    --------
    >>> from exportin.kernels.hill import hill_response
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> off = np.tile([0.02, -0.02], 9)
    >>> a = hill_response(10.0**x, 1.0, 0.0, 2e-7, 1.0) + off
    >>> b = hill_response(10.0**x, 1.0, 0.2, 1e-7, 1.0) + off
    >>> found = compare_level(x, a, x, b)
    >>> round(10**found.log10_ratio, 2), found.df, found.low < found.log10_ratio < found.high
    (1.2, 28.0, True)
    """
    if not (0.0 < conf_level < 1.0 and level > 0.0 and min(n_reference) > 0.0):
        msg = (
            "Expected a confidence level between 0 and 1, level and n_reference above zero, "
            f"got {conf_level}, {level}, {n_reference}."
        )
        raise ValueError(msg)
    fits = fit_hill(log10_dose_a, response_a), fit_hill(log10_dose_b, response_b)
    status = fit_status(*fits)
    if status is not ComparisonStatus.OK:
        return no_comparison(status)
    at = [_dose(x, fit, level) for x, fit in zip((log10_dose_a, log10_dose_b), fits, strict=True)]
    if at[0] is None or at[1] is None:
        return no_comparison(ComparisonStatus.OUTSIDE)
    own = [level**2 / n for n in n_reference]
    a = _curve(log10_dose_a * _LN10, response_a, fits[0], level, own[0])
    b = _curve(log10_dose_b * _LN10, response_b, fits[1], level, own[1])
    if without_error(a, b):
        return no_comparison(ComparisonStatus.EXACT)
    if far_apart(a, b):
        return no_comparison(ComparisonStatus.OUTSIDE)
    return contrast(a, b, at[0] - at[1], conf_level)


def _dose(log10_dose: np.ndarray, fit: HillFit, level: float) -> float | None:
    """log10 dose at the level; None outside the tested doses."""
    found = absolute_dose(fit.top, fit.bottom, fit.log10_ec50, fit.hill, level)
    inside = found is not None and float(log10_dose.min()) <= found <= float(log10_dose.max())
    return found if inside else None


def _curve(
    ln_dose: np.ndarray, response: np.ndarray, fit: HillFit, level: float, own: float
) -> Curve:
    def lowest(at: np.ndarray) -> np.ndarray:
        return lowest_at_level(ln_dose, response, at, level, own=own)

    grid = grid_over(ln_dose, STEP)
    return Curve(response, fit, grid, lowest(grid), lowest)


def lowest_at_level(
    ln_dose: Wells, response: Wells, at: Others, level: float, *, own: float
) -> np.ndarray:
    """Lowest RSS of all curves that equal the level at each ln dose, the level's own error counted.

    Newton steps for all doses at once, from the best shapes of a grid of EC50s and slopes (of mild,
    middle and steep ones, since each may have a valley of its own), and of many doses once more
    from the ends of the neighbors. ``own`` is level^2 over the number of vehicle wells.

    Examples
    --------
    >>> from exportin.kernels.hill import hill_response
    >>> x = np.linspace(-3.0, 3.0, 7)
    >>> y = hill_response(np.exp(x), 1.0, 0.0, 1.0, 1.0)
    >>> found = lowest_at_level(x, y, np.array([0.0, 0.5]), 0.5, own=0.0)
    >>> bool(found[0] < 1e-12 < found[1])
    True
    """
    box = np.array([[at_end, q] for at_end, q in zip(_ends(ln_dose), _LN_HILL, strict=True)])

    def walk(at: np.ndarray, e: np.ndarray, q: np.ndarray) -> Ends:
        def height(e: np.ndarray, q: np.ndarray) -> np.ndarray:
            return _Shapes(ln_dose, response, e, q).height(at, level, own)

        return _descend(height, e, q, box)

    e, q = _coarse(ln_dose, response, at, (level, own))
    ends = [v.reshape(_BANDS, at.size) for v in walk(np.tile(at, _BANDS), e, q)]
    mine = ends[0].argmin(axis=0), np.arange(at.size)
    best = ends[0][mine], ends[1][mine], ends[2][mine]
    for way in (1, -1) if at.size > _FEW else ():
        best = _lower(walk(at, np.roll(best[1], way), np.roll(best[2], way)), best)
    lowest: np.ndarray = best[0]
    return lowest


def _lower(one: Ends, other: Ends) -> Ends:
    """Take the lower of two ends at each dose."""
    lower = one[0] < other[0]
    best, e, q = (np.where(lower, new, old) for new, old in zip(one, other, strict=True))
    return best, e, q


def _ends(ln_dose: np.ndarray) -> tuple[float, float]:
    grid = grid_over(ln_dose, _COARSE)
    return float(grid[0]), float(grid[-1])


def _coarse(
    ln_dose: np.ndarray, response: np.ndarray, at: np.ndarray, what: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Best shapes of a grid for all doses, of every band of slopes after the other."""
    places = grid_over(ln_dose, _COARSE)
    slopes = np.linspace(*_LN_HILL, _HILLS)
    e, q = (v.ravel() for v in np.meshgrid(places, slopes, indexing="ij"))
    one = _Shapes(ln_dose, response, e, q)
    bands = np.array_split(np.arange(_HILLS), _BANDS)
    best = np.empty((_BANDS, at.size), dtype=np.int64)
    for k, t in enumerate(at):
        height = one.height(float(t), *what).reshape(places.size, _HILLS)
        for band, mine in enumerate(bands):
            row, column = divmod(int(np.argmin(height[:, mine])), mine.size)
            best[band, k] = row * _HILLS + mine[column]
    return e[best.ravel()], q[best.ravel()]


class _Shapes:
    """Regression of the responses on each shape: what the extra row then adds is closed."""

    def __init__(self, x: np.ndarray, y: np.ndarray, e: np.ndarray, q: np.ndarray) -> None:
        self.hill, self.e = np.exp(q), e
        u = expit(self.hill[:, None] * (x - e[:, None]))
        self.middle = u.mean(axis=1)
        u = u - self.middle[:, None]
        away = y - y.mean()
        self.mean, self.wells = float(y.mean()), y.size
        across = u @ away
        self.along = np.maximum(np.sum(u * u, axis=1), _LEAST)
        self.rise = across / self.along
        self.rss = float(away @ away) - across * self.rise

    def height(self, at: np.ndarray | float, level: float, own: float) -> np.ndarray:
        """RSS with the row (at, level)."""
        off = expit(self.hill * (at - self.e)) - self.middle
        miss = level - self.mean - self.rise * off
        found: np.ndarray = self.rss + miss**2 / (own + 1.0 / self.wells + off**2 / self.along)
        return found


def _descend(
    height: Height, e: np.ndarray, q: np.ndarray, box: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Newton steps by differences, kept inside a reach and the box, taken where they go down."""
    lowest = height(e, q)
    reach = np.full(e.size, _REACH)
    for _ in range(_TRIES):
        step_e, step_q = _newton(height, lowest, e, q)
        size = np.maximum(np.hypot(step_e, step_q), _LEAST)
        share = np.minimum(1.0, reach / size)
        to_e = np.clip(e + share * step_e, *box[:, 0])
        to_q = np.clip(q + share * step_q, *box[:, 1])
        found = height(to_e, to_q)
        lower = found < lowest
        reach = np.where(
            lower, np.minimum(2.0 * np.maximum(share * size, _APART), _REACH), 0.25 * reach
        )
        e, q = np.where(lower, to_e, e), np.where(lower, to_q, q)
        done = np.all((lowest - found <= 1e-12 * lowest) | (reach < 1e-7))
        lowest = np.where(lower, found, lowest)
        if done:
            break
    return lowest, e, q


def _newton(
    height: Height, here: np.ndarray, e: np.ndarray, q: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Newton step; downhill along the gradient where the surface is not a bowl."""
    s = _APART
    right, left = height(e + s, q), height(e - s, q)
    up, down = height(e, q + s), height(e, q - s)
    corner = height(e + s, q + s)
    ge, gq = (right - left) / (2 * s), (up - down) / (2 * s)
    ee, qq = (right - 2 * here + left) / s**2, (up - 2 * here + down) / s**2
    eq = (corner - right - up + here) / s**2
    det = ee * qq - eq**2
    bowl = (ee > 0.0) & (det > 1e-12 * ee * np.abs(qq))
    safe = np.where(bowl, det, 1.0)
    slope = np.maximum(np.hypot(ge, gq), _LEAST)
    step_e = np.where(bowl, (eq * gq - qq * ge) / safe, -ge / slope)
    step_q = np.where(bowl, (eq * ge - ee * gq) / safe, -gq / slope)
    return step_e, step_q
