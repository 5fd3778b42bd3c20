"""Likelihood of normal samples with bounds, many samples at once: values, slopes and maxima."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

LOG_SQRT_2PI = 0.5 * float(np.log(2.0 * np.pi))
_ROUNDS = 200
_SETTLED = 1e-7
"""The last Newton step: its error is the square of this."""
_NARROW = 1e-14
_WIDEST = 60.0
"""Bracket of log(spread / sd): a sd of e^60 spreads is no spread of experiments."""

Falling = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Samples(NamedTuple):
    """Samples in units of a spread around their middle, one per row.

    `exact` marks numbers, `side` is -1 for '<', +1 for '>' and 0 elsewhere (numbers, padding).
    """

    value: np.ndarray
    exact: np.ndarray
    side: np.ndarray

    @property
    def n_exact(self) -> np.ndarray:
        """Numbers per sample."""
        count: np.ndarray = self.exact.sum(axis=-1)
        return count


class Terms(NamedTuple):
    """Log-likelihood (constants left out) and its slopes over the mean m and u = log(1 / sd)."""

    loglik: np.ndarray
    m: np.ndarray
    mm: np.ndarray
    u: np.ndarray
    uu: np.ndarray
    um: np.ndarray


def terms(samples: Samples, mean: np.ndarray, u: np.ndarray) -> Terms:
    """Log-likelihood of each sample at its mean and u, with first and second derivatives.

    With g = exp(u): n_exact u - g^2 sum (v - m)^2 / 2 + sum log Phi(g side (m - bound)).
    """
    g, n = np.exp(u), samples.n_exact
    away = np.where(samples.exact, samples.value - mean[..., None], 0.0)
    z = g[..., None] * samples.side * (mean[..., None] - samples.value)
    log_p = np.where(samples.side != 0.0, log_ndtr(z), 0.0)
    ratio = np.where(samples.side != 0.0, np.exp(-0.5 * z * z - LOG_SQRT_2PI - log_p), 0.0)
    bend = ratio * (z + ratio)
    pull, square, total = samples.side * ratio, (away**2).sum(-1), away.sum(-1)
    return Terms(
        loglik=n * u - 0.5 * g * g * square + log_p.sum(-1),
        m=g * g * total + g * pull.sum(-1),
        mm=-g * g * (n + bend.sum(-1)),
        u=n - g * g * square + (ratio * z).sum(-1),
        uu=-2.0 * g * g * square + (z * (ratio - z * bend)).sum(-1),
        um=2.0 * g * g * total + g * (samples.side * (ratio - z * bend)).sum(-1),
    )


def falling_root(
    function: Falling, start: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Zeros of falling functions, all at once: Newton steps, halved brackets where they leave.

    ``function`` gives values and slopes; each zero lies between its ``low`` and ``high``.
    """
    x: np.ndarray = np.clip(start, low, high)
    settled = np.zeros(x.shape, dtype=bool)
    for _ in range(_ROUNDS):
        value, slope = function(x)
        low, high = np.where(value > 0.0, x, low), np.where(value > 0.0, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = x + np.where(slope < 0.0, -value / slope, np.inf)
        size = np.maximum(1.0, np.abs(x))
        last = np.abs(new - x) <= _SETTLED * size
        new = np.where(last | ((new > low) & (new < high)), new, 0.5 * (low + high))
        x = np.where(settled, x, new)
        settled |= last | (high - low <= _NARROW * size)
        if settled.all():
            break
    return x


def best_means(samples: Samples, u: np.ndarray) -> np.ndarray:
    """Means that fit best for given u; the samples broadcast against u.

    The score falls everywhere, and beyond every value and bound by more than one sd for each
    bound it has changed its sign.
    """
    used = samples.exact | (samples.side != 0.0)
    room = (1.0 + (samples.side != 0.0).sum(-1)) * np.exp(-u)
    low = np.where(used, samples.value, np.inf).min(-1) - room
    high = np.where(used, samples.value, -np.inf).max(-1) + room

    def score(mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = terms(samples, mean, u)
        scale = np.exp(-u)  # slopes per sd, so that a step is small where it is small in sd
        return found.m * scale, found.mm * scale

    n = np.maximum(samples.n_exact, 1)
    start = np.where(samples.exact, samples.value, 0.0).sum(-1) / n
    return falling_root(score, start + np.zeros_like(low), low, high)


def at_best_means(samples: Samples, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-likelihood and its first two slopes over u, the mean of each sample fitted anew."""
    found = terms(samples, best_means(samples, u), u)
    return found.loglik, found.u, found.uu - found.um**2 / found.mm


def best_u(score: Falling, start: np.ndarray) -> np.ndarray:
    """Best u for given means: in 1 / sd the log-likelihood is concave, so there is one zero."""
    reach = np.full(start.shape, _WIDEST)
    return falling_root(score, start, -reach, reach)
