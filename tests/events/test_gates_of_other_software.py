"""Masks of real files, bit for bit as FlowKit has them (reference/gating)."""

import csv
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from exportin.contract.reader import Request
from exportin.events.gate_table import gates_from
from exportin.events.gating import gate
from exportin.events.tubes import open_tube
from exportin.readers.fcs import READER as FCS
from exportin.readers.gating_ml import READER as GATING_ML
from exportin.tables.events import Events
from exportin.tables.gates import GateTable
from exportin.tables.origin import Source

GOLDEN = Path(__file__).resolve().parents[2] / "reference" / "gating"


def expected() -> list[dict[str, str]]:
    with (GOLDEN / "expected.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def masks(name: str, path: Path) -> dict[str, np.ndarray]:
    xml = Source(name=f"{name}.xml", data=(GOLDEN / f"{name}.xml").read_bytes())
    table = GATING_ML.read(xml, Request(kind=GateTable))
    assert isinstance(table, GateTable)
    gates = gates_from(table)
    events = FCS.read(Source(name=path.name, data=path.read_bytes()), Request(kind=Events))
    assert isinstance(events, Events)
    row = events.frame.get_column("row_id")[0]
    return gate(open_tube(events.open(row), row, matrices=gates.matrices), gates)


@pytest.mark.parametrize("row", expected(), ids=lambda row: f"{row['gates']}-{row['gate']}")
def test_mask(row: dict[str, str], realdata: Path) -> None:
    found = masks(row["gates"], realdata / "bench" / "flow_fcs" / row["file"])[row["gate"]]
    assert found.size == int(row["events"])
    assert int(found.sum()) == int(row["inside"])
    assert sha256(np.packbits(found).tobytes()).hexdigest()[:16] == row["sha256_packed"]


def test_the_reference_is_not_trivial() -> None:
    rows = expected()
    assert len(rows) == 26
    assert all(0 < int(row["inside"]) < int(row["events"]) for row in rows)
