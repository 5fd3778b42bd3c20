"""R calls by method name; each sets p and effect (working scale) from the data frame d."""

from collections.abc import Callable, Mapping
from typing import Any

from exportin.inference.rscripts_bounds import (
    censored,
    gehan,
    gehan_overall,
    kendall,
    permutation,
    sign_test,
)
from exportin.inference.rscripts_models import (
    anova,
    blocked_contrast,
    blocked_interaction,
    many,
    satterthwaite,
    split_interaction,
    trend,
    trend_of_slopes,
    two_way,
)
from exportin.inference.rtext import r_side

Row = Mapping[str, Any]
Script = Callable[[Row], list[str]]


def _two_groups(call: str, effect: str) -> Script:
    def script(row: Row) -> list[str]:
        return [
            f"fit <- {call.replace('SIDE', r_side(row['alternative']))}",
            f"p <- fit$p.value; effect <- {effect}",
        ]

    return script


def _difference(row: Row) -> list[str]:
    """Values of a minus b within units, in the order of the units."""
    del row
    return [
        "if (!is.null(d$censor)) d <- d[!d$unit %in% d$unit[d$censor != 0], names(d) != 'censor']",
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
            *permutation(row),
            "effect <- median(outer(x, y, '-'))",
        ]
    exact = "FALSE" if normal else "TRUE"
    return [
        "x <- d$value[as.integer(d$group) == 1]; y <- d$value[as.integer(d$group) == 2]",
        f"p <- wilcox.test(x, y, exact = {exact}, "
        f"alternative = {r_side(row['alternative'])})$p.value",
        "effect <- median(outer(x, y, '-'))",
    ]


def _signed_rank(row: Row) -> list[str]:
    pseudo = "w <- outer(diff, diff, '+') / 2; effect <- median(w[upper.tri(w, diag = TRUE)])"
    start = [*_difference(row), "diff <- wide[[g[1]]] - wide[[g[2]]]"]
    if row["method"].endswith("permutation"):
        return [
            *start,
            "kept <- diff[abs(diff) > 1e-12]; score <- rank(round(abs(kept), 12))",
            "sign <- as.matrix(expand.grid(rep(list(0:1), length(kept))))",
            "all <- sign %*% score; seen <- sum(score[kept > 0])",
            "less <- mean(all <= seen + 1e-9); greater <- mean(all >= seen - 1e-9)",
            f"p <- switch({r_side(row['alternative'])}, less = less, greater = greater, "
            "min(1, 2 * min(less, greater)))",
            pseudo,
        ]
    exact = "FALSE" if row["method"].endswith("normal") else "TRUE"
    return [
        *start,
        f"p <- wilcox.test(diff, exact = {exact}, "
        f"alternative = {r_side(row['alternative'])})$p.value",
        pseudo,
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
    "gehan_permutation": gehan,
    "gehan_overall": gehan_overall,
    "kendall_bounds": kendall,
    "censored_paired": censored,
    "interaction_censored": censored,
    "sign_exact": sign_test,
    "blocked_contrast": blocked_contrast,
    **dict.fromkeys(("dunnett", "dunnett_simulated", "tukey"), many),
    "one_way_anova": anova("value ~ group", "group"),
    "blocked_anova": anova("value ~ unit + group", "group"),
    "kruskal_wallis": _two_groups(
        "kruskal.test(value ~ group, data = d)", "fit$statistic[[1]] / (nrow(d) - 1)"
    ),
    "two_way_anova_type3": two_way,
    "linear_trend": trend,
    "trend_of_slopes": trend_of_slopes,
    "interaction_blocked": blocked_interaction,
    "interaction_split": split_interaction,
    "interaction_satterthwaite": satterthwaite,
}
