"""From the values of an axis to where they are drawn: limits, positions, ticks."""

from dataclasses import dataclass
from math import log10
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.contract.view import Axis, Mark, Panel

Floats = NDArray[np.float64]
Side = Literal["x", "y"]

PAD = 0.05  # of the range, at both ends
ZERO_GAP = 0.7  # decades between the lowest dose and the place of dose 0


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis with its limits; positions are categories' numbers, log10 values or the values."""

    axis: Axis
    low: float
    high: float
    zero: float | None = None  # where 0 goes on a log axis

    def place(self, values: pl.Series) -> Floats:
        """Positions of values; nan where there is nothing to draw."""
        if self.axis.scale == "category" and values.dtype == pl.String:
            numbers = {name: i for i, name in enumerate(self.axis.categories)}
            strange = set(values.drop_nulls().to_list()) - set(numbers)
            if strange:
                raise ValueError(f"axis '{self.axis.label}' has no category {sorted(strange)}")
            found = [numbers.get(v, np.nan) for v in values.to_list()]
            return np.asarray(found, dtype=np.float64)
        numeric = numbers_of(values)
        return to_log(numeric, self.zero) if self.axis.scale == "log10" else numeric

    def place_limit(self, values: pl.Series) -> Floats:
        """Positions of lower limits: 0 and below lie beyond the low end of a log axis."""
        if self.axis.scale != "log10":
            return self.place(values)
        numeric = numbers_of(values)
        return np.where(numeric <= 0, self.low - 1.0, to_log(numeric, None))

    def at(self, value: float) -> float:
        """Position of one number."""
        return float(self.place(pl.Series([value], dtype=pl.Float64))[0])


def numbers_of(values: pl.Series) -> Floats:
    """Numbers of a column; nan where it is empty."""
    column = values if values.dtype == pl.Float64 else values.cast(pl.Float64)
    numbers: Floats = column.to_numpy()
    return numbers


def to_log(values: Floats, zero: float | None) -> Floats:
    """Log10; 0 goes to its own place, negative values nowhere."""
    safe = np.where(values > 0, values, np.nan)
    out: Floats = np.log10(safe)
    return np.where(values == 0, np.nan if zero is None else zero, out)


def interval_side(mark: Mark, panel: Panel) -> Side:
    """Along which axis the limits of an interval or band lie."""
    if mark.kind == "band":
        return "y"
    if mark.along != "auto":
        return mark.along
    return "y" if panel.x.scale == "category" else "x"


def _columns(mark: Mark, panel: Panel, side: Side) -> list[str]:
    names = [side, f"{side}2"]
    if mark.kind in {"interval", "band"} and interval_side(mark, panel) == side:
        names += ["low", "high"]
    if mark.kind == "text" and "align" in mark.frame.columns:
        aligned = set(mark.frame.get_column("align").to_list())
        return [] if aligned & {"margin", "under"} else names
    return names


def gather(panel: Panel, side: Side) -> Floats:
    """Every finite value that the marks of a panel show along one axis."""
    found = [np.zeros(0)]
    for mark in panel.marks:
        for name in _columns(mark, panel, side):
            if name in mark.frame.columns and mark.frame.schema[name].is_numeric():
                column = mark.frame.get_column(name).cast(pl.Float64).drop_nulls()
                found.append(column.to_numpy())
        if mark.kind == "bar" and side == "y" and mark.frame.height:
            found.append(np.zeros(1))  # bars stand on 0
    values = np.concatenate(found)
    return values[np.isfinite(values)]


def _padded(low: float, high: float, axis: Axis, unit: float) -> tuple[float, float]:
    """Widen a range a little, and an empty one by a unit; stated limits stay."""
    pad = PAD * (high - low) if high > low else unit
    return (low - pad if axis.low is None else low), (high + pad if axis.high is None else high)


def _log_scale(axis: Axis, values: Floats) -> Scale:
    positive = np.log10(values[values > 0])
    low = float(positive.min()) if positive.size else 0.0
    high = float(positive.max()) if positive.size else max(low, 0.0)
    low = low if axis.low is None else log10(axis.low)
    high = high if axis.high is None else log10(axis.high)
    low, high = _padded(low, max(low, high), axis, 0.5)
    if not (values == 0).any():
        return Scale(axis, low, high)
    return Scale(axis, low - 1.3 * ZERO_GAP, high, zero=low - ZERO_GAP)


def scale_of(axis: Axis, values: Floats, *, edges: bool = False) -> Scale:
    """Limits of an axis: as stated, otherwise from its values; ``edges``: cells, no padding."""
    if axis.scale == "category":
        return Scale(axis, -0.5, max(len(axis.categories), 1) - 0.5)
    if axis.scale == "log10":
        return _log_scale(axis, values)
    low = float(values.min()) if values.size and axis.low is None else axis.low or 0.0
    high = float(values.max()) if values.size and axis.high is None else axis.high
    high = max(low, low + 1.0 if high is None else high)
    if edges:
        return Scale(axis, low - 0.5, high + 0.5)
    return Scale(axis, *_padded(low, high, axis, abs(low) * 0.1 or 1.0))


def panel_scales(panel: Panel) -> tuple[Scale, Scale]:
    """Scales of both axes of a panel, from what its marks show."""
    cells = any(mark.kind in {"heat", "image"} for mark in panel.marks)
    x = scale_of(panel.x, gather(panel, "x"), edges=cells)
    return x, scale_of(panel.y, gather(panel, "y"), edges=cells)
