"""Kaplan-Meier curves: survival with limits, medians, and numbers at risk."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from exportin.kernels.survival_limits import ConfType, curve_limits
from exportin.kernels.survival_times import (
    At,
    Events,
    RiskCounts,
    Subjects,
    Times,
    at_risk,
    last_before,
    make_subjects,
    risk_counts,
)

Asked = Float[np.ndarray, " m"]
_SAME = float(np.sqrt(np.finfo(np.float64).eps))


@dataclass(frozen=True, slots=True, kw_only=True)
class KaplanMeier:
    """A survival curve: one entry per distinct time, censored ones included.

    `std_error` is that of the survival probability; limits are NaN where their scale has none.
    `last_followup` is the latest time of anybody, event or not.
    """

    time: At
    n_risk: At
    n_event: At
    n_censor: At
    survival: At
    std_error: At
    low: At
    high: At
    conf_type: str
    conf_level: float
    n: int
    events: float
    last_followup: float
    subjects: Subjects


class SurvivalAt(NamedTuple):
    """Survival at asked times; NaN after the last follow-up unless the curve has reached zero."""

    time: Asked
    survival: Asked
    std_error: Asked
    low: Asked
    high: Asked
    n_risk: Asked


class SurvivalQuantile(NamedTuple):
    """A quantile of survival time with limits; None is a limit that the data leave open.

    Where the quantile is not reached, `bound` is ">" and `value` is the last follow-up.
    """

    value: float
    bound: str
    low: float | None
    high: float | None


def kaplan_meier(
    time: Times,
    event: Events,
    *,
    entry: Times | None = None,
    weight: Times | None = None,
    conf_type: ConfType = "log",
    conf_level: float = 0.95,
) -> KaplanMeier:
    """Estimate how many are still without the event, over time (Kaplan-Meier).

    S(t) = product over event times s <= t of 1 - d(s) / n(s). Greenwood's variance is S(t)^2
    times the sum of d / (n (n - d)). With weights that are not whole numbers the variance is the
    infinitesimal jackknife, as Greenwood's counts subjects.

    Parameters
    ----------
    time, event, entry, weight
        As `make_subjects`.
    conf_type : {"log", "log-log", "plain"}
        Scale of the limits; "log" is the default of R survival.
    conf_level : float

    References
    ----------
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; Greenwood 1926.

    Examples
    --------
    >>> curve = kaplan_meier(np.array([3.0, 5.0, 5.0, 8.0]), np.array([True, True, False, True]))
    >>> curve.survival.round(4).tolist(), quantile(curve, 0.5).value
    ([0.75, 0.5, 0.0], 6.5)
    """
    who = make_subjects(time, event, entry=entry, weight=weight)
    counts = risk_counts(who)
    left = counts.n_risk - counts.n_event
    alive = np.where(counts.n_risk > 0.0, left / np.where(counts.n_risk > 0, counts.n_risk, 1), 1.0)
    alive = np.where(np.abs(alive) < _SAME * _SAME, 0.0, alive)
    survival = np.cumprod(alive)
    whole = bool((who.weight == np.rint(who.weight)).all())
    std_error = greenwood(survival, counts) if whole else jackknife(who, counts.time, survival)
    low, high = curve_limits(survival, std_error, conf_type, conf_level)
    ended = survival <= 0.0  # Greenwood's variance has no value where nobody is left
    low, high = np.where(ended, np.nan, low), np.where(ended, np.nan, high)
    return KaplanMeier(
        **counts._asdict(),
        survival=survival,
        std_error=std_error,
        low=low,
        high=high,
        conf_type=conf_type,
        conf_level=conf_level,
        n=time.size,
        events=float(counts.n_event.sum()),
        last_followup=float(who.time.max()),
        subjects=who,
    )


def greenwood(survival: At, counts: RiskCounts) -> At:
    """Greenwood's standard error of a survival curve; 0 where the curve has reached 0.

    Examples
    --------
    >>> who = make_subjects(np.array([1.0, 2.0]), np.array([True, False]))
    >>> greenwood(np.array([0.5, 0.5]), risk_counts(who)).round(4).tolist()
    [0.3536, 0.3536]
    """
    n, d = counts.n_risk, counts.n_event
    open_ = (d > 0.0) & (n > d)
    steps = np.where(open_, d / np.where(open_, n * (n - d), 1.0), 0.0)
    out: At = survival * np.sqrt(np.cumsum(steps))
    return out


def jackknife(who: Subjects, times: At, survival: At) -> At:
    """Infinitesimal-jackknife standard error of a survival curve: each subject's pull, squared.

    Examples
    --------
    >>> who = make_subjects(np.array([1.0, 2.0]), np.array([True, False]))
    >>> jackknife(who, np.array([1.0, 2.0]), np.array([0.5, 0.5])).round(4).tolist()
    [0.3536, 0.3536]
    """
    n_risk = at_risk(who, times)
    pull = np.zeros(who.time.size)
    out = np.zeros(times.size)
    for k, t in enumerate(times):
        here = (who.entry < t) & (who.time >= t)
        dies = here & (who.time == t) & who.event
        d = float(who.weight[dies].sum())
        left = n_risk[k] - d
        if d > 0.0 and left > _SAME:
            pull -= (dies - d / n_risk[k] * here) / left
        out[k] = survival[k] * np.sqrt(np.sum((who.weight * pull) ** 2))
    return out


def survival_at(curve: KaplanMeier, at: Asked) -> SurvivalAt:
    """Read the curve at given times, with how many are at risk then.

    Examples
    --------
    >>> curve = kaplan_meier(np.array([3.0, 5.0, 8.0]), np.array([True, False, True]))
    >>> survival_at(curve, np.array([0.0, 4.0])).survival.round(3).tolist()
    [1.0, 0.667]
    """
    place = last_before(curve.time, at)
    ended = (at > curve.last_followup) & (curve.survival[-1] > 0.0)

    def read(column: At, start: float) -> Asked:
        values = np.where(place < 0, start, column[np.maximum(place, 0)])
        return np.where(ended, np.nan, values)

    edge = np.nan if curve.conf_type == "log-log" else 1.0
    return SurvivalAt(
        at,
        read(curve.survival, 1.0),
        read(curve.std_error, 0.0),
        read(curve.low, edge),
        read(curve.high, edge),
        at_risk(curve.subjects, at),
    )


def quantile(curve: KaplanMeier, probability: float = 0.5) -> SurvivalQuantile:
    """Time by which a share of the subjects has had the event, with limits.

    The first time at which the curve is at or below 1 - p; where it stays exactly at 1 - p for a
    while, the middle of that stretch. The limits are the same quantile of the curve's limits.

    References
    ----------
    Brookmeyer and Crowley 1982, doi:10.2307/2530286.

    Examples
    --------
    >>> curve = kaplan_meier(np.array([3.0, 5.0, 8.0, 9.0]), np.array([True, False, False, False]))
    >>> quantile(curve)[:2]
    (9.0, '>')
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"Expected a share between 0 and 1, got {probability:g}.")
    value = _crossing(curve.time, curve.survival, 1.0 - probability)
    low = _crossing(curve.time, curve.low, 1.0 - probability)
    high = _crossing(curve.time, curve.high, 1.0 - probability)
    if value is None:
        return SurvivalQuantile(curve.last_followup, ">", low, None)
    return SurvivalQuantile(value, "=", low, high)


