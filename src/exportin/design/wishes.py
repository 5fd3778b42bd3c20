"""What is asked of an allocation: arms, sizes, method, bound, who may enter."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exportin.tables.names import clean, look_alikes
from exportin.tables.problems import InputError, Problem, nearest, problem_at

Method = Literal["blocked", "rerandomized", "complete"]
METHODS = ("rerandomized", "blocked", "complete")
CRITERIA = ("mahalanobis", "max_smd")
UNITS = ("animal", "cage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An allocation to be made.

    Parameters
    ----------
    arms
        The first is the control.
    sizes
        Units (animals, or cages) per arm; empty: as many as there are, the same in every arm.
    method
        ``rerandomized``: drawn anew until arms are alike; ``blocked``: shuffled within blocks of
        neighbors in volume; ``complete``: one draw, however it falls.
    bound
        Largest imbalance; empty: that of a share `accept` of all allocations, for max_smd 0.25
        SD where that is larger.
    accept
        Empty: 0.1, or more where so few animals leave too few allocations for a test at 5 %.
    lowest_mm3, highest_mm3
        Animals outside are excluded before allocation.
    """

    arms: tuple[str, ...]
    seed: int
    sizes: tuple[int, ...] = ()
    method: Method = "rerandomized"
    criterion: Literal["mahalanobis", "max_smd"] = "mahalanobis"
    bound: float | None = None
    accept: float | None = None
    by: Literal["animal", "cage"] = "animal"
    strata: tuple[str, ...] = ()
    lowest_mm3: float | None = None
    highest_mm3: float | None = None


def make_wish(
    *,
    arms: str,
    seed: int,
    sizes: str = "",
    method: str = "rerandomized",
    criterion: str = "mahalanobis",
    bound: float | None = None,
    accept: float | None = None,
    by: str = "animal",
    strata: str = "",
    volume: str = "",
) -> Wish:
    """Check the options of ``exportin design allocate``.

    Raises
    ------
    InputError
        With every option that cannot be used.

    Examples
    --------
    >>> make_wish(arms="vehicle,selinexor", seed=1, sizes="8", volume="80-200").sizes
    (8, 8)
    """
    problems: list[Problem] = []
    names = tuple(listed(arms))
    if len(names) < 2:
        remedy = "Write two or more with commas, the control first: vehicle,selinexor."
        problems.append(at("--arms", f"'{arms}' names {len(names)} arm(s).", remedy))
    if len(set(names)) < len(names):
        problems.append(at("--arms", f"'{arms}' names an arm twice.", "Write each once."))
    problems += [
        at("--arms", f"'{a}' and '{b}' look like one arm.", "Give arms names that differ.")
        for a, b in look_alikes(names)
    ]
    for option, word, known in (
        ("--method", method, METHODS), ("--criterion", criterion, CRITERIA), ("--by", by, UNITS)
    ):  # fmt: skip
        if word not in known:
            problems.append(at(option, f"'{word}' is unknown.", nearest(word, known)))
    if seed < 0:
        problems.append(at("--seed", f"{seed} is below zero.", "Write 0 or more."))
    if accept is not None and not 0.0 < accept < 1.0:
        problems.append(at("--accept", f"{accept:g} is no share.", "Write one such as 0.1."))
    if bound is not None and not 0.0 < bound < float("inf"):
        problems.append(at("--bound", f"{bound:g} is no bound.", "Write a number above zero."))
    if bound is not None and method != "rerandomized":
        problems.append(at("--bound", f"method {method} draws once and has no bound.",
                           "Leave it out, or write --method rerandomized."))  # fmt: skip
    wanted = _sizes(sizes, len(names), problems)
    low, high = _range(volume, problems)
    if problems:
        raise InputError(problems)
    return Wish(
        arms=names, seed=seed, sizes=wanted, method=method, criterion=criterion, bound=bound,  # type: ignore[arg-type]
        accept=accept, by=by, strata=tuple(listed(strata)), lowest_mm3=low, highest_mm3=high,  # type: ignore[arg-type]
    )  # fmt: skip


def _sizes(text: str, arms: int, problems: list[Problem]) -> tuple[int, ...]:
    parts = listed(text)
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        remedy = "Write whole numbers above zero: 8, or one per arm: 10,8,8."
        problems.append(at("--sizes", f"'{text}' is no list of sizes.", remedy))
        return ()
    found = tuple(int(part) for part in parts)
    if len(found) == 1:
        return found * arms
    if found and len(found) != arms:
        message = f"there are {len(found)} sizes for {arms} arms."
        problems.append(at("--sizes", message, "Write one size for all, or one per arm."))
    return found


def _range(text: str, problems: list[Problem]) -> tuple[float | None, float | None]:
    if not text:
        return None, None
    first, dash, last = text.partition("-")
    try:
        low, high = float(first), float(last)
    except ValueError:
        low, high = 1.0, 0.0
    if not dash or not 0.0 <= low < high < float("inf"):
        remedy = "Write the lowest and highest volume in mm3: 80-200."
        problems.append(at("--volume", f"'{text}' is no range.", remedy))
        return None, None
    return low, high


def listed(text: str) -> list[str]:
    """Split a list with commas.

    >>> listed("a, b,")
    ['a', 'b']
    """
    return [clean(part) for part in text.split(",") if part.strip()]


def at(option: str, message: str, remedy: str) -> Problem:
    """Return the problem of one option."""
    return problem_at(option, "", message, remedy, "design-command")


def refused(option: str, message: str, remedy: str) -> InputError:
    """Return the error of one option."""
    return InputError([at(option, message, remedy)])


def named_values(text: str, arms: Sequence[str], option: str) -> dict[str, str]:
    """Read ``50`` (all treated arms) or ``selinexor=50,doxorubicin=30``.

    >>> named_values("50", ["vehicle", "drug"], "--effect")
    {'drug': '50'}
    """
    out: dict[str, str] = {}
    for part in listed(text):
        name, equals, value = part.rpartition("=")
        if not equals:
            out |= dict.fromkeys(arms[1:], value)
            continue
        if name.strip() not in arms[1:]:
            message = f"'{name.strip()}' is no treated arm."
            raise refused(option, message, nearest(name.strip(), arms[1:]))
        out[name.strip()] = value.strip()
    missing = [arm for arm in arms[1:] if arm not in out]
    if missing:
        raise refused(option, f"nothing is said of {missing[0]}.", "Write NAME=NUMBER for each.")
    return out


MOST_STUDIES = 20_000


def check_dropout(*, studies: int, seed: int, limit: float | None, out: Path | None) -> None:
    """Check the options of ``exportin design dropout``.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    checks = (
        ("--studies", studies, 20 <= studies <= MOST_STUDIES, f"Write 20 to {MOST_STUDIES}."),
        ("--seed", seed, seed >= 0, "Write 0 or more."),
        ("--limit", limit, limit is None or 0.0 <= limit < math.inf,
         "Write the volume of sacrifice in mm3, or 0 for none."),
    )  # fmt: skip
    problems = [at(option, f"'{value}' is out of range.", remedy)
                for option, value, fine, remedy in checks if not fine]  # fmt: skip
    if out is not None and (out.exists() or out.suffix.casefold() != ".csv"):
        problems.append(
            at("--out", f"'{out}' exists or does not end in .csv.", "Name a new CSV file.")
        )
    if problems:
        raise InputError(problems)
