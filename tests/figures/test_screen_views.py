"""Real figures on the screen stand where the printer puts them: limits, ticks, pixels."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.contract.view_json import view_from_json
from exportin.figures.axes import axis_title
from exportin.figures.fields import VALUE, color_scales, value_axis
from exportin.figures.legend import entries
from exportin.figures.marks import SWARM
from exportin.figures.pen import Pen, marker_size, swarm
from exportin.figures.scales import Scale, panel_scales
from exportin.figures.style import MM_PER_POINT, STROKES, Look, look_of
from exportin.figures.ticks import tick_plan, turn_categories
from exportin.study.new import simulate_study
from exportin.study.run import run_study

from .samples import FRAMES, view_of
from .screen_page import Screen, as_json, opened
from .test_layout import stress

pytestmark = pytest.mark.xdist_group("screen")
WIDTH = 890
ASSAYS = [
    *("viability", "tumor_growth", "cell_cycle", "cell_death", "measurement"),
    *(
        pytest.param(name, marks=pytest.mark.long)
        for name in ("membrane_potential", "positive_cells")
    ),
]
POINT = re.compile(r"translate\((-?[\d.]+) (-?[\d.]+)\)")
DRAWN = """() => [...document.querySelectorAll('.screen-figure .panel')].map((panel) => ({
  markers: [...panel.querySelectorAll('path.marker')].map((n) => n.getAttribute('transform')),
  colors: [...panel.querySelectorAll('path.marker')].map((n) => n.getAttribute('color')),
  open: [...panel.querySelectorAll('path.marker')].map((n) => n.getAttribute('fill') === 'none'),
  lines: [...panel.querySelectorAll('g[clip-path] > path')].map((n) => n.getAttribute('d')),
  cells: [...panel.querySelectorAll('rect.cell')].map((n) => ['x', 'y', 'width', 'height']
    .map((name) => Number(n.getAttribute(name)))),
}))"""


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with opened() as made:
        yield made


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[View, ...]]:
    """Views of an assay, from its own simulated raw files."""

    @cache
    def views(assay: str) -> tuple[View, ...]:
        folder: Path = tmp_path_factory.mktemp("screen") / assay
        simulate_study(assay, folder, scenario="n3", seed=1)
        blocks = run_study(folder, pictures=False).blocks
        made = tuple(view_from_json(data) for b in blocks for data in b.views.values())
        assert made, assay
        return made

    return views


class Board:
    """Where the printer's scales put values, in pixels of the screen's box."""

    def __init__(self, panel: Panel, said: dict) -> None:
        self.panel, self.said = panel, said
        self.x, self.y = panel_scales(panel)

    def px(self, scale: Scale, side: str, at: np.ndarray) -> np.ndarray:
        box = self.said["box"]
        share = (at - scale.low) / (scale.high - scale.low)
        if side == "x":
            return box["left"] + share * box["width"]
        top, height = box["top"], box["height"]
        return top + (share if self.said["downwards"] else 1 - share) * height

    def pixels(self, mark: Mark, x: str = "x", y: str = "y") -> np.ndarray:
        found = self.raw_pixels(mark, x, y)
        return found[np.isfinite(found).all(axis=1)]

    def raw_pixels(self, mark: Mark, x: str = "x", y: str = "y") -> np.ndarray:
        places = [
            self.px(scale, side, scale.place(mark.frame.get_column(name)))
            for scale, side, name in ((self.x, "x", x), (self.y, "y", y))
        ]
        return np.column_stack(places)

    def spread(self, mark: Mark) -> np.ndarray:
        """Places of a strip, spread sideways as the printer does it."""
        pen = Pen(None, self.panel, self.x, self.y, None, self.said["x"]["mm"],
                  self.said["y"]["mm"], WIDTH / 5)  # fmt: skip
        size = marker_size(pen, mark) * MM_PER_POINT
        x, y = pen.place(mark.frame, "x", "y")
        step, apart = size * pen.per_mm("y"), 1.08 * size * pen.per_mm("x")
        found = np.column_stack(
            [self.px(self.x, "x", swarm(y, x, step, apart, SWARM)), self.px(self.y, "y", y)]
        )
        return found[np.isfinite(found).all(axis=1)]

    def seen(self, x: float, y: float) -> bool:
        return bool(len(self.inside(np.array([[x, y]]))))

    def inside(self, at: np.ndarray) -> np.ndarray:
        box = self.said["box"]
        low = np.array([box["left"], box["top"]]) - 1e-6
        high = low + np.array([box["width"], box["height"]]) + 2e-6
        return at[((at >= low) & (at <= high)).all(axis=1)]


def farthest(wanted: np.ndarray, drawn: np.ndarray) -> float:
    """Distance of the wanted place that lies farthest from everything drawn."""
    if not len(wanted):
        return 0.0
    if not len(drawn):
        return np.inf
    parts = np.array_split(wanted, len(wanted) // 200 + 1)
    return max(float(np.abs(p[:, None] - drawn[None]).max(axis=2).min(axis=1).max()) for p in parts)


def vertices(paths: list[str]) -> np.ndarray:
    numbers = [re.findall(r"(-?[\d.]+) (-?[\d.]+)", d) for d in paths]
    return np.array([p for part in numbers for p in part], dtype=float).reshape(-1, 2)


def check_axes(panel: Panel, said: dict) -> None:
    """Limits and ticks are the printer's."""
    for side, scale in zip("xy", panel_scales(panel), strict=True):
        here = said[side]
        assert here["low"] == pytest.approx(scale.low, rel=1e-9, abs=1e-12), side
        assert here["high"] == pytest.approx(scale.high, rel=1e-9, abs=1e-12), side
        assert here["zero"] == (None if scale.zero is None else pytest.approx(scale.zero))
        at, words, minor = tick_plan(scale, side, here["mm"], said["page_mm"])
        assert here["ticks"] == pytest.approx(at, rel=1e-9, abs=1e-12), side
        assert here["minor"] == pytest.approx(minor, rel=1e-9, abs=1e-12), side
        if scale.axis.scale != "category":  # those are wrapped with the fonts of the page
            assert here["words"] == words, side


