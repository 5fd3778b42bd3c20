import io
import re
from pathlib import Path

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.readers.gen5 import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

REAL = "bench/instrument/gen5_luminescence_endpoint_singleplate.txt"
TOP = "\n\nSoftware Version\t3.12.08\n\nExperiment File Path:\tC:\\x.xpt\n\n"
HEAD = "Plate Number\t{number}\nDate\t10/10/2022\nTime\t9:15:37 PM\nReader Type:\tSynergy\n\n"
STEPS = "Procedure Details\n\nPlate Type\t6 WELL PLATE (Use plate lid)\nRead\tOD\n"
STEPS += "\tAbsorbance Endpoint\n\tFull Plate\n\tWavelengths:  600\n\n"
LAYOUT = "Layout\n\t1\t2\t3\nA\tS1\tS2\tBLK\tWell ID\n\tdrug a\tdrug b\t\tName\n"
LAYOUT += "B\tS1\tS2\tBLK\tWell ID\n\tdrug a\tdrug b\t\tName\n\n"
RESULTS = "Results\n\t1\t2\t3\nA\t0.5\t2\t3\tOD:600\n\t10\t20\t30\tBlank OD:600\n"
RESULTS += "B\t4\t5\t6\tOD:600\n\t40\t50\t60\tBlank OD:600\n\n"
NUMBER = re.compile(r"\d+(\.\d+)?")
WELLS = "A1\tA2\tA3\tB1\tB2\tB3"
KINETIC = STEPS.replace(
    "Read\tOD", "Start Kinetic\tRuntime 0:01:00, Interval 0:00:30, 2 Reads\n    Read\tOD"
)
KINETIC += f"OD:600\n\nTime\tT\u00b0 OD:600\t{WELLS}\n"
TIMES = "0:00:00\t25.1\t1\t2\t3\t4\t5\t6\n0:00:30\t25.2\t7\t8\t9\t10\t11\t12\n"


def whole(body: str = STEPS + LAYOUT + RESULTS, number: str = "Plate 1") -> str:
    return TOP + HEAD.format(number=number) + body


def read(text: str | bytes, **request: object) -> WellReadings:
    data = text if isinstance(text, bytes) else text.encode()
    source = Source(name="raw/p1.txt", data=data)
    assert READER.sniff(source)
    return READER.read(source, Request(kind=WellReadings, **request))


def refused(text: str, **request: object):
    with pytest.raises(InputError) as caught:
        read(text, **request)
    return caught.value.problems


def test_wells_of_the_real_file(realdata: Path):
    # no independent parse: wells typed from the file by eye
    path = realdata / REAL
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    table = READER.read(source, Request(kind=WellReadings))
    values = dict(table.frame.select("well", "value").iter_rows())
    content = dict(table.frame.select("well", "content").iter_rows())
    assert len(values) == table.frame.height == 96
    typed = {"A01": 8718, "A12": 210, "B07": 4504, "D10": 637, "E01": 215, "G06": 5409}
    typed |= {"H01": 210, "H12": 8490, "C06": 788}
    assert {well: values[well] for well in typed} == typed
    said = {"A01": "POSCON", "B02": "SPL2", "E01": "NEGCON", "H11": "SPL80", "H12": "POSCON"}
    assert {well: content[well] for well in said} == said
    assert set(table.frame["channel"]) == {"LUM:Lum"}
    assert set(table.frame["plate_wells"]) == {96.0}
    assert table.unread[0] == "NormLum"
    assert table.notes == ()
    norm = READER.read(source, Request(kind=WellReadings, channel="NormLum")).frame
    values = dict(norm.select("well", "value").iter_rows())
    typed = {"A01": 99.846, "A12": -0.020, "B12": 0.015, "E01": 0.036, "H12": 97.170}
    assert {well: values[well] for well in typed} == typed


def test_rows_have_layout_date_and_size():
    table = read(whole())
    assert table.frame.row(0, named=True) == {
        "row_id": "raw/p1.txt:A01",
        "file": "raw/p1.txt",
        "sample_id": "p1",
        "well": "A01",
        "channel": "OD:600",
        "value": 0.5,
        "cause": "",
        "plate_wells": 6.0,
        "measured_at": "10/10/2022 9:15:37 PM",
        "content": "S1",
        "sample_name": "drug a",
    }
    assert table.frame["value"].to_list() == [0.5, 2, 3, 4, 5, 6]
    assert table.unread[:2] == ("Blank OD:600", "Software Version")


