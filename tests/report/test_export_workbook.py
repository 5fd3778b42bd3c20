"""The workbook of a study, opened again with openpyxl."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import polars as pl
import pytest

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.contract.view_json import view_to_json
from exportin.report.exports import xlsx
from exportin.report.exports.workbook import state_of, study_workbook
from exportin.report.exports.xlsx import (
    CUT,
    MOST_CHARACTERS,
    Names,
    SheetTable,
    in_pieces,
    workbook_bytes,
)
from exportin.results.tables import Estimates

INJECTIONS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1",
    '=HYPERLINK("x")',
    "http://example.org", "mailto:a@b.c", "internal:A1", "file://x", "{=1}", "1e5", "0x10", "TRUE",
    "'=1", "#REF!", "_x0041_", "a\x00b\x07", "lone \ud800 half", "\ufeff=1", "=DDE(1)", "%0A=1",
    "<b>&amp;</b>", "日本", "\u202e=1", "", " ",
)  # fmt: skip


def book(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def grid(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def view() -> View:
    frame = pl.DataFrame({"x": [1.0, 10.0], "y": [0.1, 0.9], "hollow": [False, True]})
    mark = Mark(kind="points", frame=frame, label="w")
    dose = Axis(label="Dose", unit="nM", scale="log10")
    panel = Panel(title="LP6", x=dose, y=Axis(label="Viability"), marks=(mark,))
    return View(name="curves", title="Dose response", caption="", panels=(panel,))


@pytest.fixture
def made(study: ModuleType) -> Any:
    block = replace(study.block(), views={"curves": view_to_json(view())})
    return study.outcome(block)


def test_every_sheet_is_there_and_told_in_the_readme(made: Any) -> None:
    found = book(study_workbook(made))
    assert found.sheetnames == [
        "README", "Estimates", "Tests", "Flags", "Exclusions", "viability curves", "Provenance",
    ]  # fmt: skip
    told = {row["Sheet"]: row for row in grid(found["README"])}
    for sheet in found:
        if sheet.title != "README":
            assert told[sheet.title]["Rows"] == sheet.max_row - 1
            assert sheet.freeze_panes == "A2"
            assert told[sheet.title]["What it holds"]


def test_every_estimate_is_a_number_with_its_bounds_in_columns_of_their_own(made: Any) -> None:
    rows = {r["Result id"]: r for r in grid(book(study_workbook(made))["Estimates"])}
    frame = made.estimates().frame
    assert len(rows) == frame.height
    names = {"value": "Value (in units)", "conf_low": "Lower limit (in units)",
             "conf_high": "Upper limit (in units)", "bound": "Bound (= < >)", "units": "Units",
             "n_units": "Units (n)", "model": "Model"}  # fmt: skip
    for row in frame.iter_rows(named=True):
        for ours, theirs in names.items():
            found = rows[row["id"]][theirs]
            number = isinstance(row[ours], float)
            assert found == (pytest.approx(row[ours], rel=1e-15) if number else row[ours])
    assert {r["Bound (= < >)"] for r in rows.values()} == {"=", ">"}
    assert any(r["As reported"] == "> 2000 nM" for r in rows.values())


def test_tests_are_there_with_effect_and_p(made: Any) -> None:
    rows = grid(book(study_workbook(made))["Tests"])
    ps = made.tests().frame["p_value"].to_list()
    assert [r["p value"] for r in rows] == ps
    assert all(r["Effect (in units)"] is not None for r in rows)


def test_exclusions_say_whether_they_are_in_force(made: Any) -> None:
    sheet = book(study_workbook(made))["Exclusions"]
    states = [(r["Line"], r["Row"], r["State"]) for r in grid(sheet)]
    assert states == [
        (1, "plate2.csv:D7", "in force"),
        (2, "plate1.csv:C4", "taken back by line 3"),
        (2, "plate1.csv:C5", "taken back by line 3"),
        (3, "plate1.csv:C4", "takes back"),
        (3, "plate1.csv:C5", "takes back"),
    ]
    assert [row[0].font.strike for row in sheet.iter_rows(min_row=2)] == [
        True,
        None,
        None,
        None,
        None,
    ]


def test_an_exclusion_of_another_block_takes_nothing_back(study: ModuleType) -> None:
    first = study.entry(1, "exclude", ("a",), "r")
    other = study.entry(2, "undo", ("a",), "r", block="other")
    assert state_of(first, "a", (first, other)) == "in force"


def test_numbers_behind_a_figure_are_numbers_with_units(made: Any) -> None:
    sheet = book(study_workbook(made))["viability curves"]
    rows = grid(sheet)
    assert [r["x: Dose (nM)"] for r in rows] == [1.0, 10.0]
    assert [r["y: Viability"] for r in rows] == [0.1, 0.9]
    assert [row[0].font.strike for row in sheet.iter_rows(min_row=2)] == [None, True]  # hollow


def test_provenance_names_files_versions_settings_and_seed(made: Any) -> None:
    rows = [tuple(r.values()) for r in grid(book(study_workbook(made))["Provenance"])]
    assert ("study", "seed", 20210217) in rows
    assert ("version", "numpy", "2.1.0") in rows
    assert ("block viability: file (sha256)", "plates/plate1.csv", "ab" * 32) in rows
    assert ("block viability: setting", "model", "log_logistic_4") in rows


def test_same_bytes_twice_and_no_clock(made: Any) -> None:
    data = study_workbook(made)
    assert data == study_workbook(made)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"1980-01-01" in archive.read("docProps/core.xml")


def one(*cells: Any) -> bytes:
    table = SheetTable(name="a", about="", heads=("=head()",), rows=[(cell,) for cell in cells])
    return workbook_bytes([table], title="=t()")


def test_no_text_becomes_a_formula_a_link_or_a_number() -> None:
    sheet = book(one(*INJECTIONS))["a"]
    cells = [row[0] for row in sheet.iter_rows()]
    assert [cell.data_type for cell in cells if cell.value is not None] == [
        "s" for cell in cells if cell.value is not None
    ]
    assert not any(cell.hyperlink for cell in cells)
    assert sheet["A1"].value == "=head()"
    said = [cell.value for cell in cells[1:]]
    for wanted, found in zip(INJECTIONS, said, strict=False):
        if wanted.isprintable() and wanted.strip() == wanted and wanted:
            assert found == wanted
    with zipfile.ZipFile(io.BytesIO(one(*INJECTIONS))) as archive:
        text = archive.read("xl/worksheets/sheet1.xml") + archive.read("xl/workbook.xml")
        assert b"<f>" not in text
        assert not [n for n in archive.namelist() if "rels" in n and "sheet1" in n]


def test_injections_in_names_of_a_study_are_text(study: ModuleType) -> None:
    row = {"block": "viability", "assay": "viability", "experimental_unit": "experiment",
           "quantity": "ec50", "method": "pool_t", "model": "=1+1", "value": -1.0}  # fmt: skip
    block = study.block(estimates=Estimates.build([row]), settings={"label": "@x"})
    found = book(study_workbook(study.outcome(block, title="=cmd()")))
    cells = [c for sheet in found for line in sheet.iter_rows() for c in line]
    assert not any(c.data_type == "f" for c in cells)
    (first,) = grid(found["Estimates"])
    assert first["Model"] == "=1+1"
    assert first["Value (in units)"] == -1.0


@pytest.mark.parametrize(
    ("cell", "value"),
    [(-1.5, -1.5), (0, 0), (True, True), (2**60, str(2**60)), (float("nan"), "nan"),
     (float("inf"), "inf"), (None, None), ("", None)],
)  # fmt: skip
def test_cells_keep_their_type(cell: Any, value: Any) -> None:
    found = book(one(cell, "end"))["a"]["A2"].value
    assert found == value
    assert type(found) is type(value)


def test_a_text_that_is_too_long_says_that_it_was_cut() -> None:
    found = book(one("x" * 40_000))["a"]["A2"].value
    assert len(found) == MOST_CHARACTERS
    assert found.endswith(CUT)


def test_a_table_that_is_too_long_goes_on_in_the_next_sheet() -> None:
    rows = [(float(i),) for i in range(10)]
    table = SheetTable(name="rows", about="", heads=("n",), rows=rows, struck={0, 4, 9})
    pieces = in_pieces([table], most_rows=5)
    assert [(name, len(t.rows), sorted(t.struck)) for name, t in pieces] == [
        ("rows", 4, [0]), ("rows 2", 4, [0]), ("rows 3", 2, [1]),
    ]  # fmt: skip
    found = book(workbook_bytes([table], title="", most_rows=5))
    kept = [row[0] for name in found.sheetnames for row in list(found[name].values)[1:]]
    assert kept == [row[0] for row in rows]


def test_the_readme_tells_of_a_table_that_was_divided(made: Any) -> None:
    rows = grid(book(study_workbook(made, most_rows=20))["README"])
    notes = [r["What it holds"] for r in rows if r["Sheet"] == "Note"]
    assert any("'Estimates' has" in note for note in notes)


def test_names_of_sheets() -> None:
    names = Names()
    made = [names.new(n) for n in ("a" * 40, "A" * 40, "x/y[1]:*?\\", "'q'", "", "History")]
    assert all(len(name) <= 31 for name in made)
    assert len({name.casefold() for name in made}) == len(made)
    assert not any(set(name) & set("[]:*?/\\") for name in made)
    assert made[-1] != "History"


def test_raw_rows_have_their_flags_beside_them(tmp_path: Path, cli: Callable[..., Any]) -> None:
    from exportin.study.run import run_study

    folder = tmp_path / "study"
    folder.mkdir()
    rows = [f"{g},E{u},{10 * u + (g == 'b')}" for g in "ab" for u in range(1, 4)]
    (folder / "v.csv").write_text("\n".join(["treatment,unit_id,value", *rows]) + "\n")
    (folder / "study.toml").write_text(
        '[study]\nschema = 1\ntitle = "t"\nseed = 1\n'
        '[block.m]\nassay = "measurement"\nfiles = ["v.csv"]\n'
    )
    assert cli("exclude", folder, "m", "v.csv:a|E1", "--reason", "spilt").code == 0
    sheet = book(study_workbook(run_study(folder, pictures=False)))["m rows"]
    found = {row["row_id"]: row for row in grid(sheet)}
    assert len(found) == 6
    assert found["v.csv:a|E1"]["State"] == "left out"
    assert "spilt" in found["v.csv:a|E1"]["Flags"]
    assert found["v.csv:a|E1"]["value"] == 10.0  # the value is still there
    struck = {row[0].value for row in sheet.iter_rows(min_row=2) if row[0].font.strike}
    assert struck == {"v.csv:a|E1"}


def test_a_long_table_is_written_row_by_row_and_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond so many rows nothing is kept in memory; the cells are no others for that."""
    rows = [(f"=row {i}", i / 7, i % 2 == 0) for i in range(300)]
    table = SheetTable(name="a", about="", heads=("t", "n", "b"), rows=rows, struck={5})
    short = list(book(workbook_bytes([table], title=""))["a"].values)
    monkeypatch.setattr(xlsx, "MANY", 100)
    data = workbook_bytes([table], title="")
    assert data == workbook_bytes([table], title="")
    assert list(book(data)["a"].values) == short
    assert book(data)["a"]["A7"].font.strike
    assert not any(c.data_type == "f" for line in book(data)["a"].iter_rows() for c in line)
