"""Growth-rate inhibition: drug response per cell division, and not per day of the assay."""

import numpy as np
from jaxtyping import Float

Wells = Float[np.ndarray, " well"]

GR_LOWEST = -1.0
"""GR of a well without living cells: the limit of 2^(log2(x / x0) / k) - 1 for x towards zero."""


def control_doublings(control: float, time_zero: float) -> float:
    """Say how often the vehicle-treated cells doubled from drug addition to the end.

    k = log2(control / time_zero)

    Parameters
    ----------
    control : float
        Mean signal of the vehicle wells at the end, blank subtracted.
    time_zero : float
        Mean signal of the cells when the drug was added, blank subtracted, same signal.

    Raises
    ------
    ValueError
        If time_zero is not above zero, or control not above time_zero: cells that do not grow
        have no growth rate that a drug could inhibit.

    Examples
    --------
    >>> control_doublings(8000.0, 1000.0)
    3.0
    """
    if not time_zero > 0.0:
        msg = f"Expected a time-zero signal above zero (the blank), got {time_zero:g}."
        raise ValueError(msg)
    if not control > time_zero:
        msg = f"The control did not grow: {control:g} at the end, {time_zero:g} at time zero."
        raise ValueError(msg)
    return float(np.log2(control / time_zero))


def division_doublings(duration_h: float, division_time_h: float) -> float:
    """Say how often cells of a known division time double during the assay.

    k = duration / division time, both in hours.

    Raises
    ------
    ValueError
        If one of the two is not above zero.

    Examples
    --------
    >>> division_doublings(72.0, 24.0)
    3.0
    """
    if not (duration_h > 0.0 and division_time_h > 0.0):
        msg = f"Expected hours above zero, got {duration_h:g} and {division_time_h:g}."
        raise ValueError(msg)
    return duration_h / division_time_h


def gr_values(relative: Wells, doublings: Wells) -> Wells:
    """Growth-rate inhibition of each well: 1 as without drug, 0 stasis, below 0 loss of cells.

    GR = 2^(log2(x / x0) / log2(xc / x0)) - 1 = 2 r^(1 / k) - 1, because log2(x / x0) equals
    log2(r) + k, with r = x / xc and k = log2(xc / x0). A signal at or below the blank (r <= 0)
    has no logarithm; it gets the limit for r towards zero, which is -1. Callers say so
    (`at_limit`).

    Parameters
    ----------
    relative : (n,) array
        r: treated signal over vehicle signal, each less its blank.
    doublings : (n,) array
        k of the vehicle on the same plate (`control_doublings`, `division_doublings`), above 0.

    Returns
    -------
    (n,) array
        GR values, -1 or above.

    Raises
    ------
    ValueError
        If a doubling is not above zero, or a number is not finite.

    References
    ----------
    Hafner, Niepel, Chung, Sorger 2016, Nat Methods 13:521-527.

    Examples
    --------
    >>> gr_values(np.array([1.0, 0.125, 0.0625, -0.01]), np.full(4, 3.0)).round(4)
    array([ 1.    ,  0.    , -0.2063, -1.    ])
    """
    if not (np.all(np.isfinite(relative)) and np.all(np.isfinite(doublings))):
        raise ValueError("Expected finite relative signals and doublings.")
    if not np.all(doublings > 0.0):
        msg = f"Expected doublings of the control above zero, got {float(np.min(doublings)):g}."
        raise ValueError(msg)
    alive = np.where(at_limit(relative), 0.0, relative)
    return np.asarray(2.0 * alive ** (1.0 / doublings) - 1.0)


def at_limit(relative: Wells) -> np.ndarray:
    """Tell which wells give no more signal than the blank, so that GR is its limit, -1.

    Examples
    --------
    >>> at_limit(np.array([0.2, 0.0, -0.01])).tolist()
    [False, True, True]
    """
    return np.asarray(relative <= 0.0)


def area_over_gr_curve(dose: Wells, gr: Wells) -> float:
    """Mean of 1 - GR over the tested doses on a log scale: 0 no effect, 1 stasis, 2 all dead.

    Trapezoids through the mean GR of each dose over log10(dose), divided by the log10 range of
    the doses; no curve is fitted. It depends on the tested range: compare equal ranges only.

    Parameters
    ----------
    dose, gr : (n,) arrays
        Wells; doses above zero in any unit.

    Raises
    ------
    ValueError
        If there are fewer than two distinct doses, or a dose is not above zero.

    References
    ----------
    Hafner, Niepel, Chung, Sorger 2016, Nat Methods 13:521-527.

    Examples
    --------
    >>> area_over_gr_curve(np.array([1.0, 10.0, 100.0]), np.array([1.0, 0.0, 0.0]))
    0.75
    """
    doses, group = np.unique(dose, return_inverse=True)
    if doses.size < 2 or not doses[0] > 0.0:
        msg = f"Expected two or more distinct doses above zero, got {doses.tolist()}."
        raise ValueError(msg)
    means = np.bincount(group, weights=gr) / np.bincount(group)
    x = np.log10(doses)
    return float(np.trapezoid(1.0 - means, x) / (x[-1] - x[0]))


def gr_at_highest_dose(dose: Wells, gr: Wells) -> float:
    """Mean GR of the wells at the highest tested dose.

    This is GRmax as Hafner et al. 2016 word it ("at the highest tested concentration"). The
    GRmetrics package takes the smaller of the means at the two highest doses, which noise biases
    downwards.

    Examples
    --------
    >>> gr_at_highest_dose(np.array([1.0, 10.0, 10.0]), np.array([0.9, 0.1, 0.3]))
    0.2
    """
    return float(np.mean(gr[dose == dose.max()]))


def reference_wells(level: float, n_vehicle: float, n_time_zero: float) -> float:
    """Wells that would fix a GR level as well as these vehicle and time-zero wells do.

    First-order propagation with one coefficient of variation in all wells: an error of the
    vehicle mean moves GR = level by L, one of the time-zero mean by 1 - L, in units of what the
    same error of a treated well does, L = log2(1 + level). `profile_absolute` takes the variance
    of the level as level^2 / n, so n = level^2 / (L^2 / n_vehicle + (1 - L)^2 / n_time_zero).

    Parameters
    ----------
    level : float
        GR level, above 0 and below 1.
    n_vehicle, n_time_zero : float
        Wells behind each mean; infinite where it is exact (a division time that is known).

    Examples
    --------
    >>> round(reference_wells(0.5, 16.0, 8.0), 2), reference_wells(0.5, np.inf, np.inf)
    (5.83, inf)
    """
    share = float(np.log2(1.0 + level))
    variance = share**2 / n_vehicle + (1.0 - share) ** 2 / n_time_zero
    return float("inf") if variance == 0.0 else level**2 / variance
