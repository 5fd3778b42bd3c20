"""Pictures for a journal: size on paper, resolution, fonts inside, same bytes."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from exportin.contract.view import View
from exportin.figures import render_pdf, render_png, render_tiff
from exportin.figures.style import WIDTH_MM

from .samples import hostile_view, view_of

MM_PER_INCH = 25.4


def sized(width: str) -> View:
    return replace(view_of("points"), width=width)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize(
    ("draw", "dpi"), [(render_png, 600), (render_tiff, 600), (render_tiff, 300)]
)
def test_pixels_are_millimeters_times_resolution(draw, dpi, width):
    picture = Image.open(io.BytesIO(draw(sized(width), dpi)))
    assert picture.width == pytest.approx(WIDTH_MM[width] / MM_PER_INCH * dpi, abs=1)
    assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.01)


def test_a_tiff_is_rgb_with_lzw_and_white_paper():
    picture = Image.open(io.BytesIO(render_tiff(sized("single"))))
    assert picture.format == "TIFF"
    assert picture.mode == "RGB"
    assert picture.info["compression"] == "tiff_lzw"
    assert picture.getpixel((0, picture.height - 1)) == (255, 255, 255)
    assert picture.getextrema()[0][0] < 100  # something is drawn


def test_a_png_and_a_tiff_show_the_same():
    view = sized("single")
    png = Image.open(io.BytesIO(render_png(view, 150))).convert("RGB")
    tiff = Image.open(io.BytesIO(render_tiff(view, 150)))
    assert png.tobytes() == tiff.tobytes()


def test_the_default_is_600_dpi():
    view = sized("single")
    assert render_png(view) == render_png(view, 600)
    assert render_tiff(view) == render_tiff(view, 600)


@pytest.mark.parametrize("draw", [render_png, render_tiff, render_pdf])
def test_same_bytes_twice(draw):
    assert draw(hostile_view(1)) == draw(hostile_view(1))


@pytest.mark.parametrize("view", [hostile_view(1), view_of("interval"), view_of("heat")])
def test_fonts_of_a_pdf_are_embedded_and_not_of_type_3(view):
    data = render_pdf(view)
    assert b"/FontFile2" in data
    assert data.count(b"/FontFile2") == data.count(b"/CIDFontType2")
    assert b"/Type3" not in data
