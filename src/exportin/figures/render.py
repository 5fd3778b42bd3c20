"""A view as the bytes of an SVG, PNG or PDF file: the same view gives the same bytes."""

from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG

from exportin.contract.view import View
from exportin.figures.layout import compose
from exportin.figures.lettering import literal
from exportin.figures.style import house_style

CREATOR = "exportin"


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


def render_png(view: View, dpi: int = 300) -> bytes:
    """Draw a view as PNG.

    Parameters
    ----------
    view : View
        The figure as data.
    dpi : int
        Dots per inch; journals ask for 300 to 600.
    """
    out = BytesIO()
    with house_style():
        figure = compose(view)
        figure.set_dpi(dpi)
        FigureCanvasAgg(figure).print_png(out, metadata={"Software": CREATOR})  # type: ignore[no-untyped-call]
    return out.getvalue()


def render_pdf(view: View) -> bytes:
    """Draw a view as PDF with embedded fonts and without a date."""
    words: dict[str, Any] = {"Creator": CREATOR, "Producer": CREATOR, "CreationDate": None}
    out = BytesIO()
    with house_style():
        FigureCanvasPdf(compose(view)).print_pdf(  # type: ignore[no-untyped-call]
            out, metadata=words | {"Title": literal(view.title)}
        )
    return out.getvalue()
