"""Walks a number back: what it is, the steps that made it, the rows and the files behind it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from exportin.results.schema import ResultTable
from exportin.study.frames import get_frame
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.run import STORE, run_study
from exportin.study.store import Store
from exportin.tables.problems import InputError, Problem


@dataclass(frozen=True, slots=True)
class Walk:
    """The way back from a number to the bytes."""

    row: dict[str, Any]
    settings: dict[str, Any]
    rows: pl.DataFrame
    flags: pl.DataFrame
    files: dict[str, str]
    versions: dict[str, str]


def why(folder: Path, result_id: str) -> Walk:
    """Return the walk of one estimate or test.

    Raises
    ------
    InputError
        If no result has this id.
    """
    outcome = run_study(folder)
    for block in outcome.blocks:
        tables: tuple[ResultTable, ...] = (block.estimates, block.tests)
        for table in tables:
            found = table.frame.filter(pl.col("id") == result_id)
            if found.height:
                return _walk(outcome, block, table, found.row(0, named=True))
    message = f"no result has the id '{result_id}'."
    remedy = "Ids stand in results/estimates.csv and results/tests.csv."
    raise InputError(
        Problem(file=str(folder), place="", message=message, remedy=remedy, code="unknown-id")
    )


def _walk(outcome: Outcome, block: BlockOutcome, table: ResultTable, row: dict[str, Any]) -> Walk:
    rows = get_frame(Store(outcome.study.folder / STORE), block.rows) if block.rows else None
    kept = pl.DataFrame() if rows is None else _rows_of(rows, table, row)
    files = dict(block.files)
    if "file" in kept.columns:
        used = set(kept.get_column("file"))
        files = {name: digest for name, digest in files.items() if name in used}
    ids = kept.get_column("row_id").to_list() if "row_id" in kept.columns else []
    flags = block.flags.frame.filter(pl.col("row_id").is_in(ids))
    return Walk(row, dict(block.settings), kept, flags, files, dict(outcome.versions))


def _rows_of(rows: pl.DataFrame, table: ResultTable, row: dict[str, Any]) -> pl.DataFrame:
    """Raw rows that carry the number's keys; controls of the same plates come along."""
    keys = [k for k in (*table.keys, "unit_id") if row.get(k) is not None and k in rows.columns]
    own = rows
    for key in keys:
        own = own.filter(pl.col(key) == row[key])
    if "role" not in rows.columns:
        return own
    shared = rows.filter(pl.col("role") != "treated")
    plates = own.select("file", "sample_id").unique()
    controls = shared.join(plates, on=["file", "sample_id"], how="semi")
    return pl.concat([own, controls]).unique("row_id", maintain_order=True)
