"""The layout as a table: what is saved is what a run reads, and nothing else is lost."""

from pathlib import Path
from typing import Any

import pytest

from exportin.plates.layout import read_layout
from exportin.study.edit.fills import fill_series, make_rows
from exportin.study.edit.journal import history, undo
from exportin.study.edit.layout_table import layout_table, save_layout
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

BLOCK = "viability"


def codes(caught: Any) -> set[str]:
    return {problem.code for problem in caught.value.problems}


def test_layout_to_fill_in(study: Path) -> None:
    table = layout_table(study, BLOCK)
    assert (table.file, table.size, table.plates) == ("layout.csv", 96, ("P1", "P2"))
    assert table.columns == ("well", "role", "treatment", "dose", "dose_unit")
    assert len(table.rows) == len(table.wells_in_files) == 96
    assert (table.wells_in_files[0], table.wells_in_files[-1]) == ("A01", "H12")
    assert set(table.rows[0].values()) == {"A01", ""}


def test_save_and_undo(study: Path) -> None:
    before = (study / "layout.csv").read_bytes()
    rows = fill_series("B2", "G11", treatment="drug", top=1000, factor=3, unit="nM", size=96)
    rows += [{"well": "a1", "role": "vehicle"}, {"well": "H12", "treatment": ""}]
    table = save_layout(study, BLOCK, rows)
    assert {row["well"]: row["role"] for row in table.rows}["A01"] == "vehicle"
    assert len(table.rows) == 61
    frame = read_layout(Source(name="x", data=(study / "layout.csv").read_bytes())).frame
    doses = frame.filter(frame.get_column("well") == "B04").get_column("dose").to_list()
    assert doses == [pytest.approx(1000 / 9)]
    assert history(study).can_undo == "change the layout layout.csv"
    undo(study)
    assert (study / "layout.csv").read_bytes() == before


def test_every_fault_by_its_well(study: Path) -> None:
    before = (study / "layout.csv").read_bytes()
    rows = [
        {"well": "A1", "role": "trated"},
        {"well": "B3", "role": "treated", "treatment": "x", "dose": "1,5", "dose_unit": "nm"},
        {"well": "Z99", "role": "vehicle"},
        {"well": "C1", "role": "vehicle"},
        {"well": "C01", "role": "vehicle"},
    ]
    with pytest.raises(InputError) as caught:
        save_layout(study, BLOCK, rows)
    assert codes(caught) >= {"unknown-role", "twin-well", "not-a-well"}
    assert {p.place for p in caught.value.problems} == {
        "well A01",
        "well B03",
        "well Z99",
        "well C01",
    }
    assert (study / "layout.csv").read_bytes() == before
    for rows in ([], [{"well": "A1", "role": "vehicle", "row_id": "x"}]):
        with pytest.raises(InputError):
            save_layout(study, BLOCK, rows)
    with pytest.raises(InputError) as caught:
        save_layout(study, "nothing", [])
    assert codes(caught) == {"unknown-block"}


