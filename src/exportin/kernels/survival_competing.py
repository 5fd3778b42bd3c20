"""Competing events: how many have had each kind of event by a time (Aalen-Johansen)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from exportin.kernels.survival_arrays import Float4M, FloatM
from exportin.kernels.survival_limits import ConfType, curve_limits
from exportin.kernels.survival_times import At, Times, at_risk, last_before, make_subjects

Codes = Int[np.ndarray, " n"]
PerCause = Float[np.ndarray, "c k"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeIncidence:
    """Probability of each cause by each distinct time, a row per cause, and of none so far.

    Limits are NaN where their scale has none (before the first event of a cause).
    """

    time: At
    n_risk: At
    causes: tuple[int, ...]
    n_event: PerCause
    incidence: PerCause
    std_error: PerCause
    low: PerCause
    high: PerCause
    free: At
    free_std_error: At
    conf_type: str
    conf_level: float


def cumulative_incidence(
    time: Times,
    code: Codes,
    *,
    entry: Times | None = None,
    weight: Times | None = None,
    conf_type: ConfType = "log",
    conf_level: float = 0.95,
) -> CumulativeIncidence:
    """Estimate how many have had each kind of event, the kinds shutting each other out.

    F_c(t) = sum over s <= t of S(s-) d_c(s) / n(s), with S the curve of no event at all. An
    animal that dies of toxicity can no longer reach the volume: censoring it would pretend that
    it could. The variance is the infinitesimal jackknife: the sum of squares of each subject's
    pull.

    Parameters
    ----------
    time, entry, weight
        As `make_subjects`.
    code : (n,) integer array
        0 censored; 1, 2, ... the cause.

    References
    ----------
    Aalen and Johansen 1978; Therneau and Grambsch 2000; Geskus 2011,
    doi:10.1111/j.1541-0420.2010.01420.x.

    Examples
    --------
    >>> found = cumulative_incidence(np.array([3.0, 5.0, 8.0, 9.0]), np.array([1, 2, 1, 0]))
    >>> found.incidence[:, -1].round(3).tolist(), found.causes
    ([0.5, 0.25], (1, 2))
    """
    if (code < 0).any():
        raise ValueError("Expected codes from 0 (censored) on.")
    who = make_subjects(time, code > 0, entry=entry, weight=weight)
    causes = tuple(int(c) for c in np.unique(code[code > 0]))
    times = np.unique(who.time)
    n_risk = at_risk(who, times)
    c, k, n = len(causes), times.size, time.size
    events, incidence, variance = np.zeros((c, k)), np.zeros((c, k)), np.zeros((c, k))
    free, free_variance = np.ones(k), np.zeros(k)
    pull, pull_free = np.zeros((c, n)), np.zeros(n)
    alive, reached = 1.0, np.zeros(c)
    is_cause = np.array([code == cause for cause in causes]).reshape(c, n)
    for i, t in enumerate(times):
        ends = who.time == t
        if n_risk[i] > 0.0 and (ends & who.event).any():
            here = (who.entry < t) & (who.time >= t)
            own = is_cause & ends
            d = own @ who.weight
            hazard = d / n_risk[i]
            bent = (own - hazard[:, None] * here) / n_risk[i]
            pull += pull_free * hazard[:, None] + alive * bent
            pull_free = pull_free * (1.0 - hazard.sum()) - alive * bent.sum(axis=0)
            reached = reached + alive * hazard
            alive = max(alive * (1.0 - float(hazard.sum())), 0.0)
            events[:, i] = d
        incidence[:, i], free[i] = reached, alive
        variance[:, i] = np.sum((pull * who.weight) ** 2, axis=1)
        free_variance[i] = np.sum((pull_free * who.weight) ** 2)
    error = np.sqrt(variance)
    low, high = incidence.copy(), incidence.copy()
    for j in range(c):
        low[j], high[j] = curve_limits(incidence[j], error[j], conf_type, conf_level)
    return CumulativeIncidence(
        time=times, n_risk=n_risk, causes=causes, n_event=events, incidence=incidence,
        std_error=error, low=low, high=high, free=free, free_std_error=np.sqrt(free_variance),
        conf_type=conf_type, conf_level=conf_level,
    )  # fmt: skip


def incidence_at(found: CumulativeIncidence, cause: int, at: FloatM) -> Float4M:
    """Read incidence, standard error and limits of one cause at given times.

    NaN after the last follow-up, unless nobody was left without an event.

    Examples
    --------
    >>> found = cumulative_incidence(np.array([3.0, 5.0]), np.array([1, 2]))
    >>> incidence_at(found, 1, np.array([2.0, 4.0]))[0].tolist()
    [0.0, 0.5]
    """
    j = found.causes.index(cause)
    place = last_before(found.time, at)
    columns = (found.incidence[j], found.std_error[j], found.low[j], found.high[j])
    before = (0.0, 0.0, np.nan, np.nan)
    read = [
        np.where(place < 0, start, column[np.maximum(place, 0)])
        for column, start in zip(columns, before, strict=True)
    ]
    ended = (at > found.time[-1]) & (found.free[-1] > 0.0)
    return np.where(ended, np.nan, np.array(read))
