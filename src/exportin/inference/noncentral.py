"""Partial eta squared with its interval by inversion of the noncentral F distribution."""

import math
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

# above this noncentrality the Poisson weights are a point mass for our purpose
_LARGE = 1e8


class EtaSquared(NamedTuple):
    """Effect size and its interval."""

    effect: float
    low: float
    high: float


def noncentral_f_cdf(f: float, df1: float, df2: float, noncentrality: float) -> float:
    """P(F <= f) for noncentral F: a Poisson mixture of incomplete beta functions.

    Examples
    --------
    >>> round(noncentral_f_cdf(3.0, 2.0, 12.0, 4.0), 6)
    0.554445
    """
    half = noncentrality / 2.0
    x = df1 * f / (df1 * f + df2)
    if half == 0.0:
        return float(special.betainc(df1 / 2.0, df2 / 2.0, x))
    reach = 12.0 * math.sqrt(half) + 60.0
    j = np.arange(max(0.0, math.floor(half - reach)), math.ceil(half + reach) + 1.0)
    weights = np.exp(special.xlogy(j, half) - half - special.gammaln(j + 1.0))
    return math.fsum(weights * special.betainc(df1 / 2.0 + j, df2 / 2.0, x))


def noncentrality_at(probability: float, f: float, df1: float, df2: float) -> float:
    """Noncentrality at which F <= f has the given probability; 0 if none is that likely.

    Examples
    --------
    >>> round(noncentrality_at(0.05, 5.0, 2.0, 12.0), 4)
    24.4163
    """
    if noncentral_f_cdf(f, df1, df2, 0.0) <= probability:
        return 0.0
    point = df1 * f * float(special.chdtri(df2, probability)) / df2
    if df1 * f > _LARGE:
        return point
    high = max(2.0 * df1 * f, 10.0)
    while noncentral_f_cdf(f, df1, df2, high) > probability:
        high *= 2.0
    root = optimize.brentq(
        lambda value: noncentral_f_cdf(f, df1, df2, value) - probability,
        0.0, high, xtol=1e-13, rtol=1e-14, maxiter=300,
    )  # fmt: skip
    return float(root)


def partial_eta_squared(f: float, df1: float, df2: float, conf_level: float) -> EtaSquared:
    """Share of the variance that a term explains, with its noncentral-F interval.

    Effect: df1 F / (df1 F + df2). Bounds: lambda / (lambda + df1 + df2 + 1), lambda being the
    noncentrality at which the observed F is the upper or lower (1 - level)/2 point. At level
    0.90 the lower bound leaves zero exactly where p < 0.05.

    Parameters
    ----------
    f, df1, df2 : float
    conf_level : float

    References
    ----------
    Steiger (2004) Psychol Methods 9:164-182, doi:10.1037/1082-989X.9.2.164.

    Examples
    --------
    >>> partial_eta_squared(5.0, 2.0, 12.0, 0.90).effect
    0.45454545454545453
    """
    tail = (1.0 - conf_level) / 2.0
    total = df1 + df2 + 1.0
    low = noncentrality_at(1.0 - tail, f, df1, df2)
    high = noncentrality_at(tail, f, df1, df2)
    return EtaSquared(df1 * f / (df1 * f + df2), low / (low + total), high / (high + total))
