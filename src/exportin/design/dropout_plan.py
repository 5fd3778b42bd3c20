"""A finished study as a scenario: growth, spread, visits, and who left why, from its own fit."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from exportin.assays.tumor_growth.growth_models import fit_model
from exportin.design.removals import (
    REASONS,
    Followed,
    Limit,
    arm_ends,
    find_limit,
    followed,
    reason,
)
from exportin.design.study_models import StudyModel, study_models
from exportin.design.variation import spread_of
from exportin.design.wishes import refused
from exportin.inference.growth_dropout import HowAnalyzed
from exportin.inference.growth_scenarios import GrowthScenario, SimulatedStudies
from exportin.inference.mixed_growth import GrowthFit
from exportin.kernels.survival_competing import cumulative_incidence
from exportin.study.run import STORE
from exportin.tables.problems import InputError, Problem, nearest, problem_at

CODES = {"tumor_limit": 1, "death": 2, "unexplained": 3}
FEW = 3
"""Animals under observation below which a visit is taken to be missed as in all arms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidence:
    """Share of animals that left for a reason by the end of the arm (Aalen-Johansen, 95 %)."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropoutPlan:
    """One model of a study, to be simulated again.

    Parameters
    ----------
    observed
        The study itself in the form of simulated ones.
    left
        For every arm: animals by reason (`REASONS`).
    ended
        Last volumes (mm3) of the animals of every arm that was ended as a whole.
    unmeasured
        Animals recorded as removed for the tumor that were last measured below the limit.
    incidence
        By arm and reason.
    """

    block: str
    model: str
    scenario: GrowthScenario
    how: HowAnalyzed
    limit: Limit
    observed: SimulatedStudies
    left: Mapping[str, Counter[str]]
    ended: Mapping[str, tuple[float, ...]]
    unmeasured: tuple[str, ...]
    incidence: Mapping[tuple[str, str], Incidence]
    notes: tuple[str, ...]


def plans_of(
    folder: Path,
    *,
    block: str = "",
    model: str = "",
    limit: float | None = None,
    day: float | None = None,
) -> tuple[list[DropoutPlan], tuple[Problem, ...]]:
    """Make a plan of every model asked for; those that cannot be simulated come with the reason.

    Raises
    ------
    InputError
        If the study has no results yet, no such block or model, or no model can be simulated.
    """
    if not folder.is_dir():
        raise refused("STUDY", f"'{folder}' is no folder.", "Name the folder of a study.")
    if (folder / "study.toml").is_file() and not (folder / STORE).is_dir():
        message = "there are no results yet."
        raise refused(str(folder), message, f"Run it first: exportin run {folder}")
    wanted = _chosen(study_models(folder), folder, block, model)
    plans: list[DropoutPlan] = []
    problems: list[Problem] = []
    for one in wanted:
        try:
            plans.append(plan_of(one, limit=limit, day=day))
        except InputError as error:
            problems += error.problems
    if not plans:
        raise InputError(problems)
    return plans, tuple(problems)


def _chosen(found: Sequence[StudyModel], folder: Path, block: str, model: str) -> list[StudyModel]:
    if not found:
        message = "there is no tumor growth in this study."
        raise InputError(problem_at(str(folder), "", message, "Name another study.", "no-growth"))
    for option, word, known in (
        ("--block", block, {one.block for one in found}),
        ("--model", model, {one.name for one in found if block in ("", one.block)}),
    ):
        if word and word not in known:
            message = f"there is no {option[2:]} '{word}'."
            raise refused(option, message, nearest(word, sorted(known)))
    return [one for one in found if block in ("", one.block) and model in ("", one.name)]


def plan_of(one: StudyModel, *, limit: float | None, day: float | None) -> DropoutPlan:
    """Fit one model and describe it as a scenario.

    Raises
    ------
    InputError
        If it has no control, one animal in an arm, or too few visits to tell how animals differ.
    """
    animals, notes = _arms_with_animals(one)
    place = f"block {one.block}, model {one.name}"
    kept = sorted({a.name for a in animals})
    used = one.used.frame.filter(pl.col("animal").is_in(kept))
    caged = one.seen.animals.get_column("cage").drop_nulls().len() > 0
    alone = replace(one.seen, animals=one.seen.animals.with_columns(cage=pl.lit(None, pl.String)))
    if caged:
        notes.append("Cage mates are simulated as independent; what cages have in common counts as "
                     "difference between animals.")  # fmt: skip
    fit = fit_model(used, alone, one.settings, one.context)
    found = find_limit(animals, limit)
    ends = arm_ends(animals, found)
    scenario, last_dose = _scenario(fit, animals, found, ends, place)
    end = scenario.days[-1]
    when = _usual_day(animals, fit.control, scenario.days) if scenario.curves else end
    when = when if day is None else day
    if not scenario.days[0] < when <= end:
        remedy = f"Write a day after {scenario.days[0]:g}, up to {end:g}."
        raise refused("--day", f"day {when:g} was not followed ({place}).", remedy)
    why = {a.name: reason(a, found, ends) for a in animals}
    return DropoutPlan(
        block=one.block, model=one.name, scenario=scenario, limit=found,
        how=HowAnalyzed(
            day=when, threshold_mm3=one.settings.threshold_mm3, limit_mm3=found.mm3,
            form="shared_baseline" if one.settings.baseline == "shared" else "own_baseline",
            last_dose_day=last_dose,
        ),
        observed=_observed(animals, scenario, why),
        left={arm: Counter({r: sum(why[a.name] == r for a in animals if a.arm == arm)
                            for r in REASONS}) for arm in scenario.arms},
        ended={
            arm: last for arm in scenario.arms if (last := tuple(
                a.last_volume for a in animals if a.arm == arm and why[a.name] == "arm_ended"))
        },
        unmeasured=tuple(a.name for a in animals
                         if why[a.name] == "tumor_limit" and a.last_volume < found.mm3 < math.inf),
        incidence=dict(_incidence(animals, why, scenario)),
        notes=(*notes, *fit.notes),
    )  # fmt: skip


def _arms_with_animals(one: StudyModel) -> tuple[list[Followed], list[str]]:
    """Animals of the arms with two or more; a control and another arm must be among them."""
    animals = followed(one.seen, one.used)
    counts = Counter(a.arm for a in animals)
    place = f"block {one.block}, model {one.name}"
    control = one.settings.control
    if control not in counts:
        message = f"there is no animal of the control '{control}'."
        remedy = "An effect needs a control in the same model; name another model with --model."
        raise InputError(problem_at(place, "", message, remedy, "no-control"))
    alone = sorted(arm for arm, n in counts.items() if n == 1)
    rest = [arm for arm in counts if arm not in (control, *alone)]
    if control in alone or not rest:
        message = (f"arm '{control}' has one animal." if control in alone
                   else "no treated arm has two animals.")  # fmt: skip
        remedy = "How animals differ cannot be told from one animal an arm; name another model."
        raise InputError(problem_at(place, "", message, remedy, "one-animal"))
    notes = [f"{arm} has one animal and was left out." for arm in alone]
    return [a for a in animals if a.arm not in alone], notes


def _scenario(
    fit: GrowthFit, animals: Sequence[Followed], limit: Limit, ends: Mapping[str, float], place: str
) -> tuple[GrowthScenario, dict[int, float] | None]:  # fmt: skip
    """Scenario of the fit, and the last dose of each arm where its growth may change."""
    spread = spread_of(fit, fit.control, place)
    g = fit.fit.estimate.random_covariance
    scale = float(np.sqrt(g[0, 0] * g[1, 1]))
    base = fit.design.baseline_day
    days = calendar(animals, base)
    curves = tuple(_curve(fit, arm, days) for arm in fit.arms)
    start = float(np.mean([fit.design.mean_row(arm, base) @ fit.fit.estimate.coefficients
                           for arm in fit.arms]))  # fmt: skip
    if limit.mm3 <= math.exp(start):
        message = f"a limit of {limit.mm3:g} mm3 is not above the start ({math.exp(start):.4g})."
        raise refused("--limit", message, "Write the volume of sacrifice in mm3, or 0 for none.")
    scenario = GrowthScenario(
        arms=fit.arms, rates=tuple(curve[1] / (days[1] - base) for curve in curves),
        curves=curves if fit.design.knots else (), days=days,
        sizes=tuple(fit.n_animals[arm] for arm in fit.arms),
        start_mm3=math.exp(start), start_sd=spread.start_sd, rate_sd=spread.rate_sd,
        visit_sd=spread.visit_sd,
        correlation=float(np.clip(g[0, 1] / scale, -1.0, 1.0)) if scale > 0.0 else 0.0,
        limit_mm3=limit.mm3,
        hazards=tuple(_hazard(animals, arm, limit, ends, days[0]) for arm in fit.arms),
        missed_by=_missed(animals, fit.arms, days), ends=tuple(ends[arm] for arm in fit.arms),
    )  # fmt: skip
    knots = {a: fit.design.knot(arm) for a, arm in enumerate(fit.arms)}
    doses = {a: at + base for a, at in knots.items() if at is not None}
    return scenario, doses or None


def _curve(fit: GrowthFit, arm: str, days: Sequence[float]) -> tuple[float, ...]:
    """Mean growth of ln volume at each visit; after the arm's last one it goes on as before it."""
    design, known = fit.design, fit.fit.estimate.coefficients
    mean = np.array([design.mean_row(arm, day) @ known for day in days])
    last = int(np.searchsorted(days, fit.follow_up[arm][1], side="right")) - 1
    if 0 < last < len(days) - 1:
        slope = (mean[last] - mean[last - 1]) / (days[last] - days[last - 1])
        mean[last + 1 :] = mean[last] + slope * (np.array(days[last + 1 :]) - days[last])
    return tuple(float(v) for v in mean - mean[0])


