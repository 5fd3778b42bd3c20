"""Pooled numbers of one unit: there is no spread between units, only that unit's own interval."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

import polars as pl

Row = Mapping[str, Any]
SAME = 1e-9  # relative; the way to the scale and back


def stand_ins(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, Row]:
    """Find the unit's own row for each pooled number that rests on one unit.

    Parameters
    ----------
    rows : sequence of mappings
        Rows of Estimates.
    keys : sequence of str
        Its design keys.

    Returns
    -------
    dict
        Id of the pooled row to the row of the only unit behind it, whose interval is technical.
    """
    valued = [row for row in rows if row["value"] is not None]
    lone = [
        row
        for row in valued
        if row["unit_id"] is None and row["n_units"] == 1 and row["status"] == "too_few"
    ]
    if not lone:
        return {}
    place = ("quantity", *keys)
    units: dict[tuple[Any, ...], list[Row]] = {}
    for row in valued:
        if row["unit_id"] is not None:
            units.setdefault(tuple(row[k] for k in place), []).append(row)
    found = {row["id"]: _only(row, units.get(tuple(row[k] for k in place), [])) for row in lone}
    return {name: unit for name, unit in found.items() if unit is not None}


def _only(pooled: Row, units: Sequence[Row]) -> Row | None:
    """Return the one unit with the pooled value; None where several or none have it."""
    alike = [
        unit
        for unit in units
        if unit["bound"] == pooled["bound"]
        and isclose(unit["value"], pooled["value"], rel_tol=SAME)
    ]
    return alike[0] if len(alike) == 1 else None


def shown_rows(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return pooled rows, those of one unit as that unit's row; all rows if none is pooled."""
    pooled = frame.filter(pl.col("unit_id").is_null())
    if not pooled.height:
        return frame
    units = {name: unit["id"] for name, unit in stand_ins(frame.to_dicts(), keys).items()}
    place = pl.DataFrame(
        {
            "id": [units.get(name, name) for name in pooled.get_column("id")],
            "_place": list(range(pooled.height)),
        },
        schema={"id": pl.String, "_place": pl.Int64},
    )
    return frame.join(place, on="id").sort("_place").drop("_place")
