"""Ratios between a treated and a control arm, with intervals that hold at small n."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from exportin.inference.samples import Vector

BOOTSTRAP_FROM = 8
"""Animals in each arm from which the interval of a ratio of means is a bootstrap-t; below, the
resamples are too few and too alike, and the t interval on logarithms covers better."""
Open = Literal["none", "low", "high", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A treated arm over a control arm.

    ``value`` is None where no ratio exists (``status`` and ``message`` say why); limits are None
    on the side that ``conf_open`` names. ``std_error`` and ``df`` are on ln of the ratio, where
    it has one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    conf_open: Open = "none"
    std_error: float | None = None
    df: float | None = None
    n_treated: int = 0
    n_control: int = 0
    method: str = ""
    status: str = "ok"
    message: str = ""

    def inhibition(self) -> "Ratio":
        """One minus the ratio: what treatment took away; limits change places.

        >>> one = Ratio(value=0.25, low=0.1, conf_open="high").inhibition()
        >>> one.value, one.low, one.high, one.conf_open
        (0.75, None, 0.9, 'low')
        """
        turned: dict[Open, Open] = {"low": "high", "high": "low", "none": "none", "both": "both"}
        low = None if self.high is None else 1.0 - self.high
        high = None if self.low is None else 1.0 - self.low
        value = None if self.value is None else 1.0 - self.value
        return replace(self, value=value, low=low, high=high, conf_open=turned[self.conf_open])


def ratio_of_means(
    treated: Vector,
    control: Vector,
    *,
    conf_level: float = 0.95,
    rng: np.random.Generator | None = None,
    draws: int = 2000,
) -> Ratio:
    """Mean of the treated over mean of the control animals (T/C as papers compute it).

    The interval stands on ln of the ratio: the delta method's standard error with Welch's degrees
    of freedom; from eight animals an arm on, with a generator, the bootstrap-t of that quantity.

    Parameters
    ----------
    treated, control : (n,) float
        One number per animal, none below zero.
    conf_level, rng, draws
        Level; generator and number of resamples of the bootstrap.

    Returns
    -------
    Ratio
        ``too_few`` for an arm without animals; no interval for an arm of one.

    Examples
    --------
    >>> r = ratio_of_means(np.array([50.0, 60.0, 40.0]), np.array([90.0, 110.0, 100.0]))
    >>> r.value, round(r.low, 3), round(r.high, 3)
    (0.5, 0.33, 0.758)
    """
    n, m = treated.size, control.size
    plain = Ratio(value=None, n_treated=n, n_control=m, method="ratio_of_means")
    if not n or not m:
        return _without(plain, "too_few", "an arm has no animal")
    mean_t, mean_c = float(treated.mean()), float(control.mean())
    if mean_c <= 0:
        return _without(plain, "not_identifiable", "the control mean is not above zero")
    value = mean_t / mean_c
    if n < 2 or m < 2:
        return _without(replace(plain, value=value), "too_few", "one animal in an arm")
    if mean_t <= 0:
        return _without(
            replace(plain, value=value), "not_identifiable", "every treated volume is zero"
        )
    parts = (treated.var(ddof=1) / (n * mean_t**2), control.var(ddof=1) / (m * mean_c**2))
    se, df = _welch(parts, (n, m))
    if se == 0.0:
        return _without(
            replace(plain, value=value), "not_identifiable", "no spread between animals"
        )
    tail = (1 - conf_level) / 2
    edges = [float(stats.t.ppf(side, df)) for side in (1 - tail, tail)]
    method = "ratio_of_means"
    if min(n, m) >= BOOTSTRAP_FROM and rng is not None:
        seen = _studentized(treated, control, rng, draws)
        edges = [float(np.quantile(seen, side)) for side in (1 - tail, tail)]
        method = "ratio_of_means_bootstrap_t"
    low, high = (value * math.exp(-q * se) for q in edges)
    return replace(plain, value=value, low=low, high=high, std_error=se, df=df, method=method)


def _studentized(treated: Vector, control: Vector, rng: np.random.Generator, draws: int) -> Vector:
    """Bootstrap distribution of (ln ratio - its estimate) / standard error."""
    center = math.log(treated.mean() / control.mean())
    parts = []
    for sample in (treated, control):
        picked = sample[rng.integers(0, sample.size, (draws, sample.size))]
        mean = picked.mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            parts.append((np.log(mean), picked.var(axis=1, ddof=1) / (sample.size * mean**2)))
    se = np.sqrt(parts[0][1] + parts[1][1])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (parts[0][0] - parts[1][0] - center) / se
    return np.asarray(t[np.isfinite(t)], dtype=np.float64)


def ratio_of_geometric_means(
    treated: Vector, control: Vector, *, conf_level: float = 0.95
) -> Ratio:
    """Geometric mean of the treated over that of the control: Welch's t on logarithms.

    Examples
    --------
    >>> r = ratio_of_geometric_means(np.array([1.0, 4.0]), np.array([16.0, 4.0]))
    >>> round(r.value, 9), round(r.df, 9)
    (0.25, 2.0)
    """
    n, m = treated.size, control.size
    plain = Ratio(value=None, n_treated=n, n_control=m, method="ratio_of_geometric_means")
    if not n or not m:
        return _without(plain, "too_few", "an arm has no animal")
    if (treated <= 0).any() or (control <= 0).any():
        return _without(plain, "not_identifiable", "a volume of zero has no logarithm")
    logs = np.log(treated), np.log(control)
    shift = float(logs[0].mean() - logs[1].mean())
    value = math.exp(shift)
    if n < 2 or m < 2:
        return _without(replace(plain, value=value), "too_few", "one animal in an arm")
    se, df = _welch((logs[0].var(ddof=1) / n, logs[1].var(ddof=1) / m), (n, m))
    if se == 0.0:
        return _without(
            replace(plain, value=value), "not_identifiable", "no spread between animals"
        )
    reach = float(stats.t.ppf(0.5 + conf_level / 2, df)) * se
    return replace(plain, value=value, low=math.exp(shift - reach), high=math.exp(shift + reach),
                   std_error=se, df=df)  # fmt: skip


def ratio_of_differences(treated: Vector, control: Vector, *, conf_level: float = 0.95) -> Ratio:
    """Mean change of the treated over mean change of the control animals, by Fieller's theorem.

    Changes may be negative. Where the control's mean change is not clearly different from zero the
    ratio has no closed interval: it is open on both sides.

    References
    ----------
    Fieller EC. J R Stat Soc B 1954;16:175-185; df by Welch at the estimated ratio.

    Examples
    --------
    >>> r = ratio_of_differences(np.array([10.0, 12.0, 14.0]), np.array([30.0, 34.0, 32.0]))
    >>> r.value, round(r.low, 3), round(r.high, 3)
    (0.375, 0.244, 0.518)
    """
    n, m = treated.size, control.size
    plain = Ratio(value=None, n_treated=n, n_control=m, method="ratio_of_changes_fieller")
    if not n or not m:
        return _without(plain, "too_few", "an arm has no animal")
    mean_t, mean_c = float(treated.mean()), float(control.mean())
    if mean_c <= 0.0:
        return _without(plain, "not_identifiable", "the control arm did not grow")
    value = mean_t / mean_c
    if n < 2 or m < 2:
        return _without(replace(plain, value=value), "too_few", "one animal in an arm")
    var_t, var_c = float(treated.var(ddof=1)) / n, float(control.var(ddof=1)) / m
    spread, df = _welch((var_t, value**2 * var_c), (n, m))
    if spread == 0.0:
        return _without(
            replace(plain, value=value), "not_identifiable", "no spread between animals"
        )
    q = float(stats.t.ppf(0.5 + conf_level / 2, df))
    a, half, c = mean_c**2 - q**2 * var_c, mean_t * mean_c, mean_t**2 - q**2 * var_t
    inside = half**2 - a * c
    if a <= 0 or inside < 0:
        message = "the control's change is not clearly different from zero"
        return replace(plain, value=value, conf_open="both", df=df, message=message)
    root = math.sqrt(inside)
    low, high = float((half - root) / a), float((half + root) / a)
    return replace(plain, value=value, low=low, high=high, df=df)


def ratio_of_medians(treated: Vector, control: Vector, *, conf_level: float = 0.95) -> Ratio:
    """Median over median, with the exact interval that order statistics of both arms give.

    Each median gets its sign-test interval at the level that makes both hold together
    (Bonferroni): conservative, and open below seven animals an arm.

    Examples
    --------
    >>> r = ratio_of_medians(np.arange(1.0, 9.0), np.arange(10.0, 18.0))
    >>> round(r.value, 4), round(r.low, 4), round(r.high, 4)
    (0.3333, 0.0588, 0.8)
    """
    n, m = treated.size, control.size
    plain = Ratio(value=None, n_treated=n, n_control=m, method="ratio_of_medians_exact")
    if not n or not m:
        return _without(plain, "too_few", "an arm has no animal")
    middle = float(np.median(control))
    if middle <= 0:
        return _without(plain, "not_identifiable", "the control median is not above zero")
    value = float(np.median(treated)) / middle
    each = 1 - (1 - conf_level) / 2
    sides = [_sign_limits(sample, each) for sample in (treated, control)]
    if any(side is None for side in sides):
        return replace(plain, value=value, conf_open="both")
    (low_t, high_t), (low_c, high_c) = (side for side in sides if side is not None)
    if low_c <= 0:
        return replace(plain, value=value, low=low_t / high_c, conf_open="high")
    return replace(plain, value=value, low=low_t / high_c, high=high_t / low_c)


def _sign_limits(sample: Vector, conf_level: float) -> tuple[float, float] | None:
    n = sample.size
    rank = int(stats.binom.ppf((1 - conf_level) / 2, n, 0.5))
    while rank > 0 and 2 * stats.binom.cdf(rank - 1, n, 0.5) > 1 - conf_level:
        rank -= 1
    if rank < 1:
        return None
    ordered = np.sort(sample)
    return float(ordered[rank - 1]), float(ordered[n - rank])


def _welch(variances: tuple[float, float], counts: tuple[int, int]) -> tuple[float, float]:
    """Return standard error and Welch-Satterthwaite df of a sum of two variances."""
    total = float(variances[0] + variances[1])
    if total <= 0:
        return 0.0, 1.0
    parts = [v / total for v in variances]
    df = 1.0 / sum(p**2 / (n - 1) for p, n in zip(parts, counts, strict=True))
    return math.sqrt(total), float(df)


def _without(plain: Ratio, status: str, message: str) -> Ratio:
    return replace(plain, status=status, message=message, conf_open="both")
