# Fits of one growth study by lme4, Kenward-Roger by pbkrtest; prints lines "name value".
#   Rscript mixed_peers.R study.csv repeats
ok <- suppressWarnings(suppressPackageStartupMessages(
  require(lme4) && require(lmerTest) && require(pbkrtest)))
if (!ok) { cat("missing 1\n"); quit() }
a <- commandArgs(TRUE)
d <- read.csv(a[1]); d$arm <- factor(d$arm)
best <- function(f, n) min(replicate(n, system.time(f())[["elapsed"]]))
quiet <- function(e) suppressWarnings(suppressMessages(e))
plain <- function() quiet(lme4::lmer(y ~ day * arm + (day | animal), d))
with_df <- function() { m <- quiet(lmerTest::lmer(y ~ day * arm + (day | animal), d))
  quiet(summary(m, ddf = "Kenward-Roger")) }
n <- as.integer(a[2]); m <- plain()
cat("version", as.character(packageVersion("lme4")), "\n")
cat("fit", best(plain, n), "\n")
cat("fit_kr", best(with_df, max(1, n %/% 3)), "\n")
cat(sprintf("log_likelihood %.10f\n", as.numeric(logLik(m))))
