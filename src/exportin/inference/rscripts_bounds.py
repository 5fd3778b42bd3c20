"""R calls for comparisons with bounds: censored likelihood, sign test, Gehan's scores."""

from collections.abc import Mapping
from typing import Any

from exportin.inference.gehan_overall import MOST_WAYS
from exportin.inference.rtext import four_cells, is_interaction, r_side

Row = Mapping[str, Any]


def permutation(row: Row) -> list[str]:
    """Permute the scores of the first group exactly (small groups).

    Examples
    --------
    >>> permutation({"alternative": "less"})[-1].startswith('p <- switch("less", less = less')
    True
    """
    return [
        "all <- combn(length(score), length(x), function(i) sum(score[i]))",
        "seen <- sum(score[seq_along(x)])",
        "less <- mean(all <= seen + 1e-9); greater <- mean(all >= seen - 1e-9)",
        f"p <- switch({r_side(row['alternative'])}, less = less, greater = greater, "
        "min(1, 2 * min(less, greater)))",
    ]


_SCORES = (
    "low <- ifelse(d$censor == -1, -Inf, d$value); high <- ifelse(d$censor == 1, Inf, d$value)",
    "over <- outer(seq_len(n), seq_len(n), function(i, j) is.finite(low[i]) & "
    "is.finite(high[j]) & (low[i] > high[j] | low[i] == high[j] & "
    "(d$censor[i] == 1 | d$censor[j] == -1)))",
    "score <- rowSums(over) - colSums(over)",
)


def gehan_overall(row: Row) -> list[str]:
    """Write the test of several groups by Gehan's scores; all ways are dealt out where few.

    Examples
    --------
    >>> gehan_overall({"alternative": "two-sided"})[-1]
    'effect <- H / (n - 1)'
    """
    del row
    return [
        "n <- nrow(d)",
        *_SCORES,
        "size <- as.vector(table(d$group)); between <- function(s) sum(s^2 / size)",
        "seen <- between(as.vector(tapply(score, d$group, sum)))",
        "H <- (n - 1) * seen / sum(score^2)",
        "deal <- function(left, g) if (g == length(size)) list(sum(score[left])) else "
        "do.call(c, lapply(asplit(combn(length(left), size[g]), 2), function(i) "
        "lapply(deal(left[-i], g + 1), function(rest) c(sum(score[left[i]]), rest))))",
        f"p <- if (exp(lfactorial(n) - sum(lfactorial(size))) > {MOST_WAYS} + 0.5) "
        "pchisq(H, length(size) - 1, lower.tail = FALSE) else "
        "mean(sapply(deal(seq_len(n), 1), between) >= seen - 1e-9 * seen)",
        "effect <- H / (n - 1)",
    ]


def gehan(row: Row) -> list[str]:
    """Write the permutation test of Gehan's scores.

    Examples
    --------
    >>> gehan({"alternative": "two-sided"})[3]
    'score <- rowSums(over) - colSums(over)'
    """
    return [
        "d <- d[order(d$group), ]; n <- nrow(d); x <- d$value[as.integer(d$group) == 1]",
        *_SCORES,
        *permutation(row),
        "a <- seq_along(x); ends <- c(median(outer(low[a], high[-a], '-')), "
        "median(outer(high[a], low[-a], '-')))",
        "effect <- ends[is.finite(ends)][1]",
    ]


