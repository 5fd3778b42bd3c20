"""The legend of a whole figure: entries that flow in lines under the panels; color bars."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from exportin.contract.view import Axis, View
from exportin.figures.axes import axis_title, shared_note
from exportin.figures.fields import color_map, color_scales, gray_map
from exportin.figures.lettering import height_mm, literal, width_mm, wrap
from exportin.figures.scales import Scale
from exportin.figures.style import (
    DASH,
    GRAY,
    INK,
    LINE_PT,
    MARKER_PT,
    NOTE,
    SMALL_PT,
    STROKE_PT,
    TEXT_PT,
    THIN_PT,
    TICK_PT,
    Look,
)
from exportin.figures.ticks import tick_plan
from exportin.figures.under import shows_shape

HANDLE_MM = 5.0
SPACE_MM = 3.5
PITCH_MM = height_mm(1) + 0.6
BAR_MM = (45.0, 2.2)  # length and height of a color bar
BAR_ROOM_MM = 8.5


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the legend; an entry without a style is a heading."""

    text: str
    style: dict[str, Any] | None = None
    break_before: bool = False
    small: bool = False


def _columns_of(view: View, column: str) -> set[str]:
    marks = [m for p in view.panels for m in p.marks if column in m.frame.columns]
    return {str(v) for m in marks for v in m.frame.get_column(column).drop_nulls().unique()}


def _marked(view: View, kinds: set[str], column: str) -> bool:
    marks = [m for p in view.panels for m in p.marks if m.kind in kinds]
    return any(m.frame.get_column(column).any() for m in marks if column in m.frame.columns)


def _names(axis: Axis) -> set[str]:
    """Categories without what builders write under them (n)."""
    return {part for name in axis.categories for part in (name, name.split("\n")[0])}


def _group_entries(view: View, look: Look) -> list[Entry]:
    used = _columns_of(view, "group")
    shown = [g for g in look.groups if g in used]
    named = [_names(a) for p in view.panels for a in (p.x, p.y) if a.scale == "category"]
    if not shown or (named and all(set(shown) <= names for names in named)):
        return []  # the axis says it already
    marks = [m for p in view.panels for m in p.marks if "group" in m.frame.columns]
    kinds = {m.kind for m in marks}
    line = "-" if kinds & {"line", "step", "band"} else "none"
    dots = any(shows_shape(m, look) for m in marks)
    head = [Entry(view.group_title, break_before=True)] if view.group_title else []
    return head + [
        Entry(g, {"color": look.color(g), "linestyle": line, "linewidth": LINE_PT,
                  "marker": (look.shape(g) if dots else "s") if dots or line == "none" else ""})
        for g in shown
    ]  # fmt: skip


def entries(view: View, look: Look) -> list[Entry]:
    """Everything that needs a key: groups, symbols, open markers, technical intervals."""
    found = _group_entries(view, look)
    if len(look.symbols) > 1 and look.shape(None, look.symbols[-1]) != look.shape(None, None):
        for i, symbol in enumerate(look.symbols):
            style = {"color": GRAY, "linestyle": "none", "marker": look.shape(None, symbol)}
            found.append(Entry(symbol, style, break_before=i == 0))
    found += _fixed_entries(view, look)
    if _marked(view, {"points", "strip"}, "hollow"):
        style = {"color": INK, "linestyle": "none", "marker": "o", "markerfacecolor": "none"}
        found.append(Entry("excluded", style | {"markeredgewidth": 0.7}))
    if _marked(view, {"heat"}, "hollow"):
        found.append(Entry("excluded", {"color": INK, "linestyle": "none", "marker": "x"}))
    if _marked(view, {"interval"}, "dashed"):
        dashes = {"color": GRAY, "linestyle": DASH, "linewidth": THIN_PT * 1.4}
        found.append(Entry("technical (within one unit)", dashes))
    said = "; ".join(part for part in (view.note, shared_note(view)) if part)
    if said:
        found.append(Entry(said, break_before=True, small=True))
    return found


