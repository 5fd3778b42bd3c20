"""Growth curves: published numbers, the law itself, derivatives, fits by hand and at bounds."""

import numpy as np
import pytest

from exportin.kernels.growth_curve_fits import fit_curves
from exportin.kernels.growth_curves import (
    PSI,
    curve_slopes,
    level_at,
    scaled_growth,
    scaled_time,
    sharp_switch,
    time_to,
)

L0, L1 = 0.273, 0.814  # per day, g per day: paclitaxel experiment 1 of Simeoni et al. 2004
SWITCH = np.log(L1 / L0)  # ln g; 1 g of tumor is 1000 mm3
DAYS = np.array([5.0, 10.0, 15.0, 20.0])
GRAMS = np.array([0.19579, 0.76664, 2.99525, 7.05917])


def test_simeoni_2004_by_the_published_parameters():
    level = level_at("exponential_linear", np.log(0.05), SWITCH)
    found = curve_slopes("exponential_linear", DAYS, level, L0, SWITCH)
    np.testing.assert_allclose(np.exp(found.y), GRAMS, atol=5e-6)
    assert np.exp(SWITCH) == pytest.approx(2.982, abs=5e-4)
    assert np.log(2.0) / L0 == pytest.approx(2.539, abs=5e-4)
    late = curve_slopes("exponential_linear", 60.0, level, L0, SWITCH)
    assert np.exp(late.y) * late.time == pytest.approx(L1, abs=1e-12)
    early = curve_slopes("exponential_linear", 0.0, level, L0, SWITCH)
    assert early.time == pytest.approx(L0, abs=1e-12)


def test_the_unit_of_volume_moves_the_curve_only():
    grams = curve_slopes("exponential_linear", DAYS, np.log(0.05), L0, SWITCH).y
    ln1000 = np.log(1000.0)
    mm3 = curve_slopes("exponential_linear", DAYS, np.log(50.0), L0, SWITCH + ln1000).y
    np.testing.assert_allclose(mm3 - grams, ln1000, atol=1e-12)


@pytest.mark.parametrize("v", [-1.9, -0.3, 0.0, 0.2, 1.99, 3.0])
def test_the_table_holds_the_law(v: float):
    """Steps of Runge-Kutta through dv/dtau = (1 + e^(psi v))^(-1/psi) from deep in the past."""

    def pace(x: float) -> float:
        return float((1.0 + np.exp(PSI * x)) ** (-1.0 / PSI))

    tau = float(scaled_time(v))
    steps = 40_000
    h, x = (tau + 3.0) / steps, -3.0
    for _ in range(steps):
        a = pace(x)
        b = pace(x + h / 2 * a)
        c = pace(x + h / 2 * b)
        x += h / 6 * (a + 2 * b + 2 * c + pace(x + h * c))
    assert x == pytest.approx(v, abs=1e-9)
    assert float(scaled_growth(tau)) == pytest.approx(v, abs=1e-9)


def test_the_sharp_switch_is_near_the_law_and_continuous():
    start = np.log(0.05)
    at = (SWITCH - start) / L0
    days = np.linspace(0.0, 40.0, 400)
    sharp = sharp_switch(days, start, L0, SWITCH)
    law = curve_slopes("exponential_linear", days, start, L0, SWITCH).y
    assert 0.001 < np.abs(sharp - law).max() < 0.005
    before, after = sharp_switch(np.array([at - 1e-9, at + 1e-9]), start, L0, SWITCH)
    assert after - before == pytest.approx(2e-9 * L0, abs=1e-11)
    grams = np.exp(sharp_switch(np.array([at + 1.0, at + 2.0]), start, L0, SWITCH))
    assert grams[1] - grams[0] == pytest.approx(L1)


