"""Tumor growth in animals: growth rates, named measures, time to volume, response, body weight."""

import polars as pl

from exportin.assays.tumor_growth.answers import ANSWERS
from exportin.assays.tumor_growth.behind import behind
from exportin.assays.tumor_growth.check import check
from exportin.assays.tumor_growth.curve_rows import METHODS as CURVE_METHODS
from exportin.assays.tumor_growth.curve_rows import QUANTITIES as CURVES
from exportin.assays.tumor_growth.estimate import estimate
from exportin.assays.tumor_growth.flag import flag
from exportin.assays.tumor_growth.growth_rows import QUANTITIES as GROWTH
from exportin.assays.tumor_growth.measure_rows import QUANTITIES as MEASURES
from exportin.assays.tumor_growth.methods import METHODS
from exportin.assays.tumor_growth.response_methods import METHODS as RESPONSE_METHODS
from exportin.assays.tumor_growth.response_rows import QUANTITIES as RESPONSE
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.sheets import sheets
from exportin.assays.tumor_growth.simulate import SCENARIOS, simulate
from exportin.assays.tumor_growth.time_quantities import QUANTITIES as TIMES
from exportin.assays.tumor_growth.views import views
from exportin.assays.tumor_growth.weight_rows import QUANTITIES as WEIGHT
from exportin.contract.assay import Assay
from exportin.tables.kinds import TumorLog
from exportin.tables.table import Column

ASSAY = Assay(
    name="tumor_growth",
    title="Tumor growth in animals",
    consumes=TumorLog,
    settings=TumorGrowthSettings,
    quantities=(*GROWTH, *CURVES, *MEASURES, *TIMES, *RESPONSE, *WEIGHT),
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=SCENARIOS,
    inputs=(
        Column(name="model", dtype=pl.String, doc="xenograft, PDX or cell line of the tumor"),
        Column(name="arm", dtype=pl.String, doc="treatment group"),
        Column(name="unit_id", dtype=pl.String, doc="which {unit} it is"),
        Column(name="cage", dtype=pl.String, doc="cage of the animal", nullable=True),
        Column(
            name="first_dose_day",
            dtype=pl.Float64,
            doc="day of the first dose in the file's count",
            nullable=True,
        ),
        Column(name="first_dose_date", dtype=pl.String, doc="its date, YYYY-MM-DD", nullable=True),
        Column(
            name="randomized_day",
            dtype=pl.Float64,
            doc="day of randomization in the file's count",
            nullable=True,
        ),
        Column(
            name="removal",
            dtype=pl.String,
            doc="why it left: tumor_limit, toxicity, found_dead, planned_harvest, end",
            nullable=True,
        ),
        Column(
            name="removed_day",
            dtype=pl.Float64,
            doc="day on which it left, in the file's count",
            nullable=True,
        ),
    ),
    keys=("model", "arm"),
    pooled=("relative_volume", "weight_nadir"),
    per_unit=("best_response", "best_average_response", "time_to_weight_loss"),
    part=("model",),
    sample_is_unit=True,
    experimental_unit="animal",
    methods=(*METHODS, *CURVE_METHODS, *RESPONSE_METHODS),
    answers=ANSWERS,
    sheets=sheets,
    behind=behind,
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
