"""Percent positive of one marker (TUNEL, BrdU, cleaved caspase-3) against a control's limit."""

import polars as pl

from exportin.assays.positive_cells.behind import behind
from exportin.assays.positive_cells.estimate import estimate
from exportin.assays.positive_cells.flag import check, flag
from exportin.assays.positive_cells.methods import METHODS
from exportin.assays.positive_cells.quantities import NET, POSITIVE, QUANTITIES
from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.assays.positive_cells.sheets import sheets
from exportin.assays.positive_cells.simulate import SCENARIOS, simulate
from exportin.assays.positive_cells.views import views
from exportin.contract.assay import Assay
from exportin.events.control_checks import SAMPLES
from exportin.tables.events import Events
from exportin.tables.table import Column

ASSAY = Assay(
    name="positive_cells",
    title="Positive cells (one marker)",
    consumes=Events,
    settings=PositiveCellsSettings,
    quantities=QUANTITIES,
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=SCENARIOS,
    inputs=(
        Column(
            name="role",
            dtype=pl.String,
            doc="treated, vehicle, untreated, or the control: no_enzyme, isotype, fmo, unstained",
        ),
        Column(name="treatment", dtype=pl.String, doc="drug and dose, as they will be printed"),
        Column(name="model", dtype=pl.String, doc="cell line or model; empty for shared controls"),
        Column(
            name="unit_id", dtype=pl.String, doc="which {unit} it is; empty for shared controls"
        ),
        Column(name="stain", dtype=pl.String, doc="the one dye of a single stain", nullable=True),
    ),
    defaults={"role": "treated"},
    keys=("model", "treatment"),
    pooled=(POSITIVE, NET),
    samples=SAMPLES,
    part=("unit_id",),
    experimental_unit="experiment",
    methods=METHODS,
    sheets=sheets,
    behind=behind,
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
