# ruff: noqa: E501  one bad file per line
import json
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.qiacuity import READER
from exportin.tables.kinds import PartitionCounts
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well

TEXT = (
    "sep=,,,,,\n"
    ",Sample/NTC/Control,Type,Plate ID,Target,Control type,Concentration (copies/µL),CI (95%),"
    "Partitions (valid),Partitions (positive),Partitions (negative),Threshold\n"
    "A1,S1,Sample,77,MYC,-,86.32,4.60%,25485,1778,23707,53.55\n"
    "A1,S1,Sample,77,GAPDH,-,8.284,15.20%,25486,166,25320,47.18\n"
    "B1,N,Non Template Control,77,MYC,-,-,-,25497,0,25497,42.71\n"
)


def read(text: str | bytes, **request: object) -> PartitionCounts:
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="q.csv", data=data), Request(kind=PartitionCounts, **request))


@pytest.mark.parametrize("name", ["qiacuity_dpcr_example01", "qiacuity_dpcr_example03"])
def test_every_well_equals_the_independent_parse(realdata: Path, name: str):
    folder = realdata / "ecosystem/instrument_files/qiacuity_dpcr"
    source = Source(name=f"{name}.csv", data=(folder / f"{name}.csv").read_bytes())
    assert READER.sniff(source)
    frame = READER.read(source, Request(kind=PartitionCounts)).frame
    expected = {}
    whole = json.loads((folder / f"{name}.json").read_text())["dPCR aggregate document"]
    for document in whole["dPCR document"]:
        for one in document["measurement aggregate document"]["measurement document"]:
            (result,) = one["processed data aggregate document"]["processed data document"]
            sample = one["sample document"]
            setting = result["data processing document"]
            expected[
                parse_well(sample["well location identifier"]), one["target DNA description"]
            ] = (
                one["total partition count"]["value"],
                result["positive partition count"]["value"],
                result["number concentration"]["value"],
                setting["fluorescence intensity threshold setting"]["value"],
                sample["sample identifier"],
            )
    names = ("well", "target", "accepted", "positive", "value", "threshold", "sample_id")
    assert {row[:2]: row[2:] for row in frame.select(names).iter_rows()} == expected
    assert frame.height == len(expected) == {"qiacuity_dpcr_example01": 6}.get(name, 24)


def test_a_small_file():
    table = read(TEXT)
    assert table.frame.select(
        "row_id", "accepted", "positive", "value", "cause", "task"
    ).rows() == [
        ("q.csv#MYC:A01", 25485, 1778, 86.32, "", "unknown"),
        ("q.csv#GAPDH:A01", 25486, 166, 8.284, "", "unknown"),
        ("q.csv#MYC:B01", 25497, 0, None, "-", "ntc"),
    ]
    assert set(table.frame["plate"]) == {"77"}
    assert table.unread == ("CI (95%)",)


def test_marks_encodings_and_swapped_columns_are_the_same_table():
    frame = read(TEXT).frame
    german = TEXT.replace(",", ";").replace(".", ",")
    for data in (
        german.encode(),
        german.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        TEXT.replace("µ", "\ufffd").encode(),
        TEXT.split("\n", 1)[1].encode(),
    ):
        assert READER.sniff(Source(name="q.csv", data=data))
        assert read(data).frame.equals(frame)
    head, *rows = TEXT.splitlines()
    turned = [",".join([row.split(",")[0], *row.split(",")[:0:-1]]) for row in rows]
    assert read("\n".join([head, *turned]) + "\n").frame.equals(frame)


CASES = {
    "odd cell": (
        ("86.32", "86.3z"),
        "line 3, column 7 (Concentration (copies/µL))",
        "'86.3z' is not a number with a decimal point.",
    ),
    "sum": (
        ("23707", "23700"),
        "line 3",
        "1778 positive and 23700 negative partitions are not the 25485 valid ones.",
    ),
    "too many": (("0,25497", "25498,-1"), "line 5", "-1 is no count of partitions."),
    "half": (("1778", "1778.5"), "line 3", "1778.5 is no count of partitions."),
    "twice": (
        ("GAPDH", "MYC"),
        "line 4",
        "A01, MYC stands here for the second time (first: line 3).",
    ),
    "no well": (("B1,", "X,"), "line 5, column 1 (Well)", "'X' is no well."),
    "cut off": (("0,25497,42.71\n", "0"), "line 5", "The line has 10 cells, the header has 12."),
    "other unit": (
        ("(copies/µL)", "(copies/mL)"),
        "line 2",
        "There is no column 'Concentration (copies/uL)'. Found: 'Well', 'Sample/NTC/Control', 'Type', 'Plate ID', 'Target', 'Control type', 'Concentration (copies/mL)', 'CI (95%)', 'Partitions (valid)', 'Partitions (positive)', 'Partitions (negative)', 'Threshold'.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused(case: str):
    change, place, message = CASES[case]
    text = TEXT.replace(*change)
    assert text != TEXT
    with pytest.raises(InputError) as caught:
        read(text)
    (problem,) = caught.value.problems
    assert (problem.place, problem.message) == (place, message)
    assert problem.remedy
