"""Families of comparisons: from means and covariance to adjusted p and simultaneous intervals."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy import stats

from exportin.inference.group_means import GroupMeans, Pair, product_loadings, standard_errors
from exportin.inference.linear_model import Square
from exportin.inference.max_t import find_quantile, max_t_quantile, max_t_tail
from exportin.inference.outcome import Adjustment, Alternative, TestResult
from exportin.inference.t_outcome import blank_result, interval_around, t_outcome, t_quantile

# quasi-Monte Carlo fallback: points and seed are fixed, so the same input gives the same bytes
_SIMULATED_POINTS = 200_000
_SIMULATED_SEED = 20210217


class Family(NamedTuple):
    """How a family turns |t| into an adjusted p, and its common critical value."""

    method: str
    adjustment: Adjustment
    tail: Callable[[float], float]
    critical: float


def dunnett_family(
    covariance: Square, df: float, alternative: Alternative, conf_level: float
) -> Family:
    """Build Dunnett's family from the covariance of the differences."""
    two_sided = alternative == "two-sided"
    loadings = product_loadings(covariance)
    if loadings is not None:
        return Family(
            "dunnett", "dunnett",
            lambda t: max_t_tail(t, loadings, df, two_sided=two_sided),
            max_t_quantile(conf_level, loadings, df, two_sided=two_sided),
        )  # fmt: skip
    errors = standard_errors(covariance)
    correlation = covariance / np.outer(errors, errors)

    def tail(t: float) -> float:
        return simulated_tail(t, correlation, df, two_sided=two_sided)

    alpha = (1.0 - conf_level) / (2.0 if two_sided else 1.0)
    critical = find_quantile(
        tail, 1.0 - conf_level, -t_quantile(alpha, df), -t_quantile(alpha / errors.size, df), 1e-7
    )
    return Family("dunnett_simulated", "dunnett", tail, critical)


def simulated_tail(t: float, correlation: Square, df: float, *, two_sided: bool) -> float:
    """Max-t tail by quasi-Monte Carlo, fixed seed; tested to 2e-5 against quadrature."""
    m = correlation.shape[0]
    high = np.full(m, t)
    inside = stats.multivariate_t.cdf(
        high, np.zeros(m), correlation, df=int(df), maxpts=_SIMULATED_POINTS,
        lower_limit=-high if two_sided else None,
        random_state=np.random.default_rng(_SIMULATED_SEED),
    )  # fmt: skip
    return min(1.0, max(1e-12, 1.0 - float(inside)))


def family_blanks(
    means: GroupMeans,
    pairs: list[Pair],
    *,
    method: str,
    alternative: Alternative,
    conf_level: float,
) -> list[TestResult]:
    """Start one result per pair, still to be filled."""
    blanks = []
    name = {"dunnett": "Dunnett's test", "tukey": "Tukey's test"}[method]
    for pair in pairs:
        blank = blank_result(name, method, "difference of means", n_a=means.counts[pair.a],
                             n_b=means.counts[pair.b], alternative=alternative,
                             conf_level=conf_level)  # fmt: skip
        blanks.append(replace(blank, group_a=means.levels[pair.a], group_b=means.levels[pair.b],
                              pairing="blocked" if means.blocked else "unpaired"))  # fmt: skip
    return blanks


def fill_family(
    blanks: list[TestResult],
    means: GroupMeans,
    pairs: list[Pair],
    covariance: Square,
    family: Family,
) -> tuple[TestResult, ...]:
    """Fill the blanks with t tests, adjusted p values and simultaneous intervals."""
    filled = []
    for blank, pair, error in zip(blanks, pairs, standard_errors(covariance), strict=True):
        effect = float(means.means[pair.a] - means.means[pair.b])
        raw = t_outcome(blank, effect=effect, std_error=float(error), df=float(means.df),
                        null=0.0, size=means.size)  # fmt: skip
        filled.append(raw if raw.statistic is None else _adjusted(raw, raw.statistic, family))
    return tuple(filled)


def _adjusted(raw: TestResult, t: float, family: Family) -> TestResult:
    toward = {"two-sided": abs(t), "greater": t, "less": -t}[raw.alternative]
    effect, error = raw.effect or 0.0, raw.std_error or 0.0
    low, high, side = interval_around(effect, error, family.critical, raw.alternative)
    return replace(
        raw,
        method=family.method,
        adjustment=family.adjustment,
        p_adjusted=min(1.0, max(family.tail(toward), raw.p_value or 0.0)),
        conf_low=low,
        conf_high=high,
        conf_open=side,
        conf_simultaneous=True,
    )
