"""Plain values in: cleaning, pairing, labels, and moments that survive a huge offset."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

Values: TypeAlias = Sequence[float | int] | NDArray[np.float64] | NDArray[np.int64]
Labels: TypeAlias = Sequence[Hashable] | NDArray[np.generic]
Vector = Float[np.ndarray, " _n"]
Codes = Int[np.ndarray, " _n"]


class Moments(NamedTuple):
    """Count, mean less the common offset, and sum of squares about the mean."""

    n: int
    mean: float
    squares: float

    @property
    def variance(self) -> float:
        """Sample variance; needs n of 2 or more."""
        return self.squares / (self.n - 1)


def as_vector(values: Values) -> Vector:
    """Give the values as a float vector; missing values stay NaN.

    Parameters
    ----------
    values : sequence of float, shape (n,)

    Raises
    ------
    ValueError
        If the values are not one-dimensional or one is infinite.

    Examples
    --------
    >>> as_vector([1, 2.5])
    array([1. , 2.5])
    """
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"values have {vector.ndim} dimensions; a test takes one list of numbers")
    if np.isinf(vector).any():
        raise ValueError("a value is infinite; give a bound as a bound, not as a number")
    return vector


def present(values: Values) -> Vector:
    """Give the values that are there (NaN dropped).

    Examples
    --------
    >>> present([1.0, float("nan"), 2.0])
    array([1., 2.])
    """
    vector = as_vector(values)
    kept: Vector = vector[~np.isnan(vector)]
    return kept


def complete_rows(*columns: Values) -> list[Vector]:
    """Keep the rows (pairs, blocks) in which no column is missing.

    Parameters
    ----------
    *columns : sequence of float, shape (n,) each

    Raises
    ------
    ValueError
        If the columns have different lengths.

    Examples
    --------
    >>> complete_rows([1.0, 2.0], [float("nan"), 3.0])
    [array([2.]), array([3.])]
    """
    vectors = [as_vector(column) for column in columns]
    if len({vector.size for vector in vectors}) > 1:
        sizes = ", ".join(str(vector.size) for vector in vectors)
        raise ValueError(f"paired values need equal lengths, got {sizes}; mark gaps as NaN")
    keep = ~np.any([np.isnan(vector) for vector in vectors], axis=0)
    return [vector[keep] for vector in vectors]


class Factor(NamedTuple):
    """Labels as codes 0..k-1 with the level names in sorted order."""

    codes: Codes
    levels: tuple[str, ...]


def as_factor(labels: Labels) -> Factor:
    """Turn labels into codes; levels are sorted as text unless all are numbers.

    Examples
    --------
    >>> as_factor(["b", "a", "b"])
    Factor(codes=array([1, 0, 1]), levels=('a', 'b'))
    """
    items = [item.item() if isinstance(item, np.generic) else item for item in labels]
    numeric = all(isinstance(item, int | float) for item in items)
    unique = sorted(set(items), key=(lambda item: item) if numeric else str)
    place = {item: code for code, item in enumerate(unique)}
    codes = np.array([place[item] for item in items], dtype=np.int64)
    return Factor(codes, tuple(str(item) for item in unique))


def drop_missing(values: Values, *labels: Labels | None) -> tuple[Vector, list[Factor]]:
    """Drop rows without a value and code the labels of the rest; label lists of None are skipped.

    Raises
    ------
    ValueError
        If labels and values differ in length.

    Examples
    --------
    >>> drop_missing([1.0, float("nan")], ["a", "b"])[1][0].levels
    ('a',)
    """
    vector = as_vector(values)
    keep = ~np.isnan(vector)
    factors = []
    for column in labels:
        if column is None:
            continue
        if len(column) != vector.size:
            raise ValueError(f"{vector.size} values but {len(column)} labels")
        factors.append(as_factor([label for label, kept in zip(column, keep, strict=True) if kept]))
    return vector[keep], factors


def offset_of(*vectors: Vector) -> float:
    """Median of all values: subtracted first, so that a large common offset costs no digits.

    Examples
    --------
    >>> float(offset_of(np.array([1e9, 1e9 + 2.0])))
    1000000001.0
    """
    merged = np.concatenate(vectors)
    return float(np.median(merged)) if merged.size else 0.0


def moments(vector: Vector, offset: float = 0.0) -> Moments:
    """Count, mean (less `offset`) and sum of squares, by exactly rounded summation.

    Examples
    --------
    >>> moments(np.array([1.0, 2.0, 3.0]))
    Moments(n=3, mean=2.0, squares=2.0)
    """
    shifted = vector - offset
    mean = math.fsum(shifted) / max(shifted.size, 1)
    rest = shifted - mean
    squares = math.fsum(rest * rest) - math.fsum(rest) ** 2 / max(shifted.size, 1)
    return Moments(int(shifted.size), mean, max(squares, 0.0))


def without_offset(*vectors: Vector) -> list[Vector]:
    """Subtract the common offset where that loses nothing; else give the values as they are.

    Examples
    --------
    >>> [v.tolist() for v in without_offset(np.array([1e9 + 1]), np.array([1e9, 1e9 + 3]))]
    [[0.0], [-1.0, 2.0]]
    """
    offset = offset_of(*vectors)
    shifted = [vector - offset for vector in vectors]
    exact = all(np.array_equal(s + offset, v) for s, v in zip(shifted, vectors, strict=True))
    return shifted if exact else list(vectors)
