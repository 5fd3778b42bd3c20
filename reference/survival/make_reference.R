# Reference numbers of the survival kernels. Reads subjects.csv and intervals.csv, writes
# expected.csv (case, what, key, value with 17 digits) and versions.txt.
# With EXPORTIN_REALDATA set to the folder of the real files it also writes expected_real.csv
# (numbers made from them, no data).
suppressPackageStartupMessages(library(survival))
rows <- list()
put <- function(case, what, ...) {
  v <- c(...)
  for (k in names(v)) rows[[length(rows) + 1]] <<- data.frame(case = case, what = what, key = k, value = sprintf("%.17g", v[[k]]))
}
number <- function(prefix, values) setNames(values, paste0(prefix, seq_along(values)))
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
all <- read.csv("subjects.csv")
case_of <- function(name) all[all$case == name, ]

# ---- Kaplan-Meier -----------------------------------------------------------------------------
km <- function(name, d, late = FALSE, weighted = FALSE) {
  d$event <- as.numeric(d$status == 1)
  for (type in c("log", "log-log", "plain")) {
    left <- if (late) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
    w <- if (weighted) d$weight else rep(1, nrow(d))
    f <- survfit(left ~ 1, weights = w, conf.type = type)
    s <- summary(f, times = sort(unique(d$time)), extend = TRUE)
    what <- paste0("km_", type)
    put(name, what, number("surv", s$surv), number("se", s$std.err), number("low", s$lower), number("high", s$upper), number("n", s$n.risk))
    q <- quantile(f, c(0.25, 0.5, 0.75))
    put(name, what, number("q", q$quantile), number("qlow", q$lower), number("qhigh", q$upper))
  }
}
for (name in c("small", "mice", "cohort", "arms", "strata", "plateau")) km(name, case_of(name))
km("late", case_of("late"), late = TRUE)
km("whole", case_of("whole"), weighted = TRUE)
km("part", case_of("part"), weighted = TRUE)

# ---- restricted mean --------------------------------------------------------------------------
for (name in c("small", "mice", "cohort")) for (g in 0:1) for (tau in c(10, 20)) {
  d <- case_of(name); d <- d[d$group == g, ]
  if (max(d$time) < tau || min(d$time) > tau) next
  t <- summary(survfit(Surv(time, status == 1) ~ 1, d), rmean = tau)$table
  put(name, paste0("rmst_", g, "_", tau), mean = t[["rmean"]], se = t[["se(rmean)"]])
}

# ---- log-rank family --------------------------------------------------------------------------
by_hand <- function(d, weight) {
  g <- factor(d$group); O <- E <- numeric(nlevels(g)); V <- matrix(0, nlevels(g), nlevels(g))
  for (s in unique(d$stratum_used)) { k <- d$stratum_used == s
    for (t in sort(unique(d$time[k & d$event == 1]))) {
      risk <- table(g[k & d$time >= t]); dead <- table(g[k & d$time == t & d$event == 1])
      n <- sum(risk); m <- sum(dead); w <- weight(n); e <- m * risk / n
      O <- O + w * dead; E <- E + w * e
      if (n > 1) V <- V + w^2 * m * (n - m) / (n - 1) * (diag(as.vector(risk / n)) - outer(as.vector(risk), as.vector(risk)) / n^2)
    } }
  u <- (O - E)[-1]; c(chisq = sum(u * solve(V[-1, -1, drop = FALSE], u)), number("obs", as.vector(O)), number("exp", as.vector(E)))
}
for (name in c("small", "mice", "cohort", "arms", "strata")) for (within in c(FALSE, TRUE)) {
  d <- case_of(name); d$event <- as.numeric(d$status == 1); d$stratum_used <- if (within) d$stratum else 0
  for (rho in c(0, 1, 0.5)) {
    f <- if (within) survdiff(Surv(time, event) ~ group + strata(stratum), d, rho = rho) else survdiff(Surv(time, event) ~ group, d, rho = rho)
    obs <- if (is.matrix(f$obs)) rowSums(f$obs) else f$obs; ex <- if (is.matrix(f$exp)) rowSums(f$exp) else f$exp
    what <- paste0("survdiff_", rho, ifelse(within, "_strata", ""))
    put(name, what, chisq = f$chisq, number("obs", obs), number("exp", ex), number("var", diag(f$var)))
    if (nrow(f$var) > 2) { s <- seq_len(nrow(f$var)) - 1; u <- sum(s * (obs - ex))
      put(name, what, trend_z = u / sqrt(sum(s * (f$var %*% s)))) }
  }
  put(name, paste0("gehan", ifelse(within, "_strata", "")), by_hand(d, function(n) n))
  put(name, paste0("tarone", ifelse(within, "_strata", "")), by_hand(d, sqrt))
}
# exact: every relabelling, its own survdiff
u_of <- function(d, a, rho) { g <- seq_len(nrow(d)) %in% a; f <- survdiff(Surv(time, event) ~ g, d, rho = rho); (f$obs - f$exp)[2] }
tails <- function(all, seen) { less <- mean(all <= seen + 1e-9); greater <- mean(all >= seen - 1e-9)
  c(seen = seen, less = less, greater = greater, p = min(1, 2 * min(less, greater)),
    smallest = min(1, 2 * min(mean(all <= min(all) + 1e-9), mean(all >= max(all) - 1e-9)))) }
