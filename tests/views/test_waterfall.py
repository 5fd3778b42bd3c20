"""Waterfall: order, base, bounds and what is said of lines without a number."""

import polars as pl
import pytest

from exportin.contract.view import source_frame
from exportin.figures import render_svg
from exportin.views.waterfall import waterfall_view

LINES = pl.DataFrame(
    {
        "row": ["A", "B", "C", "D", "E", "F"],
        "value": [100.0, 10.0, 1000.0, 1000.0, 300.0, None],
        "bound": ["=", "=", ">", "=", "=", "="],
        "conf_low": [50.0, 5.0, None, 500.0, None, None],
        "conf_high": [200.0, 20.0, None, 2000.0, None, None],
        "group": ["x", "y", "x", "y", "x", "x"],
        "n_units": [3, 3, 3, 2, 3, 0],
    }
)


def view(frame=LINES, **more):
    return waterfall_view(name="w", title="t", estimates=frame, label="IC50", unit="nM", **more)


def bars(made):
    return {m.kind: m.frame for m in made.panels[0].marks}


def test_lines_stand_from_least_to_most_sensitive_with_bounds_on_their_side():
    assert view().panels[0].x.categories == ("C", "D", "E", "A", "B")
    below = LINES.with_columns(pl.col("bound").replace({">": "<"}))
    assert view(below).panels[0].x.categories == ("D", "C", "E", "A", "B")


def test_bars_are_tenfold_steps_from_the_middle_line():
    frame = bars(view())["bar"]
    heights = dict(frame.select("x", "y").iter_rows())
    assert heights["E"] == pytest.approx(0.0, abs=1e-12)
    assert heights["B"] == pytest.approx(-1.477121, abs=1e-6)
    assert "the middle line, E (300 nM)" in view().panels[0].note
    given = view(base=1000.0, base_name="the top dose")
    assert dict(bars(given)["bar"].select("x", "y").iter_rows())["A"] == pytest.approx(-1.0)
    assert "Bars from the top dose (1000 nM)" in given.panels[0].note


def test_a_bound_is_an_arrow_without_an_interval():
    found = bars(view())
    assert found["arrow"]["x"].to_list() == ["C"]
    assert (found["arrow"]["y2"] > found["arrow"]["y"]).all()
    assert set(found["interval"]["x"]) == {"A", "B", "D"}


def test_lines_without_a_number_are_counted_and_n_is_written():
    made = view()
    assert "n = 5 lines, 1 without a number" in made.panels[0].note
    assert set(bars(made)["text"]["text"]) == {"n = 3", "n = 2"}
    assert len(render_svg(made)) > 1000
    assert source_frame(made).height > 5


def test_a_panel_per_treatment():
    both = pl.concat([LINES.with_columns(panel=pl.lit(t)) for t in ("sel", "dox")])
    assert [panel.title for panel in view(both).panels] == ["dox", "sel"]
