"""Tumor volumes: a panel per model, a thin line per animal, a thick one per arm."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log10
from typing import Literal, NamedTuple

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
    mean_marks,
    risk_mark,
    sentence,
    time_axis,
)
from exportin.views.time_axis import log_ticks, number_ticks

MARGIN = 0.04  # free space below and above the volumes, of their range
ZERO_ROOM = 0.9  # decades that a place for 0 takes on a log axis


class Height(NamedTuple):
    """The axis of volumes and the heights of the rows of dose days, by arm."""

    axis: Axis
    rows: Rows


def growth_view(
    *,
    name: str,
    title: str,
    animals: pl.DataFrame | None = None,
    means: pl.DataFrame | None = None,
    ends: pl.DataFrame | None = None,
    doses: pl.DataFrame | None = None,
    at_risk: pl.DataFrame | None = None,
    threshold: float | None = None,
    scale: Literal["log10", "linear"] = "log10",
    x_label: str = "Day from first dose",
    x_unit: str = "d",
    y_label: str = "Tumor volume",
    y_unit: str = "mm³",
    mean_label: str = "model mean",
    conf_level: float = 0.95,
    risk_label: str = "Animals measured",
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    group_title: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show the volumes of every animal, the mean curve of each arm, doses and who left when.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    animals : polars.DataFrame, optional
        A row per visit: ``panel`` (model), ``group`` (arm), ``animal`` (text), ``x`` (day), ``y``
        (volume; 0 is drawn below a break of the log axis); optional ``hollow`` (excluded rows,
        drawn open and not joined), ``row_id``. Left out in an overview of many models.
    means : polars.DataFrame, optional
        Mean curves: ``panel, group, x, y``; optional ``low, high`` (band), ``dashed`` (beyond the
        data).
    ends : polars.DataFrame, optional
        Where an animal left: ``panel, group, x, y, removal`` (tumor_limit, toxicity, found_dead,
        planned_harvest, end or empty); removal gives the symbol.
    doses : polars.DataFrame, optional
        Dose days: ``group, x``; optional ``panel`` (all panels without it). Triangles at the top.
    at_risk : polars.DataFrame, optional
        Animals still measured: ``panel, group, x, n``; written under the ticks. Ticks are whole
        weeks if ``x`` has them, otherwise days that ``x`` has.
    threshold : float, optional
        A thin horizontal line at this volume.
    scale : {"log10", "linear"}
        Scale of the volumes.
    x_label, x_unit, y_label, y_unit, mean_label, risk_label : str
        Words of axes, thick lines and table.
    conf_level : float
        Level of the bands, written in the note.
    groups, panels : sequence of str
        Order of colors and of panels; what they do not name follows in natural order.
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
    >>> days = pl.DataFrame({"panel": "M", "group": "vehicle", "animal": "1", "x": [0, 7],
    ...                      "y": [150.0, 400.0]})
    >>> growth_view(name="g", title="", animals=days).panels[0].note
    'n = 1 animal'
    """
    course = Course.of(animals, means, ends, doses, at_risk, groups=groups, panels=panels)
    x = time_axis(course, Axis(label=x_label, unit=x_unit), columns, width)
    y = _volume_axis(course, Axis(label=y_label, unit=y_unit, scale=scale), threshold)
    said = notes or {}
    made = []
    for panel in course.panels:
        mine = course.panel(panel)
        made.append(
            Panel(
                title=panel,
                x=x,
                y=y.axis,
                reference_y=threshold,
                marks=_marks(mine, x, y.rows, risk_label),
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
        note=_note(course, y.axis, threshold, mean_label, conf_level),
        shapes=SHAPES,
    )


def _marks(mine: Course, x: Axis, rows: Rows, risk_label: str) -> tuple[Mark, ...]:
    return drawn(
        (
            *animal_marks(mine),
            *mean_marks(mine, x.ticks, model=True),
            dose_mark(mine, rows),
            risk_mark(mine.at_risk, x.ticks, risk_label),
        )
    )


def _volume_axis(course: Course, axis: Axis, threshold: float | None) -> Height:
    """Axis of volumes that all panels share, with room for the rows of dose days on top."""
    found = [*course.numbers("y"), *([threshold] if threshold else [])]
    log = axis.scale == "log10"
    values = [v for v in found if v > 0] or [1.0, 1000.0]
    low, top = (log10(min(values)), log10(max(values))) if log else (0.0, max(values))
    size = max(top - low, 0.3 if log else 1e-9)
    low, top = low - MARGIN * size * log, top + MARGIN * size
    below = ZERO_ROOM if log and 0.0 in found else 0.0
    high, rows = dose_rows(course, top, top - low + below)
    if not log:
        ticks = number_ticks(low, top)
        return Height(replace(axis, low=low, high=high, ticks=ticks), rows)
    ticks = (*([0.0] if below else []), *log_ticks(10**low, 10**top))
    whole = replace(axis, low=10**low, high=10**high, ticks=ticks)
    return Height(whole, {arm: 10**row for arm, row in rows.items()})


def _note(course: Course, axis: Axis, threshold: float | None, mean: str, conf_level: float) -> str:
    """Say what lines and bands are."""
    has_band = course.means.get_column("low").drop_nulls().len() > 0
    band = f" with {100 * conf_level:g}% CI" if has_band else ""
    parts = (
        "Thin: single animals" if course.animals.height and course.means.height else "",
        f"{'thick' if course.animals.height else 'lines'}: {mean}{band}"
        if course.means.height
        else "",
        "symbols at line ends name the arm"
        if course.means.height and len(course.groups) > 1
        else "",
        "dashed: beyond the data" if course.means.get_column("dashed").any() else "",
        f"gray line: {threshold:g} {axis.unit}" if threshold else "",
        "0 is drawn below the break of the axis"
        if axis.scale == "log10" and 0.0 in axis.ticks
        else "",
    )
    return sentence(parts)
