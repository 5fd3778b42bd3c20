"""Compiled search for the best weights and shape of a DNA-content model.

Fisher scoring with damping in a box; a tie holds one linear sum of the weights at 0, so that a
fraction can be profiled.
"""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled
from exportin.kernels.dna_columns import (
    COLUMNS,
    LN_CV,
    LN_CV_B,
    LN_RATIO,
    SHAPES,
    SIZE,
    columns,
    curve,
    panels,
)

LOGLIK, ROUNDS, SETTLED = range(3)
_STEP = 1e-6
_MOST_ROUNDS = 80
_GAIN = 1e-4
_PATIENCE = 8
_CREEP = 5e-3


@no_type_check
@compiled
def loglik(counts, first, last, floor, mu):
    """Poisson log-likelihood of bins first to last, without the factorials."""
    total = 0.0
    for i in range(first, last):
        m = mu[i] + floor
        total -= m
        if counts[i] > 0.0:
            total += counts[i] * math.log(m)
    return total


@no_type_check
@compiled
def solve(H, rhs, n, L):
    """Solve H z = rhs for two right sides by Cholesky; False where H is not positive."""
    for i in range(n):
        for j in range(i + 1):
            total = H[i, j]
            for k in range(j):
                total -= L[i, k] * L[j, k]
            if i == j:
                if total <= 1e-14 * H[i, i] or total <= 0.0:
                    return False
                L[i, i] = math.sqrt(total)
            else:
                L[i, j] = total / L[j, j]
    for side in range(2):
        for i in range(n):
            total = rhs[side, i]
            for k in range(i):
                total -= L[i, k] * rhs[side, k]
            rhs[side, i] = total / L[i, i]
        for i in range(n - 1, -1, -1):
            total = rhs[side, i]
            for k in range(i + 1, n):
                total -= L[k, i] * rhs[side, k]
            rhs[side, i] = total / L[i, i]
    return True


@no_type_check
@compiled
def bounded_step(x, g, H, damp, low, high, tie, tied, nu, d):
    """Step to the top of a damped quadratic in a box, along a tie if there is one.

    Returns whether it could be solved and the multiplier of the tie.
    """
    free = np.zeros(SIZE, np.int64)
    fixed = np.zeros(SIZE, np.bool_)
    small = np.empty((SIZE, SIZE))
    L = np.empty((SIZE, SIZE))
    rhs = np.empty((2, SIZE))
    for j in range(SIZE):
        d[j] = 0.0
        pull = g[j] - nu * tie[j]
        fixed[j] = (
            low[j] >= high[j] or H[j, j] <= 0.0
            or (x[j] <= low[j] and pull <= 0.0) or (x[j] >= high[j] and pull >= 0.0)
        )  # fmt: skip
    for _ in range(SIZE):
        n = 0
        need = 0.0
        for j in range(SIZE):
            if not fixed[j]:
                free[n] = j
                n += 1
            need -= tie[j] * d[j] if fixed[j] else 0.0
        if n == 0:
            return True, nu
        for a in range(n):
            j = free[a]
            rhs[0, a] = g[j]
            rhs[1, a] = tie[j]
            for b in range(n):
                small[a, b] = H[j, free[b]]
            for k in range(SIZE):
                if fixed[k] and d[k] != 0.0:
                    rhs[0, a] -= H[j, k] * d[k]
            small[a, a] += damp * H[j, j]
        if not solve(small, rhs, n, L):
            return False, nu
        if tied:
            up = 0.0
            down = 0.0
            for a in range(n):
                up += tie[free[a]] * rhs[0, a]
                down += tie[free[a]] * rhs[1, a]
            nu = (up - need) / down if down > 0.0 else 0.0
        clean = True
        for a in range(n):
            j = free[a]
            d[j] = rhs[0, a] - (nu * rhs[1, a] if tied else 0.0)
        for a in range(n):
            j = free[a]
            if x[j] + d[j] < low[j]:
                d[j] = low[j] - x[j]
                fixed[j] = True
                clean = False
            elif x[j] + d[j] > high[j]:
                d[j] = high[j] - x[j]
                fixed[j] = True
                clean = False
        if clean:
            return True, nu
    return True, nu


