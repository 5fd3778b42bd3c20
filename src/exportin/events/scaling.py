"""Values to a scale and back, and the width of a logicle from the negative events of a tube."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exportin.events.settings import (
    ArcsinhScale,
    FasinhScale,
    LinearScale,
    LogicleScale,
    LogScale,
    Scale,
)
from exportin.kernels import event_scales as scales

Values = NDArray[np.float64]
NEGATIVE_QUANTILE = 0.05
"""Parks, Roederer, Moore, Cytometry A 2006;69:541-551: 5th percentile of the negative events."""
MIN_NEGATIVE = 20
"""Fewer negative events say nothing of their 5th percentile."""


def forward(scale: Scale, values: Values) -> Values:
    """Return where values stand on a scale.

    >>> forward(ArcsinhScale(cofactor=150.0), np.array([0.0, 150.0])).round(6).tolist()
    [0.0, 0.881374]
    """
    match scale:
        case LinearScale():
            return values if scale.T is None else scales.line(values, scale.T, scale.A)
        case LogScale():
            shift = 0.0 if scale.T is not None else 1.0
            return scales.logarithm(values, scale.T or 1.0, scale.M) - shift
        case ArcsinhScale():
            made: Values = np.arcsinh(values / scale.cofactor)
            return made
        case FasinhScale():
            return scales.fasinh(values, scale.T, scale.M, scale.A)
        case LogicleScale():
            return scales.logicle(values, scale.T, scale.W, scale.M, scale.A)


def inverse(scale: Scale, places: Values) -> Values:
    """Return the values that stand at places of a scale.

    >>> inverse(LogScale(), np.array([2.0])).tolist()
    [100.0]
    """
    match scale:
        case LinearScale():
            return places if scale.T is None else scales.line_inverse(places, scale.T, scale.A)
        case LogScale():
            shift = 0.0 if scale.T is not None else 1.0
            return scales.logarithm_inverse(places + shift, scale.T or 1.0, scale.M)
        case ArcsinhScale():
            made: Values = np.sinh(places) * scale.cofactor
            return made
        case FasinhScale():
            return scales.fasinh_inverse(places, scale.T, scale.M, scale.A)
        case LogicleScale():
            return scales.logicle_inverse(places, scale.T, scale.W, scale.M, scale.A)


@dataclass(frozen=True, slots=True)
class Width:
    """Width of a logicle: W, the value it rests on, and how many negative events there were."""

    W: float
    reference: float | None
    n_negative: int


def logicle_width(values: Values, T: float = 262144.0, M: float = 4.5) -> Width:
    """Estimate W so that 95 % of the negative events stand on the scale.

    W = (M - log10(T / |r|)) / 2 with r the 5th percentile of the negative events. With fewer
    than 20 negative events nothing is estimated: W is 0.5 and ``reference`` is None.

    >>> made = logicle_width(np.concatenate([np.full(100, -100.0), np.full(900, 1000.0)]))
    >>> round(made.W, 4), made.n_negative
    (0.5407, 100)
    """
    negative = values[values < 0]
    if negative.size < MIN_NEGATIVE:
        return Width(min(0.5, M / 2), None, int(negative.size))
    r = float(np.quantile(negative, NEGATIVE_QUANTILE))
    return Width(scales.logicle_width(r, T, M), r, int(negative.size))
