"""R calls by method name; each sets p and effect (working scale) from the data frame d."""

from collections.abc import Callable, Mapping
from typing import Any

from exportin.inference.rtext import r_text

Row = Mapping[str, Any]
Script = Callable[[Row], list[str]]


def _side(row: Row) -> str:
    return r_text(row["alternative"].replace("-", "."))


def _two_groups(call: str, effect: str) -> Script:
    def script(row: Row) -> list[str]:
        return [
            f"fit <- {call.replace('SIDE', _side(row))}",
            f"p <- fit$p.value; effect <- {effect}",
        ]

    return script


def _difference(row: Row) -> list[str]:
    """Values of a minus b within units, in the order of the units."""
    del row
    return [
        "wide <- reshape(d, idvar = 'unit', timevar = 'group', direction = 'wide')",
        "g <- paste0('value.', levels(d$group))",
        "wide <- wide[complete.cases(wide[g]), ]",
    ]


def _paired(call: str, effect: str) -> Script:
    def script(row: Row) -> list[str]:
        return [*_difference(row), *_two_groups(call, effect)(row)]

    return script


def _mann_whitney(row: Row) -> list[str]:
    normal = row["method"].endswith("normal")
    if row["method"].endswith("permutation"):
        return [
            "x <- d$value[as.integer(d$group) == 1]; y <- d$value[as.integer(d$group) == 2]",
            "score <- rank(c(x, y))",
            *_permutation(row),
            "effect <- median(outer(x, y, '-'))",
        ]
    exact = "FALSE" if normal else "TRUE"
    return [
        "x <- d$value[as.integer(d$group) == 1]; y <- d$value[as.integer(d$group) == 2]",
        f"p <- wilcox.test(x, y, exact = {exact}, alternative = {_side(row)})$p.value",
        "effect <- median(outer(x, y, '-'))",
    ]


def _permutation(row: Row) -> list[str]:
    """Exact permutation of the sum of scores of the first group (small groups)."""
    return [
        "all <- combn(length(score), length(x), function(i) sum(score[i]))",
        "seen <- sum(score[seq_along(x)])",
        "less <- mean(all <= seen + 1e-9); greater <- mean(all >= seen - 1e-9)",
        f"p <- switch({_side(row)}, less = less, greater = greater, min(1, 2 * min(less, greater)))",
    ]


def _gehan(row: Row) -> list[str]:
    return [
        "d <- d[order(d$group), ]; n <- nrow(d); x <- d$value[as.integer(d$group) == 1]",
        "low <- ifelse(d$censor == -1, -Inf, d$value); high <- ifelse(d$censor == 1, Inf, d$value)",
        "over <- outer(seq_len(n), seq_len(n), function(i, j) is.finite(low[i]) & is.finite(high[j])"
        " & (low[i] > high[j] | low[i] == high[j] & (d$censor[i] == 1 | d$censor[j] == -1)))",
        "score <- rowSums(over) - colSums(over)",
        *_permutation(row),
        "a <- seq_along(x); ends <- c(median(outer(low[a], high[-a], '-')), "
        "median(outer(high[a], low[-a], '-')))",
        "effect <- ends[is.finite(ends)][1]",
    ]


def _signed_rank(row: Row) -> list[str]:
    pseudo = (
        "w <- outer(diff, diff, '+') / 2; effect <- median(w[upper.tri(w, diag = TRUE)])"
    )
    start = [*_difference(row), "diff <- wide[[g[1]]] - wide[[g[2]]]"]
    if row["method"].endswith("permutation"):
        return [
            *start,
            "kept <- diff[abs(diff) > 1e-12]; score <- rank(round(abs(kept), 12))",
            "sign <- as.matrix(expand.grid(rep(list(0:1), length(kept))))",
            "all <- sign %*% score; seen <- sum(score[kept > 0])",
            "less <- mean(all <= seen + 1e-9); greater <- mean(all >= seen - 1e-9)",
            f"p <- switch({_side(row)}, less = less, greater = greater, "
            "min(1, 2 * min(less, greater)))",
            pseudo,
        ]
    exact = "FALSE" if row["method"].endswith("normal") else "TRUE"
    return [*start, f"p <- wilcox.test(diff, exact = {exact}, alternative = {_side(row)})$p.value",
            pseudo]  # fmt: skip


