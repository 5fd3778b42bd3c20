"""Drift: whether the vehicle signal of an experiment's plates changes along the run."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from exportin.inference.outcome import TestResult
from exportin.inference.p_adjust import adjust
from exportin.inference.trend import linear_trend
from exportin.plates.normalize import plate_controls
from exportin.plates.own_controls import HOME, PLATE, with_cells
from exportin.plates.run_times import Orders, measured_orders, places
from exportin.tables.columns import distinct
from exportin.tables.kinds import MEASURED_AT

ALPHA = 0.05
"""Share of blocks without drift in which any run is flagged (Holm over the runs)."""
SHOWN = 5  # runs named in a note; the others are counted
MIN_PLATES = 5  # below, a straight line through the plates leaves hardly anything to test with


class Run(NamedTuple):
    """Plates of one experiment and model in their order; ``order`` is None where it is unknown."""

    plates: pl.DataFrame
    order: list[float] | None
    by: str = "run order"

    @property
    def name(self) -> str:
        """Model and experiment."""
        return f"{self.plates.item(0, 'model')}, {self.plates.item(0, 'unit_id')}"


def drift_flags(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Warn of runs (experiment and model) whose vehicle signal drifts from plate to plate.

    Straight line through the log of the plates' vehicle means (above blank) over ``run_order``;
    without it, over the place that ``measured_at``, date and time of the files, gives each plate.
    t test of its slope; Holm over the runs of the block. A note names the runs of enough plates
    whose order nobody says.

    Parameters
    ----------
    frame
        Rows with file, sample_id, unit_id, model, role, value and run_order or measured_at.
    """
    if len(distinct(frame, PLATE)) < MIN_PLATES:
        return []  # no run can have enough of them
    every = list(_runs(frame))
    runs = [run for run in every if run.order is not None]
    tests = [
        linear_trend(run.plates.get_column("height").to_list(), run.order or []) for run in runs
    ]
    adjusted = adjust([test.p_value for test in tests], "holm")
    found = [
        _flag(run, test, p)
        for run, test, p in zip(runs, tests, adjusted, strict=True)
        if p is not None and p <= ALPHA
    ]
    return [*found, *_unordered([run.name for run in every if run.order is None])]


def _runs(frame: pl.DataFrame) -> Iterator[Run]:
    """Give the runs of enough plates, each with its plates' log vehicle signal."""
    none = {"run_order": pl.Float64, MEASURED_AT: pl.String}
    frame = frame.with_columns(
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in none.items()
        if name not in frame.columns
    )
    about = (
        with_cells(frame)
        .filter(pl.col("role") == "vehicle")
        .group_by(*HOME, "unit_id", "model")
        .agg(pl.col("run_order").min(), pl.col(MEASURED_AT).cast(pl.String).unique().sort())
    )
    controls = plate_controls(frame).with_columns(
        (pl.col("vehicle_mean") - pl.col("blank_mean").fill_null(0.0)).alias("window")
    )
    plates = about.join(controls, on=HOME).filter(pl.col("window") > 0)
    plates = plates.with_columns(
        pl.col("window").log().alias("height"),
        # wells of a plate with times of their own: no time of the plate
        pl.when(pl.col(MEASURED_AT).list.len() == 1).then(pl.col(MEASURED_AT).list.first()),
    )
    orders = measured_orders(plates.get_column(MEASURED_AT))
    keys = ["unit_id", "model"]
    for run in plates.sort(*keys, "run_order", "file", "sample_id").partition_by(
        keys, maintain_order=True
    ):
        if found := _ordered(run, orders):
            yield found


def _ordered(run: pl.DataFrame, orders: Orders) -> Run | None:
    """Put the plates of a run in their order; None where they are too few."""
    said = run.filter(pl.col("run_order").is_not_null())
    if said.height:
        order = said.get_column("run_order")
        enough = said.height >= MIN_PLATES and order.n_unique() >= MIN_PLATES
        return Run(said, [float(place) for place in order]) if enough else None
    if run.height < MIN_PLATES:
        return None
    at = places(run.get_column(MEASURED_AT).to_list(), orders)
    if at is None:
        return Run(run, None)
    ordered = run.with_columns(pl.Series("run_order", at, dtype=pl.Float64)).sort("run_order")
    return Run(ordered, sorted(float(place) for place in at), "order of measurement time")


def _unordered(names: list[str]) -> Iterator[dict[str, Any]]:
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        message = (
            f"Drift from plate to plate was not looked at in {len(names)} "
            f"run{'s' if len(names) > 1 else ''} "
            f"({'; '.join(names[:SHOWN])}{more}): neither a column run_order nor the times of the "
            "files say in which order the plates were measured. Add run_order (1, 2, 3 ...) to "
            "design.csv."
        )
        yield {
            "row_id": None,
            "rule": "plate drift not judged",
            "severity": "note",
            "message": message,
            "by": "plates",
        }


def _flag(run: Run, test: TestResult, p: float) -> dict[str, Any]:
    order = run.order or [0.0]
    span = order[-1] - order[0]
    change, low, high = (
        math.expm1(float(v) * span) if v is not None and np.isfinite(v) else math.nan
        for v in (test.effect, test.conf_low, test.conf_high)
    )
    message = (
        f"Vehicle signal of {run.name}, changes by "
        f"{change:+.0%} (95 % interval {low:+.0%} to {high:+.0%}) from the first to the last of "
        f"{run.plates.height} plates in {run.by} (t test of the slope of the log, Holm over runs, "
        f"p = {p:.2g}). Responses are fractions of each plate's own vehicle."
    )
    return {
        "row_id": None,
        "rule": "plate drift",
        "severity": "warn",
        "message": message,
        "by": "plates",
    }
