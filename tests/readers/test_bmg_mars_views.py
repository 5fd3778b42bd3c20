# ruff: noqa: E501  one bad file per line
"""Table views, kinetics, several plates and workbooks of MARS: written files, no real ones.

The forms of the table view (`Well Row,Well Col,Content,Raw Data (600)`, a line `,,Time,0 h ,0 h 15
min`, an empty line behind every line, `Wavelength [nm]`) and of the cycles (`Cycle 2 (0 min 38 s)`
above numbered grids) are those of exports that laboratories have published.
"""

import io

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.readers.bmg_mars import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

HEAD = (
    "User: USER,Path: C:\\BMG\\CLARIOstar,Test run no.: 4\n"
    "Test name: T,Date: 29/02/2016,Time: 14:34:46\n\nID1: {plate},ID2: \nAbsorbance\n\n"
)
GRID = "\n,1,2,3\nA,{0}1,{0}2,{0}3\nB,{0}4,{0}5,{0}6\n\n"
TABLE = (
    HEAD.format(plate="P7")
    + "Well Row,Well Col,Content,Group,Raw Data (450),Raw Data (570),Blank corrected based on Raw Data (450)\n"
    "A,1,Sample X1,A,1.5,0.1,0.4\nA,2,Blank B,A,1.25,0.2,0.5\nB,3,Sample X2,,overflow,0.3,0.6\n"
)
KINETIC = (
    HEAD.format(plate="1")
    + "Well Row,Well Col,Content,Raw Data (600),Raw Data (600),Raw Data (600)\n\n"
    ",,Time,0 h ,0 h 60 min,1 h 15 min\n\nA,1,Sample X1,0.081,0.097,0.1\n\nC,2,Sample X26,0.097,0.098,0.099\n\n"
)


def kinetic(*headings: str) -> str:
    """Write a grid below each heading; the n-th holds n1 to n6."""
    grids = [f"{text}\n{GRID.format(n)}" for n, text in enumerate(headings, start=1)]
    return HEAD.format(plate="P7") + "".join(grids)


def read(data: str | bytes, name: str = "p1.csv", **request: object) -> WellReadings:
    raw = data.encode() if isinstance(data, str) else data
    assert READER.sniff(Source(name=name, data=raw))
    return READER.read(Source(name=name, data=raw), Request(kind=WellReadings, **request))


def refused(data: str | bytes, **request: object):
    with pytest.raises(InputError) as caught:
        read(data, **request)
    return caught.value.problems


def workbook(**sheets: str) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, text in sheets.items():
        sheet = book.create_sheet(name)
        for line in text.splitlines():
            sheet.append([number(cell) for cell in line.split(",")])
    book.save(out)
    return out.getvalue()


def number(text: str) -> float | str | None:
    try:
        return float(text)
    except ValueError:
        return text or None


def rows(table: WellReadings, *columns: str) -> list[tuple[object, ...]]:
    return table.frame.select(*columns).rows()


def test_header_lines_begin_the_next_plate():
    second = HEAD.replace("29/02/2016", "01/03/2016").format(plate="P8")
    text = (
        HEAD.format(plate="P7")
        + f"Raw Data (450)\n{GRID.format(1)}{second}Raw Data (570)\n{GRID.format(2)}"
    )
    table = read(text)
    found = rows(table, "sample_id", "channel", "measured_at", "row_id", "value")
    assert found[0] == ("P7", "450", "29/02/2016 14:34:46", "p1.csv#P7/450:A01", 11)
    assert found[11] == ("P8", "570", "01/03/2016 14:34:46", "p1.csv#P8/570:B03", 26)
    assert len(found) == 12
    alike = read(text.replace("(570)", "(450)"))
    assert set(rows(alike, "sample_id", "channel")) == {("P7", "450"), ("P8", "450")}
    nameless = read(text.replace("ID1: P7", "ID1: ").replace("ID1: P8", "ID1: "))
    assert set(nameless.frame["sample_id"]) == {"p1 plate 1", "p1 plate 2"}
    (problem,) = refused(text.replace("ID1: P8", "ID1: P7"))
    assert (problem.code, problem.place) == ("duplicate-plate", "line 13")
    assert problem.message == "Two blocks of header lines name the plate 'P7'."


def test_a_comma_in_the_plate_name():
    table = read(kinetic("Raw Data (450)").replace("ID1: P7", "ID1: P7, day 3"))
    assert set(table.frame["sample_id"]) == {"P7, day 3"}


