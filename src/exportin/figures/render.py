"""A view as the bytes of an SVG, PDF, PNG or TIFF file: the same view gives the same bytes."""

from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from exportin.contract.view import View
from exportin.figures.layout import compose
from exportin.figures.lettering import literal
from exportin.figures.style import house_style

CREATOR = "exportin"
PRINT_DPI = 600  # line art with words; what journals ask of figures that mix both


def render_svg(view: View) -> bytes:
    """Draw a view as SVG; all text is outlines, names are never markup.

    Parameters
    ----------
    view : View
        The figure as data.

    Returns
    -------
    bytes
        A standalone SVG file, byte-identical on every run.

    Raises
    ------
    ValueError
        A mark names a category that its axis does not have.
    """
    words: dict[str, Any] = {
        "Creator": CREATOR,
        "Date": None,
        "Title": literal(view.title),
        "Description": literal(view.caption),
    }
    out = BytesIO()
    with house_style():
        FigureCanvasSVG(compose(view)).print_svg(out, metadata=words)  # type: ignore[no-untyped-call]
    return out.getvalue()


def render_png(view: View, dpi: int = PRINT_DPI) -> bytes:
    """Draw a view as PNG; its size on paper is written into the file.

    Parameters
    ----------
    view : View
        The figure as data; ``view.width`` is a journal's column: 85 mm single, 178 mm double.
    dpi : int
        Dots per inch; journals ask for 300 to 600.
    """
    out = BytesIO()
    with house_style():
        canvas = _pixels(compose(view), dpi)
        canvas.print_png(out, metadata={"Software": CREATOR})  # type: ignore[no-untyped-call]
    return out.getvalue()


def render_tiff(view: View, dpi: int = PRINT_DPI) -> bytes:
    """Draw a view as TIFF for a journal: RGB without transparency, LZW, its size on paper inside.

    Parameters
    ----------
    view : View
        The figure as data; ``view.width`` is a journal's column: 85 mm single, 178 mm double.
    dpi : int
        Dots per inch; journals ask for 300 to 600.
    """
    out = BytesIO()
    with house_style():
        canvas = _pixels(compose(view), dpi)
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    seen = Image.fromarray(pixels).convert("RGB")
    seen.save(out, format="TIFF", compression="tiff_lzw", dpi=(dpi, dpi), software=CREATOR)
    return out.getvalue()


def _pixels(figure: Figure, dpi: int) -> FigureCanvasAgg:
    figure.set_dpi(dpi)
    return FigureCanvasAgg(figure)


def render_pdf(view: View) -> bytes:
    """Draw a view as PDF with embedded fonts and without a date."""
    words: dict[str, Any] = {"Creator": CREATOR, "Producer": CREATOR, "CreationDate": None}
    out = BytesIO()
    with house_style():
        FigureCanvasPdf(compose(view)).print_pdf(  # type: ignore[no-untyped-call]
            out, metadata=words | {"Title": literal(view.title)}
        )
    return out.getvalue()
