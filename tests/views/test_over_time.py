"""Frames of the views of tumor studies; no pixels."""

import polars as pl
import pytest

from exportin.contract.view import MARK_COLUMNS, View, source_frame
from exportin.views.growth import growth_view
from exportin.views.response import response_view
from exportin.views.spider import spider_view
from exportin.views.survival import survival_view
from exportin.views.time_axis import log_ticks, number_ticks, table_ticks, time_ticks
from exportin.views.weight import weight_view

ANIMALS = pl.DataFrame(
    {
        "panel": ["M2"] * 6 + ["M10"] * 3,
        "group": ["vehicle"] * 3 + ["drug"] * 3 + ["drug"] * 3,
        "animal": ["1", "1", "1", "2", "2", "3", "4", "4", "4"],
        "x": [0.0, 7.0, 14.0, 0.0, 7.0, 0.0, 0.0, 7.0, 14.0],
        "y": [100.0, 400.0, 1600.0, 120.0, 60.0, 110.0, 100.0, 50.0, 20.0],
        "hollow": [False, False, False, False, False, False, False, True, False],
        "row_id": [f"r{i}" for i in range(9)],
    }
)
MEANS = pl.DataFrame(
    {
        "panel": ["M2"] * 4,
        "group": ["vehicle", "vehicle", "drug", "drug"],
        "x": [0.0, 14.0, 0.0, 14.0],
        "y": [100.0, 1500.0, 110.0, 40.0],
        "low": [90.0, 1200.0, float("nan"), None],
        "high": [110.0, 1900.0, float("nan"), None],
        "dashed": [False, True, False, False],
    }
)
ENDS = pl.DataFrame(
    {
        "panel": ["M2", "M2", "M2", "M10"],
        "group": ["vehicle", "drug", "drug", "drug"],
        "x": [14.0, 7.0, 0.0, 14.0],
        "y": [1600.0, 60.0, 110.0, 20.0],
        "removal": ["tumor_limit", "found_dead", None, "end"],
    }
)
DOSES = pl.DataFrame({"group": ["drug", "drug"], "x": [0.0, 3.0]})
AT_RISK = pl.DataFrame(
    {
        "panel": ["M2"] * 6,
        "group": ["vehicle", "drug"] * 3,
        "x": [0.0, 0.0, 7.0, 7.0, 14.0, 14.0],
        "n": [1, 2, 1, 1, 1, 0],
    }
)
STEPS = pl.DataFrame(
    {
        "panel": ["M"] * 3,
        "group": ["a", "a", "b"],
        "x": [10.0, 20.0, 0.0],
        "y": [0.5, 0.0, 1.0],
        "low": [0.1, float("nan"), None],
        "high": [0.9, float("nan"), None],
    }
)
CENSORED = pl.DataFrame({"panel": ["M"], "group": ["b"], "x": [28.0], "y": [1.0]})
BEST = pl.DataFrame(
    {
        "row": ["1", "2", "3", "4"],
        "group": ["drug", "vehicle", "drug", "drug"],
        "value": [-60.0, 900.0, -60.0, None],
    }
)


def growth(**more) -> View:
    given = {"animals": ANIMALS, "means": MEANS, "ends": ENDS, "doses": DOSES, "at_risk": AT_RISK}
    given |= {"groups": ["vehicle", "drug"]} | more
    return growth_view(name="g", title="t", **given)


def weight(**more) -> View:
    grams = ANIMALS.with_columns(y=100 - pl.col("x"))
    return weight_view(name="w", title="t", animals=grams, doses=DOSES, at_risk=AT_RISK, **more)


def spider(**more) -> View:
    return spider_view(name="s", title="t", animals=ANIMALS, ends=ENDS, **more)


def survival(**more) -> View:
    given = {"steps": STEPS, "censored": CENSORED, "y_label": "Alive"} | more
    return survival_view(name="k", title="t", **given)


def response(**more) -> View:
    return response_view(name="r", title="t", responses=BEST, **more)


def mark(view: View, label: str, panel: int = 0) -> pl.DataFrame:
    (found,) = [m.frame for m in view.panels[panel].marks if m.label == label]
    return found


def labels(view: View, panel: int = 0) -> set[str]:
    return {m.label for m in view.panels[panel].marks}


@pytest.mark.parametrize("make", [growth, weight, spider, survival, response])
def test_frames_keep_the_contract(make):
    view = make()
    for panel in view.panels:
        for layer in panel.marks:
            need, _, may = MARK_COLUMNS[layer.kind].partition("|")
            assert set(need.split()) <= set(layer.frame.columns)
            assert set(layer.frame.columns) <= set(need.split()) | set(may.split())
            assert layer.frame.height
    assert source_frame(view).height


def test_panels_share_their_axes_and_stand_in_natural_order():
    view = growth()
    assert [panel.title for panel in view.panels] == ["M2", "M10"]
    assert len({panel.x for panel in view.panels}) == len({panel.y for panel in view.panels}) == 1
    assert growth(panels=["M10"]).panels[0].title == "M10"


