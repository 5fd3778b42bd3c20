"""Kendall's tau with bounds: hand-sized cases, and how often it errs where nothing is there."""

import math
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from exportin.inference.answer import Ask
from exportin.inference.cells import Cell
from exportin.inference.correlation import correlate
from exportin.inference.kendall import daniels_variance, kendall, signs_of, slope_limits, theil_sen

SEED = 19440
RUNS, RUNS_LONG = 150, 4000


def none(n):
    return np.zeros(n, dtype=np.int64)


def test_a_bound_hides_the_order_above_it_only():
    signs = signs_of(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0, 1, 0, 0]))
    assert signs[1].tolist() == [1, 0, 1, 0]  # "> 2" lies above 1 and 2, and may lie above 3


def test_variance_is_that_of_all_orders():
    rng = np.random.default_rng(SEED)
    x, y = rng.integers(0, 4, 6).astype(float), rng.normal(size=6)
    a, b = signs_of(x, none(6)), signs_of(y, np.array([0, 0, 1, 0, -1, 0]))
    s = [(a[np.ix_(o, o)] * b).sum() / 2 for o in permutations(range(6))]
    assert daniels_variance(a, b) == pytest.approx(np.var(s), rel=1e-12)


@pytest.mark.parametrize("n", [5, 9, 20])
def test_without_bounds_it_is_scipys(n):
    rng = np.random.default_rng([SEED, n])
    x, y = rng.normal(size=(2, n))
    found, want = kendall(x, y, none(n)), stats.kendalltau(x, y, method="exact")
    assert (found.tau, found.p["two-sided"]) == pytest.approx((want.statistic, want.pvalue))
    slope = stats.theilslopes(y, x)
    assert np.mean(theil_sen(x, y, none(n))) == pytest.approx(slope.slope)


def test_normal_p_is_near_the_exact_one():
    rng = np.random.default_rng(SEED)
    for _ in range(20):
        x, y = rng.normal(size=(2, 8))
        codes = (y > 0.7).astype(np.int64)
        y = np.minimum(y, 0.7)
        exact = kendall(x, y, codes)
        a, b = signs_of(x, none(8)), signs_of(y, codes)
        z = max(abs(exact.s) - 1.0, 0.0) / math.sqrt(daniels_variance(a, b))
        assert exact.how == "exact"
        assert exact.p["two-sided"] == pytest.approx(2 * stats.norm.sf(z), abs=0.03)


def test_interval_holds_what_the_test_does_not_reject():
    rng = np.random.default_rng(SEED)
    x = rng.normal(size=14)
    y = 0.5 * x + rng.normal(0.0, 0.4, 14)
    codes = (y > 0.8).astype(np.int64)
    y = np.minimum(y, 0.8)
    low, high = slope_limits(x, y, codes, lambda tau: tau.p["two-sided"] < 0.05)
    for slope, inside in ((low - 1e-6, False), (low + 1e-6, True), (high - 1e-6, True),
                          (high + 1e-6, False)):  # fmt: skip
        assert (kendall(x, y - slope * x, codes).p["two-sided"] >= 0.05) == inside
    assert low < theil_sen(x, y, codes)[0] < high


def cells_of(x, y, codes):
    return {str(v): Cell({f"L{i}": (float(w), int(c))})
            for i, (v, w, c) in enumerate(zip(x, y, codes, strict=True))}  # fmt: skip


def test_only_bounds_and_too_few_lines_end_in_words():
    x = np.arange(5.0)
    scores = {str(v): float(v) for v in x}
    bounds = correlate(cells_of(x, np.full(5, 2.0), np.ones(5, int)), scores, "e", Ask())
    assert (bounds.status, bounds.p_value) == ("not_identifiable", None)
    few = correlate(cells_of(x[:3], x[:3], none(3)), scores, "e", Ask())
    assert (few.status, few.p_value) == ("too_few", None)


def rejections(n, share, runs):
    rng = np.random.default_rng([SEED, n, int(100 * share), runs])
    print(f"seed {SEED}, {runs} sets of {n} lines, {share:.0%} bounds")
    found = 0
    for _ in range(runs):
        x, y = rng.normal(size=(2, n))
        top = stats.norm.isf(share) if share else np.inf
        codes = (y > top).astype(np.int64)
        found += kendall(x, np.minimum(y, top), codes).p["two-sided"] < 0.05
    return found / runs


@pytest.mark.parametrize(("n", "share"), [(6, 0.3), (17, 0.0), (17, 0.3)])
def test_type_one_error(n, share):
    assert rejections(n, share, RUNS) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.long
@pytest.mark.parametrize("n", [6, 10, 17])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_type_one_error_long(n, share):
    runs = RUNS_LONG if n > 8 else RUNS_LONG // 10
    assert rejections(n, share, runs) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)
