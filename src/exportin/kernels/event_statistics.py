"""What runs of events tell: robust spread, modes, medians along time, mixtures of two tubes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.special import ndtri
from scipy.stats import beta

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
MAD_TO_SD = 1.4826
"""Median absolute deviation of Gaussian values to their SD."""
_BINS = 512
_ROUNDS = 25
_CLASSES = 16
_STILL = 1e-3
_ENOUGH = 5000


def robust_sd(values: Values) -> float:
    """Return 1.4826 times the median absolute deviation.

    >>> robust_sd(np.array([1.0, 2.0, 3.0, 4.0, 100.0]))
    1.4826
    """
    return float(MAD_TO_SD * np.median(np.abs(values - np.median(values))))


def fraction_interval(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of k of n.

    >>> [round(limit, 6) for limit in fraction_interval(0, 100)]
    [0.0, 0.036217]
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(1.0 - tail, k + 1, n - k))
    return low, high


def quantile_interval(values: Values, q: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a quantile between two order statistics (normal approximation).

    >>> quantile_interval(np.arange(10001.0), 0.5)
    (4902.0, 5099.0)
    """
    ordered = np.sort(values)
    n = ordered.size
    half = float(ndtri((1.0 + level) / 2.0)) * np.sqrt(n * q * (1.0 - q))
    low = int(np.clip(np.floor(n * q - half), 0, n - 1))
    high = int(np.clip(np.ceil(n * q + half), 0, n - 1))
    return float(ordered[low]), float(ordered[high])


def main_mode(values: Values) -> float:
    """Return the highest peak of the smoothed histogram of values.

    Bandwidth 0.9 min(SD, IQR / 1.34) n^(-1/5) (Silverman 1986), the peak refined by a parabola.

    >>> round(main_mode(np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], [10, 40, 90, 40, 10])), 1)
    3.0
    """
    low, high = (float(limit) for limit in np.quantile(values, (0.001, 0.999)))
    if high <= low:
        return float(np.median(values))
    quarter = np.quantile(values, (0.25, 0.75))
    spread = min(float(np.std(values)), float(quarter[1] - quarter[0]) / 1.34) or (high - low) / 10
    width = 0.9 * spread * values.size**-0.2
    edges = np.linspace(low - 4 * width, high + 4 * width, _BINS + 1)
    step = float(edges[1] - edges[0])
    counts = np.histogram(values, edges)[0].astype(np.float64)
    smooth = gaussian_filter1d(counts, max(width / step, 0.5), mode="constant")
    top = int(np.clip(np.argmax(smooth), 1, _BINS - 2))
    left, mid, right = smooth[top - 1 : top + 2]
    bend = left - 2 * mid + right
    shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float(edges[top] + step * (0.5 + shift))


class Band(NamedTuple):
    """Median and robust SD of a ridge, and what lies within its band or above it."""

    center: float
    sd: float
    inside: Mask
    above: Mask


def ridge_band(values: Values, spread: float) -> Band:
    """Return the band median +- spread x 1.4826 MAD of the ridge that most values make.

    Median and MAD are taken again within the band until less than a thousandth of the values
    leave it, so that doublets do not widen it. Values that are not finite are in no band.

    >>> made = ridge_band(np.array([0.9, 1.0, 1.1, 1.0, 0.95, 1.05, 2.0]), 3.0)
    >>> made.above.tolist()
    [False, False, False, False, False, False, True]
    """
    known = np.isfinite(values)
    ridge = np.sort(values[known])
    center = sd = float("nan")
    for _ in range(_ROUNDS):
        before = ridge.size
        center, sd = _sorted_middle(ridge)
        first = np.searchsorted(ridge, center - spread * sd, side="left")
        ridge = ridge[first : np.searchsorted(ridge, center + spread * sd, side="right")]
        if before - ridge.size <= _STILL * before:
            break
    with np.errstate(invalid="ignore"):
        inside = known & (np.abs(values - center) <= spread * sd)
        above = known & (values > center + spread * sd)
    return Band(center, sd, inside, above)


