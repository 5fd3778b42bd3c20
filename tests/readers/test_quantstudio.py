# ruff: noqa: E501  one bad file per line
import json
from pathlib import Path
from typing import Any

import pytest

from exportin.contract.reader import Request
from exportin.readers.quantstudio import READER
from exportin.tables.kinds import Amplification, CycleThresholds
from exportin.tables.origin import Source
from exportin.tables.problems import InputError
from exportin.tables.wells import parse_well

HEAD = (
    "* Block Type = 96-Well Block (0.2mL)\n* Chemistry = TAQMAN\n* Experiment Name = run 7\n"
    "* Experiment Run End Time = 2010-10-21 00:51:26 AM EDT\n\n"
)
SETUP = (
    "[Sample Setup]\nWell\tWell Position\tSample Name\tTarget Name\tTask\n"
    "1\tA1\tS1\tMYC\tUNKNOWN\n2\tA2\tS2\tMYC\tSTANDARD\n13\tB1\n\n"
)
RESULTS = (
    "[Results]\n"
    "Well\tWell Position\tOmit\tSample Name\tTarget Name\tTask\tReporter\tCT\tQuantity\tTm1\tHIGHSD\n"
    "1\tA1\tfalse\tS1\tMYC\tUNKNOWN\tFAM\t18.717\t3,210.500\t78.122\tY\n"
    "2\tA2\ttrue\tS2\tMYC\tSTANDARD\tFAM\t22.058\t1,250.000\t78.120\tN\n"
    "1\tA1\tfalse\tS1\tGAPDH\tUNKNOWN\tVIC\tUndetermined\t\t\tN\n"
    "13\tB1\n\n"
    "Analysis Type = Singleplex\nEndogenous Control = GAPDH\n"
)
CURVES = (
    "[Amplification Data]\nWell\tCycle\tTarget Name\tRn\tDelta Rn\n"
    "1\t1\tMYC\t0.522\t0.008\n1\t2\tMYC\t1,000.521\t0.007\n14\t1\tMYC\t0.5\t-0.1\n14\t2\tMYC\t0.6\t-0.0\n"
)
TEXT = HEAD + SETUP + CURVES + RESULTS
NEWER = (
    "# File Name: plate.eds\n# Block Type: 96-Well 0.2-mL Block\n# Instrument Type: QuantStudio 6 Pro\n\n"
    '"Well","Well Position","Omit","Sample","Target","Task","Reporter","Cq","Cq Mean","Threshold"\n'
    '"1","A1","false","S1","MYC","UNKNOWN","FAM","18.717","18.7","0.2"\n'
    '"2","A2","false","S2","MYC","NTC","FAM","UNDETERMINED","","0.2"\n'
)


def read(text: str | bytes, kind: type = CycleThresholds, **request: object):
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="q.txt", data=data), Request(kind=kind, **request))


def load(path: Path) -> Source:
    return Source(name=path.name, data=path.read_bytes())


def documents(path: Path) -> list[dict[str, Any]]:
    whole = json.loads(path.read_text())["qpcr aggregate document"]["qpcr document"]
    return [
        measurement
        for document in whole
        for measurement in document["measurement aggregate document"]["measurement document"]
    ]


def processed(document: dict[str, Any]) -> dict[str, Any]:
    (one,) = document["processed data aggregate document"]["processed data document"]
    return one


def key_of(document: dict[str, Any]) -> tuple[str, str]:
    well = document["sample document"]["well location identifier"]
    return parse_well(well), document["target DNA description"]


@pytest.mark.parametrize("name", ["appbio_quantstudio_example01", "appbio_quantstudio_example04"])
def test_every_cycle_equals_the_independent_parse(realdata: Path, name: str):
    folder = realdata / "ecosystem/instrument_files/appbio_quantstudio"
    source = load(folder / f"{name}.txt")
    assert READER.sniff(source)
    table = READER.read(source, Request(kind=CycleThresholds))
    expected = {}
    for document in documents(folder / f"{name}.json"):
        one = processed(document)
        sample = document["sample document"]
        task = sample["sample role type"]
        (device,) = document["device control aggregate document"]["device control document"]
        expected[key_of(document)] = (
            one.get("cycle threshold result (qPCR)", {}).get("value"),
            one["data processing document"]["cycle threshold value setting (qPCR)"]["value"],
            device["reporter dye setting"],
            task.split(" ")[0],
            sample["sample identifier"],
        )
    frame = table.frame
    words = {"unknown": "unknown", "standard": "standard", "ntc": "control"}
    found = {
        (row["well"], row["target"]): (
            row["value"],
            row["threshold"],
            row["dye"],
            words[row["task"]],
            row["sample_id"] or expected[row["well"], row["target"]][4],
        )
        for row in frame.iter_rows(named=True)
    }
    if name.endswith("01"):  # the oracle leaves out two wells of [Results] absent from the setup
        more = {well: found.pop((well, "TARGET_1"))[0] for well in ("A17", "A18")}
        assert more == {"A17": 18.452, "A18": 18.842}
    assert found == expected
    assert (
        frame.height
        == {"appbio_quantstudio_example01": 16, "appbio_quantstudio_example04": 95}[name]
    )


