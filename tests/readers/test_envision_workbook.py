"""EnVision plates in a workbook: against an independent parse, and written by hand."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.readers.envision_workbook import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

Rows = list[list[Any]]
FOLDER = "dose/plate_formats"
DAYS = ("RawData_day0.xlsx", "RawData_day7.xlsx")


def read(source: Source, **request: Any) -> WellReadings:
    found = READER.read(source, Request(kind=WellReadings, **request))
    assert isinstance(found, WellReadings)
    return found


def test_twelve_plates_equal_the_reference_parse(realdata: Path) -> None:
    text = (realdata / FOLDER / "ref_RawData_day0_day7_xlsx.csv").read_text()
    expected = {
        (row["Barcode"], f"{row['WellRow']}{int(row['WellColumn']):02d}"): (
            float(row["ReadoutValue"]),
            float(row["BackgroundValue"]),
        )
        for row in csv.DictReader(io.StringIO(text), delimiter=";")
    }
    assert len(expected) == 12 * 384
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for name in DAYS:
        source = Source(name=name, data=(realdata / FOLDER / name).read_bytes())
        assert READER.sniff(source)
        table = read(source)
        rows = table.frame.select("sample_id", "well", "value", "background").iter_rows()
        found |= {(plate, well): (value, back) for plate, well, value, back in rows}
        assert set(table.frame["plate_wells"]) == {384.0}
        assert set(table.frame["channel"]) == {"lower  FI - CyQuant Direct(1)"}
        assert table.notes == ()
        assert "measured_at" not in table.frame.columns  # the sheet says 23
        assert "Protocol information" in table.unread
    assert found == expected


def plate(barcode: Any, number: int = 1, *, label: str = "L1", repeat: int = 1) -> Rows:
    return [
        ["Plate information "],
        ["Plate", "Repeat", "Barcode", "Label"],
        [number, repeat, barcode, label],
        [],
        ["Background information"],
        ["Plate", "Label", "Result", "Signal"],
        [number, label, 0, 12.5],
        [],
        [1, 2.5, 3],
        [4, "OVRFLW", 6],
        [],
    ]


TAIL: Rows = [["Basic assay information"], ["Number of rows", None, 2], ["Number of columns", 3]]


def book(*rows: list[Any]) -> Source:
    made = openpyxl.Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    out = io.BytesIO()
    made.save(out)
    return Source(name="e.xlsx", data=out.getvalue())


def test_plates_labels_and_repeats() -> None:
    source = book(*plate("P1"), *plate("P2", 2), *plate("P1", label="L2"), *TAIL)
    frame = read(source).frame
    assert frame.height == 18
    row = frame.row(0, named=True)
    assert (row["row_id"], row["background"], row["plate_wells"]) == ("e.xlsx:P1#L1:A01", 12.5, 6)
    assert frame.row(4, named=True)["cause"] == "OVRFLW"
    assert read(source, channel="L2").frame["row_id"][0] == "e.xlsx:P1:A01"
    again = read(book(*plate("P1"), *plate("P1", repeat=2), *TAIL)).frame
    assert set(again["repeat"]) == {"1", "2"}
    assert again["row_id"].n_unique() == 12
    without = read(book(*plate(None), *TAIL)).frame
    assert set(without["sample_id"]) == {"Plate 1"}


def test_row_letters_and_calculated_results() -> None:
    rows = plate("P1")
    grid: Rows = [["", 1, 2, 3], ["A", 1, 2, 3], ["B", 4, 5, 6], []]
    lettered = [*rows[:8], ["Results for L1"], *grid]
    computed = [*plate("P1", label="Ratio")[:4], ["Calculated results: Ratio"], *grid]
    table = read(book(*lettered, *computed, *TAIL))
    assert dict(table.frame.select("well", "value").iter_rows())["B03"] == 6
    assert table.frame.height == 6
    assert "Ratio" in table.unread
    assert set(read(book(*lettered, *computed), channel="Ratio").frame["channel"]) == {"Ratio"}


def refused(source: Source, **request: Any) -> Problem:
    with pytest.raises(InputError) as caught:
        read(source, **request)
    return caught.value.problems[0]


P = plate("P1")
CASES: dict[str, tuple[Rows, str, str, str]] = {
    "word": ([*P[:8], [1, "x", 3], *P[9:], *TAIL], "not-a-number", "Sheet!B9 (A02)",
             "'x' is not a number with a decimal point."),
    "row lost": ([*P[:9], *P[10:], *TAIL], "plate-size", "Sheet!row 9",
                 "Plate 'P1' has 1 rows and 3 columns, the file states 2 and 3."),
    "row lost, no shape": ([*P[:9]], "plate-size", "Sheet!row 9",
                           "Plate 'P1' has 1 rows and 3 columns: no plate has."),
    "column added": ([*P[:8], [1, 2, 3, 4], *P[9:], *TAIL], "plate-size", "Sheet!row 9",
                     "Plate 'P1' has 2 rows and 4 columns, the file states 2 and 3."),
    "plate twice": ([*P, *P, *TAIL], "duplicate-plate", "Sheet!row 12",
                    "Plate 'P1' stands here for the second time (first: Sheet!row 1)."),
    "heading lost": ([*P[:7], [], *P[8:], *plate("P2", 2)[1:], *TAIL], "stray-numbers",
                     "Sheet!row 17", "This line of 3 numbers belongs to no plate."),
    "no wells": ([*P[:7], [], *TAIL], "plate-incomplete", "Sheet!row 1",
                 "The plate information has no wells below it."),
    "no barcode line": ([*P[:2], *P[3:], *TAIL], "plate-incomplete", "Sheet!row 1",
                        "The plate information has no line of its own, or several."),
    "letters": ([*P[:8], ["", 1, 2, 3], ["A", 1, 2, 3], ["A", 4, 5, 6], [], *TAIL], "row-order",
                "Sheet!A11", "This row is called 'A', expected the letter of row 2."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_damaged_workbooks_are_refused_with_place_and_reason(case: str) -> None:
    rows, code, place, message = CASES[case]
    problem = refused(book(*rows))
    assert (problem.code, problem.place, problem.message) == (code, place, message)
    assert problem.remedy


def test_an_unknown_label_names_the_known() -> None:
    assert refused(book(*P, *TAIL), channel="L7").remedy == "Known: L1."


def test_other_files_are_none_of_ours() -> None:
    assert not READER.sniff(book(["Plate information"], ["Plate", "Value"]))
    assert not READER.sniff(Source(name="e.csv", data=b"Plate information\nPlate,Barcode\n"))
