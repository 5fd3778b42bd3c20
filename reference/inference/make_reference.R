# Golden values of exportin.inference, from R: reads cases/*.csv, writes expected.csv (17 digits)
# and versions.txt. Run in this folder:  Rscript make_reference.R
# Cases named huge* are 1e9 plus sixteenths, exact in double precision; R works on value - 1e9
# (exact too), because R's own means at 1e9 keep 7 digits of a difference only.
suppressPackageStartupMessages({library(mvtnorm); library(multcomp); library(emmeans)})
options(contrasts = c("contr.treatment", "contr.poly"), warn = -1)
set.seed(1)
out <- list()
put <- function(case, test, ...) {
  v <- unlist(list(...))
  out[[length(out) + 1]] <<- data.frame(case = case, test = test, quantity = names(v),
                                        value = sprintf("%.17g", v))
}
read <- function(f) read.csv(file.path("cases", f), stringsAsFactors = FALSE)
near <- function(case, v) if (startsWith(case, "huge")) v - 1e9 else v
each <- function(d, f) for (k in unique(d$case)) f(k, d[d$case == k, ])
sides <- c("two.sided", "less", "greater")

# ---- t tests and ranks ------------------------------------------------------------------------
put_t <- function(k, name, h, effect) put(k, name, statistic = unname(h$statistic),
  df = unname(h$parameter), p = h$p.value, low = h$conf.int[1], high = h$conf.int[2],
  effect = unname(effect), se = h$stderr)
put_w <- function(k, name, h) put(k, name, statistic = unname(h$statistic), p = h$p.value,
  low = h$conf.int[1], high = h$conf.int[2], effect = unname(h$estimate))

perm_tails <- function(sums, seen) c(less = mean(sums <= seen + 1e-9), greater = mean(sums >= seen - 1e-9))

each(read("two_groups.csv"), function(k, d) {
  a <- near(k, d$value[d$group == "a"]); b <- near(k, d$value[d$group == "b"])
  for (s in sides) for (lev in c(0.95, 0.9)) {
    tag <- paste(s, lev)
    h <- t.test(a, b, alternative = s, conf.level = lev); put_t(k, paste("welch", tag), h, mean(a) - mean(b))
    h <- t.test(a, b, alternative = s, conf.level = lev, var.equal = TRUE)
    put_t(k, paste("student", tag), h, mean(a) - mean(b))
    h <- t.test(a, mu = if (k == "tiny") 0 else 0.5, alternative = s, conf.level = lev); put_t(k, paste("one", tag), h, mean(a))
    tied <- anyDuplicated(c(a, b)) > 0
    if (!tied && max(length(a), length(b)) < 50)
      put_w(k, paste("mw_exact", tag), wilcox.test(a, b, alternative = s, conf.int = TRUE, conf.level = lev))
    put_w(k, paste("mw_normal", tag), wilcox.test(a, b, alternative = s, conf.int = TRUE,
      conf.level = lev, exact = FALSE, tol.root = 1e-15 * max(abs(c(a, b)))))
  }
  if (k == "ties") {
    r <- rank(c(a, b)); n <- length(a)
    put(k, "mw_permutation", perm_tails(combn(r, n, sum), sum(r[1:n])))
  }
})

each(read("pairs.csv"), function(k, d) {
  a <- near(k, d$a); b <- near(k, d$b); x <- round(a - b, if (k == "tiny") 21 else 9)
  for (s in sides) for (lev in c(0.95, 0.9)) {
    tag <- paste(s, lev)
    h <- t.test(a, b, paired = TRUE, alternative = s, conf.level = lev); put_t(k, paste("paired", tag), h, mean(a - b))
    tied <- anyDuplicated(abs(x)) > 0 || any(x == 0)
    if (!tied && length(x) < 50)
      put_w(k, paste("sr_exact", tag), wilcox.test(x, alternative = s, conf.int = TRUE, conf.level = lev))
    put_w(k, paste("sr_normal", tag), wilcox.test(x, alternative = s, conf.int = TRUE,
      conf.level = lev, exact = FALSE, tol.root = 1e-15 * max(abs(x))))
  }
  if (k %in% c("ties", "zeros")) {
    z <- x[x != 0]; r <- rank(abs(z)); signs <- as.matrix(expand.grid(rep(list(0:1), length(z))))
    put(k, "sr_permutation", perm_tails(as.vector(signs %*% r), sum(r[z > 0])))
  }
})

