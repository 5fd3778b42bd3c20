"""Views on the screen: every mark, what can be clicked, keys, focus, names of any kind."""

from collections.abc import Iterator

import polars as pl
import pytest

from exportin.contract.view import Axis, Mark, Panel, View

from .samples import FRAMES, hostile_view, view_of
from .screen_page import Screen, as_json, opened

pytestmark = pytest.mark.xdist_group("screen")
COUNT = "() => document.querySelectorAll('.screen-figure .panel {}').length"


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with opened() as made:
        yield made


def wells(hollow: tuple[int, ...] = (), name: str = "plate.csv") -> View:
    """A plate of 2 x 3 wells and the same wells as a curve; B02 is not measured."""
    frame = pl.DataFrame(
        {
            "row": ["A", "A", "A", "B", "B", "B"],
            "column": ["1", "2", "3", "1", "2", "3"],
            "dose": [0.0, 1.0, 10.0, 100.0, 1000.0, None],
            "value": [100.0, 98.0, 61.5, 22.25, None, 3.0],
            "group": ["drug"] * 3 + ["other"] * 3,
            "hollow": [i in hollow for i in range(6)],
            "row_id": [f"{name}:{well}" for well in ("A01", "A02", "A03", "B01", "B02", "B03")],
        }
    )
    cells = frame.select(pl.col("column").alias("x"), pl.col("row").alias("y"), "value", "hollow",
                         "row_id")  # fmt: skip
    dots = frame.select(pl.col("dose").alias("x"), pl.col("value").alias("y"), "group", "hollow",
                        "row_id")  # fmt: skip
    plate = Panel(
        title="plate 1",
        x=Axis(label="", scale="category", categories=("1", "2", "3")),
        y=Axis(label="", scale="category", categories=("A", "B")),
        value=Axis(label="Signal", unit="RLU"),
        marks=(Mark(kind="heat", frame=cells),),
    )
    curve = Panel(
        title="curve",
        x=Axis(label="Dose", unit="nM", scale="log10"),
        y=Axis(label="Viability", unit="%"),
        marks=(Mark(kind="points", frame=dots, label="wells"),),
        note="n = 1",
    )
    return View(
        name="w", title="Wells", caption="Every well.", panels=(plate, curve),
        groups=("drug", "other"), group_title="Arm", columns=2,
    )  # fmt: skip


DRAWN = {
    "points": "path.marker", "line": "path[stroke-dasharray]", "step": "path.color-0",
    "band": "path[opacity]", "interval": "path.color-1", "bar": "rect.color-0",
    "strip": "path.marker", "heat": "rect.cell", "density": "image", "image": "image",
    "text": "text.ink", "arrow": "path.color-0",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(FRAMES))
def test_every_kind_of_mark_draws(screen, kind):
    screen.draw(view_of(kind))
    assert screen.ask(COUNT.format(DRAWN[kind])) >= 1
    assert "no data" not in screen.page.text_content("#box")


def test_a_view_without_data_says_so(screen):
    panel = Panel(title="", x=Axis(label="x"), y=Axis(label="y"), marks=())
    screen.draw(View(name="e", title="", caption="", panels=(panel,)))
    assert "no data" in screen.page.text_content(".screen-figure")
    screen.draw(View(name="e", title="none", caption="", panels=()))
    assert screen.ask(COUNT.format("*")) == 0


def test_points_out_of_sight_are_counted(screen):
    frame = pl.DataFrame({"x": [1.0, 2.0, 50.0, None], "y": [1.0, float("nan"), 1.0, 1.0]})
    panel = Panel(title="p", x=Axis(label="x", low=0.0, high=10.0), y=Axis(label="y"),
                  marks=(Mark(kind="points", frame=frame),))  # fmt: skip
    screen.draw(View(name="h", title="", caption="", panels=(panel,)))
    assert "2 points outside the axes" in screen.page.text_content(".screen-figure")
    assert screen.ask(COUNT.format("path.marker")) == 1


def test_dose_zero_has_its_own_tick_behind_a_break(screen):
    screen.draw(wells(), width=880, panels=["curve"])
    (said,) = screen.do("describeScales", as_json(wells()), {"width": 880, "panels": ["curve"]})
    assert said["x"]["zero"] == said["x"]["ticks"][0] < 0
    assert said["x"]["words"] == ["0", "1", "10", "100", "1000"]
    assert screen.ask(COUNT.format("path.paper")) == 1


