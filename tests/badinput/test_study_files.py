"""Files, folders and the study file: refused with place and remedy, never passed over."""

from pathlib import Path
from typing import Any

import pytest

HEAD = '[study]\nschema = 1\ntitle = "t"\n'
BLOCK = '[block.v]\nassay = "viability"\nfiles = ["plates/*.csv"]\nlayout = "layout.csv"\n'


def test_a_copy_of_a_plate_does_not_count_twice(study: Any) -> None:
    study.write("plates/copy.csv", (study.folder / study.plates[0]).read_bytes())
    found = {p.code: p for p in study.problems()}
    assert "same bytes" in found["twin-file"].message
    assert found["twin-file"].file.startswith("plates/")


def test_one_design_row_is_one_plate(study: Any) -> None:
    study.write("design.csv", study.text("design.csv").replace("plates/SIM-LPS-1-E1.csv", ""))
    study.write("plates/again.csv", study.text(study.plates[0]).replace("G,", "G,9", 1))
    found = study.only("plate-twice")
    assert found.place == "line 2"
    assert "stands in two files: 'plates/SIM-LPS-1-E1.csv', 'plates/again.csv'" in found.message


def test_files_swapped_in_the_design(study: Any) -> None:
    text = study.text("design.csv").replace("E1.csv", "X").replace("E2.csv", "E1.csv")
    study.write("design.csv", text.replace("X", "E2.csv"))
    found = study.only("wrong-file")
    assert "the file calls itself 'SIM-LPS-1-E1'" in found.message
    assert found.place == "line 3, column file"


def test_a_plate_may_be_renamed_by_the_design(study: Any, clean: Path) -> None:
    study.write("design.csv", study.text("design.csv").replace("\nSIM-LPS", "\nX-SIM-LPS"))
    assert study.problems() == []


@pytest.mark.parametrize(("there", "code"), [(True, "outside"), (False, "broken-link")])
def test_links_are_not_passed_over(study: Any, tmp_path: Path, there: bool, code: str) -> None:
    target = tmp_path / "elsewhere.csv"
    if there:
        target.write_text(study.text(study.plates[0]))
    (study.folder / "plates" / "zz.csv").symlink_to(target)
    found = study.only(code)
    assert "'plates/zz.csv' is a link to a file" in found.message


@pytest.mark.parametrize(
    ("pattern", "remedy"),
    [
        ("../x/*.csv", "Copy the files into the study folder"),
        ("/tmp/*.csv", "Copy the files into the study folder"),
        ("plates", "write 'plates/*'"),
    ],
)
def test_patterns_that_fit_nothing(study: Any, pattern: str, remedy: str) -> None:
    study.replace("study.toml", "plates/*.csv", pattern)
    assert remedy in study.only("no-file").remedy


def test_hopeless_bytes_say_why(study: Any) -> None:
    study.write(study.plates[0], b"")
    study.write(study.plates[1], b"\xd0\xcf\x11\xe0" + bytes(500))
    password = "EncryptedPackage".encode("utf-16-le")
    study.write(study.plates[2], b"\xd0\xcf\x11\xe0" + password + bytes(500))
    found = {p.file[-6:]: p for p in study.problems()}
    assert "it is empty (0 bytes)" in found["E1.csv"].message
    assert "old Excel file" in found["E2.csv"].message
    assert "protected by a password" in found["E3.csv"].message


def test_a_layout_of_a_larger_plate(study: Any) -> None:
    study.write("layout.csv", study.text("layout.csv") + "I01,treated,selinexor,5,nM\n")
    found = study.only("beyond-plate")
    assert "fills wells 'I01'" in found.message
    assert "which has 96 wells" in found.message


def test_line_ends_of_an_old_mac(study: Any) -> None:
    for name in ("study.toml", "design.csv", "layout.csv", study.plates[0]):
        study.write(name, study.text(name).replace("\r\n", "\n").replace("\n", "\r"))
    assert study.problems() == []


@pytest.mark.parametrize(
    ("text", "code", "message", "remedy"),
    [
        (HEAD + BLOCK + 'assay = "x"\n', "toml", "this key stands twice", "Keep one"),
        (HEAD + BLOCK + BLOCK, "toml", "the table [block.v] stands twice", "another name"),
        (HEAD + BLOCK + BLOCK.replace(".v]", ".V]"), "twin-name", "differ by case", "Rename"),
        (HEAD + BLOCK + "[[compare]]\n", "unknown-key", "'compare'", "[[block.NAME.compare]]"),
        (HEAD + BLOCK + '[block.v.compare]\nquantity = "ec50"\n', "wrong-value", "list",
         "Write [[block.v.compare]]"),
        (HEAD + BLOCK + 'keys = ["quantity"]\n', "reserved-key", "a column of the results",
         "my_quantity"),
        (HEAD + BLOCK + "constants = { day = nan }\n", "wrong-value", "is nan", "Write a number"),
        (HEAD + BLOCK.replace('["plates/*.csv"]', '"plates/*.csv"'), "wrong-value", "list",
         'Write a list: ["plates/*.csv"].'),
        (HEAD, "missing-key", "'block' is missing", "[block.NAME]"),
    ],
)  # fmt: skip
def test_study_file(study: Any, text: str, code: str, message: str, remedy: str) -> None:
    study.write("study.toml", text)
    found = study.only(code)
    assert message in found.message
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ('quantity = "ic50"\nbetween = "treatment"', "unknown-quantity", "compare.0.quantity"),
        ('quantity = "ec50"\nbetween = "treatment"\nversus = "selinexr"', "unknown-group",
         "compare.0.versus"),
        ('quantity = "ec50"\nbetween = "treatment"\nversus = "DMSO"', "unknown-group",
         "compare.0.versus"),
        ('quantity = "ec50"\nbetween = "model"\ngroups = ["LPS"]', "unknown-group",
         "compare.0.groups"),
    ],
)  # fmt: skip
def test_questions_are_checked_before_the_run(study: Any, line: str, code: str, place: str) -> None:
    study.write("study.toml", study.text("study.toml") + f"\n[[block.viability.compare]]\n{line}\n")
    assert study.only(code).place.endswith(place)


@pytest.mark.parametrize(
    ("name", "old", "new", "remedy"),
    [
        ("design.csv", "sample_id", "Sample ID", "Call the column 'Sample ID' 'sample_id'."),
        ("design.csv", "unit_id", "unit id", "Call the column 'unit id' 'unit_id'."),
        ("layout.csv", "well,", "Well,", "Call the column 'Well' 'well'."),
    ],
)
def test_a_header_spelled_otherwise(study: Any, name: str, old: str, new: str, remedy: str) -> None:
    study.replace(name, old, new, 1)
    assert remedy in study.problems()[0].remedy


def test_no_design_at_all(study: Any) -> None:
    (study.folder / "design.csv").unlink()
    assert "a table design.csv (there is none)" in study.problems()[0].remedy


def test_a_doses_unit_is_asked_for_once(study: Any) -> None:
    study.replace("layout.csv", "nM", "")
    assert {p.message for p in study.problems()} == {"the dose has no unit."}
