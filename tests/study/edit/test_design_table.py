"""The design as a table: which cells are still needed, and what is saved."""

from pathlib import Path
from typing import Any

import pytest

from exportin.study.edit.design_table import design_table, save_design
from exportin.study.edit.intake import add_files
from exportin.study.edit.journal import undo
from exportin.study.edit.layout_table import save_layout
from exportin.study.edit.pasted import add_table
from exportin.study.run import check_study
from exportin.tables.problems import InputError

CALIPERS = b"animal,day,volume\nm1,0,100\nm1,7,200\nm2,0,100\nm2,7,150\n"


def codes(caught: Any) -> set[str]:
    return {problem.code for problem in caught.value.problems}


def test_what_is_needed(study: Path) -> None:
    table = design_table(study)
    assert (table.file, table.columns) == ("design.csv", ("sample_id", "file", "unit_id", "model"))
    assert table.needs == {"unit_id": (0, 1), "model": (0, 1)}
    rows = [{**row, "unit_id": "E1"} for row in table.rows]
    table = save_design(study, table.columns, rows)
    assert table.needs == {"model": (0, 1)}
    assert table.proposed == ()
    undo(study)
    assert design_table(study).needs == {"unit_id": (0, 1), "model": (0, 1)}


def test_filled_in_by_the_window_alone_it_runs(study: Path) -> None:
    rows = [{"well": f"{row}{column:02d}", "role": "vehicle" if column == 1 else "treated",
             **({} if column == 1 else {"treatment": "d", "dose": str(column), "dose_unit": "nM"})}
            for row in "ABCDEFGH" for column in range(1, 13)]  # fmt: skip
    save_layout(study, "viability", rows)
    table = design_table(study)
    filled = [{**row, "unit_id": row["sample_id"], "model": "LP6"} for row in table.rows]
    assert save_design(study, table.columns, filled).needs == {}
    assert [str(p) for p in check_study(study) if p.severity == "error"] == []


def test_model_may_stand_in_the_layout(study: Path) -> None:
    save_layout(study, "viability", [{"well": "A1", "role": "vehicle", "model": "LP6"}])
    assert set(design_table(study).needs) == {"unit_id"}


def test_samples_without_a_row_are_proposed(study: Path) -> None:
    (study / "design.csv").write_text("sample_id,unit_id,model,note\nP2,E1,LP6,mine\n")
    table = design_table(study)
    assert [row["sample_id"] for row in table.rows] == ["P2", "P1"]
    assert table.proposed == (1,)
    assert table.rows[0]["note"] == "mine"
    assert table.needs == {"unit_id": (1,), "model": (1,)}
    (study / "design.csv").unlink()
    table = design_table(study)
    assert table.proposed == (0, 1)
    assert table.columns == ("sample_id", "file", "unit_id", "model")


def test_tables_that_say_it_all_need_no_design(tmp_path: Path) -> None:
    add_table(tmp_path, "a\tb\n1\t2\n3\t4\n")
    table = design_table(tmp_path)
    assert (table.rows, table.needs) == ([], {})


def test_animals_and_their_arms(tmp_path: Path) -> None:
    add_files(tmp_path, {"calipers.csv": CALIPERS})
    table = design_table(tmp_path)
    assert [row["sample_id"] for row in table.rows] == ["m1", "m2"]
    assert table.needs["arm"] == (0, 1)
    assert "unit_id" not in table.needs  # the animal is the unit


def test_what_is_refused(study: Path) -> None:
    before = (study / "design.csv").read_bytes()
    columns = ["sample_id", "file", "unit_id", "model"]
    for rows, more, code in (
        ([{"sample_id": "P1"}, {"sample_id": "P1"}], [], "twin-sample"),
        ([{"unit_id": "E1"}], [], "no-sample-id"),
        ([{"sample_id": "P1", "odd": "x"}], [], "no-column"),
    ):
        with pytest.raises(InputError) as caught:
            save_design(study, [*columns, *more], rows)
        assert codes(caught) == {code}
    with pytest.raises(InputError) as caught:
        save_design(study, ["file"], [{"file": "x"}])
    assert codes(caught) == {"no-sample-id"}
    assert (study / "design.csv").read_bytes() == before


def test_a_list_of_plates_is_not_written_over(study: Path) -> None:
    (study / "design.csv").unlink()
    (study / "plates.csv").write_text("Barcode,Template,clid\nP1,T1.csv,LP6\nP2,T1.csv,LP6\n")
    text = (study / "study.toml").read_text("utf-8")
    text = text.replace("seed   = 1", 'seed   = 1\ndesign = "plates.csv"', 1)
    (study / "study.toml").write_text(text, "utf-8")
    table = design_table(study)
    assert [row["model"] for row in table.rows] == ["LP6", "LP6"]
    table = save_design(study, table.columns, [{**row, "unit_id": "E"} for row in table.rows])
    assert table.file == "design.csv"
    assert 'design = "design.csv"' in (study / "study.toml").read_text("utf-8")
    assert (study / "plates.csv").read_text().startswith("Barcode")
