"""What figures show of a tube: its histogram, the fitted parts, and the gate of single nuclei."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from exportin.assays.cell_cycle.fits import TubeFit
from exportin.contract.assay import Context
from exportin.results.schema import result_id

COUNTED, TOTAL = "counted", "total"
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
        keys = {**named, "part": part, "block": context.block, "quantity": "histogram"}
        frames.append(
            pl.DataFrame({"x": left, "y": np.asarray(y, dtype=np.float64)}).with_columns(
                pl.lit(result_id("s", keys)).alias("id"),
                *(pl.lit(value).alias(name) for name, value in keys.items()),
            )
        )
    return pl.concat(frames).select(
        "id", "block", "quantity", pl.lit("events").alias("units"), "x",
        pl.lit(None, dtype=pl.Float64).alias("x2"), "y",
        pl.lit(None, dtype=pl.Float64).alias("low"), pl.lit(None, dtype=pl.Float64).alias("high"),
        *named, "part",
    )  # fmt: skip
