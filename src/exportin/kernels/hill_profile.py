"""Profile-likelihood intervals for the EC50 and for an absolute effect dose such as the IC50."""

import numpy as np

from exportin.kernels.hill import HillFit, HillStatus
from exportin.kernels.hill_constrained import PinnedLevel, lowest_at_ec50
from exportin.kernels.hill_descent import Box, search_box
from exportin.kernels.hill_surface import LN10, DoseMeans, Wells, collapse, plain_rows
from exportin.kernels.profile_walk import NO_FIT, Interval, IntervalStatus, connected, f_threshold

_STEP = 0.1
_EXACT = 1e-20


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


def profile_ec50(
    log10_dose: Wells,
    response: Wells,
    fit: HillFit,
    *,
    conf_level: float = 0.95,
) -> Interval:
    """Interval of EC50 values that the wells do not contradict (extra sum of squares F test).

    All e with (RSS(e) - RSS) / (RSS / (n - 4)) <= F(1, n - 4), the other three parameters fitted
    anew for every e inside the box; the connected piece that holds the estimate.

    Parameters
    ----------
    log10_dose, response : (n,) arrays
        The wells that gave ``fit``.
    fit : HillFit
        Result of `fit_hill` for them.
    conf_level : float
        For example 0.95.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.hill import fit_hill, hill_response
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = hill_response(10.0**x, 1.0, 0.1, 1e-7, 1.0) + np.tile([0.02, -0.02], 9)
    >>> interval = profile_ec50(x, y, fit_hill(x, y))
    >>> round(interval.low, 2), round(interval.high, 2)
    (-7.07, -6.93)
    """
    data = collapse(log10_dose, response)
    if fit.status in {HillStatus.TOO_FEW, HillStatus.CONSTANT}:
        return NO_FIT
    if fit.rss <= _EXACT * data.total:
        return _exact(fit.log10_ec50)
    box, rows = search_box(data), plain_rows(data)
    limit = f_threshold(fit.rss, data.pure_error, data.n - 4, conf_level)

    def profile(ln_ec50: np.ndarray) -> np.ndarray:
        return limit(lowest_at_ec50(rows, ln_ec50, box, limit, np.log(fit.hill)))

    found = connected(profile, fit.log10_ec50 * LN10, _walk_grid(data, box))
    return NO_FIT if found is None else found


def profile_absolute(
    log10_dose: Wells,
    response: Wells,
    fit: HillFit,
    level: float,
    *,
    n_reference: float = np.inf,
    conf_level: float = 0.95,
) -> Interval:
    """Interval of doses at which the curve may equal ``level`` times the vehicle mean.

    Responses are divided by the mean of ``n_reference`` vehicle wells, whose own error counts: it
    is one more observation, V = 1 with weight n_reference. f(theta) = level * V turns it into a
    row (theta, level) of weight n_reference / level^2 in the fit; infinite ``n_reference`` (the
    table came normalized) makes the curve pass exactly through that point. Compatible are all
    theta with (RSS(theta) - RSS) / (RSS / (n - 4)) <= F(1, n - 4); returned is the connected
    piece that holds the estimate or, where the curve never reaches the level, the piece that
    holds the lowest RSS(theta), so that "> top dose" carries a lower limit.

    Parameters
    ----------
    log10_dose, response : (n,) arrays
        The wells that gave ``fit``; response relative to the vehicle mean.
    fit : HillFit
        Result of `fit_hill` for them.
    level : float
        Fraction of the vehicle mean, 0.5 for the IC50; above zero.
    n_reference : float
        Number of vehicle wells behind the mean, or infinity.
    conf_level : float
        For example 0.95.

    Raises
    ------
    ValueError
        If level or n_reference is not above zero.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.hill import fit_hill, hill_response
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> y = hill_response(10.0**x, 1.0, 0.0, 1e-7, 1.0) + np.tile([0.02, -0.02], 9)
    >>> fit = fit_hill(x, y)
    >>> exact = profile_absolute(x, y, fit, 0.5)
    >>> loose = profile_absolute(x, y, fit, 0.5, n_reference=6.0)
    >>> loose.low < exact.low < -7.0 < exact.high < loose.high
    True
    """
    if not (level > 0.0 and n_reference > 0.0):
        msg = f"Expected level and n_reference above zero, got {level} and {n_reference}."
        raise ValueError(msg)
    data = collapse(log10_dose, response)
    if fit.status in {HillStatus.TOO_FEW, HillStatus.CONSTANT}:
        return NO_FIT
    box = search_box(data)
    estimate = absolute_dose(fit.top, fit.bottom, fit.log10_ec50, fit.hill, level)
    if fit.rss <= _EXACT * data.total:
        return _beyond(data, level) if estimate is None else _exact(estimate)
    limit = f_threshold(fit.rss, data.pure_error, data.n - 4, conf_level)
    pinned = PinnedLevel(data, box, level, n_reference, fit)

    def profile(theta: np.ndarray) -> np.ndarray:
        return limit(pinned.lowest(theta, limit))

    start = None if estimate is None else estimate * LN10
    if start is not None and not box.low[0] <= start <= box.high[0]:
        start = None
    found = connected(profile, start, _walk_grid(data, box))
    return _beyond(data, level) if found is None else found


def _exact(estimate: float) -> Interval:
    return Interval(
        estimate, estimate, open_low=False, open_high=False, status=IntervalStatus.EXACT
    )


def _beyond(data: DoseMeans, level: float) -> Interval:
    """No compatible dose: above all doses where the last one is still on the vehicle's side."""
    side = np.inf if (data.mean[-1] - level) * (1.0 - level) >= 0.0 else -np.inf
    return Interval(side, side, side < 0.0, side > 0.0, IntervalStatus.EXCLUDED)


def _walk_grid(data: DoseMeans, box: Box) -> np.ndarray:
    """Every tenth of a decade over the box, the doses and the middles between them."""
    even = np.linspace(
        box.low[0], box.high[0], int((box.high[0] - box.low[0]) / (_STEP * LN10)) + 2
    )
    middle = 0.5 * (data.ln_dose[1:] + data.ln_dose[:-1])
    return np.unique(np.concatenate([even, data.ln_dose, middle]))
