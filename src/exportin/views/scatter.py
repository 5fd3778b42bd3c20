"""Scatter: one result against another, a point per model; intervals both ways, bounds as arrows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log10
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, in_order

POINTS = "name x y"
OPTIONAL = {
    "low": pl.lit(None, dtype=pl.Float64),
    "high": pl.lit(None, dtype=pl.Float64),
    "open": pl.lit("none"),
    "bound": pl.lit("="),
}
ARROW = 0.12  # length of a bound's arrow, of the width of the axis
ROOM = 0.12  # free space beside the outermost point, of the range
ASIDE, ABOVE = 0.012, 0.035  # names stand right of and above their points, of the ranges
Scale = Literal["linear", "log10"]


@dataclass(frozen=True, slots=True)
class Ends:
    """An axis and the step that is one whole width of it (decades on a log scale)."""

    axis: Axis
    width: float

    def beyond(self, value: float, bound: str) -> float:
        """Give the place where the arrow of a bound ends."""
        return self.beside(value, ARROW if bound == ">" else -ARROW)

    def beside(self, value: float, step: float) -> float:
        """Give the place a step, in widths of the axis, away from a value."""
        far = step * self.width
        return float(value * 10.0**far) if self.axis.scale == "log10" else value + far


def scatter_view(
    *,
    name: str,
    title: str,
    points: pl.DataFrame,
    x_label: str,
    y_label: str,
    x_unit: str = "",
    y_unit: str = "",
    x_scale: Scale = "linear",
    y_scale: Scale = "linear",
    notes: dict[str, str] | None = None,
    panels: Sequence[str] = (),
    groups: Sequence[str] = (),
    conf_level: float = 0.95,
    caption: str = "",
) -> View:
    """Show whether two results go together.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    points : polars.DataFrame
        A row per model: ``name, x, y``; optional ``panel, group`` and, for either axis,
        ``x_low, x_high, x_open, x_bound`` with the words of Estimates. A bound is drawn as an arrow
        towards where the value lies; rows without x or y are left out.
    x_label, y_label, x_unit, y_unit, x_scale, y_scale
        What the axes show.
    notes : dict, optional
        Panel to the words under it, e.g. n, tau and p.
    panels, groups
        Their order.
    conf_level : float
        Level of the intervals.

    Returns
    -------
    View
        One panel per value of ``panel``, all with the same axes.
    """
    known = _complete(points).filter(pl.col("x").is_not_null(), pl.col("y").is_not_null())
    x = _ends(known, "x", Axis(label=x_label, unit=x_unit, scale=x_scale))
    y = _ends(known, "y", Axis(label=y_label, unit=y_unit, scale=y_scale))
    made = []
    for panel in in_order(panels, [known], "panel"):
        mine = known.filter(pl.col("panel") == panel)
        note = (notes or {}).get(panel, f"n = {mine.height}")
        marks = tuple(mark for mark in _marks(mine, x, y) if mark.frame.height)
        made.append(Panel(title=panel, x=x.axis, y=y.axis, marks=marks, note=note))
    lines = f"Lines: {100 * conf_level:g}% confidence interval"
    arrows = known.select((pl.col("x_bound") != "=").any() | (pl.col("y_bound") != "=").any())
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=tuple(made),
        groups=tuple(in_order(groups, [known], "group")),
        note=lines + ("; arrows: only a bound is known" if known.height and arrows.item() else ""),
        columns=2,
        width="double" if len(made) > 1 else "single",
    )


def _complete(points: pl.DataFrame) -> pl.DataFrame:
    own = {f"{axis}_{end}": default for axis in ("x", "y") for end, default in OPTIONAL.items()}
    filled = points.with_columns(
        default.alias(name) for name, default in own.items() if name not in points.columns
    )
    rest = complete(filled, "points", f"{POINTS} {' '.join(own)}", "panel group")
    return rest.with_columns(pl.col("panel").fill_null(""))


def _ends(known: pl.DataFrame, side: str, axis: Axis) -> Ends:
    """Make an axis that holds all points and their limits, with room for arrows and names."""
    names = [side, f"{side}_low", f"{side}_high"]
    values = pl.concat([known.get_column(name).cast(pl.Float64) for name in names]).drop_nulls()
    log = axis.scale == "log10"
    if log:
        values = values.filter(values > 0.0)
    if not values.len():
        return Ends(axis, 1.0)
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    low, high = (log10(low), log10(high)) if log else (low, high)
    size = (high - low) or abs(high) or 1.0
    ends = (low - ROOM * size, high + ROOM * size)
    if log:
        ends = (10.0 ** ends[0], 10.0 ** ends[1])
    return Ends(replace(axis, low=ends[0], high=ends[1]), size)


def _marks(mine: pl.DataFrame, x: Ends, y: Ends) -> tuple[Mark, ...]:
    return (
        _interval(mine, "x"),
        _interval(mine, "y"),
        _arrows(mine, x, y),
        Mark(kind="points", frame=mine.select("x", "y", "group"), label="models"),
        Mark(
            kind="text",
            frame=mine.select(
                pl.Series("x", [x.beside(v, ASIDE) for v in mine["x"]], dtype=pl.Float64),
                pl.Series("y", [y.beside(v, ABOVE) for v in mine["y"]], dtype=pl.Float64),
                pl.col("name").alias("text"),
                "group",
                pl.lit("left").alias("align"),
            ),
            label="names",
        ),
    )


def _interval(mine: pl.DataFrame, side: Literal["x", "y"]) -> Mark:
    """Lines along one axis; what is only a bound has none."""
    some = pl.any_horizontal(pl.col(f"{side}_low", f"{side}_high").is_not_null())
    none = pl.lit(None, dtype=pl.Float64).alias(side)  # the point is a marker of its own
    frame = mine.filter(pl.col(f"{side}_bound") == "=", some).with_columns(none)
    frame = frame.select(
        "x", "y", pl.col(f"{side}_low").alias("low"), pl.col(f"{side}_high").alias("high"),
        "group", pl.col(f"{side}_open").alias("open"),
    )  # fmt: skip
    return Mark(kind="interval", frame=frame, label=f"interval of {side}", along=side)


def _arrows(mine: pl.DataFrame, x: Ends, y: Ends) -> Mark:
    rows = []
    for row in mine.iter_rows(named=True):
        for side, ends in (("x", x), ("y", y)):
            if row[f"{side}_bound"] != "=":
                at = {"x2": row["x"], "y2": row["y"]}
                at[f"{side}2"] = ends.beyond(row[side], row[f"{side}_bound"])
                rows.append({"x": row["x"], "y": row["y"], **at, "group": row["group"]})
    schema = {"x": float, "y": float, "x2": float, "y2": float, "group": str}
    return Mark(kind="arrow", frame=pl.DataFrame(rows, schema=schema), label="bound")
