"""The raw kinds that several readers or assays share; an assay may bring one of its own."""

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
EXCLUDED_IN_FILE = "excluded_in_file"
"""Column that a reader may add: why the file itself marks the row as excluded; null if it does not.

Such rows are read with their value; the study leaves them out of every number, as if a person had
excluded them with this reason.
"""


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


WELL = Column(name="well", dtype=pl.String, doc="A01 ... AF48", nullable=True)
TARGET = Column(name="target", dtype=pl.String, doc="gene or assay as the file names it")
UNIT = Column(name="unit", dtype=pl.String, doc="unit of the value as the file states it")


@dataclass(frozen=True, kw_only=True)
class CycleThresholds(Table):
    """One quantification cycle (Ct, Cq) per well and target of a qPCR run.

    A reaction that never crossed has no value and the file's own word as its cause. Columns that
    a file may add: ``task`` (unknown, standard, ntc, no_rt, positive), ``dye``, ``quantity`` (of a
    standard), ``threshold``, ``melt_temperature``, and what else it says of the well.
    """

    kind: ClassVar[str] = "ct"
    columns: ClassVar[tuple[Column, ...]] = (ROW_ID, FILE, SAMPLE, WELL, TARGET, VALUE, CAUSE)


@dataclass(frozen=True, kw_only=True)
class Amplification(Table):
    """Fluorescence of one well and target at one cycle of a qPCR run."""

    kind: ClassVar[str] = "amplification"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        WELL,
        TARGET,
        Column(name="cycle", dtype=pl.Float64, doc="number of the cycle, from one"),
        VALUE,
        CAUSE,
    )


@dataclass(frozen=True, kw_only=True)
class PartitionCounts(Table):
    """Positive and accepted partitions (droplets, chambers) of one well and target.

    ``value`` is the concentration that the instrument's own software printed, copies per
    microliter of reaction; it is there to be compared, not to be computed with.
    """

    kind: ClassVar[str] = "partitions"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        WELL,
        TARGET,
        Column(name="accepted", dtype=pl.Float64, doc="partitions that were judged", nullable=True),
        Column(name="positive", dtype=pl.Float64, doc="partitions with the target", nullable=True),
        VALUE,
        CAUSE,
    )


@dataclass(frozen=True, kw_only=True)
class Trace(Table):
    """Signal along one lane of an electropherogram, a row a point."""

    kind: ClassVar[str] = "trace"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        WELL,
        Column(name="position", dtype=pl.Float64, doc="time, distance or size as in the file"),
        VALUE,
        CAUSE,
    )


@dataclass(frozen=True, kw_only=True)
class TracePeaks(Table):
    """One peak or region of an electropherogram as the instrument's software found it.

    ``quantity`` names the number (size, height, area, molarity, concentration, RINe ...), ``peak``
    the peak or region it belongs to; empty where it belongs to the whole lane.
    """

    kind: ClassVar[str] = "peaks"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        WELL,
        Column(name="peak", dtype=pl.String, doc="number or name of the peak or region"),
        Column(name="quantity", dtype=pl.String, doc="what the value is, in the file's words"),
        UNIT,
        VALUE,
        CAUSE,
    )


@dataclass(frozen=True, kw_only=True)
class CellCounts(Table):
    """One number a cell counter gives of one sample: total, viable, viability, diameter ..."""

    kind: ClassVar[str] = "counts"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        Column(
            name="quantity",
            dtype=pl.String,
            doc="total_cells, viable_cells, viability, diameter ...",
        ),
        UNIT,
        VALUE,
        CAUSE,
    )


@dataclass(frozen=True, kw_only=True)
class PlateLayout(Table):
    """What went into each well of a plate, as a dispenser or a template file states it.

    Further columns belong to the design (``treatment``, ``dose``, ``dose_unit``, ``treatment_2``).
    ``sample_id`` is the plate or template; empty where the layout serves any plate.
    """

    kind: ClassVar[str] = "layout"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        Column(name="well", dtype=pl.String, doc="A01 ... AF48"),
    )


@dataclass(frozen=True, kw_only=True)
class PlateList(Table):
    """One plate per row with what is true of the whole of it: layout, model, time ..."""

    kind: ClassVar[str] = "plates"
    columns: ClassVar[tuple[Column, ...]] = (ROW_ID, FILE, SAMPLE)


@dataclass(frozen=True, kw_only=True)
class TumorLog(Table):
    """What was measured of one animal at one visit: tumor size, body weight, or both.

    Numbers stand as the file writes them; their units stand beside them, empty where the file
    names none. ``sample_id`` is the animal, written ``model/arm/animal`` as far as the file itself
    numbers its animals anew in each model or arm. ``day`` is the file's own count; a file that
    has dates gives ``date`` (ISO) instead. Columns that a file may add: ``model``, ``arm``,
    ``animal``, ``cage``, ``removal``, ``comment`` and what else it says of the visit.
    """

    kind: ClassVar[str] = "tumors"
    columns: ClassVar[tuple[Column, ...]] = (
        ROW_ID,
        FILE,
        SAMPLE,
        Column(name="day", dtype=pl.Float64, doc="day as the file counts it", nullable=True),
        Column(name="date", dtype=pl.String, doc="date of the visit, YYYY-MM-DD", nullable=True),
        Column(name="volume", dtype=pl.Float64, doc="tumor volume as written", nullable=True),
        Column(name="length", dtype=pl.Float64, doc="longest diameter as written", nullable=True),
        Column(name="width", dtype=pl.Float64, doc="diameter across it as written", nullable=True),
        Column(name="height", dtype=pl.Float64, doc="third diameter as written", nullable=True),
        Column(name="weight", dtype=pl.Float64, doc="body weight as written", nullable=True),
        Column(name="volume_unit", dtype=pl.String, doc="unit the file states; or empty"),
        Column(name="length_unit", dtype=pl.String, doc="unit the file states; or empty"),
        Column(name="weight_unit", dtype=pl.String, doc="unit the file states; or empty"),
        CAUSE,
    )
