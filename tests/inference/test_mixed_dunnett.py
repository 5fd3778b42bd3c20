"""Correlations that are nearly products: the corrected tail against plain simulation."""

import numpy as np
import pytest

from exportin.inference.families import simulated_tail
from exportin.inference.mixed_dunnett import mixed_family, nearest_loadings


def near_products(m, size, seed):
    rng = np.random.default_rng(seed)
    load = rng.uniform(0.4, 0.8, m)
    moved = rng.uniform(-1, 1, (m, m))
    c = np.outer(load, load) + size * (moved + moved.T)
    np.fill_diagonal(c, 1.0)
    return c


@pytest.mark.parametrize(("m", "size"), [(4, 0.01), (5, 0.03)])
def test_tail_is_that_of_simulation(m, size):
    c = near_products(m, size, m)
    family = mixed_family(c, 12.0, 0.95)
    assert family.method == "dunnett_simulated"
    for t in (1.5, 2.5, 3.5):
        assert family.tail(t) == pytest.approx(simulated_tail(t, c, 12.0, two_sided=True), abs=5e-5)
    assert family.tail(family.critical) == pytest.approx(0.05, abs=1e-4)


def test_small_tails_keep_their_digits():
    family = mixed_family(near_products(5, 0.02, 1), 30.0, 0.95)
    tails = [family.tail(t) for t in (6.0, 8.0, 10.0)]
    assert tails[0] > tails[1] > tails[2] > 0.0


def test_other_correlations_go_the_long_way():
    assert nearest_loadings(np.array([[1.0, -0.2, 0.3], [-0.2, 1.0, 0.3], [0.3, 0.3, 1.0]])) is None
    block = np.full((4, 4), 0.05) + np.kron(np.eye(2), np.full((2, 2), 0.85))
    np.fill_diagonal(block, 1.0)
    assert nearest_loadings(block) is None
