"""Draws an allocation and records all that is needed to draw it, and to test with it, again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb, gcd, prod
from typing import Any

import numpy as np

from exportin.design.animals import AnimalList
from exportin.design.units import Entering, Unit, entering
from exportin.design.wishes import Wish, refused
from exportin.inference.allocation import (
    ACCEPT,
    MAX_DRAWS,
    MIN_ALLOCATIONS,
    REFERENCE_DRAWS,
    SMD_BOUND,
    Drawn,
    NoneAccepted,
    Procedure,
    allocate,
    bound_for,
    imbalance,
    label_table,
    shuffles,
    volume_blocks,
)
from exportin.inference.rerandomization import accepted_ways

LETTERS = "ACDEFHJKLMNPRTUVWXY3479"
"""Letters of codes: none that is mistaken for another in handwriting."""
LARGEST_SHARE = 0.6
"""Of all allocations, within the default bound: balance is not given up for a test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """An allocation with the procedure behind it.

    Parameters
    ----------
    arm
        Arm of every unit, as a number.
    codes
        Code of every animal of the units, in their order.
    unrestricted
        Median and 95th percentile of the imbalance of 2,000 allocations without the bound.
    ways
        For every treated arm: allocations within the bound that differ in its and the control's
        units; empty where they are too many to be counted.
    """

    wish: Wish
    animals: AnimalList
    entering: Entering
    how: Procedure
    arm: np.ndarray
    drawn: Drawn
    covariates: tuple[str, ...]
    codes: tuple[str, ...]
    unrestricted: tuple[float, float]
    ways: tuple[int | None, ...]


def make_allocation(animals: AnimalList, wish: Wish) -> Allocation:
    """Exclude, draw until the arms are alike, and give codes.

    The order of rows in the file does not matter; the streams of chance depend on the seed only.

    Raises
    ------
    InputError
        If too few animals are left, or no allocation is within the bound.
    """
    found = entering(animals, wish)
    names, covariates = _covariates(found.units, animals)
    how = _procedure(found, wish, covariates)
    try:
        drawn = allocate(how, np.random.default_rng([wish.seed, 2]))
    except NoneAccepted as none:
        raise _hopeless(how, none) from None
    free = shuffles(how, REFERENCE_DRAWS, np.random.default_rng([wish.seed, 3]))
    seen = imbalance(how.covariates, free, wish.criterion)
    middle, high = (float(v) for v in np.quantile(seen, [0.5, 0.95]))
    ways = tuple(accepted_ways(drawn.arm, how, (j, 0)) for j in range(1, len(wish.arms)))
    count = sum(len(unit.animals) for unit in found.units)
    return Allocation(
        wish=wish, animals=animals, entering=found, how=how, arm=drawn.arm, drawn=drawn,
        covariates=names, codes=_codes(count, np.random.default_rng([wish.seed, 4])),
        unrestricted=(middle, high), ways=ways,
    )  # fmt: skip


def _covariates(units: Sequence[Unit], animals: AnimalList) -> tuple[tuple[str, ...], np.ndarray]:
    columns = {"ln_volume": [unit.log_volume for unit in units]}
    if animals.has_weight:
        columns["weight"] = [unit.weight or 0.0 for unit in units]
    return tuple(columns), np.array(list(columns.values())).T


def _procedure(found: Entering, wish: Wish, covariates: np.ndarray) -> Procedure:
    blocks = _blocks(found, wish)
    table = label_table(np.bincount(blocks), np.array(found.sizes),
                        np.random.default_rng([wish.seed, 1]))  # fmt: skip
    how = Procedure(blocks=blocks, table=table, covariates=covariates)
    if wish.method != "rerandomized":
        return how
    bound = _default_bound(how, wish) if wish.bound is None else wish.bound
    return replace(how, criterion=wish.criterion, bound=bound)


def _default_bound(how: Procedure, wish: Wish) -> float:
    """Bound that lets `accept` of all allocations through, or as many as a test at 5 % needs."""
    share = ACCEPT if wish.accept is None else wish.accept
    if wish.accept is None:
        fewest = min(
            prod(comb(int(row[0] + row[j]), int(row[0])) for row in how.table)
            for j in range(1, how.n_arms)
        )
        share = max(share, min(LARGEST_SHARE, MIN_ALLOCATIONS / fewest))
    found = bound_for(how, wish.criterion, share, np.random.default_rng([wish.seed, 3]))
    return found if wish.criterion == "mahalanobis" else max(found, SMD_BOUND)


