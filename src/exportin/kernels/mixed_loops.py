"""Compiled sums over animals (or cages) of a linear mixed model, and their derivatives.

V of one cluster is Z G Z' within each animal, plus one number for all rows of a cage (times u u',
ones unless rows were turned), plus the residual part. From V and its derivatives D_i all that
likelihood, Satterthwaite and Kenward-Roger need are the sums over clusters of A'WA, A'W D_i W A,
A'W D_i W D_j W A, tr(W D_i) and tr(W D_i W D_j), with W the inverse of V and A = [X, y].
"""
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917  (compiled loops: arrays by position, no objects)

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled


@no_type_check
@compiled
def fill_covariance(a, n, z, shared, first, last, time, group, g, cage, variances, log_range, v):
    """Write V of the rows a .. a + n - 1; `first`, `last` bound the rows of each row's animal."""
    q = z.shape[1]
    for r in range(n):
        for s in range(n):
            v[r, s] = cage * shared[a + r] * shared[a + s]
    for r in range(n):
        for s in range(first[a + r] - a, last[a + r] - a):
            total = 0.0
            for i in range(q):
                for j in range(q):
                    total += z[a + r, i] * g[i, j] * z[a + s, j]
            if r == s:
                total += variances[group[a + r]]
            elif time.size > 0:
                gap = abs(time[a + r] - time[a + s]) * math.exp(-log_range)
                total += variances[group[a + r]] * math.exp(-gap)
            v[r, s] += total


@no_type_check
@compiled
def fill_derivatives(a, n, z, shared, first, last, time, group, has_cage, variances, log_range, d):
    """Write dV by every parameter: G (lower triangle), cage, residual variances, log range.

    With a range, the second derivatives (variance of each group by log range, log range twice)
    follow as further matrices.
    """
    q = z.shape[1]
    n_groups = variances.size
    base = q * (q + 1) // 2
    res = base + (1 if has_cage else 0)
    d[:, :n, :n] = 0.0
    if has_cage:
        for r in range(n):
            for s in range(n):
                d[base, r, s] = shared[a + r] * shared[a + s]
    for r in range(n):
        k = group[a + r]
        for s in range(first[a + r] - a, last[a + r] - a):
            p = 0
            for i in range(q):
                for j in range(i + 1):
                    if i == j:
                        d[p, r, s] = z[a + r, i] * z[a + s, i]
                    else:
                        d[p, r, s] = z[a + r, i] * z[a + s, j] + z[a + r, j] * z[a + s, i]
                    p += 1
            if time.size > 0:
                gap = abs(time[a + r] - time[a + s]) * math.exp(-log_range)
                near = math.exp(-gap)
                d[res + k, r, s] = near
                d[res + n_groups, r, s] = variances[k] * near * gap
                d[res + n_groups + 1 + k, r, s] = near * gap
                d[res + 2 * n_groups + 1, r, s] = variances[k] * near * gap * (gap - 1.0)
            elif r == s:
                d[res + k, r, s] = 1.0


@no_type_check
@compiled
def factor(v, n):
    """Cholesky factor of v in its lower triangle; log determinant, infinite where not positive."""
    log_det = 0.0
    for j in range(n):
        total = v[j, j]
        for k in range(j):
            total -= v[j, k] * v[j, k]
        if not total > 0.0:
            return np.inf
        root = math.sqrt(total)
        v[j, j] = root
        log_det += 2.0 * math.log(root)
        for i in range(j + 1, n):
            total = v[i, j]
            for k in range(j):
                total -= v[i, k] * v[j, k]
            v[i, j] = total / root
    return log_det


@no_type_check
@compiled
def plain_sums(
    xa, z, shared, first, last, time, group, starts, g, cage, variances, log_range, most, s0
):  # fmt: skip
    """Return log|V| and write s0 = A' W A; infinite where some V is not positive definite."""
    c = xa.shape[1]
    v = np.empty((most, most))
    y = np.empty((most, c))
    s0[:, :] = 0.0
    log_det = 0.0
    for k in range(starts.size - 1):
        a = starts[k]
        n = starts[k + 1] - a
        fill_covariance(a, n, z, shared, first, last, time, group, g, cage, variances, log_range, v)
        one = factor(v, n)
        if one == np.inf:
            return one
        log_det += one
        for r in range(n):
            for j in range(c):
                y[r, j] = xa[a + r, j]
            for s in range(r):
                w = v[r, s]
                for j in range(c):
                    y[r, j] -= w * y[s, j]
            w = 1.0 / v[r, r]
            for j in range(c):
                y[r, j] *= w
        for r in range(n):
            for i in range(c):
                w = y[r, i]
                for j in range(i + 1):
                    s0[i, j] += w * y[r, j]
    for i in range(c):
        for j in range(i):
            s0[j, i] = s0[i, j]
    return log_det


