"""Files that get a block of their own or go to another one, and blocks that go with their last."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from exportin.study.edit import durable
from exportin.study.edit.block_names import propose_name, taken_names
from exportin.study.edit.intake import add_files
from exportin.study.edit.journal import history, redo, repair, undo
from exportin.study.edit.move import move_files
from exportin.study.edit.pasted import add_table
from exportin.study.edit.study_file import nothing_yet, read_study_file
from exportin.study.edit.take_out import take_out
from exportin.study.exclude import exclude_rows
from exportin.study.ledger import append, excluded_rows, read_ledger
from exportin.study.run import check_study
from exportin.tables.problems import InputError

OLD = "viability"
ROW = "raw/P2.csv:B03"
MORE = """
reads = { cycle = "last" }   # the read at the end

# why these plates
[block.viability.columns]
value = "rlu"

[[block.viability.compare]]
quantity = "ec50"
between = "treatment"
versus = "a"

# what comes next is about the link
[link.across]
use = "nothing"
from = ["viability"]
"""


def code(caught: pytest.ExceptionInfo[InputError]) -> str:
    """The one problem of a refusal; all but 'no such file' say what to do instead."""
    (problem,) = caught.value.problems
    assert problem.remedy, problem
    return problem.code


def out(folder: Path, block: str) -> dict[str, str]:
    return {row: e.reason for row, e in excluded_rows(read_ledger(folder), block).items()}


def leave_out(folder: Path, *rows: str, reason: str = "bubble") -> None:
    append(folder, action="exclude", block=OLD, rows=rows, reason=reason)


def refused(
    folder: Path, wanted: str, *files: str, block: str = OLD, **where: object
) -> InputError:
    before = (folder / "study.toml").read_bytes(), read_ledger(folder)
    with pytest.raises(InputError) as caught:
        move_files(folder, block, files or ("raw/P2.csv",), **where)  # type: ignore[arg-type]
    assert code(caught) == wanted
    assert ((folder / "study.toml").read_bytes(), read_ledger(folder)) == before
    return caught.value


def test_a_block_of_its_own_and_back(study: Path) -> None:
    toml = study / "study.toml"
    before = toml.read_bytes()
    moved = move_files(study, OLD, ["raw/P2.csv"], name="second")
    now = read_study_file(study)
    assert moved.block == "second"
    assert now.patterns == {OLD: ["raw/P1.csv"], "second": ["raw/P2.csv"]}
    assert now.blocks["second"] == {**now.blocks[OLD], "files": ["raw/P2.csv"]}
    assert now.blocks["second"]["layout"] == "layout.csv"
    head = before.decode().split("\n[block.", maxsplit=1)[0]
    assert now.text.startswith(head)
    assert "# What may be written here" in now.text  # remarks of the old block stay
    assert history(study).can_undo == "move raw/P2.csv from viability to second"
    after = toml.read_bytes()
    undo(study)
    assert toml.read_bytes() == before
    redo(study)
    assert toml.read_bytes() == after


def test_settings_go_along_and_questions_stay(study: Path) -> None:
    toml = study / "study.toml"
    text = toml.read_text().replace('\nlayout = "layout.csv"', '\nlayout = "layout.csv"' + MORE)
    toml.write_text(text.replace('"raw/P1.csv", "raw/P2.csv"', '"raw/*.csv"'))
    moved = move_files(study, OLD, ["raw/P2.csv"], name="second")
    now = read_study_file(study)
    new = {**now.blocks[OLD], "files": ["raw/P2.csv"]}
    del new["compare"]
    assert now.blocks["second"] == new
    assert new["reads"] == {"cycle": "last"}
    assert new["columns"] == {"value": "rlu"}
    assert now.patterns[OLD] == ["raw/P1.csv"]  # a pattern would still mean the other file
    assert "# why these plates" in now.text
    assert any("questions" in one for one in moved.said)


def test_what_cannot_be_moved_is_said(study: Path, plate: Callable[[int], bytes]) -> None:
    refused(study, "no-file", "raw/P9.csv", name="x")
    refused(study, "move-where")
    refused(study, "move-where", name="x", to=OLD)
    refused(study, "wrong-block", to=OLD)
    for name, instead in (
        ("2 plates", "block_2_plates"), ("Viability", "Viability_2"), ("con", "con_1"),
        ("ä", "a"), ("x" * 41, "x" * 36), ("a.b]", "a_b"),
    ):  # fmt: skip
        assert f"'{instead}'" in str(refused(study, "block-name", name=name))
    refused(study, "own-block", "raw/P1.csv", "raw/P2.csv", name="x")
    add_files(study, {"numbers.csv": b"arm,result\na,1.5\na,2.5\nb,3.5\nb,4.5\n"})
    refused(study, "wrong-block", to="measurement")
    taken = taken_names(read_study_file(study))
    assert propose_name("raw/Measurement.csv", OLD, taken) == "Measurement_2"


def test_rows_left_out_stay_left_out(study: Path) -> None:
    leave_out(study, ROW, "raw/P1.csv:C04")
    leave_out(study, "raw/P2.csv:D05", reason="edge")
    both = {ROW: "bubble", "raw/P1.csv:C04": "bubble", "raw/P2.csv:D05": "edge"}
    assert out(study, OLD) == both
    moved = move_files(study, OLD, ["raw/P2.csv"], name="second")
    there = {ROW: "bubble", "raw/P2.csv:D05": "edge"}
    assert (out(study, OLD), out(study, "second")) == ({"raw/P1.csv:C04": "bubble"}, there)
    assert any("2 rows left out" in one for one in moved.said)
    assert [one.code for one in check_study(study) if one.code == "lost-exclusion"] == []

    undo(study)  # one step, though two files were written
    assert (out(study, OLD), out(study, "second")) == (both, {})
    redo(study)
    assert (out(study, OLD), out(study, "second")) == ({"raw/P1.csv:C04": "bubble"}, there)
    undo(study)
    undo(study)
    assert out(study, OLD) == {ROW: "bubble", "raw/P1.csv:C04": "bubble"}
    redo(study)
    redo(study)
    assert out(study, "second") == there
    append(study, action="undo", block="second", rows=(ROW,), reason="it was none")
    assert out(study, "second") == {"raw/P2.csv:D05": "edge"}
    undo(study)
    undo(study)  # the ledger has grown since the move
    assert (out(study, OLD), out(study, "second")) == (
        {ROW: "bubble", "raw/P1.csv:C04": "bubble", "raw/P2.csv:D05": "edge"},
        {},
    )
    redo(study)
    assert out(study, "second") == there
    redo(study)
    assert out(study, "second") == {"raw/P2.csv:D05": "edge"}
    assert len(read_ledger(study)) > 8  # nothing was ever taken from it
    assert history(study).can_redo == ""


def test_rows_that_could_count_again_by_another_name_are_refused(study: Path) -> None:
    leave_out(study, ROW)
    toml = study / "study.toml"
    other = '\n[block.other]\nassay = "viability"\nfiles = ["raw/P1.csv"]\nchannel = "x"\n'
    toml.write_text(toml.read_text() + other)
    assert "channel" in str(refused(study, "rows-left-out", to="other"))
    refused(study, "twin", "raw/P1.csv", to="other")


def test_a_move_that_was_broken_off_leaves_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_out(study, ROW)
    before, lines = (study / "study.toml").read_bytes(), read_ledger(study)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(durable, "append_line", stop)
        with pytest.raises(KeyboardInterrupt):
            move_files(study, OLD, ["raw/P2.csv"], name="second")
    assert out(study, "second")  # it was half done
    with pytest.raises(InputError):  # who adds a line to the ledger puts it right first
        exclude_rows(study, OLD, ("no such row",), reason="x")
    repair(study)
    assert ((study / "study.toml").read_bytes(), read_ledger(study)) == (before, lines)
    assert out(study, OLD) == {ROW: "bubble"}


def per_plate(study: Path, *plates: str) -> None:
    """Write a layout that names its plates; of the wells of other plates it says nothing."""
    lines = [f"A01,{plate},vehicle,,," for plate in plates]
    (study / "layout.csv").write_text("well,sample_id,role,treatment,dose,dose_unit\n"
                                      + "\n".join(lines) + "\n")  # fmt: skip


def plates_in(study: Path, name: str) -> list[str]:
    with (study / name).open(newline="") as file:
        return [row["sample_id"] for row in csv.DictReader(file)]


def test_a_layout_of_plates_is_parted(study: Path) -> None:
    per_plate(study, "P1", "P2", "")
    before = (study / "layout.csv").read_bytes()
    move_files(study, OLD, ["raw/P2.csv"], name="second")
    assert read_study_file(study).blocks["second"]["layout"] == "layout_second.csv"
    assert plates_in(study, "layout.csv") == ["P1", ""]
    assert plates_in(study, "layout_second.csv") == ["P2", ""]
    assert not [one for one in check_study(study) if one.code == "unknown-plate"]
    undo(study)
    assert (study / "layout.csv").read_bytes() == before
    assert not (study / "layout_second.csv").exists()

    per_plate(study, "P1")
    move_files(study, OLD, ["raw/P2.csv"], name="second")
    assert "layout" not in read_study_file(study).blocks["second"]
    assert plates_in(study, "layout.csv") == ["P1"]


def test_a_layout_of_plates_and_a_block_with_another(study: Path) -> None:
    move_files(study, OLD, ["raw/P2.csv"], name="second")
    per_plate(study, "P1")
    (study / "other.csv").write_bytes((study / "layout.csv").read_bytes())
    toml = study / "study.toml"
    head, last = toml.read_text().rsplit("layout.csv", 1)
    toml.write_text(f"{head}other.csv{last}")
    found = refused(study, "two-layouts", "raw/P1.csv", to="second", with_block=True)
    assert "plate 'P1'" in str(found)


def test_back_into_a_block_and_the_empty_one_goes(study: Path) -> None:
    before = read_study_file(study).blocks[OLD]
    move_files(study, OLD, ["raw/P2.csv"], name="second")
    append(study, action="exclude", block="second", rows=(ROW,), reason="bubble")
    refused(study, "last-file", block="second", to=OLD)
    moved = move_files(study, "second", ["raw/P2.csv"], to=OLD, with_block=True)
    assert moved.block == OLD
    assert read_study_file(study).blocks == {OLD: before}
    assert (out(study, OLD), out(study, "second")) == ({ROW: "bubble"}, {})
    undo(study)
    assert set(read_study_file(study).blocks) == {OLD, "second"}
    assert out(study, "second") == {ROW: "bubble"}


def test_the_last_file_takes_its_block_along(study: Path, plate: Callable[[int], bytes]) -> None:
    toml = study / "study.toml"
    asked = toml.read_text().replace('\nlayout = "layout.csv"', '\nlayout = "layout.csv"' + MORE)
    toml.write_text(asked)
    take_out(study, OLD, "raw/P2.csv")
    before = toml.read_bytes()
    with pytest.raises(InputError) as caught:
        take_out(study, OLD, "raw/P1.csv")
    assert code(caught) == "last-file"
    assert "1 of its questions and the link 'across'" in str(caught.value)
    leave_out(study, "raw/P1.csv:C04")
    with pytest.raises(InputError) as caught:
        take_out(study, OLD, "raw/P1.csv", with_block=True)
    assert code(caught) == "rows-left-out"
    undo(study)
    take_out(study, OLD, "raw/P1.csv", with_block=True)
    assert read_study_file(study).raw.keys() == {"study"}
    assert toml.read_text().startswith(asked.split("\n[block.", maxsplit=1)[0])
    assert nothing_yet(study)
    undo(study)
    assert toml.read_bytes() == before
    assert not nothing_yet(study)
    redo(study)

    layout = (study / "layout.csv").read_bytes()
    (added,) = add_files(study, {"P3.csv": plate(1700)})
    now = read_study_file(study).blocks[added.block]
    assert now["files"] == ["raw/P3.csv"]
    assert now["layout"] != "layout.csv"  # wells of plates that are gone say nothing of this one
    assert (study / "layout.csv").read_bytes() == layout


def test_a_table_is_pasted_into_a_study_that_lost_its_blocks(study: Path) -> None:
    take_out(study, OLD, "raw/P2.csv")
    take_out(study, OLD, "raw/P1.csv", with_block=True)
    added = add_table(study, "arm\tresult\na\t1.5\na\t2.5\nb\t3.5\nb\t4.5\n", label="weight")
    assert list(read_study_file(study).blocks) == [added.block]


def test_a_study_file_without_blocks_that_says_something_else_is_no_empty_one(
    study: Path,
) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("[block.viability]", "[blok.viability]"))
    assert not nothing_yet(study)


def test_files_that_come_with_a_name_for_their_block(
    study: Path, plate: Callable[[int], bytes]
) -> None:
    (one,) = add_files(study, {"P3.csv": plate(1700)})
    assert (one.block, one.joined) == (OLD, True)
    (two,) = add_files(study, {"P4.csv": plate(1800)}, own="fourth")
    assert (two.block, two.joined) == ("fourth", False)
    assert read_study_file(study).patterns["fourth"] == ["raw/P4.csv"]
    assert read_study_file(study).blocks["fourth"]["layout"] == "layout_fourth.csv"
    numbers = b"arm,result\na,1.5\na,2.5\nb,3.5\nb,4.5\n"
    with pytest.raises(InputError) as caught:
        add_files(study, {"P5.csv": plate(1900), "numbers.csv": numbers}, own="fifth")
    assert code(caught) == "two-kinds"
    with pytest.raises(InputError) as caught:
        add_files(study, {"P5.csv": plate(1900)}, own="Fourth")
    assert code(caught) == "block-name"
    with pytest.raises(InputError) as caught:
        add_files(study, {"P5.csv": plate(1900)}, own="x", block=OLD)
    assert code(caught) == "move-where"


def test_a_block_that_means_other_numbers_does_not_take_a_file(tmp_path: Path) -> None:
    add_table(tmp_path, "a\tb\n1\t2\n3\t4\n", label="mass", units="mg")
    toml = tmp_path / "study.toml"
    text = toml.read_text(encoding="utf-8")
    (name,) = read_study_file(tmp_path).blocks
    (file,) = read_study_file(tmp_path).patterns[name]
    other = text[text.index(f"[block.{name}]") :].replace(f"[block.{name}]", "[block.conc]")
    other = other.replace(file, "raw/other.csv").replace('"mg"', '"uM"')
    toml.write_text(f"{text}\n{other}", encoding="utf-8")
    (tmp_path / "raw" / "other.csv").write_bytes((tmp_path / file).read_bytes())
    before = toml.read_bytes()
    with pytest.raises(InputError, match=r"units: 'mg' here, 'uM' in 'conc'"):
        move_files(tmp_path, name, [file], to="conc", with_block=True)
    assert toml.read_bytes() == before
