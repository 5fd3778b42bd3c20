"""Many comparisons at once: Dunnett, Tukey-Kramer, and adjustments of lists of p values."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from scipy import stats

from exportin.inference.group_means import (
    Contrast,
    GroupMeans,
    contrast_matrix,
    group_means,
    product_loadings,
    standard_errors,
)
from exportin.inference.linear_model import Square
from exportin.inference.max_t import (
    find_quantile,
    max_t_quantile,
    max_t_tail,
    range_quantile,
    range_tail,
)
from exportin.inference.outcome import Adjustment, Alternative, TestResult, check_options
from exportin.inference.samples import Labels, Values
from exportin.inference.t_outcome import (
    blank_result,
    interval_around,
    t_outcome,
    t_quantile,
)

AdjustmentName = Literal["holm", "bonferroni", "hochberg", "BH", "none"]

# quasi-Monte Carlo fallback: points and seed are fixed, so the same input gives the same bytes
_SIMULATED_POINTS = 200_000
_SIMULATED_SEED = 20210217


class _Family(NamedTuple):
    """How a family turns |t| into an adjusted p, and its common critical value."""

    method: str
    adjustment: Adjustment
    tail: Callable[[float], float]
    critical: float


def dunnett(
    values: Values,
    group: Labels,
    control: Hashable,
    *,
    block: Labels | None = None,
    within: Labels | None = None,
    alternative: Alternative = "two-sided",
    conf_level: float = 0.95,
) -> tuple[TestResult, ...]:
    """Compare every group with one control (Dunnett), sizes equal or not.

    The adjusted p is the chance that the largest of all t of the family is this extreme; the
    interval uses the common critical value and is simultaneous.

    Parameters
    ----------
    values : sequence of float, shape (n,)
    group : sequence of labels, shape (n,)
    control : label
        The group that all others are compared with.
    block, within : sequence of labels, shape (n,)
        Compare least squares means over experiments or over a second factor (`group_means`).
    alternative : {"two-sided", "less", "greater"}
        "less": groups are below the control.
    conf_level : float

    Returns
    -------
    tuple of TestResult
        One per group other than the control, levels in sorted order. Effect: group minus control.
        `p_value` is unadjusted, `p_adjusted` Dunnett's.

    Raises
    ------
    ValueError
        If there is no such control.

    References
    ----------
    Dunnett (1955), doi:10.1080/01621459.1955.10501294.

    Examples
    --------
    >>> y = [10.0, 11.0, 12.0, 14.0, 15.0, 13.5, 10.5, 12.5, 11.0]
    >>> results = dunnett(y, ["dmso"] * 3 + ["high"] * 3 + ["low"] * 3, "dmso")
    >>> [(r.group_a, round(r.p_adjusted, 4)) for r in results]
    [('high', 0.0126), ('low', 0.9023)]
    """
    return dunnett_from_means(
        group_means(values, group, block=block, within=within),
        control,
        alternative=alternative,
        conf_level=conf_level,
    )


def dunnett_from_means(
    means: GroupMeans,
    control: Hashable,
    *,
    alternative: Alternative = "two-sided",
    conf_level: float = 0.95,
) -> tuple[TestResult, ...]:
    """Compare given means, with their covariance, with one control.

    Parameters
    ----------
    means : GroupMeans
    control, alternative, conf_level
        As in `dunnett`.

    Examples
    --------
    >>> means = group_means([1.0, 3.0, 5.0, 9.0], list("aabb"))
    >>> round(dunnett_from_means(means, "a")[0].p_adjusted, 6)
    0.154846
    """
    check_options(alternative, conf_level)
    if str(control) not in means.levels:
        raise ValueError(f"no group {str(control)!r}; there are {', '.join(means.levels)}")
    c = means.levels.index(str(control))
    pairs = [Contrast(i, c) for i in range(len(means.levels)) if i != c]
    blanks = _blanks(means, pairs, method="dunnett", alternative=alternative, conf_level=conf_level)
    if means.reason:
        return tuple(replace(blank, message=means.reason) for blank in blanks)
    rows = contrast_matrix(pairs, len(means.levels))
    covariance = rows @ means.covariance @ rows.T
    family = _dunnett_family(covariance, float(means.df), alternative, conf_level)
    return _fill(blanks, means, pairs, covariance, family)


def tukey(
    values: Values,
    group: Labels,
    *,
    block: Labels | None = None,
    within: Labels | None = None,
    conf_level: float = 0.95,
) -> tuple[TestResult, ...]:
    """Compare all pairs of groups (Tukey; Tukey-Kramer where sizes differ).

    The adjusted p is the studentized range tail at sqrt(2) |t|.

    Parameters
    ----------
    values, group, block, within, conf_level
        As in `dunnett`.

    Returns
    -------
    tuple of TestResult
        All pairs, later level minus earlier level, as R's TukeyHSD.

    References
    ----------
    Kramer (1956), doi:10.2307/3001469.

    Examples
    --------
    >>> y = [1.0, 2.0, 4.0, 5.0, 9.0, 8.0]
    >>> [round(r.p_adjusted, 4) for r in tukey(y, list("aabbcc"))]
    [0.0545, 0.0056, 0.0257]
    """
    means = group_means(values, group, block=block, within=within)
    return tukey_from_means(means, conf_level=conf_level)


def tukey_from_means(means: GroupMeans, *, conf_level: float = 0.95) -> tuple[TestResult, ...]:
    """Compare all pairs of given means with their covariance (Tukey-Kramer).

    Examples
    --------
    >>> means = group_means([1.0, 3.0, 5.0, 9.0], list("aabb"))
    >>> round(tukey_from_means(means)[0].p_adjusted, 6)
    0.154846
    """
    check_options("two-sided", conf_level)
    k = len(means.levels)
    pairs = [Contrast(j, i) for i in range(k) for j in range(i + 1, k)]
    blanks = _blanks(means, pairs, method="tukey", alternative="two-sided", conf_level=conf_level)
    if means.reason:
        return tuple(replace(blank, message=means.reason) for blank in blanks)
    rows = contrast_matrix(pairs, k)
    covariance = rows @ means.covariance @ rows.T
    df = float(means.df)
    root = math.sqrt(2.0)
    family = _Family("tukey", "tukey", lambda t: range_tail(root * t, k, df),
                     range_quantile(conf_level, k, df) / root)  # fmt: skip
    return _fill(blanks, means, pairs, covariance, family)


def adjust(p_values: Sequence[float | None], method: AdjustmentName) -> list[float | None]:
    """Adjust a family of p values, as R's p.adjust.

    None stays None and does not count. Intervals printed beside Holm, Hochberg or BH values are
    unadjusted: these step procedures have no simple simultaneous intervals. (For Bonferroni,
    ask the test for the level 1 - alpha / m.)

    Parameters
    ----------
    p_values : sequence of float or None, shape (m,)
    method : {"holm", "bonferroni", "hochberg", "BH", "none"}

    References
    ----------
    Holm (1979) Scand J Stat 6:65-70; Hochberg (1988), doi:10.1093/biomet/75.4.800; Benjamini &
    Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> adjust([0.01, 0.04, None, 0.03], "holm")
    [0.03, 0.06, None, 0.06]
    """
    p = np.array([value for value in p_values if value is not None], dtype=np.float64)
    if p.size and not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p values lie between 0 and 1; write None for a missing one")
    adjusted = iter(np.minimum(_STEPS[method](p), 1.0).tolist())
    return [None if value is None else next(adjusted) for value in p_values]


def _holm(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate((p.size - np.arange(p.size)) * p[order])
    return steps[np.argsort(order)]


def _step_up(p: np.ndarray, factors: np.ndarray) -> np.ndarray:
    order = np.argsort(-p, kind="stable")
    steps = np.minimum.accumulate(factors * p[order])
    return steps[np.argsort(order)]


_STEPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": lambda p: p,
    "bonferroni": lambda p: p * p.size,
    "holm": _holm,
    "hochberg": lambda p: _step_up(p, np.arange(1, p.size + 1)),
    "BH": lambda p: _step_up(p, p.size / np.arange(p.size, 0, -1)),
}


def _dunnett_family(
    covariance: Square, df: float, alternative: Alternative, conf_level: float
) -> _Family:
    two_sided = alternative == "two-sided"
    loadings = product_loadings(covariance)
    if loadings is not None:
        return _Family(
            "dunnett", "dunnett",
            lambda t: max_t_tail(t, loadings, df, two_sided=two_sided),
            max_t_quantile(conf_level, loadings, df, two_sided=two_sided),
        )  # fmt: skip
    errors = standard_errors(covariance)
    correlation = covariance / np.outer(errors, errors)

    def tail(t: float) -> float:
        return _simulated_tail(t, correlation, df, two_sided=two_sided)

    alpha = (1.0 - conf_level) / (2.0 if two_sided else 1.0)
    critical = find_quantile(
        tail, 1.0 - conf_level, -t_quantile(alpha, df), -t_quantile(alpha / errors.size, df), 1e-7
    )
    return _Family("dunnett_simulated", "dunnett", tail, critical)


def _simulated_tail(t: float, correlation: Square, df: float, *, two_sided: bool) -> float:
    """Max-t tail by quasi-Monte Carlo, fixed seed; standard error about 1e-5."""
    m = correlation.shape[0]
    high = np.full(m, t)
    inside = stats.multivariate_t.cdf(
        high, np.zeros(m), correlation, df=int(df), maxpts=_SIMULATED_POINTS,
        lower_limit=-high if two_sided else None,
        random_state=np.random.default_rng(_SIMULATED_SEED),
    )  # fmt: skip
    return min(1.0, max(1e-12, 1.0 - float(inside)))


def _blanks(
    means: GroupMeans,
    pairs: list[Contrast],
    *,
    method: str,
    alternative: Alternative,
    conf_level: float,
) -> list[TestResult]:
    blanks = []
    name = {"dunnett": "Dunnett's test", "tukey": "Tukey's test"}[method]
    for pair in pairs:
        blank = blank_result(name, method, "difference of means", n_a=means.counts[pair.a],
                             n_b=means.counts[pair.b], alternative=alternative,
                             conf_level=conf_level)  # fmt: skip
        blanks.append(replace(blank, group_a=means.levels[pair.a], group_b=means.levels[pair.b],
                              pairing="blocked" if means.blocked else "unpaired"))  # fmt: skip
    return blanks


def _fill(
    blanks: list[TestResult],
    means: GroupMeans,
    pairs: list[Contrast],
    covariance: Square,
    family: _Family,
) -> tuple[TestResult, ...]:
    filled = []
    for blank, pair, error in zip(blanks, pairs, standard_errors(covariance), strict=True):
        effect = float(means.means[pair.a] - means.means[pair.b])
        raw = t_outcome(blank, effect=effect, std_error=float(error), df=float(means.df),
                        null=0.0, size=means.size)  # fmt: skip
        filled.append(raw if raw.statistic is None else _adjusted(raw, raw.statistic, family))
    return tuple(filled)


def _adjusted(raw: TestResult, t: float, family: _Family) -> TestResult:
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
