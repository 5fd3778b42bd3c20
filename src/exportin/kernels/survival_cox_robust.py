"""Residuals of a Cox fit and the variance that holds when subjects come in clusters."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from exportin.kernels.survival_arrays import (
    FloatK,
    FloatKP,
    FloatM,
    FloatMP,
    FloatMRest,
    FloatN,
    FloatPP,
    FloatTRest,
    IntN,
)
from exportin.kernels.survival_cox import CoxFit
from exportin.kernels.survival_cox_data import CoxData, Stratum, Vector, moments

Residuals = Float[np.ndarray, "n p"]


class _Ladder(NamedTuple):
    """Cumulative hazard and its product with mean covariates, up to each event time."""

    hazard: FloatK
    mean: FloatKP
    own_hazard: FloatM
    own_mean: FloatMP
    tied_hazard: FloatM
    tied_mean: FloatMP


def score_residuals(fit: CoxFit) -> Residuals:
    """Each subject's share of the score (order of the input, natural units of x).

    At the estimate the columns (weighted) add up to zero.

    References
    ----------
    Therneau and Grambsch 2000, Modeling Survival Data, ch. 4.6 and 7.1.

    Examples
    --------
    >>> from exportin.kernels.survival_cox import fit_cox
    >>> fit = fit_cox(np.arange(1.0, 6.0), np.ones(5, bool), np.array([[1.0], [0], [1], [1], [0]]))
    >>> bool(abs(score_residuals(fit).sum()) < 1e-9)
    True
    """
    out = np.zeros((fit.n, fit.data.p))
    for s in fit.data.strata:
        out[s.rows] = _stratum_scores(fit.data, s, fit.beta)
    whole: Residuals = out * fit.data.scale
    return whole


def robust_covariance(fit: CoxFit, cluster: IntN | None = None) -> FloatPP:
    """Sandwich covariance of the coefficients, subjects of one cluster summed first.

    V D'D V with the (weighted) score residuals D summed over clusters.

    Parameters
    ----------
    fit : CoxFit
    cluster : (n,) integer array, optional
        One number per cage, centre or animal with two tumors; None: every row its own.

    References
    ----------
    Lin and Wei 1989, doi:10.1080/01621459.1989.10478874.

    Examples
    --------
    >>> from exportin.kernels.survival_cox import fit_cox
    >>> fit = fit_cox(np.arange(1.0, 6.0), np.ones(5, bool), np.array([[1.0], [0], [1], [1], [0]]))
    >>> robust_covariance(fit).shape
    (1, 1)
    """
    moved = score_residuals(fit) * fit.data.who.weight[:, None] @ fit.covariance
    if cluster is not None:
        names, place = np.unique(cluster, return_inverse=True)
        summed = np.zeros((names.size, fit.data.p))
        np.add.at(summed, place, moved)
        moved = summed
    both: FloatPP = moved.T @ moved
    return both


def total_hazard(fit: CoxFit) -> FloatN:
    """Sum up the hazard that each subject lived through: its expected number of events.

    Observed less expected is the martingale residual; expected numbers add up to the events.

    Examples
    --------
    >>> from exportin.kernels.survival_cox import fit_cox
    >>> time = np.array([4.0, 5.0, 7.0, 9.0])
    >>> fit = fit_cox(time, np.ones(4, bool), np.array([[1.0], [0], [1], [0]]))
    >>> round(float(total_hazard(fit).sum()), 9)
    4.0
    """
    return _expected_events(fit.data, fit.beta)


def _expected_events(data: CoxData, beta: Vector) -> FloatN:
    """Cumulative hazard of each subject at its own predictor (order of the input)."""
    out = np.zeros(data.who.time.size)
    for s in data.strata:
        ladder, r = _ladder(s, beta)
        upto, since, own = _steps(data, s)
        here = ladder.hazard[upto] - ladder.hazard[since]
        dead = s.dead
        here[dead] -= ladder.tied_hazard[own[dead]]
        out[s.rows] = r * here
    return out


def _stratum_scores(data: CoxData, s: Stratum, beta: Vector) -> Residuals:
    ladder, r = _ladder(s, beta)
    upto, since, own = _steps(data, s)
    hazard = ladder.hazard[upto] - ladder.hazard[since]
    mean = ladder.mean[upto] - ladder.mean[since]
    dead = s.dead
    hazard[dead] -= ladder.tied_hazard[own[dead]]
    mean[dead] -= ladder.tied_mean[own[dead]]
    out: Residuals = -r[:, None] * (s.x * hazard[:, None] - mean)
    deaths = np.bincount(s.place, minlength=s.starts.size)
    average = np.zeros((s.starts.size, data.p))
    np.add.at(average, s.place, moments(s, s.x @ beta - (s.x @ beta).max(), 1).mean)
    out[dead] += s.x[dead] - (average / deaths[:, None])[own[dead]]
    return out


def _ladder(s: Stratum, beta: Vector) -> tuple[_Ladder, FloatN]:
    eta = s.x @ beta
    eta = eta - eta.max()
    m = moments(s, eta, 1)
    step = s.share / m.total

    def gather(values: FloatTRest) -> FloatMRest:
        out = np.zeros((s.starts.size, *values.shape[1:]))
        np.add.at(out, s.place, values)
        return out

    own, own_mean = gather(step), gather(step[:, None] * m.mean)
    tied, tied_mean = gather(s.part * step), gather((s.part * step)[:, None] * m.mean)
    zero = np.zeros((1, s.x.shape[1]))
    ladder = _Ladder(
        np.concatenate([[0.0], np.cumsum(own)]),
        np.concatenate([zero, np.cumsum(own_mean, axis=0)]),
        own, own_mean, tied, tied_mean,
    )  # fmt: skip
    return ladder, np.exp(eta)


def _steps(data: CoxData, s: Stratum) -> tuple[IntN, IntN, IntN]:
    """Event times passed by each subject, passed before its entry, and its own place."""
    times = data.who.time[s.rows][s.dead[s.starts]]
    upto = np.searchsorted(times, data.who.time[s.rows], side="right")
    since = np.searchsorted(times, data.who.entry[s.rows], side="right")
    return upto, since, upto - 1
