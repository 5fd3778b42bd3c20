"""Growth curves of the arms of one model: the first growth rate, and whether growth slows down."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.tumor_growth.growth_models import entering, last_doses
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.contract.assay import Context
from exportin.curves.methods import BURNHAM
from exportin.inference.growth_curves import ArmCurves, Between, Key, arm_curves
from exportin.results.methods import Method, Reference
from exportin.results.quantities import Quantity

Row = dict[str, Any]
PER_DAY = "per day"
ALIKE = 0.01  # curves this close, relative, give one number: no range is told

QUANTITIES = (
    Quantity(
        name="growth_rate_initial",
        label="Growth rate at the first dose",
        estimand="mean over animals of the growth rate of ln volume on the day of the first dose "
        "(first visit if later), by the growth curve that fits the arm best",
        direction="lower is more effective",
    ),
    Quantity(
        name="growth_bending",
        label="Growth rate kept to the end",
        estimand="growth rate at an animal's last visit (last dose where the rate may change then) "
        "in percent of that at the first dose, geometric mean over animals, by the growth curve "
        "that fits the arm best; 100 % is exponential growth",
        scale="ln",
    ),
)

SIMEONI = Reference(
    key="simeoni2004",
    text="Simeoni M, Magni P, Cammia C, et al. Predictive pharmacokinetic-pharmacodynamic modeling "
    "of tumor growth kinetics in xenograft models after administration of anticancer agents. "
    "Cancer Res 2004;64:1094-1101.",
    doi="10.1158/0008-5472.CAN-03-2524",
)
LAIRD = Reference(
    key="laird1964",
    text="Laird AK. Dynamics of tumor growth. Br J Cancer 1964;18:490-502.",
    doi="10.1038/bjc.1964.55",
)
NORTON = Reference(
    key="norton1988",
    text="Norton L. A Gompertzian model of human breast cancer growth. Cancer Res 1988;"
    "48:7067-7071.",
)
HURVICH = Reference(
    key="hurvich1989",
    text="Hurvich CM, Tsai CL. Regression and time series model selection in small samples. "
    "Biometrika 1989;76:297-307.",
    doi="10.1093/biomet/76.2.297",
)
EFRON = Reference(
    key="efron1982",
    text="Efron B. The Jackknife, the Bootstrap and Other Resampling Plans. SIAM, 1982.",
)

METHODS = (
    Method(
        name="curve_exponential",
        sentence="Exponential growth (a straight line through ln volume, a level and a rate for "
        "each animal) fitted the arm best of the growth curves.",
    ),
    Method(
        name="curve_exponential_linear",
        sentence="Exponential growth that becomes linear beyond a volume that the animals of the "
        "arm share (sharpness 20; a level and a rate for each animal) fitted the arm best of the "
        "growth curves.",
        references=(SIMEONI,),
    ),
    Method(
        name="curve_gompertz",
        sentence="Gompertz growth (the growth rate falls by the same fraction each day in all "
        "animals of the arm; a level and a rate for each animal) fitted the arm best of the growth "
        "curves.",
        references=(LAIRD, NORTON),
    ),
    Method(
        name="curve_choice",
        sentence="Exponential, exponential-linear and Gompertz growth were fitted to ln volume by "
        "least squares, arm by arm, and compared by AICc, with visits counted less two for each "
        "animal (its level and rate) and taken as independent around the curve; the range is over "
        "all curves within 4 of the best.",
        references=(BURNHAM, HURVICH),
    ),
    Method(
        name="curve_between",
        sentence="The interval is a t interval over animals, the standard error by leaving out one "
        "animal at a time.",
        references=(EFRON,),
    ),
    Method(
        name="curve_shrinks",
        sentence="The tumors of the arm shrank on average, so growth that slows down was not "
        "asked of them and only the exponential curve was fitted.",
    ),
    Method(
        name="curve_speeds_up",
        sentence="A parabola through ln volume fitted the arm better (AICc lower by more than 4) "
        "than any growth curve and bent the other way, as in regrowth; no growth curve describes "
        "the arm.",
    ),
)


def curve_rows(seen: Visits, settings: TumorGrowthSettings, context: Context) -> list[Row]:
    """Rows of Estimates: first growth rate of each arm and how much of it is kept to the end.

    Visits are those of the mixed model: from the last visit on or before the first dose to
    ``model_end``, and to the arm's last dose where ``dosing_window`` is "break". Zeros are treated
    as there; where an arm has some, the range also spans zeros at half that volume and left out.

    Parameters
    ----------
    seen
        Visits of one model.
    settings, context
        What the study file says.

    Returns
    -------
    list of rows
        ``growth_rate_initial`` and ``growth_bending`` of every arm. A value is missing, with
        status ``not_identifiable``, where admissible curves differ in what they say (whether the
        arm grows at all; whether growth slows down) or none of them describes the arm.
    """
    used = entering(seen, settings)
    if seen.animals.is_empty():
        return []
    model = str(seen.animals.item(0, "model"))
    counts = seen.animals.group_by("arm").agg(pl.col("n_flagged").sum()).sort("arm")
    frame = windowed(used.frame, model, settings)
    half = pl.when("was_zero").then(pl.lit(used.limit_mm3 / 2)).otherwise(pl.col("entering"))
    zeroed = pl.col("arm").is_in(frame.filter("was_zero").get_column("arm").unique().to_list())
    again = frame.filter(zeroed)
    fits = [_fits(frame, settings, context)] + [
        _fits(other, settings, context)
        for other in (again.with_columns(half.alias("entering")), again.filter(~pl.col("was_zero")))
        if again.height
    ]
    out: list[Row] = []
    for arm, flagged in counts.iter_rows():
        base = {
            "block": context.block, "assay": "tumor_growth", "model": model, "arm": arm,
            "experimental_unit": context.experimental_unit, "conf_level": context.conf_level,
            "n_flagged": flagged,
        }  # fmt: skip
        found = [fit[arm] for fit in fits if arm in fit]
        if arm not in fits[0]:
            empty = {"n_units": 0, "n_rows": 0, "conf_open": "both", "method": "curve_choice",
                     "status": "all_flagged" if flagged else "too_few"}  # fmt: skip
            out += [base | empty | {"quantity": one.name} for one in QUANTITIES]
        else:
            out += [base | _rate(found), base | _bending(found)]
    return out


def windowed(frame: pl.DataFrame, model: str, settings: TumorGrowthSettings) -> pl.DataFrame:
    """Visits up to the last dose of their arm, by the rule of the mixed model."""
    if settings.dosing_window != "break" or frame.is_empty():
        return frame
    arms = frame.get_column("arm").unique().to_list()
    doses = last_doses(model, arms, settings)
    end = pl.col("arm").replace_strict(doses, default=float("inf"), return_dtype=pl.Float64)
    return frame.filter(pl.col("day") <= end) if doses else frame


def _fits(
    frame: pl.DataFrame, settings: TumorGrowthSettings, context: Context
) -> dict[str, ArmCurves]:
    found = arm_curves(
        np.log(frame.get_column("entering").to_numpy()),
        frame.get_column("day").to_numpy(),
        frame.get_column("unit_id").to_list(),
        frame.get_column("arm").to_list(),
        log_threshold=float(np.log(settings.threshold_mm3)),
        conf_level=context.conf_level,
    )
    return {one.arm: one for one in found}


def _rate(found: Sequence[ArmCurves]) -> Row:
    """Write the growth rate at the first dose by the preferred curve."""
    first = found[0]
    best = first.preferred
    signs = {one.one_sign for one in found} == {True}
    unseen = best is not None and best.curve == "gompertz" and best.status == "at_bound"
    told = signs and not unseen
    row = {"quantity": "growth_rate_initial", "units": PER_DAY}
    value = best.rate if best is not None else None
    return row | _spread(found, "rate", 1.0) | _number(first, value, 1.0, told=told)


def _bending(found: Sequence[ArmCurves]) -> Row:
    """Write the share of the growth rate that is kept, in percent."""
    first = found[0]
    told = first.verdict in ("straight", "bends") and len({one.verdict for one in found}) == 1
    value = first.preferred.kept if first.preferred is not None else None
    row = {"quantity": "growth_bending", "units": "%", "scale": "ln"}
    return row | _spread(found, "kept", 100.0) | _number(first, value, 100.0, told=told)


def _number(arm: ArmCurves, found: Between | None, times: float, *, told: bool) -> Row:
    row: Row = {"n_units": arm.n_animals, "n_rows": arm.n_visits, "conf_open": "both",
                "method": _method(arm, with_interval=False)}  # fmt: skip
    if arm.verdict in ("too_few", "not_converged"):
        return row | {"status": arm.verdict}
    if found is None or not told:
        return row | {"status": "not_identifiable"}
    row["value"] = times * found.value
    if found.low is None or found.high is None or found.std_error is None:
        several = arm.n_animals > 1  # the exponential keeps its rate by definition, not by data
        return row | ({"status": "ok", "conf_open": "none"} if several else {"status": "too_few"})
    return row | {
        "std_error": found.std_error, "df": found.df, "conf_low": times * found.low,
        "conf_high": times * found.high, "conf_open": "none", "interval_level": "between",
        "status": "ok", "method": _method(arm, with_interval=True),
    }  # fmt: skip


def _spread(found: Sequence[ArmCurves], what: Key, times: float) -> Row:
    """Give the range over admissible curves, and over what zeros may stand for."""
    ends = [v for one in found if one.preferred for v in one.spread(what) if v is not None]
    if not ends or max(ends) - min(ends) <= ALIKE * max(abs(v) for v in ends):
        return {}
    return {"model_low": times * min(ends), "model_high": times * max(ends)}


def _method(arm: ArmCurves, *, with_interval: bool) -> str:
    names = [f"curve_{arm.preferred.curve}"] if arm.preferred is not None else []
    names += [f"curve_{arm.verdict}"] if arm.verdict in ("shrinks", "speeds_up") else []
    names += ["curve_choice"] if arm.verdict != "shrinks" else []
    return "+".join([*names, *(["curve_between"] if with_interval else [])])
