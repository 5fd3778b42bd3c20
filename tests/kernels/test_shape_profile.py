"""Profile intervals of two-step and hormesis curves: coverage, brute force, open ends."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import f as f_distribution

from exportin.kernels.biphasic import fit_biphasic
from exportin.kernels.biphasic_profile import profile_biphasic_absolute, profile_biphasic_ec50
from exportin.kernels.hill_batch import fit_many
from exportin.kernels.hormesis import brain_cousens, fit_hormesis
from exportin.kernels.hormesis_profile import (
    hormesis_dose,
    profile_hormesis_absolute,
    profile_hormesis_peak,
)

LN10 = np.log(10.0)
SEED, N, N_LONG = 20261121, 12, 2000
X_TWO = np.repeat(np.linspace(-9.5, -4.0, 11), 3)
X_RISE = np.repeat(np.linspace(-1.0, 3.0, 9), 3)
RISE = {"top": 1.0, "bottom": 0.05, "e": 20.0, "hill": 2.0, "rise": 0.05}
QUANTITIES = ("biphasic ic50", "biphasic ec50 1", "biphasic ec50 2", "hormesis ic50", "peak")


def two_steps(x):
    return 0.05 + 0.95 * (0.4 / (1 + 10 ** (x + 8.0)) + 0.6 / (1 + 10 ** (x + 5.5)))


def rising(x):
    return brain_cousens(10**x, **RISE)


def curves(shape, x, n, sd, seed=SEED):
    print(f"seed {seed}, {n} curves, SD {sd}")
    rng = np.random.default_rng(seed)
    many = np.tile(x, n)
    return many, shape(many) + sd * rng.normal(size=many.size), np.arange(n + 1) * x.size


def last_crossing(shape, low, high):
    fine = np.linspace(low, high, 1_000_001)
    return fine[np.flatnonzero(shape(fine) > 0.5)[-1]]


def intervals(name, n, sd):
    """Intervals of one quantity, and its true value."""
    if name.startswith("biphasic"):
        data = curves(two_steps, X_TWO, n, sd)
        fits = fit_biphasic(*data)
        if name.endswith("ic50"):
            truth = last_crossing(two_steps, -9.5, -4.0)
            return profile_biphasic_absolute(*data, fits, level=0.5), truth
        step = int(name[-1])
        return profile_biphasic_ec50(*data, fits, step=step), (-8.0, -5.5)[step - 1]
    data = curves(rising, X_RISE, n, sd)
    fits = fit_hormesis(*data, fit_many(*data))
    if name.endswith("ic50"):
        return profile_hormesis_absolute(*data, fits, level=0.5), last_crossing(rising, -1.0, 3.0)
    return profile_hormesis_peak(*data, fits), rising(np.linspace(-1, 3, 100001)).max() - 1.0


def coverage(name, n, sd):
    found, truth = intervals(name, n, sd)
    known = ~np.isnan(found.low)
    holds = (found.open_low | (found.low <= truth)) & (found.open_high | (found.high >= truth))
    share = float(np.mean(holds[known]))
    opened = float(np.mean((found.open_low | found.open_high)[known]))
    print(f"{name}: coverage {share:.4f}, {opened:.1%} open, {np.mean(~known):.1%} without a fit")
    return share, opened, float(np.mean(known))


@pytest.mark.parametrize("name", QUANTITIES)
def test_coverage(name):
    share, opened, known = coverage(name, N, 0.05)
    assert share >= 0.75  # 9 of 12: at a coverage of 0.95 missed once in 450
    assert opened < 0.5
    assert known > 0.9


@pytest.mark.long
@pytest.mark.parametrize("name", QUANTITIES)
@pytest.mark.parametrize("sd", [0.03, 0.08])
def test_coverage_of_many(name, sd):
    """Nominal 95 %; 2000 curves have a Monte Carlo SD of 0.5 points."""
    share, _, known = coverage(name, N_LONG, sd)
    assert 0.935 < share < 0.985
    assert known > 0.9


# ---- brute force


def brute_two_steps(x, y, at, places=220):
    """Lowest RSS of two steps through (at, 0.5), over all pairs of places of a fine grid."""
    u = x * LN10
    edges = np.linspace(u.min() - LN10, u.max() + LN10, places)
    shape = expit(edges[:, None] - u) - expit(edges[:, None] - at * LN10)
    r = y - 0.5
    own, toward = (shape**2).sum(axis=1), shape @ r
    cross = shape @ shape.T
    det = own[:, None] * own[None, :] - cross**2
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (toward[:, None] * own[None, :] - toward[None, :] * cross) / det
        rss = np.sum(r**2) - a * toward[:, None] - a.T * toward[None, :]
    rss = np.where((a * a.T > 0.0) & (det > 1e-9 * own.max() ** 2), rss, np.inf)
    return min(rss.min(), (np.sum(r**2) - toward**2 / own).min())


def limit(rss, n):
    return rss * (1.0 + f_distribution.ppf(0.95, 1, n - 5) / (n - 5))


def test_two_step_limits_are_where_brute_force_puts_them():
    data = curves(two_steps, X_TWO, 3, 0.05)
    fits = fit_biphasic(*data)
    found = profile_biphasic_absolute(*data, fits, level=0.5)
    for i in range(3):
        mine = slice(data[2][i], data[2][i + 1])
        x, y = data[0][mine], data[1][mine]
        edge = limit(fits.rss[i], x.size)
        for at in (found.low[i], found.high[i]):
            assert edge * (1 - 1e-5) < brute_two_steps(x, y, at) < edge * 1.002
        inner = np.linspace(found.low[i], found.high[i], 7)[1:-1]
        assert all(brute_two_steps(x, y, at) < edge * 1.001 for at in inner)


def brute_peak(x, y, peak):
    """Lowest RSS of curves whose stimulation is ``peak``: a grid, then simplex steps from it."""
    u = (x - x.max()) * LN10
    fine = np.linspace(u.min(), 0.0, 1000)

    def rss(p):
        e, h, rise = p[0], np.exp(p[1]), np.exp(p[2])
        inside = u.min() - 3 * LN10 <= e <= 0.0 and np.log(1.25) <= p[1] <= np.log(50)
        height = (expit(-h * (fine - e)) * (1 + rise * np.exp(fine))).max() - 1.0
        if not inside or height < 1e-6:
            return np.inf
        left = y - peak / height * expit(-h * (u - e)) * (1 + rise * np.exp(u))
        return left.var() * y.size

    grid = [
        (e, h, rise)
        for e in np.linspace(u.min() - 1.0, 0.0, 16)
        for h in np.linspace(0.25, 3.0, 8)
        for rise in np.linspace(-5.0, 15.0, 24)
    ]
    best = sorted(grid, key=rss)[:5]
    asked = {"xatol": 1e-7, "fatol": 1e-12, "maxiter": 3000}
    return min(minimize(rss, p, method="Nelder-Mead", options=asked).fun for p in best)


def test_peak_limits_are_where_brute_force_puts_them():
    data = curves(rising, X_RISE, 1, 0.04)
    fits = fit_hormesis(*data, fit_many(*data))
    found = profile_hormesis_peak(*data, fits)
    edge = limit(fits.rss[0], X_RISE.size)
    assert not found.open_low[0]
    assert not found.open_high[0]
    for at in (found.low[0], found.high[0]):
        assert edge * (1 - 1e-4) < brute_peak(data[0], data[1], at) < edge * 1.001


# ---- ends


def test_ends_that_the_wells_do_not_show_are_open():
    x = np.repeat(np.linspace(-9.0, -5.0, 9), 3)
    one = 1 / (1 + 10 ** (x + 7.0))  # a single step: the other may stand anywhere
    data = x, one + np.tile([0.03, 0.0, -0.03], 9), np.array([0, 27])
    fits = fit_biphasic(*data)
    for step in (1, 2):
        found = profile_biphasic_ec50(*data, fits, step=step)
        assert found.open_low[0] or found.open_high[0]
    shallow = 1 / (1 + 10 ** (x + 4.6))  # half of the response lies beyond the doses
    data = x, shallow + np.tile([0.05, 0.0, -0.05], 9), np.array([0, 27])
    found = profile_biphasic_absolute(*data, fit_biphasic(*data), level=0.5)
    assert found.open_high[0]
    assert -5.5 < found.low[0] < -4.6


def test_no_stimulation_is_open_towards_zero_and_no_fit_has_no_interval():
    data = curves(lambda x: 1 / (1 + (10**x / 20.0) ** 1.5), X_RISE, 6, 0.05)
    fits = fit_hormesis(*data, fit_many(*data))
    found = profile_hormesis_peak(*data, fits)
    some = ~np.isnan(fits.top)
    assert some.any()
    assert np.all(found.low[some & found.open_low] == 0.0)
    assert np.mean(found.open_low[some]) > 0.5
    assert np.all(np.isnan(found.low[~some]))


def test_an_uncertain_vehicle_widens_and_a_level_asks_for_its_dose():
    data = curves(two_steps, X_TWO, 2, 0.04)
    fits = fit_biphasic(*data)
    sure = profile_biphasic_absolute(*data, fits, level=0.5)
    unsure = profile_biphasic_absolute(*data, fits, level=0.5, n_reference=4.0)
    assert np.all(unsure.high - unsure.low > sure.high - sure.low)
    data = curves(rising, X_RISE, 2, 0.04)
    fits = fit_hormesis(*data, fit_many(*data))
    found = profile_hormesis_absolute(*data, fits, level=0.5)
    at = hormesis_dose(fits, 0.5)
    assert np.all((found.low < at) & (at < found.high))


def test_limits_move_with_the_unit_of_dose():
    x, y, edges = curves(rising, X_RISE, 1, 0.04)
    there = []
    for shift in (0.0, -9.0):
        fits = fit_hormesis(x + shift, y, edges, fit_many(x + shift, y, edges))
        found = profile_hormesis_absolute(x + shift, y, edges, fits, level=0.5)
        there.append(np.append(found.low, found.high) - shift)
    assert np.allclose(there[0], there[1], atol=1e-4)
