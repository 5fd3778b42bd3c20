"""Drift: whether the vehicle signal of an experiment's plates changes along the run."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.outcome import TestResult
from exportin.inference.p_adjust import adjust
from exportin.inference.trend import linear_trend
from exportin.plates.normalize import plate_controls
from exportin.plates.own_controls import HOME, with_cells

ALPHA = 0.05
"""Share of blocks without drift in which any run is flagged (Holm over the runs)."""
MIN_PLATES = 5  # below, a straight line through the plates leaves hardly anything to test with


def drift_flags(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Warn of runs (experiment and model) whose vehicle signal drifts along ``run_order``.

    Straight line through the log of the plates' vehicle means (above blank) over run_order; t
    test of its slope; Holm over the runs of the block. Nothing is said without run_order.

    Parameters
    ----------
    frame
        Rows with file, sample_id, unit_id, model, role, value and run_order.
    """
    runs = list(_runs(frame))
    tests = [
        linear_trend(run.get_column("height").to_list(), run.get_column("run_order").to_list())
        for run in runs
    ]
    adjusted = adjust([test.p_value for test in tests], "holm")
    return [
        _flag(run, test, p)
        for run, test, p in zip(runs, tests, adjusted, strict=True)
        if p is not None and p <= ALPHA
    ]


def _runs(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Plates of one experiment and model with their order and log vehicle signal."""
    if "run_order" not in frame.columns:
        return
    about = (
        with_cells(frame)
        .filter(pl.col("role") == "vehicle", pl.col("run_order").is_not_null())
        .select(*HOME, "unit_id", "model", "run_order")
        .unique()
    )
    controls = plate_controls(frame).with_columns(
        (pl.col("vehicle_mean") - pl.col("blank_mean").fill_null(0.0)).alias("window")
    )
    plates = about.join(controls, on=HOME).filter(pl.col("window") > 0)
    plates = plates.with_columns(pl.col("window").log().alias("height"))
    keys = ["unit_id", "model"]
    for run in plates.sort(*keys, "run_order", "file", "sample_id").partition_by(
        keys, maintain_order=True
    ):
        if run.height >= MIN_PLATES and run.get_column("run_order").n_unique() >= MIN_PLATES:
            yield run


def _flag(run: pl.DataFrame, test: TestResult, p: float) -> dict[str, Any]:
    order = run.get_column("run_order")
    span = float(order[-1]) - float(order[0])
    change, low, high = (
        math.expm1(float(v) * span) if v is not None and np.isfinite(v) else math.nan
        for v in (test.effect, test.conf_low, test.conf_high)
    )
    message = (
        f"Vehicle signal of {run.item(0, 'model')}, {run.item(0, 'unit_id')}, changes by "
        f"{change:+.0%} (95 % interval {low:+.0%} to {high:+.0%}) from the first to the last of "
        f"{run.height} plates in run order (t test of the slope of the log, Holm over runs, "
        f"p = {p:.2g}). Responses are fractions of each plate's own vehicle."
    )
    return {
        "row_id": None,
        "rule": "plate drift",
        "severity": "warn",
        "message": message,
        "by": "plates",
    }
