"""Means of the animals that are there on each day, with t intervals: for figures only."""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.inference.t_outcome import t_quantile

LEAST = 3
"""Below this many units a t interval is so wide that it hides the figure."""


class MeanInterval(NamedTuple):
    """Arithmetic mean with standard error, t interval and df; None below two values."""

    mean: float | None
    std_error: float | None
    df: float | None
    low: float | None
    high: float | None


def mean_interval(values: NDArray[np.float64], conf_level: float = 0.95) -> MeanInterval:
    """Average values of independent units, with a t interval.

    >>> found = mean_interval(np.array([1.0, 2.0, 3.0]))
    >>> found.mean, round(found.low, 4), round(found.high, 4), found.df
    (2.0, -0.4841, 4.4841, 2.0)
    >>> mean_interval(np.array([5.0])).low is None
    True
    """
    n = values.size
    if n < 2:
        return MeanInterval(float(values[0]) if n else None, None, None, None, None)
    mean, error = float(values.mean()), float(values.std(ddof=1)) / sqrt(n)
    reach = t_quantile(0.5 + conf_level / 2, float(n - 1)) * error
    return MeanInterval(mean, error, float(n - 1), mean - reach, mean + reach)


def day_means(
    frame: pl.DataFrame, keys: Sequence[str], value: str, *, conf_level: float = 0.95
) -> pl.DataFrame:
    """Average the units of each group and day; a group below three has no interval.

    The mean of those still there is bent by who has left: it describes, and nothing is tested
    with it.

    Parameters
    ----------
    frame
        A row per unit and day with the columns ``keys``, ``day`` and ``value``.
    keys
        Columns of the groups.
    value
        Column that is averaged.
    conf_level
        Level of the interval.

    Returns
    -------
    polars.DataFrame
        ``keys, day, mean, low, high, n``, sorted.

    Examples
    --------
    >>> seen = pl.DataFrame({"arm": ["a", "a", "b"], "day": [0.0] * 3, "w": [99.0, 101.0, 90.0]})
    >>> day_means(seen, ["arm"], "w").select("arm", "mean", "n").rows()
    [('a', 100.0, 2), ('b', 90.0, 1)]
    """
    found = (
        frame.group_by([*keys, "day"])
        .agg(
            pl.col(value).mean().alias("mean"),
            pl.col(value).std().alias("sd"),
            pl.len().cast(pl.Int64).alias("n"),
        )
        .sort([*keys, "day"])
    )
    counts = [n for n in set(found["n"]) if n >= LEAST]
    sides = {n: t_quantile(0.5 + conf_level / 2, float(n - 1)) for n in counts}
    side = pl.col("n").replace_strict(sides, default=None, return_dtype=pl.Float64)
    reach = side * pl.col("sd") / pl.col("n").sqrt()
    return found.with_columns(
        (pl.col("mean") - reach).alias("low"), (pl.col("mean") + reach).alias("high")
    ).drop("sd")
