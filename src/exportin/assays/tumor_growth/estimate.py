"""Rows to numbers: growth, named measures, times, response and body weight, model by model."""

from typing import Any

import polars as pl

from exportin.assays.tumor_growth.arm_order import arm_order
from exportin.assays.tumor_growth.curve_rows import curve_rows
from exportin.assays.tumor_growth.growth_rows import growth
from exportin.assays.tumor_growth.measure_rows import measure_rows
from exportin.assays.tumor_growth.response_rows import response_rows
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.time_rows import timing
from exportin.assays.tumor_growth.visits import Visits, models, visits
from exportin.assays.tumor_growth.weight_rows import weight_rows, weight_series
from exportin.contract.assay import Context
from exportin.inference.day_means import day_means
from exportin.results.schema import result_id
from exportin.results.tables import Estimates, Fitted, Flags, Series
from exportin.tables.kinds import TumorLog


def _weights(seen: Visits, settings: TumorGrowthSettings, context: Context) -> list[dict[str, Any]]:
    """Mean body weight of each arm on each day of weighing, in percent; for the figure."""
    if seen.weights.is_empty():
        return []
    series = weight_series(seen, settings).filter(pl.col("percent").is_not_null())
    found = day_means(series, ["model", "arm"], "percent", conf_level=context.conf_level)
    out = []
    for row in found.iter_rows(named=True):
        what = {"block": context.block, "quantity": "body_weight"}
        what |= {"model": row["model"], "arm": row["arm"]}
        points = {"x": row["day"], "y": row["mean"], "low": row["low"], "high": row["high"]}
        out.append(what | {"id": result_id("s", what), "units": "%"} | points)
    return out


def _ordered(rows: list[dict[str, Any]], place: dict[str, int]) -> list[dict[str, Any]]:
    """Rows of a quantity together, its arms in the order of the study."""
    rank: dict[str, int] = {}
    for row in rows:
        rank.setdefault(row["quantity"], len(rank))
    return sorted(rows, key=lambda row: (rank[row["quantity"]], place[row["arm"]]))


def estimate(
    rows: TumorLog, flags: Flags, settings: TumorGrowthSettings, context: Context
) -> Fitted:
    """Estimate everything that is asked of the tumors of a block.

    Parameters
    ----------
    rows
        One row per animal and visit with model and arm.
    flags
        Rows with severity ``exclude`` are left out and counted.
    settings, context
        What the study file says.

    Returns
    -------
    Fitted
        Numbers of animals (``unit_id``) and of arms; curves of mean volumes and of survival.
    """
    numbers: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for _, seen in models(visits(rows, flags, settings)):
        start = len(numbers)
        grown = growth(seen, settings, context)
        doubling = {r["arm"]: r for r in grown.rows if r["quantity"] == "doubling_time"}
        timed = timing(seen, settings, context, doubling)
        numbers += grown.rows
        numbers += curve_rows(seen, settings, context)
        numbers += measure_rows(seen, settings, context)
        numbers += timed.rows
        numbers += response_rows(seen, settings, context)
        numbers += weight_rows(seen, settings, context)
        notes += grown.notes
        curves += [*grown.series, *timed.series, *_weights(seen, settings, context)]
        place = {arm: i for i, arm in enumerate(arm_order(seen.animals, settings.control))}
        numbers[start:] = _ordered(numbers[start:], place)
    return Fitted.of(
        estimates=Estimates.build(numbers),
        series=Series.from_rows(curves),
        flags=Flags.from_rows(notes),
    )
