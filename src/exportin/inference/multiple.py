"""Many comparisons at once: Dunnett, Tukey-Kramer, and adjustments of lists of p values."""

import math
from collections.abc import Hashable
from dataclasses import replace

from exportin.inference.families import Family, dunnett_family, family_blanks, fill_family
from exportin.inference.group_means import GroupMeans, Pair, contrast_matrix, group_means
from exportin.inference.max_t import range_quantile, range_tail
from exportin.inference.outcome import Alternative, TestResult, check_options
from exportin.inference.p_adjust import AdjustmentName, adjust
from exportin.inference.samples import Labels, Values

__all__ = [
    "AdjustmentName", "adjust", "dunnett", "dunnett_from_means", "tukey", "tukey_from_means",
]  # fmt: skip


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
    [('high', 0.0112), ('low', 0.8759)]
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
    pairs = [Pair(i, c) for i in range(len(means.levels)) if i != c]
    blanks = family_blanks(
        means, pairs, method="dunnett", alternative=alternative, conf_level=conf_level
    )
    if means.reason:
        return tuple(replace(blank, message=means.reason) for blank in blanks)
    rows = contrast_matrix(pairs, len(means.levels))
    covariance = rows @ means.covariance @ rows.T
    family = dunnett_family(covariance, float(means.df), alternative, conf_level)
    return fill_family(blanks, means, pairs, covariance, family)


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
    [0.0481, 0.0045, 0.0222]
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
    pairs = [Pair(j, i) for i in range(k) for j in range(i + 1, k)]
    blanks = family_blanks(
        means, pairs, method="tukey", alternative="two-sided", conf_level=conf_level
    )
    if means.reason:
        return tuple(replace(blank, message=means.reason) for blank in blanks)
    rows = contrast_matrix(pairs, k)
    covariance = rows @ means.covariance @ rows.T
    df = float(means.df)
    root = math.sqrt(2.0)
    family = Family("tukey", "tukey", lambda t: range_tail(root * t, k, df),
                     range_quantile(conf_level, k, df) / root)  # fmt: skip
    return fill_family(blanks, means, pairs, covariance, family)