def _signed_differences(row: Row) -> list[str]:
    """Differences within units with their codes; clashing bounds are left out."""
    signs = "c(1, -1)" if " in " not in row["group_a"] or row["method"] != "interaction_censored" else ""
    cell = "d$group"
    if not signs:
        signs = "c(1, -1, -1, 1)"
        levels = [row[s].split(" in ", 1)[-1] for s in ("group_a", "group_b")]
        named = ", ".join(r_text(level) for level in levels)
        cell = f"interaction(d$group, factor(d$modifier, levels = c({named})))"
    return [
        "if (is.null(d$censor)) d$censor <- 0",
        f"cell <- {cell}; s <- {signs}[as.integer(cell)]",
        "full <- names(which(table(d$unit) == nlevels(cell))); k <- d$unit %in% full",
        "diff <- tapply(s[k] * d$value[k], d$unit[k], sum)",
        "up <- tapply(s[k] * d$censor[k] > 0, d$unit[k], any)",
        "down <- tapply(s[k] * d$censor[k] < 0, d$unit[k], any)",
        "known <- !(up & down); diff <- diff[known]; code <- (up - down)[known]",
    ]


def _censored(row: Row) -> list[str]:
    return [
        *_signed_differences(row),
        "ml <- function(mu) -optimize(function(s) -(sum(dnorm(diff[code == 0], mu, exp(s), log = "
        "TRUE)) + sum(pnorm(code[code != 0] * (mu - diff[code != 0]) / exp(s), log.p = TRUE))), "
        "log(sd(diff)) + c(-9, 9), tol = 1e-12)$objective",
        "best <- optimize(ml, range(diff) + c(-10, 10) * diff(range(diff)), maximum = TRUE, "
        "tol = 1e-10)",
        "n <- length(diff); t <- sign(best$maximum) * "
        "sqrt((n - 1) * expm1(max(0, 2 * (best$objective - ml(0)) / n)))",
        f"p <- switch({_side(row)}, less = pt(t, n - 1), greater = pt(-t, n - 1), "
        "2 * pt(-abs(t), n - 1))",
        f"effect <- best$maximum  # a bound is reported where it lies beyond all values"
        if row["bound"] == "="
        else f"effect <- {_edge(row)}",
    ]


def _edge(row: Row) -> str:
    """Bound reported where the mean would be extrapolated."""
    if row["bound"] == ">":
        return "max(min(diff[code == 1]), max(diff[code == 0]))"
    return "min(max(diff[code == -1]), min(diff[code == 0]))"


def _sign(row: Row) -> list[str]:
    return [
        *_signed_differences(row),
        "kept <- !(code == 0 & diff == 0)",
        f"p <- binom.test(sum(code[kept] == 1 | code[kept] == 0 & diff[kept] > 0), sum(kept), "
        f"alternative = {_side(row)})$p.value",
        f"effect <- {'min' if row['bound'] == '>' else 'max'}(diff)",
    ]


def _model(formula: str) -> Script:
    def script(row: Row) -> list[str]:
        del row
        return [f"fit <- lm({formula}, data = d)"]

    return script


def _coefficient(row: Row, name: str) -> list[str]:
    """P value of one coefficient, one-sided where asked for."""
    return [
        f"s <- summary(fit)$coefficients[{name}, ]; df <- fit$df.residual",
        f"p <- switch({_side(row)}, less = pt(s[[3]], df), greater = pt(-s[[3]], df), s[[4]])",
        "effect <- s[[1]]",
    ]


def _blocked_contrast(row: Row) -> list[str]:
    name = r_text(f"group{row['group_a']}")
    return ["fit <- lm(value ~ group + unit, data = d)", *_coefficient(row, name)]


def _many(row: Row) -> list[str]:
    """Unadjusted p of Dunnett and Tukey rows; the adjusted ones follow as a remark."""
    formula = "value ~ group" + (" + unit" if row["pairing"] == "blocked" else "")
    kind = "Dunnett" if row["method"].startswith("dunnett") else "Tukey"
    adjusted = (
        f'# adjusted: summary(multcomp::glht(fit, multcomp::mcp(group = "{kind}"), '
        f"alternative = {_side(row)}))"
    )
    name = r_text(f"group{row['group_a']}")
    return [f"fit <- lm({formula}, data = d)", *_coefficient(row, name), adjusted]


def _anova(formula: str, term: str) -> Script:
    def script(row: Row) -> list[str]:
        del row
        return [
            f"fit <- anova(lm({formula}, data = d))",
            f"p <- fit['{term}', 'Pr(>F)']; ss <- fit[['Sum Sq']]",
            f"effect <- fit['{term}', 'Sum Sq'] / (fit['{term}', 'Sum Sq'] + ss[length(ss)])",
        ]

    return script


