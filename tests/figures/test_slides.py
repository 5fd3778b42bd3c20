"""Slides, opened again with python-pptx: every number, name, axis and note."""

import io
import shutil
import subprocess
from dataclasses import replace
from math import isclose
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from pptx import Presentation

from exportin.contract.view import MARK_COLUMNS, Axis, Mark, Panel, View
from exportin.figures.slides import render_pptx
from exportin.figures.slides_notes import Told

from .samples import HOSTILE, hostile_view, view_of

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def dose_view(count: int = 1) -> View:
    points = pl.DataFrame(
        {
            "x": [0.0, 1.0, 10.0, 0.0, 1.0, 10.0, 10.0],
            "y": [100.0, 60.0, 5.0, 99.0, 80.0, 40.0, 300.0],
            "group": ["A", "A", "A", "B", "B", "B", "B"],
            "hollow": [False] * 6 + [True],
            "row_id": list("abcdefg"),
        }
    )
    fit = pl.DataFrame({"x": [1.0, 5.0, 10.0], "y": [60.0, 20.0, 5.0], "group": ["A"] * 3,
                        "dashed": [False, False, True]})  # fmt: skip
    mean = pl.DataFrame({"x": [1.0, 10.0], "y": [70.0, 20.0], "low": [60.0, None],
                         "high": [85.0, 30.0], "group": ["A", "B"], "open": ["none", "low"]},
                        )  # fmt: skip
    panel = Panel(
        title="SW872",
        x=Axis(label="Dose", unit="nM", scale="log10"),
        y=Axis(label="Viability", unit="% of vehicle", low=0.0),
        marks=(
            Mark(kind="line", frame=fit, label="fit"),
            Mark(kind="points", frame=points, label="wells"),
            Mark(kind="interval", frame=mean, label="mean", along="y"),
        ),
        note="n = 3 experiments",
        reference_y=50.0,
    )
    return View(name="dose", title="Dose response", caption="What it is.", panels=(panel,) * count,
                groups=("A", "B"), group_title="Drug")  # fmt: skip


def bar_view() -> View:
    bars = pl.DataFrame({"x": ["a", "b", "c"], "y": [1.0, 2.5, -0.5], "group": ["A", "A", "B"]})
    mean = pl.DataFrame({"x": ["a", "b"], "y": [1.0, 2.5], "low": [0.5, 2.0], "high": [1.5, 3.5]})
    panel = Panel(
        title="", x=Axis(label="Line", scale="category", categories=("a", "b", "c")),
        y=Axis(label="Change", unit="%"),
        marks=(Mark(kind="bar", frame=bars), Mark(kind="interval", frame=mean, along="y")),
    )  # fmt: skip
    return View(name="bars", title="Bars", caption="", panels=(panel,), groups=("A", "B"))


def opened(data: bytes) -> Any:
    return Presentation(io.BytesIO(data))


def charts(data: bytes) -> list[Any]:
    return [s.chart for slide in opened(data).slides for s in slide.shapes if s.has_chart]


def notes(data: bytes) -> list[str]:
    return [slide.notes_slide.notes_text_frame.text for slide in opened(data).slides]


def pairs(series: Any) -> list[tuple[float, float]]:
    """(x, y) of a series of an XY chart, as its cache holds them."""
    found = []
    for tag in ("xVal", "yVal"):
        cells = series._element.find(f"{C}{tag}").iter(f"{C}pt")
        found.append({int(p.get("idx")): float(p.find(f"{C}v").text) for p in cells})
    return [(found[0][i], y) for i, y in found[1].items()]


def by_name(chart: Any) -> dict[str, Any]:
    made = {series.name: series for plot in chart.plots for series in plot.series}
    assert len(made) == sum(len(list(plot.series)) for plot in chart.plots)
    return made


def test_every_point_is_that_of_the_view():
    (chart,) = charts(render_pptx([dose_view()]))
    found = by_name(chart)
    assert pairs(found["A, wells"]) == [(1.0, 60.0), (10.0, 5.0)]
    assert pairs(found["B, wells"]) == [(1.0, 80.0), (10.0, 40.0)]
    assert pairs(found["B, wells, left out"]) == [(10.0, 300.0)]
    assert pairs(found["A, fit"]) == [(1.0, 60.0), (5.0, 20.0)]
    assert pairs(found["A, fit, beyond the data"]) == [(5.0, 20.0), (10.0, 5.0)]
    frame = dose_view().panels[0].marks[1].frame
    wells = [p for name, one in found.items() if "wells" in name for p in pairs(one)]
    assert sorted(y for _, y in wells) == sorted(frame["y"])  # none is lost


