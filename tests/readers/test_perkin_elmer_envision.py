import json
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.perkin_elmer_envision import READER
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well

FOLDER = "ecosystem/instrument_files/perkin_elmer_envision"
NAMES = ("PE_Envision_fluorescence_example01", "PE_Envision_extra_espaces")
INFO = "Plate information\nPlate,Repeat,Barcode,Group,Label,ScanX,ScanY,Measinfo,Kinetics,"
INFO += "Measurement date,\n"
TAIL = """
Basic assay information
Assay ID: ,,,,3134

Plate type:
Number of rows,,,,4
Number of columns,,,,6

Platemap:
Plate,,,,1
Group,,,,1

,01,02,03,04,05,06,
A,S1,- ,- ,- ,- ,- ,
B,- ,- ,- ,- ,- ,- ,
C,- ,- ,- ,- ,- ,- ,
D,- ,- ,- ,- ,- ,U2,

Exported with EnVision Workstation version 1.14.3049.1193
"""
GRID = ",01,02,03,04,05,06,\nA,1,2,3,4,5,6,\nB,7,8,9,10,11,12,\nC,1,2,3,4,5,6,\nD,1,2,3,,,,\n"
BARE = "1,2,3,4,5,6,\n7,8,9,10,11,12,\n1,2,3,4,5,6,\n1,2,3,,,,\n"


def block(
    plate: str = '1,1,"=""BC7"""', *, label: str = "US LUM(1)", kinetics: int = 0, grid: str = GRID
) -> str:
    values = f"{plate},1,{label},0,0,De=1st Wdw=1 (14),{kinetics},10/13/2022 3:08:06 PM,\n"
    return f"{INFO}{values}\nResults for {label} - channel 1 (RLU)\n{grid}\n"


def read(text: str | bytes, **request: object) -> WellReadings:
    data = text if isinstance(text, bytes) else text.encode()
    source = Source(name="raw/p1.csv", data=data)
    assert READER.sniff(source)
    return READER.read(source, Request(kind=WellReadings, **request))


def refused(text: str, **request: object):
    with pytest.raises(InputError) as caught:
        read(text, **request)
    return caught.value.problems


def expected(path: Path) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Well to value for each emission wavelength, and of the calculated ratio."""
    content = json.loads(path.read_text())["plate reader aggregate document"]
    reads: dict[str, dict[str, float]] = {}
    wells: dict[str, str] = {}
    for document in content["plate reader document"]:
        for one in document["measurement aggregate document"]["measurement document"]:
            device = one["device control aggregate document"]["device control document"][0]
            wave = str(device["detector wavelength setting"]["value"])
            well = parse_well(one["sample document"]["location identifier"])
            wells[one["measurement identifier"]] = well
            assert well not in reads.setdefault(wave, {})
            reads[wave][well] = one["fluorescence"]["value"]
    ratio = {}
    for one in content["calculated data aggregate document"]["calculated data document"]:
        sources = one["data source aggregate document"]["data source document"]
        (well,) = {wells[item["data source identifier"]] for item in sources}
        ratio[well] = one["calculated result"]["value"]
    return reads, ratio


@pytest.mark.parametrize("name", NAMES)
def test_every_well_equals_the_independent_parse(realdata: Path, name: str):
    path = realdata / FOLDER / f"{name}.csv"
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    table = READER.read(source, Request(kind=WellReadings))
    reads, ratio = expected(path.with_suffix(".json"))
    assert {len(wells) for wells in reads.values()} == {48}
    title = "AC HTRF Laser [Eu](1) - channel {} window 1 (Counts)"
    for channel, wave in ((1, "665.0"), (2, "620.0")):
        rows = table.frame.filter(table.frame["channel"] == title.format(channel))
        assert dict(rows.select("well", "value").iter_rows()) == reads[wave]
    assert table.frame.height == 96
    assert set(table.frame["sample_id"]) == {name}  # the plate has no barcode
    assert set(table.frame["measured_at"]) == {"10/13/2022 3:08:06 PM"}
    assert table.notes == ()
    computed = table.unread[0]
    assert computed.startswith("Calc 1: ")
    one = READER.read(source, Request(kind=WellReadings, channel=computed))
    assert dict(one.frame.select("well", "value").iter_rows()) == ratio
    assert len(ratio) == 48


def test_rows_have_barcode_size_and_platemap():
    table = read(block() + TAIL)
    assert table.frame.row(0, named=True) == {
        "row_id": "raw/p1.csv:A01",
        "file": "raw/p1.csv",
        "sample_id": "BC7",
        "well": "A01",
        "channel": "US LUM(1) - channel 1 (RLU)",
        "value": 1.0,
        "cause": "",
        "plate_wells": 24.0,
        "measured_at": "10/13/2022 3:08:06 PM",
        "content": "S1",
    }
    assert table.frame.height == 21
    assert "Measinfo" in table.unread
    assert "Basic assay information" in table.unread


def test_bare_grids_are_the_same_table():
    assert read(block(grid=BARE) + TAIL).frame.equals(read(block() + TAIL).frame)
    no_end = BARE.replace(",\n", "\n").replace("1,2,3,,,", "1,2,3,,,")
    assert read(block(grid=no_end) + TAIL).frame.equals(read(block() + TAIL).frame)


def test_german_export_is_the_same_table():
    text = (block() + TAIL).replace("B,7,", "B,7.5,")
    german = text.replace(",", ";").replace("B;7.5;", "B;7,5;")
    ours = read(text).frame
    assert 7.5 in ours["value"]
    assert read(german).frame.equals(ours)
    assert read(german.encode("utf-16")).frame.equals(ours)
    assert read(text.replace("\n", "\r\n").encode("utf-8-sig")).frame.equals(ours)


def test_several_plates_keep_their_names():
    text = block("1,1,") + block("2,1,") + TAIL
    frame = read(text).frame
    assert set(frame["sample_id"]) == {"p1 plate 1", "p1 plate 2"}
    assert frame["row_id"][0] == "raw/p1.csv#p1 plate 1:A01"
    named = block("1,1,BC1") + block("2,1,BC2") + TAIL
    assert set(read(named).frame["sample_id"]) == {"BC1", "BC2"}


def test_kinetic_cycles_are_told_apart():
    frame = read(block(kinetics=0) + block(kinetics=1) + TAIL).frame
    assert frame.height == 42
    assert set(frame["cycle"]) == {0.0, 1.0}
    assert frame["row_id"][-1] == "raw/p1.csv#cycle=1:D03"


def test_columns_of_the_plate_information_are_found_by_name():
    names, values = "Plate,Repeat,Barcode,Group", '1,1,"=""BC7""",1'
    swapped = block().replace(names, "Plate,Repeat,Group,Barcode").replace(
        values, '1,1,1,"=""BC7"""'
    )  # fmt: skip
    assert swapped != block()
    assert set(read(swapped + TAIL).frame["sample_id"]) == {"BC7"}


