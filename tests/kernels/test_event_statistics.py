"""Robust statistics of events: by hand where that is possible, in simulation elsewhere."""

import numpy as np
import pytest
from scipy.stats import binomtest

from exportin.kernels import event_statistics as stats


@pytest.mark.parametrize(("k", "n"), [(0, 50), (3, 50), (50, 50), (200, 20000)])
def test_fraction_interval_is_that_of_scipy(k: int, n: int) -> None:
    exact = binomtest(k, n).proportion_ci(0.95, method="exact")
    assert stats.fraction_interval(k, n) == pytest.approx((exact.low, exact.high))


def test_quantile_interval_covers() -> None:
    """95 % of the intervals of the 99 % quantile hold it (binomial error of 400: 1.1 points)."""
    rng = np.random.default_rng(5)
    truth, hits = 2.3263478740408408, 0
    for _ in range(400):
        low, high = stats.quantile_interval(rng.normal(size=2000), 0.99)
        hits += low <= truth <= high
    assert 0.92 <= hits / 400 <= 0.99


def test_main_mode_of_two_populations() -> None:
    rng = np.random.default_rng(6)
    values = np.concatenate([rng.normal(2.0, 0.1, 8000), rng.normal(5.0, 0.1, 2000)])
    assert stats.main_mode(values) == pytest.approx(2.0, abs=0.03)
    assert stats.main_mode(np.full(100, 7.0)) == 7.0


def test_ridge_is_not_widened_by_doublets() -> None:
    rng = np.random.default_rng(7)
    ratio = np.concatenate([rng.normal(1.0, 0.02, 9000), rng.normal(1.5, 0.1, 1000)])
    band = stats.ridge_band(ratio, 3.5)
    assert band.center == pytest.approx(1.0, abs=0.001)
    assert band.sd == pytest.approx(0.02, rel=0.03)
    assert band.above[9000:].mean() > 0.99
    assert band.above[:9000].mean() < 0.001


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 50, 51])
@pytest.mark.parametrize("whole", [True, False])
def test_ridge_of_sorted_values_is_median_and_mad(n: int, whole: bool) -> None:
    """With a band as wide as the values nothing is left out: plain median and MAD."""
    rng = np.random.default_rng(n)
    for _ in range(20):
        values = rng.integers(0, 6, n).astype(np.float64) if whole else rng.normal(size=n)
        band = stats.ridge_band(values, 1e9)
        if band.sd > 0:
            assert band.center == np.median(values)
            assert band.sd == pytest.approx(stats.robust_sd(values), rel=1e-12)
        else:
            assert stats.robust_sd(values[values == band.center]) == 0


def test_ridge_leaves_out_what_is_no_number() -> None:
    band = stats.ridge_band(np.array([1.0, np.nan, 1.1, np.inf, 0.9]), 3.0)
    assert band.inside.tolist() == [True, False, True, False, True]
    assert not band.above.any()


@pytest.mark.parametrize("shape", ["normal", "two peaks", "three integers"])
def test_scores_of_a_steady_run(shape: str) -> None:
    """About 5 % of the bins score beyond 1.96, fewer for rough integers."""
    rng = np.random.default_rng(8)
    values = rng.normal(10.0, 2.0, (1, 250_000))
    if shape == "two peaks":
        values += np.where(rng.uniform(size=values.shape) < 0.5, 100.0, 0.0)
    elif shape == "three integers":
        values = rng.integers(0, 3, values.shape).astype(np.float64)
    run = stats.run_quartiles(values, 250)
    assert run.scores.shape == run.bins.shape == (1, 3, 1000)
    outside = np.mean(np.abs(run.scores) > 1.96, axis=2)[0]
    assert np.all(outside < 0.08)
    assert shape == "three integers" or np.all(outside > 0.03)
    assert np.all(np.abs(run.scores) < 5)


def test_scores_by_hand() -> None:
    """The last of ten bins of a rising line: its median is the quantile 0.95 of the whole."""
    run = stats.run_quartiles(np.arange(1000.0)[None], 100)
    assert run.whole[0] == pytest.approx([250, 500, 749], abs=1)
    assert run.scores[0, 1, -1] == pytest.approx((0.95 - 0.5) / np.sqrt(0.25 / 100), rel=0.01)
    flat = stats.run_quartiles(np.zeros((1, 1000)), 100)
    assert not flat.scores.any()


def test_mixture_part_is_found_within_its_error() -> None:
    rng = np.random.default_rng(9)
    own, other = rng.normal(0, 1, 10_000), rng.normal(3, 1, 10_000)
    z = []
    for _ in range(200):
        k = rng.binomial(250, 0.2)
        sample = np.concatenate([rng.normal(0, 1, 250 - k), rng.normal(3, 1, k)])
        found = stats.mixture_part(sample, own, other)
        z.append((found.part - 0.2) / found.error)
    assert abs(np.mean(z)) < 0.3
    assert 0.8 < np.std(z) < 1.25


def test_equal_tubes_have_no_distance() -> None:
    own = np.arange(1000.0)
    found = stats.mixture_part(own[:250], own, own)
    assert found.distance == 0.0
    assert found.part == 0.0
    assert found.error == np.inf


def test_runs_by_hand() -> None:
    assert stats.runs_of(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert stats.runs_of(np.zeros(3, dtype=np.bool_)) == []
