"""One panel: box, ticks, labels, reference lines, note; its marks are drawn by ``marks``."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from exportin.contract.view import Axis, Panel
from exportin.figures.lettering import height_mm, literal, width_mm, wrap
from exportin.figures.marks import DRAW
from exportin.figures.pen import Pen
from exportin.figures.scales import Scale, Side, decade_ticks, gather, number_ticks, tick_text
from exportin.figures.style import GRAY, INK, SMALL_PT, TEXT_PT, THIN_PT

TICK_ROOM_MM = {"x": 8.0, "y": 6.0}  # a labeled tick per so many mm
Y_LABEL_MM = 42.0  # the widest category left of a panel
MAX_LINES = 3  # of a wrapped category under a panel before it is turned


@dataclass(frozen=True, slots=True)
class Outer:
    """What a panel writes: inner panels of a grid with equal axes leave labels to the outer."""

    x_label: bool = True
    y_label: bool = True
    x_ticks: bool = True
    y_ticks: bool = True


def axis_title(axis: Axis) -> str:
    """Label with its unit: ``Dose (nM)``."""
    return f"{axis.label} ({axis.unit})" if axis.unit else axis.label


def draw_panel(pen: Pen, outer: Outer) -> None:
    """Draw everything of a panel into its axes."""
    ax, panel = pen.ax, pen.panel
    ax.set_xlim(pen.x.low, pen.x.high)
    downwards = panel.y.scale == "category" or any(m.kind == "image" for m in panel.marks)
    ax.set_ylim(*((pen.y.high, pen.y.low) if downwards else (pen.y.low, pen.y.high)))
    _references(pen)
    for mark in panel.marks:
        if mark.frame.height:
            DRAW[mark.kind](pen, mark)
    for artist in (*ax.lines, *ax.collections, *ax.patches, *ax.images):
        artist.set_in_layout(False)
    if not any(mark.frame.height for mark in panel.marks):
        ax.text(0.5, 0.5, "no data", transform=ax.transAxes, ha="center", va="center", color=GRAY)
    _box(ax, framed=any(mark.kind in {"heat", "image"} for mark in panel.marks))
    _ticks(pen, outer)
    _words(pen, outer)


def _box(ax: Axes, *, framed: bool) -> None:
    for side in ("top", "right"):
        ax.spines[side].set_visible(framed)
    ax.tick_params(width=THIN_PT * 1.2, length=2.4, pad=1.8, labelsize=TEXT_PT - 0.5)
    ax.tick_params(which="minor", width=THIN_PT, length=1.4)


def _references(pen: Pen) -> None:
    style = {"color": GRAY, "linewidth": THIN_PT, "zorder": 0.8}
    if pen.panel.reference_x is not None:
        pen.ax.axvline(pen.x.at(pen.panel.reference_x), **style)
    if pen.panel.reference_y is not None:
        pen.ax.axhline(pen.y.at(pen.panel.reference_y), **style)


def _ticks(pen: Pen, outer: Outer) -> None:
    for side, scale, mm in (("x", pen.x, pen.width_mm), ("y", pen.y, pen.height_mm)):
        shown = outer.x_ticks if side == "x" else outer.y_ticks
        target = pen.ax.xaxis if side == "x" else pen.ax.yaxis
        at, words, minor = tick_plan(scale, side, mm)  # type: ignore[arg-type]
        target.set_ticks(at, labels=words if shown else [""] * len(at))
        target.set_ticks(minor, minor=True, labels=[""] * len(minor))
        if scale.axis.scale == "category":
            pen.ax.tick_params(axis=side, length=0 if side == "y" else 1.6)  # type: ignore[arg-type]
    if pen.x.axis.scale == "category" and outer.x_ticks:
        _turn(pen)
    if pen.x.zero is not None:  # the break between 0 and the lowest dose
        middle = pen.x.zero + 0.45 * (pen.x.low + 0.65 - pen.x.zero + 0.0) + 0.2
        pen.ax.plot([middle], [0], marker=(2, 0, -25), markersize=5, color=INK, clip_on=False,
                    transform=pen.ax.get_xaxis_transform(), zorder=5)  # fmt: skip


def tick_plan(scale: Scale, side: Side, mm: float) -> tuple[list[float], list[str], list[float]]:
    """Positions and words of labeled ticks, positions of minor ticks."""
    if scale.axis.scale == "category":
        names = scale.axis.categories
        limit = Y_LABEL_MM if side == "y" else mm / max(len(names), 1) - 0.8
        return list(map(float, range(len(names)))), [_category(n, side, limit) for n in names], []
    most = max(int(mm / TICK_ROOM_MM[side]), 2)
    if scale.axis.ticks:
        at = [scale.at(v) for v in scale.axis.ticks]
        return at, [tick_text(v) for v in scale.axis.ticks], []
    if scale.axis.scale == "linear":
        at = number_ticks(scale, most)
        return at, [tick_text(v) for v in at], []
    at, minor = decade_ticks(scale, most)
    values = [10.0**v for v in at]
    words = [tick_text(float(f"{v:.6g}")) for v in values]
    if any("10" in w and w[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹" for w in words):
        words = [tick_text_power(v) for v in at]
    if scale.zero is not None:
        return [scale.zero, *at], ["0", *words], minor
    return at, words, minor


def tick_text_power(position: float) -> str:
    """A decade as a power of ten, so that one axis is written in one way."""
    power = round(position)
    if abs(position - power) > 1e-6:
        return tick_text(10.0**position)
    return tick_text(1e9).replace(
        "⁹", str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    )


def _category(name: str, side: Side, limit: float) -> str:
    """A category as written: wrapped if that helps, otherwise on one line to be turned."""
    wrapped = wrap(name, limit, TEXT_PT - 0.5)
    if side == "y":
        return wrapped
    broken = wrapped.replace("\n", "") != literal(name) and _chopped(name, wrapped)
    return literal(name) if broken or wrapped.count("\n") >= MAX_LINES else wrapped


def _chopped(name: str, wrapped: str) -> bool:
    """Whether wrapping broke a word."""
    return len("".join(wrapped.split())) == len("".join(literal(name).split())) and any(
        line and line[-1].isalnum() and not literal(name)[end : end + 1].isspace()
        for line, end in _line_ends(name, wrapped)
    )


def _line_ends(name: str, wrapped: str) -> list[tuple[str, int]]:
    ends, at = [], 0
    for line in wrapped.split("\n")[:-1]:
        at = literal(name).find(line, at) + len(line)
        ends.append((line, at))
    return ends


def _turn(pen: Pen) -> None:
    """Turn categories that do not fit their place; thin them out where not even that helps."""
    labels = pen.ax.get_xticklabels()
    pitch = pen.width_mm / max(len(labels), 1)
    widest = max((width_mm(line, TEXT_PT - 0.5) for t in labels
                  for line in t.get_text().split("\n")), default=0.0)  # fmt: skip
    if widest <= pitch - 0.6:
        return
    line = height_mm(1, TEXT_PT - 0.5)
    steep = pitch < 1.5 * line
    step = int(np.ceil(line * 0.95 / pitch)) if steep else 1
    for i, label in enumerate(labels):
        text = pen.x.axis.categories[i]
        label.set(text="" if i % step else wrap(text, Y_LABEL_MM, TEXT_PT - 0.5))
        label.set(rotation=90 if steep else 45, rotation_mode="anchor", ha="right")
        label.set(va="center" if steep else "top")


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
    note = full_note(pen)
    if note:
        ax.annotate(
            wrap(note, pen.width_mm + 2.0, SMALL_PT), (0.0, 0.0), (0, -2.5),
            ("axes fraction", ax.xaxis.label), "offset points",  # type: ignore[arg-type]
            va="top", ha="left", fontsize=SMALL_PT, color="#555555", annotation_clip=False,
        )  # fmt: skip


def full_note(pen: Pen) -> str:
    """The panel's note, and how many points cannot be seen."""
    hidden = 0
    for mark in pen.panel.marks:
        if mark.kind in {"points", "strip"} and mark.frame.height:
            x, y = pen.place(mark.frame, "x", "y")
            seen = (x >= pen.x.low) & (x <= pen.x.high) & (y >= pen.y.low) & (y <= pen.y.high)
            given = mark.frame.select(("x", "y")).drop_nulls().height
            hidden += max(given - int(seen.sum()), 0)
    count = f"{hidden} point{'s' if hidden > 1 else ''} outside the axes" if hidden else ""
    return "; ".join(part for part in (pen.panel.note, count) if part)


def panel_scales(panel: Panel) -> tuple[Scale, Scale]:
    """Scales of both axes, from what the marks show."""
    from exportin.figures.scales import scale_of

    cells = any(mark.kind in {"heat", "image"} for mark in panel.marks)
    return (
        scale_of(panel.x, gather(panel, "x"), edges=cells),
        scale_of(panel.y, gather(panel, "y"), edges=cells),
    )
