"""Views that use every mark, and a check that no words touch."""

import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.figures.layout import compose
from exportin.figures.style import house_style

HOSTILE = (
    "</script><script>alert(1)</script>",
    "$x^2$",
    "_a",
    "a & b <i>",
    "--> ]]>",
    r"\frac{1}{2} %",
    "bell\x07 tab\t rtl\u202e end",
    "日本 line",
)

FRAMES: dict[str, dict[str, list[object]]] = {
    "points": {"x": [1.0, 10.0], "y": [1.0, 2.0], "group": ["A", "B"], "hollow": [True, False]},
    "line": {
        "x": [1.0, 2.0, 3.0],
        "y": [1.0, None, 2.0],
        "group": ["A"] * 3,
        "dashed": [False, False, True],
    },
    "step": {"x": [0.0, 2.0, 3.0], "y": [1.0, 0.5, 0.2], "group": ["A"] * 3},
    "band": {"x": [1.0, 2.0], "low": [0.0, 1.0], "high": [2.0, 3.0], "group": ["A"] * 2},
    "interval": {
        "x": [2.0, 3.0],
        "y": [1.0, 2.0],
        "low": [1.0, None],
        "high": [3.0, 4.0],
        "group": ["A", "B"],
        "open": ["none", "low"],
        "dashed": [True, False],
    },
    "bar": {"x": ["a", "a", "b"], "y": [1.0, 2.0, 3.0], "group": ["A", "B", "A"]},
    "strip": {"x": ["a"] * 9 + ["b"], "y": [1.0] * 9 + [2.0], "group": ["A"] * 10},
    "heat": {
        "x": ["a", "b"],
        "y": ["a", "b"],
        "value": [1.0, None],
        "hollow": [True, False],
    },
    "density": {"x": [0.5, 1.5, 3.5], "y": [0.5, 0.5, 2.5], "value": [1.0, 20.0, 300.0]},
    "image": {"x": [0, 1, 0, 1], "y": [0, 0, 1, 1], "value": [0.0, 1.0, 2.0, 3.0]},
    "text": {"x": [1.0], "y": [1.0], "text": ["words"], "group": [None]},
    "arrow": {"x": [1.0], "y": [1.0], "x2": [2.0], "y2": [1.0], "group": ["A"]},
}


def axis(frame: pl.DataFrame, name: str) -> Axis:
    if name in frame.columns and frame.schema[name] == pl.String:
        return Axis(label=name, scale="category", categories=("a", "b"))
    return Axis(label=name, unit="mm")


def view_of(kind: str) -> View:
    frame = pl.DataFrame(FRAMES[kind], strict=False)
    mark = Mark(kind=kind, frame=frame)  # type: ignore[arg-type]
    panel = Panel(title=kind, x=axis(frame, "x"), y=axis(frame, "y"), marks=(mark,))
    return View(name=kind, title=kind, caption="", panels=(panel,), groups=("A", "B"))


def hostile_view(count: int = 8, width: str = "double") -> View:
    names = tuple(HOSTILE)
    strip = pl.DataFrame(
        {"x": names, "y": [float(i) for i in range(8)], "group": names, "symbol": names}
    )
    text = pl.DataFrame({"x": names[:1], "y": [3.0], "text": [HOSTILE[1]]})
    panel = Panel(
        title=HOSTILE[0],
        x=Axis(label=HOSTILE[1], unit=HOSTILE[0], scale="category", categories=names),
        y=Axis(label=HOSTILE[3]),
        marks=(Mark(kind="strip", frame=strip), Mark(kind="text", frame=text)),
        note=HOSTILE[4],
    )
    return View(
        name="h",
        title=" ".join(HOSTILE),
        caption=HOSTILE[0],
        panels=(panel,) * count,
        group_title=HOSTILE[0],
        width=width,  # type: ignore[arg-type]
    )


def _corners(text: Text, renderer: object) -> list[tuple[float, float]]:
    """Corners of a text's box; turned text is shrunk to its line for the check."""
    box = text.get_window_extent(renderer)  # type: ignore[arg-type]
    return [(box.x0, box.y0), (box.x1, box.y1)]


def collisions(view: View, slack: float = 1.0) -> list[str]:
    return touching(drawn(view), slack)


def drawn(view: View) -> Figure:
    with house_style():
        return compose(view)


def touching(figure: Figure, slack: float = 1.0) -> list[str]:
    """Pairs of upright words that touch, and words beyond the page (in points of slack)."""
    with house_style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        scale = figure.dpi / 72
        page = figure.bbox
        boxes = []
        for text in figure.findobj(Text):
            if text.get_text().strip() and text.get_visible():
                (x0, y0), (x1, y1) = _corners(text, renderer)
                boxes.append((text.get_text(), text.get_rotation(), x0, y0, x1, y1))
    tight = slack * scale
    found = [
        f"beyond the page: {t!r}"
        for t, _, x0, y0, x1, y1 in boxes
        if x0 < page.x0 - tight or y0 < page.y0 - tight
        or x1 > page.x1 + tight or y1 > page.y1 + tight
    ]  # fmt: skip
    upright = [b for b in boxes if b[1] in {0.0, 90.0}]
    for i, (t, _, a0, b0, a1, b1) in enumerate(upright):
        for u, _, c0, d0, c1, d1 in upright[i + 1 :]:
            wide, high = min(a1, c1) - max(a0, c0), min(b1, d1) - max(b0, d0)
            if wide > tight and high > tight:
                found.append(f"{t!r} on {u!r}")
    return found
