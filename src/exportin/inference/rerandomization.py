"""Re-randomization tests: p values from the allocations that could have been drawn instead."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, product
from math import comb, prod
from typing import Literal

import numpy as np

from exportin.inference.allocation import Procedure

Side = Literal["two-sided", "less", "greater"]
MOST = 200_000
"""Allocations that are counted one by one; where there are more, they are drawn."""
DRAWS = 20_000
_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True)
class RerandomizationResult:
    """A re-randomization test of two arms.

    Attributes
    ----------
    difference : float or None
        Mean of the arm minus mean of the other.
    p_value : float or None
        Share of allocations within the bound whose difference is as large; None where `status`
        says why.
    smallest_p : float or None
        The least p that these values can give under this procedure.
    p_error : float
        Monte-Carlo standard error, 0 where all allocations were counted.
    ways, accepted : int
        Allocations counted or drawn, and how many of them were within the bound.
    exact : bool
    """

    alternative: Side
    difference: float | None = None
    p_value: float | None = None
    smallest_p: float | None = None
    p_error: float = 0.0
    ways: int = 0
    accepted: int = 0
    exact: bool = True
    status: str = "ok"
    message: str = ""
    method: str = "rerandomization"


def rerandomization_test(
    values: np.ndarray,
    arm: np.ndarray,
    how: Procedure,
    pair: tuple[int, int] = (1, 0),
    *,
    alternative: Side = "two-sided",
    generator: np.random.Generator | None = None,
    draws: int = DRAWS,
) -> RerandomizationResult:
    """Test the difference of two arms against the allocations that could have been drawn instead.

    Units of other arms stay where they are; those of the pair change places within their blocks
    in every way (or, where these are too many, in drawn ways), and only allocations within the
    bound of the procedure count. Exact under the null hypothesis that the two treatments do the
    same to every unit, whatever the distribution of the values.

    Parameters
    ----------
    values : (n,) array
        A number of every unit, such as its growth rate; NaN for units that have none. Leaving
        units out is right only if they are missing for reasons without bearing on the arm.
    arm : (n,) array of int
        The allocation that was carried out.
    how : Procedure
    pair : (arm, other)
    alternative : {"two-sided", "less", "greater"}
        "less": the arm has smaller values. Two-sided: as far from zero on either side.
    generator : numpy Generator, optional
        Needed where there are more than `MOST` ways.

    Raises
    ------
    ValueError
        If the allocation is not one that the procedure can give, or a generator is needed.

    References
    ----------
    Morgan, Rubin 2012, Ann Stat 40:1263-1282, doi:10.1214/12-AOS1008.

    Examples
    --------
    >>> how = Procedure(blocks=np.zeros(6, int), table=np.array([[3, 3]]),
    ...                 covariates=np.empty((6, 0)))
    >>> found = rerandomization_test(np.array([5.0, 6, 7, 1, 2, 3]),
    ...                              np.array([0, 0, 0, 1, 1, 1]), how)
    >>> found.p_value, found.smallest_p, found.ways
    (0.1, 0.1, 20)
    """
    _check(values, arm, how, pair)
    known = np.isfinite(values)
    if min(int((known & (arm == a)).sum()) for a in pair) == 0:
        text = "One of the two arms has no value."
        return RerandomizationResult(alternative=alternative, status="too_few", message=text)
    seen = float(_differences(values, known, arm[None, :], pair)[0])
    ways = count_ways(arm, how, pair)
    counted = ways <= MOST
    if not counted and generator is None:
        raise ValueError(f"{ways} allocations are too many to be counted: give a generator")
    parts = enumerated(arm, how, pair)
    if not counted and generator is not None:
        parts = _drawn(arm, how, pair, generator, draws)
    found, total = [], 0
    for part in parts:
        total += part.shape[0]
        found.append(_differences(values, known, part[how.accepts(part)], pair))
    null = np.concatenate(found)
    null = null[np.isfinite(null)]  # draws that leave an arm without any value are no comparison
    accepted = null.size
    if not counted:
        null = np.append(null, seen)  # the allocation carried out is one of them: p is never 0
    p, least = _tails(null, seen, alternative)
    error = 0.0 if counted else float(np.sqrt(p * (1.0 - p) / null.size))
    return RerandomizationResult(
        difference=seen, p_value=p, smallest_p=least if counted else None, p_error=error,
        ways=total, accepted=accepted, exact=counted, alternative=alternative,
    )  # fmt: skip


def count_ways(arm: np.ndarray, how: Procedure, pair: tuple[int, int]) -> int:
    """In how many ways the units of two arms can change places within their blocks.

    Examples
    --------
    >>> how = Procedure(blocks=np.array([0, 0, 1, 1]), table=np.array([[1, 1], [1, 1]]),
    ...                 covariates=np.empty((4, 0)))
    >>> count_ways(np.array([0, 1, 1, 0]), how, (1, 0))
    4
    """
    return prod(comb(len(places), size) for places, size in _parts(arm, how, pair))


def enumerated(arm: np.ndarray, how: Procedure, pair: tuple[int, int]) -> Iterator[np.ndarray]:
    """Give all allocations that differ in the places of the pair, bound or not, some at a time."""
    parts = _parts(arm, how, pair)
    everyone = np.concatenate([np.array(places, dtype=np.int64) for places, _ in parts])
    ways = product(*(combinations(places, size) for places, size in parts))
    while chunk := list(islice(ways, _AT_ONCE)):
        out = np.tile(arm, (len(chunk), 1))
        out[:, everyone] = pair[1]
        for i, one in enumerate(chunk):
            out[i, [place for places in one for place in places]] = pair[0]
        yield out


def accepted_ways(arm: np.ndarray, how: Procedure, pair: tuple[int, int]) -> int | None:
    """Count allocations within the bound; None where they are too many to be counted."""
    if count_ways(arm, how, pair) > MOST:
        return None
    return sum(int(how.accepts(part).sum()) for part in enumerated(arm, how, pair))


def _parts(arm: np.ndarray, how: Procedure, pair: tuple[int, int]) -> list[tuple[list[int], int]]:
    """Of every block the places of the pair and how many of them belong to its first arm."""
    out = []
    for b in range(how.table.shape[0]):
        places = np.flatnonzero((how.blocks == b) & np.isin(arm, pair))
        if places.size:
            out.append((places.tolist(), int((arm[places] == pair[0]).sum())))
    return out


def _drawn(
    arm: np.ndarray, how: Procedure, pair: tuple[int, int], generator: np.random.Generator,
    draws: int,
) -> Iterator[np.ndarray]:  # fmt: skip
    """Give drawn allocations until `draws` are within the bound, or a hundred times as many."""
    good = total = 0
    parts = _parts(arm, how, pair)
    while good < draws and total < 100 * draws:
        out = np.tile(arm, (_AT_ONCE, 1))
        for places, _ in parts:
            out[:, places] = generator.permuted(np.tile(arm[places], (_AT_ONCE, 1)), axis=1)
        good, total = good + int(how.accepts(out).sum()), total + _AT_ONCE
        yield out


def _differences(
    values: np.ndarray, known: np.ndarray, arms: np.ndarray, pair: tuple[int, int]
) -> np.ndarray:
    filled = np.where(known, values, 0.0)
    means = []
    for a in pair:
        members = (arms == a) & known
        count = members.sum(axis=1)
        means.append(np.where(count > 0, members @ filled / np.maximum(count, 1), np.nan))
    out: np.ndarray = means[0] - means[1]
    return out


def _tails(null: np.ndarray, seen: float, alternative: Side) -> tuple[float, float]:
    """P and the least p there can be; sums that differ by rounding only are equal."""
    slack = 1e-9 * max(float(np.abs(null).max(initial=0.0)), 1e-300)
    if alternative == "two-sided":
        null, seen = np.abs(null), abs(seen)
    if alternative == "less":
        null, seen = -null, -seen
    return float((null >= seen - slack).mean()), float((null >= null.max() - slack).mean())


def _check(values: np.ndarray, arm: np.ndarray, how: Procedure, pair: tuple[int, int]) -> None:
    if not values.size == arm.size == how.n:
        raise ValueError(f"{values.size} values, {arm.size} arms, {how.n} units")
    if pair[0] == pair[1]:
        raise ValueError("the two arms are one")
    counts = np.zeros_like(how.table)
    np.add.at(counts, (how.blocks, arm), 1)
    if not np.array_equal(counts, how.table):
        raise ValueError("this allocation is not one that the procedure can give")
    if not how.accepts(arm[None, :])[0]:
        raise ValueError("this allocation lies outside the bound of the procedure")
