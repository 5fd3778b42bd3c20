"""Gating-ML 2.0: what each element becomes, and every refusal by name."""

import json
from pathlib import Path

import numpy as np
import pytest

from exportin.contract.reader import Request
from exportin.events.gate_table import gates_from
from exportin.readers.gating_ml import READER
from exportin.tables.gates import GateTable
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

GOLDEN = Path(__file__).resolve().parents[2] / "reference" / "gating"
SPACES = " ".join(
    f'xmlns:{short}="http://www.isac-net.org/std/Gating-ML/v2.0/{name}"'
    for short, name in (
        ("gating", "gating"),
        ("transforms", "transformations"),
        ("data-type", "datatypes"),
    )
)


def document(inside: str, spaces: str = SPACES) -> Source:
    text = f'<?xml version="1.0"?>\n<gating:Gating-ML {spaces}>{inside}</gating:Gating-ML>'
    return Source(name="gates.xml", data=text.encode())


def read(source: Source) -> GateTable:
    table = READER.read(source, Request(kind=GateTable))
    assert isinstance(table, GateTable)
    return table


def refusal(inside: str) -> str:
    with pytest.raises(InputError) as caught:
        read(document(inside))
    assert all(p.file == "gates.xml" and p.code for p in caught.value.problems)
    return str(caught.value)


def axis(channel: str = "FL1-A", more: str = 'gating:min="1"', ref: str = "uncompensated") -> str:
    return (
        f'<gating:dimension gating:compensation-ref="{ref}" {more}>'
        f'<data-type:fcs-dimension data-type:name="{channel}"/></gating:dimension>'
    )


def rectangle(inside: str | None = None, name: str = "R", parent: str = "") -> str:
    said = f' gating:parent_id="{parent}"' if parent else ""
    inside = axis() if inside is None else inside
    return f'<gating:RectangleGate gating:id="{name}"{said}>{inside}</gating:RectangleGate>'


def polygon(*corners: tuple[float, float], axes: int = 2) -> str:
    points = "".join(
        "<gating:vertex>"
        + "".join(f'<gating:coordinate data-type:value="{v}"/>' for v in corner)
        + "</gating:vertex>"
        for corner in corners
    )
    dimensions = axis(more="") * axes
    return f'<gating:PolygonGate gating:id="P">{dimensions}{points}</gating:PolygonGate>'


def scale(form: str, more: str = "") -> str:
    return f'<transforms:transformation transforms:id="s" {more}>{form}</transforms:transformation>'


USES = rectangle(axis(more='gating:min="0.1" gating:transformation-ref="s"'))


@pytest.mark.parametrize("name", ["accuri", "attune", "facscalibur"])
def test_whole_files(name: str) -> None:
    source = Source(name=f"{name}.xml", data=(GOLDEN / f"{name}.xml").read_bytes())
    assert READER.sniff(source)
    table = read(source)
    gates = gates_from(table)
    held = table.frame.filter(table.frame.get_column("what") == "gate")
    assert held.get_column("name").to_list() == [gate.name for gate in gates.gates]
    assert table.frame.get_column("row_id")[0].startswith(f"{name}.xml:")
    assert table.origins[0].reader == "gating_ml"
    assert len(gates.ordered()) == len(gates.gates)


def test_a_rectangle_with_parent_and_matrix() -> None:
    inside = rectangle(name="A") + rectangle(axis(ref="FCS"), name="B", parent="A")
    rows = read(document(inside)).frame.to_dicts()
    assert [(row["name"], row["gate_kind"], row["parent"]) for row in rows] == [
        ("A", "rectangle", ""),
        ("B", "rectangle", "A"),
    ]
    sides = [json.loads(row["definition"])["sides"][0] for row in rows]
    assert (sides[0]["min"], sides[0]["max"]) == (1.0, None)
    assert sides[0]["axis"]["space"] == "linear"
    assert (sides[1]["axis"]["space"], sides[1]["axis"]["matrix"]) == ("compensated", "file")


