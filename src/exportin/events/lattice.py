"""Events counted on a lattice of a scale, for pictures; and axes written in natural units."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.contract.view import Axis
from exportin.events.scaling import forward
from exportin.events.settings import ArcsinhScale, LogicleScale
from exportin.results.schema import result_id

Values = NDArray[np.float64]
STEPS = {"arcsinh": 0.12, "logicle": 0.0125}
"""Width of a cell on the scale: about 80 cells from the lowest to the highest signal."""
FAR = 1_000_000
"""Cells from zero: what lies farther is left out of pictures."""
DECADES = tuple(range(2, 8))
SUPER = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SHOWN = 0.9995
"""Part of the events that the axes reach."""


def step_of(scale: ArcsinhScale | LogicleScale) -> float:
    """Return the width of a lattice cell on a scale."""
    return STEPS[scale.kind]


def cell_counts(x: Values, y: Values, step: float) -> tuple[Values, Values, Values]:
    """Return centers and events of the cells that hold any; the same lattice for every tube.

    >>> [v.tolist() for v in cell_counts(np.array([0.1, 0.2, 1.4]), np.array([0.0, 0.1, 0.1]), 1.0)]
    [[0.5, 1.5], [0.5, 0.5], [2.0, 1.0]]
    """
    i, j = (np.floor(np.clip(v / step, -FAR, FAR)).astype(np.int64) for v in (x, y))
    wide = 2 * FAR + 1  # one number per cell: sorting pairs takes ten times as long
    places, counts = np.unique((i + FAR) * wide + (j + FAR), return_counts=True)
    at, up = (((k - FAR) + 0.5) * step for k in np.divmod(places, wide))
    return at.astype(np.float64), up.astype(np.float64), counts.astype(np.float64)


def bin_counts(x: Values, step: float) -> tuple[Values, Values]:
    """Return centers and events of all bins from the first to the last that holds any.

    >>> [v.tolist() for v in bin_counts(np.array([0.1, 2.2]), 1.0)]
    [[0.5, 1.5, 2.5], [1.0, 0.0, 1.0]]
    """
    if not x.size:
        return np.zeros(0), np.zeros(0)
    low = np.quantile(x, 1.0 - SHOWN, method="lower")
    high = np.quantile(x, SHOWN, method="higher")
    inside = x[(x >= low) & (x <= high)]
    places = np.floor(np.clip(inside / step, -FAR, FAR)).astype(np.int64)
    first = int(places.min())
    counts = np.bincount(places - first)[:2000]
    centers: Values = ((first + np.arange(counts.size) + 0.5) * step).astype(np.float64)
    return centers, counts.astype(np.float64)


def drawn_part(
    named: Mapping[str, Any], quantity: str, part: str, x: Iterable[float],
    y: Iterable[float], *, x2: Iterable[float] | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Return rows of Series for one layer of one tube.

    Parameters
    ----------
    named
        Block, keys, unit_id and tube.
    quantity, part
        What y is, and which layer.
    x, y, x2
        Places on the scale and events.
    """
    keys = {**named, "part": part, "quantity": quantity}
    at = np.asarray(list(x), dtype=np.float64)
    columns = {
        "x": at,
        "x2": np.full(at.size, np.nan) if x2 is None else np.asarray(list(x2), dtype=np.float64),
        "y": np.asarray(list(y), dtype=np.float64),
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
    keyed = [
        pl.lit(value, dtype=pl.String if value is None else None).alias(name)
        for name, value in keys.items()
    ]
    blank = [pl.lit(None, dtype=pl.Float64).alias(name) for name in ("low", "high")]
    return frame.with_columns(
        pl.lit(result_id("s", keys)).alias("id"), pl.lit("events").alias("units"),
        pl.col("x2").fill_nan(None), *keyed, *blank,
    ).select(
        "id", "block", "quantity", "units", "x", "x2", "y", "low", "high",
        *[name for name in keys if name not in ("block", "quantity")],
    )  # fmt: skip


def scaled_axis(label: str, scale: ArcsinhScale | LogicleScale, low: float, high: float) -> Axis:
    """Return an axis on a scale whose ticks are written in natural units.

    >>> made = scaled_axis("PI-A", ArcsinhScale(cofactor=150.0), -1.0, 7.5)
    >>> made.tick_words
    ('0', '10³', '10⁴', '10⁵')
    """
    numbers = [0.0, *(sign * 10.0**k for k in DECADES for sign in (1.0, -1.0))]
    found = sorted(numbers)
    places = forward(scale, np.array(found))
    kept: list[tuple[float, float]] = []
    wide = (high - low) / 9.0  # words need room: decades near zero crowd each other
    zero = float(forward(scale, np.zeros(1))[0])
    for value, place in sorted(zip(found, places, strict=True), key=lambda p: -abs(p[1] - zero)):
        near_zero = value != 0 and abs(place - zero) < wide
        apart = all(abs(place - other) >= 0.8 * wide for _, other in kept)
        if low <= place <= high and not near_zero and apart:
            kept.append((value, float(place)))
    kept.sort(key=lambda pair: pair[1])
    return Axis(
        label=label, low=low, high=high, ticks=tuple(place for _, place in kept),
        tick_words=tuple(_word(value) for value, _ in kept),
    )  # fmt: skip


def _word(value: float) -> str:
    if value == 0:
        return "0"
    power = f"10{str(round(np.log10(abs(value)))).translate(SUPER)}"
    return f"−{power}" if value < 0 else power


def reach(places: pl.Series, counts: pl.Series, marks: Sequence[float]) -> tuple[float, float]:
    """Return limits of an axis that hold nearly all events and every limit drawn on it."""
    order = places.to_frame("at").with_columns(counts.alias("n")).sort("at")
    share = order.get_column("n").cum_sum() / max(float(order.get_column("n").sum()), 1.0)
    at = order.get_column("at")
    low = float(at[int((share >= 1.0 - SHOWN).arg_max() or 0)])
    high = float(at[int((share >= SHOWN).arg_max() or len(at) - 1)])
    low, high = min([low, *marks]), max([high, *marks])
    pad = 0.06 * max(high - low, 1e-6)
    return low - pad, high + pad
