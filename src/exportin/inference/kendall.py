"""Kendall's tau where values may be bounds, and the slope that goes with it."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from exportin.inference.kendall_counts import Signs, counted, s_of_all_orders, s_without_ties
from exportin.inference.unit_values import Codes, Values

EXACT_UNITS = 8
"""Up to 8! = 40,320 orders are counted one by one where there are ties or bounds."""
NO_TIES_UNITS = 50
"""Without ties and bounds the exact distribution is counted up to the n at which R stops too."""

Slopes = Float[np.ndarray, " _k"]
P_VALUES = ("two-sided", "less", "greater")


class Tau(NamedTuple):
    """Kendall's S and tau-b, p by side, how p was found, and the smallest p possible."""

    s: float
    tau: float
    p: Mapping[str, float]
    how: str
    smallest: float


def signs_of(values: Values, censor: Codes) -> Signs:
    """Sign of every difference between units, 0 where bounds (or ties) do not tell.

    Examples
    --------
    >>> signs_of(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 0])).tolist()
    [[0, -1, -1], [1, 0, 0], [1, 0, 0]]
    """
    low = np.where(censor == -1, -np.inf, values)
    high = np.where(censor == 1, np.inf, values)
    told = np.isfinite(low)[:, None] & np.isfinite(high)[None, :]
    apart = (censor == 1)[:, None] | (censor == -1)[None, :]  # "> 2" lies above 2
    over = told & ((low[:, None] > high[None, :]) | ((low[:, None] == high[None, :]) & apart))
    signs: Signs = over.astype(np.int64) - over.T.astype(np.int64)
    return signs


def kendall(x: Values, y: Values, censor: Codes) -> Tau:
    """Kendall's tau-b where y has bounds, with the exact permutation p where it can be counted.

    S = number of concordant minus discordant pairs; a pair whose order a bound hides counts as a
    tie. tau-b = S / sqrt(pairs untied in x * pairs untied in y). p: all orders of x (n <= 8), the
    counted distribution without ties and bounds (n <= 50), otherwise normal with the permutation
    variance of S (Daniels 1944) and continuity 1. Two-sided: |S| as large.

    Parameters
    ----------
    x, y, censor : arrays, shape (n,)
        Codes of y: 0 number, +1 above, -1 below.

    References
    ----------
    Kendall 1938, Biometrika 30:81; Daniels 1944, Biometrika 33:129; Helsel 2012, ch. 11 and 12.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 4.0, 4.0])
    >>> found = kendall(x, y, np.array([0, 0, 1, 0]))
    >>> found.s, round(found.tau, 3), found.how
    (4.0, 0.667, 'exact')
    """
    return tau_of(signs_of(x, np.zeros(x.size, dtype=np.int64)), signs_of(y, censor))


def tau_of(a: Signs, b: Signs) -> Tau:
    """Kendall's tau-b of two tables of signs, so that both sides may have bounds; see `kendall`.

    Examples
    --------
    >>> signs = signs_of(np.array([1.0, 2.0, 3.0]), np.array([0, 0, 1]))
    >>> round(tau_of(signs, signs).p["two-sided"], 4)
    0.3333
    """
    s = 0.5 * float(np.sum(a * b))
    pairs = float(np.sum(np.abs(a))) * float(np.sum(np.abs(b)))
    tau = 2.0 * s / math.sqrt(pairs) if pairs else 0.0
    n = len(a)
    plain = min(np.count_nonzero(a), np.count_nonzero(b)) == n * (n - 1)
    if plain and n <= NO_TIES_UNITS:
        return Tau(s, tau, *counted(s, *s_without_ties(n)))
    if n <= EXACT_UNITS:
        return Tau(s, tau, *counted(s, *s_of_all_orders(a.tobytes(), b.tobytes(), n)))
    sd = math.sqrt(daniels_variance(a, b))
    if not sd > 0.0:
        return Tau(s, tau, dict.fromkeys(P_VALUES, 1.0), "normal", 1.0)
    upper, lower = (float(special.ndtr((1.0 - v) / sd)) for v in (s, -s))
    two = min(1.0, 2.0 * float(special.ndtr(-max(abs(s) - 1.0, 0.0) / sd)))
    return Tau(s, tau, {"two-sided": two, "less": lower, "greater": upper}, "normal", 0.0)


