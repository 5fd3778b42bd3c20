"""Cox's partial likelihood and its derivatives: strata, delayed entry, weights, tied events."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from exportin.kernels.survival_arrays import (
    FloatN,
    FloatNP,
    FloatNRest,
    FloatT,
    FloatTP,
    FloatTPP,
    FloatTPPP,
    FloatTRest,
    IntD,
    IntM,
    IntN,
    IntS,
    IntT,
)
from exportin.kernels.survival_times import Events, Subjects, Times, make_subjects

Covariates = Float[np.ndarray, "n p"]
Strata = Int[np.ndarray, " n"]
Vector = Float[np.ndarray, " p"]
Square = Float[np.ndarray, "p p"]
Ties = Literal["efron", "breslow"]

WIDEST = 600.0
"""Largest difference of linear predictors whose exponentials can be summed."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """One baseline hazard: subjects sorted by time, its distinct event times, and the terms.

    A term is one denominator of the partial likelihood: the risk set at event time `place`, less
    `part` of those who die then, with weight `share`. Efron has a term per death, Breslow one per
    event time.
    """

    rows: IntN
    x: FloatNP
    weight: FloatN
    first: IntM
    by_entry: IntN | None
    entered: IntM
    dead: IntD
    starts: IntM
    place: IntT
    part: FloatT
    share: FloatT


@dataclass(frozen=True, slots=True)
class CoxData:
    """Everything that does not change while coefficients are sought; covariates standardized."""

    who: Subjects
    strata: tuple[Stratum, ...]
    scale: Vector
    n_events: int
    ties: str

    @property
    def p(self) -> int:
        """Number of covariates."""
        return int(self.scale.size)


class CoxTerms(NamedTuple):
    """Log partial likelihood with its gradient and information at some coefficients."""

    loglik: float
    score: Vector
    information: Square


class Moments(NamedTuple):
    """Weighted sums over risk sets, a row per term: sum, mean and mean square of x."""

    total: FloatT
    mean: FloatTP
    square: FloatTPP


def cox_data(
    time: Times,
    event: Events,
    x: Covariates,
    *,
    entry: Times | None = None,
    weight: Times | None = None,
    strata: Strata | None = None,
    ties: Ties = "efron",
) -> CoxData:
    """Sort subjects into strata and risk sets.

    Parameters
    ----------
    time, event, entry, weight
        As `make_subjects`.
    x : (n, p) array
        Covariates; a group enters as 0 and 1.
    strata : (n,) integer array, optional
        Subjects of one number share a baseline hazard.
    ties : {"efron", "breslow"}

    Raises
    ------
    ValueError
        If lengths differ or a covariate is not finite.

    Examples
    --------
    >>> data = cox_data(np.array([1.0, 2.0]), np.array([True, True]), np.array([[0.0], [1.0]]))
    >>> data.n_events, len(data.strata)
    (2, 1)
    """
    who = make_subjects(time, event, entry=entry, weight=weight)
    labels = np.zeros(time.size, dtype=np.int64) if strata is None else strata
    if x.shape[0] != time.size or labels.size != time.size:
        raise ValueError("Expected one row of covariates and one stratum per time.")
    if not np.isfinite(x).all():
        raise ValueError("Expected finite covariates; leave subjects without one out.")
    centred = x - np.average(x, axis=0, weights=who.weight)
    spread = np.sqrt(np.mean(centred**2, axis=0))
    scale = np.where(spread > 1e-12 * (1.0 + np.abs(x).max(axis=0, initial=0.0)), spread, 1.0)
    made = [
        _stratum(np.flatnonzero(labels == s), who, centred / scale, ties) for s in np.unique(labels)
    ]
    kept = tuple(s for s in made if s is not None)
    return CoxData(who, kept, scale, int(event.sum()), ties)


def _stratum(rows: IntS, who: Subjects, x: Covariates, ties: str) -> Stratum | None:
    rows = rows[np.argsort(who.time[rows], kind="stable")]
    time, event, weight = who.time[rows], who.event[rows], who.weight[rows]
    dead = np.flatnonzero(event)
    if not dead.size:
        return None
    times, starts, deaths = np.unique(time[dead], return_index=True, return_counts=True)
    late = np.isfinite(who.entry[rows]).any()
    by_entry = np.argsort(who.entry[rows], kind="stable") if late else None
    entry = who.entry[rows][by_entry] if by_entry is not None else np.zeros(0)
    total = np.add.reduceat(weight[dead], starts)
    if ties == "efron":
        place = np.repeat(np.arange(times.size), deaths)
        part = (np.arange(place.size) - starts[place]) / deaths[place]
        share = total[place] / deaths[place]
    else:
        place, part, share = np.arange(times.size), np.zeros(times.size), total
    return Stratum(
        rows, x[rows], weight, np.searchsorted(time, times), by_entry,
        np.searchsorted(entry, times), dead, starts, place, part, share,
    )  # fmt: skip


def moments(stratum: Stratum, eta: Times, order: int = 2) -> Moments:
    """Sum exp(eta) over the risk set of every term, with means of x and x x'.

    Parameters
    ----------
    stratum : Stratum
    eta : (n,) array
        Linear predictors of the stratum's sorted subjects, none far above zero.
    order : int
        1 leaves the squares out (empty).
    """
    r = stratum.weight * np.exp(eta)
    total = _term_sums(stratum, r)
    rx = r[:, None] * stratum.x
    mean = _term_sums(stratum, rx) / total[:, None]
    if order < 2:
        return Moments(total, mean, np.zeros((total.size, 0, 0)))
    square = _term_sums(stratum, rx[:, :, None] * stratum.x[:, None, :]) / total[:, None, None]
    return Moments(total, mean, square)


def third_moments(stratum: Stratum, eta: Times, total: FloatT) -> FloatTPPP:
    """Mean of x x x over the risk set of every term (for Firth's penalty)."""
    rx = (stratum.weight * np.exp(eta))[:, None] * stratum.x
    cube = rx[:, :, None, None] * stratum.x[:, None, :, None] * stratum.x[:, None, None, :]
    out: FloatTPPP = _term_sums(stratum, cube) / total[:, None, None, None]
    return out


def _term_sums(s: Stratum, values: FloatNRest) -> FloatTRest:
    """Add values over each term's risk set, the tied deaths less their part."""
    zero = np.zeros((1, *values.shape[1:]))
    tail = np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], zero])
    risk = tail[s.first]
    if s.by_entry is not None:
        late = np.concatenate([np.cumsum(values[s.by_entry][::-1], axis=0)[::-1], zero])
        risk = risk - late[s.entered]
    if not s.part.any():
        whole: FloatTRest = risk[s.place]
        return whole
    deaths = np.add.reduceat(values[s.dead], s.starts, axis=0)
    part = s.part.reshape(-1, *([1] * (values.ndim - 1)))
    out: FloatTRest = risk[s.place] - part * deaths[s.place]
    return out


