"""Open sides end in an arrowhead at the border, closed ones in a cap."""

import numpy as np
import polars as pl
import pytest

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.figures.layout import compose
from exportin.figures.pen import swarm
from exportin.figures.style import GRAY, house_style


def lines_of(opened: str, low: float | None, high: float | None, dashed: bool = False):
    frame = pl.DataFrame(
        {"x": [10.0], "y": ["m"], "low": [low], "high": [high], "group": ["A"], "open": [opened],
         "dashed": [dashed]},
        schema_overrides={"low": pl.Float64, "high": pl.Float64},
    )  # fmt: skip
    panel = Panel(
        title="", x=Axis(label="x", scale="log10", low=1.0, high=1000.0),
        y=Axis(label="", scale="category", categories=("m",)),
        marks=(Mark(kind="interval", frame=frame),),
    )  # fmt: skip
    with house_style():
        figure = compose(View(name="n", title="", caption="", panels=(panel,)))
    return [line for line in figure.axes[0].lines if len(line.get_xdata())]


@pytest.mark.parametrize(
    ("opened", "low", "high", "heads"),
    [
        ("none", 2.0, 50.0, set()),
        ("low", None, 50.0, {"<"}),
        ("high", 2.0, None, {">"}),
        ("both", None, None, {"<", ">"}),
        ("none", 2.0, 5000.0, {">"}),  # beyond the axis
        ("none", 0.0, 50.0, {"<"}),  # no place for 0 on a log axis
    ],
)
def test_heads_and_caps(opened, low, high, heads):
    lines = lines_of(opened, low, high)
    markers = [line.get_marker() for line in lines]
    assert {m for m in markers if m in {"<", ">"}} == heads
    assert markers.count("|") == 2 - len(heads)


def test_open_side_reaches_the_border():
    head = next(line for line in lines_of("high", 2.0, None) if line.get_marker() == ">")
    assert 2.9 < head.get_xdata()[0] < 3.0


def test_technical_intervals_look_different():
    assert {line.get_color() for line in lines_of("none", 2.0, 50.0, dashed=True)} == {GRAY}


def test_swarm_keeps_equal_values_apart():
    out = swarm(np.array([1.0, 1.0, 1.0, 9.0]), np.zeros(4), 0.5, 0.1, 0.4)
    assert sorted(out[:3]) == pytest.approx([-0.1, 0.0, 0.1])
    assert out[3] == 0
    crowd = swarm(np.ones(200), np.zeros(200), 0.5, 0.1, 0.4)
    assert np.abs(crowd).max() <= 0.4 + 1e-12
