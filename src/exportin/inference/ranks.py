"""Rank tests: Mann-Whitney for two groups, Wilcoxon's signed ranks for pairs."""

from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
from scipy import special

from exportin.inference.outcome import Alternative, TestResult, check_options
from exportin.inference.rank_distribution import (
    Tails,
    doubled_ranks,
    rank_sum_counts,
    rank_sum_tails,
    signed_rank_counts,
    signed_rank_tails,
)
from exportin.inference.rank_intervals import (
    RankInterval,
    inverted_interval,
    normal_interval,
    ordered_interval,
    snap,
)
from exportin.inference.rank_scores import (
    hodges_lehmann_shift,
    pseudomedian,
    rank_sum_at,
    rank_sum_z,
    signed_rank_at,
    signed_rank_z,
    walsh_means,
)
from exportin.inference.samples import Values, complete_rows, present, without_offset
from exportin.inference.t_outcome import blank_result, too_few

Distribution = Literal["auto", "exact", "normal"]

# exact where every group is smaller than this (the rule of R's wilcox.test)
EXACT_BELOW = 50


def mann_whitney(
    a: Values,
    b: Values,
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    conf_level: float = 0.95,
    distribution: Distribution = "auto",
) -> TestResult:
    """Compare two groups by ranks (Mann-Whitney, Wilcoxon rank sum).

    The statistic is U of group a: pairs with a > b, ties one half. "auto" is exact below 50 per
    group, given the ties if there are any (where R falls back to the normal approximation: write
    "normal" for R's number); above, normal with tie and continuity correction.

    Parameters
    ----------
    a, b : sequence of float, shapes (n_a,), (n_b,)
        NaN counts as missing.
    null : float
        Shift of a against b under the null hypothesis.
    alternative : {"two-sided", "less", "greater"}
    conf_level : float
    distribution : {"auto", "exact", "normal"}

    Returns
    -------
    TestResult
        Effect: Hodges-Lehmann shift, the median of all a - b. `smallest_p` is what these sizes
        can reach at best; where they cannot reach `conf_level`, the result carries the level of
        the widest interval and says so. Two-sided exact p: twice the smaller tail.

    References
    ----------
    Mann & Whitney (1947), doi:10.1214/aoms/1177730491; Hodges & Lehmann (1963),
    doi:10.1214/aoms/1177704172; R Core Team, wilcox.test.

    Examples
    --------
    >>> result = mann_whitney([1.1, 2.2, 3.3], [4.4, 5.5, 6.6])
    >>> round(result.p_value, 6), round(result.effect, 6), result.conf_level
    (0.1, -3.3, 0.9)
    """
    check_options(alternative, conf_level)
    x, y = without_offset(present(a), present(b))
    blank = blank_result("Mann-Whitney test", "mann_whitney_normal", "Hodges-Lehmann shift",
                         n_a=x.size, n_b=y.size, alternative=alternative,
                         conf_level=conf_level)  # fmt: skip
    if min(x.size, y.size) < 1:
        text = f"The groups have {x.size} and {y.size} values; each needs 1."
        return too_few(blank, text)
    shifted = np.concatenate([x - null, y])
    if np.ptp(shifted) == 0:
        return replace(blank, effect=float(x[0] - y[0]), message="All values are equal.")
    exact = distribution == "exact" or (
        distribution == "auto" and max(x.size, y.size) < EXACT_BELOW
    )
    ranks = doubled_ranks(shifted)
    statistic = float(ranks[: x.size].sum()) / 2.0 - x.size * (x.size + 1) / 2.0
    blank = replace(blank, statistic=statistic, effect=hodges_lehmann_shift(x, y))
    if not exact:
        z_at = partial(rank_sum_z, x, y, alternative=alternative)
        bounds = float(x.min() - y.max()), float(x.max() - y.min())
        interval = normal_interval(z_at, *bounds, alternative=alternative, conf_level=conf_level)
        return _normal(blank, z_at(null), interval)
    tails = rank_sum_tails(ranks, x.size)
    differences = np.subtract.outer(x, y).ravel()
    if np.unique(ranks).size == ranks.size:
        counts = rank_sum_counts(x.size, y.size)
        interval = ordered_interval(differences, counts, alternative, conf_level)
        return _exact(blank, "mann_whitney_exact", tails, interval)
    size = float(np.abs(np.concatenate([x, y])).max())
    interval = inverted_interval(differences, partial(rank_sum_at, x, y, size=size), size=size,
                                 alternative=alternative, conf_level=conf_level)  # fmt: skip
    return _exact(blank, "mann_whitney_permutation", tails, interval)


