"""The options of ``exportin design power`` as a study that can be simulated."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import chdtri

from exportin.design.variation import Spread
from exportin.design.wishes import at, listed, named_values, refused
from exportin.inference.growth_power import NAMES, USUAL
from exportin.inference.growth_scenarios import GrowthScenario, rate_for_tvi
from exportin.tables.problems import InputError, nearest

START_MM3, LIMIT_MM3, THRESHOLD_MM3 = 150.0, 1500.0, 1000.0
EVERY_DAYS, UNTIL_DAY = 3.5, 42.0
MOST_STUDIES = 20_000
ENOUGH_DF = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPlan:
    """What will be simulated, at which sizes, how it is analyzed, and where numbers come from."""

    scenario: GrowthScenario
    sizes: tuple[int, ...]
    target: float | None
    which: tuple[str, ...]
    studies: int
    seed: int
    alpha: float
    adjust: str
    threshold_mm3: float
    sources: Mapping[str, str]
    uncertain: str = ""


def make_plan(options: Mapping[str, Any], spread: Spread | None) -> PowerPlan:
    """Check the options; a number that is given goes before one that is taken from elsewhere.

    Raises
    ------
    InputError
        With what is missing, and where it could come from.
    """
    arms = tuple(listed(options["arms"]))
    if len(arms) < 2 or len(set(arms)) < len(arms):
        raise refused("--arms", f"'{options['arms']}' is no list of two or more arms.",
                      "Write the control first: vehicle,selinexor.")  # fmt: skip
    _check_ranges(options)
    numbers, sources = _numbers(options, spread)
    rates = (numbers["growth_rate"], *_treated(options, arms, numbers["growth_rate"]))
    sizes, target = _sizes(options)
    days = _days(options)
    cage = int(options["cage_size"])
    by_cage = options["by"] == "cage"
    limit = options["limit"] or math.inf
    if limit <= numbers["start_mm3"]:
        raise refused("--limit", f"{limit:g} mm3 is not above the start.", "Write more, or 0.")
    scenario = GrowthScenario(
        arms=arms, rates=rates, sizes=(sizes[0],) * len(arms), days=days,
        start_mm3=numbers["start_mm3"], start_sd=numbers["start_sd"],
        rate_sd=numbers["rate_sd"], visit_sd=numbers["visit_sd"],
        correlation=options["correlation"], limit_mm3=limit, missed=options["missed"],
        dropout=options["dropout"], cage_size=cage, cage_icc=options["icc"], cage_whole=by_cage,
    )  # fmt: skip
    return PowerPlan(
        scenario=scenario, sizes=sizes, target=target, which=_which(options, by_cage=by_cage),
        studies=options["studies"], seed=options["seed"], alpha=options["alpha"],
        adjust=options["adjust"], threshold_mm3=options["threshold"], sources=sources,
        uncertain="" if spread is None else _uncertain(spread),
    )  # fmt: skip


def _uncertain(spread: Spread) -> str:
    """Say how well a study knows the SDs between its animals (limits of chi-squared).

    >>> _uncertain(Spread(source="s", growth_rate=0.1, start_sd=0.2, rate_sd=0.01, visit_sd=0.1,
    ...                   df=14))
    'SDs of so few animals are known to x 0.73 to x 1.58 only (95 %); try such SDs as well.'
    """
    if spread.df is None or spread.df > ENOUGH_DF:
        return ""
    low, high = (math.sqrt(spread.df / float(chdtri(spread.df, p))) for p in (0.025, 0.975))
    return (f"SDs of so few animals are known to x {low:.2f} to x {high:.2f} only (95 %); try such "
            "SDs as well.")  # fmt: skip


def _check_ranges(options: Mapping[str, Any]) -> None:
    o = options
    checks = [
        *((name, 0.0 <= o[name] < 1.0, "Write a share from 0 to below 1, such as 0.05.")
          for name in ("missed", "dropout", "icc")),
        *((name, o[name] is None or 0.0 < o[name] < math.inf, "Write a number above zero.")
          for name in ("growth_rate", "doubling", "start", "threshold")),
        *((name, o[name] is None or 0.0 <= o[name] < math.inf, "Write zero or more.")
          for name in ("start_sd", "rate_sd", "visit_sd", "limit", "seed")),
        ("alpha", 0.0 < o["alpha"] < 0.5, "Write a level such as 0.05."),
        ("correlation", -1.0 <= o["correlation"] <= 1.0, "Write -1 to 1."),
        ("studies", 20 <= o["studies"] <= MOST_STUDIES, f"Write 20 to {MOST_STUDIES}."),
        ("cage_size", o["cage_size"] >= 1, "Write how many animals a cage holds: 4."),
        *((name, o[name] in known, nearest(o[name], known))
          for name, known in (("adjust", ("holm", "none")), ("by", ("animal", "cage")))),
    ]  # fmt: skip
    problems = [
        at("--" + name.replace("_", "-"), f"'{o[name]}' is out of range.", remedy)
        for name, fine, remedy in checks if not fine
    ]  # fmt: skip
    if o["cage_size"] == 1 and (o["icc"] or o["by"] == "cage"):
        problems.append(at("--cage-size", "cages are meant, but hold one animal each.",
                           "Write how many animals a cage holds: --cage-size 4."))  # fmt: skip
    if problems:
        raise InputError(problems)


def _numbers(
    options: Mapping[str, Any], spread: Spread | None
) -> tuple[dict[str, float], dict[str, str]]:
    """Growth of the control, start and SDs, and where each comes from."""
    given: dict[str, float | None] = {
        "growth_rate": options["growth_rate"], "start_mm3": options["start"],
        "start_sd": options["start_sd"], "rate_sd": options["rate_sd"],
        "visit_sd": options["visit_sd"],
    }  # fmt: skip
    if options["doubling"] is not None:
        if given["growth_rate"] is not None:
            raise refused("--doubling", "the growth rate is given as well.", "Leave one out.")
        given["growth_rate"] = math.log(2.0) / options["doubling"]
    numbers, sources, missing = {}, {}, []
    for name, value in given.items():
        other = None if spread is None else getattr(spread, name)
        if value is not None:
            numbers[name], sources[name] = value, "given"
        elif other is not None and spread is not None:
            numbers[name], sources[name] = other, spread.source
        elif name == "start_mm3":
            numbers[name], sources[name] = START_MM3, "usual start of such studies"
        else:
            missing.append("--" + name.replace("_", "-"))
    if missing:
        message = f"{', '.join(missing)} not given, and power depends on them more than on n."
        remedy = ("Take them from a study of your own (--from DIR), or from published controls "
                  "(--variation kulgap-median), or write them.")  # fmt: skip
        raise refused("options", message, remedy)
    return numbers, sources


def _treated(options: Mapping[str, Any], arms: tuple[str, ...], control: float) -> list[float]:
    """Growth rate of each treated arm."""
    if bool(options["effect"]) == bool(options["tvi"]):
        raise refused("--effect", "the effect is not given, or given twice.",
                      "Write --effect 40 (percent of the growth rate taken away) or --tvi 60@35 "
                      "(percent smaller on a day).")  # fmt: skip
    if options["effect"]:
        words = named_values(options["effect"], arms, "--effect")
        shares = [_percent(words[arm], "--effect", -500.0, 500.0) for arm in arms[1:]]
        return [control * (1.0 - share) for share in shares]
    words = named_values(options["tvi"], arms, "--tvi")
    out = []
    for arm in arms[1:]:
        share, sign, day = words[arm].partition("@")
        tvi = _percent(share, "--tvi", -1000.0, 99.999)
        when = _number(day, "--tvi") if sign else 0.0
        if when <= 0.0:
            raise refused("--tvi", f"'{words[arm]}' names no day.", "Write PERCENT@DAY: 60@35.")
        out.append(rate_for_tvi(control, tvi, when))
    return out


def _percent(text: str, option: str, low: float, high: float) -> float:
    value = _number(text.removesuffix("%").strip(), option)
    if not low <= value <= high:
        raise refused(option, f"{value:g} % is out of range.", f"Write {low:g} to {high:g}.")
    return value / 100.0


def _number(text: str, option: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise refused(option, f"'{text}' is no number.", "Write a number.")
    return found


def _sizes(options: Mapping[str, Any]) -> tuple[tuple[int, ...], float | None]:
    parts = listed(options["n"])
    target = options["power"]
    if bool(parts) == (target is not None):
        raise refused("--n", "say how many animals, or which power is wanted.",
                      "Write --n 5,8,10 to see their power, or --power 80 to find n.")  # fmt: skip
    if target is not None:
        if not 10.0 <= target <= 99.0:
            raise refused("--power", f"{target:g} is no percent.", "Write 80 or 90.")
        return (3,), target / 100.0
    if not all(p.isascii() and p.isdigit() and 2 <= int(p) <= 200 for p in parts):
        raise refused("--n", f"'{options['n']}' is no list of sizes.",
                      "Write whole numbers from 2 to 200: 5,8,10.")  # fmt: skip
    return tuple(int(p) for p in parts), None


def _days(options: Mapping[str, Any]) -> tuple[float, ...]:
    if options["visits"]:
        days = [_number(part, "--visits") for part in listed(options["visits"])]
        if len(days) < 2 or any(b <= a for a, b in pairwise(days)):
            raise refused("--visits", "days do not ascend.", "Write 0,4,7,11,14.")
        return tuple(days)
    every, until = options["every"], options["until"]
    if not (0.0 < every <= until and until / every <= 500.0):
        raise refused("--every", f"no visit every {every:g} days until day {until:g}.",
                      "Write such as --every 3.5 --until 42.")  # fmt: skip
    return tuple(float(d) for d in np.arange(0.0, until + 1e-9, every))


def _which(options: Mapping[str, Any], *, by_cage: bool) -> tuple[str, ...]:
    found = tuple(listed(options["analyses"]))
    for name in found:
        if name not in NAMES:
            raise refused("--analyses", f"'{name}' is unknown.", nearest(name, NAMES))
        if name == "cage_rates" and not by_cage:
            raise refused("--analyses", "cage_rates needs whole cages.", "Write --by cage.")
    return found or (("cage_rates", *USUAL) if by_cage else USUAL)
