"""Group means with their covariance: plain, least squares means over blocks or a second factor."""

import math
from typing import NamedTuple

import numpy as np

from exportin.inference.linear_model import (
    Matrix,
    Square,
    fit_linear,
    indicator_columns,
    product_columns,
    sum_columns,
)
from exportin.inference.samples import Labels, Values, Vector, drop_missing, offset_of
from exportin.inference.t_outcome import NOISE_FRACTION

# nearer to 1 (a group 20 000 times the control's size) the integrand is too sharp to integrate
_LARGEST_LOADING = 0.99995


class GroupMeans(NamedTuple):
    """Means of k groups, their covariance (error variance included), and the error df.

    `means` are less `offset`, so that differences keep their digits. `reason` says why there are
    none; the arrays are then empty.
    """

    levels: tuple[str, ...]
    means: Vector
    covariance: Square
    df: int
    counts: tuple[int, ...]
    blocked: bool
    size: float
    offset: float = 0.0
    reason: str = ""


class Pair(NamedTuple):
    """Difference of two groups, by position."""

    a: int
    b: int


def group_means(
    values: Values,
    group: Labels,
    *,
    block: Labels | None = None,
    within: Labels | None = None,
) -> GroupMeans:
    """Estimate the mean of each group and the covariance of these means.

    Without block and within: sample means and pooled variance. With `block`: least squares means
    of the additive model group + block. With `within`: means over the levels of a second factor,
    each level weighted alike, from the model of all cells (plus block).

    Parameters
    ----------
    values : sequence of float, shape (n,)
    group, block, within : sequence of labels, shape (n,)

    Examples
    --------
    >>> result = group_means([1.0, 3.0, 5.0, 9.0], list("aabb"))
    >>> (result.means + result.offset).round(9).tolist(), result.df
    ([2.0, 7.0], 2)
    """
    y, factors = drop_missing(values, group, block, within)
    first = factors[0]
    counts = tuple(np.bincount(first.codes, minlength=len(first.levels)).tolist())
    offset = offset_of(y)
    cells = indicator_columns(first)
    k = cells.shape[1]
    parts = [cells]
    parts.extend(sum_columns(factor) for factor in factors[1:])
    if within is not None:
        parts.append(product_columns(sum_columns(first), parts[-1]))
    design: Matrix = np.hstack(parts)
    size = float(np.abs(y).max()) if y.size else 0.0

    def nothing(reason: str) -> GroupMeans:
        none = np.empty(0), np.empty((0, 0))
        return GroupMeans(first.levels, *none, 0, counts, block is not None, size, offset, reason)

    if k < 2:
        return nothing("There are fewer than two groups with values.")
    if design.shape[0] <= design.shape[1]:
        return nothing("There are no replicates left to estimate the error from.")
    try:
        fit = fit_linear(design, y - offset)
    except ValueError:
        return nothing("A cell is empty, so not every group mean can be estimated.")
    if fit.residual_squares <= (NOISE_FRACTION * size) ** 2 * y.size:
        return nothing("The values do not vary within groups, so there is no error to test with.")
    variance = fit.residual_squares / fit.residual_df
    return GroupMeans(first.levels, fit.coefficients[:k],
                      variance * fit.unit_covariance[:k, :k], fit.residual_df, counts,
                      block is not None, size, offset)  # fmt: skip


def contrast_matrix(pairs: list[Pair], k: int) -> Matrix:
    """One row per difference: +1 for a, -1 for b.

    Examples
    --------
    >>> contrast_matrix([Pair(1, 0)], 2).tolist()
    [[-1.0, 1.0]]
    """
    rows = np.zeros((len(pairs), k))
    for i, pair in enumerate(pairs):
        rows[i, pair.a], rows[i, pair.b] = 1.0, -1.0
    return rows


def standard_errors(covariance: Square) -> Vector:
    """Square roots of the diagonal.

    Examples
    --------
    >>> standard_errors(np.array([[4.0, 0.0], [0.0, 9.0]])).tolist()
    [2.0, 3.0]
    """
    errors: Vector = np.sqrt(np.diag(covariance))
    return errors


def product_loadings(covariance: Square) -> Vector | None:
    """Find loadings l with correlation_ij = l_i l_j for all i != j, or None if there are none.

    Always there for many-to-one differences of independent means, and for complete blocks.

    Examples
    --------
    >>> product_loadings(np.array([[2.0, 1.0], [1.0, 2.0]])).round(6).tolist()
    [0.707107, 0.707107]
    """
    errors = standard_errors(covariance)
    r = covariance / np.outer(errors, errors)
    m = r.shape[0]
    if m == 1:
        return np.zeros(1)
    if m == 2:
        load = math.sqrt(abs(float(r[0, 1])))
        loadings: Vector | None = np.array([load, math.copysign(load, r[0, 1])])
    else:
        loadings = _from_triples(r)
    if loadings is None or np.abs(loadings).max() > _LARGEST_LOADING:
        return None
    wrong = np.abs(np.outer(loadings, loadings) - r)
    np.fill_diagonal(wrong, 0.0)
    return loadings if float(wrong.max()) < 1e-11 else None


def _from_triples(r: Square) -> Vector | None:
    """Solve loading i from r_ij r_ik / r_jk, for all-positive correlations (many-to-one)."""
    m = r.shape[0]
    if float(r.min()) <= 0.0:
        return None
    first = math.sqrt(float(r[0, 1] * r[0, 2] / r[1, 2]))
    rest = r[0, 1:] / first
    return np.concatenate([[first], rest]) if m > 2 else None
