"""Dose-response figure: a panel per model, a color per treatment, a shape per experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.curve_strip import ARROW, strip_height, strip_marks
from exportin.views.frames import complete, empty_if_none, in_order

POINTS = "panel group unit_id x y"
CURVES = "panel group x y"
ESTIMATES = "panel group value"
LIMITS = "conf_low conf_high conf_open bound n_units interval_level status scale"
TOP = 120.0  # the axis reaches at least as high, in % of vehicle
MARGIN = 1.3  # free space beside the doses, as a factor


def curve_view(
    *,
    name: str,
    title: str,
    points: pl.DataFrame,
    curves: pl.DataFrame | None = None,
    estimates: pl.DataFrame | None = None,
    x_unit: str,
    x_label: str = "Dose",
    y_label: str = "Viability",
    y_unit: str = "% of vehicle",
    estimate_label: str = "IC50",
    half: float | None = 50.0,
    full: float = 100.0,
    unit_name: str = "experiments",
    conf_level: float = 0.95,
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    group_title: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show measured responses, fitted curves and the pooled potency with its interval.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    points : polars.DataFrame
        A row per dose and unit: ``panel, group, unit_id`` (text), ``x`` (dose in ``x_unit``; 0 is
        drawn left of the lowest dose), ``y`` (in ``y_unit``); optional ``hollow, row_id``.
    curves : polars.DataFrame, optional
        Fitted lines: ``panel, group, x, y``; optional ``low, high`` (band), ``curve`` (one line
        each), ``dashed`` (beyond the data).
    estimates : polars.DataFrame, optional
        A row per panel and group: ``panel, group, value`` (in ``x_unit``); optional, as in
        Estimates: ``conf_low, conf_high, conf_open, bound, n_units, interval_level, status,
        scale``.
    x_unit, x_label, y_label, y_unit, estimate_label : str
        Words of the axes; ``estimate_label`` names what the strip under the curves shows.
    half : float, optional
        Height of the thin horizontal line.
    full : float
        What the vehicle has: 100 if y is in percent, 1 if it is a fraction.
    unit_name : str
        What n counts, in the plural.
    conf_level : float
        Level of the intervals, written in the note.
    groups, panels : sequence of str
        Order of colors and of panels; what they do not name follows in natural order.
    notes : mapping of str to str, optional
        Note under a panel, in place of n.
    group_title, columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``.
    """
    dots = complete(points, "points", POINTS, "hollow row_id")
    lines = complete(empty_if_none(curves, CURVES), "curves", CURVES, "low high curve dashed")
    pooled = complete(empty_if_none(estimates, ESTIMATES), "estimates", ESTIMATES, LIMITS)
    pooled = pooled.with_columns(pl.col("scale").fill_null("log10"))
    order = in_order(groups, [dots, lines, pooled], "group")
    strip = strip_height(order) if pooled.height else 4.0
    axes = (
        _dose_axis(Axis(label=x_label, unit=x_unit, scale="log10"), dots, lines, pooled),
        _response_axis(Axis(label=y_label, unit=y_unit), dots, strip, full),
    )
    shown = in_order(panels, [dots, lines, pooled], "panel")
    said = notes or {}
    return View(
        name=name,
        title=title,
        caption=caption,
        groups=tuple(order),
        group_title=group_title,
        columns=columns,
        width=width,
        panels=tuple(
            Panel(
                title=panel,
                x=axes[0],
                y=axes[1],
                reference_y=half,
                marks=(
                    *_curves(dots.filter(panel=panel), lines.filter(panel=panel)),
                    *strip_marks(pooled.filter(panel=panel), order, axes, full),
                ),
                note=said.get(
                    panel, _note(pooled.filter(panel=panel), unit_name, estimate_label, conf_level)
                ),
            )
            for panel in shown
        ),
    )


def _dose_axis(axis: Axis, dots: pl.DataFrame, lines: pl.DataFrame, pooled: pl.DataFrame) -> Axis:
    """Dose axis that all panels share, with room for the arrows of bounds."""
    x = pl.concat([dots.get_column("x").cast(float), lines.get_column("x").cast(float)])
    doses = x.filter((x > 0).fill_null(value=False)).to_list() or [1.0, 1000.0]
    low, high = min(doses), max(doses)
    room = max((high / low) ** (1.6 * ARROW), MARGIN)
    kinds = set(pooled.get_column("bound").to_list())
    return replace(
        axis,
        low=low / (room if "<" in kinds else MARGIN),
        high=high * (room if ">" in kinds else MARGIN),
    )


def _response_axis(axis: Axis, dots: pl.DataFrame, strip: float, full: float) -> Axis:
    """Response axis that all panels share; the strip of the estimates lies under the curves."""
    percent = full / 100
    y = dots.get_column("y").cast(float).drop_nulls().to_list()
    top = max(TOP * percent, 1.04 * max(y, default=0.0))
    steps = (s * percent for s in (25.0, 50.0, 100.0, 200.0, 500.0, 1000.0))
    step = next((s for s in steps if top / s <= 6), top)
    ticks = tuple(step * i for i in range(int(top / step + 1e-9) + 1))
    return replace(axis, low=min([0.0, *y]) - strip * percent, high=top, ticks=ticks)


def _curves(dots: pl.DataFrame, lines: pl.DataFrame) -> list[Mark]:
    points = dots.select("x", "y", "group", pl.col("unit_id").alias("symbol"), "hollow", "row_id")
    band = lines.filter(pl.col("low").is_not_null(), pl.col("high").is_not_null())
    marks = (
        Mark(kind="band", frame=band.select("x", "low", "high", "group", "curve"), label="band"),
        Mark(kind="line", frame=lines.select("x", "y", "group", "curve", "dashed"), label="fit"),
        Mark(kind="points", frame=points, label="mean of one unit"),
    )
    return [mark for mark in marks if mark.frame.height]


def _note(pooled: pl.DataFrame, unit_name: str, label: str, conf_level: float) -> str:
    """N per treatment, short if it is the same for all."""
    known = pooled.filter(pl.col("n_units").is_not_null())
    counts = known.get_column("n_units").unique().to_list()
    if not counts:
        return ""
    levels = set(known.get_column("interval_level").drop_nulls())
    technical = counts == [1] and levels == {"within"}
    what = f"Bars: {label}, {100 * conf_level:g}% {'technical interval' if technical else 'CI'}"
    if counts == [1]:
        return f"{what}, n = 1"
    if len(counts) == 1:
        return f"{what}, n = {counts[0]} {unit_name}"
    each = ", ".join(f"{r['group']} {r['n_units']}" for r in known.iter_rows(named=True))
    return f"{what}, n ({unit_name}): {each}"
