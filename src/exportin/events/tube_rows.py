"""Which row of a study a drawn tube is, so that a click on its panel can leave it out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

TubeRows = Mapping[tuple[str | None, str], str]


def tube_rows(rows: pl.DataFrame) -> TubeRows:
    """Return unit and tube to row_id; a tube is named by its sample, or by its row.

    Where two tubes of a unit have one sample, the sample names neither.

    Examples
    --------
    >>> tube_rows(pl.DataFrame({"row_id": ["a:1-9"], "sample_id": ["A"], "unit_id": ["E1"]}))
    {('E1', 'A'): 'a:1-9', ('E1', 'a:1-9'): 'a:1-9'}
    """
    found: dict[tuple[str | None, str], str] = {}
    for row_id, sample, unit in rows.select("row_id", "sample_id", "unit_id").iter_rows():
        twin = (unit, sample) in found
        found[unit, sample] = "" if twin else row_id
        found[unit, row_id] = row_id
    return {key: row_id for key, row_id in found.items() if row_id}


def tubes_left_out(rows: pl.DataFrame, out: Collection[str], roles: Sequence[str]) -> pl.DataFrame:
    """Return model, treatment, unit_id and tube of the tubes of these roles that are left out."""
    named = tube_rows(rows)
    gone = rows.filter(pl.col("row_id").is_in(list(out)), pl.col("role").is_in(list(roles)))
    tubes = [
        sample if named.get((unit, sample)) == row_id else row_id
        for row_id, sample, unit in gone.select("row_id", "sample_id", "unit_id").iter_rows()
    ]
    keys = ("model", "treatment", "unit_id")
    return gone.select(keys).with_columns(pl.Series("tube", tubes, dtype=pl.String))


def panel_rows(panels: pl.DataFrame, rows: TubeRows) -> dict[str, str]:
    """Return panel to row_id; ``panels`` has ``panel, unit_id, tube``."""
    named: Iterable[tuple[Any, ...]] = panels.select("panel", "unit_id", "tube").iter_rows()
    return {panel: rows[unit, tube] for panel, unit, tube in named if (unit, tube) in rows}
