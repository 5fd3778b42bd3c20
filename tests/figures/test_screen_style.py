"""How the screen draws: colors, constants, numbers and names are those of the printer."""

import json
import re
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from matplotlib import colormaps

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.figures import style
from exportin.figures.fields import gray_map
from exportin.figures.lettering import literal
from exportin.figures.screen import assets
from exportin.figures.ticks import tick_text
from exportin.results.digits import significant
from exportin.results.typography import typeset

from .samples import HOSTILE
from .screen_page import Screen, opened

pytestmark = pytest.mark.xdist_group("screen")


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with opened() as made:
        yield made


def _contrast(a: list[int], b: list[int]) -> float:
    def light(color: list[int]) -> float:
        c = np.asarray(color[:3]) / 255
        linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])  # WCAG 2.2, relative luminance

    low, high = sorted((light(a), light(b)))
    return (high + 0.05) / (low + 0.05)


SEEN = """() => {
  const pen = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const svg = document.querySelector(".screen-figure");
  const named = (node) => node.getAttribute("class").split(" ")[0];
  const of = (node) => [named(node), rgb(getComputedStyle(node).color)];
  const all = (what) => [...svg.querySelectorAll(what)].map(of);
  return {paper: rgb(getComputedStyle(svg).backgroundColor), marks: all("path.marker, path.gray"),
    words: all("text"), axes: all("path.ink")};
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("by", ["page", "reader"])
def test_colors_can_be_told_from_the_paper(screen, theme, by):
    names = [f"g{i}" for i in range(7)]
    frame = pl.DataFrame({"x": [float(i) for i in range(7)], "y": [1.0] * 7, "group": names})
    words = frame.with_columns(text=pl.col("group"))
    marks = (Mark(kind="points", frame=frame), Mark(kind="text", frame=words))
    panel = Panel(
        title="p", x=Axis(label="x"), y=Axis(label="y"), reference_y=1.0, note="note", marks=marks
    )
    screen.draw(View(name="c", title="t", caption="", panels=(panel,), groups=tuple(names)))
    root = "document.documentElement"
    page = f"{root}.dataset.theme = '{theme}'" if by == "page" else ""
    scheme = f"{root}.style.colorScheme = 'light dark'" if by == "reader" else ""
    screen.page.emulate_media(color_scheme=theme if by == "reader" else "light")
    try:
        screen.ask(f"() => {{ {page or scheme} }}")
        seen = screen.ask(SEEN)
    finally:
        screen.page.emulate_media(color_scheme="light")
        screen.ask(f"() => {{ delete {root}.dataset.theme; {root}.style.colorScheme = ''; }}")
    assert len(seen["marks"]) == 8
    assert (sum(seen["paper"][:3]) < 200) == (theme == "dark")
    for name, color in seen["marks"] + seen["axes"]:
        assert _contrast(color, seen["paper"]) >= 3.0, (name, color)
    for name, color in seen["words"]:
        assert _contrast(color, seen["paper"]) >= 4.5, (name, color)
    if theme == "light":  # orange and sky blue are darker than in print: white needs it
        printed = {f"color-{i}": c for i, c in enumerate(style.COLORS) if i not in {4, 5}}
        for name, color in seen["marks"]:
            if name in printed:
                assert f"#{bytes(color[:3]).hex()}" == printed[name].lower()


def test_constants_are_those_of_the_printer():
    found = re.search(r"export const PRINT = (\{.*?\n\});", assets()["style.js"].decode(), re.S)
    said = json.loads(found.group(1))
    assert set(said) >= {"COLORS", "SHAPES", "MARKER_PT", "WIDTH_MM", "INK"}
    for name, value in said.items():
        printed = getattr(style, name)
        if name == "DASH":
            printed = printed[1]
        if isinstance(printed, tuple | frozenset):
            printed = sorted(printed) if isinstance(printed, frozenset) else list(printed)
        assert value == printed, name


@pytest.mark.parametrize("name", [style.SEQUENTIAL, style.DIVERGING, "gray"])
def test_color_scales_are_those_of_the_printer(screen, name):
    found = np.reshape(screen.do("palette", name), (256, 3))
    printed = gray_map() if name == "gray" else colormaps[name]
    assert np.abs(found - printed(np.arange(256), bytes=True)[:, :3].astype(int)).max() <= 1
    if name != "gray":
        assert np.array_equal(found, printed(np.arange(256), bytes=True)[:, :3])


def _numbers() -> list[float]:
    rng = np.random.default_rng(11)
    spread = rng.normal(size=400) * 10.0 ** rng.uniform(-14, 14, 400)
    halves = rng.integers(-40000, 40000, 200) / 2.0 ** rng.integers(1, 12, 200)
    edges = [0.0, -1.0, 1e-3, 1e-4, 9.9995e-5, 1e5, 1e7, 9999999.5, 99995.0, 12345.0, 0.1 + 0.2,
             1e-9, 2.5e7, -0.00012345, 1.0625, 0.99995, 123456.5]  # fmt: skip
    return [*map(float, spread), *map(float, halves), *edges]


def test_numbers_are_written_as_in_print(screen):
    values = _numbers()
    found = screen.ask(
        """(values) => { const {tickText, significant, typeset} = window.screenTest.numbers;
        const four = (v) => typeset(significant(v, 4));
        return values.map((v) => [tickText(v), four(v), significant(v, 3)]); }""",
        values,
    )
    for value, (tick, shown, three) in zip(values, found, strict=True):
        assert tick == tick_text(value), value
        assert shown == typeset(significant(value, 4)), value
        assert three == significant(value, 3), value


def test_hidden_characters_are_written_out(screen):
    drawable = [name for name in HOSTILE if "日" not in name]  # the page has fonts for these
    assert screen.ask("(all) => all.map(window.screenTest.literal)", drawable) == [
        literal(name) for name in drawable
    ]


def test_assets_need_nothing_else():
    files = assets()
    assert {"view.js", "screen.css", "style.js"} <= set(files)
    for name, data in files.items():
        text = data.decode()
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "import(",
        ):
            assert word not in text, (name, word)
        for there in re.findall(r'from "\./([^"]+)"', text):
            assert there in files, (name, there)
        addresses = set(re.findall(r"https?://[^\s\"']+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name