def test_a_line_per_animal_without_excluded_rows():
    line, out = mark(growth(), "animals", 1), mark(growth(), "excluded", 1)
    assert line.select("x", "y").rows() == [(0.0, 100.0), (14.0, 20.0)]
    assert out.select("x", "y", "hollow", "row_id").rows() == [(7.0, 50.0, True, "r7")]
    assert mark(growth(), "single visit").get_column("row_id").to_list() == ["r5"]
    assert "excluded" not in labels(growth())


def test_excluded_rows_do_not_stretch_the_axis():
    wild = ANIMALS.with_columns(y=pl.when("hollow").then(1e9).otherwise("y"))
    assert growth(animals=wild).panels[0].y == growth().panels[0].y


def test_animals_are_pale_behind_mean_curves_only():
    faint = [m.faint for m in growth().panels[0].marks if m.label == "animals"]
    alone = [m.faint for m in growth().panels[1].marks if m.label == "animals"]
    assert (faint, alone) == ([True], [False])


def test_a_band_needs_both_limits():
    assert set(mark(growth(), "interval of mean").get_column("group")) == {"vehicle"}


def test_symbols_say_why_an_animal_left():
    assert mark(growth(), "left").get_column("symbol").to_list() == [
        "tumor limit", "toxicity or found dead", "left, reason not stated",
    ]  # fmt: skip
    strange = ENDS.with_columns(removal=pl.lit("escaped"))
    with pytest.raises(ValueError, match="escaped"):
        growth(ends=strange)


def test_doses_stand_above_the_volumes_in_every_panel():
    view = growth()
    for i in range(2):
        row = mark(view, "dose", i)
        assert row.get_column("x").to_list() == [0.0, 3.0]
        assert 1600 < row.get_column("y").min() < view.panels[0].y.high
    named = DOSES.with_columns(panel=pl.lit("M10"))
    assert "dose" not in labels(growth(doses=named))


def test_arms_dosed_on_the_same_days_share_a_row_others_do_not():
    both = pl.concat([DOSES, DOSES.with_columns(group=pl.lit("vehicle"))])
    shared = mark(growth(doses=both), "dose")
    assert shared.height == 2
    assert shared.get_column("group").null_count() == 2
    apart = mark(growth(doses=both.vstack(pl.DataFrame({"group": ["drug"], "x": [9.0]}))), "dose")
    assert apart.get_column("y").n_unique() == 2
    heights = dict(apart.select("group", "y").iter_rows())
    assert heights["vehicle"] > heights["drug"]


def test_numbers_stand_under_the_ticks():
    view = growth()
    table = mark(view, "Animals measured")
    assert set(table.get_column("x")) <= set(view.panels[0].x.ticks)
    rows = table.filter(group="drug").select("x", "text").rows()
    assert rows == [(0.0, "2"), (7.0, "1"), (14.0, "0")]
    assert set(table.get_column("align")) == {"under"}


def test_ticks_of_odd_visits_are_visits():
    odd = AT_RISK.with_columns(pl.col("x") * 11 / 14)
    view = growth(at_risk=odd)
    assert view.panels[0].x.ticks == (0.0, 5.5, 11.0)
    assert mark(view, "Animals measured").height == 6


def test_ticks_of_crowded_visits_keep_apart():
    ticks = table_ticks([-1, 2, 6, 9, 14, 16, 18, 24, 27, 32], -1, 32, 6)
    assert ticks == (-1.0, 6.0, 14.0, 24.0, 32.0)


def test_zero_has_a_tick_on_the_log_axis_only():
    gone = ANIMALS.with_columns(y=pl.when(pl.col("y") < 30).then(0.0).otherwise("y"))
    assert growth(animals=gone).panels[0].y.ticks[0] == 0.0
    assert "0 is drawn below the break" in growth(animals=gone).note
    assert 0.0 not in growth().panels[0].y.ticks
    linear = growth(scale="linear").panels[0].y
    assert (linear.scale, linear.low, linear.ticks[0]) == ("linear", 0.0, 0.0)


def test_n_counts_animals_with_a_row_that_counts():
    notes = [panel.note for panel in growth().panels]
    assert notes == ["n (animals): vehicle 1, drug 2", "n = 1 animal"]
    assert growth(notes={"M2": "so"}).panels[0].note == "so"


def test_the_note_says_what_lines_are():
    assert growth(threshold=1000.0).note == (
        "Thin: single animals; thick: model mean with 95% CI; symbols at line ends name the "
        "arm; dashed: beyond the data; gray line: 1000 mm³"
    )
    assert growth(means=None).note == ""
    assert growth(threshold=1000.0).panels[1].reference_y == 1000.0


def test_model_lines_have_one_marker_at_their_end_which_looks_like_no_visit():
    points = mark(growth(), "arm")
    assert sorted(points.get_column("group")) == ["drug", "vehicle"]
    for group, x in points.select("group", "x").iter_rows():
        assert x == MEANS.filter(pl.col("group") == group, pl.col("panel") == "M2")["x"].max()
    one = MEANS.filter(group="drug")
    alone = growth(animals=None, means=one, ends=None, doses=None, at_risk=None, groups=())
    assert "arm" not in labels(alone)


