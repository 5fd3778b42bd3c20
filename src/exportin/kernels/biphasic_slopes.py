"""Two Hill steps with a slope each: the full biphasic curve, seven parameters."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import minimum_filter
from scipy.special import expit

from exportin.kernels.biphasic import ONE_STEP
from exportin.kernels.cone import Ends, in_cone, race
from exportin.kernels.hill_batch import (
    CONSTANT,
    OK,
    TOO_FEW,
    Collapsed,
    Count,
    HillFits,
    Offsets,
    PerCurve,
    Wells,
    collapse_many,
)
from exportin.kernels.hill_constrained import fit_constrained
from exportin.kernels.two_shapes import Rows, rows_of

PARAMETERS = 7
MIN_SLOPES_DOSES = 8
"""Seven parameters, and one dose more; with fewer the curve passes through every mean."""
SLOPE_LOWEST, SLOPE_HIGHEST = 0.3, 10.0
"""Box of both slopes: a shallower step takes more than six decades from a tenth to nine tenths, a
steeper one lies between two doses of any usual series, where its slope has no say."""
_LN10 = float(np.log(10.0))
_GRID = 0.4
"""Ln doses between the steps that are looked at."""
_SLOPES = np.geomspace(SLOPE_LOWEST, SLOPE_HIGHEST, 12)
_STARTS = 40
_AT_ONCE = 64
"""Curves whose walks go side by side; more only cost memory."""
_EXACT = 1e-12


class BiphasicSlopesFits(NamedTuple):
    """Fitted curves, an entry a curve; NaN where status is 2 or 3.

    As `BiphasicFits`, and a slope for each step. Where ``status`` is 4 (one step only) ``share``
    is 1, both steps are the four-parameter Hill curve, and the box is that curve's.
    """

    top: PerCurve
    bottom: PerCurve
    share: PerCurve
    log10_ec50_1: PerCurve
    log10_ec50_2: PerCurve
    hill_1: PerCurve
    hill_2: PerCurve
    log10_midpoint: PerCurve
    rss: PerCurve
    n: Count
    status: Count


def fit_biphasic_slopes(
    log10_dose: Wells, response: Wells, offsets: Offsets, weight: Wells | None = None
) -> BiphasicSlopesFits:
    """Fit two steps, each with a slope of its own, to every experiment.

    f(x) = bottom + (top - bottom) (s / (1 + (x / e1)^h1) + (1 - s) / (1 + (x / e2)^h2)),
    e1 <= e2, 0 <= s <= 1: seven free parameters, least squares (Prism's "Biphasic"). Both EC50s
    among the tested doses (a step outside with a free slope could be of any height), both slopes
    0.3 to 10. All pairs of steps of a grid are
    looked at, and Levenberg-Marquardt steps with the three linear parameters projected out go down
    from the 40 lowest places. Where no pair is better than one Hill step, the status says so.
    `fit_biphasic` holds both slopes at 1.

    Parameters
    ----------
    log10_dose, response, offsets, weight
        As `fit_many` takes them; at least eight distinct doses and eight wells a curve, else
        status 2.

    Raises
    ------
    ValueError
        If the arrays are no curves; see `fit_many`.

    References
    ----------
    Motulsky and Christopoulos 2004, Fitting Models to Biological Data Using Linear and Nonlinear
    Regression, ch. 43; Golub and Pereyra 1973, SIAM J Numer Anal 10:413.

    Examples
    --------
    >>> x = np.linspace(-9.0, -3.0, 19)
    >>> y = 0.3 / (1 + 10 ** (2 * (x + 8.0))) + 0.7 / (1 + 10 ** (1.5 * (x + 5.0)))
    >>> fits = fit_biphasic_slopes(x, y, np.array([0, 19]))
    >>> fits.share.round(3).tolist(), fits.hill_1.round(2).tolist(), fits.hill_2.round(2).tolist()
    ([0.3], [2.0], [1.5])
    """
    data = collapse_many(log10_dose, response, offsets, weight)
    few = (data.doses < MIN_SLOPES_DOSES) | (data.wells <= PARAMETERS)
    none = few | data.equal
    found = np.full((few.size, PARAMETERS), np.nan)
    rss = data.total.copy()
    status = np.where(few, TOO_FEW, np.where(data.equal, CONSTANT, OK))
    one = fit_constrained(log10_dose, response, offsets, weight=weight)
    found[~none], rss[~none], status[~none] = _one_step(one)[~none], one.rss[~none], ONE_STEP
    chosen = np.flatnonzero(~none)
    for k in range(0, chosen.size, _AT_ONCE):
        mine = chosen[k : k + _AT_ONCE]
        ends = _pairs(data, mine, one)
        total = ends.rss + data.pure[mine]
        better = (total < rss[mine] - _EXACT * data.total[mine]) & (ends.heights[1:] != 0).all(0)
        to = mine[better]
        found[to], rss[to], status[to] = _parameters(ends)[better], total[better], OK
    top, bottom, share, first, second, h1, h2 = found.T
    fits = BiphasicSlopesFits(
        top, bottom, share, first / _LN10, second / _LN10, h1, h2, np.full(few.size, np.nan), rss,
        data.wells, status,
    )  # fmt: skip
    middle = biphasic_slopes_dose(fits, 0.5 * (top + bottom))
    return fits._replace(log10_midpoint=middle)


def biphasic_slopes_response(
    log10_dose: np.ndarray, fits: BiphasicSlopesFits, curve: int
) -> np.ndarray:
    """Height of one fitted curve at log10 doses.

    Examples
    --------
    >>> x = np.repeat(np.linspace(-9.0, -3.0, 13), 2)
    >>> y = 0.5 / (1 + 10 ** (2 * (x + 8.0))) + 0.5 / (1 + 10 ** (2 * (x + 5.0)))
    >>> fits = fit_biphasic_slopes(x, y, np.array([0, 26]))
    >>> bool(np.allclose(biphasic_slopes_response(x, fits, 0), y, atol=1e-4))
    True
    """
    left = _left(np.asarray(log10_dose) * _LN10, [v[curve : curve + 1] for v in _steps(fits)])
    height: np.ndarray = fits.bottom[curve] + (fits.top[curve] - fits.bottom[curve]) * left
    return height


def biphasic_slopes_dose(fits: BiphasicSlopesFits, level: PerCurve | float) -> PerCurve:
    """log10 dose at which each curve equals ``level``, NaN where it never does.

    Examples
    --------
    >>> x = np.repeat(np.linspace(-9.0, -3.0, 13), 2)
    >>> y = 0.5 / (1 + 10 ** (2 * (x + 8.0))) + 0.5 / (1 + 10 ** (2 * (x + 5.0)))
    >>> fits = fit_biphasic_slopes(x, y, np.array([0, 26]))
    >>> biphasic_slopes_dose(fits, 0.5).round(2).tolist()
    [-6.5]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        left = (level - fits.bottom) / (fits.top - fits.bottom)
    left = np.where((left > 0.0) & (left < 1.0), left, np.nan)
    steps = _steps(fits)
    share, first, second, h1, h2 = steps
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log1p(-left) - np.log(left)
    ends = np.stack([first + odds / h1, second + odds / h2])
    low, high = ends.min(axis=0), ends.max(axis=0)  # each step alone stands at the level there
    for _ in range(80):
        middle = 0.5 * (low + high)
        above = _left(middle, steps) > left
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(np.where(share == 1.0, ends[0], 0.5 * (low + high)) / _LN10)


def _steps(fits: BiphasicSlopesFits) -> list[np.ndarray]:
    places = [fits.log10_ec50_1 * _LN10, fits.log10_ec50_2 * _LN10]
    return [fits.share, *places, fits.hill_1, fits.hill_2]


def _left(x: np.ndarray, steps: list[np.ndarray]) -> np.ndarray:
    share, first, second, h1, h2 = steps
    left: np.ndarray = share * expit(h1 * (first - x)) + (1.0 - share) * expit(h2 * (second - x))
    return left


def _one_step(one: HillFits) -> np.ndarray:
    place = one.log10_ec50 * _LN10
    whole = np.ones(place.size)
    return np.stack([one.top, one.bottom, whole, place, place, one.hill, one.hill], axis=1)


def _shapes(p: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two falling steps; parameters are ln EC50 and ln slope of the one, then of the other."""
    slopes = np.zeros((4, 2, *x.shape))
    down = np.empty((2, *x.shape))
    for k in (0, 1):
        h = np.exp(p[:, 2 * k + 1, None])
        z = h * (p[:, 2 * k, None] - x)
        down[k] = expit(z)
        bend = down[k] * (1.0 - down[k])
        slopes[2 * k, k], slopes[2 * k + 1, k] = h * bend, z * bend
    return down, slopes


def _pairs(data: Collapsed, chosen: np.ndarray, one: HillFits) -> Ends:
    """Lowest end of every chosen curve."""
    rows = rows_of(data, chosen)
    low, high = rows.x[:, 0], rows.x.max(axis=1)
    starts = []
    for i, curve in enumerate(chosen.tolist()):
        found = _starts(Rows(*(v[i] for v in rows)), low[i], high[i])
        single = np.array([one.log10_ec50[curve] * _LN10, np.log(one.hill[curve])])
        places = np.linspace(low[i], high[i], 9)
        beside = [[*single, a, h] for a in places for h in (0.0, 1.5)]  # a second step beside it
        starts.append(np.vstack([found, beside]))
    gentle, steep = (np.full(chosen.size, np.log(h)) for h in (SLOPE_LOWEST, SLOPE_HIGHEST))
    box = np.stack([low, gentle, low, gentle], axis=1), np.stack([high, steep] * 2, axis=1)
    return race(in_cone(_shapes), starts, rows, box)


def _starts(row: Rows, low: float, high: float) -> np.ndarray:
    """Pairs of steps that are better than their neighbors on the grid, best first."""
    places = np.linspace(low, high, int(np.ceil((high - low) / _GRID)) + 1)
    known = row.w > 0.0
    x, y, root = row.x[known], row.y[known], np.sqrt(row.w[known])
    weight = row.w[known] / row.w[known].sum()
    down = expit(_SLOPES[None, :, None] * (places[:, None, None] - x)).reshape(-1, x.size)
    u = root * (down - (down @ weight)[:, None])
    r = root * (y - y @ weight)
    r = r / np.sqrt(np.sum(r**2))
    size = np.sqrt(np.maximum((u**2).sum(axis=1), 1e-290))
    u = u / size[:, None]
    cross, toward = u @ u.T, u @ r
    wide = np.maximum(1.0 - cross**2, 1e-10)
    c1 = (toward[:, None] - cross * toward[None, :]) / wide
    c2 = c1.T
    gain = c1 * toward[:, None] + c2 * toward[None, :]
    alone = np.maximum(toward[:, None] ** 2, toward[None, :] ** 2)
    two = (c1 * c2 > 0.0) & (cross < 1.0 - 1e-9)
    gain = np.where(two, gain, alone)
    shape = (places.size, _SLOPES.size) * 2
    table = -gain.reshape(shape)
    dip = (table <= minimum_filter(table, 3, mode="nearest")) & two.reshape(shape)
    dips = np.flatnonzero(dip)
    flat = table.ravel()[dips]
    first, h1, second, h2 = np.unravel_index(dips, shape)
    once = (first < second) | ((first == second) & (h1 <= h2))  # each pair stands there twice
    kept = np.flatnonzero(once)
    _, fresh = np.unique(flat[kept].round(12), return_index=True)  # equal where no dose tells
    order = kept[fresh[:_STARTS]]
    slopes = np.log(_SLOPES)
    return np.stack(
        [places[first[order]], slopes[h1[order]], places[second[order]], slopes[h2[order]]], axis=1
    )


def _parameters(ends: Ends) -> np.ndarray:
    """Top, bottom, share, ln EC50s, slopes; the step at the lower dose first."""
    bottom, c1, c2 = ends.heights
    a, b = ends.parameters[:, :2], ends.parameters[:, 2:]
    swap = a[:, 0] > b[:, 0]
    near, far = np.where(swap[:, None], b, a), np.where(swap[:, None], a, b)
    share = np.where(swap, c2, c1) / (c1 + c2)
    slopes = np.exp(near[:, 1]), np.exp(far[:, 1])
    return np.stack([bottom + c1 + c2, bottom, share, near[:, 0], far[:, 0], *slopes], axis=1)
