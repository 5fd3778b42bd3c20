"""Animals or cages to arms: shuffled within blocks, and drawn anew until arms are alike."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Criterion = Literal["mahalanobis", "max_smd", "none"]
CRITERIA = ("mahalanobis", "max_smd", "none")

ACCEPT = 0.1
"""Share of all allocations that the default bound lets through, about; Morgan and Rubin 2012."""
SMD_BOUND = 0.25
"""Largest standardized difference of means that counts as alike; Rubin 2001, section 5."""
MAX_DRAWS = 100_000
REFERENCE_DRAWS = 2000
MIN_ALLOCATIONS = 40
"""So many must be within a default bound, where there are: a two-sided p of 2 / 40 is 0.05."""
_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """How labels are dealt out; the same object allocates and tests.

    Attributes
    ----------
    blocks : (n,) array of int
        Labels are shuffled within blocks; one block is complete randomization.
    table : (blocks, arms) array of int
        How many units of each block go to each arm.
    covariates : (n, p) array
        What should be alike in all arms, such as ln volume and weight; may have no columns.
    criterion : {"mahalanobis", "max_smd", "none"}
    bound : float
        Allocations with a larger imbalance are drawn again.
    """

    blocks: np.ndarray
    table: np.ndarray
    covariates: np.ndarray
    criterion: Criterion = "none"
    bound: float = np.inf

    @property
    def n(self) -> int:
        """Units."""
        return int(self.blocks.size)

    @property
    def n_arms(self) -> int:
        """Arms."""
        return int(self.table.shape[1])

    def accepts(self, arms: np.ndarray) -> np.ndarray:
        """Whether each row of arms, (draws, n), is within the bound."""
        if self.criterion == "none":
            return np.ones(arms.shape[0], dtype=bool)
        found = imbalance(self.covariates, arms, self.criterion)
        accepted: np.ndarray = found <= self.bound * (1.0 + 1e-9) + 1e-12
        return accepted


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An allocation: arm of every unit, draws that it took, and the imbalances of those draws."""

    arm: np.ndarray
    draws: int
    imbalance: float
    rejected: np.ndarray

    @property
    def acceptance(self) -> float:
        """One over the number of draws: a rough share of allocations within the bound."""
        return 1.0 / self.draws


class NoneAccepted(Exception):  # noqa: N818 - the caller says what to write instead
    """No draw was within the bound; `seen` holds the imbalances of all draws."""

    def __init__(self, seen: np.ndarray) -> None:
        self.seen = seen
        super().__init__(f"no allocation of {seen.size} is within the bound")


