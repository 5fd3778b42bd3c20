"""Fitted curves as points to draw: one per experiment, and their mean over experiments."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit
from exportin.inference.t_outcome import t_quantile
from exportin.kernels.hill import hill_response
from exportin.results.schema import result_id

POINTS = 101
MIN_BAND = 3  # with two experiments t is 12.7: a band that covers the figure says nothing
Points = NDArray[np.float64]


class Line(NamedTuple):
    """`POINTS` points of one curve: ``what`` are its keys and unit_id, None for a mean."""

    what: Mapping[str, Any]
    x: Points
    y: Points
    low: Points | None = None
    high: Points | None = None


def unit_line(
    found: CurveFit, curve: pl.DataFrame, what: Mapping[str, Any], name: str = "response"
) -> Line:
    """Return the fitted curve of one experiment over its tested doses.

    Without a dose response that is the mean of the column ``name``: a flat line.
    """
    dose = curve.get_column("dose_out").to_numpy()
    x = np.geomspace(dose.min(), dose.max(), POINTS)
    fit = found.fit
    if found.responds:
        return Line(what, x, hill_response(x, fit.top, fit.bottom, 10**fit.log10_ec50, fit.hill))
    return Line(what, x, np.full(POINTS, curve.get_column(name).mean()))


def pooled_lines(lines: Sequence[Line], context: Context) -> list[Line]:
    """Return the mean curve over experiments, with a pointwise t interval from three on.

    The mean is taken over the doses that all experiments of a curve tested.
    """
    groups: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines:
        groups.setdefault(tuple(line.what[key] for key in context.keys), []).append(line)
    return [
        _mean_line(members, dict(zip(context.keys, names, strict=True)), context)
        for names, members in groups.items()
    ]


def _mean_line(members: Sequence[Line], what: dict[str, Any], context: Context) -> Line:
    low = max(float(line.x[0]) for line in members)
    high = min(float(line.x[-1]) for line in members)
    x = np.geomspace(low, high, POINTS)
    heights = np.array([np.interp(np.log(x), np.log(line.x), line.y) for line in members])
    mean, n = heights.mean(axis=0), len(members)
    what = {**what, "unit_id": None}
    if n < MIN_BAND:
        return Line(what, x, mean)
    half = (
        t_quantile(0.5 + context.conf_level / 2, float(n - 1))
        * heights.std(axis=0, ddof=1)
        / np.sqrt(n)
    )
    return Line(what, x, mean, mean - half, mean + half)


def line_rows(
    lines: Sequence[Line],
    block: str,
    quantity: str = "response",
    units: str = "fraction of vehicle",
) -> list[pl.DataFrame]:
    """Return lines as one frame of rows of Series; none without lines.

    Hundreds of curves become one frame: each of its own would take longer than its fit.
    """
    if not lines:
        return []
    numbers = [
        result_id("s", {"block": block, "quantity": quantity, **line.what}) for line in lines
    ]
    of_line = pl.Series(np.repeat(np.arange(len(lines), dtype=np.uint32), POINTS))

    def spread(values: Sequence[Any]) -> pl.Series:
        empty = all(value is None for value in values)
        return pl.Series(values, dtype=pl.String if empty else None).gather(of_line)

    def joined(parts: Sequence[Points | None]) -> pl.Series:
        none = np.full(POINTS, np.nan)
        values = np.concatenate([none if part is None else part for part in parts])
        found = pl.Series(values, dtype=pl.Float64)
        return found.fill_nan(None) if any(part is None for part in parts) else found

    return [
        pl.DataFrame(
            {
                "id": spread(numbers),
                "block": spread([block] * len(lines)),
                "quantity": spread([quantity] * len(lines)),
                "units": spread([units] * len(lines)),
                "x": joined([line.x for line in lines]),
                "x2": joined([None] * len(lines)),
                "y": joined([line.y for line in lines]),
                "low": joined([line.low for line in lines]),
                "high": joined([line.high for line in lines]),
                **{key: spread([line.what[key] for line in lines]) for key in lines[0].what},
            }
        )
    ]
