"""Weights that let single bad wells count less: Tukey's biweight around the Hill curve."""

from typing import NamedTuple

import numpy as np
from scipy.special import chdtr, chdtri

from exportin.kernels.hill_batch import (
    CONSTANT,
    TOO_FEW,
    Count,
    Flag,
    HillFits,
    Offsets,
    Wells,
    fit_many,
)

TUNING = 4.685
"""Biweight: 95 % efficiency at the Gaussian (Holland and Welsch 1977)."""
MAD_FACTOR = 1.4826
"""Median absolute deviation of Gaussian errors to their SD."""
WIDENING = 1.27
"""(E psi^2 / (E psi')^2) / (E w r^2 / E w) of the biweight at the Gaussian."""
LIGHT = 0.5
"""Wells of less weight are counted as doubted: their residual is above 2.5 robust SD."""
_LEAST = 1e-6
"""Weights stay above zero, as `fit_many` needs; such a well has no say."""
_ROUNDING = 1e-9
_ROUNDS = 30
_SETTLED = 1e-4
_LN10 = float(np.log(10.0))


class RobustFits(NamedTuple):
    """Weights of the wells, the curves fitted with them, and how many wells each curve doubts."""

    weight: Wells
    fits: HillFits
    doubted: Count
    settled: Flag


def fit_robust(log10_dose: Wells, response: Wells, offsets: Offsets) -> RobustFits:
    """Hill curves that single bad wells hardly move.

    Iteratively reweighted least squares from the ordinary fit: w = (1 - (r / (4.685 s))^2)^2
    within 4.685 s and next to nothing beyond, s = 1.4826 median |r| times sqrt(n / (n - 4)) (four
    parameters make residuals smaller than errors) of the curve's own wells, computed anew each
    round. Weights follow what the data say, so that intervals built on them are approximate: the
    profile at `robust_level` covers 92 to 94 % where 95 % is asked with 27 clean wells, 90 to 94 %
    with 5 % gross outliers among them; with 10 single wells 92 %, and 85 to 88 % with outliers,
    because then nothing tells an outlier from the curve (27 wells: `tests/kernels/test_robust.py`;
    the others: single runs of 1,500 curves). Huber's
    small-sample factor (Huber 1981, Robust Statistics, ch. 7.6) adds less than a point there.

    Parameters
    ----------
    log10_dose, response, offsets
        As `fit_many` takes them.

    References
    ----------
    Beaton and Tukey 1974, Technometrics 16:147-185; Holland and Welsch 1977, Commun Stat A
    6:813-827.

    Examples
    --------
    >>> x = np.repeat(np.linspace(-9.0, -5.0, 9), 3)
    >>> y = 1 / (1 + 10 ** (x + 7.0)) + np.tile([0.02, 0.0, -0.02], 9)
    >>> y[4] += 0.9
    >>> found = fit_robust(x, y, np.array([0, 27]))
    >>> found.fits.log10_ec50.round(2).tolist(), found.doubted.tolist()
    ([-7.0], [1])
    """
    fits = fit_many(log10_dose, response, offsets)
    curve = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    weight = np.ones(response.size)
    known = (fits.status != TOO_FEW) & (fits.status != CONSTANT)
    moving = known.copy()
    for _ in range(_ROUNDS):
        if not moving.any():
            break
        residual = _residuals(log10_dose, response, fits, curve)
        fresh = _weights(residual, response, offsets, moving)
        changed = np.abs(fresh - weight) * moving[curve]
        weight = np.where(moving[curve], fresh, weight)
        fits = _again((log10_dose, response, offsets), weight, fits, moving)
        worst = np.zeros(known.size)
        np.maximum.at(worst, curve, changed)
        moving &= worst > _SETTLED
    doubted = np.bincount(curve, weights=weight < LIGHT, minlength=known.size).astype(np.int64)
    return RobustFits(weight, fits, doubted, known & ~moving)


def robust_level(conf_level: float) -> float:
    """Level to ask of a profile with robust weights, so that it covers about ``conf_level``.

    Weights shrink large residuals and so the variance that a weighted profile sees; at the
    Gaussian the variance of the estimate is 1.27 times what it says. The chi-square quantile is
    widened by that.

    Examples
    --------
    >>> round(robust_level(0.95), 4)
    0.9728
    """
    return float(chdtr(1.0, WIDENING * float(chdtri(1.0, 1.0 - conf_level))))


def _residuals(
    log10_dose: np.ndarray, response: np.ndarray, fits: HillFits, curve: np.ndarray
) -> np.ndarray:
    z = fits.hill[curve] * (log10_dose - fits.log10_ec50[curve]) * _LN10
    with np.errstate(invalid="ignore"):  # curves that were not fitted have no residuals
        share = np.exp(-np.logaddexp(0.0, z))
    fitted = fits.bottom[curve] + (fits.top[curve] - fits.bottom[curve]) * share
    residual: np.ndarray = response - fitted
    return residual


def _weights(
    residual: np.ndarray, response: np.ndarray, offsets: np.ndarray, chosen: np.ndarray
) -> np.ndarray:
    """Biweights of the wells of the chosen curves; a curve that fits exactly keeps all wells."""
    weight = np.ones(residual.size)
    for i in np.flatnonzero(chosen):
        mine = slice(int(offsets[i]), int(offsets[i + 1]))
        r = residual[mine]
        free = max(r.size - 4, 1)
        scale = MAD_FACTOR * float(np.median(np.abs(r))) * np.sqrt(r.size / free)
        if scale > _ROUNDING * float(np.max(np.abs(response[mine]))):
            inside = np.clip(1.0 - (r / (TUNING * scale)) ** 2, 0.0, 1.0) ** 2
            weight[mine] = np.maximum(inside, _LEAST)
    return weight


def _again(
    wells: tuple[np.ndarray, np.ndarray, np.ndarray],
    weight: np.ndarray,
    fits: HillFits,
    chosen: np.ndarray,
) -> HillFits:
    """Fit the chosen curves once more with their weights; the others stay."""
    log10_dose, response, offsets = wells
    size = np.diff(offsets)
    keep = np.repeat(chosen, size)
    edges = np.concatenate([[0], np.cumsum(size[chosen])]).astype(np.int64)
    new = fit_many(log10_dose[keep], response[keep], edges, weight[keep])
    merged = []
    for old, fresh in zip(fits, new, strict=True):
        values = old.copy()
        values[chosen] = fresh
        merged.append(values)
    return HillFits(*merged)
