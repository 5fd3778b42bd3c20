"""Profile-likelihood limits of a log hazard ratio; one side open where a group has no events."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from exportin.kernels.survival_cox import CoxFit, CoxStatus, climb, widest
from exportin.kernels.survival_cox_data import WIDEST, cox_terms

_STEPS = 60


class ProfileLimits(NamedTuple):
    """Limits of a coefficient; an infinite one is open, NaN where there is no fit."""

    low: float
    high: float


def profile_limits(fit: CoxFit, which: int = 0, conf_level: float = 0.95) -> ProfileLimits:
    """Limits of a log hazard ratio from its profile likelihood.

    All b with 2 (l_max - l_p(b)) <= chi-squared quantile (1 df), other coefficients fitted anew.
    Where the estimate is infinite, l_max is the limit of the likelihood and that side is open.

    Parameters
    ----------
    fit : CoxFit
    which : int
        Which coefficient.
    conf_level : float

    References
    ----------
    Venzon and Moolgavkar 1988, doi:10.2307/2347496; Heinze and Schemper 2001,
    doi:10.1111/j.0006-341X.2001.00114.x.

    Examples
    --------
    >>> from exportin.kernels.survival_cox import fit_cox
    >>> time, x = np.arange(1.0, 9.0), np.repeat([[1.0], [0.0]], 4, axis=0)
    >>> fit = fit_cox(time, np.repeat([True, False], 4), x)
    >>> low, high = profile_limits(fit)
    >>> fit.status.value, round(low, 3), high
    ('separated', 1.16, inf)
    """
    if fit.status not in (CoxStatus.OK, CoxStatus.SEPARATED):
        return ProfileLimits(np.nan, np.nan)
    scale = float(fit.data.scale[which])
    side = int(fit.infinite[which])
    low = -np.inf if side < 0 else _limit(fit, which, -1.0, conf_level)
    high = np.inf if side > 0 else _limit(fit, which, 1.0, conf_level)
    return ProfileLimits(low / scale, high / scale)


def _limit(fit: CoxFit, which: int, way: float, conf_level: float) -> float:
    """Walk outwards until the profile has fallen far enough, then home in."""
    target = fit.loglik - 0.5 * float(chdtri(1.0, 1.0 - conf_level))
    free = np.arange(fit.data.p) != which
    last = fit.beta.copy()

    def height(b: float) -> float:
        nonlocal last
        start = last.copy()
        start[which] = b
        if widest(fit.data, start) > WIDEST:
            start[free] = 0.0
        if not free.any():
            return cox_terms(fit.data, start).loglik - target
        beta, at, _ = climb(fit.data, start, free)
        last = beta
        return at.loglik - target

    error = float(fit.std_error[which] * fit.data.scale[which])
    step = way * (error if np.isfinite(error) else 1.0)
    inside = float(fit.beta[which])
    for _ in range(_STEPS):
        outside = inside + step
        fallen = height(outside)
        if not np.isfinite(fallen):
            return way * np.inf
        if fallen < 0.0:
            return float(brentq(height, inside, outside, xtol=1e-12, rtol=1e-13))
        inside, step = outside, 1.5 * step
    return way * np.inf
