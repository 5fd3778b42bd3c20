"""Profile intervals: closed forms, open ends, coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, f

from exportin.kernels.hill import fit_hill, hill_response
from exportin.kernels.hill_profile import (
    IntervalStatus,
    absolute_dose,
    profile_absolute,
    profile_ec50,
)

X = np.repeat(np.linspace(-9.0, -5.0, 9), 3)
SEED_COVERAGE, N_COVERAGE, N_COVERAGE_LONG = 20260, 40, 1000
N_VEHICLE = 6.0
CASES = {  # top, bottom, log10 ec50, hill, sd
    "full": (1.0, 0.1, -7.0, 1.2, 0.05),
    "noisy": (1.0, 0.1, -7.0, 1.2, 0.15),
    "incomplete": (1.0, 0.0, -5.2, 1.0, 0.05),
    "shallow": (1.0, 0.0, -7.0, 0.5, 0.05),
    "steep": (1.0, 0.1, -7.1, 5.0, 0.05),
    "plateau": (1.0, 0.4, -7.0, 1.2, 0.05),
}


def sample(rng, case):
    top, bottom, ec50, hill, sd = CASES[case]
    y = hill_response(10.0**X, top, bottom, 10.0**ec50, hill) + sd * rng.normal(size=X.size)
    return y, 1.0 + sd * rng.normal() / np.sqrt(N_VEHICLE)


def holds(interval, truth):
    low = interval.open_low or interval.low <= truth
    return low and (interval.open_high or truth <= interval.high)


def coverage(case, n):
    """Curves out of n whose EC50, absolute IC50, and IC50 with vehicle error are covered."""
    print(f"seed {SEED_COVERAGE}, {n} curves, {case}")
    rng = np.random.default_rng(SEED_COVERAGE)
    top, bottom, ec50, hill, _ = CASES[case]
    ic50 = absolute_dose(top, bottom, ec50, hill, 0.5)
    hits = np.zeros(3, int)
    for _ in range(n):
        y, vehicle = sample(rng, case)
        fit, relative = fit_hill(X, y), fit_hill(X, y / vehicle)
        hits[0] += holds(profile_ec50(X, y, fit), ec50)
        hits[1] += holds(profile_absolute(X, y, fit, 0.5), ic50)
        noisy = profile_absolute(X, y / vehicle, relative, 0.5, n_reference=N_VEHICLE)
        hits[2] += holds(noisy, ic50)
    return hits


def test_coverage():
    low, high = binom.ppf([0.0005, 0.9995], N_COVERAGE, 0.95)
    hits = coverage("plateau", N_COVERAGE)
    assert ((low <= hits) & (hits <= high)).all(), hits


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("case", CASES)
def test_coverage_long(case):
    """Profile intervals are approximate: 95 % may be missed by one point beyond Monte Carlo."""
    low = binom.ppf(0.0005, N_COVERAGE_LONG, 0.94)
    high = binom.ppf(0.9995, N_COVERAGE_LONG, 0.96)
    hits = coverage(case, N_COVERAGE_LONG)
    # No upper limit where an open interval covers by definition, nor on steep curves, where the
    # doses leave the EC50 free within a gap: 97-98 % measured (800 curves, seed 20260).
    over = case in {"incomplete", "steep"}
    assert ((low <= hits) & ((hits <= high) | over)).all(), hits


def test_absolute_dose_in_closed_form():
    assert absolute_dose(1.0, 0.0, -7.0, 2.0, 0.5) == pytest.approx(-7.0, abs=1e-12)
    assert absolute_dose(1.0, 0.2, -7.0, 1.0, 0.4) == pytest.approx(-7.0 + np.log10(3.0), abs=1e-12)
    assert absolute_dose(1.0, 0.5, -7.0, 1.0, 0.5) is None
    assert absolute_dose(0.4, 0.1, -7.0, 1.0, 0.5) is None


def test_limits_lie_on_the_f_threshold():
    """At each limit of the EC50 the best of 400 x many curves has exactly the F quantile."""
    y, _ = sample(np.random.default_rng(3), "full")
    fit = fit_hill(X, y)
    interval = profile_ec50(X, y, fit)
    for end in (interval.low, interval.high):
        best = np.inf
        for hill in np.exp(np.linspace(-1.5, 1.5, 3001)):
            s = hill_response(10.0**X, 1.0, 0.0, 10.0**end, hill)
            basis = np.stack([s - s.mean(), y - y.mean()])
            gram = basis @ basis.T
            best = min(best, gram[1, 1] - gram[0, 1] ** 2 / gram[0, 0])
        statistic = (best - fit.rss) / (fit.rss / (fit.n - 4))
        assert statistic == pytest.approx(f.ppf(0.95, 1, fit.n - 4), rel=1e-4)


def test_vehicle_error_widens_and_vanishes_with_many_wells():
    y, _ = sample(np.random.default_rng(4), "full")
    fit = fit_hill(X, y)
    exact, few, many = (profile_absolute(X, y, fit, 0.5, n_reference=k) for k in (np.inf, 4.0, 1e9))
    assert few.low < exact.low < exact.high < few.high
    assert many[:2] == pytest.approx(exact[:2], abs=1e-5)


def test_curve_that_stops_short_has_a_lower_limit_and_an_open_end():
    y = hill_response(10.0**X, 1.0, 0.0, 10**-4.7, 1.0)
    y = y + 0.05 * np.random.default_rng(5).normal(size=X.size)
    interval = profile_absolute(X, y, fit_hill(X, y), 0.5)
    assert -5.3 < interval.low < -4.7
    flat = 1.0 + 0.05 * np.random.default_rng(6).normal(size=X.size)
    bound = profile_absolute(X, flat, fit_hill(X, flat), 0.5)
    assert bound.open_high
    assert bound.low > -5.0


def test_level_that_no_dose_reaches():
    y = hill_response(10.0**X, 1.0, 0.9, 1e-7, 1.0)
    y = y + 1e-4 * np.random.default_rng(7).normal(size=X.size)
    y[:3] = [0.98, 0.99, 1.0]
    fit = fit_hill(X, y)
    above = profile_absolute(X, y, fit, 0.5)
    assert above.low > -5.0
    assert above.open_high


def test_exact_data_collapse_with_a_flag():
    y = hill_response(10.0**X, 1.0, 0.0, 1e-7, 1.0)
    fit = fit_hill(X, y)
    for interval in (profile_ec50(X, y, fit), profile_absolute(X, y, fit, 0.5)):
        assert interval.status is IntervalStatus.EXACT
        assert interval[:2] == pytest.approx((-7.0, -7.0), abs=1e-6)
    beyond = profile_absolute(X, y * 0.2 + 0.8, fit_hill(X, y * 0.2 + 0.8), 0.5)
    assert beyond.status is IntervalStatus.EXCLUDED
    assert beyond.low == np.inf


def test_no_fit_no_interval_and_bad_settings():
    constant = fit_hill(X, np.ones(X.size))
    assert profile_ec50(X, np.ones(X.size), constant).status is IntervalStatus.NO_FIT
    assert profile_absolute(X, np.ones(X.size), constant, 0.5).status is IntervalStatus.NO_FIT
    y, _ = sample(np.random.default_rng(3), "full")
    with pytest.raises(ValueError, match="level"):
        profile_absolute(X, y, fit_hill(X, y), 0.0)
    with pytest.raises(ValueError, match="confidence"):
        profile_ec50(X, y, fit_hill(X, y), conf_level=95.0)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), shift=st.floats(-6, 6))
def test_unit_shift_and_row_order(seed, shift):
    rng = np.random.default_rng(seed)
    y, _ = sample(rng, "full")
    order = rng.permutation(X.size)
    x2, y2 = (X + shift)[order], y[order]
    one = profile_absolute(X, y, fit_hill(X, y), 0.5, n_reference=8.0)
    two = profile_absolute(x2, y2, fit_hill(x2, y2), 0.5, n_reference=8.0)
    assert two[:2] == pytest.approx((one.low + shift, one.high + shift), abs=1e-4)
    first, second = (
        profile_ec50(X, y, fit_hill(X, y)),
        profile_ec50(x2, -3 * y2, fit_hill(x2, -3 * y2)),
    )
    assert second[:2] == pytest.approx((first.low + shift, first.high + shift), abs=1e-4)
