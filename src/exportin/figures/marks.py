"""One small function per kind of mark; cells and pictures are in ``fields``."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from matplotlib.patheffects import withStroke
from matplotlib.typing import DrawStyleType
from numpy.typing import NDArray

from exportin.contract.view import Mark
from exportin.figures.fields import CELLS, draw_density, draw_heat, draw_image
from exportin.figures.intervals import draw_arrow, draw_interval
from exportin.figures.lettering import literal, width_mm, wrap
from exportin.figures.pen import Pen, alpha, marker_size, split, swarm, truth
from exportin.figures.scales import Floats
from exportin.figures.style import (
    AREA_ALPHA,
    BAND_ALPHA,
    DASH,
    LINE_PT,
    MM_PER_POINT,
    SLIM_PT,
    SMALL_PT,
    STROKE_PT,
    STROKES,
    THIN_PT,
)

BAR_WIDTH = 0.72  # of the distance between bars
SWARM = 0.28  # widest sideways shift, in widths of a category
MARGIN_TEXT = 0.30  # of the figure's width, the widest text right of a panel


def _markers(pen: Pen, mark: Mark, frame: pl.DataFrame, x: Floats, y: Floats) -> None:
    """Markers by group, symbol and hollow."""
    keyed = frame.with_columns(
        pl.Series("_x", x), pl.Series("_y", y), pl.Series("_open", truth(frame, "hollow"))
    )
    for key, part in split(keyed, "group", "symbol", "_open"):
        color = pen.look.color(key.get("group"))
        shape, is_open = pen.look.shape(key.get("group"), key.get("symbol")), key["_open"] == "True"
        stroke = shape in STROKES
        pen.ax.plot(
            part.get_column("_x").to_numpy(),
            part.get_column("_y").to_numpy(),
            linestyle="none",
            marker=shape,
            markersize=marker_size(pen, mark),
            markerfacecolor="none" if is_open else color,
            markeredgecolor=color if is_open or mark.faint or stroke else "white",
            markeredgewidth=STROKE_PT if stroke else 0.7 if is_open else 0.35,
            alpha=alpha(mark),
            zorder=2.8 if mark.faint else 3.0,
        )


def draw_points(pen: Pen, mark: Mark) -> None:
    """Markers at (x, y)."""
    _markers(pen, mark, mark.frame, *pen.place(mark.frame, "x", "y"))


def draw_strip(pen: Pen, mark: Mark) -> None:
    """Markers per category, spread sideways so that none hides another."""
    x, y = pen.place(mark.frame, "x", "y")
    size = marker_size(pen, mark) * MM_PER_POINT
    step, spread = size * pen.per_mm("y"), 1.08 * size * pen.per_mm("x")
    _markers(pen, mark, mark.frame, swarm(y, x, step, spread, SWARM), y)


def _reach(keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark points and their neighbors, so that a dashed piece joins the solid one."""
    wide = keep.copy()
    wide[1:] |= keep[:-1]
    wide[:-1] |= keep[1:]
    return wide


def _lines(pen: Pen, mark: Mark, drawstyle: DrawStyleType) -> None:
    for key, part in split(mark.frame, "group", "curve"):
        x, y = pen.place(part, "x", "y")
        dashed = truth(part, "dashed")
        thin = mark.faint or key.get("group") is None
        for style, keep in (("-", ~dashed), (DASH, _reach(dashed) if dashed.any() else dashed)):
            if not keep.any():
                continue
            pen.ax.plot(
                x,
                np.where(keep, y, np.nan),
                linestyle=style,
                color=pen.look.color(key.get("group")),
                linewidth=THIN_PT if thin else SLIM_PT if mark.thin else LINE_PT,
                drawstyle=drawstyle,
                alpha=alpha(mark),
                zorder=2.0 if mark.faint else 2.4,
            )


def draw_line(pen: Pen, mark: Mark) -> None:
    """Straight pieces between points, one line per group and curve; gaps where y is empty."""
    _lines(pen, mark, "default")


def draw_step(pen: Pen, mark: Mark) -> None:
    """Draw steps that fall at their x, as a survival curve does."""
    _lines(pen, mark, "steps-post")


