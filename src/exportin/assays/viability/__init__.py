"""Cell viability after treatment: dose-response curves, EC50, absolute IC50, GR metrics."""

import polars as pl

from exportin.assays.viability.curves import CURVES
from exportin.assays.viability.estimate import estimate
from exportin.assays.viability.flag import check, flag
from exportin.assays.viability.growth_rows import GR_NAMES
from exportin.assays.viability.methods import METHODS
from exportin.assays.viability.model_rows import LEVELS, RANGES
from exportin.assays.viability.quality_rows import PLATE_NAMES
from exportin.assays.viability.settings import ViabilitySettings
from exportin.assays.viability.simulate import SCENARIOS
from exportin.assays.viability.simulate_faults import FAULTS, simulate
from exportin.assays.viability.views import views
from exportin.contract.assay import Assay
from exportin.results.quantities import shared_quantities
from exportin.tables.kinds import WellReadings
from exportin.tables.table import Column

NAMES = (
    "ec50",
    *LEVELS.values(),
    "hill_slope",
    "response_top",
    "response_bottom",
    *RANGES,
    *GR_NAMES,
)

ASSAY = Assay(
    name="viability",
    title="Cell viability",
    consumes=WellReadings,
    settings=ViabilitySettings,
    quantities=tuple(shared_quantities()[name] for name in (*NAMES, *PLATE_NAMES)),
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=(*SCENARIOS, *FAULTS),
    inputs=(
        Column(
            name="role",
            dtype=pl.String,
            doc="treated, vehicle, untreated, positive, blank, time_zero",
        ),
        Column(name="treatment", dtype=pl.String, doc="the drug"),
        Column(name="dose", dtype=pl.Float64, doc="dose as a number"),
        Column(name="dose_unit", dtype=pl.String, doc="nM, uM, ng/mL ...", nullable=True),
        Column(name="model", dtype=pl.String, doc="cell line or model"),
        Column(name="unit_id", dtype=pl.String, doc="which {unit} it is"),
        Column(
            name="run_order",
            dtype=pl.Float64,
            doc="place of the plate in the run: 1, 2, 3 ...",
            nullable=True,
        ),
        Column(
            name="plate_wells",
            dtype=pl.Float64,
            doc="wells of the plate: 96, 384 ...; plate files say it themselves",
            nullable=True,
        ),
        Column(
            name="division_time_h",
            dtype=pl.Float64,
            doc="division time of untreated cells, hours",
            nullable=True,
        ),
        Column(
            name="duration_h",
            dtype=pl.Float64,
            doc="drug addition to reading, hours",
            nullable=True,
        ),
    ),
    defaults={"role": "treated"},
    keys=("model", "treatment"),
    pooled=NAMES,
    needs=dict.fromkeys(GR_NAMES, "growth_rate"),
    part=("model",),
    experimental_unit="experiment",
    methods=METHODS,
    curves=CURVES,
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
