"""Exact limits of proportions against R.

Golden numbers: R 4.2.2, ``Rscript -e 'options(digits = 15); binom.test(3, 7)$conf.int'`` and so on.
"""

import pytest

from exportin.inference.proportion import exact_proportion

FROM_R = [  # count, units, level, binom.test(count, units, conf.level = level)$conf.int
    (3, 7, 0.95, 0.0989882784425079, 0.815948432359917),
    (0, 7, 0.95, 0.0, 0.409616397225003),
    (7, 7, 0.95, 0.590383602774997, 1.0),
    (3, 7, 0.90, 0.128756392804243, 0.774678415967552),
    (1, 10, 0.95, 0.00252857854446179, 0.445016117028195),
    (13, 40, 0.95, 0.18572896676335, 0.491294875478448),
    (250, 1396, 0.95, 0.159303522188326, 0.200223090866132),
]


@pytest.mark.parametrize(("count", "units", "level", "low", "high"), FROM_R)
def test_limits_are_those_of_r(count, units, level, low, high):
    found = exact_proportion(count, units, level)
    assert found.share == count / units
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9, abs=1e-15)


def test_severe_loss_in_3_of_7_mice_is_9_9_to_81_6_percent():
    found = exact_proportion(3, 7)
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (9.9, 81.6)


@pytest.mark.parametrize(("count", "units", "level"), [(1, 0, 0.95), (4, 3, 0.95), (-1, 3, 0.95),
                                                       (1, 3, 1.0), (1, 3, 0.0)])  # fmt: skip
def test_no_unit_and_no_level_is_refused(count, units, level):
    with pytest.raises(ValueError, match="Expected"):
        exact_proportion(count, units, level)
