"""Doubling times and growth-rate inhibition: intervals stay open where they must."""

import math
from dataclasses import dataclass

_LN2 = math.log(2.0)


@dataclass(frozen=True)
class DoublingTime:
    """Days to double: ln 2 / slope.

    Attributes
    ----------
    value, low, high : float or None
        None where there is no such number; `open` then says on which side there is no limit.
    open : {"none", "high", "both"}
        "high": no growth at all is compatible with the data.
    status : {"ok", "not_growing", "not_estimable"}
    message : str
    """

    value: float | None
    low: float | None
    high: float | None
    open: str
    status: str
    message: str = ""


@dataclass(frozen=True)
class Inhibition:
    """Growth-rate inhibition 1 - slope(arm) / slope(control), with Fieller's interval.

    Attributes
    ----------
    value, low, high : float or None
    open : {"none", "both"}
        "both": the control's own growth is not certain, so the ratio has no bounded interval.
    status : {"ok", "unbounded", "control_not_growing", "not_estimable"}
    """

    arm: str
    control: str
    value: float | None
    low: float | None
    high: float | None
    open: str
    df: float | None
    conf_level: float
    status: str
    message: str = ""
    method: str = "mixed_inhibition"


def doubling_time(slope: float, low: float, high: float) -> DoublingTime:
    """Turn a slope with its interval into a doubling time; limits never change sign.

    ln 2 / slope falls from infinity as the slope rises from zero: a slope interval that reaches
    down to zero or below gives a doubling time "above ln 2 / high", open to infinity.

    Parameters
    ----------
    slope, low, high : float
        ln volume per day, and its interval.

    Examples
    --------
    >>> round(doubling_time(0.1, 0.05, 0.2).high, 3)
    13.863
    >>> found = doubling_time(0.01, -0.02, 0.04)
    >>> round(found.value, 1), round(found.low, 1), found.high, found.open
    (69.3, 17.3, None, 'high')
    >>> doubling_time(-0.1, -0.2, -0.05).status
    'not_growing'
    """
    if high <= 0.0:
        return DoublingTime(None, None, None, "both", "not_growing",
                            "The volume does not grow; it has no doubling time.")  # fmt: skip
    shortest = _LN2 / high
    if slope <= 0.0:
        text = (
            f"The mean volume does not grow; doubling faster than {shortest:.3g} days is ruled out."
        )
        return DoublingTime(None, shortest, None, "high", "not_growing", text)
    if low <= 0.0:
        text = "Growth is not certain, so the doubling time has no upper limit."
        return DoublingTime(_LN2 / slope, shortest, None, "high", "ok", text)
    return DoublingTime(_LN2 / slope, shortest, _LN2 / low, "none", "ok")


def fieller(
    top: float, bottom: float, covariance: tuple[float, float, float], critical: float
) -> tuple[float, float] | None:
    """Interval of top / bottom; None where it is not bounded.

    All ratios r with (top - r bottom)^2 <= t^2 (v_tt - 2 r v_tb + r^2 v_bb).

    Parameters
    ----------
    covariance : (v_tt, v_tb, v_bb)
    critical : float
        Quantile of t.

    References
    ----------
    Fieller 1954, J R Stat Soc B 16:175-185.

    Examples
    --------
    >>> low, high = fieller(2.0, 4.0, (0.01, 0.0, 0.01), 2.0)
    >>> round(low, 3), round(high, 3)
    (0.445, 0.557)
    >>> fieller(2.0, 0.1, (0.01, 0.0, 0.01), 2.0) is None
    True
    """
    v_tt, v_tb, v_bb = (critical**2 * v for v in covariance)
    a, b, c = bottom**2 - v_bb, top * bottom - v_tb, top**2 - v_tt
    inside = b * b - a * c
    if a <= 0.0 or inside < 0.0:
        return None
    root = math.sqrt(inside)
    return (b - root) / a, (b + root) / a
