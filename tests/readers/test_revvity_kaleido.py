import json
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.revvity_kaleido import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well

REAL = (
    "ecosystem/instrument_files/revvity_kaleido/luminescence_endpoint_single_plate_example_01.csv"
)
HEAD = "EnSight Results from\nProtocol Name,foo\nMeasurement Date,2023-05-17 16:21:30\n\n\n"
NAMES = "Barcode,Repeat,Loop no,Well scan x,Well scan y,Exc wl / filter,Ems wl,\n"
GRID = ",1,2,3,4,5,6,\nA,1,2,3,4,5,6,\nB,7,8,9,10,11,12,\nC,1,2,3,4,5,6,\nD,1,2,3,,,,\n"
TAIL = """
Measurement Information
Measurement Started,,2023-05-17 16:21:31

Plate Type Information
Number of Rows,,6
Number of Columns,,4

Platemap
,1,2,3,4,5,6,
A,S1,-,-,-,-,-,
B,-,-,-,-,-,-,
C,-,-,-,-,-,-,
D,-,-,-,-,-,U2,

Measurement Sequence
Fluo 1
Delay 1

Exported with Kaleido 3.0.3067.117
"""


def block(values: str = "P7,1,,,,480,520,", title: str = "Fluo 1", grid: str = GRID) -> str:
    return f"Result for {title}\n{NAMES}{values}\n\n{grid}\n"


def read(text: str | bytes, **request: object) -> WellReadings:
    data = text if isinstance(text, bytes) else text.encode()
    source = Source(name="raw/p1.csv", data=data)
    assert READER.sniff(source)
    return READER.read(source, Request(kind=WellReadings, **request))


def refused(text: str, **request: object):
    with pytest.raises(InputError) as caught:
        read(text, **request)
    return caught.value.problems


def test_every_well_equals_the_independent_parse(realdata: Path):
    path = realdata / REAL
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    table = READER.read(source, Request(kind=WellReadings))
    content = json.loads(path.with_suffix(".json").read_text())["plate reader aggregate document"]
    ones = [
        one
        for document in content["plate reader document"]
        for one in document["measurement aggregate document"]["measurement document"]
    ]
    expected = {
        parse_well(one["sample document"]["location identifier"]): one["luminescence"]["value"]
        for one in ones
    }
    assert len(expected) == len(ones) == 96
    assert dict(table.frame.select("well", "value").iter_rows()) == expected
    assert table.frame.height == 96
    plates = {one["sample document"]["well plate identifier"] for one in ones}
    assert set(table.frame["sample_id"]) == plates
    assert set(table.frame["channel"]) == {"Luminescence 1"}
    assert set(table.frame["measured_at"]) == {"2023-05-17 16:21:30"}
    assert set(table.frame["plate_wells"]) == {96.0}
    assert table.notes == ()
    assert "Well Volume [\u00b5l]" in table.unread


def test_rows_have_barcode_size_time_and_platemap():
    table = read(HEAD + block() + TAIL)
    assert table.frame.row(0, named=True) == {
        "row_id": "raw/p1.csv:A01",
        "file": "raw/p1.csv",
        "sample_id": "P7",
        "well": "A01",
        "channel": "Fluo 1",
        "value": 1.0,
        "cause": "",
        "plate_wells": 24.0,
        "measured_at": "2023-05-17 16:21:31",
        "content": "S1",
    }
    assert table.frame.height == 21


def test_wavelengths_repeats_loops_and_plates_are_told_apart():
    waves = read(HEAD + block() + block("P7,1,,,,480,620,") + TAIL).frame
    assert set(waves["channel"]) == {"Fluo 1, Ems wl 520", "Fluo 1, Ems wl 620"}
    one = read(HEAD + block() + block("P7,1,,,,480,620,") + TAIL, channel="Fluo 1, Ems wl 620")
    assert one.frame.height == 21
    assert one.unread[0] == "Fluo 1, Ems wl 520"
    loops = read(HEAD + block("P7,1,1,,,,,") + block("P7,1,2,,,,,") + TAIL).frame
    assert set(loops["cycle"]) == {1.0, 2.0}
    assert loops["row_id"][0] == "raw/p1.csv#cycle=1:A01"
    scan = block("P7,1,,1,1,,,") + block("P7,1,,2,1,,,").split("\n", 1)[1]  # one title for both
    points = read(HEAD + scan + TAIL).frame
    assert set(points["scan_x"]) == {1.0, 2.0}
    assert "scan_y" not in points.columns
    plates = read(HEAD + block() + block("P8,1,,,,480,520,") + TAIL).frame
    assert set(plates["sample_id"]) == {"P7", "P8"}


