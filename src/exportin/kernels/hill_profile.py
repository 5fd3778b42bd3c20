"""Profile-likelihood intervals for the EC50 and for an absolute effect dose such as the IC50."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from scipy.special import expit, fdtri

from exportin.kernels.hill import HillFit, HillStatus
from exportin.kernels.hill_batch import (
    CONSTANT,
    TOO_FEW,
    Collapsed,
    Count,
    Flag,
    HillFits,
    Offsets,
    PerCurve,
    Wells,
    collapse_many,
)
from exportin.kernels.hill_intervals import profile_curves
from exportin.kernels.hill_valleys import EC50, LEVEL

_LN10 = float(np.log(10.0))
_PARAMETERS = 4


class IntervalStatus(StrEnum):
    """How a profile interval ended."""

    OK = "ok"
    EXACT = "exact"
    EXCLUDED = "excluded"
    NO_FIT = "no_fit"


class Interval(NamedTuple):
    """Limits in log10 dose.

    An open end is the edge of the box (three decades beyond the tested doses), not a limit.
    ``excluded``: no dose in the box is compatible; both limits are +inf where the highest tested
    dose has not brought the response to the level, -inf where it is beyond it already.
    ``exact``: the curve goes through every point, so that there is no error to build on and the
    interval is the estimate. ``no_fit``: there was no curve; both limits NaN.
    """

    low: float
    high: float
    open_low: bool
    open_high: bool
    status: IntervalStatus


class HillIntervals(NamedTuple):
    """Profile intervals in log10 dose, an entry a curve; an open end is the edge of the box.

    ``status``: 0 found; 1 exact, the curve goes through every point and the interval is the
    estimate; 2 and 3 no dose in the box is compatible, all lie above or below it (both limits
    infinite); 4 there was no curve (limits NaN).
    """

    low: PerCurve
    high: PerCurve
    open_low: Flag
    open_high: Flag
    status: Count


def absolute_dose(
    top: float, bottom: float, log10_ec50: float, hill: float, level: float
) -> float | None:
    """log10 dose at which the curve equals ``level``, or None where it never does.

    log10 x = log10 ec50 + log10((top - level) / (level - bottom)) / hill

    Examples
    --------
    >>> round(absolute_dose(1.0, 0.2, -6.0, 1.0, 0.5), 6)
    -5.778151
    >>> absolute_dose(1.0, 0.6, -6.0, 1.0, 0.5) is None
    True
    """
    above, below = top - level, level - bottom
    if not above * below > 0.0:
        return None
    return log10_ec50 + float(np.log10(above / below)) / hill


def absolute_dose_many(fits: HillFits, level: float) -> PerCurve:
    """log10 dose at which each curve equals ``level``, NaN where it never does.

    Examples
    --------
    >>> from exportin.kernels.hill_batch import fit_many
    >>> x = np.linspace(-8.0, -5.0, 7)
    >>> fits = fit_many(x, 0.2 + 0.8 / (1 + 10 ** (x + 7.0)), np.array([0, 7]))
    >>> absolute_dose_many(fits, 0.5).round(4).tolist()
    [-6.7782]
    """
    above, below = fits.top - level, level - fits.bottom
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(above * below > 0.0, above / below, np.nan)
        found: np.ndarray = fits.log10_ec50 + np.log10(ratio) / fits.hill
    return found


def profile_ec50_many(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: HillFits,
    *,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of EC50 values that the wells of each curve do not contradict.

    All e with (RSS(e) - RSS) / (RSS / (n - 4)) <= F(1, n - 4), the other three parameters fitted
    anew for every e inside the box; the connected piece that holds the estimate (extra sum of
    squares).

    Parameters
    ----------
    log10_dose, response, offsets, weight
        What gave ``fits``; see `fit_many`.
    fits : HillFits
        Result of `fit_many` for them.
    conf_level : float
        For example 0.95.

    Raises
    ------
    ValueError
        If conf_level is not between 0 and 1.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.hill_batch import fit_many
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = 0.1 + 0.9 / (1 + 10 ** (x + 7.0)) + np.tile([0.02, -0.02], 9)
    >>> curves = x, y, np.array([0, 18])
    >>> interval = profile_ec50_many(*curves, fit_many(*curves))
    >>> interval.low.round(2).tolist(), interval.high.round(2).tolist()
    ([-7.07], [-6.93])
    """
    extra = np.zeros(fits.n.size)
    wells = (log10_dose, response, offsets, weight)
    return _profile(
        EC50, wells, fits, fits.log10_ec50, conf_level=conf_level, level=0.0, extra=extra
    )


