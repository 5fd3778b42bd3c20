"""Too few, all equal, empty, missing: a sentence instead of a NaN, and never a bare p value."""

import math

import numpy as np
import pytest

from exportin.inference.anova import one_way_anova, two_way_anova, welch_anova
from exportin.inference.families import simulated_tail
from exportin.inference.group_means import group_means, product_loadings
from exportin.inference.interaction import (
    blocked_difference_of_differences,
    difference_of_differences,
)
from exportin.inference.max_t import max_t_tail
from exportin.inference.method_sentences import METHODS
from exportin.inference.multiple import adjust, dunnett, tukey
from exportin.inference.outcome import TestResult, check_options
from exportin.inference.ranks import mann_whitney, signed_rank
from exportin.inference.trend import linear_trend
from exportin.inference.two_sample import one_sample_t, paired_t, student_t, welch_t

NAN = float("nan")
TWO = [welch_t, student_t, mann_whitney]
PAIRED = [paired_t, signed_rank]


def has_reason(result, *statuses):
    assert result.status in statuses
    assert result.p_value is None
    assert result.message.endswith(".")


@pytest.mark.parametrize("test", TWO)
def test_empty_group(test):
    has_reason(test([], [1.0, 2.0]), "too_few")
    has_reason(test([NAN], [1.0, 2.0]), "too_few")


@pytest.mark.parametrize("test", TWO)
def test_all_values_equal(test):
    has_reason(test([3.3] * 4, [3.3] * 3), "not_estimable")


@pytest.mark.parametrize("test", TWO)
def test_missing_values_are_left_out(test):
    a, b = [1.0, 2.5, 3.1, NAN], [NAN, 4.0, 6.0, 5.5]
    assert test(a, b) == test(a[:3], b[1:])
    assert test(a, b).n_a == 3


def test_one_value():
    has_reason(welch_t([1.0], [1.0, 2.0]), "too_few")
    has_reason(one_sample_t([1.0]), "too_few")
    has_reason(student_t([1.0], [2.0]), "too_few")
    result = student_t([1.0], [2.0, 3.0])
    assert result.status == "ok"
    assert "one value" in result.message


def test_constant_groups_that_differ_give_the_effect_only():
    result = welch_t([0.1, 0.1, 0.1], [0.3, 0.3, 0.3])
    has_reason(result, "not_estimable")
    assert result.effect == pytest.approx(-0.2)


@pytest.mark.parametrize("test", PAIRED)
def test_no_complete_pair(test):
    has_reason(test([1.0, NAN], [NAN, 2.0]), "too_few")
    has_reason(test([], []), "too_few")


@pytest.mark.parametrize("test", PAIRED)
def test_rounding_is_not_a_difference(test):
    has_reason(test([0.3, 0.6, 0.9], [0.1 * 3, 0.2 * 3, 0.3 * 3]), "not_estimable")


@pytest.mark.parametrize("test", PAIRED)
def test_unequal_lengths_are_an_error(test):
    with pytest.raises(ValueError, match="equal lengths"):
        test([1.0, 2.0], [1.0])


@pytest.mark.parametrize("test", TWO + PAIRED)
def test_bad_input(test):
    with pytest.raises(ValueError, match="infinite"):
        test([1.0, math.inf], [1.0, 2.0])
    with pytest.raises(ValueError, match="alternative"):
        check_options("both", 0.95)
    with pytest.raises(ValueError, match="conf_level"):
        test([1.0, 2.0], [1.0, 2.0], conf_level=95.0)


@pytest.mark.parametrize(("side", "open_side"), [("less", "low"), ("greater", "high")])
def test_one_sided_intervals_are_open(side, open_side):
    for test in TWO + PAIRED:
        result = test([1.0, 2.2, 3.9, 5.0, 7.7], [2.0, 3.0, 4.0, 5.5, 6.0], alternative=side)
        assert result.conf_open == open_side
        assert getattr(result, f"conf_{open_side}") is None


