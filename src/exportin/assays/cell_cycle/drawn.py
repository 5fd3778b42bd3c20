"""What figures show of a tube: its histogram, the fitted parts, and the gate of single nuclei."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.cell_cycle.fits import TubeFit
from exportin.contract.assay import Context
from exportin.results.schema import result_id

COUNTED, TOTAL = "counted", "total"
GATE, HISTOGRAM = "singlet_gate", "histogram"
RIDGE = ("ridge low", "ridge high")
POINTS = 24  # of each border of the ridge
PARTS = ("g1", "s", "g2m", "sub_g1", "debris", "aggregates", "second_g1", "second_s", "second_g2m")


def drawn_rows(what: Mapping[str, Any], fit: TubeFit, context: Context) -> pl.DataFrame:
    """Return the curves of one tube: ``part`` says which, x is the left edge of each bin.

    Parameters
    ----------
    what
        Keys and unit_id of the tube.
    fit
        Its histogram and answer.
    context
        Block and level.
    """
    left = fit.edges[:-1]
    curves = {COUNTED: fit.counts}
    if fit.fit is not None:
        parts = fit.fit.parts
        curves |= {name: parts[name] for name in PARTS if name in parts}
        curves[TOTAL] = parts[TOTAL]
    named = {**what, "tube": fit.nuclei.row["tube"]}
    frames = []
    for part, y in curves.items():
        keys = {**named, "part": part, "block": context.block, "quantity": HISTOGRAM}
        frames.append(
            pl.DataFrame(
                {"x": left, "y": np.asarray(y, dtype=np.float64)},
                schema_overrides={"x": pl.Float64, "y": pl.Float64},
            ).with_columns(
                pl.lit(None, dtype=pl.Float64).alias("x2"),
                pl.lit(result_id("s", keys)).alias("id"),
                *(pl.lit(value).alias(name) for name, value in keys.items()),
            )
        )
    frames += [_picture_rows(named, fit, context), *_ridge_rows(named, fit, context)]
    return pl.concat(frames, how="diagonal_relaxed").select(
        "id", "block", "quantity", pl.lit("events").alias("units"), "x", "x2", "y",
        pl.lit(None, dtype=pl.Float64).alias("low"), pl.lit(None, dtype=pl.Float64).alias("high"),
        *named, "part",
    )  # fmt: skip


def _picture_rows(named: Mapping[str, Any], fit: TubeFit, context: Context) -> pl.DataFrame:
    """Return the cells of area against height that hold events, and none of a tube without gate."""
    keys = {**named, "part": COUNTED, "block": context.block, "quantity": GATE}
    schema = {"x": pl.Float64, "x2": pl.Float64, "y": pl.Float64}
    cells = pl.DataFrame(schema=schema)
    if fit.nuclei.picture is not None:
        counts, left, low = fit.nuclei.picture
        i, j = np.nonzero(counts)
        middle = [(edges[1:] + edges[:-1]) / 2 for edges in (left, low)]
        cells = pl.DataFrame(
            {"x": middle[0][i], "x2": middle[1][j], "y": counts[i, j]}, schema_overrides=schema
        )
    return _named(cells, keys)


def _ridge_rows(named: Mapping[str, Any], fit: TubeFit, context: Context) -> Iterator[pl.DataFrame]:
    """Return both borders of the ridge of single nuclei, from left to right."""
    found, picture = fit.nuclei.singlets, fit.nuclei.picture
    if picture is None or found is None or found.center is None or found.sd is None:
        return
    right, high = float(picture[1][-1]), float(picture[2][-1])
    area = np.linspace(0.0, right, POINTS)
    for part, side in zip(RIDGE, (-1.0, 1.0), strict=True):
        at = found.border(area, side, fit.nuclei.spread)
        if fit.nuclei.against_height:
            with np.errstate(divide="ignore", invalid="ignore"):
                at = np.where(at > 0, area / at, np.inf)
        shown = np.isfinite(at) & (at <= high)
        ends = list(zip(area[shown].tolist(), at[shown].tolist(), strict=True))
        keys = {**named, "part": part, "block": context.block, "quantity": GATE}
        line = pl.DataFrame(
            {"x": [x for x, _ in ends], "x2": [y for _, y in ends], "y": [0.0] * len(ends)},
            schema={"x": pl.Float64, "x2": pl.Float64, "y": pl.Float64},
        )
        yield _named(line, keys)


def _named(frame: pl.DataFrame, keys: Mapping[str, Any]) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(result_id("s", keys)).alias("id"),
        *(pl.lit(value).alias(name) for name, value in keys.items()),
    )
