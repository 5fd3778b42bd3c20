"""Red over green of single cells, without a logarithm of what is not positive."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from exportin.kernels.event_statistics import quantile_interval

Floats = NDArray[np.float64]
LEAST = 200
"""Cells below which a median of ratios is not given."""


def log_ratios(red: Floats, green: Floats) -> Floats:
    """Return ln(red / green) of cells; compensated values may be zero or negative.

    Without red a cell stands below every limit (minus infinity), without green above every limit
    (infinity): its place in the order of cells is kept, which is all that medians and limits use.
    Cells without either have no ratio and are left out.

    >>> log_ratios(np.array([2.0, -1.0, 3.0, -2.0]), np.array([1.0, 5.0, 0.0, -1.0])).tolist()
    [0.6931471805599453, -inf, inf]
    """
    known = (red > 0) | (green > 0)
    r, g = red[known], green[known]
    both = (r > 0) & (g > 0)
    made = np.where(r > 0, np.inf, -np.inf)
    made[both] = np.log(r[both]) - np.log(g[both])
    return made


def median_row(values: Floats, level: float = 0.95) -> dict[str, Any]:
    """Return the median ratio with its technical interval, on the scale of logarithms.

    The interval lies between two order statistics; a side that is not finite is open.

    >>> made = median_row(np.log(np.linspace(1.0, 3.0, 1001)))
    >>> round(made["value"], 3), round(made["conf_low"], 3), round(made["conf_high"], 3)
    (2.0, 1.938, 2.064)
    """
    if values.size < LEAST:
        return {"status": "too_few"}
    middle = float(np.median(values)) if np.isfinite(values).any() else float("nan")
    if not np.isfinite(middle):
        return {"status": "not_identifiable"}
    low, high = quantile_interval(values, 0.5, level)
    row: dict[str, Any] = {
        "value": float(np.exp(middle)), "conf_level": level, "interval_level": "within",
    }  # fmt: skip
    if not (np.isfinite(low) and np.isfinite(high)):
        return row | {"conf_open": "both"}
    error = (high - low) / (2.0 * float(norm.ppf(0.5 + level / 2.0)))
    return row | {
        "conf_low": float(np.exp(low)), "conf_high": float(np.exp(high)), "std_error": error,
    }  # fmt: skip


def relative_row(mine: dict[str, Any], vehicle: dict[str, Any]) -> dict[str, Any]:
    """Return one median ratio over another; errors of both enter.

    >>> one = {"value": 2.0, "std_error": 0.03, "conf_level": 0.95}
    >>> made = relative_row(one, {"value": 4.0, "std_error": 0.04, "conf_level": 0.95})
    >>> made["value"], round(made["std_error"], 3), round(made["conf_low"], 3)
    (0.5, 0.05, 0.453)
    """
    if mine.get("value") is None or vehicle.get("value") is None:
        lacking = mine if mine.get("value") is None else vehicle
        return {"status": lacking.get("status", "not_identifiable")}
    value = mine["value"] / vehicle["value"]
    row: dict[str, Any] = {
        "value": value, "conf_level": mine["conf_level"], "interval_level": "within",
    }  # fmt: skip
    errors = (mine.get("std_error"), vehicle.get("std_error"))
    if errors[0] is None or errors[1] is None:
        return row | {"conf_open": "both"}
    error = float(np.hypot(errors[0], errors[1]))
    reach = float(np.exp(norm.ppf(0.5 + mine["conf_level"] / 2.0) * error))
    return row | {"conf_low": value / reach, "conf_high": value * reach, "std_error": error}
