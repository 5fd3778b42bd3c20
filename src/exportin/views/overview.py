"""Hundreds of estimates at one glance: a table of colors, or values in order of rank."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, in_order

ESTIMATES = "row column value"
RANKED = "row value"


def overview_view(
    *,
    name: str,
    title: str,
    estimates: pl.DataFrame,
    value_label: str,
    value_unit: str = "",
    scale: Literal["log10", "linear"] = "log10",
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    caption: str = "",
    width: Literal["single", "double"] = "double",
) -> View:
    """Show a heat map of estimates, e.g. model x treatment; bounds are marked '>' and '<'.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    estimates : polars.DataFrame
        ``row`` and ``column`` (text, e.g. model and treatment), ``value`` (natural scale; empty
        cells stay gray); optional ``bound, row_id``.
    value_label, value_unit, scale
        Words and scale of the color bar.
    rows, columns : sequence of str
        Order of rows and columns.
    width : {"single", "double"}
        As in ``View``.

    Returns
    -------
    View
        One panel.
    """
    cells = complete(estimates, "estimates", ESTIMATES, "bound row_id")
    at = cells.select(
        pl.col("column").alias("x"), pl.col("row").alias("y"), "value", "bound", "row_id"
    )
    bounds = at.filter(pl.col("bound") != "=", pl.col("value").is_not_null())
    marks = [Mark(kind="heat", frame=at.drop("bound"), label="estimates")]
    if bounds.height:
        text = bounds.select("x", "y", pl.col("bound").alias("text"))
        marks.append(Mark(kind="text", frame=text, label="bounds"))
    panel = Panel(
        title="",
        x=Axis(label="", scale="category", categories=tuple(in_order(columns, [cells], "column"))),
        y=Axis(label="", scale="category", categories=tuple(in_order(rows, [cells], "row"))),
        value=Axis(label=value_label, unit=value_unit, scale=scale),
        marks=tuple(marks),
        note="> and <: bound, the value lies beyond; gray: no estimate",
    )
    return View(name=name, title=title, caption=caption, panels=(panel,), columns=1, width=width)


def ranked_view(
    *,
    name: str,
    title: str,
    estimates: pl.DataFrame,
    y_label: str,
    y_unit: str = "",
    scale: Literal["log10", "linear"] = "log10",
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    caption: str = "",
    group_title: str = "",
    columns: int = 2,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show estimates from the smallest to the largest; bounds carry an arrow.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    estimates : polars.DataFrame
        ``row`` (text, what is ranked), ``value``; optional ``panel, group, bound, row_id``.
    y_label, y_unit, scale
        Words and scale of the axis.
    groups, panels : sequence of str
        Order of colors and panels.
    group_title, columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``; rank 1 is the smallest value.
    """
    given = complete(estimates, "estimates", RANKED, "panel group bound row_id")
    made = []
    for panel in in_order(panels, [given], "panel"):
        mine = given.filter(panel=panel)
        kept = mine.filter(pl.col("value").is_not_null()).sort("value", "row")
        ranks = kept.with_columns(pl.int_range(1, kept.height + 1).cast(float).alias("x"))
        missing = mine.height - kept.height
        note = f"{kept.height} estimates" + (f", {missing} without a value" if missing else "")
        made.append(
            Panel(
                title=panel,
                x=Axis(label="Rank"),
                y=Axis(label=y_label, unit=y_unit, scale=scale),
                marks=_ranked(ranks, scale),
                note=note,
            )
        )
    return View(
        name=name, title=title, caption=caption, panels=tuple(made), columns=columns, width=width,
        groups=tuple(in_order(groups, [given], "group")), group_title=group_title,
    )  # fmt: skip


def _ranked(ranks: pl.DataFrame, scale: str) -> tuple[Mark, ...]:
    """Points for estimates, arrows for bounds."""
    values = ranks.get_column("value").cast(float)
    points = ranks.filter(pl.col("bound") == "=")
    beyond = ranks.filter(pl.col("bound") != "=")
    up = pl.col("bound") == ">"
    if scale == "log10":
        tip = pl.col("value") * pl.when(up).then(1.5).otherwise(1 / 1.5)
    else:
        size = 0.08 * (float(values.max() or 0) - float(values.min() or 0))  # type: ignore[arg-type]
        tip = pl.col("value") + pl.when(up).then(size).otherwise(-size)
    arrows = beyond.select(
        "x", pl.col("value").alias("y"), pl.col("x").alias("x2"), tip.alias("y2"), "group"
    )
    marks = (
        Mark(
            kind="points", frame=points.select("x", pl.col("value").alias("y"), "group", "row_id")
        ),
        Mark(kind="arrow", frame=arrows, label="bound"),
    )
    return tuple(m for m in marks if m.frame.height)
