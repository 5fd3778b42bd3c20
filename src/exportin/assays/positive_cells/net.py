"""Positive fraction of a sample minus that of its control, with the interval of the difference."""

from typing import Any

import numpy as np
from scipy.stats import norm

from exportin.kernels.event_statistics import fraction_interval


def net_row(
    sample: tuple[int, int], control: tuple[int, int], level: float = 0.95
) -> dict[str, Any]:
    """Return value and interval of the difference of two counted fractions.

    The interval puts the exact limits of both together by the squares of their distances (MOVER;
    Newcombe, Stat Med 1998;17:873-890; Zou and Donner, Stat Med 2008;27:1693-1702): chance of
    counting only, in the sample and in the control.

    Parameters
    ----------
    sample, control
        Positive cells, and all cells.

    >>> made = net_row((300, 1000), (10, 1000))
    >>> [round(made[name], 4) for name in ("value", "conf_low", "conf_high")]
    [0.29, 0.2605, 0.3199]
    """
    if sample[1] <= 0 or control[1] <= 0:
        return {"status": "too_few"}
    p, c = (count / cells for count, cells in (sample, control))
    p_low, p_high = fraction_interval(*sample, level)
    c_low, c_high = fraction_interval(*control, level)
    low = float(p - c - np.hypot(p - p_low, c_high - c))
    high = float(p - c + np.hypot(p_high - p, c - c_low))
    return {
        "value": p - c, "conf_low": low, "conf_high": high, "conf_level": level,
        "std_error": (high - low) / (2.0 * float(norm.ppf(0.5 + level / 2.0))),
        "interval_level": "within",
    }  # fmt: skip
