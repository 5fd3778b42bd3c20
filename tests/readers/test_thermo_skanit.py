"""Thermo SkanIt workbooks: against an independent parse, and written by hand."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.readers.thermo_skanit import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.wells import parse_well

Rows = list[list[Any]]
FOLDER = "ecosystem/instrument_files/thermo_skanit"


def load(path: Path) -> Source:
    return Source(name=path.name, data=path.read_bytes())


def expected(path: Path) -> dict[tuple[str, str, float], tuple[float, str]]:
    """Value and sample by plate, well and wavelength."""
    said = json.loads(path.read_text())["plate reader aggregate document"]
    found = {}
    for document in said["plate reader document"]:
        for one in document["measurement aggregate document"]["measurement document"]:
            sample = one["sample document"]
            (control,) = one["device control aggregate document"]["device control document"]
            key = (
                sample["well plate identifier"],
                parse_well(sample["location identifier"]),
                control["detector wavelength setting"]["value"],
            )
            assert key not in found
            found[key] = (one["absorbance"]["value"], sample["sample identifier"])
    return found


def values(table: WellReadings) -> dict[tuple[str, str, float], tuple[float, str]]:
    rows = table.frame.select("sample_id", "well", "channel", "value", "content").iter_rows()
    return {(p, w, float(c.split(", ")[1].split()[0])): (v, text) for p, w, c, v, text in rows}


def read(source: Source, **request: Any) -> WellReadings:
    found = READER.read(source, Request(kind=WellReadings, **request))
    assert isinstance(found, WellReadings)
    return found


def test_five_plates_at_two_wavelengths_equal_the_independent_parse(realdata: Path) -> None:
    path = realdata / FOLDER / "multi-plate_example01.xlsx"
    assert READER.sniff(load(path))
    table = read(load(path))
    assert values(table) == expected(path.with_suffix(".json"))
    assert table.frame.height == 268
    assert set(table.frame["plate_wells"]) == {96.0}
    assert set(table.frame["measured_at"]) == {"2025-06-27 11:00:00"}
    assert table.frame["row_id"][0] == (
        "multi-plate_example01.xlsx:Plate 1#Absorbance 1, 214 nm:A02"
    )
    assert "sheet Run log" in table.unread
    assert not [note for note in table.notes if note.code == "plate-not-read"]
    one = read(load(path), channel="280 nm").frame
    assert (one.height, set(one["channel"])) == (134, {"Absorbance 1, 280 nm"})


def test_two_plates_of_three_steps(realdata: Path) -> None:
    """The independent parse holds the first step only; the others were typed from the sheets."""
    path = realdata / FOLDER / "skanit_different_plate_pattern.xlsx"
    table = read(load(path))
    found = values(table)
    assert {key: v for key, v in found.items() if key[2] == 260} == expected(
        path.with_suffix(".json")
    )
    assert found["Blank plate", "A02", 280.0] == (0.0444, "Blank1")
    assert {key[2] for key in found} == {260.0, 280.0, 320.0}
    assert len(found) == 6
    assert "Blank Subtraction 1, 260 nm" in table.unread
    blanked = read(load(path), channel="Blank Subtraction 1").frame
    assert blanked["value"].to_list() == [0.0, 0.008116]


def grid(corner: str, cells: dict[str, Any], columns: int = 3, rows: str = "AB") -> Rows:
    lines: Rows = [[corner, *range(1, columns + 1)]]
    return lines + [
        [row, *[cells.get(f"{row}{col}") for col in range(1, columns + 1)]] for row in rows
    ]


def book(*sheets: tuple[str, Rows]) -> Source:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return Source(name="s.xlsx", data=out.getvalue())


HEAD: Rows = [["Measurement results"], ["run.skax"], ["5/8/2024 3:54:50 PM"], [" "]]
ABOUT = ("Session information", [["Session information"], [], ["", "Session name"]])


def fluorescence(values: dict[str, Any], samples: dict[str, Any]) -> Source:
    rows = [*HEAD, ["Fluorescence 1"], ["Excitation: 485 nm"], ["Emission: 538 nm"], [" "]]
    rows += [["P1"], [" "], *grid("RFU", values), [], *grid("Sample", samples)]
    return book(("Fluorescence 1_01", rows), ABOUT)


def test_fluorescence_missing_words_and_samples_without_value() -> None:
    source = fluorescence({"A1": 10, "A2": "OVER", "B3": 2.5}, {"A1": "S1", "B1": "S2"})
    assert READER.sniff(source)
    table = read(source)
    assert table.frame.select("well", "value", "cause", "content").rows() == [
        ("A01", 10.0, "", "S1"), ("A02", None, "OVER", None),
        ("B01", None, "empty", "S2"), ("B03", 2.5, "", None),
    ]  # fmt: skip
    assert set(table.frame["channel"]) == {"Fluorescence 1, 485 nm, 538 nm"}
    assert set(table.frame["unit"]) == {"RFU"}
    assert table.frame["row_id"][0] == "s.xlsx:A01"


def problem(source: Source, **request: Any) -> Problem:
    with pytest.raises(InputError) as caught:
        read(source, **request)
    return caught.value.problems[0]


def luminescence(change: Callable[[Rows], Rows]) -> Source:
    rows = [*HEAD, ["Luminescence 1"], [" "], ["P1"], [" "], *grid("RLU", {"A1": 7, "B3": 9})]
    return book(("Luminescence 1_01", change(rows)), ABOUT)


CASES: dict[str, tuple[Callable[[Rows], Rows], str, str]] = {
    "word": (lambda r: [*r[:9], ["A", "x"], r[10]], "not-a-number", "Luminescence 1_01!B10 (A01)"),
    "row lost": (lambda r: r[:10], "rows-missing", "Luminescence 1_01!row 10"),
    "row twice": (lambda r: [*r, r[-1]], "duplicate-row", "Luminescence 1_01!A12"),
    "plate twice": (lambda r: [*r, [], *r[6:]], "duplicate-channel", "Luminescence 1_01!row 15"),
    "columns": (
        lambda r: [*r[:8], ["RLU", 1, 3, 2], *r[9:]],
        "column-numbers",
        "Luminescence 1_01!C9",
    ),
    "no grid": (lambda r: [*r[:8], ["Well", "RLU"], ["A1", 3]], "no-raw-data", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_damaged_workbooks_are_refused_with_their_place(case: str) -> None:
    change, code, place = CASES[case]
    found = problem(luminescence(change))
    assert (found.code, found.place) == (code, place)
    assert found.remedy


def test_a_missed_well_a_shifted_sheet_and_no_other_sheets() -> None:
    rows = [["Measurement results"], ["experiment"], ["5/8/2024"], [" "], ["Luminescence 1"]]
    rows += [[" "], ["Plate 1"], [" "], *grid("RLU", {"A1": 7, "A2": "MISSED"})]
    source = book(("Luminescence 1_01", [[None, *row] for row in rows]))
    assert READER.sniff(source)
    frame = read(source).frame
    assert frame.select("sample_id", "well", "value", "cause").rows() == [
        ("Plate 1", "A01", 7.0, ""),
        ("Plate 1", "A02", None, "MISSED"),
    ]


def test_a_lost_date_leaves_step_and_plate_known() -> None:
    rows = [*HEAD[:2], ["Luminescence 1"], [" "], ["P1"], [" "], *grid("RLU", {"A1": 7})]
    protocol = ("Protocol parameters", [["Protocol parameters"], [], ["Luminescence 1"]])
    frame = read(book(("Luminescence 1_01", rows), protocol)).frame
    assert frame.select("sample_id", "channel", "value").rows() == [("P1", "Luminescence 1", 7.0)]


def test_readings_that_lost_their_step_are_refused() -> None:
    def sheet(step: str) -> Rows:
        return [*HEAD, [step], [" "], ["P1"], [" "], *grid("RLU", {"A1": 7})]

    steps: Rows = [["Protocol parameters"], [], ["Luminescence 1"], [], ["Luminescence 2"]]
    protocol = ("Protocol parameters", steps)
    good = book(("A", sheet("Luminescence 1")), ("B", sheet("Luminescence 2")), protocol)
    assert read(good).frame.height == 2
    found = problem(book(("A", sheet("Luminescence 1")), ("B", sheet("Lum")), protocol))
    assert (found.code, found.place) == ("unknown-step", "B!row 9")


def test_a_plate_that_lacks_a_wavelength_is_refused() -> None:
    def step(plate: str, wave: str, corner: str = "Abs") -> Rows:
        return [[f"Wavelength: {wave}"], [" "], [plate], [" "], *grid(corner, {"A1": 1}), []]

    rows = [*HEAD, ["Absorbance 1"], *step("P1", "450 nm"), *step("P1", "620 nm")]
    rows += [*step("P2", "450 nm"), *step("P2", "620 nm")]
    source = book(("A_01", rows), ABOUT)
    assert read(source).frame.height == 4
    rows[-4] = ["Abs"]  # its column numbers
    found = problem(book(("A_01", rows), ABOUT))
    assert found.code == "grid-missing"
    assert found.message == (
        "Plate 'P2' has no grid of Absorbance 1, 620 nm, as other plates have."
    )


def test_an_unknown_read_names_the_known() -> None:
    found = problem(luminescence(lambda rows: rows), channel="Luminescenc 1")
    assert found.message == "There is no read 'Luminescenc 1'."
    assert found.remedy == "Did you mean 'Luminescence 1'?"


def test_a_plate_of_the_layout_without_readings_is_noted() -> None:
    rows = [*HEAD, ["Luminescence 1"], [" "], ["P1"], [" "], *grid("RLU", {"A1": 7})]
    layout = ("Layout definitions", [["Name", "P1"], [], ["Name", "P2"]])
    (note,) = read(book(("Luminescence 1_01", rows), layout)).notes
    assert (note.code, note.place) == ("plate-not-read", "Layout definitions!row 3")
    assert "'P2'" in note.message


def test_other_workbooks_are_none_of_ours() -> None:
    assert not READER.sniff(book(("Plate", grid("", {"A1": 3}))))
    assert not READER.sniff(Source(name="a.xlsx", data=b"PK\x03\x04"))
