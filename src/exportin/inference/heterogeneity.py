"""How far models differ beyond chance: Q, tau2 by several estimators, its interval, and I2."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, stats

from exportin.inference.samples import Vector

GRID = 96
"""Points at which the restricted likelihood is looked at, so that no second hill is missed."""
DEEP = 1e-9
"""Smallest tau2 of that grid, as a share of the largest that can be."""
TOLERANCE = 1e-14


class Weighted(NamedTuple):
    """Mean weighted by inverse variances, its standard error, and Q around it."""

    mean: float
    std_error: float
    q: float


def weighted_mean(values: Vector, variances: Vector, tau2: float = 0.0) -> Weighted:
    """Mean of the models, each weighted by 1 / (its variance + tau2).

    Parameters
    ----------
    values, variances : (k,) float
        One number a model on the scale on which it is normal; its squared standard error.
    tau2 : float
        Variance between models.

    Examples
    --------
    >>> weighted_mean(np.array([1.0, 3.0]), np.array([1.0, 1.0])).mean
    2.0
    """
    weight = 1.0 / (variances + tau2)
    total = float(weight.sum())
    mean = float(weight @ values) / total
    return Weighted(mean, math.sqrt(1.0 / total), float(weight @ (values - mean) ** 2))


def reml_tau2(values: Vector, variances: Vector) -> float:
    """Variance between models by restricted maximum likelihood, the highest of all its hills.

    The score -sum(w) + sum(w^2) / sum(w) + sum(w^2 (y - mean)^2), w = 1 / (v + tau2), is followed
    from zero to beyond the spread of the values; of zero and every root where it turns from rising
    to falling, the one with the highest likelihood is taken.

    References
    ----------
    Viechtbauer 2005, J Educ Behav Stat 30:261-293.

    Examples
    --------
    >>> round(reml_tau2(np.array([0.0, 2.0, 4.0]), np.ones(3)), 9)  # 4 - 1
    3.0
    """
    most = _most(values)
    if most == 0.0:
        return 0.0
    at = np.concatenate([[0.0], np.geomspace(DEEP, 1.0, GRID) * most])
    rises = _scores(values, variances, at) > 0.0
    found = [] if rises[0] else [0.0]
    for i in np.flatnonzero(rises[:-1] & ~rises[1:]):
        ends = float(at[i]), float(at[i + 1])
        found.append(_root(lambda t: float(_scores(values, variances, np.array([t]))[0]), *ends))
    return max(found, key=lambda t: _likelihood(values, variances, t))


def paule_mandel_tau2(values: Vector, variances: Vector) -> float:
    """Variance between models at which Q equals its degrees of freedom.

    References
    ----------
    Paule and Mandel 1982, J Res Natl Bur Stand 87:377-385.

    Examples
    --------
    >>> round(paule_mandel_tau2(np.array([0.0, 2.0, 4.0]), np.ones(3)), 9)
    3.0
    """
    return _where_q_is(values, variances, values.size - 1.0)


def der_simonian_laird_tau2(values: Vector, variances: Vector) -> float:
    """Variance between models by moments; only to compare with published numbers.

    References
    ----------
    DerSimonian and Laird 1986, Control Clin Trials 7:177-188.

    Examples
    --------
    >>> round(der_simonian_laird_tau2(np.array([0.0, 2.0, 4.0]), np.ones(3)), 9)
    3.0
    """
    weight = 1.0 / variances
    room = float(weight.sum() - (weight**2).sum() / weight.sum())
    return max(0.0, (weighted_mean(values, variances).q - (values.size - 1.0)) / room)


def tau2_interval(
    values: Vector, variances: Vector, conf_level: float = 0.95
) -> tuple[float, float]:
    """Interval of tau2 by the Q profile: where Q is neither too large nor too small.

    (0, 0) where even tau2 = 0 leaves the models closer together than chance would.

    References
    ----------
    Viechtbauer 2007, Stat Med 26:37-52.

    Examples
    --------
    >>> low, high = tau2_interval(np.array([0.0, 2.0, 4.0]), np.ones(3))
    >>> round(low, 3), round(high, 1)
    (0.084, 157.0)
    """
    df, tail = values.size - 1.0, 0.5 * (1.0 - conf_level)
    low = _where_q_is(values, variances, float(stats.chi2.isf(tail, df)))
    return low, _where_q_is(values, variances, float(stats.chi2.ppf(tail, df)))


def share_between(variances: Vector, tau2: float) -> float:
    """I2: the part (0 to 1) of the variation between models that is not chance.

    tau2 / (tau2 + s2), s2 the typical variance of a model, (k - 1) sum(w) / (sum(w)^2 - sum(w^2)).

    References
    ----------
    Higgins and Thompson 2002, Stat Med 21:1539-1558.

    Examples
    --------
    >>> share_between(np.ones(3), 3.0)
    0.75
    """
    weight = 1.0 / variances
    typical = (variances.size - 1.0) * weight.sum() / (weight.sum() ** 2 - (weight**2).sum())
    return float(tau2 / (tau2 + typical))


def _scores(values: Vector, variances: Vector, tau2: Vector) -> Vector:
    """Twice the slope of the restricted likelihood at each of several tau2."""
    weight = 1.0 / (variances[:, None] + tau2[None, :])
    total, squares = weight.sum(axis=0), weight**2
    away = values[:, None] - (values @ weight) / total
    return np.asarray(-total + squares.sum(axis=0) / total + (squares * away**2).sum(axis=0))


def _likelihood(values: Vector, variances: Vector, tau2: float) -> float:
    found = weighted_mean(values, variances, tau2)
    spread = float(np.log(variances + tau2).sum())
    return -0.5 * (spread - 2.0 * math.log(found.std_error) + found.q)


def _most(values: Vector) -> float:
    """More than any estimator can give: ten squared ranges."""
    return 10.0 * float(np.ptp(values)) ** 2


def _where_q_is(values: Vector, variances: Vector, wanted: float) -> float:
    """Q falls as tau2 grows: give the tau2 at which it is as wanted, 0 where it is below."""
    if weighted_mean(values, variances).q <= wanted:
        return 0.0
    high = _most(values)
    while weighted_mean(values, variances, high).q > wanted:
        high *= 4.0
    return _root(lambda t: weighted_mean(values, variances, t).q - wanted, 0.0, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(function, low, high, xtol=TOLERANCE * high, rtol=1e-14))
