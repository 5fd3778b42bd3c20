# Base R (nls, port) fits of the cases; writes expected.csv and versions.txt.
cases <- read.csv("cases.csv")
rows <- list()
add <- function(curve, model, fit) {
  p <- coef(fit)
  rows[[length(rows) + 1]] <<- data.frame(
    curve = curve, model = model, name = c(names(p), "rss", "aicc"),
    value = c(p, deviance(fit), aicc(fit)))
}
aicc <- function(fit) {
  n <- nobs(fit); k <- length(coef(fit)) + 1
  n * log(deviance(fit) / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
}
tight <- nls.control(maxiter = 500, tol = 1e-10, warnOnly = TRUE)
run <- function(formula, start, data) {
  nls(formula, data = data, start = start, algorithm = "port", control = tight)
}
h <- subset(cases, curve == "hill")
add("hill", "hill4", run(response ~ b + (t - b) / (1 + exp(h * (log(dose) - le))), list(t = 1, b = 0, h = 1, le = 3), h))
add("hill", "hill3", run(response ~ t / (1 + exp(h * (log(dose) - le))), list(t = 1, h = 1, le = 3), h))
add("hill", "hill3_top", run(response ~ b + (1 - b) / (1 + exp(h * (log(dose) - le))), list(b = 0, h = 1, le = 3), h))
add("hill", "hill2", run(response ~ 1 / (1 + exp(h * (log(dose) - le))), list(h = 1, le = 3), h))
add("hill", "hill_slope1", run(response ~ b + (t - b) / (1 + exp(log(dose) - le)), list(t = 1, b = 0, le = 3), h))
s <- subset(cases, curve == "steps")
add("steps", "biphasic", run(response ~ b + a1 / (1 + exp(log(dose) - le1)) + a2 / (1 + exp(log(dose) - le2)), list(b = 0, a1 = .4, a2 = .6, le1 = 0, le2 = 5.3), s))
r <- subset(cases, curve == "rise")
add("rise", "brain_cousens", run(response ~ b + (t - b + f * dose) / (1 + exp(h * (log(dose) - le))), list(t = 1, b = 0, f = .05, h = 2.5, le = 3), r))
hill4 <- run(response ~ b + (t - b) / (1 + exp(h * (log(dose) - le))), list(t = 1, b = 0, h = 1, le = 3), h)
lof <- anova(hill4, lm(response ~ factor(dose), data = h))
rows[[length(rows) + 1]] <- data.frame(curve = "hill", model = "replicates", name = c("f", "p"), value = c(lof[2, "F value"], lof[2, "Pr(>F)"]))
out <- do.call(rbind, rows)
out$value <- format(out$value, digits = 15, trim = TRUE)
write.csv(out, "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(R.version.string, "versions.txt")
