"""The wells and the R call that give the same number as a test of two curves within one unit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.rtext import r_column, r_number, r_text
from exportin.inference.strata import label
from exportin.kernels.hill import HillFit, fit_hill
from exportin.kernels.hill_profile import absolute_dose
from exportin.results.curve_wells import CurveWells

_CURVE = "b%d + (t%d - b%d) / (1 + exp(exp(q%d) * (x - %s)%s))"
_ODDS = " + log((t%d - L * %s) / (L * %s - b%d))"


def r_curves(
    wells: CurveWells, between: str, test_row: Mapping[str, Any], level: float | None
) -> str:
    """Write the R program (nls, anova) that gives F, p and the ratio of one row.

    Parameters
    ----------
    wells : CurveWells
        What the curves of the block were fitted to.
    between : str
        Design key whose groups the row compares.
    test_row : mapping
        One row of Tests with ``interval_level`` "within", as a dict.
    level : float or None
        Fraction of the vehicle mean that the dose stands for; None for the EC50.

    Returns
    -------
    str
        R text; where the row has no p value, a comment. Base R is enough. It prints ``p`` and
        ``effect``; an nls that starts at our fit may still stop where a curve has no noise.

    Examples
    --------
    >>> row = {"quantity": "ec50", "verdict": "v", "method": "m", "p_value": None}
    >>> r_curves(CurveWells.empty(), "arm", row, None).splitlines()[-1]
    '# no test was made, so there is nothing to compute'
    """
    said = " ".join(test_row["verdict"].split())
    head = [f"# {test_row['quantity']}: {said}", f"# method: {test_row['method']}"]
    if test_row["p_value"] is None:
        return "\n".join([*head, "# no test was made, so there is nothing to compute", ""])
    curves = [
        _wells_of(wells, between, test_row, test_row[side]) for side in ("group_a", "group_b")
    ]
    behind = [curve.item(0, "n_reference") for curve in curves]
    fits = [_fit(curve) for curve in curves]
    at = [_at(fit, level) for fit in fits]
    start = [
        f"{name}{i} = {r_number(value)}"
        for i, fit in enumerate(fits, start=1)
        for name, value in (("t", fit.top), ("b", fit.bottom), ("q", float(np.log(fit.hill))))
    ]
    loose = [i for i, n in enumerate(behind, start=1) if level is not None and n is not None]
    start += [f"v{i} = 1" for i in loose]
    both = ", ".join([*start, f"e = {r_number(at[1])}", f"r = {r_number(at[0] - at[1])}"])
    one = ", ".join([*start, f"e = {r_number(0.5 * (at[0] + at[1]))}"])
    model = " + ".join(
        [f"g{i} * ({_curve(i, level, loose)})" for i in (1, 2)] + [f"w{i} * v{i}" for i in loose]
    )
    return "\n".join(
        [
            *head,
            _data(curves, (test_row["group_a"], test_row["group_b"]), behind, loose),
            *([] if level is None else [f"L <- {r_number(level)}"]),
            f"model <- y ~ {model}",
            "control <- nls.control(maxiter = 500, tol = 1e-6, nDcentral = TRUE)",
            f"both <- nls(model, d, start = list({both}), weights = k, control = control)",
            f"one <- nls(model, transform(d, r = 0), start = list({one}), weights = k, "
            "control = control)",
            'test <- anova(one, both); p <- test[2, "Pr(>F)"]',
            'effect <- unname(exp(coef(both)["r"]))',
            'cat(sprintf("p %.15g\\neffect %.15g\\n", p, effect))',
            "",
        ]
    )


def _curve(i: int, level: float | None, loose: list[int]) -> str:
    where = "(e + r)" if i == 1 else "e"
    height = f"v{i}" if i in loose else "1"
    odds = "" if level is None else _ODDS % (i, height, height, i)
    return _CURVE % (i, i, i, i, where, odds)


def _wells_of(wells: CurveWells, between: str, row: Mapping[str, Any], group: str) -> pl.DataFrame:
    frame = wells.frame
    for key in (*wells.keys, "unit_id"):
        if row.get(key) is not None:
            frame = frame.filter(pl.col(key) == row[key])
    same = [value is not None and label(value) == group for value in frame.get_column(between)]
    found = frame.filter(pl.Series(same, dtype=pl.Boolean)).sort("row_id")
    if found.is_empty():
        raise ValueError(f"the wells do not hold the group '{group}' of {between}")
    return found


def _fit(curve: pl.DataFrame) -> HillFit:
    dose = np.log10(curve.get_column("dose").to_numpy())
    return fit_hill(dose, curve.get_column("response").to_numpy())


def _at(fit: HillFit, level: float | None) -> float:
    """Ln dose to start from."""
    ten = fit.log10_ec50
    if level is not None:
        ten = absolute_dose(fit.top, fit.bottom, fit.log10_ec50, fit.hill, level) or ten
    return float(ten * np.log(10.0))


def _data(
    curves: list[pl.DataFrame],
    names: tuple[str, str],
    behind: list[float | None],
    loose: list[int],
) -> str:
    """Write the data frame d: x (ln dose), y, a column that marks each curve, weights k."""
    sizes = [curve.height for curve in curves]
    x = [float(v) for c in curves for v in np.log(c.get_column("dose").to_numpy())]
    y = [float(v) for c in curves for v in c.get_column("response")]
    extra = len(loose)
    columns = {
        "x": [*x, *[0.0] * extra],
        "y": [*y, *[1.0] * extra],
        "g1": [*[1.0] * sizes[0], *[0.0] * sizes[1], *[0.0] * extra],
        "g2": [*[0.0] * sizes[0], *[1.0] * sizes[1], *[0.0] * extra],
        "k": [*[1.0] * sum(sizes), *[float(behind[i - 1] or 1.0) for i in loose]],
    }
    for place, i in enumerate(loose):
        marks = [0.0] * (sum(sizes) + extra)
        marks[sum(sizes) + place] = 1.0
        columns[f"w{i}"] = marks
    body = ",\n  ".join(f"{name} = {r_column(v, r_number)}" for name, v in columns.items())
    told = f"# g1: {r_text(names[0])}, g2: {r_text(names[1])}; x is ln dose, k weights"
    return f"{told}\nd <- data.frame(\n  {body})"
