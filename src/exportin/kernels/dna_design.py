"""What a DNA fit needs to know of its histogram before it starts: limits and given columns."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from exportin.kernels.dna_columns import convolve, gauss_bins

Array = NDArray[np.float64]

FLOOR_SHARE = 0.2
"""Of the mean of G1: events below are not fitted (trigger, platelets, free dye)."""
TRIGGER_BELOW = 0.35
"""Of the mean of G1: a fullest bin of the debris below this is where the trigger cuts."""


@dataclass(frozen=True)
class Frame:
    """One histogram in bin widths.

    ``u0`` is channel 0's distance to the first edge; bins ``first`` to ``last`` (not included) are
    fitted; ``cut`` is the curve of nuclei cut once, made from all events that are
    fitted; ``seen`` are the counts from G1 on.
    """

    counts: Array
    u0: float
    width: float
    first: int
    last: int
    events: float
    floor: float
    top: float
    cut: Array
    seen: Array


def frame_of(counts: Array, edges: Array, g1_mean: float, floor: float | None) -> Frame:
    """Choose the bins that are fitted and make the columns that do not depend on the fit."""
    width = float(edges[-1] - edges[0]) / counts.size
    u0 = float(edges[0]) / width
    if floor is None:
        floor = trigger(counts, edges, g1_mean)
    first = int(np.clip(np.ceil(floor / width - u0 - 1e-9), 0, counts.size - 8))
    last = counts.size - 1  # the last bin holds what lies beyond as well
    sources = counts.copy()
    sources[:first] = sources[last:] = 0.0
    seen = np.where(edges[:-1] >= 0.8 * g1_mean, sources, 0.0)
    return Frame(
        counts, u0, width, first, last, float(counts[first:last].sum()),
        float(edges[first]), float(edges[last]), cut_column(sources, u0, first, last), seen,
    )  # fmt: skip


def trigger(counts: Array, edges: Array, g1_mean: float) -> float:
    """Lowest channel that is fitted: a fifth of G1, or just above the fullest bin of the debris."""
    floor = FLOOR_SHARE * g1_mean
    below = int(np.searchsorted(edges, TRIGGER_BELOW * g1_mean))
    if below >= 3:
        fullest = int(np.argmax(counts[:below]))
        if fullest < below - 1:
            floor = max(floor, float(edges[min(fullest + 2, counts.size - 1)]))
    return floor


def cut_column(whole: Array, u0: float, first: int, last: int) -> Array:
    """Nuclei cut once, as many as there is surface: expected share of every bin (Bagwell 1991).

    A nucleus of DNA content j leaves a piece x with density 1 / (pi sqrt(x (j - x))) and is cut
    with a chance that goes with its diameter.
    """
    n = whole.size
    j = u0 + np.arange(n) + 0.5
    out = _pieces(n, u0) @ (whole * np.cbrt(np.maximum(j, 0.0)))
    total = out[first:last].sum()
    return np.asarray(out / total if total > 0 else np.zeros(n))


@lru_cache(maxsize=4)
def _pieces(n: int, u0: float) -> Array:
    """Where a piece of a nucleus of bin j falls, integrated: the density has poles at 0 and j."""
    low = u0 + np.arange(n + 1.0)
    j = np.maximum(u0 + np.arange(n) + 0.5, 1e-9)
    share = np.clip(low[:, None] / j[None, :], 0.0, 1.0)
    return np.asarray(np.diff(2.0 / np.pi * np.arcsin(np.sqrt(share)), axis=0))


def pair_column(u0: float, single: Array, triplets: float) -> Array:
    """Add up single cells to pairs and, ``triplets`` times as many as pairs, triplets."""
    total = single.sum()
    if total <= 0:
        return np.zeros(single.size)
    one = single / total
    pair, three = np.zeros(one.size), np.zeros(one.size)
    convolve(u0, one, one, pair)
    if triplets <= 0:
        return pair
    convolve(u0, pair, one, three)
    return np.asarray((pair + triplets * three) / (1.0 + triplets))


def gauss_counts(edges: Array, mean: float, cv: float, events: float) -> Array:
    """Integrate one Gaussian peak over the bins.

    >>> gauss_counts(np.array([0.0, 1.0, 2.0]), 1.0, 1.0, 100.0).round(2).tolist()
    [34.13, 34.13]
    """
    n = edges.size - 1
    width = float(edges[-1] - edges[0]) / n
    out = np.zeros(n)
    gauss_bins(float(edges[0]) / width, n, mean / width, cv * mean / width, events, out)
    return out
