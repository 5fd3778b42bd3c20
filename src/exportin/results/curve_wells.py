"""The wells that curves were fitted to: what a comparison within one experiment works on."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from exportin.results.schema import ResultTable
from exportin.tables.table import Column


@dataclass(frozen=True)
class CurveWells(ResultTable):
    """A row per well that a curve was fitted to; open keys and ``unit_id`` say which curve.

    They are technical replicates: nothing made from them alone speaks of another experiment.

    Examples
    --------
    >>> CurveWells.empty().keys
    ()
    """

    kind: ClassVar[str] = "curve wells"
    columns: ClassVar[tuple[Column, ...]] = (
        Column(name="row_id", dtype=pl.String, doc="the raw row"),
        Column(name="unit_id", dtype=pl.String, doc="experiment, animal or patient"),
        Column(name="dose", dtype=pl.Float64, doc="dose above zero, natural scale"),
        Column(name="units", dtype=pl.String, doc="unit of the dose"),
        Column(name="response", dtype=pl.Float64, doc="fraction of the vehicle mean"),
        Column(
            name="n_reference",
            dtype=pl.Float64,
            doc="vehicle wells behind the curve's responses; empty where they came normalized",
            nullable=True,
        ),
    )