def daniels_variance(a: Signs, b: Signs) -> float:
    """Variance of Kendall's S over all orders, for any two tables of signs.

    Examples
    --------
    >>> signs = signs_of(np.arange(5.0), np.zeros(5, int))
    >>> round(daniels_variance(signs, signs), 4)  # n (n - 1) (2 n + 5) / 18
    16.6667
    """
    n = len(a)
    parts = [(float((m.sum(axis=1) ** 2).sum()), float((m * m).sum())) for m in (a, b)]
    (rows_a, all_a), (rows_b, all_b) = parts
    first = 4.0 / (n * (n - 1) * (n - 2)) * (rows_a - all_a) * (rows_b - all_b)
    return 0.25 * (first + 2.0 / (n * (n - 1)) * all_a * all_b)


def slope_limits(
    x: Values, y: Values, censor: Codes, test: Callable[[Tau], bool]
) -> tuple[float, float]:
    """Give the ends of the slopes that the test does not reject; infinite where open.

    Examples
    --------
    >>> x = np.arange(6.0)
    >>> ends = slope_limits(x, 2 * x, np.zeros(6, int), lambda t: t.p["two-sided"] < 0.05)
    >>> ends
    (2.0, 2.0)
    """
    at = _breaks(x, y)
    between = _between(at)
    kept = [not test(kendall(x, y - b * x, censor)) for b in between]
    if not any(kept):
        return theil_sen(x, y, censor)
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    low = -math.inf if first == 0 else float(at[first - 1])
    return low, math.inf if last == at.size else float(at[last])


def _breaks(x: Values, y: Values) -> Slopes:
    """Slopes at which a pair changes its order."""
    i, j = np.triu_indices(x.size, 1)
    apart = x[i] != x[j]
    found: Slopes = np.unique((y[i] - y[j])[apart] / (x[i] - x[j])[apart])
    return found


def _between(at: Slopes) -> Slopes:
    """Return a slope inside every piece between the breaks, and one beyond each end."""
    wide = max(1.0, float(np.ptp(at))) if at.size else 1.0
    ends = (at[:1] - wide, 0.5 * (at[1:] + at[:-1]), at[-1:] + wide)
    inside: Slopes = np.concatenate(ends)
    return inside


def kendall_s(x: Values, y: Values, censor: Codes) -> float:
    """Kendall's S alone.

    Examples
    --------
    >>> kendall_s(np.array([1.0, 2.0]), np.array([3.0, 5.0]), np.zeros(2, int))
    1.0
    """
    a, b = signs_of(x, np.zeros(x.size, dtype=np.int64)), signs_of(y, censor)
    return 0.5 * float(np.sum(a * b))


def theil_sen(x: Values, y: Values, censor: Codes) -> tuple[float, float]:
    """Slope at which the residuals no longer go with x, as the ends of where that holds.

    Without bounds the middle of both ends is the Theil-Sen slope (median of all pairwise slopes);
    with bounds it is that of Akritas, Murphy and LaValley. An infinite end: bounds hide it.

    References
    ----------
    Sen 1968, JASA 63:1379; Akritas, Murphy and LaValley 1995, JASA 90:170.

    Examples
    --------
    >>> theil_sen(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0]), np.zeros(3, int))
    (2.0, 2.0)
    """
    at = _breaks(x, y)
    s = np.array([kendall_s(x, y - slope * x, censor) for slope in _between(at)])
    above, below = int(np.count_nonzero(s > 0)), int(np.count_nonzero(s < 0))
    low = -math.inf if above == 0 else float(at[above - 1])
    return low, math.inf if below == 0 else float(at[at.size - below])
