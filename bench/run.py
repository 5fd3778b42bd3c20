"""Prints speed and accuracy ratios against scipy, measured in one run on one core.

Machines are noisy: read the ratios, not the rates.
"""

import os
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[name] = "1"

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit

from exportin.kernels.hill import fit_hill
from exportin.kernels.hill_profile import profile_absolute, profile_ec50

SEED, CURVES = 20261120, 200
DOSES = np.repeat(np.geomspace(1.0, 10_000.0, 10), 3)


def logistic(log_dose, top, bottom, log_ec50, hill):
    return bottom + (top - bottom) / (1.0 + 10.0 ** (hill * (log_dose - log_ec50)))


def simulate(rng):
    ec50 = 10 ** rng.uniform(0.5, 3.5)
    bottom, hill = rng.uniform(0.0, 0.5), rng.uniform(0.6, 3.0)
    return logistic(np.log10(DOSES), 1.0, bottom, np.log10(ec50), hill) + rng.normal(0, 0.05, 30)


def scipy_rss(log_dose, y):
    start = (y.max(), y.min(), float(np.median(log_dose)), 1.0)
    try:
        found, _ = curve_fit(logistic, log_dose, y, p0=start, maxfev=5000)
    except (RuntimeError, OptimizeWarning):
        return np.inf
    return float(np.sum((y - logistic(log_dose, *found)) ** 2))


def timed(label, function, items):
    start = time.perf_counter()
    out = [function(item) for item in items]
    seconds = time.perf_counter() - start
    rate = len(items) / seconds
    print(f"{label:<46}{rate:10.0f} /s")
    return out, rate


def main():
    rng = np.random.default_rng(SEED)
    log_dose = np.log10(DOSES)
    curves = [simulate(rng) for _ in range(CURVES)]
    print(f"seed {SEED}, {CURVES} curves, 10 doses x 3 wells, one core")
    fits, ours = timed("exportin fit_hill", lambda y: fit_hill(log_dose, y), curves)
    peer, theirs = timed("scipy curve_fit, one start", lambda y: scipy_rss(log_dose, y), curves)
    pairs = list(zip(curves, fits, strict=True))
    timed("exportin EC50 profile interval", lambda p: profile_ec50(log_dose, *p), pairs)
    timed(
        "exportin absolute IC50 profile interval",
        lambda p: profile_absolute(log_dose, *p, 0.5, n_reference=16),
        pairs,
    )
    scale = [max(fit.rss, 1e-12) for fit in fits]
    worse = sum(f.rss > r * (1 + 1e-6) for f, r in zip(fits, peer, strict=True))
    better = sum(r > f.rss + 1e-6 * s for f, r, s in zip(fits, peer, scale, strict=True))
    print(f"ratio of speeds exportin / scipy: {ours / theirs:.2f}")
    print(f"residual sum above scipy's by more than 1e-6: {worse} of {CURVES}")
    print(f"scipy above exportin (or failed): {better} of {CURVES}")


if __name__ == "__main__":
    main()
