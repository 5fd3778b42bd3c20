"""From the values of independent units, some of them bounds, to one mean with its interval."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from exportin.inference.samples import moments
from exportin.inference.t_outcome import t_quantile
from exportin.inference.unit_values import Codes, Values
from exportin.kernels.censored import MIN_EXACT
from exportin.kernels.censored_panel import fit_panel, panel_intervals

MIN_UNITS = 2
"""An interval between units needs a spread between units."""


Group = tuple[np.ndarray, np.ndarray]


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
    return combine_many([(values, censor)], conf_level)[0]


def combine_many(groups: Sequence[Group], conf_level: float) -> list[Combined]:
    """Combine many groups of units, each by itself; those with bounds are fitted together.

    Examples
    --------
    >>> one = (np.array([1.0, 2.0, 3.0]), np.array([0, 0, 1]))
    >>> [found.method for found in combine_many([one, one], 0.95)]
    ['between_censored', 'between_censored']
    """
    done = [_simple(values, censor, conf_level) for values, censor in groups]
    rest = [i for i, found in enumerate(done) if found is None]
    if rest:
        values, censor = padded([groups[i] for i in rest])
        fit = fit_panel(values, censor)
        low, high = panel_intervals(values, censor, conf_level)
        for i, mean, fitted, *ends in zip(rest, fit.mean, fit.fitted, low, high, strict=True):
            df = float(groups[i][0].size - 1)
            done[i] = likely(*groups[i], float(mean) if fitted else None, ends, df)
    return [found for found in done if found is not None]


def padded(groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    """Stack groups of different sizes into one table; NaN where there is no unit.

    Examples
    --------
    >>> padded([(np.array([1.0]), np.array([0])), (np.array([2.0, 3.0]), np.array([0, 1]))])[1]
    array([[0, 0],
           [0, 1]])
    """
    shape = (len(groups), max(values.size for values, _ in groups))
    table, codes = np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)
    for i, (values, censor) in enumerate(groups):
        table[i, : values.size], codes[i, : values.size] = values, censor
    return table, codes


def _simple(values: Values, censor: Codes, conf_level: float) -> Combined | None:
    """Combine what needs no likelihood; None where a group does."""
    if values.size < MIN_UNITS:
        bound = {0: "=", 1: ">", -1: "<"}[int(censor[0])]
        return Combined(float(values[0]), "too_few", bound)
    if not censor.any():
        return _exact(values, conf_level)
    return None if np.count_nonzero(censor == 0) >= MIN_EXACT else bound_only(values, censor)


@lru_cache(maxsize=512)
def quantile(conf_level: float, df: float) -> float:
    """Give the two-sided quantile of t.

    Examples
    --------
    >>> round(quantile(0.95, 2.0), 4)
    4.3027
    """
    return -t_quantile(0.5 - 0.5 * conf_level, df)


def _exact(values: Values, conf_level: float) -> Combined:
    df = float(values.size - 1)
    if np.ptp(values) == 0.0:
        same = float(values[0])
        return Combined(same, "ok", std_error=0.0, low=same, high=same, df=df)
    m = moments(values, offset := float(values[0]))
    mean, error = m.mean + offset, math.sqrt(m.variance / m.n)
    reach = quantile(conf_level, df) * error
    return Combined(mean, "ok", std_error=error, low=mean - reach, high=mean + reach, df=df)


def likely(
    values: Values,
    censor: Codes,
    mean: float | None,
    ends: Sequence[float],
    df: float,
    *,
    method: str = "between_censored",
) -> Combined:
    """Say what a censored likelihood found; a mean beyond all numbers and a bound is that bound.

    Parameters
    ----------
    values, censor : arrays, shape (n,)
    mean : float or None
        Maximum-likelihood mean; None where the numbers are equal and no bound contradicts them.
    ends : (low, high)
        Infinite where open.
    df : float
    method : str

    Examples
    --------
    >>> likely(np.array([1.0, 2.0, 2.5]), np.array([0, 0, 1]), 2.7, (1.4, np.inf), 2.0)[:3]
    (2.5, 'at_bound', '>')
    """
    if mean is None:
        same = float(values[censor == 0][0])
        return Combined(same, "ok", conf_open="both", df=df, method=method)
    low, high = (float(end) if math.isfinite(end) else None for end in ends)
    exact = values[censor == 0]
    if (censor == 1).any():
        edge = max(float(values[censor == 1].min()), float(exact.max()))
        if mean > edge:
            near = None if low is None else min(low, edge)
            side = "both" if near is None else "high"
            return Combined(edge, "at_bound", ">", None, near, None, side, df, method)
    if (censor == -1).any():
        edge = min(float(values[censor == -1].max()), float(exact.min()))
        if mean < edge:
            near = None if high is None else max(high, edge)
            side = "both" if near is None else "low"
            return Combined(edge, "at_bound", "<", None, None, near, side, df, method)
    side = open_side(low, high)
    return Combined(mean, "ok", "=", None, low, high, side, df, method)


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
