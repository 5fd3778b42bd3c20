"""R programs that give the numbers of tests over models again."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from exportin.inference.rtext import r_column, r_number, r_text
from exportin.inference.unit_values import to_scale
from exportin.mechanism.across.models import models_of
from exportin.mechanism.across.synthesis_tests import COCHRAN, SIGN
from exportin.results.tables import Estimates

Row = Mapping[str, Any]


def head_of(row: Row) -> list[str]:
    """Say what a program is about."""
    said = " ".join(str(row["verdict"]).split())
    return [f"# {row['quantity']}: {said}", f"# method: {row['method']}"]


def synthesis_r(estimates: Estimates, row: Row) -> str:
    """Write the R program of a test over models; needs the R package metafor for means.

    Examples
    --------
    >>> row = {"quantity": "q", "verdict": "v", "method": "sign_over_models", "p_value": 0.25,
    ...        "test": "sign test", "statistic": 3.0, "n_a": 3}
    >>> print(synthesis_r(Estimates.empty(), row).splitlines()[2])
    fit <- binom.test(3, 3)
    """
    head = head_of(row)
    if row["p_value"] is None:
        return "\n".join([*head, "# no test was made, so there is nothing to compute", ""])
    if row["test"] == SIGN:
        count = f"{row['statistic']:.0f}"
        return "\n".join([
            *head, f"fit <- binom.test({count}, {row['n_a']})",
            'cat(sprintf("p %.15g\\neffect %.15g\\n", fit$p.value, fit$estimate))', "",
        ])  # fmt: skip
    models = _models(estimates, row)
    scale = str(models[0]["scale"])
    data = ",\n  ".join([
        f"model = {r_column([str(m['unit_id']) for m in models], r_text)}",
        f"value = {r_column([to_scale(m['value'], scale) or 0.0 for m in models], r_number)}",
        f"se = {r_column([m['std_error'] or 0.0 for m in models], r_number)}",
    ])  # fmt: skip
    lines = [*head, f"d <- data.frame(  # {scale}\n  {data})"]
    back = {"ln": "exp(fit$beta[1])", "log10": "10^fit$beta[1]"}.get(scale, "fit$beta[1]")
    if row["test"] == COCHRAN:
        lines += [_rma("REML", "z"), "p <- fit$QEp; effect <- fit$I2 / 100"]
        if "paule" in _mean_method(estimates, row):
            lines[-2] = _rma("PM", "z")
        return "\n".join([*lines, _PRINT, ""])
    null = str(row["test"]).split(" against ")[1].split(" on ")[0]
    moved = to_scale(float(null), scale)
    if "synthesis_equal" in row["method"]:
        lines.append(f"fit <- t.test(d$value, mu = {r_number(moved or 0.0)})")
        back = back.replace("fit$beta[1]", "fit$estimate")
        return "\n".join([*lines, f"p <- fit$p.value; effect <- {back}", _PRINT, ""])
    test = "adhoc" if "guarded" in row["method"] else "knha"
    lines += [
        _rma("PM" if "paule" in row["method"] else "REML", test),
        f"p <- 2 * pt(-abs((fit$beta[1] - {r_number(moved or 0.0)}) / fit$se), nrow(d) - 1)",
        f"effect <- {back}", _PRINT, "",
    ]  # fmt: skip
    return "\n".join(lines)


_PRINT = 'cat(sprintf("p %.15g\\neffect %.15g\\n", p, effect))'


def _rma(method: str, test: str) -> str:
    tight = "control = list(threshold = 1e-14, maxiter = 100000, stepadj = 0.5, tol = 1e-14)"
    return (
        f'library(metafor)\nfit <- rma(value, sei = se, data = d, method = "{method}", '
        f'test = "{test}", {tight})'
    )


def _models(estimates: Estimates, row: Row) -> list[dict[str, Any]]:
    frame = _mine(estimates, row).filter(
        pl.col("unit_id").is_not_null(), pl.col("value").is_not_null()
    )
    return frame.sort("unit_id").to_dicts()


def _mine(estimates: Estimates, row: Row) -> pl.DataFrame:
    frame = estimates.frame.filter(pl.col("quantity") == row["quantity"])
    for key in estimates.keys:
        if row.get(key) is not None:
            frame = frame.filter(pl.col(key) == row[key])
    return frame


def _mean_method(estimates: Estimates, row: Row) -> str:
    pooled = _mine(estimates, row).filter(pl.col("unit_id").is_null())
    return str(pooled.item(0, "method")) if pooled.height else ""


def association_r(estimates: Estimates, row: Row) -> str:
    """Write the R program of an association: all orders counted where there are few models.

    Examples
    --------
    >>> row = {"quantity": "q", "verdict": "v", "method": "m", "p_value": None}
    >>> association_r(Estimates.empty(), row).splitlines()[-1]
    '# no test was made, so there is nothing to compute'
    """
    head = head_of(row)
    if row["p_value"] is None:
        return "\n".join([*head, "# no test was made, so there is nothing to compute", ""])
    frame = estimates.frame.filter(pl.col("unit_id").is_not_null())
    for key in estimates.keys:
        if row.get(key) is not None:
            frame = frame.filter(pl.col(key) == row[key])
    sides = {
        axis: models_of(
            [{**r, "_unit": r["unit_id"]} for r in frame.filter(pl.col("axis") == axis)
             .sort("unit_id").to_dicts()])
        for axis in ("x", "y")
    }  # fmt: skip
    columns = [f"model = {r_column([m.name for m in sides['x']], r_text)}"]
    for axis, models in sides.items():
        columns.append(f"{axis} = {r_column([m.value or 0.0 for m in models], r_number)}")
        columns.append(f"{axis}_bound = {r_column([float(m.censor) for m in models], r_number)}")
    data = ",\n  ".join(columns)
    side = {"two-sided": "abs(all) >= abs(s) - 1e-9", "less": "all <= s + 1e-9",
            "greater": "all >= s - 1e-9"}[row["alternative"]]  # fmt: skip
    tail = {"two-sided": "two.sided"}.get(row["alternative"], row["alternative"])
    many = f'cor.test(d$x, d$y, method = "kendall", alternative = "{tail}", exact = TRUE)$p.value'
    return "\n".join([
        *head, f"d <- data.frame(  # logarithms where the result is on logarithms\n  {data})",
        *_SIGNS,
        f"if (n <= 8) {{ all <- orders(n); p <- mean({side}) }} else p <- {many}",
        'cat(sprintf("p %.15g\\ntau %.15g\\n", p, tau))', "",
    ])  # fmt: skip


_SIGNS = (
    "n <- nrow(d)",
    "signs <- function(v, b) { low <- ifelse(b < 0, -Inf, v); high <- ifelse(b > 0, Inf, v)",
    "  over <- outer(1:n, 1:n, function(i, j) is.finite(low[i]) & is.finite(high[j]) &",
    "    (low[i] > high[j] | (low[i] == high[j] & (b[i] > 0 | b[j] < 0)))); over - t(over) }",
    "a <- signs(d$x, d$x_bound); b <- signs(d$y, d$y_bound)",
    "s <- sum(a * b) / 2; tau <- 2 * s / sqrt(sum(abs(a)) * sum(abs(b)))",
    "orders <- function(n) { found <- c(); walk <- function(done, left) if (length(left) == 0)",
    "  found <<- c(found, sum(a[done, done] * b) / 2) else for (i in left)",
    "  walk(c(done, i), setdiff(left, i)); walk(integer(0), 1:n); found }",
)
