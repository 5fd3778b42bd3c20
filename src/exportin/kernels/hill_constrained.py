"""Hill curves with top, bottom or slope held at a number: three, two or one free parameter."""

import numpy as np

from exportin.kernels.hill_batch import (
    AT_BOX,
    CONSTANT,
    OK,
    TOO_FEW,
    HillFits,
    Offsets,
    PerCurve,
    Wells,
    collapse_many,
)
from exportin.kernels.hill_constrained_loops import fit_held
from exportin.kernels.hill_fits import HILL_MAX, HILL_MIN

FREE = float("nan")
"""A parameter that is not held."""
LEAST_DOSES = 3
"""Two doses show a difference and no curve, however few parameters are free."""
_LN10 = float(np.log(10.0))


def free_parameters(top: float, bottom: float, hill: float) -> int:
    """Count the parameters of the Hill curve that are not held (NaN: free); the EC50 always is one.

    Examples
    --------
    >>> free_parameters(1.0, FREE, FREE)
    3
    """
    return 1 + int(np.isnan(np.array([top, bottom, hill])).sum())


def fit_constrained(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    *,
    top: PerCurve | float = FREE,
    bottom: PerCurve | float = FREE,
    hill: float = FREE,
    weight: Wells | None = None,
) -> HillFits:
    """Fit a Hill curve to every experiment with some of its parameters held.

    Minimizes sum w (y - f(x))^2, f(x) = bottom + (top - bottom) / (1 + (x / EC50)^hill), over
    the parameters that are not held: free plateaus unbounded, slope 0.05 to 50, EC50 within three
    decades of the tested doses, as `fit_many`. A grid of shapes is looked at, and Newton steps go
    down from every one that is lower than its neighbors.

    Parameters
    ----------
    log10_dose, response, offsets, weight
        As `fit_many` takes them.
    top, bottom : float or (curves,) array
        Response at dose zero and at infinite dose, unit of the responses; NaN is free.
    hill : float
        Slope, 0.05 to 50; NaN is free.

    Returns
    -------
    HillFits
        ``status`` 2 where a curve has fewer doses than free parameters (or than three), or no
        well beyond them; ``df`` of its residuals is n less `free_parameters`.

    Raises
    ------
    ValueError
        If a held slope lies outside its box, a plateau is infinite, or the arrays are no curves.

    References
    ----------
    Golub and Pereyra 1973, SIAM J Numer Anal 10:413 (variable projection).

    Examples
    --------
    >>> x = np.linspace(-8.0, -5.0, 7)
    >>> y = 1 / (1 + 10 ** (2 * (x + 6.0)))
    >>> fits = fit_constrained(x, y, np.array([0, 7]), top=1.0, bottom=0.0)
    >>> fits.log10_ec50.round(6).tolist(), fits.hill.round(6).tolist()
    ([-6.0], [2.0])
    """
    data = collapse_many(log10_dose, response, offsets, weight)
    tops, bottoms = held(top, data.doses.size), held(bottom, data.doses.size)
    check_hill(hill)
    free = 1.0 + np.isnan(tops) + np.isnan(bottoms) + np.isnan(hill)
    few = (data.doses < np.maximum(free, LEAST_DOSES)) | (data.wells <= free)
    none = few | data.equal
    found = np.full((few.size, 7), np.nan)
    chosen = np.flatnonzero(~none)
    if chosen.size:
        fit_held(
            chosen, data.first, data.doses, data.dose, data.mean, data.weight, data.total,
            tops, bottoms, np.log(hill), found,
        )  # fmt: skip
    at_box = found[:, 6] == 1.0
    status = np.where(few, TOO_FEW, np.where(data.equal, CONSTANT, np.where(at_box, AT_BOX, OK)))
    return HillFits(
        found[:, 0], found[:, 1], found[:, 2] / _LN10, np.exp(found[:, 3]),
        np.where(none, data.total, 2.0 * found[:, 4] + data.pure),
        data.wells, data.doses, at_box, found[:, 5] == 1.0, status,
    )  # fmt: skip


def held(plateau: PerCurve | float, curves: int) -> np.ndarray:
    """Give the plateau of every curve; NaN is free."""
    values = np.ascontiguousarray(np.broadcast_to(np.asarray(plateau, np.float64), (curves,)))
    if np.isinf(values).any():
        raise ValueError("Expected a finite plateau, or NaN for one that is fitted.")
    return values


def check_hill(hill: float) -> None:
    """Refuse a slope outside the published box."""
    if not (np.isnan(hill) or HILL_MIN <= hill <= HILL_MAX):
        msg = f"Expected a Hill slope of {HILL_MIN:g} to {HILL_MAX:g} (a magnitude), got {hill:g}."
        raise ValueError(msg)
