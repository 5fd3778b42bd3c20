"""One dose-response curve from its wells: every answer an estimate, a bound or a reason."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from exportin.kernels.hill import HillFit, HillStatus, fit_hill, hill_response
from exportin.kernels.hill_profile import absolute_dose, profile_absolute, profile_ec50
from exportin.kernels.profile_walk import Interval
from exportin.kernels.response_test import (
    ALPHA_NO_RESPONSE,
    N_DRAWS,
    step_null,
    step_test,
)

Wells = Float[np.ndarray, " well"]
Draws = Float[np.ndarray, " draw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Potency:
    """A dose that a curve defines, natural scale: an estimate, a bound, or none with a status."""

    value: float | None
    low: float | None = None
    high: float | None = None
    conf_open: str = "none"
    bound: str = "="
    status: str = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFit:
    """Everything one curve gives."""

    fit: HillFit
    p_response: float | None
    ec50: Potency
    absolute: Potency
    responds: bool


def fit_curve(
    dose: Wells,
    response: Wells,
    *,
    level: float,
    n_reference: float,
    conf_level: float,
    seed: int,
) -> CurveFit:
    """Fit one curve and say what may be said of its EC50 and absolute ICx.

    Parameters
    ----------
    dose
        Doses above zero, natural scale, any unit.
    response
        Response as a fraction of the vehicle's.
    level
        Fraction of the vehicle's response that defines the absolute ICx.
    n_reference
        Number of vehicle wells behind the fraction; infinite if it is exact.
    conf_level
        Level of the intervals.
    seed
        Of the Monte Carlo null distribution of the response test.

    Examples
    --------
    >>> dose = np.repeat([1.0, 10.0, 100.0, 1000.0, 10000.0], 2)
    >>> y = 0.1 + 0.9 / (1 + dose / 100.0) + np.tile([0.01, -0.01], 5)
    >>> found = fit_curve(dose, y, level=0.5, n_reference=8.0, conf_level=0.95, seed=1)
    >>> round(found.ec50.value), found.absolute.bound
    (100, '=')
    """
    log_dose = np.log10(dose)
    fit = fit_hill(log_dose, response)
    if fit.status == HillStatus.TOO_FEW:
        none = Potency(value=None, status="too_few")
        return CurveFit(fit=fit, p_response=None, ec50=none, absolute=none, responds=False)
    p_value = _response_p(log_dose, response, seed)
    if p_value > ALPHA_NO_RESPONSE or fit.status == HillStatus.CONSTANT:
        flat = _flat_side(dose, response, level)
        none = Potency(value=None, status="no_response")
        return CurveFit(fit=fit, p_response=p_value, ec50=none, absolute=flat, responds=False)
    ec50 = _ec50(dose, response, fit, conf_level)
    absolute = _absolute(
        dose, response, fit, level=level, n_reference=n_reference, conf_level=conf_level
    )
    return CurveFit(fit=fit, p_response=p_value, ec50=ec50, absolute=absolute, responds=True)


def _response_p(log_dose: Wells, response: Wells, seed: int) -> float:
    counts = np.unique(log_dose, return_counts=True)[1]
    null = _null(tuple(int(c) for c in counts), seed)
    return step_test(log_dose, response, null)[1]


@lru_cache(maxsize=256)
def _null(counts: tuple[int, ...], seed: int) -> Draws:
    """Reuse the null distribution of a design; it depends on the wells per dose only."""
    return step_null(np.array(counts), N_DRAWS, np.random.default_rng([seed, *counts]))


def _flat_side(dose: Wells, response: Wells, level: float) -> Potency:
    """Without a dose response the level lies beyond the tested doses, on one side or the other."""
    if float(np.mean(response)) > level:
        return Potency(value=float(dose.max()), bound=">", conf_open="high", status="no_response")
    return Potency(value=float(dose.min()), bound="<", conf_open="low", status="no_response")


def _ec50(dose: Wells, response: Wells, fit: HillFit, conf_level: float) -> Potency:
    interval = profile_ec50(np.log10(dose), response, fit, conf_level=conf_level)
    if fit.log10_ec50 > np.log10(dose.max()):
        return _unseen_midpoint(interval, dose, ">")
    if fit.log10_ec50 < np.log10(dose.min()):
        return _unseen_midpoint(interval, dose, "<")
    return _within_range(fit.log10_ec50, interval, dose)


def _unseen_midpoint(interval: Interval, dose: Wells, bound: str) -> Potency:
    """Give the near limit of a midpoint outside the tested doses, which is an extrapolation.

    Unlike the absolute IC50, where the data at the last dose show that the level was not reached,
    such a fit rests on a plateau that nobody saw; without a near limit it says nothing.
    """
    found = _bounded(interval, dose, bound)
    near = found.low if bound == ">" else found.high
    if near is None:
        return Potency(value=None, status="not_identifiable")
    status = "at_bound" if near == found.value else "not_identifiable"
    return replace(found, value=near, status=status)


def _absolute(
    dose: Wells,
    response: Wells,
    fit: HillFit,
    *,
    level: float,
    n_reference: float,
    conf_level: float,
) -> Potency:
    log_dose = np.log10(dose)
    interval = profile_absolute(
        log_dose, response, fit, level, n_reference=n_reference, conf_level=conf_level
    )
    at_top = hill_at(fit, float(dose.max()))
    at_lowest = hill_at(fit, float(dose.min()))
    if at_top > level and at_lowest > level:
        return _bounded(interval, dose, ">")
    if at_top < level and at_lowest < level:
        return _bounded(interval, dose, "<")
    if at_top > at_lowest:  # crosses the level upwards: no dose brings the response down to it
        return Potency(value=None, status="not_identifiable")
    found = absolute_dose(fit.top, fit.bottom, fit.log10_ec50, fit.hill, level)
    if found is None:
        return Potency(value=None, status="not_identifiable")
    return _within_range(found, interval, dose)


def hill_at(fit: HillFit, dose: float) -> float:
    """Height of a fitted curve at one dose."""
    values = hill_response(np.array([dose]), fit.top, fit.bottom, 10**fit.log10_ec50, fit.hill)
    return float(values[0])


def _within_range(log_value: float, interval: Interval, dose: Wells) -> Potency:
    """Let an estimate inside the tested doses stand; outside, only the bound is known."""
    if log_value > np.log10(dose.max()):
        return _bounded(interval, dose, ">")
    if log_value < np.log10(dose.min()):
        return _bounded(interval, dose, "<")
    low, high = _limits(interval)
    return Potency(value=float(10**log_value), low=low, high=high, conf_open=_open(low, high))


def _bounded(interval: Interval, dose: Wells, bound: str) -> Potency:
    """Beyond the tested doses; the limit on the near side is still informative."""
    low, high = _limits(interval)
    if bound == ">":
        top = float(dose.max())
        near = None if low is None else min(low, top)
        return Potency(
            value=top, low=near, conf_open=_open(near, None), bound=">", status="at_bound"
        )
    lowest = float(dose.min())
    near = None if high is None else max(high, lowest)
    return Potency(
        value=lowest, high=near, conf_open=_open(None, near), bound="<", status="at_bound"
    )


def _limits(interval: Interval) -> tuple[float | None, float | None]:
    low = None if interval.open_low else float(10**interval.low)
    high = None if interval.open_high else float(10**interval.high)
    return low, high


def _open(low: float | None, high: float | None) -> str:
    if low is None:
        return "both" if high is None else "low"
    return "high" if high is None else "none"