CYCLES = {
    "behind": ("Raw Data (450) - Cycle 1 (0 s)", "Raw Data (450) - Cycle 2 (60 s)"),
    "numbered": ("1. Raw Data (450) - Cycle 1 (0 min)", "1. Raw Data (450) - Cycle 2 (1 min)"),
    "inside": ("Raw Data (450 - Cycle 1 (0 s))", "Raw Data (450 - Cycle 2 (0 min 60 s))"),
    "above": ("Cycle 1 (0 min  - Inj. only)\n1. Raw Data (450)", "Cycle 2 (1 min)\n1. Raw Data (450)"),
    "below": ("Raw Data (450)\n\nCycle 1 (0 s)", "Cycle 2 (60 s)"),
    "german": ("Rohdaten (450)\n\nZyklus 1 (0 s)", "Zyklus 2 (60 s)"),
}  # fmt: skip


@pytest.mark.parametrize("form", CYCLES)
def test_cycles(form: str):
    table = read(kinetic(*CYCLES[form]))
    found = rows(table, "channel", "cycle", "time_s", "well", "value", "row_id")
    assert len(found) == 12
    assert found[0] == ("450", 1, 0, "A01", 11, "p1.csv#cycle 1:A01")
    assert found[11] == ("450", 2, 60, "B03", 26, "p1.csv#cycle 2:B03")


def test_cycles_of_two_channels():
    text = kinetic(
        "Cycle 1 (0 min)\n1. Raw Data (450)", "2. Raw Data (570)", "3. Layout",
        "Cycle 2 (0 min 38 s)\n1. Raw Data (450)", "2. Raw Data (570)", "3. Layout",
    )  # fmt: skip
    table = read(text)
    found = rows(
        table.frame.filter(well="A01").pipe(lambda f: WellReadings(frame=f)),
        "channel",
        "time_s",
        "value",
    )
    assert found == [("450", 0, 11), ("570", 0, 21), ("450", 38, 41), ("570", 38, 51)]
    assert table.unread[-1] == "3. Layout"
    below = kinetic(
        "Raw Data (450)\nCycle 1 (0 s)",
        "Cycle 2 (9 s)",
        "Raw Data (570)\nCycle 1 (0 s)",
        "Cycle 2 (9 s)",
    )
    assert read(below).frame.filter(well="A01").select("channel", "time_s", "value").rows() == [
        ("450", 0, 11), ("450", 9, 21), ("570", 0, 31), ("570", 9, 41),
    ]  # fmt: skip


def test_a_well_that_was_injected_has_no_value():
    text = kinetic(*CYCLES["above"]).replace("A,11,", "A,Inj.,")
    assert read(text).frame.filter(cause="Inj.").select("well", "cycle", "value").rows() == [
        ("A01", 1, None)
    ]


