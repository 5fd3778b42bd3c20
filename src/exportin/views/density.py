"""Two channels of a cytometer against each other: how many events where, gates, percentages."""

from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, empty_if_none, in_order

CELLS = "panel x y value"
LINES = "panel curve x y"
WORDS = "panel x y text"


def density_view(
    *,
    name: str,
    title: str,
    cells: pl.DataFrame,
    lines: pl.DataFrame | None = None,
    words: pl.DataFrame | None = None,
    x: Axis,
    y: Axis,
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    columns: int = 4,
    width: Literal["single", "double"] = "double",
    rows: Mapping[str, str] | None = None,
) -> View:
    """Show the density of events per tube, with the lines of gates and the percentage of each part.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    cells : polars.DataFrame
        ``panel, x, y, value``: center of each bin of an even grid and its events; empty bins
        are left out.
    lines : polars.DataFrame, optional
        ``panel, curve, x, y``: outlines of gates, in the units of the axes.
    words : polars.DataFrame, optional
        ``panel, x, y, text``: percentages at their places.
    x, y : Axis
        Both with limits; where the axes are transforms, with ticks and their words.
    panels : sequence of str
        Order of panels.
    notes : mapping of str to str, optional
        Words under a panel.
    columns, width
        As in ``View``.
    rows : mapping of str to str, optional
        The tube (row_id) that a panel shows.

    Returns
    -------
    View
        One panel per value of ``panel``.
    """
    grid = complete(cells, "cells", CELLS)
    gates = empty_if_none(lines, LINES).select(LINES.split())
    said = empty_if_none(words, WORDS).select(WORDS.split())
    value = Axis(label="Events per bin", scale="log10")
    made = []
    for panel in in_order(panels, [grid], "panel"):
        outlines, texts = (
            frame.filter(pl.col("panel").cast(pl.String) == panel).drop("panel")
            for frame in (gates, said)
        )
        marks = (
            Mark(kind="density", frame=grid.filter(panel=panel).drop("panel"), label="events"),
            Mark(kind="line", frame=outlines, label="gates", thin=True),
            Mark(kind="text", frame=texts, label="percent"),
        )
        made.append(
            Panel(
                title=panel,
                x=x,
                y=y,
                value=value,
                marks=tuple(mark for mark in marks if mark.frame.height),
                note=(notes or {}).get(panel, ""),
                row_id=(rows or {}).get(panel, ""),
            )
        )
    return View(
        name=name, title=title, caption=caption, panels=tuple(made), columns=columns, width=width,
    )  # fmt: skip
