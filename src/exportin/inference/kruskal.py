"""Kruskal-Wallis: do several groups differ at all, by ranks."""

import numpy as np
from scipy import special, stats

from exportin.inference.answer import Answer
from exportin.inference.samples import Labels, Values, drop_missing


def kruskal_wallis(values: Values, group: Labels) -> Answer:
    """Compare several groups by ranks; chi-squared approximation with tie correction.

    H = (n - 1) SS between / SS total of the ranks, df = k - 1, as R's kruskal.test. With very
    small groups (3 x 3) the approximation is conservative. The effect is epsilon squared,
    H / (n - 1): the share of the variance of the ranks that lies between groups.

    Parameters
    ----------
    values : sequence of float, shape (n,)
    group : sequence of labels, shape (n,)

    References
    ----------
    Kruskal & Wallis (1952), doi:10.1080/01621459.1952.10483441; Tomczak & Tomczak (2014) Trends
    Sport Sci 1:19-25.

    Examples
    --------
    >>> answer = kruskal_wallis([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], list("aabbcc"))
    >>> round(answer.statistic, 4), round(answer.p_value, 4)
    (4.5714, 0.1017)
    """
    y, (factor,) = drop_missing(values, group)
    k, n = len(factor.levels), int(y.size)
    if k < 2 or int(np.bincount(factor.codes).min()) < 2:
        text = "The test needs two groups of at least 2 units each."
        return _blank(n, "too_few", text)
    ranks = stats.rankdata(y) - (n + 1) / 2.0
    total = float(ranks @ ranks)
    if total == 0.0:
        return _blank(n, "not_identifiable", "All values are equal.")
    sums = np.bincount(factor.codes, weights=ranks)
    between = float(np.sum(sums**2 / np.bincount(factor.codes)))
    h, df = (n - 1) * between / total, float(k - 1)
    return Answer(
        test="Kruskal-Wallis test", method="kruskal_wallis", measure="share",
        kind="epsilon squared of ranks", effect=between / total, conf_open="both",
        statistic=h, df=df, p_value=float(special.chdtrc(df, h)), n_a=n,
    )  # fmt: skip


def _blank(n: int, status: str, message: str) -> Answer:
    return Answer(
        test="Kruskal-Wallis test", method="kruskal_wallis", measure="share",
        kind="epsilon squared of ranks", n_a=n, status=status, message=message,
    )  # fmt: skip
