"""Series and axes as the XML of a native chart (DrawingML), with the workbook behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exportin.figures.slides_axes import NativeAxis
from exportin.figures.slides_bars import Bars
from exportin.figures.slides_book import Cell, DataSheet
from exportin.figures.slides_look import (
    PALE,
    attribute,
    color_of,
    fill,
    line_style,
    marker,
    shows,
    stroke,
)
from exportin.figures.slides_parts import Numbers, Series
from exportin.figures.slides_words import rich, shown, xml_text
from exportin.figures.style import INK

SPACES = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
X_AXIS, Y_AXIS = 111, 222
AXIS_GRAY = "808080"
MOST_DECADES = 7  # with a label each


@dataclass(frozen=True, slots=True)
class Box:
    """Where the axes stand in a chart, in parts of its width and height, and the sizes of words."""

    left: float
    top: float
    width: float
    height: float
    title_pt: float
    axis_pt: float
    tick_pt: float


class NativeChart:
    """What python-pptx takes as the data of a chart: its XML and its workbook."""

    def __init__(self, xml: str, book: bytes) -> None:
        self.xml, self.xlsx_blob = xml, book

    def xml_bytes(self, _chart_type: object) -> bytes:
        """Return the chart part."""
        return self.xml.encode()


def scatter_chart(
    title: str, series: Sequence[Series], x: NativeAxis, y: NativeAxis, box: Box
) -> NativeChart:
    """Return an XY chart: points, lines and error bars, names of categories as labels."""
    sheet = DataSheet()
    every = even([*series, *axis_names(x, y)])
    body = "".join(scatter_series(at, one, sheet, box) for at, one in enumerate(every))
    plot = (
        f'<c:scatterChart><c:scatterStyle val="lineMarker"/><c:varyColors val="0"/>{body}'
        f'<c:axId val="{X_AXIS}"/><c:axId val="{Y_AXIS}"/></c:scatterChart>'
    )
    across = value_axis(X_AXIS, Y_AXIS, x, "b", box, last=bool(y.names))
    upright = value_axis(Y_AXIS, X_AXIS, y, "l", box, reverse=bool(y.names))
    return NativeChart(whole(title, plot + across + upright, box), sheet.to_bytes())


def bar_chart(title: str, bars: Bars, y: NativeAxis, x_title: str, box: Box) -> NativeChart:
    """Return a bar chart with lines and markers on the same categories."""
    sheet = DataSheet()
    _, where = sheet.add("", tuple(map(shown, bars.categories)))
    category = (where, bars.categories)
    made = "".join(bar_series(i, one, sheet, category) for i, one in enumerate(bars.bars))
    start = len(bars.bars)
    over = "".join(
        line_series(start + i, one, sheet, category, box) for i, one in enumerate(bars.over)
    )
    grouping = "stacked" if bars.stacked else "clustered"
    overlap = 0 if bars.side_by_side else 100
    axes = f'<c:axId val="{X_AXIS}"/><c:axId val="{Y_AXIS}"/>'
    plot = (
        f'<c:barChart><c:barDir val="col"/><c:grouping val="{grouping}"/><c:varyColors val="0"/>'
        f'{made}<c:gapWidth val="45"/><c:overlap val="{overlap}"/>{axes}</c:barChart>'
    )
    if over:
        plot += (
            f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{over}'
            f'<c:marker val="1"/>{axes}</c:lineChart>'
        )
    flat = category_axis(x_title, box)
    upright = value_axis(Y_AXIS, X_AXIS, y, "l", box, between=True)
    return NativeChart(whole(title, plot + flat + upright, box), sheet.to_bytes())


def even(series: Sequence[Series]) -> list[Series]:
    """Fill series up with empty cells to one length.

    LibreOffice loses the series before one that is longer than they are.
    """
    most = max((len(one.x) for one in series), default=0)
    return [filled(one, most - len(one.x)) for one in series]


def filled(one: Series, more: int) -> Series:
    """Return a series with so many empty cells at its end."""
    rest = (None,) * more
    minus, plus = (ends and (*ends, *rest) for ends in (one.minus, one.plus))
    return replace(one, x=(*one.x, *rest), y=(*one.y, *rest), minus=minus, plus=plus)


def axis_names(x: NativeAxis, y: NativeAxis) -> list[Series]:
    """Return series without marks that write the names of categories beside their axis."""
    found = []
    if x.names:
        at = tuple(float(i) for i in range(len(x.names)))
        low = y.high if y.names else y.low
        found.append(Series(name="names of the x axis", x=at, y=(low,) * len(at), labels=x.names,
                            place="b", drawn=False))  # fmt: skip
    if y.names:
        at = tuple(float(i) for i in range(len(y.names)))
        found.append(Series(name="names of the y axis", x=(x.low,) * len(at), y=at, labels=y.names,
                            place="l", drawn=False))  # fmt: skip
    return found


def whole(title: str, inside: str, box: Box) -> str:
    """Return the chart part around plots and axes."""
    head = title_of(title, box)
    area = (
        '<c:layout><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/>'
        f'<c:yMode val="edge"/><c:x val="{box.left:.4f}"/><c:y val="{box.top:.4f}"/>'
        f'<c:w val="{box.width:.4f}"/><c:h val="{box.height:.4f}"/></c:manualLayout></c:layout>'
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><c:chartSpace {SPACES}>"
        f'<c:date1904 val="0"/><c:roundedCorners val="0"/><c:chart>{head}<c:plotArea>{area}'
        f'{inside}</c:plotArea><c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        f"</c:chartSpace>"
    )


def title_of(title: str, box: Box) -> str:
    """Return the title of a chart."""
    if not title:
        return '<c:autoTitleDeleted val="1"/>'
    words = rich(title, box.title_pt, bold=True)
    return (
        f"<c:title><c:tx><c:rich>{words}</c:rich></c:tx>"
        '<c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/>'
    )


def axis_words(title: str, box: Box, *, upright: bool, named: bool = False) -> str:
    """Return the title of an axis; beside the names of categories it is put at the edge."""
    if not title:
        return ""
    words = rich(title, box.axis_pt)
    turn = '<a:bodyPr rot="-5400000" vert="horz"/>' if upright else "<a:bodyPr/>"
    words = words.replace('<a:bodyPr wrap="none"/>', turn, 1)
    across, down = (0.005, box.top + 0.3 * box.height) if upright else (box.left, 0.93)
    if named and not upright:  # about in the middle: the program knows no width of its words
        across += max(0.5 * box.width - 0.008 * len(title), 0.0)
    where = (
        '<c:layout><c:manualLayout><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{across:.4f}"/><c:y val="{down:.4f}"/></c:manualLayout></c:layout>'
    )
    return (
        f"<c:title><c:tx><c:rich>{words}</c:rich></c:tx>{where if named else ''}"
        '<c:overlay val="0"/></c:title>'
    )


def value_axis(
    own: int,
    other: int,
    axis: NativeAxis,
    where: str,
    box: Box,
    *,
    reverse: bool = False,
    last: bool = False,
    between: bool = False,
) -> str:
    """Return an axis of numbers; with names it has no numbers of its own."""
    order = "maxMin" if reverse else "minMax"
    base = '<c:logBase val="10"/>' if axis.log else ""
    tick, label = ("none", "none") if axis.names else ("out", "high" if last else "low")
    unit = axis.step
    if axis.log:
        unit = 10.0 if axis.high / axis.low < 10.0**MOST_DECADES else 100.0
    step = f'<c:majorUnit val="{unit!r}"/>' if unit else ""
    title = axis_words(axis.title, box, upright=where == "l", named=bool(axis.names))
    return (
        f'<c:valAx><c:axId val="{own}"/><c:scaling>{base}<c:orientation val="{order}"/>'
        f'<c:max val="{axis.high!r}"/><c:min val="{axis.low!r}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{where}"/>{title}<c:numFmt formatCode="{attribute(axis.form)}"'
        f' sourceLinked="0"/><c:majorTickMark val="{tick}"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="{label}"/>{stroke(AXIS_GRAY, 0.75)}{tick_words(box)}'
        f'<c:crossAx val="{other}"/>'
        f'<c:crosses val="{"max" if last else "min"}"/>'
        f'<c:crossBetween val="{"between" if between else "midCat"}"/>{step}</c:valAx>'
    )


def category_axis(title: str, box: Box) -> str:
    """Return the axis of a bar chart's categories; its words stand at the foot of the chart."""
    return (
        f'<c:catAx><c:axId val="{X_AXIS}"/><c:scaling><c:orientation val="minMax"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="b"/>{axis_words(title, box, upright=False)}'
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="low"/>{stroke(AXIS_GRAY, 0.75)}'
        f'{tick_words(box)}<c:crossAx val="{Y_AXIS}"/>'
        '<c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/>'
        '<c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>'
    )


