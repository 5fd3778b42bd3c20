"""Body weights in percent of a reference day, with the losses that stop a study."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.course import (
    SHAPES,
    Course,
    Rows,
    animal_marks,
    animals_words,
    dose_mark,
    dose_rows,
    drawn,
    level_mark,
    mean_marks,
    risk_mark,
    sentence,
    time_axis,
)
from exportin.views.time_axis import number_ticks

LOSSES = (10.0, 15.0, 20.0)
WHOLE = 100.0
MARGIN = 2.0  # free space below and above, in % of the reference day
APART = 4.0  # ticks nearer than this would touch


def weight_view(
    *,
    name: str,
    title: str,
    animals: pl.DataFrame | None = None,
    means: pl.DataFrame | None = None,
    ends: pl.DataFrame | None = None,
    doses: pl.DataFrame | None = None,
    at_risk: pl.DataFrame | None = None,
    losses: Sequence[float] = LOSSES,
    x_label: str = "Day from first dose",
    x_unit: str = "d",
    y_label: str = "Body weight",
    y_unit: str = "% of day 0",
    mean_label: str = "mean",
    conf_level: float = 0.95,
    risk_label: str = "Animals weighed",
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    group_title: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show the body weight of every animal in percent, the mean of each arm, and doses.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    animals, means, ends, doses, at_risk : polars.DataFrame, optional
        As in ``growth_view``; ``y`` is the weight in percent of the reference day.
    losses : sequence of float
        Losses in percent; each gets a dashed line at 100 minus the loss.
    x_label, x_unit, y_label, y_unit, mean_label, risk_label : str
        Words of axes, thick lines and table.
    conf_level : float
        Level of the bands, written in the note.
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
    >>> days = pl.DataFrame({"panel": "M", "group": "drug", "animal": "1", "x": [0, 7],
    ...                      "y": [100.0, 88.0]})
    >>> weight_view(name="w", title="", animals=days).panels[0].y.ticks
    (80.0, 85.0, 90.0, 95.0, 100.0)
    """
    course = Course.of(animals, means, ends, doses, at_risk, groups=groups, panels=panels)
    x = time_axis(course, Axis(label=x_label, unit=x_unit), columns, width)
    y, rows = _weight_axis(course, Axis(label=y_label, unit=y_unit), losses)
    said = notes or {}
    made = []
    for panel in course.panels:
        mine = course.panel(panel)
        made.append(
            Panel(
                title=panel,
                x=x,
                y=y,
                reference_y=WHOLE,
                marks=_marks(mine, x, rows, (losses, risk_label)),
                note=said.get(panel, animals_words(mine)),
            )
        )
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=tuple(made),
        groups=course.groups,
        group_title=group_title,
        columns=columns,
        width=width,
        note=_note(course, losses, mean_label, conf_level),
        shapes=SHAPES,
    )


def _marks(
    mine: Course, x: Axis, rows: Rows, said: tuple[Sequence[float], str]
) -> tuple[Mark, ...]:
    losses, risk_label = said
    return drawn(
        (
            level_mark([WHOLE - loss for loss in losses], x, label="loss of body weight"),
            *animal_marks(mine),
            *mean_marks(mine, x.ticks),
            dose_mark(mine, rows),
            risk_mark(mine.at_risk, x.ticks, risk_label),
        )
    )


def _weight_axis(course: Course, axis: Axis, losses: Sequence[float]) -> tuple[Axis, Rows]:
    """Axis of weights that all panels share, with room for the rows of dose days on top."""
    levels = [WHOLE - loss for loss in losses]
    found = [*course.numbers("y"), *levels, WHOLE]
    low, top = min(found) - MARGIN, max(found) + MARGIN
    high, rows = dose_rows(course, top, top - low)
    fixed = [*levels, WHOLE]
    apart = max(APART, 0.05 * (top - low))
    more = [t for t in number_ticks(low, top) if min(abs(t - f) for f in fixed) >= apart]
    return replace(axis, low=low, high=high, ticks=tuple(sorted([*fixed, *more]))), rows


def _note(course: Course, losses: Sequence[float], mean: str, conf_level: float) -> str:
    """Say what lines and bands are."""
    has_band = course.means.get_column("low").drop_nulls().len() > 0
    band = f" with {100 * conf_level:g}% CI" if has_band else ""
    both = bool(course.animals.height and course.means.height)
    levels = ", ".join(f"−{loss:g}%" for loss in sorted(losses))
    parts = (
        "Thin: single animals" if both else "",
        f"{'thick' if both else 'lines'}: {mean}{band}" if course.means.height else "",
        "dashed curves: beyond the data" if course.means.get_column("dashed").any() else "",
        f"dashed gray lines: {levels}" if losses else "",
    )
    return sentence(parts)
