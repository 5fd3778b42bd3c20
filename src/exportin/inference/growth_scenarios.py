"""Simulated growth studies as arrays: animals, cages, missed visits, sacrifice, other removals."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np


@dataclass(frozen=True, kw_only=True)
class GrowthScenario:
    """A growth study that could be done; SDs are those of ln volume.

    ln V = ln start + a + (rate + b) day + e: a and b differ between animals, e between visits.

    Attributes
    ----------
    arms : tuple of str
        Control first.
    rates : tuple of float
        Mean growth of each arm, ln volume per day.
    sizes : tuple of int
        Animals per arm.
    days : tuple of float
        Visits; the first is the baseline.
    start_mm3, start_sd : float
        Geometric mean volume on the first day, SD of a.
    rate_sd, visit_sd : float
        SD of b per day, and of e.
    correlation : float
        Of a and b.
    limit_mm3 : float
        An animal leaves after the first visit at which it was measured at or above it.
    missed : float
        Probability that a visit after the first was missed.
    dropout : float
        Probability that an animal is lost before the last visit for reasons without bearing on
        its tumor, at a constant rate.
    cage_size : int
        Animals per cage.
    cage_icc : float
        Share of the variance of a and of b that cage mates have in common.
    cage_whole : bool
        Whether whole cages were treated alike; else the arms are spread over every cage.
    curves : tuple of tuple of float
        Per arm and visit, instead of `rates`: mean growth of ln volume since the first day.
    hazards : tuple of float
        Per arm and day, that an animal is removed without bearing on its tumor; adds to `dropout`.
    missed_by : tuple of tuple of float
        Per arm and visit, instead of `missed`.
    ends : tuple of float
        Last day of each arm; empty: the last visit.
    """

    arms: tuple[str, ...]
    rates: tuple[float, ...]
    sizes: tuple[int, ...]
    days: tuple[float, ...]
    start_mm3: float
    start_sd: float
    rate_sd: float
    visit_sd: float
    correlation: float = 0.0
    limit_mm3: float = math.inf
    missed: float = 0.0
    dropout: float = 0.0
    cage_size: int = 1
    cage_icc: float = 0.0
    cage_whole: bool = False
    curves: tuple[tuple[float, ...], ...] = ()
    hazards: tuple[float, ...] = ()
    missed_by: tuple[tuple[float, ...], ...] = ()
    ends: tuple[float, ...] = ()

    def without_effect(self) -> "GrowthScenario":
        """Return the same study with all arms growing as the control."""
        k = len(self.arms)
        return replace(self, rates=(self.rates[0],) * k, curves=self.curves[:1] * k)

    def gain(self, arm: int, day: np.ndarray | float) -> np.ndarray:
        """Mean growth of ln volume of an arm since the first day; straight between visits."""
        when = np.asarray(day, dtype=np.float64)
        if self.curves:
            return np.asarray(np.interp(when, self.days, self.curves[arm]))
        return np.asarray(self.rates[arm] * (when - self.days[0]))

    def log_ratio(self, arm: int, day: np.ndarray | float) -> np.ndarray:
        """Return the true ln T/C: how mean ln volume of an arm differs from that of the control."""
        return np.asarray(self.gain(arm, day) - self.gain(0, day))

    def with_animals(self, per_arm: int) -> "GrowthScenario":
        """Return the same study with so many animals in every arm."""
        return replace(self, sizes=(per_arm,) * len(self.arms))


@dataclass(frozen=True, kw_only=True)
class SimulatedStudies:
    """Many studies of one scenario.

    Attributes
    ----------
    log_volume : (studies, animals, visits) array
        ln mm3; NaN where an animal was not measured or had left.
    arm, cage : (animals,) arrays of int
    reached_limit, lost : (studies, animals) boolean arrays
        Sacrificed at the limit before the last visit; lost for another reason.
    """

    log_volume: np.ndarray
    arm: np.ndarray
    cage: np.ndarray
    days: np.ndarray
    reached_limit: np.ndarray
    lost: np.ndarray

    @property
    def studies(self) -> int:
        """How many."""
        return int(self.log_volume.shape[0])

    @property
    def last_visit(self) -> np.ndarray:
        """Place of the last visit of each animal with a volume, (studies, animals)."""
        seen = np.isfinite(self.log_volume)
        place: np.ndarray = self.days.size - 1 - np.argmax(seen[:, :, ::-1], axis=2)
        return place


def rate_for_tvi(control_rate: float, tvi: float, day: float) -> float:
    """Growth rate of an arm whose geometric mean volume is smaller by `tvi` on a day.

    1 - TVI = exp((rate - control rate) day).

    Examples
    --------
    >>> round(rate_for_tvi(0.09, 0.7163, 42.0), 4)
    0.06
    """
    return control_rate + math.log1p(-tvi) / day


def simulate_studies(
    scenario: GrowthScenario, studies: int, generator: np.random.Generator
) -> SimulatedStudies:
    """Draw studies; the last volume before an animal leaves is always kept.

    Examples
    --------
    >>> plan = GrowthScenario(arms=("vehicle", "drug"), rates=(0.1, 0.05), sizes=(3, 3),
    ...     days=(0.0, 7.0, 14.0, 21.0, 28.0), start_mm3=150.0, start_sd=0.2, rate_sd=0.0,
    ...     visit_sd=0.0, limit_mm3=1500.0)
    >>> made = simulate_studies(plan, 10, np.random.default_rng(1))
    >>> made.reached_limit[:, :3].mean() > made.reached_limit[:, 3:].mean()
    np.True_
    """
    _check(scenario)
    arm = np.repeat(np.arange(len(scenario.arms)), scenario.sizes)
    cage = _cages(scenario, arm)
    days = np.array(scenario.days)
    shape = (studies, arm.size)
    level, own = _animals(scenario, shape, cage, generator)
    mean = np.array([scenario.gain(a, days) for a in range(len(scenario.arms))])[arm]
    noise = generator.normal(0.0, scenario.visit_sd, (*shape, days.size))
    start = math.log(scenario.start_mm3) + level
    true = start[:, :, None] + mean + own[:, :, None] * (days - days[0]) + noise
    missed = np.array(scenario.missed_by)[arm] if scenario.missed_by else scenario.missed
    seen = generator.random(true.shape) >= missed
    seen[:, :, 0] = True
    gone = _lost_day(scenario, arm, studies, generator)
    ends = np.array(scenario.ends or (days[-1],) * len(scenario.arms))[arm]
    here = (days < gone[:, :, None]) & (days <= ends[:, None])
    above = seen & here & (true >= math.log(scenario.limit_mm3))
    before = np.cumsum(above, axis=2) - above > 0
    kept = seen & here & ~before
    reached: np.ndarray = (above & (days < ends[:, None])).any(axis=2)
    return SimulatedStudies(
        log_volume=np.where(kept, true, np.nan), arm=arm, cage=cage, days=days,
        reached_limit=reached, lost=~reached & (gone <= ends),
    )  # fmt: skip


def _animals(
    scenario: GrowthScenario, shape: tuple[int, int], cage: np.ndarray,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Levels and rates of animals: what is their cage's and what is their own."""
    icc, r = scenario.cage_icc, scenario.correlation
    z = math.sqrt(1.0 - icc) * generator.normal(size=(2, *shape))
    if icc > 0.0:
        shared = generator.normal(size=(2, shape[0], int(cage.max()) + 1))
        z = z + math.sqrt(icc) * shared[:, :, cage]
    slope = r * z[0] + math.sqrt(1.0 - r * r) * z[1]
    return scenario.start_sd * z[0], scenario.rate_sd * slope


