"""Rows of an animal turned so that all but a few no longer meet its random effects.

Animals with twenty visits and two random effects need two rows, not twenty: an orthogonal turn of
the rows of one animal leaves the likelihood as it is, and can be chosen so that the random effects
(and the cage) load on the first rows only. The others are plain residuals, whose part of every sum
is known before the search begins.
"""

from dataclasses import dataclass

import numpy as np

_SPANNED = 1e-12
"""The column of the cage counts as one that the random effects span up to this fraction."""


@dataclass(frozen=True)
class Packed:
    """Turned rows that meet random effects, and the sums of squares of all others.

    Attributes
    ----------
    xa, z, cage : arrays
        As in `MixedProblem`; ``cage`` is the turned column of ones.
    first, last, starts, group, time : arrays
        As in `MixedProblem`, of the rows that are left.
    squares : (groups, c, c) array
        A'A of the rows that went, by residual group.
    gone : (groups,) array
        How many rows went.
    """

    xa: np.ndarray
    z: np.ndarray
    cage: np.ndarray
    first: np.ndarray
    last: np.ndarray
    time: np.ndarray
    group: np.ndarray
    starts: np.ndarray
    squares: np.ndarray
    gone: np.ndarray

    @property
    def widest(self) -> int:
        """Rows of the largest cluster."""
        return int(np.diff(self.starts).max())


def pack(  # noqa: PLR0917 - the columns of rows, as in MixedProblem
    xa: np.ndarray, z: np.ndarray, first: np.ndarray, starts: np.ndarray,
    group: np.ndarray, time: np.ndarray, *, n_groups: int, has_cage: bool,
) -> Packed:  # fmt: skip
    """Turn the rows of each animal; with serial correlation every row stays as it is.

    Parameters
    ----------
    xa, z, first, starts, group, time
        Rows as in `MixedProblem`, sorted by cluster and animal.

    Examples
    --------
    >>> rows = np.array([[0.5, 1.0], [0.5, -1.0], [0.5, 2.0], [0.5, -2.0]])
    >>> found = pack(rows, np.ones((4, 1)), np.array([0, 0, 2, 2]), np.array([0, 2, 4]),
    ...              np.zeros(4, dtype=np.int64), np.empty(0), n_groups=1, has_cage=False)
    >>> found.xa.round(6).tolist(), found.squares[0, 1, 1].round(6).item(), found.gone.tolist()
    ([[-0.707107, 0.0], [-0.707107, 0.0]], 10.0, [2.0])
    """
    begin, counts = np.unique(first, return_counts=True)
    squares, gone = np.zeros((n_groups, xa.shape[1], xa.shape[1])), np.zeros(n_groups)
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    for at, n in zip(begin.tolist(), counts.tolist(), strict=True):
        own = slice(at, at + n)
        k = int(group[at])
        turned = _turn(z[own], has_cage=has_cage)
        if time.size or turned is None or np.any(group[own] != k):
            parts.append((xa[own], z[own], np.ones(n), group[own]))
            continue
        kept = turned.T @ xa[own]
        rest = xa[own] - turned @ kept
        squares[k] += rest.T @ rest
        m = turned.shape[1]
        gone[k] += n - m
        parts.append((kept, turned.T @ z[own], turned.sum(axis=0), group[at : at + m]))
    left = np.array([part[2].size for part in parts])
    edges = np.concatenate([[0], np.cumsum(left)])
    rows, effects, cage, groups = (
        np.ascontiguousarray(np.concatenate(one)) for one in zip(*parts, strict=True)
    )
    return Packed(
        rows, effects, cage, np.repeat(edges[:-1], left), np.repeat(edges[1:], left), time,
        groups, edges[np.searchsorted(begin, starts)], squares, gone,
    )  # fmt: skip


def _turn(z: np.ndarray, *, has_cage: bool) -> np.ndarray | None:
    """Orthonormal columns that span the random effects of an animal; None where all rows do."""
    n, q = z.shape
    if n <= q:
        return None
    columns = z
    basis: np.ndarray = np.linalg.qr(z)[0]
    if has_cage:
        one = np.ones(n)
        outside = one - basis @ (basis.T @ one)
        if float(outside @ outside) > _SPANNED**2 * n:
            columns = np.column_stack([z, one])
            basis = np.linalg.qr(columns)[0]
    return basis if columns.shape[1] < n else None
