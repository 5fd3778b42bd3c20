"""Independent groups with bounds: exact permutation of Gehan's scores."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from exportin.inference.answer import Answer, Ask
from exportin.inference.cells import Cell
from exportin.inference.rank_distribution import rank_sum_tails
from exportin.inference.unit_values import Values
from exportin.kernels.censored import MIN_EXACT

Scores = Int[np.ndarray, " n"]


def bounded_groups(a: Cell, b: Cell, ask: Ask) -> Answer:
    """Compare independent groups with bounds by the exact permutation of Gehan's scores.

    A unit scores +1 for every unit surely below it and -1 for every unit surely above. The effect
    is the median of all differences a - b (Hodges-Lehmann), a bound where bounds hide it.

    Examples
    --------
    >>> a = Cell({"1": (3.0, 1), "2": (3.0, 1), "3": (3.0, 1)})
    >>> b = Cell({"4": (1.0, 0), "5": (1.5, 0), "6": (2.0, 0)})
    >>> answer = bounded_groups(a, b, Ask())
    >>> round(answer.p_value, 3), answer.bound, answer.effect
    (0.1, '>', 1.5)
    """
    low, high = _all_ends((a, b))
    blank = Answer(test="Gehan permutation test", method="gehan_permutation",
                   kind="Hodges-Lehmann shift", measure="rank shift", alternative=ask.alternative,
                   conf_level=ask.conf_level, conf_open="both", n_a=a.n, n_b=b.n)  # fmt: skip
    if min(a.n, b.n) < MIN_EXACT:
        text = f"The groups have {a.n} and {b.n} units; each needs 2."
        return replace(blank, status="too_few", message=text)
    blank = replace(blank, **_median_shift(low, high, a.n))
    scores = gehan_scores((a, b))
    if blank.effect is None or not scores.any():
        text = "The bounds do not tell which units lie higher."
        return replace(blank, status="not_identifiable", message=text)
    tails = rank_sum_tails(scores - scores.min(), a.n)
    two = min(1.0, 2.0 * min(tails.less, tails.greater))
    p = {"two-sided": two, "less": tails.less, "greater": tails.greater}[ask.alternative]
    least = min(1.0, tails.smallest * (2.0 if ask.alternative == "two-sided" else 1.0))
    return replace(blank, statistic=float(scores[: a.n].sum()), p_value=p, smallest_p=least,
                   message=f"smallest attainable p {least:.2g}")  # fmt: skip


def gehan_scores(cells: Sequence[Cell]) -> Scores:
    """Score each unit: the units surely below it less those surely above it.

    Returns
    -------
    array, shape (n,)
        The units of the first cell, then those of the next. Without bounds 2 rank - n - 1.

    Examples
    --------
    >>> gehan_scores([Cell({"1": (3.0, 1)}), Cell({"2": (1.0, 0), "3": (2.0, -1)})]).tolist()
    [2, -1, -1]
    """
    low, high = _all_ends(cells)
    bound = np.concatenate([cell.censor() for cell in cells])
    ties = (bound[:, None] == 1) | (bound[None, :] == -1)
    over = (low[:, None] > high[None, :]) | ((low[:, None] == high[None, :]) & ties)
    over &= np.isfinite(low)[:, None] & np.isfinite(high)[None, :]
    scores: Scores = over.sum(axis=1) - over.sum(axis=0)
    return scores


def _all_ends(cells: Sequence[Cell]) -> tuple[Values, Values]:
    low, high = (np.concatenate([_ends(cell, side) for cell in cells]) for side in (-1, 1))
    return low, high


def _ends(cell: Cell, side: int) -> Values:
    """Lower (-1) or upper (+1) end of what each unit may be."""
    values, codes = cell.values(), cell.censor()
    return np.where(codes == side, side * np.inf, values)


def _median_shift(low: Values, high: Values, n_a: int) -> dict[str, Any]:
    least = float(np.median(np.subtract.outer(low[:n_a], high[n_a:])))
    most = float(np.median(np.subtract.outer(high[:n_a], low[n_a:])))
    if least == most:
        return {"effect": least}
    if np.isfinite(least):
        return {"effect": least, "bound": ">", "status": "at_bound"}
    if np.isfinite(most):
        return {"effect": most, "bound": "<", "status": "at_bound"}
    return {"effect": None}
