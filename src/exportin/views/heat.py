"""Plates as heat maps: rows A.., columns 1.., excluded wells crossed."""

from collections.abc import Sequence
from typing import Literal

import polars as pl

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.views.frames import complete, in_order

WELLS = "plate row column value"
FLAGGED = "!"  # written on wells that a rule speaks of; the caption says so
FORMATS = ((2, 3), (3, 4), (4, 6), (6, 8), (8, 12), (16, 24), (32, 48))  # 6 to 1536 wells


def row_letters(count: int) -> tuple[str, ...]:
    """Name the rows of a plate: A to Z, then AA.

    >>> row_letters(28)[-3:]
    ('Z', 'AA', 'AB')
    """
    one = [chr(ord("A") + i) for i in range(26)]
    return tuple((one + [f"A{c}" for c in one])[:count])


def plate_view(
    *,
    name: str,
    title: str,
    wells: pl.DataFrame,
    value_label: str,
    value_unit: str = "",
    scale: Literal["linear", "log10"] = "linear",
    low: float | None = None,
    high: float | None = None,
    plates: Sequence[str] = (),
    notes: dict[str, str] | None = None,
    caption: str = "",
    columns: int = 2,
    width: Literal["single", "double"] = "double",
) -> View:
    """Show what each plate measured, well by well.

    Parameters
    ----------
    name, title, caption : str
        File name, heading and legend text of the figure.
    wells : polars.DataFrame
        ``plate`` (text), ``row`` (``A``, ``B`` ...), ``column`` (whole number from 1), ``value``;
        optional ``hollow`` (excluded: crossed), ``flagged`` (kept: marked with !), ``row_id``.
        Wells without a row stay gray.
    value_label, value_unit : str
        Words of the color bar.
    scale, low, high
        Scale and ends of the colors, the same on all plates; ``low = -high`` gives colors that
        diverge from 0.
    plates : sequence of str
        Order of the plates.
    notes : mapping of str to str, optional
        Note under a plate, e.g. its Z'.
    columns, width
        As in ``View``.

    Returns
    -------
    View
        One panel per plate, each of the smallest usual format that holds all wells.
    """
    if "flagged" not in wells.columns:
        wells = wells.with_columns(pl.lit(value=False).alias("flagged"))
    cells = complete(wells, "wells", f"{WELLS} flagged", "hollow row_id")
    rows, across = _format(cells)
    x = Axis(label="", scale="category", categories=tuple(str(i + 1) for i in range(across)))
    y = Axis(label="", scale="category", categories=row_letters(rows))
    value = Axis(label=value_label, unit=value_unit, scale=scale, low=low, high=high)
    panels = tuple(
        Panel(
            title=plate,
            x=x,
            y=y,
            value=value,
            marks=_marks(cells.filter(plate=plate)),
            note=(notes or {}).get(plate, ""),
        )
        for plate in in_order(plates, [cells], "plate")
    )
    return View(
        name=name,
        title=title,
        caption=caption,
        panels=panels,
        columns=columns,
        width=width,
    )


def _marks(wells: pl.DataFrame) -> tuple[Mark, ...]:
    """Cells, and a sign on those that a rule speaks of."""
    heat = Mark(kind="heat", frame=_cells(wells), label="wells")
    found = wells.filter("flagged")
    if not found.height:
        return (heat,)
    signs = _cells(found).select("x", "y", pl.lit(FLAGGED).alias("text"))
    return heat, Mark(kind="text", frame=signs, label="flagged wells")


def _cells(wells: pl.DataFrame) -> pl.DataFrame:
    return wells.select(
        pl.col("column").cast(pl.Int64).cast(pl.String).alias("x"),
        pl.col("row").alias("y"),
        pl.col("value").cast(pl.Float64),
        "hollow",
        "row_id",
    )


def _format(wells: pl.DataFrame) -> tuple[int, int]:
    """Smallest plate that has every row and column that occurs."""
    letters = row_letters(FORMATS[-1][0])
    rows = max((letters.index(r) + 1 for r in wells.get_column("row").unique()), default=1)
    across = max((int(c) for c in wells.get_column("column").unique()), default=1)
    for size in FORMATS:
        if rows <= size[0] and across <= size[1]:
            return size
    raise ValueError(f"no plate format has {rows} rows and {across} columns")
