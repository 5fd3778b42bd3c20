"""Growth rates, doubling times and growth-rate inhibition of the arms of one model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.tumor_growth.growth_models import entering, fit_model, fit_of, last_doses
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits
from exportin.contract.assay import Context
from exportin.inference.between import open_side
from exportin.inference.mixed_growth import GrowthFit
from exportin.inference.mixed_slopes import ArmSlope, arm_slopes, fitted_curves, growth_inhibition
from exportin.inference.two_stage import AnimalSlope, animal_slopes
from exportin.results.quantities import Quantity
from exportin.results.schema import result_id

Row = dict[str, Any]
NAMES = {"whole": "growth_rate", "dosed": "growth_rate", "after": "growth_rate_after"}
PER_DAY = "per day"

QUANTITIES = (
    Quantity(
        name="growth_rate",
        label="Growth rate",
        estimand="growth rate of ln volume while dosed (over the whole follow-up where no last "
        "dose is told): of an arm by the mixed model, of an animal by its own line",
        direction="lower is more effective",
    ),
    Quantity(
        name="growth_rate_after",
        label="Growth rate after the last dose",
        estimand="growth rate of ln volume of an arm from its last dose on",
    ),
    Quantity(
        name="doubling_time",
        label="Doubling time",
        estimand="ln 2 over the growth rate of the arm; unbounded where the rate may be zero",
        direction="higher is more effective",
    ),
    Quantity(
        name="tgi_rate",
        label="TGI (growth rate)",
        estimand="100 % minus the ratio of growth rates of arm and control in the mixed model; "
        "100 % is stasis, more is shrinkage",
        direction="higher is more effective",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Rows of Estimates and points of Series of one model, and its fit."""

    rows: list[Row]
    series: list[Row]
    notes: list[Row]


def growth(seen: Visits, settings: TumorGrowthSettings, context: Context) -> Growth:
    """Fit one model and write what it says of each arm and each animal."""
    used = entering(seen, settings)
    model = str(seen.animals.item(0, "model"))
    counts = seen.animals.group_by("arm").agg(pl.col("n_flagged").sum()).sort("arm")
    flagged: dict[str, int] = dict(counts.iter_rows())
    arms = list(flagged)
    head = _head(context)
    if used.frame.is_empty():
        status = "all_flagged" if sum(flagged.values()) else "too_few"
        rows = [
            head | {"model": model, "arm": arm, "quantity": "growth_rate", "units": PER_DAY,
                    "status": status, "n_units": 0, "n_rows": 0, "n_flagged": flagged[arm],
                    "conf_open": "both", "method": "mixed_growth"}
            for arm in arms
        ]  # fmt: skip
        return Growth(rows=rows, series=[], notes=[])
    fit = fit_of(seen, settings, context)
    assert fit is not None  # noqa: S101 - there are visits
    others = _others(used.frame, used.limit_mm3, seen, settings, context) if used.zeros else []
    out: list[Row] = []
    for one in arm_slopes(fit):
        out += _arm(one, fit, [_found(other, one) for other in others])
    out += _inhibitions(fit, settings)
    out = [head | {"model": model, "n_flagged": flagged.get(str(r["arm"]), 0)} | r for r in out]
    out += [head | r for r in _animals(used.frame, seen, settings, model)]
    return Growth(rows=out, series=_curves(fit, model, context), notes=_notes(fit, model))


def _notes(fit: GrowthFit, model: str) -> list[Row]:
    """Say what the design could not carry, as notes on the whole block."""
    caged = fit.fit.estimate.cage_variance is not None
    words = "cages enter the growth model by their level only, not by how fast cage mates grow"
    found = [
        *([words] if caged else []),
        *fit.notes,
        *([fit.message] if fit.message else []),
        *fit.fit.estimate.boundary,
    ]
    return [
        {"row_id": None, "rule": "growth model", "severity": "note", "by": "tumor_growth",
         "message": f"{model}: {text}"}
        for text in dict.fromkeys(found)
    ]  # fmt: skip


def _head(context: Context) -> Row:
    return {
        "block": context.block,
        "assay": "tumor_growth",
        "experimental_unit": context.experimental_unit,
        "conf_level": context.conf_level,
    }


def _others(
    used: pl.DataFrame,
    limit: float,
    seen: Visits,
    settings: TumorGrowthSettings,
    context: Context,
) -> list[GrowthFit]:
    """Fit the same with zeros at half the limit, and without them: what the choice does."""
    half = pl.when("was_zero").then(pl.lit(limit / 2)).otherwise(pl.col("entering"))
    frames = [used.with_columns(half.alias("entering")), used.filter(~pl.col("was_zero"))]
    return [fit_model(frame, seen, settings, context) for frame in frames if frame.height]


def _found(fit: GrowthFit, like: ArmSlope) -> float | None:
    same = [one for one in arm_slopes(fit) if (one.arm, one.phase) == (like.arm, like.phase)]
    return same[0].slope if same else None


