"""A linear mixed model made ready for its loops: rows in order, columns orthonormal, y scaled."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from exportin.kernels.mixed_packed import Packed, pack

Design = Float[np.ndarray, "n p"]
Response = Float[np.ndarray, " n"]
Codes = Int[np.ndarray, " n"]
_DEPENDENT = 1e-7
"""A column that others explain up to this fraction of its length counts as explained (as in lm)."""


@dataclass(frozen=True)
class MixedProblem:
    """Rows sorted by cluster, animal and visit, in the coordinates the engine works in.

    Attributes
    ----------
    xa : (n, r + 1) array
        Orthonormal columns that span the fixed effects, and the rest of y over `y_scale`.
    z : (n, q) array
        Random-effect columns made orthogonal, of mean square 1: z = z_given @ inv(z_factor).
    first, last : (n,) arrays
        Where the rows of each row's animal begin and end.
    starts : (k + 1,) array
        Where clusters (cages, or animals) begin.
    kept : tuple of int
        Columns of X that are not explained by earlier ones.
    aliased : (len(kept), p - len(kept)) array
        The other columns as combinations of the kept ones.
    x_factor : (r, r) array
        X[:, kept] = xa[:, :r] @ x_factor.
    beta_plain : (r,) array
        Least squares without random effects, on the kept columns.
    """

    xa: np.ndarray
    z: np.ndarray
    first: np.ndarray
    last: np.ndarray
    time: np.ndarray
    group: np.ndarray
    starts: np.ndarray
    n_animals: int
    has_cage: bool
    n_groups: int
    kept: tuple[int, ...]
    aliased: np.ndarray
    x_factor: np.ndarray
    z_factor: np.ndarray
    beta_plain: np.ndarray
    y_scale: float
    y_size: float
    shortest_gap: float
    longest_gap: float

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.xa.shape[0])

    @property
    def rank(self) -> int:
        """Fixed effects that can be estimated."""
        return len(self.kept)

    @property
    def q(self) -> int:
        """Random effects per animal."""
        return int(self.z.shape[1])

    @property
    def n_matrices(self) -> int:
        """Parameters of the covariance: G, cage, residual variances, range."""
        serial = 1 if self.time.size else 0
        return self.q * (self.q + 1) // 2 + int(self.has_cage) + self.n_groups + serial

    @cached_property
    def packed(self) -> Packed:
        """The rows as the loops take them."""
        return pack(
            self.xa, self.z, self.first, self.starts, self.group, self.time,
            n_groups=self.n_groups, has_cage=self.has_cage,
        )  # fmt: skip


class _Columns(NamedTuple):
    """What a row holds."""

    y: np.ndarray
    x: np.ndarray
    z: np.ndarray
    animal: np.ndarray
    group: np.ndarray
    days: np.ndarray


def prepare(
    y: Response,
    x: Design,
    animal: Codes,
    *,
    z: np.ndarray | None = None,
    cage: np.ndarray | None = None,
    group: np.ndarray | None = None,
    time: np.ndarray | None = None,
) -> MixedProblem:
    """Sort rows, make columns orthonormal, scale y; rows in another order give the same bits.

    Parameters
    ----------
    y : (n,) array
    x : (n, p) array
        Fixed effects; a column that earlier ones explain is set aside (`kept`).
    animal : (n,) array of int
    z : (n, q) array or None
        Random effects of the animal; None for none.
    cage : (n,) array of int or None
        Cage of each row; animals must lie within one cage. Gives cages an intercept of their own.
    group : (n,) array of int or None
        Residual variance of each row: 0, 1, ...; one variance if None.
    time : (n,) array or None
        Days, for a residual that is correlated over time within an animal.

    Raises
    ------
    ValueError
        If lengths differ, a number is not finite, an animal has two cages or (with `time`) two
        groups or two rows on one day, or columns of z depend on each other.

    Examples
    --------
    >>> p = prepare(np.array([1.0, 2.0, 4.0, 3.0]), np.ones((4, 1)), np.array([1, 0, 1, 0]),
    ...             z=np.ones((4, 1)))
    >>> p.starts.tolist(), p.n_animals, p.rank
    ([0, 2, 4], 2, 1)
    """
    n = y.size
    z = np.empty((n, 0)) if z is None else z
    given = cage if cage is not None else animal
    groups = np.zeros(n, dtype=np.int64) if group is None else group
    days = np.empty(0) if time is None else time
    columns = _Columns(y, x, z, animal, groups, days)
    _check(columns, cage)
    order = np.lexsort((y, *x.T[::-1], *z.T[::-1], *([days] if days.size else []), animal, given))
    y, x, z, groups = y[order], x[order], z[order], groups[order]
    days = days[order] if days.size else days
    animal, cluster = animal[order], given[order]
    first, last = _bounds(animal)
    edges = np.flatnonzero(np.diff(cluster)) + 1
    kept = independent_columns(x)
    q_x, r_x = np.linalg.qr(x[:, kept])
    plain = np.linalg.solve(r_x, q_x.T @ y)
    rest = y - x[:, kept] @ plain
    again = q_x.T @ rest
    plain, rest = plain + np.linalg.solve(r_x, again), rest - q_x @ again
    scale = float(np.sqrt(rest @ rest / n))
    size = float(np.abs(y).max())
    unit = scale if scale > 1e-13 * size else 1.0
    z_factor = np.linalg.qr(z, mode="r") / np.sqrt(n) if z.shape[1] else np.empty((0, 0))
    z_inner = np.linalg.solve(z_factor.T, z.T).T if z.shape[1] else z
    others = [j for j in range(x.shape[1]) if j not in kept]
    gaps = _gaps(days, animal) if days.size else np.array([1.0])
    return MixedProblem(
        xa=np.ascontiguousarray(np.column_stack([q_x, rest / unit])),
        z=np.ascontiguousarray(z_inner), first=first, last=last,
        time=np.ascontiguousarray(days), group=np.ascontiguousarray(groups, dtype=np.int64),
        starts=np.concatenate([[0], edges, [n]]).astype(np.int64),
        n_animals=int(np.unique(animal).size), has_cage=cage is not None,
        n_groups=int(groups.max()) + 1, kept=tuple(kept),
        aliased=np.linalg.solve(r_x, q_x.T @ x[:, others]), x_factor=r_x,
        z_factor=z_factor, beta_plain=plain, y_scale=scale if scale > 1e-13 * size else 0.0,
        y_size=size, shortest_gap=float(gaps.min()), longest_gap=float(gaps.max()),
    )  # fmt: skip


def independent_columns(x: np.ndarray) -> list[int]:
    """Columns of x that no earlier ones explain.

    Examples
    --------
    >>> independent_columns(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0]]))
    [0, 2]
    """
    kept: list[int] = []
    basis = np.empty((x.shape[0], 0))
    for j in range(x.shape[1]):
        rest = x[:, j] - basis @ (basis.T @ x[:, j])
        rest = rest - basis @ (basis.T @ rest)
        length = float(np.linalg.norm(rest))
        if length > _DEPENDENT * float(np.linalg.norm(x[:, j])) and length > 0.0:
            kept.append(j)
            basis = np.column_stack([basis, rest / length])
    return kept


def _bounds(animal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    edges = np.flatnonzero(np.diff(animal)) + 1
    begin = np.concatenate([[0], edges])
    end = np.concatenate([edges, [animal.size]])
    return np.repeat(begin, end - begin), np.repeat(end, end - begin)


def _gaps(days: np.ndarray, animal: np.ndarray) -> np.ndarray:
    """Gaps between successive visits, and from first to last, of animals with two or more."""
    gaps = [np.inf]
    spans = [0.0]
    for one in np.unique(animal):
        own = np.sort(days[animal == one])
        if own.size > 1:
            gaps.append(float(np.diff(own).min()))
            spans.append(float(own[-1] - own[0]))
    return np.array([min(*gaps, max(spans) or 1.0), max(spans) or 1.0])


def _check(columns: _Columns, cage: np.ndarray | None) -> None:
    y, x, z, animal, group, days = columns
    sizes = {y.size, x.shape[0], z.shape[0], animal.size, group.size}
    sizes |= {cage.size} if cage is not None else set()
    sizes |= {days.size} if days.size else set()
    if len(sizes) > 1 or y.size == 0:
        raise ValueError(f"Expected rows of one length above zero, got {sorted(sizes)}.")
    if not all(np.isfinite(a).all() for a in (y, x, z, days)):
        raise ValueError("Expected finite numbers; leave out rows without a value.")
    if z.shape[1] and len(independent_columns(z)) < z.shape[1]:
        raise ValueError("The random-effect columns depend on each other; leave one out.")
    if not independent_columns(x):
        raise ValueError("Expected at least one column of x that is not zero.")
    if cage is not None and _mixed_within(cage, animal):
        raise ValueError("An animal has two cages; give each animal the cage it is analyzed by.")
    if group.min() < 0 or set(np.unique(group).tolist()) != set(range(int(group.max()) + 1)):
        raise ValueError("Expected residual groups numbered 0, 1, ... without a gap.")
    if days.size and _mixed_within(group, animal):
        raise ValueError("With serial correlation an animal must have one residual variance.")
    if days.size and len(set(zip(animal.tolist(), days.tolist(), strict=True))) < y.size:
        raise ValueError("With serial correlation an animal may have one row a day, got two.")


def _mixed_within(label: np.ndarray, animal: np.ndarray) -> bool:
    """Whether some animal has two labels."""
    pairs = set(zip(animal.tolist(), label.tolist(), strict=True))
    return len(pairs) > np.unique(animal).size
