"""Two dose-response curves of one experiment: whether they share an EC50, and their ratio."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import expit, fdtri

from exportin.kernels.hill import HillFit, HillStatus, fit_hill

Wells = Float[np.ndarray, " n"]
Others = Float[np.ndarray, " m"]

_LN10 = float(np.log(10.0))
STEP = 0.02
"""Decades between the doses at which both curves are fitted first; what lies between is fitted
again where it matters, since a profile has kinks at the doses where curves are steep."""
_VALLEYS = 3
_FINE = 9
"""Places looked at around each low place of the grid; from the best of them on by parabolas."""
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
    """A fitted curve and its lowest RSS with the ln dose compared held, all else fitted anew.

    ``lowest`` gives it at any ln doses, ``heights`` holds it on the grid.
    """

    response: np.ndarray
    fit: HillFit
    grid: np.ndarray
    heights: np.ndarray
    lowest: Callable[[np.ndarray], np.ndarray]


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
    return contrast(a, b, a.fit.log10_ec50 - b.fit.log10_ec50, conf_level)


def contrast(a: Curve, b: Curve, ratio: float, conf_level: float) -> CurveComparison:
    """F and profile interval of a ratio (log10) from the profiles of both curves.

    Where one dose in common is not refuted the interval holds it, even if the piece around the
    estimate ends before: p value and interval never contradict each other.
    """
    df = float(a.response.size + b.response.size - 8)
    apart = a.fit.rss + b.fit.rss
    limit = apart * (1.0 + float(fdtri(1.0, df, conf_level)) / df)
    together, dose = valley(a, b, 0.0)
    together = max(together, apart)
    shifts, heights = _by_shift(a, b)
    low, high = (_limit(a, b, ratio, limit, way, shifts, heights) for way in (-1.0, 1.0))
    if together <= limit and not low <= 0.0 <= high:
        way = -1.0 if low > 0.0 else 1.0
        beyond = _limit(a, b, 0.0, limit, way, shifts, heights)
        low, high = (beyond, high) if way < 0.0 else (low, beyond)
    f = (together - apart) / (apart / df)
    shared = dose / _LN10
    return CurveComparison(ratio, low, high, f, df, apart, together, shared, ComparisonStatus.OK)


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
    stride = step * _LN10
    return low + stride * np.arange(int((high - low) / stride) + 2)


def _curve(ln_dose: np.ndarray, response: np.ndarray, fit: HillFit) -> Curve:
    def lowest(at: np.ndarray) -> np.ndarray:
        return _lowest(ln_dose, response, at)

    grid = grid_over(ln_dose, STEP)
    return Curve(response, fit, grid, lowest(grid), lowest)


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


def valley(a: Curve, b: Curve, shift: float) -> tuple[float, float]:
    """Lowest joint RSS where the ln dose of a is that of b plus ``shift``, and that of b there.

    Both curves are fitted anew around the lowest few places of the grid, ever finer.
    """
    inside = (b.grid + shift >= a.grid[0]) & (b.grid + shift <= a.grid[-1])
    if not inside.any():
        return np.inf, float("nan")
    at = b.grid[inside]
    rough = b.heights[inside] + np.interp(at + shift, a.grid, a.heights)
    places = at[_low_places(rough)]
    width = b.grid[1] - b.grid[0]
    fine = np.clip((places[:, None] + width * np.linspace(-1.0, 1.0, _FINE)).ravel(), at[0], at[-1])

    def joint(dose: np.ndarray) -> np.ndarray:
        found: np.ndarray = b.lowest(dose) + a.lowest(dose + shift)
        return found

    found = joint(fine)
    k = int(np.argmin(found))
    best, where = float(found[k]), float(fine[k])
    width *= 2.0 / (_FINE - 1)
    for _ in range(2):
        beside = np.clip(where + width * np.array([-1.0, 0.0, 1.0]), at[0], at[-1])
        vertex = _vertex(beside, joint(beside), width)
        lower = float(joint(np.array([np.clip(vertex, at[0], at[-1])]))[0])
        if lower < best:
            best, where = lower, vertex
        width *= 0.1
    return best, where


def _vertex(at: np.ndarray, height: np.ndarray, reach: float) -> float:
    """Lowest place of the parabola through three; the middle one where it is no bowl."""
    bend = height[0] - 2.0 * height[1] + height[2]
    if not bend > 0.0:
        return float(at[1])
    away = 0.5 * (height[0] - height[2]) / bend * (at[2] - at[1])
    return float(at[1] + np.clip(away, -reach, reach))


def _low_places(height: np.ndarray) -> np.ndarray:
    """Find the lowest few places that are no higher than their neighbors."""
    padded = np.concatenate([[np.inf], height, [np.inf]])
    low = np.flatnonzero((height <= padded[:-2]) & (height <= padded[2:]))
    return low[np.argsort(height[low], kind="stable")[:_VALLEYS]]


def _by_shift(a: Curve, b: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Shifts (log10) at which the places of both grids meet, and the lowest joint RSS of each."""
    n_a, n_b = a.grid.size, b.grid.size
    steps = range(-(n_b - 1), n_a)
    lowest = np.empty(len(steps))
    for at, k in enumerate(steps):
        first, last = max(0, -k), min(n_b, n_a - k)
        lowest[at] = np.min(a.heights[first + k : last + k] + b.heights[first:last])
    stride = a.grid[1] - a.grid[0]
    return (a.grid[0] - b.grid[0] + np.array(steps) * stride) / _LN10, lowest


def _at_edge(a: Curve, b: Curve, shift: float) -> bool:
    """Whether a curve sits at the edge of its box where the joint RSS is lowest."""
    _, at = valley(a, b, shift)
    return any(
        min(place - c.grid[0], c.grid[-1] - place) < c.grid[1] - c.grid[0]
        for c, place in ((a, at + shift), (b, at))
    )


def _limit(  # noqa: PLR0917 - one search, all of it facts
    a: Curve, b: Curve, inside: float, limit: float, way: float, shifts: np.ndarray,
    heights: np.ndarray,
) -> float:  # fmt: skip
    """Where the joint RSS first passes its limit on one side of an inside place; infinite if never.

    Nor is it a limit where only the edge of a curve's box, three decades beyond its doses, stopped
    the way on.
    """
    apart = a.fit.rss + b.fit.rss

    def excess(shift: float) -> float:
        # the root of the height above the lowest is nearly straight
        above = max(valley(a, b, shift * _LN10)[0] - apart, 0.0)
        return float(np.sqrt(above) - np.sqrt(limit - apart))

    ahead = np.flatnonzero((shifts - inside) * way > 0.0)
    for k in ahead if way > 0.0 else ahead[::-1]:
        outside = float(shifts[k])
        if heights[k] > limit and excess(outside) > 0.0:
            if excess(inside) >= 0.0:  # the estimate itself, by rounding
                return inside
            found = float(brentq(excess, inside, outside, xtol=1e-6, rtol=1e-9))
            return way * float("inf") if _at_edge(a, b, found * _LN10) else found
        inside = outside
    return way * float("inf")
