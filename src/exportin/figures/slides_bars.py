"""A panel with bars as a native bar chart, with everything else of it on the same categories."""

from dataclasses import dataclass

import polars as pl

from exportin.contract.view import Mark, Panel
from exportin.figures.slides_parts import (
    Drawing,
    Numbers,
    Series,
    changed,
    name_of,
    place,
    split_rows,
)
from exportin.figures.slides_series import panel_series
from exportin.figures.ticks import tick_text


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars over categories: one value per category and series, empty where there is none."""

    categories: tuple[str, ...]
    bars: tuple[Series, ...]
    over: tuple[Series, ...]  # lines and markers; x is the number of the category
    stacked: bool
    side_by_side: bool


def has_bars(panel: Panel) -> bool:
    """Whether a panel is a bar chart."""
    return any(mark.kind == "bar" and mark.frame.height for mark in panel.marks)


def bar_parts(drawing: Drawing) -> Bars:
    """Return the parts of a bar chart.

    Raises
    ------
    ValueError
        Something of the panel has no place on categories.
    """
    marks = [m for m in drawing.panel.marks if m.kind == "bar" and m.frame.height]
    if len(marks) > 1:
        raise ValueError("bars of several kinds lie upon each other")
    (mark,) = marks
    positions = bar_positions(drawing, mark)
    stacked = "base" in mark.frame.columns
    pairs = mark.frame.select("x").is_duplicated().any()
    others = [m for m in drawing.panel.marks if m.kind != "bar"]
    rest = Drawing(with_marks(drawing.panel, others), drawing.x, drawing.y, drawing.look)
    over = [part for one in panel_series(rest) for part in on_categories(one, positions)]
    drawing.said += rest.said
    return Bars(
        categories=category_names(drawing, positions),
        bars=tuple(one_bar(drawing, mark, positions, key, part)
                   for key, part in split_rows(mark, "group")),
        over=tuple(over),
        stacked=stacked,
        side_by_side=bool(pairs) and not stacked,
    )  # fmt: skip


def with_marks(panel: Panel, marks: list[Mark]) -> Panel:
    """Return a panel with other marks."""
    fields = {name: getattr(panel, name) for name in Panel.__slots__}
    return Panel(**(fields | {"marks": tuple(marks)}))


def bar_positions(drawing: Drawing, mark: Mark) -> tuple[float, ...]:
    """Return where bars stand, from left to right."""
    if drawing.x.axis.scale == "category":
        return tuple(float(i) for i in range(len(drawing.x.axis.categories)))
    found = {x for x in place(drawing.x, mark.frame.get_column("x")) if x is not None}
    return tuple(sorted(found))


def category_names(drawing: Drawing, positions: tuple[float, ...]) -> tuple[str, ...]:
    """Return the words under the bars."""
    if drawing.x.axis.scale == "category":
        return drawing.x.axis.categories
    return tuple(tick_text(at) for at in positions)


def one_bar(
    drawing: Drawing,
    mark: Mark,
    positions: tuple[float, ...],
    key: dict[str, str | None],
    part: pl.DataFrame,
) -> Series:
    """Return the bars of one group; heights of a stack are what a part adds."""
    heights: list[float | None] = [None] * len(positions)
    tops = place(drawing.y, part.get_column("y"))
    feet = (
        place(drawing.y, part.get_column("base")) if "base" in part.columns else (0.0,) * len(tops)
    )
    for x, top, foot in zip(place(drawing.x, part.get_column("x")), tops, feet, strict=True):
        if x is not None and top is not None:
            heights[positions.index(x)] = top - (foot or 0.0)
    color = drawing.look.color(key.get("group"))
    return Series(name=name_of(mark, key), x=positions, y=tuple(heights), color=color)


def on_categories(one: Series, positions: tuple[float, ...]) -> list[Series]:
    """Put a series onto the categories of the bars; several points of one need several series.

    Raises
    ------
    ValueError
        It lies between categories.
    """
    if one.line and one.drawn and not one.labels:
        return [level(one, positions)]
    left, found = list(range(len(one.x))), []
    while left:
        row_of: dict[int, int] = {}
        for row in left:
            at = nearest_position(one.x[row], positions)
            row_of.setdefault(at, row)
        left = [row for row in left if row not in row_of.values()]
        found.append({at: row for at, row in row_of.items() if at >= 0})
    several = len(found) > 1
    return [
        spread(one, rows, positions, f"{one.name}, {i}" if several else one.name)
        for i, rows in enumerate(found, start=1)
        if rows
    ]


def nearest_position(x: float | None, positions: tuple[float, ...]) -> int:
    """Return the number of the category a point belongs to; -1 where it has no place."""
    if x is None:
        return -1
    at = min(range(len(positions)), key=lambda i: abs(positions[i] - x))
    if abs(positions[at] - x) > 0.5:
        raise ValueError("something lies beside the bars")
    return at


def spread(one: Series, rows: dict[int, int], positions: Numbers, name: str) -> Series:
    """Return a series with a row per category."""

    def over(values: tuple, empty: object) -> tuple:  # type: ignore[type-arg]
        return tuple(values[rows[i]] if i in rows else empty for i in range(len(positions)))

    fields: dict[str, object] = {"y": over(one.y, None)}
    fields |= {n: over(getattr(one, n), None) for n in ("minus", "plus") if getattr(one, n)}
    if one.labels:
        fields["labels"] = over(one.labels, "")
    return changed(one, name=name, x=positions, line="", **fields)


def level(one: Series, positions: tuple[float, ...]) -> Series:
    """Return a horizontal line over all categories.

    Raises
    ------
    ValueError
        The line is not horizontal.
    """
    heights = {y for y in one.y if y is not None}
    if len(heights) != 1:
        raise ValueError("a line crosses the bars")
    return changed(one, x=positions, y=(heights.pop(),) * len(positions))
