"""Pasted tables of numbers in groups: what each value counts as is said, never guessed silently."""

import csv
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from exportin.contract.view_json import view_from_json
from exportin.report.names import block_names
from exportin.report.tables import estimate_listing
from exportin.study.edit.journal import history, undo
from exportin.study.edit.pasted import add_table
from exportin.study.run import check_study, run_study
from exportin.tables.problems import InputError


def rows(folder: Path, place: str) -> list[tuple[str, ...]]:
    text = (folder / place).read_text("utf-8")
    mark = ";" if ";" in text.split("\n", 1)[0] else ","
    return [tuple(row) for row in csv.reader(StringIO(text), delimiter=mark)]


def block(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((folder / "study.toml").read_text("utf-8"))["block"][name]
    return found


def errors(folder: Path) -> list[str]:
    return [str(p) for p in check_study(folder) if p.severity == "error"]


def test_columns_as_in_prism(tmp_path: Path) -> None:
    """Each value is a unit of its own: nothing may be paired by its line."""
    text = "vehicle\tdrug\r\n812\t655,5\r\n934,25\tn.d.\r\n700\t<0,1\r\n\t610\r\n"
    one = add_table(tmp_path, text, label="Tumor weight", units="mg", unit="animal")
    assert rows(tmp_path, one.stored) == [
        ("treatment", "unit_id", "value"),
        ("vehicle", "1", "812"), ("vehicle", "2", "934,25"), ("vehicle", "3", "700"),
        ("drug", "4", "655,5"), ("drug", "5", "n.d."), ("drug", "6", "<0,1"), ("drug", "7", "610"),
    ]  # fmt: skip
    assert "Each value counts as one experimental unit of its own." in one.said
    assert any("<0,1 (1), n.d. (1)" in said for said in one.said)
    said = block(tmp_path, "tumor_weight")
    assert (said["decimal"], said["label"], said["units"]) == (",", "Tumor weight", "mg")
    assert said["experimental_unit"] == "animal"
    assert "compare" not in said
    assert errors(tmp_path) == []
    frame = run_study(tmp_path).blocks[0].estimates.frame
    single = {row["unit_id"]: row["value"] for row in frame.to_dicts() if row["unit_id"]}
    assert single["2"] == 934.25
    assert single["5"] is None
    assert len(single) == 7


def test_groups_stay_in_the_order_in_which_they_were_pasted(tmp_path: Path) -> None:
    text = "vehicle\tlow\thigh\tadded\n8\t6\t3\t1\n9\t7\t2.5\t2\n7\t5.5\t2\t1.5\n"
    add_table(tmp_path, text, label="Tumor weight", units="mg")
    pasted = ["vehicle", "low", "high", "added"]
    assert block(tmp_path, "tumor_weight")["order"] == pasted
    file = tmp_path / "study.toml"
    for how in ("all_pairs = true", 'versus = "vehicle"'):
        head = '\n[[block.tumor_weight.compare]]\nquantity = "value"\nbetween = "treatment"\n'
        file.write_text(file.read_text("utf-8") + f"{head}{how}\n", "utf-8")
    found = run_study(tmp_path).blocks[0]
    (view,) = map(view_from_json, found.views.values())
    assert [c.split("\n")[0] for c in view.panels[0].x.categories] == pasted
    listing = estimate_listing(found, block_names(found), pooled=True)
    assert listing is not None
    assert [row["treatment"] for row in listing.groups[0].rows] == pasted
    pairs = list(found.tests.frame.select("group_a", "group_b").iter_rows())
    versus = [("low", "vehicle"), ("high", "vehicle"), ("added", "vehicle")]
    later = [("high", "low"), ("added", "low"), ("added", "high")]
    assert pairs == [*versus, *later, *versus]


def test_the_order_of_a_question_goes_before_that_of_the_block(tmp_path: Path) -> None:
    text = "vehicle\tlow\thigh\n8\t6\t3\n9\t7\t2.5\n7\t5.5\t2\n"
    add_table(tmp_path, text, label="W")
    file = tmp_path / "study.toml"
    asked = (
        '\n[[block.w.compare]]\nquantity = "value"\nbetween = "treatment"\n'
        'versus = "vehicle"\ngroups = ["high", "low", "vehicle"]\n'
    )
    file.write_text(file.read_text("utf-8") + asked, "utf-8")
    found = run_study(tmp_path).blocks[0].tests.frame
    assert found.get_column("group_a").to_list() == ["high", "low"]


def test_first_column_names_the_units(tmp_path: Path) -> None:
    one = add_table(tmp_path, "mouse\tbefore\tafter\nm1\t2.5\t3\nm2\t4\t\nm3\t1\t2\n")
    assert rows(tmp_path, one.stored)[1:] == [
        ("before", "m1", "2.5"), ("before", "m2", "4"), ("before", "m3", "1"),
        ("after", "m1", "3"), ("after", "m2", ""), ("after", "m3", "2"),
    ]  # fmt: skip
    assert "same unit in every group" in one.said[0]
    assert block(tmp_path, "measurement")["experimental_unit"] == "mouse"
    assert errors(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "treatment,unit_id,value\na,1,2.5\nb,1,3.5\n",
        "group;mouse;weight (mg)\na;1;2,5\nb;1;3,5\n",
        "drug\tweight\na\t2.5\nb\t3.5\n",
        "arm\tresult\n1\t2.5\n2\t3.5\n",
    ],
)
def test_long_tables(tmp_path: Path, text: str) -> None:
    one = add_table(tmp_path, text)
    found = rows(tmp_path, one.stored)
    assert found[0] == ("treatment", "unit_id", "value")
    assert [row[0] for row in found[1:]] in (["a", "b"], ["1", "2"])
    assert [row[2].replace(",", ".") for row in found[1:]] == ["2.5", "3.5"]
    units = [row[1] for row in found[1:]]
    named = "unit_id" in text or "mouse" in text
    assert units == (["1", "1"] if named else ["1", "2"])
    assert any("counts as" in said or "are replicates" in said for said in one.said)
    assert errors(tmp_path) == []


