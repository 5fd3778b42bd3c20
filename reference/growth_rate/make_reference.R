# Golden GR metrics, from R: reads cases.csv, writes expected.csv (17 digits) and versions.txt.
# Run in this folder:  Rscript make_reference.R
# GR by the formula of Hafner et al. 2016 (Nat Methods 13:521) from x, x0 and xctrl; the curve by
# base R alone: optim (Nelder-Mead, BFGS) from 36 starts over all four parameters, then nls (port).
d <- read.csv("cases.csv", stringsAsFactors = FALSE)
hill <- function(p, x) p[2] + (p[1] - p[2]) / (1 + exp(exp(p[4]) * (log(x) - p[3])))
squares <- function(p, x, y) { s <- sum((y - hill(p, x))^2); if (is.finite(s)) s else 1e10 }

best_fit <- function(x, y) {
  best <- NULL
  for (e in quantile(log(unique(x)), c(.1, .25, .4, .6, .75, .9)))
    for (b in log(c(.5, .8, 1.2, 2, 4, 8))) {
      p <- optim(c(max(y), min(y), e, b), squares, x = x, y = y,
                 control = list(maxit = 5000, reltol = 1e-15))
      p <- optim(p$par, squares, x = x, y = y, method = "BFGS",
                 control = list(maxit = 1000, reltol = 1e-16))
      if (is.null(best) || p$value < best$value) best <- p
    }
  q <- best$par
  polished <- nls(y ~ b0 + (t0 - b0) / (1 + exp(exp(h0) * (log(x) - e0))),
                  start = list(t0 = q[1], b0 = q[2], e0 = q[3], h0 = q[4]), algorithm = "port",
                  control = nls.control(tol = 1e-12, maxiter = 500, warnOnly = TRUE))
  r <- coef(polished)
  if (squares(r, x, y) <= best$value) unname(r) else q
}

out <- list()
for (case in unique(d$case)) {
  one <- d[d$case == case, ]
  signal <- function(role) one$signal_less_blank[one$role == role]
  x0 <- mean(signal("time_zero")); xctrl <- mean(signal("vehicle")); x <- signal("treated")
  dose <- one$dose_nm[one$role == "treated"]
  gr <- ifelse(x > 0, 2^(log2(pmax(x, 1e-300) / x0) / log2(xctrl / x0)) - 1, -1)
  p <- best_fit(dose, gr)
  h <- exp(p[4])
  mean_gr <- tapply(gr, dose, mean); at <- log10(as.numeric(names(mean_gr)))
  aoc <- sum(diff(at) * (1 - (head(mean_gr, -1) + tail(mean_gr, -1)) / 2)) / diff(range(at))
  found <- c(doublings = log2(xctrl / x0), gr_first = gr[1], gr_last = gr[length(gr)],
             gr50 = if (p[2] < .5) exp(p[3]) * ((p[1] - .5) / (.5 - p[2]))^(1 / h) else NA,
             gec50 = exp(p[3]), gr_hill = h, gr_bottom = p[2], gr_top = p[1],
             rss = squares(p, dose, gr), gr_max = mean(gr[dose == max(dose)]), gr_aoc = aoc,
             below_blank = sum(x <= 0))
  out[[case]] <- data.frame(case = case, quantity = names(found), value = sprintf("%.17g", found))
}
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("platform", R.version$platform)), "versions.txt")
