"""Two shapes of S weighed against each other: the reported fit where neither is clearly better."""

from dataclasses import replace
from typing import Any, cast

import numpy as np

from exportin.kernels.dna_intervals import DnaIntervals, dna_intervals
from exportin.kernels.dna_model import DnaFit

LEAST_WEIGHT = 0.01
"""A shape with less of the weight is left out."""
_PHASES = ("g1", "s", "g2m")
_NUMBERS = (*_PHASES, "sub_g1", "debris", "aggregates", "cells", "g1_mean", "g1_cv", "ratio")


def average_shapes(
    quadratic: DnaFit, line: DnaFit, better_by: float
) -> tuple[DnaFit, DnaIntervals, float]:
    """Average a fit with a quadratic S and one with a straight-line S by their Akaike weights.

    A quadratic follows any S, at the price of more noise beside the peaks; a line is steadier and
    wrong where S has a hump. The weights are exp(-AIC/2) over their sum (Burnham and Anderson
    2002, section 4.3). The interval is of counting noise: the average of both fits' distances to
    their limits, as if their errors went together. How far the shapes disagree is told by the
    range over models, which holds both.

    Parameters
    ----------
    quadratic, line : DnaFit
        Fits of the same histogram that differ in the shape of S only.
    better_by : float
        AIC of the quadratic minus that of the line, over the dispersion.

    Returns
    -------
    fit : DnaFit
        The quadratic one with averaged numbers and curves.
    intervals : DnaIntervals
    weight : float
        Of the quadratic.

    Examples
    --------
    >>> from exportin.kernels.dna_design import gauss_counts
    >>> from exportin.kernels.dna_histogram import fit_dna
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> counts = gauss_counts(edges, 300.0, 0.03, 7000.0) + gauss_counts(edges, 600.0, 0.03, 3000.0)
    >>> fit = fit_dna(counts, edges)
    >>> same, _, weight = average_shapes(fit, fit, 0.0)
    >>> weight, bool(abs(same.g1 - fit.g1) < 1e-12)
    (0.5, True)
    """
    weight = float(1.0 / (1.0 + np.exp(np.clip(better_by / 2.0, -700.0, 700.0))))
    if weight > 1.0 - LEAST_WEIGHT or line.state is None or line.status != "ok":
        return quadratic, dna_intervals(quadratic), 1.0
    both, shares = (quadratic, line), (weight, 1.0 - weight)
    numbers = {
        name: float(sum(w * getattr(fit, name) for fit, w in zip(both, shares, strict=True)))
        for name in _NUMBERS
    }
    names = dict.fromkeys([*quadratic.parts, *line.parts])
    nothing = np.zeros(quadratic.counts.size)
    parts = {
        name: weight * quadratic.parts.get(name, nothing)
        + (1.0 - weight) * line.parts.get(name, nothing)
        for name in names
    }
    fit = replace(quadratic, parts=parts, **cast("dict[str, Any]", numbers))
    return fit, _intervals(both, shares, numbers), weight


def _intervals(
    fits: tuple[DnaFit, DnaFit], shares: tuple[float, float], mean: dict[str, float]
) -> DnaIntervals:
    """Average the distances to the limits, side by side."""
    found = [dna_intervals(fits[0]), dna_intervals(fits[1], sub_g1=False)]
    low, high = {}, {}
    for name in found[0].low:
        if name == "sub_g1":  # the shape of S says nothing of it
            low[name] = mean[name] + found[0].low[name] - getattr(fits[0], name)
            high[name] = mean[name] + found[0].high[name] - getattr(fits[0], name)
            continue
        values = [getattr(fit, name) for fit in fits]
        down = [value - one.low[name] for value, one in zip(values, found, strict=True)]
        up = [one.high[name] - value for value, one in zip(values, found, strict=True)]
        low[name] = mean[name] - float(np.dot(shares, down))
        high[name] = mean[name] + float(np.dot(shares, up))
    covariance = sum(share * one.covariance for one, share in zip(found, shares, strict=True))
    phases = (mean["g1"], mean["s"], mean["g2m"])
    dispersion = max(one.dispersion for one in found)
    return DnaIntervals(low, high, np.asarray(covariance), dispersion, phases)