def looks(mark: Mark, look: Look) -> list[tuple[str, bool]]:
    """Color of every marker of a mark, and whether it is drawn without an inside."""
    empty = [None] * mark.frame.height
    columns = [
        mark.frame.get_column(name).to_list() if name in mark.frame.columns else empty
        for name in ("group", "symbol", "hollow")
    ]
    return [
        (look.color(g), bool(hollow) or look.shape(g, s) in STROKES)
        for g, s, hollow in zip(*columns, strict=True)
    ]


def check_looks(panel: Panel, board: "Board", drawn: dict, look: Look) -> None:
    """As many markers of each color, open or not, as the printer draws; strips have all their x."""
    wanted: Counter[tuple[str, bool]] = Counter()
    for mark in panel.marks:
        if mark.kind in {"points", "strip"}:
            seen = [board.seen(x, y) for x, y in board.raw_pixels(mark)]
            wanted.update(k for k, s in zip(looks(mark, look), seen, strict=True) if s)
    assert Counter(zip(drawn["colors"], drawn["open"], strict=True)) == wanted


def check_marks(panel: Panel, said: dict, drawn: dict) -> None:
    """Every value is where the printer's scale puts it, and nothing else is drawn."""
    board = Board(panel, said)
    markers = np.array([POINT.fullmatch(t).groups() for t in drawn["markers"]], dtype=float)
    lines, count = vertices(drawn["lines"]), 0
    for mark in panel.marks:
        if mark.kind in {"points", "strip"}:
            wanted = board.spread(mark) if mark.kind == "strip" else board.pixels(mark)
            wanted = board.inside(wanted)
            count += len(wanted)
            assert farthest(wanted, markers.reshape(-1, 2)) < 0.02, mark.label
        elif mark.kind in {"line", "step"}:
            assert farthest(board.pixels(mark), lines) < 0.02, mark.label
        elif mark.kind == "band":
            both = [board.pixels(mark, y=name) for name in ("low", "high")]
            full = mark.frame.drop_nulls(["x", "low", "high"]).height
            if full > 1 and full == mark.frame.height:
                assert farthest(np.concatenate(both), lines) < 0.02, mark.label
        elif mark.kind == "heat":
            cells = np.array(drawn["cells"])
            centers = cells[:, :2] + cells[:, 2:] / 2
            assert len(cells) == mark.frame.height
            assert farthest(board.pixels(mark), centers) < 0.02
    assert len(markers) == count


@pytest.mark.parametrize("assay", ASSAYS)
def test_real_views_stand_where_the_printer_puts_them(screen, real, assay):
    for view in real(assay):
        screen.draw(view, width=WIDTH)
        found = screen.do("describeScales", as_json(view), {"width": WIDTH})
        drawn = screen.ask(DRAWN)
        assert len(found) == len(drawn) == len(view.panels)
        for panel, said, marks in zip(view.panels, found, drawn, strict=True):
            check_axes(panel, said)
            check_marks(panel, said, marks)
            check_looks(panel, Board(panel, said), marks, look_of(view))


