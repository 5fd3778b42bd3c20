"""Numbers in groups, one per animal, tube or well: the column table of a bench."""

import polars as pl

from exportin.assays.measurement.estimate import estimate
from exportin.assays.measurement.flag import check, flag
from exportin.assays.measurement.methods import METHODS
from exportin.assays.measurement.settings import MeasurementSettings
from exportin.assays.measurement.simulate import SCENARIOS, simulate
from exportin.assays.measurement.views import views
from exportin.contract.assay import Assay
from exportin.results.quantities import shared_quantities
from exportin.tables.kinds import Values
from exportin.tables.table import Column

NAMES = ("value",)

ASSAY = Assay(
    name="measurement",
    title="Measurement in groups",
    consumes=Values,
    settings=MeasurementSettings,
    quantities=tuple(shared_quantities()[name] for name in NAMES),
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=SCENARIOS,
    inputs=(
        Column(name="treatment", dtype=pl.String, doc="the group"),
        Column(name="unit_id", dtype=pl.String, doc="which {unit} it is"),
    ),
    keys=("treatment",),
    pooled=NAMES,
    experimental_unit="experiment",
    methods=METHODS,
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
