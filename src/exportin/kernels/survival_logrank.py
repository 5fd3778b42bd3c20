"""The log-rank family: observed and expected events of groups, weighted over time."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from exportin.kernels.survival_arrays import FloatGG, FloatK, FloatKG
from exportin.kernels.survival_times import Events, Subjects, Times, make_subjects

Groups = Int[np.ndarray, " n"]
PerGroup = Float[np.ndarray, " g"]
Scores = Float[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """How much a difference counts at each event time.

    "fh" (Fleming-Harrington): S^rho (1 - S)^gamma with the pooled curve just before; rho = 0 is
    the log-rank test, rho = 1 Peto and Peto's (Prentice's) Wilcoxon. "gehan": number at risk;
    "tarone-ware": its root.
    """

    kind: str = "fh"
    rho: float = 0.0
    gamma: float = 0.0


LOG_RANK = Weighting()
PETO = Weighting(rho=1.0)
GEHAN = Weighting(kind="gehan")
TARONE_WARE = Weighting(kind="tarone-ware")


class LogRank(NamedTuple):
    """Observed and expected (weighted) events of each group, and the covariance of O - E.

    `score` is each subject's part of O - E: over any group, scores add up to its O - E.
    """

    observed: PerGroup
    expected: PerGroup
    covariance: FloatGG
    score: Scores
    n_events: PerGroup


class _Pooled(NamedTuple):
    time: FloatK
    n_risk: FloatKG
    dead: FloatKG


def log_rank(
    time: Times,
    event: Events,
    group: Groups,
    *,
    entry: Times | None = None,
    strata: Groups | None = None,
    weighting: Weighting = LOG_RANK,
) -> LogRank:
    """Add up observed less expected events of each group over event times and strata.

    E_j = sum of w d n_j / n; the covariance is hypergeometric, w^2 d (n - d) / (n - 1) (n_j / n)
    (1{j=k} - n_k / n).

    Parameters
    ----------
    time, event, entry
        As `make_subjects`.
    group : (n,) integer array
        0 to g - 1.
    strata : (n,) integer array, optional
        Subjects are compared within their stratum only.
    weighting : Weighting

    References
    ----------
    Mantel 1966; Peto and Peto 1972, doi:10.2307/2344317; Gehan 1965, doi:10.1093/biomet/52.1-2.203;
    Tarone and Ware 1977, doi:10.1093/biomet/64.1.156; Harrington and Fleming 1982,
    doi:10.1093/biomet/69.3.553.

    Examples
    --------
    >>> found = log_rank(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, bool), np.array([0, 0, 1, 1]))
    >>> found.observed.tolist(), found.expected.round(4).tolist()
    ([2.0, 2.0], [0.8333, 3.1667])
    """
    who = make_subjects(time, event, entry=entry)
    labels = np.zeros(time.size, dtype=np.int64) if strata is None else strata
    if group.size != time.size or labels.size != time.size:
        raise ValueError("Expected one group and one stratum per time.")
    g = int(group.max()) + 1
    if group.min() < 0:
        raise ValueError("Expected groups numbered from 0.")
    observed, expected, counts = np.zeros(g), np.zeros(g), np.zeros(g)
    covariance, score = np.zeros((g, g)), np.zeros(time.size)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        part = _stratum(Subjects(*(column[rows] for column in who)), group[rows], g, weighting)
        observed += part.observed
        expected += part.expected
        covariance += part.covariance
        counts += part.n_events
        score[rows] = part.score
    return LogRank(observed, expected, covariance, score, counts)


def _stratum(who: Subjects, group: Groups, g: int, weighting: Weighting) -> LogRank:
    pooled = _pool(who, group, g)
    n, d = pooled.n_risk.sum(axis=1), pooled.dead.sum(axis=1)
    weight = _weights(n, d, weighting)
    share = pooled.n_risk / n[:, None]
    expected = (weight * d) @ share
    spread = weight**2 * d * np.where(n > 1.0, (n - d) / np.maximum(n - 1.0, 1.0), 0.0)
    covariance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    hazard = np.concatenate([[0.0], np.cumsum(weight * d / n)])
    upto = np.searchsorted(pooled.time, who.time, side="right")
    since = np.searchsorted(pooled.time, who.entry, side="right")
    own = np.concatenate([weight, [0.0]])[np.minimum(upto - 1, weight.size)]
    score = np.where(who.event, own, 0.0) - (hazard[upto] - hazard[since])
    observed = weight @ pooled.dead
    return LogRank(observed, expected, covariance, score, pooled.dead.sum(axis=0))


def _pool(who: Subjects, group: Groups, g: int) -> _Pooled:
    times = np.unique(who.time[who.event])
    n_risk, dead = np.zeros((times.size, g)), np.zeros((times.size, g))
    for j in range(g):
        mine = group == j
        at_end, at_entry = np.sort(who.time[mine]), np.sort(who.entry[mine])
        left = mine.sum() - np.searchsorted(at_end, times, side="left")
        n_risk[:, j] = left - (mine.sum() - np.searchsorted(at_entry, times, side="left"))
        died = np.sort(who.time[mine & who.event])
        upto = np.searchsorted(died, times, side="right")
        dead[:, j] = upto - np.searchsorted(died, times, side="left")
    return _Pooled(times, n_risk, dead)


def _weights(n: FloatK, d: FloatK, how: Weighting) -> FloatK:
    if how.kind == "gehan":
        return 1.0 * n
    if how.kind == "tarone-ware":
        return np.asarray(np.sqrt(n))
    if how.kind != "fh":
        raise ValueError(f"There is no weighting '{how.kind}'; write fh, gehan or tarone-ware.")
    if how.rho == 0.0 and how.gamma == 0.0:
        return np.ones(n.size)
    before = np.concatenate([[1.0], np.cumprod(1.0 - d / n)[:-1]]) if n.size else np.ones(0)
    out: FloatK = before**how.rho * (1.0 - before) ** how.gamma
    return out