def _arm(one: ArmSlope, fit: GrowthFit, others: Sequence[float | None]) -> Iterator[Row]:
    """One arm's rate in one period, and its doubling time in the first."""
    spread = [v for v in (one.slope, *others) if v is not None] if others else []
    fine = one.status == "ok" and one.n_animals > 1
    alone = one.status == "ok" and not fine
    what = {"arm": one.arm, "n_units": one.n_animals, "n_rows": one.n_rows,
            "interval_level": "between", "method": _method(fit)}  # fmt: skip
    yield what | {
        "quantity": NAMES[one.phase],
        "units": PER_DAY,
        "value": one.slope,
        "std_error": one.std_error if fine else None,
        "df": one.df if fine else None,
        "conf_low": one.low if fine else None,
        "conf_high": one.high if fine else None,
        "conf_open": "none" if fine else "both",
        "model_low": min(spread) if spread else None,
        "model_high": max(spread) if spread else None,
        "status": "too_few" if alone else _status(one.status),
    }
    if one.phase == "after":
        return
    time = one.doubling
    yield what | {
        "quantity": "doubling_time",
        "units": "d",
        "value": time.value,
        "conf_low": time.low if fine else None,
        "conf_high": time.high if fine else None,
        "conf_open": open_side(time.low, time.high) if fine else "both",
        "status": "ok" if time.value is not None and fine else _why(time.value, alone=alone),
    }


def _why(value: float | None, *, alone: bool) -> str:
    return "too_few" if alone and value is not None else "not_identifiable"


def _inhibitions(fit: GrowthFit, settings: TumorGrowthSettings) -> Iterator[Row]:
    if fit.control != settings.control:
        return
    for one in growth_inhibition(fit):
        alone = min(fit.n_animals[one.arm], fit.n_animals[one.control]) < 2
        limits = [None if v is None or alone else 100.0 * v for v in (one.low, one.high)]
        yield {
            "arm": one.arm,
            "quantity": "tgi_rate",
            "units": "%",
            "value": None if one.value is None else 100.0 * one.value,
            "conf_low": limits[0],
            "conf_high": limits[1],
            "conf_open": open_side(*limits),
            "interval_level": "between",
            "df": one.df,
            "n_units": fit.n_animals[one.arm],
            "n_rows": fit.n_rows[one.arm],
            "method": f"{_method(fit)}+mixed_inhibition",
            "status": "too_few" if alone else "ok" if one.value is not None else "not_identifiable",
        }


def _animals(
    used: pl.DataFrame, seen: Visits, settings: TumorGrowthSettings, model: str
) -> Iterator[Row]:
    """Growth rate of each animal by its own line, over the period that the model names."""
    flagged = dict(seen.animals.select("animal", "n_flagged").iter_rows())
    for arm, found in _slopes(used, model, settings):
        for one in found:
            yield {
                "model": model, "arm": arm, "unit_id": one.animal, "quantity": "growth_rate",
                "units": PER_DAY, "value": one.slope, "n_units": int(one.slope is not None),
                "n_rows": one.n_visits, "n_flagged": flagged.get(one.animal, 0),
                "method": "animal_slope", "status": "ok" if one.slope is not None else "too_few",
            }  # fmt: skip


def period_slopes(
    seen: Visits, settings: TumorGrowthSettings
) -> Iterator[tuple[str, tuple[AnimalSlope, ...]]]:
    """Give each arm of one model with the line of each animal."""
    used = entering(seen, settings).frame
    if used.height:
        yield from _slopes(used, str(seen.animals.item(0, "model")), settings)


def _slopes(
    used: pl.DataFrame, model: str, settings: TumorGrowthSettings
) -> Iterator[tuple[str, tuple[AnimalSlope, ...]]]:
    doses = {} if settings.dosing_window == "ignore" else last_doses(
        model, used.get_column("arm").unique().to_list(), settings
    )  # fmt: skip
    for (arm,), rows in used.group_by(["arm"], maintain_order=True):
        found = animal_slopes(
            np.log(rows.get_column("entering").to_numpy()),
            rows.get_column("day").to_numpy(),
            rows.get_column("unit_id").to_list(),
            rows.get_column("arm").to_list(),
            period=(-float("inf"), doses.get(str(arm), float("inf"))),
        )
        yield str(arm), found


def _curves(fit: GrowthFit, model: str, context: Context) -> list[Row]:
    """Mean volume of each arm by the model, over its own follow-up."""
    if fit.status == "not_estimable":
        return []
    out: list[Row] = []
    for arm, points in fitted_curves(fit).items():
        what = {"block": context.block, "quantity": "volume", "model": model, "arm": arm}
        shared = what | {"id": result_id("s", what), "units": "mm3"}
        alone = fit.n_animals[arm] < 2
        out += [
            shared | {"x": p.day, "y": p.mean, "low": None if alone else p.low,
                      "high": None if alone else p.high}
            for p in points if p.mean is not None
        ]  # fmt: skip
    return out


def _method(fit: GrowthFit) -> str:
    return "+".join(dict.fromkeys([*fit.method_names, "mixed_contrast"]))


def _status(said: str) -> str:
    return "ok" if said == "ok" else "not_identifiable"
