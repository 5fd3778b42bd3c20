"""Potencies of many curves at once: every answer an estimate, a bound or a reason."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from exportin.kernels.hill_batch import (
    CONSTANT,
    TOO_FEW,
    Collapsed,
    HillFits,
    collapse_many,
    fit_many,
)
from exportin.kernels.hill_profile import (
    HillIntervals,
    absolute_dose_many,
    profile_absolute_many,
    profile_ec50_many,
)
from exportin.kernels.response_test import (
    ALPHA_NO_RESPONSE,
    N_DRAWS,
    step_null,
    step_p,
    step_statistics,
)

Wells = Float[np.ndarray, " wells"]
Offsets = Int[np.ndarray, " edges"]
PerCurve = Float[np.ndarray, " curves"]
Flag = Bool[np.ndarray, " curves"]
Code = Int[np.ndarray, " curves"]
Draws = Float[np.ndarray, " draw"]

STATUS = ("ok", "at_bound", "no_response", "too_few", "not_identifiable")
OK, AT_BOUND, NO_RESPONSE, FEW, NOT_IDENTIFIABLE = range(5)
BOUND = ("=", ">", "<")
EQUAL, ABOVE, BELOW = range(3)
FAR_APART = 0.5
"""Dose means that differ by half of the vehicle's response are not those of an inert drug."""
_LN10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Potencies:
    """A dose that each curve defines, natural scale; NaN where there is none (see status).

    ``low`` and ``high`` are NaN where the interval is open; ``bound`` and ``status`` are places in
    `BOUND` and `STATUS`.
    """

    value: PerCurve
    low: PerCurve
    high: PerCurve
    bound: Code
    status: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyFits:
    """Everything many curves give: fits, p values of the response test, potencies, areas.

    ``absolute`` holds a `Potencies` a level; ``emax`` is the effect of the highest tested dose
    and ``auc`` the mean height over the tested log doses, both of the fitted curve; of the dose
    means where there is no response.
    """

    fits: HillFits
    p_response: PerCurve
    responds: Flag
    ec50: Potencies
    absolute: tuple[Potencies, ...]
    emax: PerCurve
    auc: PerCurve


def fit_all(
    dose: Wells,
    response: Wells,
    offsets: Offsets,
    *,
    levels: tuple[float, ...],
    n_reference: PerCurve | float,
    conf_level: float,
    seed: int,
) -> ManyFits:
    """Fit every curve and say what may be said of its EC50 and its absolute doses.

    Parameters
    ----------
    dose, response, offsets
        Wells of the curves, one curve after another, as `fit_many` takes them; doses above zero,
        natural scale; response as a fraction of the vehicle's.
    levels
        Fractions of the vehicle's response that define absolute doses (0.5 for the IC50).
    n_reference
        Number of vehicle wells behind the fractions, infinite if they are exact.
    conf_level
        Level of the intervals.
    seed
        Of the Monte Carlo null distributions of the response test.

    Examples
    --------
    >>> x = np.repeat(10.0 ** np.arange(-9.0, -4.0), 2)
    >>> y = 1 / (1 + x / 1e-7) + np.tile([0.02, -0.02], 5)
    >>> found = fit_all(x, y, np.array([0, 10]), levels=(0.5,), n_reference=8.0, conf_level=0.95,
    ...                 seed=1)
    >>> round(found.ec50.value[0] * 1e9), found.absolute[0].bound.tolist()
    (100, [0])
    """
    log10_dose = np.log10(dose)
    fits = fit_many(log10_dose, response, offsets)
    p = response_p(log10_dose, response, offsets, fits, seed)
    responds = responding(fits, p)
    wells, edges, some = _chosen(log10_dose, response, offsets, fits, responds)
    profile = profile_ec50_many(*wells, edges, some, conf_level=conf_level)
    ec50 = _spread(profile, responds)
    behind = np.broadcast_to(np.asarray(n_reference, np.float64), responds.shape)
    absolute = []
    for level in levels:
        profile = profile_absolute_many(
            *wells, edges, some, level=level, n_reference=behind[responds], conf_level=conf_level
        )
        absolute.append(_spread(profile, responds))
    intervals = (ec50, *absolute)
    return answers(
        dose, response, offsets, fits=fits, p=p, intervals=intervals, levels=levels
    )  # fmt: skip


def response_p(
    log10_dose: Wells, response: Wells, offsets: Offsets, fits: HillFits, seed: int
) -> PerCurve:
    """Give the p value of the response test of every curve, NaN with too few doses or wells."""
    data = collapse_many(log10_dose, response, offsets)
    p: np.ndarray = np.where(fits.status == TOO_FEW, np.nan, _response_p(data, seed))
    return p


def responding(fits: HillFits, p: PerCurve) -> Flag:
    """Curves with a dose response."""
    few = fits.status == TOO_FEW
    return np.asarray(~few & (fits.status != CONSTANT) & (p <= ALPHA_NO_RESPONSE))


