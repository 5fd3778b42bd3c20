"""Mean volume with standard error over time, as papers draw it, while all animals are there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.course import (
    SHAPES,
    Course,
    dose_mark,
    dose_rows,
    drawn,
    risk_mark,
    sentence,
    time_axis,
)
from exportin.views.time_axis import number_ticks

MARGIN = 0.06  # free space above the highest bar, of its height


def growth_means_view(
    *,
    name: str,
    title: str,
    means: pl.DataFrame,
    ends: pl.DataFrame | None = None,
    doses: pl.DataFrame | None = None,
    at_risk: pl.DataFrame | None = None,
    bar_label: str = "SEM",
    x_label: str = "Day from first dose",
    x_unit: str = "d",
    y_label: str = "Mean tumor volume",
    y_unit: str = "mm³",
    risk_label: str = "Animals measured",
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show the mean volume of each arm on its visits, with bars, on a linear axis.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    means : polars.DataFrame
        ``panel, group, x`` (day), ``y`` (mean), ``low, high`` (ends of the bar, empty for one
        animal).
    ends : polars.DataFrame, optional
        Where a curve ends because an animal left: ``panel, group, x, y, removal``.
    doses, at_risk : polars.DataFrame, optional
        As in ``growth_view``.
    bar_label : str
        What the bars are.
    x_label, x_unit, y_label, y_unit, risk_label : str
        Words of axes and table.
    groups, panels : sequence of str
        Order of colors and of panels.
    notes : mapping of str to str, optional
        Note under a panel.
    columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``; axes are the same in all.

    Examples
    --------
    >>> days = pl.DataFrame({"panel": "M", "group": "vehicle", "x": [0.0, 7.0], "y": [150.0, 400.0],
    ...                      "low": [140.0, 350.0], "high": [160.0, 450.0]})
    >>> growth_means_view(name="g", title="", means=days).note
    'Symbols: means of visits; bars: SEM'
    """
    course = Course.of(None, means, ends, doses, at_risk, groups=groups, panels=panels)
    x = time_axis(course, Axis(label=x_label, unit=x_unit), columns, width)
    highs = course.means.get_column("high").drop_nulls().to_list()
    top = (1 + MARGIN) * max([*course.numbers("y"), *highs], default=1.0)
    high, rows = dose_rows(course, top, top)
    y = Axis(label=y_label, unit=y_unit)
    y = replace(y, low=0.0, high=high, ticks=number_ticks(0.0, top))
    said = notes or {}
    bars = bool(highs)
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=tuple(
            Panel(
                title=panel,
                x=x,
                y=y,
                marks=drawn(
                    (
                        *_marks(mine),
                        dose_mark(mine, rows),
                        risk_mark(mine.at_risk, x.ticks, risk_label),
                    )
                ),
                note=said.get(panel, ""),
            )
            for panel in course.panels
            for mine in [course.panel(panel)]
        ),
        groups=course.groups,
        columns=columns,
        width=width,
        note=sentence(("symbols: means of visits", f"bars: {bar_label}" if bars else "")),
        shapes=SHAPES,
    )


def _marks(mine: Course) -> tuple[Mark, ...]:
    means = mine.means.filter(pl.col("y").is_not_null()).sort("x")
    bars = means.filter(pl.col("low").is_not_null(), pl.col("high").is_not_null())
    ends = mine.ends.select("x", "y", "group", "symbol")
    return (
        Mark(kind="line", frame=means.select("x", "y", "group"), label="mean"),
        Mark(kind="interval", frame=bars.select("x", "y", "low", "high", "group"),
             label="bar", along="y", faint=True),
        Mark(kind="points", frame=means.select("x", "y", "group"), label="visits"),
        Mark(kind="points", frame=ends, label="first to leave"),
    )  # fmt: skip
