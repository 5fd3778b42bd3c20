"""Survival kernels by hand, at their edges, and against each other."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.kernels.survival_competing import cumulative_incidence, incidence_at
from exportin.kernels.survival_cox import CoxStatus, fit_cox
from exportin.kernels.survival_cox_data import cox_data, cox_terms
from exportin.kernels.survival_cox_firth import fit_cox_firth
from exportin.kernels.survival_cox_profile import profile_limits
from exportin.kernels.survival_cox_robust import score_residuals, total_hazard
from exportin.kernels.survival_crossing import FOUND_DEAD, TOXICITY, CrossingStatus, crossings
from exportin.kernels.survival_km import kaplan_meier, median, quantile, risk_numbers, survival_at
from exportin.kernels.survival_logrank import log_rank
from exportin.kernels.survival_rmst import RmstStatus, rmst, rmst_contrast
from exportin.kernels.survival_times import make_subjects, merge_close
from exportin.kernels.survival_turnbull import turnbull, turnbull_limits, turnbull_median
from exportin.kernels.survival_weibull import WeibullStatus, fit_weibull, time_ratio

TIME = np.array([2.0, 3.0, 3.0, 5.0, 6.0, 8.0])
SEEN = np.array([True, True, False, True, False, True])


# ---- Kaplan-Meier


def test_kaplan_meier_by_hand():
    curve = kaplan_meier(TIME, SEEN)
    assert curve.time.tolist() == [2, 3, 5, 6, 8]
    assert curve.n_risk.tolist() == [6, 5, 3, 2, 1]
    steps = [5 / 6, 5 / 6 * 4 / 5, 5 / 6 * 4 / 5 * 2 / 3]
    assert curve.survival == pytest.approx([*steps, steps[2], 0.0])
    variance = (2 / 3) ** 2 * (1 / (6 * 5) + 1 / (5 * 4))
    assert curve.std_error[1] == pytest.approx(np.sqrt(variance))
    assert (curve.n, curve.events, curve.last_followup) == (6, 4, 8)


def test_a_median_not_reached_is_a_bound_and_no_estimate():
    curve = kaplan_meier(np.array([3.0, 9.0, 9.0]), np.array([True, False, False]))
    assert median(curve) == (9.0, ">", 3.0, None)
    assert quantile(curve, 0.3)[:2] == (3.0, "=")


def test_survival_is_unknown_after_the_last_follow_up_unless_it_is_zero():
    at = np.array([0.0, 2.5, 20.0])
    open_ = survival_at(kaplan_meier(TIME[:3], SEEN[:3]), at)
    assert open_.survival[0] == 1
    assert np.isnan(open_.survival[2])
    assert survival_at(kaplan_meier(TIME, SEEN), at).survival[2] == 0


def test_risk_table():
    table = risk_numbers(kaplan_meier(TIME, SEEN), np.array([0.0, 3.0, 7.0]))
    assert table["n_risk"] == [6, 5, 1]
    assert table["events"] == [0, 2, 3]
    assert table["censored"] == [0, 1, 2]


def test_whole_weights_are_copies():
    weight = np.array([1.0, 2.0, 1.0, 3.0, 1.0, 2.0])
    copies = np.repeat(np.arange(6), weight.astype(int))
    one = kaplan_meier(TIME, SEEN, weight=weight)
    two = kaplan_meier(TIME[copies], SEEN[copies])
    assert one.survival == pytest.approx(two.survival)
    assert one.std_error == pytest.approx(two.std_error)


@given(st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_curves_fall_within_their_limits(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    time, seen = np.ceil(rng.weibull(1.5, n) * 10), rng.random(n) < 0.7
    for kind in ("log", "log-log", "plain"):
        curve = kaplan_meier(time, seen, conf_type=kind)
        assert (np.diff(curve.survival) <= 0).all()
        known = ~np.isnan(curve.low)
        assert (curve.low[known] <= curve.survival[known] + 1e-12).all()
        assert (curve.survival[known] <= curve.high[known] + 1e-12).all()
    order = rng.permutation(n)
    assert kaplan_meier(time[order], seen[order]).survival.tolist() == curve.survival.tolist()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"time": np.array([1.0, np.nan])}, "finite times"),
        ({"entry": np.array([0.0, 3.0])}, "before its time"),
        ({"weight": np.array([1.0, 0.0])}, "above zero"),
        ({"event": np.array([True])}, "one length"),
        ({"time": np.zeros(0), "event": np.zeros(0, bool)}, "at least one"),
    ],
)
def test_impossible_times_are_refused(more, said):
    given_ = {"time": np.array([1.0, 2.0]), "event": np.array([True, False])} | more
    first = [given_.pop("time"), given_.pop("event")]
    if first[0].size != first[1].size:  # run-time types refuse it first
        with pytest.raises(Exception, match=r"event|length"):
            make_subjects(*first, **given_)
        return
    with pytest.raises(ValueError, match=said):
        make_subjects(*first, **given_)


def test_days_that_differ_by_rounding_only_are_tied():
    assert len(set(merge_close(np.array([0.1 + 0.2, 0.3, 1.0])).tolist())) == 2
    assert merge_close(np.array([1.0, 1.001])).tolist() == [1.0, 1.001]


# ---- log-rank, Cox


def test_log_rank_is_the_score_test_of_cox_without_ties():
    rng = np.random.default_rng(3)
    time, seen, x = rng.random(30), rng.random(30) < 0.7, np.arange(30) % 2
    found = log_rank(time, seen, x)
    chisq = (found.observed - found.expected)[1] ** 2 / found.covariance[1, 1]
    assert fit_cox(time, seen, x[:, None].astype(float)).score.value == pytest.approx(chisq)


def test_partial_likelihood_by_hand():
    time, x = np.array([1.0, 2.0, 2.0, 3.0]), np.array([[1.0], [0.0], [1.0], [0.0]])
    data = cox_data(time, np.array([True, True, True, False]), x)
    b = 0.7
    e = np.exp(b)
    by_hand = np.log(e / (2 * e + 2)) + np.log(1 / (e + 2)) + np.log(e / (e + 2 - 0.5 * (e + 1)))
    assert cox_terms(data, np.array([b]) * data.scale).loglik == pytest.approx(by_hand)


@pytest.mark.parametrize("entry", [False, True])
def test_derivatives_are_those_of_the_likelihood(entry):
    rng = np.random.default_rng(4)
    time = np.ceil(rng.weibull(1.5, 40) * 8)
    first = np.floor(time * rng.random(40) * 0.9) if entry else None
    data = cox_data(time, rng.random(40) < 0.8, rng.normal(size=(40, 2)), entry=first,
                    strata=rng.integers(0, 2, 40), weight=rng.random(40) + 0.5)  # fmt: skip
    b, h = np.array([0.3, -0.2]), 1e-5
    at = cox_terms(data, b)
    for j in range(2):
        step = h * np.eye(2)[j]
        up, down = cox_terms(data, b + step), cox_terms(data, b - step)
        assert (up.loglik - down.loglik) / (2 * h) == pytest.approx(at.score[j], abs=1e-6)
        assert -(up.score - down.score) / (2 * h) == pytest.approx(at.information[j], abs=1e-5)


def test_separated_coefficients_are_found_among_several():
    rng = np.random.default_rng(5)
    time, other = np.arange(1.0, 21.0), rng.normal(size=20)
    x = np.column_stack([np.repeat([1.0, 0.0], 10), other])
    fit = fit_cox(time, np.repeat([True, False], 10), x)
    assert fit.status is CoxStatus.SEPARATED
    assert fit.infinite.tolist() == [1, 0]
    assert fit.coef[0] == np.inf
    assert np.isfinite([fit.coef[1], fit.std_error[1]]).all()
    low, high = profile_limits(fit, 0)
    assert low > 0
    assert high == np.inf
    assert np.isfinite(profile_limits(fit, 1)).all()


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_separation_is_said_if_and_only_if_the_likelihood_has_no_top(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    time, seen = rng.permutation(n) + 1.0, rng.random(n) < 0.6
    x = rng.integers(0, 2, (n, 1)).astype(float)
    fit = fit_cox(time, seen, x)
    if fit.status is CoxStatus.NO_EVENTS:
        assert not seen.any()
        return
    gaps = [x[i, 0] - x[j, 0] for i, j in itertools.product(range(n), range(n))
            if seen[i] and time[j] >= time[i]]  # fmt: skip
    if not any(gaps):
        assert fit.status is CoxStatus.NOT_IDENTIFIABLE
    elif min(gaps) >= 0 or max(gaps) <= 0:
        assert fit.status is CoxStatus.SEPARATED
        assert fit.infinite[0] == (1 if min(gaps) >= 0 else -1)
    else:
        assert fit.status is CoxStatus.OK
        low, high = profile_limits(fit)
        assert low < fit.coef[0] < high
        drop = [2 * (fit.loglik - cox_terms(fit.data, np.array([b]) * fit.data.scale).loglik)
                for b in (low, high)]  # fmt: skip
        assert drop == pytest.approx([3.841458820694124] * 2, rel=1e-8)


def test_nothing_to_fit_is_said():
    x = np.array([[1.0], [0.0], [1.0]])
    time = np.array([1.0, 2.0, 3.0])
    assert fit_cox(time, np.zeros(3, bool), x).status is CoxStatus.NO_EVENTS
    assert fit_cox(time, np.ones(3, bool), 0 * x).status is CoxStatus.NOT_IDENTIFIABLE
    double = np.column_stack([x, 2 * x])
    assert fit_cox(time, np.ones(3, bool), double).status is CoxStatus.NOT_IDENTIFIABLE
    assert fit_cox_firth(time, np.zeros(3, bool), x).status is CoxStatus.NO_EVENTS
    assert np.isnan(profile_limits(fit_cox(time, np.zeros(3, bool), x))).all()


def test_residuals_add_up():
    rng = np.random.default_rng(6)
    time, seen = np.ceil(rng.weibull(1.5, 50) * 8), rng.random(50) < 0.7
    fit = fit_cox(time, seen, rng.normal(size=(50, 2)), strata=rng.integers(0, 3, 50))
    assert score_residuals(fit).sum(axis=0) == pytest.approx([0, 0], abs=1e-8)
    assert total_hazard(fit).sum() == pytest.approx(seen.sum())


def test_units_of_a_covariate_do_not_matter():
    rng = np.random.default_rng(7)
    time, seen, x = rng.random(40), rng.random(40) < 0.7, rng.normal(size=(40, 1))
    one, two = fit_cox(time, seen, x), fit_cox(time, seen, 1e6 * x + 1e3)
    assert two.coef * 1e6 == pytest.approx(one.coef, rel=1e-9)


# ---- restricted mean, competing events


def test_restricted_mean_by_hand():
    curve = kaplan_meier(np.array([2.0, 4.0, 6.0]), np.array([True, True, False]))
    found = rmst(curve, 5.0)
    assert found.value == pytest.approx(2 + 2 * 2 / 3 + 1 / 3)
    later = np.array([2 * 2 / 3 + 1 / 3, 1 / 3])
    assert found.std_error**2 == pytest.approx(later**2 @ np.array([1 / 6, 1 / 2]))


def test_a_horizon_beyond_the_follow_up_is_refused():
    ends = kaplan_meier(np.array([2.0, 4.0]), np.array([True, False]))
    zero = kaplan_meier(np.array([2.0, 4.0]), np.array([True, True]))
    assert rmst(ends, 5.0).status is RmstStatus.BEYOND
    assert rmst(zero, 5.0).value == 3.0  # nobody is left: nothing is unknown
    assert rmst_contrast(rmst(zero, 5.0), rmst(ends, 5.0)).status is RmstStatus.BEYOND
    with pytest.raises(ValueError, match="one horizon"):
        rmst_contrast(rmst(zero, 5.0), rmst(zero, 4.0))


def test_incidences_and_the_free_add_up_to_one():
    rng = np.random.default_rng(8)
    time, code = np.ceil(rng.weibull(1.5, 60) * 9), rng.integers(0, 3, 60)
    found = cumulative_incidence(time, code)
    assert found.incidence.sum(axis=0) + found.free == pytest.approx(np.ones(found.time.size))
    alone = kaplan_meier(time, code > 0)
    assert found.free == pytest.approx(alone.survival)
    assert found.free_std_error == pytest.approx(alone.std_error)  # jackknife meets Greenwood
    assert incidence_at(found, 1, np.array([0.0]))[0, 0] == 0


def test_toxic_deaths_censored_would_overstate_the_event():
    time, code = np.array([3.0, 4.0, 5.0, 6.0]), np.array([2, 1, 2, 1])
    assert cumulative_incidence(time, code).incidence[0, -1] == 0.5
    assert 1 - kaplan_meier(time, code == 1).survival[-1] == 1.0


# ---- interval censoring


def test_turnbull_meets_kaplan_meier_on_exact_and_censored_times():
    right = np.where(SEEN, TIME, np.inf)
    found = turnbull(TIME, right)
    curve = kaplan_meier(TIME, SEEN)
    low, high = turnbull_limits(found, curve.time)
    assert low == pytest.approx(curve.survival, abs=1e-9)
    assert high == pytest.approx(curve.survival, abs=1e-9)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_turnbull_is_the_top_of_the_likelihood(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 25))
    left = rng.integers(0, 8, n).astype(float)
    right = np.where(rng.random(n) < 0.2, np.inf, left + rng.integers(1, 5, n))
    found = turnbull(left, right)
    assert found.settled
    assert found.gap < 1e-9
    assert found.mass.sum() == pytest.approx(1)
    begin, end = turnbull_median(found)
    assert begin <= end


def test_weibull_of_exact_times_is_the_closed_form_exponential_slope():
    rng = np.random.default_rng(9)
    time = 10 * rng.weibull(2.0, 400)
    fit = fit_weibull(time, time, np.zeros((400, 0)))
    shape = 1 / fit.scale
    score = 1 / shape + np.log(time).mean() - (time**shape @ np.log(time)) / (time**shape).sum()
    assert score == pytest.approx(0, abs=1e-10)  # the known equation of the shape
    assert np.exp(fit.parameters[0]) == pytest.approx((time**shape).mean() ** (1 / shape))


def test_weibull_group_without_events_is_open_on_one_side():
    left = np.array([3.0, 3.0, 7.0, 10.0, 20.0, 20.0, 20.0, 20.0])
    right = np.array([7.0, 7.0, 10.0, 14.0, np.inf, np.inf, np.inf, np.inf])
    treated = np.repeat([False, True], 4)
    found = time_ratio(left, right, treated)
    assert (found.status, found.ratio, found.high) == (WeibullStatus.SEPARATED, np.inf, np.inf)
    assert 1.2 < found.low < 20
    turned = time_ratio(left, right, ~treated)
    assert (turned.ratio, turned.low) == (0.0, 0.0)
    assert turned.high == pytest.approx(1 / found.low, rel=1e-6)
    nobody = time_ratio(left, np.full(8, np.inf), treated)
    assert nobody.status is WeibullStatus.NO_EVENTS


# ---- crossing a volume


def cross(days, volumes, threshold=1000.0, **more):
    days, volumes = np.array(days, dtype=float), np.array(volumes, dtype=float)
    return crossings(days, volumes, np.array([0, days.size]), np.array([threshold]), **more)


def test_crossing_by_hand():
    found = cross([0, 4, 8, 12], [100, 500, 2000, 300])
    assert found.first_visit[0] == 8
    assert found.interpolated[0] == pytest.approx(4 + 4 * np.log(2) / np.log(4))
    assert (found.left[0], found.right[0]) == (4, 8)
    assert found.event[0]


def test_a_volume_just_at_the_threshold_counts():
    assert cross([0, 4], [100, 1000]).interpolated[0] == 4


def test_an_unmeasured_visit_widens_the_interval():
    found = cross([0, 4, 8], [100, np.nan, 2000])
    assert (found.left[0], found.right[0], found.first_visit[0]) == (0, 8, 8)


def test_from_no_measurable_tumor_the_later_visit_is_taken():
    assert cross([0, 4, 8], [100, 0, 2000]).interpolated[0] == 8


def test_starting_above_is_named_and_gives_no_time():
    found = cross([0, 4], [1200, 2000])
    assert found.status[0] == CrossingStatus.STARTS_ABOVE
    assert np.isnan([found.first_visit[0], found.interpolated[0], found.left[0]]).all()
    assert not found.known[0]
    assert not found.event[0]


def test_no_visit_is_named():
    assert cross([0.0], [np.nan]).status[0] == CrossingStatus.NO_VISIT
    assert cross([], []).status[0] == CrossingStatus.NO_VISIT
    late = cross([0.0, 4.0], [100.0, 200.0], start_day=5.0)
    assert late.status[0] == CrossingStatus.NO_VISIT


@pytest.mark.parametrize("code", [TOXICITY, FOUND_DEAD])
def test_removed_animals_carry_their_code(code):
    more = {"removal": np.array([code]), "removal_day": np.array([6.0])}
    found = cross([0, 4], [100, 500], **more)
    assert (found.code[0], found.first_visit[0], found.left[0]) == (code, 6, 4)
    grown = cross([0, 4], [100, 5000], **more)  # it reached the volume first
    assert grown.code[0] == 1


@pytest.mark.parametrize(
    ("days", "volumes", "more", "said"),
    [
        ([0, 0], [1, 2], {}, "ascending days"),
        ([0, 4], [1, -2], {}, "zero or more"),
        ([0, 4], [1, np.inf], {}, "zero or more"),
        ([0, np.nan], [1, 2], {}, "day for every visit"),
        ([0, 4], [1, 2], {"removal_day": np.array([2.0])}, "before its last visit"),
        ([0, 4], [1, 2], {"removal": np.array([1])}, "1 is kept"),
    ],
)
def test_impossible_visits_are_refused(days, volumes, more, said):
    with pytest.raises(ValueError, match=said):
        cross(days, volumes, **more)


def test_thousands_of_animals_are_what_they_are_alone():
    rng = np.random.default_rng(10)
    sizes = rng.integers(0, 12, 3000)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    day = np.concatenate([np.sort(rng.choice(40, k, replace=False)) for k in sizes]).astype(float)
    volume = np.exp(rng.normal(6.0, 1.0, day.size))
    volume[rng.random(day.size) < 0.05] = np.nan
    many = crossings(day, volume, offsets, np.full(3000, 800.0))
    for i in rng.choice(3000, 100, replace=False):
        rows = slice(offsets[i], offsets[i + 1])
        one = cross(day[rows], volume[rows], 800.0)
        for name in ("first_visit", "interpolated", "left", "right", "code", "status"):
            assert np.array_equal(getattr(many, name)[i : i + 1], getattr(one, name),
                                  equal_nan=True)  # fmt: skip
