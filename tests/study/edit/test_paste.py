"""Cells pasted from a spreadsheet: each lands in the well a person means, or none does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.study.edit.paste import parse_paste
from exportin.tables.problems import InputError
from exportin.tables.wells import PLATES, row_letters, well_name

TEXTS = st.sampled_from(["", "DMSO", "0,5", "1.5", "drug A", "x;y", "µ"])


def wells(text: str, **where: object) -> dict[str, str]:
    found = parse_paste(text, **{"size": 96, **where})  # type: ignore[arg-type]
    return {cell.well: cell.text for cell in found}


def test_cells_from_a_well_on() -> None:
    assert wells("a\tb\r\nc\t\r\n", at="g11") == {"G11": "a", "G12": "b", "H11": "c", "H12": ""}
    assert wells("one", at="AF48", size=1536) == {"AF48": "one"}
    assert wells("0,5\n1,5\n") == {"A01": "0,5", "B01": "1,5"}
    assert wells("a,b\nc,d") == {"A01": "a", "A02": "b", "B01": "c", "B02": "d"}
    assert wells('"two\nlines"\tb') == {"A01": "two lines", "A02": "b"}


def test_letters_and_numbers_say_where() -> None:
    text = "\t2\t3\nC\tx\ty\nD\t\tz\n"
    want = {"C02": "x", "C03": "y", "D02": "", "D03": "z"}
    assert wells(text) == wells(text, at="H12") == wells("dose" + text) == want


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([96, 384]), st.booleans())
def test_any_rectangle(data: st.DataObject, size: int, headed: bool) -> None:
    height, width = PLATES[size]
    top, left = data.draw(st.integers(0, height - 2)), data.draw(st.integers(0, width - 2))
    rows = data.draw(st.integers(1 + headed, min(5, height - top)))
    columns = data.draw(st.integers(1 + headed, min(5, width - left)))
    cells = [[data.draw(TEXTS) for _ in range(columns)] for _ in range(rows)]
    cells[-1][-1] = "end"
    lines = [list(row) for row in cells]
    if headed:
        lines = [[row_letters(top + at), *row] for at, row in enumerate(lines)]
        lines = [["", *(str(left + at + 1) for at in range(columns))], *lines]
    elif columns == 1:
        lines = [[*row, ""] for row in lines]  # so that there is a tab
    text = "\n".join("\t".join(row) for row in lines)
    found = wells(text, at=well_name(top, left), size=size)
    want = {well_name(top + r, left + c): cells[r][c] for r in range(rows) for c in range(columns)}
    assert {well: text for well, text in found.items() if text} == {
        well: text for well, text in want.items() if text
    }


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("", {}, "empty-paste"),
        (" \n\t\n", {}, "empty-paste"),
        ("a", {"at": "A13"}, "well-outside-plate"),
        ("a", {"at": "nowhere"}, "not-a-well"),
        ("a", {"size": 100}, "plate-size"),
        ("a\tb", {"at": "A12"}, "too-large"),
        ("\n".join(["x\ty"] * 9), {}, "too-large"),
        ("\n".join(["\t".join("x" * 8)] * 12), {}, "too-large"),
        ("\tA\tB\n1\tx\ty\n2\tz\tw\n", {}, "transposed-grid"),
        ("\t1\t3\nA\tx\ty\nB\tx\ty\n", {}, "column-numbers"),
        ("\t1\t2\nB\tx\ty\nA\tx\ty\n", {}, "column-numbers"),
        ("\t12\t13\nA\tx\ty\nB\tx\ty\n", {}, "too-large"),
        ('"a\tb', {}, "bad-quotes"),
        ("x" * 1_000_001, {}, "empty-paste"),
    ],
)
def test_what_is_refused(text: str, where: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        wells(text, **where)
    assert {problem.code for problem in caught.value.problems} == {code}
    assert all(problem.remedy for problem in caught.value.problems)


def test_turned_plate_gets_a_hint() -> None:
    with pytest.raises(InputError, match="transpose"):
        wells("\n".join(["\t".join("x" * 8)] * 12))