def test_a_dose_of_0_is_a_series_of_its_own_left_of_the_decades():
    data = render_pptx([dose_view()])
    found = by_name(charts(data)[0])
    assert pairs(found["A, wells (x 0, drawn at 0.1)"]) == [(0.1, 100.0)]
    assert pairs(found["B, wells (x 0, drawn at 0.1)"]) == [(0.1, 99.0)]
    axis = charts(data)[0]._chartSpace.findall(f".//{C}valAx")[0]
    assert axis.find(f"{C}scaling/{C}min").get("val") == "0.1"
    form = axis.find(f"{C}numFmt").get("formatCode")
    assert form.startswith("[<0.2")  # the lowest tick says 0
    assert '"0";General' in form
    assert "A logarithmic axis has no 0" in notes(data)[0]


def test_axes_have_their_scales_and_titles_with_units():
    (chart,) = charts(render_pptx([dose_view()]))
    x, y = chart._chartSpace.findall(f".//{C}valAx")
    assert x.find(f"{C}scaling/{C}logBase").get("val") == "10"
    assert y.find(f"{C}scaling/{C}logBase") is None
    said = ["".join(t.text for t in axis.find(f"{C}title").iter("{*}t")) for axis in (x, y)]
    assert said == ["Dose (nM)", "Viability (% of vehicle)"]
    assert float(y.find(f"{C}scaling/{C}max").get("val")) >= 300  # nothing beyond the axis
    assert chart.chart_title.text_frame.text == "SW872"


def test_error_bars_reach_the_limits_and_open_ones_have_arrows():
    (chart,) = charts(render_pptx([dose_view()]))
    found = by_name(chart)
    closed = found["A, mean"]._element.find(f"{C}errBars")
    lengths = [float(closed.find(f"{C}{end}//{C}v").text) for end in ("minus", "plus")]
    assert lengths == [10.0, 15.0]
    open_bars = found["B, mean, open: low"]._element.find(f"{C}errBars")
    assert open_bars.find(f"{C}errBarType").get("val") == "minus"
    assert float(open_bars.find(f"{C}minus//{C}v").text) == 20.0  # to the edge at 0
    assert open_bars.find(".//{*}tailEnd").get("type") == "triangle"
    assert found["B, mean"]._element.find(f"{C}errBars/{C}errBarType").get("val") == "plus"


def test_excluded_points_are_open_and_the_footnote_says_so():
    data = render_pptx([dose_view()])
    found = by_name(charts(data)[0])
    out = found["B, wells, left out"]._element.find(f"{C}marker/{C}spPr")
    paint = "{*}solidFill/{*}srgbClr"
    assert out.find(paint).get("val") == "F6DCC7"  # nearly white
    assert out.find(f"{{*}}ln/{paint}").get("val") == "D55E00"
    kept = found["B, wells"]._element.find(f"{C}marker/{C}spPr")
    assert kept.find(paint).get("val") == "D55E00"
    texts = [s.text_frame.text for s in opened(data).slides[0].shapes if s.has_text_frame]
    assert any("open symbols: left out" in text for text in texts)
    assert any("A" in text and text.startswith("Drug:") for text in texts)  # the legend


def test_colors_are_those_of_the_printed_figure():
    (chart,) = charts(render_pptx([dose_view()]))
    place = f"{C}marker/{C}spPr/{{*}}solidFill/{{*}}srgbClr"
    fill = by_name(chart)["B, wells"]._element.find(place)
    assert fill.get("val") == "D55E00"


def test_notes_say_where_the_figure_comes_from():
    told = Told(study="My study", program="exportin 1.2", ids=("e_1", "e_2"))
    (said,) = notes(render_pptx([dose_view()], [told]))
    for words in ("What it is.", "n = 3 experiments", "Study: My study", "Figure: dose",
                  "Results shown: e_1, e_2", "Made by exportin 1.2"):  # fmt: skip
        assert words in said


def test_bars_are_bars_with_error_bars_over_them():
    (chart,) = charts(render_pptx([bar_view()]))
    bars, over = chart.plots
    assert [type(p).__name__ for p in (bars, over)] == ["BarPlot", "LinePlot"]
    assert list(bars.categories) == ["a", "b", "c"]
    assert {s.name: tuple(s.values) for s in bars.series} == {
        "A, bar": (1.0, 2.5, None), "B, bar": (None, None, -0.5),
    }  # fmt: skip
    (mean,) = over.series
    assert tuple(mean.values) == (1.0, 2.5, None)
    plus = mean._element.find(f"{C}errBars/{C}plus")
    assert [float(v.text) for v in plus.iter(f"{C}v")] == [0.5, 1.0]