def kendall(row: Row) -> list[str]:
    """Write Kendall's S of bounded values with its exact or normal p, and the Theil-Sen slope.

    Examples
    --------
    >>> kendall({"alternative": "less"})[0]
    'if (is.null(d$censor)) d$censor <- 0'
    """
    side = r_side(row["alternative"])
    return [
        "if (is.null(d$censor)) d$censor <- 0",
        "x <- as.numeric(as.character(d$group)); y <- d$value; k <- d$censor; n <- length(y)",
        "order_of <- function(y, k) { low <- ifelse(k == -1, -Inf, y); high <- ifelse(k == 1, "
        "Inf, y); over <- outer(1:n, 1:n, function(i, j) is.finite(low[i]) & is.finite(high[j]) & "
        "(low[i] > high[j] | low[i] == high[j] & (k[i] == 1 | k[j] == -1))); over - t(over) }",
        "a <- order_of(x, 0 * k); S <- function(slope) sum(a * order_of(y - slope * x, k)) / 2",
        "b <- order_of(y, k); s <- S(0)",
        "if (n <= 8) {",
        "  orders <- function(v) if (length(v) < 2) list(v) else do.call(c, lapply(seq_along(v), "
        "function(i) lapply(orders(v[-i]), function(w) c(v[i], w))))",
        "  all <- sapply(orders(1:n), function(o) sum(a[o, o] * b) / 2)",
        "  p <- switch(" + side + ", less = mean(all <= s + 0.25), greater = mean(all >= s - "
        "0.25), mean(abs(all) >= abs(s) - 0.25))",
        "} else if (all(table(x) == 1) && all(k == 0) && all(table(y) == 1) && n < 50) {",
        f"  p <- cor.test(x, y, method = 'kendall', exact = TRUE, alternative = {side})$p.value",
        "} else {",
        "  r <- function(m) sum(rowSums(m)^2) - sum(m^2)",
        "  v <- (4 * r(a) * r(b) / (n * (n - 1) * (n - 2)) + 2 * sum(a^2) * sum(b^2) / (n * (n - "
        "1))) / 4",
        "  p <- switch(" + side + ", less = pnorm((s + 1) / sqrt(v)), greater = pnorm((1 - s) / "
        "sqrt(v)), min(1, 2 * pnorm(-max(abs(s) - 1, 0) / sqrt(v))))",
        "}",
        "dx <- outer(x, x, '-'); at <- sort(unique((outer(y, y, '-') / dx)[dx != 0]))",
        "mid <- c(at[1] - 1, (at[-1] + at[-length(at)]) / 2, at[length(at)] + 1)",
        "now <- sapply(mid, S); ends <- c(if (any(now > 0)) at[sum(now > 0)] else NA, "
        "if (any(now < 0)) at[length(at) + 1 - sum(now < 0)] else NA)",
        "effect <- mean(ends, na.rm = TRUE)",
    ]


def _signed_differences(row: Row) -> list[str]:
    """Differences within units with their codes; clashing bounds are left out."""
    signs, cell = "c(1, -1)", "d$group"
    if is_interaction(row):
        signs, cell = "c(1, -1, -1, 1)", four_cells(row)
    return [
        "if (is.null(d$censor)) d$censor <- 0",
        f"cell <- {cell}; s <- {signs}[as.integer(cell)]",
        "full <- names(which(table(d$unit) == nlevels(cell))); k <- d$unit %in% full",
        "diff <- tapply(s[k] * d$value[k], d$unit[k], sum)",
        "up <- tapply(s[k] * d$censor[k] > 0, d$unit[k], any)",
        "down <- tapply(s[k] * d$censor[k] < 0, d$unit[k], any)",
        "known <- !(up & down); diff <- diff[known]; code <- (up - down)[known]",
    ]


def censored(row: Row) -> list[str]:
    """Write the likelihood-ratio test of a censored normal sample.

    Examples
    --------
    >>> row = {"alternative": "less", "bound": "=", "effect_kind": "ratio of ec50"}
    >>> censored(row)[-1]
    'effect <- best$maximum'
    """
    effect = "best$maximum" if row["bound"] == "=" else _edge(row)
    return [
        *_signed_differences(row),
        "ml <- function(mu) -optimize(function(s) -(sum(dnorm(diff[code == 0], mu, exp(s), log = "
        "TRUE)) + sum(pnorm(code[code != 0] * (mu - diff[code != 0]) / exp(s), log.p = TRUE))), "
        "log(sd(diff)) + c(-9, 9), tol = 1e-12)$objective",
        "best <- optimize(ml, range(diff) + c(-10, 10) * diff(range(diff)), maximum = TRUE, "
        "tol = 1e-10)",
        "n <- length(diff); t <- sign(best$maximum) * "
        "sqrt((n - 1) * expm1(max(0, 2 * (best$objective - ml(0)) / n)))",
        f"p <- switch({r_side(row['alternative'])}, less = pt(t, n - 1), greater = pt(-t, n - 1), "
        "2 * pt(-abs(t), n - 1))",
        f"effect <- {effect}",
    ]


def _edge(row: Row) -> str:
    """Bound reported where the mean would be extrapolated."""
    if row["bound"] == ">":
        return "max(min(diff[code == 1]), max(diff[code == 0]))"
    return "min(max(diff[code == -1]), min(diff[code == 0]))"


def sign_test(row: Row) -> list[str]:
    """Write the exact sign test.

    Examples
    --------
    >>> row = {"alternative": "less", "bound": ">", "effect_kind": "ratio of ec50"}
    >>> sign_test(row)[-1]
    'effect <- min(diff)'
    """
    return [
        *_signed_differences(row),
        "kept <- !(code == 0 & diff == 0)",
        f"p <- binom.test(sum(code[kept] == 1 | code[kept] == 0 & diff[kept] > 0), sum(kept), "
        f"alternative = {r_side(row['alternative'])})$p.value",
        f"effect <- {'min' if row['bound'] == '>' else 'max'}(diff)",
    ]
