"""Whether two curves of one experiment share a dose: a technical answer about its wells."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import fdtrc

from exportin.inference.between import open_side
from exportin.inference.unit_values import to_natural
from exportin.kernels.curve_comparison import ComparisonStatus, CurveComparison, compare_ec50
from exportin.kernels.level_comparison import compare_level
from exportin.results.formatting import format_cell, p_text, plain
from exportin.results.phrases import interval_parts
from exportin.results.tables import Tests

LEVEL = "within"
TEST = "Extra-sum-of-squares F test (technical)"
FAMILY = "technical: the wells of one experiment, no family"
ALPHA = 0.05
_REASONS = {
    ComparisonStatus.TOO_FEW: "a curve has fewer than 4 doses or 5 wells",
    ComparisonStatus.NOT_IDENTIFIABLE: "a curve is not determined by its wells",
    ComparisonStatus.OUTSIDE: "a curve does not have this dose within those tested",
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
    row = {"block": "", "assay": "", **(keys or {}), "family": FAMILY}
    return Tests.build([row | dose_answer(curve_a, curve_b, names=names, conf_level=conf_level)])


def dose_answer(
    curve_a: Curve,
    curve_b: Curve,
    *,
    names: tuple[str, str],
    quantity: str = "ec50",
    level: float | None = None,
    n_reference: tuple[float, float] = (np.inf, np.inf),
    conf_level: float = 0.95,
) -> dict[str, Any]:
    """Columns of Tests for two curves that may share their EC50, or their dose at a level.

    Parameters
    ----------
    curve_a, curve_b, names, conf_level
        As `same_ec50`.
    quantity : str
        What is compared.
    level : float, optional
        Fraction of the vehicle mean that the dose stands for; None for the EC50.
    n_reference : (float, float)
        Vehicle wells behind each curve's responses.

    Examples
    --------
    >>> from exportin.kernels.hill import hill_response
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 2)
    >>> off = np.tile([0.02, -0.02], 9)
    >>> a, b = ((x, hill_response(10.0**x, 1.0, 0.1, e, 1.0) + off) for e in (2e-7, 1e-7))
    >>> row = dose_answer(a, b, names=("a", "b"), quantity="ic50_absolute", level=0.5)
    >>> round(row["effect"], 2), row["effect_kind"], row["method"]
    (2.0, 'ratio of ic50_absolute', 'extra_sum_of_squares_level')
    """
    if level is None:
        found = compare_ec50(*curve_a, *curve_b, conf_level=conf_level)
    else:
        found = compare_level(
            *curve_a, *curve_b, level=level, n_reference=n_reference, conf_level=conf_level
        )
    row = answer_frame(names, quantity, level, conf_level)
    return row | _numbers(found, names, row["effect_kind"])


def answer_frame(
    names: tuple[str, str], quantity: str, level: float | None, conf_level: float
) -> dict[str, Any]:
    """Columns of Tests that do not hang on the numbers.

    Examples
    --------
    >>> answer_frame(("a", "b"), "ec50", None, 0.95)["method"]
    'extra_sum_of_squares'
    """
    return {
        "quantity": quantity,
        "interval_level": LEVEL,
        "group_a": names[0],
        "group_b": names[1],
        "test": TEST,
        "effect_kind": f"ratio of {quantity}",
        "conf_level": conf_level,
        "n_a": 1,
        "n_b": 1,
        "method": "extra_sum_of_squares" + ("" if level is None else "_level"),
    }


def no_answer(status: str, reason: str) -> dict[str, Any]:
    """Columns of Tests where nothing was tested.

    Examples
    --------
    >>> no_answer("too_few", "a curve has 4 wells")["verdict"]
    'not estimable: a curve has 4 wells (technical: wells of one experiment)'
    """
    said = f"not estimable: {reason} (technical: wells of one experiment)"
    return {"status": status, "verdict": said, "conf_open": "both"}


def _numbers(found: CurveComparison, names: tuple[str, str], kind: str) -> dict[str, Any]:
    if found.status is not ComparisonStatus.OK:
        few = found.status is ComparisonStatus.TOO_FEW
        return no_answer("too_few" if few else "not_identifiable", _REASONS[found.status])
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
    return numbers | {"verdict": _verdict({**numbers, "effect_kind": kind}, names, p)}


def _verdict(numbers: Mapping[str, Any], names: tuple[str, str], p: float) -> str:
    row = {**numbers, "bound": "="}
    limits = plain(row, interval_parts(row))
    first = "" if p < ALPHA else "no difference shown: "
    return (
        f"technical: {first}{names[0]} {format_cell(row, 'effect')} times {names[1]} "
        f"({limits}), {p_text(p)}, wells of one experiment"
    )
