"""Whether two curves of one experiment share an EC50: a technical answer about its wells."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import fdtrc

from exportin.inference.between import open_side
from exportin.inference.unit_values import to_natural
from exportin.kernels.curve_comparison import ComparisonStatus, CurveComparison, compare_ec50
from exportin.results.formatting import format_cell, p_text, plain
from exportin.results.phrases import interval_parts
from exportin.results.tables import Tests

LEVEL = "within"
FAMILY = "technical: the wells of one experiment, no family"
ALPHA = 0.05
_REASONS = {
    ComparisonStatus.TOO_FEW: "a curve has fewer than 4 doses or 5 wells",
    ComparisonStatus.NOT_IDENTIFIABLE: "the EC50 of a curve is not determined by its wells",
    ComparisonStatus.EXACT: "both curves go through every point, so there is no error",
}
Wells = Float[np.ndarray, " _n"]
Curve = tuple[Wells, Wells]


def same_ec50(
    curve_a: Curve,
    curve_b: Curve,
    *,
    names: tuple[str, str] = ("a", "b"),
    conf_level: float = 0.95,
    keys: Mapping[str, Any] | None = None,
) -> Tests:
    """Ask of one experiment whether two curves share an EC50 (extra-sum-of-squares F test).

    The answer concerns these wells only: p and interval say nothing of a repeated experiment. The
    row says so (key ``interval_level`` = "within", "technical" in its words, n = 1 and 1), and as
    `compare_units` takes estimates of units and no tests, it can enter no comparison between
    experiments.

    Parameters
    ----------
    curve_a, curve_b : (log10 dose, response), arrays of one length each
        Wells; doses above zero and in one unit.
    names : tuple of str
        How the curves are called; the second is the reference.
    conf_level : float
        For example 0.95.
    keys : mapping, optional
        Block, assay and design keys for the row.

    Returns
    -------
    Tests
        One row: F, df = 1 and n_a + n_b - 8, p, the ratio of EC50s (a over b) with its
        profile-likelihood interval. Without a p value the status says why.

    Raises
    ------
    ValueError
        As `exportin.kernels.curve_comparison.compare_ec50`.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 3; Motulsky and Christopoulos 2004.

    Examples
    --------
    >>> from exportin.kernels.hill import hill_response
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> off = np.tile([0.02, -0.02], 9)
    >>> a, b = ((x, hill_response(10.0**x, 1.0, 0.1, e, 1.0) + off) for e in (2e-7, 1e-7))
    >>> row = same_ec50(a, b, names=("resistant", "parent")).frame.row(0, named=True)
    >>> row["verdict"]
    'technical: resistant 2.00 times parent (1.62 to 2.47), p = 2.4e-7, wells of one experiment'
    """
    found = compare_ec50(*curve_a, *curve_b, conf_level=conf_level)
    row = {
        "block": "",
        "assay": "",
        "quantity": "ec50",
        **(keys or {}),
        "interval_level": LEVEL,
        "group_a": names[0],
        "group_b": names[1],
        "test": "Extra-sum-of-squares F test (technical)",
        "family": FAMILY,
        "effect_kind": "ratio of ec50",
        "conf_level": conf_level,
        "n_a": 1,
        "n_b": 1,
        "method": "extra_sum_of_squares",
    }
    return Tests.build([row | _numbers(found, names)])


def _numbers(found: CurveComparison, names: tuple[str, str]) -> dict[str, Any]:
    if found.status is not ComparisonStatus.OK:
        status = "too_few" if found.status is ComparisonStatus.TOO_FEW else "not_identifiable"
        said = f"not estimable: {_REASONS[found.status]} (technical: wells of one experiment)"
        return {"status": status, "verdict": said, "conf_open": "both"}
    ends = (found.log10_ratio, found.low, found.high)
    effect, low, high = (to_natural(end, "log10") for end in ends)
    p = float(fdtrc(1.0, found.df, found.statistic))
    numbers: dict[str, Any] = {
        "statistic": found.statistic,
        "df": 1.0,
        "df2": found.df,
        "p_value": p,
        "effect": effect,
        "conf_low": low,
        "conf_high": high,
        "conf_open": open_side(low, high),
    }
    return numbers | {"verdict": _verdict(numbers, names, p)}


def _verdict(numbers: Mapping[str, Any], names: tuple[str, str], p: float) -> str:
    row = {**numbers, "bound": "=", "effect_kind": "ratio of ec50"}
    limits = plain(row, interval_parts(row))
    first = "" if p < ALPHA else "no difference shown: "
    return (
        f"technical: {first}{names[0]} {format_cell(row, 'effect')} times {names[1]} "
        f"({limits}), {p_text(p)}, wells of one experiment"
    )
