"""Power by simulation: how often each analysis of a growth study finds what is, and is not, there.

Studies are simulated with their visits, missed visits, sacrifices and cages, and analyzed as they
would be.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exportin.inference import growth_analyses as analyses
from exportin.inference.growth_scenarios import (
    GrowthScenario,
    SimulatedStudies,
    simulate_studies,
)
from exportin.inference.p_adjust import adjust as adjust_p
from exportin.inference.proportion import exact_proportion

Adjustment = Literal["none", "holm"]
ALPHA = 0.05
MOST_ANIMALS = 60
"""Where the search for a number of animals per arm gives up."""
NAMES = {
    "mixed_model": "mixed model, Kenward-Roger",
    "cage_rates": "t test of cage means of rates",
    "animal_rates": "t test of animals' rates",
    "final_day": "t test on the final day",
    "last_carried": "t test of last volumes (LOCF)",
    "log_rank": "log-rank, time to volume, exact",
    "log_rank_chi_squared": "log-rank, chi-squared",
}
USUAL = ("mixed_model", "animal_rates", "final_day", "last_carried", "log_rank")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A share of simulated studies with its Monte-Carlo error and 95 % limits (exact)."""

    value: float
    error: float
    low: float
    high: float
    studies: int


@dataclass(frozen=True, kw_only=True)
class PowerRow:
    """One analysis of one comparison at one size.

    Attributes
    ----------
    power, type_one : Rate
        Studies with p < alpha where the arms differ as stated, and where they do not. A study
        without a test finds nothing.
    power_possible : Rate or None
        Power among the studies in which the test could be made.
    impossible, impossible_null : float
        Share of studies in which the test could not be made.
    """

    analysis: str
    arm: str
    per_arm: tuple[int, ...]
    power: Rate
    power_possible: Rate | None
    type_one: Rate | None
    impossible: float
    impossible_null: float | None


@dataclass(frozen=True, kw_only=True)
class PowerTable:
    """All analyses at one size.

    `family_error` is the share of studies without any effect in which any comparison of an
    analysis is significant; `sacrificed` and `lost` are mean numbers of animals per arm.
    """

    scenario: GrowthScenario
    rows: tuple[PowerRow, ...]
    family_error: dict[str, Rate]
    sacrificed: tuple[float, ...]
    lost: tuple[float, ...]


def rate_of(hits: int, studies: int) -> Rate:
    """Share with Monte-Carlo error.

    Examples
    --------
    >>> found = rate_of(5, 100)
    >>> round(found.error, 4), round(found.low, 3), round(found.high, 3)
    (0.0218, 0.016, 0.113)
    """
    share, low, high = exact_proportion(hits, studies)
    return Rate(value=share, error=math.sqrt(share * (1.0 - share) / studies), low=low, high=high,
                studies=studies)  # fmt: skip


def power_table(
    scenario: GrowthScenario,
    *,
    seed: int,
    studies: int = 400,
    null_studies: int | None = None,
    which: Sequence[str] = USUAL,
    threshold_mm3: float = 1000.0,
    alpha: float = ALPHA,
    adjust: Adjustment = "holm",
    progress: Callable[[str], None] | None = None,
) -> PowerTable:
    """Simulate a study and the same study without effect, and analyze both in every way.

    Parameters
    ----------
    scenario : GrowthScenario
    seed : int
        The stream of chance depends on it and on the sizes of the arms, not on what ran before.
    studies, null_studies : int
        With effect and without; `null_studies` 0 leaves type I error out.
    which : sequence of str
        Names of `NAMES`.
    threshold_mm3 : float
        Volume whose first crossing the log-rank test times.
    adjust : {"holm", "none"}
        Over the treated arms.

    Examples
    --------
    >>> plan = GrowthScenario(arms=("vehicle", "drug"), rates=(0.09, 0.03), sizes=(4, 4),
    ...     days=(0.0, 7.0, 14.0, 21.0), start_mm3=150.0, start_sd=0.2, rate_sd=0.01,
    ...     visit_sd=0.1, limit_mm3=1500.0)
    >>> found = power_table(plan, seed=1, studies=50, null_studies=0, which=("animal_rates",))
    >>> found.rows[0].power.value > 0.8
    True
    """
    null_studies = studies if null_studies is None else null_studies
    unknown = [name for name in which if name not in NAMES]
    if unknown:
        raise ValueError(f"no analysis {unknown[0]!r}; there are {', '.join(NAMES)}")
    made = simulate_studies(scenario, studies, _stream(seed, scenario, 1))
    there = _p_values(made, which, threshold_mm3, _stream(seed, scenario, 2), progress)
    absent: dict[str, np.ndarray] = {}
    if null_studies:
        same = simulate_studies(scenario.without_effect(), null_studies, _stream(seed, scenario, 3))
        absent = _p_values(same, which, threshold_mm3, _stream(seed, scenario, 4), progress)
    rows, families = [], {}
    for name in which:
        hit = _significant(there[name], alpha, adjust)
        null = _significant(absent[name], alpha, adjust) if absent else None
        if null is not None:
            families[name] = rate_of(int(null.any(axis=1).sum()), null_studies)
        for j, arm in enumerate(scenario.arms[1:]):
            none = np.isnan(there[name][:, j])
            tests = int((~none).sum())
            found = int(hit[:, j].sum())
            rows.append(
                PowerRow(
                    analysis=name, arm=arm, per_arm=scenario.sizes,
                    power=rate_of(found, studies),
                    power_possible=rate_of(found, tests) if tests else None,
                    type_one=None if null is None else
                    rate_of(int(null[:, j].sum()), null_studies),
                    impossible=float(none.mean()),
                    impossible_null=float(np.isnan(absent[name][:, j]).mean()) if absent else None,
                )
            )  # fmt: skip
    arms = range(len(scenario.arms))
    return PowerTable(
        scenario=scenario, rows=tuple(rows), family_error=families,
        sacrificed=tuple(_mean_number(made.reached_limit[:, made.arm == a]) for a in arms),
        lost=tuple(_mean_number(made.lost[:, made.arm == a]) for a in arms),
    )  # fmt: skip


