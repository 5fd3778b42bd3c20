"""Two Hill steps, one after the other: two populations of cells or two targets of one drug."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

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
from exportin.kernels.two_shapes import Ends, Rows, rows_of, search, starts_on

PARAMETERS = 5
MIN_BIPHASIC_DOSES = 7
"""Two steps want a dose before, two on each and one after both; with fewer, one dose that is off
makes a second step."""
BIPHASIC_DECADES = 1.0
"""Box of both EC50s beyond the tested doses: a step a decade outside shows a tenth of itself, and
further out its height is free to be anything."""
ONE_STEP = 4
"""Status: the best curve has one step only; its parameters are those of slope 1."""
_LN10 = float(np.log(10.0))
_GRID = 0.5
"""Ln doses between EC50s that are looked at; a step of slope 1 is about 4 ln doses wide."""


class BiphasicFits(NamedTuple):
    """Fitted curves, an entry a curve; NaN where status is 2 or 3.

    ``share`` is the part of the whole fall that the first step (``log10_ec50_1``, the lower dose)
    takes. ``log10_midpoint`` is where half of the way from top to bottom is gone. ``status``:
    0 ok, 2 too few doses or wells, 3 all responses equal, 4 one step only (share 1).
    """

    top: PerCurve
    bottom: PerCurve
    share: PerCurve
    log10_ec50_1: PerCurve
    log10_ec50_2: PerCurve
    log10_midpoint: PerCurve
    rss: PerCurve
    n: Count
    status: Count


def biphasic_response(log10_dose: np.ndarray, fits: BiphasicFits, curve: int) -> np.ndarray:
    """Height of one fitted curve at log10 doses.

    Examples
    --------
    >>> x = np.linspace(-9.0, -3.0, 13)
    >>> y = 0.5 / (1 + 10 ** (x + 8.0)) + 0.5 / (1 + 10 ** (x + 5.0))
    >>> fits = fit_biphasic(x, y, np.array([0, 13]))
    >>> bool(np.allclose(biphasic_response(x, fits, 0), y))
    True
    """
    one = BiphasicFits(*(v[curve : curve + 1] for v in fits))
    height: np.ndarray = biphasic_heights(np.asarray(log10_dose), one)
    return height


def biphasic_heights(log10_dose: np.ndarray, fits: BiphasicFits) -> np.ndarray:
    """Height of every fitted curve at a log10 dose of its own.

    Examples
    --------
    >>> x = np.linspace(-9.0, -3.0, 13)
    >>> y = 0.5 / (1 + 10 ** (x + 8.0)) + 0.5 / (1 + 10 ** (x + 5.0))
    >>> fits = fit_biphasic(x, y, np.array([0, 13]))
    >>> biphasic_heights(np.array([-6.5]), fits).round(3).tolist()
    [0.5]
    """
    first = expit(_LN10 * (fits.log10_ec50_1 - log10_dose))
    second = expit(_LN10 * (fits.log10_ec50_2 - log10_dose))
    left = fits.share * first + (1.0 - fits.share) * second
    height: np.ndarray = fits.bottom + (fits.top - fits.bottom) * left
    return height


def fit_biphasic(
    log10_dose: Wells, response: Wells, offsets: Offsets, weight: Wells | None = None
) -> BiphasicFits:
    """Fit two steps of slope 1 to every experiment.

    f(x) = bottom + (top - bottom) (s / (1 + x / e1) + (1 - s) / (1 + x / e2)), e1 <= e2,
    0 <= s <= 1, five free parameters (Prism's "Biphasic", slopes 1), least squares; both EC50s
    within one decade of the tested doses. All pairs of EC50s on a grid are looked at, and
    Levenberg-Marquardt steps with the three linear parameters projected out go down from the
    lowest. Where no pair is better than one step, the status says so.

    Parameters
    ----------
    log10_dose, response, offsets, weight
        As `fit_many` takes them; at least seven doses and six wells a curve.

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
    >>> x = np.linspace(-9.0, -3.0, 13)
    >>> y = 0.3 / (1 + 10 ** (x + 8.0)) + 0.7 / (1 + 10 ** (x + 5.0))
    >>> fits = fit_biphasic(x, y, np.array([0, 13]))
    >>> fits.share.round(4).tolist(), fits.log10_ec50_1.round(4).tolist()
    ([0.3], [-8.0])
    """
    data = collapse_many(log10_dose, response, offsets, weight)
    few = (data.doses < MIN_BIPHASIC_DOSES) | (data.wells <= PARAMETERS)
    none = few | data.equal
    size = few.size
    found = np.full((size, 5), np.nan)
    rss = data.total.copy()
    status = np.where(few, TOO_FEW, np.where(data.equal, CONSTANT, OK))
    one = fit_constrained(log10_dose, response, offsets, hill=1.0, weight=weight)
    found[~none], rss[~none], status[~none] = _one_step(one)[~none], one.rss[~none], ONE_STEP
    chosen = np.flatnonzero(~none)
    if chosen.size:
        ends = _pairs(data, chosen, one.log10_ec50[chosen] * _LN10)
        better = ends.rss + data.pure[chosen] < rss[chosen] - 1e-12 * data.total[chosen]
        to = chosen[better]
        found[to] = _parameters(ends)[better]
        rss[to] = (ends.rss + data.pure[chosen])[better]
        status[to] = OK
    top, bottom, share, first, second = found.T
    middle = _dose_of(share, first, second, np.full(size, 0.5))
    return BiphasicFits(
        top, bottom, share, first / _LN10, second / _LN10, middle / _LN10, rss, data.wells, status
    )  # fmt: skip


def _one_step(one: HillFits) -> np.ndarray:
    place = one.log10_ec50 * _LN10
    return np.stack([one.top, one.bottom, np.ones(place.size), place, place], axis=1)


def shapes(p: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two falling steps at ln EC50s (n, 2) over ln doses (n, doses), and their derivatives."""
    down = np.stack([expit(p[:, :1] - x), expit(p[:, 1:] - x)])
    bend = down * (1.0 - down)
    none = np.zeros_like(bend[0])
    return down, np.stack([np.stack([bend[0], none]), np.stack([none, bend[1]])])


def _same_way(c1: np.ndarray, c2: np.ndarray) -> np.ndarray:
    """Both steps go down, or both go up."""
    return np.asarray(c1 * c2 > 0.0)


def _pairs(data: Collapsed, chosen: np.ndarray, one: np.ndarray) -> Ends:
    """Lowest end of every chosen curve; ``one`` is where a single step would stand."""
    rows = rows_of(data, chosen)
    reach = BIPHASIC_DECADES * _LN10
    low, high = rows.x[:, 0] - reach, rows.x.max(axis=1) + reach
    starts = []
    for i in range(chosen.size):
        count = int(np.ceil((high[i] - low[i]) / _GRID)) + 1
        grid = np.sort(np.append(np.linspace(low[i], high[i], count), one[i]))
        row = Rows(*(v[i] for v in rows))
        down = expit(grid[:, None] - row.x)
        both = np.broadcast_arrays(down[:, None], down[None, :])
        starts.append(starts_on((grid, grid), row, np.stack(both), _same_way))
    box = np.stack([low, low], axis=1), np.stack([high, high], axis=1)
    return search(starts, rows, shapes, _same_way, box)


def _parameters(ends: Ends) -> np.ndarray:
    bottom, c1, c2 = ends.coefficients
    swap = ends.parameters[:, 0] > ends.parameters[:, 1]
    first, second = np.sort(ends.parameters, axis=1).T
    whole = np.where(c1 + c2 != 0.0, c1 + c2, 1.0)  # a flat curve has no first step
    share = np.where(swap, c2, c1) / whole
    return np.stack([bottom + c1 + c2, bottom, share, first, second], axis=1)


def biphasic_dose(fits: BiphasicFits, level: float) -> PerCurve:
    """log10 dose at which each curve equals ``level``, NaN where it never does.

    Examples
    --------
    >>> x = np.linspace(-9.0, -3.0, 13)
    >>> y = 0.3 / (1 + 10 ** (x + 8.0)) + 0.7 / (1 + 10 ** (x + 5.0))
    >>> fits = fit_biphasic(x, y, np.array([0, 13]))
    >>> at = biphasic_dose(fits, 0.5)
    >>> biphasic_response(at, fits, 0).round(6).tolist()
    [0.5]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        left = (level - fits.bottom) / (fits.top - fits.bottom)
    left = np.where((left > 0.0) & (left < 1.0), left, np.nan)
    first, second = fits.log10_ec50_1 * _LN10, fits.log10_ec50_2 * _LN10
    return _dose_of(fits.share, first, second, left) / _LN10


def _dose_of(
    share: np.ndarray, first: np.ndarray, second: np.ndarray, left: np.ndarray
) -> np.ndarray:
    """Ln dose where ``left`` of the fall is still to come.

    left = s / (1 + t / e1) + (1 - s) / (1 + t / e2). In units of e1, with r = e2 / e1: the
    positive root of t^2 + t (p (1 + r) - s - (1 - s) r) / p - r (1 - p) / p = 0 for p = left.
    """
    wide = np.exp(np.clip(second - first, 0.0, 300.0))
    b = (left * (1.0 + wide) - share - (1.0 - share) * wide) / left
    c = wide * (1.0 - left) / left
    root = np.sqrt(b * b + 4.0 * c)
    t = np.where(b > 0.0, 2.0 * c / (b + root), 0.5 * (root - b))
    return np.asarray(first + np.log(t))
