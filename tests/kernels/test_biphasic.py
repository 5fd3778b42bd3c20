"""Two-step curves against scipy in the same box, and against curves of one step."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from exportin.kernels.biphasic import (
    ONE_STEP,
    biphasic_dose,
    biphasic_response,
    fit_biphasic,
)
from exportin.kernels.hill_constrained import fit_constrained

LN10 = np.log(10.0)
SEED_JUDGE, N_JUDGE, N_JUDGE_LONG = 77041, 8, 250
ALLOWED_ABOVE = 0.01
"""Share of curves on which the judge may find a lower place by more than 1e-6: shallow ones whose
second step stands at the edge of the box."""


def simulate(rng):
    m, low, span = int(rng.integers(7, 13)), rng.uniform(-10, -6), rng.uniform(2, 6)
    x = np.repeat(np.linspace(low, low + span, m), int(rng.integers(1, 4)))
    share, bottom = rng.uniform(0, 1), rng.uniform(-0.1, 0.5)
    first, second = np.sort(rng.uniform(low - 0.5, low + span + 0.5, 2))
    left = share / (1 + 10 ** (x - first)) + (1 - share) / (1 + 10 ** (x - second))
    y = bottom + (1 - bottom) * left
    y = 1 - y if rng.random() < 0.15 else y
    return x, y + rng.choice([0.005, 0.05, 0.2]) * rng.normal(size=x.size)


def judge(x, y):
    """Lowest RSS of scipy's trf over 20 listed starts."""
    u = x * LN10

    def residual(p):
        first, second = (np.exp(-np.logaddexp(0, u - place)) for place in p[3:])
        return p[0] + p[1] * (p[2] * first + (1 - p[2]) * second) - y

    low, high = u.min() - LN10, u.max() + LN10
    box = [-np.inf, -np.inf, 0, low, low], [np.inf, np.inf, 1, high, high]
    places = np.linspace(u.min() - 1, u.max() + 1, 5)
    best, fall = np.inf, np.ptp(y) * np.sign(y[0] - y[-1])
    for i in range(5):
        for j in range(i + 1, 5):
            for share in (0.2, 0.8):
                start = [y[u == u.max()].mean(), fall, share, places[i], places[j]]
                end = least_squares(
                    residual, start, bounds=box, xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=300
                )
                best = min(best, 2 * end.cost)
    return best


def excesses(n):
    print(f"seed {SEED_JUDGE}, {n} curves")
    rng = np.random.default_rng(SEED_JUDGE)
    found = []
    for _ in range(n):
        x, y = simulate(rng)
        fits = fit_biphasic(x, y, np.array([0, x.size]))
        total = np.sum((y - y.mean()) ** 2)
        found.append((fits.rss[0] - judge(x, y)) / total)
        assert np.sum((biphasic_response(x, fits, 0) - y) ** 2) == pytest.approx(
            fits.rss[0], rel=1e-6, abs=1e-9 * total
        )
    return np.array(found)


def test_no_fit_lies_above_the_judge():
    assert excesses(N_JUDGE).max() < 1e-6


@pytest.mark.long
def test_hardly_a_fit_of_many_lies_above_the_judge():
    found = excesses(N_JUDGE_LONG)
    assert np.mean(found > 1e-6) <= ALLOWED_ABOVE
    assert found.max() < 1e-4


def test_known_curve_comes_back_in_order():
    x = np.linspace(-9.0, -3.0, 13)
    y = 0.1 + 0.9 * (0.3 / (1 + 10 ** (x + 8.0)) + 0.7 / (1 + 10 ** (x + 5.0)))
    fits = fit_biphasic(x, y, np.array([0, 13]))
    found = [fits.top[0], fits.bottom[0], fits.share[0], fits.log10_ec50_1[0], fits.log10_ec50_2[0]]
    assert np.allclose(found, [1.0, 0.1, 0.3, -8.0, -5.0], atol=1e-5)


def test_one_step_is_said_and_is_the_curve_of_slope_one():
    x = np.repeat(np.linspace(-9.0, -5.0, 9), 3)
    y = 1 / (1 + 10 ** (3 * (x + 7.0)))  # steeper than one step of slope 1
    edges = np.array([0, x.size])
    fits = fit_biphasic(x, y, edges)
    assert (fits.status[0], fits.share[0]) == (ONE_STEP, 1.0)
    assert fits.rss[0] == fit_constrained(x, y, edges, hill=1.0).rss[0]


def test_dose_of_a_level_is_on_the_curve_or_missing():
    rng = np.random.default_rng(8)
    for _ in range(6):
        x, y = simulate(rng)
        fits = fit_biphasic(x, y, np.array([0, x.size]))
        at = biphasic_dose(fits, 0.5)
        between = (fits.top[0] - 0.5) * (0.5 - fits.bottom[0]) > 0
        assert np.isnan(at[0]) != between
        if between:
            assert biphasic_response(at, fits, 0)[0] == pytest.approx(0.5, abs=1e-6)


def test_six_doses_are_too_few_and_curves_do_not_see_each_other():
    x = np.repeat(np.linspace(-9.0, -5.0, 6), 3)
    assert fit_biphasic(x, -x, np.array([0, x.size])).status[0] == 2
    rng = np.random.default_rng(9)
    (xa, ya), (xb, yb) = simulate(rng), simulate(rng)
    both = fit_biphasic(
        np.append(xa, xb), np.append(ya, yb), np.array([0, xa.size, xa.size + xb.size])
    )
    alone = fit_biphasic(xb, yb, np.array([0, xb.size]))
    assert both.rss[1] == pytest.approx(alone.rss[0], rel=1e-9)
