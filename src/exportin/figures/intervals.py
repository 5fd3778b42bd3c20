"""Intervals, open ones included, and arrows."""

import numpy as np
import polars as pl

from exportin.contract.view import Mark
from exportin.figures.pen import Pen, alpha, split, truth
from exportin.figures.scales import Floats, Side, interval_side
from exportin.figures.style import DASH, FAINT_ALPHA, GRAY, INTERVAL_PT, MM_PER_POINT, THIN_PT

CAP_PT = 3.2
HEAD_PT = 3.6
MEAN_MM = (0.9, 2.0)  # half length of the cross-bar at the center; longer on a category axis
HEADS = {("x", "low"): "<", ("x", "high"): ">", ("y", "low"): "v", ("y", "high"): "^"}


def _is_open(part: pl.DataFrame, end: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if "open" not in part.columns:
        return np.zeros(part.height, dtype=np.bool_)
    return part.get_column("open").is_in([end, "both"]).fill_null(value=False).to_numpy()


def _plot(pen: Pen, side: Side, along: Floats, across: Floats, **style: object) -> None:
    x, y = (along, across) if side == "x" else (across, along)
    pen.ax.plot(x, y, **style)  # type: ignore[arg-type]


def _ends(pen: Pen, side: Side, part: pl.DataFrame, color: str, opacity: float) -> list[Floats]:
    """Draw caps and arrowheads; give back where the line starts and stops."""
    scale = pen.x if side == "x" else pen.y
    (across,) = pen.place(part, "y" if side == "x" else "x")
    head = 0.5 * HEAD_PT * MM_PER_POINT * pen.per_mm(side)
    ends = []
    for end, edge, sign in (("low", scale.low, 1.0), ("high", scale.high, -1.0)):
        column = part.get_column(end)
        value = scale.place_limit(column) if end == "low" else scale.place(column)
        beyond = _is_open(part, end) | ((value < edge) if end == "low" else (value > edge))
        ends.append(np.where(beyond, edge + sign * head, value))
        style = {"linestyle": "none", "color": color, "alpha": opacity, "zorder": 3.5}
        _plot(pen, side, ends[-1][beyond], across[beyond], marker=HEADS[side, end],
              markersize=HEAD_PT, markeredgewidth=0, **style)  # fmt: skip
        cap = "|" if side == "x" else "_"
        _plot(pen, side, ends[-1][~beyond], across[~beyond], marker=cap, markersize=CAP_PT,
              markeredgewidth=INTERVAL_PT * 0.8, **style)  # fmt: skip
    return ends


def draw_interval(pen: Pen, mark: Mark) -> None:
    """Draw lines from low to high: a cap where it ends, an arrowhead at the edge where it is open.

    The center, if given, gets a cross-bar. Technical intervals (``dashed``) are thin,
    gray and dashed.
    """
    side = interval_side(mark, pen.panel)
    for key, part in split(mark.frame.with_columns(_t=truth(mark.frame, "dashed")), "group", "_t"):
        technical = bool(truth(part, "_t").any())
        color = GRAY if technical else pen.look.color(key.get("group"))
        opacity = alpha(mark)
        low, high = _ends(pen, side, part, color, opacity)
        (across,) = pen.place(part, "y" if side == "x" else "x")
        gap = np.full(low.size, np.nan)
        along = np.stack([low, high, gap], axis=1).ravel()
        _plot(pen, side, along, np.stack([across, across, gap], axis=1).ravel(), color=color,
              alpha=opacity, linestyle=DASH if technical else "-", zorder=3.3,
              linewidth=THIN_PT * 1.4 if technical else INTERVAL_PT)  # fmt: skip
        if not (mark.faint or technical):
            _cross_bar(pen, side, part, color)


def _cross_bar(pen: Pen, side: Side, part: pl.DataFrame, color: str) -> None:
    """Mark the center; narrow enough on a category axis to leave the points free."""
    x, y = pen.place(part, "x", "y")
    if side == "y":
        on_category = pen.x.axis.scale == "category"
        half = min(MEAN_MM[on_category] * pen.per_mm("x"), 0.14 if on_category else np.inf)
        pen.ax.hlines(y, x - half, x + half, color=color, linewidth=1.6 * INTERVAL_PT, zorder=3.6)
        return
    half = MEAN_MM[0] * pen.per_mm("y")
    pen.ax.vlines(x, y - half, y + half, color=color, linewidth=1.6 * INTERVAL_PT, zorder=3.6)


def draw_arrow(pen: Pen, mark: Mark) -> None:
    """Draw an arrow from (x, y) to (x2, y2), as for a bound."""
    for key, part in split(mark.frame, "group"):
        color = pen.look.color(key.get("group"))
        for x, y, x2, y2 in zip(*pen.place(part, "x", "y", "x2", "y2"), strict=True):
            pen.ax.annotate(
                "", (x2, y2), (x, y), annotation_clip=False, zorder=3.4,
                arrowprops={
                    "arrowstyle": "-|>,head_length=0.35,head_width=0.16", "color": color,
                    "linewidth": INTERVAL_PT, "shrinkA": 0, "shrinkB": 0,
                    "mutation_scale": 10, "alpha": FAINT_ALPHA if mark.faint else 1.0,
                },
            )  # fmt: skip