def test_calculated_lines_are_given_where_they_are_named():
    frame = read(whole(), channel="Blank OD:600").frame
    assert frame["value"].to_list() == [10, 20, 30, 40, 50, 60]
    (problem,) = refused(whole(), channel="OD:60")
    assert problem.remedy == "Did you mean 'OD:600'?"
    alone = whole(STEPS + RESULTS.replace("\tOD:600", "\tMean OD:600"))
    (problem,) = refused(alone)
    assert problem.code == "no-raw-data"


def test_unnamed_reads_are_told_from_calculated_numbers():
    for label in (
        "600",
        "Lum",
        "485/20,528/20",
        "Read 2:485,528",
        "Read 1:Lum",
        "600 [2]",
        "977 [Test]",
    ):
        steps = STEPS.replace("600\n", "600\n\tExcitation: 485/20,  Emission: 528/20\n")
        body = steps + RESULTS.replace("\tOD:600", f"\t{label}")
        assert set(read(whole(body)).frame["channel"]) == {label}
    for label in ("Blank 600", "[Conc]", "Max V [600]", "Corrected [600]", "CV (%)", "Result"):
        body = STEPS + RESULTS.replace("\tOD:600", f"\t{label}").replace("\tBlank OD:600", "\tMean")
        assert refused(whole(body))[0].code == "no-raw-data"


def test_two_reads_are_two_channels():
    steps = STEPS.replace("Wavelengths:  600\n", "Wavelengths:  600\nRead\tGFP\n\tFull Plate\n")
    body = steps + RESULTS.replace("\tBlank OD:600", "\tGFP:485/20,528/20")
    frame = read(whole(body)).frame
    assert frame.filter(channel="GFP:485/20,528/20")["value"].to_list() == [10, 20, 30, 40, 50, 60]
    assert frame["row_id"][0] == "raw/p1.txt#OD:600:A01"


def test_several_plates_keep_their_names():
    text = whole() + TOP + HEAD.format(number="Plate 2") + LAYOUT + RESULTS
    frame = read(text).frame
    assert set(frame["sample_id"]) == {"p1 plate 1", "p1 plate 2"}
    assert frame.height == 12
    assert set(frame["plate_wells"]) == {6.0}  # the procedure of the first holds for the second
    assert set(read(whole(number="BC77")).frame["sample_id"]) == {"BC77"}


def test_a_read_without_table_is_noted():
    steps = STEPS.replace("Wavelengths:  600\n", "Wavelengths:  600\nRead\tGFP\n\tFull Plate\n")
    (note,) = read(whole(steps + RESULTS)).notes
    assert note.message == "Read 'GFP' of the procedure has no table in the file."
    assert note.severity == "note"


def test_calculated_curves_are_left_until_named():
    blank = KINETIC.split("\n\n", 2)[2].replace("OD:600\n", "Blank OD:600\n", 1)
    table = read(whole(KINETIC + TIMES + "\n" + blank + TIMES))
    assert table.frame.height == 12
    assert table.unread[0] == "Blank OD:600"


def test_kinetic_tables_have_seconds():
    frame = read(whole(KINETIC + TIMES)).frame
    assert frame.filter(time_s=30.0)["value"].to_list() == [7, 8, 9, 10, 11, 12]
    assert set(frame["channel"]) == {"OD:600"}
    assert frame["row_id"][-1] == "raw/p1.txt#0:00:30:B03"
    # a run that was stopped keeps its lines, without readings
    stopped = TIMES.replace("0:00:30\t25.2\t7\t8\t9\t10\t11\t12", "0:00:00\t\t\t\t\t\t\t")
    assert read(whole(KINETIC + stopped)).frame.height == 6
    two = KINETIC + TIMES + f"\nGFP:485,528\n\nTime\tT\u00b0 GFP:485,528\t{WELLS}\n" + TIMES
    both = read(whole(two.replace("    Read\tOD\n", "    Read\tOD\n    Read\tGFP\n"))).frame
    assert set(both["channel"]) == {"OD:600", "GFP:485,528"}
    assert both.height == 24


def test_the_temperature_tells_the_decimal_mark():
    text = whole(KINETIC + TIMES.replace("\t1\t", "\t1.234\t"))
    assert read(text).frame["value"][0] == 1.234


def test_spectra_and_lists():
    spectrum = STEPS + f"OD:Spectrum\n\nWavelength\t{WELLS}\n400\t1\t2\t3\t4\t5\t6\n"
    assert set(read(whole(spectrum)).frame["channel"]) == {"OD:Spectrum 400"}
    lines = STEPS + "Results\nWell ID\tWell\tOD:600\tMean\nS1\tA1\t1.5\t2\nS2\tA2\t2\t2\n\n"
    frame = read(whole(lines)).frame
    assert frame.select("well", "value", "content").rows() == [
        ("A01", 1.5, "S1"), ("A02", 2.0, "S2"),
    ]  # fmt: skip
    swapped = lines.replace("Well ID\tWell", "Well\tWell ID").replace("S1\tA1", "A1\tS1")
    assert read(whole(swapped.replace("S2\tA2", "A2\tS2"))).frame.equals(frame)


