"""The strip under dose-response curves: potency, its interval, or its bound."""

from collections.abc import Sequence

import polars as pl

from exportin.contract.view import Axis, Mark
from exportin.views.words import bound_words

ROW = 9.0  # height of one row of the strip, in % of vehicle
STRIP = 36.0  # rows get lower if there are many treatments
ARROW = 0.09  # length of the arrow of a bound, of the width of the axis


def row_height(order: Sequence[str]) -> float:
    """Height of a row in % of vehicle."""
    return min(ROW, STRIP / max(len(order), 1))


def strip_height(order: Sequence[str]) -> float:
    """Height of the whole strip in % of vehicle."""
    return row_height(order) * (len(order) + 0.6)


def strip_marks(
    pooled: pl.DataFrame, order: Sequence[str], axes: tuple[Axis, Axis], full: float
) -> list[Mark]:
    """Potency of one panel with its interval; an arrow and words where only a bound is known."""
    x, y = axes
    row, top = row_height(order) * full / 100, strip_height(order) * full / 100
    rows = {g: (y.low or 0.0) + top - row * (i + 1) for i, g in enumerate(order)}
    mine = pooled.with_columns(
        pl.col("group").replace_strict(rows, default=None, return_dtype=pl.Float64).alias("y")
    )
    is_known = (pl.col("bound") == "=") & pl.col("value").is_not_null()
    known = mine.filter(is_known)
    technical = known.filter(pl.col("interval_level") == "within")  # its bar has no color
    marks = (
        Mark(kind="interval", frame=_intervals(known), label="estimate"),
        Mark(kind="points", frame=_centers(technical), label="estimate of one unit"),
        *_bounds(mine.filter(~is_known), x),
    )
    return [mark for mark in marks if mark.frame.height]


def _intervals(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        pl.col("value").cast(pl.Float64).alias("x"),
        "y",
        pl.col("conf_low").alias("low"),
        pl.col("conf_high").alias("high"),
        "group",
        pl.col("conf_open").alias("open"),
        (pl.col("interval_level") == "within").alias("dashed"),
    )


def _centers(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(pl.col("value").cast(pl.Float64).alias("x"), "y", "group")


def _bounds(rows: pl.DataFrame, x: Axis) -> list[Mark]:
    low, high = x.low or 1.0, x.high or 1.0
    reach = (high / low) ** ARROW
    arrows, texts = [], []
    for row in rows.iter_rows(named=True):
        upward, has_value = row["bound"] == ">", row["value"] is not None
        tip = high if upward else low
        start = tip / reach if upward else tip * reach
        at = (start / 1.08 if upward else start * 1.08) if has_value else low * reach**0.3
        align = "right" if upward and has_value else "left"
        texts.append((at, row["y"], bound_words(row), row["group"], align))
        if has_value:
            arrows.append((start, row["y"], tip, row["y"], row["group"]))
    text = {"x": float, "y": float, "text": str, "group": str, "align": str}
    arrow = {"x": float, "y": float, "x2": float, "y2": float, "group": str}
    return [
        Mark(kind="arrow", frame=pl.DataFrame(arrows, schema=arrow, orient="row"), label="bound"),
        Mark(kind="text", frame=pl.DataFrame(texts, schema=text, orient="row"), label="bound"),
    ]
