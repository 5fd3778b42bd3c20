# Reference numbers of pooling with a shared variance, Kendall's tau with bounds, Gehan's scores
# and the extra-sum-of-squares test. Base R and survival. Writes expected.csv and versions.txt.
library(survival)
options(warn = 2)
out <- list()
put <- function(test, case, ...) {
  x <- c(...)
  out[[length(out) + 1]] <<- data.frame(test = test, case = case, quantity = names(x), value = sprintf("%.15g", x))
}

# ---- panel: several means, one sigma --------------------------------------------------------
d <- read.csv("panel.csv"); d$line <- factor(d$line)
exact <- d[ave(d$censor, d$line, FUN = max) == 0, ]; exact$line <- droplevels(exact$line)
fit <- lm(value ~ line - 1, exact); ci <- confint(fit)
for (l in levels(exact$line)) put("panel_exact", l, mean = unname(coef(fit)[paste0("line", l)]),
  low = ci[paste0("line", l), 1], high = ci[paste0("line", l), 2], df = fit$df.residual)
known <- d[ave(1 - d$censor, d$line, FUN = sum) > 0, ]; known$line <- droplevels(known$line)
tight <- survreg.control(rel.tolerance = 1e-11, maxiter = 500)
full <- survreg(Surv(value, 1 - censor) ~ line - 1, known, dist = "gaussian", control = tight)
n <- nrow(known); df <- n - nlevels(known$line)
for (l in levels(known$line)) {
  rest <- model.matrix(~ line - 1, known)[, paste0("line", levels(known$line)) != paste0("line", l)]
  own <- known$line == l
  t2 <- function(mu) {
    null <- survreg(Surv(value - mu * own, 1 - censor) ~ rest - 1, known, dist = "gaussian", control = tight)
    df * expm1(2 * (full$loglik[2] - null$loglik[2]) / n)
  }
  m <- unname(coef(full)[paste0("line", l)]); q <- qt(0.975, df)^2
  end <- function(way) uniroot(function(h) t2(m + way * h) - q, c(1e-6, 1.5), tol = 1e-12)$root * way + m
  put("panel_censored", l, mean = m, low = end(-1), high = end(1), df = df, sd = full$scale)
}

# ---- lines: Kendall, Gehan ------------------------------------------------------------------
sure <- function(y, k) {
  low <- ifelse(k == -1, -Inf, y); high <- ifelse(k == 1, Inf, y); n <- length(y); over <- matrix(0, n, n)
  for (i in 1:n) for (j in 1:n) over[i, j] <- is.finite(low[i]) && is.finite(high[j]) &&
    (low[i] > high[j] || (low[i] == high[j] && (k[i] == 1 || k[j] == -1)))
  over - t(over)
}
orders <- function(v) if (length(v) < 2) list(v) else
  do.call(c, lapply(seq_along(v), function(i) lapply(orders(v[-i]), function(w) c(v[i], w))))
for (case in c("seven", "twelve", "ties")) {
  e <- read.csv("lines.csv"); e <- e[e$case == case, ]
  a <- sure(e$expression, 0 * e$censor); b <- sure(e$value, e$censor); s <- sum(a * b) / 2
  put("kendall", case, s = s, tau = 2 * s / sqrt(sum(a^2) * sum(b^2)))
  if (case == "seven") {
    all <- sapply(orders(1:7), function(o) sum(a[o, o] * b) / 2)
    put("kendall", case, p = mean(abs(all) >= abs(s) - 0.25), less = mean(all <= s + 0.25), greater = mean(all >= s - 0.25))
  }
  if (case == "twelve") {
    r <- cor.test(e$expression, e$value, method = "kendall", exact = TRUE)
    slopes <- (outer(e$value, e$value, "-") / outer(e$expression, e$expression, "-"))[upper.tri(a)]
    put("kendall", case, p = r$p.value, cor_test_tau = unname(r$estimate), slope = median(slopes))
  }
  score <- rowSums(b); x <- which(e$subtype == "a"); seen <- sum(score[x])
  all <- combn(length(score), length(x), function(i) sum(score[i]))
  put("gehan", case, statistic = seen, p = min(1, 2 * min(mean(all <= seen + 1e-9), mean(all >= seen - 1e-9))))
}

