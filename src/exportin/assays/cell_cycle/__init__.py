"""Cell cycle by DNA content: FCS files to G0/G1, S and G2/M with intervals and a verdict."""

import polars as pl

from exportin.assays.cell_cycle.answers import ANSWERS
from exportin.assays.cell_cycle.estimate import SAMPLES, estimate
from exportin.assays.cell_cycle.flag import check, flag
from exportin.assays.cell_cycle.methods import METHODS
from exportin.assays.cell_cycle.quantities import FRACTIONS, QUANTITIES
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.assays.cell_cycle.sheets import sheets
from exportin.assays.cell_cycle.simulate import SCENARIOS, simulate
from exportin.assays.cell_cycle.views import views
from exportin.contract.assay import Assay
from exportin.tables.events import Events
from exportin.tables.table import Column

ASSAY = Assay(
    name="cell_cycle",
    title="Cell cycle (DNA content)",
    consumes=Events,
    settings=CellCycleSettings,
    quantities=QUANTITIES,
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=SCENARIOS,
    inputs=(
        Column(name="role", dtype=pl.String, doc="treated, vehicle, untreated, unstained"),
        Column(name="treatment", dtype=pl.String, doc="drug and dose, as they will be printed"),
        Column(name="model", dtype=pl.String, doc="cell line or model"),
        Column(name="unit_id", dtype=pl.String, doc="which {unit} it is"),
    ),
    defaults={"role": "treated"},
    keys=("model", "treatment"),
    pooled=FRACTIONS,
    samples=SAMPLES,
    part=("unit_id",),
    experimental_unit="experiment",
    methods=METHODS,
    answers=ANSWERS,
    sheets=sheets,
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
