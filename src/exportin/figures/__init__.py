"""Views to pictures; the only home of matplotlib."""

from exportin.figures.render import render_pdf, render_png, render_svg, render_tiff

__all__ = ["render_pdf", "render_png", "render_svg", "render_tiff"]
