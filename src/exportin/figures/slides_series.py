"""A panel as the series of a native chart: what is drawn, in which color, with which marker."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from exportin.contract.view import Mark
from exportin.figures.slides_intervals import intervals
from exportin.figures.slides_parts import (
    BESIDE,
    FAINT_POINT,
    HEADS,
    LINE,
    POINT,
    THIN,
    Drawing,
    Numbers,
    Series,
    changed,
    color_of,
    edges,
    name_of,
    place,
    split_rows,
    zero_place,
)


def panel_series(drawing: Drawing) -> list[Series]:
    """Return the series of a panel without bars, in the order in which they are drawn."""
    found: list[Series] = []
    for mark in drawing.panel.marks:
        if mark.frame.height:
            found += MAKE[mark.kind](drawing, mark)
    zeros = (zero_place(drawing.x), zero_place(drawing.y))
    return [part for one in found for part in apart(one, *zeros)]


def points(drawing: Drawing, mark: Mark) -> Iterator[Series]:
    """Markers by group, symbol and hollow."""
    for key, part in split_rows(mark, "group", "symbol", "hollow"):
        hollow = key.get("hollow") in {"True", "true"}
        yield Series(
            name=name_of(mark, key, "left out" if hollow else ""),
            x=place(drawing.x, part.get_column("x")),
            y=place(drawing.y, part.get_column("y")),
            color=color_of(drawing, key),
            marker=drawing.marker(key.get("group"), key.get("symbol")),
            size=FAINT_POINT if mark.faint else POINT,
            hollow=hollow,
            pale=mark.faint,
        )


def lines(drawing: Drawing, mark: Mark) -> Iterator[Series]:
    """Lines by group and curve, dashed pieces apart; steps get their corners."""
    for key, part in split_rows(mark, "group", "curve"):
        x, y = place(drawing.x, part.get_column("x")), place(drawing.y, part.get_column("y"))
        dashed = flags(part, "dashed")
        style = {"color": color_of(drawing, key), "pale": mark.faint}
        width = THIN if mark.faint or mark.thin or key.get("group") is None else LINE
        for dash in (False, True):
            keep = kept(dashed, dash=dash)
            if not any(keep):
                continue
            ys = tuple(v if k else None for v, k in zip(y, keep, strict=True))
            xs, ys = corners(x, ys) if mark.kind == "step" else (x, ys)
            more = "beyond the data" if dash else ""
            yield Series(name=name_of(mark, key, more), x=xs, y=ys, width=width,
                         line="dash" if dash else "solid", **style)  # type: ignore[arg-type]  # fmt: skip


def kept(dashed: Sequence[bool], *, dash: bool) -> list[bool]:
    """Say which points a solid or dashed piece has; dashed ones reach to the solid neighbors."""
    if not dash:
        return [not d for d in dashed]
    near = [False, *dashed, False]
    return [any(near[i : i + 3]) for i in range(len(dashed))] if any(dashed) else [False]


def corners(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Return the points of a staircase that falls at its x.

    >>> corners((0.0, 1.0), (5.0, 3.0))
    ((0.0, 1.0, 1.0), (5.0, 5.0, 3.0))
    """
    xs, ys = list(x[:1]), list(y[:1])
    for at in range(1, len(x)):
        xs += [x[at], x[at]]
        ys += [y[at - 1], y[at]]
    return tuple(xs), tuple(ys)


def bands(drawing: Drawing, mark: Mark) -> Iterator[Series]:
    """Both edges of a band as thin lines: a scatter chart has no areas."""
    for key, part in split_rows(mark, "group", "curve"):
        x = place(drawing.x, part.get_column("x"))
        ends = ("high",) if mark.solid else ("low", "high")
        for end in ends:
            y = part.get_column(end)
            if drawing.y.axis.scale == "log10":
                y = y.cast(pl.Float64).set(y.cast(pl.Float64) <= 0, None)
            word = {"low": "lower limit", "high": "upper limit"}[end]
            yield Series(
                name=name_of(mark, key, "" if mark.solid else word), x=x, y=place(drawing.y, y),
                color=color_of(drawing, key), line="solid", width=THIN, pale=not mark.solid,
            )  # fmt: skip