def tick_words(box: Box) -> str:
    """Return how the words of an axis are written."""
    return (
        f'<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="{round(box.tick_pt * 100)}">'
        f'{fill(INK)}</a:defRPr></a:pPr><a:endParaRPr lang="en-US"/></a:p></c:txPr>'
    )


def scatter_series(at: int, one: Series, sheet: DataSheet, box: Box) -> str:
    """Return one series of an XY chart."""
    _, xs = sheet.add("x", one.x)
    head, ys = sheet.add(shown(one.name), one.y)
    return (
        f"<c:ser>{named(at, one, head)}{line_style(one)}{marker(one)}{labels(one, box)}"
        f"{error_bars(one, sheet)}<c:xVal>{numbers(xs, one.x)}</c:xVal>"
        f'<c:yVal>{numbers(ys, one.y)}</c:yVal><c:smooth val="0"/></c:ser>'
    )


def line_series(
    at: int, one: Series, sheet: DataSheet, category: tuple[str, tuple[str, ...]], box: Box
) -> str:
    """Return one series of lines or markers over categories."""
    head, ys = sheet.add(shown(one.name), one.y)
    upright = replace(one, side="y") if one.side else one
    return (
        f"<c:ser>{named(at, one, head)}{line_style(one)}{marker(one)}{labels(one, box)}"
        f"{error_bars(upright, sheet)}<c:cat>{strings(*category)}</c:cat>"
        f'<c:val>{numbers(ys, one.y)}</c:val><c:smooth val="0"/></c:ser>'
    )


