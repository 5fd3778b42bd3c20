"""Frames that the builders make; no pixels."""

import polars as pl
import pytest

from exportin.contract.view import MARK_COLUMNS, View, source_frame
from exportin.figures import render_svg
from exportin.results.formatting import format_estimate
from exportin.views.curve import curve_view
from exportin.views.dots import dots_view
from exportin.views.forest import forest_view
from exportin.views.heat import plate_view
from exportin.views.overview import overview_view, ranked_view
from exportin.views.words import bound_words, estimate_words

POINTS = pl.DataFrame(
    {
        "panel": ["L2", "L2", "L10", "L10"],
        "group": ["sel", "dox"] * 2,
        "unit_id": ["e1", "e2"] * 2,
        "x": [1.0, 2000.0, 10.0, 0.0],
        "y": [100.0, 8.0, 70.0, 101.0],
        "hollow": [False, True, False, False],
    }
)
ESTIMATES = pl.DataFrame(
    {
        "panel": ["L2", "L2", "L10", "L10"],
        "group": ["sel", "dox"] * 2,
        "value": [50.0, 2000.0, 30.0, None],
        "conf_low": [20.0, None, 10.0, None],
        "conf_high": [90.0, None, None, None],
        "conf_open": ["none", "none", "high", "none"],
        "bound": ["=", ">", "=", "="],
        "n_units": [3, 3, 3, 2],
        "status": ["ok", "at_bound", "ok", "no_response"],
        "interval_level": ["between", "between", "within", "between"],
    }
)


def curve() -> View:
    lines = POINTS.select("panel", "group", "x", "y").with_columns(
        low=pl.col("y") - 1, high=pl.col("y") + 1
    )
    return curve_view(
        name="c", title="t", points=POINTS, curves=lines, estimates=ESTIMATES, x_unit="nM",
        groups=["sel", "dox"],
    )  # fmt: skip


def forest() -> View:
    return forest_view(
        name="f", title="t", estimates=ESTIMATES.rename({"panel": "row"}), x_label="IC50",
        x_unit="nM", groups=["sel", "dox"],
        units=pl.DataFrame({"row": ["L2", "L2"], "group": ["sel", "dox"], "value": [40.0, 2000.0],
                            "bound": ["=", ">"]}),
    )  # fmt: skip


UNITS = pl.DataFrame(
    {
        "group": ["a", "b"] * 3,
        "value": [1.0, 2.0, 1.5, 2.5, 9.0, 2.2],
        "unit_id": ["m1", "m1", "m2", "m2", "m3", "m3"],
        "hollow": [False, False, False, False, True, False],
    }
)


def dots(**more) -> View:
    summary = pl.DataFrame(
        {"group": ["a", "b"], "value": [1.25, 2.2], "conf_low": [1.0, 2.0], "conf_high": [1.5, 2.4]}
    )
    tests = pl.DataFrame(
        {"group_a": ["b"], "group_b": ["a"], "p_value": [0.0123], "effect": [1.8],
         "effect_kind": ["ratio"], "conf_low": [1.1], "conf_high": [None]},
        schema_overrides={"conf_high": pl.Float64},
    ).with_columns(conf_open=pl.lit("high"))  # fmt: skip
    return dots_view(
        name="d", title="t", units=UNITS, summary=summary, comparisons=tests, y_label="v", **more
    )


def plate() -> View:
    wells = pl.DataFrame({"plate": ["p1", "p1"], "row": ["A", "H"], "column": [1, 12],
                          "value": [1.0, 2.0], "hollow": [False, True]})  # fmt: skip
    return plate_view(name="p", title="t", wells=wells, value_label="v")


def overview() -> View:
    cells = pl.DataFrame({"row": ["m1", "m2"], "column": ["d", "d"], "value": [1.0, 2000.0],
                          "bound": ["=", ">"]})  # fmt: skip
    return overview_view(name="o", title="t", estimates=cells, value_label="IC50")


def ranked() -> View:
    cells = pl.DataFrame(
        {"row": ["m1", "m2", "m3"], "value": [9.0, 2.0, None], "bound": ["=", ">", "="]}
    )
    return ranked_view(name="r", title="t", estimates=cells, y_label="IC50")


def marks(view: View, kind: str, panel: int = 0) -> list[pl.DataFrame]:
    return [m.frame for m in view.panels[panel].marks if m.kind == kind]


@pytest.mark.parametrize("make", [curve, forest, dots, plate, overview, ranked])
def test_frames_keep_the_contract_and_draw(make):
    view = make()
    for panel in view.panels:
        for mark in panel.marks:
            need, _, may = MARK_COLUMNS[mark.kind].partition("|")
            assert set(need.split()) <= set(mark.frame.columns)
            assert set(mark.frame.columns) <= set(need.split()) | set(may.split())
            assert mark.frame.height
    assert source_frame(view).height
    assert render_svg(view)