for (rho in c(0, 1)) {
  d <- case_of("small"); d$event <- as.numeric(d$status == 1)
  put("small", paste0("exact_", rho), tails(combn(10, sum(d$group == 1), function(a) u_of(d, a, rho)), u_of(d, which(d$group == 1), rho)))
  d <- case_of("strata"); d$event <- as.numeric(d$status == 1)
  parts <- lapply(split(d, d$stratum), function(e) combn(nrow(e), sum(e$group == 1), function(a) u_of(e, a, rho)))
  seen <- sum(sapply(split(d, d$stratum), function(e) u_of(e, which(e$group == 1), rho)))
  put("strata", paste0("exact_", rho), tails(as.vector(outer(parts[[1]], parts[[2]], "+")), seen))
}

# ---- Cox --------------------------------------------------------------------------------------
cox <- function(name, what, formula, d, w = NULL, cl = NULL, ties = "efron") {
  d$event <- as.numeric(d$status == 1); d$w_ <- if (is.null(w)) rep(1, nrow(d)) else w
  environment(formula) <- environment()
  f <- coxph(formula, d, weights = w_, ties = ties, control = tight, robust = FALSE)
  p <- length(coef(f)); s <- summary(f)
  put(name, what, number("coef", unname(coef(f))), number("se", unname(sqrt(diag(f$var)))), null = f$loglik[1], loglik = f$loglik[2],
    wald = unname(f$wald.test), score = unname(f$score))
  D <- residuals(f, "dfbeta", weighted = TRUE); D <- as.matrix(D)
  put(name, what, number("robust", sqrt(diag(t(D) %*% D))))
  if (!is.null(cl)) { R <- rowsum(D, cl); put(name, what, number("cluster", sqrt(diag(t(R) %*% R)))) }
}
for (ties in c("efron", "breslow")) {
  for (name in c("small", "mice", "cohort")) cox(name, paste0("cox_group_", ties), Surv(time, event) ~ group, case_of(name), ties = ties)
  d <- case_of("cohort")
  cox("cohort", paste0("cox_two_", ties), Surv(time, event) ~ x1 + x2, d, cl = d$cluster, ties = ties)
  cox("cohort", paste0("cox_strata_", ties), Surv(time, event) ~ group + x1 + x2 + strata(stratum), d, cl = d$cluster, ties = ties)
  d <- case_of("late"); cox("late", paste0("cox_late_", ties), Surv(entry, time, event) ~ group + x1 + strata(stratum), d, cl = d$cluster, ties = ties)
  d <- case_of("whole"); cox("whole", paste0("cox_weight_", ties), Surv(time, event) ~ group + x1, d, w = d$weight, ties = ties)
  d <- case_of("part"); cox("part", paste0("cox_weight_", ties), Surv(time, event) ~ group + x1, d, w = d$weight, ties = ties)
}
# profile limits of the first coefficient, others fitted anew
profile <- function(name, what, formula, var, d, top = NULL) {
  d$event <- as.numeric(d$status == 1); d$v_ <- d[[var]]
  lp <- function(b) { d$off_ <- b * d$v_; environment(formula) <- environment(); tail(coxph(formula, d, control = tight)$loglik, 1) }
  full <- coxph(update(formula, . ~ . - offset(off_) + v_), transform(d, off_ = 0), control = tight)
  best <- if (is.null(top)) tail(full$loglik, 1) else top; b <- coef(full)[["v_"]]; se <- sqrt(diag(vcov(full)))[["v_"]]
  g <- function(h) 2 * (best - lp(h)) - qchisq(0.95, 1)
  put(name, what, low = uniroot(g, c(b - 3 * se, b), tol = 1e-13, extendInt = "downX")$root, high = uniroot(g, c(b, b + 3 * se), tol = 1e-13, extendInt = "upX")$root)
}
for (name in c("small", "mice", "cohort")) profile(name, "profile_group", Surv(time, event) ~ offset(off_), "group", case_of(name))
profile("cohort", "profile_strata", Surv(time, event) ~ x1 + x2 + strata(stratum) + offset(off_), "group", case_of("cohort"))
# separated: group 1 has no events; the supremum is the limit for a very negative coefficient
d <- case_of("separated"); d$event <- as.numeric(d$status == 1)
at <- function(b) coxph(Surv(time, event) ~ offset(b * group), d)$loglik[1]
put("separated", "profile_group", sup = at(-40), high = uniroot(function(b) 2 * (at(-40) - at(b)) - qchisq(0.95, 1), c(-20, 5), tol = 1e-13)$root)
# Firth: penalized likelihood from coxph at fixed coefficients
firth <- function(name, what, formula, d) {
  d$event <- as.numeric(d$status == 1)
  pen <- function(b) { f <- suppressWarnings(coxph(formula, d, init = b, control = coxph.control(iter.max = 0))); f$loglik[1] - 0.5 * as.numeric(determinant(f$var)$modulus) }
  p <- ncol(model.matrix(formula, d)) - 1
  o <- if (p == 1) optimize(pen, c(-15, 15), maximum = TRUE, tol = 1e-12) else NULL
  b <- if (p == 1) o$maximum else { start <- rep(0, p); for (i in 1:6) start <- optim(start, pen, control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))$par; start }
  best <- pen(b); put(name, what, number("coef", b), pen = best)
  if (p == 1) { g <- function(h) 2 * (best - pen(h)) - qchisq(0.95, 1)
    put(name, what, low = uniroot(g, c(b - 15, b), tol = 1e-12)$root, high = uniroot(g, c(b, b + 10), tol = 1e-12)$root, lr = 2 * (best - pen(0))) }
}
for (name in c("small", "mice", "separated")) firth(name, "firth_group", Surv(time, event) ~ group, case_of(name))
firth("separated", "firth_two", Surv(time, event) ~ group + x1, case_of("separated"))
firth("cohort", "firth_two", Surv(time, event) ~ group + x1, case_of("cohort"))

