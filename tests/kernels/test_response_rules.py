"""Changes from the baseline and the categories made of them, on paper."""

import numpy as np
import pytest

from exportin.kernels.response_rules import (
    Timing,
    best_response,
    changes,
    mrecist,
    pptp,
    timing,
)

NO = np.array([False])


def one(days, volumes, **more):
    """Changes of one animal."""
    day, volume = np.array(days, dtype=float), np.array(volumes, dtype=float)
    return changes(np.zeros(day.size, dtype=np.int64), day, volume, animals=1, **more)


def test_the_baseline_is_the_last_visit_up_to_the_first_dose():
    found = one([-4, -1, 3, 10], [50, 100, 150, 50])
    assert (found.baseline.tolist(), found.baseline_day.tolist()) == ([100.0], [-1.0])
    assert np.isnan(found.percent[0, 0])  # before the baseline
    assert found.percent[0, 1:].tolist() == [0.0, 50.0, -50.0]
    assert found.average[0, 1:].tolist() == [0.0, 25.0, 0.0]


@pytest.mark.parametrize(
    ("days", "volumes"),
    [([1, 8, 15], [100, 90, 80]), ([-8, 8, 15], [100, 90, 80]), ([0, 8, 15], [0, 90, 80])],
    ids=["after the dose", "too old", "zero"],
)
def test_animals_without_a_baseline_have_no_change(days, volumes):
    found = one(days, volumes)
    assert np.isnan(found.baseline).all()
    assert np.isnan(found.percent).all()
    assert not found.followed.any()
    best = best_response(found, timing("gao2015"))
    assert mrecist(best.response, best.average).tolist() == [""]
    assert pptp(found, np.array([1.0]), NO).tolist() == [""]


def test_animals_without_visits_keep_their_place():
    found = changes(np.array([0, 0, 2]), np.array([0.0, 5, 0]), np.array([10.0, 20, 5]), animals=4)
    assert found.baseline[[0, 2]].tolist() == [10.0, 5.0]
    assert np.isnan(found.baseline[[1, 3]]).all()
    assert found.followed.tolist() == [True, False, False, False]
    assert changes(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), animals=2).baseline.size == 2


def test_both_rules_on_the_example_of_the_xeva_manual():
    """On paper: changes 0, 27.8, 60.4, 52.6, 53.1, 77.8, 83.5 ...; means up to day 11 35.18 %.

    The mouse is in the published table with best response 77.8 % on day 22 and best average 35.2 %
    on day 11; Xeva gives 52.55 % on day 11.
    """
    days = [0, 3, 7, 11, 18, 22, 26, 30, 32, 35]
    volumes = [250.8, 320.4, 402.3, 382.6, 384, 445.9, 460.2, 546.8, 554.3, 617.9]
    found = one(days, volumes)
    xeva = best_response(found, timing("xeva"))
    assert xeva.response[0] == pytest.approx(100 * (382.6 - 250.8) / 250.8)
    assert xeva.response_day.tolist() == [11.0]
    gao = best_response(found, timing("gao2015"))
    assert gao.response[0] == pytest.approx(100 * (445.9 - 250.8) / 250.8)
    assert gao.response_day.tolist() == [22.0]
    for best in (xeva, gao):
        mean = (320.4 + 402.3 + 382.6 - 3 * 250.8) / 250.8 / 4 * 100
        assert best.average[0] == pytest.approx(mean)
        assert best.average_day.tolist() == [11.0]
    assert mrecist(gao.response, gao.average).tolist() == ["PD"]


def test_day_10_itself_counts_for_a_response_and_not_for_the_average_of_gao2015():
    found = one([0, 10, 14, 21], [100, 40, 80, 150])
    gao, xeva = (best_response(found, timing(rule)) for rule in ("gao2015", "xeva"))
    assert (gao.response.tolist(), gao.response_day.tolist()) == ([-60.0], [10.0])
    assert (gao.average[0], gao.average_day[0]) == (pytest.approx(-80 / 3), 14.0)
    assert (xeva.average.tolist(), xeva.average_day.tolist()) == ([-30.0], [10.0])


def test_the_last_visit_stands_in_for_animals_not_followed_so_long():
    found = one([0, 5, 10, 15], [100, 150, 110, 200])
    best = best_response(found, timing("gao2015"))
    assert (best.response.tolist(), best.response_day.tolist()) == ([100.0], [15.0])
    ended = best_response(one([0, 5, 10], [100, 150, 130]), timing("gao2015"))
    assert (ended.response.tolist(), ended.average[0]) == ([30.0], pytest.approx(80 / 3))


def test_an_animal_gone_before_the_start_day_is_not_judged_by_either_rule():
    found = one([0, 4, 8], [100, 90, 80])
    for rule in ("gao2015", "xeva"):
        best = best_response(found, timing(rule))
        assert np.isnan([*best.response, *best.average, *best.response_day]).all()
    once = one([0, 4, 12], [100, 90, 80])  # Xeva wants two visits
    assert np.isnan(best_response(once, timing("xeva")).response).all()
    assert best_response(once, timing("gao2015")).response.tolist() == [-20.0]


def test_the_start_day_moves_both_rules():
    assert timing("xeva", 7.0) == Timing(start_day=7.0, growth_day=7.0, fewest=2)
    assert timing("gao2015", 7.0).growth_day == 17.0


@pytest.mark.parametrize(
    ("response", "average", "category"),
    [
        (-95.1, -40.1, "CR"), (-95.0, -40.1, "PR"), (-99.0, -40.0, "PR"), (-50.1, -20.1, "PR"),
        (-50.0, -30.0, "SD"), (-99.0, -20.0, "SD"), (34.9, 29.9, "SD"), (35.0, 0.0, "PD"),
        (0.0, 30.0, "PD"), (-99.0, 31.0, "PD"), (np.nan, 0.0, ""), (0.0, np.nan, ""),
    ],
)  # fmt: skip
def test_cut_offs_of_mrecist(response, average, category):
    assert mrecist(np.array([response]), np.array([average])).tolist() == [category]


@pytest.mark.parametrize(
    ("volumes", "delay", "reached", "category"),
    [
        ([300, 90, 99], np.nan, False, "MCR"),
        ([300, 90, 100], np.nan, False, "CR"),
        ([300, 0, 900], 1.0, True, "CR"),
        ([300, 150, 900], 1.0, True, "PR"),
        ([300, 151, 375], np.nan, False, "SD"),
        ([300, 151, 376], np.nan, False, "PD"),
        ([300, 600, 1300], 1.5, True, "PD1"),
        ([300, 600, 1300], 1.51, True, "PD2"),
        ([300, 600, 1100], 1.6, False, "PD2"),
        ([300, 600, 1100], 1.4, False, "PD"),  # left before 1.5 control medians: not known
        ([150, 95, 95], np.nan, False, "SD"),  # below 100 mm3 but not halved
        ([99, 40, 40], np.nan, False, ""),
        ([100, 50, 40], np.nan, False, "MCR"),
        ([300], np.nan, False, ""),
    ],
)
def test_categories_of_pptp(volumes, delay, reached, category):
    found = one([0, 10, 20][: len(volumes)], volumes)
    assert pptp(found, np.array([delay]), np.array([reached])).tolist() == [category]