@no_type_check
@compiled
def inverse_from(low, n, w):
    """Inverse of L L' into w, both triangles; L is overwritten by its inverse."""
    for j in range(n):
        low[j, j] = 1.0 / low[j, j]
        for i in range(j + 1, n):
            total = 0.0
            for k in range(j, i):
                total -= low[i, k] * low[k, j]
            low[i, j] = total / low[i, i]
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, n):
                total += low[k, i] * low[k, j]
            w[i, j] = total
            w[j, i] = total


@no_type_check
@compiled
def derivative_sums(
    xa, z, shared, first, last, time, group, starts, g, has_cage, cage, variances, log_range, most,
    s0, p1, t1, q2, t2,
):  # fmt: skip
    """All sums of the module's head; m = t2.shape[0] parameters, t1.size matrices in all."""
    c = xa.shape[1]
    m, total_m = t2.shape[0], t1.size
    wide = z.shape[1] * (z.shape[1] + 1) // 2 if has_cage else -1
    v = np.empty((most, most))
    w = np.empty((most, most))
    d = np.empty((total_m, most, most))
    e = np.empty((m, most, most))
    xw = np.empty((most, c))
    dx = np.empty((total_m, most, c))
    wdx = np.empty((m, most, c))
    s0[:, :] = 0.0
    p1[:, :, :] = 0.0
    t1[:] = 0.0
    q2[:, :, :, :] = 0.0
    t2[:, :] = 0.0
    log_det = 0.0
    for k in range(starts.size - 1):
        a = starts[k]
        n = starts[k + 1] - a
        fill_covariance(a, n, z, shared, first, last, time, group, g, cage, variances, log_range, v)
        fill_derivatives(
            a, n, z, shared, first, last, time, group, has_cage, variances, log_range, d
        )
        one = factor(v, n)
        if one == np.inf:
            return one
        log_det += one
        inverse_from(v, n, w)
        for r in range(n):
            for j in range(c):
                xw[r, j] = 0.0
            for s in range(n):
                f = w[r, s]
                for j in range(c):
                    xw[r, j] += f * xa[a + s, j]
        for r in range(n):
            for i in range(c):
                f = xw[r, i]
                for j in range(c):
                    s0[i, j] += f * xa[a + r, j]
        for i in range(total_m):
            for r in range(n):
                low = 0 if i == wide else first[a + r] - a
                high = n if i == wide else last[a + r] - a
                for j in range(c):
                    dx[i, r, j] = 0.0
                for s in range(low, high):
                    f = d[i, r, s]
                    t1[i] += f * w[r, s]
                    for j in range(c):
                        dx[i, r, j] += f * xw[s, j]
            for r in range(n):
                for u in range(c):
                    f = xw[r, u]
                    for j in range(c):
                        p1[i, u, j] += f * dx[i, r, j]
        for i in range(m):
            for r in range(n):
                for s in range(n):
                    low = 0 if i == wide else first[a + s] - a
                    high = n if i == wide else last[a + s] - a
                    total = 0.0
                    for t in range(low, high):
                        total += w[r, t] * d[i, t, s]
                    e[i, r, s] = total
                for j in range(c):
                    wdx[i, r, j] = 0.0
                for s in range(n):
                    f = w[r, s]
                    for j in range(c):
                        wdx[i, r, j] += f * dx[i, s, j]
        for i in range(m):
            for h in range(i + 1):
                total = 0.0
                for r in range(n):
                    for s in range(n):
                        total += e[i, r, s] * e[h, s, r]
                t2[i, h] += total
                for r in range(n):
                    for u in range(c):
                        f = dx[i, r, u]
                        for j in range(c):
                            q2[i, h, u, j] += f * wdx[h, r, j]
    for i in range(m):
        for h in range(i):
            t2[h, i] = t2[i, h]
            for u in range(c):
                for j in range(c):
                    q2[h, i, j, u] = q2[i, h, u, j]
    return log_det