def profile_absolute_many(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: HillFits,
    *,
    level: float,
    n_reference: PerCurve | float = np.inf,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of doses at which each curve may equal ``level`` times the vehicle mean.

    Responses are divided by the mean of ``n_reference`` vehicle wells, whose own error counts: it
    is one more observation, V = 1 with weight n_reference. f(theta) = level * V turns it into a
    row (theta, level) of weight n_reference / level^2 in the fit; infinite ``n_reference`` (the
    table came normalized) makes the curve pass exactly through that point. Compatible are all
    theta with (RSS(theta) - RSS) / (RSS / (n - 4)) <= F(1, n - 4); returned is the connected
    piece that holds the estimate or, where the curve never reaches the level, the piece towards
    the side on which the level lies (else the one with the lowest RSS(theta)), so that
    "> top dose" carries a lower limit.

    Parameters
    ----------
    log10_dose, response, offsets, weight
        What gave ``fits``; response relative to the vehicle mean.
    fits : HillFits
        Result of `fit_many` for them.
    level : float
        Fraction of the vehicle mean, 0.5 for the IC50; above zero.
    n_reference : float or (curves,) array
        Number of vehicle wells behind the mean, or infinity.
    conf_level : float
        For example 0.95.

    Raises
    ------
    ValueError
        If level or n_reference is not above zero, or conf_level not between 0 and 1.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.hill_batch import fit_many
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = 1 / (1 + 10 ** (x + 7.0)) + np.tile([0.02, -0.02], 9)
    >>> curves = x, y, np.array([0, 18])
    >>> fits = fit_many(*curves)
    >>> exact = profile_absolute_many(*curves, fits, level=0.5)
    >>> loose = profile_absolute_many(*curves, fits, level=0.5, n_reference=6.0)
    >>> bool(loose.low[0] < exact.low[0] < -7.0 < exact.high[0] < loose.high[0])
    True
    """
    wells_behind = np.broadcast_to(np.asarray(n_reference, np.float64), fits.n.shape)
    if not (level > 0.0 and bool((wells_behind > 0.0).all())):
        msg = f"Expected level and n_reference above zero, got {level} and {n_reference}."
        raise ValueError(msg)
    estimate = absolute_dose_many(fits, level)
    wells = (log10_dose, response, offsets, weight)
    return _profile(
        LEVEL, wells, fits, estimate, conf_level=conf_level, level=level,
        extra=wells_behind / level**2,
    )  # fmt: skip


def _profile(
    kind: int,
    wells: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None],
    fits: HillFits,
    estimate: np.ndarray,
    *,
    conf_level: float,
    level: float,
    extra: np.ndarray,
) -> HillIntervals:
    if not 0.0 < conf_level < 1.0:
        msg = f"Expected a confidence level between 0 and 1, got {conf_level}."
        raise ValueError(msg)
    data = collapse_many(*wells)
    none = (fits.status == TOO_FEW) | (fits.status == CONSTANT)
    found = np.full((none.size, 5), np.nan)
    found[:, 2:4], found[:, 4] = 1.0, 4.0
    df = np.maximum(fits.n - _PARAMETERS, 1).astype(np.float64)
    order = data.order[~none[data.order]]
    if order.size:
        profile_curves(
            kind, order, data.first, data.doses, data.dose, data.mean, data.weight, data.pure,
            data.total, fits.rss, fits.log10_ec50 * _LN10, np.log(fits.hill), estimate * _LN10,
            fdtri(1.0, df, conf_level) / df, level, np.ascontiguousarray(extra),
            _side(data, fits, level), found,
        )  # fmt: skip
    return HillIntervals(
        found[:, 0] / _LN10, found[:, 1] / _LN10, found[:, 2] == 1.0, found[:, 3] == 1.0,
        found[:, 4].astype(np.int64),
    )  # fmt: skip


def _side(data: Collapsed, fits: HillFits, level: float) -> np.ndarray:
    """Above zero where the curve at the highest dose is on the vehicle's side of the level."""
    last = np.where(data.doses > 0, data.dose[data.first + np.maximum(data.doses - 1, 0)], 0.0)
    z = fits.hill * (last - fits.log10_ec50 * _LN10)
    height = fits.top + (fits.bottom - fits.top) * expit(z)
    side: np.ndarray = (height - level) * (1.0 - level)
    return side


_STATUS = (
    IntervalStatus.OK,
    IntervalStatus.EXACT,
    IntervalStatus.EXCLUDED,
    IntervalStatus.EXCLUDED,
    IntervalStatus.NO_FIT,
)


def _one(found: HillIntervals) -> Interval:
    return Interval(
        float(found.low[0]), float(found.high[0]), bool(found.open_low[0]),
        bool(found.open_high[0]), _STATUS[int(found.status[0])],
    )  # fmt: skip


def _many(fit: HillFit) -> HillFits:
    code = list(HillStatus).index(fit.status)
    top, bottom, log10_ec50, hill, rss = (np.array([v]) for v in fit[:5])
    return HillFits(
        top, bottom, log10_ec50, hill, rss, np.array([fit.n]), np.array([0]),
        np.array([fit.at_box]), np.array([fit.converged]), np.array([code]),
    )  # fmt: skip


def profile_ec50(
    log10_dose: Wells, response: Wells, fit: HillFit, *, conf_level: float = 0.95
) -> Interval:
    """Interval of the EC50 of one curve; see `profile_ec50_many`.

    Examples
    --------
    >>> from exportin.kernels.hill import fit_hill
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = 0.1 + 0.9 / (1 + 10 ** (x + 7.0)) + np.tile([0.02, -0.02], 9)
    >>> interval = profile_ec50(x, y, fit_hill(x, y))
    >>> round(interval.low, 2), round(interval.high, 2)
    (-7.07, -6.93)
    """
    edges = np.array([0, response.size])
    return _one(profile_ec50_many(log10_dose, response, edges, _many(fit), conf_level=conf_level))


def profile_absolute(
    log10_dose: Wells,
    response: Wells,
    fit: HillFit,
    level: float,
    *,
    n_reference: float = np.inf,
    conf_level: float = 0.95,
) -> Interval:
    """Interval of the dose at which one curve equals ``level``; see `profile_absolute_many`.

    Examples
    --------
    >>> from exportin.kernels.hill import fit_hill
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = 1 / (1 + 10 ** (x + 7.0)) + np.tile([0.02, -0.02], 9)
    >>> interval = profile_absolute(x, y, fit_hill(x, y), 0.5)
    >>> bool(interval.low < -7.0 < interval.high)
    True
    """
    return _one(
        profile_absolute_many(
            log10_dose, response, np.array([0, response.size]), _many(fit),
            level=level, n_reference=n_reference, conf_level=conf_level,
        )
    )  # fmt: skip
