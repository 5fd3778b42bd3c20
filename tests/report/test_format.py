"""Numbers in the words of the bench."""

import pytest

from exportin.inference.answer import Answer
from exportin.inference.verdicts import verdict
from exportin.report.typeset import interval, number, sentence, shown, value
from exportin.results.digits import beyond, common_places, fixed, significant
from exportin.results.formatting import format_cell, format_estimate
from exportin.results.phrases import status_text
from exportin.results.status import SENTENCES
from exportin.results.typography import typeset


def made(**fields):
    """A row with an interval on the log scale."""
    base = {
        "id": "e_1", "quantity": "ec50", "units": "nM", "scale": "log10", "value": 66.2,
        "conf_low": 52.1, "conf_high": 83.9, "conf_open": "none", "conf_level": 0.95,
        "bound": "=", "status": "ok", "model_low": None, "model_high": None,
    }  # fmt: skip
    return {**base, **fields}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "66 nM (52 to 84)"),
        ({"value": 66.41, "conf_low": 64.8, "conf_high": 68.1}, "66.4 nM (64.8 to 68.1)"),
        ({"value": 98.0, "conf_low": 91.0, "conf_high": 105.0}, "98 nM (91 to 105)"),
        ({"value": 12.4, "conf_low": 8.2, "conf_high": 18.7}, "12.4 nM (8.2 to 18.7)"),
        ({"conf_low": 5.2, "conf_high": 835.0}, "66 nM (5.2 to 840)"),
        ({"conf_high": None, "conf_open": "high"}, "66 nM (at least 52)"),
        ({"conf_low": None, "conf_open": "low"}, "66 nM (at most 84)"),
        ({"conf_low": None, "conf_high": None, "conf_open": "both"}, "66.2 nM (not bounded)"),
        ({"conf_high": None, "conf_open": "high", "interval_level": "within"},
         "66 nM, not bounded above (at least 52)"),
        ({"conf_low": None, "conf_high": None, "conf_open": "both", "interval_level": "within"},
         "66.2 nM, not bounded"),
        ({"conf_low": None, "conf_high": None}, "66.2 nM"),
        (
            {"value": 2000.0, "bound": ">", "conf_low": None, "conf_high": None,
             "conf_open": "high", "status": "at_bound"},
            "> 2000 nM",
        ),
        ({"value": None, "conf_low": None, "conf_high": None, "status": "no_response"},
         "no response"),
        ({"value": None, "conf_low": None, "conf_high": None, "status": "too_few"},
         "not estimated"),
        ({"units": "uM", "value": 0.4, "conf_low": 0.31, "conf_high": 0.52},
         "0.40 µM (0.31 to 0.52)"),
        ({"units": "", "scale": "linear", "value": 0.312, "conf_low": -0.118,
          "conf_high": 0.742}, "0.31 (-0.12 to 0.74)"),
        ({"units": "M", "value": 6.62e-8, "conf_low": 5.21e-8, "conf_high": 8.39e-8},
         "6.6e-8 M (5.2e-8 to 8.4e-8)"),
        ({"units": "%", "scale": "linear", "value": 52.3, "conf_low": 41.0, "conf_high": 63.6},
         "52% (41 to 64)"),
    ],
)  # fmt: skip
def test_estimates_in_bench_style(fields, text):
    assert format_estimate(made(**fields)) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.00321, "0.0032"), (0.0496, "0.0496"), (0.0504, "0.0504"), (0.213, "0.21"),
     (1.0, "1"), (0.9997, "> 0.99"), (3.24e-7, "3.2e-7"), (1e-14, "< 1e-12"), (0.0, "< 1e-12")],
)  # fmt: skip
def test_p_values_are_exact_and_never_zero(p, text):
    assert format_cell({"p_value": p}, "p_value") == text


def test_a_limit_that_repeats_the_bound_is_not_said_again():
    row = made(value=10000.0, bound=">", conf_low=10000.0, conf_high=None, conf_open="high")
    assert format_estimate(row) == "> 10000 nM"
    assert format_estimate({**row, "conf_low": 8000.0}) == "> 10000 nM (from 8000 upwards)"


def test_a_limit_never_leaves_its_side_of_one(study):
    """A ratio of 0.9996 is not 'to 1.00' when the width shows where it ends."""
    row = {**study.comparisons().frame.row(0, named=True), "effect": 0.9968}
    row |= {"conf_low": 0.9941, "conf_high": 0.9996}
    assert format_estimate(row) == "0.997 (0.994 to 1.000)"


def test_sentences_speak_of_doses_only_where_units_are_doses():
    bound = {"bound": ">", "status": "at_bound"}
    assert "doses" in status_text(made(**bound))
    assert "doses" not in status_text(made(**bound, units="d"))
    assert status_text(made()) == ""


def test_only_what_was_not_reached_is_said_not_to_be_reached():
    open_interval = made(bound=">", value=94.42137, status="not_identifiable")
    assert status_text(open_interval) == SENTENCES["not_identifiable"]
    bound = made(bound=">", value=2000.0, status="at_bound", conf_low=None, conf_high=None)
    assert status_text(bound).startswith("Not reached")


