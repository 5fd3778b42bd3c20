"""Treatment templates and manifests: against a reference parse, and written by hand."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.readers import plate_manifest, plate_template
from exportin.tables.kinds import PlateLayout, PlateList
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

Rows = list[list[Any]]
FOLDER = "dose/plate_formats"
MANIFESTS = {"manifest.xlsx": 12, "tecan/manifest_Tecan_96_well_plates.xlsx": 4}


def template(source: Source) -> PlateLayout:
    found = plate_template.READER.read(source, Request(kind=PlateLayout))
    assert isinstance(found, PlateLayout)
    return found


def manifest(source: Source) -> PlateList:
    found = plate_manifest.READER.read(source, Request(kind=PlateList))
    assert isinstance(found, PlateList)
    return found


def load(path: Path) -> Source:
    return Source(name=path.name, data=path.read_bytes())


def book(**sheets: Rows) -> Source:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return Source(name="t.xlsx", data=out.getvalue())


def test_every_well_equals_the_reference_parse(realdata: Path) -> None:
    """The reference names all 384 wells; a well that no sheet names is NA there, absent here.

    It also writes 'vehicle' for 'untreated', which the sheet says: here the sheet's word stays.
    """
    text = (realdata / FOLDER / "ref_template_treated_untreated_xlsx.csv").read_text()
    expected: dict[str, dict[str, list[str | None]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        said = [row[k] for k in ("Gnumber", "Concentration", "Gnumber_2", "Concentration_2")]
        well = f"{row['WellRow']}{int(row['WellColumn']):02d}"
        cells = [None if cell == "NA" else cell for cell in said]
        expected.setdefault(row["Template"], {})[well] = cells
    assert {name: len(wells) for name, wells in expected.items()} == {
        "Template_7daytreated.xlsx": 384,
        "Template_Untreated.xlsx": 384,
    }
    for name, wells in expected.items():
        source = load(realdata / FOLDER / name)
        assert plate_template.READER.sniff(source)
        rows = {row["well"]: row for row in template(source).frame.iter_rows(named=True)}
        assert set(rows) == {well for well, cells in wells.items() if cells[0] is not None}
        for well, row in rows.items():
            drug, dose, second, low = wells[well]
            word = "vehicle" if row["treatment"] == "untreated" else row["treatment"]
            assert (word, row.get("treatment_2")) == (drug, second)
            for ours, theirs in ((row.get("dose"), dose), (row.get("dose_2"), low)):
                same = pytest.approx(float(theirs), rel=1e-14) if theirs is not None else None
                assert ours == same  # the reference writes 15 digits


def test_a_template_made_from_a_d300_file(realdata: Path) -> None:
    """Typed from the sheets; the plates of this set were read from B2 to G11."""
    table = template(load(realdata / FOLDER / "tecan/D300_trt_Tecan_96_well_plates.xlsx"))
    rows = {w: (t, d) for w, t, d in table.frame.select("well", "treatment", "dose").iter_rows()}
    assert len(rows) == 60
    assert rows["B02"] == ("G03406036", 0.3)
    assert rows["C03"] == ("G03406036", 0.09486832980505)
    assert rows["D10"] == ("G03476226", 3e-5)
    assert rows["G02"] == ("G03476459", 10)
    assert rows["G10"] == ("G03476459", 0.001)
    assert rows["G11"] == rows["B11"] == ("vehicle", 0)
    assert rows["E09"] == ("G03476226", 9.486832980505e-05)


PAIR: dict[str, Rows] = {"Gnumber": [["D1", "vehicle"]], "Concentration": [["1,5", 0]]}


def test_further_sheets_are_columns_and_commas_are_decimals() -> None:
    table = template(book(**PAIR, Media=[[None, "RPMI"]]))
    assert table.frame.select("well", "treatment", "dose", "Media").rows() == [
        ("A01", "D1", 1.5, None),
        ("A02", "vehicle", 0.0, "RPMI"),
    ]
    assert table.frame["row_id"][0] == "t.xlsx:A01"
    assert [note.code for note in table.notes] == ["comma-in-text"]


def refused(source: Source) -> Problem:
    with pytest.raises(InputError) as caught:
        template(source)
    return caught.value.problems[0]


GRID: Rows = [["", 1, 2, 3], ["A", "x", "x", "x"], ["B", "x", "x", "x"]]
CASES: dict[str, tuple[dict[str, Rows], str, str, str]] = {
    "word": ({**PAIR, "Concentration": [["x", 0]]}, "not-a-number", "Concentration!A1 (A01)",
             "'x' is not a number with a decimal point."),
    "nothing": ({"Gnumber": []}, "empty-layout", "", "No sheet names anything in any well."),
    "below zero": ({**PAIR, "Concentration": [[-1, 0]]}, "dose", "Concentration!A1 (A01)",
                   "the concentration '-1' is below zero."),
    "no dose": ({**PAIR, "Concentration": [[None, 0]]}, "half-a-dose", "Gnumber!A1 (A01)",
                "'D1' has no concentration."),
    "no drug": ({**PAIR, "Gnumber": [["D1"]]}, "half-a-dose", "Concentration!B1 (A02)",
                "the concentration 0 has no drug."),
    "no drug sheet": ({**PAIR, "Concentration_2": [[1]]}, "no-drug-sheet", "",
                      "There is a sheet Concentration_2, but no sheet Gnumber_2."),
    "headings": ({**PAIR, "Gnumber": GRID}, "template-headings", "Gnumber!row 1",
                 "The sheet has column numbers and row letters; here cell A1 stands for well A1."),
    "too wide": ({**PAIR, "Gnumber": [["x"] * 49]}, "plate-size", "Gnumber!row 1",
                 "The sheet has 1 rows and 49 columns."),
    "as text": ({**PAIR, "Concentration": [["1.234", 0]]}, "number-as-text",
                "Concentration!A1 (A01)",
                "'1.234' is stored as text: it may be a decimal or a thousand."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_templates_are_refused_with_place_and_reason(case: str) -> None:
    sheets, code, place, message = CASES[case]
    problem = refused(book(**sheets))
    assert (problem.code, problem.place, problem.message) == (code, place, message)
    assert problem.remedy


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_plate_of_a_manifest(realdata: Path, name: str) -> None:
    source = load(realdata / FOLDER / name)
    assert plate_manifest.READER.sniff(source)
    frame = manifest(source).frame
    assert frame.height == MANIFESTS[name]
    rows = {row.pop("sample_id"): row for row in frame.drop("row_id", "file").to_dicts()}
    if name == "manifest.xlsx":
        day0 = {"duration_h": 0.0, "layout": "Template_Untreated.xlsx", "model": "CL00018"}
        assert rows["201904190f"] == day0
        assert rows["201904197a"]["layout"] == "Template_7daytreated.xlsx"
        assert rows["201904197a"]["duration_h"] == 168.0
    else:
        assert rows["H358-1"] == {
            "duration_h": 168.0,
            "layout": "D300_trt_Tecan_96_well_plates.xlsx",
            "model": "CL129179",
        }


def test_a_manifest_as_text_with_further_columns() -> None:
    text = "clid;Template;Barcode;Duration;Media\nC1;t.xlsx;P1;72,5;RPMI\n"
    source = Source(name="m.csv", data=text.encode("utf-16"))
    assert plate_manifest.READER.sniff(source)
    (row,) = manifest(source).frame.to_dicts()
    assert row == {
        "row_id": "m.csv:P1", "file": "m.csv", "sample_id": "P1", "model": "C1",
        "layout": "t.xlsx", "duration_h": 72.5, "Media": "RPMI",
    }  # fmt: skip


def test_a_manifest_may_say_little() -> None:
    source = Source(name="m.csv", data=b"Barcode,Template\nP1,\n")
    (row,) = manifest(source).frame.drop("row_id", "file").to_dicts()
    assert row == {"sample_id": "P1", "layout": None}


BAD = {
    "twice": ("P1,t,1\nP1,t,1\n", "twin-sample", "line 3, column 1"),
    "no barcode": ("P1,t,1\n,t,1\n", "no-sample-id", "line 3, column 1"),
    "no hours": ("P1,t,x\n", "not-a-number", "line 2, column 3"),
    "below zero": ("P1,t,-1\n", "hours", "line 2, column 3"),
    "no heading": ("P1,t,1,x\n", "unnamed-column", "line 2, column 4"),
    "no rows": ("", "no-rows", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_manifests_are_refused_with_their_place(case: str) -> None:
    rows, code, place = BAD[case]
    text = f"Barcode,Template,Duration\n{rows}"
    with pytest.raises(InputError) as caught:
        manifest(Source(name="m.csv", data=text.encode()))
    problem = caught.value.problems[0]
    assert (problem.code, problem.place) == (code, place)
    assert problem.remedy


def test_other_files_are_none_of_ours() -> None:
    assert not plate_template.READER.sniff(book(Plate=[["D1"]]))
    assert not plate_manifest.READER.sniff(Source(name="d.csv", data=b"sample_id,model\nP1,A\n"))
