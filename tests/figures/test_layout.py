"""Nothing overlaps, nothing leaves the page, colors keep their order."""

import numpy as np
import polars as pl
import pytest
from matplotlib.text import Text

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.figures.layout import compose
from exportin.figures.scales import panel_scales, scale_of
from exportin.figures.style import COLORS, WIDTH_MM, house_style, look_of
from exportin.figures.ticks import tick_plan

from .samples import collisions, drawn, hostile_view, touching, view_of

LONG = "A very long treatment name 80 mg/kg twice weekly by mouth"


def stress(count: int, width: str, columns: int = 3) -> View:
    names = tuple(f"{LONG} {i}" for i in range(6))
    frame = pl.DataFrame({"x": names, "y": [1.0, 1e5, 3.0, 4.0, 5.0, 6.0], "group": names})
    panel = Panel(
        title=f"{LONG} in a model with a long name",
        x=Axis(label=LONG, unit="nM", scale="category", categories=names),
        y=Axis(label=LONG, unit="% of vehicle", scale="log10"),
        marks=(Mark(kind="points", frame=frame),),
        note=f"n = 3; {LONG}",
    )
    panels = tuple(
        panel if i else Panel(**{**_fields(panel), "note": "other"}) for i in range(count)
    )
    return View(
        name="s", title=" ".join([LONG] * 5), caption="", panels=panels, columns=columns,
        group_title=LONG, width=width,
    )  # fmt: skip


def _fields(panel: Panel) -> dict[str, object]:
    return {name: getattr(panel, name) for name in Panel.__slots__}


@pytest.mark.parametrize(("count", "width"), [(1, "single"), (2, "double"), (7, "double")])
def test_words_never_touch(count, width):
    assert collisions(stress(count, width)) == []


@pytest.mark.parametrize("width", ["single", "double"])
def test_hostile_names_never_touch(width):
    assert collisions(hostile_view(3, width)) == []


def test_sixty_panels_fit():
    frame = pl.DataFrame({"x": [0.001, 10.0], "y": [0.0, 100.0], "group": ["A", "A"]})
    panels = tuple(
        Panel(
            title=f"Model {i}",
            x=Axis(label="Dose", unit="nM", scale="log10"),
            y=Axis(label="Viability", unit="%"),
            marks=(Mark(kind="points", frame=frame),),
        )
        for i in range(60)
    )
    view = View(name="s", title="Sixty", caption="", panels=panels)
    figure = drawn(view)
    assert touching(figure) == []
    width, height = figure.get_size_inches() * 25.4
    assert width == pytest.approx(WIDTH_MM["double"])
    assert height < 330


def texts(view: View) -> list[str]:
    with house_style():
        figure = compose(view)
        return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text()]


def test_equal_axes_are_labeled_once():
    panel = view_of("points").panels[0]
    view = View(name="n", title="", caption="", panels=(panel,) * 4, columns=2)
    assert texts(view).count("y (mm)") == 2
    assert texts(view).count("x (mm)") == 2


def test_colors_follow_the_view_and_not_the_rows():
    view = view_of("points")
    assert look_of(view).color("A") == COLORS[0]
    turned = View(**{**{n: getattr(view, n) for n in View.__slots__}, "groups": ("B", "A")})
    assert look_of(turned).color("B") == COLORS[0]
    rows = turned.panels[0].marks[0].frame.reverse()
    mixed = Panel(**{**_fields(turned.panels[0]), "marks": (Mark(kind="points", frame=rows),)})
    again = View(name="v", title="", caption="", panels=(mixed,))
    assert look_of(again).groups == ("A", "B")


def test_shape_is_a_second_channel():
    look = look_of(view_of("points"))
    assert look.shape("A") != look.shape("B")


def test_log_ticks_are_plain_doses():
    scale = scale_of(Axis(label="d", scale="log10", low=0.5, high=2000.0), np.zeros(0))
    _, words, minor = tick_plan(scale, "x", 60.0, 178.0)
    assert words == ["1", "10", "100", "1000"]
    assert len(minor) > 20
    molar = scale_of(Axis(label="d", scale="log10", low=1e-9, high=1e-5), np.zeros(0))
    assert tick_plan(molar, "x", 60.0, 178.0)[1] == ["10⁻⁹", "10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"]


def test_dose_zero_has_its_own_place():
    scale = scale_of(Axis(label="d", scale="log10"), np.array([0.0, 1.0, 100.0]))
    at, words, _ = tick_plan(scale, "x", 60.0, 178.0)
    assert words[0] == "0"
    assert scale.at(0.0) == at[0] < scale.at(1.0)


def test_points_that_cannot_be_seen_are_counted():
    frame = pl.DataFrame({"x": [1.0, 2.0, -1.0], "y": [1.0, 500.0, 1.0]})
    panel = Panel(
        title="", x=Axis(label="x", scale="log10"), y=Axis(label="y", low=0.0, high=10.0),
        marks=(Mark(kind="points", frame=frame),),
    )  # fmt: skip
    assert "2 points outside the axes" in texts(
        View(name="n", title="", caption="", panels=(panel,))
    )


def test_unknown_category_is_an_error():
    x = Axis(label="x", scale="category", categories=("a",))
    with pytest.raises(ValueError, match="no category"):
        scale_of(x, np.zeros(0)).place(pl.Series(["b"]))


def test_color_bar_ticks_lie_inside():
    panel = view_of("heat").panels[0]
    assert panel_scales(panel)[0].low == -0.5
