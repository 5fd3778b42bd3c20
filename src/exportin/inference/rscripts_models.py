"""R calls for linear models: blocked contrasts, analysis of variance, trend, interaction."""

from collections.abc import Callable, Mapping
from typing import Any

from exportin.inference.rtext import four_cells, r_side, r_text

Row = Mapping[str, Any]
Script = Callable[[Row], list[str]]
SLOPES = (
    "d <- d[ave(d$score, d$unit, FUN = function(x) diff(range(x))) > 0, ]",
    "slopes <- sapply(split(d, d$unit), function(e) coef(lm(value ~ score, e))[['score']])",
)
"""Slope of each unit with two scores or more, from columns value, score and unit."""


def _coefficient(row: Row, name: str) -> list[str]:
    """P value of one coefficient, one-sided where asked for."""
    return [
        f"s <- summary(fit)$coefficients[{name}, ]; df <- fit$df.residual",
        f"p <- switch({r_side(row['alternative'])}, less = pt(s[[3]], df), "
        "greater = pt(-s[[3]], df), s[[4]])",
        "effect <- s[[1]]",
    ]


def blocked_contrast(row: Row) -> list[str]:
    """Write the coefficient of a group in the model group + unit.

    Examples
    --------
    >>> blocked_contrast({"group_a": "drug", "alternative": "two-sided"})[0]
    'fit <- lm(value ~ group + unit, data = d)'
    """
    name = r_text(f"group{row['group_a']}")
    return ["fit <- lm(value ~ group + unit, data = d)", *_coefficient(row, name)]


def many(row: Row) -> list[str]:
    """Write the unadjusted p of Dunnett and Tukey rows; how to adjust follows as a remark.

    Examples
    --------
    >>> many({"pairing": "blocked", "method": "tukey", "alternative": "less", "group_a": "x"})[0]
    'fit <- lm(value ~ group + unit, data = d)'
    """
    formula = "value ~ group" + (" + unit" if row["pairing"] == "blocked" else "")
    kind = "Dunnett" if row["method"].startswith("dunnett") else "Tukey"
    adjusted = (
        f'# adjusted: summary(multcomp::glht(fit, multcomp::mcp(group = "{kind}"), '
        f"alternative = {r_side(row['alternative'])}))"
    )
    name = r_text(f"group{row['group_a']}")
    return [f"fit <- lm({formula}, data = d)", *_coefficient(row, name), adjusted]


def anova(formula: str, term: str) -> Script:
    """Write an analysis of variance table and take one term.

    Examples
    --------
    >>> anova("value ~ group", "group")({})[0]
    'fit <- anova(lm(value ~ group, data = d))'
    """

    def script(row: Row) -> list[str]:
        del row
        return [
            f"fit <- anova(lm({formula}, data = d))",
            f"p <- fit['{term}', 'Pr(>F)']; ss <- fit[['Sum Sq']]",
            f"effect <- fit['{term}', 'Sum Sq'] / (fit['{term}', 'Sum Sq'] + ss[length(ss)])",
        ]

    return script


def two_way(row: Row) -> list[str]:
    """Write a two-way analysis of variance of type III.

    Examples
    --------
    >>> row = {"group_a": "a:b", "pairing": "unpaired"}
    >>> two_way(row)[2]
    "p <- fit['group:modifier', 'Pr(>F)']"
    """
    block = "unit + " if row["pairing"] == "blocked" else ""
    term = "group:modifier"
    if ":" not in row["group_a"]:
        term = "group" if f"by {row['group_a']} " in row["family"] else "modifier"
    return [
        "options(contrasts = c('contr.sum', 'contr.poly')); d$modifier <- factor(d$modifier)",
        f"fit <- drop1(lm(value ~ {block}group * modifier, data = d), . ~ ., test = 'F')",
        f"p <- fit['{term}', 'Pr(>F)']",
        f"ss <- fit['{term}', 'Sum of Sq']; effect <- ss / (ss + fit['<none>', 'RSS'])",
    ]


