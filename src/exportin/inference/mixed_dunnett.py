"""Dunnett's family for contrasts of a mixed model, whose correlations are nearly products.

Contrasts with one control correlate as products l_i l_j where arms are independent; a shared
baseline or Kenward and Roger's adjustment moves them a little. The tail probability of the nearest
products is computed exactly, and quasi-random integrals of both on the same points give the
difference.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy import special
from scipy.stats import qmc

from exportin.inference.families import Family, dunnett_family
from exportin.inference.group_means import product_loadings
from exportin.inference.max_t import find_quantile, max_t_tail

Square = Float[np.ndarray, "m m"]
_POINTS = 13
"""Two to this power; the points are fixed, so the same input gives the same bytes."""
_SEED = 20261121
_FAR = 0.1
_ROUNDS = 200


def mixed_family(covariance: Square, df: float, conf_level: float) -> Family:
    """Build the two-sided family of contrasts with this covariance.

    Parameters
    ----------
    covariance : (m, m) array
        Of the contrasts, any scale.
    df : float
        One for all of them.

    Returns
    -------
    Family
        Its tail is exact to 1e-13 where correlations are products, else to about 1e-5.

    References
    ----------
    Hochberg, Tamhane 1987, Multiple Comparison Procedures; Genz, Bretz 2009, Computation of
    Multivariate Normal and t Probabilities (the control variate is ours).

    Examples
    --------
    >>> round(mixed_family(np.array([[2.0, 1.0], [1.0, 2.0]]), 6.0, 0.95).critical, 2)
    2.86
    """
    if product_loadings(covariance) is not None:
        return dunnett_family(covariance, df, "two-sided", conf_level)
    error = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(error, error)
    loadings = nearest_loadings(correlation)
    if loadings is None:
        return dunnett_family(covariance, df, "two-sided", conf_level)
    near = np.outer(loadings, loadings)
    np.fill_diagonal(near, 1.0)
    true, made = (np.linalg.cholesky(c) for c in (correlation, near))

    def tail(t: float) -> float:
        exact = max_t_tail(t, loadings, df, two_sided=True)
        moved = _inside(made, t, df) - _inside(true, t, df)
        single = 2.0 * float(special.stdtr(df, -t))
        return min(1.0, single * loadings.size, max(single, exact + moved))

    alpha = 1.0 - conf_level
    single, all_apart = (-float(special.stdtrit(df, alpha / 2.0 / k)) for k in (1, loadings.size))
    critical = find_quantile(tail, alpha, single, all_apart, 1e-6)
    return Family("dunnett_simulated", "dunnett", tail, critical)


def nearest_loadings(correlation: Square) -> np.ndarray | None:
    """Find loadings whose products come nearest to the correlations; None where none come near.

    Least squares over the pairs, one loading at a time.

    Examples
    --------
    >>> c = np.array([[1.0, 0.5, 0.5], [0.5, 1.0, 0.52], [0.5, 0.52, 1.0]])
    >>> nearest_loadings(c).round(2).tolist()
    [0.69, 0.72, 0.72]
    """
    m = correlation.shape[0]
    others = correlation - np.eye(m)
    if float(correlation.min()) <= 0.0:
        return None
    loadings = np.full(m, float(np.sqrt(others.sum() / (m * (m - 1)))))
    for _ in range(_ROUNDS):
        before = loadings.copy()
        for i in range(m):
            rest = float(loadings @ loadings) - loadings[i] ** 2
            loadings[i] = min(0.999, float(others[i] @ loadings) / rest)
        if np.abs(loadings - before).max() < 1e-12:
            break
    gap = np.abs(np.outer(loadings, loadings) - correlation)
    np.fill_diagonal(gap, 0.0)
    return loadings if float(gap.max()) < _FAR else None


@lru_cache(maxsize=4)
def _points(m: int) -> np.ndarray:
    drawn: np.ndarray = qmc.Sobol(m, rng=np.random.default_rng(_SEED)).random_base2(_POINTS)
    inner: np.ndarray = np.clip(drawn, 1e-12, 1.0 - 1e-12)
    return inner


def _inside(factor: np.ndarray, t: float, df: float) -> float:
    """Probability that all |t_i| stay below t, one variable after the other (Genz and Bretz)."""
    m = factor.shape[0]
    drawn = _points(m)
    reach = t * np.sqrt(2.0 * special.gammaincinv(df / 2.0, drawn[:, 0]) / df)
    shared = np.zeros((drawn.shape[0], m))
    inside = np.ones(drawn.shape[0])
    for i in range(m):
        shift = shared[:, :i] @ factor[i, :i]
        low = special.ndtr((-reach - shift) / factor[i, i])
        width = special.ndtr((reach - shift) / factor[i, i]) - low
        inside *= width
        if i + 1 < m:
            place = np.clip(low + drawn[:, i + 1] * width, 1e-300, 1.0 - 1e-16)
            shared[:, i] = special.ndtri(place)
    return float(inside.mean())
