"""Frames and pixels of the views of flow cytometry."""

import numpy as np
import polars as pl
import pytest
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from tests.figures.samples import collisions, drawn

from exportin.contract.view import MARK_COLUMNS, Axis, View, source_frame
from exportin.events.lattice import scaled_axis
from exportin.events.settings import ArcsinhScale, LogicleScale
from exportin.figures import render_svg
from exportin.views.composition import composition_view
from exportin.views.density import density_view
from exportin.views.histogram import histogram_view, overlay_view

COUNTS = pl.DataFrame(
    {"panel": ["E2"] * 3 + ["E10"] * 3, "x": [0.0, 10.0, 20.0] * 2,
     "y": [900.0, 100.0, 50.0, 5.0, 80.0, 40.0]}
)  # fmt: skip
PARTS = pl.DataFrame(
    {"panel": ["E2"] * 4, "group": ["G1", "G1", "S", "S"], "x": [0.0, 10.0] * 2,
     "low": [0.0] * 4, "high": [10.0, 90.0, 1.0, 5.0]}
)  # fmt: skip
TOTAL = pl.DataFrame({"panel": ["E2"] * 2, "x": [0.0, 10.0], "y": [11.0, 95.0]})
CELLS = pl.DataFrame(
    {"panel": ["a"] * 4 + ["b"], "x": [0.5, 1.5, 3.5, 3.5, 2.5], "y": [0.5, 0.5, 2.5, 1.5, 1.5],
     "value": [1.0, 20.0, 300.0, 4.0, 7.0]}
)  # fmt: skip
AXIS = Axis(label="A", low=0.0, high=4.0, ticks=(0.0, 3.0), tick_words=("0", "10³"))
MEANS = pl.DataFrame(
    {"category": ["DMSO"] * 3 + ["drug"] * 3, "part": ["S", "G1", "G2"] * 2,
     "value": [30.0, 60.0, 30.0, 10.0, 80.0, None]}
)  # fmt: skip
UNITS = pl.DataFrame(
    {"category": ["DMSO"] * 6, "part": ["G1", "S", "G2"] * 2, "unit_id": ["E1"] * 3 + ["E2"] * 3,
     "value": [50.0, 30.0, 20.0, 25.0, 25.0, 0.0]}
)  # fmt: skip


def histograms() -> View:
    return histogram_view(
        name="h", title="Histograms", counts=COUNTS, parts=PARTS, total=TOTAL, x_label="DNA",
        groups=("G1", "S"), top={"E2": 100.0}, notes={"E2": "CV 3.1 %"}, x_high=25.0,
    )  # fmt: skip


def overlay() -> View:
    lines = pl.DataFrame(
        {"panel": ["E1"] * 4, "group": ["DMSO", "DMSO", "drug", "drug"], "x": [0.0, 1.0] * 2,
         "y": [100.0, 20.0, 90.0, 100.0]}
    )  # fmt: skip
    return overlay_view(
        name="o", title="Overlay", lines=lines, x=AXIS, references={"E1": 0.4},
        groups=("drug",), notes={"E1": "99 %"},
    )  # fmt: skip


def stacked() -> View:
    return composition_view(
        name="c", title="Phases", means=MEANS, units=UNITS, parts=("G1", "S", "G2"),
        y_label="Nuclei", categories=("DMSO",),
    )  # fmt: skip


def density() -> View:
    gates = pl.DataFrame({"panel": ["a"] * 2, "curve": ["x"] * 2, "x": [2.0, 2.0], "y": [0.0, 4.0]})
    words = pl.DataFrame({"panel": ["a"], "x": [1.0], "y": [3.8], "text": ["12.3 %"]})
    return density_view(
        name="d", title="Density", cells=CELLS, lines=gates, words=words, x=AXIS, y=AXIS,
        panels=("b", "a"), notes={"a": "n = 321 cells"},
    )  # fmt: skip


VIEWS = {"histogram": histograms, "overlay": overlay, "composition": stacked, "density": density}


@pytest.mark.parametrize("name", VIEWS)
def test_views_keep_the_form_and_draw(name: str) -> None:
    view = VIEWS[name]()
    for panel in view.panels:
        for mark in panel.marks:
            needed, _, allowed = MARK_COLUMNS[mark.kind].partition("|")
            assert set(needed.split()) <= set(mark.frame.columns)
            assert set(mark.frame.columns) <= {*needed.split(), *allowed.split()}
    assert source_frame(view).height == sum(m.frame.height for p in view.panels for m in p.marks)
    assert b"<svg" in render_svg(view)
    assert not collisions(view)


# ---- histograms


