"""Log-rank tests: two or more groups, strata, trend; exact where animals are few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.special import chdtrc, ndtr

from exportin.inference.cage_tests import SUMS as CAGES_DEALT
from exportin.inference.cage_tests import cage_sums
from exportin.inference.survival_permutation import Tails, TooMany, drawn_tails, exact_tails
from exportin.kernels.survival_logrank import LOG_RANK, LogRank, Weighting, log_rank
from exportin.kernels.survival_times import Events, Times

Groups = Int[np.ndarray, " n"]
PerGroup = Float[np.ndarray, " g"]
Side = Literal["two-sided", "less", "greater"]

EXACT_EVENTS = 10
"""With fewer events in an arm the chi-squared approximation is not relied on."""
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRankResult:
    """A log-rank test; `p_value` is None where nothing could be compared, and `status` says why.

    `statistic` is z (group 1 has more events than expected: positive) for two groups and for a
    trend, else chi-squared. `smallest_p` is the least p value that these times can give (exact
    tests); `p_error` the Monte-Carlo standard error of p where labels were drawn.
    """

    observed: PerGroup
    expected: PerGroup
    n_events: PerGroup
    statistic: float | None
    df: int
    p_value: float | None
    smallest_p: float | None
    p_error: float
    alternative: str
    method: str
    status: str


def logrank_test(
    time: Times,
    event: Events,
    group: Groups,
    *,
    entry: Times | None = None,
    strata: Groups | None = None,
    weighting: Weighting = LOG_RANK,
    alternative: Side = "two-sided",
) -> LogRankResult:
    """Test whether groups have their events at the same rate (chi-squared approximation).

    Parameters
    ----------
    time, event, group, entry, strata, weighting
        As `exportin.kernels.survival_logrank.log_rank`; groups 0 to g - 1.
    alternative : {"two-sided", "less", "greater"}
        For two groups: "less" asks whether group 1 has events later than group 0.

    Examples
    --------
    >>> time = np.array([3.0, 5.0, 6.0, 8.0, 9.0, 12.0])
    >>> found = logrank_test(time, np.ones(6, bool), np.array([0, 0, 0, 1, 1, 1]))
    >>> round(found.statistic, 3), round(found.p_value, 4)
    (-2.248, 0.0246)
    """
    found = log_rank(time, event, group, entry=entry, strata=strata, weighting=weighting)
    difference = found.observed - found.expected
    used = np.flatnonzero(np.diag(found.covariance) > _NOTHING)
    if difference.size == 2 and used.size:
        z = float(difference[1] / np.sqrt(found.covariance[1, 1]))
        return _result(found, z, 1, _normal_p(z, alternative), said=(alternative, "logrank_chisq"))
    if used.size < 2:
        return _nothing(found, alternative, "logrank_chisq")
    if alternative != "two-sided":
        raise ValueError("A test of more than two groups has no side; write two-sided.")
    kept = used[1:]
    part = found.covariance[np.ix_(kept, kept)]
    chisq = float(difference[kept] @ np.linalg.solve(part, difference[kept]))
    p = float(chdtrc(kept.size, max(chisq, 0.0)))
    return _result(found, chisq, int(kept.size), p, said=(alternative, "logrank_chisq"))


def logrank_trend(
    time: Times,
    event: Events,
    group: Groups,
    score: PerGroup,
    *,
    strata: Groups | None = None,
    weighting: Weighting = LOG_RANK,
    alternative: Side = "two-sided",
) -> LogRankResult:
    """Test whether events become more or less frequent along ordered groups.

    z = sum of s_j (O_j - E_j) / sqrt(s' V s).

    Parameters
    ----------
    score : (g,) array
        Score of each group, such as its dose.

    References
    ----------
    Tarone 1975, doi:10.1093/biomet/62.3.679.

    Examples
    --------
    >>> time, group = np.arange(1.0, 10.0), np.repeat([0, 1, 2], 3)
    >>> found = logrank_trend(time, np.ones(9, bool), group, np.array([0.0, 1.0, 2.0]))
    >>> round(found.p_value, 5)
    0.00076
    """
    found = log_rank(time, event, group, strata=strata, weighting=weighting)
    spread = float(score @ found.covariance @ score)
    if spread <= _NOTHING:
        return _nothing(found, alternative, "logrank_trend")
    z = float(score @ (found.observed - found.expected)) / float(np.sqrt(spread))
    return _result(found, z, 1, _normal_p(z, alternative), said=(alternative, "logrank_trend"))


def logrank_exact(
    time: Times,
    event: Events,
    group: Groups,
    *,
    strata: Groups | None = None,
    weighting: Weighting = LOG_RANK,
    alternative: Side = "two-sided",
    generator: np.random.Generator | None = None,
    draws: int = 50_000,
    cage: Sequence[str] | None = None,
) -> LogRankResult:
    """Test two groups by dealing their labels out in every way, given the pooled times.

    The log-rank difference O - E is the sum of the scores of group 1; all ways to choose as many
    subjects (within strata) are equally likely if neither event times nor censoring differ. The
    two-sided p is twice the smaller tail. Where the ways are too many to be counted, they are
    drawn with `generator`. With `cage` whole cages are dealt, each of one group, no strata.

    Raises
    ------
    TooMany
        If they are too many and no generator is given.

    References
    ----------
    Peto and Peto 1972, doi:10.2307/2344317; Heinze, Gnant and Schemper 2003,
    doi:10.1111/j.0006-341X.2003.00132.x.

    Examples
    --------
    >>> time = np.array([3.0, 5.0, 6.0, 8.0, 9.0, 12.0])
    >>> found = logrank_exact(time, np.ones(6, bool), np.array([0, 0, 0, 1, 1, 1]))
    >>> round(found.p_value, 9), round(found.smallest_p, 9)
    (0.1, 0.1)
    """
    if group.max(initial=0) > 1:
        raise ValueError("The exact test compares two groups, numbered 0 and 1.")
    found = log_rank(time, event, group, strata=strata, weighting=weighting)
    method = "logrank_exact"
    if found.observed.size < 2 or found.covariance[1, 1] <= _NOTHING:
        return _nothing(found, alternative, method)
    score, chosen = found.score, group
    if cage is not None:
        score, chosen = cage_sums(found.score, cage, group)
    try:
        tails = exact_tails(score, chosen, strata)
    except TooMany:
        if generator is None:
            raise
        tails, method = drawn_tails(score, chosen, strata, generator, draws), "logrank_drawn"
    method += f"+{CAGES_DEALT}" if cage is not None else ""
    z = float((found.observed - found.expected)[1] / np.sqrt(found.covariance[1, 1]))
    p, least, times = _exact_p(tails, alternative)
    return _result(found, z, 1, p, said=(alternative, method), smallest_p=least,
                   p_error=times * tails.error)  # fmt: skip


def few_events(event: Events, group: Groups) -> bool:
    """Whether a group has too few events for the chi-squared approximation.

    Examples
    --------
    >>> few_events(np.ones(30, bool), np.repeat([0, 1], 15))
    False
    """
    return int(np.bincount(group, event, int(group.max()) + 1).min()) < EXACT_EVENTS


def _exact_p(tails: Tails, alternative: str) -> tuple[float, float, float]:
    """P, the smallest p there can be, and by how much the tail was multiplied."""
    if alternative == "less":
        return tails.less, tails.least_less, 1.0
    if alternative == "greater":
        return tails.greater, tails.least_greater, 1.0
    least = min(tails.least_less, tails.least_greater)
    return min(1.0, 2.0 * min(tails.less, tails.greater)), min(1.0, 2.0 * least), 2.0


def _normal_p(z: float, alternative: str) -> float:
    if alternative == "less":
        return float(ndtr(z))
    return float(ndtr(-z)) if alternative == "greater" else float(2.0 * ndtr(-abs(z)))


def _result(
    found: LogRank,
    statistic: float,
    df: int,
    p: float,
    *,
    said: tuple[str, str],
    smallest_p: float | None = None,
    p_error: float = 0.0,
) -> LogRankResult:
    alternative, method = said
    return LogRankResult(
        observed=found.observed, expected=found.expected, n_events=found.n_events,
        statistic=statistic, df=df, p_value=min(1.0, p), smallest_p=smallest_p, p_error=p_error,
        alternative=alternative, method=method, status="ok",
    )  # fmt: skip


def _nothing(found: LogRank, alternative: str, method: str) -> LogRankResult:
    status = "not_identifiable" if found.n_events.sum() else "no_events"
    return LogRankResult(
        observed=found.observed, expected=found.expected, n_events=found.n_events,
        statistic=None, df=0, p_value=None, smallest_p=None, p_error=0.0,
        alternative=alternative, method=method, status=status,
    )  # fmt: skip
