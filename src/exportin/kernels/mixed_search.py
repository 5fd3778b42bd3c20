"""Minus twice the (restricted) log-likelihood of a mixed model, its derivatives and its minimum."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from exportin.kernels.mixed_loops import derivative_sums, plain_sums
from exportin.kernels.mixed_packed import Packed
from exportin.kernels.mixed_parameters import Layout, derivatives, layout_of, natural
from exportin.kernels.mixed_problem import MixedProblem

_LOG_2PI = float(np.log(2.0 * np.pi))
_ROUNDS = 200
_LONGEST = 2.0
_DECREMENT = 1e-13
_HALVINGS = 30


@dataclass(frozen=True)
class Sums:
    """What the loops add up, in units of sigma; P, Q and traces as in `mixed_loops`."""

    deviance: float
    sigma: float
    beta: np.ndarray
    covariance: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    expected: np.ndarray
    p: np.ndarray
    q: np.ndarray
    information: np.ndarray
    natural_gradient: np.ndarray
    jacobian: np.ndarray


def _profile(
    problem: MixedProblem, log_det: float, s0: np.ndarray, *, reml: bool
) -> tuple[float, float, np.ndarray, np.ndarray]:  # fmt: skip
    """Deviance with the best beta and sigma; sigma, beta and the lower factor of X'WX."""
    r = problem.rank
    low = np.linalg.cholesky(s0[:r, :r])
    half = np.linalg.solve(low, s0[:r, r])
    rss = float(s0[r, r] - half @ half)
    df = problem.n - (r if reml else 0)
    variance = max(rss, 1e-300) / df
    deviance = log_det + df * (1.0 + _LOG_2PI + float(np.log(variance)))
    if reml:
        deviance += 2.0 * float(np.log(np.diag(low)).sum())
    return deviance, float(np.sqrt(variance)), half, low


def deviance_at(problem: MixedProblem, theta: np.ndarray, *, reml: bool = True) -> float:
    """Minus twice the profiled log-likelihood in the engine's coordinates; infinite if undefined.

    Bates et al. 2015, J Stat Softw 67(1), with sigma and beta profiled out.
    """
    layout = layout_of(problem)
    if not _within(layout, theta):
        return np.inf
    at = natural(layout, theta)
    s0 = np.empty((problem.rank + 1, problem.rank + 1))
    rows = problem.packed
    log_det = plain_sums(
        rows.xa, rows.z, rows.cage, rows.first, rows.last, rows.time, rows.group,
        rows.starts, at.g, at.cage, at.variances, at.log_range, rows.widest, s0,
    )  # fmt: skip
    if not np.isfinite(log_det):
        return np.inf
    log_det += float(rows.gone @ np.log(at.variances))
    s0 += np.tensordot(1.0 / at.variances, rows.squares, 1)
    try:
        return _profile(problem, log_det, s0, reml=reml)[0]
    except np.linalg.LinAlgError:
        return np.inf


def _within(layout: Layout, theta: np.ndarray) -> bool:
    """Whether parameters are of a size that can be computed with."""
    if layout.serial and not abs(theta[layout.n_natural - 2]) < 50.0:
        return False
    return float(np.abs(theta).max(initial=0.0)) <= 1e6


def sums_at(problem: MixedProblem, theta: np.ndarray, *, reml: bool = True) -> Sums:
    """Deviance with gradient and Hessian in the free parameters, at the best sigma.

    Raises
    ------
    numpy.linalg.LinAlgError
        If some V is not positive definite.
    """
    layout = layout_of(problem)
    if not _within(layout, theta):
        raise np.linalg.LinAlgError("parameters too large")
    m, r, c = layout.n_natural, problem.rank, problem.rank + 1
    more = problem.n_groups + 1 if layout.serial else 0
    s0, p1, t1 = np.empty((c, c)), np.empty((m + more, c, c)), np.empty(m + more)
    q2, t2 = np.empty((m, m, c, c)), np.empty((m, m))
    at = natural(layout, theta)
    rows = problem.packed
    log_det = derivative_sums(
        rows.xa, rows.z, rows.cage, rows.first, rows.last, rows.time, rows.group,
        rows.starts, at.g, problem.has_cage, at.cage, at.variances, at.log_range,
        rows.widest, s0, p1, t1, q2, t2,
    )  # fmt: skip
    if not np.isfinite(log_det):
        raise np.linalg.LinAlgError("V is not positive definite")
    log_det += _add_gone(rows, at.variances, layout.residual, (s0, p1, t1, q2, t2))
    deviance, sigma, half, low = _profile(problem, log_det, s0, reml=reml)
    inverse = np.linalg.inv(low)
    c_beta = inverse.T @ inverse
    beta = inverse.T @ half
    a = np.concatenate([-beta, [1.0]]) / sigma
    pa = p1 @ a
    quadratic = pa @ a
    v = pa[:m, :r]
    p_x = p1[:, :r, :r]
    q_x = q2[:, :, :r, :r]
    first = t1 - (np.einsum("ij,kji->k", c_beta, p_x) if reml else 0.0)
    gradient = first - quadratic
    squares = q2 @ a @ a - v @ c_beta @ v.T
    curve = t2.copy()
    if reml:
        cp = c_beta @ p_x[:m]
        curve += np.einsum("kij,lji->kl", cp, cp) - 2.0 * np.einsum("ij,klji->kl", c_beta, q_x)
    hessian = 2.0 * squares - curve
    hessian = 0.5 * (hessian + hessian.T)
    if layout.serial:
        for group in range(problem.n_groups):
            at_group = layout.residual + group
            hessian[at_group, m - 1] += gradient[m + group]
            hessian[m - 1, at_group] += gradient[m + group]
        hessian[m - 1, m - 1] += gradient[m + more - 1]
    jac, second = derivatives(layout, theta)
    free = jac.T @ hessian @ jac + np.einsum("k,kij->ij", gradient[:m], second)
    return Sums(deviance, sigma, beta, c_beta, jac.T @ gradient[:m], free, jac.T @ curve @ jac,
                p_x[:m], q_x, curve, gradient[:m], jac)  # fmt: skip