def _sorted_middle(values: Values) -> tuple[float, float]:
    """Return median and 1.4826 MAD of sorted values.

    The half of the values that lies next to the median is a window of them, found by bisection.
    """
    n = values.size
    if n == 0:
        return float("nan"), float("nan")
    half = (n - 1) // 2
    center = float(0.5 * (values[half] + values[n // 2]))
    low, high = 0, n - 1 - half  # first of the half + 1 values nearest to the center
    while low < high:
        mid = (low + high) // 2
        if center - values[mid] > values[mid + half + 1] - center:
            low = mid + 1
        else:
            high = mid
    near = float(max(center - values[low], values[low + half] - center))
    if n % 2:
        return center, MAD_TO_SD * near
    beside = [center - values[low - 1]] if low else []
    beside += [values[low + half + 1] - center] if low + half + 1 < n else []
    return center, MAD_TO_SD * 0.5 * (near + float(min(beside)))


class RunQuartiles(NamedTuple):
    """Quartiles of bins (channels, 3, bins), of the whole run (channels, 3), and their scores."""

    bins: Values
    whole: Values
    scores: Values


LEVELS = (0.25, 0.5, 0.75)


def run_quartiles(values: Values, size: int, steady: Mask | None = None) -> RunQuartiles:
    """Return the quartiles of every ``size`` events in their order, scored against the whole run.

    Events behind the last full bin belong to it and are not looked at. How many events of a bin
    lie below a value is binomial whatever the distribution, so the score of a quartile q that
    stands at the quantile r of the whole run is (r - q) / sqrt(q (1 - q) / size): about Gaussian
    in a steady run, also between two peaks. A value that many events share has a range of r; the
    one nearest to q counts, so that rough integers give no scores by themselves.

    Parameters
    ----------
    values
        Channels by events, at least ``size`` events.
    steady
        Bins that make up the whole run; all if not given.

    Returns
    -------
    RunQuartiles
        ``whole`` is taken from 5,000 events or a few more, evenly picked.

    >>> run_quartiles(np.array([[1.0, 2.0, 3.0, 7.0, 8.0, 9.0]]), 3).bins[:, 1].tolist()
    [[2.0, 8.0]]
    """
    channels, events = values.shape
    bins = events // size
    run = values[:, : bins * size].reshape(channels, bins, size)
    cut = np.sort(run, axis=2)
    held = (run if steady is None else run[:, steady]).reshape(channels, -1)
    whole = np.sort(held[:, :: max(1, held.shape[1] // _ENOUGH)], axis=1)
    q = np.array(LEVELS)
    n = whole.shape[1]
    at = np.round(q * (size - 1)).astype(np.intp)
    picked = np.swapaxes(cut[:, :, at], 1, 2)
    level = np.broadcast_to(q[:, None], picked.shape[1:])
    scores = np.empty(picked.shape)
    for k in range(channels):
        first = np.searchsorted(whole[k], picked[k], side="left") / n
        last = np.searchsorted(whole[k], picked[k], side="right") / n
        scores[k] = np.clip(level, first, last) - level
    scores /= np.sqrt(q * (1.0 - q) / size)[:, None]
    return RunQuartiles(picked, whole[:, np.round(q * (n - 1)).astype(np.intp)], scores)


class Mixture(NamedTuple):
    """Which part of a sample comes from another tube, its standard error, and their distance."""

    part: float
    error: float
    distance: float


def mixture_part(sample: Values, own: Values, other: Values) -> Mixture:
    """Return the part of ``sample`` that is distributed like ``other`` instead of ``own``.

    Sixteen classes between quantiles of own and other together; the part minimizes
    sum (p_sample - p_own - part (p_other - p_own))^2 / p, p the mean of own and other. ``distance``
    is half the sum of |p_other - p_own|: 0 for equal tubes, 1 for tubes that share no class.

    >>> own, other = np.arange(1000.0), np.arange(1000.0) + 5000.0
    >>> made = mixture_part(np.concatenate([own[::2], other[::2]]), own, other)
    >>> round(made.part, 2), round(made.distance, 2)
    (0.5, 1.0)
    """
    pooled = np.sort(np.concatenate([own, other]))
    cuts = pooled[np.arange(1, _CLASSES) * pooled.size // _CLASSES]
    p, p0, p1 = (_shares(values, cuts) for values in (sample, own, other))
    weight = 0.5 * (p0 + p1)
    held = weight > 0
    gap = p1[held] - p0[held]
    scale = float(np.sum(gap**2 / weight[held]))
    distance = 0.5 * float(np.sum(np.abs(p1 - p0)))
    if scale == 0.0:
        return Mixture(0.0, float("inf"), distance)
    lean = gap / weight[held] / scale
    part = float(np.sum((p[held] - p0[held]) * lean))
    noise = sum(
        float(np.sum(share[held] * lean**2) - np.sum(share[held] * lean) ** 2) / max(n, 1)
        for share, n in ((p, sample.size), (p0, own.size))
    )
    return Mixture(part, float(np.sqrt(max(noise, 0.0))), distance)


def _shares(values: Values, cuts: Values) -> Values:
    """Return the part of values from each cut on to the next."""
    counts = np.searchsorted(np.sort(values), cuts, side="left")
    shares: Values = np.diff(counts, prepend=0, append=values.size) / max(values.size, 1)
    return shares


def runs_of(marked: Mask) -> list[tuple[int, int]]:
    """Return first and behind-last index of every run of marks.

    >>> runs_of(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([0], marked.view(np.int8), [0]))))
    return [(int(first), int(behind)) for first, behind in edges.reshape(-1, 2)]
