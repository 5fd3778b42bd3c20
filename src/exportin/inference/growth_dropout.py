"""What animals that leave do to each analysis: bias, coverage, type I error and power, simulated.

A study is simulated again and again from its own fit, with its effects and without any, and
analyzed in every way; the truth is known.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from exportin.inference import growth_effects as effects
from exportin.inference.growth_analyses import log_rank_exact
from exportin.inference.growth_effects import Effects
from exportin.inference.growth_power import Rate, rate_of
from exportin.inference.growth_scenarios import (
    GrowthScenario,
    SimulatedStudies,
    simulate_studies,
)
from exportin.inference.mixed_design import Form

ALPHA = 0.05
COVERAGE = (0.92, 0.98)
BIAS_SHARE, BIAS_LEAST = 0.10, 0.05
MOST_IMPOSSIBLE = 0.05
ERRORS = 2.0
RULES = (
    f"An answer can be quoted if its 95 % interval holds the truth in {100 * COVERAGE[0]:g} to "
    f"{100 * COVERAGE[1]:g} % of studies, its bias in ln T/C is at most {100 * BIAS_SHARE:g} % of "
    f"the true effect (or {BIAS_LEAST:g}), it finds what is not there in at most {100 * ALPHA:g} "
    f"%, each give or take {ERRORS:g} Monte-Carlo errors, and it is impossible in at most "
    f"{100 * MOST_IMPOSSIBLE:g} % of studies; of those, the one with the highest power."
)
NEVER = ("mixed_trimmed",)
"""Never to be quoted, whatever its numbers: volumes removed for being what they are."""
NAMES = {
    "mixed_model": "mixed model, all volumes kept",
    "animal_rates": "t test of animals' rates",
    "last_carried": "t test of last volumes (LOCF)",
    "final_day": "t test on the day of the T/C",
    "common_day": "t test, last day with both arms",
    "mixed_trimmed": "mixed model, limit volumes removed",
    "mixed_complete": "mixed model, completers only",
    "log_rank": "exact log-rank, time to volume",
    "log_rank_limit": "exact log-rank, time to the limit",
}
"""In the order in which they are preferred where simulation cannot tell them apart."""


@dataclass(frozen=True, kw_only=True)
class Mean:
    """A mean over simulated studies with its Monte-Carlo error."""

    value: float
    error: float
    studies: int


@dataclass(frozen=True, kw_only=True)
class DropoutRow:
    """One analysis of one comparison.

    Attributes
    ----------
    true_tvi : float or None
        On the day of which the analysis speaks; None where it quotes no T/C.
    said_tvi, bias : Mean or None
        TVI as quoted (arithmetic mean); ln T/C as quoted minus the true one.
    coverage : Rate or None
        Of 95 % intervals, among the studies that have one.
    power, type_one : Rate
        A study without a test finds nothing.
    impossible, impossible_null : float
        Share of studies without a test.
    faults : tuple of str
        Which rules it breaks: "impossible", "bias", "coverage", "type_one".
    """

    analysis: str
    arm: str
    true_tvi: float | None
    said_tvi: Mean | None
    bias: Mean | None
    coverage: Rate | None
    power: Rate
    type_one: Rate
    impossible: float
    impossible_null: float
    faults: tuple[str, ...]

    @property
    def typical_tvi(self) -> float | None:
        """TVI of the mean ln T/C; equal to the true one where there is no bias."""
        if self.bias is None or self.true_tvi is None or self.true_tvi >= 1.0:
            return None
        return -math.expm1(math.log1p(-self.true_tvi) + self.bias.value)


@dataclass(frozen=True, kw_only=True)
class Alive:
    """Animals of an arm under observation on a day: mean and central 95 % of simulated studies."""

    arm: str
    day: float
    expected: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class DropoutTable:
    """All analyses of a study, and who was left when.

    `reached`, `lost` are mean numbers of animals per arm; `best` is the analysis to quote for each
    treated arm, None where none keeps the rules; `reach` is the share of studies in which an animal
    of the control was still there on the day of the T/C.
    """

    scenario: GrowthScenario
    day: float
    rows: tuple[DropoutRow, ...]
    alive: tuple[Alive, ...]
    reached: tuple[float, ...]
    lost: tuple[float, ...]
    best: dict[str, str | None]
    reach: float


@dataclass(frozen=True, kw_only=True)
class HowAnalyzed:
    """What the analyses are told.

    Attributes
    ----------
    day : float
        Day of the T/C (planned end).
    form, last_dose_day
        Of the growth model; arms by their number, the control is 0.
    threshold_mm3 : float
        Volume that the log-rank test times.
    """

    day: float
    threshold_mm3: float
    limit_mm3: float = math.inf
    form: Form = "shared_baseline"
    last_dose_day: Mapping[int, float] | None = None


def all_effects(
    made: SimulatedStudies,
    how: HowAnalyzed,
    generator: np.random.Generator,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Effects]:
    """Analyze studies in every way that makes sense for them, in the order of `NAMES`."""
    day = how.day
    limited = math.isfinite(how.limit_mm3)

    def mixed(part: SimulatedStudies, known: tuple[SimulatedStudies, Effects] | None) -> Effects:
        return effects.of_mixed_model(part, day, form=how.form, last_dose_day=how.last_dose_day,
                                      known=known)  # fmt: skip

    def timed(volume: float) -> Effects:
        return effects.only_p(log_rank_exact(made, volume, generator))

    said = progress or (lambda _: None)
    said(NAMES["mixed_model"])
    full = mixed(made, None)
    early = effects.until(made, day)
    found = {
        "mixed_model": full,
        "animal_rates": effects.of_animal_rates(made, day),
        "last_carried": effects.of_last_volumes(early, day),
        "final_day": effects.on_final_day(made, day),
        "common_day": effects.on_common_day(early),
    }
    if limited:
        said(NAMES["mixed_trimmed"])
        trimmed = effects.beyond_removed(made, how.limit_mm3)
        found["mixed_trimmed"] = mixed(trimmed, (made, full))
    said(NAMES["mixed_complete"])
    found["mixed_complete"] = mixed(effects.completers(made), (made, full))
    said(NAMES["log_rank"])
    if how.threshold_mm3 < how.limit_mm3:
        found["log_rank"] = timed(how.threshold_mm3)
    if limited:
        found["log_rank_limit"] = timed(how.limit_mm3)
    return found


def dropout_table(
    scenario: GrowthScenario,
    how: HowAnalyzed,
    *,
    seed: int,
    studies: int = 200,
    progress: Callable[[str], None] | None = None,
) -> DropoutTable:
    """Simulate a study with its effects and without, and hold every analysis against the truth.

    Examples
    --------
    >>> plan = GrowthScenario(arms=("vehicle", "drug"), rates=(0.10, 0.05), sizes=(4, 4),
    ...     days=(0.0, 7.0, 14.0, 21.0, 28.0), start_mm3=150.0, start_sd=0.2, rate_sd=0.01,
    ...     visit_sd=0.1, limit_mm3=1200.0)
    >>> found = dropout_table(plan, HowAnalyzed(day=28.0, threshold_mm3=800.0, limit_mm3=1200.0),
    ...                       seed=1, studies=20)
    >>> round(next(row.true_tvi for row in found.rows if row.analysis == "mixed_model"), 2)
    0.75
    """
    made = simulate_studies(scenario, studies, _stream(seed, scenario, 11))
    there = all_effects(made, how, _stream(seed, scenario, 12), progress)
    same = simulate_studies(scenario.without_effect(), studies, _stream(seed, scenario, 13))
    absent = all_effects(same, how, _stream(seed, scenario, 14), progress)
    rows = tuple(
        _row(scenario, name, j, there[name], absent[name])
        for j in range(1, len(scenario.arms)) for name in there
    )  # fmt: skip
    arms = range(len(scenario.arms))
    at = int(np.flatnonzero(made.days <= how.day)[-1])
    return DropoutTable(
        scenario=scenario, day=how.day, rows=rows, alive=tuple(_alive(made, scenario)),
        reached=tuple(float(made.reached_limit[:, made.arm == a].sum(axis=1).mean()) for a in arms),
        lost=tuple(float(made.lost[:, made.arm == a].sum(axis=1).mean()) for a in arms),
        best={arm: best_of([row for row in rows if row.arm == arm]) for arm in scenario.arms[1:]},
        reach=float((made.last_visit[:, made.arm == 0] >= at).any(axis=1).mean()),
    )  # fmt: skip


def _stream(seed: int, scenario: GrowthScenario, part: int) -> np.random.Generator:
    return np.random.default_rng([seed, part, *scenario.sizes])


def _row(
    scenario: GrowthScenario, name: str, arm: int, there: Effects, absent: Effects
) -> DropoutRow:
    studies = there.p.shape[0]
    one = [part[:, arm - 1] for part in (there.estimate, there.low, there.high, there.day)]
    estimate, low, high, day = one
    truth = scenario.log_ratio(arm, day)
    known = np.isfinite(estimate)
    bounded = np.isfinite(low) & np.isfinite(high)
    held = int(((low <= truth) & (truth <= high) & bounded).sum())
    p, null = there.p[:, arm - 1], absent.p[:, arm - 1]
    with np.errstate(invalid="ignore"):
        found, wrong = int((p < ALPHA).sum()), int((null < ALPHA).sum())
    quotes = bool(known.any())
    row = DropoutRow(
        analysis=name, arm=scenario.arms[arm],
        true_tvi=float(-np.expm1(truth[known].mean())) if quotes else None,
        said_tvi=_mean(-np.expm1(estimate[known])) if quotes else None,
        bias=_mean((estimate - truth)[known]) if quotes else None,
        coverage=rate_of(held, int(bounded.sum())) if bounded.any() else None,
        power=rate_of(found, studies), type_one=rate_of(wrong, studies),
        impossible=float(np.isnan(p).mean()), impossible_null=float(np.isnan(null).mean()),
        faults=(),
    )  # fmt: skip
    return judged(row)


def _mean(values: np.ndarray) -> Mean:
    n = values.size
    error = float(values.std(ddof=1) / math.sqrt(n)) if n > 1 else math.inf
    return Mean(value=float(values.mean()), error=error, studies=n)


def judged(row: DropoutRow) -> DropoutRow:
    """Add which rules the row breaks; a rule is broken beyond Monte-Carlo error only."""
    faults = []
    if max(row.impossible, row.impossible_null) > MOST_IMPOSSIBLE:
        faults.append("impossible")
    if row.bias is not None and row.true_tvi is not None:
        size = abs(math.log1p(-row.true_tvi)) if row.true_tvi < 1.0 else 0.0
        allowed = max(BIAS_LEAST, BIAS_SHARE * size)
        if abs(row.bias.value) > allowed + ERRORS * row.bias.error:
            faults.append("bias")
    if row.coverage is not None:
        extra = ERRORS * row.coverage.error
        if not COVERAGE[0] - extra <= row.coverage.value <= COVERAGE[1] + extra:
            faults.append("coverage")
    nominal = math.sqrt(ALPHA * (1.0 - ALPHA) / row.type_one.studies)
    if row.type_one.value > ALPHA + ERRORS * nominal:
        faults.append("type_one")
    return replace(row, faults=tuple(faults))


def best_of(rows: list[DropoutRow]) -> str | None:
    """Name the analysis to quote: of those that keep all rules and quote a T/C, the most powerful.

    Those whose power cannot be told from the highest go by the order of `NAMES`.
    """
    fine = [row for row in rows if not row.faults and row.bias is not None
            and row.analysis not in NEVER]  # fmt: skip
    if not fine:
        return None
    top = max(fine, key=lambda row: row.power.value)
    near = [row.analysis for row in fine if top.power.value - row.power.value
            <= ERRORS * math.hypot(top.power.error, row.power.error)]  # fmt: skip
    return next(name for name in NAMES if name in near)


def _alive(made: SimulatedStudies, scenario: GrowthScenario) -> list[Alive]:
    out = []
    for a, arm in enumerate(scenario.arms):
        last = made.last_visit[:, made.arm == a]
        for v, day in enumerate(scenario.days):
            here = (last >= v).sum(axis=1)
            low, high = (float(q) for q in np.quantile(here, [0.025, 0.975]))
            out.append(Alive(arm=arm, day=day, expected=float(here.mean()), low=low, high=high))
    return out