def _add_gone(
    rows: Packed, variances: np.ndarray, at: int, sums: tuple[np.ndarray, ...]
) -> float:  # fmt: skip
    """Add the rows that meet no random effect to all sums; return their part of log|V|."""
    s0, p1, t1, q2, t2 = sums
    for i, v in enumerate(variances):
        s0 += rows.squares[i] / v
        p1[at + i] += rows.squares[i] / v**2
        t1[at + i] += rows.gone[i] / v
        q2[at + i, at + i] += rows.squares[i] / v**3
        t2[at + i, at + i] += rows.gone[i] / v**2
    return float(rows.gone @ np.log(variances))


def minimize(
    problem: MixedProblem, theta: np.ndarray, bounds: tuple[float, float], *, reml: bool
) -> tuple[np.ndarray, Sums, bool]:
    """Newton descent from one start; the ln range stays within bounds.

    Where the Hessian has a direction of negative curvature the step is Fisher's (expected Hessian),
    and from a saddle the search leaves along that direction. Returns the end, its sums, and whether
    it has converged.
    """
    layout = layout_of(problem)
    k = theta.size
    now = sums_at(problem, theta, reml=reml)
    for _ in range(_ROUNDS):
        held = _held(layout, theta, now.gradient, bounds)
        step, decrement, convex = _step(now, held)
        if decrement < _DECREMENT:
            if convex or k == 0:
                return theta + step[:k], now, True  # the last digits
            step = _escape(now, held)
        size = float(np.abs(step[:k]).max(initial=0.0))
        most = _LONGEST * max(1.0, float(np.abs(theta).max(initial=0.0)))
        step *= min(1.0, most / max(size, 1e-300))
        walk = _Walk(problem, bounds, reml)
        moved = _descend(walk, theta, step[:k], now.deviance)
        if moved is None:
            return theta, now, decrement < 1e-7
        theta, now = moved
    return theta, now, False


def _held(
    layout: Layout, theta: np.ndarray, gradient: np.ndarray, bounds: tuple[float, float]
) -> np.ndarray:
    """Parameters that stay: a ln range at its bound that wants further out."""
    held = np.zeros(gradient.size, dtype=bool)
    if layout.serial:
        at = layout.n_natural - 2
        low, high = theta[at] <= bounds[0], theta[at] >= bounds[1]
        held[at] = (low and gradient[at] > 0.0) or (high and gradient[at] < 0.0)
    return held


def _step(now: Sums, held: np.ndarray) -> tuple[np.ndarray, float, bool]:
    """Newton (elsewhere scoring) step, the decrease it promises, and whether it is convex here."""
    free = ~held
    values, vectors = np.linalg.eigh(now.hessian[np.ix_(free, free)])
    top = max(float(np.abs(values).max(initial=0.0)), 1e-300)
    convex = bool(values.min(initial=0.0) > -1e-7 * top)
    if not convex:
        values, vectors = np.linalg.eigh(now.expected[np.ix_(free, free)])
        top = max(float(np.abs(values).max(initial=0.0)), 1e-300)
    slope = vectors.T @ now.gradient[free]
    bent = np.maximum(np.abs(values), 1e-8 * top)
    step = np.zeros(now.gradient.size)
    step[free] = -vectors @ (slope / bent)
    return step, float(slope @ (slope / bent)), convex


def _escape(now: Sums, held: np.ndarray) -> np.ndarray:
    """Step along the most negative curvature of a stationary point."""
    free = ~held
    _, vectors = np.linalg.eigh(now.hessian[np.ix_(free, free)])
    step = np.zeros(now.gradient.size)
    step[free] = 0.3 * vectors[:, 0]
    return step


class _Walk(NamedTuple):
    problem: MixedProblem
    bounds: tuple[float, float]
    reml: bool


def _descend(
    walk: _Walk, theta: np.ndarray, step: np.ndarray, start: float
) -> tuple[np.ndarray, Sums] | None:  # fmt: skip
    """Halve the step until the deviance does not rise beyond rounding."""
    layout, bounds = layout_of(walk.problem), walk.bounds
    noise = 1e-13 * max(1.0, abs(start))
    for _ in range(_HALVINGS):
        trial = theta + step
        if layout.serial:
            at = layout.n_natural - 2
            trial[at] = min(max(trial[at], bounds[0]), bounds[1])
        if np.array_equal(trial, theta):
            return None
        try:
            found = sums_at(walk.problem, trial, reml=walk.reml)
        except np.linalg.LinAlgError:
            found = None
        if found is not None and found.deviance <= start + noise:
            return trial, found
        step = step / 2.0
    return None
