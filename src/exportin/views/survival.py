"""Kaplan-Meier curves of animals or patients, with who is at risk under them."""

from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, ShapeName, View
from exportin.views.course import ALIKE, risk_mark, sentence
from exportin.views.frames import complete, empty_if_none, in_order
from exportin.views.time_axis import most_ticks, table_ticks, time_ticks

STEPS, CENSORED = "panel group x y", "panel group x y"
AT_RISK, MEDIANS = "panel group x n", "panel group value"
SHAPES: tuple[tuple[str, ShapeName], ...] = (("censored", "tick"),)
EDGE = 0.02  # free space after the last time, of the width
OVER = 4.0  # free space above 100 %


def survival_view(
    *,
    name: str,
    title: str,
    steps: pl.DataFrame,
    censored: pl.DataFrame | None = None,
    at_risk: pl.DataFrame | None = None,
    medians: pl.DataFrame | None = None,
    full: float = 1.0,
    y_label: str,
    y_unit: str = "%",
    x_label: str = "Day from first dose",
    x_unit: str = "d",
    risk_label: str = "At risk",
    conf_level: float = 0.95,
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    group_title: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show the share without an event over time, a step curve per group.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    steps : polars.DataFrame
        Curves: ``panel, group, x`` (time), ``y`` (share from ``x`` on); optional ``low, high``
        (limits, empty where there are none). Every curve starts at time 0 with all.
    censored : polars.DataFrame, optional
        Where somebody was last seen without an event: ``panel, group, x, y``; short ticks.
    at_risk : polars.DataFrame, optional
        ``panel, group, x, n``: the table under the axis; ticks are times of this table.
    medians : polars.DataFrame, optional
        ``panel, group, value``; thin dashed lines; empty: not reached, no line.
    full : float
        What all is: 1 if y is a fraction, 100 if y is in percent.
    y_label, y_unit, x_label, x_unit, risk_label : str
        Words of axes and table, e.g. "Animals below 1000 mm³"; ``x_unit`` months for patients.
    conf_level : float
        Level of the bands, written in the note.
    groups, panels : sequence of str
        Order of colors and of panels.
    notes : mapping of str to str, optional
        Note under a panel: the test, its p value, the hazard ratio with its interval.
    group_title, columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``; y is drawn in percent.

    Raises
    ------
    ValueError
        A share is below 0 or above ``full``: percent given as fractions or the other way round.

    Examples
    --------
    >>> km = pl.DataFrame({"panel": "M", "group": "drug", "x": [10.0, 20.0], "y": [0.5, 0.0]})
    >>> survival_view(name="s", title="", steps=km, y_label="Alive").panels[0].marks[0].frame.rows()
    [(0.0, 100.0, 'drug'), (10.0, 50.0, 'drug'), (20.0, 0.0, 'drug')]
    """
    curves = _percent(complete(steps, "steps", STEPS, "low high"), "steps", full)
    ticks_on = complete(empty_if_none(censored, CENSORED), "censored", CENSORED)
    ticks_on = _percent(ticks_on, "censored", full)
    risk = complete(_counts(at_risk), "at_risk", AT_RISK)
    middle = complete(empty_if_none(medians, MEDIANS), "medians", MEDIANS)
    curves = _whole(curves, ticks_on)
    order = in_order(groups, [curves, risk], "group")
    shown = in_order(panels, [curves, risk], "panel")
    x = _time_axis(
        Axis(label=x_label, unit=x_unit),
        [curves, ticks_on, risk],
        most_ticks(columns, len(shown), width),
    )
    y = Axis(
        label=y_label, unit=y_unit, low=0.0, high=100.0 + OVER, ticks=(0.0, 25.0, 50.0, 75.0, 100.0)
    )
    said = notes or {}
    frames = (curves, ticks_on, middle, risk)
    return View(
        name=name,
        title=title,
        caption=caption,
        groups=tuple(order),
        group_title=group_title,
        columns=columns,
        width=width,
        note=_note(curves, middle, conf_level),
        shapes=SHAPES,
        panels=tuple(
            Panel(
                title=panel,
                x=x,
                y=y,
                marks=_marks([f.filter(panel=panel) for f in frames], order, x, risk_label),
                note=_panel_note(said.get(panel, ""), _untouched(curves, panel, order)),
            )
            for panel in shown
        ),
    )


def _counts(at_risk: pl.DataFrame | None) -> pl.DataFrame:
    if at_risk is not None:
        return at_risk
    return pl.DataFrame(schema={"panel": str, "group": str, "x": float, "n": int})


def _percent(frame: pl.DataFrame, what: str, full: float) -> pl.DataFrame:
    """Shares in percent; refuses what cannot be a share of ``full``."""
    names = [n for n in ("y", "low", "high") if n in frame.columns]
    out = frame.with_columns(pl.col("x", *names).cast(pl.Float64).fill_nan(None))
    for name in names:
        known = out.get_column(name).drop_nulls()
        if known.len() and not known.is_between(-1e-9, full * (1 + 1e-9)).all():
            raise ValueError(
                f"{what}: column '{name}' has values outside 0 to {full:g}; "
                "give full = 1 for fractions, full = 100 for percent"
            )
    return out.with_columns(pl.col(names) * (100.0 / full))


def _whole(curves: pl.DataFrame, censored: pl.DataFrame) -> pl.DataFrame:
    """Let every curve start at time 0 with all, and reach to the last who was seen."""
    parts = []
    for (panel, group), part in curves.sort("x").group_by(["panel", "group"], maintain_order=True):
        here = {"panel": panel, "group": group}
        first = {**here, "x": 0.0, "y": 100.0, "low": None, "high": None}
        seen = censored.filter(panel=panel, group=group).get_column("x").drop_nulls()
        last = {**part.row(-1, named=True), "x": max([*seen.to_list(), part["x"][-1]])}
        rows = [*([first] if part["x"][0] > 0 else []), *part.iter_rows(named=True)]
        rows += [last] if last["x"] > part["x"][-1] else []
        parts.append(pl.DataFrame(rows, schema=curves.schema))
    return pl.concat(parts) if parts else curves


def _time_axis(axis: Axis, frames: Sequence[pl.DataFrame], most: int) -> Axis:
    found = [f.get_column("x").cast(pl.Float64).drop_nulls().to_list() for f in frames]
    high = max((v for column in found for v in column), default=1.0)
    known = found[-1]
    ticks = (
        table_ticks(known, 0.0, high, most, axis.unit)
        if known
        else time_ticks(0.0, high, most, axis.unit)
    )
    return Axis(
        label=axis.label, unit=axis.unit, low=-EDGE * high, high=(1 + EDGE) * high, ticks=ticks
    )


def _marks(
    frames: Sequence[pl.DataFrame], order: Sequence[str], x: Axis, risk_label: str
) -> tuple[Mark, ...]:
    curves, censored, middle, risk = frames
    ticks = censored.select("x", "y", "group", pl.lit("censored").alias("symbol"))
    marks = (
        Mark(kind="step", frame=curves.select("x", "y", "group"), label="Kaplan-Meier curve"),
        Mark(kind="band", frame=_stairs(curves), label="interval"),
        Mark(kind="line", frame=_to_median(middle), label="median", faint=True),
        Mark(kind="points", frame=ticks, label="censored"),
        _named_points(curves, order),
        risk_mark(risk, x.ticks, risk_label),
    )
    return tuple(mark for mark in marks if mark.frame.height)


def _stairs(curves: pl.DataFrame) -> pl.DataFrame:
    """Corners of the band: limits hold until the next time, as the curve does."""
    rows: list[tuple[float, float, float, str]] = []
    for (group,), part in curves.group_by(["group"], maintain_order=True):
        before: tuple[float, float] | None = None
        for row in part.iter_rows(named=True):
            if before is not None:
                rows.append((row["x"], *before, str(group)))
            has_both = row["low"] is not None and row["high"] is not None
            before = (row["low"], row["high"]) if has_both else None
            if before is not None:
                rows.append((row["x"], *before, str(group)))
    schema = {"x": float, "low": float, "high": float, "group": str}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _to_median(medians: pl.DataFrame) -> pl.DataFrame:
    """From 50 % across to the curve and down to its median."""
    rows = [
        (x, y, row["group"], True)
        for row in medians.drop_nulls("value").iter_rows(named=True)
        for x, y in ((0.0, 50.0), (row["value"], 50.0), (row["value"], 0.0))
    ]
    schema = {"x": float, "y": float, "group": str, "dashed": bool}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _named_points(curves: pl.DataFrame, order: Sequence[str]) -> Mark:
    """Markers on the steps where there are more groups than colors."""
    frame = curves.filter(pl.col("x") > 0).select("x", "y", "group")
    return Mark(kind="points", frame=frame if len(order) > ALIKE else frame.clear(), label="group")


def _panel_note(said: str, untouched: str) -> str:
    return f"{said}; {untouched}" if said and untouched else said or sentence((untouched,))


def _untouched(curves: pl.DataFrame, panel: str, order: Sequence[str]) -> str:
    """Name the groups without any event: their curves lie on each other."""
    lowest = curves.filter(panel=panel).group_by("group").agg(pl.col("y").min())
    whole = set(lowest.filter(pl.col("y") >= 100.0).get_column("group").to_list())
    return f"no event: {', '.join(g for g in order if g in whole)}" if whole else ""


def _note(curves: pl.DataFrame, medians: pl.DataFrame, conf_level: float) -> str:
    has_band = curves.get_column("low").drop_nulls().len() > 0
    parts = (
        f"bands: {100 * conf_level:g}% CI" if has_band else "",
        "dashed: median" if medians.get_column("value").drop_nulls().len() else "",
    )
    return sentence(parts)
