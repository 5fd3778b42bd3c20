"""Doses as they are typed and pasted: what can be read in two ways is never guessed."""

from pathlib import Path
from typing import Any

import pytest

from exportin.study.edit.doses import dose_text, read_doses
from exportin.study.edit.layout_table import layout_table, save_layout
from exportin.tables.problems import InputError

BLOCK = "viability"


def treated(well: str, dose: str) -> dict[str, str]:
    return {"well": well, "role": "treated", "treatment": "x", "dose": dose, "dose_unit": "nM"}


@pytest.mark.parametrize(
    ("typed", "remedy"),
    [
        ("1,000", "Write 1000 or 1.0."),
        ("2.000", "Write 2000 or 2.0."),
        ("1,250", "Write 1250 or 1.25."),
        ("3,125", "Write 3125 or 3.125."),
        ("1,000,000", "without them"),
        ("1.234,5", "without them"),
        ("1 000", "without them"),
        ("abc", "0.5 or 1000"),
        ("5 uM", "its unit stands in dose_unit"),
        ("-5", "zero or more"),
        ("nan", "0.5 or 1000"),
    ],
)
def test_what_is_no_dose_or_two(typed: str, remedy: str, study: Path) -> None:
    before = (study / "layout.csv").read_bytes()
    assert remedy in dose_text(typed)[1][1]
    with pytest.raises(InputError) as caught:
        save_layout(study, BLOCK, [treated("A01", typed), {"well": "A02", "role": "vehicle"}])
    assert "well A01" in {problem.place for problem in caught.value.problems}
    assert remedy in " ".join(problem.remedy for problem in caught.value.problems)
    assert (study / "layout.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "meant"), [("0,5", "0.5"), ("15.625", "15.625"), ("0,125", "0.125"), ("1000", "1000")]
)
def test_what_is_one_dose(typed: str, meant: str, study: Path) -> None:
    table = save_layout(study, BLOCK, [treated("A01", typed)])
    assert table.rows[0]["dose"] == meant


def test_cells_of_one_block_tell_of_each_other() -> None:
    cells = [("well A01", "12,5"), ("well A02", "3,125"), ("well A03", "50")]
    assert read_doses("pasted", cells) == (["12.5", "3.125", "50"], [])
    _, problems = read_doses("pasted", [("A1", "12,5"), ("A2", "1.000"), ("A3", "abc")])
    assert [problem.place for problem in problems] == ["A2", "A3"]


def test_what_stands_in_the_file_means_what_a_run_reads(study: Path) -> None:
    head = "well;role;treatment;dose;dose_unit\n"
    (study / "layout.csv").write_text(
        f"{head}A01;treated;x;0,5;nM\nA02;treated;x;3,125;nM\nA03;vehicle;;;\n"
    )
    rows = layout_table(study, BLOCK).rows
    saved = save_layout(study, BLOCK, [*rows, treated("A04", "2.5")])
    assert [row["dose"] for row in saved.rows] == ["0.5", "3.125", "", "2.5"]


def rows_of(study: Path, **doses: str) -> list[dict[str, Any]]:
    return [
        row | {"dose": doses.get(row["well"], row["dose"])}
        for row in layout_table(study, BLOCK).rows
    ]


def test_two_windows_on_one_layout(study: Path) -> None:
    save_layout(study, BLOCK, [treated("A01", "1"), treated("A02", "2"), treated("A03", "3")])
    opened = layout_table(study, BLOCK).rows
    one, two = rows_of(study, A01="10"), rows_of(study, A02="20")
    save_layout(study, BLOCK, one, opened)
    both = save_layout(study, BLOCK, two, opened)
    assert [row["dose"] for row in both.rows] == ["10", "20", "3"]
    third = [row | {"dose": "99"} if row["well"] == "A01" else row for row in opened]
    with pytest.raises(InputError) as caught:
        save_layout(study, BLOCK, third, opened)
    assert [(p.code, p.place) for p in caught.value.problems] == [("changed-since", "well A01")]
    gone = [row for row in opened if row["well"] != "A03"]
    left = save_layout(study, BLOCK, gone, opened)
    assert [(row["well"], row["dose"]) for row in left.rows] == [("A01", "10"), ("A02", "20")]