def test_a_part_of_the_plate():
    body = STEPS.replace("Full Plate", "B1..B2") + "Results\n\t1\t2\nB\t0.5\t2\tOD:600\n\n"
    frame = read(whole(body)).frame
    assert frame["well"].to_list() == ["B01", "B02"]
    assert set(frame["plate_wells"]) == {6.0}


def test_german_export_is_the_same_table():
    ours = read(whole()).frame
    german = whole().replace("0.5", "0,5")
    assert read(german).frame.equals(ours)
    assert read(german.encode("utf-16")).frame.equals(ours)
    assert read(german.replace("\n", "\r\n").encode("utf-8-sig")).frame.equals(ours)
    degree = whole(KINETIC + TIMES).encode("cp1252")
    assert read(degree).frame.equals(read(whole(KINETIC + TIMES)).frame)


def test_words_for_missing_keep_their_cause():
    frame = read(whole().replace("A\t0.5\t2", "A\tOVRFLW\t?????")).frame
    assert frame.filter(frame["value"].is_null()).select("well", "cause").rows() == [
        ("A01", "OVRFLW"), ("A02", "?????"),
    ]  # fmt: skip


def test_a_file_that_ends_within_a_line_is_noted():
    text = whole(KINETIC + TIMES).rstrip("\n")
    assert [note.code for note in read(text).notes] == ["no-line-end"]


def test_a_ratio_of_two_wavelengths_is_no_read():
    steps = STEPS.replace("Wavelengths:  600", "Wavelengths:  450, 570")
    body = steps + RESULTS.replace("Blank OD:600", "450/570").replace("OD:600", "450")
    table = read(whole(body))
    assert set(table.frame["channel"]) == {"450"}
    assert table.unread[0] == "450/570"
    (note,) = [note for note in table.notes if note.code == "read-not-listed"]
    assert note.message == (
        "'450/570' is no read of the procedure; it is taken for a calculated number."
    )
    assert read(whole(body), channel="450/570").frame["value"].to_list() == [10, 20, 30, 40, 50, 60]
    # nor where the procedure is not in the file, or somebody named the read
    bare = "Results\n" + RESULTS.partition("\n")[2]
    bare = bare.replace("Blank OD:600", "450/570").replace("OD:600", "450")
    assert set(read(whole(bare)).frame["channel"]) == {"450"}
    named = STEPS + RESULTS.replace("Blank OD:600", "OD:450/570")
    assert set(read(whole(named)).frame["channel"]) == {"OD:600"}


def test_a_wavelength_that_no_step_reads_is_no_read():
    body = STEPS + RESULTS.replace("Blank OD:600", "570").replace("OD:600", "600")
    table = read(whole(body))
    assert set(table.frame["channel"]) == {"600"}
    assert [note.code for note in table.notes] == ["read-without-table", "read-not-listed"]


