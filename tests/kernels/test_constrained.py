"""Curves with held parameters against scipy in the same box, and against the free engine."""

import numpy as np
import pytest
from scipy.optimize import least_squares
from tests.kernels.test_hill import LN10, SHAPES, simulate

from exportin.kernels.hill import hill_response
from exportin.kernels.hill_batch import fit_many
from exportin.kernels.hill_constrained import FREE, fit_constrained, free_parameters
from exportin.kernels.hill_constrained_profile import (
    profile_constrained_absolute,
    profile_constrained_ec50,
)
from exportin.kernels.hill_profile import profile_absolute_many, profile_ec50_many

SEED_JUDGE, N_JUDGE, N_JUDGE_LONG = 9177, 14, 700
SEED_COVERAGE, N_COVERAGE, N_COVERAGE_LONG = 60411, 60, 1000
HELD = [
    (1.0, FREE, FREE), (FREE, 0.0, FREE), (1.0, 0.0, FREE), (FREE, FREE, 1.0),
    (1.0, 0.0, 1.0), (FREE, 0.0, 1.0), (1.0, FREE, 2.0),
]  # fmt: skip
X = np.repeat(np.linspace(-9.0, -5.0, 9), 3)


def judge(x, y, top, bottom, hill):
    """Lowest RSS of scipy's trf over 25 listed starts (5 where the slope is held)."""
    u = x * LN10
    free = np.isnan([top, bottom, np.nan, hill])
    full = np.array([top, bottom, 0.0, np.log(hill)])

    def residual(p):
        all_four = full.copy()
        all_four[free] = p
        z = np.exp(all_four[3]) * (u - all_four[2])
        span = all_four[0] - all_four[1]
        return all_four[1] + span * np.exp(-np.logaddexp(0, z)) - y

    low = np.array([-np.inf, -np.inf, u.min() - 3 * LN10, np.log(0.05)])[free]
    high = np.array([np.inf, np.inf, u.max() + 3 * LN10, np.log(50)])[free]
    best = np.inf
    for ec50 in np.linspace(u.min(), u.max(), 5):
        for slope in (0.1, 0.5, 1.5, 5.0, 25.0) if np.isnan(hill) else (1.0,):
            ends = y[u == u.min()].mean(), y[u == u.max()].mean()
            start = np.array([*ends, ec50, np.log(slope)])[free]
            end = least_squares(
                residual, start, bounds=(low, high), xtol=1e-12, ftol=1e-12, gtol=1e-12,
                max_nfev=200,
            )  # fmt: skip
            best = min(best, 2 * end.cost)
    return best


def worst_excess(n):
    print(f"seed {SEED_JUDGE}, {n} curves")
    rng = np.random.default_rng(SEED_JUDGE)
    excess = [0.0]
    for k in range(n):
        x, y = simulate(rng, SHAPES[k % len(SHAPES)])
        top, bottom, hill = HELD[k % len(HELD)]
        fit = fit_constrained(x, y, np.array([0, x.size]), top=top, bottom=bottom, hill=hill)
        if fit.status[0] <= 1:
            total = np.sum((y - y.mean()) ** 2)
            excess.append((fit.rss[0] - judge(x, y, top, bottom, hill)) / total)
    return max(excess)


def test_no_fit_lies_above_the_judge():
    assert worst_excess(N_JUDGE) < 1e-6


@pytest.mark.long
def test_no_fit_of_many_lies_above_the_judge():
    assert worst_excess(N_JUDGE_LONG) < 1e-6


def test_reported_parameters_give_the_reported_rss_and_keep_what_is_held():
    rng = np.random.default_rng(4)
    for k, (top, bottom, hill) in enumerate(HELD):
        x, y = simulate(rng, SHAPES[k % len(SHAPES)])
        fit = fit_constrained(x, y, np.array([0, x.size]), top=top, bottom=bottom, hill=hill)
        said = (fit.top[0], fit.bottom[0], fit.hill[0])
        for given, found in zip((top, bottom, hill), said, strict=True):
            assert np.isnan(given) or found == pytest.approx(given, rel=1e-12)
        height = hill_response(10.0**x, said[0], said[1], 10 ** fit.log10_ec50[0], said[2])
        assert np.sum((y - height) ** 2) == pytest.approx(fit.rss[0], rel=1e-8)