@pytest.mark.parametrize(
    ("curve", "shape"),
    [
        ("exponential", 0.0),
        ("exponential_linear", 6.0),
        ("gompertz", 0.07),
        ("gompertz", 1e-5),
        ("quadratic", -0.002),
    ],
)
def test_derivatives_by_differences(curve: str, shape: float):
    t, p, h = np.linspace(-3.0, 30.0, 40), [5.0, 0.12, shape], 1e-5
    found = curve_slopes(curve, t, *p)
    for i, name in enumerate(("level", "rate", "shape")):
        if curve == "exponential" and name == "shape":
            continue
        ends = [curve_slopes(curve, t, *[x + s * h * (j == i) for j, x in enumerate(p)]).y
                for s in (-1, 1)]  # fmt: skip
        np.testing.assert_allclose((ends[1] - ends[0]) / (2 * h), getattr(found, name), atol=2e-4)
    moved = [curve_slopes(curve, t + s * h, *p).y for s in (-1, 1)]
    np.testing.assert_allclose((moved[1] - moved[0]) / (2 * h), found.time, atol=1e-6)


@pytest.mark.parametrize(
    ("curve", "shape"), [("exponential", 0.0), ("exponential_linear", 6.0), ("gompertz", 0.03)]
)
def test_the_time_to_a_volume_is_on_the_curve(curve: str, shape: float):
    when = time_to(curve, np.log(1000.0), np.log(120.0), 0.12, shape)
    reached = curve_slopes(curve, when, np.log(120.0), 0.12, shape).y
    assert reached == pytest.approx(np.log(1000.0), abs=1e-8)


def test_a_volume_beyond_the_plateau_of_gompertz_is_never_reached():
    plateau = np.log(100.0) + 0.2 / 0.05
    assert np.isnan(time_to("gompertz", plateau + 0.01, np.log(100.0), 0.2, 0.05))
    assert np.isnan(time_to("exponential", 9.0, 5.0, np.array([-0.1, 0.0]), 0.0)).all()


# ---- fits


def test_three_visits_by_hand():
    """Gompertz through three visits at equal gaps: the second rise over the first is e^(-b gap)."""
    t = np.array([[0.0, 5.0, 10.0]] * 3)
    y = np.log(np.array([[100.0, 200.0, 300.0]])) + np.array([[0.0], [0.5], [1.0]])
    fits = fit_curves("gompertz", t, y, np.zeros(3, dtype=np.int64))
    first, second = np.log(2.0), np.log(1.5)
    b = np.log(first / second) / 5.0
    assert fits.status == ("ok",)
    assert fits.shape[0] == pytest.approx(b, abs=1e-7)
    np.testing.assert_allclose(fits.rate, first * b / (1.0 - np.exp(-5.0 * b)), atol=1e-7)
    np.testing.assert_allclose(np.exp(fits.level), 100.0 * np.exp([0.0, 0.5, 1.0]), rtol=1e-6)
    assert fits.rss[0] == pytest.approx(0.0, abs=1e-12)


def test_the_exponential_is_the_line_of_each_animal():
    rng = np.random.default_rng(2)
    t, y = np.tile([0.0, 4.0, 7.0, 11.0], (5, 1)), rng.normal(5.0, 1.0, (5, 4))
    y[2, 3] = np.nan
    fits = fit_curves("exponential", t, y, np.arange(5))
    for i in range(5):
        seen = np.isfinite(y[i])
        rate, level = np.polyfit(t[i][seen], y[i][seen], 1)
        assert (fits.rate[i], fits.level[i]) == (pytest.approx(rate), pytest.approx(level))


@pytest.mark.parametrize(("curve", "shape"), [("exponential_linear", 6.2), ("gompertz", 0.045)])
def test_exact_curves_come_back(curve: str, shape: float):
    rng = np.random.default_rng(1)
    t = np.tile(np.arange(0.0, 36.0, 3.0), (8, 1))
    level, rate = rng.normal(5.0, 0.3, (8, 1)), rng.normal(0.13, 0.02, (8, 1))
    y = curve_slopes(curve, t, level, rate, shape).y
    fits = fit_curves(curve, t, y, np.repeat([0, 1], 4))
    np.testing.assert_allclose(fits.shape, shape, atol=1e-5)
    np.testing.assert_allclose(fits.rate, rate[:, 0], atol=1e-5)
    assert set(fits.status) == {"ok"}


