"""Fitted curves as points to draw: one per experiment, and their mean over experiments."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from exportin.contract.assay import Context
from exportin.curves.dose_response import CurveFit
from exportin.inference.t_outcome import t_quantile
from exportin.kernels.hill import hill_response
from exportin.results.schema import result_id

POINTS = 101
MIN_BAND = 3  # with two experiments t is 12.7: a band that covers the figure says nothing


def unit_line(
    found: CurveFit, curve: pl.DataFrame, what: Mapping[str, Any], block: str
) -> pl.DataFrame:
    """Return the fitted curve of one experiment over its tested doses.

    Without a dose response that is the mean: a flat line.
    """
    dose = curve.get_column("dose_out").to_numpy()
    x = np.geomspace(dose.min(), dose.max(), POINTS)
    fit = found.fit
    if found.responds:
        y = hill_response(x, fit.top, fit.bottom, 10**fit.log10_ec50, fit.hill)
    else:
        y = np.full(POINTS, curve.get_column("response").mean())
    return _line(x, y, None, None, what=what, block=block)


def pooled_lines(lines: Sequence[pl.DataFrame], context: Context) -> list[pl.DataFrame]:
    """Return the mean curve over experiments, with a pointwise t interval from three on.

    The mean is taken over the doses that all experiments of a curve tested.
    """
    groups: dict[tuple[Any, ...], list[pl.DataFrame]] = {}
    for line in lines:
        groups.setdefault(line.select(context.keys).row(0), []).append(line)
    return [
        _mean_line(members, dict(zip(context.keys, names, strict=True)), context)
        for names, members in groups.items()
    ]


def _mean_line(
    members: Sequence[pl.DataFrame], what: dict[str, Any], context: Context
) -> pl.DataFrame:
    low = max(float(line["x"].item(0)) for line in members)
    high = min(float(line["x"].item(-1)) for line in members)
    x = np.geomspace(low, high, POINTS)
    heights = np.array(
        [
            np.interp(np.log(x), np.log(line["x"].to_numpy()), line["y"].to_numpy())
            for line in members
        ]
    )
    mean, n = heights.mean(axis=0), len(members)
    what = {**what, "unit_id": None}
    if n < MIN_BAND:
        return _line(x, mean, None, None, what=what, block=context.block)
    half = (
        t_quantile(0.5 + context.conf_level / 2, float(n - 1))
        * heights.std(axis=0, ddof=1)
        / np.sqrt(n)
    )
    return _line(x, mean, mean - half, mean + half, what=what, block=context.block)


def _line(
    x: Any, y: Any, low: Any, high: Any, *, what: Mapping[str, Any], block: str
) -> pl.DataFrame:
    number = result_id("s", {"block": block, "quantity": "response", **what})
    empty = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(x))

    def same(value: Any) -> pl.Series:
        kind = pl.String if value is None else None
        return pl.Series([value], dtype=kind).new_from_index(0, len(x))

    return pl.DataFrame(
        {
            "id": same(number),
            "block": same(block),
            "quantity": same("response"),
            "units": same("fraction of vehicle"),
            "x": x,
            "x2": empty,
            "y": y,
            "low": empty if low is None else low,
            "high": empty if high is None else high,
            **{key: same(value) for key, value in what.items()},
        }
    )
