"""Pictures of tumor studies: words never touch, numbers stand under their ticks."""

import numpy as np
import polars as pl
import pytest
from matplotlib.text import Annotation

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.figures import render_svg
from exportin.figures.legend import entries
from exportin.figures.style import look_of
from exportin.figures.under import GLYPHS, LINE
from exportin.views.growth import growth_view
from exportin.views.response import response_view
from exportin.views.spider import spider_view
from exportin.views.survival import survival_view
from exportin.views.weight import weight_view

from . import tumors
from .samples import collisions, drawn

LONG = {"vehicle": 0.0, "Irinotecan + Rabusertib": 0.04, "Irinotecan 50 mg/kg twice weekly": 0.02}


def growth(models=tumors.MODELS, arms=tumors.ARMS, **more) -> View:
    seen = tumors.animals(models, arms, n=more.pop("n", 8))
    given = {
        "animals": seen, "means": tumors.means(models, arms), "ends": tumors.ends(seen),
        "doses": tumors.doses(), "at_risk": tumors.at_risk(seen), "threshold": 1000.0,
        "groups": list(arms),
    } | more  # fmt: skip
    return growth_view(name="g", title="Tumor volumes", **given)


def gone_by_14() -> View:
    seen = tumors.animals(arms=LONG)
    seen = seen.filter((pl.col("group") != "vehicle") | (pl.col("x") <= 14))
    return growth(arms=LONG, animals=seen, at_risk=tumors.at_risk(seen), doses=None)


def zeros() -> View:
    seen = tumors.animals({"A": 0.05}, LONG)
    seen = seen.with_columns(
        y=pl.when(pl.col("x") > 14, pl.col("animal").str.ends_with("3")).then(0.0).otherwise("y")
    )
    return growth({"A": 0.05}, LONG, animals=seen, doses=None, width="single")


def curves(**more) -> View:
    last = tumors.ends(tumors.animals(arms=LONG)).iter_rows(named=True)
    rows = [(r["panel"], r["group"], r["x"], r["removal"] == "tumor_limit") for r in last]
    steps, censored = tumors.kaplan_meier(rows)
    risk = tumors.at_risk(tumors.animals(arms=LONG))
    given = {"steps": steps, "censored": censored, "at_risk": risk, "groups": list(LONG)} | more
    return survival_view(name="k", title="t", y_label="Animals below 1000 mm³", **given)


def no_events() -> View:
    rows = [("M", arm, 28.0, False) for arm in LONG for _ in range(3)]
    steps, censored = tumors.kaplan_meier(rows)
    return curves(steps=steps, censored=censored, at_risk=None, width="single")


def best() -> View:
    changed = tumors.changes(tumors.animals())
    keys = ["panel", "group", "animal"]
    lowest = changed.filter(pl.col("x") >= 10).group_by(keys).agg(pl.col("y").min())
    frame = lowest.rename({"animal": "row", "y": "value"})
    return response_view(name="r", title="t", responses=frame, groups=list(tumors.ARMS))


