"""Tecan i-control and SparkControl workbooks: hand-typed wells, and sheets written by hand.

The real file has no independent parse; its wells were typed from the sheets.
"""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.readers.tecan_workbook import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

Rows = list[list[Any]]
REAL = "dose/plate_formats/tecan/RawData_Tecan_96_well_plates.xlsx"


def read(source: Source, **request: Any) -> WellReadings:
    found = READER.read(source, Request(kind=WellReadings, **request))
    assert isinstance(found, WellReadings)
    return found


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


def test_four_plates_of_a_real_workbook(realdata: Path) -> None:
    path = realdata / REAL
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    table = read(source)
    frame = table.frame
    wells = {(p, w): v for p, w, v in frame.select("sample_id", "well", "value").iter_rows()}
    assert len(wells) == frame.height == 4 * 60
    typed = {
        ("H2122-2", "B02"): 1193, ("H2122-2", "G11"): 716014, ("H2122-2", "D07"): 440890,
        ("H358-2", "C03"): 373, ("H358-2", "F11"): 109012, ("H358-1", "E02"): 63,
        ("H358-1", "D11"): 102165, ("H2122-1", "B02"): 1855, ("H2122-1", "G11"): 580030,
    }  # fmt: skip
    assert {key: wells[key] for key in typed} == typed
    row = frame.filter(frame["sample_id"] == "H358-1").row(0, named=True)
    assert row["row_id"] == "RawData_Tecan_96_well_plates.xlsx:H358-1:B02"
    assert (row["channel"], row["mode"], row["plate_id"]) == ("Label1", "Luminescence", "Plate 22")
    assert (row["plate_wells"], row["measured_at"]) == (96.0, "5/5/2022 4:03:13 PM")
    assert table.notes == ()
    assert "Attenuation" in table.unread
    assert "Start Time" not in table.unread
    one = read(source, sheet="H358-1").frame
    assert set(one["sample_id"]) == {"H358-1"}


HEAD: Rows = [
    ["Application: Tecan i-control", None, "Tecan i-control , 3.9"],
    ["Device: infinite 200Pro"],
    ["Date:", "2024-03-01"],
    ["Time:", "10:00:00"],
    ["Plate", "Greiner 6 Flat Bottom [GRE6ft.pdfx]"],
]
GRID: Rows = [["<>", 1, 2, 3], ["A", 1, 2.5, 3], ["B", 4, "OVER", 6]]
END: Rows = [[], [], ["End Time:", "10:01"]]


def label(name: str, grid: Rows = GRID, *facts: list[Any]) -> Rows:
    start: Rows = [[f"Label: {name}"], ["Mode", None, "Absorbance"], *facts]
    return [*start, ["Start Time:", "10:00:10"], [], [None, "Temperature: 22 °C"], *grid, *END]


def test_a_whole_plate_with_two_labels() -> None:
    wave = ["Measurement Wavelength", None, None, None, 595, "nm"]
    source = book(Sheet1=[*HEAD, *label("OD595", GRID, wave), *label("OD700")])
    frame = read(source).frame
    assert frame.height == 12
    first = frame.row(0, named=True)
    assert first["row_id"] == "t.xlsx#OD595:A01"
    assert (first["sample_id"], first["wavelength"], first["plate_wells"]) == ("t", "595 nm", 6.0)
    assert frame.filter(frame["value"].is_null())["cause"].to_list() == ["OVER", "OVER"]
    one = read(source, channel="OD700")
    assert set(one.frame["channel"]) == {"OD700"}
    assert "OD595" in one.unread
    assert refused(source, channel="OD70").remedy == "Did you mean 'OD700'?"


def test_a_plain_sheet_name_gives_way_to_the_barcode() -> None:
    rows = [*HEAD, ["Plate-ID (Stacker)", None, "P77"], *label("L")]
    assert set(read(book(Sheet1=rows)).frame["sample_id"]) == {"P77"}
    both = read(book(Sheet1=[*HEAD, *label("L")], Sheet2=[*HEAD, *label("L")])).frame
    assert set(both["sample_id"]) == {"Sheet1", "Sheet2"}