def trend(row: Row) -> list[str]:
    """Write the slope over the scores of the groups.

    Examples
    --------
    >>> trend({"family": "", "alternative": "less"})[0]
    'd$score <- as.numeric(as.character(d$group))'
    """
    return [_score(row), "fit <- lm(value ~ score, data = d)", *_coefficient(row, "'score'")]


def trend_of_slopes(row: Row) -> list[str]:
    """Write the t test of one slope per unit; units with one score have none.

    Examples
    --------
    >>> trend_of_slopes({"family": "(y by dose among a, b)", "alternative": "less"})[-2]
    'fit <- t.test(slopes, alternative = "less")'
    """
    side = r_side(row["alternative"])
    return [_score(row), *SLOPES, f"fit <- t.test(slopes, alternative = {side})",
            "p <- fit$p.value; effect <- fit$estimate[[1]]"]  # fmt: skip


def _score(row: Row) -> str:
    ranked = " among " in row["family"]
    score = "as.integer(d$group) - 1" if ranked else "as.numeric(as.character(d$group))"
    return f"d$score <- {score}"


def _four(row: Row) -> list[str]:
    return [
        "if (!is.null(d$censor)) d <- d[!d$unit %in% d$unit[d$censor != 0], ]",
        f"y <- split(setNames(d$value, d$unit), {four_cells(row)})",
    ]


def blocked_interaction(row: Row) -> list[str]:
    """Write the difference of differences within units.

    Examples
    --------
    >>> row = {"group_a": "a vs b in x", "group_b": "a vs b in y", "alternative": "less"}
    >>> blocked_interaction(row)[-1]
    'p <- fit$p.value; effect <- mean(double)'
    """
    return [
        *_four(row),
        "u <- Reduce(intersect, lapply(y, names)); y <- lapply(y, function(v) v[u])",
        "double <- (y[[1]] - y[[2]]) - (y[[3]] - y[[4]])",
        f"fit <- t.test(double, alternative = {r_side(row['alternative'])})",
        "p <- fit$p.value; effect <- mean(double)",
    ]


def split_interaction(row: Row) -> list[str]:
    """Write Welch's t test of differences within units.

    Examples
    --------
    >>> row = {"group_a": "a vs b in x", "group_b": "a vs b in y", "alternative": "less"}
    >>> split_interaction(row)[-1]
    'p <- fit$p.value; effect <- mean(d1) - mean(d2)'
    """
    return [
        *_four(row),
        "within <- length(c(intersect(names(y[[1]]), names(y[[2]])), "
        "intersect(names(y[[3]]), names(y[[4]])))) > 0",
        "pair <- function(i, j) { u <- intersect(names(y[[i]]), names(y[[j]])); "
        "y[[i]][u] - y[[j]][u] }",
        "d1 <- if (within) pair(1, 2) else pair(1, 3)",
        "d2 <- if (within) pair(3, 4) else pair(2, 4)",
        f"fit <- t.test(d1, d2, alternative = {r_side(row['alternative'])})",
        "p <- fit$p.value; effect <- mean(d1) - mean(d2)",
    ]


def satterthwaite(row: Row) -> list[str]:
    """Write the difference of differences of four independent cells.

    Examples
    --------
    >>> row = {"group_a": "a vs b in x", "group_b": "a vs b in y", "alternative": "less"}
    >>> len(satterthwaite(row))
    6
    """
    return [
        *_four(row),
        "v <- sapply(y, function(x) var(x) / length(x)); n <- lengths(y)",
        "df <- sum(v)^2 / sum(v^2 / (n - 1)); m <- sapply(y, mean)",
        "effect <- (m[[1]] - m[[2]]) - (m[[3]] - m[[4]]); t <- effect / sqrt(sum(v))",
        f"p <- switch({r_side(row['alternative'])}, less = pt(t, df), greater = pt(-t, df), "
        "2 * pt(-abs(t), df))",
    ]