@pytest.mark.parametrize(
    ("side", "limit", "interval", "said"),
    [
        (">", {"conf_low": 2970.0}, "from 2970 upwards", "above the doses tested, its"),
        (">", {"conf_low": 4000.0}, "", "Not reached within the doses tested."),
        ("<", {"conf_high": 5500.0}, "from 5500 downwards", "below the doses tested, its"),
        ("<", {"conf_high": 4000.0}, "", "Below the doses tested."),
    ],
)  # fmt: skip
def test_a_bound_and_a_wider_interval_are_told_apart(side, limit, interval, said):
    row = made(value=4000.0, bound=side, status="at_bound") | {"conf_low": None, "conf_high": None}
    row |= {**limit, "conf_open": "high" if side == ">" else "low", "interval_level": "within"}
    assert format_estimate(row) == f"{side} 4000 nM" + (f" ({interval})" if interval else "")
    assert said in status_text(row)
    assert "at least" not in format_estimate(row) + status_text(row)


@pytest.mark.parametrize(
    ("x", "bound", "text"),
    [(2000.0, ">", "2000"), (0.5086, ">", "0.5086"), (508.6 / 1000.0, ">", "0.5086"),
     (0.1 * 3, "<", "0.3"), (94.42137, ">", "94"), (94.42137, "<", "95"), (222.2222, ">", "220"),
     (1042.71, ">", "1040"), (1042.71, "<", "1050"), (9.99999, "<", "10"), (1.99999, "<", "2"),
     (0.0, ">", "0"), (-3.14159, ">", "-3.2"), (-3.14159, "<", "-3.1"), (6.62e-8, ">", "6.62e-8"),
     (6.62607e-8, "<", "6.7e-8"), (123456.0, ">", "123000")],
)  # fmt: skip
def test_a_bound_stays_true_when_rounded(x, bound, text):
    assert beyond(x, bound) == text
    written = float(text)
    assert written <= x * (1 + 1e-9) if bound == ">" and x > 0 else True
    assert format_estimate(made(value=x, bound=bound, conf_low=None, conf_high=None)) == (
        f"{bound} {text} nM"
    )


def test_verdicts_have_the_digits_of_the_table():
    """One number is rounded once: sentence, table and terminal say the same."""
    answer = Answer(test="t", method="paired_t", group_a="a", group_b="b", pairing="paired",
                    p_value=0.0496, p_adjusted=0.08, n_a=3, n_b=3)  # fmt: skip
    shown = (0.9093, 0.1021, 8.1004)
    row = {"effect": shown[0], "conf_low": shown[1], "conf_high": shown[2], "bound": "=",
           "effect_kind": "ratio of ec50", "units": "", "status": "ok", "conf_open": "none",
           "conf_level": 0.95}  # fmt: skip
    text = verdict(answer, shown, ratio=True, units="", unit="experiment", adjust="Holm")
    assert text == (
        "no difference shown: a 0.91 times b (0.10 to 8.10), p = 0.0496 (Holm 0.080), "
        "3 paired experiments"
    )
    assert format_estimate(row) == "0.91 (0.10 to 8.10)"


def test_typesetting():
    assert typeset("-12345") == "−12\u202f345"
    assert typeset("6.6e-8") == "6.6\u00a0×\u00a010⁻⁸"
    assert typeset("1000") == "1000"
    assert typeset("0.12345") == "0.12345"


def test_numbers_carry_row_column_and_full_precision():
    text = str(number(made(), "value"))
    assert 'data-id="e_1"' in text
    assert 'title="value: 66.2 nM"' in text
    assert text.endswith(">66</data>")
    assert number(made(value=None), "value") == ""
    assert value(made(bound=">")).startswith("&gt; <data")
    assert interval(made(conf_low=None, conf_open="low")).startswith("at most <data")


def test_hidden_characters_are_shown():
    assert shown("a\u202eb\x00") == "a\\u202eb\\x00"
    assert shown("µM naïve Ω") == "µM naïve Ω"


def test_digits():
    assert common_places(None, (None, None), log=True) == 0
    assert common_places(0.0, (0.0, 0.0), log=False) == 0
    assert fixed(-0.0004, 2) == "0.00"
    assert fixed(9.96, 0) == "10"
    assert significant(0.0) == "0"
    assert significant(-12.5) == "-12.5"
    with pytest.raises(ValueError, match="cannot be printed"):
        fixed(float("nan"), 2)


def test_differences_of_percent_are_percentage_points():
    answer = Answer(test="t", method="interaction_blocked", measure="interaction", group_a="x",
                    group_b="y", p_value=0.01, n_a=3, n_b=3)  # fmt: skip
    shown_ = (-7.2, -9.1, -5.3)
    text = verdict(answer, shown_, ratio=False, units="%", unit="experiment", adjust="")
    assert text.startswith("x: effect smaller by 7.2 percentage points than y (-9.1 to -5.3), p =")
    row = {"id": "t_1", "effect": -7.2, "conf_low": -9.1, "conf_high": -5.3, "bound": "=",
           "units": "%", "effect_kind": "difference of means", "conf_open": "none",
           "status": "ok"}  # fmt: skip
    assert format_estimate(row) == "-7.2 percentage points (-9.1 to -5.3)"
    assert status_text({**row, "status": "at_bound", "bound": ">"}) == ""


def test_sentences_have_true_minus_signs():
    assert sentence("by -7.2 (-9 to 2e-5), SW-872") == "by −7.2 (−9 to 2\xa0×\xa010⁻⁵), SW-872"
