"""Least squares by QR, factor codings, and the sum of squares that a set of columns adds."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import linalg

from exportin.inference.samples import Factor, Vector

Matrix = Float[np.ndarray, "_n _p"]
Design = Float[np.ndarray, "n p"]
Response = Float[np.ndarray, " n"]
Square = Float[np.ndarray, "p p"]

# a diagonal of R below this fraction of its column's norm counts as zero (as R's lm, tol = 1e-7)
RANK_TOLERANCE = 1e-7


class LinearFit(NamedTuple):
    """Coefficients, their covariance for unit variance, and the residual sum of squares."""

    coefficients: Vector
    unit_covariance: Square
    residual_squares: float
    residual_df: int


class AddedSquares(NamedTuple):
    """Sum of squares and df that some columns add to others."""

    squares: float
    df: int
    full_rank: bool


def indicator_columns(factor: Factor) -> Matrix:
    """One 0/1 column per level (cell means).

    Examples
    --------
    >>> from exportin.inference.samples import as_factor
    >>> indicator_columns(as_factor(["a", "b", "a"])).tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    columns: Matrix = np.eye(len(factor.levels))[factor.codes]
    return columns


def sum_columns(factor: Factor) -> Matrix:
    """Sum-to-zero contrasts: k - 1 columns, the last level is -1 in each.

    Examples
    --------
    >>> from exportin.inference.samples import as_factor
    >>> sum_columns(as_factor(["a", "b", "c"])).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]
    """
    k = max(len(factor.levels) - 1, 0)
    columns: Matrix = np.vstack([np.eye(k), -np.ones((1, k))])[factor.codes]
    return columns


def product_columns(a: Matrix, b: Matrix) -> Matrix:
    """Products of every column of a with every column of b (an interaction).

    Examples
    --------
    >>> product_columns(np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])).tolist()
    [[3.0], [8.0]]
    """
    columns: Matrix = np.einsum("ni,nj->nij", a, b).reshape(a.shape[0], a.shape[1] * b.shape[1])
    return columns


def rank_of(matrix: Matrix) -> int:
    """Count the independent columns.

    Examples
    --------
    >>> rank_of(np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]))
    1
    """
    if matrix.shape[1] == 0:
        return 0
    norms = np.linalg.norm(matrix, axis=0)
    scaled = matrix / np.where(norms > 0, norms, 1.0)
    r = linalg.qr(scaled, mode="r", pivoting=True)[0]
    return int(np.sum(np.abs(np.diag(r)) > RANK_TOLERANCE))


def fit_linear(design: Design, y: Response) -> LinearFit:
    """Least squares y = X b by Householder QR.

    Parameters
    ----------
    design : array, shape (n, p), full column rank
    y : array, shape (n,)
        Center it first where it has a large offset.

    Raises
    ------
    ValueError
        If the columns are not independent.

    Examples
    --------
    >>> fit = fit_linear(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([1.0, 2.0, 4.0]))
    >>> fit.coefficients.round(4).tolist(), fit.residual_df
    ([0.8333, 1.5], 1)
    """
    n, p = design.shape
    if rank_of(design) < p:
        raise ValueError("the design columns are not independent; some effect is not estimable")
    q, r = linalg.qr(design, mode="economic")
    coefficients = linalg.solve_triangular(r, q.T @ y)
    inverse = linalg.solve_triangular(r, np.eye(p))
    residuals = y - design @ coefficients
    residuals -= q @ (q.T @ residuals)
    return LinearFit(coefficients, inverse @ inverse.T, math.fsum(residuals * residuals), n - p)


def residual_squares(design: Matrix, y: Vector) -> float:
    """Residual sum of squares, any rank, projected twice against rounding.

    Examples
    --------
    >>> round(residual_squares(np.ones((3, 1)), np.array([1.0, 2.0, 3.0])), 12)
    2.0
    """
    basis = _basis(design)
    rest = y - basis @ (basis.T @ y)
    rest -= basis @ (basis.T @ rest)
    return math.fsum(rest * rest)


def added_squares(base: Matrix, extra: Matrix, y: Vector) -> AddedSquares:
    """Sum of squares that the columns `extra` explain beyond `base`.

    Computed as the squared length of y along the new directions, not as a difference of two
    residual sums, so no digits cancel.

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 3.0])
    >>> added = added_squares(np.ones((3, 1)), np.array([[-1.0], [0.0], [1.0]]), y)
    >>> round(added.squares, 12), added.df
    (2.0, 1)
    """
    basis = _basis(base)
    clean_y = y - basis @ (basis.T @ y)
    clean_y -= basis @ (basis.T @ clean_y)
    rest = extra - basis @ (basis.T @ extra)
    rest -= basis @ (basis.T @ rest)
    norms = np.linalg.norm(extra, axis=0)
    kept = _basis(rest, norms)
    along = kept.T @ clean_y
    return AddedSquares(math.fsum(along * along), kept.shape[1], kept.shape[1] == extra.shape[1])


def _basis(columns: Matrix, norms: Vector | None = None) -> Matrix:
    """Orthonormal columns spanning the given ones; `norms` say what counts as zero."""
    if columns.shape[1] == 0:
        return columns
    size = np.linalg.norm(columns, axis=0) if norms is None else norms
    q, r, _ = linalg.qr(columns / np.where(size > 0, size, 1.0), mode="economic", pivoting=True)
    basis: Matrix = q[:, np.abs(np.diag(r)) > RANK_TOLERANCE]
    return basis