def label_table(
    block_sizes: np.ndarray, arm_sizes: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Spread the labels of all arms over blocks, each block as near to its share as can be.

    Parameters
    ----------
    block_sizes : (b,) array of int
    arm_sizes : (k,) array of int
        With the same sum. Which arms get the odd places of a block is chance.

    Raises
    ------
    ValueError
        If the sums differ.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> label_table(np.array([3, 3, 3]), np.array([3, 3, 3]), rng).tolist()
    [[1, 1, 1], [1, 1, 1], [1, 1, 1]]
    >>> label_table(np.array([4, 2]), np.array([4, 2]), rng).sum(axis=0).tolist()
    [4, 2]
    """
    if block_sizes.sum() != arm_sizes.sum():
        raise ValueError(f"{block_sizes.sum()} units for {arm_sizes.sum()} places")
    left = arm_sizes.astype(np.int64)
    out = np.zeros((block_sizes.size, arm_sizes.size), dtype=np.int64)
    for b, size in enumerate(block_sizes):
        share = left * (size / left.sum()) if left.sum() else np.zeros(left.size)
        row = np.floor(share + 1e-9).astype(np.int64)
        odd = int(size - row.sum())
        if odd:
            part = np.maximum(share - row, 0.0)
            row[generator.choice(left.size, odd, replace=False, p=part / part.sum())] += 1
        out[b], left = row, left - row
    return out


def volume_blocks(log_volume: np.ndarray, size: int) -> np.ndarray:
    """Give each unit the number of its block of neighbors in volume, the smallest first.

    Examples
    --------
    >>> volume_blocks(np.array([5.0, 4.0, 4.5, 6.0]), 2).tolist()
    [1, 0, 0, 1]
    """
    out = np.empty(log_volume.size, dtype=np.int64)
    out[np.argsort(log_volume, kind="stable")] = np.arange(log_volume.size) // size
    return out


def shuffles(how: Procedure, draws: int, generator: np.random.Generator) -> np.ndarray:
    """Deal the labels out anew, bound or not; (draws, n) array of arms.

    Examples
    --------
    >>> how = Procedure(blocks=np.array([0, 0, 1, 1]), table=np.array([[1, 1], [1, 1]]),
    ...                 covariates=np.empty((4, 0)))
    >>> shuffles(how, 100, np.random.default_rng(1))[:, :2].sum(axis=1).tolist() == [1] * 100
    True
    """
    out = np.empty((draws, how.n), dtype=np.int64)
    for b in range(how.table.shape[0]):
        places = np.flatnonzero(how.blocks == b)
        labels = np.repeat(np.arange(how.n_arms), how.table[b])
        out[:, places] = generator.permuted(np.tile(labels, (draws, 1)), axis=1)
    return out


def imbalance(covariates: np.ndarray, arms: np.ndarray, criterion: Criterion) -> np.ndarray:
    """How unlike the arms of each allocation are.

    mahalanobis: sum of n_j (m_j - m)' S^-1 (m_j - m) over arms, S the covariance of all units;
    for two arms this is Morgan and Rubin's M. max_smd: the largest difference of two arms' means
    of any covariate, over its SD among all units. Neither S nor SD depends on the allocation.

    Parameters
    ----------
    covariates : (n, p) array
    arms : (draws, n) array of int

    References
    ----------
    Morgan, Rubin 2012, Ann Stat 40:1263-1282, doi:10.1214/12-AOS1008. Rubin 2001, Health Serv
    Outcomes Res Methodol 2:169-188, doi:10.1023/A:1020363010465.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> imbalance(x, np.array([[0, 0, 1, 1], [0, 1, 1, 0]]), "max_smd").round(3).tolist()
    [1.549, 0.0]
    """
    z = whitened(covariates) if criterion == "mahalanobis" else standardized(covariates)
    if criterion == "none" or z.shape[1] == 0:
        return np.zeros(arms.shape[0])
    means, counts = _means(z, arms)
    if criterion == "mahalanobis":
        out: np.ndarray = np.einsum("adp,ad->d", means**2, counts)
        return out
    gap: np.ndarray = (means.max(axis=0) - means.min(axis=0)).max(axis=1)
    return gap


def _means(z: np.ndarray, arms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means (arms, draws, p) and sizes (arms, draws)."""
    members = [arms == a for a in range(int(arms.max()) + 1)]
    counts = np.array([m.sum(axis=1) for m in members])
    sums = np.array([m @ z for m in members])
    return sums / np.maximum(counts, 1)[:, :, None], counts


def standardized(covariates: np.ndarray) -> np.ndarray:
    """Covariates less their mean, over their SD; constant ones are left out."""
    x = covariates - covariates.mean(axis=0)
    sd = x.std(axis=0, ddof=1) if x.shape[0] > 1 else np.zeros(x.shape[1])
    used = sd > 1e-12 * np.maximum(np.abs(covariates).max(axis=0, initial=0.0), 1e-300)
    out: np.ndarray = x[:, used] / sd[used]
    return out


def whitened(covariates: np.ndarray) -> np.ndarray:
    """Covariates turned so that they are uncorrelated with variance 1; fewer where they depend."""
    z = standardized(covariates)
    if z.shape[1] == 0:
        return z
    values, vectors = np.linalg.eigh(z.T @ z / (z.shape[0] - 1))
    used = values > 1e-9 * values.max()
    out: np.ndarray = z @ vectors[:, used] / np.sqrt(values[used])
    return out


def bound_for(
    how: Procedure, criterion: Criterion, share: float, generator: np.random.Generator
) -> float:
    """Bound on the imbalance that lets about a share of all allocations through.

    The quantile of `REFERENCE_DRAWS` allocations drawn without a bound; Morgan and Rubin take it
    from chi-squared with p (k - 1) df, which no allocation may reach where units are few.

    Examples
    --------
    >>> how = Procedure(blocks=np.zeros(40, int), table=np.array([[20, 20]]),
    ...                 covariates=np.random.default_rng(1).normal(size=(40, 2)))
    >>> found = bound_for(how, "mahalanobis", 0.1, np.random.default_rng(2))
    >>> round(found, 1)  # 0.21 by chi-squared
    0.2
    """
    seen = imbalance(how.covariates, shuffles(how, REFERENCE_DRAWS, generator), criterion)
    return float(np.quantile(seen, share, method="higher"))


def allocate(
    how: Procedure, generator: np.random.Generator, *, max_draws: int = MAX_DRAWS
) -> Drawn:
    """Draw allocations until one is within the bound; every such allocation is equally likely.

    Raises
    ------
    NoneAccepted
        If none of `max_draws` is.

    References
    ----------
    Morgan, Rubin 2012, Ann Stat 40:1263-1282, doi:10.1214/12-AOS1008.

    Examples
    --------
    >>> how = Procedure(blocks=np.zeros(6, int), table=np.array([[3, 3]]),
    ...     covariates=np.arange(6.0)[:, None], criterion="max_smd", bound=0.2)
    >>> found = allocate(how, np.random.default_rng(2))
    >>> np.bincount(found.arm).tolist(), bool(found.imbalance <= 0.2)
    ([3, 3], True)
    """
    seen = np.empty(0)
    while seen.size < max_draws:
        arms = shuffles(how, min(_AT_ONCE, max_draws - seen.size), generator)
        found = imbalance(how.covariates, arms, how.criterion)
        good = np.flatnonzero(how.accepts(arms))
        if good.size:
            first = int(good[0])
            seen = np.concatenate([seen, found[:first]])
            return Drawn(arm=arms[first], draws=seen.size + 1, imbalance=float(found[first]),
                         rejected=seen)  # fmt: skip
        seen = np.concatenate([seen, found])
    raise NoneAccepted(seen)
