"""Tecan Magellan result tables: against an independent parse, and written by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from exportin.contract.reader import Request
from exportin.readers.tecan_magellan import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.wells import parse_well

TABLE = (
    "Raw data;Well positions;Layout;Plate\n"
    "0.1462;A1;SM1_1;P7\n0.2118;B1;BL1;\nOVER;A2;SM1_2;\n"
    "Date of measurement: 2021-07-06/Time of measurement: 09:43:07\n595nm\nULTRA\n"
    "Measurement wavelength: 595 nm\nUnit: OD\n"
)


def read(text: str | bytes, **request: Any) -> WellReadings:
    data = text if isinstance(text, bytes) else text.encode()
    found = READER.read(Source(name="m/p1.csv", data=data), Request(kind=WellReadings, **request))
    assert isinstance(found, WellReadings)
    return found


def refused(text: str, **request: Any) -> Problem:
    with pytest.raises(InputError) as caught:
        read(text, **request)
    (problem,) = caught.value.problems
    return problem


def test_every_well_equals_the_independent_parse(realdata: Path) -> None:
    path = realdata / "ecosystem/instrument_files/tecan_magellan/SLA01P01_OD.xlsx"
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    frame = READER.read(source, Request(kind=WellReadings)).frame
    expected = {}
    said = json.loads(path.with_suffix(".json").read_text())["plate reader aggregate document"]
    for document in said["plate reader document"]:
        aggregate = document["measurement aggregate document"]
        (one,) = aggregate["measurement document"]
        sample = one["sample document"]
        well = parse_well(sample["location identifier"])
        assert aggregate["plate well count"]["value"] == 96
        expected[sample["well plate identifier"], well] = one["absorbance"]["value"]
    found = {(p, w): v for p, w, v in frame.select("sample_id", "well", "value").iter_rows()}
    assert found == expected
    assert len(found) == 96
    row = frame.row(0, named=True)
    assert row["row_id"] == "SLA01P01_OD.xlsx:A01"
    assert (row["plate_wells"], row["measured_at"]) == (96.0, "2021-07-06 09:43:07")
    assert (row["wavelength"], row["unit"], row["channel"]) == ("595 nm", "OD", "Raw data")


def test_what_the_table_says_of_wells_is_kept() -> None:
    table = read(TABLE)
    assert table.frame.select("well", "value", "cause", "content", "sample_id").rows() == [
        ("A01", 0.1462, "", "SM1_1", "P7"),
        ("B01", 0.2118, "", "BL1", "P7"),
        ("A02", None, "OVER", "SM1_2", "P7"),
    ]
    assert table.frame["plate_wells"].to_list() == [None] * 3
    assert table.unread == ("595nm", "ULTRA")


def test_swapped_columns_other_marks_and_encodings_are_the_same_table() -> None:
    head, *rows = TABLE.split("\n")
    moved = [";".join(line.split(";")[i] for i in (1, 3, 0, 2)) for line in rows[:3]]
    swapped = "\n".join(["Well positions;Plate;Raw data;Layout", *moved, *rows[3:]])
    ours = read(TABLE).frame
    assert head.startswith("Raw data")
    assert read(swapped).frame.equals(ours)
    german = TABLE.replace("0.", "0,")
    assert read(german).frame.equals(ours)
    assert read(german.replace("\n", "\r\n").encode("utf-16")).frame.equals(ours)


def test_several_labels_and_computed_columns() -> None:
    lines = [f"{i}.5;{i}.25;9;{well}" for i, well in enumerate(["A1", "B1", "C1"], 1)]
    text = "\n".join(["Raw data 450nm;Raw data 620nm;Difference;Well positions", *lines, ""])
    both = read(text)
    assert both.frame.height == 6
    assert both.frame["row_id"][0] == "m/p1.csv#Raw data 450nm:A01"
    assert both.unread == ("Difference",)
    assert set(read(text, channel="difference").frame["value"]) == {9.0}
    problem = refused(text, channel="Raw data 45nm")
    assert problem.message == "There is no column 'Raw data 45nm'."
    assert problem.remedy == "Did you mean 'Raw data 450nm'?"
    problem = refused("Mean;Well positions\n1;A1\n")
    assert problem.message == ("No column is headed 'Raw data', or as a label that was measured.")
    assert problem.remedy == 'Name the column to read: channel = "Mean".'


CASES = {
    "word": ("0.2118", "abc", "not-a-number", "line 3, column 1 (B01)"),
    "well": ("B1", "Bl", "not-a-well", "line 3, column 2"),
    "no well": (";B1;", ";;", "not-a-well", "line 3, column 2"),
    "twice": ("B1", "A01", "duplicate-well", "line 3, column 1 (A01)"),
    "plates": ("BL1;", "BL1;P8", "several-plates", "line 3, column 4"),
    "header": ("Layout", "Raw data", "twin-column", "line 1, column 3"),
}


@pytest.mark.parametrize("case", CASES)
def test_odd_cells_are_refused_with_their_place(case: str) -> None:
    old, new, code, place = CASES[case]
    problem = refused(TABLE.replace(old, new))
    assert (problem.code, problem.place) == (code, place)
    assert problem.remedy


LABELS = (
    "450;620;Mean;Well positions\n1.5;2.5;9;A1\n1.25;2.25;;A2\n24.8 °C;25.1 °C;;\n"
    "Date of measurement: 2021-07-08/Time of measurement: 14:34:46\nULTRA\nMeasurement 1.\n"
    "Measurement wavelength: 450 nm\nUnit: OD\nMeasurement 2.\n"
    "Measurement wavelength: 620 nm\nUnit: OD\n"
    "Meas. temperature: 450: 24.8 °C\nMeas. temperature: 620: 25.1 °C\n"
)


def test_labels_are_known_by_the_lines_below_the_table() -> None:
    table = read(LABELS)
    assert table.frame.select("channel", "well", "value", "wavelength", "unit").rows() == [
        ("450", "A01", 1.5, "450 nm", "OD"), ("620", "A01", 2.5, "620 nm", "OD"),
        ("450", "A02", 1.25, "450 nm", "OD"), ("620", "A02", 2.25, "620 nm", "OD"),
    ]  # fmt: skip
    assert "Mean" in table.unread
    assert "24.8 °C" not in table.unread


COMPACT = (
    "Label1;Well positions\n0.01;A1\n0.02;B1\n"
    "Date of measurement: 2025-01-01/Time of measurement: 10:00:00\ninfinite F50\nAbsorbance\n"
    "Measurement wavelength: 492 nm\nLabel: Label1\nRange: A1:B1\n"
)


def test_compact_lines_name_the_label_and_the_range() -> None:
    frame = read(COMPACT).frame
    assert frame.select("channel", "well", "value", "wavelength").rows() == [
        ("Label1", "A01", 0.01, "492 nm"),
        ("Label1", "B01", 0.02, "492 nm"),
    ]
    problem = refused(COMPACT.replace("A1:B1", "A1:B2"))
    assert (problem.code, problem.place) == ("wells-missing", "line 3")
    assert problem.message == (
        "The range A1:B2 was measured, but A02 is not in the table (2 of 4 wells are missing)."
    )


def test_no_wells_below_the_heading() -> None:
    problem = refused("Raw data;Well positions\n;\n")
    assert problem.message.startswith("No table with a column 'Well positions'")


def test_a_file_that_ends_within_a_line_is_noted() -> None:
    text = TABLE[: TABLE.index("OVER") + 8]
    assert [note.code for note in read(text).notes] == ["no-line-end", "missing-values"]


def test_a_table_with_a_column_well_is_none_of_ours() -> None:
    assert not READER.sniff(Source(name="a.csv", data=b"well,Raw data\nA1,3\n"))
    assert not READER.sniff(Source(name="a.csv", data=b"\x00\x01"))


def raw_columns(*titles: str) -> str:
    head = ";".join(["Well positions", *titles])
    rows = [";".join([well, *(f"{i}.{n}" for n in range(len(titles)))]) for i, well in
            enumerate(["A1", "B1"], 1)]  # fmt: skip
    return "\n".join([head, *rows, ""])


def test_times_in_the_headings_are_cycles_and_no_channels() -> None:
    table = read(raw_columns("Raw data 0s", "Raw data 1.5 min"))
    assert table.frame.select("row_id", "channel", "time_s", "value").rows() == [
        ("m/p1.csv@0s:A01", "Raw data", 0.0, 1.0),
        ("m/p1.csv@90s:A01", "Raw data", 90.0, 1.1),
        ("m/p1.csv@0s:B01", "Raw data", 0.0, 2.0),
        ("m/p1.csv@90s:B01", "Raw data", 90.0, 2.1),
    ]
    assert read(raw_columns("Raw data 0s", "Raw data 60s"), channel="raw data").frame.height == 4
    one = read(raw_columns("Raw data 0s", "Raw data 60s"), channel="Raw data 60s")
    assert one.frame["time_s"].to_list() == [60.0, 60.0]
    assert one.unread[0] == "Raw data 0s"
    twice = refused(raw_columns("Raw data 60s", "Raw data 1min"), channel="Raw data 1")
    assert twice.code == "unknown-channel"
    with pytest.raises(InputError, match="second time"):
        read(raw_columns("Raw data 60s", "Raw data 1min"))


def test_wavelengths_in_the_headings_are_channels() -> None:
    frame = read(raw_columns("Raw data", "Raw data(450)", "Raw data 485/535 nm")).frame
    assert set(frame["channel"]) == {"Raw data", "Raw data(450)", "Raw data 485/535 nm"}
    assert "time_s" not in frame.columns


@pytest.mark.parametrize("title", ["Raw data corrected", "Raw data 60", "Raw data 450nm 60s"])
def test_raw_data_with_unknown_words_is_refused_until_named(title: str) -> None:
    text = raw_columns("Raw data", title)
    problem = refused(text)
    assert (problem.code, problem.place) == ("unknown-raw-data", "line 1, column 3")
    assert problem.message.startswith(f"'{title}': it is not known what this column of raw data")
    assert problem.remedy == 'Name the column to read: channel = "Raw data".'
    assert read(text, channel=title).frame["value"].to_list() == [1.1, 2.1]


def test_a_column_without_time_beside_columns_with_one_is_refused() -> None:
    problem = refused(raw_columns("Raw data", "Raw data 60s"))
    assert (problem.code, problem.place) == ("unknown-raw-data", "line 1, column 2")