def test_spark_names_its_measurement_in_a_line() -> None:
    rows: Rows = [["Method name: lum"], ["Application: SparkControl", "V3.1"], ["Device: Spark"]]
    rows += [["Mode", None, "Luminescence"], ["Name", None, "Lum 1"], ["Start Time", "x"], *GRID]
    source = book(**{"Result sheet": [*rows, [], ["End Time", "y"]]})
    assert READER.sniff(source)
    frame = read(source).frame
    assert set(frame["channel"]) == {"Lum 1"}
    assert set(frame["mode"]) == {"Luminescence"}
    assert set(frame["sample_id"]) == {"t"}


KINETIC: Rows = [["Cycle Nr.", 1, 2], ["Time [s]", 0, 60.5], ["Temp. [°C]", 37, 37], ["A1", 1, 2]]


def test_kinetic_tables_either_way_round() -> None:
    turned = [list(row) for row in zip(*KINETIC, strict=True)]
    down, across = (read(book(P1=[*HEAD, *label("OD", rows)])).frame for rows in (KINETIC, turned))
    assert down.equals(across)
    assert down.select("row_id", "well", "time_s", "value").rows() == [
        ("t.xlsx@0s:A01", "A01", 0.0, 1.0),
        ("t.xlsx@60.5s:A01", "A01", 60.5, 2.0),
    ]
    assert set(down["channel"]) == {"OD"}


def refused(source: Source, **request: Any) -> Problem:
    with pytest.raises(InputError) as caught:
        read(source, **request)
    return caught.value.problems[0]


