# Golden numbers of syntheses over models, from R: reads cases.csv, writes expected.csv (17 digits)
# and versions.txt. Run in this folder:  Rscript make_reference.R
suppressPackageStartupMessages(library(metafor))
d <- read.csv("cases.csv", stringsAsFactors = FALSE)
out <- list()
put <- function(case, found) {
  out[[length(out) + 1]] <<- data.frame(case = case, quantity = names(found),
                                        value = sprintf("%.17g", found))
}
tight <- list(threshold = 1e-14, maxiter = 100000, stepadj = 0.5, tol = 1e-14)
for (case in unique(d$case)) {
  one <- d[d$case == case, ]
  fit <- function(method, test) rma(yi = one$value, sei = one$std_error, method = method,
                                    test = test, control = tight)
  fe <- fit("FE", "z")
  put(case, c(fe_b = fe$beta[1], fe_se = fe$se, fe_low = fe$ci.lb, fe_high = fe$ci.ub))
  for (method in c("REML", "PM", "DL")) {
    plain <- fit(method, "knha"); guarded <- fit(method, "adhoc")
    name <- tolower(method)
    put(case, setNames(c(plain$tau2, plain$I2 / 100, plain$QE, plain$QEp, plain$beta[1], plain$se,
                         plain$ci.lb, plain$ci.ub, plain$pval, guarded$se, guarded$ci.lb,
                         guarded$ci.ub, guarded$pval),
                       paste(name, c("tau2", "i2", "q", "qp", "b", "plain_se", "plain_low",
                                     "plain_high", "plain_p", "se", "low", "high", "p"),
                             sep = "_")))
    if (nrow(one) > 2) {
      riley <- predict(guarded, pi.type = "riley")
      put(case, setNames(c(riley$pi.lb, riley$pi.ub), paste0(name, c("_new_low", "_new_high"))))
    }
  }
  profile <- suppressWarnings(confint(fit("REML", "knha"), control = list(tol = 1e-13,
                                                                          tau2.max = 1e6)))$random
  put(case, setNames(c(profile["tau^2", c("ci.lb", "ci.ub")],
                       profile["I^2(%)", c("ci.lb", "ci.ub")] / 100),
                     c("tau2_low", "tau2_high", "i2_low", "i2_high")))
}
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("metafor", packageVersion("metafor"))), "versions.txt")
