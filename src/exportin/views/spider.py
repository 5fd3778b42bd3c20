"""Spider plot: the change from baseline of every animal over days."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.course import (
    SHAPES,
    Course,
    animal_marks,
    animals_words,
    drawn,
    level_mark,
    risk_mark,
    time_axis,
)
from exportin.views.time_axis import number_ticks

FOOT = -100.0  # a tumor cannot shrink by more
LEVELS = (-50.0, 35.0)
ROOM = 0.04  # of the height, at both ends


def spider_view(
    *,
    name: str,
    title: str,
    animals: pl.DataFrame,
    ends: pl.DataFrame | None = None,
    at_risk: pl.DataFrame | None = None,
    levels: Sequence[float] = LEVELS,
    top: float | None = 300.0,
    x_label: str = "Day from first dose",
    x_unit: str = "d",
    y_label: str = "Change of volume from baseline",
    y_unit: str = "%",
    risk_label: str = "Animals measured",
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    group_title: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show the change of every animal from its baseline, a line each.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    animals : polars.DataFrame
        A row per visit: ``panel`` (model or arm), ``group`` (arm), ``animal``, ``x`` (day), ``y``
        (change in percent of the baseline); optional ``hollow, row_id``.
    ends, at_risk : polars.DataFrame, optional
        As in ``growth_view``.
    levels : sequence of float
        Dashed lines, such as the cuts of response categories.
    top : float, optional
        The axis ends here, so that shrinking tumors can be read; how many animals rise beyond it
        is written under the panel. None shows everything.
    x_label, x_unit, y_label, y_unit, risk_label : str
        Words of axes and table.
    groups, panels : sequence of str
        Order of colors and of panels.
    notes : mapping of str to str, optional
        Note under a panel, in place of n.
    group_title, columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``; axes are the same in all.

    Examples
    --------
    >>> days = pl.DataFrame({"panel": "M", "group": "drug", "animal": ["1", "1", "2", "2"],
    ...                      "x": [0, 7, 0, 7], "y": [0.0, 900.0, 0.0, -40.0]})
    >>> spider_view(name="s", title="", animals=days).panels[0].note
    'n = 2 animals; 1 rises beyond the axis'
    """
    course = Course.of(animals, None, ends, None, at_risk, groups=groups, panels=panels)
    x = time_axis(course, Axis(label=x_label, unit=x_unit), columns, width)
    low, high = _ends(course, levels, top)
    ticks = _ticks(low, high, levels)
    room = ROOM * (high - low)
    cut = top is not None and high == top
    edge = high + room * (not cut)
    y = Axis(label=y_label, unit=y_unit, low=low - room, high=edge, ticks=ticks)
    said = notes or {}
    made = []
    for panel in course.panels:
        mine = course.panel(panel)
        inside = Course.of(
            mine.animals, None, mine.ends.filter(pl.col("y") <= edge), groups=course.groups
        )
        marks = (
            level_mark(levels, x, label="level"),
            *(_below(mark, edge) for mark in animal_marks(inside)),
            risk_mark(mine.at_risk, x.ticks, risk_label),
        )
        count = "; ".join(p for p in (animals_words(mine), _beyond(mine, edge)) if p)
        note = said.get(panel, count)
        made.append(Panel(title=panel, x=x, y=y, reference_y=0.0, marks=drawn(marks), note=note))
    lines = ", ".join(f"{level:+g}%".replace("-", "−") for level in levels)
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=tuple(made),
        groups=course.groups,
        group_title=group_title,
        columns=columns,
        width=width,
        note=f"Lines: single animals; dashed: {lines}" if levels else "Lines: single animals",
        shapes=SHAPES,
    )


def _below(mark: Mark, edge: float) -> Mark:
    """Leave out markers of visits beyond the axis; their animals are counted in the note."""
    if mark.label != "visits":
        return mark
    return replace(mark, frame=mark.frame.filter(pl.col("y") <= edge))


def _ends(course: Course, levels: Sequence[float], top: float | None) -> tuple[float, float]:
    found = [*course.numbers("y"), *levels, 0.0]
    low, high = min(found), max(found)
    if low < 0.5 * FOOT:
        low = min(low, FOOT)
    return low, high if top is None else min(high, top)


def _ticks(low: float, high: float, levels: Sequence[float]) -> tuple[float, ...]:
    """Round numbers and the levels; round numbers give way."""
    apart = 0.06 * (high - low)
    fixed = [0.0]
    for level in levels:
        if min(abs(level - f) for f in fixed) >= apart:
            fixed.append(level)
    more = [t for t in number_ticks(low, high) if min(abs(t - f) for f in fixed) >= apart]
    return tuple(sorted([*fixed, *more]))


def _beyond(mine: Course, high: float) -> str:
    """Count the animals that leave the axis at its top."""
    kept = mine.animals.filter(~pl.col("hollow"), pl.col("y") > high)
    count = kept.select("group", "animal").unique().height
    return f"{count} rise{'s' * (count == 1)} beyond the axis" if count else ""