def test_shapes_follow_groups_and_symbols(screen):
    names = [f"g{i}" for i in range(8)]
    frame = pl.DataFrame({"x": [1.0] * 8, "y": [float(i) for i in range(8)], "group": names})
    outlines = """() => [...document.querySelectorAll('.panel path.marker')]
      .map((n) => [n.getAttribute('d'), n.getAttribute('fill')])"""
    shapes = (("g0", "cross"), ("g1", "tick"))
    for mark in (frame, frame.with_columns(symbol=pl.col("group"), group=pl.lit("one"))):
        panel = Panel(title="p", x=Axis(label="x"), y=Axis(label="y"),
                      marks=(Mark(kind="points", frame=mark),))  # fmt: skip
        view = View(name="s", title="", caption="", panels=(panel,))
        screen.draw(view)
        found = screen.ask(outlines)
        assert len({d for d, _ in found}) == 8
        assert {fill for _, fill in found} == {"currentColor"}
    screen.draw(as_json(view) | {"shapes": [list(s) for s in shapes]})
    assert [fill for _, fill in screen.ask(outlines)][:3] == ["none", "none", "currentColor"]


def test_a_pale_line_says_whose_it_is(screen):
    frame = pl.DataFrame({"x": [0.0, 7.0], "y": [1.0, 2.0], "group": "arm", "curve": "M7"})
    panel = Panel(title="p", x=Axis(label="Day", unit="d"), y=Axis(label="Volume", unit="mm³"),
                  marks=(Mark(kind="line", frame=frame, faint=True, label="animals"),))  # fmt: skip
    view = View(name="l", title="", caption="", panels=(panel,))
    screen.draw(view, width=880)
    (said,) = screen.do("describeScales", as_json(view), {"width": 880})
    box = screen.page.locator(".screen-figure").bounding_box()
    right = said["box"]["left"] + said["box"]["width"] * (7.35 / 7.7)
    top = said["box"]["top"] + said["box"]["height"] * (0.05 / 1.1)
    screen.page.mouse.move(box["x"] + right, box["y"] + top)
    lines = screen.page.locator(".screen-tip div").all_text_contents()
    assert lines == ["animals", "Day: 7 d", "Volume: 2 mm³", "arm", "M7"]
    screen.page.keyboard.press("Escape")
    assert screen.page.locator(".screen-tip").is_hidden()


@pytest.mark.parametrize("row", ["plate.csv:A03", "plate.csv:B01", "plate.csv:B02"])
def test_click_on_a_cell_names_its_row(screen, row):
    screen.draw(wells(), width=880)
    screen.page.click(f"[data-panel='0'] [data-row='{row}']")
    assert screen.ask("() => window.screenTest.rows") == [[row, "click", 1]]


def test_click_on_a_marker_takes_the_nearest(screen):
    frame = pl.DataFrame(
        {"x": [1.0, 1.02, 5.0], "y": [1.0, 1.0, 5.0], "row_id": ["f:1", "f:2", "f:3"]}
    )
    panel = Panel(title="p", x=Axis(label="x"), y=Axis(label="y"),
                  marks=(Mark(kind="points", frame=frame),))  # fmt: skip
    screen.draw(View(name="n", title="", caption="", panels=(panel,)), width=880)
    for row in ("f:1", "f:2", "f:3"):
        place = screen.ask(
            """(row) => { const box = document.querySelector(`[data-row='${row}']`)
            .getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }""",
            row,
        )
        screen.page.mouse.click(*place)
    assert [r for r, *_ in screen.ask("() => window.screenTest.rows")] == ["f:1", "f:2", "f:3"]


def test_several_rows_behind_one_marker(screen):
    rows = [f"p.csv:{well}" for well in ("B02", "C02", "D02", "E02", "F02", "G02")]
    frame = pl.DataFrame(
        {"x": [1.0, 2.0], "y": [1.0, 2.0], "row_id": ["\n".join(rows), "\n".join(rows[:2])]}
    )
    panel = Panel(title="p", x=Axis(label="x"), y=Axis(label="y"),
                  marks=(Mark(kind="points", frame=frame),))  # fmt: skip
    screen.draw(View(name="n", title="", caption="", panels=(panel,)), width=880)
    nodes = screen.page.locator("[data-row]")
    nodes.first.click()
    assert screen.ask("() => window.screenTest.rows") == [["\n".join(rows), "click", 6]]
    said = [node.get_attribute("aria-label").partition(", x")[0] for node in nodes.all()]
    assert said == ["p.csv:B02, p.csv:C02, p.csv:D02, p.csv:E02 and 2 more", "p.csv:B02, p.csv:C02"]