def test_the_workbook_behind_a_chart_holds_the_same_numbers_and_no_formula():
    view = dose_view()
    marks = tuple(replace(m, label="=cmd|' /C calc'!A0") for m in view.panels[0].marks)
    view = replace(view, panels=(replace(view.panels[0], marks=marks),), groups=())
    (chart,) = charts(render_pptx([view]))
    blob = chart.part.chart_workbook.xlsx_part.blob
    sheet = openpyxl.load_workbook(io.BytesIO(blob))["Data"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not any(cell.data_type == "f" for cell in cells)
    for series in chart.plots[0].series:
        where = series._element.find(f"{C}yVal//{C}f").text.split("!")[1].replace("$", "")
        kept = [row[0].value for row in sheet[where] if row[0].value is not None]
        assert kept == pytest.approx([y for _, y in pairs(series)], rel=1e-15)
        head = series._element.find(f"{C}tx//{C}f").text.split("!")[1].replace("$", "")
        assert sheet[head].value == series.name


@pytest.mark.parametrize("kind", sorted(MARK_COLUMNS))
def test_every_mark_has_a_slide(kind: str):
    data = render_pptx([view_of(kind)])
    slide = opened(data).slides[0]
    native, picture = charts(data), [s for s in slide.shapes if s.shape_type == 13]
    assert len(native) + len(picture) == 1
    assert bool(picture) == (kind in {"heat", "density", "image"})
    assert ("A picture, not a chart" in notes(data)[0]) == bool(picture)


def test_a_picture_has_300_dpi():
    from PIL import Image

    data = render_pptx([view_of("heat")])
    (picture,) = [s for s in opened(data).slides[0].shapes if s.shape_type == 13]
    seen = Image.open(io.BytesIO(picture.image.blob))
    assert isclose(seen.info["dpi"][0], 300, abs_tol=0.1)


@pytest.mark.parametrize(("panels", "slides"), [(1, 1), (6, 1), (7, 2), (13, 3)])
def test_many_panels_are_shared_by_slides(panels: int, slides: int):
    data = render_pptx([dose_view(panels)])
    assert len(opened(data).slides) == slides
    assert len(charts(data)) == panels
    page = opened(data)
    for slide in page.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= page.slide_width
            assert shape.top + shape.height <= page.slide_height


def test_a_table_under_a_panel_is_in_the_notes_and_as_printed():
    at_risk = pl.DataFrame({"x": [0.0, 7.0], "y": [None, None], "text": ["8", "5"],
                            "group": ["A", "A"], "align": ["under"] * 2},
                           schema_overrides={"y": pl.Float64})  # fmt: skip
    panel = view_of("step").panels[0]
    panel = replace(panel, marks=(*panel.marks, Mark(kind="text", frame=at_risk, label="At risk")))
    data = render_pptx([replace(view_of("step"), panels=(panel,))])
    assert len(opened(data).slides) == 2
    assert "At risk, A: 8 at 0, 5 at 7" in notes(data)[0]
    assert "A picture, not a chart" in notes(data)[1]


def test_names_are_never_markup():
    view = hostile_view(1)
    data = render_pptx([view, replace(dose_view(), title=HOSTILE[0], caption=HOSTILE[4])])
    first, second = opened(data).slides
    assert HOSTILE[0] in second.shapes.title.text_frame.text
    assert HOSTILE[4] in notes(data)[1]
    names = set(by_name(charts(data)[0]))
    assert any(name.startswith(HOSTILE[0]) for name in names)
    assert any("bell\\x07" in name for name in names)
    assert HOSTILE[0] in charts(data)[0].chart_title.text_frame.text
    assert first.shapes.title.has_text_frame


def test_same_bytes_twice_and_no_clock():
    views = [dose_view(), bar_view(), view_of("heat")]
    data = render_pptx(views, title="T")
    assert data == render_pptx(views, title="T")
    known = opened(data).core_properties
    assert (known.title, known.author, known.created.year) == ("T", "", 1980)


@pytest.mark.long
def test_libreoffice_opens_them(tmp_path: Path):
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    (tmp_path / "a.pptx").write_bytes(render_pptx([dose_view(), bar_view(), view_of("heat")]))
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "a.pptx"], cwd=tmp_path,
                   check=True, capture_output=True, timeout=240)  # fmt: skip
    assert (tmp_path / "a.pdf").read_bytes().count(b"/Type/Page>>") in {0, 3}
    assert (tmp_path / "a.pdf").stat().st_size > 5000