@pytest.mark.parametrize("name", ["appbio_quantstudio_example01", "appbio_quantstudio_example04"])
@pytest.mark.parametrize(
    ("channel", "cube"),
    [("", "normalized reporter data cube"), ("Delta Rn", "baseline corrected reporter data cube")],
)
def test_every_point_equals_the_independent_parse(
    realdata: Path, name: str, channel: str, cube: str
):
    folder = realdata / "ecosystem/instrument_files/appbio_quantstudio"
    table = READER.read(load(folder / f"{name}.txt"), Request(kind=Amplification, channel=channel))
    expected = {}
    for document in documents(folder / f"{name}.json"):
        if cube in processed(document):
            data = processed(document)[cube]["data"]
            for cycle, value in zip(data["dimensions"][0], data["measures"][0], strict=True):
                expected[*key_of(document), cycle] = value
    points = table.frame.select("well", "target", "cycle", "value").iter_rows()
    assert {point[:3]: point[3] for point in points} == expected
    assert table.frame.height == len(expected) > 20


def test_what_the_real_file_does_not_list_is_said(realdata: Path):
    folder = realdata / "ecosystem/instrument_files/appbio_quantstudio"
    table = READER.read(
        load(folder / "appbio_quantstudio_example04.txt"), Request(kind=CycleThresholds)
    )
    undetermined, lost = table.notes
    assert undetermined.message == "4 values are missing or censored: Undetermined (4)."
    assert lost.message == "Wells of [Sample Setup] are not listed here: H11."
    assert "[Amplification Data]" in table.unread
    assert table.frame.filter(table.frame["well"] == "D05")["quantity"].to_list() == [1250]
    assert table.frame.filter(table.frame["well"] == "A01")["quantity"].to_list() == [None]


def test_a_small_file():
    table = read(TEXT)
    rows = table.frame.select(
        "row_id",
        "sample_id",
        "well",
        "value",
        "cause",
        "task",
        "quantity",
        "melt_temperature",
        "instrument_flag",
    ).rows()
    assert rows == [
        ("q.txt#MYC:A01", "S1", "A01", 18.717, "", "unknown", None, 78.122, "HIGHSD"),
        ("q.txt#MYC:A02", "S2", "A02", 22.058, "", "standard", 1250, 78.12, ""),
        ("q.txt#GAPDH:A01", "S1", "A01", None, "Undetermined", "unknown", None, None, ""),
    ]
    assert table.frame["excluded_in_file"].to_list() == [None, "Omit", None]
    assert set(table.frame["run"]) == {"run 7"}
    assert set(table.frame["measured_at"]) == {"2010-10-21 00:51:26 AM EDT"}
    assert table.unread == (
        "[Amplification Data]",
        "Chemistry",
        "Analysis Type",
        "Endogenous Control",
    )


def test_curves_take_sample_and_well_from_the_other_tables():
    frame = read(TEXT, Amplification).frame
    assert frame.select("sample_id", "well", "cycle", "value").rows() == [
        ("S1", "A01", 1, 0.522),
        ("S1", "A01", 2, 1000.521),
        ("", "B02", 1, 0.5),
        ("", "B02", 2, 0.6),
    ]
    (note,) = read(TEXT, Amplification).notes
    assert note.message == "Wells of [Sample Setup] are not listed here: A02."
    assert read(TEXT, Amplification, channel="Delta Rn").frame["value"].to_list() == [
        0.008,
        0.007,
        -0.1,
        0,
    ]
    card = TEXT.replace("96-Well Block (0.2mL)", "384-Well Block")
    assert read(card, Amplification).frame["well"].to_list()[2:] == ["A14", "A14"]


def test_the_newer_export_of_one_table():
    assert READER.sniff(Source(name="q.csv", data=NEWER.encode()))
    table = read(NEWER)
    assert table.frame.select("well", "target", "value", "cause", "task").rows() == [
        ("A01", "MYC", 18.717, "", "unknown"),
        ("A02", "MYC", None, "UNDETERMINED", "ntc"),
    ]
    curves = (
        NEWER.split("\n\n", maxsplit=1)[0]
        + '\n\n"Well","Well Position","Cycle Number","Target","Rn","dRn","Sample"\n1,A1,1,MYC,0.5,0.1,S1\n1,A1,2,MYC,0.6,0.2,S1\n'
    )
    points = read(curves, Amplification, channel="Delta Rn").frame
    assert points.select("sample_id", "cycle", "value").rows() == [("S1", 1, 0.1), ("S1", 2, 0.2)]


