"""The dropout laboratory: simulated, printed, and written as CSV and JSON."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from exportin.design.dropout_plan import DropoutPlan
from exportin.design.dropout_verdict import REFERENCES, method_sentence, observed_alive, verdict
from exportin.design.text_tables import number, percent, say, say_table
from exportin.inference.growth_dropout import (
    NAMES,
    RULES,
    DropoutRow,
    DropoutTable,
    all_effects,
    dropout_table,
)
from exportin.inference.growth_effects import Effects
from exportin.inference.growth_power import Rate
from exportin.inference.growth_scenarios import GrowthScenario
from exportin.study.export import csv_bytes
from exportin.tables.problems import Problem

MOST_DAYS = 10
"""Days on which animals under observation are printed; files hold all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """One model: what was simulated, what came out, and the study's own answers."""

    plan: DropoutPlan
    table: DropoutTable
    own: dict[str, Effects]
    verdict: list[str]


def simulate_dropout(
    plan: DropoutPlan, *, studies: int, seed: int, progress: Callable[[str], None] | None
) -> Laboratory:
    """Simulate one model of a study and analyze the study itself in the same ways."""
    said = None if progress is None else lambda what: progress(f"{plan.model}: {what}")
    table = dropout_table(plan.scenario, plan.how, seed=seed, studies=studies, progress=said)
    own = all_effects(plan.observed, plan.how, np.random.default_rng([seed, 15]))
    return Laboratory(plan=plan, table=table, own=own, verdict=verdict(plan, table))


def print_laboratory(one: Laboratory, *, studies: int, seed: int) -> None:
    """Print what was simulated, who left, how each analysis did, and the verdict."""
    _print_study(one.plan)
    say()
    _print_left(one)
    say()
    _print_alive(one)
    for arm in one.plan.scenario.arms[1:]:
        say()
        _print_arm(one, arm)
    say()
    say("Verdict")
    for sentence in one.verdict:
        say(f"- {sentence}")
    for note in one.plan.notes:
        say(f"note: {note}")
    say(f"methods: {method_sentence(one.plan, studies=studies, seed=seed)}")


def print_laboratories(
    found: Sequence[Laboratory], left_out: Sequence[Problem], *, studies: int, seed: int
) -> None:
    """Print every model, then the rules of the verdict and what was left out."""
    for one in found:
        print_laboratory(one, studies=studies, seed=seed)
        say()
    say(f"{studies} studies each with the effect and without; +- is the Monte-Carlo standard "
        "error. TVI: 1 - T/C. Simulated: the TVI of the mean ln T/C; bias: of ln T/C (above "
        "zero: too little effect). A study without a test finds nothing. p values are not adjusted "
        "for several arms.")  # fmt: skip
    say(f"Rules: {RULES} The simulation takes the growth model as true: it judges what removals do "
        "to each analysis, not whether growth is straight.")  # fmt: skip
    for problem in left_out:
        say(f"left out: {problem}")


def _print_study(plan: DropoutPlan) -> None:
    s = plan.scenario
    say(f"block {plan.block}, model {plan.model}: T/C on day {plan.how.day:g}")
    for a, arm in enumerate(s.arms):
        bend = "" if not s.curves else (
            f" at first, {_last_rate(s, a):.3g} at the end")  # fmt: skip
        true = "" if a == 0 else (
            f"; true TVI {percent(-math.expm1(float(s.log_ratio(a, plan.how.day))))}")  # fmt: skip
        say(f"{arm}: {s.sizes[a]} animals, grows {s.rates[a]:.3g} per day{bend}{true}")
    missed = float(np.mean([row[1:] for row in s.missed_by]))
    say(f"start {s.start_mm3:.4g} mm3, SD of ln volume {s.start_sd:.3g} at the start, "
        f"{s.visit_sd:.3g} between visits; SD of growth rates {s.rate_sd:.3g} per day; "
        f"{len(s.days)} visits, day {s.days[0]:g} to {s.days[-1]:g}, {percent(missed)} "
        "missed")  # fmt: skip
    say(f"limit: {plan.limit.words}")


def _last_rate(s: GrowthScenario, arm: int) -> float:
    return (s.curves[arm][-1] - s.curves[arm][-2]) / (s.days[-1] - s.days[-2])


def _print_left(one: Laboratory) -> None:
    words = {"tumor_limit": "at the limit", "death": "toxic, found dead",
             "unexplained": "no reason", "planned": "planned", "arm_ended": "arm ended",
             "stayed": "to the end"}  # fmt: skip
    header = ["animals that left", *words.values(), "simulated: limit", "other"]
    rows = [
        [arm, *(str(one.plan.left[arm][name]) for name in words),
         f"{one.table.reached[a]:.1f}", f"{one.table.lost[a]:.1f}"]
        for a, arm in enumerate(one.plan.scenario.arms)
    ]  # fmt: skip
    say_table(header, rows)


def _print_alive(one: Laboratory) -> None:
    there = observed_alive(one.plan)
    days = one.plan.scenario.days
    shown = sorted({round(i) for i in np.linspace(0, len(days) - 1, min(MOST_DAYS, len(days)))})
    found = {(a.arm, a.day): a for a in one.table.alive}
    rows = [
        [arm, *(f"{there[arm, days[i]]} ({found[arm, days[i]].expected:.1f})" for i in shown)]
        for arm in one.plan.scenario.arms
    ]
    say("animals under observation: in the study (simulated mean)")
    say_table(["day", *(f"{days[i]:g}" for i in shown)], rows)