def _usual_day(animals: Sequence[Followed], control: str, days: Sequence[float]) -> float:
    """Last visit at which two animals of the control were still there."""
    last = sorted(a.last_day for a in animals if a.arm == control)[-2]
    return max([day for day in days[1:] if day <= last], default=days[-1])


def calendar(animals: Sequence[Followed], base: float) -> tuple[float, ...]:
    """Days of visits: the baseline, and every later day on which an animal was measured."""
    later = {float(d) for a in animals for d in a.days if d > max(base, 0.0)}
    return (base, *sorted(later))


def _hazard(
    animals: Sequence[Followed], arm: str, limit: Limit, ends: Mapping[str, float], base: float
) -> float:
    """Count removals that were not for the tumor, per animal and day."""
    mine = [a for a in animals if a.arm == arm]
    count = sum(reason(a, limit, ends) in ("death", "unexplained", "planned") for a in mine)
    time = sum(min(a.left, ends[arm]) - base for a in mine)
    return count / time if count and time > 0.0 else 0.0


def _places(animal: Followed, days: Sequence[float]) -> np.ndarray:
    """Places of an animal's visits in the calendar; all before the first dose are the baseline."""
    place = {day: i for i, day in enumerate(days)}
    return np.array([place.get(float(d), 0) for d in animal.days])


