"""The four-parameter Hill (log-logistic) curve and its least-squares fit."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from exportin.kernels.hill_batch import MIN_DOSES, MIN_RESPONSES, HillFits, Wells, fit_many

__all__ = [
    "MIN_DOSES",
    "MIN_RESPONSES",
    "HillFit",
    "HillStatus",
    "fit_hill",
    "hill_response",
    "one_fit",
]


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

    See `fit_many` for what is minimized, and how.

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
    found = fit_many(log10_dose, response, np.array([0, response.size]))
    return one_fit(found, 0)


def one_fit(found: HillFits, i: int) -> HillFit:
    """Return one of many fits."""
    return HillFit(
        top=float(found.top[i]),
        bottom=float(found.bottom[i]),
        log10_ec50=float(found.log10_ec50[i]),
        hill=float(found.hill[i]),
        rss=float(found.rss[i]),
        n=int(found.n[i]),
        at_box=bool(found.at_box[i]),
        converged=bool(found.converged[i]),
        status=list(HillStatus)[int(found.status[i])],
    )
