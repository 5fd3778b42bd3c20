"""Linear trend over ordered doses; within experiments, one slope for each."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from exportin.inference.linear_model import fit_linear
from exportin.inference.outcome import Alternative, TestResult, check_options
from exportin.inference.samples import (
    Codes,
    Labels,
    Values,
    Vector,
    as_vector,
    drop_missing,
    moments,
    offset_of,
)
from exportin.inference.t_outcome import blank_result, t_outcome, too_few

TREND_NAMES = {False: ("Linear trend", "linear_trend"),
               True: ("t test of slopes of experiments", "trend_of_slopes")}  # fmt: skip
"""Test and method, by whether units are blocks."""


class Slopes(NamedTuple):
    """One slope for each experiment with two scores or more."""

    codes: list[int]
    slopes: Vector


def linear_trend(
    values: Values,
    score: Values,
    *,
    block: Labels | None = None,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    conf_level: float = 0.95,
) -> TestResult:
    """Test for a linear trend of the values over a dose score.

    Least squares slope, t = (slope - null) / SE. With `block`, each experiment gives one slope,
    and the slopes are tested by a one-sample t test, df = experiments - 1: experiments differ in
    how they respond, and the residual df of a model with one slope for all would count wells as
    if they did not (with slopes that vary by as much as wells do, it rejects a true null in
    about 20 % of studies).

    Parameters
    ----------
    values : sequence of float, shape (n,)
    score : sequence of float, shape (n,)
        What the slope is per: rank of the dose (0, 1, 2 ...) or log dose, the caller's choice.
        A row with a NaN in either is left out.
    block : sequence of labels, shape (n,)
        Experiment of each value. Experiments with one score have no slope and do not count.
    null : float
    alternative : {"two-sided", "less", "greater"}
        "less": values fall with the score.
    conf_level : float

    Returns
    -------
    TestResult
        Effect: slope per unit of the score (with `block` the mean of the slopes); n_a: rows used,
        with `block` experiments with a slope. Fewer than two of them: status "too_few".

    References
    ----------
    Student (1908), doi:10.2307/2331554; Matthews et al. (1990), doi:10.1136/bmj.300.6719.230
    (one number per unit, then an ordinary test).

    Examples
    --------
    >>> result = linear_trend([1.0, 1.2, 2.1, 1.9, 3.2, 3.0], [0, 0, 1, 1, 2, 2])
    >>> round(result.effect, 4), result.df, round(result.p_value, 5)
    (1.0, 4.0, 0.00012)
    >>> result = linear_trend([1.0, 2.1, 3.2, 1.2, 1.9, 3.0], [0, 1, 2] * 2, block=list("aaabbb"))
    >>> round(result.effect, 4), result.df, round(result.p_value, 4)
    (1.0, 1.0, 0.0635)
    """
    check_options(alternative, conf_level)
    x = as_vector(score)
    raw = as_vector(values)
    if x.size != raw.size:
        raise ValueError(f"{raw.size} values but {x.size} scores")
    y, factors = drop_missing(np.where(np.isnan(x), np.nan, raw), block)
    x = x[~np.isnan(x) & ~np.isnan(raw)]
    test, method = TREND_NAMES[block is not None]
    blank = blank_result(test, method, "slope per unit of the score", n_a=y.size, n_b=0,
                         alternative=alternative, conf_level=conf_level)  # fmt: skip
    if block is not None:
        blank = replace(blank, pairing="blocked")
        return _of_slopes(blank, x, y, slopes_within(x, y, factors[0].codes), null)
    return _of_values(replace(blank, pairing="unpaired"), x, y, null)


def slopes_within(x: Vector, y: Vector, codes: Codes) -> Slopes:
    """Least-squares slope within each experiment that has two scores or more.

    Parameters
    ----------
    x, y : (n,) arrays
        Score and value.
    codes : (n,) array of int
        Experiment of each value.

    Examples
    --------
    >>> slopes_within(np.array([0.0, 2.0, 0.0]), np.array([1.0, 3.0, 9.0]), np.array([0, 0, 1]))
    Slopes(codes=[0], slopes=array([1.]))
    """
    found: dict[int, float] = {}
    for code in np.unique(codes).tolist():
        mine = codes == code
        at, of = x[mine] - offset_of(x[mine]), y[mine] - offset_of(y[mine])
        if np.ptp(at) > 0.0:
            at = at - at.mean()
            found[code] = float(at @ of) / float(at @ at)
    return Slopes(list(found), np.array(list(found.values())))


def _of_slopes(blank: TestResult, x: Vector, y: Vector, found: Slopes, null: float) -> TestResult:
    slopes = found.slopes
    blank = replace(blank, n_a=slopes.size)
    if slopes.size < 2:
        held = "one has" if slopes.size else "none has"
        text = f"A trend within experiments needs two of them with two scores each; here {held}."
        return too_few(blank, text, float(slopes[0]) if slopes.size else None)
    about = moments(slopes)
    return t_outcome(blank, effect=about.mean, std_error=math.sqrt(about.variance / about.n),
                     df=float(about.n - 1), null=null,
                     size=float(np.abs(y).max() / np.ptp(x)))  # fmt: skip


def _of_values(blank: TestResult, x: Vector, y: Vector, null: float) -> TestResult:
    if y.size == 0 or np.ptp(x) == 0:
        return too_few(blank, "A trend needs values at two scores or more.")
    centered = x - offset_of(x)
    centered = (centered - centered.mean()) / (spread := float(np.ptp(x)))
    design = np.stack([np.ones(y.size), centered], axis=1)
    if y.size <= design.shape[1]:
        return too_few(blank, "There are no replicates left to estimate the error from.")
    fit = fit_linear(design, y - offset_of(y))
    error = math.sqrt(fit.residual_squares / fit.residual_df * fit.unit_covariance[-1, -1])
    return t_outcome(blank, effect=float(fit.coefficients[-1]) / spread, std_error=error / spread,
                     df=float(fit.residual_df), null=null,
                     size=float(np.abs(y).max()) / spread)  # fmt: skip