def bar_series(
    at: int, one: Series, sheet: DataSheet, category: tuple[str, tuple[str, ...]]
) -> str:
    """Return one series of bars."""
    head, ys = sheet.add(shown(one.name), one.y)
    color = fill(one.color, 75000)
    return (
        f"<c:ser>{named(at, one, head)}<c:spPr>{color}</c:spPr>"
        f'<c:invertIfNegative val="0"/><c:cat>{strings(*category)}</c:cat>'
        f"<c:val>{numbers(ys, one.y)}</c:val></c:ser>"
    )


def named(at: int, one: Series, head: str) -> str:
    """Return number and name of a series."""
    return (
        f'<c:idx val="{at}"/><c:order val="{at}"/><c:tx><c:strRef><c:f>{head}</c:f><c:strCache>'
        f'<c:ptCount val="1"/><c:pt idx="0"><c:v>{xml_text(one.name)}</c:v></c:pt></c:strCache>'
        "</c:strRef></c:tx>"
    )


def numbers(address: str, values: Numbers) -> str:
    """Return numbers with their address; an empty cell is a gap."""
    cells = "".join(
        f'<c:pt idx="{i}"><c:v>{v!r}</c:v></c:pt>' for i, v in enumerate(values) if v is not None
    )
    return (
        f"<c:numRef><c:f>{address}</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{len(values)}"/>{cells}</c:numCache></c:numRef>'
    )


def strings(address: str, values: Sequence[str]) -> str:
    """Return words with their address."""
    cells = "".join(
        f'<c:pt idx="{i}"><c:v>{xml_text(v)}</c:v></c:pt>' for i, v in enumerate(values)
    )
    return (
        f'<c:strRef><c:f>{address}</c:f><c:strCache><c:ptCount val="{len(values)}"/>{cells}'
        "</c:strCache></c:strRef>"
    )


def labels(one: Series, box: Box) -> str:
    """Return the words that a series writes at its points."""
    if not one.labels:
        return ""
    body = "".join(
        f'<c:dLbl><c:idx val="{i}"/><c:tx><c:rich>{rich(word, box.tick_pt, color=color_of(one))}'
        f'</c:rich></c:tx><c:dLblPos val="{one.place}"/>{shows(value=True)}</c:dLbl>'
        for i, word in enumerate(one.labels)
        if word
    )
    return f"<c:dLbls>{body}{shows(value=False)}</c:dLbls>"


def error_bars(one: Series, sheet: DataSheet) -> str:
    """Return error bars of their own length each; an arrow where the data leave a side open."""
    ends = [name for name in ("plus", "minus") if getattr(one, name)]
    if not one.side or not ends:
        return ""
    parts = ""
    for name in ends:
        values: tuple[Cell, ...] = getattr(one, name)
        _, address = sheet.add(f"{shown(one.name)}: {name}", values)
        parts += f"<c:{name}>{numbers(address, getattr(one, name))}</c:{name}>"
    head = '<a:tailEnd type="triangle"/>' if one.arrows else ""
    alpha = PALE if one.pale else 100000
    return (
        f'<c:errBars><c:errDir val="{one.side}"/>'
        f'<c:errBarType val="{"both" if ends[1:] else ends[0]}"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="{int(one.arrows)}"/>{parts}'
        f"{stroke(one.color, 1.25, '', alpha, head)}</c:errBars>"
    )