def test_version_two_names_the_plate_on_a_line():
    text = f"Results for Fluo 1 1\nBarcode:V-2023 16:21,Repeat:1,\n\n{GRID}{TAIL}"
    frame = read(text).frame
    assert set(frame["sample_id"]) == {"V-2023 16:21"}
    assert set(frame["channel"]) == {"Fluo 1 1"}
    twice = "\n".join(
        f"Barcode:P7,AnalysisParameter:{name},\n\n{GRID}" for name in ("Cells", "Area")
    )
    parts = read(f"Results for Fluo 1 1\n{twice}{TAIL}").frame
    assert set(parts["channel"]) == {
        "Fluo 1 1, Analysis Parameter Cells", "Fluo 1 1, Analysis Parameter Area",
    }  # fmt: skip


def test_calculated_results_are_left_until_named():
    both = HEAD + block() + block(title="Ratio 1") + TAIL
    table = read(both)
    assert set(table.frame["channel"]) == {"Fluo 1"}
    assert table.unread[0] == "Ratio 1"
    assert read(both, channel="Ratio 1").frame.height == 21
    (problem,) = refused(HEAD + block(title="Ratio 1") + TAIL)
    assert problem.message == "The file holds no raw reads, only calculated numbers."


def test_swapped_columns_are_the_same_table():
    swapped = block().replace("Barcode,Repeat", "Repeat,Barcode").replace("P7,1,", "1,P7,")
    assert read(HEAD + swapped + TAIL).frame.equals(read(HEAD + block() + TAIL).frame)


def test_german_export_is_the_same_table():
    text = HEAD + block().replace("B,7,", "B,7.5,") + TAIL
    german = text.replace(",", ";").replace("B;7.5;", "B;7,5;")
    ours = read(text).frame
    assert 7.5 in ours["value"]
    assert read(german).frame.equals(ours)
    assert read(german.encode("utf-16")).frame.equals(ours)
    assert read(text.replace("\n", "\r\n").encode("utf-8-sig")).frame.equals(ours)


def test_words_for_missing_keep_their_cause():
    frame = read(HEAD + block(grid=GRID.replace("A,1,", "A,OVRFLW,")) + TAIL).frame
    assert frame.filter(frame["value"].is_null()).select("well", "cause").rows() == [
        ("A01", "OVRFLW")
    ]


def test_a_file_without_its_last_line_is_noted():
    assert [note.code for note in read(HEAD + block()).notes] == ["no-trailer"]


WHOLE = HEAD + block() + TAIL
CASES = {
    "odd cell": (
        WHOLE.replace("A,1,", "A,foo,"),
        "line 11, column 2 (A01)",
        "'foo' is not a number with a decimal point.",
    ),
    "truncated": (
        WHOLE[: WHOLE.index("C,1")],
        "line 12",
        "Row C is missing: a plate with 6 columns has rows A to D (missing: C, D).",
    ),
    "lost delimiter": (
        WHOLE.replace("B,7,8,", "B,7.8,"),
        "line 12",
        "The line has 7 cells, its neighbors have 8.",
    ),
    "wrong size": (
        WHOLE.replace("Rows,,6", "Rows,,12").replace("Columns,,4", "Columns,,8"),
        "line 10",
        "The grid has 24 wells, the plate type 96.",
    ),
    "read twice": (
        HEAD + block() + block() + TAIL,
        "line 21, column 2 (A01)",
        "Well A01 stands here for the second time (first: line 11, column 2 (A01)).",
    ),
    "title without wells": (
        HEAD + block(grid="") + block(title="Fluo 2") + TAIL,
        "line 6",
        "No wells stand below 'Result for Fluo 1'.",
    ),
    "cells beyond the header": (
        HEAD + block("P7,1,,,,480,520,,,9") + TAIL,
        "line 8",
        "The line does not fit its header ('Barcode,Repeat,...').",
    ),
    "no grid": (
        HEAD + TAIL,
        "",
        "No title 'Result for ...' with a plate grid below it was found.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_with_place_and_reason(case: str):
    text, place, message = CASES[case]
    first = refused(text)[0]
    assert (first.place, first.message) == (place, message)
    assert first.remedy
