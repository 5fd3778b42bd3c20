"""Compositions as isometric log-ratios: distance between groups, Hotelling's T2, Wilks' lambda."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg, optimize, special

from exportin.inference.linear_model import (
    Matrix,
    Square,
    indicator_columns,
    rank_of,
    sum_columns,
)
from exportin.inference.noncentral import partial_eta_squared
from exportin.inference.samples import Vector, as_factor

Shares = Float[np.ndarray, "_n _k"]
SPARE_DF = 2
"""Denominator df that F needs at least: with one, p < 0.05 needs F near 200 (a choice of ours)."""
FLAT = 1e-12
"""Smallest eigenvalue of the residual covariance over its largest below which it is singular."""


class Joint(NamedTuple):
    """One joint test: effect with interval, F and its df, p; `reason` says why there is none.

    `effect` is an Aitchison distance, or for several groups Wilks' partial eta squared.
    """

    effect: float | None = None
    low: float | None = None
    high: float | None = None
    statistic: float | None = None
    df: float | None = None
    df2: float | None = None
    p_value: float | None = None
    reason: str = ""
    error_df: int = 0


class _Fit(NamedTuple):
    """Coefficients, the inverse of X'X, residual sums of squares and products, df."""

    coefficients: Matrix
    inverse: Square
    residual: Square
    df: int


def ilr_basis(parts: int) -> Matrix:
    """Columns of the pivot basis: the first j parts against part j + 1 (Egozcue 2003).

    Parameters
    ----------
    parts : int
        Number of parts, K.

    Returns
    -------
    (K, K - 1) array
        Orthonormal, every column with sum zero.

    Examples
    --------
    >>> ilr_basis(3).round(4).tolist()
    [[0.7071, 0.4082], [-0.7071, 0.4082], [0.0, -0.8165]]
    """
    basis = np.zeros((parts, parts - 1))
    for j in range(1, parts):
        basis[:j, j - 1] = 1.0 / j
        basis[j, j - 1] = -1.0
        basis[:, j - 1] *= math.sqrt(j / (j + 1.0))
    return basis


def ilr(shares: Shares) -> Matrix:
    """Isometric log-ratios of compositions; distances between them are Aitchison distances.

    Parameters
    ----------
    shares : (n, K) array
        Positive; need not add up to one.

    Examples
    --------
    >>> ilr(np.array([[0.5, 0.25, 0.25]])).round(4).tolist()
    [[0.4901, 0.283]]
    """
    logs: Matrix = np.log(shares) @ ilr_basis(shares.shape[1])
    return logs


def joint_pair(
    values: Matrix,
    group: Sequence[str],
    block: Sequence[str] | None,
    pair: tuple[str, str],
    conf_level: float = 0.95,
) -> Joint:
    """Test whether two groups have one mean composition, by Hotelling's T2.

    The model is group + block for every log-ratio, covariance pooled over all groups given (for two
    groups measured in the same experiments: Hotelling's T2 of the differences within them). With
    m log-ratios and residual df f, T2 (f - m + 1) / (m f) is F with m and f - m + 1 df, exactly.
    The interval is the range of distances in the confidence ellipsoid: it covers at least at its
    level, and its lower end leaves zero where p < 1 - level.

    Parameters
    ----------
    values : (n, m) array
        Log-ratios of the tubes, as `ilr` gives them.
    group, block : sequences of n labels
        block: the experiments, None for independent groups.
    pair : (str, str)
        Groups a and b.
    conf_level : float

    References
    ----------
    Hotelling 1931, doi:10.1214/aoms/1177732979.

    Examples
    --------
    >>> y = np.array([[0.0, 0.1], [0.2, 0.0], [0.1, 0.3], [0.0, 0.2],
    ...               [0.9, 0.3], [1.2, 0.1], [1.0, 0.6], [0.8, 0.5]])
    >>> found = joint_pair(y, list("vvvvdddd"), list("12341234"), ("d", "v"))
    >>> round(found.effect, 3), round(found.p_value, 4), found.df2
    (0.928, 0.0012, 2.0)
    """
    levels = as_factor(group)
    design = [indicator_columns(levels)]
    weights = np.array([float(g == pair[0]) - float(g == pair[1]) for g in levels.levels])
    if block is not None:
        design.append(sum_columns(as_factor(block)))
    x = np.hstack(design)
    return _contrast(x, values, np.pad(weights, (0, x.shape[1] - weights.size)), conf_level)


def joint_mean(values: Matrix, conf_level: float = 0.95) -> Joint:
    """Test whether the mean of vectors (slopes of experiments) is zero, by Hotelling's T2.

    Examples
    --------
    >>> y = np.array([[0.4, 0.1], [0.5, 0.0], [0.4, 0.2], [0.6, 0.1]])
    >>> round(joint_mean(y).effect, 3)
    0.485
    """
    return _contrast(np.ones((values.shape[0], 1)), values, np.ones(1), conf_level)


def _contrast(x: Matrix, values: Matrix, weights: Vector, conf_level: float) -> Joint:
    m = values.shape[1]
    fit = _fit(x, values)
    if isinstance(fit, str):
        return Joint(reason=fit)
    difference: Vector = weights @ fit.coefficients
    distance = float(np.linalg.norm(difference))
    spare = fit.df - m + 1
    if spare < SPARE_DF:
        said = f"{m} log-ratios need {m - 1 + SPARE_DF} residual degrees of freedom"
        return Joint(distance, reason=f"{said} and have {fit.df}", error_df=fit.df)
    covariance = fit.residual / fit.df * float(weights @ fit.inverse @ weights)
    if _singular(fit.residual, values):
        return Joint(distance, reason="the log-ratios do not vary independently of each other")
    t2 = float(difference @ np.linalg.solve(covariance, difference))
    f = t2 * spare / (m * fit.df)
    radius = m * fit.df / spare * float(special.fdtri(m, spare, conf_level))
    low, high = norm_interval(difference, covariance, radius)
    return Joint(distance, low, high, f, float(m), float(spare),
                 float(special.fdtrc(m, spare, f)), error_df=fit.df)  # fmt: skip


