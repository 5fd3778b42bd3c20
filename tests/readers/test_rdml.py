# ruff: noqa: E501  one bad file per line
import io
import re
import zipfile
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.rdml import READER
from exportin.tables.kinds import Amplification, CycleThresholds
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

DATA = """<data><tar id="{tar}"/>{more}<adp><cyc>1</cyc><tmp>60</tmp><fluor>{fluor}</fluor></adp>
<adp><cyc>2</cyc><fluor>1.5e1</fluor></adp><mdp><tmp>70</tmp><fluor>3</fluor></mdp></data>"""
REACTS = (
    '<react id="1"><sample id="S"/>'
    + DATA.format(tar="MYC", more="<cq>18.717</cq><meltTemp>81.5</meltTemp>", fluor="0.52")
    + DATA.format(tar="GAPDH", more="<cq>-1.0</cq>", fluor="-0.1")
    + '</react><react id="13"><sample id="D"/>'
    + DATA.format(tar="MYC", more="<cq>22</cq><excl>bubble</excl>", fluor="0.5")
    + "</react>"
)
FORMAT = (
    "<pcrFormat><rows>8</rows><columns>12</columns><rowLabel>ABC</rowLabel>"
    "<columnLabel>123</columnLabel></pcrFormat>"
)
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rdml version="1.2" xmlns="http://www.rdml.org"><dateMade>2020-01-01</dateMade>'
    '<dye id="FAM"/><sample id="S"><type>unkn</type></sample>'
    '<sample id="D"><type>std</type><quantity><value>1e3</value><unit>cop</unit></quantity></sample>'
    '<target id="MYC"><type>toi</type><amplificationEfficiency>1.9</amplificationEfficiency>'
    '<dyeId id="FAM"/></target><target id="GAPDH"><type>ref</type><dyeId id="FAM"/></target>'
    f'<experiment id="E"><run id="R1">{FORMAT}<runDate>2020-01-02T10:00:00</runDate>{REACTS}</run>'
    f'<run id="R2">{FORMAT}{REACTS}</run></experiment></rdml>'
)


def archive(xml: str | bytes = XML, name: str = "rdml_data.xml", *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, xml)
        for other in more:
            made.writestr(other, "x")
    return buffer.getvalue()


def read(data: bytes, kind: type = CycleThresholds, **request: object):
    return READER.read(Source(name="r.rdml", data=data), Request(kind=kind, **request))


def refused(data: bytes, kind: type = CycleThresholds, **request: object):
    with pytest.raises(InputError) as caught:
        read(data, kind, **request)
    (problem,) = caught.value.problems
    assert problem.remedy
    return problem


def test_every_point_of_the_real_file(realdata: Path):
    # the oracle is the text of the XML itself, taken apart by patterns and not as a tree
    path = realdata / "bench/qpcr/data_vermeulen_std_150000_15.rdml"
    source = Source(name=path.name, data=path.read_bytes())
    assert READER.sniff(source)
    with zipfile.ZipFile(path) as packed:
        text = packed.read("rdml_data.xml").decode()
    expected = []
    for run in re.split(r"<run id=", text)[1:]:
        (name,) = re.findall(r'^"([^"]+)"', run)
        for react in re.split(r"<react id=", run)[1:]:
            number, sample = re.findall(r'^"([0-9]+)"><(?:rdml:)?sample id="([^"]+)"', react)[0]
            (target,) = re.findall(r'<tar id="([^"]+)"', react)
            row, column = divmod(int(number) - 1, 24)
            well = f"{chr(65 + row)}{column + 1:02d}"
            for cycle, value in re.findall(r"<cyc>([^<]+)</cyc><fluor>([^<]+)</fluor>", react):
                expected.append((name, well, sample, target, float(cycle), float(value)))
    table = READER.read(source, Request(kind=Amplification))
    names = ("run", "well", "sample_id", "target", "cycle", "value")
    assert table.frame.select(names).rows() == expected
    assert len(expected) == 47925
    assert table.notes == ()
    assert set(table.frame["task"]) == {"standard"}
    doses = dict(table.frame.select("sample_id", "quantity").unique().iter_rows())
    assert doses == {"STD_15": 1.875, "STD_150": 18.75, "STD_1500": 187.5, "STD_15000": 1875,
                     "STD_150000": 18750}  # fmt: skip
    with pytest.raises(InputError, match="No reaction has a quantification cycle"):
        READER.read(source, Request(kind=CycleThresholds))


def test_cycles():
    table = read(archive())
    names = ("row_id", "sample_id", "well", "target", "value", "cause", "task", "quantity")
    assert table.frame.select(names).head(3).rows() == [
        ("r.rdml#E/R1/MYC:A01", "S", "A01", "MYC", 18.717, "", "unknown", None),
        ("r.rdml#E/R1/GAPDH:A01", "S", "A01", "GAPDH", None, "-1.0", "unknown", None),
        ("r.rdml#E/R1/MYC:B01", "D", "B01", "MYC", 22, "", "standard", 1000),
    ]
    frame = table.frame.head(3)
    assert frame["excluded_in_file"].to_list() == [None, None, "bubble"]
    assert frame["melt_temperature"].to_list() == [81.5, None, None]
    assert frame["target_type"].to_list() == ["toi", "ref", "toi"]
    assert frame["efficiency"].to_list() == [1.9, None, 1.9]
    assert frame["dye"].to_list() == ["FAM"] * 3
    assert table.frame["measured_at"][0] == "2020-01-02T10:00:00"
    assert table.frame.height == 6
    assert table.unread == ("adp", "dateMade", "mdp")