def bare(text: str) -> str:
    """Text without what wrapping changes."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("assay", ASSAYS)
def test_real_views_say_all_that_the_printer_says(screen, real, assay):
    texts = "(what) => [...document.querySelectorAll(what)].map((n) => n.textContent)"
    for view in real(assay):
        screen.draw(view, width=WIDTH)
        key = [bare(t) for t in screen.ask(texts, ".legend > text")]
        bars = [bare(axis_title(axis)) for axis in color_scales(view)]
        assert key == bars + [bare(e.text) for e in entries(view, look_of(view))], view.name
        said = bare("".join(screen.ask(texts, ".screen-figure text")))
        for panel in view.panels:
            words = [panel.title, panel.note, axis_title(panel.x), axis_title(panel.y)]
            for mark in panel.marks:
                if mark.kind == "text":
                    words += [str(t) for t in mark.frame.get_column("text")]
            assert [w for w in words if bare(w) not in said] == [], view.name


@pytest.mark.parametrize("assay", ASSAYS)
def test_words_of_real_views_stay_on_the_page(screen, real, assay):
    beyond = """() => { const f = document.querySelector('.screen-figure').getBoundingClientRect();
      return [...document.querySelectorAll('.screen-figure text')].map((t) => [t.textContent,
        t.getBoundingClientRect()]).filter(([, r]) => r.width && (r.left < f.left - 1
        || r.right > f.right + 1 || r.top < f.top - 1 || r.bottom > f.bottom + 1))
        .map(([text]) => text); }"""
    for view in real(assay):
        for width in (WIDTH, 480):
            screen.draw(view, width=width)
            assert screen.ask(beyond) == [], (view.name, width)


@pytest.mark.parametrize("kind", sorted(FRAMES))
def test_colors_have_the_printers_range(screen, kind):
    view = view_of(kind)
    (said,) = screen.do("describeScales", as_json(view), {"width": WIDTH})
    check_axes(view.panels[0], said)
    axis = value_axis(view.panels[0])
    if axis is None:
        assert said["value"] is None
    else:
        scale = color_scales(view)[VALUE]
        assert said["value"] == {"low": scale.low, "high": scale.high}


def random_panel(rng: np.random.Generator) -> Panel:
    """Points of any size on axes of any scale, some of them 0, empty or negative."""

    def column(scale: str) -> list[float | None]:
        n = int(rng.integers(1, 9))
        size = 10.0 ** rng.uniform(-9, 8)
        values = size * 10 ** rng.uniform(-2.5 * rng.random(), 0, n)
        if scale == "linear":
            values = values * rng.choice([-1, 1], n) + size * rng.choice([0, 0, 500])
        values[rng.random(n) < 0.15] = 0.0
        return [None if rng.random() < 0.1 else float(v) for v in values]

    def limits(values: list[float | None]) -> dict[str, float]:
        known = sorted(v for v in values if v is not None and v > 0)
        if not known or rng.random() < 0.6:
            return {}
        return {"low": known[0] * 0.7} if rng.random() < 0.5 else {"high": known[-1] * 3}

    scales = [str(rng.choice(["linear", "log10"])) for _ in range(2)]
    given = [column(scale) for scale in scales]
    n = min(map(len, given))
    frame = pl.DataFrame(
        {"x": given[0][:n], "y": given[1][:n]}, schema={"x": pl.Float64, "y": pl.Float64}
    )
    x, y = (
        Axis(label="a", unit="b", scale=scale, **limits(values[:n]))  # type: ignore[arg-type]
        for scale, values in zip(scales, given, strict=True)
    )
    return Panel(title="p", x=x, y=y, marks=(Mark(kind="points", frame=frame),), note=str(n))


def test_axes_of_any_values_are_the_printers(screen):
    rng = np.random.default_rng(5)
    for _ in range(25):
        panels = tuple(random_panel(rng) for _ in range(8))
        view = View(name="r", title="", caption="", panels=panels, columns=int(rng.integers(1, 5)))
        found = screen.do("describeScales", as_json(view), {"width": int(rng.integers(300, 900))})
        for panel, said in zip(panels, found, strict=True):
            check_axes(panel, said)


def test_long_categories_are_turned_as_in_print(screen):
    from matplotlib.figure import Figure

    view = stress(2, "double")
    said = screen.do("describeScales", as_json(view), {"width": WIDTH})[0]
    ax = Figure().add_subplot()
    turn_categories(ax, panel_scales(view.panels[0])[0], said["x"]["mm"], said["page_mm"])
    assert [t.get_rotation() for t in ax.get_xticklabels()] == [45.0] * 6
    screen.draw(view, width=WIDTH)
    turned = "() => document.querySelectorAll('text[transform*=\"rotate(-45)\"]').length"
    assert screen.ask(turned) == 12
