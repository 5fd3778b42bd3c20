"""Whether one result goes with another over models; either may be known as a bound only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exportin.inference.kendall import signs_of, slope_limits, tau_of, theil_sen
from exportin.inference.unit_values import Codes, Values

MIN_MODELS = 3
"""Two models always lie on a line."""
MIN_TESTED = 4
"""With three models the smallest two-sided p is 1/3: no p is given."""
DIGITS = 12
Side = Literal["two-sided", "less", "greater"]
Pair = tuple[Values, Codes, Values, Codes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Change of y per unit of x, with the limits that Kendall's test does not reject."""

    value: float
    bound: str = "="
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """Kendall's tau-b of two results over models.

    ``p_value`` is None with fewer than four models; ``smallest`` is the smallest p that so many
    models could give (None where p is an approximation). ``slope`` is None where x has bounds.
    ``without`` gives tau and slope with each model left out in turn.
    """

    models: int
    tau: float
    p_value: float | None
    smallest: float | None
    how: str
    slope: Slope | None
    without: tuple[tuple[str, float, float | None], ...] = ()

    @property
    def tau_range(self) -> tuple[float, float]:
        """Smallest and largest tau with one model left out."""
        found = [tau for _, tau, _ in self.without]
        return min(found), max(found)


def associate(
    names: Sequence[str],
    x: Values,
    x_censor: Codes,
    y: Values,
    y_censor: Codes,
    *,
    alternative: Side = "two-sided",
    conf_level: float = 0.95,
) -> Association | None:
    """Kendall's tau-b, exact p, Theil-Sen slope, and all of it without each model.

    Pairs of models whose order a bound hides count as ties. p counts all orders up to eight models
    (up to fifty without ties and bounds), and is normal beyond. The slope is that of Theil and Sen,
    with bounds of y that of Akritas, Murphy and LaValley; its interval holds the slopes that the
    test does not reject, and is open where so few models reject none.

    Parameters
    ----------
    names : sequence of str
        Models.
    x, y : (n,) float
        On the scale on which a straight line is meant (log10 of a concentration).
    x_censor, y_censor : (n,) int
        0 number, +1 above, -1 below.

    Returns
    -------
    Association or None
        None with fewer than three models, or where the bounds (or ties) hide every order.

    References
    ----------
    Kendall 1938, Biometrika 30:81; Sen 1968, JASA 63:1379; Akritas, Murphy and LaValley 1995,
    JASA 90:170; Helsel 2012, ch. 11 and 12.

    Examples
    --------
    >>> one = np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4, dtype=np.int64)
    >>> found = associate("abcd", *one, *one)
    >>> found.tau, round(found.p_value, 4), round(found.smallest, 4), found.slope.value
    (1.0, 0.0833, 0.0833, 1.0)
    """
    n = x.size
    a, b = signs_of(x, x_censor), signs_of(y, y_censor)
    if n < MIN_MODELS or not a.any() or not b.any():
        return None
    found = tau_of(a, b)
    sides = 2.0 if alternative == "two-sided" else 1.0
    smallest = min(1.0, sides * found.smallest) if found.how == "exact" else None
    return Association(
        models=n,
        tau=found.tau,
        p_value=found.p[alternative] if n >= MIN_TESTED else None,
        smallest=smallest,
        how=found.how,
        slope=_slope((x, x_censor, y, y_censor), alternative, conf_level),
        without=tuple(_without(i, name, (x, x_censor, y, y_censor))
                      for i, name in enumerate(names)),
    )  # fmt: skip


def _slope(pair: Pair, alternative: Side, conf_level: float) -> Slope | None:
    x, x_censor, y, y_censor = pair
    ends = _ends(x, x_censor, y, y_censor)
    if ends is None:
        return None
    alpha = 1.0 - conf_level
    low, high = slope_limits(x, y, y_censor, lambda tau: tau.p[alternative] < alpha)
    value, bound = _middle(*ends)
    return Slope(value=value, bound=bound, low=_finite(low), high=_finite(high))


def _ends(x: Values, x_censor: Codes, y: Values, y_censor: Codes) -> tuple[float, float] | None:
    if x_censor.any() or np.ptp(x) == 0.0:
        return None
    ends = theil_sen(x, y, y_censor)
    return ends if np.isfinite(ends).any() else None


def _middle(low: float, high: float) -> tuple[float, str]:
    if math.isfinite(low) and math.isfinite(high):
        return _rounded(0.5 * (low + high)), "="
    return (_rounded(low), ">") if math.isfinite(low) else (_rounded(high), "<")


def _without(i: int, name: str, pair: Pair) -> tuple[str, float, float | None]:
    x, x_censor, y, y_censor = (np.delete(side, i) for side in pair)
    tau = tau_of(signs_of(x, x_censor), signs_of(y, y_censor)).tau
    ends = _ends(x, x_censor, y, y_censor)
    middle = None if ends is None else _middle(*ends)
    return name, tau, middle[0] if middle is not None and middle[1] == "=" else None


def _finite(end: float) -> float | None:
    return _rounded(end) if math.isfinite(end) else None


def _rounded(slope: float) -> float:
    """Take off the rounding noise of differences, so that equal slopes are equal."""
    return float(f"{slope:.{DIGITS}g}")
