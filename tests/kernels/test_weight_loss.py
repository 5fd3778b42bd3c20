"""Body weight against its reference day, on paper."""

import numpy as np

from exportin.kernels.response_rules import changes
from exportin.kernels.weight_loss import doubtful_jumps, first_loss, nadir


def two(reference=0.0):
    """A mouse that loses 16 % and recovers, and one that only gains."""
    number = np.array([0, 0, 0, 0, 1, 1, 1])
    day = np.array([-2.0, 4, 7, 14, 0, 7, 14])
    weight = np.array([25.0, 22.5, 21.0, 24.0, 20.0, 20.5, 21.0])
    return changes(number, day, weight, animals=2, reference_day=reference)


def test_nadir_and_its_day():
    low = nadir(two())
    np.testing.assert_allclose(low.percent, [84.0, 102.5])
    assert low.day.tolist() == [7.0, 7.0]


def test_first_weighing_with_a_loss_counts_and_the_last_weighing_bounds_it():
    ten, fifteen, twenty = (first_loss(two(), loss) for loss in (10.0, 15.0, 20.0))
    assert (ten.day.tolist(), ten.reached.tolist()) == ([4.0, 14.0], [True, False])
    assert (fifteen.day.tolist(), fifteen.reached.tolist()) == ([7.0, 14.0], [True, False])
    assert (twenty.day.tolist(), twenty.reached.tolist()) == ([14.0, 14.0], [False, False])


def test_exactly_ten_percent_is_ten_percent_whatever_the_last_bit_says():
    rounded = [(28.0, 25.2), (27.0, 24.3), (19.0, 17.1), (23.0, 20.7), (31.0, 27.9)]
    for first, later in rounded:
        found = changes(np.zeros(2, int), np.array([0.0, 3.0]), np.array([first, later]), animals=1)
        assert first_loss(found, 10.0).reached.tolist() == [True]
    found = changes(np.zeros(2, int), np.array([0.0, 3.0]), np.array([28.0, 25.21]), animals=1)
    assert first_loss(found, 10.0).reached.tolist() == [False]


def test_the_reference_day_may_be_each_animals_own_and_may_be_unknown():
    found = two(np.array([4.0, np.nan]))
    np.testing.assert_allclose(nadir(found).percent, [100 * 21 / 22.5, np.nan])
    assert np.isnan(first_loss(found, 10.0).day[1])
    assert not first_loss(found, 10.0).reached[1]


def test_an_animal_weighed_once_has_no_nadir():
    found = changes(np.zeros(1, int), np.zeros(1), np.array([20.0]), animals=1)
    assert np.isnan([*nadir(found).percent, *nadir(found).day, *first_loss(found, 10.0).day]).all()


def test_jumps_there_and_back_are_doubted():
    def marked(days, weights, number=None):
        who = np.zeros(len(days), int) if number is None else np.array(number)
        return doubtful_jumps(who, np.array(days, float), np.array(weights, float)).tolist()

    assert marked([0, 3, 6], [20, 14.9, 20]) == [False, True, False]
    assert marked([0, 3, 6], [20, 15.1, 20]) == [False] * 3
    assert marked([0, 3, 6], [20, 26, 20]) == [False, True, False]
    assert marked([0, 3, 7], [20, 200, 20]) == [False, True, False]  # 3 days there, 4 back
    assert marked([0, 4, 8], [20, 10, 20]) == [False] * 3  # both steps longer than 3 days
    assert marked([0, 3, 11], [20, 10, 20]) == [False] * 3
    assert marked([0, 3, 6], [20, 14, 14]) == [False] * 3  # did not come back
    assert marked([0, 3, 6], [20, 5, 20], [0, 0, 1]) == [False] * 3
    assert marked([0, 3], [20, 5]) == [False, False]
