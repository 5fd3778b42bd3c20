"""Kenward-Roger and Satterthwaite: covariance and degrees of freedom of fixed effects."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from exportin.kernels.mixed_model import MixedEstimate
from exportin.kernels.mixed_problem import MixedProblem

Rows = Float[np.ndarray, "k p"]
_POSITIVE = 1e-8
_ESTIMABLE = 1e-7
_LEAST = 0.5


@dataclass(frozen=True)
class Precision:
    """How well the fixed effects of one fit are known; in the inner coordinates of the engine.

    Attributes
    ----------
    covariance, adjusted : (r, r) arrays
        Of the fixed effects: as estimated, and by Kenward and Roger.
    slopes : (m, r, r) array
        d covariance / d natural parameter, up to sign.
    weight : (m, m) array
        Asymptotic covariance of the natural parameters, from the expected information.
    free_slopes, free_weight
        The same for the free parameters, from the observed information (Satterthwaite).
    """

    problem: MixedProblem
    scale: float
    covariance: np.ndarray
    adjusted: np.ndarray
    slopes: np.ndarray
    weight: np.ndarray
    free_slopes: np.ndarray
    free_weight: np.ndarray


class FTest(NamedTuple):
    """F statistic of several rows, its degrees of freedom."""

    f: float
    df1: int
    df2: float


def precision(fit: MixedEstimate) -> Precision:
    """Prepare the degrees of freedom of a REML fit.

    Kenward-Roger: Phi_A = Phi + 2 Phi [sum W_ij (Q_ij - P_i Phi P_j)] Phi, with W the inverse of
    the expected information of the natural parameters; second derivatives of V, which exist only
    for a serial range, are left out (the first-order form, which does not depend on how the
    parameters are written); no direction may lose more than half of its variance by it, which
    bounds the expansion where it breaks down. Satterthwaite: the Hessian of the deviance in
    (L, ln sigma), directions without positive curvature left out.

    Raises
    ------
    ValueError
        If the fit has no numbers or is not by REML.

    References
    ----------
    Kenward, Roger 1997, Biometrics 53:983-997. Kenward, Roger 2009, Comput Stat Data Anal
    53:2583-2595. Halekoh, Hojsgaard 2014, J Stat Softw 59(9). Kuznetsova, Brockhoff, Christensen
    2017, J Stat Softw 82(13).

    Examples
    --------
    >>> from exportin.kernels.mixed_model import fit_mixed
    >>> y = np.array([1.0, 2.1, 1.9, 3.4, 2.2, 2.6])
    >>> fit = fit_mixed(y, np.ones((6, 1)), np.repeat([0, 1, 2], 2), z=np.ones((6, 1)))
    >>> precision(fit).weight.shape
    (2, 2)
    """
    sums = fit.sums
    if sums is None or not fit.reml:
        raise ValueError("Degrees of freedom need a REML fit with numbers.")
    m = sums.p.shape[0]
    used = np.array([i for i in range(m) if i not in fit.held])
    c, p, q = sums.covariance, sums.p[used], sums.q[np.ix_(used, used)]
    weight = 2.0 * _pseudo_inverse(sums.information[np.ix_(used, used)])
    pcp = np.einsum("iab,bc,jcd->ijad", p, c, p)
    middle = np.einsum("ij,ijab->ab", weight, q - pcp)
    adjusted = _not_shrunken(c, c + c @ (middle + middle.T) @ c)
    slopes = c @ p @ c
    # without the range where it is held
    free = np.array([i for i in range(m) if not (fit.held and i == m - 2)])
    free_slopes = np.einsum("ka,kij->aij", sums.jacobian[np.ix_(used, free)], slopes)
    free_weight = 2.0 * _pseudo_inverse(sums.hessian[np.ix_(free, free)])
    scale = (sums.sigma * fit.problem.y_scale) ** 2
    return Precision(fit.problem, scale, c, adjusted, slopes, weight, free_slopes, free_weight)


def _not_shrunken(plain: np.ndarray, adjusted: np.ndarray) -> np.ndarray:
    """Raise what is below `_LEAST` of the plain variance, in any direction, to that."""
    low = np.linalg.cholesky(plain)
    inverse = np.linalg.inv(low)
    ratio = inverse @ adjusted @ inverse.T
    values, vectors = np.linalg.eigh(0.5 * (ratio + ratio.T))
    if values[0] >= _LEAST:
        return adjusted
    raised: np.ndarray = low @ (vectors * np.maximum(values, _LEAST)) @ vectors.T @ low.T
    return raised


def _pseudo_inverse(matrix: np.ndarray) -> np.ndarray:
    """Inverse over the directions of positive curvature."""
    size = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    size = np.where(size > 1e-12 * size.max(), size, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(size, size))
    keep = values > _POSITIVE * max(float(values.max()), 0.0)
    inverse: np.ndarray = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
    scaled: np.ndarray = inverse / np.outer(size, size)
    return scaled


def inner_rows(problem: MixedProblem, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Turn rows on the given coefficients into rows on the inner ones; which are estimable.

    A row is estimable if it gives a set-aside column what its combination of kept ones gets.

    Examples
    --------
    >>> from exportin.kernels.mixed_problem import prepare
    >>> p = prepare(np.array([1.0, 2.0, 4.0]), np.ones((3, 2)), np.array([0, 0, 1]))
    >>> inner_rows(p, np.array([[1.0, 1.0], [1.0, 0.0]]))[1].tolist()
    [True, False]
    """
    kept = np.array(problem.kept)
    others = np.array([j for j in range(rows.shape[1]) if j not in problem.kept], dtype=np.int64)
    gap = rows[:, others] - rows[:, kept] @ problem.aliased
    size = np.abs(rows).max(axis=1) * (1.0 + np.abs(problem.aliased).max(initial=0.0))
    estimable = np.abs(gap).max(axis=1, initial=0.0) <= _ESTIMABLE * size
    return np.linalg.solve(problem.x_factor.T, rows[:, kept].T).T, estimable


