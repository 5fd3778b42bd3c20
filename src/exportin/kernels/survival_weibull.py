"""Weibull regression of times that are exact, censored or known to lie between two visits."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import chdtri

from exportin.kernels.survival_arrays import BoolN, BoolQ, FloatQQ

Ends = Float[np.ndarray, " n"]
Design = Float[np.ndarray, "n p"]
Vector = Float[np.ndarray, " q"]

_ROUNDS = 100
_HALVINGS = 40
_STEPS = 60
_FAR = 30.0
_FLAT = 12.0


class WeibullStatus(StrEnum):
    """How a fit ended."""

    OK = "ok"
    SEPARATED = "separated"
    NO_EVENTS = "no_events"
    NOT_IDENTIFIABLE = "not_identifiable"
    NOT_CONVERGED = "not_converged"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeibullFit:
    """log T = intercept + x coef + scale W, W extreme value; the parameters end with log scale.

    exp(coef) is the ratio of times; exp(-coef / scale) the hazard ratio. `covariance` belongs to
    `parameters`. NaN unless the status is ok.
    """

    parameters: Vector
    covariance: FloatQQ
    scale: float
    loglik: float
    loglik_null: float
    status: WeibullStatus


class TimeRatio(NamedTuple):
    """Ratio of event times (group 1 over group 0) with limits; an infinite or zero one is open."""

    ratio: float
    low: float
    high: float
    hazard_ratio: float
    likelihood_ratio: float
    status: WeibullStatus


def no_ratio(status: WeibullStatus) -> TimeRatio:
    """Give no numbers, and why.

    Examples
    --------
    >>> no_ratio(WeibullStatus.NO_EVENTS).status.value
    'no_events'
    """
    return TimeRatio(np.nan, np.nan, np.nan, np.nan, np.nan, status)


class _Local(NamedTuple):
    value: float
    score: Vector
    information: FloatQQ


def fit_weibull(left: Ends, right: Ends, x: Design, *, weight: Ends | None = None) -> WeibullFit:
    """Fit a Weibull accelerated failure time model to interval-censored times.

    S(t) = exp(-exp((log t - eta) / s)). Exact times add their density (of t), intervals
    S(left) - S(right), censored ones S(left).

    Parameters
    ----------
    left, right : (n,) arrays
        (left, right]; equal: exact; right infinite: censored; left 0: before right.
    x : (n, p) array
        Covariates without the column of ones; may have no columns.

    References
    ----------
    Kalbfleisch and Prentice 2002, The Statistical Analysis of Failure Time Data, ch. 3.

    Examples
    --------
    >>> left, right = np.array([0.0, 3.0, 7.0, 10.0]), np.array([3.0, 7.0, 10.0, np.inf])
    >>> fit = fit_weibull(left, right, np.zeros((4, 0)))
    >>> fit.status.value, fit.parameters.round(3).tolist()
    ('ok', [2.098, -0.312])
    """
    _check(left, right, x)
    weights = np.ones(left.size) if weight is None else weight
    design = np.column_stack([np.ones(left.size), x])
    q = design.shape[1] + 1
    if np.isinf(right).all():
        return _blank(q, WeibullStatus.NO_EVENTS)
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return _blank(q, WeibullStatus.NOT_IDENTIFIABLE)
    if separated(right, x):
        return _blank(q, WeibullStatus.SEPARATED)
    free = np.ones(q, dtype=bool)
    theta, at, settled = _climb(left, right, design, weights, _start(left, right, q), free=free)
    if not settled:
        narrow = theta[-1] < -_FAR / 3 or not np.isfinite(at.value)
        status = WeibullStatus.NOT_IDENTIFIABLE if narrow else WeibullStatus.NOT_CONVERGED
        return _blank(q, status)
    null = at.value
    if x.shape[1]:
        alone = np.column_stack([np.ones(left.size)])
        start = _start(left, right, 2)
        null = _climb(left, right, alone, weights, start, free=np.ones(2, dtype=bool))[1].value
    return WeibullFit(
        parameters=theta, covariance=np.linalg.inv(at.information), scale=float(np.exp(theta[-1])),
        loglik=at.value, loglik_null=null, status=WeibullStatus.OK,
    )  # fmt: skip


def time_ratio(left: Ends, right: Ends, treated: BoolN, *, conf_level: float = 0.95) -> TimeRatio:
    """Compare two groups: how many times longer the event takes, with profile limits.

    Where nobody treated has the event the ratio is infinite and its lower limit is that of the
    profile likelihood; where no control has, the reverse.

    Examples
    --------
    >>> left = np.array([3.0, 3.0, 7.0, 7.0, 7.0, 10.0, 14.0, 14.0])
    >>> right = np.array([7.0, 7.0, 10.0, 10.0, 10.0, 14.0, 17.0, np.inf])
    >>> found = time_ratio(left, right, np.repeat([False, True], 4))
    >>> round(found.ratio, 2), found.status.value
    (1.92, 'ok')
    """
    x = treated.astype(np.float64)[:, None]
    fit = fit_weibull(left, right, x)
    if fit.status not in (WeibullStatus.OK, WeibullStatus.SEPARATED):
        return no_ratio(fit.status)
    design, weights = np.column_stack([np.ones(left.size), x]), np.ones(left.size)
    side = 0.0
    theta, top, null = fit.parameters, fit.loglik, fit.loglik_null
    if fit.status is WeibullStatus.SEPARATED:
        with_events = treated[np.isfinite(right)][0]
        side = -1.0 if with_events else 1.0
        mine = treated == with_events
        alone = fit_weibull(left[mine], right[mine], np.zeros((int(mine.sum()), 0)))
        both = fit_weibull(left, right, np.zeros((left.size, 0)))
        if alone.status is not WeibullStatus.OK or both.status is not WeibullStatus.OK:
            return no_ratio(WeibullStatus.NOT_IDENTIFIABLE)
        top, null = alone.loglik, both.loglik
        # from far on the open side, where the profile has levelled off
        theta = np.array([alone.parameters[0], side * _FLAT, alone.parameters[1]])
    target = top - 0.5 * float(chdtri(1.0, 1.0 - conf_level))

    def height(b: float) -> float:
        start = np.array([theta[0] - (b if side < 0.0 else 0.0), b, theta[2]])
        free = np.array([True, False, True])
        return _climb(left, right, design, weights, start, free=free)[1].value - target

    if height(float(theta[1])) < 0.0:
        return no_ratio(WeibullStatus.NOT_IDENTIFIABLE)
    low = 0.0 if side < 0 else float(np.exp(_outward(height, float(theta[1]), -1.0)))
    high = np.inf if side > 0 else float(np.exp(_outward(height, float(theta[1]), 1.0)))
    change = 2.0 * (top - null)
    if side:
        ends = (np.inf, 0.0) if side > 0 else (0.0, np.inf)
        return TimeRatio(ends[0], low, high, ends[1], change, WeibullStatus.SEPARATED)
    hazard = float(np.exp(-theta[1] / fit.scale))
    return TimeRatio(float(np.exp(theta[1])), low, high, hazard, change, WeibullStatus.OK)


def separated(right: Ends, x: Design) -> bool:
    """Whether one level of a single 0/1 covariate has no event at all.

    Examples
    --------
    >>> separated(np.array([3.0, np.inf]), np.array([[0.0], [1.0]]))
    True
    """
    if x.shape[1] != 1:
        return False
    levels = np.unique(x[:, 0])
    return levels.size == 2 and any(np.isinf(right[x[:, 0] == v]).all() for v in levels)


def _check(left: Ends, right: Ends, x: Design) -> None:
    if not left.size or left.size != right.size or x.shape[0] != left.size:
        raise ValueError("Expected as many left as right ends and rows of x, and at least one.")
    if not (np.isfinite(left).all() and (left >= 0.0).all() and (right >= left).all()):
        raise ValueError("Expected 0 <= left <= right, left finite.")
    if not (right > 0.0).all():
        raise ValueError("Expected right ends after time 0.")
    if not np.isfinite(x).all():
        raise ValueError("Expected finite covariates.")


def _blank(q: int, status: WeibullStatus) -> WeibullFit:
    return WeibullFit(parameters=np.full(q, np.nan), covariance=np.full((q, q), np.nan),
                      scale=np.nan, loglik=np.nan, loglik_null=np.nan, status=status)  # fmt: skip


def _start(left: Ends, right: Ends, q: int) -> Vector:
    known = np.isfinite(right)
    middle = np.where(known, 0.5 * (left + np.where(known, right, left)), np.maximum(left, 1e-9))
    out = np.zeros(q)
    logs = np.log(middle)
    out[0] = float(logs.mean())
    out[-1] = float(np.log(max(logs.std(), 0.1)))
    return out


def _local(left: Ends, right: Ends, design: Design, weights: Ends, theta: Vector) -> _Local:
    """Log likelihood with gradient and negative Hessian in (coefficients, log scale)."""
    eta, sigma = design @ theta[:-1], float(np.exp(theta[-1]))
    exact, open_ = left == right, np.isinf(right)
    with np.errstate(all="ignore"):
        zl = np.where(left > 0.0, (np.log(np.maximum(left, 1e-300)) - eta) / sigma, -np.inf)
        zr = np.where(open_, np.inf, (np.log(np.where(open_, 1.0, right)) - eta) / sigma)
        value, gl, gr, hll, hrr, hlr = _pieces(zl, zr, exact, open_)
        value = value - np.where(exact, theta[-1] + np.log(np.where(exact, left, 1.0)), 0.0)
        ul, ur = (np.where(np.isfinite(z), z, 0.0) for z in (zl, zr))
        d_eta = -(gl + gr) / sigma
        d_s = -(gl * ul + gr * ur) - exact
        cross = hll + 2.0 * hlr + hrr
        d_ee = cross / sigma**2
        d_es = (hll * ul + hrr * ur + hlr * (ul + ur) + gl + gr) / sigma
        d_ss = hll * ul**2 + hrr * ur**2 + 2.0 * hlr * ul * ur + gl * ul + gr * ur
    total = float(weights @ value)
    score = np.concatenate([design.T @ (weights * d_eta), [weights @ d_s]])
    q = theta.size
    information = np.zeros((q, q))
    information[:-1, :-1] = -(design * (weights * d_ee)[:, None]).T @ design
    information[:-1, -1] = information[-1, :-1] = -(design.T @ (weights * d_es))
    information[-1, -1] = -float(weights @ d_ss)
    if not (np.isfinite(total) and np.isfinite(score).all() and np.isfinite(information).all()):
        return _Local(-np.inf, score, information)
    return _Local(total, score, information)


def _pieces(
    zl: Ends, zr: Ends, exact: BoolN, open_: BoolN
) -> tuple[Ends, Ends, Ends, Ends, Ends, Ends]:
    """Each subject's log likelihood with first and second derivatives in the two standard ends."""
    ez_l, ez_r = np.exp(zl), np.exp(np.where(open_, 0.0, zr))
    sl, sr = np.exp(-ez_l), np.where(open_, 0.0, np.exp(-ez_r))
    gap = np.where(exact | open_, 1.0, sl * -np.expm1(ez_l - ez_r))
    al, ar = ez_l * sl, np.where(open_, 0.0, ez_r * sr)
    inner_l, inner_r = -al / gap, ar / gap
    closed = ~exact & ~open_
    value = np.where(exact, zl - ez_l, np.where(open_, -ez_l, np.log(gap)))
    gl = np.where(exact, 1.0 - ez_l, np.where(open_, -ez_l, inner_l))
    gr = np.where(closed, inner_r, 0.0)
    curl = -al * (1.0 - ez_l) / gap - inner_l**2
    hll = np.where(closed, curl, -ez_l)
    hrr = np.where(closed, ar * (1.0 - ez_r) / gap - inner_r**2, 0.0)
    hlr = np.where(closed, -inner_l * inner_r, 0.0)
    return value, gl, gr, hll, hrr, hlr