def test_marks_and_encodings_are_the_same_table():
    frame = read(TEXT).frame
    german = TEXT.replace(",", "#").replace(".", ",").replace("#", ".").replace("(0,2", "(0.2")
    for data in (
        TEXT.encode("utf-16"),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode(),
    ):
        assert READER.sniff(Source(name="q.txt", data=data))
        assert read(data).frame.equals(frame)
    assert read(german).frame.equals(frame)
    assert read(german, Amplification).frame.equals(read(TEXT, Amplification).frame)
    assert read(TEXT.replace("\tCT\t", "\tC\u0442\t")).frame.equals(frame)


def test_swapped_columns_are_the_same_table():
    lines = RESULTS.split("\n")
    turned = [
        "\t".join((line.split("\t") + [""] * (11 - len(line.split("\t"))))[::-1])
        if "\t" in line
        else line
        for line in lines
    ]
    assert read(HEAD + SETUP + CURVES + "\n".join(turned)).frame.equals(read(TEXT).frame)


CASES = {
    "odd cell": (
        ("18.717", "18.7l7"),
        "line 20, column 8 (CT)",
        "'18.7l7' is not a number with a decimal point.",
    ),
    "lost mark": (
        ("18.717", "18717"),
        "line 20, column 8 (CT)",
        "'18717' is no cycle of a PCR: expected 0 to 100.",
    ),
    "no well": (
        ("1\tA1\tfalse\tS1\tMYC", "1\tA0\tfalse\tS1\tMYC"),
        "line 20, column 2 (Well Position)",
        "'A0' is no well.",
    ),
    "twice": (
        ("S1\tGAPDH", "S1\tMYC"),
        "line 22",
        "A01, MYC stands here for the second time (first: line 20).",
    ),
    "other well": (
        ("2\tA2\ttrue", "2\tA3\ttrue"),
        "line 21",
        "Well number 2 is A03 here and A02 in a table above.",
    ),
    "two sections": (
        ("[Amplification Data]", "[Results]"),
        "line 18",
        "The section [Results] stands here for the second time.",
    ),
    "no column": (
        ("\tCT\t", "\tX\t"),
        "line 19",
        "There is no column 'CT'. Found: 'Well', 'Well Position', 'Omit', 'Sample Name', 'Target Name', 'Task', 'Reporter', 'X', 'Quantity', 'Tm1', 'HIGHSD'.",
    ),
    "doubled column": (
        ("Tm1\tHIGHSD", "CT\tHIGHSD"),
        "line 19, column 10",
        "Column 'CT' stands here for the second time (line 19, column 8).",
    ),
    "cut in two": (("2\tA2\ttrue", "\n2\tA2\ttrue"), "line 22", "'2' belongs to no section."),
    "no results": (("[Results]", "[Others]"), "", "The file has no filled section [Results]."),
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


CURVE_CASES = {
    "cycle lost": (("14\t2\tMYC\t0.6\t-0.0\n", ""), "Well B02 (MYC) has 1 cycles, the run has 2."),
    "cycle twice": (
        ("14\t2\t", "14\t1\t"),
        "B02, MYC, cycle 1 stands here for the second time (first: line 16).",
    ),
    "half cycle": (("14\t2\t", "14\t2.5\t"), "'2.5' is no number of a cycle."),
    "beyond the block": (("14\t", "97\t"), "Nothing says which well number '97' is."),
}


@pytest.mark.parametrize("case", CURVE_CASES)
def test_bad_curves_are_refused(case: str):
    change, message = CURVE_CASES[case]
    with pytest.raises(InputError) as caught:
        read(TEXT.replace(*change), Amplification)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_a_cut_off_line_is_refused_and_an_open_end_noted():
    cut = TEXT[: TEXT.index("\t18.717")]
    with pytest.raises(InputError, match="The line has 7 cells, the header has 11"):
        read(cut)
    whole = TEXT[: TEXT.index("13\tB1\n\nAnalysis")].rstrip("\n")
    assert [note.code for note in read(whole).notes][-1] == "no-line-end"
    with pytest.raises(InputError, match="The line has 6 cells, the header has 11"):
        read(whole[: whole.rindex("\tVIC")])


def test_other_texts_are_not_claimed():
    blanks = (
        " " * 60_000,
        "\n" * 60_000,
        "* " * 30_000,
    )  # a pattern that wanders takes minutes here
    for text in (
        *blanks,
        "",
        "[Results]\nWell\tCT\n1\t2\n",
        "Block Type,96\n",
        "* Block Type = 96\n",
    ):
        assert not READER.sniff(Source(name="q.txt", data=text.encode()))
