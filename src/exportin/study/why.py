"""Walks a number back: what it is, the steps that made it, the rows and the files behind it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from exportin.inference.strata import label, labels
from exportin.results.schema import ResultTable
from exportin.study.frames import get_frame
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.plan import BlockPlan
from exportin.study.run import STORE, run_study
from exportin.study.store import Store
from exportin.tables.problems import InputError, Problem

PARTS = re.compile(r" vs | in ")  # of the name of a difference of differences


@dataclass(frozen=True, slots=True)
class Walk:
    """The way back from a number to the bytes; ``inputs`` are the numbers of units behind it."""

    row: dict[str, Any]
    inputs: pl.DataFrame
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
    return walk_back(run_study(folder), result_id)


def walk_back(outcome: Outcome, result_id: str, store: Store | None = None) -> Walk:
    """Return the walk of one estimate or test of an outcome; ``store`` is where its rows are.

    Raises
    ------
    InputError
        If no result has this id.
    """
    store = store or Store(outcome.study.folder / STORE)
    for block in outcome.blocks:
        tables: tuple[ResultTable, ...] = (block.estimates, block.tests, block.within)
        for table in tables:
            found = table.frame.filter(pl.col("id") == result_id)
            if found.height:
                return _walk(outcome, store, block, table, found.row(0, named=True))
    message = f"no result has the id '{result_id}'."
    remedy = "Ids stand in results/estimates.csv and results/tests.csv."
    raise InputError(
        Problem(
            file=str(outcome.study.folder),
            place="",
            message=message,
            remedy=remedy,
            code="unknown-id",
        )
    )


def _walk(
    outcome: Outcome, store: Store, block: BlockOutcome, table: ResultTable, row: dict[str, Any]
) -> Walk:
    rows = get_frame(store, block.rows) if block.rows else None
    inputs = _inputs(block, table, row)
    kept = pl.DataFrame()
    if rows is not None:
        told = _told(outcome, block, rows, row)
        kept = _rows_of(rows, block, table, row, inputs) if told is None else told
    files = dict(block.files)
    if "file" in kept.columns:
        used = set(kept.get_column("file"))
        files = {name: digest for name, digest in files.items() if name in used}
    ids = kept.get_column("row_id").to_list() if "row_id" in kept.columns else []
    flags = block.flags.frame.filter(pl.col("row_id").is_in(ids))
    return Walk(row, inputs, dict(block.settings), kept, flags, files, dict(outcome.versions))


def _inputs(block: BlockOutcome, table: ResultTable, row: dict[str, Any]) -> pl.DataFrame:
    """Numbers of single units that entered a pooled number or a test; none for a unit's own."""
    frame = block.estimates.frame
    if row.get("unit_id") is not None and table.kind == "estimates":
        return frame.clear()
    keys = [key for key in table.keys if row.get(key) is not None and key in frame.columns]
    found = frame.filter(pl.col("unit_id").is_not_null() & (pl.col("quantity") == row["quantity"]))
    for key in keys:
        found = found.filter(pl.col(key) == row[key])
    names = [name for name in (row.get("group_a"), row.get("group_b")) if name]
    for key in block.estimates.keys:
        known = set() if key in keys or found.is_empty() else set(labels(found, key))
        said = known & set(names) or known & {part for name in names for part in PARTS.split(name)}
        if said:
            same = [label(value) in said for value in found.get_column(key)]
            found = found.filter(pl.Series(same, dtype=pl.Boolean))
    return found


def _told(
    outcome: Outcome, block: BlockOutcome, rows: pl.DataFrame, row: dict[str, Any]
) -> pl.DataFrame | None:
    """Rows that the assay names itself; None where the keys of the number tell them."""
    plan = BlockPlan(outcome.study, block.name)
    if plan.assay.behind is None:
        return None
    table = plan.assay.consumes(frame=rows)
    ids = plan.assay.behind(table, block.flags, row, plan.block.settings)
    named = pl.DataFrame({"row_id": ids}, schema={"row_id": pl.String})
    found = named.join(rows, on="row_id", how="left", maintain_order="left")
    return found.select(rows.columns)


def _rows_of(
    rows: pl.DataFrame,
    block: BlockOutcome,
    table: ResultTable,
    row: dict[str, Any],
    inputs: pl.DataFrame,
) -> pl.DataFrame:
    """Raw rows that carry the number's keys; controls of the same plates come along."""
    named = dict.fromkeys((*table.keys, "unit_id"))
    keys = [k for k in named if row.get(k) is not None and k in rows.columns]
    own = rows
    for key in keys:
        own = own.filter(pl.col(key) == row[key])
    shared = [k for k in block.estimates.keys if k in rows.columns]
    if inputs.height and shared:
        own = own.join(inputs.select(shared).unique(), on=shared, how="semi", nulls_equal=True)
    if "role" not in rows.columns:
        return own
    controls = rows.filter(pl.col("role") != "treated")
    plates = own.select("file", "sample_id").unique()
    controls = controls.join(plates, on=["file", "sample_id"], how="semi")
    return pl.concat([own, controls]).unique("row_id", maintain_order=True)
