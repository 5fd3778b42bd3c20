"""Brain-Cousens curves: against scipy, and how often curves without stimulation are flagged."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from exportin.kernels.hill_batch import fit_many
from exportin.kernels.hormesis import ALPHA_HORMESIS, brain_cousens, fit_hormesis

LN10 = np.log(10.0)
SEED_JUDGE, N_JUDGE, N_JUDGE_LONG = 40177, 2, 120
SEED_LEVEL, N_LEVEL, N_LEVEL_LONG = 31007, 200, 4000
X = np.repeat(np.linspace(-9.0, -5.0, 9), 3)
NULLS = {
    "full": (0.1, 1.2, -7.0, 0.05), "steep": (0.0, 4.0, -7.0, 0.05),
    "incomplete": (0.0, 1.0, -5.2, 0.08), "noisy": (0.1, 1.5, -7.0, 0.2),
    "flat": (1.0, 1.0, -7.0, 0.05), "shallow": (0.0, 0.5, -7.0, 0.05),
}  # fmt: skip
"""Bottom, slope, log10 EC50 and SD of curves without stimulation."""


def simulate(rng):
    m, low, span = int(rng.integers(6, 13)), rng.uniform(-10, -6), rng.uniform(2, 6)
    x = np.repeat(np.linspace(low, low + span, m), int(rng.integers(1, 4)))
    place, hill = low + span * rng.uniform(0.2, 0.8), rng.uniform(1.4, 5)
    rise = float(rng.uniform(0, 2) * rng.integers(0, 2))
    y = brain_cousens(
        10 ** (x - place), top=1.0, bottom=float(rng.uniform(0, 0.3)), e=1.0, hill=float(hill),
        rise=rise,
    )  # fmt: skip
    return x, y + rng.choice([0.005, 0.05, 0.2]) * rng.normal(size=x.size)


def judge(x, y):
    """Lowest RSS over 84 listed starts that end with a fall and a rise above zero."""
    u = x * LN10
    dose = np.exp(u - u.max())

    def residual(p):
        return p[0] + (p[1] + p[2] * dose) * np.exp(-np.logaddexp(0, np.exp(p[4]) * (u - p[3]))) - y

    low = [-np.inf, 0, 0, u.min() - 3 * LN10, np.log(1.25)]
    high = [np.inf, np.inf, np.inf, u.max(), np.log(50)]
    best = np.inf
    for place in np.linspace(u.min(), u.max() - 1e-6, 7):
        for hill in (1.3, 2.0, 6.0, 20.0):
            for rise in (0.1, 5.0, 100.0):
                start = [y[-1], max(y[0] - y[-1], 0.1), rise, place, np.log(hill)]
                end = least_squares(
                    residual, start, bounds=(low, high), x_scale=[1, 1, rise, 1, 1], xtol=1e-12,
                    ftol=1e-12, gtol=1e-12, max_nfev=300,
                )  # fmt: skip
                if end.x[1] > 1e-3 and end.x[2] > 1e-6:  # at zero it is another model
                    best = min(best, 2 * end.cost)
    return best


def worst_excess(n):
    print(f"seed {SEED_JUDGE}, {n} curves")
    rng = np.random.default_rng(SEED_JUDGE)
    excess = []
    for _ in range(n):
        x, y = simulate(rng)
        edges = np.array([0, x.size])
        found = fit_hormesis(x, y, edges, fit_many(x, y, edges))
        excess.append((found.rss[0] - judge(x, y)) / np.sum((y - y.mean()) ** 2))
    return max(excess)


def test_no_fit_lies_above_the_judge():
    assert worst_excess(N_JUDGE) < 1e-6


@pytest.mark.long
def test_no_fit_of_many_lies_above_the_judge():
    assert worst_excess(N_JUDGE_LONG) < 1e-6


def flagged(name, n):
    print(f"seed {SEED_LEVEL}, {n} curves, {name}")
    bottom, hill, place, sd = NULLS[name]
    rng = np.random.default_rng(SEED_LEVEL)
    x = np.tile(X, n)
    y = bottom + (1 - bottom) / (1 + 10 ** (hill * (x - place))) + sd * rng.normal(size=x.size)
    curves = x, y, np.arange(n + 1) * X.size
    found = fit_hormesis(*curves, fit_many(*curves))
    return float(np.mean(found.p <= ALPHA_HORMESIS))


@pytest.mark.parametrize("name", ["full", "flat"])
def test_curves_without_stimulation_are_hardly_flagged(name):
    assert flagged(name, N_LEVEL) <= 0.035


@pytest.mark.long
@pytest.mark.parametrize("name", NULLS)
def test_level_of_the_test(name):
    """F with 1 and n - 5 degrees of freedom keeps its level (below it: only a rise counts)."""
    assert flagged(name, N_LEVEL_LONG) <= ALPHA_HORMESIS + 2 * np.sqrt(0.01 * 0.99 / N_LEVEL_LONG)


def test_stimulation_is_found_with_its_height_and_dose():
    dose = 10.0 ** np.repeat(np.linspace(-1.0, 3.0, 9), 3)
    curve = {"top": 1.0, "bottom": 0.1, "e": 20.0, "hill": 2.5, "rise": 0.05}
    y = brain_cousens(dose, **curve) + np.tile([0.03, 0.0, -0.03], 9)
    edges = np.array([0, dose.size])
    found = fit_hormesis(np.log10(dose), y, edges, fit_many(np.log10(dose), y, edges))
    fine = np.geomspace(0.1, 1000.0, 100001)
    height = brain_cousens(fine, **curve)
    assert found.stimulated()[0]
    assert found.peak[0] == pytest.approx(height.max() - 1.0, rel=0.1)
    assert found.log10_peak[0] == pytest.approx(np.log10(fine[height.argmax()]), abs=0.05)


def test_five_doses_are_too_few_and_dose_units_do_not_matter():
    edges = np.array([0, 15])
    x = np.repeat(np.linspace(-9.0, -5.0, 5), 3)
    few = fit_hormesis(x, -x, edges, fit_many(x, -x, edges))
    assert np.isnan(few.p[0])
    rng = np.random.default_rng(2)
    x, y = simulate(rng)
    edges = np.array([0, x.size])
    a = fit_hormesis(x, y, edges, fit_many(x, y, edges))
    b = fit_hormesis(x + 9.0, y, edges, fit_many(x + 9.0, y, edges))
    assert a.rss[0] == pytest.approx(b.rss[0], rel=1e-7)
