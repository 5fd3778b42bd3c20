import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportin.tables.names import clean, look_alike_notes, look_alikes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" SW872 ", "SW872"),
        ("SK\u00a0LMS-1", "SK LMS-1"),
        ("A\u200b204", "A204"),
        ("cafe\u0301", "café"),
        ("NA", "NA"),
        ("a  b", "a  b"),
        ("SW872\u00a0", "SW872"),
    ],
)
def test_clean(text: str, expected: str):
    assert clean(text) == expected


@given(st.text(max_size=20))
def test_cleaning_twice_changes_nothing_more(text: str):
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("LP6", "LP-6"),
        ("SW872", "sw 872"),
        ("А204", "A204"),
        ("MDA_MB", "MDA-MB"),
        ("SW 872", "SW\u00a0872"),
    ],
)
def test_names_that_look_alike(first: str, second: str):
    assert look_alikes([first, second, "other"]) == (tuple(sorted((first, second))),)


@pytest.mark.parametrize("pair", [("A204", "A205"), ("SW872", "SW982"), ("a", "b"), ("x", "x")])
def test_names_that_do_not(pair: tuple[str, str]):
    assert look_alikes(pair) == ()


def test_notes_show_what_the_eye_cannot():
    (note,) = look_alike_notes(["А204", "A204"], file="a.csv", column="model")
    assert note.severity == "note"
    assert "\\u0410204" in note.message
    assert "kept apart" in note.message