def answers(
    dose: Wells,
    response: Wells,
    offsets: Offsets,
    *,
    fits: HillFits,
    p: PerCurve,
    intervals: tuple[HillIntervals, ...],
    levels: tuple[float, ...],
) -> ManyFits:
    """Turn fits and intervals, those of the EC50 and then one of each level, into answers."""
    few, responds = fits.status == TOO_FEW, responding(fits, p)
    plain = _plain(collapse_many(np.log10(dose), response, offsets))
    unclear = _unclear(fits, responds, plain)
    ends = _tested(dose, offsets)
    absolute = tuple(
        _absolute(fits, responds, found, ends, plain=plain, level=level)
        for level, found in zip(levels, intervals[1:], strict=True)
    )
    emax = 1.0 - np.where(responds, curve_height(fits, np.log10(ends[1])), plain.last)
    auc = np.where(responds, _area(fits, np.log10(ends[0]), np.log10(ends[1])), plain.area)
    ec50 = _ec50(fits, responds, intervals[0], ends)
    ec50.status[unclear] = NOT_IDENTIFIABLE
    return ManyFits(
        fits=fits, p_response=p, responds=responds, ec50=ec50, absolute=absolute,
        emax=np.where(few, np.nan, emax), auc=np.where(few, np.nan, auc),
    )  # fmt: skip


def curve_height(fits: HillFits, log10_dose: PerCurve) -> PerCurve:
    """Height of every fitted curve at a log10 dose of its own."""
    z = fits.hill * (log10_dose - fits.log10_ec50) * _LN10
    with np.errstate(over="ignore"):
        height: np.ndarray = fits.bottom + (fits.top - fits.bottom) / (1.0 + np.exp(z))
    return height


def _area(fits: HillFits, lowest: np.ndarray, highest: np.ndarray) -> np.ndarray:
    """Mean height over log dose: the integral of 1 / (1 + exp(z)) is z - ln(1 + exp(z))."""
    rate = fits.hill * _LN10
    z_low, z_high = (rate * (end - fits.log10_ec50) for end in (lowest, highest))
    with np.errstate(invalid="ignore"):
        share = (z_high - np.logaddexp(0.0, z_high)) - (z_low - np.logaddexp(0.0, z_low))
    mean: np.ndarray = fits.bottom + (fits.top - fits.bottom) * share / (z_high - z_low)
    return mean


def _response_p(data: Collapsed, seed: int) -> np.ndarray:
    """Give p values of the response test; curves with equal wells per dose share their null."""
    statistic = step_statistics(data)
    groups: dict[tuple[float, ...], list[int]] = {}
    for i, (begin, m) in enumerate(zip(data.first.tolist(), data.doses.tolist(), strict=True)):
        if m > 1:
            groups.setdefault(tuple(data.weight[begin : begin + m].tolist()), []).append(i)
    p = np.ones(statistic.size)
    for counts, members in groups.items():
        null = response_null(tuple(int(c) for c in counts), seed)
        p[members] = step_p(statistic[members], null)
    return np.where(data.equal, 1.0, p)


@lru_cache(maxsize=1024)
def response_null(counts: tuple[int, ...], seed: int) -> Draws:
    """Reuse the null distribution of a design; it depends on the wells per dose only."""
    return step_null(np.array(counts), N_DRAWS, np.random.default_rng([seed, *counts]))


def _chosen(
    log10_dose: Wells, response: Wells, offsets: Offsets, fits: HillFits, chosen: Flag
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, HillFits]:
    """Wells, offsets and fits of the chosen curves only."""
    size = np.diff(offsets)
    keep = np.repeat(chosen, size)
    edges = np.concatenate([[0], np.cumsum(size[chosen])]).astype(np.int64)
    return (log10_dose[keep], response[keep]), edges, HillFits(*(v[chosen] for v in fits))


def _spread(found: HillIntervals, chosen: np.ndarray) -> HillIntervals:
    """Intervals of the chosen curves among all; the others are open."""
    size = chosen.size
    out = HillIntervals(
        np.full(size, np.nan), np.full(size, np.nan), np.ones(size, bool), np.ones(size, bool),
        np.full(size, 4),
    )  # fmt: skip
    for to, values in zip(out, found, strict=True):
        to[chosen] = values
    return out


