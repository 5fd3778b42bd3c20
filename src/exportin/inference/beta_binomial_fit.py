"""Dirichlet-multinomial regressions of many data sets at once, by safeguarded Newton steps."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy import special

Counts = Float[np.ndarray, "_b _n _k"]
Design = Float[np.ndarray, "_n _q"]
Offset = Float[np.ndarray, "_b _n _m"]
Each = Float[np.ndarray, " _b"]
Slopes = Float[np.ndarray, "_b _q _m"]
Steps = Float[np.ndarray, "_b _p"]
Curvature = Float[np.ndarray, "_b _p _p"]
Chosen = Bool[np.ndarray, " _b"]

LOG_LEAST, LOG_MOST = -2.0, 16.0
"""Range of ln(precision): fractions that are 0 or 1 at random, to pure counting noise (9e6)."""
ROUNDS = 60
DONE = 1e-7
"""Largest expected gain in log-likelihood of a further step."""
STEEPEST = 8.0
"""Largest step of a log-ratio."""


class Regressions(NamedTuple):
    """Fits of b data sets: log-likelihood less its constant, slopes, ln precision, information."""

    log_likelihood: Each
    slopes: Slopes
    log_precision: Each
    information: Curvature
    converged: Chosen


class _Point(NamedTuple):
    likelihood: Each
    score: Steps
    hessian: Curvature


def fit_dirichlet(counts: Counts, design: Design, offset: Offset | None = None) -> Regressions:
    """Fit log-ratios of parts against the last one, linear in the design, with one precision.

    Parameters
    ----------
    counts : (b, n, K) array
        Events of n tubes in K parts, for b data sets with one design. Whole numbers or not.
    design : (n, q) array
        Full rank.
    offset : (b, n, K - 1) array, optional
        Added to the log-ratios.

    Returns
    -------
    Regressions
        ``information`` orders slopes by part, then design column, then ln precision.

    References
    ----------
    Mosimann 1962, doi:10.1093/biomet/49.1-2.65; Williams 1982, doi:10.2307/2347977.

    Examples
    --------
    >>> x = np.array([[[30.0, 70.0], [40.0, 60.0], [35.0, 65.0]]])
    >>> found = fit_dirichlet(x, np.ones((3, 1)))
    >>> round(float(special.expit(found.slopes[0, 0, 0])), 3)
    0.35
    """
    b, _, k = counts.shape
    m, q = k - 1, design.shape[1]
    shift = np.zeros((b, design.shape[0], m)) if offset is None else offset
    at = np.concatenate([_start(counts, design, shift), np.full((b, 1), 5.0)], axis=1)
    at[:, -1] = _start_precision(counts, design, shift, at)
    point = _point(counts, design, shift, at)
    open_ = np.ones(b, dtype=bool)
    for _ in range(ROUNDS):
        step, gain = _step(point, at)
        open_ &= gain > DONE
        if not open_.any():
            break
        i = np.flatnonzero(open_)
        now = _Point(*(values[i] for values in point))
        moved, better = _search(counts[i], design, shift[i], at[i], step[i], now)
        at[i] = moved
        for old, new in zip(point, better, strict=True):
            old[i] = new
        open_[i[better.likelihood <= now.likelihood]] = False
    slopes = at[:, :-1].reshape(b, m, q).transpose(0, 2, 1)
    _, gain = _step(point, at)
    return Regressions(point.likelihood, slopes, at[:, -1], -point.hessian, gain < 1e-3)


def _start(counts: Counts, design: Design, shift: Offset) -> Steps:
    logs = np.log(counts + 0.5)
    ratios = logs[:, :, :-1] - logs[:, :, -1:] - shift
    slopes = np.linalg.pinv(design) @ ratios
    made: Steps = slopes.transpose(0, 2, 1).reshape(counts.shape[0], -1)
    return made


def _start_precision(counts: Counts, design: Design, shift: Offset, at: Steps) -> Each:
    """Precision from squared residuals against their multinomial size."""
    share = _shares(design, shift, at)
    n = counts.sum(axis=2, keepdims=True)
    chi = ((counts - n * share) ** 2 / (n * share)).sum(axis=(1, 2))
    free = counts.shape[1] * (counts.shape[2] - 1)
    excess = np.maximum(chi / free - 1.0, 1e-6)
    start: Each = np.clip(np.log(n.mean(axis=(1, 2)) / excess), LOG_LEAST, LOG_MOST - 2.0)
    return start


def _shares(design: Design, shift: Offset, at: Steps) -> Counts:
    b, n, m = shift.shape
    slopes = at[:, : m * design.shape[1]].reshape(b, m, design.shape[1])
    eta = np.zeros((b, n, m + 1))
    eta[:, :, :m] = shift + np.einsum("nq,bmq->bnm", design, slopes)
    eta -= eta.max(axis=2, keepdims=True)
    share = np.exp(eta)
    done: Counts = np.maximum(share / share.sum(axis=2, keepdims=True), 1e-12)
    return done


def _likelihood(counts: Counts, share: Counts, log_precision: Each) -> Each:
    s = np.exp(log_precision)[:, None]
    alpha = s[:, :, None] * share
    n = counts.sum(axis=2)
    each = special.gammaln(counts + alpha) - special.gammaln(alpha)
    done: Each = (each.sum(axis=2) + special.gammaln(s) - special.gammaln(n + s)).sum(axis=1)
    return done


def _point(counts: Counts, design: Design, shift: Offset, at: Steps) -> _Point:
    """Log-likelihood, its score, and a Hessian without the terms that vanish on average."""
    b, _, k = counts.shape
    m, q = k - 1, design.shape[1]
    share = _shares(design, shift, at)
    s = np.exp(at[:, -1])[:, None]
    alpha = s[:, :, None] * share
    total = counts.sum(axis=2)
    g = special.digamma(counts + alpha) - special.digamma(alpha)
    h = special.polygamma(1, counts + alpha) - special.polygamma(1, alpha)
    c = special.digamma(s) - special.digamma(total + s)
    c2 = special.polygamma(1, s) - special.polygamma(1, total + s)
    mean = (share * g).sum(axis=2)
    eta = alpha[:, :, :m] * (g[:, :, :m] - mean[:, :, None])
    score = np.zeros((b, m * q + 1))
    score[:, :-1] = np.einsum("bnm,nq->bmq", eta, design).reshape(b, -1)
    theta = s * (mean + c)
    score[:, -1] = theta.sum(axis=1)
    jacobian = alpha[:, :, :, None] * (np.eye(k)[:, :m] - share[:, :, None, :m])
    inner = np.einsum("bnkm,bnk,bnkl->bnml", jacobian, h, jacobian)
    hessian = np.zeros((b, m * q + 1, m * q + 1))
    hessian[:, :-1, :-1] = np.einsum("bnml,nq,nr->bmqlr", inner, design, design).reshape(
        b, m * q, m * q
    )
    cross = np.einsum("bnkm,bnk,bnk->bnm", jacobian, h, alpha) + eta
    hessian[:, -1, :-1] = hessian[:, :-1, -1] = np.einsum("bnm,nq->bmq", cross, design).reshape(
        b, -1
    )
    hessian[:, -1, -1] = (theta + (alpha * alpha * h).sum(axis=2) + c2 * s * s).sum(axis=1)
    return _Point(_likelihood(counts, share, at[:, -1]), score, hessian)


def _step(point: _Point, at: Steps) -> tuple[Steps, Each]:
    """Newton step with a curvature that is made negative, and the gain that it promises."""
    score, hessian = point.score.copy(), point.hessian.copy()
    low = (at[:, -1] <= LOG_LEAST) & (score[:, -1] < 0.0)
    held = low | ((at[:, -1] >= LOG_MOST) & (score[:, -1] > 0.0))
    score[held, -1] = 0.0
    hessian[held, -1, :-1] = hessian[held, :-1, -1] = 0.0
    last = hessian[:, -1, -1]
    hessian[:, -1, -1] = -np.maximum(np.abs(last), 1e-3)
    wrong = held | (last > -1e-3)  # no top along the precision yet: climb it on its own
    hessian[wrong, -1, :-1] = hessian[wrong, :-1, -1] = 0.0
    size = hessian.shape[1]
    diagonal = np.arange(size)
    hessian[:, diagonal, diagonal] -= 1e-10 * (1.0 + np.abs(hessian[:, diagonal, diagonal]))
    step = -np.linalg.solve(hessian, score[:, :, None])[:, :, 0]
    gain = (step * score).sum(axis=1)
    back = gain <= 0.0  # a saddle: go uphill, each coordinate by its own curvature
    if back.any():
        own = np.maximum(np.abs(hessian[:, diagonal, diagonal]), 1e-3)
        step[back] = (score / own)[back]
        gain = (step * score).sum(axis=1)
    most = np.abs(step[:, :-1]).max(axis=1, initial=0.0)
    step *= np.minimum(1.0, STEEPEST / np.maximum(most, 1e-300))[:, None]
    step[:, -1] = np.clip(step[:, -1], -3.0, 3.0)
    return step, gain


def _search(  # noqa: PLR0917 - one data set and where it stands
    counts: Counts, design: Design, shift: Offset, at: Steps, step: Steps, now: _Point
) -> tuple[Steps, _Point]:
    """Halve steps until the likelihood rises; a data set that cannot rise stays where it is."""
    size = np.ones(at.shape[0])
    here = at.copy()
    waiting = np.ones(at.shape[0], dtype=bool)
    for _ in range(12):
        i = np.flatnonzero(waiting)
        if not i.size:
            break
        tried = at[i] + size[i, None] * step[i]
        tried[:, -1] = np.clip(tried[:, -1], LOG_LEAST, LOG_MOST)
        seen = _likelihood(counts[i], _shares(design, shift[i], tried), tried[:, -1])
        up = seen > now.likelihood[i]
        here[i[up]] = tried[up]
        waiting[i[up]] = False
        size[i] *= 0.5
    return here, _point(counts, design, shift, here)