PART = ["Part of Plate", None, None, None, "A1-B3"]
CASES: dict[str, tuple[Rows, str, str, str]] = {
    "word": (label("L", [["<>", 1, 2, 3], ["A", 1, "x", 3], ["B", 4, 5, 6]]), "not-a-number",
             "P!C12 (A02)", "'x' is not a number with a decimal point."),
    "row lost": (label("L", GRID[:2], PART), "wells-missing", "P!row 12",
                 "'Part of Plate' is A1-B3, but well B01 is not there."),
    "row lost, no part": (label("L", GRID[:2]), "plate-size", "P!row 11",
                          "A grid of 1 rows and 3 columns is no whole plate."),
    "column without number": (label("L", [["<>", 1, 2], *GRID[1:]]), "width", "P!D12",
                              "This cell has no column number above it."),
    "columns swapped": (label("L", [["<>", 1, 3, 2], *GRID[1:]]), "columns", "P!D11",
                        "The column numbers above the plate do not count up."),
    "rows swapped": (label("L", [GRID[0], GRID[2], GRID[1]]), "row-order", "P!A13",
                     "Row 'A' stands below row 'B'."),
    "label twice": ([*label("L"), *label("L")], "duplicate-channel", "P!row 17",
                    "The label 'L' stands twice in the sheet 'P'."),
    "no grid": (label("L", []), "no-raw-data", "P!row 6",
                "The label 'L' has no plate grid with the corner '<>' and no table 'Cycle Nr.'."),
    "only a mean": (label("L", [["Well", "Mean"], ["A1", 3]]), "no-raw-data", "P!row 11",
                    "The list holds no single reads, only L Mean."),
    "unknown list": (label("L", [["Well", "X", "0;0"], ["A1", 3, 4]]), "reads-per-well",
                     "P!row 11", "Here stands a table of several reads per well or of a scan "
                     "('Well') that is not read."),
    "reads per cycle": (label("L", [["Cycles / Well"], ["A1", 1, 2], ["Mean", 3, 4]]),
                        "reads-per-well", "P!row 11", "Here stands a table of several reads per "
                        "well or of a scan ('Cycles / Well') that is not read."),
    "list cut off": (label("L", [["Well", "Mean", "0;0"], ["A1", 3, 4]]), "plate-size", "P!row 11",
                     "The 1 wells of the list are no whole plate."),
    "list without a promised well": (
        label("L", [["Well", "0;0"], ["A1", 3], ["A2", 3]], ["Part of Plate", None, "A1-A3"]),
        "wells-missing", "P!row 12", "'Part of Plate' is A1-A3, but well A03 is not there."),
    "well twice in a list": (label("L", [["Well", "0;0"], ["A1", 3], ["A1", 4]]), "twin-well",
                             "P!A13", "Well A01 stands here twice."),
    "plate without its head": ([*label("L"), ["Plate-ID (Stacker)", None, "P2"], *label("M")],
                               "sheet-changed", "P!row 17",
                               "'Plate-ID (Stacker)' stands below a label: another plate begins "
                               "here without its lines 'Application' and 'Device'."),
    "no times": (label("L", [KINETIC[0], KINETIC[3]]), "no-time", "P!row 11",
                 "The table of cycles has no line 'Time [s]'."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_damaged_sheets_are_refused_with_place_and_reason(case: str) -> None:
    rows, code, place, message = CASES[case]
    problem = refused(book(P=[*HEAD, *rows]))
    assert (problem.code, problem.place, problem.message) == (code, place, message)
    assert problem.remedy


def test_a_promised_well_without_value_is_missing_and_a_stopped_run_is_noted() -> None:
    grid: Rows = [["<>", 1, 2, 3], ["A", 1, None, 3], ["B", 4, 5, 6]]
    table = read(book(P=[*HEAD, *label("L", grid, PART)[:-1]]))
    missing = table.frame.filter(table.frame["value"].is_null())
    assert missing.select("well", "cause").rows() == [("A02", "empty")]
    assert [note.code for note in table.notes] == ["no-end-time"]


def test_decimal_commas_and_encodings() -> None:
    rows = [*HEAD, *label("L", [["<>", 1, 2, 3], ["A", "1,5", 2, 3], ["B", 4, 5, 6]])]
    text = "".join(";".join("" if c is None else str(c) for c in row) + "\r\n" for row in rows)
    ours = read(Source(name="t.csv", data=text.encode("utf-8-sig"))).frame
    assert ours["value"][0] == 1.5
    assert read(Source(name="t.csv", data=text.encode("utf-16"))).frame.equals(ours)


def test_a_line_of_text_that_lost_a_delimiter_is_refused() -> None:
    for grid in (
        [["<>", 1, 2, 3], ["A", 1, 23], ["B", 4, 5, 6]],
        [["Well", "0;0", "0;1"], ["A1", 12], ["A2", 3, 4]],
    ):
        rows = [*HEAD, *label("L", grid)]
        text = "".join("\t".join("" if c is None else str(c) for c in row) + "\n" for row in rows)
        problem = refused(Source(name="t.txt", data=text.encode()))
        assert (problem.code, problem.place) == ("row-width", "line 12")


def test_moved_columns_are_refused_and_other_sheets_noted() -> None:
    rows = [*HEAD, *label("L")]
    moved = refused(book(P=rows, Q=[[None, *row] for row in rows]))
    assert (moved.code, moved.place) == ("sheet-changed", "Q!B11")
    (note,) = read(book(P=rows, Notes=[["mean", 3]])).notes[:1]
    assert (note.code, note.place) == ("sheet-not-read", "Notes")


def test_a_second_head_begins_another_plate() -> None:
    def run(plate: str, name: str) -> Rows:
        key = [["Plate-ID (Stacker)", None, plate]] if plate else []
        return [*HEAD, *key, *label(name), []]

    two = read(book(Day=[*run("P1", "OD450"), *run("P2", "OD570")])).frame
    assert two.select("sample_id", "plate_id", "channel").unique(maintain_order=True).rows() == [
        ("P1", "P1", "OD450"),
        ("P2", "P2", "OD570"),
    ]
    assert two["row_id"][0] == "t.xlsx:P1#OD450:A01"
    same = read(book(Day=[*run("P1", "L"), *run("P2", "L")])).frame
    assert same.group_by("sample_id", "channel").len().height == 2
    once = read(book(Day=[*run("P1", "OD450"), *run("P1", "OD570")])).frame
    assert set(once["sample_id"]) == {"P1"}
    assert set(once["channel"]) == {"OD450", "OD570"}


@pytest.mark.parametrize(
    ("plates", "code", "message"),
    [
        (
            ["P1", ""],
            "two-runs",
            "A second run begins here (the first: P!row 1), and not both name their plate with a "
            "'Plate-ID': they may be one plate or two.",
        ),
        (
            ["P1", "P1"],
            "duplicate-channel",
            "A second run of the same plate begins here, and has the label 'L' too.",
        ),
    ],
)
def test_runs_below_each_other_need_names(plates: list[str], code: str, message: str) -> None:
    rows = [
        row
        for plate in plates
        for row in [*HEAD, ["Plate-ID (Stacker)", None, plate or None], *label("L")]
    ]
    problem = refused(book(P=rows))
    assert (problem.code, problem.place, problem.message) == (code, "P!row 18", message)


def test_a_list_of_reads_gives_each_read_and_the_mean_by_name() -> None:
    wells = ["A1", "A2", "A3", "B1", "B2", "B3"]
    rows: Rows = [["Well", "Mean", "StDev", "0;0", "0;1"]]
    rows += [[well, n + 0.5, 0.7, n, n + 1] for n, well in enumerate(wells)]
    source = book(Sheet1=[*HEAD, *label("OD", rows)])
    table = read(source)
    assert table.frame.group_by("channel", maintain_order=True).agg("value").rows() == [
        ("OD 0;0", [0, 1, 2, 3, 4, 5]),
        ("OD 0;1", [1, 2, 3, 4, 5, 6]),
    ]
    assert {"OD Mean", "OD StDev"} <= set(table.unread)
    assert table.notes == ()
    mean = read(source, channel="OD Mean").frame
    assert mean["value"].to_list() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    assert set(mean["plate_wells"]) == {6.0}


def test_a_german_sheet_is_read_and_another_language_refused_as_such() -> None:
    # words as a public export of i-control 1.12 has them
    rows: Rows = [
        ["Programm: Tecan i-control", None, "Tecan i-control , 1.12.4.0"],
        ["Gerät: infinite 200Pro"],
        ["Datum:", "04.04.2019"],
        ["Zeit:", "10:00:00"],
        ["Platte", None, "Greiner 6"],
        ["Platten-ID (Stapler)", None, "P9"],
        ["Label: OD"],
        ["Modus", None, "Absorption"],
        ["Wellenlänge", None, None, None, 600, "nm"],
        ["Anzahl der Blitze", None, 25],
        ["Startzeit:", "04.04.2019 10:00:05"],
        *GRID,
        [],
        ["Endzeit:", "04.04.2019 10:02:00"],
    ]
    source = book(Tabelle2=rows)
    assert READER.sniff(source)
    table = read(source)
    first = table.frame.row(0, named=True)
    assert (first["sample_id"], first["plate_id"], first["value"]) == ("P9", "P9", 1.0)
    assert (first["mode"], first["wavelength"]) == ("Absorption", "600 nm")
    assert first["measured_at"] == "04.04.2019 10:00:05"
    assert [note.code for note in table.notes] == ["missing-values"]
    assert "Anzahl der Blitze" in table.unread
    assert not {"Modus", "Startzeit", "Endzeit", "Wellenlänge"} & set(table.unread)
    french = [["Logiciel: Tecan i-control"], ["Appareil: infinite"], *rows[2:]]
    problem = refused(book(P=french))
    assert (problem.code, problem.place) == ("sheet-changed", "P!A12")
    assert problem.message == (
        "Here stands a plate, but its sheet does not begin with Tecan's lines in English or "
        "German: it was changed, or is in another language."
    )


def test_other_grids_are_none_of_ours() -> None:
    assert not READER.sniff(book(P=GRID))
    assert not READER.sniff(Source(name="a.txt", data=b"\xff\xfe\x00"))
