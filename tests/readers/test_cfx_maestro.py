import json
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.cfx_maestro import READER
from exportin.tables.kinds import CycleThresholds
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

HEAD = ",Well,Fluor,Target,Content,Sample,Biological Set Name,Cq,Starting Quantity (SQ)\n"
ROWS = (
    ",A01,SYBR,MYC,Unkn-1,S1,ctrl,21.18775,12.5\n"
    ",A02,SYBR,MYC,Std-1,,,18.5,1000\n"
    ",B01,SYBR,MYC,NTC,,,NaN,NaN\n"
    ",B01,FAM,GAPDH,NRT,S2,drug,38.25,\n"
)
TEXT = HEAD + ROWS


def read(text: str | bytes, **request: object) -> CycleThresholds:
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="c.csv", data=data), Request(kind=CycleThresholds, **request))


@pytest.mark.parametrize(
    "name",
    [
        "ecosystem/instrument_files/cfxmaestro/example01.csv",
        "bench/instrument/biorad_cfx_maestro.csv",
    ],
)
def test_every_cycle_equals_the_independent_parse(realdata: Path, name: str):
    path = realdata / name
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    table = READER.read(source, Request(kind=CycleThresholds))
    oracle = (
        realdata / "ecosystem/instrument_files/cfxmaestro/example01.json"
    )  # the same file twice
    expected = {}
    for one in json.loads(oracle.read_text())["qpcr aggregate document"]["qpcr document"]:
        for document in one["measurement aggregate document"]["measurement document"]:
            (result,) = document["processed data aggregate document"]["processed data document"]
            (device,) = document["device control aggregate document"]["device control document"]
            sample = document["sample document"]
            expected[sample["well location identifier"], device["reporter dye setting"]] = (
                result["cycle threshold result (qPCR)"]["value"],
                sample["sample identifier"],
                sample["custom information document"]["group identifier"],
                sample["sample role type"],
            )
    rows = table.frame.select("well", "dye", "value", "sample_id", "group", "task").iter_rows()
    assert {row[:2]: (*row[2:5], f"{row[5]} sample role") for row in rows} == expected
    assert table.frame.height == 48
    assert set(table.frame["target"]) == {"FAM", "VIC"}
    assert [note.code for note in table.notes] == ["target-from-dye"]
    assert "Cq Mean" in table.unread


def test_tasks_quantities_and_missing():
    table = read(TEXT)
    assert table.frame.select(
        "row_id", "sample_id", "value", "cause", "task", "quantity"
    ).rows() == [
        ("c.csv#MYC:A01", "S1", 21.18775, "", "unknown", None),
        ("c.csv#MYC:A02", "Std-1", 18.5, "", "standard", 1000),
        ("c.csv#MYC:B01", "", None, "NaN", "ntc", None),
        ("c.csv#GAPDH:B01", "S2", 38.25, "", "no_rt", None),
    ]
    assert table.notes[0].message == "1 values are missing or censored: NaN (1)."


def test_lines_on_the_run_above_and_the_short_summary():
    above = "File Name,run.pcrd\nRun Started,02/03/2024 10:00:00 UTC\n\n"
    table = read(above + TEXT)
    assert set(table.frame["measured_at"]) == {"02/03/2024 10:00:00 UTC"}
    assert table.unread == ("File Name",)
    summary = "Well,Fluor,Target,Content,Sample,Cq,SQ\nA01,SYBR,MYC,Std,S,20.5,100\n"
    assert read(summary).frame["quantity"].to_list() == [100]
    assert READER.sniff(Source(name="c.csv", data=(above + TEXT).encode()))


def test_marks_encodings_and_swapped_columns_are_the_same_table():
    frame = read(TEXT).frame
    german = TEXT.replace(",", ";").replace(".", ",")
    for data in (
        german.encode(),
        german.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
    ):
        assert READER.sniff(Source(name="c.csv", data=data))
        assert read(data).frame.equals(frame)
    swapped = "\n".join(",".join(line.split(",")[::-1]) for line in TEXT.splitlines()) + "\n"
    assert read(swapped).frame.equals(frame)


CASES = {
    "odd cell": (
        ("18.5", "18.S"),
        "line 3, column 8 (Cq)",
        "'18.S' is not a number with a decimal point.",
    ),
    "lost mark": (
        ("21.18775", "2118775"),
        "line 2, column 8 (Cq)",
        "'2118775' is no cycle of a PCR: expected 0 to 100.",
    ),
    "cut off": (
        ("SYBR,MYC,NTC,,,NaN,NaN\n,B01,FAM,GAPDH,NRT,S2,drug,38.25,\n", "SY"),
        "line 4",
        "The line has 3 cells, the header has 9.",
    ),
    "twice": (
        ("A02", "A01"),
        "line 3",
        "A01, MYC stands here for the second time (first: line 2).",
    ),
    "no well": (("A02", "A99"), "line 3, column 2 (Well)", "'A99' is no well."),
    "doubled column": (
        ("Biological Set Name", "Cq"),
        "line 1, column 8",
        "Column 'Cq' stands here for the second time (line 1, column 7).",
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


def test_a_cycle_of_zero_is_missing_with_its_own_word():
    assert read(TEXT.replace("38.25", "0")).frame.select("value", "cause").row(3) == (None, "0")