# ---- analysis of variance ---------------------------------------------------------------------
eta <- function(f, d1, d2, lev) {
  at <- function(p) if (pf(f, d1, d2) <= p) 0 else
    uniroot(function(l) pf(f, d1, d2, ncp = l) - p, c(0, 4 * d1 * f + 50), tol = 1e-13)$root
  l <- at(1 - (1 - lev) / 2); h <- at((1 - lev) / 2); n <- d1 + d2 + 1
  c(eta = d1 * f / (d1 * f + d2), low = l / (l + n), high = h / (h + n))
}
put_f <- function(k, name, ss, d1, rss, d2) {
  f <- (ss / d1) / (rss / d2)
  put(k, name, ss = ss, df = d1, rss = rss, df2 = d2, statistic = f, p = pf(f, d1, d2, lower.tail = FALSE),
      if (f < 200) eta(f, d1, d2, 0.9) else NULL)
}
gap <- function(small, big) { a <- anova(small, big); c(a[2, "Sum of Sq"], a[2, "Df"], a[2, "RSS"], a[2, "Res.Df"]) }
type2 <- function(k, name, small, big, full) {
  g <- gap(small, big); put_f(k, name, g[1], g[2], deviance(full), df.residual(full))
}

# Dunnett by three routes: base R double integration (any size), TVPACK (2 or 3 comparisons,
# two-sided by inclusion and exclusion), multcomp's GenzBretz (quasi-Monte Carlo)
dunnett_tail <- function(c0, lam, df, two) {
  root <- sqrt(1 - lam^2)
  inner <- function(s) { g <- function(z) dnorm(z) * -expm1(rowSums(sapply(seq_along(lam), function(i) {
      o <- pnorm((c0 * s - lam[i] * z) / root[i], lower.tail = FALSE)
      if (two) o <- o + pnorm((-c0 * s - lam[i] * z) / root[i])
      log1p(-pmin(o, 1)) })))
    integrate(g, -9, 0, rel.tol = 1e-11, subdivisions = 500)$value +
      integrate(g, 0, 9, rel.tol = 1e-11, subdivisions = 500)$value }
  over_chi(inner, df)
}
# R's ptukey is good to 1e-4 at 2 df and 1e-7 at 5 df, so the same integral in base R as well
range_tail <- function(q, k, df) {
  inner <- function(w) { g <- function(z) k * dnorm(z) * (pnorm(z)^(k - 1) - (pnorm(z) - pnorm(z - w))^(k - 1))
    sum(sapply(list(c(-9, -3), c(-3, 0), c(0, 3), c(3, 12)), function(l) integrate(g, l[1], l[2], rel.tol = 1e-11, abs.tol = 1e-15, subdivisions = 500, stop.on.error = FALSE)$value)) }
  over_chi(function(s) inner(q * s), df)
}
over_chi <- function(inner, df) {
  dens <- function(s) sapply(s, function(v) inner(v) * 2 * df * v * dchisq(df * v^2, df))
  cut <- sqrt(qchisq(c(1e-17, 1e-4, 0.05, 0.5, 0.95, 1 - 1e-4), df) / df)
  cut <- c(0, cut, sqrt(qchisq(1e-18, df, lower.tail = FALSE) / df))
  sum(mapply(function(l, h) integrate(dens, l, h, rel.tol = 1e-11, abs.tol = 1e-15, subdivisions = 500, stop.on.error = FALSE)$value, head(cut, -1), tail(cut, -1)))
}
tvpack_tail <- function(c0, R, df, two) {
  m <- nrow(R)
  if (!two) return(1 - pmvt(lower = rep(-Inf, m), upper = rep(c0, m), corr = R, df = df, algorithm = TVPACK(abseps = 1e-14)))
  s <- as.matrix(expand.grid(rep(list(c(1, -1)), m)))
  1 - sum(apply(s, 1, function(e) prod(e) * pmvt(lower = rep(-Inf, m), upper = e * c0, corr = R, df = df, algorithm = TVPACK(abseps = 1e-14))))
}
put_dunnett <- function(k, name, fit, K) {
  est <- as.vector(K %*% coef(fit)); V <- K %*% vcov(fit) %*% t(K); se <- sqrt(diag(V)); df <- df.residual(fit)
  R <- V / outer(se, se); t0 <- est / se; m <- length(t0)
  lam <- if (m == 1) 0 else if (m == 2) rep(sqrt(R[1, 2]), 2) else
    sapply(1:m, function(i) { o <- setdiff(1:m, i)[1:2]; sqrt(R[i, o[1]] * R[i, o[2]] / R[o[1], o[2]]) })
  L <- outer(lam, lam); diag(L) <- 1
  product <- max(abs(L - R)) < 1e-9
  for (i in 1:m) {
    put(k, name, setNames(c(est[i], se[i], df, t0[i], 2 * pt(-abs(t0[i]), df)), paste0(c("effect", "se", "df", "statistic", "p"), i)))
    if (product && m > 1) put(k, name, setNames(c(dunnett_tail(abs(t0[i]), lam, df, TRUE), dunnett_tail(t0[i], lam, df, FALSE)),
        paste0(c("integral_two", "integral_greater"), i)))
    if (m %in% 2:3) put(k, name, setNames(c(tvpack_tail(abs(t0[i]), R, df, TRUE), tvpack_tail(t0[i], R, df, FALSE)),
        paste0(c("tvpack_two", "tvpack_greater"), i)))
    gb <- pmvt(lower = rep(-abs(t0[i]), m), upper = rep(abs(t0[i]), m), corr = R, df = df, abseps = 1e-7, maxpts = 1e5)
    put(k, name, setNames(c(1 - gb, attr(gb, "error")), paste0(c("genz_two", "genz_error"), i)))
  }
  ci <- confint(glht(fit, linfct = K), level = 0.95, calpha = adjusted_calpha(abseps = 1e-5, maxpts = 5e4))
  put(k, name, critical = attr(ci$confint, "calpha"))
}