def test_points_of_a_line_are_rows(screen):
    frame = pl.DataFrame(
        {"x": [0.0, 7.0, 14.0, 21.0], "y": [1.0, 2.0, None, 3.0], "group": "arm", "curve": "M7",
         "row_id": ["log.csv:M7@0", "log.csv:M7@7", "log.csv:M7@14", None]}
    )  # fmt: skip
    panel = Panel(title="p", x=Axis(label="Day", unit="d"), y=Axis(label="Volume"),
                  marks=(Mark(kind="line", frame=frame, faint=True),))  # fmt: skip
    screen.draw(View(name="l", title="", caption="", panels=(panel,)), width=880)
    found = screen.ask(
        "() => [...document.querySelectorAll('[data-row]')].map((n) => n.dataset.row)"
    )
    assert found == ["log.csv:M7@0", "log.csv:M7@7"]
    screen.page.click("[data-row='log.csv:M7@7']")
    assert screen.ask("() => window.screenTest.rows") == [["log.csv:M7@7", "click", 1]]
    shown = "() => getComputedStyle(document.querySelector('.vertex.pointed')).stroke !== 'none'"
    assert screen.ask(shown)


def test_a_panel_can_stand_for_a_row(screen):
    view = as_json(view_of("density"))
    view["panels"][0]["row_id"] = "tube.fcs:1-900"
    screen.draw(view, width=880)
    box = screen.page.locator("rect.whole").bounding_box()
    screen.page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 5)
    lines = screen.page.locator(".screen-tip div").all_text_contents()
    assert lines == ["tube.fcs:1-900", "x: 0.5 mm", "y: 0.5 mm", "Value: 1"]
    screen.page.mouse.click(box["x"] + 5, box["y"] + box["height"] - 5)  # on counts
    screen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)  # on nothing
    screen.page.keyboard.press("Enter")
    found = screen.ask("() => window.screenTest.rows")
    assert found == [["tube.fcs:1-900", how, 1] for how in ("click", "click", "keydown")]
    assert screen.page.locator("[data-row]").get_attribute("aria-label") == "tube.fcs:1-900"
    screen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] - 30)
    assert len(screen.ask("() => window.screenTest.rows")) == 3


def test_click_beside_everything_names_nothing(screen):
    screen.draw(wells(), width=880)
    screen.page.click(".screen-figure", position={"x": 3, "y": 3})
    assert screen.ask("() => window.screenTest.rows") == []


def focused(screen: Screen) -> str | None:
    return screen.ask("() => document.activeElement.getAttribute('data-row')")


def test_tab_stops_once_per_panel_and_arrows_move(screen):
    screen.draw(wells(), width=880)
    screen.page.focus("#before")
    said = []
    for key in ("Tab", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "End", "Home"):
        screen.page.keyboard.press(key)
        said.append(focused(screen)[-3:])
    assert said == ["A01", "A02", "B02", "B01", "A01", "B03", "A01"]
    screen.page.keyboard.press("Tab")  # the curve: in the order of doses
    order = [focused(screen)[-3:]]
    for _ in range(4):
        screen.page.keyboard.press("ArrowRight")
        order.append(focused(screen)[-3:])
    assert order == ["A01", "A02", "A03", "B01", "B01"]  # B02 has no value, B03 no dose
    screen.page.keyboard.press("Enter")
    screen.page.keyboard.press("ArrowLeft")
    screen.page.keyboard.press("Space")
    assert screen.ask("() => window.screenTest.rows") == [
        ["plate.csv:B01", "keydown", 1], ["plate.csv:A03", "keydown", 1],
    ]  # fmt: skip
    screen.page.keyboard.press("Shift+Tab")
    assert focused(screen) == "plate.csv:A01"


def test_a_marker_says_what_it_is(screen):
    screen.draw(wells(hollow=(3,)), width=880)
    node = screen.page.locator("[data-panel='1'] [data-row='plate.csv:B01']")
    assert node.get_attribute("aria-label") == (
        "plate.csv:B01, Dose 100 nM, Viability 22.25 %, other, left out"
    )
    assert node.get_attribute("role") == "button"
    assert screen.ask("() => document.querySelectorAll('.legend path[fill=none].ink').length") == 2
    assert node.get_attribute("aria-pressed") == "true"
    cell = screen.page.locator("[data-panel='0'] [data-row='plate.csv:A03']")
    assert cell.get_attribute("aria-label") == "plate.csv:A03, A3, Signal 61.5 RLU"
    assert cell.get_attribute("aria-pressed") == "false"
    figure = screen.page.locator(".screen-figure")
    assert figure.get_attribute("aria-label") == "Wells"
    about = figure.get_attribute("aria-describedby")
    assert screen.page.locator(f"[id='{about}']").text_content() == "Every well."


