"""What must hold for any data: p and interval agree, sign, scale, order of rows."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from exportin.inference.anova import one_way_anova, two_way_anova
from exportin.inference.interaction import (
    blocked_difference_of_differences,
    difference_of_differences,
)
from exportin.inference.multiple import adjust, dunnett, tukey
from exportin.inference.ranks import mann_whitney, signed_rank
from exportin.inference.trend import linear_trend
from exportin.inference.two_sample import one_sample_t, paired_t, student_t, welch_t

FAST = settings(max_examples=20, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck))  # fmt: skip
numbers = st.integers(-400, 400).map(lambda k: k / 16)
SIDES = st.sampled_from(["two-sided", "less", "greater"])
LEVELS = st.sampled_from([0.8, 0.9, 0.95])


def lists(low, high):
    return st.lists(numbers, min_size=low, max_size=high)


TWO = {
    "welch": welch_t,
    "student": student_t,
    "paired": paired_t,
    "mann_whitney": mann_whitney,
    "signed_rank": signed_rank,
    "mann_whitney_normal": lambda a, b, **o: mann_whitney(a, b, distribution="normal", **o),
}


def agree(result, null=0.0, p=None):
    """p < alpha exactly where the interval leaves out the null (undecided on its edge)."""
    p = result.p_value if p is None else p
    low = -np.inf if result.conf_low is None else result.conf_low
    high = np.inf if result.conf_high is None else result.conf_high
    alpha = 1 - result.conf_level
    if min(abs(low - null), abs(high - null), abs(p - alpha)) < 1e-9:
        return
    assert (p < alpha) == (not low <= null <= high), result


@pytest.mark.parametrize("name", ["welch", "student", "paired", "mann_whitney", "signed_rank"])
@FAST
@given(st.data(), SIDES, LEVELS)
def test_p_and_interval_agree(name, data, side, level):
    n = data.draw(st.integers(3, 9))
    m = n if name in ("paired", "signed_rank") else data.draw(st.integers(3, 9))
    a, b = data.draw(lists(n, n)), data.draw(lists(m, m))
    result = TWO[name](a, b, alternative=side, conf_level=level)
    if result.status == "ok" and not result.method.endswith("permutation"):
        agree(result)


@pytest.mark.parametrize("test", [mann_whitney, signed_rank])
@FAST
@given(st.data(), SIDES)
def test_tied_interval_without_null_is_significant(test, data, side):
    whole = st.lists(st.integers(0, 9), min_size=6, max_size=6)
    result = test(data.draw(whole), data.draw(whole), alternative=side)
    assume(result.status == "ok" and result.conf_level == 0.95)
    low = -np.inf if result.conf_low is None else result.conf_low
    high = np.inf if result.conf_high is None else result.conf_high
    if low > 1e-9 or high < -1e-9:
        assert result.p_value < 0.05


MIRROR = {"two-sided": "two-sided", "less": "greater", "greater": "less"}


@pytest.mark.parametrize("name", TWO)
@FAST
@given(lists(6, 6), lists(6, 6), SIDES)
def test_swapping_groups_flips_the_sign(name, a, b, side):
    one = TWO[name](a, b, alternative=side)
    two = TWO[name](b, a, alternative=MIRROR[side])
    assert one.status == two.status
    if one.status != "ok":
        return
    near = {"rel": 1e-9, "abs": 1e-9}
    assert two.p_value == pytest.approx(one.p_value, **near)
    assert two.effect == pytest.approx(-one.effect, **near)
    if one.conf_low is not None:
        assert two.conf_high == pytest.approx(-one.conf_low, **near)
    if one.conf_high is not None:
        assert two.conf_low == pytest.approx(-one.conf_high, **near)


@pytest.mark.parametrize("name", TWO)
@FAST
@given(lists(5, 5), lists(5, 5), st.sampled_from([1e-9, 0.37, 4.0, 1e12]))
def test_scaling_scales_effect_and_interval_only(name, a, b, factor):
    one = TWO[name](a, b)
    assume(one.status == "ok")
    two = TWO[name]([v * factor for v in a], [v * factor for v in b])
    assert two.p_value == pytest.approx(one.p_value, rel=1e-7)
    for field in ("effect", "conf_low", "conf_high"):
        scaled = getattr(one, field) * factor
        assert getattr(two, field) == pytest.approx(scaled, rel=1e-7, abs=1e-7 * factor)


@pytest.mark.parametrize("name", TWO)
@FAST
@given(lists(6, 6), lists(6, 6), st.permutations(range(6)))
def test_row_order_does_not_matter(name, a, b, order):
    one = TWO[name](a, b)
    other = [b[i] for i in order] if name in ("paired", "signed_rank") else b
    two = TWO[name]([a[i] for i in order], other)
    assert two.status == one.status
    if one.status == "ok":
        assert two.p_value == pytest.approx(one.p_value, rel=1e-12)
        assert two.conf_low == pytest.approx(one.conf_low, rel=1e-12, abs=1e-12)


@FAST
@given(lists(4, 8), SIDES, LEVELS, numbers)
def test_one_sample_agrees(values, side, level, null):
    result = one_sample_t(values, null=null, alternative=side, conf_level=level)
    if result.status == "ok":
        agree(result, null)


@FAST
@given(lists(4, 4), lists(4, 4), lists(4, 4), lists(4, 4), SIDES)
def test_interactions_agree(a, b, c, d, side):
    results = [
        difference_of_differences(a, b, c, d, alternative=side),
        difference_of_differences(a, b, c, d, variance="pooled", alternative=side),
        blocked_difference_of_differences(a, b, c, d, alternative=side),
    ]
    swapped = blocked_difference_of_differences(c, d, a, b, alternative=MIRROR[side])
    for result in results:
        if result.status == "ok":
            agree(result)
    if results[2].status == "ok":
        assert swapped.effect == pytest.approx(-results[2].effect, abs=1e-12)


@FAST
@given(lists(8, 8), SIDES, LEVELS)
def test_trend_agrees(values, side, level):
    score = [0, 1, 2, 3] * 2
    result = linear_trend(values, score, block=list("aaaabbbb"), alternative=side,
                          conf_level=level)  # fmt: skip
    if result.status == "ok":
        agree(result)


GROUP = list("aaabbbbccdd")


@settings(FAST, max_examples=6)
@given(lists(11, 11), SIDES, st.permutations(range(11)))
def test_families_agree_and_ignore_row_order(values, side, order):
    for function, extra in ((dunnett, {"alternative": side}), (tukey, {})):
        control = ("a",) if function is dunnett else ()
        results = function(values, GROUP, *control, **extra)
        mixed = function([values[i] for i in order], [GROUP[i] for i in order], *control, **extra)
        for result, again in zip(results, mixed, strict=True):
            assert result.status == again.status
            if result.status == "ok":
                agree(result, p=result.p_adjusted)
                assert result.p_adjusted >= result.p_value
                assert again.p_adjusted == pytest.approx(result.p_adjusted, rel=1e-9)


@FAST
@given(lists(11, 11))
def test_lower_bound_of_eta_leaves_zero_where_p_is_small(values):
    test = one_way_anova(values, GROUP, conf_level=0.90).row("group").test
    if test.status == "ok" and abs(test.p_value - 0.05) > 1e-9:
        assert (test.conf_low > 0) == (test.p_value < 0.05)
        assert 0 <= test.conf_low <= test.conf_high < 1


@FAST
@given(lists(12, 12))
def test_balanced_types_agree_and_squares_add_up(values):
    a, b = list("aaaaaabbbbbb"), list("xxyyzz") * 2
    two, three = (two_way_anova(values, a, b, squares=s) for s in ("II", "III"))
    total = float(np.sum((np.array(values) - np.mean(values)) ** 2))
    assert sum(row.squares for row in three.rows) == pytest.approx(total, rel=1e-9, abs=1e-12)
    for row, other in zip(two.rows, three.rows, strict=True):
        assert row.squares == pytest.approx(other.squares, rel=1e-9, abs=1e-12)


@FAST
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjustments_are_ordered(p):
    bonferroni, holm, hochberg, bh = (
        np.array(adjust(p, m)) for m in ("bonferroni", "holm", "hochberg", "BH")
    )
    slack = 1e-12
    assert (bonferroni >= holm - slack).all()
    assert (holm >= hochberg - slack).all()
    assert (hochberg >= bh - slack).all()
    assert (bh >= np.array(p) - slack).all()
