"""Cells of a plate or heat map, and pictures."""

import numpy as np
import polars as pl
from matplotlib import colormaps
from matplotlib.colors import Colormap, LinearSegmentedColormap

from exportin.contract.view import Axis, Mark, Panel, View
from exportin.figures.pen import Pen, truth
from exportin.figures.scales import Floats, Scale, scale_of
from exportin.figures.style import DIVERGING, INK, MISSING, SEQUENTIAL, THIN_PT

Range = tuple[float, float]
VALUE = Axis(label="Value")
CELLS = frozenset({"heat", "density", "image"})  # marks whose values are colors


def value_axis(panel: Panel) -> Axis | None:
    """Return the axis of the colors, if the panel has any."""
    has = any(mark.kind in CELLS for mark in panel.marks)
    return (panel.value or VALUE) if has else None


def _shown(panel: Panel) -> Floats:
    columns = [m.frame.get_column("value") for m in panel.marks if m.kind in CELLS]
    values = np.concatenate([c.cast(float).drop_nulls().to_numpy() for c in columns])
    kept: Floats = values[np.isfinite(values)]
    return kept


def color_scales(view: View) -> dict[Axis, Scale]:
    """One range per value axis, over all panels that share it."""
    seen: dict[Axis, list[Floats]] = {}
    for panel in view.panels:
        axis = value_axis(panel)
        if axis is not None:
            seen.setdefault(axis, []).append(_shown(panel))
    return {axis: _tight(axis, np.concatenate(parts)) for axis, parts in seen.items()}


def _tight(axis: Axis, values: Floats) -> Scale:
    """Range of the colors: that of the values, not padded."""
    scale = scale_of(axis, values)
    placed = scale.place(_series(values))
    placed = placed[np.isfinite(placed)]
    if not placed.size:
        return scale
    low = scale.low if axis.low is not None else float(placed.min())
    high = scale.high if axis.high is not None else float(placed.max())
    return Scale(axis, low, high if high > low else low + 1.0)


def _series(values: Floats) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64)


def color_map(axis: Axis) -> Colormap:
    """Diverging if the axis is symmetric about 0, otherwise even in lightness."""
    symmetric = axis.low is not None and axis.high is not None and axis.low == -axis.high
    return colormaps[DIVERGING if symmetric else SEQUENTIAL]


def _edges(centers: Floats) -> Floats:
    """Borders of cells around their centers."""
    if centers.size == 1:
        return np.array([centers[0] - 0.5, centers[0] + 0.5])
    middle = (centers[1:] + centers[:-1]) / 2
    first, last = centers[0] - (middle[0] - centers[0]), centers[-1] + (centers[-1] - middle[-1])
    return np.concatenate([[first], middle, [last]])


def _grid(pen: Pen, mark: Mark) -> tuple[Floats, Floats, Floats]:
    """Distinct columns and rows, and the value of every cell (nan: not measured)."""
    x, y = pen.place(mark.frame, "x", "y")
    keep = np.isfinite(x) & np.isfinite(y)
    columns, i = np.unique(x[keep], return_inverse=True)
    rows, j = np.unique(y[keep], return_inverse=True)
    if pen.x.axis.scale == "category":
        columns, i = np.arange(len(pen.x.axis.categories), dtype=float), x[keep].astype(int)
    if pen.y.axis.scale == "category":
        rows, j = np.arange(len(pen.y.axis.categories), dtype=float), y[keep].astype(int)
    cells = np.full((rows.size, columns.size), np.nan)
    scale = Scale(value_axis(pen.panel) or VALUE, *pen.colors)
    cells[j, i] = scale.place(mark.frame.get_column("value"))[keep]
    return columns, rows, cells


def draw_heat(pen: Pen, mark: Mark) -> None:
    """Cells colored by value; gray: not measured; crossed: excluded."""
    if not mark.frame.height:
        return
    columns, rows, cells = _grid(pen, mark)
    pen.ax.set_facecolor(MISSING)
    small = cells.size <= 1600
    pen.ax.pcolormesh(
        _edges(columns), _edges(rows), np.ma.masked_invalid(cells),
        cmap=color_map(value_axis(pen.panel) or VALUE), vmin=pen.colors[0], vmax=pen.colors[1],
        edgecolors="white" if small else "face", linewidth=THIN_PT if small else 0.1, zorder=1.0,
    )  # fmt: skip
    out = truth(mark.frame, "hollow")
    x, y = pen.place(mark.frame, "x", "y")
    for color, width in (("white", 1.8), (INK, 0.8)):
        pen.ax.plot(x[out], y[out], linestyle="none", marker="x", markersize=4.5, color=color,
                    markeredgewidth=width, zorder=3.2)  # fmt: skip


def draw_density(pen: Pen, mark: Mark) -> None:
    """Draw counts as pixels of color on white: many cells, of which most are empty."""
    if not mark.frame.height:
        return
    columns, rows, cells = _even(*_grid(pen, mark))
    x, y = _edges(columns), _edges(rows)
    pen.ax.imshow(
        np.ma.masked_invalid(cells), cmap=color_map(value_axis(pen.panel) or VALUE),
        vmin=pen.colors[0], vmax=pen.colors[1], extent=(x[0], x[-1], y[0], y[-1]),
        aspect="auto", interpolation="none", origin="lower", zorder=1.0,
    )  # fmt: skip


def _even(columns: Floats, rows: Floats, cells: Floats) -> tuple[Floats, Floats, Floats]:
    """Put cells on the even grid they come from, where whole rows or columns are empty."""
    places, at = [], []
    for centers in (columns, rows):
        gap = float(np.diff(centers).min()) if centers.size > 1 else 1.0
        at.append(np.rint((centers - centers[0]) / gap).astype(int))
        places.append(centers[0] + gap * np.arange(at[-1][-1] + 1))
    full = np.full((places[1].size, places[0].size), np.nan)
    full[np.ix_(at[1], at[0])] = cells
    return places[0], places[1], full


def draw_image(pen: Pen, mark: Mark) -> None:
    """Pixels of a picture, in shades of gray."""
    if not mark.frame.height:
        return
    columns, rows, cells = _grid(pen, mark)
    x, y = _edges(columns), _edges(rows)
    pen.ax.imshow(
        np.ma.masked_invalid(cells), cmap=gray_map(), vmin=pen.colors[0], vmax=pen.colors[1],
        extent=(x[0], x[-1], y[-1], y[0]), aspect="auto", interpolation="none", zorder=1.0,
    )  # fmt: skip


def gray_map() -> Colormap:
    """Black to white, as a gel or micrograph is seen."""
    return LinearSegmentedColormap.from_list("exportin_gray", ["black", "white"])
