"""The table under a panel: numbers at their place of the x axis, a row per group."""

import polars as pl

from exportin.contract.view import Mark, Panel
from exportin.figures.lettering import literal, width_mm
from exportin.figures.pen import Pen, truth
from exportin.figures.style import LINE_HEIGHT, NOTE, SMALL_PT, Look

ROW_PT = SMALL_PT * LINE_HEIGHT
ABOVE_PT = 3.0  # between the words of the axis and the table
BESIDE_PT = -7.0  # from the panel's left edge to the end of the rows' names
GLYPHS = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "p": "⬟", "h": "⬢", "X": "✖"}
LINE = "━"  # a group that has a color and no marker


def is_table(mark: Mark) -> bool:
    """Whether a text mark belongs under the panel."""
    if mark.kind != "text" or "align" not in mark.frame.columns:
        return False
    return "under" in mark.frame.get_column("align").to_list()


def has_table(panel: Panel) -> bool:
    """Whether anything is written in a table under a panel."""
    return any(is_table(mark) for mark in panel.marks)


def shows_shape(mark: Mark, look: Look) -> bool:
    """Whether the marks of a group have the group's own shape."""
    if mark.kind not in {"points", "strip", "interval", "text", "arrow"} or is_table(mark):
        return False
    if mark.faint and mark.frame.height and truth(mark.frame, "hollow").all():
        return False  # only excluded rows; the legend says what an open marker is
    if mark.kind not in {"points", "strip"} or "symbol" not in mark.frame.columns:
        return True
    fixed = [name for name, _ in look.fixed]
    own = pl.col("symbol").cast(pl.String).is_in(fixed).fill_null(value=False)
    return not mark.frame.height or not mark.frame.select(own.all()).item()


def draw_under(pen: Pen, names_mm: float) -> float:
    """Write the tables of a panel under the words of its x axis.

    Parameters
    ----------
    pen
        The panel; its axis title must have been written.
    names_mm
        Room for the names of rows; wider names are replaced by the marker of the legend.

    Returns
    -------
    float
        Depth of what was written, in points.
    """
    depth = 0.0
    for mark in pen.panel.marks:
        if is_table(mark):
            depth = _draw_table(pen, mark, names_mm, depth + ABOVE_PT)
    return depth


def _draw_table(pen: Pen, mark: Mark, names_mm: float, depth: float) -> float:
    table = mark.frame.filter(align="under")
    if mark.label:
        _write(pen, mark.label, 0.0, depth, color=NOTE)
        depth += ROW_PT
    groups = table.get_column("group").to_list() if "group" in table.columns else [None]
    rows = [g for g in (*pen.look.groups, None) if g in set(groups)]
    heads = _heads(pen, rows, names_mm)
    for group, head in zip(rows, heads, strict=True):
        mine = (
            table.filter(pl.col("group").eq_missing(group)) if "group" in table.columns else table
        )
        color = pen.look.color(group)
        _write(pen, head, 0.0, depth, color=color, align="right", shift=BESIDE_PT)
        (x,) = pen.place(mine, "x")
        for at, words in zip(x, mine.get_column("text").to_list(), strict=True):
            _write(pen, str(words), float(at), depth, color=color, align="center", on_axis=True)
        depth += ROW_PT
    return depth


def _heads(pen: Pen, rows: list[str | None], names_mm: float) -> list[str]:
    """Names of the rows where all fit; otherwise what the legend shows for them."""
    names = [row or "" for row in rows]
    if max((width_mm(literal(name), SMALL_PT) for name in names), default=0.0) <= names_mm:
        return names
    shaped = any(shows_shape(m, pen.look) for m in pen.panel.marks if "group" in m.frame.columns)
    return [(GLYPHS[pen.look.shape(row)] if shaped else LINE) if row else "" for row in rows]


def _write(
    pen: Pen,
    words: str,
    x: float,
    depth: float,
    *,
    color: str,
    align: str = "left",
    shift: float = 0.0,
    on_axis: bool = False,
) -> None:
    across = "data" if on_axis else "axes fraction"
    pen.ax.annotate(
        literal(words), (x, 0.0), (shift, -depth), (across, pen.ax.xaxis.label), "offset points",
        va="top", ha=align, fontsize=SMALL_PT, color=color, annotation_clip=False,
    )  # fmt: skip