def _two_way(row: Row) -> list[str]:
    order = ["interaction", "a:b"] if ":" in row["group_a"] else ["main", row["group_a"]]
    block = "unit + " if row["pairing"] == "blocked" else ""
    term = "group:modifier"
    if order[0] == "main":
        term = "group" if f"by {row['group_a']} " in row["family"] else "modifier"
    return [
        "options(contrasts = c('contr.sum', 'contr.poly')); d$modifier <- factor(d$modifier)",
        f"fit <- drop1(lm(value ~ {block}group * modifier, data = d), . ~ ., test = 'F')",
        f"p <- fit['{term}', 'Pr(>F)']",
        f"effect <- fit['{term}', 'Sum of Sq'] / (fit['{term}', 'Sum of Sq'] + fit['<none>', 'RSS'])",
    ]


def _trend(formula: str) -> Script:
    def script(row: Row) -> list[str]:
        score = "as.integer(d$group) - 1" if " among " in row["family"] else (
            "as.numeric(as.character(d$group))"
        )  # fmt: skip
        return [f"d$score <- {score}", f"fit <- lm({formula}, data = d)",
                *_coefficient(row, "'score'")]  # fmt: skip

    return script


def _four(row: Row) -> list[str]:
    levels = [row[s].split(" in ", 1)[-1] for s in ("group_a", "group_b")]
    named = ", ".join(r_text(level) for level in levels)
    return [
        f"cell <- interaction(d$group, factor(d$modifier, levels = c({named})))",
        "y <- split(setNames(d$value, d$unit), cell)",
    ]


def _blocked_interaction(row: Row) -> list[str]:
    return [
        *_four(row),
        "u <- Reduce(intersect, lapply(y, names)); y <- lapply(y, function(v) v[u])",
        "double <- (y[[1]] - y[[2]]) - (y[[3]] - y[[4]])",
        f"fit <- t.test(double, alternative = {_side(row)})",
        "p <- fit$p.value; effect <- mean(double)",
    ]


def _split_interaction(row: Row) -> list[str]:
    return [
        *_four(row),
        "within <- length(c(intersect(names(y[[1]]), names(y[[2]])), "
        "intersect(names(y[[3]]), names(y[[4]])))) > 0",
        "pair <- function(i, j) { u <- intersect(names(y[[i]]), names(y[[j]])); "
        "y[[i]][u] - y[[j]][u] }",
        "d1 <- if (within) pair(1, 2) else pair(1, 3); d2 <- if (within) pair(3, 4) else pair(2, 4)",
        f"fit <- t.test(d1, d2, alternative = {_side(row)})",
        "p <- fit$p.value; effect <- mean(d1) - mean(d2)",
    ]


def _satterthwaite(row: Row) -> list[str]:
    return [
        *_four(row),
        "v <- sapply(y, function(x) var(x) / length(x)); n <- lengths(y)",
        "df <- sum(v)^2 / sum(v^2 / (n - 1)); m <- sapply(y, mean)",
        "effect <- (m[[1]] - m[[2]]) - (m[[3]] - m[[4]]); t <- effect / sqrt(sum(v))",
        f"p <- switch({_side(row)}, less = pt(t, df), greater = pt(-t, df), 2 * pt(-abs(t), df))",
    ]


_MEANS = "fit$estimate[[1]] - fit$estimate[[2]]"
SCRIPTS: dict[str, Script] = {
    "welch_t": _two_groups("t.test(value ~ group, data = d, alternative = SIDE)", _MEANS),
    "student_t": _two_groups(
        "t.test(value ~ group, data = d, var.equal = TRUE, alternative = SIDE)", _MEANS
    ),
    "paired_t": _paired(
        "t.test(wide[[g[1]]], wide[[g[2]]], paired = TRUE, alternative = SIDE)", "fit$estimate[[1]]"
    ),
    **dict.fromkeys(
        ("mann_whitney_exact", "mann_whitney_permutation", "mann_whitney_normal"), _mann_whitney
    ),
    **dict.fromkeys(
        ("signed_rank_exact", "signed_rank_permutation", "signed_rank_normal"), _signed_rank
    ),
    "gehan_permutation": _gehan,
    "censored_paired": _censored,
    "interaction_censored": _censored,
    "sign_exact": _sign,
    "blocked_contrast": _blocked_contrast,
    **dict.fromkeys(("dunnett", "dunnett_simulated", "tukey"), _many),
    "one_way_anova": _anova("value ~ group", "group"),
    "blocked_anova": _anova("value ~ unit + group", "group"),
    "kruskal_wallis": _two_groups(
        "kruskal.test(value ~ group, data = d)", "fit$statistic[[1]] / (nrow(d) - 1)"
    ),
    "two_way_anova_type3": _two_way,
    "linear_trend": _trend("value ~ score"),
    "linear_trend_blocked": _trend("value ~ unit + score"),
    "interaction_blocked": _blocked_interaction,
    "interaction_split": _split_interaction,
    "interaction_satterthwaite": _satterthwaite,
}
