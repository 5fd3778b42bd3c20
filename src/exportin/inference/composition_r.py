"""R programs of comparisons of compositions: base R only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.between import MIN_UNITS
from exportin.inference.composition_joint_rows import (
    joint_slopes,
    log_ratios,
    pair_tubes,
    tube_pairing,
)
from exportin.inference.composition_limits import AT_LIMIT
from exportin.inference.composition_tubes import Tubes, meet_zeros, part_rows, tubes_of
from exportin.inference.group_answers import trend_scores
from exportin.inference.published_tests import FAMILY
from exportin.inference.question import Contrast
from exportin.inference.rcall import Question, r_call, read_question
from exportin.inference.rscripts_models import SLOPES
from exportin.inference.rtext import r_column, r_number, r_text
from exportin.inference.strata import labels, make_strata
from exportin.results.tables import Estimates

Row = Mapping[str, Any]
TAIL = 'cat(sprintf("p %.15g\\neffect %.15g\\n", p, effect))'
ONLY = 'cat(sprintf("effect %.15g\\n", effect))'
LIKELIHOOD = 'cat(sprintf("statistic %.10g\\neffect %.10g\\n", statistic, effect))'


def composition_r_script(
    estimates: Estimates, row: Row, *, parts: Sequence[str], events: str = "n_rows"
) -> str:
    """Write the R program of one row that `answer_composition` made.

    It prints ``p`` and ``effect`` with 15 digits. Differences in points have no p and print the
    effect; for likelihood tests the effect and the likelihood ratio are printed, as their p is
    drawn or counted over many fits.

    Parameters
    ----------
    estimates : Estimates
        Those that were compared.
    row : mapping
        One row of Tests.
    parts, events
        As `answer_composition` was given.

    Examples
    --------
    >>> from exportin.inference.composition import answer_composition
    >>> what = {"block": "b", "assay": "a", "scale": "logit", "method": "m",
    ...         "experimental_unit": "experiment", "n_rows": 1000}
    >>> rows = [what | {"arm": arm, "unit_id": f"E{i}", "quantity": q, "value": v}
    ...         for arm, dead in {"drug": [0.3, 0.4, 0.35], "DMSO": [0.1, 0.15, 0.1]}.items()
    ...         for i, p in enumerate(dead) for q, v in (("dead", p), ("live", 1 - p))]
    >>> made = Estimates.build(rows)
    >>> ask = Contrast(quantity="death", between="arm", versus="DMSO")
    >>> tests = answer_composition(made, ask, parts=("dead", "live"))
    >>> text = composition_r_script(made, tests.frame.row(0, named=True), parts=("dead", "live"))
    >>> text.splitlines()[1]
    '# method: paired_t'
    """
    method = str(row["method"]).split("+")[0]
    head = [f"# {row['quantity']}: {' '.join(row['verdict'].split())}", f"# method: {method}"]
    if row["effect"] is None or (row["p_value"] is None and method != "difference_of_fractions"):
        return "\n".join([*head, "# no test was made, so there is nothing to compute", ""])
    keys = [k for k in estimates.keys if k != "part"]
    frame = _stratum(estimates, row, keys)
    asked = _question(frame, row, keys)
    ask = Contrast(
        quantity=row["quantity"], between=asked.between,
        groups=asked.groups if " among " in row["family"] else None,
        pairing="unpaired" if row["pairing"] == "unpaired" else "auto",
        modifier=asked.modifier,
    )  # fmt: skip
    rows = part_rows(Estimates(frame), ask, parts, events)
    if method == "difference_of_fractions":
        return "\n".join([*head, *_points(rows, ask, row, asked.groups), ""])
    if row["part"] is not None and method != "beta_binomial_bootstrap":
        moved = Estimates(meet_zeros(rows, ask, events).drop("half"))
        if AT_LIMIT in row["method"].split("+"):
            moved = _numbers(moved)
        said = row["family"].replace(f"({row['quantity']} by ", f"({row['part']} by ")
        one = dict(row) | {"quantity": row["part"], "method": method, "family": said, "part": None}
        return r_call(moved, one)
    tubes = next(iter(tubes_of(rows, ask, parts, asked.groups, events)))
    if method in ("beta_binomial_bootstrap", "dirichlet_permutation"):
        return "\n".join([*head, *_likelihood(tubes, ask, row, parts, method), ""])
    if method == "published_pooled_counts":
        return "\n".join([*head, *_pooled(tubes, row, parts), ""])
    return "\n".join([*head, *_joint(tubes, ask, row, asked.groups, method), ""])


def _numbers(estimates: Estimates) -> Estimates:
    """Limits stand for numbers, as in the test."""
    bound, side = pl.col("bound") != "=", pl.col("conf_open")
    value = pl.when(~bound & (side == "low")).then("conf_high")
    limit = value.when(~bound & (side == "high")).then("conf_low").otherwise("value")
    return Estimates(estimates.frame.with_columns(
        value=limit, bound=pl.lit("="), conf_open=pl.lit("none"),
    ))  # fmt: skip


def _stratum(estimates: Estimates, row: Row, keys: Sequence[str]) -> pl.DataFrame:
    frame = estimates.frame.filter(pl.col("block") == row["block"], pl.col("assay") == row["assay"])
    for key in keys:
        if row.get(key) is not None:
            frame = frame.filter(pl.col(key) == row[key])
    return frame


def _question(frame: pl.DataFrame, row: Row, keys: Sequence[str]) -> Question:
    """Read what was asked; a row as published names no key, only its groups."""
    if row["family"] != FAMILY:
        return read_question(frame, row, keys)
    pair = (row["group_b"], row["group_a"])
    between = next(k for k in keys if set(pair) <= set(labels(frame, k)))
    return Question(between, None, pair)


def _columns(**columns: str) -> str:
    return "d <- data.frame(\n  " + ",\n  ".join(f"{k} = {v}" for k, v in columns.items()) + ")"


def _points(rows: pl.DataFrame, ask: Contrast, row: Row, groups: Sequence[str]) -> list[str]:
    """Mean slope of experiments, or a difference of mean fractions in the model of its row."""
    trend, model = row["group_b"] is None, row["pairing"] == "blocked"
    frame = rows.filter(pl.col("quantity") == row["part"]).sort(ask.between, "unit_id")
    scores = trend_scores(ask, groups) if trend else {row["group_a"]: 1.0, row["group_b"]: 0.0}
    stratum = next(iter(make_strata(frame, replace(ask, modifier=None), groups, "linear")))
    exact = [g for g in groups if stratum.cell(g).n >= MIN_UNITS and stratum.cell(g).exact]
    wanted = exact if model and not trend else [g for g in groups if g in scores]
    lines = [(value, group, unit) for group in wanted
             for unit, (value, _) in stratum.cell(group).known.items()]  # fmt: skip
    score = [] if model and not trend else [scores[group] for _, group, _ in lines]
    columns = {"value": r_column([value for value, *_ in lines], r_number),
               "unit": r_column([unit for *_, unit in lines], r_text)}  # fmt: skip
    if trend:
        data = _columns(**columns, score=r_column(score, r_number))
        return [data, *SLOPES, "effect <- 100 * mean(slopes)", ONLY]
    if model:
        data = _columns(**columns, group=r_column([group for _, group, _ in lines], r_text))
        return [
            data,
            f"d$group <- relevel(factor(d$group), ref = {r_text(row['group_b'])})",
            "fit <- lm(100 * value ~ group + unit, data = d)",
            f"effect <- coef(fit)[[paste0('group', {r_text(row['group_a'])})]]",
            ONLY,
        ]
    text = [_columns(**columns, score=r_column(score, r_number))]
    if row["pairing"] == "unpaired":
        text.append("side <- sapply(split(d$value, d$score), mean)")
        return [*text, "effect <- 100 * (side[['1']] - side[['0']])", ONLY]
    return [*text, "wide <- merge(d[d$score == 1, ], d[d$score == 0, ], by = 'unit')",
            "effect <- 100 * mean(wide$value.x - wide$value.y)", ONLY]  # fmt: skip


_ILR = [
    "H <- contr.helmert(ncol(x)); H <- sweep(H, 2, sqrt(colSums(H^2)), '/')",
    "y <- log(x) %*% H; m <- ncol(y)",
]


def _data(tubes: Tubes, values: np.ndarray, name: str) -> list[str]:
    columns = {"group": r_column(list(tubes.group), r_text),
               "unit": r_column(list(tubes.unit), r_text)}  # fmt: skip
    flat = r_column([float(v) for v in values.ravel()], r_number)
    return [
        _columns(**columns),
        f"{name} <- matrix({flat}, ncol = {values.shape[1]}, byrow = TRUE)",
    ]


def _joint(tubes: Tubes, ask: Contrast, row: Row, groups: Sequence[str], method: str) -> list[str]:
    pairing = tube_pairing(tubes, ask)
    block = "" if pairing == "unpaired" else " + unit"
    if method.startswith("ilr_hotelling"):
        tubes, _ = pair_tubes(tubes, (row["group_a"], row["group_b"]), pairing)
    shares = tubes.closed()
    if shares is None or log_ratios(tubes) is None:
        return ["# no composition can be made"]
    text = [*_data(tubes, shares, "x"), *_ILR]
    if method == "ilr_trend":
        return [*text, *_trend(tubes, ask, groups)]
    if method == "ilr_wilks":
        null = "y ~ 1" if not block else "y ~ unit"
        return [
            *text,
            f"full <- lm(y ~ group{block}, d); null <- lm({null}, d)",
            "E <- crossprod(resid(full)); f <- full$df.residual; h <- null$df.residual - f",
            "below <- m^2 + h^2 - 5; root <- if (below > 0) sqrt((m^2 * h^2 - 4) / below) else 1",
            "W <- (det(E) / det(crossprod(resid(null))))^(1 / root)",
            "df2 <- root * (f + h - (m + h + 1) / 2) - (m * h - 2) / 2",
            "p <- pf((1 - W) / W * df2 / (m * h), m * h, df2, lower.tail = FALSE)",
            "effect <- 1 - W",
            TAIL,
        ]
    return [
        *text,
        f"d$group <- relevel(factor(d$group), ref = {r_text(row['group_b'])})",
        f"fit <- lm(y ~ group{block}, d); f <- fit$df.residual",
        f"at <- paste0('group', {r_text(row['group_a'])}); shift <- coef(fit)[at, ]",
        "S <- crossprod(resid(fit)) / f * solve(crossprod(model.matrix(fit)))[at, at]",
        *_hotelling(),
    ]


def _hotelling() -> list[str]:
    return [
        "T2 <- drop(shift %*% solve(S, shift))",
        "p <- pf(T2 * (f - m + 1) / (m * f), m, f - m + 1, lower.tail = FALSE)",
        "effect <- sqrt(sum(shift^2))",
        TAIL,
    ]


def _trend(tubes: Tubes, ask: Contrast, groups: Sequence[str]) -> list[str]:
    scores = trend_scores(ask, groups)
    joint_slopes(log_ratios(tubes), tubes, scores)  # type: ignore[arg-type]  # same refusals
    column = r_column([scores[g] for g in tubes.group], r_number)
    return [
        f"d$score <- {column}",
        "some <- ave(d$score, d$unit, FUN = function(x) diff(range(x))) > 0",
        "slopes <- t(sapply(split(which(some), d$unit[some]), function(i) "
        "coef(lm(y[i, ] ~ d$score[i]))[2, ]))",
        "shift <- colMeans(slopes); f <- nrow(slopes) - 1; S <- cov(slopes) / nrow(slopes)",
        *_hotelling(),
    ]


def _likelihood(
    tubes: Tubes, ask: Contrast, row: Row, parts: Sequence[str], method: str
) -> list[str]:
    pair = (row["group_a"], row["group_b"])
    paired = tube_pairing(tubes, ask) != "unpaired"
    tubes = tubes.shared(pair) if paired else tubes.only(pair)
    counts = np.rint(tubes.share * tubes.events[:, None])
    if method == "beta_binomial_bootstrap":
        inside = counts[:, list(parts).index(row["part"])]
        counts = np.stack([inside, np.rint(tubes.events) - inside], axis=1)
    base = "~ unit" if paired else "~ 1"
    one = method == "beta_binomial_bootstrap"
    shares = tubes.closed()
    effect = "effect <- exp(full$par[q])" if one else (
        "H <- contr.helmert(ncol(s)); H <- sweep(H, 2, sqrt(colSums(H^2)), '/')\n"
        "z <- log(s) %*% H; effect <- sqrt(sum((colMeans(z[a, ]) - colMeans(z[!a, ]))^2))"
    )  # fmt: skip
    return [
        *_data(tubes, counts, "x"),
        *([] if one or shares is None else _data(tubes, shares, "s")[1:]),
        f"a <- d$group == {r_text(pair[0])}; D <- model.matrix({base}, d)",
        "fit <- function(D) { q <- ncol(D); m <- ncol(x) - 1; n <- rowSums(x)",
        "  minus <- function(b) { e <- cbind(D %*% matrix(b[seq_len(q * m)], q), 0)",
        "    e <- exp(e - apply(e, 1, max)); s <- exp(pmin(pmax(b[q * m + 1], -2), 16))",
        "    al <- s * e / rowSums(e)",
        "    -sum(lgamma(s) - lgamma(n + s) + rowSums(lgamma(x + al) - lgamma(al))) }",
        "  l <- log(x + 0.5); start <- qr.solve(D, l[, 1:m, drop = FALSE] - l[, m + 1])",
        "  best <- NULL; for (t in c(4, 7, 10)) { o <- optim(c(start, t), minus, method = 'BFGS', "
        "control = list(maxit = 5000, reltol = 1e-15)); "
        "if (is.null(best) || o$value < best$value) best <- o }",
        "  best }",
        "null <- fit(D); full <- fit(cbind(D, a)); q <- ncol(D) + 1",
        "statistic <- 2 * (null$value - full$value)",
        effect,
        LIKELIHOOD,
    ]


def _pooled(tubes: Tubes, row: Row, parts: Sequence[str]) -> list[str]:
    counts = np.rint(tubes.share * tubes.events[:, None])
    names = (row["group_a"], row["group_b"])
    sums = [counts[[g == name for g in tubes.group]].sum(axis=0) for name in names]
    flat = r_column([float(v) for v in np.concatenate(sums)], r_number)
    return [
        f"x <- matrix({flat}, nrow = 2, byrow = TRUE)  # {', '.join(parts)}",
        "x <- x[, colSums(x) > 0]; fit <- chisq.test(x, correct = FALSE)",
        "p <- fit$p.value; effect <- sqrt(fit$statistic[[1]] / sum(x))",
        TAIL,
    ]