def _mean_number(who: np.ndarray) -> float:
    return float(who.sum(axis=1).mean())


def _stream(seed: int, scenario: GrowthScenario, part: int) -> np.random.Generator:
    return np.random.default_rng([seed, part, *scenario.sizes])


def _p_values(
    made: SimulatedStudies,
    which: Sequence[str],
    threshold_mm3: float,
    generator: np.random.Generator,
    progress: Callable[[str], None] | None,
) -> dict[str, np.ndarray]:
    ways: dict[str, Callable[[], np.ndarray]] = {
        "mixed_model": lambda: analyses.mixed_model(made),
        "cage_rates": lambda: analyses.cage_rates(made),
        "animal_rates": lambda: analyses.animal_rates(made),
        "final_day": lambda: analyses.final_day(made),
        "last_carried": lambda: analyses.last_carried(made),
        "log_rank": lambda: analyses.log_rank_exact(made, threshold_mm3, generator),
        "log_rank_chi_squared": lambda: analyses.log_rank_chi_squared(made, threshold_mm3),
    }
    out = {}
    for name in which:
        if progress is not None:
            progress(NAMES[name])
        out[name] = ways[name]()
    return out


def _significant(p: np.ndarray, alpha: float, adjust: Adjustment) -> np.ndarray:
    """Whether p < alpha after adjustment within each study; no test is never significant."""
    if p.shape[1] > 1 and adjust == "holm":
        rows = [adjust_p([None if math.isnan(v) else float(v) for v in row], "holm") for row in p]
        p = np.array([[math.nan if v is None else v for v in row] for row in rows])
    with np.errstate(invalid="ignore"):
        found: np.ndarray = p < alpha
    return found


def animals_needed(
    scenario: GrowthScenario,
    target: float,
    *,
    seed: int,
    studies: int = 400,
    analysis: str = "mixed_model",
    alpha: float = ALPHA,
    adjust: Adjustment = "holm",
    threshold_mm3: float = 1000.0,
    start: int = 3,
    most: int = MOST_ANIMALS,
    progress: Callable[[str], None] | None = None,
) -> tuple[int | None, dict[int, Rate]]:
    """Find the smallest number of animals per arm whose simulated power reaches a target.

    Power of the weakest comparison. Sizes are doubled until it is reached, then halved in between;
    the answer is as uncertain as the powers of it and its neighbor, which are given too.

    Returns
    -------
    animals per arm (None above `most`), and the powers of all sizes that were tried

    Examples
    --------
    >>> plan = GrowthScenario(arms=("vehicle", "drug"), rates=(0.09, 0.05), sizes=(3, 3),
    ...     days=(0.0, 7.0, 14.0, 21.0), start_mm3=150.0, start_sd=0.2, rate_sd=0.02,
    ...     visit_sd=0.1, limit_mm3=1500.0)
    >>> animals_needed(plan, 0.8, seed=1, studies=200, analysis="animal_rates")[0]
    6
    """
    tried: dict[int, Rate] = {}

    def reaches(n: int) -> bool:
        if progress is not None:
            progress(f"{n} per arm")
        found = power_table(scenario.with_animals(n), seed=seed, studies=studies, null_studies=0,
                            which=(analysis,), threshold_mm3=threshold_mm3, alpha=alpha,
                            adjust=adjust)  # fmt: skip
        tried[n] = min((row.power for row in found.rows), key=lambda rate: rate.value)
        return tried[n].value >= target

    low, n = start - 1, start
    while not reaches(n):
        if n >= most:
            return None, tried
        low, n = n, min(2 * n, most)
    high = n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high, tried
