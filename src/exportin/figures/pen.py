"""What every mark needs to draw itself: the axes, the scales, the look."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from exportin.contract.view import Mark, Panel
from exportin.figures.scales import Floats, Scale, Side
from exportin.figures.style import FAINT_ALPHA, FAINT_MARKER_PT, FULL_MARKER_MM, MARKER_PT, Look


@dataclass(frozen=True, slots=True)
class Pen:
    """One panel while it is drawn; sizes are those of the axes' box in mm."""

    ax: Axes
    panel: Panel
    x: Scale
    y: Scale
    look: Look
    width_mm: float
    height_mm: float
    page_mm: float  # width of the whole figure
    colors: tuple[float, float] = (0.0, 1.0)  # range of the value axis, in positions

    def place(self, frame: pl.DataFrame, *names: str) -> tuple[Floats, ...]:
        """Positions of columns; the first letter of the name says along which axis."""
        return tuple(
            (self.x if name[0] == "x" else self.y).place(frame.get_column(name)) for name in names
        )

    def per_mm(self, side: Side) -> float:
        """Length of one mm in positions of an axis."""
        if side == "x":
            return (self.x.high - self.x.low) / self.width_mm
        return (self.y.high - self.y.low) / self.height_mm


def alpha(mark: Mark) -> float:
    """Opacity of a layer."""
    return FAINT_ALPHA if mark.faint else 1.0


def marker_size(pen: Pen, mark: Mark) -> float:
    """Size of markers of a layer in points; smaller in a small panel."""
    full = FAINT_MARKER_PT if mark.faint else MARKER_PT
    return full * min(max(pen.width_mm / FULL_MARKER_MM, 0.6), 1.0)


def split(frame: pl.DataFrame, *names: str) -> Iterator[tuple[dict[str, str | None], pl.DataFrame]]:
    """Parts of a frame that look alike, in order of appearance; absent columns are skipped."""
    present = [name for name in names if name in frame.columns]
    if not present:
        yield {}, frame
        return
    parts = frame.partition_by(present, maintain_order=True, as_dict=True)
    for key, part in parts.items():
        yield {n: None if v is None else str(v) for n, v in zip(present, key, strict=True)}, part


def truth(frame: pl.DataFrame, name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Read an optional column of yes and no; absent and empty mean no."""
    if name not in frame.columns:
        return np.zeros(frame.height, dtype=np.bool_)
    return frame.get_column(name).cast(pl.Boolean).fill_null(value=False).to_numpy()


def swarm(along: Floats, across: Floats, step: float, spread: float, most: float) -> Floats:
    """Sideways shifts that keep equal values apart; no randomness.

    Parameters
    ----------
    along, across : arrays of shape (n,)
        Value and category position of each point.
    step : float
        Values closer than this would touch.
    spread, most : float
        Shift of one place, and the largest shift, in category positions.

    Returns
    -------
    array of shape (n,)
        Shifted category positions.
    """
    out = across.copy()
    for category in np.unique(across[np.isfinite(across)]):
        rows = np.flatnonzero((across == category) & np.isfinite(along))
        rows = rows[np.argsort(along[rows], kind="stable")]
        slots = _slots(along[rows], step)
        widest = max(int(np.abs(slots).max(initial=0)), 1)
        out[rows] += slots * min(spread, most / widest)
    return out


def _slots(values: Floats, step: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Smallest free place (0, 1, -1, 2, -2 ...) for each value, going upwards."""
    last: dict[int, float] = {}
    slots = np.zeros(values.size, dtype=np.int64)
    for i, value in enumerate(values):
        k = 0
        while value - last.get(k, -np.inf) < step:
            k = -k if k > 0 else 1 - k
        slots[i] = k
        last[k] = float(value)
    return slots
