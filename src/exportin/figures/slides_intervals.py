"""Intervals of a panel as error bars and lines of a native chart."""

from collections.abc import Iterator

import polars as pl

from exportin.contract.view import Mark
from exportin.figures.scales import Scale, interval_side
from exportin.figures.slides_parts import (
    HEADS,
    Drawing,
    Numbers,
    Series,
    changed,
    color_of,
    edges,
    name_of,
    place,
    split_rows,
)
from exportin.figures.style import GRAY


def intervals(drawing: Drawing, mark: Mark) -> Iterator[Series]:
    """Error bars upright, lines along x; an open side ends in an arrow at the edge of the axis.

    LibreOffice draws no error bars along x of their own length, so that these are lines.
    """
    side = interval_side(mark, drawing.panel)
    scale = drawing.x if side == "x" else drawing.y
    other = drawing.y if side == "x" else drawing.x
    for key, part in split_rows(mark, "group", "dashed", "open"):
        technical = key.get("dashed") in {"True", "true"}
        which = key.get("open") or "none"
        centers = place(scale, part.get_column(side))
        across = place(other, part.get_column("y" if side == "x" else "x"))
        at = middles(scale, centers, part)
        minus, plus = (
            reaches(scale, at, part.get_column(end), end, open_end=which in {end, "both"})
            for end in ("low", "high")
        )
        common = Series(
            name=name_of(mark, key, "technical" if technical else ""), x=(), y=(),
            color=GRAY if technical else color_of(drawing, key), pale=mark.faint,
        )  # fmt: skip
        bare = mark.faint or technical or all(center is None for center in centers)
        if side == "x":
            yield from spans(common, (at, across), minus, plus, which)
            if not bare:
                yield changed(common, x=centers, y=across, marker="diamond")
        else:
            upright = changed(common, x=across, y=at, side="y")
            yield from error_bars(upright, minus, plus, which, "" if bare else "dash")


def error_bars(
    one: Series, minus: Numbers, plus: Numbers, which: str, marker: str
) -> Iterator[Series]:
    """Error bars; those towards an open side are a series of their own, with arrows."""
    low, high = which in {"low", "both"}, which in {"high", "both"}
    yield changed(one, marker=marker, minus=() if low else minus, plus=() if high else plus)
    if low or high:
        yield changed(
            one, name=f"{one.name}, open: {which}", arrows=True,
            minus=minus if low else (), plus=plus if high else (),
        )  # fmt: skip


def spans(
    one: Series, places: tuple[Numbers, Numbers], minus: Numbers, plus: Numbers, which: str
) -> Iterator[Series]:
    """Lines from limit to limit, with a gap between one and the next; heads at open ends."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    heads: list[str] = []
    for x, y, down, up in zip(*places, minus, plus, strict=True):
        if x is None or y is None:
            continue
        low, high = x - (down or 0.0), x + (up or 0.0)
        xs += [low, high, high]
        ys += [y, y, None]
        heads += [
            HEADS["x", -1] if which in {"low", "both"} else "",
            HEADS["x", 1] if which in {"high", "both"} else "",
            "",
        ]
    labels = tuple(heads) if any(heads) else ()
    yield changed(one, x=tuple(xs), y=tuple(ys), line="solid", labels=labels)


def middles(scale: Scale, centers: Numbers, part: pl.DataFrame) -> Numbers:
    """Where error bars hang: at the center; at a limit that is known where there is none."""
    ends = [place(scale, part.get_column(end)) for end in ("low", "high")]
    return tuple(
        next((v for v in three if v is not None), None)
        for three in zip(centers, *ends, strict=True)
    )


def reaches(
    scale: Scale, centers: Numbers, limits: pl.Series, end: str, *, open_end: bool
) -> Numbers:
    """Length of error bars towards one end; to the edge of the axis where it is open."""
    edge = edges(scale)[end == "high"]
    out: list[float | None] = []
    for center, limit in zip(centers, limits.cast(pl.Float64).to_list(), strict=True):
        if center is None:
            out.append(None)
            continue
        stop = edge if open_end or limit is None else limit
        stop = max(stop, edge) if end == "low" else min(stop, edge)
        gone = limit is None and not open_end
        out.append(None if gone else max(center - stop if end == "low" else stop - center, 0.0))
    return tuple(out)
