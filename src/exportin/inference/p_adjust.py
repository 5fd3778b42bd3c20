"""Adjustments of a list of p values, as R's p.adjust."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

AdjustmentName = Literal["holm", "bonferroni", "hochberg", "BH", "none"]
_P = NDArray[np.float64]


def adjust(p_values: Sequence[float | None], method: AdjustmentName) -> list[float | None]:
    """Adjust a family of p values, as R's p.adjust.

    None stays None and does not count. Intervals printed beside Holm, Hochberg or BH values are
    unadjusted: these step procedures have no simple simultaneous intervals. (For Bonferroni,
    ask the test for the level 1 - alpha / m.)

    Parameters
    ----------
    p_values : sequence of float or None, shape (m,)
    method : {"holm", "bonferroni", "hochberg", "BH", "none"}

    References
    ----------
    Holm (1979) Scand J Stat 6:65-70; Hochberg (1988), doi:10.1093/biomet/75.4.800; Benjamini &
    Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> adjust([0.01, 0.04, None, 0.03], "holm")
    [0.03, 0.06, None, 0.06]
    """
    p = np.array([value for value in p_values if value is not None], dtype=np.float64)
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p values lie between 0 and 1; write None for a missing one")
    adjusted = iter(np.minimum(_STEPS[method](p), 1.0).tolist())
    return [None if value is None else next(adjusted) for value in p_values]


def _holm(p: _P) -> _P:
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate((p.size - np.arange(p.size)) * p[order])
    return steps[np.argsort(order)]


def _step_up(p: _P, factors: NDArray[np.float64] | NDArray[np.int64]) -> _P:
    order = np.argsort(-p, kind="stable")
    steps = np.minimum.accumulate(factors * p[order])
    return steps[np.argsort(order)]


_STEPS: dict[str, Callable[[_P], _P]] = {
    "none": lambda p: p,
    "bonferroni": lambda p: p * p.size,
    "holm": _holm,
    "hochberg": lambda p: _step_up(p, np.arange(1, p.size + 1)),
    "BH": lambda p: _step_up(p, p.size / np.arange(p.size, 0, -1)),
}
