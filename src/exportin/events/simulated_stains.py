"""Stained cells of known kind as a cytometer sees them, with spill-over and photon noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from exportin.tables.events import Channel, EventData, Spill

Floats = NDArray[np.float64]
RANGE = 262_144.0  # 18 bits, as most digital instruments
PHOTON = 8.0  # channels per photoelectron: the noise of a signal s has the variance PHOTON * s
NOISE = 35.0  # SD of the electronics, channels
OWN = 140.0  # autofluorescence of a cell, channels
OWN_SPREAD = 0.35  # SD of its logarithm


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of cell: its signal of each dye (median and SD of the logarithm), and its size."""

    dyes: Mapping[str, tuple[float, float]]
    size: float = 90_000.0


@dataclass(frozen=True, kw_only=True)
class Stained:
    """A tube to simulate.

    Parameters
    ----------
    kinds
        The kinds of cells, and how many of each (singlets) come.
    dyes
        Channel (area) and stain of each dye, in the order of ``spill``.
    stains
        Dyes that this tube was stained with; a control lacks some.
    spill
        Row i: what dye i gives in every channel, 1 in its own.
    doublets, debris
        As fractions of the single cells.
    """

    kinds: Sequence[tuple[Kind, int]]
    dyes: Mapping[str, str]
    spill: Floats
    stains: frozenset[str] = frozenset()
    doublets: float = 0.03
    debris: float = 0.04
    gain: float = 1.0
    keywords: Mapping[str, str] = field(default_factory=dict)


def stained_tube(tube: Stained, rng: np.random.Generator, *, name: str) -> EventData:
    """Return the events of one tube in the order in which they came, with ``$SPILLOVER``.

    Signals of dyes are lognormal; autofluorescence is added in every channel; detectors see the
    dyes through the spill-over, with photon noise (variance proportional to the signal) and
    electronic noise, so that compensated values scatter below zero as real ones do.
    """
    light, size = _cells(tube, rng)
    singles = len(size)
    pairs = rng.integers(0, singles, (2, round(singles * tube.doublets)))
    small = round(singles * tube.debris)
    dust = rng.exponential(40.0, (light.shape[0], small))
    signal = np.concatenate([light, light[:, pairs[0]] + light[:, pairs[1]], dust], axis=1)
    bulk = np.concatenate([size, size[pairs[0]] + size[pairs[1]], rng.uniform(2e3, 1.4e4, small)])
    stretch = np.ones(bulk.size)  # a pair passes the beam one after the other
    stretch[singles : singles + pairs.shape[1]] = rng.uniform(1.5, 1.9, pairs.shape[1])
    seen = _seen(tube.spill.T @ signal, rng)
    height = bulk / stretch * np.exp(rng.normal(0.0, 0.03, bulk.size))
    side = 0.6 * bulk * np.exp(rng.normal(0.0, 0.25, bulk.size))
    order = rng.permutation(bulk.size)
    clock = np.sort(rng.uniform(0.0, 6000.0, bulk.size))
    rows = [bulk[order], height[order], side[order], *seen[:, order], clock]
    names = ("FSC-A", "FSC-H", "SSC-A", *tube.dyes, "Time")
    channels = tuple(
        Channel(name=n, stain=tube.dyes.get(n, ""), range=RANGE, bits=32) for n in names
    )
    keywords = {"$CYT": "simulated cytometer", "$TIMESTEP": "0.01", "$SMNO": name, "$SRC": "cells"}
    return EventData(
        channels=channels,
        values=np.minimum(np.array(rows), RANGE - 1).astype(np.float32),
        spill=Spill(
            names=tuple(tube.dyes), matrix=tuple(tuple(map(float, row)) for row in tube.spill)
        ),
        keywords=keywords | dict(tube.keywords),
    )


def _cells(tube: Stained, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Light of each dye (with the cell's own) before spill-over, and forward scatter."""
    light, sizes = [], []
    for kind, count in tube.kinds:
        own = OWN * np.exp(rng.normal(0.0, OWN_SPREAD, (len(tube.dyes), count)))
        for k, dye in enumerate(tube.dyes):
            median, spread = kind.dyes.get(dye, (0.0, 0.0))
            if dye in tube.stains and median > 0:
                own[k] += tube.gain * median * np.exp(rng.normal(0.0, spread, count))
        light.append(own)
        sizes.append(kind.size * np.exp(rng.normal(0.0, 0.16, count)))
    return np.concatenate(light, axis=1), np.concatenate(sizes)


def _seen(light: Floats, rng: np.random.Generator) -> Floats:
    noisy = rng.normal(0.0, 1.0, light.shape) * np.sqrt(PHOTON * np.maximum(light, 0.0))
    seen: Floats = light + noisy + rng.normal(0.0, NOISE, light.shape)
    return seen


def varied_parts(parts: Sequence[float], spread: float, rng: np.random.Generator) -> Floats:
    """Return the parts of one experiment: log-ratios to the first part vary.

    >>> varied_parts((0.7, 0.2, 0.1), 0.0, np.random.default_rng(1)).round(6).tolist()
    [0.7, 0.2, 0.1]
    """
    logs = np.log(np.asarray(parts, dtype=np.float64))
    logs[1:] += spread * rng.normal(size=len(parts) - 1)
    made: Floats = np.exp(logs) / np.exp(logs).sum()
    return made


def drawn_parts(parts: Sequence[float], spread: float) -> Floats:
    """Return parts of many experiments, to integrate over; always the same.

    >>> drawn_parts((0.7, 0.3), 0.0)[0].round(6).tolist()
    [0.7, 0.3]
    """
    rng = np.random.default_rng(20261121)
    logs = np.log(np.asarray(parts, dtype=np.float64))
    half = spread * rng.normal(size=(50_000, len(parts) - 1))
    shift = np.concatenate([half, -half])  # mirrored draws: the linear part cancels
    odds = np.exp(np.column_stack([np.full(len(shift), logs[0]), logs[1:] + shift]))
    share: Floats = odds / odds.sum(axis=1, keepdims=True)
    return share


def mean_logit(fractions: Floats) -> float:
    """Return what the mean of logits estimates, as a fraction.

    >>> round(mean_logit(np.array([0.2, 0.8])), 6)
    0.5
    """
    mean = float(np.mean(np.log(fractions) - np.log1p(-fractions)))
    return 1.0 / (1.0 + float(np.exp(-mean)))