def excel(*texts: str) -> Source:
    """Write a text export as Gen5 writes it to Excel: tables begin in column B."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, text in enumerate(texts, 1):
        sheet = book.create_sheet(f"Plate {number} - Sheet1")
        table = False
        for line in text.splitlines():
            cells = line.split("\t")
            table = table or cells[0] in ("Layout", "Results") or "A1" in cells
            lead = [None] if table and len(cells) > 1 else []
            sheet.append(lead + [float(c) if NUMBER.fullmatch(c) else c for c in cells])
    out = io.BytesIO()
    book.save(out)
    return Source(name="raw/p1.xlsx", data=out.getvalue())


def test_an_excel_export_is_the_same_table():
    for text in (whole(), whole(KINETIC + TIMES)):
        source = excel(text)
        assert READER.sniff(source)
        ours = READER.read(source, Request(kind=WellReadings)).frame.drop("row_id", "file")
        assert ours.equals(read(text).frame.drop("row_id", "file"))
    other = openpyxl.Workbook()
    other.worksheets[0].append(["Well", "450"])
    out = io.BytesIO()
    other.save(out)
    assert not READER.sniff(Source(name="a.xlsx", data=out.getvalue()))


def test_sheets_of_a_workbook_are_plates_and_one_plate_stands_once():
    second = whole(STEPS + RESULTS.replace("0.5", "7"), number="Plate 2")
    table = READER.read(excel(whole(), second), Request(kind=WellReadings))
    found = {(p, w): v for p, w, v in table.frame.select("sample_id", "well", "value").iter_rows()}
    assert len(found) == table.frame.height == 12
    assert (found["p1 plate 1", "A01"], found["p1 plate 2", "A01"]) == (0.5, 7.0)
    assert table.frame["row_id"].n_unique() == 12
    twice = excel(whole(), whole())
    with pytest.raises(InputError) as caught:
        READER.read(twice, Request(kind=WellReadings))
    assert caught.value.problems[0].remedy == 'Write sheet = "Plate 1 - Sheet1" in the block.'
    one = READER.read(twice, Request(kind=WellReadings, sheet="Plate 2 - Sheet1"))
    assert one.frame.height == 6
    assert "sheet Plate 1 - Sheet1" in one.unread


def test_text_with_commas_is_the_same_table():
    text = whole(STEPS.replace("600", "450, 600") + LAYOUT + RESULTS)
    ours = read(text.replace("\t", ",")).frame
    assert ours.equals(read(text).frame)
    assert set(ours["channel"]) == {"OD:600"}


CASES = {
    "no letters": (
        whole(STEPS + "Results\n\t1\t2\t3\n\t1\t2\t3\tBlank 600\n\t1\t2\t3\tBlank 600\n"),
        "line 22",
        "The first line of 'Blank 600' has no row letter in front.",
    ),
    "only calculated": (
        whole(STEPS + RESULTS.replace("\tOD:600", "\tMean OD:600")),
        "",
        "The file holds no raw reads, only calculated numbers.",
    ),
    "no labels": (
        whole(STEPS + "Results\n\t1\t2\t3\nA\t1\t2\t3\nB\t4\t5\t6\n"),
        "",
        "The lines of the results have no label that tells what was read from what was "
        "calculated.",
    ),
    "odd cell": (
        whole().replace("A\t0.5", "A\tfoo"),
        "line 29, column 2 (A01)",
        "'foo' is not a number with a decimal point.",
    ),
    "row lost": (
        whole()[: whole().index("B\t4")],
        "line 28",
        "Row B is missing: the procedure reads A to B.",
    ),
    "line of a row lost": (
        whole()[: whole().index("\t40")],
        "line 28",
        "Row 'B' has other lines than the first row ('OD:600', 'Blank OD:600').",
    ),
    "label lost": (
        whole()[: whole().index("\t60")],
        "line 28",
        "Row 'B' has other lines than the first row ('OD:600', 'Blank OD:600').",
    ),
    "column lost": (
        whole(STEPS + "Results\n\t1\t2\nA\t0.5\t2\tOD:600\nB\t4\t5\tOD:600\n"),
        "line 21",
        "Column 3 is missing: the procedure reads it.",
    ),
    "row twice": (
        whole().replace("B\t4\t5", "A\t4\t5"),
        "line 31",
        "Row 'A' of 'OD:600' stands here for the second time.",
    ),
    "added cell": (
        whole().replace("0.5\t", "0\t5\t"),
        "line 29",
        "A line of the matrix does not begin with a row letter or has more than one label: "
        "'A 0 5 2 3 OD:600'.",
    ),
    "matrix twice": (
        whole(STEPS + RESULTS + RESULTS),
        "line 29, column 2 (A01)",
        "Well A01 stands here for the second time (first: line 22, column 2 (A01)).",
    ),
    "times lost": (
        whole(KINETIC + TIMES.splitlines()[0] + "\n"),
        "line 23",
        "1 times stand here, the procedure has 2.",
    ),
    "cut in a line": (
        whole(KINETIC + TIMES[:-7]),
        "line 25",
        "The line has 6 cells, its header 8.",
    ),
    "cut behind a time": (
        whole(KINETIC + TIMES[: TIMES.index("25.2")]),
        "line 25",
        "The line has 2 cells, its header 8.",
    ),
    "odd time": (
        whole(KINETIC + TIMES.replace("0:00:30", "30")),
        "line 25",
        "The time is '30', expected something like 0:00:30.",
    ),
    "well twice": (
        whole(KINETIC.replace("A1\tA2", "A1\tA1") + TIMES),
        "line 23",
        "The header has a well twice, or a column that is no well: T\u00b0 OD:600",
    ),
    "no well": (
        whole(STEPS + "Results\nWell\tOD:600\nA1\t3\nfoo\t4\n"),
        "line 23",
        "'foo' in column 'Well' is no well, or the line is longer than its header.",
    ),
    "no table": (whole(STEPS), "", "No table with readings was found."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_with_place_and_reason(case: str):
    text, place, message = CASES[case]
    first = refused(text)[0]
    assert (first.place, first.message) == (place, message)
    assert first.remedy
