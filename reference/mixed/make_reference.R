# Golden numbers of linear mixed models, from R: reads cases.csv, writes expected.csv (17 digits)
# and versions.txt. Run in this folder:  Rscript make_reference.R
suppressPackageStartupMessages({library(lme4); library(lmerTest); library(pbkrtest); library(nlme)})
d <- read.csv("cases.csv", stringsAsFactors = FALSE, colClasses = c(cage = "character"))
out <- list()
put <- function(model, found) {
  out[[length(out) + 1]] <<- data.frame(model = model, quantity = names(found),
                                        value = sprintf("%.17g", found))
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.2, rhoend = 1e-10,
                                                         maxfun = 1e5))
by_lme4 <- function(model, case, formula, reml = TRUE, rows = NULL) {
  one <- d[d$case == case, ]; one$arm <- factor(one$arm)
  fit <- suppressWarnings(suppressMessages(
    lmerTest::lmer(formula, one, REML = reml, control = tight)))
  b <- lme4::fixef(fit); p <- length(b)
  put(model, c(logLik = as.numeric(logLik(fit)), sigma = sigma(fit)))
  for (i in seq_along(b)) put(model, setNames(c(b[i], sqrt(vcov(fit)[i, i])),
                                              paste0(c("b", "se"), i)))
  vc <- as.data.frame(lme4::VarCorr(fit))
  put(model, setNames(vc$vcov, paste("var", vc$grp, vc$var1, vc$var2, sep = "_")))
  if (!reml) return(invisible())
  adjusted <- as.matrix(pbkrtest::vcovAdj(fit))
  for (i in seq_along(b)) {
    l <- as.numeric(seq_along(b) == i)
    put(model, setNames(c(sqrt(adjusted[i, i]),
                          lmerTest::contest1D(fit, l, ddf = "Kenward-Roger")$df,
                          lmerTest::contest1D(fit, l)$df), paste0(c("se_kr", "df_kr", "df_s"), i)))
  }
  if (!is.null(rows)) {
    L <- diag(p)[rows, , drop = FALSE]
    kr <- pbkrtest::KRmodcomp(fit, L)$test
    s <- lmerTest::contestMD(fit, L)
    put(model, c(f_kr = kr["Ftest", "stat"], ddf_kr = kr["Ftest", "ddf"],
                 p_kr = kr["Ftest", "p.value"],
                 f_s = s[["F value"]], ddf_s = s[["DenDF"]], p_s = s[["Pr(>F)"]]))
  }
}
by_lme4("plain", "plain", y ~ day * arm + (day | animal), rows = 5:6)
by_lme4("plain_ml", "plain", y ~ day * arm + (day | animal), reml = FALSE)
by_lme4("plain_baseline", "plain", y ~ day:arm + (day | animal), rows = 2:4)
by_lme4("plain_intercept", "plain", y ~ day * arm + (1 | animal), rows = 3:6)
by_lme4("two", "two", y ~ day * arm + (day | animal), rows = 3:4)
by_lme4("two_baseline", "two", y ~ day:arm + (day | animal), rows = 2:3)
by_lme4("cages", "cages", y ~ day * arm + (day | animal) + (1 | cage), rows = 5:6)
by_lme4("cages_intercept", "cages", y ~ day * arm + (1 | animal) + (1 | cage), rows = 5:6)
for (case in c("flat", "flat_negative", "flat_zero"))  # singular fits
  by_lme4(case, case, y ~ day * arm + (day | animal), rows = 5:6)

by_nlme <- function(model, case, random, ...) {
  one <- d[d$case == case, ]; one$arm <- factor(one$arm)
  fit <- lme(y ~ day * arm, one, random = random, ...,
             control = lmeControl(opt = "nlminb", msMaxIter = 500, maxIter = 500, tolerance = 1e-10,
                                  msTol = 1e-12, niterEM = 100))
  b <- fixef(fit)
  put(model, c(logLik = as.numeric(logLik(fit)), sigma = fit$sigma))
  for (i in seq_along(b)) put(model, setNames(c(b[i], sqrt(vcov(fit)[i, i])),
                                              paste0(c("b", "se"), i)))
  v <- suppressWarnings(as.numeric(VarCorr(fit)[, "Variance"]))
  put(model, setNames(v, paste0("variance", seq_along(v))))
  structure <- fit$modelStruct
  if (!is.null(structure$corStruct))
    put(model, c(range = -1 / log(as.numeric(coef(structure$corStruct, unconstrained = FALSE)))))
  if (!is.null(structure$varStruct)) {
    ratio <- coef(structure$varStruct, unconstrained = FALSE)
    put(model, setNames(as.numeric(ratio), paste0("ratio_", names(ratio))))
  }
}
by_nlme("variances", "variances", ~ day | animal, weights = varIdent(form = ~ 1 | arm))
by_nlme("serial", "serial", ~ 1 | animal, correlation = corCAR1(form = ~ day | animal))
by_nlme("serial_variances", "serial_variances", ~ 1 | animal,
        correlation = corCAR1(form = ~ day | animal), weights = varIdent(form = ~ 1 | arm))
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
version <- function(p) paste(p, packageVersion(p))
writeLines(c(R.version.string, paste("platform", R.version$platform),
             sapply(c("lme4", "lmerTest", "pbkrtest", "nlme"), version)), "versions.txt")