def test_histogram_shows_what_was_counted_over_what_was_fitted() -> None:
    first, second = histograms().panels
    assert [p.title for p in (first, second)] == ["E2", "E10"]  # 2 before 10
    assert [m.kind for m in first.marks] == ["band", "step", "line"]
    assert [m.kind for m in second.marks] == ["step"]  # no fit: no empty layers
    assert first.marks[0].solid
    assert first.y.high == pytest.approx(112.0)  # cut at the height asked for, with room above
    assert second.y.high == pytest.approx(80.0 * 1.12)
    assert (first.note, second.note) == ("CV 3.1 %", "")


def test_overlay_has_a_line_per_group_and_its_own_limit() -> None:
    view = overlay()
    panel = view.panels[0]
    assert view.groups == ("drug", "DMSO")  # the order given, then the others
    assert (panel.reference_x, panel.note) == (0.4, "99 %")
    assert panel.x.tick_words == ("0", "10³")
    plain = overlay_view(name="o", title="O", lines=panel.marks[0].frame.with_columns(
        pl.lit("E9").alias("panel")), x_label="DNA", x_high=3.0)  # fmt: skip
    assert (plain.panels[0].x.label, plain.panels[0].reference_x) == ("DNA", None)


# ---- stacks


def test_stack_starts_each_part_where_the_one_below_ends() -> None:
    """Means of 60, 30, 30 are scaled to 50, 25, 25; an empty part takes no room."""
    bars = stacked().panels[0].marks[0].frame
    rows = {(r["x"].split("\n")[0], r["group"]): (r["base"], r["y"]) for r in bars.to_dicts()}
    assert rows == {
        ("DMSO", "G1"): (0.0, 50.0), ("DMSO", "S"): (50.0, 75.0), ("DMSO", "G2"): (75.0, 100.0),
        ("drug", "S"): (pytest.approx(800 / 9), pytest.approx(100.0)),
        ("drug", "G1"): (0.0, pytest.approx(800 / 9)),
    }  # fmt: skip


def test_points_of_units_are_upper_edges_without_the_topmost() -> None:
    dots = stacked().panels[0].marks[1].frame
    found = sorted((r["group"], r["y"]) for r in dots.to_dicts())
    assert found == [("G1", 50.0), ("G1", 50.0), ("S", 80.0), ("S", 100.0)]
    assert stacked().panels[0].x.categories == ("DMSO\nn = 2", "drug\nn = 0")


def test_stacked_bars_stand_on_each_other_in_the_picture() -> None:
    axes = figure(stacked()).axes[0]
    patches = [p for c in axes.containers if isinstance(c, BarContainer) for p in c.patches]
    mine = sorted((p.get_y(), p.get_y() + p.get_height()) for p in patches if p.get_x() < 0.0)
    assert np.allclose(mine, [(0.0, 50.0), (50.0, 75.0), (75.0, 100.0)])


# ---- density


def figure(view: View) -> Figure:
    return drawn(view)


def test_density_panels_in_order_with_gates_and_words() -> None:
    second, first = density().panels
    assert (second.title, first.title, first.note) == ("b", "a", "n = 321 cells")
    assert [m.kind for m in first.marks] == ["density", "line", "text"]
    assert [m.kind for m in second.marks] == ["density"]
    assert first.value == second.value  # one bar of colors
    assert first.value is not None
    assert first.value.scale == "log10"


def test_density_draws_empty_cells_as_nothing_and_full_ones_in_place() -> None:
    """Cells of width 1 from 0 to 4; row 0 holds 1 and 20, row 1 holds 4, row 2 holds 300."""
    axes = next(a for a in figure(density()).axes if a.get_title(loc="left") == "a")
    image = next(i for i in axes.images if isinstance(i, AxesImage))
    assert np.allclose(image.get_extent(), (0.0, 4.0, 0.0, 3.0))
    values = np.ma.filled(np.ma.asarray(image.get_array()).astype(float), np.nan)
    assert np.allclose(values[0, :2], np.log10([1.0, 20.0]))
    assert values[2, 3] == pytest.approx(np.log10(300.0))
    assert values[1, 3] == pytest.approx(np.log10(4.0))
    assert np.isnan(values).sum() == values.size - 4


# ---- axes in natural units


@pytest.mark.parametrize("scale", [ArcsinhScale(cofactor=150.0), LogicleScale()])
def test_ticks_stand_where_their_numbers_are(scale: ArcsinhScale | LogicleScale) -> None:
    low, high = (-3.0, 8.0) if scale.kind == "arcsinh" else (0.0, 1.0)
    axis = scaled_axis("A", scale, low, high)
    assert {"0", "10⁴"} <= set(axis.tick_words)
    at = dict(zip(axis.tick_words, axis.ticks, strict=True))
    if scale.kind == "arcsinh":
        assert at["10⁴"] == pytest.approx(np.arcsinh(10_000 / 150))
        assert at["−10³"] == pytest.approx(-np.arcsinh(1000 / 150))
    else:
        assert at["0"] == pytest.approx(0.5 / 4.5)  # W of M decades
    assert list(axis.ticks) == sorted(axis.ticks)
    assert min(np.diff(axis.ticks)) > (high - low) / 15
