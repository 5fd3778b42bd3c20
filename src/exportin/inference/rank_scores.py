"""What a shift of the data does to rank statistics, and the Hodges-Lehmann estimates."""

import math

import numpy as np
from scipy import stats

from exportin.inference.outcome import Alternative
from exportin.inference.rank_distribution import (
    Tails,
    doubled_ranks,
    rank_sum_tails,
    signed_rank_tails,
)
from exportin.inference.rank_intervals import crossing, snap
from exportin.inference.samples import Vector

# beyond so many differences the shift is found by halving instead of as their median
_MOST_DIFFERENCES = 4_000_000


def walsh_means(d: Vector) -> Vector:
    """Means of all pairs of differences, each with itself too."""
    first, second = np.triu_indices(d.size)
    means: Vector = d[first] / 2.0 + d[second] / 2.0
    return means


def hodges_lehmann_shift(x: Vector, y: Vector) -> float:
    """Take the median of all differences a - b."""
    if x.size * y.size <= _MOST_DIFFERENCES:
        return float(np.median(np.subtract.outer(x, y)))
    bounds = float(x.min() - y.max()), float(x.max() - y.min())
    return crossing(lambda d: rank_sum_z(x, y, d, "two-sided"), *bounds, 0.0)


def pseudomedian(d: Vector) -> float:
    """Take the median of the means of all pairs of differences."""
    if d.size**2 <= _MOST_DIFFERENCES:
        return float(np.median(walsh_means(d)))
    low, high = float(d.min()), float(d.max())
    return crossing(lambda m: signed_rank_z(d, m, "two-sided"), low, high, 0.0)


def rank_sum_at(x: Vector, y: Vector, shift: float, size: float) -> Tails:
    """Tails of the rank sum after subtracting a shift from a."""
    return rank_sum_tails(doubled_ranks(snap(np.concatenate([x - shift, y]), size)), x.size)


def signed_rank_at(d: Vector, shift: float, size: float) -> Tails:
    """Tails of the signed-rank sum after subtracting a shift."""
    moved = d - shift
    absolute = snap(np.abs(moved), size)
    keep = absolute > 0
    return signed_rank_tails(doubled_ranks(absolute[keep]), (moved > 0)[keep])


def _corrected(excess: float, alternative: Alternative) -> float:
    if alternative == "two-sided":
        return excess - 0.5 * float(np.sign(excess))
    return excess - 0.5 if alternative == "greater" else excess + 0.5


def rank_sum_z(x: Vector, y: Vector, shift: float, alternative: Alternative) -> float:
    """Corrected z of the rank sum after subtracting a shift from a."""
    ranks = stats.rankdata(np.concatenate([x - shift, y]))
    n, m = float(x.size), float(y.size)
    ties = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    excess = float(ranks[: x.size].sum()) - n * (n + 1) / 2 - n * m / 2
    tie_loss = float((ties**3 - ties).sum()) / ((n + m) * (n + m - 1))
    sigma = math.sqrt(n * m / 12.0 * (n + m + 1 - tie_loss))
    return _corrected(excess, alternative) / sigma if sigma > 0 else 0.0


def signed_rank_z(d: Vector, shift: float, alternative: Alternative) -> float:
    """Corrected z of the signed-rank sum after subtracting a shift."""
    moved = d - shift
    moved = moved[moved != 0]
    ranks = stats.rankdata(np.abs(moved))
    n = float(moved.size)
    ties = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    excess = float(ranks[moved > 0].sum()) - n * (n + 1) / 4
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48
    return _corrected(excess, alternative) / math.sqrt(variance) if variance > 0 else 0.0