def test_update_keeps_the_focus_on_its_row(screen):
    screen.draw(wells(), width=880)
    screen.page.focus("#before")
    for key in ("Tab", "Tab", "ArrowRight", "ArrowRight"):
        screen.page.keyboard.press(key)
    assert focused(screen) == "plate.csv:A03"
    screen.do("update", as_json(wells(hollow=(2,))))
    where = """() => { const node = document.activeElement; return [node.dataset.row,
      node.getAttribute('aria-pressed'), node.closest('.panel').dataset.panel,
      node.getAttribute('tabindex')]; }"""
    assert screen.ask(where) == ["plate.csv:A03", "true", "1", "0"]
    assert screen.ask("() => document.querySelectorAll('[tabindex=\"0\"]').length") == 2
    screen.page.keyboard.press("ArrowLeft")
    assert focused(screen) == "plate.csv:A02"
    assert screen.page.locator(".screen-figure").count() == 1


def test_focus_survives_a_row_that_is_gone(screen):
    screen.draw(wells(), width=880)
    assert screen.do("focus", "plate.csv:A01")
    screen.do("update", as_json(wells(name="other.csv")))
    assert focused(screen) is None
    assert not screen.do("focus", "plate.csv:A01")


def test_tooltip_has_units_and_the_page_can_add_words(screen):
    screen.draw(wells(), width=880, words=["why: edge"])
    screen.page.hover("[data-panel='1'] [data-row='plate.csv:A03']")
    lines = screen.page.locator(".screen-tip div").all_text_contents()
    assert lines == ["plate.csv:A03", "Dose: 10 nM", "Viability: 61.5 %", "drug", "why: edge"]
    screen.page.mouse.move(1, 1)
    assert screen.page.locator(".screen-tip").is_hidden()


def test_names_stay_inert(screen):
    payload = "</text><script>window.hacked = 1</script><img src=x onerror=window.hacked=1>"
    view = as_json(hostile_view(2))
    view["panels"][0]["title"] = view["title"] = view["caption"] = payload
    frame = view["panels"][0]["marks"][0]["frame"]
    frame["row_id"] = [payload] * len(frame["x"])
    view["panels"][0]["marks"][0]["types"]["row_id"] = "String"
    screen.draw(view, words=payload)
    screen.page.locator("[data-row]").first.hover()
    assert screen.ask("() => window.hacked === undefined")
    assert screen.ask("() => document.querySelectorAll('script, #box img').length") == 1
    assert payload in screen.page.locator(".screen-figure").get_attribute("aria-label")
    assert screen.page.locator(".screen-tip .head").text_content() == payload
    assert screen.ask("() => document.querySelectorAll('#box [style]').length") <= 1  # the tip


def test_an_unknown_category_is_refused(screen):
    view = as_json(wells())
    view["panels"][0]["marks"][0]["frame"]["x"][0] = "13"
    with pytest.raises(Exception, match="has no category '13'"):
        screen.draw(view)
    screen.faults.clear()
    screen.draw(wells())


def test_some_panels_keep_the_colors_of_all(screen):
    frame = {"x": [1.0], "y": [2.0]}
    panels = tuple(
        Panel(title=name, x=Axis(label="x"), y=Axis(label="y"), note="same",
              marks=(Mark(kind="points", frame=pl.DataFrame(frame | {"group": [name]})),))
        for name in ("A", "B", "C", "D")
    )  # fmt: skip
    view = View(name="p", title="", caption="", panels=panels)
    found = """() => [...document.querySelectorAll('.panel')].map((g) => [g.dataset.panel,
      g.querySelector('path.marker').getAttribute('class').split(' ')[0]])"""
    screen.draw(view, panels=[2])
    assert screen.ask(found) == [["2", "color-2"]]
    screen.draw(view, panels=["B", "D"])
    assert screen.ask(found) == [["1", "color-1"], ["3", "color-3"]]
    screen.draw(view, **{"from": 3})
    assert screen.ask(found) == [["3", "color-3"]]


@pytest.mark.parametrize("width", [320, 600, 890])
def test_a_figure_stays_within_its_width(screen, width):
    screen.draw(hostile_view(3), width=width)
    wide = """() => { const svg = document.querySelector('.screen-figure');
      const edge = svg.getBoundingClientRect().right;
      return Math.max(...[...svg.querySelectorAll('text')]
        .map((t) => t.getBoundingClientRect().right - edge)); }"""
    assert screen.ask(wide) < 2.5


def test_it_follows_the_room_it_has(screen):
    screen.draw(wells())
    before = screen.ask("() => document.querySelector('.screen-figure').viewBox.baseVal.width")
    screen.page.set_viewport_size({"width": 500, "height": 900})
    screen.page.wait_for_function(
        "() => document.querySelector('.screen-figure').viewBox.baseVal.width < 500"
    )
    screen.page.set_viewport_size({"width": 960, "height": 900})
    screen.page.wait_for_function(
        "(w) => document.querySelector('.screen-figure').viewBox.baseVal.width === w", arg=before
    )
    screen.do("destroy")
    assert screen.ask("() => document.getElementById('box').childElementCount") == 0
