"""Xenograft studies of known truth: calipers, body weights, sacrifice at a limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import exp, log

import numpy as np
import polars as pl

from exportin.contract.assay import Simulated

SCENARIOS = ("default", "n3", "n4", "n6", "n8", "no_effect", "deaths")
VEHICLE = "vehicle"
START_MM3, START_SD = 150.0, 0.25  # at the first dose; SD of ln
ANIMAL_SD, CALIPER_SD = 0.012, 0.10  # of the growth rate per day; of ln volume at a visit
LIMIT_MM3 = 1500.0  # an animal is sacrificed at the first visit at or above
ELONGATION = 1.25  # length over width
WEIGHT_G, WEIGHT_SD, WEIGHT_NOISE = 25.0, 1.2, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class SimArm:
    """An arm: what it takes from the growth rate while dosed (per day), doses, weight loss."""

    effect: float
    doses: tuple[float, ...] = ()
    text: str = ""
    loss: float = 0.0  # fraction of the body weight lost while dosed
    mortality: float = 0.0  # probability of a toxic death while dosed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study: growth rate of each model (per day), arms, animals an arm, days of the visits."""

    rates: Mapping[str, float]
    arms: Mapping[str, SimArm]
    animals: int
    visits: tuple[float, ...]
    effects: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def effect(self, model: str, arm: str) -> float:
        """Return what the arm takes from the growth rate of the model while dosed, per day."""
        return self.effects.get((model, arm), self.arms[arm].effect)


WEEKLY = (0.0, 7.0, 14.0)
TWICE_WEEKLY = (0.0, 4.0, 7.0, 11.0, 14.0, 18.0, 21.0, 25.0)
VISITS = tuple(3.5 * i for i in range(18))
DEFAULT = Plan(
    rates={"LS-GD-1": 0.052, "LS-BZ-1": 0.105, "LS-BP-1": 0.045},
    arms={
        VEHICLE: SimArm(effect=0.0),
        "doxorubicin": SimArm(effect=0.03, doses=WEEKLY, text="4 mg/kg i.v.", loss=0.05),
        "selinexor": SimArm(effect=0.05, doses=TWICE_WEEKLY, text="10 mg/kg p.o.", loss=0.03),
    },
    animals=8,
    visits=VISITS,
    effects={
        ("LS-GD-1", "selinexor"): 0.055,
        ("LS-BZ-1", "selinexor"): 0.045,
        ("LS-BP-1", "selinexor"): 0.030,
    },
)


def _one(animals: int, effect: float = 0.04, mortality: float = 0.0) -> Plan:
    arms = {
        VEHICLE: SimArm(effect=0.0),
        "selinexor": SimArm(effect=effect, doses=TWICE_WEEKLY, text="10 mg/kg p.o.", loss=0.03,
                            mortality=mortality),
    }  # fmt: skip
    return Plan(rates={"LS-GD-1": 0.06}, arms=arms, animals=animals, visits=VISITS[:9])


def plan_of(scenario: str) -> Plan:
    """Return the plan of a scenario."""
    if scenario == "default":
        return DEFAULT
    if scenario == "no_effect":
        return _one(8, effect=0.0)
    if scenario == "deaths":
        return _one(8, mortality=0.4)
    return _one(int(scenario[1:]))


def simulate(scenario: str, rng: np.random.Generator) -> Simulated:
    """Make caliper sheet, animal list and study file; the truth comes with them.

    ``default``: three models, three arms of eight, two calipers twice a week, sacrifice at 1500
    mm3; shaped like a published liposarcoma study, with invented animals. ``n3`` ... ``n8``: one
    model, two arms of so many. ``no_effect``: the drug does nothing. ``deaths``: toxic deaths.
    """
    plan = plan_of(scenario)
    sheet = ["animal,day,length_mm,width_mm,weight_g"]
    design = ["sample_id,unit_id,model,arm,cage,removal,removed_day"]
    number = 0
    places = {model: i + 1 for i, model in enumerate(plan.rates)}
    for model in plan.rates:
        for arm in plan.arms:
            for place in range(plan.animals):
                number += 1
                name = f"M{number:03d}"
                rows, removal, last = _animal(plan, model, arm, rng)
                sheet += [f"{name},{row}" for row in rows]
                cage = f"C{places[model]}{place + 1:02d}"  # one animal of each arm
                design.append(f"{name},{name},{model},{arm},{cage},{removal},{last:g}")
    files = {
        "calipers.csv": ("\n".join(sheet) + "\n").encode(),
        "design.csv": ("\n".join(design) + "\n").encode(),
        "study.toml": study_file(plan).encode(),
    }
    return Simulated(files=files, truth=_truth(plan))


