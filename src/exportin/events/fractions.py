"""Counts of cells to rows of results: a fraction with its technical interval, or a bound."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from scipy.special import logit
from scipy.stats import norm

from exportin.kernels.event_statistics import fraction_interval
from exportin.results.schema import result_id
from exportin.results.tables import Estimates

DRAWS = 200
PRIOR = 0.5
"""Added to each count before fractions are drawn: Jeffreys' prior, so that 0 cells are no 0 %."""
Row = dict[str, Any]


def fraction_row(count: int, cells: int, level: float = 0.95) -> Row:
    """Return value, exact interval and bound of a fraction, as columns of Estimates.

    No cell of n is not 0 % but "less than" the upper exact limit; all of n likewise. The interval
    is Clopper and Pearson's: chance of counting only, technical.

    >>> fraction_row(0, 100)["bound"], round(fraction_row(0, 100)["value"], 4)
    ('<', 0.0362)
    >>> made = fraction_row(20, 100)
    >>> made["value"], round(made["conf_low"], 4), round(made["conf_high"], 4)
    (0.2, 0.1267, 0.2918)
    """
    if cells <= 0:
        return {"status": "too_few"}
    low, high = fraction_interval(count, cells, level)
    shared: Row = {"conf_level": level, "interval_level": "within"}
    if count == 0:
        open_low: Row = {"bound": "<", "conf_open": "low", "conf_high": high}
        return shared | open_low | {"value": high, "status": "at_bound"}
    if count == cells:
        open_high: Row = {"bound": ">", "conf_open": "high", "conf_low": low}
        return shared | open_high | {"value": low, "status": "at_bound"}
    error = (logit(high) - logit(low)) / (2.0 * norm.ppf(0.5 + level / 2.0))
    return shared | {
        "value": count / cells, "conf_low": low, "conf_high": high, "std_error": float(error),
    }  # fmt: skip


def condition_rows(
    what: Mapping[str, Any],
    counts: Mapping[str, int],
    cells: int,
    *,
    tubes: tuple[int, int],
    shared: Mapping[str, Any],
    level: float,
) -> Iterator[Row]:
    """Give the fractions of one experiment and condition; its tubes are counted together.

    Parameters
    ----------
    what
        Keys and unit_id.
    counts, cells
        Cells per quantity, and all cells.
    tubes
        How many tubes were used and how many left out.
    shared
        Columns of every row: block, assay, experimental_unit, method.
    level
        Of the intervals.
    """
    used, flagged = tubes
    for name, count in counts.items():
        row = {
            **what, **shared, "quantity": name, "scale": "logit", "n_rows": used,
            "n_flagged": flagged, "n_units": 1 if cells else 0,
        }  # fmt: skip
        found = fraction_row(count, cells, level)
        yield row | found | ({"status": "all_flagged"} if not used else {})


def nothing_rows(
    what: Mapping[str, Any],
    names: Sequence[str],
    tubes: tuple[int, int],
    shared: Mapping[str, Any],
    *,
    scale: str = "logit",
) -> Iterator[Row]:
    """Give rows without a number, where an experiment has no limits or no tube is left."""
    used, flagged = tubes
    for name in names:
        yield {
            **what, **shared, "quantity": name, "scale": scale, "n_rows": used, "n_units": 0,
            "n_flagged": flagged, "status": "not_identifiable" if used else "all_flagged",
        }  # fmt: skip


def drawn_fractions(
    what: Mapping[str, Any],
    counts: Mapping[str, int],
    sums: Mapping[str, Sequence[str]],
    shared: Mapping[str, Any],
    seed: int,
) -> Iterator[Row]:
    """Draw the parts of a whole together (Dirichlet), with sums of them from the same draws.

    Parameters
    ----------
    what
        Keys and unit_id.
    counts
        Cells per part; the parts are all cells.
    sums
        Quantities that are sums of parts.
    shared
        Columns of every row; block and assay are part of the ids of estimates.
    seed
        Of the step; each condition has draws of its own.
    """
    if not sum(counts.values()):
        return
    named = {"block": shared["block"], "assay": shared["assay"], **what}
    own = int(result_id("draws", named).partition("_")[2], 16)
    rng = np.random.default_rng((seed, own))  # whatever else is drawn in this step
    drawn = rng.dirichlet(np.array(list(counts.values()), dtype=np.float64) + PRIOR, DRAWS)
    parts = {name: drawn[:, k] for k, name in enumerate(counts)}
    parts |= {name: sum(parts[part] for part in of) for name, of in sums.items()}  # type: ignore[misc]
    for name, values in parts.items():
        row_id = result_id("e", named | {"quantity": name})
        for i in range(DRAWS):
            yield {"id": row_id, "draw": i, "value": float(values[i])}


def exact_zeros(estimates: Estimates, parts: Sequence[str]) -> Estimates:
    """Return estimates with counted zeros as 0 and counted wholes as 1, for compositions.

    A composition meets a zero by the count behind it; there the upper limit is no value.

    >>> what = {"block": "b", "assay": "a", "experimental_unit": "experiment", "method": "m"}
    >>> made = Estimates.build([what | {"quantity": "late", "unit_id": "E1"} | fraction_row(0, 9)])
    >>> exact_zeros(made, ["late"]).frame.select("value", "bound").row(0)
    (0.0, '=')
    """
    zero = pl.col("quantity").is_in(list(parts)) & (pl.col("bound") != "=")
    zero = zero & pl.col("unit_id").is_not_null()
    at = pl.when(pl.col("bound") == "<").then(0.0).otherwise(1.0)
    return Estimates(
        estimates.frame.with_columns(
            pl.when(zero).then(at).otherwise("value").alias("value"),
            pl.when(zero).then(pl.lit("=")).otherwise("bound").alias("bound"),
            pl.when(zero).then(pl.lit("none")).otherwise("conf_open").alias("conf_open"),
            pl.when(zero).then(pl.lit("ok")).otherwise("status").alias("status"),
        )
    )