def _lost_day(
    scenario: GrowthScenario, arm: np.ndarray, studies: int, generator: np.random.Generator
) -> np.ndarray:
    """Day of loss, infinite for most; never before the first visit."""
    first, last = scenario.days[0], scenario.days[-1]
    hazard = np.array(scenario.hazards or (0.0,) * len(scenario.arms))
    hazard = hazard - math.log1p(-scenario.dropout) / (last - first)
    if not hazard.any():
        return np.full((studies, arm.size), np.inf)
    with np.errstate(divide="ignore"):
        mean = 1.0 / hazard[arm]
    day: np.ndarray = first + generator.exponential(1.0, (studies, arm.size)) * mean
    after: np.ndarray = np.maximum(day, np.nextafter(first, np.inf))
    return after


def _cages(scenario: GrowthScenario, arm: np.ndarray) -> np.ndarray:
    """Cage of every animal: filled arm by arm, or one arm after the other within each cage."""
    if not scenario.cage_whole:
        place = np.concatenate([np.arange(size) for size in scenario.sizes])
        order = np.argsort(np.argsort(place * len(scenario.arms) + arm, kind="stable"))
        return np.asarray(order // scenario.cage_size, dtype=np.int64)
    own = np.concatenate([np.arange(size) for size in scenario.sizes]) // scenario.cage_size
    _, cage = np.unique(arm * (arm.size + 1) + own, return_inverse=True)
    return np.asarray(cage, dtype=np.int64)


def _check(scenario: GrowthScenario) -> None:
    k = len(scenario.arms)
    if not k == len(scenario.rates) == len(scenario.sizes):
        raise ValueError(f"{k} arms, {len(scenario.rates)} rates, {len(scenario.sizes)} sizes")
    if k < 2 or min(scenario.sizes) < 1:
        raise ValueError("two arms or more, each with an animal or more")
    parts = (scenario.curves, scenario.hazards, scenario.missed_by, scenario.ends)
    if any(len(part) not in (0, k) for part in parts):
        raise ValueError("curves, hazards, missed_by and ends are one per arm")
    if min(scenario.hazards, default=0.0) < 0.0:
        raise ValueError("a hazard is below zero")
    days = scenario.days
    if any(len(row) != len(days) for row in (*scenario.missed_by, *scenario.curves)):
        raise ValueError("missed_by and curves need a number per visit")
    if len(days) < 2 or any(b <= a for a, b in pairwise(days)):
        raise ValueError("two visits or more, on days that ascend")
    if min(scenario.start_sd, scenario.rate_sd, scenario.visit_sd) < 0.0:
        raise ValueError("an SD is below zero")
    shares = (scenario.missed, scenario.dropout, scenario.cage_icc)
    if not all(0.0 <= s < 1.0 for s in shares) or abs(scenario.correlation) > 1.0:
        raise ValueError("missed, dropout and cage_icc are from 0 to below 1, correlation -1 to 1")
    if scenario.start_mm3 <= 0.0 or scenario.limit_mm3 <= scenario.start_mm3:
        raise ValueError("the limit must lie above the volume at the start, that above zero")
