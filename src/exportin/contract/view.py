"""A view is a figure as data: panels, axes and marks; nothing in it is fitted or averaged."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

MarkKind = Literal[
    "points",
    "line",
    "step",
    "band",
    "interval",
    "bar",
    "strip",
    "heat",
    "density",
    "image",
    "text",
    "arrow",
]
ShapeName = Literal["down", "cross", "plus", "tick", "cap"]  # down: a triangle on its tip

# Columns each mark's frame must have; those after | are optional. One meaning everywhere:
#   hollow  the row is excluded from every number (drawn open, heat: crossed)
#   dashed  line: beyond the data; interval: technical, the replicates of one unit
#   base    bar: it stands from here to y, and the groups of one category are a stack
#   open    none | low | high | both: the side the data leave open (its limit is empty)
#   row_id  the raw row it stands for; several rows behind one marker, one per line. Not printed:
#           on the screen such a marker, or such a point of a line, can be left out
#   symbol  what the marker's shape stands for, e.g. the experiment
#   align   left | center | right of (x, y); margin: right of the panel, at height y (x is unused);
#           under: in a table under the x axis, at x, a row per group (y is unused), headed by the
#           label of the mark
# On a category axis a text names the category and a number is a position (0 = the first, 0.5 =
# between the first two). On a log10 axis 0 is drawn at its own tick left of the decades.
MARK_COLUMNS: dict[str, str] = {
    "points": "x y | group symbol hollow row_id",
    "line": "x y | group curve dashed row_id",
    "step": "x y | group curve dashed",
    "band": "x low high | group curve",
    "interval": "x y low high | group open dashed",
    "bar": "x y | group base",
    "strip": "x y | group symbol hollow row_id",  # x is a category; spread sideways when drawn
    "heat": "x y value | hollow row_id",
    "density": "x y value",  # counts on an even grid; what is not named is empty
    "image": "x y value",
    "text": "x y text | group align",
    "arrow": "x y x2 y2 | group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: what it shows, in which unit, on which scale."""

    label: str
    unit: str = ""
    scale: Literal["linear", "log10", "category"] = "linear"
    categories: tuple[str, ...] = ()  # in drawing order, for scale = category
    low: float | None = None
    high: float | None = None
    ticks: tuple[float, ...] = ()  # where to write numbers; chosen by the renderer if empty
    tick_words: tuple[str, ...] = ()  # what to write there, where the axis is a transform


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One layer of a panel with its own small frame (columns as in ``MARK_COLUMNS``)."""

    kind: MarkKind
    frame: pl.DataFrame
    label: str = ""
    faint: bool = False  # small and pale: the units behind a pooled number
    thin: bool = False  # line: many stand side by side, none is paler than the others
    solid: bool = False  # band: an area shown for itself, not an interval around a line
    along: Literal["auto", "x", "y"] = "auto"  # interval: auto is y if x is a category, else x


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One coordinate system."""

    title: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    reference_x: float | None = None  # a thin line at a value that means something (ratio 1)
    reference_y: float | None = None
    note: str = ""  # n, what bars mean; written under the panel
    value: Axis | None = None  # the colors of heat and image; equal axes share one color bar
    row_id: str = ""  # the raw row that the panel shows as a whole, such as a tube of cells
    row_out: bool = False  # that row enters no number


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A whole figure, independent of where it is drawn.

    ``groups`` fixes the order of colors and of the legend over all panels.
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]
    groups: tuple[str, ...] = ()
    group_title: str = ""
    columns: int = 3  # panels side by side
    width: Literal["single", "double"] = "double"
    note: str = ""  # what lines and bands are; written once, under the legend
    shapes: tuple[tuple[str, ShapeName], ...] = ()  # fixed shapes of symbols, in legend order


def source_frame(view: View) -> pl.DataFrame:
    """Return every number a figure draws, one row per drawn item: the source data file."""
    parts = [
        mark.frame.with_columns(
            pl.lit(panel.title).alias("panel"),
            pl.lit(mark.kind).alias("mark"),
            pl.lit(mark.label).alias("layer"),
        )
        for panel in view.panels
        for mark in panel.marks
    ]
    if not parts:
        return pl.DataFrame(schema={"panel": pl.String, "mark": pl.String, "layer": pl.String})
    parts = [  # categories and numbers may share a column name over panels
        part.with_columns(pl.col(c).cast(pl.String) for c in ("x", "y") if c in part.columns)
        for part in parts
    ]
    stacked = pl.concat(parts, how="diagonal_relaxed")
    if "row_id" in stacked.columns:
        stacked = stacked.with_columns(pl.col("row_id").str.replace_all("\n", "; "))
    first = ["panel", "mark", "layer"]
    return stacked.select(first + [name for name in stacked.columns if name not in first])
