"""Slopes of single animals, then Welch."""

import numpy as np
import pytest
from scipy import stats

from exportin.inference.two_stage import animal_slopes, compare_slopes, slopes_differ_at_all


def study(seed=1):
    rng = np.random.default_rng(seed)
    animal = np.repeat(np.arange(12), 6)
    day = np.tile([0.0, 3.0, 7.0, 10.0, 14.0, 17.0], 12)
    rate = rng.normal(0.08, 0.02, 12)
    return rate[animal] * day + rng.normal(0, 0.1, 72), day, animal, animal % 3


def test_slopes_are_those_of_polyfit_and_the_test_is_welch():
    y, day, animal, arm = study()
    slopes = animal_slopes(y, day, animal, arm)
    want = {str(k): np.polyfit(day[animal == k], y[animal == k], 1)[0] for k in range(12)}
    assert {one.animal: one.slope for one in slopes} == pytest.approx(want, rel=1e-10)
    by_arm = [[one.slope for one in slopes if one.arm == str(k)] for k in range(3)]
    for found, k in zip(compare_slopes(slopes, control="0"), (1, 2), strict=True):
        said = stats.ttest_ind(by_arm[k], by_arm[0], equal_var=False)
        assert (found.p_value, found.statistic) == pytest.approx((said.pvalue, said.statistic))
        assert (found.group_a, found.group_b) == (str(k), "0")
        assert found.p_adjusted >= found.p_value
    assert slopes_differ_at_all(slopes).df == 2.0


def test_animals_with_too_few_visits_are_named():
    y, day, animal, arm = study()
    y = y.copy()
    y[(animal == 4) & (day > 3)] = np.nan
    found = {one.animal: one for one in animal_slopes(y, day, animal, arm)}
    assert (found["4"].slope, found["4"].n_visits, found["4"].status) == (None, 2, "too_few")
    assert "needs 3" in found["4"].message
    assert compare_slopes(list(found.values()), control="0")[0].n_a == 3  # arm 1 lost one
    two = animal_slopes(y, day, animal, arm, min_visits=2)
    assert all(one.status == "ok" for one in two)


def test_visits_outside_the_period_do_not_count():
    y, day, animal, arm = study()
    bent = np.where(day > 10, y + 50, y)
    a = animal_slopes(bent, day, animal, arm, period=(0.0, 10.0))
    b = animal_slopes(y[day <= 10], day[day <= 10], animal[day <= 10], arm[day <= 10])
    assert [one.slope for one in a] == [one.slope for one in b]


def test_order_of_rows_changes_no_bit():
    data = study()
    p = np.random.default_rng(3).permutation(72)
    assert animal_slopes(*data) == animal_slopes(*(column[p] for column in data))


def test_bad_questions_are_refused():
    data = study()
    with pytest.raises(ValueError, match="min_visits is 1"):
        animal_slopes(*data, min_visits=1)
    with pytest.raises(ValueError, match="no arm 'x'"):
        compare_slopes(animal_slopes(*data), control="x")
    with pytest.raises(ValueError, match="differ in length"):
        animal_slopes(data[0][1:], *data[1:])