# ---- two curves -----------------------------------------------------------------------------
for (case in c("apart", "same", "noisy")) {
  d <- read.csv("two_curves.csv"); d <- d[d$case == case, ]; d$x <- log(d$dose); d$a <- as.numeric(d$curve == "a")
  hill <- function(x, top, bottom, e, q) bottom + (top - bottom) / (1 + exp(exp(q) * (x - e)))
  control <- nls.control(maxiter = 500, tol = 1e-6, nDcentral = TRUE)
  start <- list(t1 = 1, t2 = 1, b1 = .1, b2 = .2, q1 = .1, q2 = 0)
  both <- nls(response ~ a * hill(x, t1, b1, e + r, q1) + (1 - a) * hill(x, t2, b2, e, q2), d,
    start = c(start, e = log(100), r = 0.1), control = control)
  one <- nls(response ~ a * hill(x, t1, b1, e, q1) + (1 - a) * hill(x, t2, b2, e, q2), d,
    start = c(start, e = log(120)), control = control)
  f <- anova(one, both)
  limit <- deviance(both) * (1 + qf(0.95, 1, df.residual(both)) / df.residual(both))
  rss <- function(r) deviance(nls(response ~ a * hill(x, t1, b1, e + r, q1) + (1 - a) * hill(x, t2, b2, e, q2), d,
    start = as.list(coef(both)[names(coef(both)) != "r"]), control = control))
  r <- unname(coef(both)["r"]); se <- summary(both)$coefficients["r", 2]
  end <- function(way) uniroot(function(h) rss(r + way * h) - limit, c(0, 4 * se), tol = 1e-10)$root * way + r
  put("same_ec50", case, statistic = f[2, "F value"], p = f[2, "Pr(>F)"], df = df.residual(both),
    log10_ratio = r / log(10), low = end(-1) / log(10), high = end(1) / log(10),
    separate = deviance(both), shared = deviance(one))
}

# ---- two curves, dose at half of the vehicle mean; 8 vehicle wells behind each, or exact --------
for (case in c("apart", "same", "noisy")) for (behind in c(8, Inf)) {
  d <- read.csv("two_curves.csv"); d <- d[d$case == case, ]
  d <- data.frame(x = log(d$dose), y = d$response, a = as.numeric(d$curve == "a"), b = as.numeric(d$curve == "b"), v = 0, w = 0, k = 1)
  finite <- is.finite(behind)
  if (finite) d <- rbind(d, data.frame(x = 0, y = 1, a = 0, b = 0, v = c(1, 0), w = c(0, 1), k = behind))
  at <- function(x, top, bottom, theta, q, L) bottom + (top - bottom) / (1 + exp(exp(q) * (x - theta) + log((top - L) / (L - bottom))))
  model <- if (finite) y ~ a * at(x, t1, b1, e + r, q1, v1 / 2) + b * at(x, t2, b2, e, q2, v2 / 2) + v * v1 + w * v2 else
    y ~ a * at(x, t1, b1, e + r, q1, 0.5) + b * at(x, t2, b2, e, q2, 0.5)
  control <- nls.control(maxiter = 500, tol = 1e-6, nDcentral = TRUE)
  start <- c(list(t1 = 1, t2 = 1, b1 = .1, b2 = .2, q1 = .1, q2 = 0), if (finite) list(v1 = 1, v2 = 1))
  both <- nls(model, d, start = c(start, e = log(100), r = 0.1), weights = k, control = control)
  held <- function(value, from) { d$r <- value; nls(model, d, start = from, weights = k, control = control) }
  from <- as.list(coef(both)[names(coef(both)) != "r"])
  one <- held(0, c(start, e = log(120)))
  f <- anova(one, both)
  limit <- deviance(both) * (1 + qf(0.95, 1, df.residual(both)) / df.residual(both))
  r <- unname(coef(both)["r"]); se <- summary(both)$coefficients["r", 2]
  end <- function(way) uniroot(function(h) deviance(held(r + way * h, from)) - limit, c(0, 4 * se), tol = 1e-10)$root * way + r
  put("same_level", paste0(case, behind), statistic = f[2, "F value"], p = f[2, "Pr(>F)"], df = df.residual(both),
    log10_ratio = r / log(10), low = end(-1) / log(10), high = end(1) / log(10),
    separate = deviance(both), shared = deviance(one))
}

write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survival", as.character(packageVersion("survival")))), "versions.txt")
