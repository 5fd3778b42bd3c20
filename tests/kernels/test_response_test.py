"""Step-contrast test: hand-made statistic, size on flat curves, power, invariance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.kernels.response_test import ALPHA_NO_RESPONSE, N_DRAWS, step_null, step_test

COUNTS = np.array([3, 3, 2, 3, 1, 3, 3])
X = np.repeat(np.linspace(-8.0, -5.0, 7), COUNTS)
NULL = step_null(COUNTS, N_DRAWS, np.random.default_rng(11))


def naive(x, y):
    """The definition, split by split."""
    total = np.sum((y - y.mean()) ** 2)
    shares = []
    for cut in np.unique(x)[:-1]:
        low, high = y[x <= cut], y[x > cut]
        rss = np.sum((low - low.mean()) ** 2) + np.sum((high - high.mean()) ** 2)
        shares.append((total - rss) / total)
    return max(shares)


def test_statistic_by_definition():
    y = np.random.default_rng(1).normal(5.0, 0.1, size=X.size)
    assert step_test(X, y, NULL)[0] == pytest.approx(naive(X, y), rel=1e-10)


@pytest.mark.parametrize("alpha", [ALPHA_NO_RESPONSE, 0.05])
def test_flat_curves_are_called_responses_at_most_alpha(alpha):
    rng, n = np.random.default_rng(12), 3000
    p = np.array([step_test(X, rng.normal(size=X.size), NULL)[1] for _ in range(n)])
    error = np.sqrt(alpha * (1 - alpha) * (1 / n + 1 / N_DRAWS))
    assert alpha - 3 * error <= np.mean(p <= alpha) <= alpha + 2 * error


def test_a_clear_step_is_seen_and_p_never_zero():
    y = np.where(X > -6.2, 0.3, 1.0) + 0.05 * np.random.default_rng(2).normal(size=X.size)
    assert step_test(X, y, NULL)[1] == 1.0 / (N_DRAWS + 1)


def test_no_variation_no_evidence():
    assert step_test(X, np.full(X.size, 0.3), NULL) == (0.0, 1.0)
    one = step_null(np.array([4]), 99, np.random.default_rng(1))
    assert step_test(np.full(4, -6.0), np.array([1.0, 2.0, 3.0, 4.0]), one) == (0.0, 1.0)


def test_null_is_reproducible_and_sorted():
    again = step_null(COUNTS, N_DRAWS, np.random.default_rng(11))
    assert np.array_equal(again, NULL)
    assert (np.diff(NULL) >= 0).all()
    single = step_null(np.ones(5), 199, np.random.default_rng(1))
    assert ((single > 0) & (single <= 1)).all()
    with pytest.raises(ValueError, match="counts"):
        step_null(np.array([2, 0, 2]), 99, np.random.default_rng(1))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), factor=st.floats(0.01, 100), shift=st.floats(-5, 5))
def test_units_direction_and_row_order_do_not_matter(seed, factor, shift):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=X.size)
    order = rng.permutation(X.size)
    moved = step_test((X + shift)[order], (shift - factor * y)[order], NULL)
    assert moved == pytest.approx(step_test(X, y, NULL), abs=2e-3)