@no_type_check
@compiled
def slopes(counts, u0, first, last, floor, kinds, given, counts_s, x, low, high, on, prior,
           work, g, H):  # fmt: skip
    """Gradient and Fisher information at x; ``work`` holds one row a parameter and three more."""
    n = counts.size
    mu = work[SIZE]
    moved = work[SIZE + 1]
    one = work[SIZE + 2, :COLUMNS]
    columns(u0, n, kinds, given, counts_s, x, on, one, work)
    curve(u0, n, kinds, given, counts_s, x[:COLUMNS], x[COLUMNS:], mu)
    theta = x[COLUMNS:].copy()
    use = np.zeros(SIZE, np.bool_)
    for k in range(COLUMNS):
        use[k] = on[k]
    for k in range(SHAPES):
        j = COLUMNS + k
        if low[j] >= high[j]:
            continue
        use[j] = True
        step = _STEP if theta[k] + _STEP <= high[j] else -_STEP
        theta[k] += step
        curve(u0, n, kinds, given, counts_s, x[:COLUMNS], theta, moved)
        theta[k] -= step
        for i in range(n):
            work[j, i] = (moved[i] - mu[i]) / step
    g[:] = 0.0
    H[:] = 0.0
    weight = work[SIZE + 1]
    for i in range(first, last):
        weight[i] = 1.0 / (mu[i] + floor)
    for j in range(SIZE):
        if not use[j]:
            continue
        total = 0.0
        for i in range(first, last):
            total += work[j, i] * (counts[i] * weight[i] - 1.0)
        g[j] = total
        for k in range(j + 1):
            if use[k]:
                total = 0.0
                for i in range(first, last):
                    total += work[j, i] * work[k, i] * weight[i]
                H[j, k] = total
                H[k, j] = total
    for k in range(SHAPES):
        j = COLUMNS + k
        if use[j]:
            g[j] -= prior[1, k] * (x[j] - prior[0, k])
            H[j, j] += prior[1, k]


@no_type_check
@compiled
def prior_loss(x, prior):
    """Sum up what a prior on the shape takes off the log-likelihood."""
    total = 0.0
    for k in range(SHAPES):
        if prior[1, k] > 0.0:
            total += 0.5 * prior[1, k] * (x[COLUMNS + k] - prior[0, k]) ** 2
    return total


@no_type_check
@compiled
def spread_weights(counts, u0, first, last, floor, kinds, given, counts_s, x, on, rounds, work):
    """EM steps of the weights at a fixed shape, a start for ``climb``; return the likelihood."""
    n = counts.size
    mu = work[SIZE]
    best = -np.inf
    columns(u0, n, kinds, given, counts_s, x, on, work[SIZE + 2, :COLUMNS], work)
    for _ in range(rounds):
        mu[:] = floor
        for k in range(COLUMNS):
            if on[k]:
                for i in range(first, last):
                    mu[i] += x[k] * work[k, i]
        best = loglik(counts, first, last, 0.0, mu)
        for k in range(COLUMNS):
            if on[k]:
                up = 0.0
                down = 0.0
                for i in range(first, last):
                    up += work[k, i] * counts[i] / mu[i]
                    down += work[k, i]
                x[k] = x[k] * up / down if down > 1e-3 else 0.0
    return best


@no_type_check
@compiled
def climb(counts, u0, first, last, floor, kinds, given, x, low, high, on, prior, tie, tied, H, out):
    """Damped Fisher scoring of weights and shape in their box; x is moved, H is left at the end."""
    n = counts.size
    work = np.zeros((SIZE + 3, max(n, COLUMNS)))
    g = np.zeros(SIZE)
    d = np.zeros(SIZE)
    trial = x.copy()
    mu = np.zeros(n)
    counts_s = np.array([
        panels(x[COLUMNS + LN_CV], x[COLUMNS + LN_RATIO]),
        panels(x[COLUMNS + LN_CV_B], x[COLUMNS + LN_RATIO]),
    ])  # fmt: skip
    curve(u0, n, kinds, given, counts_s, x[:COLUMNS], x[COLUMNS:], mu)
    best = loglik(counts, first, last, floor, mu) - prior_loss(x, prior)
    damp = 1e-3
    nu = 0.0
    out[SETTLED] = 0.0
    rounds = 0
    fresh = True
    mark = best
    while rounds < _MOST_ROUNDS:
        rounds += 1
        if rounds % _PATIENCE == 0:
            if best - mark < _CREEP:
                out[SETTLED] = 1.0
                break
            mark = best
        if fresh:
            slopes(counts, u0, first, last, floor, kinds, given, counts_s, x, low, high, on, prior,
                   work[:, :n], g, H)  # fmt: skip
        solved, found = bounded_step(x, g, H, damp, low, high, tie, tied, nu, d)
        fresh = False
        if not solved:
            damp = max(damp * 10.0, 1e-8)
            continue
        gain = 0.0
        for j in range(SIZE):
            trial[j] = min(max(x[j] + d[j], low[j]), high[j])
            gain += g[j] * d[j]
        if gain < _GAIN and damp <= 1e-2:
            out[SETTLED] = 1.0
            break
        curve(u0, n, kinds, given, counts_s, trial[:COLUMNS], trial[COLUMNS:], mu)
        now = loglik(counts, first, last, floor, mu) - prior_loss(trial, prior)
        if now >= best:
            nu = found
            x[:] = trial
            if now - best < _GAIN and damp <= 1e-2:
                best = now
                out[SETTLED] = 1.0
                break
            best = now
            damp = max(damp * 0.1, 1e-9)
            fresh = True
        else:
            damp = max(damp * 10.0, 1e-8)
            if damp > 1e10:
                break
    out[LOGLIK] = best
    out[ROUNDS] = rounds