def _missed(
    animals: Sequence[Followed], arms: Sequence[str], days: Sequence[float]
) -> tuple[tuple[float, ...], ...]:
    """Share of the animals under observation that were not measured, by arm and visit."""
    here, seen = (np.zeros((len(arms), len(days))) for _ in range(2))
    for animal in animals:
        places = _places(animal, days)
        here[arms.index(animal.arm), : places[-1] + 1] += 1
        seen[arms.index(animal.arm), places] += 1
    all_arms = 1.0 - seen.sum(axis=0) / np.maximum(here.sum(axis=0), 1.0)
    own = 1.0 - seen / np.maximum(here, 1.0)
    found = np.where(here >= FEW, own, all_arms)
    found[:, 0] = 0.0
    return tuple(tuple(float(v) for v in row) for row in found)


def _observed(
    animals: Sequence[Followed], scenario: GrowthScenario, why: Mapping[str, str]
) -> SimulatedStudies:
    ordered = sorted(animals, key=lambda a: scenario.arms.index(a.arm))
    y = np.full((1, len(ordered), len(scenario.days)), np.nan)
    for i, animal in enumerate(ordered):
        y[0, i, _places(animal, scenario.days)] = np.log(animal.volumes)
    reasons = np.array([[why[a.name] for a in ordered]])
    return SimulatedStudies(
        log_volume=y, arm=np.array([scenario.arms.index(a.arm) for a in ordered]),
        cage=np.arange(len(ordered)), days=np.array(scenario.days),
        reached_limit=reasons == "tumor_limit",
        lost=np.isin(reasons, ["death", "unexplained", "planned"]),
    )  # fmt: skip


def _incidence(
    animals: Sequence[Followed], why: Mapping[str, str], scenario: GrowthScenario
) -> list[tuple[tuple[str, str], Incidence]]:
    out = []
    for arm in scenario.arms:
        mine = [a for a in animals if a.arm == arm]
        code = np.array([CODES.get(why[a.name], 0) for a in mine], dtype=np.int64)
        time = np.array([a.left - scenario.days[0] for a in mine])
        if not code.any():
            continue
        found = cumulative_incidence(np.maximum(time, 1e-9), code)
        for name, number in CODES.items():
            if number in found.causes:
                row = found.causes.index(number)
                low, high = (None if math.isnan(part[row, -1]) else float(part[row, -1])
                             for part in (found.low, found.high))  # fmt: skip
                share = float(found.incidence[row, -1])
                out.append(((arm, name), Incidence(value=share, low=low, high=high)))
    return out
