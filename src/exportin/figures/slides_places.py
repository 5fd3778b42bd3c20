"""Where charts and words stand on a slide, in inches; where axes stand in a chart, in parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from exportin.contract.view import Panel, View
from exportin.figures.axes import shared_note
from exportin.figures.lettering import literal, width_mm
from exportin.figures.slides_chart import Box
from exportin.figures.slides_words import folded

WIDTH, HEIGHT = 13.333, 7.5  # 16:9
EDGE = 0.5
ACROSS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}  # charts side by side, by their number
MOST_CHARTS = 6  # on one slide
SIZES = {1: (16.0, 14.0, 12.0), 2: (14.0, 12.0, 11.0), 3: (12.0, 11.0, 10.0)}  # title, axis, ticks
SMALL = (11.0, 10.0, 9.0)
MOST_LINES = 5  # of a note under a chart; longer ones stand in the notes of the slide
LINE = 0.17
MM = 25.4


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a slide."""

    left: float
    top: float
    width: float
    height: float


def note_under(view: View, panel: Panel) -> str:
    """Return the note under a chart, folded to its width; one that all share is the footnote."""
    if panel.note == shared_note(view):
        return ""
    width = chart_place(min(len(view.panels), MOST_CHARTS), 0).width
    return folded(panel.note, (width - 0.3) * MM, SMALL[2])


def note_room(view: View) -> float:
    """Return the height that notes under charts take; 0 where they are too long for a slide."""
    lines = max((note_under(view, p).count("\n") + 1 for p in view.panels if p.note), default=0)
    if lines > MOST_LINES or not any(note_under(view, p) for p in view.panels):
        return 0.0
    return lines * LINE + 0.08


def chart_place(count: int, at: int, room: float = 0.0) -> Place:
    """Return where a chart stands among so many on a slide; ``room`` is left for its note."""
    across = ACROSS[count]
    rows = ceil(count / across)
    top, bottom = 1.05, 1.0
    width, height = (WIDTH - 2 * EDGE) / across, (HEIGHT - top - bottom) / rows
    row, column = divmod(at, across)
    return Place(EDGE + column * width, top + row * height, width - 0.1, height - 0.06 - room)


def chart_box(count: int, place: Place, panel: Panel, names: Sequence[str]) -> Box:
    """Return where the axes stand in a chart: room for titles, ticks and names is left."""
    title, axis, tick = SIZES.get(count, SMALL)
    line = 1 / 72 * 1.25  # inches per point of a line
    top = (title * line + 0.24) / place.height if panel.title else 0.03
    left = (2.2 * axis * line + 4.6 * tick / 72) / place.width
    if panel.y.scale == "category":
        widest = max((width_mm(literal(n), tick) for n in panel.y.categories), default=0.0)
        left = min((widest * 1.05 + 6.0) / 25.4 / place.width, 0.4)
    right = margin_words(panel, tick) / 25.4 / place.width + 0.03
    rows = name_lines(names, place, tick)
    below = (2.0 * axis * line + rows * tick * line + 0.12) / place.height
    return Box(left, top, 1 - left - right, 1 - top - below, title, axis, tick)


def name_lines(names: Sequence[str], place: Place, tick: float) -> int:
    """Return about how many lines the names of categories take; one where there are numbers."""
    if not names:
        return 1
    deep = max(name.count("\n") + 1 for name in names)
    widest = max(width_mm(literal(part), tick) for name in names for part in name.split("\n"))
    return deep + ceil(widest * len(names) / (0.8 * place.width * MM))


def margin_words(panel: Panel, tick: float) -> float:
    """Return the room in mm that words right of the panel need."""
    found = [0.0]
    for mark in panel.marks:
        if mark.kind == "text" and "align" in mark.frame.columns:
            words = mark.frame.filter(align="margin").get_column("text").drop_nulls()
            found += [width_mm(literal(str(word)), tick) * 1.05 + 4.0 for word in words]
    return max(found)
