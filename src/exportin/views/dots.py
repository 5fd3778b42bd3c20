"""Dot plot: every unit, the mean with its interval, n, and brackets with exact p values."""

from collections.abc import Sequence
from dataclasses import replace
from math import log10
from typing import Any, Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, empty_if_none, in_order
from exportin.views.words import n_words, p_words

UNITS = "group value unit_id"
SUMMARY = "group value"
COMPARISONS = "group_a group_b p_value effect"
BESIDE = (-0.12, 0.3)  # points and, right of them, the interval, in widths of a category
LEVEL = 0.16  # height of one bracket with its words, of the range of the data
DROP = 0.02
MARGIN = 0.08


def dots_view(
    *,
    name: str,
    title: str,
    units: pl.DataFrame,
    summary: pl.DataFrame | None = None,
    comparisons: pl.DataFrame | None = None,
    y_label: str,
    y_unit: str = "",
    scale: Literal["linear", "log10"] = "linear",
    connect: bool = False,
    reference: float | None = None,
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    x_label: str = "",
    caption: str = "",
    note: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "single",
) -> View:
    """Show the value of every independent unit per group.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    units : polars.DataFrame
        A row per unit: ``group`` (text), ``value``, ``unit_id``; optional ``panel, hollow,
        row_id``.
    summary : polars.DataFrame, optional
        ``group, value``; optional ``panel`` and, as in Estimates, ``conf_low, conf_high,
        conf_open, n_units, interval_level``.
    comparisons : polars.DataFrame, optional
        A bracket each, as in Tests: ``group_a, group_b, p_value, effect``; optional ``panel,
        p_adjusted`` (shown instead of p_value) and the further columns of Tests.
    y_label, y_unit, x_label : str
        Words of the axes.
    scale : {"linear", "log10"}
        Scale of the values.
    connect : bool
        Join the values of one unit over groups by thin gray lines (paired or blocked designs).
    reference : float, optional
        A horizontal line.
    groups, panels : sequence of str
        Order of groups and panels.
    note : str
        Written under every panel, e.g. what the bars are.
    columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``.
    """
    dots = complete(units, "units", UNITS, "panel hollow row_id")
    means = complete(
        empty_if_none(summary, SUMMARY), "summary", SUMMARY,
        "panel conf_low conf_high conf_open n_units interval_level",
    )  # fmt: skip
    tests = complete(
        empty_if_none(comparisons, COMPARISONS), "comparisons", COMPARISONS,
        "panel p_adjusted effect_kind bound status conf_low conf_high conf_open",
    )  # fmt: skip
    order = in_order(groups, [dots, means], "group")
    y = _common_axis(Axis(label=y_label, unit=y_unit, scale=scale), dots, means, tests)
    made = []
    for panel in in_order(panels, [dots, means], "panel"):
        mine = [f.filter(panel=panel).drop("panel") for f in (dots, means, tests)]
        names = _with_n(order, mine[0], mine[1])
        x = Axis(label=x_label, scale="category", categories=tuple(names.values()))
        marks = _marks(mine, names, y, _extent(dots, means), connect=connect)
        made.append(Panel(title=panel, x=x, y=y, marks=marks, note=note, reference_y=reference))
    return View(
        name=name, title=title, caption=caption, panels=tuple(made), groups=tuple(order),
        columns=columns, width=width,
    )  # fmt: skip


def _with_n(order: Sequence[str], dots: pl.DataFrame, means: pl.DataFrame) -> dict[str, str]:
    """Group to category: its name with n under it; n is counted where no summary gives it."""
    stated = dict(means.select("group", "n_units").iter_rows())
    kept = dots.filter(~pl.col("hollow"), pl.col("value").is_not_null())
    counted = dict(kept.group_by("group").agg(pl.col("unit_id").n_unique()).iter_rows())
    counts = {g: stated.get(g) if stated.get(g) is not None else counted.get(g, 0) for g in order}
    return {g: f"{g}\n{n_words(counts[g])}" for g in order}