def _tested(dose: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest tested dose of every curve; NaN where there is none."""
    some = np.diff(offsets) > 0
    low, high = np.full(some.size, np.nan), np.full(some.size, np.nan)
    if some.any():
        low[some] = np.minimum.reduceat(dose, offsets[:-1][some])
        high[some] = np.maximum.reduceat(dose, offsets[:-1][some])
    return low, high


@dataclass(frozen=True, slots=True)
class _Plain:
    """What the dose means of each curve say without a model, NaN where there are none."""

    mean: np.ndarray
    least: np.ndarray
    most: np.ndarray
    last: np.ndarray
    area: np.ndarray


def _plain(data: Collapsed) -> _Plain:
    out = _Plain(*(np.full(data.doses.size, np.nan) for _ in range(5)))
    for m in np.unique(data.doses[data.doses > 0]):
        mine = np.flatnonzero(data.doses == m)
        at = data.first[mine][:, None] + np.arange(m)
        x, y = data.dose[at], data.mean[at]
        out.mean[mine] = np.average(y, axis=1, weights=data.weight[at])
        out.least[mine], out.most[mine], out.last[mine] = y.min(1), y.max(1), y[:, -1]
        span = x[:, -1] - x[:, 0]
        area = np.trapezoid(y, x, axis=1)
        out.area[mine] = area / span if m > 1 else y[:, 0]
    return out


def _unclear(fits: HillFits, responds: Flag, plain: _Plain) -> Flag:
    """Curves without a proven response whose dose means are nevertheless far apart.

    With few wells, or one bad well, the response test sees nothing; "no response" would be said
    of a drug that kills. Far apart: by half of the vehicle's response, or of the largest mean.
    """
    size = np.maximum(np.maximum(np.abs(plain.most), np.abs(plain.least)), 1.0)
    apart = plain.most - plain.least >= FAR_APART * size
    return np.asarray((fits.status != TOO_FEW) & ~responds & apart)


def _limits(found: HillIntervals) -> tuple[np.ndarray, np.ndarray]:
    low = np.where(found.open_low, np.nan, 10.0**found.low)
    return low, np.where(found.open_high, np.nan, 10.0**found.high)


def _none(size: int) -> tuple[np.ndarray, ...]:
    nan = np.full(size, np.nan)
    return nan, nan.copy(), nan.copy(), np.zeros(size, np.int64), np.full(size, FEW)


def _ec50(
    fits: HillFits, responds: Flag, found: HillIntervals, ends: tuple[np.ndarray, np.ndarray]
) -> Potencies:
    """Give the midpoint, or the near limit of one outside the tested doses (an extrapolation).

    Unlike the absolute IC50, where the data at the last dose show that the level was not reached,
    a midpoint outside rests on a plateau that nobody saw; without a near limit it says nothing.
    """
    value, low, high, bound, status = _none(responds.size)
    status[fits.status != TOO_FEW] = NO_RESPONSE
    lowest, highest = ends
    near_low, near_high = _limits(found)
    over, under = fits.log10_ec50 > np.log10(highest), fits.log10_ec50 < np.log10(lowest)
    inside = responds & ~over & ~under
    value[inside] = 10.0 ** fits.log10_ec50[inside]
    low[inside], high[inside], status[inside] = near_low[inside], near_high[inside], OK
    for side, beyond, end, near in (
        (ABOVE, over, highest, np.fmin),
        (BELOW, under, lowest, np.fmax),
    ):
        mine = responds & beyond
        limit = near_low if side == ABOVE else near_high
        known = mine & ~np.isnan(limit)
        edge = near(limit[known], end[known])
        value[known] = edge
        (low if side == ABOVE else high)[known] = edge
        bound[known] = side
        status[mine] = NOT_IDENTIFIABLE
        status[known] = np.where(edge == end[known], AT_BOUND, NOT_IDENTIFIABLE)
    return Potencies(value=value, low=low, high=high, bound=bound, status=status)


def _absolute(
    fits: HillFits,
    responds: Flag,
    found: HillIntervals,
    ends: tuple[np.ndarray, np.ndarray],
    *,
    plain: _Plain,
    level: float,
) -> Potencies:
    """Give the dose at the level; beyond the tested doses only the bound is known."""
    lowest, highest = ends
    value, low, high, bound, status = _none(responds.size)
    known = fits.status != TOO_FEW
    flat = known & ~responds
    at_low, at_high = (curve_height(fits, np.log10(end)) for end in ends)
    at = absolute_dose_many(fits, level)
    above = np.where(flat, plain.least > level, (at_high > level) & (at_low > level))
    below = np.where(flat, plain.most < level, (at_high < level) & (at_low < level))
    rising = responds & ~above & ~below & (at_high > at_low)
    inside = responds & ~above & ~below & ~rising & ~np.isnan(at)
    status[rising | (responds & ~above & ~below & np.isnan(at))] = NOT_IDENTIFIABLE
    above = known & (above | (inside & (at > np.log10(highest))))
    below = known & (below | (inside & (at < np.log10(lowest))))
    inside &= ~above & ~below
    near_low, near_high = _limits(found)
    value[inside] = 10.0 ** at[inside]
    low[inside], high[inside], status[inside] = near_low[inside], near_high[inside], OK
    value[above], value[below] = highest[above], lowest[below]
    low[above & responds] = np.minimum(near_low, highest)[above & responds]
    high[below & responds] = np.maximum(near_high, lowest)[below & responds]
    bound[above], bound[below] = ABOVE, BELOW
    status[above | below] = AT_BOUND
    status[flat] = np.where(above[flat] | below[flat], NO_RESPONSE, NOT_IDENTIFIABLE)
    return Potencies(value=value, low=low, high=high, bound=bound, status=status)