def _blocks(found: Entering, wish: Wish) -> np.ndarray:
    """Strata; and within strata, where blocks are asked for, neighbors in volume."""
    strata = sorted({unit.stratum for unit in found.units})
    ratio = [size // gcd(*found.sizes) for size in found.sizes]
    size = sum(ratio) if sum(ratio) <= 2 * len(ratio) else len(ratio)
    out = np.zeros(len(found.units), dtype=np.int64)
    start = 0
    for name in strata:
        mine = np.array([unit.stratum == name for unit in found.units])
        own = np.zeros(int(mine.sum()), dtype=np.int64)
        if wish.method == "blocked":
            volumes = [unit.log_volume for unit in found.units if unit.stratum == name]
            own = volume_blocks(np.array(volumes), size)
        out[mine] = start + own
        start += int(own.max()) + 1
    return out


def _hopeless(how: Procedure, none: NoneAccepted) -> Exception:
    low, usual = (float(v) for v in np.quantile(none.seen, [0.05, 0.5]))
    message = (
        f"none of {MAX_DRAWS} allocations has an imbalance of {how.bound:.3g} or less; the best "
        f"has {none.seen.min():.3g}, one in twenty {low:.3g} or less, the usual one {usual:.3g}."
    )
    return refused("--bound", message, f"Write --bound {low:.2g}, or narrow --volume.")


def _codes(count: int, generator: np.random.Generator) -> tuple[str, ...]:
    """Give codes of four letters, all different."""
    out: list[str] = []
    while len(out) < count:
        code = "".join(LETTERS[i] for i in generator.integers(0, len(LETTERS), 4))
        if code not in out:
            out.append(code)
    return tuple(out)


def least_p(allocation: Allocation) -> tuple[float | None, ...]:
    """Bound below which no two-sided re-randomization p of an arm against the control can lie.

    One over the number of allocations within the bound; two over it where every allocation has
    its mirror image, the two arms exchanged, which is as likely and as far from zero.
    """
    out: list[float | None] = []
    table = allocation.how.table
    for j, ways in enumerate(allocation.ways, start=1):
        mirrored = bool((table[:, j] == table[:, 0]).all())
        out.append(None if ways is None else min(1.0, (2.0 if mirrored else 1.0) / ways))
    return tuple(out)


def balance_rows(allocation: Allocation) -> list[dict[str, Any]]:
    """How alike the arms are: means and SDs, and no p values.

    Whether arms that were drawn by lot differ by chance is no question; what a difference does to
    the result is, and the analysis corrects for ln volume at the start.
    """
    out = []
    units = allocation.entering.units
    for j, arm in enumerate(allocation.wish.arms):
        mine = [unit for unit, a in zip(units, allocation.arm, strict=True) if a == j]
        volumes = np.array([unit.log_volume for unit in mine])
        row: dict[str, Any] = {
            "arm": arm,
            "animals": sum(len(unit.animals) for unit in mine),
            "units": len(mine),
            "mean_volume_mm3": float(np.exp(volumes.mean())),
            "mean_ln_volume": float(volumes.mean()),
            "sd_ln_volume": _sd(volumes),
        }
        if allocation.animals.has_weight:
            weights = np.array([unit.weight or 0.0 for unit in mine])
            row |= {"mean_weight": float(weights.mean()), "sd_weight": _sd(weights)}
        out.append(row)
    return out


def _sd(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if values.size > 1 else None


def imbalances(allocation: Allocation) -> dict[str, float]:
    """Largest standardized difference of each covariate between two arms, and Mahalanobis's."""
    arms, x = allocation.arm[None, :], allocation.how.covariates
    out = {
        f"max_smd_{name}": float(imbalance(x[:, [i]], arms, "max_smd")[0])
        for i, name in enumerate(allocation.covariates)
    }
    out["max_smd"] = max(out.values())
    return out | {"mahalanobis": float(imbalance(x, arms, "mahalanobis")[0])}
