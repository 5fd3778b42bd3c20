"""Power tables: simulated, printed, and written as CSV."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from math import exp, log
from typing import Any

import polars as pl

from exportin.design.power_plan import PowerPlan
from exportin.design.text_tables import number, percent, say, say_table
from exportin.inference.growth_power import (
    NAMES,
    PowerTable,
    Rate,
    animals_needed,
    power_table,
)
from exportin.study.export import csv_bytes

Progress = Callable[[str], None]
Tables = list[PowerTable]
Search = tuple[int | None, dict[int, Rate]]


def simulate_plan(plan: PowerPlan, progress: Progress | None) -> tuple[Tables, Search | None]:
    """Make a table at every size; where a power is wanted, search for its size first."""
    options: dict[str, Any] = {
        "seed": plan.seed, "studies": plan.studies, "alpha": plan.alpha, "adjust": plan.adjust,
        "threshold_mm3": plan.threshold_mm3, "progress": progress,
    }  # fmt: skip
    sizes, search = plan.sizes, None
    if plan.target is not None:
        search = animals_needed(plan.scenario, plan.target, analysis=plan.which[0], **options)
        sizes = () if search[0] is None else (search[0],)
    tables = [
        power_table(plan.scenario.with_animals(n), which=plan.which, **options) for n in sizes
    ]
    return tables, search


def print_power(plan: PowerPlan, tables: Tables, search: Search | None) -> None:
    """Print what was assumed, the tables, and what they do not say."""
    _print_assumptions(plan)
    if search is not None:
        say()
        _print_search(plan, search)
    for table in tables:
        say()
        _print_table(plan, table)
    if tables:
        say()
        say(f"{plan.studies} studies each with the effect and without; +- is the Monte-Carlo "
            "standard error. A study without a test finds nothing.")  # fmt: skip
        wrong = sorted({row.analysis for table in tables for row in table.rows
                        if row.type_one is not None and row.type_one.low > plan.alpha})  # fmt: skip
        for name in wrong:
            say(f"note: {NAMES[name]} finds what is not there in more than {percent(plan.alpha)} "
                "of studies: its power means nothing.")  # fmt: skip


def _print_assumptions(plan: PowerPlan) -> None:
    s = plan.scenario
    values = {
        "growth_rate": f"control grows {s.rates[0]:.4g} per day (doubles in "
        f"{log(2.0) / s.rates[0]:.3g} d)",
        "start_mm3": f"start {s.start_mm3:.4g} mm3",
        "start_sd": f"SD of ln volume at the start {s.start_sd:.3g}",
        "rate_sd": f"SD of growth rates between animals {s.rate_sd:.3g} per day",
        "visit_sd": f"SD of ln volume between visits {s.visit_sd:.3g}",
    }
    for source in dict.fromkeys(plan.sources.values()):
        texts = [text for name, text in values.items() if plan.sources[name] == source]
        say(f"{source}: {'; '.join(texts)}.")
    if plan.uncertain:
        say(f"note: {plan.uncertain}")
    for arm, rate in zip(s.arms[1:], s.rates[1:], strict=True):
        less = percent(1.0 - rate / s.rates[0])
        smaller = percent(1.0 - exp((rate - s.rates[0]) * (s.days[-1] - s.days[0])))
        say(
            f"{arm} grows {rate:.4g} per day, {less} less; its tumors would be {smaller} smaller "
            f"on day {s.days[-1]:g} if all were alive."
        )
    more = [f"{len(s.days)} visits, day {s.days[0]:g} to {s.days[-1]:g}"]
    if s.limit_mm3 < 1e12:
        more.append(f"sacrifice at {s.limit_mm3:g} mm3")
    if s.missed:
        more.append(f"{percent(s.missed)} of visits missed")
    if s.dropout:
        more.append(f"{percent(s.dropout)} of animals lost for other reasons")
    if s.cage_size > 1:
        kind = "whole cages treated" if s.cage_whole else "arms spread over cages"
        more.append(f"cages of {s.cage_size}, {kind}, ICC {s.cage_icc:g}")
    say("; ".join(more) + "; a drug acts alike in every animal, from the first day on.")


def _print_search(plan: PowerPlan, search: Search) -> None:
    found, tried = search
    name = NAMES[plan.which[0]]
    wanted = percent(plan.target)
    if found is None:
        say(f"{name}: power of {wanted} is not reached with {max(tried)} animals per arm.")
    else:
        say(f"{name}: {found} animals per arm reach a power of {wanted}.")
    say("Tried: " + ", ".join(f"{n}: {_with_error(tried[n])}" for n in sorted(tried)) + ".")


def _print_table(plan: PowerPlan, table: PowerTable) -> None:
    say(f"{table.scenario.sizes[0]} animals per arm")
    several = len(table.scenario.arms) > 2
    header = ["analysis", *(["arm"] if several else []), "power", "no test", "type I", "no test"]
    if several:
        header.append("any of them")
    say_table(header, list(_cells(table, several=several)))
    gone = zip(table.scenario.arms, table.sacrificed, table.lost, strict=True)
    parts = [
        f"{arm} {number(out)} at the limit" + (f", {number(lost)} lost" if lost else "")
        for arm, out, lost in gone
    ]
    say(f"Animals gone before the last visit, mean per arm: {'; '.join(parts)}.")
    if several:
        how = "Holm over the treated arms" if plan.adjust == "holm" else "not adjusted"
        say(f"p values: {how}; 'any of them' is the type I error of the whole family.")


def _cells(table: PowerTable, *, several: bool) -> Iterator[list[str]]:
    for row in table.rows:
        cells = [NAMES[row.analysis], *([row.arm] if several else []), _with_error(row.power),
                 percent(row.impossible), _with_error(row.type_one),
                 percent(row.impossible_null)]  # fmt: skip
        if several:
            cells.append(_with_error(table.family_error.get(row.analysis)))
        yield cells


def _with_error(rate: Rate | None) -> str:
    return "-" if rate is None else f"{100 * rate.value:.1f} +- {100 * rate.error:.1f} %"


def power_rows(tables: Tables) -> list[dict[str, Any]]:
    """Return a row per size, analysis and arm, shares from 0 to 1."""
    out = []
    for table in tables:
        for row in table.rows:
            arm = table.scenario.arms.index(row.arm)
            out.append({
                "animals_per_arm": table.scenario.sizes[0], "analysis": row.analysis,
                "arm": row.arm, "control": table.scenario.arms[0],
                **_rate("power", row.power), "no_test": row.impossible,
                **_rate("power_where_tested", row.power_possible),
                **_rate("type_one", row.type_one), "no_test_null": row.impossible_null,
                **_rate("type_one_family", table.family_error.get(row.analysis)),
                "sacrificed_control": table.sacrificed[0], "sacrificed_arm": table.sacrificed[arm],
                "lost_control": table.lost[0], "lost_arm": table.lost[arm],
                "studies": row.power.studies,
            })  # fmt: skip
    return out


def _rate(name: str, rate: Rate | None) -> dict[str, float | None]:
    return {
        name: None if rate is None else rate.value,
        f"{name}_mc_error": None if rate is None else rate.error,
        f"{name}_low": None if rate is None else rate.low,
        f"{name}_high": None if rate is None else rate.high,
    }


def power_csv(tables: Tables) -> bytes:
    """Return the rows as CSV."""
    return csv_bytes(pl.DataFrame(power_rows(tables), infer_schema_length=None))


def power_record(plan: PowerPlan, tables: Tables, search: Search | None) -> dict[str, Any]:
    """Return all of it for ``--json``."""
    scenario = asdict(plan.scenario)
    scenario["limit_mm3"] = None if scenario["limit_mm3"] > 1e12 else scenario["limit_mm3"]
    del scenario["sizes"]
    record: dict[str, Any] = {
        "scenario": scenario, "sources": dict(plan.sources), "seed": plan.seed,
        "alpha": plan.alpha, "adjust": plan.adjust, "threshold_mm3": plan.threshold_mm3,
        "rows": power_rows(tables),
    }  # fmt: skip
    if search is not None:
        record["search"] = {
            "target": plan.target, "animals_per_arm": search[0],
            "tried": {str(n): asdict(rate) for n, rate in sorted(search[1].items())},
        }  # fmt: skip
    return record
