"""Cells one by one: DNA content through the cycle, dyed, cut, stuck together. No bins, no fits.

Knows nothing of the models that are fitted. A cell in S has copied a share of its genome that goes
with its age in S: evenly, slowed at the start, slowed at the end, or both; cells of a growing
culture are younger more often than older (density 2^(-age)).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EDGES = np.linspace(0.0, 1024.0, 257)
SHAPES = ("even", "growing", "late", "hump")
COMPOSITIONS = (
    (0.60, 0.25, 0.15), (0.75, 0.05, 0.20), (0.35, 0.15, 0.50), (0.80, 0.10, 0.10),
    (0.45, 0.45, 0.10),
)  # fmt: skip


@dataclass(frozen=True)
class Tube:
    """What is in a tube; debris, aggregates and sub-G1 come on top, as shares of ``events``.

    Of the aggregates, as large a share are triplets as aggregates are of the single cells.
    """

    phases: tuple[float, float, float] = COMPOSITIONS[0]
    cv: float = 0.05
    events: int = 10_000
    g1: float = 300.0
    ratio: float = 2.0
    shape: str = "even"
    debris: float = 0.0
    doublets: float = 0.0
    sub_g1: float = 0.0


def copied(n: int, shape: str, rng: np.random.Generator) -> Array:
    """Draw the share of the genome that n cells in S have copied."""
    age = rng.random(n)
    if shape == "growing":  # density of age falls by half over a cycle; S is half of it
        return np.asarray(-np.log2(1.0 - age * (1.0 - 2.0**-0.5)) / 0.5)
    if shape == "late":  # replication slows down towards the end: cells pile up there
        return np.asarray(age**0.8)
    if shape == "hump":  # slow at neither end: a wave in mid-S
        return np.asarray(0.5 + np.arcsin(2.0 * age - 1.0) / np.pi * 0.999)
    return age


def single(n: int, tube: Tube, rng: np.random.Generator) -> Array:
    """Fluorescence of n single cells."""
    phase = rng.choice(3, n, p=tube.phases)
    dna = np.where(phase == 0, 1.0, tube.ratio)
    in_s = phase == 1
    dna[in_s] = 1.0 + (tube.ratio - 1.0) * copied(int(in_s.sum()), tube.shape, rng)
    return np.asarray(tube.g1 * dna * (1.0 + tube.cv * rng.standard_normal(n)))


def cut(n: int, tube: Tube, rng: np.random.Generator) -> Array:
    """Pieces of n nuclei cut by a plane: spheres, larger ones are hit more often."""
    cells = single(4 * n, tube, rng)
    chance = np.cbrt(np.maximum(cells, 0.0))
    cells = rng.choice(cells, n, p=chance / chance.sum())
    depth = rng.random(n)  # of the plane below the top of the sphere, in diameters
    return np.asarray(cells * depth**2 * (3.0 - 2.0 * depth))


def draw(tube: Tube, rng: np.random.Generator) -> Array:
    """Fluorescence of all events of a tube."""
    n = tube.events
    pairs, pieces, low = (int(n * part) for part in (tube.doublets, tube.debris, tube.sub_g1))
    parts = [single(n, tube, rng)]
    stuck = single(pairs, tube, rng) + single(pairs, tube, rng)
    again = rng.random(pairs) < tube.doublets  # what sticks once sticks again as often
    parts.append(stuck + np.where(again, single(pairs, tube, rng), 0.0))
    if pieces:
        parts.append(cut(pieces, tube, rng))
    parts.append(tube.g1 * rng.normal(0.55, 0.12, low))
    return np.concatenate(parts)


def histogram(tube: Tube, rng: np.random.Generator, edges: Array = EDGES) -> Array:
    """Count the events of a tube; what lies above the top falls into the last bin."""
    values = np.clip(draw(tube, rng), edges[0], np.nextafter(edges[-1], 0.0))
    return np.histogram(values, edges)[0].astype(np.float64)
