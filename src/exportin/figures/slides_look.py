"""How lines, markers and fillings of a native chart are written (DrawingML)."""

from exportin.figures.slides_parts import Series
from exportin.figures.slides_words import xml_text

POINT = 12700  # units of a line's width
PALE = 45000  # of 100000
INSIDE = 0.22  # share of the color in an open marker: LibreOffice draws no rim, white were nothing


def fill(color: str, alpha: int = 100000) -> str:
    """Return a filling of one color."""
    inside = "" if alpha == 100000 else f'<a:alpha val="{alpha}"/>'
    return f'<a:solidFill><a:srgbClr val="{color.lstrip("#")}">{inside}</a:srgbClr></a:solidFill>'


def stroke(color: str, width: float, dash: str = "", alpha: int = 100000, end: str = "") -> str:
    """Return the properties of a line."""
    dashes = f'<a:prstDash val="{dash}"/>' if dash else ""
    return (
        f'<c:spPr><a:ln w="{round(width * POINT)}" cap="flat">{fill(color, alpha)}{dashes}'
        f"<a:round/>{end}</a:ln></c:spPr>"
    )


def line_style(one: Series) -> str:
    """Return how the points of a series are joined, if they are."""
    if not one.line:
        return "<c:spPr><a:ln><a:noFill/></a:ln></c:spPr>"
    alpha = PALE if one.pale else 100000
    return stroke(one.color, one.width, "sysDash" if one.line == "dash" else "", alpha)


def marker(one: Series) -> str:
    """Return the marker; open where the point was left out of every number."""
    if not one.marker:
        return '<c:marker><c:symbol val="none"/></c:marker>'
    alpha = PALE if one.pale else 100000
    inside = fill(inside_of(one.color)) if one.hollow else fill(one.color, alpha)
    rim = fill(one.color, alpha)
    return (
        f'<c:marker><c:symbol val="{one.marker}"/><c:size val="{one.size}"/><c:spPr>{inside}'
        f'<a:ln w="{round(0.75 * POINT)}">{rim}</a:ln></c:spPr></c:marker>'
    )


def inside_of(color: str) -> str:
    """Return the color inside an open marker: nearly white.

    >>> inside_of("#000000"), inside_of("#D55E00")
    ('C7C7C7', 'F6DCC7')
    """
    parts = bytes.fromhex(color.lstrip("#"))
    return "".join(f"{round(255 - INSIDE * (255 - part)):02X}" for part in parts)


def color_of(one: Series) -> str:
    """Return the color of a series without its mark."""
    return one.color.lstrip("#")


def shows(*, value: bool) -> str:
    """Return what a label shows by itself; its own words take the place of the value."""
    return (
        f'<c:showLegendKey val="0"/><c:showVal val="{int(value)}"/><c:showCatName val="0"/>'
        '<c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/>'
    )


def attribute(text: str) -> str:
    """Return text for an attribute."""
    return xml_text(text).replace('"', "&quot;")
