"""Associations over models: all orders counted by hand, bounds, and how often chance is told."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from exportin.inference.association import associate
from exportin.inference.kendall import signs_of, tau_of

SEED = 1938
RUNS, RUNS_LONG = 200, 4000


def none(n):
    return np.zeros(n, dtype=np.int64)


@pytest.mark.parametrize(("n", "least"), [(3, 1 / 3), (4, 1 / 12), (5, 1 / 60), (6, 1 / 360)])
def test_the_smallest_p_is_that_of_two_orders(n, least):
    x = np.arange(float(n))
    found = associate([f"{i}" for i in range(n)], x, none(n), x, none(n))
    assert found.smallest == pytest.approx(least)
    assert found.p_value == (None if n == 3 else pytest.approx(least))


def test_p_with_bounds_on_both_sides_counts_all_orders():
    rng = np.random.default_rng(SEED)
    x, y = rng.normal(size=(2, 6))
    xc, yc = np.array([0, 0, 1, 0, 0, -1]), np.array([0, 1, 0, 0, -1, 0])
    found = associate("abcdef", x, xc, y, yc)
    a, b = signs_of(x, xc), signs_of(y, yc)
    sums = np.array([(a[np.ix_(o, o)] * b).sum() for o in permutations(range(6))])
    seen = (a * b).sum()
    assert found.p_value == pytest.approx(np.mean(np.abs(sums) >= abs(seen)))
    assert found.slope is None
    assert found.tau == pytest.approx(tau_of(b, a).tau)  # the two sides are alike


def test_without_bounds_it_is_scipys_tau_and_slope():
    rng = np.random.default_rng([SEED, 9])
    x, y = rng.normal(size=(2, 9))
    found = associate([f"{i}" for i in range(9)], x, none(9), y, none(9))
    want = stats.kendalltau(x, y, method="exact")
    assert (found.tau, found.p_value) == pytest.approx((want.statistic, want.pvalue))
    assert found.slope.value == pytest.approx(stats.theilslopes(y, x).slope)
    for i, (name, tau, slope) in enumerate(found.without):
        rest = np.delete(x, i), np.delete(y, i)
        assert name == f"{i}"
        assert tau == pytest.approx(stats.kendalltau(*rest).statistic)
        assert slope == pytest.approx(stats.theilslopes(rest[1], rest[0]).slope)


def test_too_few_and_hidden_orders_give_nothing():
    two = np.array([1.0, 2.0])
    assert associate("ab", two, none(2), two, none(2)) is None
    three, above = np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=np.int64)
    assert associate("abc", three, above, three, none(3)) is None


def type_one(runs, n):
    rng = np.random.default_rng([SEED, n, runs])
    told = 0
    for _ in range(runs):
        x, y = rng.normal(size=(2, n))
        xc, yc = (x > 0.8).astype(np.int64), (y > 0.8).astype(np.int64)
        found = associate([""] * n, np.minimum(x, 0.8), xc, np.minimum(y, 0.8), yc)
        told += found is not None and found.p_value is not None and found.p_value < 0.05
    return told / runs


@pytest.mark.parametrize("n", [6])
def test_chance_is_rarely_told_as_association(n):
    assert type_one(RUNS, n) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.long
@pytest.mark.parametrize("n", [5, 7, 12])
def test_chance_is_rarely_told_as_association_long(n):
    assert type_one(RUNS_LONG, n) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS_LONG)
