"""Hill fit against scipy's least_squares in the same box, and against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from exportin.kernels.hill import HillStatus, fit_hill, hill_response

LN10 = np.log(10.0)
SEED_JUDGE, N_JUDGE, N_JUDGE_LONG = 20250, 12, 300
SHAPES = ("full", "incomplete", "flat", "steep", "shallow", "noisy")
X = np.repeat(np.linspace(-9.0, -5.0, 9), 3)


def simulate(rng, shape):
    """One curve: 4-12 doses, 1-4 wells each (unequal half of the time), rows shuffled."""
    m = int(rng.integers(4, 13))
    low, span = rng.uniform(-10, -6), rng.uniform(1.5, 5)
    wells = rng.integers(1, 5, size=m) if rng.random() < 0.5 else np.full(m, rng.integers(1, 5))
    wells[0] += wells.sum() < 5
    x = np.repeat(np.linspace(low, low + span, m), wells)
    top, bottom, sd = rng.uniform(0.9, 1.1), rng.uniform(0, 0.4), 0.05
    place = rng.uniform(0.85, 1.2) if shape == "incomplete" else rng.uniform(0.3, 0.7)
    hill = np.exp(rng.uniform(np.log(0.8), np.log(3)))
    bottom = top if shape == "flat" else bottom
    hill = rng.uniform(5, 60) if shape == "steep" else hill
    hill = rng.uniform(0.2, 0.6) if shape == "shallow" else hill
    sd = 0.2 if shape == "noisy" else sd
    if rng.random() < 0.2:
        top, bottom = bottom, top
    y = hill_response(10.0**x, top, bottom, 10.0 ** (low + span * place), hill)
    order = rng.permutation(x.size)
    return x[order], (y + sd * rng.normal(size=x.size))[order]


def judge(x, y):
    """Lowest RSS of scipy's trf over 25 listed starts inside the published box."""
    u = x * LN10

    def residual(p):
        return p[1] + (p[0] - p[1]) * np.exp(-np.logaddexp(0, np.exp(p[3]) * (u - p[2]))) - y

    def jacobian(p):
        z = np.exp(p[3]) * (u - p[2])
        s = np.exp(-np.logaddexp(0, z))
        bend = (p[0] - p[1]) * s * np.exp(-np.logaddexp(0, -z))
        return np.stack([s, 1 - s, bend * np.exp(p[3]), -bend * z], axis=1)

    low = [-np.inf, -np.inf, u.min() - 3 * LN10, np.log(0.05)]
    high = [np.inf, np.inf, u.max() + 3 * LN10, np.log(50)]
    scale = max(np.ptp(y), 1e-3)
    best = np.inf
    for ec50 in np.linspace(u.min(), u.max(), 5):
        for hill in (0.1, 0.5, 1.5, 5.0, 25.0):
            s = np.exp(-np.logaddexp(0, hill * (u - ec50)))
            flat = np.linalg.lstsq(np.stack([s, 1 - s], axis=1), y, rcond=None)[0]
            end = least_squares(
                residual, [*flat, ec50, np.log(hill)], jacobian, bounds=(low, high),
                x_scale=[scale, scale, 1, 1], xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=100,
            )  # fmt: skip
            best = min(best, 2 * end.cost)
    return best


def worst_excess(n):
    print(f"seed {SEED_JUDGE}, {n} curves")
    rng = np.random.default_rng(SEED_JUDGE)
    excess = []
    for i in range(n):
        x, y = simulate(rng, SHAPES[i % len(SHAPES)])
        fit, rss = fit_hill(x, y), judge(x, y)
        total = np.sum((y - y.mean()) ** 2)
        excess.append((fit.rss - rss) / max(rss, 1e-12 * total))
        drawn = hill_response(10.0**x, fit.top, fit.bottom, 10.0**fit.log10_ec50, fit.hill)
        assert np.sum((y - drawn) ** 2) == pytest.approx(fit.rss, rel=1e-8, abs=1e-14 * total)
    return max(excess)


def test_never_above_25_starts_of_scipy():
    assert worst_excess(N_JUDGE) <= 1e-6


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_never_above_25_starts_of_scipy_long():
    assert worst_excess(N_JUDGE_LONG) <= 1e-6


@pytest.mark.parametrize(
    ("top", "bottom", "log10_ec50", "hill"),
    [
        (1.0, 0.0, -7.0, 1.0),
        (1.1, 0.3, -6.3, 2.5),
        (0.2, 1, -7.4, 0.7),
        (1, 0, -7.1, 6),
        (1, -0.2, -5, 0.5),
    ],
)
def test_noise_free_curve_returns_its_parameters(top, bottom, log10_ec50, hill):
    y = hill_response(10.0**X, float(top), float(bottom), 10.0**log10_ec50, float(hill))
    fit = fit_hill(X, y)
    assert fit[:4] == pytest.approx((top, bottom, log10_ec50, hill), abs=1e-6)
    assert fit.status is HillStatus.OK
    assert fit.converged
    assert fit.rss < 1e-18


def test_too_few_and_constant_say_so():
    three = fit_hill(np.repeat([-8.0, -7.0, -6.0], 3), np.arange(9.0))
    four_wells = fit_hill(np.array([-8.0, -7.0, -6.0, -5.0]), np.arange(4.0))
    assert three.status is four_wells.status is HillStatus.TOO_FEW
    constant = fit_hill(X, np.full(X.size, 0.1))
    assert constant.status is HillStatus.CONSTANT
    assert constant.rss == 0.0
    assert not constant.converged
    assert fit_hill(np.empty(0), np.empty(0)).status is HillStatus.TOO_FEW


def test_step_between_two_doses_is_reported_at_the_box_or_steep():
    fit = fit_hill(X, np.where(X > -7.3, 0.2, 1.0))
    assert fit.rss < 1e-12
    assert -7.5 < fit.log10_ec50 < -7.0
    assert (fit.top, fit.bottom) == pytest.approx((1.0, 0.2), abs=1e-5)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="finite"):
        fit_hill(np.append(X, -np.inf), np.ones(X.size + 1))
    with pytest.raises((ValueError, TypeError)):  # TypeError under the shape checker
        fit_hill(X, np.ones(3))
    with pytest.raises(ValueError, match="above zero"):
        hill_response(np.array([0.0, 1.0]), 1.0, 0.0, 1.0, 1.0)


def noisy(seed):
    rng = np.random.default_rng(seed)
    return hill_response(10.0**X, 1.0, 0.1, 10**-7.2, 1.3) + 0.05 * rng.normal(size=X.size)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), shift=st.floats(-9, 9), factor=st.sampled_from([-99.0, 1e-3]))
def test_units_and_row_order_do_not_matter(seed, shift, factor):
    y = noisy(seed)
    fit = fit_hill(X, y)
    order = np.random.default_rng(seed).permutation(X.size)
    moved = fit_hill((X + shift)[order], (y * factor + 3.0 * factor)[order])
    assert moved.log10_ec50 == pytest.approx(fit.log10_ec50 + shift, abs=1e-5)
    assert moved.hill == pytest.approx(fit.hill, rel=1e-4)
    assert moved.top == pytest.approx((fit.top + 3.0) * factor, rel=1e-5)
    assert moved.rss == pytest.approx(fit.rss * factor**2, rel=1e-8)
