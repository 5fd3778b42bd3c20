"""Linear trend over ordered doses, if wanted within experiments."""

import math
from dataclasses import replace

import numpy as np

from exportin.inference.linear_model import fit_linear, sum_columns
from exportin.inference.outcome import Alternative, TestResult, check_options
from exportin.inference.samples import Labels, Values, as_vector, drop_missing, offset_of
from exportin.inference.t_outcome import blank_result, t_outcome, too_few


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

    Least squares slope, t = (slope - null) / SE; with `block`, the experiment is an additive
    block.

    Parameters
    ----------
    values : sequence of float, shape (n,)
    score : sequence of float, shape (n,)
        What the slope is per: rank of the dose (0, 1, 2 ...) or log dose, the caller's choice.
        A row with a NaN in either is left out.
    block : sequence of labels, shape (n,)
    null : float
    alternative : {"two-sided", "less", "greater"}
        "less": values fall with the score.
    conf_level : float

    Returns
    -------
    TestResult
        Effect: slope per unit of the score; n_a: rows used.

    Examples
    --------
    >>> result = linear_trend([1.0, 1.2, 2.1, 1.9, 3.2, 3.0], [0, 0, 1, 1, 2, 2])
    >>> round(result.effect, 4), result.df, round(result.p_value, 5)
    (1.0, 4.0, 0.00012)
    """
    check_options(alternative, conf_level)
    x = as_vector(score)
    raw = as_vector(values)
    if x.size != raw.size:
        raise ValueError(f"{raw.size} values but {x.size} scores")
    y, factors = drop_missing(np.where(np.isnan(x), np.nan, raw), block)
    x = x[~np.isnan(x) & ~np.isnan(raw)]
    blocked = block is not None
    blank = blank_result("Linear trend", "linear_trend_blocked" if blocked else "linear_trend",
                         "slope per unit of the score", n_a=y.size, n_b=0,
                         alternative=alternative, conf_level=conf_level)  # fmt: skip
    blank = replace(blank, pairing="blocked" if blocked else "unpaired")
    if y.size == 0 or np.ptp(x) == 0:
        return too_few(blank, "A trend needs values at two scores or more.")
    centered = x - offset_of(x)
    centered = (centered - centered.mean()) / (spread := float(np.ptp(x)))
    columns = [np.ones((y.size, 1)), *[sum_columns(factor) for factor in factors]]
    design = np.hstack([*columns, centered[:, None]])
    if y.size <= design.shape[1]:
        return too_few(blank, "There are no replicates left to estimate the error from.")
    try:
        fit = fit_linear(design, y - offset_of(y))
    except ValueError:
        return replace(blank, message="Score and block are mixed up: no block has two scores.")
    error = math.sqrt(fit.residual_squares / fit.residual_df * fit.unit_covariance[-1, -1])
    return t_outcome(blank, effect=float(fit.coefficients[-1]) / spread, std_error=error / spread,
                     df=float(fit.residual_df), null=null,
                     size=float(np.abs(y).max()) / spread)  # fmt: skip
