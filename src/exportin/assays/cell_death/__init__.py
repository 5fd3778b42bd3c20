"""Cell death by annexin V and a DNA dye: FCS files to live, early, late and necrotic."""

import polars as pl

from exportin.assays.cell_death.answers import ANSWERS
from exportin.assays.cell_death.behind import behind
from exportin.assays.cell_death.estimate import estimate
from exportin.assays.cell_death.flag import check, flag
from exportin.assays.cell_death.methods import METHODS
from exportin.assays.cell_death.quantities import FRACTIONS, QUANTITIES
from exportin.assays.cell_death.settings import CellDeathSettings
from exportin.assays.cell_death.sheets import sheets
from exportin.assays.cell_death.simulate import SCENARIOS, simulate
from exportin.assays.cell_death.views import views
from exportin.contract.assay import Assay
from exportin.events.control_checks import SAMPLES
from exportin.tables.events import Events
from exportin.tables.table import Column

ASSAY = Assay(
    name="cell_death",
    title="Cell death (annexin V and PI)",
    consumes=Events,
    settings=CellDeathSettings,
    quantities=QUANTITIES,
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=SCENARIOS,
    inputs=(
        Column(
            name="role", dtype=pl.String, doc="treated, vehicle, untreated, unstained, single_stain"
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
    pooled=FRACTIONS,
    samples=SAMPLES,
    part=("unit_id",),
    experimental_unit="experiment",
    methods=METHODS,
    sheets=sheets,
    behind=behind,
    answers=ANSWERS,
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
