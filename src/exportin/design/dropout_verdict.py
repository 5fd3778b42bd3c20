"""What a dropout laboratory concludes, in words: which answer to quote, and what it rests on."""

import math
from collections import Counter
from collections.abc import Iterator

from exportin.design.dropout_plan import DropoutPlan
from exportin.design.text_tables import percent
from exportin.inference.growth_dropout import NAMES, NEVER, DropoutRow, DropoutTable

SEEN_SHARE = 0.5
"""Share of studies with a control animal on the day of the T/C; below, T/C is called a forecast."""
REFERENCES = (
    "Rubin DB. Inference and missing data. Biometrika 1976;63:581-592. doi:10.1093/biomet/63.3.581",
    "Martin EC, Aarons L, Yates JWT. Accounting for dropout in xenografted tumour efficacy "
    "studies: integrated endpoint analysis, reduced bias and better use of animals. Cancer "
    "Chemother Pharmacol 2016;78:131-141. doi:10.1007/s00280-016-3059-x",
)


def verdict(plan: DropoutPlan, table: DropoutTable) -> list[str]:
    """Say for each arm which answer to quote, then what that rests on."""
    out = [_quote(plan, table, arm) for arm in plan.scenario.arms[1:]]
    out += _mechanism(plan)
    out += _reach(plan, table)
    out += _misfit(plan, table)
    return out


def _quote(plan: DropoutPlan, table: DropoutTable, arm: str) -> str:
    rows = [row for row in table.rows if row.arm == arm]
    best = table.best[arm]
    wrong = [f"{NAMES[row.analysis]}: {_faults(row)}" for row in rows if row.faults]
    against = f" Not to be quoted: {'; '.join(wrong)}." if wrong else ""
    trimmed = [row for row in rows if row.analysis in NEVER and not row.faults and row.bias]
    against += "".join(
        f" The {NAMES[row.analysis]}: bias {row.bias.value if row.bias else 0.0:+.2f} here; still "
        "wrong, as the volumes that decided are left out." for row in trimmed
    )  # fmt: skip
    if best is None:
        return f"{arm}: no answer keeps the rules, so none is recommended.{against}"
    row = next(one for one in rows if one.analysis == best)
    others = [one for one in rows if not one.faults and one.analysis not in (best, *NEVER)]
    quoting = [NAMES[one.analysis] for one in others if one.bias is not None]
    tests = [NAMES[one.analysis] for one in others if one.bias is None]
    also = f" These keep the rules as well: {'; '.join(quoting)}." if quoting else ""
    also += f" Fair tests that quote no T/C: {'; '.join(tests)}." if tests else ""
    held = _percent(row.coverage.value if row.coverage else None)
    total: Counter[str] = sum(plan.left.values(), start=Counter())
    chance = total["death"] or total["unexplained"]
    if_so = ", if removals other than at the limit had no bearing on the tumor (see below)"
    return (f"{arm}: quote the {NAMES[best]}{if_so if chance else ''}: power "
            f"{_percent(row.power.value)}, coverage {held}.{also}{against}")  # fmt: skip


def _faults(row: DropoutRow) -> str:
    said = {
        "impossible": f"impossible in {_percent(max(row.impossible, row.impossible_null))} of "
        "studies",
        "bias": f"says a TVI of {percent(row.typical_tvi)} where it is {percent(row.true_tvi)}",
        "coverage": f"its interval holds the truth in "
        f"{_percent(row.coverage.value if row.coverage else None)}",
        "type_one": f"finds what is not there in {_percent(row.type_one.value)}",
    }
    return ", ".join(said[fault] for fault in row.faults)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100.0 * value:.0f} %"


def _mechanism(plan: DropoutPlan) -> Iterator[str]:
    """Say what decided who left, and what follows."""
    total: Counter[str] = sum(plan.left.values(), start=Counter())
    if total["tumor_limit"]:
        known = "" if plan.limit.recorded else " (so it seems: no reasons are on record)"
        many = _animals(total["tumor_limit"])
        yield (f"{many} left{known} because a MEASURED volume had reached the limit, and that "
               "volume is in the data: missing at random. A likelihood mixed model that keeps the "
               "last, large volume needs no model of dropout (Rubin 1976); means of those left, or "
               "of the last volumes, are bent toward no effect (Martin, Aarons, Yates 2016). Never "
               "remove volumes because they are beyond the limit.")  # fmt: skip
    if plan.unmeasured:
        yield (f"{len(plan.unmeasured)} of them ({', '.join(plan.unmeasured[:6])}) were last "
               "measured below the limit: the volume that decided is not in the data, so for them "
               "missing at random is not granted.")  # fmt: skip
    for arm, volumes in plan.ended.items():
        day = plan.scenario.ends[plan.scenario.arms.index(arm)]
        yield (f"{arm} was ended as a whole on day {day:g}, with volumes of {min(volumes):.4g} to "
               f"{max(volumes):.4g} mm3. If measured volumes decided that, its animals are missing "
               "at random; the simulation ends the arm on that day in every study.")  # fmt: skip
    if total["death"] or total["unexplained"]:
        yield _informative(plan, total["death"], total["unexplained"])
    if not any(
        total[name] for name in ("tumor_limit", "death", "unexplained", "planned", "arm_ended")
    ):
        yield "No animal left early: all analyses see all animals, and differ in power only."
    if plan.scenario.curves:
        yield ("Growth was modeled to change after the last dose; one rate per animal cannot "
               "follow that, and the T/C it gives depends on when animals left.")  # fmt: skip