KINETIC_FAULTS = {
    "first untold": (("Raw Data (450)", "Cycle 2 (60 s)"), "kinetic-unclear", "line 9", "this one does not"),
    "no time": (("Raw Data (450) - Cycle 1", "Raw Data (450) - Cycle 2"), "kinetic-unclear", "line 9", "'Cycle 1' tells no time"),
    "odd time": (("Raw Data (450) - Cycle 1 (soon)",), "kinetic-unclear", "line 9", "tells no time"),
    "lost": (("Raw Data (450) - Cycle 1 (0 s)", "Raw Data (450) - Cycle 3 (9 s)"), "cycle-missing", "line 15", "no grid of cycle 2 of 3"),
    "time heading": (("Raw Data (450)", "Time: 60 s"), "kinetic-unclear", "line 15", "headed 'Time: 60 s'"),
    "interval": (("Raw Data (450)", "Interval 2 (60 s)"), "kinetic-unclear", "line 15", "'Interval 2 (60 s)'"),
    "back": (("Raw Data (450) - Cycle 1 (9 s)", "Raw Data (450) - Cycle 2 (0 s)"), "kinetic-unclear", "line 9", "go back"),
    "twice": (("Raw Data (450) - Cycle 1 (0 s)",) * 2, "duplicate-channel", "line 15", "'Raw Data (450)', cycle 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", KINETIC_FAULTS)
def test_kinetics_that_do_not_tell_are_refused(case: str):
    headings, code, place, words = KINETIC_FAULTS[case]
    found = [one for one in refused(kinetic(*headings)) if one.code == code]
    assert found[0].place == place
    assert words in found[0].message
    assert found[0].remedy


def test_a_heading_without_its_grid_is_refused():
    text = kinetic("Raw Data (450)", "Raw Data (570)")
    cut = text[: text.index(",1,2,3\nA,21")]
    (problem,) = refused(cut)
    assert (problem.code, problem.place) == ("heading-without-grid", "line 13")
    assert problem.message == "No plate grid stands below 'Raw Data (570)'."
    (problem,) = refused(text.replace("\n,1,2,3\nA,11,12,13\nB,14,15,16\n", "\n"))
    assert (problem.code, problem.place) == ("heading-without-grid", "line 7")


@pytest.mark.parametrize(
    "heading",
    ["Raw Data (450) corrected (570)", "Ratio (Raw Data (665) / Raw Data (620))", "Raw Data (450", "Raw Data (450) x 2"],
)  # fmt: skip
def test_only_raw_data_and_nothing_behind_is_raw(heading: str):
    table = read(kinetic("1. Raw Data (450 (top))", heading))
    assert set(table.frame["channel"]) == {"450 (top)"}
    assert table.unread[-1] == heading
    computed = read(kinetic("Raw Data (450)", heading), channel=heading)
    assert rows(computed, "channel", "value")[0] == (heading, 21)
    (problem,) = refused(kinetic(heading))
    assert (problem.code, problem.place) == ("no-raw-data", "line 1")
    assert f"This MARS file holds: {heading}" in problem.message


def test_table_view():
    table = read(TABLE)
    found = rows(table, "sample_id", "well", "channel", "value", "cause", "content", "row_id")
    assert found == [
        ("P7", "A01", "450", 1.5, "", "Sample X1", "p1.csv#450:A01"),
        ("P7", "A02", "450", 1.25, "", "Blank B", "p1.csv#450:A02"),
        ("P7", "B03", "450", None, "overflow", "Sample X2", "p1.csv#450:B03"),
        ("P7", "A01", "570", 0.1, "", "Sample X1", "p1.csv#570:A01"),
        ("P7", "A02", "570", 0.2, "", "Blank B", "p1.csv#570:A02"),
        ("P7", "B03", "570", 0.3, "", "Sample X2", "p1.csv#570:B03"),
    ]
    assert table.unread[-2:] == ("Group", "Blank corrected based on Raw Data (450)")
    assert set(table.frame["plate_wells"]) == {None}  # the file does not tell the plate
    corrected = read(TABLE, channel="Blank corrected based on Raw Data (450)")
    assert corrected.frame["value"].to_list() == [0.4, 0.5, 0.6]
    one = (
        TABLE.replace("Well Row,Well Col,", "Well,")
        .replace("A,1,", "A01,")
        .replace("A,2,", "A02,")
        .replace("B,3,", "B03,")
    )
    assert read(one).frame.equals(table.frame)
    german = TABLE.replace(",", ";").replace(".", ",").replace("Raw Data", "Rohdaten")
    assert read(german.encode("utf-16")).frame.equals(table.frame)
    swapped = TABLE.replace("Content,Group", "Group,Content").replace("Sample X1,A", "A,Sample X1")
    swapped = swapped.replace("Blank B,A", "A,Blank B").replace("Sample X2,,", ",Sample X2,")
    assert read(swapped).frame.equals(table.frame)


def test_a_whole_plate_in_a_table_view_tells_its_size():
    lines = "".join(f"{row}0{col},X,1\n" for row in "AB" for col in (1, 2, 3))
    table = read(HEAD.format(plate="P") + "Well,Content,Raw Data (450)\n" + lines)
    assert set(table.frame["plate_wells"]) == {6.0}


def test_kinetic_table_view():
    table = read(KINETIC)
    assert rows(table, "well", "channel", "cycle", "time_s", "value", "content") == [
        ("A01", "600", 1, 0, 0.081, "Sample X1"), ("C02", "600", 1, 0, 0.097, "Sample X26"),
        ("A01", "600", 2, 3600, 0.097, "Sample X1"), ("C02", "600", 2, 3600, 0.098, "Sample X26"),
        ("A01", "600", 3, 4500, 0.1, "Sample X1"), ("C02", "600", 3, 4500, 0.099, "Sample X26"),
    ]  # fmt: skip
    bare = KINETIC.replace("Time,0 h ,0 h 60 min,1 h 15 min", "Time [min],0,60,75")
    assert read(bare).frame.equals(table.frame)
    assert read(KINETIC.replace("\n\n", "\n")).frame.equals(table.frame)


def test_spectra():
    text = KINETIC.replace("Time,0 h ,0 h 60 min,1 h 15 min", "Wavelength [nm],260,261,262")
    table = read(text.replace("Raw Data (600)", "Raw Data (Abs Spectrum)"))
    assert rows(table, "channel", "wavelength_nm", "value")[::2] == [
        ("Abs Spectrum", 260, 0.081), ("Abs Spectrum", 261, 0.097), ("Abs Spectrum", 262, 0.1),
    ]  # fmt: skip
    assert table.frame["row_id"][0] == "p1.csv#260 nm:A01"


TABLE_FAULTS = {
    "unit": (KINETIC, lambda t: t.replace("0 h 60 min", "60"), "axis-unclear", "line 9, column 5", "'60' in the line 'Time' is not a time"),
    "axis": (KINETIC, lambda t: t.replace(",,Time", ",,Reading"), "axis-unclear", "line 9, column 1", "begins with 'Reading'"),
    "swapped times": (KINETIC, lambda t: t.replace("0 h ,0 h 60 min", "0 h 60 min,0 h "), "time-order", "line 9, column 5", "behind a later one"),
    "lost times": (KINETIC, lambda t: t.replace(",,Time,0 h ,0 h 60 min,1 h 15 min\n", ""), "duplicate-channel", "line 7, column 5", "nothing tells them apart"),
    "short": (TABLE, lambda t: t.replace("1.25,0.2,", "1.250.2,"), "row-width", "line 9, column 1", "6 cells, the titles have 7"),
    "cut": (TABLE, lambda t: t[: t.index("0.3,0.6")], "row-width", "line 10, column 1", "cells, the titles have 7"),
    "cut in a number": (TABLE, lambda t: t[:-2], "file-cut-off", "line 10, column 7", "ends behind '0.'"),
    "long": (TABLE, lambda t: t.replace("1.25,", "1,25,"), "row-width", "line 9, column 8", "below no column title"),
    "no well": (TABLE, lambda t: t.replace("A,2,", "Mean,2,"), "not-a-well", "line 9, column 1", "'Mean2' is no well"),
    "twice": (TABLE, lambda t: t.replace("A,2,", "A,1,"), "duplicate-well", "line 9, column 5 (A01)", "second time"),
    "word": (TABLE, lambda t: t.replace("1.25", "foo"), "not-a-number", "line 9, column 5 (A02)", "'foo'"),
    "two titles": (TABLE, lambda t: t.replace("Group", "Content"), "duplicate-column", "line 7, column 4", "titled 'Content'"),
    "no wells": (TABLE, lambda t: t[: t.index("A,1,")], "no-values", "line 7, column 1", "No well stands"),
    "turned": (TABLE, lambda t: HEAD + "Well,,A01,A02\nContent,,X1,X2\nRaw Data (450),0,1,2\n", "transposed-table", "line 7, column 3", "wells stand across"),
    "no raw": (TABLE, lambda t: t.replace("Raw Data (450),Raw Data (570)", "Raw Data (450) 1 - 0 min,Raw Data (450) 2 - 1 min"), "no-raw-data", "line 1", "Raw Data (450) 1 - 0 min"),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE_FAULTS)
def test_odd_tables_are_refused_with_place_and_reason(case: str):
    text, change, code, place, words = TABLE_FAULTS[case]
    assert change(text) != text
    found = [one for one in refused(change(text)) if one.code == code]
    assert found[0].place == place
    assert words in found[0].message
    assert found[0].remedy


def test_two_plates_in_table_view():
    second = TABLE.replace("ID1: P7", "ID1: P8")
    table = read(TABLE + "\n" + second)
    assert rows(table, "sample_id", "channel").count(("P8", "570")) == 3
    assert table.frame.height == 12


def test_workbooks():
    text = kinetic("1. Raw Data (450)", "2. Blank corrected based on Raw Data (450)")
    both = workbook(
        **{"Microplate End point": text, "Table End point": TABLE, "Protocol Information": "Gain,5"}
    )
    table = read(both, "p1.xlsx")
    assert table.frame.drop("row_id", "file").equals(read(text).frame.drop("row_id", "file"))
    assert table.unread[-2:] == ("sheet Table End point", "sheet Protocol Information")
    table = read(both, "p1.xlsx", sheet="Table End point")
    assert table.frame["content"].to_list()[:2] == ["Sample X1", "Blank B"]
    (problem,) = refused(workbook(A=text, B=text))
    assert (problem.code, problem.place) == ("several-sheets", "B!row 1")
    assert problem.remedy == 'Write sheet = "A" in the block.'
    assert read(workbook(A=text, B=text), "p1.xlsx", sheet="B").frame.height == 6


def test_german_words():
    text = kinetic("Rohdaten (450)").replace("User:", "Benutzer:").replace("Path:", "Pfad:")
    text = (
        text.replace("Test name:", "Testname:").replace("Date:", "Datum:").replace("Time:", "Zeit:")
    )
    table = read(text)
    assert rows(table, "sample_id", "channel", "measured_at", "value")[0] == (
        "P7",
        "450",
        "29/02/2016 14:34:46",
        11,
    )
    (problem,) = refused(text.replace("Rohdaten", "Données brutes"))
    assert problem.code == "no-raw-data"
    assert "This MARS file holds: Données brutes (450)" in problem.message
