"""Plates of known faults, judged at table level; every rate carries its Monte-Carlo error."""

from collections import Counter

import numpy as np
import polars as pl

from exportin.assays.viability.simulate_faults import Fault, plate_layout, simulate_plate
from exportin.plates.pattern import ALPHA, judge_plate
from exportin.plates.wellmap import plates_of


def many_plates(fault: Fault, count: int, seed: int, size: int = 96) -> list[pl.DataFrame]:
    """So many plates with the same fault."""
    rng = np.random.default_rng(seed)
    layout = plate_layout(randomize=fault.randomize, size=size)
    return [
        simulate_plate(layout, fault, rng, sample=f"P{number}", size=size)
        for number in range(count)
    ]


def found_patterns(frame: pl.DataFrame, seed: int = 1) -> set[str]:
    """Patterns that are flagged on one plate."""
    judged = judge_plate(next(plates_of(frame)), keys=("model", "treatment"), seed=seed)
    return {r.pattern for r in judged.results if (r.p_adjusted or 1.0) <= ALPHA}


def pattern_rates(fault: Fault, count: int, seed: int, size: int = 96) -> Counter[str]:
    """How many plates were flagged for each pattern, and for ``any``."""
    counts: Counter[str] = Counter()
    for plate in many_plates(fault, count, seed, size):
        found = found_patterns(plate)
        counts.update(found)
        counts["any"] += bool(found)
    return counts


def error_of(share: float, count: int) -> float:
    """Monte-Carlo standard error of a share."""
    return float(np.sqrt(share * (1 - share) / count))