def test_weights_have_lines_at_losses():
    view = weight(losses=(10.0, 20.0))
    levels = mark(view, "loss of body weight")
    assert sorted(set(levels.get_column("y"))) == [80.0, 90.0]
    assert {80.0, 90.0, 100.0} <= set(view.panels[0].y.ticks)
    assert view.panels[0].y.low < 80.0
    assert "−10%, −20%" in view.note


def test_a_spider_is_cut_and_says_so():
    view = spider(top=300.0)
    assert view.panels[0].y.high == 300.0
    assert view.panels[0].note.endswith("1 rises beyond the axis")
    assert mark(view, "left").get_column("y").max() <= 300.0
    whole = spider(top=None)
    assert whole.panels[0].y.high > 1600.0
    assert "beyond" not in whole.panels[0].note


def test_curves_start_with_all_and_reach_the_last_seen():
    step = mark(survival(), "Kaplan-Meier curve")
    assert step.filter(group="a").select("x", "y").rows() == [(0, 100), (10, 50), (20, 0)]
    assert step.filter(group="b").select("x", "y").rows() == [(0, 100), (28, 100)]


def test_limits_hold_until_the_next_time():
    band = mark(survival(), "interval")
    assert band.select("x", "low", "high").rows() == [(10, 10, 90), (20, 10, 90)]
    assert survival().note == "Bands: 95% CI"


@pytest.mark.parametrize(("factor", "full"), [(100.0, 1.0), (-1.0, 1.0)])
def test_shares_outside_their_range_are_refused(factor, full):
    wrong = STEPS.with_columns(pl.col("y", "low", "high") * factor)
    with pytest.raises(ValueError, match="full"):
        survival(steps=wrong, full=full)


def test_percent_is_taken_as_percent():
    percent = STEPS.with_columns(pl.col("y", "low", "high") * 100)
    late = CENSORED.with_columns(y=pl.lit(100.0))
    both = survival(steps=percent, censored=late, full=100.0)
    assert mark(both, "interval").equals(mark(survival(), "interval"))


def test_a_median_not_reached_has_no_line():
    middle = pl.DataFrame({"panel": "M", "group": ["a", "b"], "value": [10.0, None]})
    line = mark(survival(medians=middle), "median")
    assert line.select("x", "y", "group").rows() == [(0, 50, "a"), (10, 50, "a"), (10, 0, "a")]
    assert "median" in survival(medians=middle).note


def test_groups_without_event_are_named_with_the_test():
    assert survival().panels[0].note == "No event: b"
    assert survival(notes={"M": "p = 0.02"}).panels[0].note == "p = 0.02; no event: b"


def test_more_groups_than_colors_get_markers():
    many = pl.concat([STEPS.with_columns(group=pl.lit(f"g{i}")) for i in range(8)])
    assert "group" in labels(survival(steps=many, censored=None))
    assert "group" not in labels(survival())


def test_more_arms_than_colors_get_markers_at_visits():
    many = pl.concat([ANIMALS.with_columns(group=pl.lit(f"g{i}")) for i in range(8)])
    view = growth(animals=many, means=None, ends=None, doses=None, at_risk=None, groups=())
    assert mark(view, "visits").height == 8 * 6
    assert "visits" not in labels(growth(means=None))
    cut = spider_view(name="s", title="t", animals=many, top=300.0)
    assert mark(cut, "visits").get_column("y").max() <= 300.0


def test_patients_have_months():
    risk = pl.DataFrame({"panel": "M", "group": "a", "x": list(range(31)), "n": 5})
    view = survival(at_risk=risk, x_unit="months", x_label="Time")
    assert view.panels[0].x.ticks == tuple(3.0 * i for i in range(11))
    assert mark(view, "At risk").height == 11


def test_bars_go_down_and_are_cut():
    view = response()
    bars = mark(view, "animals")
    assert bars.select("x", "y").rows() == [(1.0, 100.0), (2.0, -60.0), (3.0, -60.0)]
    assert mark(view, "cut").get_column("x").to_list() == [1.0]
    assert view.panels[0].note == "n = 3 animals, 1 without a number"
    assert "above +100%" in view.note
    whole = response(top=None)
    assert "cut" not in labels(whole)
    assert mark(whole, "animals").get_column("y").max() == 900.0


def test_bars_with_names_stand_in_order():
    assert response(named=True).panels[0].x.categories == ("2", "1", "3")


def test_empty_frames_are_drawn_as_nothing():
    assert growth_view(name="g", title="t").panels == ()
    assert weight_view(name="w", title="t").panels == ()
    assert spider_view(name="s", title="t", animals=ANIMALS.clear()).panels == ()
    assert survival(steps=STEPS.clear(), censored=None).panels == ()
    assert response_view(name="r", title="t", responses=BEST.clear()).panels == ()


def test_ticks_are_round():
    assert time_ticks(-3, 59.5, 9) == tuple(7.0 * i for i in range(9))
    assert time_ticks(0, 0, 5) == (0.0,)
    assert number_ticks(-100, 300) == (-100.0, 0.0, 100.0, 200.0, 300.0)
    assert log_ticks(90, 500) == (100.0, 200.0, 500.0)
