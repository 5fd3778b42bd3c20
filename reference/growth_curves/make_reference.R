# Golden growth curves, from R: reads cases.csv, writes expected.csv (17 digits) and versions.txt.
# Run in this folder:  Rscript make_reference.R
# nls of base R with a level and a rate for each animal and one shape, from several shapes. The
# exponential-linear law (psi = 20) comes from Runge-Kutta steps of dv/dtau = (1 + e^(20 v))^(-1/20)
# and a spline, ours from an integral. Standard errors: every animal left out and all refitted.
d <- read.csv("cases.csv", stringsAsFactors = FALSE)
psi <- 20
pace <- function(v) (1 + exp(psi * v))^(-1 / psi)
h <- 5e-4; tau <- seq(-3, 12, by = h); v <- numeric(length(tau)); v[1] <- -3
for (i in seq_len(length(tau) - 1)) {
  k1 <- pace(v[i]); k2 <- pace(v[i] + h / 2 * k1); k3 <- pace(v[i] + h / 2 * k2)
  k4 <- pace(v[i] + h * k3)
  v[i + 1] <- v[i] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
}
inner <- splinefun(tau, v)
late <- exp(v[length(v)]) - tau[length(tau)]
grown <- function(x) ifelse(x < -3, x, ifelse(x > 12, log(pmax(x + late, 1e-9)), inner(x)))
law <- list(
  gompertz = function(t, a, r, s) a + r * (1 - exp(-s * t)) / s,
  exponential_linear = function(t, a, r, s) s + grown(a - s + r * t))

fit <- function(y, t, k, curve) {
  k <- as.integer(factor(k)); lines <- lapply(split(seq_along(y), k), function(i) coef(lm(y[i] ~ t[i])))
  a0 <- unname(sapply(lines, `[`, 1)); r0 <- unname(sapply(lines, `[`, 2))
  if (curve == "exponential") {
    rss <- sum((y - a0[k] - r0[k] * t)^2)
    return(list(a = a0, r = r0, s = NA, rss = rss, first = mean(r0)))
  }
  f <- law[[curve]]; best <- NULL
  starts <- if (curve == "gompertz") c(.01, .03, .06, .1) else quantile(y, c(.3, .45, .6, .75, .9))
  for (s0 in starts) for (up in c(1, 1.5)) {
    m <- tryCatch(nls(y ~ f(t, a[k], r[k], s), start = list(a = a0, r = r0 * up, s = unname(s0)),
                      control = nls.control(maxiter = 500, tol = 1e-9, minFactor = 1e-10,
                                            warnOnly = TRUE)), error = function(e) NULL)
    if (!is.null(m) && (is.null(best) || deviance(m) < deviance(best))) best <- m
  }
  p <- coef(best); n <- max(k)
  a <- unname(p[1:n]); r <- unname(p[n + 1:n]); s <- unname(p[2 * n + 1])
  first <- if (curve == "gompertz") mean(r) else mean(r * pace(grown(a - s)))
  list(a = a, r = r, s = s, rss = deviance(best), first = first)
}

out <- list()
for (case in unique(d$case)) for (curve in c("exponential", names(law))) {
  one <- d[d$case == case, ]
  y <- log(one$volume_mm3); n <- length(unique(one$animal))
  if (case == "exponential" && curve != "exponential") next   # the shape runs to its bound
  m <- fit(y, one$day, one$animal, curve)
  left <- sapply(unique(one$animal), function(i) {
    u <- one$animal != i
    fit(y[u], one$day[u], one$animal[u], curve)$first
  })
  se <- sqrt((n - 1) / n * sum((left - mean(left))^2))
  N <- length(y) - 2 * n; K <- if (curve == "exponential") 1 else 2
  found <- c(rss = m$rss, shape = m$s, rate_first = m$first, se_jackknife = se,
             aicc = N * log(m$rss / N) + 2 * K + 2 * K * (K + 1) / (N - K - 1),
             setNames(m$r, paste0("rate_", seq_len(n))))
  out[[paste(case, curve)]] <- data.frame(case = case, curve = curve, quantity = names(found),
                                          value = sprintf("%.17g", found))
}
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("platform", R.version$platform)), "versions.txt")