CASES = {
    "three models": growth,
    "linear": lambda: growth(scale="linear"),
    "nine arms": lambda: growth({"A": 0.05}, tumors.NINE, columns=1),
    "nine arms in a column": lambda: growth({"A": 0.05}, tumors.NINE, width="single"),
    "one animal per arm": lambda: growth(n=1, means=None),
    "all of an arm gone": gone_by_14,
    "zeros": zeros,
    "weights": lambda: weight_view(
        name="w", title="t", animals=tumors.weights(tumors.animals()), doses=tumors.doses()
    ),
    "spider": lambda: spider_view(
        name="s", title="t", animals=tumors.changes(tumors.animals(arms=LONG))
    ),
    "survival": curves,
    "no events": no_events,
    "responses": best,
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_words_never_touch(case):
    view = CASES[case]()
    assert collisions(view) == []


def test_same_bytes_twice():
    assert render_svg(growth(n=2)) == render_svg(growth(n=2))


def table(view: View, axes: int = 0) -> list[Annotation]:
    found = drawn(view).axes[axes].texts
    return [t for t in found if isinstance(t, Annotation)]


def test_numbers_stand_under_their_ticks():
    view = growth()
    ax = drawn(view).axes[0]
    words = [t for t in ax.texts if isinstance(t, Annotation)]
    counts = [t for t in words if t.get_text().isdecimal()]
    assert len(counts) == 3 * len(view.panels[0].x.ticks)
    assert {t.xy[0] for t in counts} <= set(ax.get_xticks())
    assert {t.get_ha() for t in counts} == {"center"}


def test_rows_are_named_in_the_first_column_and_marked_in_the_others():
    view = growth()
    first = {t.get_text() for t in table(view, 0)}
    second = {t.get_text() for t in table(view, 1)}
    assert set(tumors.ARMS) <= first
    assert not set(tumors.ARMS) & second
    assert {GLYPHS[s] for s in "os^"} <= second


def test_wide_names_give_way_to_the_line_of_the_legend():
    heads = {t.get_text() for t in table(curves())}
    assert LINE in heads
    assert not set(LONG) & heads


def test_the_legend_explains_the_symbols_that_are_drawn():
    view = growth()
    names = [entry.text for entry in entries(view, look_of(view))]
    assert names[3:6] == ["dose", "tumor limit", "planned or end of study"]
    assert "toxicity or found dead" not in names
    lone = spider_view(name="s", title="t", animals=tumors.changes(tumors.animals()))
    keys = entries(lone, look_of(lone))
    assert {e.style["marker"] for e in keys if e.style} == {""}


def test_fixed_shapes_do_not_depend_on_what_else_is_drawn():
    view = growth()
    look = look_of(view)
    assert look.symbols == ()
    assert (look.shape("vehicle", "dose"), look.shape("vehicle", "tumor limit")) == ("v", "_")
    assert look.shape("doxorubicin") == "s"


def stroke(color_of: str) -> list[str]:
    frame = pl.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0], "group": "A", "symbol": "gone"})
    panel = Panel(
        title="", x=Axis(label="x"), y=Axis(label="y"), marks=(Mark(kind="points", frame=frame),)
    )
    shapes = (("gone", color_of),)
    view = View(name="n", title="", caption="", panels=(panel,), shapes=shapes)  # type: ignore[arg-type]
    return [line.get_markeredgecolor() for line in drawn(view).axes[0].lines]


def test_shapes_without_an_inside_have_the_color_of_the_group():
    assert stroke("cross") == ["#0072B2"]
    assert stroke("down") == ["white"]


def test_thin_lines_are_between_faint_and_full():
    frame = pl.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0], "group": "A"})
    marks = [Mark(kind="line", frame=frame, thin=thin, faint=faint)
             for thin, faint in ((False, True), (True, False), (False, False))]  # fmt: skip
    panel = Panel(title="", x=Axis(label="x"), y=Axis(label="y"), marks=tuple(marks))
    lines = drawn(View(name="n", title="", caption="", panels=(panel,))).axes[0].lines
    widths = [line.get_linewidth() for line in lines]
    assert widths == sorted(set(widths))


def test_zero_on_an_upright_log_axis_lies_below_a_break():
    ax = drawn(zeros()).axes[0]
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert labels[0] == "0"
    breaks = [line for line in ax.lines if line.get_marker() == (2, 0, -65)]
    assert len(breaks) == 1
    zero, first = ax.get_yticks()[:2]
    low, high = ax.get_ylim()
    at = low + np.mean(breaks[0].get_ydata()) * (high - low)
    assert zero < at < first


@pytest.mark.parametrize("count", [14, pytest.param(63, marks=pytest.mark.long)])
def test_an_overview_of_many_models_fits(count):
    models = {f"PDX-{i}": 0.02 + 0.001 * i for i in range(count)}
    view = growth_view(name="o", title="t", means=tumors.means(models), groups=list(tumors.ARMS))
    assert len(view.panels) == count
    assert collisions(view) == []
