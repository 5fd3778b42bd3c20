"""Cell viability after treatment: dose-response curves, EC50 and absolute IC50."""

import polars as pl

from exportin.assays.viability.estimate import estimate
from exportin.assays.viability.flag import check, flag
from exportin.assays.viability.settings import ViabilitySettings
from exportin.assays.viability.simulate import SCENARIOS, simulate
from exportin.assays.viability.views import views
from exportin.contract.assay import Assay
from exportin.results.quantities import shared_quantities
from exportin.tables.kinds import WellReadings
from exportin.tables.table import Column

NAMES = ("ec50", "ic50_absolute", "hill_slope", "response_top", "response_bottom")

ASSAY = Assay(
    name="viability",
    title="Cell viability",
    consumes=WellReadings,
    settings=ViabilitySettings,
    quantities=tuple(shared_quantities()[name] for name in NAMES),
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=SCENARIOS,
    inputs=(
        Column(name="role", dtype=pl.String, doc="treated, vehicle, untreated, positive, blank"),
        Column(name="treatment", dtype=pl.String, doc="the drug"),
        Column(name="dose", dtype=pl.Float64, doc="dose as a number"),
        Column(name="dose_unit", dtype=pl.String, doc="nM, uM, ng/mL ...", nullable=True),
        Column(name="model", dtype=pl.String, doc="cell line or model"),
        Column(name="unit_id", dtype=pl.String, doc="which {unit} it is"),
    ),
    defaults={"role": "treated"},
    keys=("model", "treatment"),
    pooled=NAMES,
    part=("model",),
    experimental_unit="experiment",
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
