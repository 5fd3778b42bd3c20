"""Mitochondrial membrane potential by JC-1: red over green, and percent depolarized."""

import polars as pl

from exportin.assays.membrane_potential.behind import behind
from exportin.assays.membrane_potential.estimate import estimate
from exportin.assays.membrane_potential.flag import check, flag
from exportin.assays.membrane_potential.methods import METHODS
from exportin.assays.membrane_potential.quantities import (
    DEPOLARIZED,
    QUANTITIES,
    RATIO,
    RELATIVE,
)
from exportin.assays.membrane_potential.settings import MembranePotentialSettings
from exportin.assays.membrane_potential.sheets import sheets
from exportin.assays.membrane_potential.simulate import SCENARIOS, simulate
from exportin.assays.membrane_potential.views import views
from exportin.contract.assay import Assay
from exportin.events.control_checks import SAMPLES
from exportin.tables.events import Events
from exportin.tables.table import Column

ASSAY = Assay(
    name="membrane_potential",
    title="Mitochondrial membrane potential (JC-1)",
    consumes=Events,
    settings=MembranePotentialSettings,
    quantities=QUANTITIES,
    flag=flag,
    estimate=estimate,
    views=views,
    simulate=simulate,
    check=check,
    scenarios=SCENARIOS,
    inputs=(
        Column(name="role", dtype=pl.String, doc="treated, vehicle, untreated, fccp, unstained"),
        Column(name="treatment", dtype=pl.String, doc="drug and dose, as they will be printed"),
        Column(name="model", dtype=pl.String, doc="cell line or model; empty for shared controls"),
        Column(
            name="unit_id", dtype=pl.String, doc="which {unit} it is; empty for shared controls"
        ),
    ),
    defaults={"role": "treated"},
    keys=("model", "treatment"),
    pooled=(DEPOLARIZED, RATIO, RELATIVE),
    samples=SAMPLES,
    part=("unit_id",),
    experimental_unit="experiment",
    methods=METHODS,
    sheets=sheets,
    behind=behind,
)

__all__ = ["ASSAY", "check", "estimate", "flag", "simulate", "views"]
