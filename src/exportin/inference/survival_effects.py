"""Effect sizes between survival groups: the hazard ratio with limits that never lie."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import chdtrc, ndtr

from exportin.kernels.survival_cox import CoxFit, CoxStatus, fit_cox
from exportin.kernels.survival_cox_profile import profile_limits
from exportin.kernels.survival_times import Events, Times

Strata = Int[np.ndarray, " n"]
Score = Float[np.ndarray, " n"]
_HALF = 0.5


class HazardRatio(NamedTuple):
    """A hazard ratio with profile limits; None is open.

    Where the ratio has no finite estimate, `value` is its only limit and `bound` "<" or ">", and
    `status` is separated. `p_value` is that of the likelihood-ratio test.
    """

    value: float | None
    bound: str
    low: float | None
    high: float | None
    statistic: float | None
    p_value: float | None
    status: str


def hazard_ratio(
    time: Times,
    event: Events,
    score: Score,
    *,
    strata: Strata | None = None,
    conf_level: float = 0.95,
    alternative: str = "two-sided",
) -> HazardRatio:
    """Give the hazard ratio of one unit of a score (1 for group a, 0 for group b).

    Cox regression with Efron's ties and profile-likelihood limits. Where a group has no events,
    or all its events come after everybody else's, the ratio is 0 or infinite: then the limit of
    the profile on the closed side is given, as a bound. A one-sided question has one limit.

    Parameters
    ----------
    time, event, strata
        As `exportin.kernels.survival_cox.fit_cox`.
    score : (n,) array
    conf_level : float
    alternative : {"two-sided", "less", "greater"}

    Examples
    --------
    >>> time, score = np.arange(1.0, 9.0), np.repeat([0.0, 1.0], 4)
    >>> found = hazard_ratio(time, score == 0, score)
    >>> found.bound, round(found.value, 2), found.low, found.status
    ('<', 0.31, None, 'separated')
    """
    arrays = (time.astype(np.float64), event.astype(np.bool_), score.astype(np.float64))
    layers = None if strata is None else strata.astype(np.int64).tobytes()
    return _hazard_ratio(
        *(one.tobytes() for one in arrays),
        layers=layers, conf_level=conf_level, alternative=alternative,
    )  # fmt: skip


@lru_cache(maxsize=512)
def _hazard_ratio(
    times: bytes,
    events: bytes,
    scores: bytes,
    *,
    layers: bytes | None,
    conf_level: float,
    alternative: str,
) -> HazardRatio:
    """Give the ratio of these very numbers; most pairs are the same after an exclusion."""
    time, event, score = (
        np.frombuffer(times),
        np.frombuffer(events, np.bool_),
        np.frombuffer(scores),
    )
    strata = None if layers is None else np.frombuffer(layers, np.int64)
    fit = fit_cox(time, event, score[:, None], strata=strata)
    if fit.status not in (CoxStatus.OK, CoxStatus.SEPARATED):
        status = "no_events" if fit.status is CoxStatus.NO_EVENTS else "not_identifiable"
        status = "not_converged" if fit.status is CoxStatus.NOT_CONVERGED else status
        return HazardRatio(None, "=", None, None, None, None, status)
    level = conf_level if alternative == "two-sided" else 2.0 * conf_level - 1.0
    ends = profile_limits(fit, 0, max(level, _HALF * conf_level))
    low, high = (_natural(x) for x in ends)
    statistic, p = _likelihood_ratio(fit, alternative)
    if fit.status is CoxStatus.SEPARATED:
        down = fit.infinite[0] < 0
        limit = high if down else low
        if limit is None:
            return HazardRatio(None, "=", None, None, None, None, "not_identifiable")
        return HazardRatio(limit, "<" if down else ">", None if down else limit,
                           limit if down else None, statistic, p, "separated")  # fmt: skip
    low = None if alternative == "less" else low
    high = None if alternative == "greater" else high
    return HazardRatio(_natural(float(fit.coef[0])), "=", low, high, statistic, p, "ok")


def _natural(x: float) -> float | None:
    """Ratio of its logarithm; None where it is no number."""
    ratio = float(np.exp(x)) if abs(x) < 700.0 else np.nan
    return ratio if np.isfinite(ratio) and ratio > 0.0 else None


def _likelihood_ratio(fit: CoxFit, alternative: str) -> tuple[float, float]:
    """Signed root of the likelihood ratio and its p value."""
    change = max(fit.likelihood_ratio.value, 0.0)
    root = float(np.sign(fit.coef[0]) * np.sqrt(change))
    if alternative == "less":
        return root, float(ndtr(root))
    if alternative == "greater":
        return root, float(ndtr(-root))
    return root, float(chdtrc(1.0, change))