def joint_groups(
    values: Matrix,
    group: Sequence[str],
    block: Sequence[str] | None,
    conf_level: float = 0.95,
) -> Joint:
    """Test whether several groups have one mean composition, by Wilks' lambda and Rao's F.

    Rao's F is exact for up to two log-ratios (three parts) or up to three groups, else approximate.
    The effect is 1 - lambda^(1/t), the multivariate partial eta squared, with the interval of a
    noncentral F at level 2 c - 1 (approximate), which leaves zero where p < 1 - c.

    Parameters
    ----------
    values, group, block, conf_level
        As in `joint_pair`.

    References
    ----------
    Wilks 1932, doi:10.1093/biomet/24.3-4.471; Rao 1951.

    Examples
    --------
    >>> y = np.array([[0.0, 0.1], [0.2, 0.0], [0.1, 0.3], [0.5, 0.2], [0.6, 0.3], [0.9, 0.1],
    ...               [1.0, 0.6], [0.8, 0.5], [1.3, 0.9]])
    >>> found = joint_groups(y, list("aaabbbccc"), list("123123123"))
    >>> round(found.statistic, 3), found.df, found.df2
    (7.363, 4.0, 6.0)
    """
    levels = as_factor(group)
    rest = np.ones((len(group), 1))
    if block is not None:
        rest = np.hstack([rest, sum_columns(as_factor(block))])
    full = np.hstack([rest, sum_columns(levels)])
    fit, null = _fit(full, values), _fit(rest, values)
    if isinstance(fit, str) or isinstance(null, str):
        return Joint(reason=fit if isinstance(fit, str) else str(null))
    m, k = values.shape[1], len(levels.levels) - 1
    if fit.df - m + 1 < SPARE_DF:
        said = f"{m} log-ratios need {m - 1 + SPARE_DF} residual degrees of freedom"
        return Joint(reason=f"{said} and have {fit.df}", error_df=fit.df)
    if _singular(fit.residual, values):
        return Joint(reason="the log-ratios do not vary independently of each other")
    log_lambda = float(np.linalg.slogdet(fit.residual)[1] - np.linalg.slogdet(null.residual)[1])
    below = m * m + k * k - 5
    root = math.sqrt((m * m * k * k - 4) / below) if below > 0 else 1.0
    df = float(m * k)
    df2 = root * (fit.df + k - (m + k + 1) / 2.0) - (df - 2.0) / 2.0
    f = math.expm1(-log_lambda / root) * df2 / df
    eta = partial_eta_squared(f, df, df2, 2.0 * conf_level - 1.0)
    return Joint(eta.effect, eta.low, eta.high, f, df, df2,
                 float(special.fdtrc(df, df2, f)), error_df=fit.df)  # fmt: skip


def _fit(x: Matrix, values: Matrix) -> _Fit | str:
    if rank_of(x) < x.shape[1]:
        return "groups and experiments cannot be told apart"
    df = x.shape[0] - x.shape[1]
    q, r = linalg.qr(x, mode="economic")
    coefficients = linalg.solve_triangular(r, q.T @ values)
    inverse = linalg.solve_triangular(r, np.eye(x.shape[1]))
    rest = values - x @ coefficients
    rest -= q @ (q.T @ rest)
    return _Fit(coefficients, inverse @ inverse.T, rest.T @ rest, df)


def _singular(residual: Square, values: Matrix) -> bool:
    eigen = np.linalg.eigvalsh(residual)
    noise = (1e-12 * max(1.0, float(np.abs(values).max()))) ** 2 * values.shape[0]
    return bool(eigen[0] <= max(FLAT * eigen[-1], noise))


def norm_interval(center: Vector, covariance: Square, radius: float) -> tuple[float, float]:
    """Smallest and largest length of a vector in an ellipsoid.

    The ellipsoid is (v - center)' covariance^-1 (v - center) <= radius; both ends solve a secular
    equation in one unknown.

    Examples
    --------
    >>> [round(end, 9) for end in norm_interval(np.array([3.0, 4.0]), np.eye(2), 4.0)]
    [3.0, 7.0]
    >>> norm_interval(np.array([1.0, 0.0]), np.eye(2), 4.0)[0]
    0.0
    """
    size, axes = np.linalg.eigh(covariance)
    z = axes.T @ center
    spread = math.sqrt(float(size[-1]) * radius)
    z = np.where(np.abs(z) < 1e-9 * spread, 1e-9 * spread, z)  # off the axes: one root each

    def outside(multiplier: float) -> float:
        return float(np.sum(z * z * size / (size + multiplier) ** 2)) - radius

    low = 0.0
    if outside(0.0) > 0.0:
        top = math.sqrt(float(np.sum(z * z * size)) / radius)
        root = optimize.brentq(outside, 0.0, top, xtol=1e-300, rtol=1e-14)
        low = float(np.linalg.norm(z * root / (size + root)))
    far = float(size[-1]) + math.sqrt(float(np.sum(z * z * size)) / radius)
    near = float(size[-1]) + float(abs(z[-1])) * math.sqrt(float(size[-1]) / radius)
    root = optimize.brentq(lambda m: outside(-m), near * (1 - 1e-12), far * (1 + 1e-12),
                           xtol=1e-300, rtol=1e-14)  # fmt: skip
    return low, float(np.linalg.norm(z * root / (size - root)))
