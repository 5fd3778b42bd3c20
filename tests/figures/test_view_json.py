"""A view that went through JSON is drawn byte for byte as before."""

import json
from math import inf, nan

import numpy as np
import polars as pl
import pytest

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.contract.view_json import view_from_json, view_to_json
from exportin.figures import render_svg


def _view() -> View:
    frame = pl.DataFrame(
        {
            "x": [0.0, 1.5, None, nan, inf, -inf],
            "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "group": ["a", "b", None, '</script>"', "é", "𝄞"],
            "hollow": [True, False, None, False, True, False],
            "row_id": ["p.csv:A01"] * 6,
        }
    )
    whole = pl.DataFrame({"x": [1, 2], "y": ["a", "b"], "text": ["u", None]})
    marks = (
        Mark(kind="points", frame=frame, label="wells"),
        Mark(kind="text", frame=whole, faint=True, along="x"),
        Mark(kind="line", frame=pl.DataFrame(schema={"x": pl.Float64, "y": pl.Float64})),
    )
    axis = Axis(label="dose", unit="nM", scale="log10", ticks=(1.0, 10.0), tick_words=("1", "10"))
    panel = Panel(title="P", x=axis, y=Axis(label="y"), value=Axis(label="v"), marks=marks)
    return View(
        name="n", title="t", caption="c", panels=(panel,), groups=("b", "a"),
        shapes=(("tick", "tick"),),
    )  # fmt: skip


def test_every_field_comes_back() -> None:
    view = _view()
    back = view_from_json(view_to_json(view))
    for before, after in zip(view.panels[0].marks, back.panels[0].marks, strict=True):
        assert after.frame.schema == before.frame.schema
        assert after.frame.equals(before.frame, null_equal=True)
    assert repr(back) == repr(view)
    assert view_to_json(back) == view_to_json(view)


def test_the_json_is_one_that_a_browser_reads() -> None:
    def refuse(word: str) -> None:
        pytest.fail(f"{word} is no JSON")

    said = json.loads(view_to_json(_view()), parse_constant=refuse)
    assert said["panels"][0]["marks"][0]["frame"]["x"] == [
        0.0, 1.5, None, "NaN", "Infinity", "-Infinity",
    ]  # fmt: skip


def test_floats_lose_no_digit() -> None:
    rng = np.random.default_rng(3)
    values = np.exp(rng.normal(0, 40, 2000))
    frame = pl.DataFrame({"x": values, "y": -values})
    panel = Panel(
        title="", x=Axis(label=""), y=Axis(label=""), marks=(Mark(kind="line", frame=frame),)
    )
    back = view_from_json(view_to_json(View(name="n", title="", caption="", panels=(panel,))))
    assert back.panels[0].marks[0].frame.equals(frame)


def test_a_picture_of_the_view_that_came_back_has_the_same_bytes() -> None:
    frame = pl.DataFrame({"x": [0.0, 1.0, 10.0], "y": [1.0, 0.7, 0.1], "group": ["a", "a", "b"]})
    panel = Panel(
        title="P", x=Axis(label="dose", scale="log10"), y=Axis(label="y"),
        marks=(Mark(kind="points", frame=frame), Mark(kind="line", frame=frame)),
    )  # fmt: skip
    view = View(name="n", title="t", caption="c", panels=(panel,))
    assert render_svg(view_from_json(view_to_json(view))) == render_svg(view)
