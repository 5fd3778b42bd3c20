"""The largest inhibition over days, and what the choice of its day does to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


EXACT_UP_TO = 20_000
"""Up to so many ways of sharing the animals out, all are looked at instead of a random part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LargestEffect:
    """Largest inhibition (1 - T/C of arithmetic means) over the days of a study.

    Parameters
    ----------
    value, day
        The largest inhibition and its day.
    low, high
        Limits of the largest true inhibition: the largest lower and the largest upper edge of the
        simultaneous band over days.
    days, inhibition, band_low, band_high
        The whole curve with its simultaneous band.
    null_mean, null_95
        Mean and 95th percentile of the same maximum when the study's own animals are dealt to the
        two arms at random: what "no effect" looks like here.
    p_value, smallest_p, exact
        One-sided permutation test of the maximum, the least p it can give, and whether every way
        of dealing the animals was looked at.
    critical
        Quantile of the largest absolute t over days behind the band.
    status, message
        ``too_few`` below two animals an arm or without a day with both.
    """

    value: float | None = None
    day: float | None = None
    low: float | None = None
    high: float | None = None
    days: Array | None = None
    inhibition: Array | None = None
    band_low: Array | None = None
    band_high: Array | None = None
    null_mean: float | None = None
    null_95: float | None = None
    p_value: float | None = None
    smallest_p: float | None = None
    exact: bool = True
    critical: float | None = None
    n_treated: int = 0
    n_control: int = 0
    status: str = "ok"
    message: str = ""


def largest_effect(
    treated: Array,
    control: Array,
    days: Array,
    *,
    rng: np.random.Generator,
    conf_level: float = 0.95,
    draws: int = 2000,
    cages: tuple[Sequence[str], Sequence[str]] | None = None,
) -> LargestEffect:
    """Find the day of the largest inhibition, its selection-adjusted interval and test.

    A maximum over days is large by chance alone: of eight animals an arm and no effect it is about
    9 % in the mean and 36 % in one study of twenty. The permutation test deals whole animals, all
    their days together; the band uses the largest absolute t over days of correlated t variables.

    Parameters
    ----------
    treated, control : (animals, days) float
        Volumes of animals that were all there on all days (rows with NaN are refused).
    days : (days,) float
        Days from the first dose; day 0 belongs to no effect and should not be among them.
    rng : numpy.random.Generator
        For the band, and for permutations beyond ``EXACT_UP_TO``.
    conf_level, draws
        Level of the band; number of draws.
    cages
        Cages of the treated and of the control animals, where every cage holds one arm: whole cages
        are dealt in the test. The band still counts animals.

    Returns
    -------
    LargestEffect

    Raises
    ------
    ValueError
        If a volume is missing.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> c = np.array([[100.0, 200.0], [110.0, 220.0], [90.0, 180.0]])
    >>> found = largest_effect(c * [1.0, 0.25], c, np.array([3.0, 7.0]), rng=rng)
    >>> found.value, found.day, found.p_value, found.smallest_p
    (0.75, 7.0, 0.05, 0.05)
    """
    n, m = treated.shape[0], control.shape[0]
    plain = LargestEffect(n_treated=n, n_control=m)
    if not days.size or min(n, m) < 1:
        return _failed(plain, "no day with animals of both arms")
    if np.isnan(treated).any() or np.isnan(control).any():
        raise ValueError("largest_effect: a volume is missing")
    if (control.mean(axis=0) <= 0).any():
        return _failed(plain, "the control mean is zero on a day")
    seen = 1.0 - treated.mean(axis=0) / control.mean(axis=0)
    at = int(np.argmax(seen))
    point = {"value": float(seen[at]), "day": float(days[at]), "days": days, "inhibition": seen}
    if min(n, m) < 2:
        return LargestEffect(**point, n_treated=n, n_control=m, status="too_few",
                             message="one animal in an arm")  # fmt: skip
    null, exact = _null(treated, control, rng, draws, cages)
    reached = float(np.mean(null >= seen[at] - 1e-12 * abs(seen[at])))
    p = reached if exact else (reached * null.size + 1) / (null.size + 1)
    band = _band(treated, control, rng, conf_level, draws)
    low, high, critical = band
    return LargestEffect(
        **point,
        low=float(np.nanmax(low)) if np.isfinite(low).any() else None,
        high=_upper(high, treated),
        band_low=low,
        band_high=high,
        null_mean=float(null.mean()),
        null_95=float(np.quantile(null, 0.95)),
        p_value=p,
        smallest_p=1.0 / null.size if exact else 1.0 / (null.size + 1),
        exact=exact,
        critical=critical,
        n_treated=n,
        n_control=m,
    )