def test_smallest_possible_p():
    result = mann_whitney([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert result.p_value == result.smallest_p == pytest.approx(0.1)
    assert result.conf_level == pytest.approx(0.9)
    assert "cannot reach" in result.message
    assert signed_rank([1.0, 2.0, 4.0], [0.0, 0.5, 0.1]).smallest_p == pytest.approx(0.25)
    assert mann_whitney([1, 1, 1], [2, 2, 2]).p_value == pytest.approx(0.1)


def test_anova_without_enough():
    has_reason(one_way_anova([], []).row("group").test, "too_few")
    has_reason(one_way_anova([1.0, 2.0], ["a", "b"]).row("group").test, "too_few")
    has_reason(one_way_anova([1.0, 2.0], ["a", "a"]).row("group").test, "too_few")
    has_reason(one_way_anova([1.0, 1.0, 1.0], ["a", "a", "b"]).row("group").test, "not_estimable")
    has_reason(welch_anova([1.0, 2.0, 3.0], ["a", "a", "b"]), "too_few")
    has_reason(welch_anova([1.0, 1.0, 3.0, 4.0], ["a", "a", "b", "b"]), "not_estimable")


def test_empty_cell_names_the_terms():
    y = [1.0, 1.2, 2.0, 2.3, 3.0, 3.1]
    table = two_way_anova(y, list("aaaabb"), list("xxyyxx"))
    has_reason(table.row("a:b").test, "not_estimable")
    assert (
        two_way_anova(y, list("aaaabb"), list("xxyyxx"), squares="II").row("a").test.status == "ok"
    )
    with pytest.raises(KeyError, match="no term"):
        table.row("c")


def test_group_and_block_mixed_up():
    table = one_way_anova([1.0, 1.2, 2.0, 2.3], list("aabb"), block=list("xxyy"))
    has_reason(table.row("group").test, "not_estimable")
    results = dunnett([1.0, 1.2, 2.0, 2.3, 2.2], list("aabbb"), "a", block=list("xxyyy"))
    has_reason(results[0], "not_estimable")


def test_families_without_enough():
    has_reason(dunnett([1.0, 2.0], list("ab"), "a")[0], "not_estimable")
    assert dunnett([1.0, 2.0], list("aa"), "a") == ()
    has_reason(tukey([1.0, 1.0, 2.0, 2.0], list("aabb"))[0], "not_estimable")
    with pytest.raises(ValueError, match="no group 'z'"):
        dunnett([1.0, 2.0, 3.0], list("aab"), "z")


def test_interaction_without_enough():
    has_reason(difference_of_differences([1.0], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]), "too_few")
    has_reason(difference_of_differences([1.0] * 2, [1.0] * 2, [1.0] * 2, [2.0] * 2),
               "not_estimable")  # fmt: skip
    has_reason(blocked_difference_of_differences([1.0], [1.0], [1.0], [1.0]), "too_few")


def test_trend_without_enough():
    has_reason(linear_trend([1.0, 2.0], [1.0, 1.0]), "too_few")
    has_reason(linear_trend([1.0, 2.0], [1.0, 2.0]), "too_few")
    has_reason(linear_trend([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), "not_estimable")
    has_reason(linear_trend([1.0, 2.0, 3.0, 4.0], [1, 1, 2, 2], block=list("aabb")), "too_few")
    one = linear_trend([1.0, 2.0, 3.0, 4.0], [1, 2, 2, 2], block=list("aabb"))
    has_reason(one, "too_few")
    assert (one.effect, one.n_a, one.p_value) == (1.0, 1, None)
    same = linear_trend([0.1, 0.4, 0.2, 0.5], [1, 2, 1, 2], block=list("aabb"))
    has_reason(same, "not_estimable")  # the slopes differ by rounding only


def test_two_groups_need_no_adjustment():
    y, group = [1.0, 2.0, 4.0, 3.5, 5.0, 6.0], list("aaabbb")
    raw = student_t(y[3:], y[:3])
    for (result,) in (dunnett(y, group, "a"), tukey(y, group)):
        assert result.p_adjusted == pytest.approx(raw.p_value, rel=1e-11)
        assert result.conf_low == pytest.approx(raw.conf_low, rel=1e-11)


def test_unstructured_correlation_falls_back_and_says_so():
    # four groups over incomplete blocks of two: no product structure
    group = list("abbccddaacab")
    block = [i // 2 for i in range(len(group))]
    y = [1.0, 2.1, 2.9, 4.2, 1.4, 2.8, 3.1, 2.0, 3.7, 4.4, 1.9, 2.2]
    means = group_means(y, group, block=block)
    rows = np.array([[-1.0, 1, 0, 0], [-1, 0, 1, 0], [-1, 0, 0, 1]])
    covariance = rows @ means.covariance @ rows.T
    assert product_loadings(covariance) is None
    results = dunnett(y, group, "a", block=block)
    assert {r.method for r in results} == {"dunnett_simulated"}
    for result in results:
        assert result.p_value < result.p_adjusted < 3 * result.p_value


@pytest.mark.parametrize("two_sided", [True, False])
def test_fallback_agrees_with_quadrature(two_sided):
    loadings = np.array([0.5, 0.7, 0.6])
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1.0)
    for t in (1.0, 2.5, 4.0):
        ours = simulated_tail(t, correlation, 6.0, two_sided=two_sided)
        assert ours == simulated_tail(t, correlation, 6.0, two_sided=two_sided)  # fixed seed
        exact = max_t_tail(t, loadings, 6.0, two_sided=two_sided)
        assert ours == pytest.approx(exact, abs=2e-5)


def test_tails_keep_their_digits():
    # independent statistics at infinite df: 1 - (1 - p)^m exactly
    tail = max_t_tail(7.0, np.zeros(4), math.inf, two_sided=True)
    one = max_t_tail(7.0, np.zeros(1), math.inf, two_sided=True)
    assert one == pytest.approx(math.erfc(7.0 / math.sqrt(2)), rel=1e-10)
    assert tail == pytest.approx(-math.expm1(4 * math.log1p(-one)), rel=1e-10)


def test_adjust_refuses_nonsense():
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjust([1.2], "holm")
    assert adjust([], "holm") == []
    assert adjust([None, 0.2], "BH") == [None, 0.2]


def _result(**changes):
    fields = {"test": "t", "effect_kind": "mean", "method": "welch_t", "n_a": 3, "n_b": 3,
              "p_value": 0.1, "effect": 1.0, "conf_low": -1.0, "conf_high": 3.0}  # fmt: skip
    return TestResult(**{**fields, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"effect": None}, {"conf_low": None}, {"conf_high": None}, {"statistic": NAN},
        {"p_value": 1.5}, {"p_value": None}, {"status": "too_few"}, {"method": "unheard_of"},
        {"conf_open": "low"}, {"conf_level": 95.0}, {"effect": math.inf},
    ],
)  # fmt: skip
def test_the_record_refuses(changes):
    with pytest.raises(ValueError):
        _result(**changes)


def test_the_record_accepts():
    assert _result().status == "ok"
    assert _result(conf_open="low", conf_low=None).conf_high == 3.0


def test_every_method_sentence_is_a_sentence():
    for name, (sentence, references) in METHODS.items():
        assert sentence.endswith("."), name
        assert references, name
