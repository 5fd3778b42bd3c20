"""Analysis of variance: one-way, Welch's, with blocks, and two-way of type II or III."""

from dataclasses import replace
from typing import Literal

import numpy as np

from exportin.inference.anova_table import (
    AnovaTable,
    Term,
    anova_table,
    block_term,
    f_blank,
    f_outcome,
)
from exportin.inference.linear_model import product_columns, sum_columns
from exportin.inference.outcome import TestResult, check_options
from exportin.inference.samples import Labels, Values, drop_missing, moments, offset_of
from exportin.inference.t_outcome import NOISE_FRACTION


def one_way_anova(
    values: Values,
    group: Labels,
    *,
    block: Labels | None = None,
    conf_level: float = 0.90,
) -> AnovaTable:
    """Test whether groups of equal variance differ at all, if wanted blocked by experiment.

    F = (SS group / (k - 1)) / (SS residual / df residual). With `block`, the model is
    block + group (additive); a missing cell is allowed as long as blocks and groups hang
    together.

    Parameters
    ----------
    values : sequence of float, shape (n,)
        NaN counts as missing.
    group, block : sequence of labels, shape (n,)
    conf_level : float
        Level of the interval of partial eta squared. At 0.90 it leaves zero where p < 0.05.

    Returns
    -------
    AnovaTable
        Terms "block" (if any), "group", "residual".

    References
    ----------
    Steiger (2004), doi:10.1037/1082-989X.9.2.164, for the interval.

    Examples
    --------
    >>> table = one_way_anova([1.0, 2.0, 2.0, 4.0, 6.0, 7.0], list("aabbcc"))
    >>> test = table.row("group").test
    >>> round(test.statistic, 4), round(test.p_value, 4), round(test.effect, 4)
    (13.1667, 0.0327, 0.8977)
    """
    check_options("two-sided", conf_level)
    y, factors = drop_missing(values, group, block)
    group_factor = factors[0]
    group_columns = sum_columns(group_factor)
    one = np.ones((y.size, 1))
    terms = []
    base = one
    if block is not None:
        base = np.hstack([one, sum_columns(factors[1])])
        terms.append(block_term(factors[1], np.hstack([one, group_columns])))
    terms.append(Term("group", group_columns, base, len(group_factor.levels) - 1))
    method = "one_way_anova" if block is None else "blocked_anova"
    return anova_table(y, terms, np.hstack([base, group_columns]), method, conf_level)


def two_way_anova(
    values: Values,
    a: Labels,
    b: Labels,
    *,
    block: Labels | None = None,
    squares: Literal["II", "III"] = "III",
    conf_level: float = 0.90,
) -> AnovaTable:
    """Test whether two factors matter and whether one changes the effect of the other.

    Model: [block +] a + b + a:b. Type III adjusts each term for all others (sum contrasts);
    type II adjusts a main effect for the other one and the block, not for the interaction.
    Balanced data give the same table for both.

    Parameters
    ----------
    values : sequence of float, shape (n,)
    a, b, block : sequence of labels, shape (n,)
    squares : {"III", "II"}
    conf_level : float
        Level of the intervals of partial eta squared.

    Returns
    -------
    AnovaTable
        Terms "block" (if any), "a", "b", "a:b", "residual". With an empty cell the terms that
        need it are "not_estimable".

    References
    ----------
    Yates (1934), doi:10.1080/01621459.1934.10502686; Langsrud (2003),
    doi:10.1023/A:1023260610025.

    Examples
    --------
    >>> y = [1.0, 1.4, 2.0, 2.2, 1.1, 1.3, 4.0, 4.4]
    >>> table = two_way_anova(y, list("aaaabbbb"), list("xxyyxxyy"))
    >>> round(table.row("a:b").test.p_value, 5)
    0.00267
    """
    check_options("two-sided", conf_level)
    if squares not in ("II", "III"):
        raise ValueError(f"squares is {squares!r}; write 'II' or 'III'")
    y, factors = drop_missing(values, a, b, block)
    fa, fb = factors[:2]
    one = np.ones((y.size, 1))
    base = np.hstack([one, *[sum_columns(factor) for factor in factors[2:]]])
    ca, cb = sum_columns(fa), sum_columns(fb)
    cab = product_columns(ca, cb)
    rest = [cab] if squares == "III" else []
    ka, kb = len(fa.levels) - 1, len(fb.levels) - 1
    terms = [
        Term("a", ca, np.hstack([base, cb, *rest]), ka),
        Term("b", cb, np.hstack([base, ca, *rest]), kb),
        Term("a:b", cab, np.hstack([base, ca, cb]), ka * kb),
    ]
    if block is not None:
        terms.insert(0, block_term(factors[2], np.hstack([one, ca, cb, cab])))
    method = "two_way_anova_type3" if squares == "III" else "two_way_anova_type2"
    return anova_table(y, terms, np.hstack([base, ca, cb, cab]), method, conf_level)


def welch_anova(values: Values, group: Labels, *, conf_level: float = 0.90) -> TestResult:
    """Test whether groups differ at all when their variances may differ.

    Weights n/s^2 per group, denominator df by Welch (1951). The interval of partial eta squared
    treats Welch's F as noncentral F and is approximate.

    With many small groups this test rejects a true null too often: simulated 7.5 %, 6.5 % and
    5.8 % at the 5 % level for 6 groups of 3, 4 and 6; up to 4 groups it stays below 5 %.

    Parameters
    ----------
    values : sequence of float, shape (n,)
    group : sequence of labels, shape (n,)
    conf_level : float

    References
    ----------
    Welch (1951) Biometrika 38:330-336, doi:10.2307/2332579.

    Examples
    --------
    >>> result = welch_anova([1.0, 2.0, 2.1, 4.0, 6.0, 9.0], list("aabbcc"))
    >>> round(result.p_value, 4), result.df
    (0.1815, 2.0)
    """
    check_options("two-sided", conf_level)
    y, (factor,) = drop_missing(values, group)
    k = len(factor.levels)
    blank = f_blank("Welch's analysis of variance", "welch_anova", int(y.size), conf_level)
    offset = offset_of(y)
    stats = [moments(y[factor.codes == code], offset) for code in range(k)]
    if k < 2 or min(m.n for m in stats) < 2:
        text = "Welch's test needs two groups of at least 2 values each."
        return replace(blank, status="too_few", message=text)
    noise = (NOISE_FRACTION * float(np.abs(y).max())) ** 2
    if min(m.variance / m.n for m in stats) <= noise:
        return replace(blank, message="In a group the values do not vary, so it has no weight.")
    n = np.array([m.n for m in stats])
    mean = np.array([m.mean for m in stats])
    weight = n / np.array([m.variance for m in stats])
    total = weight.sum()
    center = float((weight * mean).sum() / total)
    spread = float(((1.0 - weight / total) ** 2 / (n - 1)).sum()) / (k * k - 1)
    between = float((weight * (mean - center) ** 2).sum()) / (k - 1)
    f = between / (1.0 + 2.0 * (k - 2) * spread)
    return f_outcome(blank, f, float(k - 1), 1.0 / (3.0 * spread))
