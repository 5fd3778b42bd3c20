"""Tail probability of the largest of several correlated t, and of the studentized range."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from exportin.inference.samples import Vector

_ORDER = 12
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(_ORDER)
# nothing is missed outside: the normal density at 10.5 is 5e-25, and so are the chi tails
_NORMAL_REACH = 10.5
_CHI_TAIL = 1e-18
_CHUNK = 400_000
_INFINITE_DF = 1e7


class Rule(NamedTuple):
    """Nodes and weights of a quadrature."""

    nodes: Vector
    weights: Vector


def _panels(low: float, high: float, width: float) -> Rule:
    """Composite Gauss-Legendre rule."""
    count = max(1, math.ceil((high - low) / width))
    edges = np.linspace(low, high, count + 1)
    half = np.diff(edges) / 2.0
    centers = edges[:-1] + half
    nodes = (centers[:, None] + half[:, None] * _NODES).ravel()
    return Rule(nodes, (half[:, None] * _WEIGHTS).ravel())


@lru_cache(maxsize=64)
def _normal_rule(width: float) -> Rule:
    rule = _panels(-_NORMAL_REACH, _NORMAL_REACH, width)
    density = np.exp(-0.5 * rule.nodes**2) / math.sqrt(2.0 * math.pi)
    return Rule(rule.nodes, rule.weights * density)


@lru_cache(maxsize=64)
def _scale_rule(df: float) -> Rule:
    """Rule for s = chi_df / sqrt(df), on the log scale."""
    if df >= _INFINITE_DF:
        return Rule(np.ones(1), np.ones(1))
    low = 2.0 * float(special.gammaincinv(df / 2.0, _CHI_TAIL)) / df
    high = 2.0 * float(special.gammainccinv(df / 2.0, _CHI_TAIL)) / df
    rule = _panels(0.5 * math.log(low), 0.5 * math.log(high), min(0.25, 1.5 / math.sqrt(2.0 * df)))
    s = np.exp(rule.nodes)
    log_density = (
        df * rule.nodes - df * s * s / 2.0 + (df / 2.0) * math.log(df / 2.0)
        - special.gammaln(df / 2.0) + math.log(2.0)
    )  # fmt: skip
    return Rule(s, rule.weights * np.exp(log_density))


def _over_scale(tail: Callable[[Vector], Vector], df: float, inner: int) -> float:
    """Integrate tail(s) over s, in pieces that fit the memory."""
    s, weights = _scale_rule(df)
    step = max(1, _CHUNK // inner)
    pieces = [float(weights[i : i + step] @ tail(s[i : i + step])) for i in range(0, s.size, step)]
    return min(1.0, max(0.0, math.fsum(pieces)))


def max_t_tail(
    critical: float,
    loadings: Vector,
    df: float,
    *,
    two_sided: bool,
) -> float:
    """P(some |T_i| > c), or P(some T_i > c), with correlation l_i l_j between T_i and T_j.

    Double integral over the common normal and over chi, both by composite Gauss-Legendre of the
    complement 1 - prod(...), so small tails keep their digits: absolute error below 1e-13, relative
    error below 1e-10 for tails above 1e-12.

    Parameters
    ----------
    critical : float
    loadings : array, shape (m,)
        Each within -1 to 1, exclusive.
    df : float
        Error degrees of freedom; infinite is allowed.
    two_sided : bool

    References
    ----------
    Dunnett (1955) JASA 50:1096-1121; Hochberg & Tamhane (1987) Multiple Comparison Procedures,
    equation A3.2.

    Examples
    --------
    >>> round(max_t_tail(2.5706, np.zeros(1), 5.0, two_sided=True), 4)
    0.05
    """
    rest = np.sqrt((1.0 - loadings) * (1.0 + loadings))
    if two_sided and critical <= 0.0:
        return 1.0
    width = min(1.0, 2.0 * float(rest.min()))
    z, density = _normal_rule(width)
    kinds, numbers = np.unique(np.column_stack([loadings, rest]), axis=0, return_counts=True)

    def tail(s: Vector) -> Vector:
        logs = np.zeros((s.size, z.size))
        for (load, root), number in zip(kinds, numbers, strict=True):
            upper = (critical * s[:, None] - load * z) / root
            out = special.ndtr(-upper)
            if two_sided:
                out += special.ndtr((-critical * s[:, None] - load * z) / root)
            with np.errstate(divide="ignore"):
                logs += number * np.log1p(-np.minimum(out, 1.0))
        averaged: Vector = -np.expm1(logs) @ density
        return averaged

    return _over_scale(tail, df, z.size)


def max_t_quantile(
    conf_level: float,
    loadings: Vector,
    df: float,
    *,
    two_sided: bool,
) -> float:
    """Critical value c that all T_i stay within with probability `conf_level`.

    Examples
    --------
    >>> round(max_t_quantile(0.95, np.full(2, 0.5**0.5), 6.0, two_sided=True), 2)
    2.86
    """
    alpha = 1.0 - conf_level
    sides = 2.0 if two_sided else 1.0
    low = -float(special.stdtrit(df, alpha / sides))
    high = -float(special.stdtrit(df, alpha / sides / loadings.size))
    if loadings.size == 1:
        return low
    return find_quantile(
        lambda c: max_t_tail(c, loadings, df, two_sided=two_sided), alpha, low, high
    )


def range_tail(critical: float, groups: int, df: float) -> float:
    """P(studentized range of k means > q), as R's ptukey(lower.tail = FALSE).

    k times the double integral of phi(z) [Phi(z)^(k-1) - (Phi(z) - Phi(z - q s))^(k-1)];
    absolute error below 1e-13. (R's own ptukey is off by 1e-4 at 2 df.)

    Examples
    --------
    >>> round(range_tail(3.8775, 3, 10.0), 4)
    0.05
    """
    if critical <= 0.0:
        return 1.0
    z, density = _normal_rule(0.5)
    power = groups - 1
    below = special.ndtr(z)
    log_below = special.log_ndtr(z)

    def tail(s: Vector) -> Vector:
        ratio = special.ndtr(z - critical * s[:, None]) / below
        with np.errstate(divide="ignore"):
            inside = -np.expm1(power * np.log1p(-np.minimum(ratio, 1.0)))
        averaged: Vector = groups * (inside @ (density * np.exp(power * log_below)))
        return averaged

    return _over_scale(tail, df, z.size)


def range_quantile(conf_level: float, groups: int, df: float) -> float:
    """Studentized range that k means stay within with probability `conf_level`.

    Examples
    --------
    >>> round(range_quantile(0.95, 3, 10.0), 3)
    3.877
    """
    alpha = 1.0 - conf_level
    low = -math.sqrt(2.0) * float(special.stdtrit(df, alpha / 2.0))
    pairs = groups * (groups - 1) / 2.0
    high = -math.sqrt(2.0) * float(special.stdtrit(df, alpha / 2.0 / pairs))
    if groups == 2:
        return low
    return find_quantile(lambda q: range_tail(q, groups, df), alpha, low, high)


def find_quantile(
    tail: Callable[[float], float], alpha: float, low: float, high: float, tolerance: float = 1e-13
) -> float:
    """Solve tail(c) = alpha between the unadjusted and the Bonferroni value.

    Examples
    --------
    >>> round(find_quantile(lambda c: 1.0 / c, 0.25, 1.0, 9.0), 6)
    4.0
    """
    root = optimize.brentq(
        lambda c: math.log(tail(c) / alpha),
        low - 1e-6 * abs(low) - 1e-9,
        high + 1e-6 * abs(high) + 1e-9,
        xtol=tolerance,
        rtol=max(tolerance, 1e-14),
    )
    return float(root)
