"""Censored normal sample: the t interval without bounds, the likelihood with them, coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from exportin.kernels.censored import (
    CensoredStatus,
    censored_interval,
    censored_test,
    fit_censored,
)
from exportin.kernels.censored_panel import fit_panel, panel_intervals, panel_t

SEED_COVERAGE, N_COVERAGE, N_COVERAGE_LONG = 20270, 400, 6000


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 12), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_without_bounds_it_is_the_t_interval(seed, n, level):
    x = np.random.default_rng(seed).normal(-6.5, 0.3, size=n)
    exact = np.zeros(n, int)
    expected = stats.t.interval(level, n - 1, x.mean(), stats.sem(x))
    assert censored_interval(x, exact, level) == pytest.approx(expected, rel=1e-9)
    t, p = censored_test(x, exact, -6.0)
    reference = stats.ttest_1samp(x, -6.0)
    assert (t, p) == pytest.approx((reference.statistic, reference.pvalue), rel=1e-9)
    fit = fit_censored(x, exact)
    assert (fit.mean, fit.sd) == pytest.approx((x.mean(), x.std()), rel=1e-12)
    assert fit.loglik == pytest.approx(stats.norm.logpdf(x, x.mean(), x.std()).sum(), rel=1e-10)


def minus_loglik(p, x, censor):
    z = (x - p[0]) * np.exp(-p[1])
    parts = np.where(censor == 0, stats.norm.logpdf(z) - p[1], stats.norm.logcdf(-censor * z))
    return -parts.sum()


@pytest.mark.parametrize("seed", range(6))
def test_maximum_against_nelder_mead(seed):
    rng = np.random.default_rng(seed)
    x, censor = rng.normal(2.0, 0.5, size=8), np.array([0, 0, 0, 1, -1, 1, 0, 0])
    fit = fit_censored(x, censor)
    start = [x.mean(), np.log(x.std())]
    found = minimize(minus_loglik, start, (x, censor), method="Nelder-Mead",
                     options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000})  # fmt: skip
    assert fit.loglik == pytest.approx(-found.fun, abs=1e-9)
    assert (fit.mean, fit.sd) == pytest.approx((found.x[0], np.exp(found.x[1])), abs=1e-5)


def test_interval_and_test_agree():
    x, censor = np.array([-6.1, -5.8, -6.4, -5.7]), np.array([0, 0, 0, 1])
    for end in censored_interval(x, censor, 0.95):
        assert censored_test(x, censor, end)[1] == pytest.approx(0.05, rel=1e-7)


def test_a_bound_moves_the_mean_its_way():
    x = np.array([0.0, 0.2, 0.4, 0.4])
    exact = fit_censored(x, np.array([0, 0, 0, 0])).mean
    assert fit_censored(x, np.array([0, 0, 0, 1])).mean > exact
    assert (
        fit_censored(x, np.array([0, 0, 0, -1])).mean
        < fit_censored(x[:3], np.zeros(3, int)).mean + 0.2
    )
    mirrored = fit_censored(-x, np.array([0, 0, 0, -1])).mean
    assert mirrored == pytest.approx(-fit_censored(x, np.array([0, 0, 0, 1])).mean, abs=1e-10)


def test_statuses_instead_of_numbers():
    few = fit_censored(np.array([1.0, 2.0, 2.0]), np.array([0, 1, 1]))
    assert few.status is CensoredStatus.BOUNDS_ONLY
    assert (few.n_exact, few.n_bound) == (1, 2)
    equal = fit_censored(np.array([1.0, 1.0, 0.5]), np.array([0, 0, 1]))
    assert equal.status is CensoredStatus.NO_SPREAD
    assert censored_interval(np.array([1.0, 1.0]), np.zeros(2, int)) == (-np.inf, np.inf)
    assert censored_test(np.array([1.0, 1.0]), np.zeros(2, int), 3.0) == (0.0, 1.0)
    contradicted = fit_censored(np.array([1.0, 1.0, 2.0]), np.array([0, 0, 1]))
    assert contradicted.status is CensoredStatus.OK
    assert 1.0 < contradicted.mean < 2.0
    assert contradicted.sd > 0.1


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="codes"):
        fit_censored(np.array([1.0, 2.0]), np.array([0, 2]))
    with pytest.raises((ValueError, TypeError)):  # TypeError under the shape checker
        fit_censored(np.array([1.0, 2.0]), np.array([0]))
    with pytest.raises(ValueError, match="confidence"):
        censored_interval(np.array([1.0, 2.0]), np.zeros(2, int), 95.0)


def share_covered(n, share, size):
    """Share of samples with two exact values or more whose mean is not rejected at 5 %."""
    print(f"seed {SEED_COVERAGE}, {size} samples")
    rng = np.random.default_rng(SEED_COVERAGE)
    limit = stats.norm.isf(share) if share else np.inf
    y = rng.normal(size=(size, n))
    t, df = panel_t(np.minimum(y, limit), (y > limit).astype(int), np.zeros(size))
    kept = ~np.isnan(t)
    covered = 2.0 * stats.t.sf(np.abs(t[kept]), df[kept]) >= 0.05
    return covered.mean(), np.sqrt(0.05 * 0.95 / kept.sum())


def test_many_samples_at_once_are_what_each_is_alone():
    rng = np.random.default_rng(SEED_COVERAGE)
    y, censor = rng.normal(size=(40, 5)), rng.integers(-1, 2, size=(40, 5))
    y[:10, 4], censor[:10, 4] = np.nan, 0
    low, high = panel_intervals(y, censor)
    fit = fit_panel(y, censor)
    for i in range(40):
        known = ~np.isnan(y[i])
        alone = fit_censored(y[i, known], censor[i, known])
        assert (alone.status is CensoredStatus.OK) == fit.fitted[i]
        ends = censored_interval(y[i, known], censor[i, known])
        assert ends == pytest.approx((low[i], high[i]), rel=1e-12)
        if fit.fitted[i]:
            assert (alone.mean, alone.sd) == pytest.approx((fit.mean[i], fit.sd[i]), rel=1e-12)


def test_one_sd_for_all_against_nelder_mead():
    values = np.array([[0.0, 0.2, 0.5], [1.0, 1.3, 1.2], [2.0, 2.4, 2.4]])
    codes = np.array([[0, 0, 0], [0, 0, 1], [0, 1, -1]])
    fit = fit_panel(values, codes, shared=True)

    def minus(p):
        rows = zip(values, codes, p[:3], strict=True)
        return sum(minus_loglik([m, p[3]], x, c) for x, c, m in rows)

    found = minimize(minus, [0.2, 1.2, 2.2, -1.5], method="Nelder-Mead",
                     options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 9000})  # fmt: skip
    assert fit.mean == pytest.approx(found.x[:3], abs=1e-5)
    assert fit.sd == pytest.approx(np.exp(found.x[3]), abs=1e-5)


def test_a_sample_of_bounds_has_no_fit_but_one_number_is_enough_in_a_panel():
    values = np.array([[0.0, 0.3, 0.1], [1.0, 1.0, 1.0], [1.0, 2.0, 2.0]])
    codes = np.array([[0, 0, 0], [1, 1, 1], [0, 1, 1]])
    assert fit_panel(values, codes).fitted.tolist() == [True, False, False]
    fit = fit_panel(values, codes, shared=True)
    assert fit.fitted.tolist() == [True, False, True]
    assert fit.df[0] == 4.0
    low, high = panel_intervals(values, codes, shared=True)
    assert (low[1], high[1]) == (-np.inf, np.inf)
    assert 0.5 < low[2] < fit.mean[2] < high[2] < np.inf
    assert fit.mean[2] > 1.5


@pytest.mark.parametrize(("n", "share"), [(3, 0.25), (4, 0.25), (6, 0.5), (8, 0.25)])
def test_coverage(n, share):
    covered, error = share_covered(n, share, N_COVERAGE)
    assert covered >= 0.95 - 3 * error


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [3, 4, 6, 8])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5])
def test_coverage_long(n, share):
    covered, error = share_covered(n, share, N_COVERAGE_LONG)
    assert covered >= 0.945 - 2 * error


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), shift=st.floats(-20, 20), factor=st.floats(0.1, 10))
def test_units_and_order_do_not_matter(seed, shift, factor):
    rng = np.random.default_rng(seed)
    x, censor = rng.normal(size=6), np.array([0, 0, 1, 0, -1, 1])
    order = rng.permutation(6)
    low, high = censored_interval(x, censor)
    moved = censored_interval((factor * x + shift)[order], censor[order])
    expected = (factor * low + shift, factor * high + shift)
    assert moved == pytest.approx(expected, rel=1e-7, abs=1e-7)