def _animals(count: int) -> str:
    return f"{count} animal{'s' if count != 1 else ''}"


def _informative(plan: DropoutPlan, deaths: int, unexplained: int) -> str:
    words = {"death": "died of toxicity or were found dead", "unexplained": "left for no stated "
             "reason"}  # fmt: skip
    said = [f"{n} {words[name]}" for name, n in (("death", deaths), ("unexplained", unexplained))
            if n]  # fmt: skip
    numbers = [
        f"{arm} {_percent(one.value)}" + (f" ({_percent(one.low)} to {_percent(one.high)})"
                                          if one.low is not None and one.high is not None else "")
        for (arm, name), one in plan.incidence.items() if name in words
    ]  # fmt: skip
    shares = ", ".join(numbers)
    return (f"{' and '.join(said)}: such removals may depend on what was never measured "
            "(informative), and whether the mixed model's assumption holds for them cannot be "
            "checked from the data. They were simulated as chance at their own daily rate, which "
            "shows the loss of animals and not that bias. Report them as a competing event "
            f"(cumulative incidence by the end: {shares}), not as censored.")  # fmt: skip


def _reach(plan: DropoutPlan, table: DropoutTable) -> Iterator[str]:
    control, day = plan.scenario.arms[0], table.day
    here = plan.observed.log_volume[0][plan.observed.arm == 0]
    seen = [
        d for d, y in zip(plan.scenario.days, here.T, strict=True) if not all(map(math.isnan, y))
    ]
    if seen[-1] < day:
        last = f"{seen[-1]:g}"
        yield (f"The last animal of {control} was measured on day {last}: T/C on day {day:g} is "
               "a forecast along the straight line of ln volume, which the simulation takes as "
               f"true and cannot check (--day {last} asks for a day that was seen).")  # fmt: skip
    elif table.reach < SEEN_SHARE:
        yield (f"Only {percent(table.reach)} of such studies have an animal of {control} on day "
               f"{day:g}: T/C on that day rests on the straight line of ln volume.")  # fmt: skip


def _misfit(plan: DropoutPlan, table: DropoutTable) -> Iterator[str]:
    """Days on which the study had more or fewer animals than 95 % of simulated ones."""
    there = observed_alive(plan)
    odd: dict[str, list[str]] = {}
    for one in table.alive:
        if not one.low <= there[one.arm, one.day] <= one.high:
            odd.setdefault(one.arm, []).append(f"{one.day:g}")
    if odd:
        places = "; ".join(f"{arm} on day {', '.join(days)}" for arm, days in odd.items())
        yield (f"The simulation does not follow the study: animals under observation lie outside "
               f"95 % of simulated studies in {places}. Its numbers are then those of another "
               "study; look at the limit and at the shape of growth.")  # fmt: skip


def observed_alive(plan: DropoutPlan) -> dict[tuple[str, float], int]:
    """Animals under observation in the study itself, by arm and day."""
    made, s = plan.observed, plan.scenario
    return {
        (arm, day): int((made.last_visit[0, made.arm == a] >= v).sum())
        for a, arm in enumerate(s.arms) for v, day in enumerate(s.days)
    }  # fmt: skip


def method_sentence(plan: DropoutPlan, *, studies: int, seed: int) -> str:
    """Say for a methods section what was simulated."""
    s = plan.scenario
    limit = ("without a limit" if math.isinf(s.limit_mm3)
             else f"with sacrifice at the visit at or above {s.limit_mm3:g} mm3")  # fmt: skip
    return (f"The study ({plan.model}) was simulated {studies} times from its fitted growth model "
            "(ln volume, random intercept and slope per animal) with its own visits, missed "
            f"visits and animals per arm, {limit} and other removals at their observed daily rate, "
            "and as often without effect; each analysis was held against the known T/C on day "
            f"{plan.how.day:g} (seed {seed}).")  # fmt: skip