def cox_terms(data: CoxData, beta: Vector) -> CoxTerms:
    """Log partial likelihood, score and information (covariates standardized).

    log L = sum over deaths of w eta - sum over terms of share log(sum over risk of w exp(eta));
    minus infinity where predictors are too far apart to be added.

    References
    ----------
    Cox 1972; Efron 1977, doi:10.1080/01621459.1977.10480613.

    Examples
    --------
    >>> data = cox_data(np.array([1.0, 2.0]), np.array([True, True]), np.array([[0.0], [1.0]]))
    >>> round(cox_terms(data, np.zeros(1)).loglik, 6)
    -0.693147
    """
    loglik, score = 0.0, np.zeros(data.p)
    information = np.zeros((data.p, data.p))
    for s in data.strata:
        eta = s.x @ beta
        top = float(eta.max())
        if not np.isfinite(eta).all() or top - float(eta.min()) > WIDEST:
            return CoxTerms(-np.inf, score, information)
        m = moments(s, eta - top)
        weight = s.weight[s.dead]
        loglik += float(weight @ (eta[s.dead] - top) - s.share @ np.log(m.total))
        score += weight @ s.x[s.dead] - s.share @ m.mean
        spread = m.square - m.mean[:, :, None] * m.mean[:, None, :]
        information += np.tensordot(s.share, spread, axes=1)
    return CoxTerms(loglik, score, 0.5 * (information + information.T))
