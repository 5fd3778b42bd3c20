"""Profile likelihood of the mean of a normal sample with bounds."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr

LOG_SQRT_2PI = 0.5 * float(np.log(2.0 * np.pi))


class Sample(NamedTuple):
    """Exact values and bounds in units of the exact values' spread; side is -1 '<' or +1 '>'."""

    exact: np.ndarray
    bound: np.ndarray
    side: np.ndarray
    middle: float
    spread: float

    @property
    def n(self) -> int:
        """Exact values and bounds together."""
        return int(self.exact.size + self.bound.size)


def profile_at(sample: Sample, mean: float) -> tuple[float, float]:
    """Best 1 / sd for a given mean and the log-likelihood there (constants left out).

    In g = 1 / sd the log-likelihood n_exact log g - g^2 S / 2 + sum log Phi(g d) is concave, and
    Newton's method in log g with halved steps cannot miss its one maximum.
    """
    n_exact = sample.exact.size
    square = float(np.sum((sample.exact - mean) ** 2))
    if not sample.bound.size:
        g = float(np.sqrt(n_exact / square))
        return g, n_exact * float(np.log(g)) - 0.5 * n_exact
    d = sample.side * (mean - sample.bound)
    log_g = 0.5 * float(np.log(n_exact / square)) if square > 0.0 else 0.0
    low, high = -60.0, 60.0
    for _ in range(100):
        g = float(np.exp(log_g))
        z = g * d
        ratio = np.exp(-0.5 * z * z - LOG_SQRT_2PI - log_ndtr(z))
        score = n_exact - g * g * square + float(ratio @ z)
        slope = -2.0 * g * g * square + float(np.sum(ratio * z * (1.0 - z * (z + ratio))))
        low, high = (log_g, high) if score > 0.0 else (low, log_g)
        step = -score / slope if slope < 0.0 else np.inf
        new = log_g + step
        new = new if low < new < high else 0.5 * (low + high)
        if abs(new - log_g) <= 1e-13 * max(1.0, abs(log_g)):
            break
        log_g = new
    g = float(np.exp(log_g))
    return g, n_exact * log_g - 0.5 * g * g * square + float(np.sum(log_ndtr(g * d)))


def profile_score(sample: Sample, mean: float) -> float:
    """Slope of the profile log-likelihood over the mean, in units of 1 / sd."""
    g, _ = profile_at(sample, mean)
    z = g * sample.side * (mean - sample.bound)
    ratio = np.exp(-0.5 * z * z - LOG_SQRT_2PI - log_ndtr(z))
    return g * float(np.sum(sample.exact - mean)) + float(ratio @ sample.side)


def best_mean(sample: Sample) -> float:
    """Maximum-likelihood mean: the zero of the profile score (0 without bounds)."""
    if not sample.bound.size:
        return float(np.mean(sample.exact))
    here = profile_score(sample, 0.0)
    if here == 0.0:
        return 0.0
    way, width = float(np.sign(here)), 1.0
    while profile_score(sample, way * width) * way > 0.0:
        width *= 2.0
    return float(brentq(lambda mean: profile_score(sample, mean), 0.0, way * width, xtol=1e-13))
