"""Exact null distribution of Kendall's S, with or without ties and bounds, by counting."""

from functools import lru_cache
from itertools import permutations

import numpy as np
from jaxtyping import Float, Int

Signs = Int[np.ndarray, "n n"]
Orders = Int[np.ndarray, "_k _n"]
Row = Float[np.ndarray, " _k"]


def counted(s: float, sums: Row, counts: Row) -> tuple[dict[str, float], str, float]:
    """Give p values by side of an observed S, how they were found, and the smallest tail.

    Examples
    --------
    >>> p, _, smallest = counted(6.0, *s_without_ties(4))
    >>> round(p["two-sided"], 4), round(smallest, 4)
    (0.0833, 0.0417)
    """
    share = counts / counts.sum()
    p = {
        "less": float(share[sums <= s + 0.25].sum()),
        "greater": float(share[sums >= s - 0.25].sum()),
        "two-sided": float(share[np.abs(sums) >= abs(s) - 0.25].sum()),
    }
    edge = float(min(share[sums == sums.min()].sum(), share[sums == sums.max()].sum()))
    return {side: min(1.0, value) for side, value in p.items()}, "exact", edge


@lru_cache(maxsize=64)
def s_without_ties(n: int) -> tuple[Row, Row]:
    """Give every S of n units without ties, and how many orders give it (up to a factor).

    Examples
    --------
    >>> s_without_ties(3)[0].tolist()
    [3.0, 1.0, -1.0, -3.0]
    """
    counts = np.ones(1)
    for size in range(2, n + 1):
        counts = np.convolve(counts, np.ones(size))
        counts = counts / counts.max()
    sums = counts.size - 1 - 2.0 * np.arange(counts.size)
    return sums, counts


@lru_cache(maxsize=4)
def _orders(n: int) -> Orders:
    return np.array(list(permutations(range(n))), dtype=np.int64)


@lru_cache(maxsize=256)
def s_of_all_orders(a: bytes, b: bytes, n: int) -> tuple[Row, Row]:
    """Give every S over all orders of the first table of signs, counted one by one.

    Examples
    --------
    >>> signs = np.sign(np.subtract.outer(np.arange(3), np.arange(3))).tobytes()
    >>> s_of_all_orders(signs, signs, 3)[1].tolist()
    [1.0, 2.0, 2.0, 1.0]
    """
    first, second = (np.frombuffer(m, dtype=np.int64).reshape(n, n) for m in (a, b))
    order = _orders(n)
    total = np.zeros(len(order), dtype=np.int64)
    for i in range(n):
        for j in range(i):
            if second[i, j]:
                total += second[i, j] * first[order[:, i], order[:, j]]
    sums, counts = np.unique(total, return_counts=True)
    return sums.astype(np.float64), counts.astype(np.float64)
