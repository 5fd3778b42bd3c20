"""Restricted mean survival time: the area under a survival curve up to a stated day."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from exportin.kernels.survival_km import KaplanMeier
from exportin.kernels.survival_limits import normal_quantile


class RmstStatus(StrEnum):
    """How it ended."""

    OK = "ok"
    BEYOND = "beyond_followup"


class Rmst(NamedTuple):
    """Mean event-free time up to the horizon; NaN unless the status is ok."""

    value: float
    std_error: float
    low: float
    high: float
    horizon: float
    status: RmstStatus


class RmstContrast(NamedTuple):
    """Difference (a minus b) and ratio (a over b) of two restricted means, with limits.

    The ratio is NaN where a mean is zero.
    """

    difference: float
    std_error: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    status: RmstStatus


def rmst(curve: KaplanMeier, horizon: float, conf_level: float = 0.95) -> Rmst:
    """Average event-free time within the first days, up to a stated horizon.

    Area under the Kaplan-Meier curve to the horizon; variance: sum over event times of (area from
    there to the horizon)^2 d / (n (n - d)). A horizon after the last follow-up is refused, unless
    everybody had the event: then the curve is zero from there on and nothing is unknown.

    Parameters
    ----------
    curve : KaplanMeier
    horizon : float
        Above zero, in the unit of the times, which start at zero.

    References
    ----------
    Royston and Parmar 2013, doi:10.1186/1471-2288-13-152; Uno 2014, doi:10.1200/JCO.2014.55.2208.

    Examples
    --------
    >>> from exportin.kernels.survival_km import kaplan_meier
    >>> curve = kaplan_meier(np.array([2.0, 4.0, 6.0]), np.array([True, True, False]))
    >>> round(rmst(curve, 6.0).value, 4), rmst(curve, 7.0).status.value
    (4.0, 'beyond_followup')
    """
    z = normal_quantile(conf_level)
    if not (np.isfinite(horizon) and horizon > 0.0):
        raise ValueError(f"Expected a horizon above zero, got {horizon:g}.")
    if float(curve.time[0]) < 0.0:
        raise ValueError("Expected times from zero on; subtract the day of the start.")
    beyond = horizon > curve.last_followup * (1.0 + 1e-12)
    if beyond and curve.survival[-1] > 0.0:
        return Rmst(np.nan, np.nan, np.nan, np.nan, horizon, RmstStatus.BEYOND)
    inside = curve.time <= horizon
    edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
    area = np.diff(edges) * np.concatenate([[1.0], curve.survival[inside]])
    later = np.cumsum(area[::-1])[::-1][1:]
    n, d = curve.n_risk[inside], curve.n_event[inside]
    known = (n > d) & (d > 0.0)
    step = np.where(known, d / np.where(known, n * (n - d), 1.0), 0.0)
    value, error = float(area.sum()), float(np.sqrt(np.sum(later**2 * step)))
    return Rmst(value, error, value - z * error, value + z * error, horizon, RmstStatus.OK)


def rmst_contrast(a: Rmst, b: Rmst, conf_level: float = 0.95) -> RmstContrast:
    """Compare two restricted means up to one horizon: difference and ratio with limits.

    Examples
    --------
    >>> from exportin.kernels.survival_km import kaplan_meier
    >>> a = kaplan_meier(np.array([4.0, 8.0]), np.array([True, True]))
    >>> b = kaplan_meier(np.array([2.0, 4.0]), np.array([True, True]))
    >>> rmst_contrast(rmst(a, 4.0), rmst(b, 4.0)).difference
    1.0
    """
    z = normal_quantile(conf_level)
    if a.horizon != b.horizon:
        raise ValueError(f"Expected one horizon, got {a.horizon:g} and {b.horizon:g}.")
    if a.status is not RmstStatus.OK or b.status is not RmstStatus.OK:
        nan = np.nan
        return RmstContrast(nan, nan, nan, nan, nan, nan, nan, RmstStatus.BEYOND)
    difference = a.value - b.value
    error = float(np.hypot(a.std_error, b.std_error))
    ratio, wide = np.nan, np.nan
    if a.value > 0.0 and b.value > 0.0:
        ratio = a.value / b.value
        wide = float(np.exp(z * np.hypot(a.std_error / a.value, b.std_error / b.value)))
    return RmstContrast(
        difference, error, difference - z * error, difference + z * error,
        ratio, ratio / wide, ratio * wide, RmstStatus.OK,
    )  # fmt: skip