def satterthwaite_df(known: Precision, row: np.ndarray) -> float:
    """Degrees of freedom of one inner row: 2 v^2 / (g' A g), v = row Phi row', g its gradient.

    Fai, Cornelius 1996, J Stat Comput Simul 54:363-378.
    """
    return float(satterthwaite_dfs(known, row[None, :])[0])


def kenward_roger_df(known: Precision, row: np.ndarray) -> float:
    """Degrees of freedom of one inner row by Kenward and Roger (q = 1, where F is not scaled)."""
    return float(kenward_roger_dfs(known, row[None, :])[0])


def satterthwaite_dfs(known: Precision, rows: Rows) -> np.ndarray:
    """Degrees of freedom of each of many inner rows, as `satterthwaite_df`."""
    return _dfs(known, rows, known.free_slopes, known.free_weight)


def kenward_roger_dfs(known: Precision, rows: Rows) -> np.ndarray:
    """Degrees of freedom of each of many inner rows, as `kenward_roger_df`."""
    return _dfs(known, rows, known.slopes, known.weight)


def variances(covariance: np.ndarray, rows: Rows) -> np.ndarray:
    """Variance of each inner row."""
    found: np.ndarray = np.sum((rows @ covariance) * rows, axis=1)
    return found


def _dfs(known: Precision, rows: Rows, slopes: np.ndarray, weight: np.ndarray) -> np.ndarray:
    v = variances(known.covariance, rows)
    g = np.sum((rows @ slopes) * rows, axis=2).T
    spread = variances(weight, g)
    most = 1e7
    known_well = spread <= 2.0 * v * v / most
    found: np.ndarray = np.where(known_well, most, 2.0 * v * v / np.where(known_well, 1.0, spread))
    return found


def kenward_roger_f(known: Precision, rows: np.ndarray, effects: np.ndarray) -> FTest:
    """Scaled F of independent inner rows that together differ from zero, denominator df.

    Kenward and Roger 1997, section 3; `effects` in units of the response.

    Examples
    --------
    >>> from exportin.kernels.mixed_model import fit_mixed
    >>> y = np.array([1.0, 2.1, 1.9, 3.4, 2.2, 2.6])
    >>> fit = fit_mixed(y, np.ones((6, 1)), np.repeat([0, 1, 2], 2), z=np.ones((6, 1)))
    >>> row, _ = inner_rows(fit.problem, np.ones((1, 1)))
    >>> kenward_roger_f(precision(fit), row, fit.coefficients).df1
    1
    """
    q = rows.shape[0]
    plain = rows @ known.covariance @ rows.T
    parts = np.linalg.solve(plain, rows @ known.slopes @ rows.T)
    traces = np.einsum("iaa->i", parts)
    a1 = float(traces @ known.weight @ traces)
    a2 = float(np.einsum("ij,iab,jba->", known.weight, parts, parts))
    adjusted = known.scale * (rows @ known.adjusted @ rows.T)
    wald = float(effects @ np.linalg.solve(adjusted, effects)) / q
    if a2 <= 1e-12:  # no uncertainty of the variances reaches these rows
        return FTest(wald, q, 1e7)
    b = (a1 + 6.0 * a2) / (2.0 * q)
    g = ((q + 1.0) * a1 - (q + 4.0) * a2) / ((q + 2.0) * a2)
    d = 3.0 * q + 2.0 * (1.0 - g)
    v0 = 1.0 + g / d * b
    v1 = 1.0 - (q - g) / d * b
    v2 = 1.0 - (q + 2.0 - g) / d * b
    ratio = 1.0 if abs(v1) < 1e-10 and abs(1.0 - a2 / q) < 1e-10 else (1.0 - a2 / q) / v1
    rho = ratio**2 * v0 / (v2 * q)
    df2 = 4.0 + (q + 2.0) / (q * rho - 1.0)
    scaling = 1.0 if abs(df2 - 2.0) < 0.01 else df2 * (1.0 - a2 / q) / (df2 - 2.0)
    return FTest(max(scaling, 0.0) * wald, q, df2)


def satterthwaite_f(known: Precision, rows: np.ndarray, effects: np.ndarray) -> FTest:
    """F of independent inner rows with Satterthwaite's denominator df (Fai and Cornelius).

    Examples
    --------
    >>> from exportin.kernels.mixed_model import fit_mixed
    >>> y = np.array([1.0, 2.1, 1.9, 3.4, 2.2, 2.6])
    >>> fit = fit_mixed(y, np.ones((6, 1)), np.repeat([0, 1, 2], 2), z=np.ones((6, 1)))
    >>> row, _ = inner_rows(fit.problem, np.ones((1, 1)))
    >>> round(satterthwaite_f(precision(fit), row, fit.coefficients).df2, 3)
    2.0
    """
    q = rows.shape[0]
    values, vectors = np.linalg.eigh(rows @ known.covariance @ rows.T)
    turned, along = vectors.T @ rows, vectors.T @ effects
    f = float(np.sum(along**2 / (values * known.scale))) / q
    dfs = np.array([satterthwaite_df(known, row) for row in turned])
    if q == 1 or float(np.ptp(dfs)) < 1e-8 * float(dfs.max()):
        return FTest(f, q, float(dfs.mean()))
    if dfs.min() <= 2.0:
        return FTest(f, q, 2.0)
    e = float(np.sum(dfs / (dfs - 2.0)))
    return FTest(f, q, 2.0 * e / (e - q))