def test_quadrants_become_rectangles() -> None:
    divider = (
        '<gating:divider gating:id="d" gating:compensation-ref="uncompensated">'
        '<data-type:fcs-dimension data-type:name="FL1-A"/>'
        "<gating:value>10</gating:value><gating:value>20</gating:value></gating:divider>"
    )
    parts = "".join(
        f'<gating:Quadrant gating:id="q{at}"><gating:position gating:divider_ref="d" '
        f'gating:location="{at}"/></gating:Quadrant>'
        for at in (5, 10, 15, 25)
    )
    inside = f'<gating:QuadrantGate gating:id="Q">{divider}{parts}</gating:QuadrantGate>'
    gates = gates_from(read(document(inside)))
    found = {g.name: (g.sides[0].min, g.sides[0].max) for g in gates.gates if g.kind == "rectangle"}
    assert found == {"q5": (None, 10), "q10": (10, 20), "q15": (10, 20), "q25": (20, None)}


def test_custom_information_is_not_read_and_said() -> None:
    table = read(document(rectangle() + "<data-type:custom_info><x/></data-type:custom_info>"))
    assert table.unread == ("custom_info",)


def test_a_scale_that_no_gate_uses_may_be_anything() -> None:
    unused = scale('<transforms:hyperlog transforms:T="1"/>')
    assert read(document(unused + rectangle())).frame.height == 1


BOW = ((0, 0), (1, 1), (1, 0), (0, 1))


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("", "the file holds no gate"),
        ("<gating:SplineGate gating:id='S'/>", "SplineGate 'S': <SplineGate> is not known"),
        (scale("<transforms:hyperlog transforms:T='1'/>") + USES, "RectangleGate 'R': the transfor"
                                                     "mation 's' (hyperlog) is not supported"),
        (scale("<transforms:fratio transforms:A='1'/>") + USES, "'s' (fratio) is not supported"),
        (scale("<transforms:flog transforms:T='1' transforms:M='1'/>", "transforms:boundMax='1'")
         + USES, "boundMax of the transformation 's' is not supported"),
        (scale("<transforms:flog transforms:T='1'/>") + USES, "<flog> has no 'M'"),
        (scale("<transforms:flog transforms:T='x' transforms:M='1'/>") + USES, "T: 'x' is no numb"),
        (USES, "there is no transformation 's'"),
        (rectangle(axis(ref="m")), "there is no matrix 'm'"),
        (rectangle(axis(more="")), "neither min nor max is written"),
        (rectangle(axis(more='gating:min="5" gating:max="2"')), "min 5 is not below max 2"),
        (rectangle(axis(more='gating:min="nan"')), "finite number"),
        (rectangle("<gating:dimension gating:compensation-ref='FCS'><data-type:new-dimension/>"
                   "</gating:dimension>"), "a new-dimension (fratio) is not supported"),
        (rectangle("<gating:dimension gating:min='1'><data-type:fcs-dimension data-type:name='a'/>"
                   "</gating:dimension>"), "<dimension> has no 'compensation-ref'"),
        (rectangle(name="A", parent="B"), "there is no parent 'B'"),
        (rectangle(name="A", parent="B") + rectangle(name="B", parent="A"), "in a circle"),
        (rectangle() + rectangle(), "gate 'R' stands twice"),
        (polygon(*BOW), "PolygonGate 'P': gate 'P': the edges from vertex 1 and from vertex 3 c"),
        (polygon((0, 0), (1, 0), (1, 1), axes=3), "it has 3 dimensions, not 2"),
        (polygon((0, 0), (1, 0)), "at least 3 items"),
        ("<gating:BooleanGate gating:id='B'/>", "it has 0 of 'and', 'or', 'not'"),
        ("<gating:BooleanGate gating:id='B'><gating:not><gating:gateReference gating:ref='X'/>"
         "</gating:not></gating:BooleanGate>", "there is no gate 'X'"),
        (rectangle(axis(more='gating:min="1"')).replace("gating:id='R'", "").replace(
            'gating:id="R"', ""), "<RectangleGate> has no 'id'"),
    ],
)  # fmt: skip
def test_refused_by_name(inside: str, said: str) -> None:
    assert said in refusal(inside)


