import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.tables.missing import missing_cause
from exportin.tables.numbercolumn import read_numbers, settle_format
from exportin.tables.numbers import NumberFormat, decide_decimal, parse_number
from exportin.tables.problems import InputError

finite = st.floats(allow_nan=False, allow_infinity=False)


def decide(*texts: str, declared: str = "", delimiter: str = ";"):
    return decide_decimal(
        texts, declared, file="a.csv", place=lambda i: f"cell {i + 1}", delimiter=delimiter
    )


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("25104", ".", 25104),
        ("+1.5e-3", ".", 0.0015),
        ("1,5E3", ",", 1500),
        ("\u22120.5", ".", -0.5),
        ("1,234.5", ".", 1234.5),
        ("1.234,5", ",", 1234.5),
        ("1.234.567", ",", 1234567),
        ("12\u00a0345,6", ",", 12345.6),
        ("12\u202f345\u202f678", ".", 12345678),
        (".5", ".", 0.5),
        ("5.", ".", 5),
        (" 7 ", ".", 7),
    ],
)
def test_numbers(text: str, decimal: str, number: float):
    assert parse_number(text, decimal) == number


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        *[
            (word, ".")
            for word in ("", "-", "NA", "OVRFLW", "nan", "NaN", "inf", "-inf", ".", "1e999")
        ],
        *[
            (word, ".")
            for word in ("0,5", "1,23", "1,2345", "0,123", "12,34.5", "1.2.3", "0x1F", "1_000")
        ],
        *[(word, ",") for word in ("0.5", "1.23", "1,234.5")],
        *[
            (word, ".")
            for word in ("45 %", "1 234", "12\u00a034", "١٢", "1e", "--5", "1,234e5x", "5 nM")
        ],
    ],
)
def test_not_numbers(text: str, decimal: str):
    assert parse_number(text, decimal) is None


@given(finite)
@settings(max_examples=300)
def test_any_float_reads_back_exactly_with_point_and_comma(number: float):
    text = repr(number)
    assert parse_number(text, ".") == number
    assert parse_number(text.replace(".", ","), ",") == number


@given(st.integers(-(10**14), 10**14), st.sampled_from([".", ","]))
def test_grouped_thousands_read_back(number: int, decimal: str):
    mark = "," if decimal == "." else "."
    assert parse_number(f"{number:,}".replace(",", mark), decimal) == number
    assert parse_number(f"{number:,}".replace(",", "\u202f"), decimal) == number


@given(st.text(max_size=20))
def test_any_text_is_number_or_none(text: str):
    for decimal in ".,":
        number = parse_number(text, decimal)
        assert number is None or math.isfinite(number)
    missing_cause(text)


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1.234,5"], ","),
        (["0,5"], ","),
        (["1,234.5"], "."),
        (["0.5"], "."),
        (["12,5", "OVRFLW", ""], ","),
        (["1234,567"], ","),
        (["12,345,678"], "."),
        (["25104", "NA"], "."),
        (["1e-5"], "."),
    ],
)
def test_clear_decimal_marks(texts: list[str], mark: str):
    assert decide(*texts) == (mark, ())


def test_mixed_decimal_marks_are_refused_with_both_places():
    with pytest.raises(InputError) as caught:
        decide("7", "0.5", "0,5")
    (problem,) = caught.value.problems
    assert str(problem) == (
        "a.csv: cell 3: '0,5' has a decimal comma but '0.5' (cell 2) has a decimal point. "
        "Export the whole file with one decimal mark."
    )


@pytest.mark.parametrize("text", ["1,234", "1.234"])
def test_ambiguous_decimal_is_refused_with_what_to_write(text: str):
    with pytest.raises(InputError) as caught:
        decide("12", text)
    (problem,) = caught.value.problems
    assert problem.code == "ambiguous-decimal"
    assert problem.place == "cell 2"
    assert "1.234 or 1234" in problem.message
    assert 'decimal = ","' in problem.remedy


def test_declared_decimal_settles_it():
    assert decide("1,234", declared=",") == (",", ())
    assert parse_number("1,234", ",") == 1.234


def test_commas_between_cells_settle_a_point_with_a_note():
    mark, (note,) = decide("1.234", delimiter=",")
    assert (mark, note.code, note.severity) == (".", "decimal-assumed", "note")


def test_thousands_beside_proof_are_noted():
    mark, (note,) = decide("0.5", "1,234")
    assert (mark, note.code, note.severity) == (".", "thousands-read", "note")
    assert "'1,234' was read as 1234" in note.message


@pytest.mark.parametrize(
    "word",
    ["OVRFLW", "OVER", "Overflow", "#SAT", ">60000", "> 60000", "<LOD", "<0.1", "<0,1", "≤ 5",
     "n.d.", "nd", "NA", "N/A", "#DIV/0!", "#N/A", "-", "---", "NaN", "inf", "-Inf"],
)  # fmt: skip
def test_missing_words_are_kept_and_never_zero(word: str):
    column = read_numbers([word, "1"], NumberFormat("."), file="a.csv", place=str)
    assert column.values == (None, 1.0)
    assert column.causes == (word, "")
    assert column.problems == ()
    assert f"1 values are missing or censored: {word} (1)." in column.notes[0].message


def test_empty_cell_is_missing_without_fuss():
    column = read_numbers(["", "1"], NumberFormat("."), file="a.csv", place=str)
    assert (column.values, column.causes, column.notes) == ((None, 1.0), ("empty", ""), ())


def test_words_percent_and_wrong_marks_are_problems_with_places():
    texts = ["45 %", "blank", "0,5"]
    column = read_numbers(texts, NumberFormat("."), file="a.csv", place=lambda i: f"cell {i}")
    assert [problem.code for problem in column.problems] == [
        "percent-sign", "not-a-number", "not-a-number",
    ]  # fmt: skip
    assert column.problems[0].message == "'45 %' has a percent sign."
    assert "Remove the percent sign" in column.problems[0].remedy
    assert column.problems[2].place == "cell 2"
    assert column.problems[2].message == "'0,5' is not a number with a decimal point."


def test_many_problems_are_counted():
    column = read_numbers(["x"] * 80, NumberFormat("."), file="a.csv", place=str)
    assert len(column.problems) == 51
    assert column.problems[-1].message == "30 more cells have the same problem."


def settled(texts, declared=""):
    return settle_format(texts, declared, file="a.xlsx", place=str, delimiter="")


def test_stored_numbers_of_workbooks_have_a_point_whatever_is_declared():
    form, notes = settled(["0.5", "25104"], ",")
    assert (form.parse("0.5"), form.parse("25104"), notes) == (0.5, 25104.0, ())


def test_text_cells_of_workbooks_may_have_a_decimal_comma():
    form, (note,) = settled(["97,15", "0,400", "12.5", "3"])
    assert [form.parse(text) for text in ("97,15", "0,400", "12.5", "3")] == [97.15, 0.4, 12.5, 3]
    assert (note.code, note.place) == ("comma-in-text", "0")
    form, _ = settled(["1,234"], ",")
    assert form.parse("1,234") == 1.234


def test_a_comma_that_may_be_a_thousand_is_refused_in_workbooks():
    with pytest.raises(InputError) as refused:
        settled(["1,234", "12.5"])
    assert "1,234" in str(refused.value)