def _fixed_entries(view: View, look: Look) -> list[Entry]:
    """Symbols whose shape the view has chosen, as far as they are drawn."""
    used = [name for name in look.fixed if name[0] in _columns_of(view, "symbol")]
    style = {"color": GRAY, "linestyle": "none", "markeredgewidth": STROKE_PT}
    return [
        Entry(name, style | {"marker": shape}, break_before=i == 0)
        for i, (name, shape) in enumerate(used)
    ]


def flow(items: Sequence[Entry], width: float) -> list[tuple[float, float, Entry]]:
    """Left edge and line (in mm from the top left) of every entry."""
    placed, x, y = [], 0.0, 0.0
    for item in items:
        handle = HANDLE_MM if item.style else 0.0
        room = min(width_mm(literal(item.text)) + handle + SPACE_MM, width)
        text = wrap(item.text, width - handle)
        if x and (item.break_before or x + room - SPACE_MM > width):
            x, y = 0.0, y + PITCH_MM
        placed.append((x, y, replace(item, text=text)))
        x += room
        if "\n" in text:
            x, y = 0.0, y + height_mm(text.count("\n")) + PITCH_MM
    return placed


def legend_height(view: View, look: Look, width: float) -> float:
    """Height of legend and color bars in mm."""
    placed = flow(entries(view, look), width)
    lines = placed[-1][1] + height_mm(placed[-1][2].text.count("\n") + 1) + 1.0 if placed else 0.0
    return lines + BAR_ROOM_MM * len(color_scales(view))


def draw_legend(ax: Axes, view: View, look: Look, width: float, height: float) -> None:
    """Write the entries into axes whose positions are mm from the top left."""
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    bars = BAR_ROOM_MM * len(color_scales(view))
    for x, y, entry in flow(entries(view, look), width):
        middle = bars + y + PITCH_MM / 2
        if entry.style:
            style = {"markersize": MARKER_PT, "markeredgewidth": 0.35, "clip_on": False}
            span = np.array([x + 0.3, x + HANDLE_MM / 2 - 0.3, x + HANDLE_MM - 1.1])
            ax.plot(span, np.full(3, middle), markevery=[1], **(style | entry.style))
        left = x + (HANDLE_MM if entry.style else 0.0)
        top = middle - 0.5 * height_mm(1) + 0.2
        ax.text(left, top, entry.text, va="top", ha="left", **_type(entry))


def _type(entry: Entry) -> dict[str, Any]:
    """Headings are bold, the note is small."""
    if entry.small:
        return {"fontsize": SMALL_PT, "color": NOTE}
    return {"fontsize": TEXT_PT, "fontweight": "normal" if entry.style else "bold"}


def draw_color_bars(figure: Figure, view: View, left: float, top: float) -> None:
    """Draw one bar per value axis; ``left`` and ``top`` in mm."""
    width, height = (float(v) * 25.4 for v in figure.get_size_inches())
    pictures = {p.value for p in view.panels if all(m.kind == "image" for m in p.marks)}
    for i, (axis, scale) in enumerate(color_scales(view).items()):
        y = height - top - i * BAR_ROOM_MM - BAR_MM[1]
        box = (left / width, y / height, BAR_MM[0] / width, BAR_MM[1] / height)
        _color_bar(figure.add_axes(box), axis, scale, gray=axis in pictures)


def _color_bar(ax: Axes, axis: Axis, scale: Scale, *, gray: bool) -> None:
    edges = np.linspace(scale.low, scale.high, 65)
    middle = ((edges[1:] + edges[:-1]) / 2)[None, :]
    colors = gray_map() if gray else color_map(axis)
    ax.pcolormesh(edges, [0, 1], middle, cmap=colors, edgecolors="face", linewidth=0.1)
    at, words, _ = tick_plan(scale, "x", BAR_MM[0], 0.0)
    ax.set_xticks(at, labels=words)
    ax.set_yticks([])
    ax.set_xlim(scale.low, scale.high)
    ax.tick_params(width=THIN_PT, length=1.6, pad=1.2, labelsize=TICK_PT)
    ax.annotate(literal(axis_title(axis)), (1.0, 0.5), (5, 0), "axes fraction", "offset points",
                va="center", fontsize=TEXT_PT, annotation_clip=False)  # fmt: skip
