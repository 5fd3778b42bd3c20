"""The four-parameter Hill (log-logistic) curve and its least-squares fit."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from exportin.kernels.hill_descent import (
    Box,
    Points,
    best_per_cell,
    candidates,
    descend,
    search_box,
)
from exportin.kernels.hill_surface import (
    LN10,
    DoseMeans,
    Wells,
    collapse,
    half_squares,
    plain_rows,
    project,
)

MIN_DOSES = 4
"""Four parameters need four distinct doses."""
MIN_RESPONSES = 5
"""One degree of freedom must be left for the residual variance."""
_STARTS = 12
_TIE = 1e-9


class HillStatus(StrEnum):
    """How a Hill fit ended."""

    OK = "ok"
    AT_BOX = "at_box"
    TOO_FEW = "too_few"
    CONSTANT = "constant"


class HillFit(NamedTuple):
    """A fitted curve; with status ``too_few`` or ``constant`` the four parameters are NaN."""

    top: float
    bottom: float
    log10_ec50: float
    hill: float
    rss: float
    n: int
    at_box: bool
    converged: bool
    status: HillStatus


def hill_response(dose: Wells, top: float, bottom: float, ec50: float, hill: float) -> Wells:
    """Response of the Hill curve at each dose.

    f(x) = bottom + (top - bottom) / (1 + (x / ec50)^hill), for x > 0 and hill > 0: ``top`` is the
    response without drug and ``bottom`` the one at infinite dose; a rising curve has
    bottom > top. Dose and ec50 share any unit; response, top and bottom share any unit.

    Raises
    ------
    ValueError
        If a dose, the ec50 or the hill slope is not positive.

    References
    ----------
    Ritz et al. 2015, PLoS ONE 10(12):e0146021 (LL.4).

    Examples
    --------
    >>> hill_response(np.array([0.5, 1.0, 2.0]), top=1.0, bottom=0.2, ec50=1.0, hill=1.0).round(4)
    array([0.7333, 0.6   , 0.4667])
    """
    if not (ec50 > 0.0 and hill > 0.0 and bool(np.all(np.asarray(dose) > 0.0))):
        msg = "Expected doses, ec50 and hill above zero (the curve lives on the log of the dose)."
        raise ValueError(msg)
    z = hill * (np.log(dose) - np.log(ec50))
    span = top - bottom
    value: Wells = np.where(z < 0.0, top - span * expit(z), bottom + span * expit(-z))
    return value


def fit_hill(log10_dose: Wells, response: Wells) -> HillFit:
    """Least-squares Hill curve through wells, all four parameters free.

    Minimizes sum (y - f(x))^2 over top and bottom (unbounded) and over the published box: hill
    0.05 to 50, EC50 within three decades of the tested doses. Wells of one dose collapse to their
    mean without loss; top and bottom are projected out; about a thousand or more candidate
    shapes, the edges of the box among them, are compared and the best ones, kept apart, refined
    by Newton steps. Of fits equal to 1e-9 the least extreme one is returned.

    Parameters
    ----------
    log10_dose : (n,) array
        log10 of the dose of each well, any unit; zero doses have no place here.
    response : (n,) array
        Response of each well, any unit.

    Returns
    -------
    HillFit
        ``status`` is ``ok``, ``at_box`` (EC50 or hill at the edge of the box: read neither as a
        finding), ``too_few`` (fewer than 4 distinct doses or 5 wells) or ``constant`` (all
        responses equal); the last two carry NaN parameters.

    Raises
    ------
    ValueError
        If lengths differ or a value is not finite.

    References
    ----------
    Golub and Pereyra 1973, SIAM J Numer Anal 10:413 (variable projection).

    Examples
    --------
    >>> x = np.linspace(-8.0, -5.0, 7)
    >>> fit = fit_hill(x, hill_response(10.0**x, 1.0, 0.1, 3e-7, 1.5))
    >>> round(fit.top, 6), round(10**fit.log10_ec50 * 1e7, 6), fit.status.value
    (1.0, 3.0, 'ok')
    """
    _check(log10_dose, response)
    data = collapse(log10_dose, response)
    if data.ln_dose.size < MIN_DOSES or data.n < MIN_RESPONSES:
        return _no_fit(data, HillStatus.TOO_FEW)
    if np.ptp(response) == 0.0:
        return _no_fit(data, HillStatus.CONSTANT)
    box = search_box(data)
    ends = _refine(data, box)
    return _as_fit(data, box, ends, _least_extreme(data, ends))


def _check(log10_dose: np.ndarray, response: np.ndarray) -> None:
    if log10_dose.shape != response.shape or log10_dose.ndim != 1:
        msg = (
            f"Expected doses and responses of one length, got {log10_dose.shape}, {response.shape}."
        )
        raise ValueError(msg)
    if not (np.isfinite(log10_dose).all() and np.isfinite(response).all()):
        msg = "Expected finite log10 doses and responses; leave out zero doses and missing wells."
        raise ValueError(msg)


def _no_fit(data: DoseMeans, status: HillStatus) -> HillFit:
    nan = float("nan")
    return HillFit(
        nan, nan, nan, nan, data.total, data.n, at_box=False, converged=False, status=status
    )


def _refine(data: DoseMeans, box: Box) -> Points:
    rows = plain_rows(data)
    ln_ec50, ln_hill, cell = candidates(data.ln_dose, box)
    half = half_squares(rows, ln_ec50, ln_hill)
    start = best_per_cell(half, cell, _STARTS)
    return descend(rows, (ln_ec50[start], ln_hill[start]), box, floor=1e-12 * data.total)


def _least_extreme(data: DoseMeans, ends: Points) -> int:
    """Among ends as good as the best, the one with the smallest span and the mildest slope."""
    rss = 2.0 * ends.half + data.pure_error
    good = rss <= rss.min() + _TIE * max(float(rss.min()), 1e-12 * data.total)
    line = project(plain_rows(data), ends.ln_ec50, ends.ln_hill)
    span = np.abs(line.slope) * line.scale[:, 0] / max(float(np.ptp(data.mean)), 1e-300)
    strange = np.log(np.maximum(span, 1.0)) + np.abs(ends.ln_hill)
    return int(np.argmin(np.where(good, strange, np.inf)))


def _as_fit(data: DoseMeans, box: Box, ends: Points, best: int) -> HillFit:
    a, q = ends.ln_ec50[[best]], ends.ln_hill[[best]]
    rows = plain_rows(data)
    line = project(rows, a, q)
    span = float(line.slope[0] * line.scale[0, 0])
    z = np.exp(q) * (data.ln_dose - a)
    mean = float(rows.center @ data.mean)
    if np.all(z < 0.0):
        top = mean + span * float(rows.center @ expit(z))
        bottom = top - span
    else:
        bottom = mean - span * float(rows.center @ expit(-z))
        top = bottom + span
    point = np.array([a[0], q[0]])
    at_box = bool(np.any((point <= box.low + 1e-9) | (point >= box.high - 1e-9)))
    rss = 2.0 * float(ends.half[best]) + data.pure_error
    status = HillStatus.AT_BOX if at_box else HillStatus.OK
    return HillFit(
        top, bottom, float(a[0]) / LN10, float(np.exp(q[0])), rss, data.n,
        at_box=at_box, converged=bool(ends.settled[best]), status=status,
    )  # fmt: skip