# ---- competing events -------------------------------------------------------------------------
aj <- function(name, late = FALSE, weighted = FALSE) for (type in c("log", "log-log", "plain")) {
  d <- case_of(name); d$id <- seq_len(nrow(d)); d$state <- factor(d$status, 0:2, c("none", "volume", "toxic"))
  w <- if (weighted) d$weight else rep(1, nrow(d))
  f <- if (late) survfit(Surv(entry, time, state) ~ 1, d, id = id, weights = w, conf.type = type) else survfit(Surv(time, state) ~ 1, d, id = id, weights = w, conf.type = type)
  s <- summary(f, times = sort(unique(d$time)), extend = TRUE)
  for (j in 2:3) put(name, paste0("aj_", type, "_", j - 1), number("p", s$pstate[, j]), number("se", s$std.err[, j]), number("low", s$lower[, j]), number("high", s$upper[, j]))
}
for (name in c("small", "mice", "cohort", "arms")) aj(name)
aj("late", late = TRUE); aj("part", weighted = TRUE)

# ---- interval censoring -----------------------------------------------------------------------
iv <- read.csv("intervals.csv")
for (name in c("few", "many")) {
  d <- iv[iv$case == name, ]; exact <- d$left == d$right
  # self-consistency on a grid of (left, right] pieces, run to the end
  cuts <- sort(unique(c(0, d$left, d$right)))
  pieces <- data.frame(l = head(cuts, -1), r = cuts[-1], point = FALSE)
  pieces <- rbind(pieces, data.frame(l = unique(d$left[exact]), r = unique(d$left[exact]), point = rep(TRUE, length(unique(d$left[exact])))))
  A <- t(sapply(seq_len(nrow(d)), function(i) if (exact[i]) pieces$point & pieces$l == d$left[i] else
    pieces$l >= d$left[i] & pieces$r <= d$right[i] & !(pieces$point & pieces$l == d$left[i])))
  p <- colMeans(A / rowSums(A))
  for (i in 1:200000) { new <- p * colMeans(A / as.vector(A %*% p)); if (max(abs(new - p)) < 1e-15) break; p <- new }
  put(name, "turnbull", loglik = sum(log(A %*% p)))
  for (t in c(3, 7, 10, 14, 17, 21, 24, 28)) put(name, "turnbull", setNames(1 - sum(p[pieces$r <= t]), paste0("s", t)))
  lo <- ifelse(d$left == 0, NA, d$left); hi <- ifelse(is.infinite(d$right), NA, d$right)
  control <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
  f <- survreg(Surv(lo, hi, type = "interval2") ~ group, d, dist = "weibull", control = control)
  one <- survreg(Surv(lo, hi, type = "interval2") ~ 1, d, dist = "weibull", control = control)
  put(name, "weibull", number("coef", unname(coef(f))), log_scale = log(f$scale), number("se", unname(sqrt(diag(f$var)))), loglik = f$loglik[2], null = one$loglik[1])
  at <- function(b) survreg(Surv(lo, hi, type = "interval2") ~ offset(b * d$group), d, dist = "weibull", control = control)$loglik[1]
  g <- function(b) 2 * (f$loglik[2] - at(b)) - qchisq(0.95, 1); b <- coef(f)[[2]]
  put(name, "weibull", low = uniroot(g, c(b - 2, b), tol = 1e-12)$root, high = uniroot(g, c(b, b + 2), tol = 1e-12)$root)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "versions.txt")

