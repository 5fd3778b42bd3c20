"""DNA histograms: what was counted, the fitted parts under it, and the sum of the parts."""

from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, empty_if_none, in_order

COUNTS = "panel x y"
PARTS = "panel group x low high"
TOTAL = "panel x y"
OVERLAY = "panel group x y"
LEFT_OUT = "left out of every number"
SHOWN = 1.12  # free height above the highest peak


def histogram_view(
    *,
    name: str,
    title: str,
    counts: pl.DataFrame,
    parts: pl.DataFrame | None = None,
    total: pl.DataFrame | None = None,
    x_label: str,
    x_unit: str = "",
    y_label: str = "Events per bin",
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    top: Mapping[str, float] | None = None,
    x_high: float | None = None,
    caption: str = "",
    columns: int = 4,
    width: Literal["single", "double"] = "double",
    rows: Mapping[str, str] | None = None,
    left_out: Sequence[str] = (),
) -> View:
    """Show one histogram per panel with its fitted parts as areas and their sum as a line.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    counts : polars.DataFrame
        ``panel, x, y``: left edge of each bin and its events, in the order of x.
    parts : polars.DataFrame, optional
        ``panel, group, x, low, high``: one area per part (G1, S ...).
    total : polars.DataFrame, optional
        ``panel, x, y``: the sum of all parts.
    x_label, x_unit, y_label
        Words of the axes.
    groups, panels : sequence of str
        Order of parts and panels.
    notes : mapping of str to str, optional
        Words under a panel.
    top : mapping of str to float, optional
        Highest count shown per panel, where a heap at the edge would flatten the rest.
    x_high : float, optional
        Where the axis ends.
    columns, width
        As in ``View``.
    rows : mapping of str to str, optional
        The tube (row_id) that a panel shows.
    left_out : sequence of str
        Panels of tubes that enter no number: they keep their place, and say so.

    Returns
    -------
    View
        One panel per value of ``panel``.
    """
    bins = complete(counts, "counts", COUNTS)
    areas = complete(empty_if_none(parts, PARTS), "parts", PARTS)
    sums = complete(empty_if_none(total, TOTAL), "total", TOTAL)
    order = in_order(groups, [areas], "group")
    said, highest = notes or {}, top or {}
    made = []
    gone = pl.DataFrame({"panel": left_out}, schema={"panel": pl.String})
    for panel in in_order(panels, [bins, gone], "panel"):
        mine = [frame.filter(panel=panel).drop("panel") for frame in (bins, areas, sums)]
        tallest = mine[0].get_column("y").cast(pl.Float64).to_numpy().max(initial=0.0)
        height = highest.get(panel, float(tallest)) or 1.0
        marks = (
            Mark(kind="band", frame=mine[1], label="fitted parts", solid=True),
            Mark(kind="step", frame=mine[0], label="counted", thin=True),
            Mark(kind="line", frame=mine[2], label="sum of the parts", thin=True),
        )
        made.append(
            Panel(
                title=panel,
                x=Axis(label=x_label, unit=x_unit, low=0.0, high=x_high),
                y=Axis(label=y_label, low=0.0, high=height * SHOWN),
                marks=tuple(mark for mark in marks if mark.frame.height),
                note=LEFT_OUT if panel in left_out else said.get(panel, ""),
                row_id=(rows or {}).get(panel, ""),
                row_out=panel in left_out,
            )
        )
    return View(
        name=name, title=title, caption=caption, panels=tuple(made), groups=tuple(order),
        columns=columns, width=width,
    )  # fmt: skip


def overlay_view(
    *,
    name: str,
    title: str,
    lines: pl.DataFrame,
    x_label: str = "",
    x_unit: str = "",
    y_label: str = "Events, of the highest bin",
    y_unit: str = "%",
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    x_high: float | None = None,
    x: Axis | None = None,
    references: Mapping[str, float] | None = None,
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    group_title: str = "",
    columns: int = 2,
    width: Literal["single", "double"] = "double",
) -> View:
    """Lay the histograms of several tubes over each other, a color per treatment and dose.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    lines : polars.DataFrame
        ``panel, group, x, y``, in the order of x.
    x_label, x_unit, y_label, y_unit
        Words of the axes.
    groups, panels : sequence of str
        Order of groups and panels.
    x : Axis, optional
        A whole axis in place of ``x_label``, ``x_unit`` and ``x_high``: a transform has its ticks.
    references : mapping of str to float, optional
        A thin vertical line per panel: a threshold.
    notes : mapping of str to str, optional
        Words under a panel.
    x_high, group_title, columns, width
        As above and in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``.
    """
    drawn = complete(lines, "lines", OVERLAY)
    made = []
    for panel in in_order(panels, [drawn], "panel"):
        mark = Mark(kind="line", frame=drawn.filter(panel=panel).drop("panel"), label="histogram")
        made.append(
            Panel(
                title=panel,
                x=x or Axis(label=x_label, unit=x_unit, high=x_high),
                y=Axis(label=y_label, unit=y_unit, low=0.0),
                marks=(mark,),
                reference_x=(references or {}).get(panel),
                note=(notes or {}).get(panel, ""),
            )
        )
    return View(
        name=name, title=title, caption=caption, panels=tuple(made), columns=columns, width=width,
        groups=tuple(in_order(groups, [drawn], "group")), group_title=group_title,
    )  # fmt: skip
