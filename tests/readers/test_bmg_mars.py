# ruff: noqa: E501  one bad file per line
import json
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.bmg_mars import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well

NAMES = (
    "16-02-29 14-34-46 Transcreener ADP2 FI",
    "16-03-03 16-54-03 472 ABS 384 QC",
    "MARS V3.40 V2 Output Missing line end separators",
)
HEAD = (
    "User: USER,Path: C:\\BMG,Test run no.: 4\n"
    "Test name: Viability,Date: 29/02/2016,Time: 14:34:46\n\nID1: {plate},ID2: \nLuminescence\n\n"
)
PLATE = "Raw Data ({channel})\n\n,1,2,3,4,5,6\nA,1,2,3,4,5,6\nB,7,8,9,10,11,12\nC,1,2,3,4,5,6\nD,1,2,3,,,\n"


def read(text: str | bytes, **request: object) -> WellReadings:
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="raw/p1.csv", data=data), Request(kind=WellReadings, **request))


def mars(plate: str = "P7", *channels: str) -> str:
    blocks = [PLATE.format(channel=channel) for channel in channels or ["580/620"]]
    return HEAD.format(plate=plate) + "\n".join(blocks)


def refused(text: str, **request: object):
    with pytest.raises(InputError) as caught:
        read(text, **request)
    return caught.value.problems


def load(path: Path) -> Source:
    return Source(name=path.name, data=path.read_bytes())