many_to_one <- function(k) cbind(-1, diag(k - 1))
all_pairs <- function(k) { i <- combn(k, 2); t(apply(i, 2, function(p) { v <- rep(0, k); v[p[2]] <- 1; v[p[1]] <- -1; v })) }
put_tukey <- function(k, name, fit, K, n) {
  est <- as.vector(K %*% coef(fit)); se <- sqrt(diag(K %*% vcov(fit) %*% t(K))); df <- df.residual(fit)
  q0 <- sqrt(2) * abs(est / se); p <- ptukey(q0, n, df, lower.tail = FALSE); q <- qtukey(0.95, n, df) / sqrt(2)
  for (i in seq_along(est)) put(k, name, setNames(c(est[i], p[i], range_tail(q0[i], n, df), est[i] - q * se[i], est[i] + q * se[i]),
      paste0(c("effect", "p", "integral", "low", "high"), i)))
}
lsm <- function(fit, by) emmeans(fit, by)@linfct

each(read("one_way.csv"), function(k, d) {
  d$y <- near(k, d$value); d$g <- factor(d$group); fit <- lm(y ~ g, d); n <- nlevels(d$g)
  a <- anova(fit); put_f(k, "one_way", a[1, 2], a[1, 1], a[2, 2], a[2, 1])
  w <- oneway.test(y ~ g, d)
  put(k, "welch_anova", statistic = unname(w$statistic), df = unname(w$parameter[1]), df2 = unname(w$parameter[2]), p = w$p.value)
  cell <- lm(y ~ g - 1, d)
  put_tukey(k, "tukey", cell, all_pairs(n), n)
  if (k != "strong") put_dunnett(k, "dunnett", cell, many_to_one(n))
})
each(read("blocked.csv"), function(k, d) {
  d$y <- near(k, d$value); d$g <- factor(d$group); d$e <- factor(d$block); n <- nlevels(d$g)
  fit <- lm(y ~ e + g, d); type2(k, "blocked", lm(y ~ e, d), fit, fit)
  L <- lsm(fit, "g"); put_tukey(k, "tukey_blocked", fit, all_pairs(n) %*% L, n)
  put_dunnett(k, "dunnett_blocked", fit, many_to_one(n) %*% L)
})
each(read("two_way.csv"), function(k, d) {
  d$y <- near(k, d$value); d$a <- factor(d$a); d$b <- factor(d$b); d$e <- factor(d$block)
  blocks <- nlevels(d$e) > 1; up <- function(f) if (blocks) update(f, . ~ e + .) else f
  full <- lm(up(y ~ a * b), d)
  old <- options(contrasts = c("contr.sum", "contr.poly")); s <- lm(up(y ~ a * b), d); z <- drop1(s, . ~ ., test = "F")
  options(old)
  for (t in c("a", "b", "a:b")) put_f(k, paste("type3", t), z[t, "Sum of Sq"], z[t, "Df"], deviance(full), df.residual(full))
  type2(k, "type2 a", lm(up(y ~ b), d), lm(up(y ~ a + b), d), full)
  type2(k, "type2 b", lm(up(y ~ a), d), lm(up(y ~ a + b), d), full)
  type2(k, "type2 a:b", lm(up(y ~ a + b), d), full, full)
  n <- nlevels(d$a); L <- suppressMessages(lsm(full, "a"))
  put_tukey(k, "tukey_within", full, all_pairs(n) %*% L, n); put_dunnett(k, "dunnett_within", full, many_to_one(n) %*% L)
  # the interaction of the first two levels of a and b
  q <- droplevels(d[d$a %in% c("a0", "a1"), ]); m <- summary(lm(y ~ a * b, q)); i <- m$coefficients["aa1:bb1", ]; df <- m$df[2]
  h <- qt(0.975, df) * i[2]
  put(k, "interaction_pooled", effect = unname(i[1]), se = unname(i[2]), df = df, statistic = unname(i[3]), p = unname(i[4]), low = unname(i[1] - h), high = unname(i[1] + h))
  cells <- split(q$y, list(q$a, q$b)); nn <- sapply(cells, length)
  if (min(nn) > 1) {
    v <- sapply(cells, var) / nn; mu <- sapply(cells, mean); e <- (mu["a1.b1"] - mu["a0.b1"]) - (mu["a1.b0"] - mu["a0.b0"])
    se <- sqrt(sum(v)); df <- sum(v)^2 / sum(v^2 / (nn - 1)); t0 <- e / se; h <- qt(0.975, df) * se
    put(k, "interaction_separate", effect = unname(e), se = se, df = df, statistic = unname(t0), p = unname(2 * pt(-abs(t0), df)), low = unname(e - h), high = unname(e + h))
  }
})
each(read("double_pairs.csv"), function(k, d) for (s in sides) {
  x <- (d$tw - d$cw) - (d$to - d$co); put_t(k, paste("interaction_blocked", s, 0.95), t.test(x, alternative = s), mean(x))
})
each(read("trend.csv"), function(k, d) {
  d$y <- near(k, d$value)
  f <- lm(y ~ score, d); i <- summary(f)$coefficients["score", ]; c0 <- confint(f, "score")
  put(k, "trend", effect = unname(i[1]), se = unname(i[2]), df = df.residual(f), statistic = unname(i[3]), p = unname(i[4]), low = c0[1], high = c0[2])
})
each(read("slopes.csv"), function(k, d) {   # one slope per experiment, experiments with one dose have none
  d$y <- near(k, d$value); e <- Filter(function(u) length(unique(u$score)) > 1, split(d, d$block))
  slopes <- sapply(e, function(u) coef(lm(y ~ score, u))[["score"]])
  for (s in sides) for (lev in c(0.95, 0.9)) {
    h <- t.test(slopes, alternative = s, conf.level = lev)
    put_t(k, paste("trend_of_slopes", s, lev), h, h$estimate); put(k, paste("trend_of_slopes", s, lev), n = length(slopes))
  }
})

# ---- lists of p values, ptukey, the noncentral F ----------------------------------------------
each(read("p_values.csv"), function(k, d) for (m in c("holm", "hochberg", "bonferroni", "BH")) {
  p <- p.adjust(d$p, m); put(k, paste("adjust", m), setNames(p, seq_along(p))) })
for (k in c(2, 3, 5, 10, 20)) for (df in c(2, 5, 20, 120)) for (q in c(1, 3, 5, 8))
  put(paste(q, k, df), "ptukey", p = ptukey(q, k, df, lower.tail = FALSE), integral = range_tail(q, k, df))

write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
s <- sapply(c("multcomp", "mvtnorm", "emmeans"), function(p) as.character(packageVersion(p)))
writeLines(c(R.version.string, paste(names(s), s), paste("platform", R.version$platform)), "versions.txt")
