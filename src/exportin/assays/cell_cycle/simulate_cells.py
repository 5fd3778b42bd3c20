"""Cells of known DNA content as a cytometer would see them: one event a row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.tables.events import Channel, EventData

Floats = NDArray[np.float64]
NAMES = ("FSC-A", "SSC-A", "PI-A", "PI-H", "PI-W", "Time")
RANGE = 262_144.0  # 18 bits, as most digital instruments
G1_CHANNEL = 50_000.0
FLOOR_SD = 150.0  # electronic noise of the DNA channel
WIDTH_ONE = 65_536.0  # pulse width of a single nucleus
PASS = 0.045  # noise of pulse height and width


@dataclass(frozen=True, slots=True, kw_only=True)
class Nuclei:
    """One tube: how many events of which kind, and how broad the peaks are.

    Parameters
    ----------
    phases
        Fractions of G1, S and G2M of the single nuclei; they add up to one.
    events
        Single nuclei; the other kinds come on top, as fractions of them.
    cv
        Of the G1 and G2M peaks.
    doublets, debris, sub_g1
        Fractions of the single nuclei.
    ratio
        DNA signal of G2M over G1.
    g1
        Channel of the G1 peak.
    growth
        Part by which a G2M nucleus passes the beam longer than a G1 nucleus.
    """

    phases: tuple[float, float, float]
    events: int = 8_000
    cv: float = 0.04
    doublets: float = 0.05
    debris: float = 0.03
    sub_g1: float = 0.01
    ratio: float = 1.98
    g1: float = G1_CHANNEL
    growth: float = 0.12


def tube(cells: Nuclei, rng: np.random.Generator, *, name: str) -> EventData:
    """Return the events of one tube, in the order in which they came.

    Parameters
    ----------
    cells
        What is in the tube.
    rng
        Chance.
    name
        Name of the tube, written into its file.
    """
    dna, height = _signals(cells, rng)
    order = rng.permutation(dna.size)
    dna, height = dna[order], height[order]
    width = WIDTH_ONE * dna / np.maximum(height, 1.0)
    size = np.exp(rng.normal(11.2, 0.25, dna.size)) * np.sqrt(dna / cells.g1)
    grain = np.exp(rng.normal(10.4, 0.35, dna.size)) * np.sqrt(dna / cells.g1)
    seconds = np.sort(rng.uniform(0.0, 60.0, dna.size))
    values = np.clip([size, grain, dna, height, width, seconds * 100.0], 0.0, RANGE - 1)
    channels = tuple(
        Channel(name=n, stain="Propidium iodide" if n == "PI-A" else "", range=RANGE, bits=32)
        for n in NAMES
    )
    keywords = {
        "$CYT": "simulated cytometer",
        "$TIMESTEP": "0.01",
        "$SMNO": name,
        "$SRC": "simulated nuclei",
    }
    return EventData(channels=channels, values=values.astype(np.float32), keywords=keywords)


def _signals(cells: Nuclei, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Area and height of the DNA pulse of every event."""
    n = cells.events
    single, wide = _dna(cells, n, rng)
    pairs = [_dna(cells, round(n * cells.doublets), rng) for _ in range(2)]
    (first, one), (second, other) = pairs
    longer = rng.uniform(0.50, 0.72, first.size)  # a pair passes the beam one after the other
    debris = cells.g1 * rng.exponential(0.12, round(n * cells.debris)) + 400.0
    dying = cells.g1 * rng.beta(4.0, 3.0, round(n * cells.sub_g1)) * 0.85
    area = np.concatenate([single, first + second, debris, dying])
    height = area.copy()
    height[:n] /= wide
    height[n : n + first.size] *= longer / (0.5 * (one + other))
    height *= np.exp(rng.normal(0.0, PASS, height.size))
    area = area + rng.normal(0.0, FLOOR_SD, area.size)
    return np.maximum(area, 1.0), np.maximum(height, 1.0)


def _dna(cells: Nuclei, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """DNA signal and relative width of single nuclei; S is passed at an even pace."""
    phase = rng.choice(3, n, p=np.asarray(cells.phases))
    content = np.where(phase == 0, 1.0, cells.ratio)
    passing = 1.0 + rng.uniform(0.0, 1.0, n) * (cells.ratio - 1.0)
    content = np.where(phase == 1, passing, content)
    wide = 1.0 + cells.growth * (content - 1.0) / (cells.ratio - 1.0)
    return np.asarray(cells.g1 * content * rng.normal(1.0, cells.cv, n)), wide


def varied(
    phases: Sequence[float], spread: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return the phases of one experiment: logits of G1, and of S among the rest, vary.

    >>> a, b, c = varied((0.6, 0.25, 0.15), 0.0, np.random.default_rng(1))
    >>> round(a, 9), round(b, 9), round(c, 9)
    (0.6, 0.25, 0.15)
    """
    g1, s, g2m = phases
    first = _odds(g1 / (1 - g1), spread * rng.normal())
    rest = _odds(s / g2m, spread * rng.normal())
    return first, (1 - first) * rest, (1 - first) * (1 - rest)


def _odds(odds: float, shift: float) -> float:
    moved = odds * np.exp(shift)
    return float(moved / (1 + moved))


def logit_mean(phases: Sequence[float], spread: float) -> tuple[float, float, float]:
    """Return what the mean of logits over experiments estimates, as fractions.

    G1 itself is known exactly; S and G2M are products, so that their mean logit is an integral.

    >>> [round(v, 6) for v in logit_mean((0.6, 0.25, 0.15), 0.0)]
    [0.6, 0.25, 0.15]
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    g1, s, g2m = phases
    rest = 1 / (1 + np.exp(-(np.log((1 - g1) / g1) + spread * nodes)))[:, None]
    share = 1 / (1 + np.exp(-(np.log(s / g2m) + spread * nodes)))[None, :]
    mean = []
    for part in (rest * share, rest * (1 - share)):
        logit = float(weights @ np.log(part / (1 - part)) @ weights)
        mean.append(1 / (1 + np.exp(-logit)))
    return g1, float(mean[0]), float(mean[1])
