# ruff: noqa: E501  one bad file per line
import json
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.absolute_q import READER
from exportin.tables.kinds import PartitionCounts
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well

GROUPS = (
    "Run,Date,Instrument,Plate,Group,Name,Well,Total,Dye,Target,Conc. cp/uL,SD,CV%,95%CI,Positives\n"
    "R,5/19/2023,I,P1,G 1 (2),,Average,20431,VIC,MYC,1.9,2.7,141,1.68,17\n"
    "R,5/19/2023,I,P1,G 1,Lysate,A1,20413,VIC,MYC,0,,,0,0\n"
    "R,5/19/2023,I,P1,G 1,Lysate,B1,20449,VIC,MYC,3.85,,,1.1,34\n"
    "R,5/19/2023,I,P1,G 1 (2),,Average,20431,FAM,,1.9,2.7,141,1.68,17\n"
    "R,5/19/2023,I,P1,G 1,Lysate,A1,20413,FAM,,0.11,,,0,1\n"
    "R,5/19/2023,I,P1,G 1,Lysate,B1,20449,FAM,,ERROR,,,1.1,\n"
)
CHANNELS = (
    "Run,Date,Instrument,Plate,Sample,Channels,Count,Copies per microliter,Total\n"
    "R,2023-05-24,I,P1,Sample A1,,70,0.00,100\nR,2023-05-24,I,P1,Sample A1,FAM,20,278.04,100\n"
    "R,2023-05-24,I,P1,Sample A1,VIC,7,70.5,100\nR,2023-05-24,I,P1,Sample A1,FAM VIC,3,30.1,100\n"
    "R,2023-05-24,I,P1,ctrl,,100,0.00,100\nR,2023-05-24,I,P1,ctrl,FAM,0,0.00,0\n"
    "R,2023-05-24,I,P1,ctrl,VIC,0,0.00,0\nR,2023-05-24,I,P1,ctrl,FAM VIC,0,0.00,0\n"
)


def read(text: str | bytes, **request: object) -> PartitionCounts:
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="a.csv", data=data), Request(kind=PartitionCounts, **request))


@pytest.mark.parametrize("name", ["Appbio_AbsoluteQ_example01", "Appbio_AbsoluteQ_multichannel"])
def test_every_well_equals_the_independent_parse(realdata: Path, name: str):
    folder = realdata / "ecosystem/instrument_files/appbio_absolute_q"
    source = Source(name=f"{name}.csv", data=(folder / f"{name}.csv").read_bytes())
    assert READER.sniff(source)
    frame = READER.read(source, Request(kind=PartitionCounts)).frame
    expected = {}
    whole = json.loads((folder / f"{name}.json").read_text())["dPCR aggregate document"]
    for document in whole["dPCR document"]:
        for one in document["measurement aggregate document"]["measurement document"]:
            (result,) = one["processed data aggregate document"]["processed data document"]
            (device,) = one["device control aggregate document"]["device control document"]
            sample, dye = one["sample document"], device["reporter dye setting"]
            target = one["target DNA description"]
            expected[
                parse_well(sample["well location identifier"]), dye if target == "N/A" else target
            ] = (
                one["total partition count"]["value"],
                result["positive partition count"]["value"],
                result["number concentration"]["value"],
                dye,
                sample["sample identifier"],
                sample["well plate identifier"],
            )
    names = ("well", "target", "accepted", "positive", "value", "dye", "sample_id", "plate")
    assert {row[:2]: row[2:] for row in frame.select(names).iter_rows()} == expected
    assert frame.height == len(expected) == {"Appbio_AbsoluteQ_example01": 16}.get(name, 75)


def test_all_partitions_with_a_dye_of_the_real_multichannel_file(realdata: Path):
    # by hand, sample A1: JUN alone 2311, with VIC 417, with FAM 430, with FAM and VIC 72
    folder = realdata / "ecosystem/instrument_files/appbio_absolute_q"
    data = (folder / "Appbio_AbsoluteQ_multichannel.csv").read_bytes()
    table = READER.read(Source(name="m.csv", data=data), Request(kind=PartitionCounts))
    first = table.frame.filter(table.frame["sample_id"] == "Sample A1")
    found = dict(first.select("target", "positive_any").iter_rows())
    assert found["JUN"] == 2311 + 417 + 430 + 72
    assert found["VIC JUN"] is None
    assert [note.code for note in table.notes] == ["exact-channels"]