def _marks(
    frames: Sequence[pl.DataFrame],
    names: dict[str, str],
    y: Axis,
    whole: tuple[float, float],
    *,
    connect: bool,
) -> tuple[Mark, ...]:
    dots, means, tests = frames
    x = pl.col("group").replace_strict(names, return_dtype=pl.String).alias("x")
    if means.height and not connect:  # room for the interval beside the points
        left = {g: i + BESIDE[0] for i, g in enumerate(names)}
        x = pl.col("group").replace_strict(left, return_dtype=pl.Float64).alias("x")
    points = dots.select(x, pl.col("value").alias("y"), "group", "hollow", "row_id")
    places = {g: i + BESIDE[1] for i, g in enumerate(names)}
    interval = means.select(
        pl.col("group").replace_strict(places, return_dtype=pl.Float64).alias("x"),
        pl.col("value").cast(pl.Float64).alias("y"),
        pl.col("conf_low").alias("low"),
        pl.col("conf_high").alias("high"),
        "group",
        pl.col("conf_open").alias("open"),
        (pl.col("interval_level") == "within").alias("dashed"),
    )
    marks = (
        Mark(kind="line", frame=_joined(dots, names), label="same unit", faint=True)
        if connect
        else None,
        Mark(kind="points" if connect else "strip", frame=points, label="units"),
        Mark(kind="interval", frame=interval, label="mean and interval"),
        *_brackets(tests, list(names), (_extent(dots, means)[1], whole), y),
    )
    return tuple(m for m in marks if m is not None and m.frame.height)


def _joined(dots: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """One thin line per unit through its values, in the order of the groups."""
    rank = {g: i for i, g in enumerate(names)}
    at = pl.col("group").replace_strict(rank, return_dtype=pl.Float64)
    kept = dots.filter(~pl.col("hollow")).sort(at, "unit_id")
    return kept.select(at.alias("x"), pl.col("value").alias("y"), pl.col("unit_id").alias("curve"))


def _extent(dots: pl.DataFrame, means: pl.DataFrame) -> tuple[float, float]:
    columns = [dots.get_column("value"), *(means.get_column(c) for c in ("conf_low", "conf_high"))]
    values = pl.concat([c.cast(pl.Float64).drop_nulls() for c in columns])
    if not values.len():
        return 0.0, 1.0
    return float(values.min()), float(values.max())  # type: ignore[arg-type]


def _common_axis(y: Axis, dots: pl.DataFrame, means: pl.DataFrame, tests: pl.DataFrame) -> Axis:
    """One height axis for all panels, so that panels can be compared; brackets have room."""
    extent = _extent(dots, means)
    log = y.scale == "log10" and extent[0] > 0
    low, high = map(log10, extent) if log else extent
    size = (high - low) or abs(high) or 1.0
    most = max(tests.group_by("panel").len().get_column("len").to_list(), default=0)
    bottom, top = low - MARGIN * size, high + size * (MARGIN + LEVEL * most)
    if not log and extent[0] >= 0:
        bottom = min(0.0, low)
    return replace(y, low=10**bottom if log else bottom, high=10**top if log else top)


def _brackets(
    tests: pl.DataFrame,
    order: Sequence[str],
    extents: tuple[float, tuple[float, float]],
    y: Axis,
) -> tuple[Mark, ...]:
    """Brackets over the panel's data, short ones first, each with its p."""
    highest, whole = extents
    log = y.scale == "log10" and whole[0] > 0
    low, top, high = (log10(v) if log else v for v in (*whole, highest))
    size = (top - low) or abs(top) or 1.0
    lines, texts = [], []
    rows = sorted(tests.iter_rows(named=True), key=lambda r: _span(r, order))
    for i, row in enumerate(rows):
        a, b = sorted(float(order.index(row[k])) for k in ("group_a", "group_b"))
        height = high + size * (0.10 + LEVEL * i)
        foot = height - DROP * size
        corners = ((a, foot), (a, height), (b, height), (b, foot))
        lines += [(x, 10**v if log else v, str(i)) for x, v in corners]
        middle = height + 0.5 * LEVEL * size
        texts.append(((a + b) / 2, 10**middle if log else middle, comparison_words(row)))
    line = pl.DataFrame(lines, schema={"x": float, "y": float, "curve": str}, orient="row")
    schema = {"x": float, "y": float, "text": str}
    text = pl.DataFrame(texts, schema=schema, orient="row")
    return Mark(kind="line", frame=line, label="compared"), Mark(
        kind="text", frame=text, label="test"
    )


def _span(row: dict[str, Any], order: Sequence[str]) -> tuple[int, int]:
    a, b = sorted(order.index(row[k]) for k in ("group_a", "group_b"))
    return b - a, a


def comparison_words(row: dict[str, Any]) -> str:
    """Write p; the effect with its interval stands in the table of comparisons."""
    adjusted = row["p_adjusted"] is not None
    p = row["p_adjusted"] if adjusted else row["p_value"]
    return "not tested" if p is None else p_words(p, "adj. p" if adjusted else "p")