def noisy(curve: str, shape: float, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    t = np.tile(np.arange(0.0, 40.0, 3.0), (40, 1))
    level, rate = rng.normal(5.0, 0.3, (40, 1)), rng.normal(0.12, 0.02, (40, 1))
    return t, curve_slopes(curve, t, level, rate, shape).y + rng.normal(0.0, 0.1, t.shape)


@pytest.mark.parametrize(("curve", "shape"), [("exponential_linear", 6.2), ("gompertz", 0.045)])
def test_a_fit_is_a_minimum(curve: str, shape: float):
    t, y = noisy(curve, shape)
    group = np.repeat(np.arange(8), 5)
    fits = fit_curves(curve, t, y, group)
    found = curve_slopes(curve, t, fits.level[:, None], fits.rate[:, None],
                         fits.shape[group][:, None])  # fmt: skip
    e = y - found.y
    rss = np.bincount(group, (e * e).sum(axis=1))
    np.testing.assert_allclose(fits.rss, rss, rtol=1e-9)
    scale = np.sqrt(rss / 60)
    for way in (found.level, found.rate):
        size = np.sqrt((way * way).sum(axis=1))
        assert (np.abs((way * e).sum(axis=1)) / size / scale[group]).max() < 1e-3
    total = np.bincount(group, fits.score), np.bincount(group, fits.information)
    assert (np.abs(total[0]) / np.sqrt(total[1]) / scale).max() < 1e-3
    scan = [fit_curves(curve, t, y + 0.0, group).shape + d for d in (-0.01, 0.01)]
    for other in scan:  # moving the shape alone, levels and rates along with it, is never better
        by = (other - fits.shape)[group]
        level = fits.level + fits.level_by_shape * by
        rate = fits.rate + fits.rate_by_shape * by
        moved = curve_slopes(curve, t, level[:, None], rate[:, None], other[group][:, None]).y
        assert (np.bincount(group, ((y - moved) ** 2).sum(axis=1)) > rss).all()


def test_groups_do_not_know_each_other():
    t, y = noisy("gompertz", 0.04)
    group = np.repeat(np.arange(8), 5)
    together = fit_curves("exponential_linear", t, y, group)
    for g in range(8):
        alone = fit_curves("exponential_linear", t[group == g], y[group == g],
                           np.zeros(5, dtype=np.int64))  # fmt: skip
        assert alone.rss[0] == pytest.approx(together.rss[g], rel=1e-9)


def test_lines_are_straight_and_speeding_growth_is_at_the_exponential_bound():
    t = np.tile(np.arange(0.0, 30.0, 3.0), (4, 1))
    y = 5.0 + 0.1 * t + 0.002 * t * t
    zero = np.zeros(4, dtype=np.int64)
    for curve in ("gompertz", "exponential_linear"):
        fits = fit_curves(curve, t, y, zero)
        plain = fit_curves("exponential", t, y, zero)
        assert fits.status == ("straight",), curve
        np.testing.assert_allclose(fits.rate, plain.rate, atol=1e-6)
    bent = fit_curves("quadratic", t, y, zero)
    assert bent.shape[0] == pytest.approx(0.002)


def test_growth_that_is_linear_from_the_start_is_at_the_other_bound():
    t = np.tile(np.arange(0.0, 40.0, 2.0), (4, 1))
    y = np.log(150.0 + np.array([[20.0], [30.0], [25.0], [40.0]]) * t)
    fits = fit_curves("exponential_linear", t, y, np.zeros(4, dtype=np.int64))
    assert fits.status == ("at_bound",)
    first = curve_slopes("exponential_linear", 0.0, fits.level, fits.rate, fits.shape[0]).time
    np.testing.assert_allclose(first, np.array([20.0, 30.0, 25.0, 40.0]) / 150.0, rtol=1e-4)


def test_few_visits_are_named():
    t = np.array([[0.0, 3.0, 6.0], [0.0, 3.0, np.nan]])
    y = np.array([[5.0, 5.2, 5.3], [5.0, 5.1, np.nan]])
    both = np.zeros(2, dtype=np.int64)
    assert fit_curves("gompertz", t, y, both).status == ("too_few",)
    plain = fit_curves("exponential", t, y, both)
    assert plain.status == ("ok",)
    assert (plain.n[0], plain.animals[0]) == (3, 1)
    assert np.isnan(plain.rate[1])
