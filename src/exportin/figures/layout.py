"""Where panels, title and legend go: drawn, measured and drawn again, so nothing overlaps."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from exportin.contract.view import View
from exportin.figures.axes import draw_panel
from exportin.figures.fields import VALUE, color_scales, value_axis
from exportin.figures.legend import draw_color_bars, draw_legend, legend_height
from exportin.figures.lettering import height_mm, wrap
from exportin.figures.pen import Pen
from exportin.figures.scales import Floats, panel_scales
from exportin.figures.sizes import columns_of, outers, panel_height, panel_width
from exportin.figures.style import (
    EDGE_MM,
    GAP_MM,
    MIN_PANEL_MM,
    MM_PER_INCH,
    PAGE_HEIGHT_MM,
    TITLE_PT,
    WIDTH_MM,
    Look,
    look_of,
)

MEASURE_DPI = 288.0
MANY = 9  # larger grids are measured in narrow panels and not again: drawing takes its time
NARROW = 0.94  # of the width to be expected, for that first guess
PASSES = 6  # at most; labels wrap with the width of their panel, which depends on the labels
Sides = tuple[float, float, float, float]  # left, right, top, bottom in mm
NONE: Sides = (0.0, 0.0, 0.0, 0.0)
Box = tuple[float, float, float, float]  # left, top, width, height in mm from the top left


@dataclass(frozen=True, slots=True)
class Plan:
    """Boxes of the panels and the height of the page."""

    boxes: tuple[Box, ...]
    height: float
    bottom: float  # where the panels end and the legend begins


def compose(view: View) -> Figure:
    """Draw a view; call inside ``house_style``."""
    look = look_of(view)
    plan = _first(view)
    room = [NONE] * len(view.panels)
    for attempt in range(PASSES):
        figure, axes = _draw(view, look, plan, measuring=True)
        need = _margins(figure, axes)
        if attempt and _fits(need, room):
            break
        settled = attempt >= PASSES // 2  # from here on margins only grow, so it must end
        room = [_wider(a, b) if settled else a for a, b in zip(need, room, strict=True)]
        before, plan = plan, _solve(view, look, room)
        if len(view.panels) > MANY and _roomier(plan, before):
            break
    return _draw(view, look, plan, measuring=False)[0]


def _roomier(plan: Plan, before: Plan) -> bool:
    """Whether no panel became narrower: words that fitted when measured still do."""
    return all(new[2] >= old[2] for new, old in zip(plan.boxes, before.boxes, strict=True))


def _wider(a: Sides, b: Sides) -> Sides:
    return (max(a[0], b[0]), max(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def _fits(need: list[Sides], room: list[Sides]) -> bool:
    """Whether the words take the room they were given, neither more nor much less."""
    gaps = [r - n for a, b in zip(need, room, strict=True) for n, r in zip(a, b, strict=True)]
    return min(gaps, default=0.0) > -0.1 and max(gaps, default=0.0) < 2.0


def _first(view: View) -> Plan:
    """Guess boxes that are wide enough to measure labels with."""
    across = columns_of(view)
    page = WIDTH_MM[view.width]
    width = (page / across - 14.0) * (NARROW if len(view.panels) > MANY else 1.0)
    boxes = tuple((14.0, 14.0, max(width, 12.0), panel_height(p, width, page)) for p in view.panels)
    return Plan(boxes, 120.0, 100.0)


def _draw(view: View, look: Look, plan: Plan, *, measuring: bool) -> tuple[Figure, list[Axes]]:
    width = WIDTH_MM[view.width]
    size = (width / MM_PER_INCH, plan.height / MM_PER_INCH)
    figure = Figure(figsize=size, dpi=MEASURE_DPI)
    colors = color_scales(view)
    scales = [panel_scales(panel) for panel in view.panels]
    labeled = outers(view, scales)
    axes = []
    for i, (panel, box) in enumerate(zip(view.panels, plan.boxes, strict=True)):
        ax = _axes(figure, box)
        scale = colors.get(value_axis(panel) or VALUE)
        limits = (scale.low, scale.high) if scale else (0.0, 1.0)
        pen = Pen(ax, panel, *scales[i], look, box[2], box[3], width, limits)
        draw_panel(pen, labeled[i], measuring=measuring)
        axes.append(ax)
    _surround(figure, view, look, plan)
    return figure, axes


def _axes(figure: Figure, box: Box) -> Axes:
    width, height = (float(v) * MM_PER_INCH for v in figure.get_size_inches())
    left, top, w, h = box
    return figure.add_axes((left / width, (height - top - h) / height, w / width, h / height))


def _title(view: View) -> str:
    return wrap(view.title, WIDTH_MM[view.width] - 2 * EDGE_MM, TITLE_PT, bold=True)


def _title_height(view: View) -> float:
    lines = _title(view).count("\n") + 1 if view.title else 0
    return height_mm(lines, TITLE_PT) + (2.0 if lines else 0.0)


def _surround(figure: Figure, view: View, look: Look, plan: Plan) -> None:
    """Title above, color bars and legend below."""
    width = WIDTH_MM[view.width]
    figure.text(EDGE_MM / width, 1 - EDGE_MM / plan.height, _title(view), va="top", ha="left",
                fontsize=TITLE_PT, fontweight="bold")  # fmt: skip
    inner = width - 2 * EDGE_MM
    height = legend_height(view, look, inner)
    if height:
        draw_color_bars(figure, view, EDGE_MM + 3.0, plan.bottom + GAP_MM)
        box = (EDGE_MM, plan.bottom + GAP_MM, inner, height)
        draw_legend(_axes(figure, box), view, look, inner, height)


def _margins(figure: Figure, axes: list[Axes]) -> list[Sides]:
    """How far the words of each panel reach beyond its box: left, right, top, bottom in mm."""
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    mm = MM_PER_INCH / MEASURE_DPI
    found = []
    for ax in axes:
        box = ax.get_window_extent(renderer)
        full = ax.get_tightbbox(renderer) or box
        sides = (box.x0 - full.x0, full.x1 - box.x1, full.y1 - box.y1, box.y0 - full.y0)
        found.append(tuple(max(float(s) * mm, 0.0) for s in sides))
    return found  # type: ignore[return-value]


def _solve(view: View, look: Look, margins: list[Sides]) -> Plan:
    """Share the page: equal panel widths, rows as high as their highest panel."""
    across, count = columns_of(view), len(view.panels)
    rows = ceil(count / across)
    left, right = np.zeros(across), np.zeros(across)
    top, bottom = np.zeros(rows), np.zeros(rows)
    for i, (a, b, c, d) in enumerate(margins):
        r, k = divmod(i, across)
        left[k], right[k] = max(left[k], a), max(right[k], b)
        top[r], bottom[r] = max(top[r], c), max(bottom[r], d)
    free = WIDTH_MM[view.width] - 2 * EDGE_MM - float((left + right).sum()) - GAP_MM * (across - 1)
    width = max(free / across, 8.0)
    start = EDGE_MM + _title_height(view)
    legend = legend_height(view, look, WIDTH_MM[view.width] - 2 * EDGE_MM)
    heights = _row_heights(view, across, width)
    fixed = start + float((top + bottom).sum()) + GAP_MM * rows + legend
    heights = _fit(view, heights, PAGE_HEIGHT_MM - fixed)
    boxes = []
    xs = EDGE_MM + np.cumsum(left) + np.concatenate([[0], np.cumsum(right + width + GAP_MM)[:-1]])
    ys = start + np.cumsum(top) + np.concatenate([[0], np.cumsum(bottom + heights + GAP_MM)[:-1]])
    for i, panel in enumerate(view.panels):
        r, k = divmod(i, across)
        used = panel_width(panel, width)
        high = (
            min(panel_height(panel, used, WIDTH_MM[view.width]), heights[r])
            if used < width
            else heights[r]
        )
        boxes.append((float(xs[k]), float(ys[r]), used, float(high)))
    end = float(ys[-1] + heights[-1] + bottom[-1]) if rows else start
    return Plan(tuple(boxes), end + (GAP_MM + legend if legend else 0.0) + EDGE_MM, end)


def _row_heights(view: View, across: int, width: float) -> Floats:
    rows = [view.panels[i : i + across] for i in range(0, len(view.panels), across)]
    return np.array(
        [
            max(panel_height(p, panel_width(p, width), WIDTH_MM[view.width]) for p in row)
            for row in rows
        ]
    )


def _fit(view: View, heights: Floats, room: float) -> Floats:
    """Flatten rows until the page fits; rows of categories keep the height of their labels."""
    if heights.sum() <= room or any(p.y.scale == "category" for p in view.panels):
        return heights
    flat: Floats = np.maximum(
        heights * max(room, 1.0) / heights.sum(), np.minimum(heights, MIN_PANEL_MM)
    )
    return flat
