"""Compositions: parts of a whole as stacked bars, with a point per independent unit."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, in_order
from exportin.views.words import n_words

MEANS = "category part value"
UNITS = "category part value unit_id"
FULL = 100.0


def composition_view(
    *,
    name: str,
    title: str,
    means: pl.DataFrame,
    units: pl.DataFrame,
    parts: Sequence[str],
    y_label: str,
    categories: Sequence[str] = (),
    panels: Sequence[str] = (),
    unit_name: str = "experiments",
    caption: str = "",
    group_title: str = "",
    columns: int = 2,
    width: Literal["single", "double"] = "double",
) -> View:
    """Stack the mean parts of each group and mark where each unit's boundaries lie.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    means : polars.DataFrame
        ``category, part, value`` (percent); optional ``panel``. They are scaled to 100 together,
        since means of parts taken one by one need not add up.
    units : polars.DataFrame
        ``category, part, value, unit_id``; optional ``panel``.
    parts : sequence of str
        From bottom to top.
    y_label : str
        Words of the axis.
    categories, panels : sequence of str
        Order along x and of panels.
    unit_name : str
        What a point is, in the plural.
    group_title, columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``.
    """
    bars = complete(means, "means", MEANS, "panel").filter(pl.col("value").is_not_null())
    dots = complete(units, "units", UNITS, "panel").filter(pl.col("value").is_not_null())
    order = in_order(categories, [bars, dots], "category")
    made = []
    for panel in in_order(panels, [bars, dots], "panel"):
        mine = [frame.filter(panel=panel).drop("panel") for frame in (bars, dots)]
        counts = dict(mine[1].group_by("category").agg(pl.col("unit_id").n_unique()).iter_rows())
        names = {c: f"{c}\n{n_words(counts.get(c, 0))}" for c in order}
        x = Axis(label="", scale="category", categories=tuple(names.values()))
        bar, dot = _stacked(mine[0], parts, []), _stacked(mine[1], parts, ["unit_id"])
        said = pl.col("category").replace_strict(names, return_dtype=pl.String).alias("x")
        edges = dot.filter(pl.col("part") != parts[-1])
        marks = (
            Mark(kind="bar", frame=bar.select(said, "y", "base", pl.col("part").alias("group")),
                 label="mean"),
            Mark(kind="strip", label=unit_name, faint=False,
                 frame=edges.select(said, "y", pl.col("part").alias("group"))),
        )  # fmt: skip
        made.append(
            Panel(
                title=panel,
                x=x,
                y=Axis(label=y_label, unit="%", low=0.0, high=FULL),
                marks=tuple(mark for mark in marks if mark.frame.height),
            )
        )
    note = f"Bars: means. Points: upper edge of the part of that color in single {unit_name}."
    return View(
        name=name, title=title, caption=caption, panels=tuple(made), groups=tuple(parts),
        group_title=group_title, columns=columns, width=width, note=note,
    )  # fmt: skip


def _stacked(frame: pl.DataFrame, parts: Sequence[str], keys: list[str]) -> pl.DataFrame:
    """Scale the parts of each category (and unit) to 100 and give each its base and top."""
    by = ["category", *keys]
    rank = {part: i for i, part in enumerate(parts)}
    kept = frame.filter(pl.col("part").is_in(list(parts))).sort(
        *by, pl.col("part").replace_strict(rank, return_dtype=pl.Int64)
    )
    share = FULL * pl.col("value") / pl.col("value").sum().over(by)
    top = kept.with_columns(share.alias("share")).with_columns(
        pl.col("share").cum_sum().over(by).alias("y")
    )
    return top.with_columns((pl.col("y") - pl.col("share")).alias("base"))
