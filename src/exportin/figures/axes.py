"""One panel: box, ticks, labels, reference lines, note; its marks are drawn by ``marks``."""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from exportin.contract.view import Axis, Panel, View
from exportin.figures.fields import CELLS
from exportin.figures.lettering import wrap
from exportin.figures.marks import DRAW
from exportin.figures.pen import Pen
from exportin.figures.scales import ZERO_GAP
from exportin.figures.style import GRAY, INK, NOTE, SMALL_PT, TEXT_PT, THIN_PT, TICK_PT
from exportin.figures.ticks import tick_plan, turn_categories
from exportin.figures.under import draw_under


@dataclass(frozen=True, slots=True)
class Outer:
    """What a panel writes: inner panels of a grid with equal axes leave labels to the outer."""

    x_label: bool = True
    y_label: bool = True
    x_ticks: bool = True
    y_ticks: bool = True
    note: bool = True
    names_mm: float = 0.0  # room for the names of rows of a table under the panel


def axis_title(axis: Axis) -> str:
    """Label with its unit: ``Dose (nM)``."""
    return f"{axis.label} ({axis.unit})" if axis.unit else axis.label


def draw_panel(pen: Pen, outer: Outer, *, measuring: bool = False) -> None:
    """Draw everything of a panel into its axes; to measure, words are enough."""
    ax, panel = pen.ax, pen.panel
    ax.set_xlim(pen.x.low, pen.x.high)
    downwards = panel.y.scale == "category" or any(m.kind == "image" for m in panel.marks)
    ax.set_ylim(*((pen.y.high, pen.y.low) if downwards else (pen.y.low, pen.y.high)))
    _references(pen)
    for mark in panel.marks:
        if mark.frame.height and (mark.kind == "text" or not measuring):
            DRAW[mark.kind](pen, mark)
    for artist in (*ax.lines, *ax.collections, *ax.patches, *ax.images):
        artist.set_in_layout(False)
    if not any(mark.frame.height for mark in panel.marks):
        ax.text(0.5, 0.5, "no data", transform=ax.transAxes, ha="center", va="center", color=GRAY)
    _box(ax, framed=_has_cells(panel))
    _ticks(pen, outer, measuring=measuring)
    _words(pen, outer)


def _has_cells(panel: Panel) -> bool:
    return any(mark.kind in CELLS for mark in panel.marks)


def _box(ax: Axes, *, framed: bool) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(framed)


def _references(pen: Pen) -> None:
    style: dict[str, Any] = {"color": GRAY, "linewidth": THIN_PT, "zorder": 0.8}
    if pen.panel.reference_x is not None:
        pen.ax.axvline(pen.x.at(pen.panel.reference_x), **style)
    if pen.panel.reference_y is not None:
        pen.ax.axhline(pen.y.at(pen.panel.reference_y), **style)


def _ticks(pen: Pen, outer: Outer, *, measuring: bool) -> None:
    ax = pen.ax
    ax.tick_params(width=THIN_PT * 1.2, length=2.4, pad=1.8, labelsize=TICK_PT)
    ax.tick_params(which="minor", width=THIN_PT, length=1.4)
    for target, at, words, minor, shown in (
        (ax.xaxis, *tick_plan(pen.x, "x", pen.width_mm, pen.page_mm), outer.x_ticks),
        (ax.yaxis, *tick_plan(pen.y, "y", pen.height_mm, pen.page_mm), outer.y_ticks),
    ):
        target.set_ticks(at, labels=words)
        if not measuring:  # they have no words, and are shorter than those that have
            target.set_ticks(minor, minor=True, labels=[""] * len(minor))
        target.set_tick_params(which="both", label1On=shown)
    if pen.x.axis.scale == "category":
        ax.tick_params(axis="x", length=0 if _has_cells(pen.panel) else 1.6)
        turn_categories(ax, pen.x, pen.width_mm, pen.page_mm)
    if pen.y.axis.scale == "category":
        ax.tick_params(axis="y", length=0)
    if pen.x.zero is not None:
        _axis_break(ax, (pen.x.zero + ZERO_GAP * 0.4 - pen.x.low) / (pen.x.high - pen.x.low))
    if pen.y.zero is not None:
        upwards = (pen.y.zero + ZERO_GAP * 0.4 - pen.y.low) / (pen.y.high - pen.y.low)
        _axis_break(ax, upwards, upright=True, apart=0.006 * pen.width_mm / pen.height_mm)


def _axis_break(ax: Axes, at: float, *, upright: bool = False, apart: float = 0.006) -> None:
    """Two short strokes between 0 and the decades; ``at`` in lengths of the axis."""
    style: dict[str, Any] = {"linestyle": "none", "markersize": 4.5, "clip_on": False, "zorder": 5}
    along, across = [at - apart, at + apart], [0, 0]
    x, y, turn = (across, along, -65) if upright else (along, across, -25)
    ax.plot(x, y, marker=(2, 0, turn), markeredgewidth=0.6, color=INK,
            transform=ax.transAxes, **style)  # fmt: skip


def _words(pen: Pen, outer: Outer) -> None:
    """Title, axis labels and the note under the panel."""
    ax, panel = pen.ax, pen.panel
    ax.set_title(
        wrap(panel.title, pen.width_mm + 2.0),
        fontsize=TEXT_PT,
        fontweight="bold",
        loc="left",
        pad=3,
    )
    if outer.x_label:
        ax.set_xlabel(wrap(axis_title(panel.x), pen.width_mm + 3.0), fontsize=TEXT_PT, labelpad=1.5)
    if outer.y_label:
        label = wrap(axis_title(panel.y), pen.height_mm + 3.0)
        ax.set_ylabel(label, fontsize=TEXT_PT, labelpad=2.0)
    depth = draw_under(pen, outer.names_mm)
    note = full_note(pen, outer)
    if note:
        ax.annotate(
            wrap(note, pen.width_mm + 2.0, SMALL_PT), (0.0, 0.0), (0, -2.5 - depth),
            ("axes fraction", ax.xaxis.label), "offset points",
            va="top", ha="left", fontsize=SMALL_PT, color=NOTE, annotation_clip=False,
        )  # fmt: skip


def shared_note(view: View) -> str:
    """Return the note that all panels have in common; it is written once, under the legend."""
    notes = {panel.note for panel in view.panels}
    return notes.pop() if len(notes) == 1 and len(view.panels) > 1 else ""


def full_note(pen: Pen, outer: Outer) -> str:
    """Join the panel's note and the count of points that cannot be seen."""
    hidden = 0
    for mark in pen.panel.marks:
        if mark.kind in {"points", "strip"} and mark.frame.height:
            x, y = pen.place(mark.frame, "x", "y")
            seen = (x >= pen.x.low) & (x <= pen.x.high) & (y >= pen.y.low) & (y <= pen.y.high)
            given = mark.frame.select(("x", "y")).drop_nulls().height
            hidden += max(given - int(seen.sum()), 0)
    count = f"{hidden} point{'s' if hidden > 1 else ''} outside the axes" if hidden else ""
    return "; ".join(part for part in (pen.panel.note if outer.note else "", count) if part)
