"""Axes of figures over time: whole weeks or months, and numbers that are read at a glance."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import Literal

STEPS = {  # between ticks of an axis in this unit
    "d": (1, 2, 7, 14, 21, 28, 42, 56, 84, 112, 168, 364, 728),
    "months": (1, 2, 3, 6, 12, 24, 36, 60, 120),
}
OTHER = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
PAGE_MM = {"single": 85.0, "double": 178.0}
TICK_MM, LABELS_MM = 6.0, 10.0  # room of a number under the axis; of the labels left of a panel


def most_ticks(columns: int, panels: int, width: Literal["single", "double"]) -> int:
    """Count the numbers that fit under one of several panels side by side.

    >>> most_ticks(3, 3, "double"), most_ticks(1, 1, "double")
    (8, 13)
    """
    across = min(columns, panels) if panels <= 12 else max(columns, 6)  # as crowded panels do
    return min(max(int((PAGE_MM[width] / max(across, 1) - LABELS_MM) / TICK_MM), 2), 13)


def time_ticks(low: float, high: float, most: int, unit: str = "d") -> tuple[float, ...]:
    """Choose round times between two times: weeks for days, quarters and years for months.

    >>> time_ticks(-3, 59.5, 7)
    (0.0, 14.0, 28.0, 42.0, 56.0)
    >>> time_ticks(0, 30, 7, "months")
    (0.0, 6.0, 12.0, 18.0, 24.0, 30.0)
    """
    for step in STEPS.get(unit, OTHER):
        first, last = ceil(low / step), floor(high / step)
        if last - first + 1 <= most:
            return tuple(float(step * i) for i in range(first, last + 1))
    return (float(low), float(high))


def table_ticks(
    known: Iterable[float], low: float, high: float, most: int, unit: str = "d"
) -> tuple[float, ...]:
    """Choose ticks of an axis with a table under it: round times if all are in the table.

    Otherwise times of the table, so far apart that numbers do not touch.

    >>> table_ticks([0, 3, 7, 10, 14], 0, 14, 3), table_ticks([0, 10, 20, 30], 0, 30, 3)
    ((0.0, 7.0, 14.0), (0.0, 20.0))
    """
    there = sorted({float(v) for v in known if low <= v <= high})
    round_times = time_ticks(low, high, most, unit)
    if set(round_times) <= set(there) and len(round_times) > 1:
        return round_times
    apart = (high - low) / max(most - 1, 1)
    picked: list[float] = []
    for time in there:
        if not picked or time - picked[-1] >= apart * (1 - 1e-9):
            picked.append(time)
    return tuple(picked)


def number_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Choose round numbers between two numbers.

    >>> number_ticks(0, 2300)
    (0.0, 500.0, 1000.0, 1500.0, 2000.0)
    """
    size = max(high - low, 1e-12)
    power = 10.0 ** floor(log10(size / most))
    for step in (power * f for f in (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)):
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return tuple(float(f"{step * i:.10g}") for i in range(first, last + 1))
    return (low, high)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Choose decades, with 3 and 30 or 2, 5, 20, 50 between them where few fit.

    >>> log_ticks(60, 2500)
    (100.0, 300.0, 1000.0)
    >>> log_ticks(0.5, 20000)
    (1.0, 10.0, 100.0, 1000.0, 10000.0)
    """
    span = log10(high / low)
    factors: Sequence[float] = (1.0, 2.0, 5.0) if span < 1.2 else (1.0, 3.0)
    if span > 3.0:
        factors = (1.0,)
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    found = (float(f"{f * 10.0**d:.6g}") for d in decades for f in factors)
    return tuple(v for v in found if low * (1 - 1e-9) <= v <= high * (1 + 1e-9))