def expected_wells(path: Path) -> dict[str, float]:
    documents = json.loads(path.read_text())["plate reader aggregate document"]
    found = {}
    for document in documents["plate reader document"]:
        for one in document["measurement aggregate document"]["measurement document"]:
            (signal,) = [one[key] for key in ("fluorescence", "absorbance") if key in one]
            found[parse_well(one["sample document"]["location identifier"])] = signal["value"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_well_equals_the_independent_parse(realdata: Path, name: str):
    folder = realdata / "ecosystem/instrument_files/bmg_mars"
    table = READER.read(load(folder / f"{name}.csv"), Request(kind=WellReadings))
    wells = dict(table.frame.select("well", "value").iter_rows())
    assert wells == expected_wells(folder / f"{name}.json")
    assert table.frame["row_id"][0] == f"{name}.csv:A01"
    assert set(table.frame["sample_id"]) <= {"black 384w small volume", "472-0016"}
    assert set(table.frame["channel"]) <= {"580/620", "484"}
    assert table.notes == ()
    assert "Path" in table.unread
    assert "ID1" not in table.unread
    assert table.origins[0].reader == "bmg_mars"


def test_a_1536_plate_with_every_sixth_row(realdata: Path):
    source = load(realdata / "bench/instrument/bmg_mars_luminescence_1536.csv")
    table = READER.read(source, Request(kind=WellReadings))
    frame = table.frame
    assert frame.height == 6 * 48
    assert set(frame["well"].str.head(-2)) == {"A", "G", "M", "S", "Y", "AE"}
    wells = dict(frame.select("well", "value").iter_rows())
    assert (wells["A01"], wells["AE02"], wells["G48"]) == (
        985,
        7509461,
        53176,
    )
    assert set(frame["sample_id"]) == {"92A_4"}
    (note,) = table.notes
    assert note.code == "rows-selected"
    assert "A, G, M, S ... AE of 32" in note.message


def test_header_and_row_ids():
    table = read(mars("SW872 p1"))
    assert table.frame.height == 21
    when = table.frame.row(0, named=True)
    assert (when.pop("plate_wells"), when.pop("measured_at")) == (24.0, "29/02/2016 14:34:46")
    assert tuple(when.values()) == (
        "raw/p1.csv:A01",
        "raw/p1.csv",
        "SW872 p1",
        "A01",
        "580/620",
        1,
        "",
    )
    assert table.unread == (
        *("User", "Path", "Test run no.", "Test name", "ID2", "Luminescence"),
    )  # fmt: skip


def test_without_id1_the_plate_is_named_by_the_file():
    assert set(read(mars("")).frame["sample_id"]) == {"p1"}


def test_several_channels_are_kept_and_one_can_be_picked():
    text = mars("P7", "580/620", "485/520")
    both = read(text).frame
    assert both.height == 42
    assert set(both["channel"]) == {"580/620", "485/520"}
    assert both["row_id"][0] == "raw/p1.csv#580/620:A01"
    one = read(text, channel="485/520").frame
    assert set(one["row_id"]) < set(both["row_id"])
    assert read(text, channel="Raw Data (485/520)").frame.equals(one)
    (problem,) = refused(text, channel="485/521")
    assert problem.message == "There is no read of channel '485/521'."
    assert problem.remedy == "Did you mean '485/520'?"


def test_other_blocks_are_listed_as_unread():
    extra = PLATE.replace("Raw Data ({channel})", "Blank corrected")
    table = read(mars() + "\n" + extra)
    assert table.frame.height == 21
    assert table.unread[-1] == "Blank corrected"


def test_same_channel_twice_is_refused():
    (problem,) = refused(mars("P", "A", "A"))
    assert (problem.code, problem.place) == ("duplicate-channel", "line 17")


def test_german_export_is_the_same_table():
    text = mars().replace("B,7,8,", "B,7.5,0.25,")
    german = text.replace(",", ";").replace(".", ",")
    ours = read(text).frame
    assert read(german).frame.equals(ours)
    assert read(german.encode("utf-16")).frame.equals(ours)
    assert read(german.replace("\n", "\r")).frame.equals(ours)
    assert 0.25 in ours["value"]


def test_padded_and_bare_lines_are_the_same_table():
    lines = mars().split("\n")
    padded = "\n".join(line + "," * (6 - line.count(",")) for line in lines[:-1]) + "\n"
    assert read(padded).frame.equals(read(mars()).frame)


def test_words_for_missing_keep_their_cause():
    table = read(mars().replace("A,1,2,3", "A,OVRFLW,<LOD,3"))
    assert table.frame.filter(table.frame["value"].is_null()).select("well", "cause").rows() == [
        ("A01", "OVRFLW"), ("A02", "<LOD"),
    ]  # fmt: skip
    assert table.notes[0].message == "2 values are missing or censored: <LOD (1), OVRFLW (1)."


CASES = {
    "truncated": (lambda t: t[: t.index("C,1")], "rows-missing", "line 11", "Row C is missing"),
    "lost row": (lambda t: t.replace("B,7,8,9,10,11,12\n", ""), "rows-missing", "line 12", "Row B"),
    "doubled row": (lambda t: t.replace("\nC,", "\nB,"), "duplicate-row", "line 12, column 1", "second time (first: line 11)"),
    "swapped rows": (lambda t: t.replace("\nC,", "\nX,").replace("\nB,", "\nC,").replace("\nX,", "\nB,"), "row-order", "line 12, column 1", "below row 'C'"),
    "wrong size": (lambda t: t.replace(",1,2,3,4,5,6\nA", ",1,2,3,4,5\nA"), "plate-size", "line 9, column 6", "5 columns fits no plate"),
    "too many rows": (lambda t: t + "E,1,2,3,4,5,6\n", "plate-size", "line 14, column 1", "24 wells with rows A to D"),
    "swapped columns": (lambda t: t.replace(",1,2,3,4,5,6\nA", ",1,3,2,4,5,6\nA"), "column-numbers", "line 9, column 3", "headed '3', expected 2"),
    "word": (lambda t: t.replace("A,1,", "A,foo,"), "not-a-number", "line 10, column 2 (A01)", "'foo' is not a number"),
    "percent": (lambda t: t.replace("A,1,", "A,1 %,"), "percent-sign", "line 10, column 2 (A01)", "percent"),
    "decimal comma": (lambda t: t.replace("A,1,2,3,4,5,6", "A,1,5,2,3,4,5,6"), "row-width", "line 10, column 8", "right of column 6"),
    "lost delimiter": (lambda t: t.replace("B,7,8", "B,78"), "row-width", "line 11", "6 cells, its neighbors have 7"),
    "cut in a number": (lambda t: t[: t.index("D,1") + 5].replace("D,1,2", "D,1,2"), "file-cut-off", "line 13, column 3", "ends behind '2'"),
    "no grid": (lambda t: t[: t.index("Raw")] + "Raw Data (x)\n", "no-raw-data", "line 1", "No 'Raw Data (...)'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_with_place_and_reason(case: str):
    change, code, place, words = CASES[case]
    text = change(mars())
    assert text != mars()
    found = [problem for problem in refused(text) if problem.code == code]
    assert [problem.place for problem in found] == [place]
    assert words in found[0].message
    assert found[0].remedy


def test_transposed_plate_is_refused():
    text = HEAD.format(plate="P") + "Raw Data (x)\n\n,A,B,C,D\n1,5,5,5,5\n2,5,5,5,5\n"
    (problem,) = refused(text)
    assert (problem.code, problem.place) == ("transposed-grid", "line 9, column 2")


def test_all_problems_come_at_once():
    text = mars().replace("A,1,2", "A,x,2").replace("B,7,8", "B,y,8")
    assert [problem.place for problem in refused(text)] == [
        "line 10, column 2 (A01)", "line 11, column 2 (B01)",
    ]  # fmt: skip


def test_mixed_and_ambiguous_decimals():
    text = mars().replace(",", ";")
    (problem,) = refused(text.replace("A;1;2", "A;1,5;2.5"))
    assert problem.code == "mixed-decimal"
    assert "line 10, column 2 (A01)" in str(problem)
    assert "line 10, column 3 (A02)" in str(problem)
    (problem,) = refused(text.replace("A;1;2", "A;1,234;2"))
    assert 'decimal = ","' in problem.remedy
    assert read(text.replace("A;1;2", "A;1,234;2"), decimal=",").frame["value"][0] == 1.234
