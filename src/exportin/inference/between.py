"""From the values of independent units, some of them bounds, to one mean with its interval."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from exportin.inference.samples import moments
from exportin.inference.t_outcome import t_quantile
from exportin.inference.unit_values import Codes, Values
from exportin.kernels.censored import (
    MIN_EXACT,
    CensoredStatus,
    censored_interval,
    fit_censored,
)

MIN_UNITS = 2
"""An interval between units needs a spread between units."""


class Combined(NamedTuple):
    """A mean over units, on their scale; a bound where no more is known."""

    value: float | None
    status: str
    bound: str = "="
    std_error: float | None = None
    low: float | None = None
    high: float | None = None
    conf_open: str = "none"
    df: float | None = None
    method: str = "between_t"


def combine_units(values: Values, censor: Codes, conf_level: float) -> Combined:
    """Mean over units with a t interval; with bounds, the censored likelihood or a bound.

    - One unit: its value or bound, without an interval, status too_few.
    - No bounds: mean, SE = s / sqrt(n), df = n - 1. Equal values give SE 0.
    - Bounds and at least two numbers: maximum likelihood and its interval. Where the mean lies
      beyond every number and beyond a bound, it would be extrapolated: the bound is given.
    - Bounds and fewer numbers: every unit is at or above the smallest (at or below the largest)
      value; bounds of both kinds leave nothing to say.

    Parameters
    ----------
    values, censor : arrays, shape (n,)
        As in `UnitValues`, without NaN; n of 1 or more.
    conf_level : float

    Examples
    --------
    >>> found = combine_units(np.array([1.0, 2.0, 3.0]), np.zeros(3, int), 0.95)
    >>> found.value, round(found.low, 3), found.df
    (2.0, -0.484, 2.0)
    >>> combine_units(np.array([1.0, 2.0]), np.array([0, 1]), 0.95)[:3]
    (1.0, 'at_bound', '>')
    """
    if values.size < MIN_UNITS:
        bound = {0: "=", 1: ">", -1: "<"}[int(censor[0])]
        return Combined(float(values[0]), "too_few", bound)
    if not censor.any():
        return _exact(values, conf_level)
    if np.count_nonzero(censor == 0) >= MIN_EXACT:
        return _censored(values, censor, conf_level)
    return bound_only(values, censor)


@lru_cache(maxsize=512)
def _quantile(conf_level: float, df: float) -> float:
    return -t_quantile(0.5 - 0.5 * conf_level, df)


def _exact(values: Values, conf_level: float) -> Combined:
    df = float(values.size - 1)
    if np.ptp(values) == 0.0:
        same = float(values[0])
        return Combined(same, "ok", std_error=0.0, low=same, high=same, df=df)
    m = moments(values, offset := float(values[0]))
    mean, error = m.mean + offset, math.sqrt(m.variance / m.n)
    reach = _quantile(conf_level, df) * error
    return Combined(mean, "ok", std_error=error, low=mean - reach, high=mean + reach, df=df)


def _censored(values: Values, censor: Codes, conf_level: float) -> Combined:
    method = "between_censored"
    df = float(values.size - 1)
    fit = fit_censored(values, censor)
    if fit.status != CensoredStatus.OK:  # equal numbers, and no bound speaks against them
        same = float(values[censor == 0][0])
        return Combined(same, "ok", conf_open="both", df=df, method=method)
    low, high = (
        end if math.isfinite(end) else None for end in censored_interval(values, censor, conf_level)
    )
    exact = values[censor == 0]
    if (censor == 1).any():
        edge = max(float(values[censor == 1].min()), float(exact.max()))
        if fit.mean > edge:
            near = None if low is None else min(low, edge)
            side = "both" if near is None else "high"
            return Combined(edge, "at_bound", ">", None, near, None, side, df, method)
    if (censor == -1).any():
        edge = min(float(values[censor == -1].max()), float(exact.min()))
        if fit.mean < edge:
            near = None if high is None else max(high, edge)
            side = "both" if near is None else "low"
            return Combined(edge, "at_bound", "<", None, None, near, side, df, method)
    side = open_side(low, high)
    return Combined(fit.mean, "ok", "=", None, low, high, side, df, method)


def bound_only(values: Values, censor: Codes) -> Combined:
    """Give the bound that holds for every unit.

    Examples
    --------
    >>> bound_only(np.array([1.0, 2.0]), np.array([-1, -1]))[:3]
    (2.0, 'at_bound', '<')
    """
    method = "between_bound"
    if {-1, 1} <= set(censor.tolist()):
        return Combined(None, "not_identifiable", method=method)
    if (censor == 1).any():
        least = float(values.min())
        return Combined(least, "at_bound", ">", conf_open="high", method=method)
    return Combined(float(values.max()), "at_bound", "<", conf_open="low", method=method)


def open_side(low: float | None, high: float | None) -> str:
    """Name the side of an interval that has no limit.

    Examples
    --------
    >>> open_side(None, 1.0), open_side(0.0, 1.0)
    ('low', 'none')
    """
    if low is None:
        return "both" if high is None else "low"
    return "high" if high is None else "none"
