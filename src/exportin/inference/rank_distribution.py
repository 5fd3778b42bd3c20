"""Exact null distributions of rank sums, with or without ties, by counting."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import stats

from exportin.inference.samples import Vector

Counts = Float[np.ndarray, " _sums"]
Ranks = Int[np.ndarray, " _n"]
Flags = Bool[np.ndarray, " _n"]


class Tails(NamedTuple):
    """P(T <= observed), P(T >= observed), and the smallest tail that can occur."""

    less: float
    greater: float
    smallest: float


def doubled_ranks(values: Vector) -> Ranks:
    """Midranks times two: whole numbers even where values are tied.

    Examples
    --------
    >>> doubled_ranks(np.array([1.0, 5.0, 5.0])).tolist()
    [2, 5, 5]
    """
    return np.rint(2.0 * stats.rankdata(values)).astype(np.int64)


@lru_cache(maxsize=256)
def _subset_sums(ranks: tuple[int, ...], size: int) -> Counts:
    """Count the subsets of the given size, per sum of (doubled) ranks."""
    top = sum(sorted(ranks)[len(ranks) - size :])
    counts = np.zeros((size + 1, top + 1))
    counts[0, 0] = 1.0
    for rank in ranks:
        if rank <= top:
            counts[1:, rank:] += counts[:-1, : top + 1 - rank].copy()
    of_size: Counts = counts[size]
    return of_size


@lru_cache(maxsize=256)
def _sign_sums(ranks: tuple[int, ...]) -> Counts:
    """Count the sign patterns, per sum of the (doubled) ranks with a plus."""
    counts = np.zeros(sum(ranks) + 1)
    counts[0] = 1.0
    for rank in ranks:
        counts[rank:] += counts[: counts.size - rank].copy()
    return counts


def _tails(counts: Counts, observed: int) -> Tails:
    total = float(counts.sum())
    seen = np.flatnonzero(counts)
    edge = min(float(counts[seen[0]]), float(counts[seen[-1]]))
    less = float(counts[: observed + 1].sum()) / total
    greater = float(counts[observed:].sum()) / total
    return Tails(min(less, 1.0), min(greater, 1.0), edge / total)


def rank_sum_tails(ranks: Ranks, size: int) -> Tails:
    """Tails of the rank sum of the first `size` values among all ways to choose so many.

    Parameters
    ----------
    ranks : int array, shape (n_a + n_b,)
        Doubled midranks; those of group a come first.
    size : int
        n_a.

    Examples
    --------
    >>> rank_sum_tails(np.array([2, 4, 6, 8]), 2).less
    0.16666666666666666
    """
    counts = _subset_sums(tuple(sorted(ranks.tolist())), size)
    return _tails(counts, int(ranks[:size].sum()))


def signed_rank_tails(ranks: Ranks, positive: Flags) -> Tails:
    """Tails of the sum of the ranks with a plus among all sign patterns.

    Parameters
    ----------
    ranks : int array, shape (n,)
        Doubled midranks of the absolute differences, zeros left out.
    positive : bool array, shape (n,)

    Examples
    --------
    >>> signed_rank_tails(np.array([2, 4, 6]), np.array([True, True, True])).greater
    0.125
    """
    counts = _sign_sums(tuple(sorted(ranks.tolist())))
    return _tails(counts, int(ranks[positive].sum()))


def rank_sum_counts(n_a: int, n_b: int) -> Counts:
    """Count of each Mann-Whitney U from 0 to n_a n_b, no ties.

    Examples
    --------
    >>> rank_sum_counts(2, 2).tolist()
    [1.0, 1.0, 2.0, 1.0, 1.0]
    """
    counts = _subset_sums(tuple(range(1, n_a + n_b + 1)), n_a)
    return counts[n_a * (n_a + 1) // 2 :]


def signed_rank_counts(n: int) -> Counts:
    """Count of each signed-rank sum from 0 to n (n + 1) / 2, no ties.

    Examples
    --------
    >>> signed_rank_counts(2).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    return _sign_sums(tuple(range(1, n + 1)))


def lower_quantile(counts: Counts, probability: float) -> tuple[int, float]:
    """Smallest q of at least 1 with P(T <= q) >= probability, and P(T <= q - 1).

    The rank (from 1) of the ordered differences that bounds the exact interval; the second
    number is the error that this bound really spends.

    Examples
    --------
    >>> lower_quantile(rank_sum_counts(3, 3), 0.025)
    (1, 0.05)
    """
    cumulative = np.cumsum(counts) / counts.sum()
    q = int(np.searchsorted(cumulative, probability - 10.0 * 2.0**-52))
    q = max(q, 1)
    return q, float(cumulative[q - 1])
