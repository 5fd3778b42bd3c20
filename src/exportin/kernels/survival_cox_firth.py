"""Firth's penalized Cox regression: finite hazard ratios where a group has no events."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from exportin.kernels.survival_arrays import BoolP, FloatPPP
from exportin.kernels.survival_cox import CoxStatus, is_singular
from exportin.kernels.survival_cox_data import (
    Covariates,
    CoxData,
    Square,
    Strata,
    Stratum,
    Ties,
    Vector,
    cox_data,
    cox_terms,
    moments,
    third_moments,
)
from exportin.kernels.survival_times import Events, Times

_ROUNDS = 100
_HALVINGS = 40
_LONGEST = 2.0


class _Penalized(NamedTuple):
    value: float
    score: Vector
    information: Square


@dataclass(frozen=True, slots=True, kw_only=True)
class FirthFit:
    """Penalized log hazard ratios, their penalized profile limits and likelihood-ratio tests."""

    coef: Vector
    std_error: Vector
    low: Vector
    high: Vector
    likelihood_ratio: Vector
    penalized_loglik: float
    conf_level: float
    status: CoxStatus


def fit_cox_firth(
    time: Times,
    event: Events,
    x: Covariates,
    *,
    entry: Times | None = None,
    weight: Times | None = None,
    strata: Strata | None = None,
    ties: Ties = "efron",
    conf_level: float = 0.95,
) -> FirthFit:
    """Fit hazard ratios by the partial likelihood times the root of its information determinant.

    l*(b) = l(b) + 1/2 log |I(b)|; limits and tests are from the penalized profile likelihood.

    Parameters
    ----------
    time, event, x, entry, weight, strata, ties
        As `fit_cox`.
    conf_level : float

    References
    ----------
    Firth 1993, doi:10.1093/biomet/80.1.27; Heinze and Schemper 2001,
    doi:10.1111/j.0006-341X.2001.00114.x.

    Examples
    --------
    >>> time, x = np.arange(1.0, 9.0), np.repeat([[1.0], [0.0]], 4, axis=0)
    >>> fit = fit_cox_firth(time, np.repeat([True, False], 4), x)
    >>> round(float(np.exp(fit.coef[0])), 2), bool(np.isfinite(fit.high[0]))
    (19.07, True)
    """
    data = cox_data(time, event, x, entry=entry, weight=weight, strata=strata, ties=ties)
    null = cox_terms(data, np.zeros(data.p))
    p = data.p
    if not data.n_events or is_singular(null.information):
        status = CoxStatus.NOT_IDENTIFIABLE if data.n_events else CoxStatus.NO_EVENTS
        nothing = np.full(p, np.nan)
        return FirthFit(coef=nothing, std_error=nothing, low=nothing, high=nothing,
                        likelihood_ratio=nothing, penalized_loglik=np.nan,
                        conf_level=conf_level, status=status)  # fmt: skip
    every = np.ones(p, dtype=bool)
    beta, at, settled = _climb(data, np.zeros(p), every)
    covariance = np.linalg.inv(at.information) / np.outer(data.scale, data.scale)
    low, high, ratio = np.zeros(p), np.zeros(p), np.zeros(p)
    for j in range(p):
        low[j] = _limit(data, beta, at, j, way=-1.0, conf_level=conf_level) / data.scale[j]
        high[j] = _limit(data, beta, at, j, way=1.0, conf_level=conf_level) / data.scale[j]
        start = beta.copy()
        start[j] = 0.0
        ratio[j] = 2.0 * (at.value - _climb(data, start, np.arange(p) != j)[1].value)
    return FirthFit(
        coef=beta / data.scale, std_error=np.sqrt(np.diag(covariance)), low=low, high=high,
        likelihood_ratio=ratio, penalized_loglik=at.value + float(np.log(data.scale).sum()),
        conf_level=conf_level, status=CoxStatus.OK if settled else CoxStatus.NOT_CONVERGED,
    )  # fmt: skip


def _penalized(data: CoxData, beta: Vector) -> _Penalized:
    """Penalized likelihood with its score: U + 1/2 trace(I^-1 dI/db)."""
    at = cox_terms(data, beta)
    sign, size = np.linalg.slogdet(at.information)
    if not np.isfinite(at.loglik) or sign <= 0:
        return _Penalized(-np.inf, at.score, at.information)
    slopes = sum((_third(s, beta) for s in data.strata), np.zeros((data.p,) * 3))
    extra = 0.5 * np.einsum("ab,bak->k", np.linalg.inv(at.information), slopes)
    return _Penalized(at.loglik + 0.5 * float(size), at.score + extra, at.information)


def _third(s: Stratum, beta: Vector) -> FloatPPP:
    """Third central moments of x over the risk sets, summed over the terms."""
    eta = s.x @ beta
    m = moments(s, eta - eta.max())
    cube = third_moments(s, eta - eta.max(), m.total)
    square, mean = m.square, m.mean
    centred = (
        cube
        - np.einsum("tab,tk->tabk", square, mean)
        - np.einsum("tak,tb->tabk", square, mean)
        - np.einsum("tbk,ta->tabk", square, mean)
        + 2.0 * np.einsum("ta,tb,tk->tabk", mean, mean, mean)
    )
    out: FloatPPP = np.tensordot(s.share, centred, axes=1)
    return out


def _climb(data: CoxData, beta: Vector, free: BoolP) -> tuple[Vector, _Penalized, bool]:
    """Walk to the top of the penalized likelihood over the free coefficients."""
    at = _penalized(data, beta)
    if not free.any():
        return beta, at, True
    kept = np.ix_(free, free)
    for _ in range(_ROUNDS):
        step = np.zeros(data.p)
        step[free] = np.linalg.solve(at.information[kept], at.score[free])
        longest = float(np.abs(step).max())
        step *= min(1.0, _LONGEST / longest) if longest > 0.0 else 1.0
        if longest < 1e-11:
            return beta, at, True
        for halving in range(_HALVINGS):
            there = beta + 0.5**halving * step
            found = _penalized(data, there)
            if found.value >= at.value - 1e-14 * (1.0 + abs(at.value)):
                beta, at = there, found
                break
        else:
            return beta, at, longest < 1e-6
    return beta, at, False


def _limit(
    data: CoxData, top: Vector, at: _Penalized, j: int, *, way: float, conf_level: float
) -> float:
    """Walk outwards until the penalized profile has fallen far enough, then home in."""
    target = at.value - 0.5 * float(chdtri(1.0, 1.0 - conf_level))
    free = np.arange(data.p) != j
    last = top.copy()

    def height(b: float) -> float:
        nonlocal last
        start = last.copy()
        start[j] = b
        last, there, _ = _climb(data, start, free)
        return there.value - target

    inside = float(top[j])
    step = way * float(np.sqrt(np.linalg.inv(at.information)[j, j]))
    for _ in range(_ROUNDS):
        outside = inside + step
        fallen = height(outside)
        if not np.isfinite(fallen):
            return way * np.inf
        if fallen < 0.0:
            return float(brentq(height, inside, outside, xtol=1e-12, rtol=1e-13))
        inside = outside
    return way * np.inf