def _climb(
    left: Ends, right: Ends, design: Design, weights: Ends, theta: Vector, *, free: BoolQ,
) -> tuple[Vector, _Local, bool]:  # fmt: skip
    """Newton with step halving; the Hessian is lifted where it is not positive."""
    at = _local(left, right, design, weights, theta)
    kept = np.ix_(free, free)
    for _ in range(_ROUNDS):
        values, vectors = np.linalg.eigh(at.information[kept])
        values = np.maximum(np.abs(values), 1e-10 * max(1.0, float(np.abs(values).max())))
        step = np.zeros(theta.size)
        step[free] = vectors @ ((vectors.T @ at.score[free]) / values)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        gain = float(at.score @ step)
        done = gain < 1e-13 * (1.0 + abs(at.value))
        for halving in range(_HALVINGS):
            there = theta + 0.5**halving * step
            found = _local(left, right, design, weights, there)
            if found.value >= at.value - 1e-14 * (1.0 + abs(at.value)):
                theta, at = there, found
                break
        else:
            return theta, at, done
        if done:
            return theta, at, abs(float(theta[-1])) < _FAR / 3
    return theta, at, False


def _outward(height: Callable[[float], float], inside: float, way: float) -> float:
    """Walk outwards until the profile has fallen far enough, then home in; infinite if never."""
    step = 0.25 * way
    while_inside = inside
    for _ in range(_STEPS):
        outside = while_inside + step
        if abs(outside) > _FAR:
            break
        if height(outside) < 0.0:
            return float(brentq(height, while_inside, outside, xtol=1e-12))
        while_inside, step = outside, 1.5 * step
    return way * np.inf