def test_further_columns_are_kept(tmp_path: Path) -> None:
    one = add_table(tmp_path, "treatment,model,value\na,X,1\na,Y,2\nb,X,3\n")
    assert rows(tmp_path, one.stored)[:2] == [
        ("treatment", "unit_id", "value", "model"), ("a", "1", "1", "X"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-file"),
        ("a\tb\n", "no-header"),
        ("1\t2\n3\t4\n", "no-header"),
        ("vehicle\n1,5\n2,5\n", "row-width"),
        ("a\ta\n1\t2\n", "twin-column"),
        ("a b\ta-b\n1\t2\n", "look-alike"),
        ("a\tb\n1.234\t2.345\n", "ambiguous-decimal"),
        ("a\tb\n1,5\t2.5\n", "mixed-decimal"),
        ("a\tb\n1\t2 mg\n3\t4\n", "not-a-number"),
        ("\ta\tb\n1\t2\t3\n2\t4\t5\n", "which-form"),
        ("replicate\ta\tb\n1\t2\t3\n2\t4\t5\n", "which-form"),
        ("strain\tweight\nx\t1\ny\t2\n", "which-form"),
        ("drug\tstrain\tweight\na\tx\t1\n", "which-form"),
        ("mouse\ta\nm1\t1\nm1\t2\n", "twin-unit"),
        ("mouse\ta\nm1\t1\n\t2\n", "no-unit"),
        ("a\t\n1\t2\n", "no-name"),
        ("treatment\tvalue\na\t1\n\t2\n", "no-group"),
        ("treatment\tvalue\tfile\na\t1\tx\n", "taken-heading"),
        ("a\tb\nn.d.\t\n", "no-number"),
        ('a\tb\n"1\t2\n', "bad-quotes"),
        ("a\x00b\n1\n", "not-text"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, code: str) -> None:
    folder = tmp_path / "study"
    with pytest.raises(InputError) as caught:
        add_table(folder, text)
    assert {problem.code for problem in caught.value.problems} == {code}
    assert all(problem.remedy for problem in caught.value.problems)
    assert not folder.exists()


def test_decimal_mark_can_be_said(tmp_path: Path) -> None:
    add_table(tmp_path, "a\tb\n1.234\t2.345\n", decimal=".")
    assert errors(tmp_path) == []
    frame = run_study(tmp_path).blocks[0].estimates.frame
    assert set(frame.get_column("value").drop_nulls()) == {1.234, 2.345}


def test_several_tables(tmp_path: Path) -> None:
    first = add_table(tmp_path, "a\tb\n1\t2\n3\t4\n", label="Größe")
    again = add_table(tmp_path, "a\tb\n1\t2\n3\t4\n", label="Größe")
    other = add_table(tmp_path, "a\tb\n1\t2\n3\t5\n", label="Größe")
    assert (first.stored, again.stored, other.stored) == (
        "raw/pasted_1.csv", "raw/pasted_1.csv", "raw/pasted_2.csv",
    )  # fmt: skip
    assert first.block != other.block
    assert "nothing was added" in again.said[0]
    assert len(history(tmp_path).entries) == 2
    assert block(tmp_path, other.block)["label"] == "Größe"
    assert errors(tmp_path) == []
    undo(tmp_path)
    assert not (tmp_path / other.stored).exists()
    assert other.block not in tomllib.loads((tmp_path / "study.toml").read_text("utf-8"))["block"]
