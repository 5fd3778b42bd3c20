"""Questions between groups: hand-checkable cases, bounds, errors, families and type I error."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exportin.inference.contrasts import Contrast, compare_units
from exportin.inference.methods import METHODS
from exportin.results.tables import Estimates
from exportin.tables.problems import InputError

KNOWN = {method.name for method in METHODS}
WHAT = {"block": "b", "assay": "a", "quantity": "ic50", "scale": "log10", "units": "nM",
        "method": "m", "experimental_unit": "experiment"}  # fmt: skip


def rows(arm, values, *, shared=True, **more):
    """One row per unit; a value is a number, '>2000', '<1' or None."""
    made = []
    for i, value in enumerate(values, start=1):
        row = WHAT | {"arm": arm, "unit_id": f"E{i}" if shared else f"{arm}{i}"} | more
        if isinstance(value, str):
            row |= {"value": float(value[1:]), "bound": value[0], "status": "at_bound",
                    "conf_open": "high" if value[0] == ">" else "low"}  # fmt: skip
        elif value is None:
            row |= {"value": None, "status": "all_flagged"}
        else:
            row |= {"value": value}
        made.append(row)
    return made


def ask(*given, **more):
    table = Estimates.build([row for part in given for row in part])
    question = {"quantity": "ic50", "between": "arm"} | more
    found = compare_units(table, Contrast(**question)).frame.to_dicts()
    assert all(row["method"] in KNOWN and row["verdict"] for row in found)
    return found


def one(*given, **more):
    (row,) = ask(*given, **more)
    return row


def test_the_same_units_in_both_groups_are_pairs():
    a, b = [20.0, 42.0, 30.0], [10.0, 18.0, 17.0]
    row = one(rows("drug", a), rows("vehicle", b), versus="vehicle")
    expected = stats.ttest_rel(np.log10(a), np.log10(b))
    assert (row["pairing"], row["method"], row["n_a"]) == ("paired", "paired_t", 3)
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert row["effect"] == pytest.approx(10 ** np.mean(np.log10(a) - np.log10(b)))
    assert row["effect_kind"] == "ratio of ic50"
    assert (row["units"], row["family"]) == ("", "one test (ic50 by arm)")
    assert row["verdict"].startswith("drug 2.0 times vehicle (1.4 to 2.9), p = 0.013")
    assert row["verdict"].endswith("3 paired experiments")


def test_other_units_are_independent_and_welch_is_the_default():
    a, b = [20.0, 42.0, 30.0], [10.0, 18.0, 17.0, 12.0]
    given = rows("drug", a, shared=False), rows("vehicle", b, shared=False)
    row = one(*given, versus="vehicle", effect="difference")
    expected = stats.ttest_ind(a, b, equal_var=False)
    assert (row["pairing"], row["method"]) == ("unpaired", "welch_t")
    assert row["p_value"] == pytest.approx(expected.pvalue, rel=1e-9)
    assert (row["effect_kind"], row["units"]) == ("difference of means", "nM")
    assert row["effect"] == pytest.approx(np.mean(a) - np.mean(b))
    assert "3 and 4 experiments" in row["verdict"]
    assert "drug minus vehicle: " in row["verdict"]


def test_ratio_of_linear_data_works_on_logarithms():
    given = rows("a", [2.0, 4.0], scale="linear"), rows("b", [1.0, 1.0], scale="linear")
    row = one(*given, versus="b", effect="ratio")
    assert row["effect"] == pytest.approx(math.sqrt(8.0))
    row = one(rows("a", [2.0, 0.0]), rows("b", [1.0, 1.0]), versus="b")
    assert (row["status"], row["p_value"]) == ("not_identifiable", None)
    assert "logarithm" in row["verdict"]


def test_incomplete_pairs_are_left_out_and_counted():
    row = one(rows("a", [2.0, 4.0, 3.0, 5.0]), rows("b", [1.0, 1.5, 1.2]), versus="b")
    assert (row["n_a"], row["pairing"]) == (3, "paired")
    assert row["verdict"].endswith("1 experiment left out")


def test_units_without_value_count_once():
    row = one(rows("a", [2.0, 4.0, 3.0, None]), rows("b", [1.0, 1.5, 1.2, None]), versus="b")
    assert row["verdict"].endswith("1 experiment left out")


def test_one_unit_is_a_row_and_no_error():
    row = one(rows("a", [2.0]), rows("b", [1.0]), versus="b")
    assert (row["status"], row["p_value"], row["effect"]) == ("too_few", None, pytest.approx(2.0))
    assert row["verdict"].startswith("not estimable: ")
    row = one(rows("a", [2.0], shared=False), rows("b", [1.0, 2.0], shared=False), versus="b",
              test="t")  # fmt: skip
    assert (row["status"], row["p_value"]) == ("too_few", None)


@pytest.mark.parametrize("adjust", ["holm", "dunnett"])
def test_a_group_of_one_unit_borrows_no_spread(adjust):
    given = [rows("a", [1.0, 2.0, 1.5]), rows("b", [4.0, 5.0, 4.4]), rows("c", [3.0])]
    found = ask(*given, versus="a", adjust=adjust)
    assert [(row["group_a"], row["status"]) for row in found] == [("b", "ok"), ("c", "too_few")]


def test_more_groups_in_the_same_units_use_the_blocked_model():
    rng = np.random.default_rng(1)
    block = rng.normal(size=4)
    y = {g: i + block + 0.3 * rng.normal(size=4) for i, g in enumerate("abc")}
    found = ask(*(rows(g, list(10**v)) for g, v in y.items()), versus="a")
    matrix = np.array(list(y.values()))
    rest = matrix - matrix.mean(0) - matrix.mean(1)[:, None] + matrix.mean()
    error = math.sqrt((rest**2).sum() / 6 * 2 / 4)
    t = (y["b"].mean() - y["a"].mean()) / error
    assert [row["method"] for row in found] == ["blocked_contrast"] * 2
    assert found[0]["statistic"] == pytest.approx(t)
    assert found[0]["df"] == 6.0
    assert found[0]["p_value"] == pytest.approx(2 * stats.t.sf(abs(t), 6))


def test_one_family_spans_all_strata():
    rng = np.random.default_rng(2)
    given = [rows(arm, list(np.exp(rng.normal(size=4) + i)), model=f"m{k}")
             for k in range(3) for i, arm in enumerate("abc")]  # fmt: skip
    found = ask(*given, versus="a", within=("model",))
    p = np.array([row["p_value"] for row in found])
    order = np.argsort(p)
    holm = np.minimum(1, np.maximum.accumulate((6 - np.arange(6)) * p[order]))
    assert np.array([row["p_adjusted"] for row in found])[order] == pytest.approx(holm)
    assert {row["family"] for row in found} == {"Holm over 6 tests (ic50 by arm within model)"}
    none = ask(*given, versus="a", within=("model",), adjust="none")
    assert all(row["p_adjusted"] is None for row in none)


def test_dunnett_over_strata_is_bonferroni_over_them():
    rng = np.random.default_rng(3)
    y = {(k, arm): np.exp(rng.normal(size=4) + i) for k in "xy" for i, arm in enumerate("abc")}
    given = [rows(arm, list(v), model=k) for (k, arm), v in y.items()]
    both = ask(*given, versus="a", within=("model",), adjust="dunnett")
    alone = ask(*given[:3], versus="a", within=("model",), adjust="dunnett")
    assert both[0]["p_adjusted"] == pytest.approx(min(1, 2 * alone[0]["p_adjusted"]))
    assert "Bonferroni over 2 strata" in both[0]["family"]
    assert alone[0]["family"] == "Dunnett over 2 tests (ic50 by arm within model)"
    expected = stats.dunnett(*(np.log10(y["x", g]) for g in "bc"), control=np.log10(y["x", "a"]))
    free = [rows(arm, list(y["x", arm]), shared=False) for arm in "abc"]
    found = ask(*free, versus="a", adjust="dunnett")
    assert found[0]["p_adjusted"] == pytest.approx(expected.pvalue[0], abs=1e-3)


@pytest.mark.parametrize("adjust", ["holm", "hochberg", "bonferroni", "bh", "dunnett", "tukey"])
@pytest.mark.parametrize("shared", [True, False])
def test_one_single_comparison_is_adjusted_by_no_method(adjust, shared):
    given = [rows(g, v, shared=shared) for g, v in
             (("a", [1.0, 2.0, 1.4]), ("b", [4.0, 5.0, 7.0]))]  # fmt: skip
    how = {"all_pairs": True} if adjust == "tukey" else {"versus": "a"}
    row = one(*given, adjust=adjust, **how)
    assert row["family"] == "one test (ic50 by arm)"
    assert row["p_adjusted"] == pytest.approx(row["p_value"], rel=1e-6)
    assert not any(word in row["verdict"] for word in ("Holm", "Dunnett", "Tukey", "adjust"))


def test_one_comparison_in_each_stratum_is_adjusted_over_the_strata_alone():
    values = {"x": ([1.0, 2.0, 1.4], [4.0, 5.0, 7.0]), "y": ([1.0, 1.2, 1.4], [9.0, 5.0, 7.0])}
    given = [rows(g, list(v), model=k) for k, pair in values.items()
             for g, v in zip("ab", pair, strict=True)]  # fmt: skip
    found = ask(*given, versus="a", within=("model",), adjust="dunnett")
    assert {row["family"] for row in found} == {
        "Bonferroni over 2 tests (ic50 by arm within model)"
    }
    for row in found:
        assert row["p_adjusted"] == pytest.approx(min(1, 2 * row["p_value"]), rel=1e-6)
        assert "(Bonferroni " in row["verdict"]


def test_tukey_compares_later_with_earlier_groups():
    given = [rows(g, v, shared=False) for g, v in
             (("a", [1.0, 2.0]), ("b", [4.0, 5.0]), ("c", [9.0, 8.0]))]  # fmt: skip
    found = ask(*given, all_pairs=True, adjust="tukey", effect="difference")
    assert [(r["group_a"], r["group_b"]) for r in found] == [("b", "a"), ("c", "a"), ("c", "b")]
    expected = stats.tukey_hsd([1.0, 2.0], [4.0, 5.0], [9.0, 8.0]).pvalue
    found_p = [row["p_adjusted"] for row in found]
    assert found_p == pytest.approx([expected[0, 1], expected[0, 2], expected[1, 2]], rel=1e-6)
    turned = ask(*given, all_pairs=True, adjust="tukey", effect="difference",
                 groups=("c", "b", "a"))  # fmt: skip
    assert turned[0]["effect"] == pytest.approx(-4.0)


def test_a_bound_forbids_dunnett_and_holm_takes_its_place():
    given = [rows("a", [1.0, 2.0, 1.5]), rows("b", [4.0, 5.0, 4.4]), rows("c", [">9", 7.0, 8.0])]
    found = ask(*given, versus="a", adjust="dunnett")
    assert all("Holm over 2 tests" in row["family"] for row in found)
    assert "Dunnett needs exact values" in found[0]["family"]


def test_pairs_with_bounds_use_the_censored_likelihood():
    row = one(rows("a", [20.0, 42.0, ">100"]), rows("b", [10.0, 18.0, 17.0]), versus="b")
    assert (row["method"], row["n_a"]) == ("censored_paired", 3)
    assert row["effect"] > 2.0
    assert 0.0 < row["p_value"] < 1.0


def test_bounds_that_hide_a_difference_are_left_out():
    row = one(rows("a", [20.0, 42.0, 30.0, ">100"]), rows("b", [10.0, 18.0, 17.0, ">100"]),
              versus="b")  # fmt: skip
    plain = one(rows("a", [20.0, 42.0, 30.0]), rows("b", [10.0, 18.0, 17.0]), versus="b")
    assert (row["method"], row["n_a"]) == ("paired_t", 3)
    assert row["p_value"] == pytest.approx(plain["p_value"])
    assert "1 experiment left out" in row["verdict"]


def test_bounds_everywhere_leave_the_sign_test():
    row = one(rows("a", [">2000"] * 6), rows("b", [10.0, 18.0, 17.0, 30.0, 40.0, 100.0]),
              versus="b")  # fmt: skip
    assert (row["method"], row["bound"], row["status"]) == ("sign_exact", ">", "at_bound")
    assert row["p_value"] == pytest.approx(2 * 0.5**6)
    assert row["effect"] == pytest.approx(20.0)
    assert row["verdict"] == (
        "in all 6 experiments a was higher than b, by at least 20-fold in each, p = 0.031 by the "
        "sign test"
    )
    row = one(rows("a", [">30"] * 3), rows("b", [20.0, 18.0, 17.0]), versus="b")
    assert row["verdict"] == (
        "in all 3 experiments a was higher than b, by at least 1.5-fold in each; the sign test "
        "cannot go below p = 0.25 with 3 pairs, so no difference is shown"
    )
    mixed = one(rows("a", [">30", ">30", "<3"]), rows("b", [20.0, 18.0, 17.0]), versus="b")
    assert "shown" in mixed["verdict"] or "not estimable" in mixed["verdict"]
    lower = one(rows("a", ["<1"] * 6), rows("b", [4.0] * 6), versus="b", effect="difference")
    assert "a was lower than b, by at least 3 nM in each" in lower["verdict"]
    row = one(rows("a", [">5", ">5", 7.0]), rows("b", [10.0, 18.0, 17.0]), versus="b")
    assert (row["p_value"], row["status"]) == (None, "at_bound")


def test_independent_groups_with_bounds_are_permuted():
    a, b = [">2000"] * 4, [10.0, 18.0, 17.0, 30.0]
    row = one(rows("a", a, shared=False), rows("b", b, shared=False), versus="b")
    assert (row["method"], row["bound"]) == ("gehan_permutation", ">")
    assert row["p_value"] == pytest.approx(2 / math.comb(8, 4))
    assert row["effect"] == pytest.approx(2000 / math.sqrt(17 * 18))
    row = one(rows("a", [">1"] * 3, shared=False), rows("b", [">1"] * 3, shared=False), versus="b")
    assert (row["p_value"], row["status"]) == (None, "not_identifiable")


def test_an_open_interval_enters_as_its_bound():
    curve = rows("a", [20.0, 42.0, 1e6])
    curve[2] |= {"conf_open": "high", "conf_low": 40.0}
    row = one(curve, rows("b", [10.0, 18.0, 17.0]), versus="b")
    assert row["method"] == "censored_paired"
    assert row["effect"] < 10.0  # and not pulled away by a million


def test_technical_intervals_and_pooled_rows_never_enter():
    narrow = [
        row | {"conf_low": row["value"] * 0.99, "conf_high": row["value"] * 1.01,
               "interval_level": "within"}
        for row in rows("a", [20.0, 42.0, 30.0])
    ]  # fmt: skip
    other = rows("b", [10.0, 18.0, 17.0])
    pooled = [row | {"unit_id": None} for row in rows("a", [1e9])]
    plain = one(rows("a", [20.0, 42.0, 30.0]), other, versus="b")
    assert one(narrow, other, pooled, versus="b")["p_value"] == plain["p_value"]


def test_a_unit_without_response_is_not_dropped_in_silence():
    a = rows("a", [20.0, 42.0, None])
    a[2] |= {"status": "no_response"}
    row = one(a, rows("b", [10.0, 18.0, 17.0]), versus="b")
    assert (row["status"], row["p_value"]) == ("not_identifiable", None)


def test_difference_of_differences_within_experiments():
    y = {("d", "kd"): [5.0, 6.0, 7.5], ("v", "kd"): [1.0, 2.0, 3.0],
         ("d", "wt"): [3.0, 4.0, 5.0], ("v", "wt"): [1.0, 2.2, 3.0]}  # fmt: skip
    given = [rows(arm, v, line=line, scale="linear") for (arm, line), v in y.items()]
    row = one(*given, versus="v", modifier="line", modifier_versus="wt")
    expected = stats.ttest_1samp([2.0, 2.2, 2.5], 0.0)
    assert (row["method"], row["effect_kind"]) == ("interaction_blocked",
                                                   "difference of differences")  # fmt: skip
    assert (row["group_a"], row["group_b"]) == ("d vs v in kd", "d vs v in wt")
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["effect"] == pytest.approx(6.7 / 3)
    turned = one(*given, versus="v", modifier="line", modifier_versus="kd")
    assert "effect smaller by 2.2" in turned["verdict"]
    assert "by -" not in turned["verdict"]
    ratio = one(*given, versus="v", modifier="line", modifier_versus="wt", effect="ratio")
    assert ratio["effect_kind"] == "ratio of ratios"


def test_each_line_with_experiments_of_its_own_is_split():
    """Units pair treatments within a line; lines are independent."""
    y = {("d", "kd"): [5.0, 6.0, 7.5], ("v", "kd"): [1.0, 2.0, 3.0],
         ("d", "wt"): [3.0, 4.0, 5.1], ("v", "wt"): [1.0, 2.2, 3.0]}  # fmt: skip
    given = [
        [row | {"unit_id": f"{line}{row['unit_id']}"}
         for row in rows(arm, v, line=line, scale="linear")]
        for (arm, line), v in y.items()
    ]  # fmt: skip
    row = one(*given, versus="v", modifier="line", modifier_versus="wt")
    expected = stats.ttest_ind([4.0, 4.0, 4.5], [2.0, 1.8, 2.1], equal_var=False)
    assert row["method"] == "interaction_split"
    assert row["p_value"] == pytest.approx(expected.pvalue)


def test_overall_and_trend():
    y = [[1.0, 1.2, 1.1], [2.1, 1.9, 2.2], [3.2, 3.0, 2.8]]
    given = [rows(g, v, shared=False) for g, v in zip(("1", "10", "100"), y, strict=True)]
    row = one(*given, test="anova", effect="difference")
    assert row["p_value"] == pytest.approx(stats.f_oneway(*y).pvalue)
    assert (row["group_a"], row["group_b"]) == ("arm", None)
    assert row["effect_kind"] == "partial eta squared"
    row = one(*given, test="kruskal-wallis")
    assert row["p_value"] == pytest.approx(stats.kruskal(*y).pvalue)
    row = one(*given, trend=True, effect="difference", groups=("1", "10", "100"))
    slope = stats.linregress(np.repeat([0.0, 1.0, 2.0], 3), np.ravel(y))
    assert row["effect"] == pytest.approx(slope.slope)
    assert row["p_value"] == pytest.approx(slope.pvalue)
    numbers = one(*given, trend=True, effect="difference")
    assert numbers["effect_kind"] == "slope per unit of arm"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ({"quantity": "ic5"}, "no quantity 'ic5'. Did you mean 'ic50'?"),
        ({"between": "arn"}, "Did you mean 'arm'?"),
        ({"within": ("modell",)}, "Did you mean 'model'?"),
        ({"versus": "vehicl"}, "Did you mean 'vehicle'?"),
        ({"groups": ("drug", "vehicel")}, "Did you mean 'vehicle'?"),
        ({"groups": ("drug",)}, "fewer than two groups"),
        ({}, "it is not said which to compare"),
        ({"versus": "drug", "adjust": "tukey"}, "Tukey compares all pairs"),
        ({"adjust": "dunnett", "all_pairs": True}, "versus is missing"),
        ({"trend": True}, "are no numbers"),
        ({"versus": "drug", "modifier": "model", "modifier_versus": "y"}, "is no level of model"),
        ({"test": "two-way-anova"}, "needs a second factor"),
        ({"versus": "drug", "pairing": "paired", "test": "welch"}, "independent groups"),
    ],
)
def test_faults_name_place_and_remedy(question, text):
    given = [rows(arm, [1.0, 2.0], model=m) for arm in ("drug", "other", "vehicle") for m in "xz"]
    within = {} if "modifier" in question else {"within": ("model",)}
    with pytest.raises(InputError) as caught:
        ask(*given, **(within | {"place": "block.v.compare.0"} | question))
    assert text in str(caught.value)
    assert all(p.place == "block.v.compare.0" and p.remedy for p in caught.value.problems)


def test_several_values_of_one_unit_are_refused():
    given = [rows(arm, [1.0, 2.0], model=m) for arm in ("drug", "vehicle") for m in "xy"]
    with pytest.raises(InputError, match=r'differ by .model.*within = \["model"\]'):
        ask(*given, versus="vehicle")


def test_a_group_missing_in_one_stratum_is_no_error():
    given = [rows("a", [1.0, 2.0], model="x"), rows("b", [3.0, 4.5], model="x"),
             rows("a", [1.0, 2.0], model="y")]  # fmt: skip
    found = ask(*given, versus="b", within=("model",))
    assert [row["status"] for row in found] == ["ok", "too_few"]


VALUES = st.lists(st.floats(0.01, 100.0), min_size=3, max_size=5)


@settings(max_examples=25, deadline=None)
@given(a=VALUES, b=VALUES, shared=st.booleans(), factor=st.sampled_from([1e-3, 1e3]))
def test_units_and_row_order_do_not_change_a_ratio(a, b, shared, factor):
    given = [*rows("a", a, shared=shared), *rows("b", b, shared=shared)]
    first = one(given, versus="b")
    moved = [row | {"value": row["value"] * factor, "units": "uM"} for row in reversed(given)]
    second = one(moved, versus="b")
    assert (first["effect"] is None) == (second["effect"] is None)
    if first["p_value"] is not None and second["p_value"] is not None:
        assert second["effect"] == pytest.approx(first["effect"], rel=1e-6)
        assert second["p_value"] == pytest.approx(first["p_value"], rel=1e-4, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    a=st.lists(st.one_of(st.none(), st.sampled_from([1.0, 5.0, ">2", ">100", "<3", "<0.1"]),
                         st.floats(0.01, 100.0)), max_size=5),
    b=st.lists(st.one_of(st.none(), st.sampled_from([1.0, 5.0, ">2", "<3"]),
                         st.floats(0.01, 100.0)), max_size=5),
    shared=st.booleans(), side=st.sampled_from(["two-sided", "less", "greater"]),
    test=st.sampled_from(["auto", "t", "welch", "mann-whitney", "wilcoxon"]),
)  # fmt: skip
def test_whatever_the_units_say_every_answer_has_words(a, b, shared, side, test):
    if not a or not b:
        return
    row = one(rows("a", a, shared=shared), rows("b", b, shared=shared), versus="b", test=test,
              alternative=side)  # fmt: skip
    assert row["status"] != "ok" or row["p_value"] is not None
    assert "nan" not in row["verdict"]


def _share_of_errors(runs, draw):
    rng = np.random.default_rng(20210217)
    return sum(draw(rng) for _ in range(runs)) / runs


def test_type_one_error_in_blocked_experiments():
    """Experiments differ tenfold; the groups do not."""

    def draw(rng):
        block = rng.normal(0, 1.0, 4)
        given = [rows(g, list(10 ** (block + rng.normal(0, 0.1, 4)))) for g in "abc"]
        return any(row["p_adjusted"] < 0.05 for row in ask(*given, versus="a"))

    runs = 500
    share = _share_of_errors(runs, draw)
    assert share <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


def test_type_one_error_with_bounds_in_pairs():
    def draw(rng):
        top = 1.0
        block = rng.normal(0, 0.3, 5)
        made = []
        for g in "ab":
            y = block + rng.normal(0, 0.3, 5) + 0.6
            made.append(rows(g, [f">{10**top}" if v > top else float(10**v) for v in y]))
        (row,) = ask(*made, versus="a")
        return row["p_value"] is not None and row["p_value"] < 0.05

    runs = 400
    assert _share_of_errors(runs, draw) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


def test_animals_with_the_same_number_in_two_arms_are_never_paired_silently():
    rows = [
        {"block": "b", "assay": "a", "quantity": "value", "method": "m", "arm": arm,
         "experimental_unit": "animal", "unit_id": str(i), "value": float(v)}
        for arm, values in (("drug", (1, 2, 4)), ("vehicle", (3, 5, 4)))
        for i, v in enumerate(values)
    ]  # fmt: skip
    estimates = Estimates.build(rows)
    ask = {"quantity": "value", "between": "arm", "versus": "vehicle"}
    with pytest.raises(InputError, match="animal '0' stands in more than one arm") as refused:
        compare_units(estimates, Contrast(**ask))
    assert 'pairing = "unpaired"' in str(refused.value)
    for pairing in ("paired", "unpaired"):
        row = compare_units(estimates, Contrast(**ask, pairing=pairing)).frame.row(0, named=True)
        assert row["pairing"] == pairing
