"""Two steps with slopes of their own against scipy in the same box, and against one Hill step."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from exportin.kernels.biphasic import ONE_STEP, fit_biphasic
from exportin.kernels.biphasic_slopes import (
    MIN_SLOPES_DOSES,
    SLOPE_HIGHEST,
    SLOPE_LOWEST,
    biphasic_slopes_dose,
    biphasic_slopes_response,
    fit_biphasic_slopes,
)
from exportin.kernels.hill_batch import TOO_FEW
from exportin.kernels.hill_constrained import fit_constrained

LN10 = np.log(10.0)
SEED_JUDGE, N_JUDGE, N_JUDGE_LONG = 9042611, 8, 300
SLOPES = ((0.0, 0.0), (1.5, 1.5), (0.0, 1.5), (1.5, 0.0))
"""Ln slopes that the judge starts from."""


def simulate(rng):
    m, low, span = int(rng.integers(8, 14)), rng.uniform(-10, -6), rng.uniform(2, 6)
    x = np.repeat(np.linspace(low, low + span, m), int(rng.integers(1, 4)))
    share, bottom = rng.uniform(0, 1), rng.uniform(-0.1, 0.5)
    first, second = np.sort(rng.uniform(low - 0.5, low + span + 0.5, 2))
    h1, h2 = np.exp(rng.uniform(np.log(0.5), np.log(5.0), 2))
    left = share / (1 + 10 ** (h1 * (x - first))) + (1 - share) / (1 + 10 ** (h2 * (x - second)))
    y = bottom + (1 - bottom) * left
    y = 1 - y if rng.random() < 0.15 else y
    return x, y + rng.choice([0.005, 0.05, 0.2]) * rng.normal(size=x.size)


def judge(x, y):
    """Lowest RSS of scipy's trf over 60 listed starts in the box that the fit names."""
    u = x * LN10

    def residual(p):
        first, second = (
            np.exp(-np.logaddexp(0, np.exp(slope) * (u - place)))
            for place, slope in ((p[3], p[5]), (p[4], p[6]))
        )
        return p[0] + p[1] * (p[2] * first + (1 - p[2]) * second) - y

    low, high = u.min(), u.max()
    gentle, steep = np.log(SLOPE_LOWEST), np.log(SLOPE_HIGHEST)
    box = (
        [-np.inf, -np.inf, 0, low, low, gentle, gentle],
        [np.inf, np.inf, 1, high, high, steep, steep],
    )
    places = np.linspace(low + 0.001, high - 0.02, 5)
    best, fall = np.inf, np.ptp(y) * np.sign(y[0] - y[-1])
    for i in range(5):
        for j in range(i, 5):
            for slopes in SLOPES:
                start = [y[u == high].mean(), fall, 0.5, places[i], places[j] + 0.01, *slopes]
                end = least_squares(
                    residual, start, bounds=box, xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=200
                )
                best = min(best, 2 * end.cost)
    return best


def worst_excess(n):
    """How far fits lie above the judge, as a fraction of the judge's sum of squares."""
    print(f"seed {SEED_JUDGE}, {n} curves")
    rng = np.random.default_rng(SEED_JUDGE)
    found = []
    for _ in range(n):
        x, y = simulate(rng)
        fits = fit_biphasic_slopes(x, y, np.array([0, x.size]))
        own = np.sum((biphasic_slopes_response(x, fits, 0) - y) ** 2)
        assert own == pytest.approx(fits.rss[0], rel=1e-6)
        lowest = judge(x, y)
        found.append((fits.rss[0] - lowest) / lowest)
    return max(found)


def test_no_fit_lies_above_the_judge():
    assert worst_excess(N_JUDGE) < 1e-6


@pytest.mark.long
def test_no_fit_of_many_lies_above_the_judge():
    assert worst_excess(N_JUDGE_LONG) < 1e-6


def test_known_curve_comes_back_in_order():
    x = np.linspace(-9.0, -3.0, 19)
    first, second = 1 / (1 + 10 ** (2.0 * (x + 8.0))), 1 / (1 + 10 ** (0.8 * (x + 5.0)))
    fits = fit_biphasic_slopes(x, 0.1 + 0.9 * (0.3 * first + 0.7 * second), np.array([0, 19]))
    found = [v[0] for v in fits[:7]]
    assert np.allclose(found, [1.0, 0.1, 0.3, -8.0, -5.0, 2.0, 0.8], atol=1e-3)


def test_the_curve_with_slopes_held_is_never_lower_in_the_box_of_both():
    rng = np.random.default_rng(4)
    for _ in range(4):
        x, y = simulate(rng)
        edges = np.array([0, x.size])
        held, free = fit_biphasic(x, y, edges), fit_biphasic_slopes(x, y, edges)
        if x.min() <= held.log10_ec50_1[0] and held.log10_ec50_2[0] <= x.max():
            assert free.rss[0] <= held.rss[0] * (1 + 1e-9)
        assert free.rss[0] <= fit_constrained(x, y, edges).rss[0]


def test_one_step_is_said_and_is_the_hill_curve():
    x = np.repeat(np.linspace(-9.0, -5.0, 9), 3)
    y = 0.1 + 0.9 / (1 + 10 ** (3 * (x + 7.0)))
    edges = np.array([0, x.size])
    fits = fit_biphasic_slopes(x, y, edges)
    assert (fits.status[0], fits.share[0]) == (ONE_STEP, 1.0)
    assert fits.hill_1[0] == fits.hill_2[0] == pytest.approx(3.0, abs=1e-4)


def test_dose_of_a_level_is_on_the_curve_or_missing():
    rng = np.random.default_rng(8)
    for _ in range(6):
        x, y = simulate(rng)
        fits = fit_biphasic_slopes(x, y, np.array([0, x.size]))
        at = biphasic_slopes_dose(fits, 0.5)
        between = (fits.top[0] - 0.5) * (0.5 - fits.bottom[0]) > 0
        assert np.isnan(at[0]) != between
        if between:
            assert biphasic_slopes_response(at, fits, 0)[0] == pytest.approx(0.5, abs=1e-6)


def test_too_few_doses_are_said_and_curves_do_not_see_each_other():
    x = np.repeat(np.linspace(-9.0, -5.0, MIN_SLOPES_DOSES - 1), 3)
    few = fit_biphasic_slopes(x, -x, np.array([0, x.size]))
    assert few.status[0] == TOO_FEW
    assert np.isnan(few.log10_midpoint[0])
    rng = np.random.default_rng(9)
    (xa, ya), (xb, yb) = simulate(rng), simulate(rng)
    both = fit_biphasic_slopes(
        np.append(xa, xb), np.append(ya, yb), np.array([0, xa.size, xa.size + xb.size])
    )
    alone = fit_biphasic_slopes(xb, yb, np.array([0, xb.size]))
    assert both.rss[1] == pytest.approx(alone.rss[0], rel=1e-9)
