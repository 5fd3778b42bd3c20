"""Whether a number, bounds included, goes with a measured property of its units."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from exportin.inference.answer import Answer, Ask
from exportin.inference.cells import Cell, lost_units
from exportin.inference.kendall import Tau, kendall, signs_of, slope_limits, theil_sen
from exportin.inference.pair_tests import unusable
from exportin.inference.unit_values import Codes, Values

MIN_UNITS = 4
"""With three units the smallest two-sided p is 1/3: no question can be answered."""


def correlate(
    cells: Mapping[str, Cell], scores: Mapping[str, float], term: str, ask: Ask
) -> Answer:
    """Test whether a number goes with a measured property of its units, bounds included.

    The effect is the Theil-Sen slope (of the scale of the number, per unit of the property) and
    its interval holds the slopes that Kendall's test does not reject; the statistic is tau-b.

    Examples
    --------
    >>> cells = {str(i): Cell({f"line {i}": (0.5 * i, int(i == 5))}) for i in range(6)}
    >>> found = correlate(cells, {k: float(k) for k in cells}, "expression", Ask(test="kendall"))
    >>> found.statistic, round(found.p_value, 4), found.effect
    (1.0, 0.0028, 0.5)
    """
    stopped = unusable(*cells.values())
    n = sum(cell.n for cell in cells.values())
    blank = Answer(test="Kendall's tau-b", method="kendall_bounds", measure="slope", group_a=term,
                   kind="slope", n_a=n, conf_open="both", conf_level=ask.conf_level,
                   alternative=ask.alternative,
                   left_out=len(lost_units(cells.values())))  # fmt: skip
    if stopped is not None:
        return replace(blank, status=stopped.status, message=stopped.message)
    x = np.array([scores[g] for g, cell in cells.items() for _ in cell.known], dtype=np.float64)
    y = np.concatenate([cell.values() for cell in cells.values()])
    codes = np.concatenate([cell.censor() for cell in cells.values()])
    if n < MIN_UNITS:
        text = f"There are {n} units; Kendall's test needs {MIN_UNITS}."
        return replace(blank, status="too_few", message=text)
    found = kendall(x, y, codes)
    ends = theil_sen(x, y, codes) if np.ptp(x) > 0.0 else (-math.inf, math.inf)
    if not np.isfinite(ends).any() or not signs_of(y, codes).any():
        text = "The bounds do not tell which units lie higher."
        return replace(blank, status="not_identifiable", message=text)
    return replace(blank, **_slope(ends), **_interval(x, y, codes, ask), statistic=found.tau,
                   p_value=found.p[ask.alternative], **_smallest(found, ask))  # fmt: skip


def _slope(ends: tuple[float, float]) -> dict[str, Any]:
    low, high = ends
    if math.isfinite(low) and math.isfinite(high):
        return {"effect": 0.5 * (low + high)}
    if math.isfinite(low):
        return {"effect": low, "bound": ">", "status": "at_bound"}
    return {"effect": high, "bound": "<", "status": "at_bound"}


def _interval(x: Values, y: Values, codes: Codes, ask: Ask) -> dict[str, Any]:
    alpha = 1.0 - ask.conf_level
    low, high = slope_limits(x, y, codes, lambda tau: tau.p[ask.alternative] < alpha)
    first, last = (end if math.isfinite(end) else None for end in (low, high))
    side = {(True, True): "none", (False, True): "low", (True, False): "high"}
    return {"low": first, "high": last,
            "conf_open": side.get((first is not None, last is not None), "both")}  # fmt: skip


def _smallest(found: Tau, ask: Ask) -> dict[str, Any]:
    if found.how != "exact":
        return {}
    least = min(1.0, found.smallest * (2.0 if ask.alternative == "two-sided" else 1.0))
    return {"smallest_p": least, "message": f"smallest attainable p {least:.2g}"}
