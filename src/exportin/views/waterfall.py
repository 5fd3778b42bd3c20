"""Waterfall: lines in the order of their potency, colored by what tells them apart."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import Any, Literal, NamedTuple

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, in_order
from exportin.views.words import bound_words

LINES = "row value"
LIMITS = "panel group bound conf_low conf_high conf_open n_units interval_level"
ARROW = 0.10  # length of a bound's arrow, of the height of the bars
APART = 0.14  # room between the lowest bar or limit and the count of units
FEW = 8  # up to so many lines there is room for "n = 3" under each
NUMBER = {"bound": "=", "status": "ok", "scale": "log10", "conf_low": None, "conf_high": None}
_ORDER = {"<": 0, "=": 1, ">": 2}


class Foot(NamedTuple):
    """What bars stand on, and the words beside them."""

    base: float | None
    base_name: str
    label: str
    unit: str
    unit_name: str
    conf_level: float


def waterfall_view(
    *,
    name: str,
    title: str,
    estimates: pl.DataFrame,
    label: str,
    unit: str = "",
    base: float | None = None,
    base_name: str = "",
    groups: Sequence[str] = (),
    group_title: str = "",
    unit_name: str = "experiments",
    conf_level: float = 0.95,
    caption: str = "",
    columns: int = 1,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show a panel of lines from the least to the most sensitive, one bar per line.

    Bars stand on a base and reach to the line's number on a log10 scale: one unit up is ten times
    less sensitive. The base is a line that is there, the middle one (of an even number the more
    sensitive of both), or a number given by the caller, such as the top dose. A line known only
    as a bound is drawn to its bound and goes on as an arrow; among equal numbers it stands on its
    side.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    estimates : polars.DataFrame
        A row per line: ``row`` (its name), ``value`` (above zero; lines without are left out and
        counted in the note); optional ``panel`` (e.g. the treatment), ``group`` (color, e.g. the
        subtype) and, as in Estimates, ``bound, conf_low, conf_high, conf_open, n_units,
        interval_level``.
    label, unit : str
        What the number is, and its unit.
    base, base_name : float and str, optional
        Where bars stand, and how that is called; the middle line if not given.
    groups : sequence of str
        Order of colors.
    group_title, columns, width
        As in ``View``.
    unit_name : str
        What n counts, in the plural.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    View
        One panel per value of ``panel``.
    """
    every = complete(estimates, "estimates", LINES, LIMITS)
    known = every.filter((pl.col("value") > 0.0).fill_null(value=False))
    foot = Foot(base, base_name, label, unit, unit_name, conf_level)
    panels = tuple(
        _panel(str(part), every.filter(pl.col("panel") == part), foot)
        for part in in_order((), [known], "panel")
    )
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=panels,
        groups=tuple(in_order(groups, [known], "group")),
        group_title=group_title,
        columns=columns,
        width=width,
    )


def _panel(title: str, every: pl.DataFrame, foot: Foot) -> Panel:
    lines = every.filter((pl.col("value") > 0.0).fill_null(value=False))
    ranked = lines.with_columns(pl.col("bound").replace_strict(_ORDER).alias("side")).sort(
        ["value", "side", "row"], descending=[True, True, False]
    )
    middle = ranked.row(ranked.height // 2, named=True)
    base = middle["value"] if foot.base is None else foot.base
    shown = bound_words(NUMBER | {"value": base}, foot.unit)
    return Panel(
        title=title,
        x=Axis(label="", scale="category", categories=tuple(ranked["row"].to_list())),
        y=Axis(label=f"log10({foot.label} / {shown})"),
        marks=tuple(mark for mark in _marks(_relative(ranked, base)) if mark.frame.height),
        reference_y=0.0,
        note=_note(ranked, every.height - ranked.height, foot, f"{_named(middle, foot)} ({shown})"),
    )


def _named(middle: Mapping[str, Any], foot: Foot) -> str:
    return f"the middle line, {middle['row']}" if foot.base is None else foot.base_name


def _note(ranked: pl.DataFrame, missing: int, foot: Foot, base: str) -> str:
    """Say what bars, lines, numbers and arrows are."""
    limits = ranked.select(pl.any_horizontal(pl.col("conf_low", "conf_high").is_not_null()).any())
    parts = [
        f"Bars from {base}",
        f"lines: {100 * foot.conf_level:g}% confidence interval" if limits.item() else "",
        f"numbers: {foot.unit_name}" if ranked["n_units"].null_count() < ranked.height else "",
        f"n = {ranked.height} lines" + (f", {missing} without a number" if missing else ""),
        "arrows: only a bound is known" if (ranked["bound"] != "=").any() else "",
    ]
    return "; ".join(part for part in parts if part)


def _relative(lines: pl.DataFrame, foot: float) -> pl.DataFrame:
    """Numbers and limits as log10 of their ratio to the foot of the bars."""
    move = -log10(foot)
    return lines.select(
        pl.col("row").alias("x"),
        "group",
        "bound",
        "conf_open",
        "n_units",
        "interval_level",
        (pl.col("value").log10() + move).alias("y"),
        (pl.col("conf_low").log10() + move).alias("low"),
        (pl.col("conf_high").log10() + move).alias("high"),
    )


def _marks(drawn: pl.DataFrame) -> tuple[Mark, ...]:
    tall = max(float(drawn["y"].abs().max() or 0.0), 0.1)  # type: ignore[arg-type]
    exact = pl.col("bound") == "="
    interval = drawn.filter(exact, pl.any_horizontal(pl.col("low", "high").is_not_null())).select(
        "x",
        pl.lit(None, dtype=pl.Float64).alias("y"),
        "low",
        "high",
        pl.lit(None, dtype=pl.String).alias("group"),
        pl.col("conf_open").alias("open"),
        (pl.col("interval_level") == "within").alias("dashed"),
    )
    reach = pl.when(pl.col("bound") == ">").then(ARROW * tall).otherwise(-ARROW * tall)
    arrows = drawn.filter(~exact).select(
        "x", "y", pl.col("x").alias("x2"), (pl.col("y") + reach).alias("y2"), "group"
    )
    lowest = drawn.select(pl.min_horizontal(pl.col("y", "low").min(), pl.lit(0.0))).item()
    counts = drawn.filter(pl.col("n_units").is_not_null()).select(
        "x",
        pl.lit(lowest - APART * tall).alias("y"),
        pl.format("n = {}" if drawn.height <= FEW else "{}", "n_units").alias("text"),
    )
    return (
        Mark(kind="bar", frame=drawn.select("x", "y", "group"), label="lines"),
        Mark(kind="interval", frame=interval, label="confidence interval", along="y"),
        Mark(kind="arrow", frame=arrows, label="bound"),
        Mark(kind="text", frame=counts, label="units"),
    )
