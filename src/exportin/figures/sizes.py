"""How many panels fit side by side, and how wide and high each wants to be."""

from math import ceil

from exportin.contract.view import Axis, Panel, View
from exportin.figures.axes import Y_LABEL_MM, Outer
from exportin.figures.lettering import height_mm, wrap
from exportin.figures.marks import MARGIN_TEXT
from exportin.figures.style import SMALL_PT, TEXT_PT, WIDTH_MM

SLOT_MM = 38.0  # narrowest place of a panel with its labels
CROWDED = 12  # from so many panels on, more stand side by side than the view asks for
CROWDED_SLOT_MM = 29.0
ASPECT = 0.78
HEIGHT_MM = (26.0, 68.0)
ROW_MM = 4.0  # a row of a forest plot
CELL_MM = (2.7, 6.0)  # smallest and largest cell of a plate


def columns_of(view: View) -> int:
    """Panels side by side: as asked, as far as the page is wide enough."""
    width = WIDTH_MM[view.width]
    asked = min(view.columns, int(width / SLOT_MM))
    if len(view.panels) > CROWDED:
        asked = max(asked, int(width / CROWDED_SLOT_MM))
    return max(1, min(asked, len(view.panels)))


def _has_cells(panel: Panel) -> bool:
    return any(mark.kind == "heat" for mark in panel.marks)


def panel_width(panel: Panel, free: float) -> float:
    """Width of the box: all there is, except for plates, whose cells stay near square."""
    if _has_cells(panel) and panel.x.scale == "category":
        return min(free, max(len(panel.x.categories), 1) * CELL_MM[1] * 1.3)
    return free


def _lines(panel: Panel, width: float) -> int:
    """Most lines that a row's label or its text in the margin takes."""
    names = [wrap(name, Y_LABEL_MM, TEXT_PT - 0.5) for name in panel.y.categories]
    for mark in panel.marks:
        if mark.kind == "text" and "align" in mark.frame.columns:
            words = mark.frame.filter(align="margin").get_column("text")
            names += [wrap(str(w), MARGIN_TEXT * width, SMALL_PT) for w in words]
    return max((name.count("\n") + 1 for name in names), default=1)


def panel_height(panel: Panel, width: float) -> float:
    """Height of the box that suits its content, in mm."""
    if panel.y.scale != "category":
        return min(max(ASPECT * width, HEIGHT_MM[0]), HEIGHT_MM[1])
    rows = max(len(panel.y.categories), 1)
    if _has_cells(panel):
        cell = width / max(len(panel.x.categories), 1) if panel.x.scale == "category" else 4.0
        return rows * max(min(cell, CELL_MM[1]), CELL_MM[0])
    page = WIDTH_MM["double"] if width > WIDTH_MM["single"] else WIDTH_MM["single"]
    return max(rows * max(ROW_MM, height_mm(_lines(panel, page)) + 0.6), 8.0) + 1.5


def _shared(axes: list[Axis]) -> tuple[bool, bool]:
    """Whether all axes say the same thing, and whether they also show the same range."""
    alike = len({(a.label, a.unit, a.scale) for a in axes}) == 1
    fixed = all(a.scale == "category" or (a.low is not None and a.high is not None) for a in axes)
    return alike, len(set(axes)) == 1 and fixed


def outer_of(view: View, index: int) -> Outer:
    """What panel ``index`` writes: equal axes are labeled at the edge of the grid only."""
    across, count = columns_of(view), len(view.panels)
    last_row = index + across >= count
    first_column = index % across == 0
    x_same, x_range = _shared([p.x for p in view.panels])
    y_same, y_range = _shared([p.y for p in view.panels])
    return Outer(
        x_label=last_row or not x_same,
        y_label=first_column or not y_same,
        x_ticks=last_row or not x_range,
        y_ticks=first_column or not y_range,
    )


def rows_of(view: View) -> int:
    """Rows of the grid."""
    return ceil(len(view.panels) / columns_of(view))