def test_groups():
    table = read(GROUPS)
    assert table.frame.select(
        "row_id", "sample_id", "accepted", "positive", "value", "cause"
    ).rows() == [
        ("a.csv#MYC:A01", "Lysate", 20413, 0, 0, ""),
        ("a.csv#MYC:B01", "Lysate", 20449, 34, 3.85, ""),
        ("a.csv#FAM:A01", "Lysate", 20413, 1, 0.11, ""),
        ("a.csv#FAM:B01", "Lysate", 20449, None, None, "ERROR"),
    ]
    assert table.unread == ("Instrument", "95%CI", "lines of averages")
    assert set(table.frame["measured_at"]) == {"5/19/2023"}


def test_two_plates_are_told_apart():
    head, rows = GROUPS.split("\n", 1)
    frame = read(GROUPS + rows.replace(",P1,", ",P2,")).frame
    assert frame.height == 8
    assert frame["row_id"][4] == "a.csv#MYC:P2:A01"
    assert head


def test_channels():
    table = read(CHANNELS)
    assert table.frame.select(
        "row_id", "well", "accepted", "positive", "positive_any", "value"
    ).rows() == [
        ("a.csv#FAM:A01", "A01", 100, 20, 23, 278.04),
        ("a.csv#VIC:A01", "A01", 100, 7, 10, 70.5),
        ("a.csv#FAM VIC:A01", "A01", 100, 3, None, 30.1),
        ("a.csv#FAM:ctrl", None, 0, 0, 0, 0),
        ("a.csv#VIC:ctrl", None, 0, 0, 0, 0),
        ("a.csv#FAM VIC:ctrl", None, 0, 0, None, 0),
    ]


@pytest.mark.parametrize("text", [GROUPS, CHANNELS])
def test_marks_encodings_and_swapped_columns_are_the_same_table(text: str):
    frame = read(text).frame
    german = (
        text.replace(",", ";").replace("Conc. cp", "Conc# cp").replace(".", ",").replace("#", ".")
    )
    for data in (
        german.encode(),
        german.encode("utf-16"),
        text.replace("\n", "\r\n").encode("utf-8-sig"),
    ):
        assert READER.sniff(Source(name="a.csv", data=data))
        assert read(data).frame.equals(frame)
    swapped = "\n".join(",".join(line.split(",")[::-1]) for line in text.splitlines()) + "\n"
    assert read(swapped).frame.equals(frame)


CASES = {
    "odd cell": (
        GROUPS,
        ("3.85", "3.8s"),
        "line 4, column 11 (Conc. cp/uL)",
        "'3.8s' is not a number with a decimal point.",
    ),
    "well lost": (
        GROUPS,
        ("R,5/19/2023,I,P1,G 1,Lysate,B1,20449,FAM,,ERROR,,,1.1,\n", ""),
        "line 5",
        "'G 1 (2)' states 2 wells, there are 1.",
    ),
    "twice": (
        GROUPS,
        ("B1,20449,VIC", "A1,20449,VIC"),
        "line 4",
        "A01, MYC stands here for the second time (first: line 3).",
    ),
    "no well": (
        GROUPS,
        ("B1,20449,VIC", "StDev,20449,VIC"),
        "line 4, column 7 (Well)",
        "'StDev' is no well.",
    ),
    "too many": (
        GROUPS,
        ("1.1,34", "1.1,20450"),
        "line 4",
        "20450 positive of 20449 partitions cannot be.",
    ),
    "cut off": (
        GROUPS,
        ("FAM,,ERROR,,,1.1,\n", "FA"),
        "line 7",
        "The line has 9 cells, the header has 15.",
    ),
    "line lost": (
        CHANNELS,
        ("R,2023-05-24,I,P1,Sample A1,FAM VIC,3,30.1,100\n", ""),
        "line 2",
        "The counts of 'Sample A1' add up to 97, the file states 100.",
    ),
    "channel twice": (
        CHANNELS,
        ("Sample A1,VIC,", "Sample A1,FAM,"),
        "line 4",
        "P1, Sample A1, FAM stands here for the second time (first: line 3).",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused(case: str):
    whole, change, place, message = CASES[case]
    text = whole.replace(*change)
    assert text != whole
    with pytest.raises(InputError) as caught:
        read(text)
    (problem,) = caught.value.problems
    assert (problem.place, problem.message) == (place, message)
    assert problem.remedy