def _animal(
    plan: Plan, model: str, arm: str, rng: np.random.Generator
) -> tuple[list[str], str, float]:
    """One animal's rows, why it left, and when."""
    given = plan.arms[arm]
    end = given.doses[-1] if given.doses else 0.0
    start = log(START_MM3) + rng.normal(0.0, START_SD)
    own = rng.normal(0.0, ANIMAL_SD)
    weight = rng.normal(WEIGHT_G, WEIGHT_SD)
    dies = rng.uniform(3.0, end) if rng.random() < given.mortality else float("inf")
    rows, reason, last = [], "end", 0.0
    for day in plan.visits:
        if day > dies:
            reason = "toxicity"
            break
        rate = plan.rates[model] + own
        growth = rate * day - plan.effect(model, arm) * min(day, end)
        volume = exp(start + growth + rng.normal(0.0, CALIPER_SD))
        width = (2 * volume / ELONGATION) ** (1 / 3)
        loss = given.loss * min(day, end) / end if end else 0.0
        grams = weight * (1 + 0.001 * day - loss) + rng.normal(0.0, WEIGHT_NOISE)
        length = ELONGATION * width
        rows.append(f"{day:g},{length:.2f},{width:.2f},{grams:.1f}")
        last = day
        if volume >= LIMIT_MM3:
            reason = "tumor_limit"
            break
    return rows, reason, last


def _truth(plan: Plan) -> pl.DataFrame:
    return pl.DataFrame(list(_true_rows(plan)), infer_schema_length=None)


def _true_rows(plan: Plan) -> Iterator[dict[str, object]]:
    for model, rate in plan.rates.items():
        for arm, given in plan.arms.items():
            slope = rate - plan.effect(model, arm)
            what = {"block": "growth", "model": model, "arm": arm, "bound": "="}
            yield what | {"quantity": "growth_rate", "value": slope, "units": "per day"}
            if given.doses and given.doses[-1] < plan.visits[-1]:
                yield what | {"quantity": "growth_rate_after", "value": rate, "units": "per day"}


def study_file(plan: Plan) -> str:
    """Write the study file of a plan."""
    several = len(plan.rates) > 1
    lines = [_HEAD]
    for arm, given in plan.arms.items():
        if given.doses:
            dose, unit, route = given.text.split()
            days = ", ".join(f"{day:g}" for day in given.doses)
            lines.append(
                f'\n[[block.growth.dosing]]\narm   = "{arm}"\ndrug  = "{arm}"\ndays  = [{days}]\n'
                f'dose  = {dose}\ndose_unit = "{unit}"\nroute = "{route}"\n'
            )
    for quantity, more in QUESTIONS:
        lines.append(
            f'\n[[block.growth.compare]]\nquantity = "{quantity}"\nbetween  = "arm"\n'
            f'versus   = "{VEHICLE}"\n' + ('within   = "model"\n' if several else "") + more
        )
    return "".join(lines)


QUESTIONS = (
    ("growth_rate", 'adjust   = "dunnett"\n'),
    ("time_to_volume", ""),
    ("max_tvi", ""),
)
_HEAD = """#:schema ./study.schema.json
[study]
schema = 1
title  = "Simulated liposarcoma xenografts"
seed   = 20210217

[block.growth]
assay   = "tumor_growth"
files   = ["calipers.csv"]
control = "vehicle"
day_zero = "first dose"
volume_formula = "L*W^2/2"
threshold_mm3  = 1000.0
"""
