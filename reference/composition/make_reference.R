# Golden values of comparisons of compositions, from R: reads tubes.csv, writes expected.csv (17
# digits) and versions.txt. Run in this folder:  Rscript make_reference.R
suppressPackageStartupMessages({library(lme4); library(lmerTest)})
options(warn = -1)
tubes <- read.csv("tubes.csv", stringsAsFactors = FALSE)
out <- list()
put <- function(case, test, ...) {
  v <- unlist(list(...))
  out[[length(out) + 1]] <<- data.frame(case = case, test = test, quantity = names(v),
                                        value = sprintf("%.17g", v))
}
hotelling <- function(shift, S, f, level = 0.95) {
  m <- length(shift); T2 <- drop(shift %*% solve(S, shift)); df2 <- f - m + 1
  F <- T2 * df2 / (m * f); radius <- m * f / df2 * qf(level, m, df2)
  # range of lengths in the ellipsoid, by search over its surface
  R <- t(chol(S)) * sqrt(radius)
  at <- function(u) shift + drop(R %*% (u / sqrt(sum(u^2))))
  far <- function(sign) {
    best <- Inf
    for (i in 1:40) {
      o <- optim(rnorm(m), function(u) sign * sum(at(u)^2), method = "BFGS",
                 control = list(reltol = 1e-15, maxit = 5000))
      best <- min(best, o$value)
    }
    sqrt(abs(best))
  }
  inside <- T2 <= radius
  c(statistic = F, df = m, df2 = df2, p = pf(F, m, df2, lower.tail = FALSE),
    effect = sqrt(sum(shift^2)), low = if (inside) 0 else far(1), high = far(-1))
}
set.seed(1)
for (case in unique(tubes$case)) {
  d <- reshape(tubes[tubes$case == case, -1], direction = "wide", timevar = "part",
               idvar = c("group", "unit"), v.names = "count")
  parts <- grep("^count", names(d), value = TRUE)
  x <- as.matrix(d[parts]); share <- x / d$events
  k <- length(parts); g <- sort(unique(d$group))
  blocked <- length(unique(d$unit)) < nrow(d)
  block <- if (blocked) " + unit" else ""
  for (i in seq_along(parts)) {  # each part on logits: linear model with blocks, and lme4
    d$y <- qlogis(share[, i]); name <- paste0("logit_p", i)
    d$group <- factor(d$group, levels = g)
    fit <- lm(as.formula(paste("y ~ group", block)), d)
    s <- summary(fit)$coefficients; ci <- confint(fit)
    for (b in g[-1]) {
      at <- paste0("group", b)
      if (blocked) put(case, paste(name, b), effect = exp(s[at, 1]), p = s[at, 4],
        low = exp(ci[at, 1]), high = exp(ci[at, 2]), df = fit$df.residual)
      else {
        w <- t.test(d$y[d$group == b], d$y[d$group == "a"])
        put(case, paste(name, b), effect = exp(-diff(w$estimate)[[1]]), p = w$p.value,
            low = exp(w$conf.int[1]), high = exp(w$conf.int[2]), df = w$parameter[[1]])
      }
    }
    if (blocked) {
      mixed <- lmer(y ~ group + (1 | unit), d, control = lmerControl(optCtrl = list(
        xtol_rel = 1e-12, ftol_abs = 1e-14)))
      m <- coef(summary(mixed))
      for (b in g[-1]) put(case, paste0("lmer_p", i, " ", b),
        effect = exp(m[paste0("group", b), 1]), p = m[paste0("group", b), 5],
        singular = as.numeric(isSingular(mixed)))
      score <- match(as.character(d$group), g) - 1
      if (length(g) > 2) {
        slopes <- sapply(split(seq_len(nrow(d)), d$unit), function(r) coef(lm(d$y[r] ~ score[r]))[[2]])
        t1 <- t.test(slopes)
        put(case, paste0("trend_p", i), effect = exp(t1$estimate[[1]]), p = t1$p.value,
            low = exp(t1$conf.int[1]), high = exp(t1$conf.int[2]), df = t1$parameter[[1]])
      }
    }
    for (b in g[-1]) {  # percentage points
      one <- share[d$group == b, i]; two <- share[d$group == "a", i]
      names(one) <- d$unit[d$group == b]; names(two) <- d$unit[d$group == "a"]
      both <- intersect(names(one), names(two))
      if (blocked && length(g) > 2) {  # the block model of all groups, as for the odds
        d$x <- 100 * share[, i]; fit <- lm(x ~ group + unit, d); at <- paste0("group", b)
        put(case, paste0("points_p", i, " ", b), effect = coef(fit)[[at]],
            low = confint(fit)[at, 1], high = confint(fit)[at, 2])
        next
      }
      w <- if (blocked) t.test(one[both], two[both], paired = TRUE) else t.test(one, two)
      put(case, paste0("points_p", i, " ", b), effect = 100 * (if (blocked) w$estimate[[1]] else
        w$estimate[[1]] - w$estimate[[2]]), low = 100 * w$conf.int[1], high = 100 * w$conf.int[2])
    }
  }
  if (k < 3) next
  H <- contr.helmert(k); H <- sweep(H, 2, sqrt(colSums(H^2)), "/")
  Y <- log(share) %*% H
  fit <- lm(as.formula(paste("Y ~ group", block)), d)
  E <- crossprod(resid(fit)); f <- fit$df.residual; u <- solve(crossprod(model.matrix(fit)))
  for (b in g[-1]) {
    at <- paste0("group", b)
    put(case, paste("hotelling", b), hotelling(coef(fit)[at, ], E / f * u[at, at], f))
  }
  if (length(g) > 2) {
    form <- if (blocked) Y ~ unit + group else Y ~ group
    for (test in c("Wilks", "Pillai")) {
      s <- summary(manova(form, data = d), test = test)$stats["group", ]
      put(case, test, stat = s[[2]], statistic = s[[3]], df = s[[4]], df2 = s[[5]], p = s[[6]])
    }
    if (blocked && min(table(d$unit)) > 1) {
      score <- match(as.character(d$group), g) - 1
      slopes <- t(sapply(split(seq_len(nrow(d)), d$unit), function(r) coef(lm(Y[r, ] ~ score[r]))[2, ]))
      n <- nrow(slopes)
      if (n > ncol(slopes) + 1) put(case, "joint_trend",
        hotelling(colMeans(slopes), cov(slopes) / n, n - 1))
    }
  }
}
# beta-binomial and Dirichlet-multinomial likelihood ratios, by optim from several starts
fit_dm <- function(x, D) {
  q <- ncol(D); m <- ncol(x) - 1; n <- rowSums(x)
  minus <- function(b) {
    e <- cbind(D %*% matrix(b[seq_len(q * m)], q), 0); e <- exp(e - apply(e, 1, max))
    s <- exp(pmin(pmax(b[q * m + 1], -2), 16)); al <- s * e / rowSums(e)
    -sum(lgamma(s) - lgamma(n + s) + rowSums(lgamma(x + al) - lgamma(al)))
  }
  l <- log(x + 0.5); start <- qr.solve(D, l[, 1:m, drop = FALSE] - l[, m + 1]); best <- NULL
  for (t in c(3, 5, 7, 9, 12)) {
    o <- optim(c(start, t), minus, method = "BFGS", control = list(maxit = 5000, reltol = 1e-16))
    o <- optim(o$par, minus, method = "Nelder-Mead", control = list(maxit = 20000, reltol = 1e-16))
    if (is.null(best) || o$value < best$value) best <- o
  }
  c(-best$value, best$par[q], best$par[q * m + 1])
}
for (case in c("paired_n4", "unpaired_n5", "quadrants_n6")) {
  d <- reshape(tubes[tubes$case == case, -1], direction = "wide", timevar = "part",
               idvar = c("group", "unit"), v.names = "count")
  x <- as.matrix(d[grep("^count", names(d))]); a <- as.numeric(d$group == "b")
  D <- if (case == "unpaired_n5") matrix(1, nrow(d), 1) else model.matrix(~ unit, d)
  bb <- cbind(x[, 1], d$events - x[, 1])
  null <- fit_dm(bb, D); full <- fit_dm(bb, cbind(D, a))
  put(case, "beta_binomial", effect = full[2], statistic = 2 * (full[1] - null[1]),
      log_precision = full[3])
  put(case, "dirichlet", statistic = 2 * (fit_dm(x, cbind(D, a))[1] - fit_dm(x, D)[1]))
}
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("lme4", packageVersion("lme4")),
             paste("lmerTest", packageVersion("lmerTest"))), "versions.txt")
