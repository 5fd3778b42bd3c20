"""The raw kinds that two assays share; an assay may bring one of its own in its folder."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from exportin.tables.table import Column, Table

ROW_ID = Column(
    name="row_id", dtype=pl.String, doc="file:well, file:key or animal@day; independent of order"
)
FILE = Column(name="file", dtype=pl.String, doc="raw file the row was read from")
SAMPLE = Column(
    name="sample_id",
    dtype=pl.String,
    doc="plate, tube, animal or patient as the file names it; joins the design",
)
VALUE = Column(name="value", dtype=pl.Float64, doc="what the instrument reported", nullable=True)
CAUSE = Column(
    name="cause",
    dtype=pl.String,
    doc="why the value is missing, in the file's own words (OVRFLW, <LOD); empty if it is not",
)


MEASURED_AT = "measured_at"
"""Column that a reader may add: date and time of the measurement, as the file writes them."""


@dataclass(frozen=True, kw_only=True)
class WellReadings(Table):
    """One signal per well of a plate, or per row of a long table of wells.

    Rows from a long table may have no well and may carry design columns of their own.
    """

    kind: ClassVar[str] = "wells"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        Column(name="well", dtype=pl.String, doc="A01 ... AF48", nullable=True),
        Column(name="channel", dtype=pl.String, doc="wavelengths or read name as in the file"),
        VALUE,
        CAUSE,
    )


@dataclass(frozen=True, kw_only=True)
class Values(Table):
    """One number per row with the groups it belongs to: the column table of a bench."""

    kind: ClassVar[str] = "values"
    columns: ClassVar[tuple[Column, ...]] = (ROW_ID, FILE, SAMPLE, VALUE, CAUSE)
