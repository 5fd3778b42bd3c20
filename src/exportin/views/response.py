"""Best responses: a bar per animal in percent of its baseline, from growth to regression."""

from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.course import ALIKE, level_mark, sentence
from exportin.views.frames import complete, in_order
from exportin.views.time_axis import number_ticks

RESPONSES = "row group value"
LEVELS = (-50.0, 35.0)
FOOT = -100.0  # a tumor cannot shrink by more
ROOM = 0.04  # of the height, at both ends
ARROW = 0.06  # length of the arrow on a bar that is cut, of the height


def response_view(
    *,
    name: str,
    title: str,
    responses: pl.DataFrame,
    levels: Sequence[float] = LEVELS,
    top: float | None = 100.0,
    label: str = "Best change of volume",
    unit: str = "%",
    x_label: str = "Animals in order",
    unit_name: str = "animals",
    named: bool = False,
    groups: Sequence[str] = (),
    panels: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
    caption: str = "",
    group_title: str = "",
    columns: int = 3,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show a bar per animal from the worst to the best response.

    Potencies of cell lines belong into ``waterfall_view``, whose bars are ratios.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    responses : polars.DataFrame
        A row per animal: ``row`` (its name), ``group`` (arm, gives the color), ``value`` (change
        in percent; empty: left out and counted in the note); optional ``panel`` (model).
    levels : sequence of float
        Dashed lines, the cuts of response categories.
    top : float, optional
        Bars are cut here and carry an arrow. None shows everything.
    label, unit, x_label : str
        Words of the axes.
    unit_name : str
        What a bar is, in the plural.
    named : bool
        Write the name of every bar; for few animals.
    groups, panels : sequence of str
        Order of colors and of panels.
    notes : mapping of str to str, optional
        Note under a panel, in place of n.
    group_title, columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per value of ``panel``; the height axis is the same in all.

    Examples
    --------
    >>> best = pl.DataFrame({"row": ["1", "2"], "group": "drug", "value": [-40.0, 700.0]})
    >>> bars = response_view(name="w", title="", responses=best).panels[0].marks[1].frame
    >>> bars.select("x", "y").rows()
    [(1.0, 100.0), (2.0, -40.0)]
    """
    every = complete(responses, "responses", RESPONSES, "panel")
    every = every.with_columns(pl.col("value").cast(pl.Float64).fill_nan(None))
    order = in_order(groups, [every], "group")
    shown = in_order(panels, [every], "panel")
    y = _axis(every, Axis(label=label, unit=unit), levels, top)
    most = every.group_by("panel").len().get_column("len").max() or 1
    said = notes or {}
    made = []
    for panel in shown:
        here = every.filter(panel=panel)
        ranked = _ranked(here, top)
        x = _places(ranked, x_label, most, named=named)  # type: ignore[arg-type]
        note = said.get(panel, _note(ranked, here.height - ranked.height, unit_name))
        marks = _marks(ranked, x, y, levels, named=named, many=len(order) > ALIKE)
        made.append(Panel(title=panel, x=x, y=y, reference_y=0.0, marks=marks, note=note))
    lines = ", ".join(f"{level:+g}%".replace("-", "−") for level in levels)
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=tuple(made),
        groups=tuple(order),
        group_title=group_title,
        columns=columns,
        width=width,
        note=sentence(
            (
                f"dashed: {lines}" if levels else "",
                f"arrows: above +{top:g}%" if top is not None and _is_cut(every, top) else "",
            )
        ),
    )


def _is_cut(every: pl.DataFrame, top: float) -> bool:
    return bool(every.select((pl.col("value") > top).fill_null(value=False).any()).item())


def _ranked(here: pl.DataFrame, top: float | None) -> pl.DataFrame:
    """Put the largest growth first; equal numbers by name."""
    known = here.filter(pl.col("value").is_not_null()).sort(
        ["value", "row"], descending=[True, False]
    )
    height = pl.col("value") if top is None else pl.min_horizontal("value", pl.lit(top))
    return known.with_columns(
        pl.int_range(1, known.height + 1).cast(pl.Float64).alias("rank"), height.alias("height")
    )


def _axis(every: pl.DataFrame, axis: Axis, levels: Sequence[float], top: float | None) -> Axis:
    """Height axis that all panels share; the numbers of the levels stand on it."""
    found = [*every.get_column("value").drop_nulls().to_list(), *levels, 0.0]
    low, high = min(found), max(found)
    low = FOOT if FOOT <= low < 0.5 * FOOT else low
    cut = top is not None and high > top
    high = float(top) if cut and top is not None else high
    size = high - low
    fixed = [0.0]
    fixed += [v for v in levels if abs(v) >= 0.05 * size]
    more = [t for t in number_ticks(low, high) if min(abs(t - f) for f in fixed) >= 0.07 * size]
    room = (1.3 * ARROW if cut else ROOM) * size
    return Axis(
        label=axis.label,
        unit=axis.unit,
        low=low - ROOM * size,
        high=high + room,
        ticks=tuple(sorted([*fixed, *more])),
    )


def _places(ranked: pl.DataFrame, label: str, most: int, *, named: bool) -> Axis:
    if named:
        rows = tuple(str(r) for r in ranked.get_column("row").to_list())
        return Axis(label="", scale="category", categories=rows)
    return Axis(label=label, low=0.3, high=most + 0.7, ticks=(1.0, float(most)))


def _marks(
    ranked: pl.DataFrame, x: Axis, y: Axis, levels: Sequence[float], *, named: bool, many: bool
) -> tuple[Mark, ...]:
    place = pl.col("row" if named else "rank").alias("x")
    cut = ranked.filter(pl.col("value") > pl.col("height"))
    reach = ARROW * ((y.high or 0.0) - (y.low or 0.0))
    arrows = cut.select(
        place, pl.col("height").alias("y"), place.alias("x2"),
        (pl.col("height") + reach).alias("y2"),
    )  # fmt: skip
    bars = ranked.select(place, pl.col("height").alias("y"), "group")
    across = Axis(label="", low=-0.5, high=len(x.categories) - 0.5) if named else x
    marks = (
        level_mark(levels, across, label="level"),
        Mark(kind="bar", frame=bars, label="animals"),
        Mark(kind="points", frame=bars if many else bars.clear(), label="arm", faint=True),
        Mark(kind="arrow", frame=arrows, label="cut"),
    )
    return tuple(mark for mark in marks if mark.frame.height)


def _note(ranked: pl.DataFrame, missing: int, unit_name: str) -> str:
    without = f", {missing} without a number" if missing else ""
    return f"n = {ranked.height} {unit_name}{without}"