def test_nothing_held_is_the_engine_itself():
    rng = np.random.default_rng(11)
    for k in range(12):
        x, y = simulate(rng, SHAPES[k % len(SHAPES)])
        edges = np.array([0, x.size])
        free, plain = fit_many(x, y, edges), fit_constrained(x, y, edges)
        if free.status[0] <= 1:
            assert plain.rss[0] == pytest.approx(free.rss[0], rel=1e-9)


def test_profiles_with_nothing_held_are_those_of_the_engine():
    """The plain walk against the compiled one: two programs, one definition."""
    rng = np.random.default_rng(5)
    for k in range(12):
        x, y = simulate(rng, SHAPES[k % len(SHAPES)])
        curve = (x, y, np.array([0, x.size]))
        fits = fit_many(*curve)
        if fits.status[0] > 1:
            continue
        pairs = [(profile_ec50_many(*curve, fits), profile_constrained_ec50(*curve, fits))]
        for wells in (8.0, np.inf):
            asked = {"level": 0.5, "n_reference": wells}
            pairs.append(
                (
                    profile_absolute_many(*curve, fits, **asked),
                    profile_constrained_absolute(*curve, fits, **asked),
                )
            )
        for engine, plain in pairs:
            for a, b in zip(engine, plain, strict=True):
                assert np.allclose(a.astype(float), b.astype(float), atol=3e-4, equal_nan=True)


def covered(n):
    """Share of 95 % intervals that hold the truth: EC50 and IC50 with top and bottom held."""
    print(f"seed {SEED_COVERAGE}, {n} curves")
    rng = np.random.default_rng(SEED_COVERAGE)
    x = np.tile(X, n)
    y = hill_response(10.0**x, 1.0, 0.0, 1e-7, 1.3) + 0.1 * rng.normal(size=x.size)
    curves = x, y, np.arange(n + 1) * X.size
    fits = fit_constrained(*curves, top=1.0, bottom=0.0)
    held = {"top": 1.0, "bottom": 0.0}
    found = (
        profile_constrained_ec50(*curves, fits, **held),
        profile_constrained_absolute(*curves, fits, level=0.5, **held),
    )
    return [float(np.mean((i.low <= -7.0) & (i.high >= -7.0))) for i in found]


def test_coverage_with_held_plateaus():
    ec50, absolute = covered(N_COVERAGE)
    assert ec50 == absolute  # with plateaus at 1 and 0 the two doses are one
    assert ec50 > 0.87


@pytest.mark.long
def test_coverage_with_held_plateaus_of_many():
    for share in covered(N_COVERAGE_LONG):
        assert abs(share - 0.95) < 3 * np.sqrt(0.05 * 0.95 / N_COVERAGE_LONG)


def test_fewer_doses_do_where_fewer_parameters_are_free():
    x = np.repeat([-8.0, -7.0, -6.0], 2)
    y = hill_response(10.0**x, 1.0, 0.0, 1e-7, 1.0) + np.tile([0.01, -0.01], 3)
    edges = np.array([0, 6])
    assert fit_many(x, y, edges).status[0] == 2
    found = fit_constrained(x, y, edges, top=1.0, bottom=0.0)
    assert found.status[0] == 0
    assert found.log10_ec50[0] == pytest.approx(-7.0, abs=0.02)
    assert fit_constrained(x[:4], y[:4], np.array([0, 4]), top=1.0, bottom=0.0).status[0] == 2


def test_count_of_parameters_and_refusals():
    assert [free_parameters(*held) for held in HELD] == [3, 3, 2, 3, 1, 2, 2]
    edges = np.array([0, X.size])
    with pytest.raises(ValueError, match="slope"):
        fit_constrained(X, X, edges, hill=100.0)
    with pytest.raises(ValueError, match="finite plateau"):
        fit_constrained(X, X, edges, top=np.inf)