def matrix(detectors: int, rows: list[list[float]], more: str = "") -> str:
    names = "".join(f'<data-type:fcs-dimension data-type:name="D{k}"/>' for k in range(detectors))
    dyes = "".join(f'<data-type:fcs-dimension data-type:name="D{k}"/>' for k in range(len(rows)))
    spectra = "".join(
        "<transforms:spectrum>"
        + "".join(f'<transforms:coefficient transforms:value="{v}"/>' for v in row)
        + "</transforms:spectrum>"
        for row in rows
    )
    return (
        f'<transforms:spectrumMatrix transforms:id="m" {more}><transforms:fluorochromes>{dyes}'
        f"</transforms:fluorochromes><transforms:detectors>{names}</transforms:detectors>{spectra}"
        "</transforms:spectrumMatrix>"
    )


def test_matrices() -> None:
    square = matrix(2, [[1, 0.2], [0.1, 1]])
    table = read(document(square + rectangle(axis(ref="m"))))
    held = gates_from(table).matrices["m"]
    assert held.detectors == ["D0", "D1"]
    assert np.array(held.rows).tolist() == [[1, 0.2], [0.1, 1]]
    assert held.dyes == []
    spectral = matrix(3, [[1, 0.2, 0.1], [0.1, 1, 0.1]])
    assert "2 dyes and 3 detectors (spectral unmixing) is not supported" in refusal(spectral)
    turned = matrix(2, [[1, 0], [0, 1]], 'transforms:matrix-inverted-already="true"')
    assert "spectrumMatrix 'm': matrix-inverted-already is not supported" in refusal(turned)
    assert "is not 2 rows of 2 numbers" in refusal(matrix(2, [[1, 0.2], [0.1]]))


def test_all_problems_at_once() -> None:
    said = refusal(rectangle(axis(more=""), name="A") + polygon(*BOW))
    assert "RectangleGate 'A'" in said
    assert "PolygonGate 'P'" in said


def test_other_versions_and_other_files() -> None:
    old = document(rectangle(), SPACES.replace("v2.0", "v1.5"))
    with pytest.raises(InputError, match=r"Gating-ML 1\.5, not 2\.0"):
        read(old)
    for data in (b"<Workspace/>", b"FCS3.0", b"", b"<note>Gating-ML</note>"):
        assert not READER.sniff(Source(name="x.xml", data=data))
    with pytest.raises(InputError, match="ends early or is damaged"):
        read(Source(name="gates.xml", data=document(rectangle()).data[:-20]))


def test_entities_are_refused() -> None:
    data = document(rectangle()).data.replace(
        b"<gating:G", b'<!DOCTYPE a [<!ENTITY b "c">]><gating:G', 1
    )
    with pytest.raises(InputError, match="entities or a document type"):
        read(Source(name="gates.xml", data=data))


def test_damaged_bytes_are_refused_or_read() -> None:
    """300 mutated files: a table or a refusal, nothing else."""
    rng = np.random.default_rng(11)
    data = (GOLDEN / "accuri.xml").read_bytes()
    seen = set()
    for _ in range(300):
        spoiled = bytearray(data)
        for at in rng.integers(0, len(data), rng.integers(1, 6)):
            spoiled[at] = rng.integers(32, 127)
        try:
            read(Source(name="gates.xml", data=bytes(spoiled)))
            seen.add("read")
        except InputError as error:
            seen.add("refused" if all(p.message and p.file for p in error.problems) else "bare")
    assert seen == {"read", "refused"}