def _upper(high: Array, treated: Array) -> float | None:
    """Return the largest upper edge; all of the volume where a treated arm had none on a day."""
    if (treated.mean(axis=0) == 0.0).any():
        return 1.0
    return float(np.max(high)) if np.isfinite(high).all() else None


def _null(
    treated: Array,
    control: Array,
    rng: np.random.Generator,
    draws: int,
    cages: tuple[Sequence[str], Sequence[str]] | None = None,
) -> tuple[Array, bool]:
    """Maxima over days when whole animals, or cages, are dealt anew; exact: whether in all ways."""
    volumes = np.vstack([treated, control])
    sides = cages or (range(len(treated)), range(len(treated), len(volumes)))
    names = [*dict.fromkeys(sides[0]), *dict.fromkeys(sides[1])]
    member = (np.array([*sides[0], *sides[1]])[None, :] == np.array(names)[:, None]).astype(float)
    pooled, sizes = member @ volumes, member.sum(axis=1)
    n, total = len(dict.fromkeys(sides[0])), len(names)
    exact = math.comb(total, n) <= EXACT_UP_TO
    if exact:
        chosen = _all_ways(total, n)
    else:
        chosen = np.zeros((draws, total))
        order = np.argsort(rng.random((draws, total)), axis=1)[:, :n]
        np.put_along_axis(chosen, order, 1.0, axis=1)
    sums, count = chosen @ pooled, (chosen @ sizes)[:, None]
    rest = pooled.sum(axis=0) - sums
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (sums / count) / (rest / (sizes.sum() - count))
    return np.max(np.where(np.isfinite(ratio), 1.0 - ratio, -np.inf), axis=1), exact


@lru_cache(maxsize=8)
def _all_ways(total: int, n: int) -> Array:
    """Every way to choose n of so many, as rows of zeros and ones; n is at least 1."""
    picked = np.array(list(combinations(range(total), n)))
    chosen = np.zeros((len(picked), total))
    np.put_along_axis(chosen, picked, 1.0, axis=1)
    chosen.setflags(write=False)
    return chosen


def _band(
    treated: Array, control: Array, rng: np.random.Generator, conf_level: float, draws: int
) -> tuple[Array, Array, float]:
    """Simultaneous band of the inhibition; NaN on days without spread or treated volume."""
    means = treated.mean(axis=0), control.mean(axis=0)
    days = means[0].size
    cov = np.zeros((days, days))
    parts = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for sample, mean in zip((treated, control), means, strict=True):
            one = np.atleast_2d(np.cov(sample / mean, rowvar=False)) / sample.shape[0]
            cov += one
            parts.append(np.diag(one))
        center = np.log(means[0] / means[1])
    se = np.sqrt(np.diag(cov))
    usable = np.isfinite(se) & (se > 0) & np.isfinite(center)
    low, high = np.full(days, np.nan), np.full(days, np.nan)
    if not usable.any():
        return low, high, float("nan")
    counts = treated.shape[0], control.shape[0]
    total = parts[0] + parts[1]
    share = [p[usable] / total[usable] for p in parts]
    df = 1.0 / (share[0] ** 2 / (counts[0] - 1) + share[1] ** 2 / (counts[1] - 1))
    critical = _critical(cov[np.ix_(usable, usable)], float(df.min()), rng, conf_level, draws)
    low[usable] = 1.0 - np.exp(center[usable] + critical * se[usable])
    high[usable] = 1.0 - np.exp(center[usable] - critical * se[usable])
    return low, high, critical


def _critical(
    cov: Array, df: float, rng: np.random.Generator, conf_level: float, draws: int
) -> float:
    """Quantile of the largest of correlated |t| with a common scale."""
    sd = np.sqrt(np.diag(cov))
    values, vectors = np.linalg.eigh(cov / np.outer(sd, sd))
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    normal = rng.standard_normal((max(draws, 20_000), values.size)) @ root.T
    scale = np.sqrt(rng.chisquare(df, normal.shape[0]) / df)
    return float(np.quantile(np.abs(normal).max(axis=1) / scale, conf_level))


def _failed(plain: LargestEffect, message: str) -> LargestEffect:
    return LargestEffect(
        n_treated=plain.n_treated, n_control=plain.n_control, status="too_few", message=message
    )
