"""Several independent groups with bounds: do they differ at all, by Gehan's scores."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import factorial, prod

import numpy as np
from scipy import special

from exportin.inference.answer import Answer
from exportin.inference.cells import Cell
from exportin.inference.gehan import Scores, gehan_scores
from exportin.kernels.censored import MIN_EXACT

MOST_WAYS = 200_000
"""Ways to deal the units out to groups that are counted one by one (about a second)."""


def bounded_overall(cells: Mapping[str, Cell]) -> Answer:
    """Compare several independent groups, some units only bounds, by Gehan's scores.

    H = (n - 1) SS between / SS total of the scores with df = k - 1. Without bounds it is
    Kruskal-Wallis' H, ties included. p is the exact share of all ways to deal the units out to
    the groups that give H or more, where these are few; otherwise chi-squared. It supposes that
    all groups were tested over the same range. The effect is the share of the variance of the
    scores that lies between groups.

    Parameters
    ----------
    cells : mapping
        Group to its units.

    References
    ----------
    Gehan (1965), doi:10.1093/biomet/52.1-2.203; Breslow (1970), doi:10.1093/biomet/57.3.579.

    Examples
    --------
    >>> y = {"a": [1.0, 1.5], "b": [2.0, 2.5], "c": [3.0, 3.0]}
    >>> cells = {g: Cell({f"{g}{i}": (v, int(g == "c")) for i, v in enumerate(ys)})
    ...          for g, ys in y.items()}
    >>> answer = bounded_overall(cells)
    >>> round(answer.statistic, 3), round(answer.p_value, 4)
    (4.706, 0.0667)
    """
    sizes = [cell.n for cell in cells.values()]
    n = sum(sizes)
    blank = Answer(test="Gehan test of several groups", method="gehan_overall", measure="share",
                   kind="epsilon squared of Gehan scores", conf_open="both", n_a=n)  # fmt: skip
    if len(sizes) < 2 or min(sizes) < MIN_EXACT:
        text = "The test needs two groups of at least 2 units each."
        return replace(blank, status="too_few", message=text)
    scores = gehan_scores(list(cells.values()))
    total = float(scores @ scores)
    if total == 0.0:
        text = "The bounds do not tell which units lie higher."
        return replace(blank, status="not_identifiable", message=text)
    sums = np.add.reduceat(scores, np.cumsum([0, *sizes[:-1]]))
    share = float(np.sum(sums**2 / np.array(sizes))) / total
    h, df = (n - 1) * share, float(len(sizes) - 1)
    blank = replace(blank, statistic=h, df=df, effect=share)
    if factorial(n) // prod(map(factorial, sizes)) > MOST_WAYS:
        return replace(blank, p_value=float(special.chdtrc(df, h)))
    p, least = _exact(scores, sizes, share * total)
    return replace(blank, p_value=p, smallest_p=least, message=f"smallest attainable p {least:.2g}")


def _exact(scores: Scores, sizes: Sequence[int], between: float) -> tuple[float, float]:
    """Count the ways that give this sum of squares between groups or more, and the largest one.

    Ways that agree in how many units each group has and in the sums of their scores are counted
    together.
    """
    empty = ((0,) * len(sizes), (0,) * len(sizes))
    ways: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {empty: 1}
    for score in scores.tolist():
        after: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        for (counts, sums), number in ways.items():
            for g, size in enumerate(sizes):
                if counts[g] < size:
                    to = (_added(counts, g, 1), _added(sums, g, score))
                    after[to] = after.get(to, 0) + number
        ways = after
    seen = [sum(s * s / m for s, m in zip(sums, sizes, strict=True)) for _, sums in ways]
    squares, many = np.array(seen), np.array(list(ways.values()), dtype=np.float64)
    near = 1e-9 * max(1.0, float(squares.max()))
    share = many / many.sum()
    most = float(share[squares >= squares.max() - near].sum())
    return min(1.0, float(share[squares >= between - near].sum())), most


def _added(values: tuple[int, ...], at: int, more: int) -> tuple[int, ...]:
    return (*values[:at], values[at] + more, *values[at + 1 :])