def signed_rank(
    a: Values,
    b: Values | None = None,
    *,
    null: float = 0.0,
    alternative: Alternative = "two-sided",
    conf_level: float = 0.95,
    distribution: Distribution = "auto",
) -> TestResult:
    """Compare pairs by ranks (Wilcoxon's signed ranks); with one list, its center with `null`.

    The statistic is V, the rank sum of the positive differences; zero differences are left out
    of the test but kept in the estimate. "auto" is exact below 50 differences, given the ties
    and zeros if there are any (R falls back to the normal approximation: write "normal").

    Parameters
    ----------
    a, b : sequence of float, shape (n,)
        Row i of both belongs to pair i; a pair with a NaN is left out.
    null, alternative, conf_level, distribution
        As in `mann_whitney`.

    Returns
    -------
    TestResult
        Effect: Hodges-Lehmann pseudomedian of a - b, the median of all means of two differences.

    References
    ----------
    Wilcoxon (1945), doi:10.2307/3001968; Hodges & Lehmann (1963), doi:10.1214/aoms/1177704172.

    Examples
    --------
    >>> result = signed_rank([5.0, 6.1, 7.3, 8.8], [4.1, 5.6, 6.1, 7.0])
    >>> result.p_value, round(result.effect, 6), result.smallest_p
    (0.125, 1.1, 0.125)
    """
    check_options(alternative, conf_level)
    x, y = complete_rows(a, a if b is None else b)
    x, y = (x, y) if b is None else without_offset(x, y)
    d = x if b is None else x - y
    size = float(np.abs(np.concatenate([x, y])).max()) if x.size else 0.0
    blank = blank_result("Wilcoxon signed-rank test", "signed_rank_normal",
                         "Hodges-Lehmann pseudomedian", n_a=d.size, n_b=0 if b is None else d.size,
                         alternative=alternative, conf_level=conf_level)  # fmt: skip
    blank = replace(blank, pairing="unpaired" if b is None else "paired")
    if d.size < 1:
        return too_few(blank, "There is no complete pair.")
    d = d if b is None else snap(d, size)
    moved = d - null
    rest = moved[moved != 0]
    if rest.size == 0:
        return replace(blank, effect=float(d[0]), message="All differences are zero.")
    ranks = doubled_ranks(np.abs(rest))
    blank = replace(blank, statistic=float(ranks[rest > 0].sum()) / 2.0, effect=pseudomedian(d))
    if distribution == "normal" or (distribution == "auto" and d.size >= EXACT_BELOW):
        z_at = partial(signed_rank_z, d, alternative=alternative)
        interval = normal_interval(z_at, float(d.min()), float(d.max()), alternative=alternative,
                                   conf_level=conf_level)  # fmt: skip
        return _normal(blank, z_at(null), interval)
    tails = signed_rank_tails(ranks, rest > 0)
    walsh = walsh_means(d)
    if rest.size == d.size == np.unique(ranks).size:
        interval = ordered_interval(walsh, signed_rank_counts(d.size), alternative, conf_level)
        return _exact(blank, "signed_rank_exact", tails, interval)
    interval = inverted_interval(walsh, partial(signed_rank_at, d, size=size), size=size,
                                 alternative=alternative, conf_level=conf_level)  # fmt: skip
    return _exact(blank, "signed_rank_permutation", tails, interval)


def _normal(blank: TestResult, z: float, interval: RankInterval) -> TestResult:
    p = {
        "two-sided": min(1.0, 2.0 * float(special.ndtr(-abs(z)))),
        "less": float(special.ndtr(z)),
        "greater": float(special.ndtr(-z)),
    }[blank.alternative]
    return replace(blank, p_value=p, conf_low=interval.low, conf_high=interval.high,
                   conf_open=interval.open, status="ok", message="")  # fmt: skip


def _exact(blank: TestResult, method: str, tails: Tails, interval: RankInterval) -> TestResult:
    sides = 2.0 if blank.alternative == "two-sided" else 1.0
    p = {
        "two-sided": min(1.0, 2.0 * min(tails.less, tails.greater)),
        "less": tails.less,
        "greater": tails.greater,
    }[blank.alternative]
    smallest = min(1.0, sides * tails.smallest)
    text = ""
    if interval.level < blank.conf_level:
        text = (
            f"These sizes cannot reach {blank.conf_level:.4g} confidence: the interval has "
            f"{interval.level:.4g}, and the smallest possible p is {smallest:.4g}."
        )
    return replace(blank, method=method, p_value=p, smallest_p=smallest,
                   conf_low=interval.low, conf_high=interval.high, conf_open=interval.open,
                   conf_level=interval.level, status="ok", message=text)  # fmt: skip