def words(drawing: Drawing, mark: Mark) -> Iterator[Series]:
    """Words at their place; in the margin at the right edge; a table under the panel is said."""
    frame = mark.frame.filter(pl.col("text").is_not_null())
    aligned = frame.get_column("align") if "align" in frame.columns else None
    for row, word in enumerate(frame.get_column("text").cast(pl.String).to_list()):
        align = (aligned[row] if aligned is not None else None) or "center"
        one = frame[row : row + 1]
        if align == "under":
            continue  # told by ``slides_notes``, as a table
        x = place(drawing.x, one.get_column("x")) if align != "margin" else ()
        group = one.get_column("group")[0] if "group" in one.columns else None
        yield Series(
            name=name_of(mark, {"group": group}, "words"),
            x=x or (edges(drawing.x)[1],), y=place(drawing.y, one.get_column("y")),
            color=drawing.look.color(group), labels=(word,), drawn=False,
            place=BESIDE.get(align, "ctr"),
        )  # fmt: skip


def arrows(drawing: Drawing, mark: Mark) -> Iterator[Series]:
    """Lines from (x, y) with a head at (x2, y2): the value lies beyond."""
    for row in range(mark.frame.height):
        one = mark.frame[row : row + 1]
        group = one.get_column("group")[0] if "group" in one.columns else None
        (x,), (y,) = (place(s, one.get_column(n)) for s, n in ((drawing.x, "x"), (drawing.y, "y")))
        (x2,), (y2,) = (
            place(s, one.get_column(n)) for s, n in ((drawing.x, "x2"), (drawing.y, "y2"))
        )
        if x is None or y is None or x2 is None or y2 is None:
            continue
        flat = abs(x2 - x) > 0
        head = HEADS["x" if flat else "y", 1 if (x2 > x if flat else y2 > y) else -1]
        yield Series(
            name=name_of(mark, {"group": group}), x=(x, x2), y=(y, y2), labels=("", head),
            color=drawing.look.color(group), line="solid", width=THIN * 2, pale=mark.faint,
        )  # fmt: skip


def apart(one: Series, x_zero: float | None, y_zero: float | None) -> Iterator[Series]:
    """Put points at 0 of a logarithmic axis into a series of their own, named by their place."""
    zero = [
        (x_zero is not None and x == 0) or (y_zero is not None and y == 0)
        for x, y in zip(one.x, one.y, strict=True)
    ]
    if not any(zero):
        yield one
        return
    yield from (part for part in (pick(one, [not z for z in zero]),) if part.x)
    there = pick(one, zero)
    where = " and ".join(
        f"{name} 0, drawn at {at:g}"
        for name, at, values in (("x", x_zero, there.x), ("y", y_zero, there.y))
        if at is not None and 0 in values
    )
    moved = {
        name: tuple(at if v == 0 and at is not None else v for v in values)
        for name, at, values in (("x", x_zero, there.x), ("y", y_zero, there.y))
    }
    yield changed(there, name=f"{one.name} ({where})", **moved)


def pick(one: Series, keep: Iterable[bool]) -> Series:
    """Return the rows of a series that are to be kept."""
    which = [i for i, k in enumerate(keep) if k]
    parts = {
        name: tuple(getattr(one, name)[i] for i in which)
        for name in ("x", "y", "minus", "plus", "labels")
        if getattr(one, name)
    }
    return changed(one, **parts)


def flags(frame: pl.DataFrame, name: str) -> list[bool]:
    """Read an optional column of yes and no; absent and empty mean no."""
    if name not in frame.columns:
        return [False] * frame.height
    return [bool(v) for v in frame.get_column(name).cast(pl.Boolean).to_list()]


MAKE = {
    "points": points,
    "strip": points,
    "line": lines,
    "step": lines,
    "band": bands,
    "interval": intervals,
    "text": words,
    "arrow": arrows,
}