def test_curve_panels_in_natural_order_and_axes_shared():
    view = curve()
    assert [p.title for p in view.panels] == ["L2", "L10"]
    assert len({p.x for p in view.panels}) == len({p.y for p in view.panels}) == 1
    assert view.panels[0].x.high > 2000
    assert view.panels[0].note == "Bars: IC50, 95% CI, n = 3 experiments"


def test_curve_bound_is_an_arrow_and_never_a_point():
    text, arrow = marks(curve(), "text")[0], marks(curve(), "arrow")[0]
    assert text.get_column("text").to_list() == ["> 2000"]
    assert (arrow.get_column("x2") > arrow.get_column("x")).all()
    assert marks(curve(), "interval")[0].get_column("x").to_list() == [50.0]


def test_curve_open_technical_and_no_response():
    interval = marks(curve(), "interval", 1)[0].row(0, named=True)
    assert (interval["open"], interval["high"], interval["dashed"]) == ("high", None, True)
    assert marks(curve(), "text", 1)[0].get_column("text").to_list() == ["no response"]


def test_curve_points_are_those_given():
    frame = marks(curve(), "points")[0]
    assert frame.columns == ["x", "y", "group", "symbol", "hollow", "row_id"]
    assert frame.get_column("hollow").to_list() == [False, True]


def test_forest_rows_and_words():
    view = forest()
    assert view.panels[0].y.categories == ("L2, sel", "L2, dox", "L10, sel", "L10, dox")
    words = dict(zip(*(marks(view, "text")[-1].get_column(c) for c in ("y", "text")), strict=True))
    assert words == {
        "L2, sel": "50 (20 to 90), n = 3",
        "L2, dox": "> 2000 nM, n = 3",
        "L10, sel": "30 (at least 10), technical, n = 3",
        "L10, dox": "no response, n = 2",
    }
    assert marks(view, "interval")[0].get_column("dashed").to_list() == [False, True]


def test_figures_write_the_digits_of_the_tables():
    row = {"value": 793.4, "conf_low": 267.1, "conf_high": 2357.0, "conf_open": "none",
           "bound": "=", "n_units": 3, "status": "ok", "interval_level": "between",
           "scale": "log10", "units": "nM"}  # fmt: skip
    assert estimate_words(row) == f"{format_estimate({**row, 'units': ''})}, n = 3"
    far = {**row, "value": 94.42137, "bound": ">", "conf_low": None, "conf_high": None}
    assert bound_words(far, "nM") == format_estimate(far) == "> 94 nM"


def test_forest_axis_is_not_stretched_by_one_wide_interval():
    wide = ESTIMATES.rename({"panel": "row"}).with_columns(conf_high=pl.lit(1e12))
    view = forest_view(name="f", title="t", estimates=wide, x_label="IC50")
    assert view.panels[0].x.high < 1e7


def test_dots_n_counts_kept_units():
    assert dots().panels[0].x.categories == ("a\nn = 2", "b\nn = 3")


def test_dots_bracket_says_p():
    assert marks(dots(), "text")[0].get_column("text").to_list() == ["p = 0.012"]


def test_dots_panels_share_one_height_axis():
    units = pl.concat(
        [
            UNITS.with_columns(panel=pl.lit(p), value=pl.col("value") * f)
            for p, f in (("x", 1.0), ("y", 10.0))
        ]
    )
    view = dots_view(name="d", title="t", units=units, y_label="Weight")
    assert len({(panel.y.low, panel.y.high) for panel in view.panels}) == 1


def test_dots_connect_joins_kept_values_of_a_unit():
    line = marks(dots(connect=True), "line")[0]
    assert line.group_by("curve").len().sort("curve").rows() == [("m1", 2), ("m2", 2), ("m3", 1)]
    assert marks(dots(connect=True, scale="log10"), "strip") == []


def test_plate_format():
    view = plate()
    assert len(view.panels[0].x.categories) == 12
    assert view.panels[0].y.categories == tuple("ABCDEFGH")
    assert marks(view, "heat")[0].get_column("hollow").to_list() == [False, True]


def test_overview_marks_bounds():
    assert marks(overview(), "text")[0].rows() == [("d", "m2", ">")]


def test_ranked_order_and_count():
    view = ranked()
    assert view.panels[0].note == "2 estimates, 1 without a value"
    assert marks(view, "points")[0].get_column("x").to_list() == [2.0]
    assert marks(view, "arrow")[0].row(0, named=True)["y2"] == 3.0


def test_missing_column_is_named():
    with pytest.raises(ValueError, match="unit_id"):
        dots_view(name="d", title="t", units=UNITS.drop("unit_id"), y_label="v")