def draw_band(pen: Pen, mark: Mark) -> None:
    """Shade the region from low to high."""
    for key, part in split(mark.frame, "group", "curve"):
        (x,) = pen.place(part, "x")
        low = pen.y.place_limit(part.get_column("low"))
        high = pen.y.place(part.get_column("high"))
        color = pen.look.color(key.get("group"))
        pale = AREA_ALPHA if mark.solid else BAND_ALPHA
        pen.ax.fill_between(x, low, high, color=color, alpha=pale, linewidth=0, zorder=1.2)


def draw_bar(pen: Pen, mark: Mark) -> None:
    """Bars from 0, the groups of one category side by side; or each from its base, as a stack."""
    if "base" in mark.frame.columns:
        _stack(pen, mark)
        return
    groups = [key.get("group") for key, _ in split(mark.frame, "group")]
    all_x = np.unique(pen.place(mark.frame, "x")[0])
    gaps = np.diff(all_x[np.isfinite(all_x)])
    pitch = 1.0 if pen.x.axis.scale == "category" or not gaps.size else float(gaps.min())
    shared = mark.frame.select(pl.struct("x").is_duplicated().any()).item()
    places = len(groups) if shared else 1
    width = BAR_WIDTH * pitch / places
    for i, (key, part) in enumerate(split(mark.frame, "group")):
        x, y = pen.place(part, "x", "y")
        shift = (i - (places - 1) / 2) * width if shared else 0.0
        color = pen.look.color(key.get("group"))
        pen.ax.bar(x + shift, y, width=width * 0.94, color=color, alpha=0.75, zorder=1.5)


def _stack(pen: Pen, mark: Mark) -> None:
    for key, part in split(mark.frame, "group"):
        x, base, top = (pen.place(part, name)[0] for name in ("x", "base", "y"))
        color = pen.look.color(key.get("group"))
        pen.ax.bar(x, top - base, bottom=base, width=BAR_WIDTH, color=color, alpha=0.55,
                   edgecolor="white", linewidth=0.6, zorder=1.5)  # fmt: skip


def draw_text(pen: Pen, mark: Mark) -> None:
    """Words at (x, y), or right of the panel at height y."""
    frame = mark.frame
    (y,) = pen.place(frame, "y")
    for i, row in enumerate(frame.iter_rows(named=True)):
        align = row.get("align") or "center"
        if align == "under":
            continue  # written by ``under``, when the words of the axis have their place
        style: dict[str, Any] = {"color": pen.look.color(row.get("group")), "fontsize": SMALL_PT}
        style |= {"va": "center_baseline" if align == "margin" else "center", "zorder": 4}
        if align == "margin":
            words = wrap(str(row["text"]), MARGIN_TEXT * pen.page_mm, SMALL_PT)
            at = pen.ax.get_yaxis_transform()
            pen.ax.annotate(words, (1.0, float(y[i])), (4, 0), at, "offset points",
                            annotation_clip=False, **style)  # fmt: skip
            continue
        words = "\n".join(literal(line) for line in str(row["text"]).split("\n"))
        x = float(pen.x.place(frame.get_column("x")[i : i + 1])[0])
        x = _inside(pen, x, words) if align == "center" else x
        text = pen.ax.text(x, float(y[i]), words, ha=align, **style)
        if any(m.kind in CELLS for m in pen.panel.marks):
            text.set_path_effects([withStroke(linewidth=1.4, foreground="white")])


def _inside(pen: Pen, x: float, words: str) -> float:
    """Shift centered words so far that they stay inside the panel, if they fit at all."""
    wide = max(width_mm(line, SMALL_PT) for line in words.split("\n")) + 1.0
    half = 0.5 * wide * pen.per_mm("x")
    if wide > pen.width_mm or not pen.x.low <= x <= pen.x.high:
        return x
    return min(max(x, pen.x.low + half), pen.x.high - half)


DRAW: dict[str, Callable[[Pen, Mark], None]] = {
    "points": draw_points,
    "line": draw_line,
    "step": draw_step,
    "band": draw_band,
    "interval": draw_interval,
    "bar": draw_bar,
    "strip": draw_strip,
    "heat": draw_heat,
    "density": draw_density,
    "image": draw_image,
    "text": draw_text,
    "arrow": draw_arrow,
}
