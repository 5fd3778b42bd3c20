"""Good files beside bad ones, files taken out again, and keys that are chosen from a list."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exportin.study.edit.choices import choices
from exportin.study.edit.design_table import design_table, save_design
from exportin.study.edit.intake import add_files, add_good_files
from exportin.study.edit.journal import undo
from exportin.study.edit.questions import set_keys
from exportin.study.edit.study_file import read_study_file
from exportin.study.edit.take_out import take_out
from exportin.study.run import check_study
from exportin.tables.problems import InputError

CFX = "ecosystem/instrument_files/cfxmaestro/example01.csv"


def test_good_files_are_taken_and_bad_ones_named(
    tmp_path: Path, plate: Callable[[int], bytes]
) -> None:
    folder = tmp_path / "study"
    bad = {"scan.pdf": b"%PDF-1.4 nothing", "empty.csv": b""}
    added, refused = add_good_files(folder, {"P1.csv": plate(1000), **bad, "P2.csv": plate(1500)})
    assert [one.name for one in added] == ["P1.csv", "P2.csv"]
    assert [one.file for one in refused] == ["scan.pdf", "empty.csv"]
    assert all(one.problems for one in refused)
    more, out = add_good_files(folder, {"P3.csv": plate(1700), "scan.pdf": bad["scan.pdf"]})
    assert ([one.block for one in more], [one.file for one in out]) == (["viability"], ["scan.pdf"])
    undo(folder)
    undo(folder)
    assert not (folder / "study.toml").exists()
    with pytest.raises(InputError) as caught:
        add_good_files(folder, bad)
    assert {problem.file for problem in caught.value.problems} == set(bad)
    assert not (folder / "study.toml").exists()


def test_a_file_that_no_one_block_takes_is_named(
    study: Path, plate: Callable[[int], bytes]
) -> None:
    toml = study / "study.toml"
    more = '\n[block.other]\nassay = "viability"\nfiles = ["raw/P2.csv"]\nlayout = "layout.csv"\n'
    toml.write_text(toml.read_text().replace('"raw/P1.csv", "raw/P2.csv"', '"raw/P1.csv"') + more)
    design = b"sample_id,file,unit_id,model\nP1,raw/P1.csv,a,b\n"
    added, refused = add_good_files(study, {"P3.csv": plate(1700), "my_design.csv": design})
    assert [one.name for one in added] == ["my_design.csv"]
    assert [(one.file, one.problems[0].code) for one in refused] == [("P3.csv", "which-block")]


def test_a_file_is_taken_out(study: Path, plate: Callable[[int], bytes]) -> None:
    before = (study / "study.toml").read_bytes()
    take_out(study, "viability", "raw/P2.csv")
    assert read_study_file(study).patterns["viability"] == ["raw/P1.csv"]
    assert (study / "raw/P2.csv").is_file()
    with pytest.raises(InputError, match="only file"):
        take_out(study, "viability", "raw/P1.csv")
    with pytest.raises(InputError, match="no file"):
        take_out(study, "viability", "raw/P2.csv")
    undo(study)
    assert (study / "study.toml").read_bytes() == before
    (study / "study.toml").write_bytes(
        before.replace(b'"raw/P1.csv", "raw/P2.csv"', b'"raw/*.csv"')
    )
    add_files(study, {"P3.csv": plate(1700)})
    take_out(study, "viability", "raw/P1.csv")
    assert read_study_file(study).patterns["viability"] == ["raw/P2.csv", "raw/P3.csv"]


def test_a_target_is_chosen(tmp_path: Path, realdata: Path) -> None:
    folder = tmp_path / "study"
    add_files(folder, {"cfx.csv": (realdata / CFX).read_bytes()})
    problems = check_study(folder)
    (one,) = choices(read_study_file(folder), problems)
    assert (one.block, one.key, one.files) == ("measurement", "channel", ("raw/cfx.csv",))
    assert [value for value, _ in one.values] == ["FAM", "VIC"]
    set_keys(folder, one.block, {one.key: one.values[1][0]})
    assert not choices(read_study_file(folder), check_study(folder))


def test_two_windows_on_one_design(study: Path) -> None:
    save_design(study, *_filled(study, "a", "b"))
    opened = design_table(study).rows
    save_design(study, *_filled(study, "X", "b"), opened)
    both = save_design(study, *_filled(study, "a", "Y"), opened)
    assert [row["unit_id"] for row in both.rows] == ["X", "Y"]
    with pytest.raises(InputError, match="another window"):
        save_design(study, *_filled(study, "Z", "b"), opened)


def _filled(study: Path, *units: str) -> tuple[list[str], list[dict[str, str]]]:
    table = design_table(study)
    rows = [
        {**row, "unit_id": unit, "model": "m"} for row, unit in zip(table.rows, units, strict=True)
    ]
    return list(table.columns), rows
