"""Two dose-response curves of one experiment: whether they share an EC50, and their ratio."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, least_squares, minimize_scalar
from scipy.special import expit, fdtri

from exportin.kernels.hill import HillFit, HillStatus, fit_hill

Wells = Float[np.ndarray, " n"]
Others = Float[np.ndarray, " m"]

_LN10 = float(np.log(10.0))
_STEP = 0.01
"""Decades between the EC50s at which a curve is fitted; a cubic runs between them."""
_DECADES = 3.0
_HILL = (0.05, 50.0)
_HILLS = 60
_GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
_NARROWED = 30


class ComparisonStatus(StrEnum):
    """How a comparison of two curves ended."""

    OK = "ok"
    TOO_FEW = "too_few"
    NOT_IDENTIFIABLE = "not_identifiable"
    OUTSIDE = "outside"
    EXACT = "exact"


class CurveComparison(NamedTuple):
    """A dose of two curves, together and apart; NaN unless the status is ok.

    The dose is the EC50, or the one at a level. ``log10_ratio`` is log10(dose of a / dose of b); an
    infinite limit is open. ``statistic`` is F with 1 and ``df`` degrees of freedom.
    """

    log10_ratio: float
    low: float
    high: float
    statistic: float
    df: float
    rss_separate: float
    rss_shared: float
    log10_dose_shared: float
    status: ComparisonStatus


class Curve(NamedTuple):
    """The wells of one curve, its fit, and RSS over the ln dose compared, all else fitted anew."""

    ln_dose: np.ndarray
    response: np.ndarray
    fit: HillFit
    grid: np.ndarray
    profile: CubicSpline


def compare_ec50(
    log10_dose_a: Wells,
    response_a: Wells,
    log10_dose_b: Others,
    response_b: Others,
    conf_level: float = 0.95,
) -> CurveComparison:
    """Extra-sum-of-squares comparison of two Hill curves with one EC50 against two.

    F = (RSS_shared - RSS_separate) / (RSS_separate / df) with 1 and df = n_a + n_b - 8: top,
    bottom and slope of each curve are its own, one residual variance serves both. The interval of
    the ratio holds all d with F(d) <= F(1, df), EC50 of a being 10^d times that of b: the
    connected piece around the estimate. Errors are those of wells.

    Parameters
    ----------
    log10_dose_a, response_a : (n,) arrays
        Wells of the first curve; doses above zero, one unit for both curves.
    log10_dose_b, response_b : (m,) arrays
        Wells of the second.
    conf_level : float
        For example 0.95.

    Returns
    -------
    CurveComparison
        ``too_few`` where a curve has fewer than 4 doses or 5 wells; ``not_identifiable`` where a
        curve is flat or its EC50 or slope ends at the box; ``outside`` where an EC50 lies beyond
        the doses of its curve; ``exact`` where both curves go through every point and there is no
        error to test against.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or the level is not between 0 and 1.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 3 and 6; Motulsky and Christopoulos
    2004, Fitting Models to Biological Data Using Linear and Nonlinear Regression, ch. 27.

    Examples
    --------
    >>> from exportin.kernels.hill import hill_response
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> off = np.tile([0.02, -0.02], 9)
    >>> a = hill_response(10.0**x, 1.0, 0.1, 2e-7, 1.0) + off
    >>> b = hill_response(10.0**x, 1.0, 0.2, 1e-7, 1.0) + off
    >>> found = compare_ec50(x, a, x, b)
    >>> round(10**found.log10_ratio, 3), found.df, bool(found.low < 0.3 < found.high)
    (2.0, 28.0, True)
    """
    if not 0.0 < conf_level < 1.0:
        msg = f"Expected a confidence level between 0 and 1, got {conf_level}."
        raise ValueError(msg)
    fits = fit_hill(log10_dose_a, response_a), fit_hill(log10_dose_b, response_b)
    status = fit_status(*fits)
    inside = _within(log10_dose_a, fits[0]) and _within(log10_dose_b, fits[1])
    if status is ComparisonStatus.OK and not inside:
        status = ComparisonStatus.OUTSIDE
    if status is not ComparisonStatus.OK:
        return no_comparison(status)
    a = _curve(log10_dose_a * _LN10, response_a, fits[0])
    b = _curve(log10_dose_b * _LN10, response_b, fits[1])
    if without_error(a, b):
        return no_comparison(ComparisonStatus.EXACT)
    if far_apart(a, b):
        return no_comparison(ComparisonStatus.OUTSIDE)
    ratio = a.fit.log10_ec50 - b.fit.log10_ec50
    return contrast(a, b, ratio, _shared(a, b), conf_level)


def contrast(
    a: Curve, b: Curve, ratio: float, shared: tuple[float, float], conf_level: float
) -> CurveComparison:
    """F and profile interval of a ratio (log10), from the profiles and (RSS, dose) in common."""
    df = float(a.response.size + b.response.size - 8)
    apart = a.fit.rss + b.fit.rss
    limit = apart * (1.0 + float(fdtri(1.0, df, conf_level)) / df)
    low, high = (_limit(a, b, ratio, limit, way) for way in (-1.0, 1.0))
    together, dose = shared
    f = max(0.0, (together - apart) / (apart / df))
    return CurveComparison(ratio, low, high, f, df, apart, together, dose, ComparisonStatus.OK)


def without_error(a: Curve, b: Curve) -> bool:
    """Whether both curves go through every point."""
    total = sum(float(np.sum((c.response - c.response.mean()) ** 2)) for c in (a, b))
    return a.fit.rss + b.fit.rss <= 1e-20 * total


def far_apart(a: Curve, b: Curve) -> bool:
    """Whether the doses of the curves are too far apart for a dose in common."""
    return not max(a.grid[0], b.grid[0]) < min(a.grid[-1], b.grid[-1])


def _within(log10_dose: np.ndarray, fit: HillFit) -> bool:
    return float(log10_dose.min()) <= fit.log10_ec50 <= float(log10_dose.max())


def fit_status(first: HillFit, second: HillFit) -> ComparisonStatus:
    """Whether both fits carry a comparison."""
    said = {first.status, second.status}
    if HillStatus.TOO_FEW in said:
        return ComparisonStatus.TOO_FEW
    return ComparisonStatus.OK if said == {HillStatus.OK} else ComparisonStatus.NOT_IDENTIFIABLE


def no_comparison(status: ComparisonStatus) -> CurveComparison:
    """Nothing but the reason."""
    nan = float("nan")
    return CurveComparison(nan, nan, nan, nan, nan, nan, nan, nan, status)


def grid_over(ln_dose: np.ndarray, step: float) -> np.ndarray:
    """Places every ``step`` decades, from three decades below the doses to three above."""
    reach = _DECADES * _LN10
    low, high = float(ln_dose.min()) - reach, float(ln_dose.max()) + reach
    return np.linspace(low, high, int((high - low) / (step * _LN10)) + 2)


def _curve(ln_dose: np.ndarray, response: np.ndarray, fit: HillFit) -> Curve:
    grid = grid_over(ln_dose, _STEP)
    height = _lowest(ln_dose, response, grid)
    return Curve(ln_dose, response, fit, grid, CubicSpline(grid, height))


def _lowest(ln_dose: np.ndarray, response: np.ndarray, ln_ec50: np.ndarray) -> np.ndarray:
    """Lowest RSS at each EC50: the best of a grid of slopes, narrowed by golden section."""
    ln_hill = np.linspace(np.log(_HILL[0]), np.log(_HILL[1]), _HILLS)
    height = np.array([_rss(ln_dose, response, ln_ec50, np.full_like(ln_ec50, q)) for q in ln_hill])
    best = height.argmin(axis=0)
    low, high = ln_hill[np.maximum(best - 1, 0)], ln_hill[np.minimum(best + 1, _HILLS - 1)]
    for _ in range(_NARROWED):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        falls = _rss(ln_dose, response, ln_ec50, left) > _rss(ln_dose, response, ln_ec50, right)
        low, high = np.where(falls, left, low), np.where(falls, high, right)
    narrowed = _rss(ln_dose, response, ln_ec50, 0.5 * (low + high))
    lowest: np.ndarray = np.minimum(narrowed, height.min(axis=0))
    return lowest


def _rss(
    ln_dose: np.ndarray, response: np.ndarray, ln_ec50: np.ndarray, ln_hill: np.ndarray
) -> np.ndarray:
    """Residual sum of squares of each shape with the best top and bottom."""
    u = expit(np.exp(ln_hill)[:, None] * (ln_dose - ln_ec50[:, None]))
    u = u - u.mean(axis=1, keepdims=True)
    y = response - response.mean()
    across, along = u @ y, np.sum(u * u, axis=1)
    found: np.ndarray = float(y @ y) - across**2 / np.maximum(along, 1e-300)
    return found


def _shared(a: Curve, b: Curve) -> tuple[float, float]:
    """RSS and log10 EC50 of the two curves with one EC50."""
    _, at = valley(a, b, 0.0)
    own = [[c.fit.top, c.fit.bottom, float(np.log(c.fit.hill))] for c in (a, b)]
    start = [at, *own[0], *own[1]]

    def away(p: np.ndarray) -> np.ndarray:
        return np.concatenate([_residuals(a, p[0], p[1:4]), _residuals(b, p[0], p[4:7])])

    found = least_squares(away, start, xtol=1e-14, ftol=1e-14, gtol=1e-14, x_scale="jac")
    return 2.0 * float(found.cost), float(found.x[0]) / _LN10


def _residuals(curve: Curve, ln_ec50: float, rest: np.ndarray) -> np.ndarray:
    top, bottom, ln_hill = rest
    share = expit(np.exp(ln_hill) * (curve.ln_dose - ln_ec50))
    away: np.ndarray = curve.response - (top + (bottom - top) * share)
    return away


def valley(a: Curve, b: Curve, shift: float) -> tuple[float, float]:
    """Lowest joint RSS where the ln dose of a is that of b plus ``shift``, and that of b there."""
    low = max(b.grid[0], a.grid[0] - shift)
    high = min(b.grid[-1], a.grid[-1] - shift)
    if not low < high:
        return np.inf, float("nan")
    at = np.linspace(low, high, b.grid.size)
    best = int(np.argmin(b.profile(at) + a.profile(at + shift)))
    around = (at[max(best - 1, 0)], at[min(best + 1, at.size - 1)])
    found = minimize_scalar(lambda e: float(b.profile(e) + a.profile(e + shift)), bounds=around,
                            method="bounded", options={"xatol": 1e-9})  # fmt: skip
    return float(found.fun), float(found.x)


def _at_edge(a: Curve, b: Curve, shift: float) -> bool:
    """Whether a curve sits at the edge of its box where the joint RSS is lowest."""
    _, at = valley(a, b, shift)
    return any(
        min(place - c.grid[0], c.grid[-1] - place) < c.grid[1] - c.grid[0]
        for c, place in ((a, at + shift), (b, at))
    )


def _limit(a: Curve, b: Curve, ratio: float, limit: float, way: float) -> float:
    """Where the joint RSS first passes its limit on one side of the estimate; infinite if never.

    Nor is it a limit where only the edge of a curve's box, three decades beyond its doses, stopped
    the way on.
    """

    def excess(shift: float) -> float:
        return valley(a, b, shift * _LN10)[0] - limit

    inside, stride = ratio, 2.0 * _STEP
    widest = max(a.grid[-1] - b.grid[0], b.grid[-1] - a.grid[0]) / _LN10
    while abs(inside - ratio) < widest:
        outside = inside + way * stride
        height = excess(outside)
        if not np.isfinite(height):
            break
        if height > 0.0:
            found = float(brentq(excess, inside, outside, xtol=1e-9))
            return way * float("inf") if _at_edge(a, b, found * _LN10) else found
        inside, stride = outside, 1.3 * stride
    return way * float("inf")
