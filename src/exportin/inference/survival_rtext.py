"""R programs that give p and effect of a comparison of times."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from exportin.inference.rtext import r_column, r_number, r_side, r_text
from exportin.inference.strata import as_number, label, labels

Row = Mapping[str, Any]
_WEIGHT = {
    "weight_peto": "cumprod(c(1, 1 - m / n))[seq_along(n)]",
    "weight_gehan": "n",
    "weight_tarone_ware": "sqrt(n)",
}


def survival_r_call(
    frame: pl.DataFrame, row: Row, *, between: str, strata: str | None = None
) -> str:
    """Write the R program (package survival) that gives p and effect of one row of Tests.

    It prints ``p`` and ``effect`` with 15 digits. A drawn p (method logrank_drawn) is drawn anew
    and agrees within its error.

    Parameters
    ----------
    frame : DataFrame
        As `compare_survival` was given.
    row : mapping
        One of its rows.
    between, strata : str
        The columns of the question.

    Examples
    --------
    >>> from exportin.inference.question import Contrast
    >>> from exportin.inference.survival_contrasts import compare_survival
    >>> rows = [{"unit_id": f"{arm}{i}", "arm": arm, "time": t, "event": 1}
    ...         for arm, times in {"drug": [6.0, 24, 30], "vehicle": [7.0, 9, 12]}.items()
    ...         for i, t in enumerate(times)]
    >>> frame = pl.DataFrame(rows)
    >>> made = compare_survival(frame, Contrast(quantity="days", between="arm", versus="vehicle"))
    >>> text = survival_r_call(frame, made.frame.row(0, named=True), between="arm")
    >>> text.splitlines()[2]
    'suppressPackageStartupMessages(library(survival))'
    """
    said = " ".join(row["verdict"].split())
    head = [f"# {row['quantity']}: {said}", f"# method: {row['method']}"]
    delay = row["method"].startswith("growth_delay")
    if row["effect"] is None or (row["p_value"] is None and not delay):
        return "\n".join([*head, "# no test was made, so there is nothing to compute", ""])
    start = [*head, "suppressPackageStartupMessages(library(survival))",
             _data(frame, row, between, strata)]  # fmt: skip
    if delay:
        return "\n".join([*start, *_delay(row), ""])
    body = _cox_test(row) if "cox_likelihood_ratio" in row["method"] else _rank(row)
    tail = 'cat(sprintf("p %.15g\\neffect %.15g\\n", p, effect))'
    return "\n".join([*start, *_effect(row), *body, tail, ""])


def _data(frame: pl.DataFrame, row: Row, between: str, strata: str | None) -> str:
    """Write the data frame d: time, event, score (1 for group a, 0 for b, or the dose), stratum."""
    fixed = ("quantity", "time", "event", "unit_id")
    for key in frame.columns:
        if key in row and key not in fixed and row[key] is not None:
            frame = frame.filter(pl.col(key) == row[key])
    names = labels(frame, between)
    if row["group_b"] is None:
        score = _scores(row, names)
    else:
        score = {row["group_a"]: 1.0, row["group_b"]: 0.0}
    lines = [r for r in frame.drop_nulls([between]).iter_rows(named=True)
             if label(r[between]) in score]  # fmt: skip
    columns = {
        "time": r_column([float(r["time"]) for r in lines], r_number),
        "event": r_column([float(r["event"]) for r in lines], r_number),
        "score": r_column([score[label(r[between])] for r in lines], r_number),
        "stratum": r_column([label(r[strata]) if strata else "all" for r in lines], r_text),
    }
    return "d <- data.frame(\n  " + ",\n  ".join(f"{k} = {v}" for k, v in columns.items()) + ")"


def _scores(row: Row, names: list[str]) -> dict[str, float]:
    """Score of a trend: places where the family lists the groups, else numbers."""
    words = row["family"]
    if " among " in words:
        listed = words.split(" among ", 1)[1].rstrip(")").split(", unit ")[0]
        order = listed.split(", ")
        return {name: float(order.index(name)) for name in names if name in order}
    return {name: number for name in names if (number := as_number(name)) is not None}


_CONTROL = "control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50)"


def _effect(row: Row) -> list[str]:
    """Hazard ratio, or the limit of its profile where it is a bound."""
    if row["bound"] == "=":
        return [f"fit <- coxph(Surv(time, event) ~ score + strata(stratum), d, {_CONTROL})",
                "effect <- exp(coef(fit)[[1]])"]  # fmt: skip
    far = -30.0 if row["bound"] == "<" else 30.0
    level = row["conf_level"] if row["alternative"] == "two-sided" else 2 * row["conf_level"] - 1
    return [
        "at <- function(b) coxph(Surv(time, event) ~ offset(b * score) + strata(stratum), "
        "d)$loglik[1]",
        f"top <- at({r_number(far)})",
        f"effect <- exp(uniroot(function(b) 2 * (top - at(b)) - qchisq({r_number(level)}, 1), "
        "c(-25, 25), tol = 1e-12)$root)",
    ]


def _cox_test(row: Row) -> list[str]:
    if row["bound"] == "=":
        start = ["root <- sign(coef(fit)[[1]]) * sqrt(max(0, 2 * diff(fit$loglik)))"]
    else:
        side = "-1" if row["bound"] == "<" else "1"
        start = [f"root <- {side} * sqrt(2 * (top - at(0)))"]
    return [*start, _normal(row, "root")]


def _normal(row: Row, z: str) -> str:
    return (
        f"p <- switch({r_side(row['alternative'])}, less = pnorm({z}), greater = pnorm(-{z}), "
        f"2 * pnorm(-abs({z})))"
    )


def _rank(row: Row) -> list[str]:
    """Weighted log-rank test from scores: exact, drawn, or normal with hypergeometric variance."""
    kind = next((w for w in _WEIGHT if w in row["method"]), None)
    weight = _WEIGHT[kind] if kind else "rep(1, length(n))"
    start = [
        "parts <- lapply(split(d, d$stratum), function(e) {",
        "  at <- sort(unique(e$time[e$event == 1]))",
        "  n <- sapply(at, function(t) sum(e$time >= t)); m <- sapply(at, function(t) "
        "sum(e$time == t & e$event == 1))",
        f"  w <- {weight}",
        "  score <- sapply(seq_len(nrow(e)), function(i) sum(w[at == e$time[i] & e$event[i] == 1])"
        " - sum((w * m / n)[at <= e$time[i]]))",
        "  v <- sum(sapply(seq_along(at), function(k) { s <- e$score[e$time >= at[k]]; if (n[k] < "
        "2) 0 else w[k]^2 * m[k] * (n[k] - m[k]) / (n[k] - 1) * mean((s - mean(s))^2) }))",
        "  list(score = score, chosen = e$score, v = v)",
        "})",
        "seen <- sum(sapply(parts, function(x) sum(x$score * x$chosen)))",
    ]
    if "logrank_exact" in row["method"] or "logrank_drawn" in row["method"]:
        return [*start, *_dealt(row)]
    return [*start, "z <- seen / sqrt(sum(sapply(parts, function(x) x$v)))", _normal(row, "z")]


def _dealt(row: Row) -> list[str]:
    if "logrank_drawn" in row["method"]:
        made = (
            "all <- replicate(20000, sum(sapply(parts, function(x) "
            "sum(x$score * sample(x$chosen)))))"
        )
    else:
        made = (
            "all <- Reduce(function(a, b) as.vector(outer(a, b, '+')), lapply(parts, function(x) "
            "combn(length(x$score), sum(x$chosen), function(i) sum(x$score[i]))))"
        )
    return [
        made,
        "less <- mean(all <= seen + 1e-9); greater <- mean(all >= seen - 1e-9)",
        f"p <- switch({r_side(row['alternative'])}, less = less, greater = greater, "
        "min(1, 2 * min(less, greater)))",
    ]


def _delay(row: Row) -> list[str]:
    """Difference of medians; a median that is not reached gives the last follow-up as a bound."""
    del row
    return [
        "middle <- function(s) { e <- d[d$score == s, ]; q <- quantile(survfit(Surv(time, event) ~ "
        "1, e), 0.5)$quantile; if (is.na(q)) max(e$time) else q[[1]] }",
        "effect <- middle(1) - middle(0)",
        'cat(sprintf("effect %.15g\\n", effect))',
    ]
