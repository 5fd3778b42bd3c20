"""Robust weights: what they do to clean and to spoiled wells, and what intervals then cover."""

import numpy as np
import pytest

from exportin.kernels.hill_batch import fit_many
from exportin.kernels.hill_profile import profile_ec50_many
from exportin.kernels.robust import LIGHT, TUNING, fit_robust, robust_level

SEED, N, N_LONG = 515051, 100, 2000
X = np.repeat(np.linspace(-9.0, -5.0, 9), 3)


def simulate(n, spoiled, sd=0.05, seed=SEED):
    print(f"seed {seed}, {n} curves, {spoiled:.0%} of the wells off by 0.4 to 1")
    rng = np.random.default_rng(seed)
    x = np.tile(X, n)
    y = 0.1 + 0.9 / (1 + 10 ** (1.2 * (x + 7.0))) + sd * rng.normal(size=x.size)
    bad = rng.random(x.size) < spoiled
    y[bad] += rng.choice([-1, 1], bad.sum()) * rng.uniform(0.4, 1.0, bad.sum())
    return x, y, np.arange(n + 1) * X.size


def covers(curves):
    found = fit_robust(*curves)
    level = robust_level(0.95)
    interval = profile_ec50_many(*curves, found.fits, conf_level=level, weight=found.weight)
    return float(np.mean((interval.low <= -7.0) & (interval.high >= -7.0))), found


def far(fits):
    """Error of log10 EC50 that one curve in ten exceeds."""
    return float(np.quantile(np.abs(fits.log10_ec50 + 7.0), 0.9))


def test_spoiled_wells_hardly_move_the_robust_curve():
    curves = simulate(N, 0.05)
    assert far(fit_robust(*curves).fits) < 0.6 * far(fit_many(*curves))


def test_clean_wells_lose_little():
    curves = simulate(N, 0.0)
    assert far(fit_robust(*curves).fits) < 1.2 * far(fit_many(*curves))


@pytest.mark.parametrize("spoiled", [0.0, 0.05])
def test_coverage(spoiled):
    assert covers(simulate(N, spoiled))[0] > 0.85


@pytest.mark.long
@pytest.mark.parametrize("spoiled", [0.0, 0.05])
@pytest.mark.parametrize("sd", [0.05, 0.15])
def test_coverage_of_many(spoiled, sd):
    """92 to 94 % where 95 % is asked: approximate, as the documentation says."""
    share, found = covers(simulate(N_LONG, spoiled, sd))
    print(f"coverage {share:.3f}, {found.settled.mean():.1%} settled")
    assert 0.91 < share < 0.965
    assert found.settled.mean() > 0.95


def test_weights_are_those_of_the_formula_at_the_end():
    curves = simulate(3, 0.05)
    found = fit_robust(*curves)
    x, y, edges = curves
    for i in np.flatnonzero(found.settled):
        mine = slice(edges[i], edges[i + 1])
        fit = [v[i] for v in found.fits]
        r = y[mine] - (fit[1] + (fit[0] - fit[1]) / (1 + 10 ** (fit[3] * (x[mine] - fit[2]))))
        scale = 1.4826 * np.median(np.abs(r)) * np.sqrt(r.size / (r.size - 4))
        expected = np.clip(1 - (r / (TUNING * scale)) ** 2, 0, 1) ** 2
        assert np.allclose(found.weight[mine], expected, atol=2e-3)
        assert found.doubted[i] == np.sum(found.weight[mine] < LIGHT)


def test_exact_curves_and_short_ones_keep_all_wells():
    x = np.linspace(-9.0, -5.0, 9)
    y = 1 / (1 + 10 ** (x + 7.0))
    both = fit_robust(np.append(x, x[:3]), np.append(y, y[:3]), np.array([0, 9, 12]))
    assert np.all(both.weight > 0.99)
    assert both.fits.status.tolist() == [0, 2]
