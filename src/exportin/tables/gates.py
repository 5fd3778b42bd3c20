"""Gates drawn in other software, as a reader finds them in a file."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from exportin.tables.kinds import FILE, ROW_ID, SAMPLE
from exportin.tables.table import Column, Table


@dataclass(frozen=True, kw_only=True)
class GateTable(Table):
    """One gate, or one compensation matrix that gates name, per row.

    ``row_id`` is ``file:name``; ``sample_id`` is empty where the gates serve any tube.
    ``definition`` is JSON with the fields of the gate (or matrix) of `exportin.events.settings`.
    """

    kind: ClassVar[str] = "gates"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        Column(name="what", dtype=pl.String, doc="gate, or matrix"),
        Column(name="name", dtype=pl.String, doc="name of the gate or matrix in the file"),
        Column(name="gate_kind", dtype=pl.String, doc="polygon, rectangle ...; empty of a matrix"),
        Column(name="parent", dtype=pl.String, doc="gate within which it lies; empty: all events"),
        Column(name="definition", dtype=pl.String, doc="its fields as JSON"),
    )
