"""Rows to one number per unit: technical replicates averaged, nothing else."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import exp, fsum, log
from statistics import median
from typing import Any

import polars as pl

from exportin.assays.measurement.settings import MeasurementSettings
from exportin.contract.assay import Context
from exportin.results.tables import Estimates, Fitted, Flags
from exportin.tables.kinds import Values


def estimate(rows: Values, flags: Flags, settings: MeasurementSettings, context: Context) -> Fitted:
    """Average the technical replicates of every unit; excluded rows influence nothing.

    Parameters
    ----------
    rows
        One number per row with unit_id and the design keys.
    flags
        Rows with severity ``exclude`` are left out and counted.
    settings, context
        What the study file says.

    Returns
    -------
    Fitted
        ``value`` per unit and keys, without standard error: one unit has no spread between units.
    """
    keys = [*context.keys, "unit_id"]
    out = flags.excluded()
    frame = rows.frame.sort([*keys, "row_id"], nulls_last=True)
    grouped = groupby(frame.iter_rows(named=True), key=lambda row: tuple(row[k] for k in keys))
    numbers = [
        _row(dict(zip(keys, what, strict=True)), list(members), out, settings, context)
        for what, members in grouped
    ]
    return Fitted.of(estimates=Estimates.build(numbers))


def method_name(settings: MeasurementSettings) -> str:
    """Name how replicates are combined.

    >>> method_name(MeasurementSettings(scale="log"))
    'technical_geometric_mean'
    """
    if settings.technical == "median":
        return "technical_median"
    return "technical_geometric_mean" if settings.scale == "log" else "technical_mean"


def combine(values: Sequence[float], settings: MeasurementSettings) -> float | None:
    """Combine technical replicates; None where a geometric mean does not exist.

    >>> round(combine([1.0, 100.0], MeasurementSettings(scale="log")), 9)
    10.0
    """
    if settings.technical == "median":
        return median(sorted(values))
    if settings.scale == "linear":
        return fsum(values) / len(values)
    if min(values) <= 0:
        return None
    least = min(values)
    return least * exp(fsum(log(v / least) for v in values) / len(values))


def _row(
    what: dict[str, Any],
    members: list[dict[str, Any]],
    out: set[str],
    settings: MeasurementSettings,
    context: Context,
) -> dict[str, Any]:
    kept = [row["value"] for row in members if row["row_id"] not in out]
    values = [value for value in kept if value is not None]
    value = combine(values, settings) if values else None
    return {
        **what,
        "block": context.block,
        "assay": "measurement",
        "quantity": "value",
        "units": settings.units,
        "scale": "log10" if settings.scale == "log" else "linear",
        "value": value,
        "experimental_unit": context.experimental_unit,
        "n_units": 1 if values else 0,
        "n_rows": len(values),
        "n_flagged": len(members) - len(kept),
        "method": method_name(settings),
        "status": _status(members, kept, values, value),
    }


def _status(
    members: list[dict[str, Any]], kept: list[Any], values: list[float], value: float | None
) -> str:
    if members and not kept:
        return "all_flagged"
    if not values:
        return "too_few"
    return "ok" if value is not None else "not_identifiable"


def replicates(frame: pl.DataFrame, keys: Sequence[str]) -> Iterator[int]:
    """Count the values of each unit and group."""
    valued = frame.filter(pl.col("value").is_not_null())
    yield from valued.group_by([*keys, "unit_id"]).len().get_column("len").to_list()