# ---- real files -------------------------------------------------------------------------------
real <- Sys.getenv("EXPORTIN_REALDATA")
if (nzchar(real)) {
  rows <- list()
  d <- read.csv(file.path(real, "cohort", "tcga_sarc_clinical_cn.csv")); d <- d[!is.na(d$os_days) & d$os_days > 0, ]
  f <- survfit(Surv(os_days, os_event) ~ 1, d); q <- quantile(f, c(.25, .5))
  put("tcga_sarc_os", "km", n = nrow(d), number("q", q$quantile), number("qlow", q$lower), number("qhigh", q$upper))
  t <- summary(f, rmean = 1826)$table; put("tcga_sarc_os", "rmst", mean = t[["rmean"]], se = t[["se(rmean)"]])
  s <- survdiff(Surv(os_days, os_event) ~ histology_short, d); put("tcga_sarc_os", "survdiff", chisq = s$chisq, df = length(s$n) - 1)
  b <- read.csv(file.path(real, "cohort", "breast7_multicohort.csv")); b <- b[!is.na(b$t.dmfs) & !is.na(b$e.dmfs), ]
  f <- coxph(Surv(t.dmfs, e.dmfs) ~ AURKA + ESR1 + strata(dataset), b, cluster = dataset, control = tight)
  put("breast7", "cox", number("coef", unname(coef(f))), number("robust", unname(sqrt(diag(f$var)))), number("se", unname(sqrt(diag(f$naive.var)))))
  write.csv(do.call(rbind, rows), "expected_real.csv", row.names = FALSE, quote = FALSE)
}
