"""From animals to the units that are allocated: who is excluded, who is spare, and why."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from exportin.design.animals import NO_TUMOR, Animal, AnimalList
from exportin.design.wishes import Wish
from exportin.tables.problems import InputError, Problem, problem_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An animal, or a cage of animals that are treated alike."""

    name: str
    animals: tuple[Animal, ...]
    log_volume: float
    weight: float | None
    stratum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """Units that will be allocated, sizes of the arms, and animals that will not be."""

    units: tuple[Unit, ...]
    sizes: tuple[int, ...]
    excluded: tuple[Animal, ...]
    with_tumor: int
    listed: int


def entering(animals: AnimalList, wish: Wish) -> Entering:
    """Exclude animals by the stated rules, in this order, before anything is drawn.

    A reason in the table; no measurable tumor; a volume outside the range; then, where more are
    left than the arms need, those farthest from the median volume (of logarithms; of equal ones
    those later in the alphabet).

    Raises
    ------
    InputError
        If too few are left, or a weight, cage or stratum is missing.
    """
    kept: list[Animal] = []
    out: list[Animal] = []
    for one in animals.animals:
        reason = one.excluded or _reason(one, wish)
        (out if reason else kept).append(replace(one, excluded=reason))
    _check(animals, kept, wish)
    units = _units(kept, wish, animals.file)
    sizes = _sizes(units, wish, animals.file)
    units, spare = _nearest(units, sum(sizes))
    out += [replace(a, excluded=why) for unit, why in spare for a in unit.animals]
    grown = sum(1 for one in animals.animals if one.volume_mm3)
    return Entering(units=units, sizes=sizes, excluded=tuple(sorted(out, key=lambda a: a.name)),
                    with_tumor=grown, listed=len(animals.animals))  # fmt: skip


def _reason(one: Animal, wish: Wish) -> str:
    if not one.volume_mm3:
        return NO_TUMOR
    low, high = wish.lowest_mm3, wish.highest_mm3
    if low is not None and high is not None and not low <= one.volume_mm3 <= high:
        return f"volume {one.volume_mm3:.4g} mm3 is outside {low:g}-{high:g}"
    return ""


def _check(animals: AnimalList, kept: Sequence[Animal], wish: Wish) -> None:
    problems = []
    for one in kept:
        if animals.has_weight and one.weight is None:
            message = f"the weight of '{one.name}' is empty, and weights are balanced."
            remedy = "Write it, exclude the animal, or take the column out."
            problems.append(problem_at(animals.file, one.place, message, remedy, "no-weight"))
        if wish.by == "cage" and not one.cage:
            message = f"'{one.name}' has no cage, and cages are allocated."
            remedy = "Write its cage, or allocate animals (--by animal)."
            problems.append(problem_at(animals.file, one.place, message, remedy, "no-cage"))
    if problems:
        raise InputError(problems)


def _units(kept: Iterable[Animal], wish: Wish, file: str) -> tuple[Unit, ...]:
    groups: dict[str, list[Animal]] = defaultdict(list)
    for one in kept:
        groups[one.cage if wish.by == "cage" else one.name].append(one)
    problems: list[Problem] = []
    for name, members in groups.items():
        if len({one.stratum for one in members}) > 1:
            message = f"cage '{name}' holds animals of several strata."
            remedy = "A cage is allocated as one: leave the column out of --strata."
            problems.append(problem_at(file, members[0].place, message, remedy, "mixed-cage"))
    if problems:
        raise InputError(problems)
    return tuple(_unit(name, groups[name]) for name in sorted(groups))


def _unit(name: str, members: Sequence[Animal]) -> Unit:
    weights = [one.weight for one in members if one.weight is not None]
    return Unit(
        name=name, animals=tuple(members), weight=fmean(weights) if weights else None,
        log_volume=fmean(math.log(one.volume_mm3 or 1.0) for one in members),
        stratum=members[0].stratum,
    )  # fmt: skip


def _sizes(units: Sequence[Unit], wish: Wish, file: str) -> tuple[int, ...]:
    """Return the sizes asked for, or as many in every arm as there are units for."""
    sizes = wish.sizes or (len(units) // len(wish.arms),) * len(wish.arms)
    what = "cages" if wish.by == "cage" else "animals"
    if sum(sizes) > len(units) or min(sizes) < 1:
        need = sum(wish.sizes) or len(wish.arms)
        message = f"{len(units)} {what} can be allocated, the arms need {need}."
        remedy = "Ask for smaller arms (--sizes), a wider --volume, or add animals."
        raise InputError([problem_at(file, "", message, remedy, "too-few")])
    return sizes


def _nearest(
    units: Sequence[Unit], wanted: int
) -> tuple[tuple[Unit, ...], list[tuple[Unit, str]]]:  # fmt: skip
    """Keep the units nearest to the median volume; the others are spare."""
    if wanted == len(units):
        return tuple(units), []
    middle = median(unit.log_volume for unit in units)
    order = sorted(units, key=lambda unit: (round(abs(unit.log_volume - middle), 12), unit.name))
    chosen = {unit.name for unit in order[:wanted]}
    why = f"spare: among the farthest from the median volume of {math.exp(middle):.4g} mm3"
    kept = tuple(unit for unit in units if unit.name in chosen)
    return kept, [(unit, why) for unit in units if unit.name not in chosen]
