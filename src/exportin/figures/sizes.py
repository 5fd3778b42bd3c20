"""How many panels fit side by side, and how wide and high each wants to be."""

from collections.abc import Sequence

from exportin.contract.view import Axis, Panel, View
from exportin.figures.axes import Outer, shared_note
from exportin.figures.lettering import height_mm, wrap
from exportin.figures.marks import MARGIN_TEXT
from exportin.figures.scales import Scale
from exportin.figures.style import SMALL_PT, TICK_PT, WIDTH_MM
from exportin.figures.ticks import Y_LABEL
from exportin.figures.under import has_table

SLOT_MM = 38.0  # narrowest place of a panel with its labels
CROWDED = 12  # from so many panels on, more stand side by side than the view asks for
CROWDED_SLOT_MM = 29.0
ASPECT = 0.78
HEIGHT_MM = (26.0, 68.0)
ROW_MM = 4.0  # a row of a forest plot
ROW_NAMES = 0.17  # of the page, the names of a table's rows where panels stand side by side
CATEGORY_MM = 28.0  # a group of a dot plot is not spread wider
BRACKET_MM = 2.0  # extra height per bracket
MAP_MM = 180.0  # a heat map's height, as long as its cells are not too small
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
    if panel.x.scale == "category":
        return min(free, max(len(panel.x.categories), 2) * CATEGORY_MM)
    return free


def _lines(panel: Panel, page: float) -> int:
    """Most lines that a row's label or its text in the margin takes."""
    names = [wrap(name, Y_LABEL * page, TICK_PT) for name in panel.y.categories]
    for mark in panel.marks:
        if mark.kind == "text" and "align" in mark.frame.columns:
            words = mark.frame.filter(align="margin").get_column("text")
            names += [wrap(str(w), MARGIN_TEXT * page, SMALL_PT) for w in words]
    return max((name.count("\n") + 1 for name in names), default=1)


def _text_lines(panel: Panel) -> int:
    """Lines of the words over brackets, which need height of their own."""
    texts = [m.frame.get_column("text") for m in panel.marks if m.kind == "text"]
    return sum(str(t).count("\n") for column in texts for t in column)


def panel_height(panel: Panel, width: float, page: float) -> float:
    """Height of the box that suits its content; all in mm."""
    if panel.y.scale != "category":
        extra = min(BRACKET_MM * _text_lines(panel), HEIGHT_MM[1])
        return min(max(ASPECT * width, HEIGHT_MM[0]), HEIGHT_MM[1]) + extra
    rows = max(len(panel.y.categories), 1)
    if _has_cells(panel):
        cell = width / max(len(panel.x.categories), 1) if panel.x.scale == "category" else 4.0
        return rows * max(min(cell, CELL_MM[1], MAP_MM / rows), CELL_MM[0])
    return max(rows * max(ROW_MM, height_mm(_lines(panel, page), TICK_PT) + 0.8), 8.0) + 1.5


def outers(view: View, scales: Sequence[tuple[Scale, Scale]]) -> list[Outer]:
    """Decide what each panel writes: equal axes are labeled at the edge of the grid only."""
    across, count = columns_of(view), len(view.panels)
    x_same, y_same = (len({(a.label, a.unit) for a in axes}) == 1 for axes in _axes_of(view))
    cells = any(_has_cells(panel) for panel in view.panels)
    x_range, y_range = (
        same and not cells and len({_shown(pair[k]) for pair in scales}) == 1
        for k, same in enumerate((x_same, y_same))
    )
    return [
        Outer(
            x_label=i + across >= count or not x_same,
            y_label=i % across == 0 or not y_same,
            x_ticks=i + across >= count or not x_range or has_table(view.panels[i]),
            y_ticks=i % across == 0 or not y_range,
            note=not shared_note(view),
            names_mm=_names_room(i, across, WIDTH_MM[view.width]),
        )
        for i in range(count)
    ]


def _names_room(i: int, across: int, page: float) -> float:
    """Widest names of table rows: panels further right have none, the first column's are enough."""
    if across == 1:
        return MARGIN_TEXT * page
    return 0.0 if i % across else ROW_NAMES * page


def _axes_of(view: View) -> tuple[list[Axis], list[Axis]]:
    return [p.x for p in view.panels], [p.y for p in view.panels]


def _shown(scale: Scale) -> tuple[object, ...]:
    """List what tells two drawn axes apart."""
    axis = scale.axis
    return axis.scale, axis.categories, axis.ticks, scale.low, scale.high, scale.zero