def _print_arm(one: Laboratory, arm: str) -> None:
    place = one.plan.scenario.arms.index(arm) - 1
    say(f"{arm} against {one.plan.scenario.arms[0]}")
    header = ["analysis", "TVI of this study %", "p", "simulated %", "true %", "bias",
              "coverage %", "power %", "type I %", "no test %"]  # fmt: skip
    say_table(header, [_cells(row, one.own.get(row.analysis), place)
                       for row in one.table.rows if row.arm == arm])  # fmt: skip


def _cells(row: DropoutRow, own: Effects | None, arm: int) -> list[str]:
    bias = "-" if row.bias is None else f"{row.bias.value:+.2f}" + (
        f" +- {row.bias.error:.2f}" if row.bias.studies > 1 else "")  # fmt: skip
    return [
        NAMES[row.analysis], *_own(own, arm), _share(row.typical_tvi), _share(row.true_tvi), bias,
        _rate(row.coverage), _rate(row.power), _rate(row.type_one), _share(row.impossible),
    ]  # fmt: skip


def _own(own: Effects | None, arm: int) -> tuple[str, str]:
    """TVI with its interval and p, as the study itself would give them."""
    if own is None:
        return "-", "-"
    estimate, low, high, p = (
        float(part[0, arm]) for part in (own.estimate, own.low, own.high, own.p)
    )
    said = "-" if math.isnan(estimate) else f"{-100.0 * math.expm1(estimate):.0f}"
    if not math.isnan(low):
        said += f" ({-100.0 * math.expm1(high):.0f} to {-100.0 * math.expm1(low):.0f})"
    return said, "-" if math.isnan(p) else number(p, 2)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100.0 * value:.1f}"


def _rate(rate: Rate | None) -> str:
    return "-" if rate is None else f"{100 * rate.value:.1f} +- {100 * rate.error:.1f}"


def laboratory_rows(one: Laboratory) -> list[dict[str, Any]]:
    """Return a row per arm and analysis; shares from 0 to 1, effects as ln T/C."""
    out = []
    for row in one.table.rows:
        place = one.plan.scenario.arms.index(row.arm) - 1
        own = one.own.get(row.analysis)
        mine = {name: None if own is None else _known(getattr(own, name)[0, place])
                for name in ("estimate", "low", "high", "p", "day")}  # fmt: skip
        out.append({
            "block": one.plan.block, "model": one.plan.model, "arm": row.arm,
            "control": one.plan.scenario.arms[0], "day": one.table.day, "analysis": row.analysis,
            "study_ln_tc": mine["estimate"], "study_low": mine["low"], "study_high": mine["high"],
            "study_p": mine["p"], "study_day": mine["day"], "true_tvi": row.true_tvi,
            "typical_tvi": row.typical_tvi,
            "simulated_tvi": None if row.said_tvi is None else row.said_tvi.value,
            "simulated_tvi_mc_error": None if row.said_tvi is None else _known(row.said_tvi.error),
            "bias_ln_tc": None if row.bias is None else row.bias.value,
            "bias_mc_error": None if row.bias is None else _known(row.bias.error),
            **_shares("coverage", row.coverage), **_shares("power", row.power),
            **_shares("type_one", row.type_one), "no_test": row.impossible,
            "no_test_null": row.impossible_null, "broken_rules": " ".join(row.faults),
            "quote": one.table.best[row.arm] == row.analysis, "studies": row.power.studies,
        })  # fmt: skip
    return out


def _known(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _shares(name: str, rate: Rate | None) -> dict[str, float | None]:
    return {name: None if rate is None else rate.value,
            f"{name}_mc_error": None if rate is None else rate.error}  # fmt: skip


def laboratory_csv(found: Sequence[Laboratory]) -> bytes:
    """Return the rows of all models as CSV."""
    rows = [row for one in found for row in laboratory_rows(one)]
    return csv_bytes(pl.DataFrame(rows, infer_schema_length=None))


def laboratory_record(
    found: Sequence[Laboratory], left_out: Sequence[Problem], *, studies: int, seed: int
) -> dict[str, Any]:
    """Return all of it for ``--json``."""
    return {
        "studies": studies, "seed": seed, "rules": RULES, "references": list(REFERENCES),
        "left_out": [str(problem) for problem in left_out],
        "models": [_model(one, studies=studies, seed=seed) for one in found],
    }  # fmt: skip


def _model(one: Laboratory, *, studies: int, seed: int) -> dict[str, Any]:
    plan, there = one.plan, observed_alive(one.plan)
    scenario = asdict(plan.scenario)
    scenario["limit_mm3"] = _known(plan.scenario.limit_mm3)
    return {
        "block": plan.block, "model": plan.model, "day": plan.how.day, "scenario": scenario,
        "limit": {"mm3": _known(plan.limit.mm3), "words": plan.limit.words},
        "left": {arm: dict(counts) for arm, counts in plan.left.items()},
        "simulated_left": {arm: {"tumor_limit": one.table.reached[a], "other": one.table.lost[a]}
                           for a, arm in enumerate(plan.scenario.arms)},
        "incidence": [{"arm": arm, "reason": name, **asdict(value)}
                      for (arm, name), value in plan.incidence.items()],
        "alive": [{**asdict(a), "observed": there[a.arm, a.day]} for a in one.table.alive],
        "rows": laboratory_rows(one), "quote": one.table.best, "verdict": one.verdict,
        "notes": list(plan.notes),
        "sentence": method_sentence(plan, studies=studies, seed=seed),
    }  # fmt: skip
