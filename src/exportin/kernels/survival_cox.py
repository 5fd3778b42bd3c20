"""Cox regression: hazard ratios of one or several covariates."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from exportin.kernels.survival_arrays import BoolP, IntP
from exportin.kernels.survival_cox_data import (
    Covariates,
    CoxData,
    CoxTerms,
    Square,
    Strata,
    Ties,
    Vector,
    cox_data,
    cox_terms,
)
from exportin.kernels.survival_cox_separation import directions
from exportin.kernels.survival_times import Events, Times

_ROUNDS = 60
_HALVINGS = 40
_SUSPECT = 12.0
"""Linear predictors further apart than this (hazard ratio 160,000) may be on their way out."""
_SINGULAR = 1e-11


class CoxStatus(StrEnum):
    """How a fit ended."""

    OK = "ok"
    SEPARATED = "separated"
    NO_EVENTS = "no_events"
    NOT_IDENTIFIABLE = "not_identifiable"
    NOT_CONVERGED = "not_converged"


class Statistic(NamedTuple):
    """A chi-squared statistic with its degrees of freedom; NaN where it does not exist."""

    value: float
    df: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxFit:
    """Log hazard ratios with their covariance and the three tests of all of them being zero.

    `infinite` is +1 or -1 for a coefficient without finite estimate (its coef is then plus or
    minus infinity and its standard error NaN), else 0. `beta` is the standardized point at which
    the search ended; `loglik` is the (limiting) maximum.
    """

    data: CoxData
    beta: Vector
    coef: Vector
    std_error: Vector
    covariance: Square
    infinite: IntP
    loglik_null: float
    loglik: float
    likelihood_ratio: Statistic
    wald: Statistic
    score: Statistic
    n: int
    n_events: int
    status: CoxStatus


def fit_cox(
    time: Times,
    event: Events,
    x: Covariates,
    *,
    entry: Times | None = None,
    weight: Times | None = None,
    strata: Strata | None = None,
    ties: Ties = "efron",
) -> CoxFit:
    """Fit hazard ratios by Cox's partial likelihood (Newton with step halving).

    Parameters
    ----------
    time, event, entry, weight, strata, ties
        As `cox_data`.
    x : (n, p) array
        Covariates; exp(coef) is the hazard ratio of one unit.

    Returns
    -------
    CoxFit
        Status ``separated`` where a hazard ratio is zero or infinite (a group without events):
        use `survival_cox_profile.profile_limits`, or `survival_cox_firth`.

    References
    ----------
    Cox 1972; Efron 1977, doi:10.1080/01621459.1977.10480613; Therneau and Grambsch 2000,
    Modeling Survival Data, ch. 3.

    Examples
    --------
    >>> time = np.array([4.0, 5.0, 7.0, 9.0, 10.0, 12.0])
    >>> fit = fit_cox(time, np.ones(6, bool), np.array([[1.0], [1], [0], [1], [0], [0]]))
    >>> round(float(np.exp(fit.coef[0])), 3), fit.status.value
    (5.408, 'ok')
    """
    data = cox_data(time, event, x, entry=entry, weight=weight, strata=strata, ties=ties)
    null = cox_terms(data, np.zeros(data.p))
    if not data.n_events:
        return _blank(data, null, CoxStatus.NO_EVENTS)
    if is_singular(null.information):
        return _blank(data, null, CoxStatus.NOT_IDENTIFIABLE)
    beta, at, settled = climb(data, np.zeros(data.p), np.ones(data.p, dtype=bool))
    infinite = np.zeros(data.p, dtype=np.int64)
    if not settled or widest(data, beta) > _SUSPECT:
        infinite = directions(data)
    if infinite.any():
        return _filled(data, null, beta, at, infinite=infinite, status=CoxStatus.SEPARATED)
    if is_singular(at.information):
        return _blank(data, null, CoxStatus.NOT_IDENTIFIABLE)
    status = CoxStatus.OK if settled else CoxStatus.NOT_CONVERGED
    return _filled(data, null, beta, at, infinite=infinite, status=status)


def climb(data: CoxData, beta: Vector, free: BoolP) -> tuple[Vector, CoxTerms, bool]:
    """Walk to the top of the likelihood over the free coefficients (standardized).

    Returns
    -------
    beta, terms there, whether the walk settled
    """
    at = cox_terms(data, beta)
    if not free.any():
        return beta, at, True
    for _ in range(_ROUNDS):
        step = np.zeros(data.p)
        try:
            step[free] = np.linalg.solve(at.information[np.ix_(free, free)], at.score[free])
        except np.linalg.LinAlgError:
            return beta, at, False
        gain = float(at.score @ step)
        if not np.isfinite(gain):
            return beta, at, False
        done = abs(gain) < 1e-13 * (1.0 + abs(at.loglik))
        moved = _halved(data, beta, step, at)
        if moved is None:
            return beta, at, done or abs(gain) < 1e-9 * (1.0 + abs(at.loglik))
        beta, at = moved
        if done:
            return beta, at, True
    return beta, at, False


def _halved(
    data: CoxData, beta: Vector, step: Vector, at: CoxTerms
) -> tuple[Vector, CoxTerms] | None:
    """Take the step, halved until the likelihood does not fall."""
    slack = 1e-14 * (1.0 + abs(at.loglik))
    for halving in range(_HALVINGS):
        there = beta + 0.5**halving * step
        found = cox_terms(data, there)
        if np.isfinite(found.loglik) and found.loglik >= at.loglik - slack:
            return there, found
    return None


def widest(data: CoxData, beta: Vector) -> float:
    """Largest difference of linear predictors within a stratum."""
    return max(float(np.ptp(s.x @ beta)) for s in data.strata)


def is_singular(information: Square) -> bool:
    """Whether covariates are constant or repeat each other in the risk sets.

    Examples
    --------
    >>> is_singular(np.ones((2, 2))), is_singular(np.eye(2))
    (True, False)
    """
    if not information.size:
        return True
    root = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not (root > _SINGULAR).all():
        return True
    values = np.linalg.eigvalsh(information / np.outer(root, root))
    return bool(values[0] < _SINGULAR)


def _blank(data: CoxData, null: CoxTerms, status: CoxStatus) -> CoxFit:
    p = data.p
    nothing = Statistic(np.nan, p)
    return CoxFit(
        data=data, beta=np.zeros(p), coef=np.full(p, np.nan), std_error=np.full(p, np.nan),
        covariance=np.full((p, p), np.nan), infinite=np.zeros(p, dtype=np.int64),
        loglik_null=null.loglik, loglik=null.loglik, likelihood_ratio=nothing, wald=nothing,
        score=nothing, n=data.who.time.size, n_events=data.n_events, status=status,
    )  # fmt: skip


def _filled(
    data: CoxData,
    null: CoxTerms,
    beta: Vector,
    at: CoxTerms,
    *,
    infinite: IntP,
    status: CoxStatus,
) -> CoxFit:
    p, scale = data.p, data.scale
    gone = infinite != 0
    covariance = np.full((p, p), np.nan)
    kept = np.ix_(~gone, ~gone)
    covariance[kept] = np.linalg.inv(at.information[kept])
    covariance /= np.outer(scale, scale)
    coef = np.where(gone, np.where(infinite > 0, np.inf, -np.inf), beta / scale)
    wald = np.nan if gone.any() else float(beta @ at.information @ beta)
    score = float(null.score @ np.linalg.solve(null.information, null.score))
    return CoxFit(
        data=data, beta=beta, coef=coef, std_error=np.sqrt(np.diag(covariance)),
        covariance=covariance, infinite=infinite, loglik_null=null.loglik, loglik=at.loglik,
        likelihood_ratio=Statistic(2.0 * (at.loglik - null.loglik), p),
        wald=Statistic(wald, p), score=Statistic(score, p),
        n=data.who.time.size, n_events=data.n_events, status=status,
    )  # fmt: skip