def test_columns_that_are_not_sent_are_kept(study: Path) -> None:
    text = 'well;role;treatment;dose;dose_unit;my note\r\nA1;vehicle;;;;"x; y"\r\nA2;blank;;;;z\r\n'
    (study / "layout.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    table = layout_table(study, BLOCK)
    assert table.columns[-1] == "my note"
    assert [row["my note"] for row in table.rows] == ["x; y", "z"]
    rows = [{"well": "A1", "role": "blank"}, {"well": "A3", "role": "vehicle"}]
    empty = dict.fromkeys(("treatment", "dose", "dose_unit"), "")
    assert save_layout(study, BLOCK, rows).rows == [
        {"well": "A01", "role": "blank", **empty, "my note": "x; y"},
        {"well": "A03", "role": "vehicle", **empty, "my note": ""},
    ]
    assert (study / "layout.csv").read_bytes().count(b"\r\n") == 3


def test_block_without_a_layout(study: Path) -> None:
    text = (study / "study.toml").read_text("utf-8").replace('layout = "layout.csv"\n', "")
    (study / "study.toml").write_text(text, "utf-8")
    table = layout_table(study, BLOCK)
    assert (table.file, table.rows, len(table.wells_in_files)) == ("", [], 96)
    table = save_layout(study, BLOCK, [{"well": "A1", "role": "vehicle"}])
    assert table.file == "layout_2.csv"  # layout.csv is there and stays
    assert 'layout = "layout_2.csv"' in (study / "study.toml").read_text("utf-8")
    undo(study)
    assert (study / "study.toml").read_text("utf-8") == text
    assert not (study / "layout_2.csv").exists()


def test_grids_become_a_table(study: Path) -> None:
    grid = "role,1,2,3\nA,vehicle,treated,\nB,,,blank\n\ntreatment,1,2,3\nA,,d,\nB,,,\n"
    grid += "\ndose,1,2,3\nA,,5,\nB,,,\n\ndose_unit,1,2,3\nA,,nM,\nB,,,\n"
    (study / "layout.csv").write_text(grid)
    table = layout_table(study, BLOCK)
    assert {row["well"]: row["dose"] for row in table.rows} == {"A01": "", "A02": "5", "B03": ""}
    table = save_layout(study, BLOCK, table.rows)
    assert table.file == "layout_2.csv"
    assert (study / "layout.csv").read_text() == grid


def test_layout_named_by_the_design(study: Path) -> None:
    (study / "design.csv").write_text("sample_id,file,layout\nP1,,map.csv\n")
    with pytest.raises(InputError) as caught:
        save_layout(study, BLOCK, [{"well": "A1", "role": "vehicle"}])
    assert codes(caught) == {"two-layouts"}


def test_real_templates(realdata: Path, study: Path) -> None:
    found = sorted(realdata.rglob("Template_7daytreated.xlsx"))
    if not found:
        pytest.skip("no template among the real files")
    (study / "T.xlsx").write_bytes(found[0].read_bytes())
    text = (study / "study.toml").read_text("utf-8").replace("layout.csv", "T.xlsx")
    (study / "study.toml").write_text(text, "utf-8")
    table = layout_table(study, BLOCK)
    assert table.size == 384
    assert any(row["dose"] not in {"", "0"} for row in table.rows)


def test_series_along_every_way() -> None:
    want = {
        "right": ["A01", "A02"],
        "left": ["A02", "A01"],
        "down": ["A01", "B01"],
        "up": ["B01", "A01"],
    }
    for along, order in want.items():
        rows = fill_series("B2", "A1", treatment="d", top=9, factor=3, unit="nM", along=along)  # type: ignore[arg-type]
        doses = {row["well"]: row["dose"] for row in rows}
        assert len(doses) == 4
        assert [doses[well] for well in order] == ["9", "3"]


@pytest.mark.parametrize(
    "wish",
    [
        {"treatment": " "}, {"top": 0}, {"top": float("nan")}, {"factor": 1}, {"factor": -2},
        {"unit": "nm"}, {"along": "across"}, {"last": "I1"}, {"factor": 1e6, "last": "A12"},
    ],
)  # fmt: skip
def test_series_that_is_refused(wish: dict[str, Any]) -> None:
    fine = {"first": "A1", "last": "A3", "treatment": "d", "top": 1.0, "factor": 3.0, "unit": "nM"}
    fill_series(**fine)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        fill_series(**{**fine, **wish})  # type: ignore[arg-type]


def test_whole_plate_by_a_wish(study: Path) -> None:
    wish = {"size": 96, "drugs": ["a", "b"], "doses": [1, 10.0, 100], "unit": "nM",
            "randomize": True, "seed": 5, "vehicle": 12}  # fmt: skip
    rows = make_rows(wish)
    assert rows == make_rows(wish) != make_rows({**wish, "seed": 6})
    assert [row["role"] for row in rows].count("treated") == 18
    assert len(save_layout(study, BLOCK, rows).rows) == 96


@pytest.mark.parametrize(
    "wish",
    [
        {}, {"size": "96"}, {"size": True}, {"size": 97}, {"drugs": [1]}, {"doses": ["x"]},
        {"doses": [True]}, {"colour": 1}, {"edge": "side"}, {"seed": -1}, {"unit": "nm"},
        {"vehicle": 500}, {"randomize": "yes"},
    ],
)  # fmt: skip
def test_wish_that_is_refused(wish: dict[str, Any]) -> None:
    fine = {"size": 96, "drugs": ["a"], "doses": [1, 2]} if wish else {}
    with pytest.raises(InputError) as caught:
        make_rows({**fine, **wish})
    assert all(problem.remedy for problem in caught.value.problems)
