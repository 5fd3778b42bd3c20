"""One number over several models: random effects, honest at two or three of them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from exportin.inference.further_model import further_model
from exportin.inference.heterogeneity import (
    der_simonian_laird_tau2,
    paule_mandel_tau2,
    reml_tau2,
    share_between,
    tau2_interval,
    weighted_mean,
)
from exportin.inference.samples import Vector

MIN_MODELS = 2
MIN_PREDICTION = 3
"""Two models do not tell their own variance well enough to say where a third would lie."""
Tau2 = Literal["reml", "paule-mandel", "dersimonian-laird"]
_TAU2: Mapping[str, Callable[[Vector, Vector], float]] = {
    "reml": reml_tau2,
    "paule-mandel": paule_mandel_tau2,
    "dersimonian-laird": der_simonian_laird_tau2,
}


class Limits(NamedTuple):
    """A number with its interval and the standard error and degrees of freedom behind it."""

    value: float
    low: float
    high: float
    std_error: float
    df: float


class Range(NamedTuple):
    """A number with the limits between which a further one lies."""

    value: float
    low: float
    high: float


class Heterogeneity(NamedTuple):
    """How far models differ; tau2 on the squared scale, I2 from 0 to 1, each with its limits."""

    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    i2_low: float
    i2_high: float
    q: float
    df: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """What several models say together, on the scale of their numbers.

    ``mean`` is the interval to report; ``plain`` the Hartung-Knapp interval without the guard and
    ``fixed`` the fixed-effect one (normal), both to compare; ``new_model`` holds the number of a
    further model (``higgins`` by the older formula, to compare), None below three; ``differ`` is
    None for equal weights.
    """

    models: int
    mean: Limits
    plain: Limits
    fixed: Limits | None
    new_model: Range | None
    higgins: Range | None
    differ: Heterogeneity | None
    weights: tuple[float, ...]

    def t_test(self, null: float = 0.0) -> tuple[float, float]:
        """Return t and the two-sided p of "the mean is null"."""
        return _t_test(self.mean, null)


def synthesize(
    values: Vector,
    std_errors: Vector,
    *,
    tau2: Tau2 = "reml",
    guarded: bool = True,
    conf_level: float = 0.95,
) -> Synthesis:
    """Combine one number per model by a random-effects model; the model is the unit.

    Weights 1 / (se^2 + tau2). The interval of the mean is that of Hartung, Knapp, Sidik and
    Jonkman: mean +- t(models - 1) sqrt(q / sum of weights), q the weighted mean square around the
    mean. Guarded (Knapp and Hartung 2003), q is never taken below 1, so that the interval is never
    narrower than that of the random-effects model with normal quantiles, nor than the fixed-effect
    interval. Where a further model lies, `further_model` says; the formula of Higgins, Thompson and
    Spiegelhalter, mean +- t(models - 2) sqrt(tau2 + se(mean)^2), is given beside it.

    Standard errors count as known. Where they come from few animals they are not: see
    `synthesize_equally`, which needs none.

    Measured coverage of the 95 % interval of the mean, variances of models spread fourfold (10,000
    drawn, seed 1956, standard error 0.002), true tau2 their mean variance, or zero; right: standard
    errors estimated with 4 degrees of freedom each (two arms of three animals):

    ======  ====  =======  =====  =============  ===========
    models  tau2  guarded  plain  guarded, 4 df  plain, 4 df
    ======  ====  =======  =====  =============  ===========
    2       1     1.000    0.949  1.000          0.937
    3       1     0.998    0.948  0.985          0.928
    5       1     0.977    0.941  0.957          0.924
    9       1     0.962    0.949  0.942          0.926
    2       0     1.000    0.949  1.000          0.942
    3       0     1.000    0.952  0.994          0.927
    5       0     0.995    0.945  0.974          0.916
    9       0     0.985    0.953  0.950          0.909
    ======  ====  =======  =====  =============  ===========

    Parameters
    ----------
    values, std_errors : (k,) float
        On the scale on which they are normal (ln of a ratio); k of 2 or more.
    tau2 : {"reml", "paule-mandel", "dersimonian-laird"}
    guarded : bool
    conf_level : float

    Raises
    ------
    ValueError
        With fewer than two models, or a standard error that is not above zero.

    References
    ----------
    Hartung and Knapp 2001, Stat Med 20:3875; Sidik and Jonkman 2002, Stat Med 21:3153; Knapp and
    Hartung 2003, Stat Med 22:2693; Higgins, Thompson and Spiegelhalter 2009, JRSS A 172:137.

    Examples
    --------
    >>> found = synthesize(np.array([0.2, 0.5, 0.8]), np.array([0.1, 0.2, 0.2]))
    >>> round(found.mean.value, 4), found.mean.df, round(found.differ.i2, 3)
    (0.467, 2.0, 0.726)
    """
    _check(values, std_errors)
    v = std_errors**2
    k, between = values.size, _TAU2[tau2](values, v)
    center = weighted_mean(values, v, between)
    df = k - 1.0
    square = center.q / df
    guard = max(1.0, square) if guarded else square
    mean = _limits(center.mean, center.std_error * math.sqrt(guard), df, conf_level)
    one = weighted_mean(values, v)
    enough = k >= MIN_PREDICTION
    spread = math.sqrt(between + mean.std_error**2)
    low, high = tau2_interval(values, v, conf_level)
    weight = 1.0 / (v + between)
    return Synthesis(
        models=k,
        mean=mean,
        plain=_limits(center.mean, center.std_error * math.sqrt(square), df, conf_level),
        fixed=_limits(one.mean, one.std_error, math.inf, conf_level),
        new_model=Range(center.mean, *further_model(values, v, conf_level)) if enough else None,
        higgins=Range(*_limits(center.mean, spread, k - 2.0, conf_level)[:3]) if enough else None,
        differ=Heterogeneity(
            tau2=between, tau2_low=low, tau2_high=high, i2=share_between(v, between),
            i2_low=share_between(v, low), i2_high=share_between(v, high), q=one.q, df=df,
            p_value=float(stats.chi2.sf(one.q, df)),
        ),
        weights=tuple(float(w) for w in weight / weight.sum()),
    )  # fmt: skip


def synthesize_equally(values: Vector, *, conf_level: float = 0.95) -> Synthesis:
    """Combine one number per model as equals: mean and t interval of the models' numbers.

    Needs no standard errors and does not trust any: what a model's animals leave uncertain is part
    of the spread between models. A further model's number, measured alike, lies within mean
    +- t(models - 1) s sqrt(1 + 1 / models).

    Examples
    --------
    >>> found = synthesize_equally(np.array([1.0, 2.0, 3.0]))
    >>> round(found.mean.low, 3), round(found.new_model.low, 3)
    (-0.484, -2.968)
    """
    _check(values, np.ones_like(values))
    k = values.size
    sd = float(values.std(ddof=1))
    mean = _limits(float(values.mean()), sd / math.sqrt(k), k - 1.0, conf_level)
    new = _limits(mean.value, sd * math.sqrt(1.0 + 1.0 / k), k - 1.0, conf_level)
    return Synthesis(models=k, mean=mean, plain=mean, fixed=None, differ=None, higgins=None,
                     new_model=Range(*new[:3]) if k >= MIN_PREDICTION else None,
                     weights=(1.0 / k,) * k)  # fmt: skip


def error_from_interval(low: float, high: float, *, df: float | None, conf_level: float) -> float:
    """Give the standard error behind an interval on its scale: half width over the quantile.

    Examples
    --------
    >>> round(error_from_interval(-1.96, 1.96, df=None, conf_level=0.95), 4)
    1.0
    """
    return 0.5 * (high - low) / quantile(conf_level, math.inf if df is None else df)


def quantile(conf_level: float, df: float) -> float:
    """Two-sided quantile of t, normal for infinite degrees of freedom.

    Examples
    --------
    >>> round(quantile(0.95, 2.0), 4), round(quantile(0.95, math.inf), 4)
    (4.3027, 1.96)
    """
    tail = 0.5 * (1.0 - conf_level)
    return float(stats.norm.isf(tail) if math.isinf(df) else stats.t.isf(tail, df))


def _limits(value: float, error: float, df: float, conf_level: float) -> Limits:
    reach = quantile(conf_level, df) * error
    return Limits(value, value - reach, value + reach, error, df)


def _t_test(mean: Limits, null: float) -> tuple[float, float]:
    if mean.std_error == 0.0:
        return (0.0, 1.0) if mean.value == null else (math.copysign(math.inf, mean.value), 0.0)
    t = (mean.value - null) / mean.std_error
    return t, float(2.0 * stats.t.sf(abs(t), mean.df))


def _check(values: Vector, std_errors: Vector) -> None:
    if values.size < MIN_MODELS:
        raise ValueError(f"Expected {MIN_MODELS} models or more, got {values.size}.")
    if values.shape != std_errors.shape or not np.isfinite([values, std_errors]).all():
        raise ValueError("Expected a finite number and standard error for every model.")
    if not (std_errors > 0.0).all():
        raise ValueError("Expected standard errors above zero.")
