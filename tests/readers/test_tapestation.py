"""TapeStation: every number of the real files against the independent parse, and odd files."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.contract.reader import Request
from exportin.readers.tapestation import READER
from exportin.readers.tapestation_trace import READER as TRACES
from exportin.tables.kinds import Trace, TracePeaks
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

FOLDER = "ecosystem/instrument_files/agilent_tapestation_analysis"
NAMES = ("agilent_tapestation_analysis_example_01", "agilent_tapestation_analysis_example_03")
PEAK = {
    "peak end": "ToMW",
    "peak position": "Size",
    "peak start": "FromMW",
    "peak height": "Height",
    "peak area": "Area",
    "relative peak area": "PercentOfTotal",
    "relative corrected peak area": "PercentIntegratedArea",
}
REGION = {
    "data region end": "To",
    "data region start": "From",
    "data region area": "Area",
    "relative data region area": "PercentOfTotal",
}
SMALL = """<?xml version="1.0" encoding="utf-8"?>
<File><FileInformation><Assay>RNA</Assay></FileInformation>
<ScreenTapes><ScreenTape><ScreenTapeID>T1</ScreenTapeID><TapeRunDate>2015-07-21</TapeRunDate></ScreenTape></ScreenTapes>
<Assay><Units><ConcentrationUnit>ng/µl</ConcentrationUnit><MolarityUnit>nmol/l</MolarityUnit><MolecularWeightUnit>nt</MolecularWeightUnit></Units></Assay>
<Samples><Sample><WellNumber>A1</WellNumber><Comment>liver</Comment><Concentration>12.5</Concentration><Alert>low</Alert>
<RNA><RINe>8.6</RINe></RNA><ScreenTapeID>T1</ScreenTapeID>
<Peaks><Peak><Area>0.5</Area><Size>&gt;6000</Size><Number>1</Number><Observations>18S</Observations></Peak></Peaks><Regions/></Sample></Samples></File>"""
TRACE = "A1: Ladder,B1: liver\n1.5,2\n0.5,3\n"


def load(path: Path) -> Source:
    data = path.read_bytes()
    packed = path.suffix == ".gz"
    return Source(
        name=path.name.removesuffix(".gz"), data=gzip.decompress(data) if packed else data
    )


def read(text: str | bytes, **request: object) -> TracePeaks:
    data = text if isinstance(text, bytes) else text.encode()
    return READER.read(Source(name="r.xml", data=data), Request(kind=TracePeaks, **request))


def read_trace(text: str | bytes, **request: object) -> Trace:
    data = text if isinstance(text, bytes) else text.encode()
    return TRACES.read(Source(name="r.csv", data=data), Request(kind=Trace, **request))


def refused(text: str | bytes, read=read) -> str:
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value)


def expected(document: dict[str, Any]) -> dict[tuple[str, str, str], float]:
    """(lane, peak, quantity) to value, as the independent parse has them."""
    top = document["electrophoresis aggregate document"]
    found: dict[tuple[str, str, str], float] = {}
    by_id: dict[str, tuple[str, str]] = {}
    for one in top["electrophoresis document"]:
        for measured in one["measurement aggregate document"]["measurement document"]:
            lane = measured["sample document"]["location identifier"]
            by_id[measured["measurement identifier"]] = (lane, "")
            for data in measured["processed data aggregate document"]["processed data document"]:
                for peak in data["peak list"]["peak"]:
                    name = peak["peak name"]
                    # the parse calls both markers '-' and says in a comment which it is
                    name = peak["comment"] if name == "-" else name
                    by_id[peak["identifier"]] = (lane, name)
                    found |= {
                        (lane, name, PEAK[k]): v["value"] for k, v in peak.items() if k in PEAK
                    }
                regions = data.get("data region aggregate document", {}).get(
                    "data region document", []
                )
                for region in regions:
                    name = f"region {region['data region name']}"
                    by_id[region["data region identifier"]] = (lane, name)
                    found |= {
                        (lane, name, REGION[k]): v["value"]
                        for k, v in region.items()
                        if k in REGION
                    }
    for extra in top["calculated data aggregate document"]["calculated data document"]:
        (source,) = extra["data source aggregate document"]["data source document"]
        lane, name = by_id[source["data source identifier"]]
        found[lane, name, extra["calculated data name"]] = extra["calculated result"]["value"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_number_equals_the_independent_parse(realdata: Path, name: str):
    source = load(realdata / FOLDER / f"{name}.xml")
    document = json.loads((realdata / FOLDER / f"{name}.json").read_text())
    assert READER.sniff(source)
    frame = READER.read(source, Request(kind=TracePeaks)).frame
    rows = frame.filter(frame["value"].is_not_null())
    found = {
        (row["lane"], row["peak"], row["quantity"]): row["value"]
        for row in rows.iter_rows(named=True)
    }
    wanted = expected(document)
    assert found == wanted
    assert len(found) == rows.height == {NAMES[0]: 207, NAMES[1]: 252}[name]
    causes = set(frame.filter(frame["value"].is_null())["cause"])
    assert causes == {NAMES[0]: {"-"}, NAMES[1]: {"-", ">800"}}[name]


def test_units_wells_and_names(realdata: Path):
    frame = READER.read(load(realdata / FOLDER / f"{NAMES[1]}.xml"), Request(kind=TracePeaks)).frame
    units = dict(frame.select("quantity", "unit").unique().iter_rows())
    assert (units["Molarity"], units["Concentration"], units["Size"]) == ("pmol/l", "pg/µl", "bp")
    assert units["Height"] == units["Area"] == ""
    assert set(frame["well"]) == {"A01", "B01", "C01"}
    assert set(frame["measured_at"]) == {"2019-06-28T03:39:18-04:00"}
    rna = READER.read(load(realdata / FOLDER / f"{NAMES[0]}.xml"), Request(kind=TracePeaks)).frame
    assert rna.filter(rna["lane"] == "L1")["well"].null_count() > 0  # the ladder has no well


def test_sixteen_lanes_of_another_version(realdata: Path):
    """No parse came with this file: numbers typed from its text, first, last and odd ones."""
    folder = realdata / "bench/electropherogram"
    table = READER.read(
        load(folder / "Eukaryotic RNA-Tubes-16-RNA.xml.gz"), Request(kind=TracePeaks)
    )
    frame = table.frame
    at = {(r["lane"], r["peak"], r["quantity"]): r for r in frame.iter_rows(named=True)}
    assert at["A1", "", "Concentration"]["value"] == 132
    assert at["A1", "Lower Marker", "Height"]["value"] == 1562.990
    assert at["A1", "1", "Molarity"]["value"] == 104
    assert at["A1", "1", "FromPercent"]["value"] == 65.1
    assert (at["A1", "Lower Marker", "PercentOfTotal"]["value"]) is None
    assert at["A1", "Lower Marker", "PercentOfTotal"]["cause"] == "-"
    assert at["H2", "", "Concentration"]["sample_id"] == "rat kidney 15min 94°C"
    assert frame["lane"].n_unique() == 16
    assert frame.filter(quantity="Area").height == 49
    assert frame.filter(quantity="RINe").height == 15
    assert [note.code for note in table.notes] == ["missing-values", "unknown-screentape"]


def test_the_trace_beside_it(realdata: Path):
    """Points typed from the text: first and last line, first and last lane; Windows letters."""
    path = realdata / "bench/electropherogram/Eukaryotic RNA-Tubes-16-RNA_Electropherogram.csv.gz"
    source = load(path)
    assert TRACES.sniff(source)
    assert not READER.sniff(source)
    frame = TRACES.read(source, Request(kind=Trace)).frame
    at = {(r["lane"], r["position"]): r for r in frame.iter_rows(named=True)}
    assert frame.height == 16 * 1070
    assert at["A1", 1]["value"] == 1.195406
    assert at["H2", 1]["value"] == 0.39884
    assert at["B1", 2]["value"] == 1.094054
    assert at["A1", 1070]["value"] == 0.4896412
    assert at["G2", 1070]["value"] == -0.03114117
    assert at["H2", 1070]["value"] == 0
    assert at["H2", 1]["sample_id"] == "rat kidney 15min 94°C"


def test_a_small_file():
    table = read(SMALL)
    rows = {(r["peak"], r["quantity"]): r for r in table.frame.iter_rows(named=True)}
    assert rows["", "RINe"]["value"] == 8.6
    assert rows["", "RINe"]["row_id"] == "r.xml:T1:A1||RINe"
    assert (rows["1", "Size"]["value"], rows["1", "Size"]["cause"]) == (None, ">6000")
    assert rows["1", "Area"]["content"] == "18S"
    assert set(table.frame["alert"]) == {"low"}
    assert set(table.frame["sample_id"]) == {"liver"}
    assert table.unread == ("Assay",)
    assert read(SMALL, channel="RINe").frame.height == 1
    assert refused(SMALL.replace("<Samples>", "<S>").replace("</Samples>", "</S>")) == (
        "r.xml: There is no sample in this file. Export the run again as XML."
    )


def test_other_marks_and_encodings():
    comma = SMALL.replace("12.5", "12,5").replace("8.6", "8,6").replace("0.5", "0,5")
    assert read(comma).frame.equals(read(SMALL).frame)
    for data in (
        SMALL.encode("utf-16"),
        b"\xef\xbb\xbf" + SMALL.encode(),
        SMALL.replace("utf-8", "windows-1252").encode("cp1252"),
        SMALL.replace("\n", "\r\n").encode(),
    ):
        assert READER.sniff(Source(name="r.xml", data=data))
        assert read(data).frame.equals(read(SMALL).frame)


def test_what_is_refused():
    assert refused(SMALL.replace("8.6", "8.b")) == (
        "r.xml: sample A1, RINe: '8.b' is not a number with a decimal point. Write a number,"
        " leave the cell empty, or use a word such as OVRFLW, <LOD or NA."
    )
    extra = SMALL.replace("<RNA>", "<RNA><Mode>fast</Mode>")
    assert read(extra).unread == ("Assay", "Mode")
    assert read(extra).frame.equals(read(SMALL).frame)
    assert "The XML ends early or is damaged here." in refused(SMALL[:-300])
    sample = SMALL[SMALL.index("<Sample>") : SMALL.index("</Samples>")]
    assert "Lane A1 of ScreenTape 'T1' is there twice. Keep one." in refused(
        SMALL.replace(sample, sample * 2)
    )
    peak = SMALL[SMALL.index("<Peak>") : SMALL.index("</Peaks>")]
    assert "Two peaks of one lane are called '1'." in refused(SMALL.replace(peak, peak * 2))
    assert "sample A1, RINe: This number is there twice." in refused(
        SMALL.replace("<RINe>8.6</RINe>", "<RINe>8.6</RINe><RINe>8</RINe>")
    )
    assert "does not say its well" in refused(SMALL.replace("A1", "", 1))


def test_traces_that_are_refused():
    assert read_trace(TRACE).frame["value"].to_list() == [1.5, 0.5, 2.0, 3.0]
    assert "line 3: 1 cells, 2 lanes are due. The file may be cut off" in refused(
        TRACE[:-3], read_trace
    )
    assert "line 1, column 2: Lane A1 is there twice." in refused(
        TRACE.replace("B1", "A1"), read_trace
    )
    assert "line 1, column 2: 'liver' does not name a lane." in refused(
        TRACE.replace("B1: ", ""), read_trace
    )
    assert "line 2, column 1 (A1): 'x' is not a number" in refused(
        TRACE.replace("1.5", "x"), read_trace
    )
    assert "There is no trace in this file." in refused("A1: Ladder,B1: x\n", read_trace)
    german = TRACE.replace(",", ";").replace(".", ",")
    assert read_trace(german).frame["value"].to_list() == [1.5, 0.5, 2.0, 3.0]
    assert not TRACES.sniff(Source(name="a.csv", data=b"well,value\nA1,3\n"))


@given(st.data(), st.sampled_from([(READER, SMALL, TracePeaks), (TRACES, TRACE, Trace)]))
@settings(max_examples=150, deadline=None)
def test_no_bytes_give_a_traceback(data: st.DataObject, case: tuple[Any, str, type]):
    reader, good, kind = case
    text = bytearray(good.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(text) - 1, 0)))
        text[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
    source = Source(name="a.x", data=bytes(text))
    reader.sniff(source)
    try:
        reader.read(source, Request(kind=kind))
    except InputError:
        return