def test_curves():
    table = read(archive(), Amplification)
    names = ("row_id", "well", "target", "cycle", "value")
    assert table.frame.select(names).head(3).rows() == [
        ("r.rdml#E/R1/MYC:A01@1", "A01", "MYC", 1, 0.52),
        ("r.rdml#E/R1/MYC:A01@2", "A01", "MYC", 2, 15),
        ("r.rdml#E/R1/GAPDH:A01@1", "A01", "GAPDH", 1, -0.1),
    ]
    assert table.frame.height == 12
    assert table.unread == ("cq", "dateMade", "mdp")


def test_one_run_can_be_picked():
    assert set(read(archive(), channel="R2").frame["run"]) == {"R2"}
    assert read(archive(), channel="E/R1").frame.height == 3
    problem = refused(archive(), channel="R3")
    assert problem.message == "There is no run 'R3'."


@pytest.mark.parametrize("version", ["1.1", "1.3", "1.4"])
def test_other_versions_and_wrappings_are_the_same_table(version: str):
    frame = read(archive()).frame
    other = XML.replace('rdml version="1.2"', f'rdml version="{version}"')
    for data in (
        archive(other),
        archive(other, "run.xml"),
        other.encode(),
        archive(other.replace('xmlns="http://www.rdml.org"', "")),
        archive(other.replace("\n", "\r\n").encode("utf-8-sig")),
    ):
        assert READER.sniff(Source(name="r.rdml", data=data))
        assert read(data).frame.equals(frame)


def test_a_task_and_a_quantity_of_one_target():
    kinds = '<type targetId="MYC">std</type><type targetId="GAPDH">ntc</type>'
    quantity = '<quantity targetId="MYC"><value>5</value><unit>ng</unit></quantity>'
    text = XML.replace("<type>unkn</type>", kinds + quantity).replace('"1.2"', '"1.3"')
    frame = read(archive(text), channel="R1").frame
    assert frame["task"].to_list() == ["standard", "ntc", "standard"]
    assert frame["quantity"].to_list() == [5, None, 1000]
    assert frame["quantity_unit"].to_list() == ["ng", "", "cop"]


def test_a_rotor_has_no_wells():
    frame = read(archive(XML.replace("<rowLabel>ABC", "<rowLabel>123")), channel="R1").frame
    assert frame["well"].to_list() == [None] * 3
    assert frame["row_id"][2] == "r.rdml#E/R1/MYC:13"


def test_what_is_not_described_is_noted():
    table = read(archive(XML.replace('sample id="S"><type', 'sample id="T"><type')))
    (note,) = [note for note in table.notes if note.code == "not-described"]
    assert [note.code for note in table.notes] == ["missing-values", "not-described"]
    assert note.message == "1 samples are used but not described: 'S'."


R1 = "experiment 'E', run 'R1'"
CASES = {
    "odd cq": (("18.717", "18,717"), f"{R1}, react '1' (MYC)", "'18,717' is not a number"),
    "lost mark": (("18.717", "18717"), f"{R1}, react '1' (MYC)", "'18717' is no cycle of a PCR"),
    "twice": (('tar id="GAPDH"', 'tar id="MYC"'), f"{R1}, react '1' (MYC)", "E, R1, 1, MYC stands here"),
    "no target": (('<tar id="GAPDH"/>', ""), f"{R1}, react '1'", "A 'tar' has no id."),
    "off the plate": (('react id="13"', 'react id="97"'), f"{R1}, react '97'", "A plate of 8 rows and 12 columns has no such"),
    "version": (('"1.2"', '"1.0"'), "", "This is RDML version '1.0'; versions 1.1 to 1.4 are read."),
    "entity": (("<rdml", '<!DOCTYPE a [<!ENTITY b "c">]><rdml'), "", "This XML file cannot be read: it defines"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_files_are_refused(case: str):
    change, place, message = CASES[case]
    text = XML.replace(*change, 1)
    assert text != XML
    problem = refused(archive(text))
    assert problem.place == place
    assert problem.message.startswith(message)


def test_a_cut_off_document_is_refused():
    problem = refused(archive(XML[:-200]))
    assert problem.code == "damaged-xml"
    assert problem.place.startswith("line ")


def test_bad_curves_are_refused():
    half = refused(archive(XML.replace("<cyc>2<", "<cyc>2.5<", 1)), Amplification)
    assert half.message == "This is no number of a cycle."
    assert half.place == f"{R1}, react '1' (MYC), cycle 2.5"
    twice = refused(archive(XML.replace("<cyc>2<", "<cyc>1<", 1)), Amplification)
    assert twice.message == "Cycle 1 stands here for the second time."
    bare = re.sub(r"<adp>.*?</adp>", "", XML, flags=re.DOTALL)
    assert refused(archive(bare), Amplification).code == "no-points"
    assert refused(archive(re.sub(r"<react.*</react>", "", XML, flags=re.DOTALL))).code == "no-run"


def test_hostile_and_damaged_archives_are_refused():
    bomb = archive(b"<rdml>" + b" " * 26_000_000)
    assert refused(bomb).code == "zip-bomb"
    assert refused(archive(XML, "rdml_data.xml", "../x")).code == "unsafe-archive"
    assert refused(archive()[:200]).code == "corrupt-archive"
    assert refused(archive(XML, "a.xml", "b.xml")).code == "no-rdml-data"
    deep = "<a>" * 100_000 + "</a>" * 100_000
    assert refused(archive(deep)).code in ("rdml-version", "unreadable-xml")


def test_other_archives_are_not_claimed():
    for data in (archive("x", "xl/workbook.xml"), b"PK\x03\x04", b"", b"<root>rdml</root>"):
        assert not READER.sniff(Source(name="r.xlsx", data=data))
