"""Comparisons of two curves where surfaces have several valleys: few wells, steep or noisy curves.

The judge is a dense search of its own: doses in common by 0.005 decades, 160 slopes a curve.
"""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import f as f_distribution

from exportin.kernels.curve_comparison import ComparisonStatus, CurveComparison, compare_ec50
from exportin.kernels.hill import hill_response
from exportin.kernels.level_comparison import compare_level

LN10 = np.log(10.0)
SLOPES = np.linspace(np.log(0.05), np.log(50.0), 160)


def pairs(seed: int, n: int):
    """Pairs of curves with 5 to 9 doses, 1 to 3 wells a dose, often the same EC50."""
    rng = np.random.default_rng(seed)
    for _ in range(n):
        x = np.repeat(np.linspace(-9.0, -5.0, rng.integers(5, 10)), rng.integers(1, 4))
        sd, middle = rng.choice([0.05, 0.1, 0.2]), rng.uniform(-8.5, -5.5)
        apart = rng.choice([0.0, 0.0, 0.3])
        yield (
            x,
            *(
                hill_response(
                    10.0**x, 1.0, rng.uniform(0.0, 0.4), 10.0**at, 10 ** rng.uniform(-0.4, 0.8)
                )
                + rng.normal(0.0, sd, x.size)
                for at in (middle, middle + apart)
            ),
        )


def judge_ec50(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    at = np.arange(-12.0, -2.0, 0.005) * LN10
    away = y - y.mean()
    lowest = np.full(at.size, np.inf)
    for q in SLOPES:
        u = expit(np.exp(q) * (x * LN10 - at[:, None]))
        u -= u.mean(axis=1, keepdims=True)
        along = np.maximum(np.sum(u * u, axis=1), 1e-300)
        lowest = np.minimum(lowest, away @ away - (u @ away) ** 2 / along)
    return lowest


def judge_level(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Curves exactly through one half at a dose: y = 1/2 + s (shape - shape at the dose)."""
    at, places = np.arange(-9.5, -4.5, 0.025) * LN10, np.arange(-12.0, -2.0, 0.05) * LN10
    z = y - 0.5
    lowest = np.full(at.size, np.inf)
    for q in SLOPES[::2]:
        u = expit(np.exp(q) * (x * LN10 - places[:, None]))
        held = expit(np.exp(q) * (at[:, None] - places))
        across = (u @ z)[None] - held * z.sum()
        along = np.sum(u * u, axis=1)[None] - 2.0 * held * u.sum(axis=1) + x.size * held**2
        sound = along > 1e-8  # below, the difference of shapes is rounding
        gain = np.where(sound, across**2 / np.where(sound, along, 1.0), 0.0)
        lowest = np.minimum(lowest, z @ z - gain.max(axis=1))
    return lowest


def agrees(found: CurveComparison) -> bool:
    """Whether p and interval tell the same of a ratio of one."""
    p = f_distribution.sf(found.statistic, 1, found.df)
    return (found.low <= 0.0 <= found.high) == (p >= 0.05)


@pytest.mark.parametrize("n", [12, pytest.param(150, marks=pytest.mark.long)])
def test_shared_ec50_is_the_lowest(n: int) -> None:
    seen = 0
    for x, a, b in pairs(20261177, n):
        found = compare_ec50(x, a, x, b)
        if found.status is ComparisonStatus.OK:
            seen += 1
            best = float(np.min(judge_ec50(x, a) + judge_ec50(x, b)))
            assert found.rss_shared <= best * (1.0 + 1e-3)
            assert agrees(found)
    assert seen > n // 4


@pytest.mark.parametrize("n", [4, pytest.param(100, marks=pytest.mark.long)])
def test_shared_level_is_the_lowest(n: int) -> None:
    seen = above = 0
    for x, a, b in pairs(20261178, n):
        found = compare_level(x, a, x, b)
        if found.status is ComparisonStatus.OK:
            seen += 1
            best = float(np.min(judge_level(x, a) + judge_level(x, b)))
            above += found.rss_shared > best * (1.0 + 1e-3)
            assert agrees(found)
    assert seen > n // 4
    assert above == 0