def median(curve: KaplanMeier) -> SurvivalQuantile:
    """Median survival time, as `quantile`.

    Examples
    --------
    >>> median(kaplan_meier(np.array([1.0, 2.0, 3.0]), np.array([True, True, True]))).value
    2.0
    """
    return quantile(curve, 0.5)


def _crossing(time: At, curve: At, level: float) -> float | None:
    """Place where a falling step curve meets a level; the middle of a stretch on the level."""
    known = ~np.isnan(curve)
    time, curve = time[known], curve[known]
    below = np.flatnonzero(curve <= level + _SAME)
    if not below.size:
        return None
    first = int(below[0])
    if curve[first] < level - _SAME:
        return float(time[first])
    under = np.flatnonzero(curve < level - _SAME)
    end = time[under[0]] if under.size else time[-1]
    return float(0.5 * (time[first] + end))


def risk_numbers(curve: KaplanMeier, at: Asked) -> dict[str, list[float]]:
    """Write the table below a figure: at risk, and events and censored so far.

    Parameters
    ----------
    curve : KaplanMeier
    at : (m,) array
        Times of the columns.

    Examples
    --------
    >>> curve = kaplan_meier(np.array([3.0, 5.0, 8.0]), np.array([True, False, True]))
    >>> risk_numbers(curve, np.array([0.0, 5.0]))["n_risk"]
    [3.0, 2.0]
    """
    place = last_before(curve.time, at)

    def so_far(column: At) -> list[float]:
        total = np.concatenate([[0.0], np.cumsum(column)])
        return [float(x) for x in total[place + 1]]

    return {
        "time": at.tolist(),
        "n_risk": at_risk(curve.subjects, at).tolist(),
        "events": so_far(curve.n_event),
        "censored": so_far(curve.n_censor),
    }
