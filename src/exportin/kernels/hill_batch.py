"""Least-squares Hill curves through the wells of many experiments at once."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from exportin.kernels.hill_collapse import collapse_all
from exportin.kernels.hill_fits import STARTS, fit_curves

Wells = Float[np.ndarray, " wells"]
Offsets = Int[np.ndarray, " edges"]
PerCurve = Float[np.ndarray, " curves"]
Count = Int[np.ndarray, " curves"]
Flag = Bool[np.ndarray, " curves"]

MIN_DOSES = 4
"""Four parameters need four distinct doses."""
MIN_RESPONSES = 5
"""One degree of freedom must be left for the residual variance."""
OK, AT_BOX, TOO_FEW, CONSTANT = 0, 1, 2, 3
_LN10 = float(np.log(10.0))


class Collapsed(NamedTuple):
    """Dose means of many curves; those of curve i are ``doses[i]`` entries from ``first[i]`` on."""

    dose: np.ndarray
    mean: np.ndarray
    weight: np.ndarray
    first: np.ndarray
    doses: np.ndarray
    pure: np.ndarray
    total: np.ndarray
    equal: np.ndarray
    wells: np.ndarray
    order: np.ndarray


class HillFits(NamedTuple):
    """Fitted curves, an entry a curve; parameters are NaN where status is 2 or 3.

    ``status``: 0 ok, 1 EC50 or hill at the edge of the box, 2 too few doses or wells, 3 all
    responses equal.
    """

    top: PerCurve
    bottom: PerCurve
    log10_ec50: PerCurve
    hill: PerCurve
    rss: PerCurve
    n: Count
    doses: Count
    at_box: Flag
    converged: Flag
    status: Count


def fit_many(
    log10_dose: Wells, response: Wells, offsets: Offsets, weight: Wells | None = None
) -> HillFits:
    """Fit a Hill curve to every experiment of a screen, all four parameters free.

    Minimizes sum w (y - f(x))^2 over top and bottom (unbounded) and over the published box: hill
    0.05 to 50, EC50 within three decades of the tested doses. Wells of one dose collapse to their
    mean without loss; top and bottom are projected out; about two thousand shapes are looked at,
    and Newton steps with analytic derivatives go down from those that are better than their
    neighbors. Of fits equal to 1e-9 the least extreme one is returned. A curve's numbers do not
    depend on the curves beside it.

    Parameters
    ----------
    log10_dose : (wells,) array
        log10 of the dose of each well, the wells of a curve one after another.
    response : (wells,) array
        Response of each well, any unit.
    offsets : (curves + 1,) array of int
        Where each curve begins, and at last the number of wells.
    weight : (wells,) array, optional
        Weights above zero; one each by default.

    Raises
    ------
    ValueError
        If lengths differ, offsets do not rise from zero to the number of wells, or a value is not
        finite.

    References
    ----------
    Golub and Pereyra 1973, SIAM J Numer Anal 10:413 (variable projection).

    Examples
    --------
    >>> x = np.tile(np.linspace(-8.0, -5.0, 7), 2)
    >>> y = np.where(np.arange(14) < 7, 1 / (1 + 10 ** (x + 7.0)), 1 / (1 + 10 ** (2 * (x + 6.0))))
    >>> fits = fit_many(x, y, np.array([0, 7, 14]))
    >>> fits.log10_ec50.round(6).tolist(), fits.hill.round(6).tolist()
    ([-7.0, -6.0], [1.0, 2.0])
    """
    data = collapse_many(log10_dose, response, offsets, weight)
    few = (data.doses < MIN_DOSES) | (data.wells < MIN_RESPONSES)
    none = few | data.equal
    found = np.full((few.size, 7), np.nan)
    order = data.order[~none[data.order]]
    if order.size:
        fit_curves(
            order, data.first, data.doses, data.dose, data.mean, data.weight, data.pure,
            data.total, STARTS, found,
        )  # fmt: skip
    rss = np.where(none, data.total, 2.0 * found[:, 4] + data.pure)
    at_box = found[:, 6] == 1.0
    status = np.where(few, TOO_FEW, np.where(data.equal, CONSTANT, np.where(at_box, AT_BOX, OK)))
    return HillFits(
        found[:, 0], found[:, 1], found[:, 2] / _LN10, np.exp(found[:, 3]), rss,
        data.wells, data.doses, at_box, found[:, 5] == 1.0, status,
    )  # fmt: skip


def collapse_many(
    log10_dose: Wells, response: Wells, offsets: Offsets, weight: Wells | None = None
) -> Collapsed:
    """Collapse the wells of every curve to dose means, and order curves by their design."""
    check_wells(log10_dose, response, offsets, weight)
    size, curves = log10_dose.size, offsets.size - 1
    dose, mean, weights = np.empty(size), np.empty(size), np.zeros(size)
    facts, keys = np.zeros((curves, 4)), np.zeros((curves, 2), np.int64)
    edges = np.ascontiguousarray(offsets, np.int64)
    collapse_all(
        np.ascontiguousarray(log10_dose, np.float64), np.ascontiguousarray(response, np.float64),
        np.ones(size) if weight is None else np.ascontiguousarray(weight, np.float64),
        edges, dose, mean, weights, facts, keys,
    )  # fmt: skip
    doses = facts[:, 0].astype(np.int64)
    return Collapsed(
        dose, mean, weights, edges[:-1], doses, facts[:, 1].copy(), facts[:, 2].copy(),
        facts[:, 3] == 1.0, np.diff(edges), np.lexsort((keys[:, 1], keys[:, 0])),
    )  # fmt: skip


def check_wells(log10_dose: Wells, response: Wells, offsets: Offsets, weight: Wells | None) -> None:
    """Refuse arrays that do not describe curves."""
    if log10_dose.shape != response.shape:
        msg = (
            f"Expected doses and responses of one length, got {log10_dose.shape}, {response.shape}."
        )
        raise ValueError(msg)
    if not (np.isfinite(log10_dose).all() and np.isfinite(response).all()):
        msg = "Expected finite log10 doses and responses; leave out zero doses and missing wells."
        raise ValueError(msg)
    rising = offsets.size > 0 and offsets[0] == 0 and offsets[-1] == log10_dose.size
    if not rising or (np.diff(offsets) < 0).any():
        msg = f"Expected offsets that rise from 0 to the number of wells, {log10_dose.size}."
        raise ValueError(msg)
    if weight is not None and not (weight.shape == response.shape and (weight > 0.0).all()):
        msg = "Expected a weight above zero for every well."
        raise ValueError(msg)