def test_words_for_missing_keep_their_cause():
    frame = read(block(grid=GRID.replace("A,1,", "A,OVRFLW,")) + TAIL).frame
    assert frame.filter(frame["value"].is_null()).select("well", "cause").rows() == [
        ("A01", "OVRFLW")
    ]


def test_calculated_grids_alone_are_refused_until_named():
    info = (
        'Plate information\nPlate,Repeat,Barcode,Formula,Measurement date,\n1,1,,"Calc 1: X, Y",,\n'
    )
    text = f"{info}\nCalculated results: Calc 1: X\n{GRID}\n"
    (problem,) = refused(text + TAIL)
    assert problem.code == "no-raw-data"
    assert 'channel = "Calc 1: X"' in problem.remedy
    assert read(text + TAIL, channel="Calc 1: X").frame.height == 21
    (problem,) = refused(block() + TAIL, channel="US LUM(1) - chanel 1 (RLU)")
    assert problem.remedy == "Did you mean 'US LUM(1) - channel 1 (RLU)'?"


def test_a_file_without_its_last_line_is_noted():
    assert [note.code for note in read(block()).notes] == ["no-trailer"]


ODD = "'foo' is not a number with a decimal point."
CASES = {
    "odd cell": (block(grid=GRID.replace("A,1,", "A,foo,")) + TAIL, "line 7, column 2 (A01)", ODD),
    "lost row": (
        block(grid=GRID.replace("C,1,2,3,4,5,6,\n", "")) + TAIL,
        "line 9",
        "Row C is missing: a plate with 6 columns has rows A to D (missing: C).",
    ),
    "truncated": (
        block()[: block().index("C,1")],
        "line 8",
        "Row C is missing: a plate with 6 columns has rows A to D (missing: C, D).",
    ),
    "wrong size": (
        block() + TAIL.replace("rows,,,,4", "rows,,,,8").replace("columns,,,,6", "columns,,,,12"),
        "line 6",
        "The grid has 24 wells, the plate type 96.",
    ),
    "twice": (
        block() + block() + TAIL,
        "line 18, column 2 (A01)",
        "Well A01 stands here for the second time (first: line 7, column 2 (A01)).",
    ),
    "no wells": (
        block(grid="") + TAIL,
        "line 1",
        "No wells stand below this 'Plate information'.",
    ),
    "two grids": (
        block() + GRID + TAIL,
        "line 12",
        "Two grids stand below one 'Plate information'.",
    ),
    "bare rows lost": (
        block(grid=BARE.replace("1,2,3,,,,\n", "")) + TAIL,
        "line 8",
        "Row D is missing: a plate with 6 columns has rows A to D (missing: D).",
    ),
    "lost delimiter": (
        block(grid=GRID.replace("B,7,8,", "B,7.8,")) + TAIL,
        "line 8",
        "The line has 7 cells, its neighbors have 8.",
    ),
    "lost delimiter in a bare grid": (
        block(grid=BARE.replace("7,8,", "7.8,")) + TAIL,
        "line 7",
        "The line has 6 cells, its neighbors have 7.",
    ),
    "commas in names": (
        block(label="a,b,c,d") + TAIL,
        "line 3",
        "The plate information has 14 cells, its header has 11, of which 'Plate' must be one.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused_with_place_and_reason(case: str):
    text, place, message = CASES[case]
    first = refused(text)[0]
    assert (first.place, first.message) == (place, message)
    assert first.remedy
