"""Views as an editable PowerPoint: native charts where they are honest, pictures elsewhere."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any

from exportin.contract.view import Panel, View
from exportin.figures.axes import axis_title
from exportin.figures.render import render_png
from exportin.figures.scales import panel_scales
from exportin.figures.slides_axes import NativeAxis, native_axis
from exportin.figures.slides_bars import bar_parts, has_bars
from exportin.figures.slides_book import BEGINNING
from exportin.figures.slides_chart import NativeChart, bar_chart, scatter_chart
from exportin.figures.slides_notes import Told, footnote, legend_runs, notes_text
from exportin.figures.slides_parts import Drawing, Series
from exportin.figures.slides_places import (
    EDGE,
    HEIGHT,
    MOST_CHARTS,
    SMALL,
    WIDTH,
    Place,
    chart_box,
    chart_place,
    note_room,
    note_under,
)
from exportin.figures.slides_series import panel_series
from exportin.figures.slides_words import folded, shown
from exportin.figures.style import GRAY, NOTE, THIN_PT, look_of
from exportin.figures.under import has_table
from exportin.tables.office import not_installed
from exportin.tables.packing import repack

if TYPE_CHECKING:
    from pptx.dml.color import RGBColor
    from pptx.presentation import Presentation
    from pptx.slide import Slide

MOST_SERIES, MOST_POINTS = 250, 30_000  # of a chart: PowerPoint takes 255 and 32,000 a series
PICTURE_DPI = 300
PICTURES = frozenset({"heat", "density", "image"})
AS_PICTURE = "A picture, not a chart that can be edited: {why}."
LONG_TITLE = 56  # characters
BLANK_WITH_TITLE = 5  # of the layouts that a new presentation has


def render_pptx(views: Sequence[View], told: Sequence[Told] = (), *, title: str = "") -> bytes:
    """Make a PowerPoint of views: charts that can be edited, with the numbers behind them.

    Parameters
    ----------
    views : sequence of View
        The figures as data; one slide each, more where a figure has many panels.
    told : sequence of Told
        For each view: study, program and results, for the notes under its slide; or none.
    title : str
        Title of the document.

    Returns
    -------
    bytes
        A .pptx file, byte-identical on every run.

    Raises
    ------
    InputError
        python-pptx is not installed.
    """
    try:
        from pptx import Presentation
        from pptx.util import Inches
    except ImportError:
        raise not_installed(".pptx", "python-pptx") from None

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    for view, known_of_it in zip(views, told or [Told()] * len(views), strict=True):
        add_view(deck, view, known_of_it)
    known = deck.core_properties
    known.title, known.author, known.last_modified_by = shown(title)[:250], "", ""
    known.created = known.modified = BEGINNING
    known.revision = 1
    out = io.BytesIO()
    deck.save(out)
    return repack(out.getvalue())


def add_view(deck: "Presentation", view: View, told: Told) -> None:
    """Add the slides of one figure."""
    try:
        charts, said = native_charts(view)
    except ValueError as error:
        said = [AS_PICTURE.format(why=error)]
        add_picture(deck, view, notes_text(view, told, said))
        return
    count = max(ceil(len(charts) / MOST_CHARTS), 1)
    each = ceil(len(charts) / count) if charts else 1
    for part in range(count):
        pairs = list(zip(view.panels, charts, strict=True))
        mine = pairs[part * each : (part + 1) * each]
        tail = f" ({part + 1} of {count})" if count > 1 else ""
        add_charts(deck, view, tail, mine, notes_text(view, told, said))
    if any(has_table(panel) for panel in view.panels):
        why = "the table under the panels belongs to it, and no chart has one"
        add_picture(deck, view, notes_text(view, told, [AS_PICTURE.format(why=why)]),
                    tail=" (as printed, with its table)")  # fmt: skip


def native_charts(view: View) -> tuple[list[NativeChart], list[str]]:
    """Return a chart per panel, and what has to be said about them.

    Raises
    ------
    ValueError
        No native chart shows this figure honestly; the message says why.
    """
    why_not(view)
    each = min(len(view.panels), MOST_CHARTS)
    charts = [native_chart(view, panel, each) for panel in view.panels]
    said = []
    if any(m.kind == "band" for p in view.panels for m in p.marks):
        said.append("Shaded bands of the printed figure are drawn as thin lines at their limits.")
    if any(" 0, drawn at " in chart.xml for chart in charts):
        said.append("A logarithmic axis has no 0: points at 0 are a series of their own, whose "
                    "name says where it is drawn.")  # fmt: skip
    return charts, said


def why_not(view: View) -> None:
    """Refuse what no native chart shows honestly."""
    for panel in view.panels:
        kinds = {mark.kind for mark in panel.marks if mark.frame.height} & PICTURES
        if kinds:
            word = {"heat": "a map of cells", "density": "a density of events", "image": "an image"}
            raise ValueError(f"{word[min(kinds)]} is no chart")
        if any(axis.tick_words for axis in (panel.x, panel.y)):
            raise ValueError("its axis is a transform that no chart has")
    if not view.panels:
        raise ValueError("it has no panels")


def native_chart(view: View, panel: Panel, count: int) -> NativeChart:
    """Return the chart of one panel."""
    x_scale, y_scale = panel_scales(panel)
    drawing = Drawing(panel, x_scale, y_scale, look_of(view))
    place = chart_place(count, 0, note_room(view))
    if has_bars(panel):
        bars = bar_parts(drawing)
        sums = [Series(name="", x=(), y=(0.0, *stack_tops(bars.bars, stacked=bars.stacked)))]
        over = (*bars.over, *references(panel, None, bars.bars[0].x))
        limit(len(bars.bars) + len(over), 0)
        y = native_axis(y_scale, [*sums, *over], "y")
        box = chart_box(count, place, panel, names=bars.categories)
        return bar_chart(panel.title, replace(bars, over=over), y, axis_title(panel.x).strip(), box)
    series = panel_series(drawing)
    limit(len(series), max((len(one.x) for one in series), default=0))
    x, y = native_axis(x_scale, series, "x"), native_axis(y_scale, series, "y")
    series += references(panel, (x, y))
    box = chart_box(count, place, panel, names=x.names)
    room = box.width * place.width * 25.4 / max(len(x.names), 1) - 1.0
    x = replace(x, names=tuple(folded(name, room, box.tick_pt) for name in x.names))
    return scatter_chart(panel.title, series, x, y, box)


def limit(series: int, points: int) -> None:
    """Refuse more than a chart can hold."""
    if series > MOST_SERIES or points > MOST_POINTS:
        raise ValueError(f"{series} curves of up to {points} points are more than a chart holds")


def stack_tops(bars: Iterable[Series], *, stacked: bool) -> Iterator[float]:
    """Return how high bars reach."""
    columns = zip(*(one.y for one in bars), strict=True)
    for column in columns:
        known = [v for v in column if v is not None]
        yield from ([sum(known)] if stacked else known)


def references(
    panel: Panel, axes: tuple[NativeAxis, NativeAxis] | None, over: tuple[float | None, ...] = ()
) -> list[Series]:
    """Return the thin lines at values that mean something."""
    style: dict[str, Any] = {"color": GRAY, "line": "solid", "width": THIN_PT * 1.5}
    found = []
    if panel.reference_y is not None:
        x = over if axes is None else (axes[0].low, axes[0].high)
        found.append(Series(name="reference", x=x, y=(panel.reference_y,) * len(x), **style))
    if panel.reference_x is not None and axes is not None:
        at = (panel.reference_x,) * 2
        found.append(Series(name="reference", x=at, y=(axes[1].low, axes[1].high), **style))
    return found


def add_charts(
    deck: "Presentation",
    view: View,
    tail: str,
    charts: Sequence[tuple[Panel, NativeChart]],
    notes: str,
) -> None:
    """Add one slide with charts."""
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    slide = new_slide(deck, view.title + tail, notes)
    count, room = min(len(view.panels), MOST_CHARTS), note_room(view)
    for at, (panel, chart) in enumerate(charts):
        place = chart_place(count, at, room)
        if room:
            below = Place(place.left, place.top + place.height, place.width, room)
            write(slide, note_under(view, panel), below, SMALL[2])
        slide.shapes.add_chart(
            XL_CHART_TYPE.XY_SCATTER, Inches(place.left), Inches(place.top), Inches(place.width),
            Inches(place.height), chart,  # type: ignore[arg-type]
        )  # fmt: skip
    write_legend(slide, view)
    write(slide, footnote(view, native=True), Place(EDGE, 7.0, WIDTH - 2 * EDGE, 0.35), 10.0)


def add_picture(deck: "Presentation", view: View, notes: str, tail: str = "") -> None:
    """Add one slide with the printed figure as a picture."""
    from pptx.util import Inches

    slide = new_slide(deck, view.title + tail, notes)
    data = render_png(replace(view, title=""), PICTURE_DPI)
    place = Place(EDGE, 1.0, WIDTH - 2 * EDGE, HEIGHT - 1.25)
    picture = slide.shapes.add_picture(io.BytesIO(data), Inches(place.left), Inches(place.top))
    scale = min(Inches(place.width) / picture.width, Inches(place.height) / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)  # type: ignore[assignment]
    picture.left = int((Inches(WIDTH) - picture.width) / 2)  # type: ignore[assignment]
    picture.name = shown(view.name)


def new_slide(deck: "Presentation", title: str, notes: str) -> "Slide":
    """Add a slide with a title and notes."""
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    slide: Slide = deck.slides.add_slide(deck.slide_layouts[BLANK_WITH_TITLE])
    head = slide.shapes.title
    if head is not None:
        head.left, head.top = Inches(EDGE), Inches(0.3)
        head.width, head.height = Inches(WIDTH - 2 * EDGE), Inches(0.7)
        frame = head.text_frame
        frame.text = shown(title).replace("\n", " ")
        frame.word_wrap = True
        for run in frame.paragraphs[0].runs:
            run.font.size, run.font.bold = Pt(24 if len(title) < LONG_TITLE else 18), True
        frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    told = slide.notes_slide.notes_text_frame
    if told is not None:
        told.text = shown(notes)
    return slide


def write_legend(slide: "Slide", view: View) -> None:
    """Write the legend as words with colored marks, so that it can be edited too."""
    runs = legend_runs(view)
    if not runs:
        return
    from pptx.util import Inches, Pt

    box = slide.shapes.add_textbox(
        Inches(EDGE), Inches(6.55), Inches(WIDTH - 2 * EDGE), Inches(0.45)
    )
    box.name = "Legend"
    box.text_frame.word_wrap = True
    paragraph = box.text_frame.paragraphs[0]
    for glyph, color, words in runs:
        for text, paint in (
            (f"{glyph} " if glyph else "", color),
            (f"{shown(words)}     ", "333333"),
        ):
            run = paragraph.add_run()
            run.text = text
            run.font.size = Pt(12 if len(runs) < 9 else 10)
            run.font.bold = not glyph
            run.font.color.rgb = paint_of(paint)


def paint_of(color: str) -> "RGBColor":
    """Return a color as python-pptx wants it."""
    from pptx.dml.color import RGBColor

    return RGBColor(*bytes.fromhex(color.lstrip("#")))  # type: ignore[no-untyped-call]


def write(slide: "Slide", text: str, place: Place, size: float) -> None:
    """Write small words in gray."""
    if not text:
        return
    from pptx.util import Inches, Pt

    box = slide.shapes.add_textbox(
        Inches(place.left), Inches(place.top), Inches(place.width), Inches(place.height)
    )
    box.name = "Footnote"
    box.text_frame.word_wrap = True
    run = box.text_frame.paragraphs[0].add_run()
    run.text = shown(text)
    run.font.size = Pt(size)
    run.font.color.rgb = paint_of(NOTE)
