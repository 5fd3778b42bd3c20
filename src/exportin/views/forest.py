"""Forest plot: a row per model and treatment, the interval, and the numbers in words."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, empty_if_none, in_order
from exportin.views.words import bound_words, estimate_words

ESTIMATES = "row value"
LIMITS = "group conf_low conf_high conf_open bound n_units interval_level status scale"
UNITS = "row value"
BEHIND = 0.24  # the units of a row lie a little under its estimate
REACH = 0.10  # length of a bound's arrow, of the width of the axis
WIDEST = 1.5  # intervals may stretch the axis by so many decades beyond the estimates


def forest_view(
    *,
    name: str,
    title: str,
    estimates: pl.DataFrame,
    units: pl.DataFrame | None = None,
    x_label: str,
    x_unit: str = "",
    scale: Literal["log10", "linear"] = "log10",
    reference: float | None = None,
    rows: Sequence[str] = (),
    groups: Sequence[str] = (),
    unit_name: str = "experiments",
    conf_level: float = 0.95,
    caption: str = "",
    group_title: str = "",
    width: Literal["single", "double"] = "double",
) -> View:
    """Show estimates side by side with their intervals, bounds and n.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    estimates : polars.DataFrame
        A drawn row each: ``row`` (text, e.g. the model), ``value`` (empty: the status is written);
        optional ``group`` (color, e.g. the treatment) and, as in Estimates, ``conf_low, conf_high,
        conf_open, bound, n_units, interval_level, status, scale``.
    units : polars.DataFrame, optional
        Small points behind: ``row, value``; optional ``group, unit_id, hollow, bound, row_id``.
        Units that are bounds are drawn as arrows.
    x_label, x_unit : str
        What the numbers are, and their unit.
    scale : {"log10", "linear"}
        Scale of the axis; ratios and concentrations belong on log10.
    reference : float, optional
        A vertical line, e.g. 1 for ratios.
    rows, groups : sequence of str
        Order of rows and of colors.
    unit_name : str
        What n counts, in the plural.
    conf_level : float
        Level of the intervals, written in the note.
    group_title, width
        As in ``View``.

    Returns
    -------
    View
        One panel, rows from top to bottom.
    """
    pooled = complete(estimates, "estimates", ESTIMATES, LIMITS)
    pooled = pooled.with_columns(pl.col("scale").fill_null(scale))
    behind = complete(
        empty_if_none(units, UNITS), "units", UNITS, "group unit_id hollow bound row_id"
    )
    order = in_order(groups, [pooled, behind], "group")
    named, names = _name_rows(pooled, behind, in_order(rows, [pooled, behind], "row"), order)
    x = _axis(named[0], named[1], x_label, x_unit, scale)
    panel = Panel(
        title="",
        x=x,
        y=Axis(label="", scale="category", categories=tuple(names)),
        marks=tuple(m for m in _marks(*named, names, x) if m.frame.height),
        reference_x=reference,
        note=f"Bars: {100 * conf_level:g}% confidence interval; n: {unit_name}"
        + ("; small: single " + unit_name if behind.height else ""),
    )
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=(panel,),
        groups=tuple(order),
        group_title=group_title,
        columns=1,
        width=width,
    )


def _name_rows(
    pooled: pl.DataFrame, behind: pl.DataFrame, rows: Sequence[str], order: Sequence[str]
) -> tuple[tuple[pl.DataFrame, pl.DataFrame], list[str]]:
    """Name each row by what tells it apart: row, group or both; column ``y``."""
    several = pooled.get_column("group").n_unique() > 1
    both = several and len(rows) > 1 and pooled.get_column("row").is_duplicated().any()
    only_group = several and len(rows) == 1
    label = pl.col("row")
    if both:
        label = pl.format("{}, {}", "row", "group")
    elif only_group:
        label = pl.col("group")
    frames = tuple(
        f.with_columns(pl.Series("y", f.select(label).to_series())) for f in (pooled, behind)
    )
    present = {(r, g): y for r, g, y in frames[0].select("row", "group", "y").iter_rows()}
    present |= {(r, g): y for r, g, y in frames[1].select("row", "group", "y").iter_rows()}
    wanted = [present[r, g] for r in rows for g in (*order, None) if (r, g) in present]
    return (frames[0], frames[1]), list(dict.fromkeys(wanted))


def _axis(pooled: pl.DataFrame, behind: pl.DataFrame, label: str, unit: str, scale: str) -> Axis:
    """Axis around estimates and units; far limits end in an arrowhead at its edge."""
    if scale != "log10":
        return Axis(label=label, unit=unit)
    core = pl.concat(
        [pooled.get_column("value").cast(float), behind.get_column("value").cast(float)]
    )
    core = core.filter((core > 0).fill_null(value=False))
    if not core.len():
        return Axis(label=label, unit=unit, scale="log10")
    low, high = float(core.min()), float(core.max())  # type: ignore[arg-type]
    ends = pl.concat([pooled.get_column(c).cast(float) for c in ("conf_low", "conf_high")])
    ends = ends.filter((ends > 0).fill_null(value=False))
    if ends.len():
        low = min(low, max(float(ends.min()), low / 10**WIDEST))  # type: ignore[arg-type]
        high = max(high, min(float(ends.max()), high * 10**WIDEST))  # type: ignore[arg-type]
    room = max((high / low) ** (1.8 * REACH), 1.5)
    kinds = {*pooled.get_column("bound").to_list(), *behind.get_column("bound").to_list()}
    return Axis(
        label=label,
        unit=unit,
        scale="log10",
        low=low / (room if "<" in kinds else 1.3),
        high=high * (room if ">" in kinds else 1.3),
    )


def _marks(
    pooled: pl.DataFrame, behind: pl.DataFrame, names: Sequence[str], x: Axis
) -> tuple[Mark, ...]:
    exact = pl.col("bound") == "="
    known = pooled.filter(exact, pl.col("value").is_not_null())
    interval = known.select(
        pl.lit(None, dtype=pl.Float64).alias("x"),  # the estimate is a marker of its own
        "y",
        pl.col("conf_low").alias("low"),
        pl.col("conf_high").alias("high"),
        "group",
        pl.col("conf_open").alias("open"),
        (pl.col("interval_level") == "within").alias("dashed"),
    ).filter(pl.any_horizontal(pl.col("low", "high").is_not_null()) | (pl.col("open") != "none"))
    places = {name: i + BEHIND for i, name in enumerate(names)}
    lower = behind.with_columns(pl.col("y").replace_strict(places, return_dtype=pl.Float64))
    small = lower.filter(exact).select(pl.col("value").alias("x"), "y", "group", "hollow", "row_id")
    words = [
        (1.0, r["y"], estimate_words(r, x.unit), "margin") for r in pooled.iter_rows(named=True)
    ]
    text = {"x": float, "y": str, "text": str, "align": str}
    return (
        Mark(kind="points", frame=small, label="single units", faint=True),
        _arrows(lower.filter(~exact), x, faint=True),
        Mark(kind="interval", frame=interval, label="confidence interval"),
        Mark(
            kind="points",
            frame=known.select(pl.col("value").alias("x"), "y", "group"),
            label="estimate",
        ),
        _arrows(pooled.filter(~exact), x, faint=False),
        _bound_words(pooled.filter(~exact), x),
        Mark(kind="text", frame=pl.DataFrame(words, schema=text, orient="row"), label="numbers"),
    )


def _step(rows: pl.DataFrame) -> float:
    """Give a length that can be seen beside the numbers, for a bound at zero.

    >>> _step(pl.DataFrame({"value": [0.0, -20.0]})), _step(pl.DataFrame({"value": [0.0]}))
    (2.0, 1.0)
    """
    most = rows.select(pl.col("value").abs().max()).item()
    return 0.1 * most if most else 1.0


def _reach(x: Axis) -> float:
    if x.low is None or x.high is None:
        return 1.5
    return float((x.high / x.low) ** REACH)


def _arrows(rows: pl.DataFrame, x: Axis, *, faint: bool) -> Mark:
    """From the bound towards where the value lies."""
    rows = rows.filter(pl.col("value").is_not_null())
    reach = _reach(x)
    up, down = (pl.col("value") * factor for factor in (reach, 1 / reach))
    if x.scale != "log10":  # numbers may be zero or below
        step = (reach - 1.0) * pl.max_horizontal(pl.col("value").abs(), pl.lit(_step(rows)))
        up, down = pl.col("value") + step, pl.col("value") - step
    end = pl.when(pl.col("bound") == ">").then(up).otherwise(down)
    frame = rows.select(
        pl.col("value").alias("x"),
        "y",
        end.alias("x2"),
        pl.col("y").alias("y2"),
        "group",
    )
    return Mark(kind="arrow", frame=frame, label="bound", faint=faint)


def _bound_words(rows: pl.DataFrame, x: Axis) -> Mark:
    """Write '> 2000 nM' on the side of the arrow that is free."""
    schema = {"x": float, "y": str, "text": str, "group": str, "align": str}
    words = [
        (_beside(r["value"], -1, x), r["y"], bound_words(r, x.unit), r["group"], "right")
        if r["bound"] == ">"
        else (_beside(r["value"], 1, x), r["y"], bound_words(r, x.unit), r["group"], "left")
        for r in rows.iter_rows(named=True)
        if r["value"] is not None
    ]
    return Mark(kind="text", frame=pl.DataFrame(words, schema=schema, orient="row"), label="bound")


def _beside(value: float, side: int, x: Axis) -> float:
    return value * 1.1**side if x.scale == "log10" else value + side * 0.1 * abs(value)
