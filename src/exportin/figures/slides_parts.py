"""One series of a native chart, and what turns marks into series."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

import polars as pl

from exportin.contract.view import Mark, Panel
from exportin.figures.scales import Scale
from exportin.figures.style import INK, Look

Beside = Literal["r", "l", "t", "b", "ctr"]
BESIDE: dict[str, Beside] = {"left": "r", "right": "l", "margin": "r"}
Numbers = tuple[float | None, ...]
MARKERS = {
    "o": "circle", "s": "square", "^": "triangle", "D": "diamond", "v": "star", "p": "plus",
    "h": "dash", "X": "x", "x": "x", "+": "star", "|": "plus", "_": "dash",
}  # fmt: skip
"""Shapes of the printed figure and the nearest of the ten markers that a native chart has."""
GLYPHS = {
    "circle": "●", "square": "■", "triangle": "▲", "diamond": "◆", "star": "✱", "plus": "✚",
    "dash": "▬", "x": "✕",
}  # fmt: skip
HEADS = {("x", -1): "◄", ("x", 1): "►", ("y", -1): "▼", ("y", 1): "▲"}
POINT, FAINT_POINT = 6, 4  # size of markers in points
LINE, THIN = 1.75, 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series of a chart; positions are those of the view, unless ``name`` says otherwise."""

    name: str
    x: Numbers
    y: Numbers
    color: str = INK
    marker: str = ""  # none
    size: int = POINT
    hollow: bool = False
    line: Literal["", "solid", "dash"] = ""
    width: float = LINE
    pale: bool = False
    side: Literal["", "x", "y"] = ""  # of the error bars
    minus: Numbers = ()
    plus: Numbers = ()
    arrows: bool = False  # error bars end in an arrow: the data leave that side open
    labels: tuple[str, ...] = ()
    place: Beside = "ctr"
    drawn: bool = True  # False: it only carries words, such as the names of an axis


@dataclass(slots=True)
class Drawing:
    """The panel that is turned into series, and what had to be said about it in words."""

    panel: Panel
    x: Scale
    y: Scale
    look: Look
    said: list[str] = field(default_factory=list)

    def marker(self, group: str | None, symbol: str | None) -> str:
        """Return the marker of a group or symbol."""
        return MARKERS[self.look.shape(group, symbol)]


def place(scale: Scale, column: pl.Series) -> Numbers:
    """Return positions on a chart's axis: the values themselves, or the numbers of categories."""
    if scale.axis.scale == "category":
        return tuple(float(v) if isfinite(v) else None for v in scale.place(column))
    values = column.cast(pl.Float64).to_list()
    least = 0.0 if scale.axis.scale == "log10" else float("-inf")
    good = (v is not None and isfinite(v) and v >= least for v in values)
    return tuple(v if ok else None for v, ok in zip(values, good, strict=True))


def zero_place(scale: Scale) -> float | None:
    """Return where 0 is drawn on a logarithmic axis: a power of ten left of the decades."""
    if scale.zero is None:
        return None
    return float(10.0 ** round_down(scale.zero + 0.15))


def round_down(power: float) -> int:
    """Return the whole number below, with a little slack for what is as good as whole."""
    return int((power + 1e-6) // 1)


def split_rows(mark: Mark, *names: str) -> Iterator[tuple[dict[str, str | None], pl.DataFrame]]:
    """Yield the rows that look alike and what they have in common, in order of appearance."""
    present = [name for name in names if name in mark.frame.columns]
    if not present:
        yield {}, mark.frame
        return
    parts = mark.frame.partition_by(present, maintain_order=True, as_dict=True)
    for key, part in parts.items():
        yield {n: None if v is None else str(v) for n, v in zip(present, key, strict=True)}, part


def name_of(mark: Mark, key: dict[str, str | None], *more: str) -> str:
    """Name a series by its layer, group, curve and symbol."""
    words = [key.get(name) or "" for name in ("group", "curve", "symbol")]
    return ", ".join(dict.fromkeys(w for w in (*words, mark.label or mark.kind, *more) if w))


def color_of(drawing: Drawing, key: dict[str, str | None]) -> str:
    """Return the color of a group; ink where there is none."""
    return drawing.look.color(key.get("group"))


def edges(scale: Scale) -> tuple[float, float]:
    """Return the ends of an axis as values."""
    if scale.axis.scale == "log10":
        return 10.0**scale.low, 10.0**scale.high
    return scale.low, scale.high


def changed(one: Series, **fields: object) -> Series:
    """Return a series with other fields."""
    kept_fields = {name: getattr(one, name) for name in Series.__slots__}
    return Series(**(kept_fields | fields))
