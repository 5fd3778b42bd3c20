"""Axes of a native chart: limits that fall on ticks, decades, names of categories."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor, log10
from typing import Literal

from exportin.figures.axes import axis_title
from exportin.figures.scales import Scale
from exportin.figures.slides_parts import Series, edges, round_down, zero_place
from exportin.figures.ticks import number_ticks

TICKS = 5
LITTLE = 0.25  # of a step: room that a view leaves beyond a tick and nothing needs


@dataclass(frozen=True, slots=True)
class NativeAxis:
    """What a chart's axis needs to know."""

    title: str
    low: float
    high: float
    step: float | None = None
    log: bool = False
    names: tuple[str, ...] = ()  # of categories, numbered from 0
    form: str = "General"


def native_axis(scale: Scale, series: Iterable[Series], side: Literal["x", "y"]) -> NativeAxis:
    """Return the axis on which series are drawn."""
    title = axis_title(scale.axis).strip()
    if scale.axis.scale == "category":
        return NativeAxis(title, scale.low, scale.high, step=1.0, names=scale.axis.categories)
    shown = reached(series, side)
    if scale.axis.scale == "log10":
        return decades(scale, title, [v for v in shown if v > 0])
    low, high = edges(scale)
    low = min(max(min(shown, default=low), low), high) if scale.axis.low is None else low
    high = max(min(max(shown, default=high), high), low) if scale.axis.high is None else high
    step = step_of(scale)
    start, stop = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    if start + 1 - low / step < LITTLE and min(shown, default=low) >= (start + 1) * step:
        start += 1
    if high / step - stop + 1 < LITTLE and max(shown, default=high) <= (stop - 1) * step:
        stop -= 1
    return NativeAxis(title, tidy(start * step), tidy(max(stop, start + 1) * step), step)


def decades(scale: Scale, title: str, shown: list[float]) -> NativeAxis:
    """Return a logarithmic axis: it starts at a power of ten, so that its ticks are such."""
    low, high = edges(scale)
    low = max(min(shown, default=low), low) if scale.axis.low is None else low
    high = min(max(shown, default=high), high) if scale.axis.high is None else high
    start = 10.0 ** round_down(log10(low))
    stop = max(float(f"{1.15 * high:.2g}"), start * 10)
    zero = zero_place(scale)
    if zero is None:
        return NativeAxis(title, start, stop, log=True)
    form = f'[<{2 * zero:.10f}]"0";General' if zero >= 1e-9 else "General"
    return NativeAxis(title, zero, stop, log=True, form=form)


def reached(series: Iterable[Series], side: str) -> list[float]:
    """Return every number that series reach on one axis, error bars and all."""
    found: list[float] = []
    for one in series:
        at = one.x if side == "x" else one.y
        found += [v for v in at if v is not None]
        if one.side == side:
            for ends, sign in ((one.minus, -1.0), (one.plus, 1.0)):
                pairs = zip(at, ends, strict=False)
                found += [v + sign * e for v, e in pairs if v is not None and e is not None]
    return found


def step_of(scale: Scale) -> float:
    """Return the distance of ticks: as the view says where its ticks are even."""
    said = scale.axis.ticks
    gaps = {tidy(b - a) for a, b in pairwise(said)}
    if len(gaps) == 1 and len(said) <= 2 * TICKS:
        return gaps.pop()
    ticks = number_ticks(replace(scale), TICKS)
    if len(ticks) > 1:
        return tidy(ticks[1] - ticks[0])
    return tidy(10.0 ** floor(log10(max(scale.high - scale.low, 1e-300))))


def tidy(value: float) -> float:
    """Return a number without the dust of binary fractions.

    >>> tidy(0.1 + 0.2)
    0.3
    """
    return float(f"{value:.10g}")
