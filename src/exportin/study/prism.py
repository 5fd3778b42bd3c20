"""The raw rows of a study as a Prism project: replicates side by side, exclusions marked."""

from pathlib import Path

import polars as pl

from exportin.readers.pzfx.write import write_pzfx
from exportin.study.discover import load_assay
from exportin.study.frames import get_frame
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.run import STORE, run_study
from exportin.study.store import Store, write_durably
from exportin.tables.kinds import EXCLUDED_IN_FILE
from exportin.tables.problems import InputError, Problem, problem_at


def study_pzfx(outcome: Outcome) -> bytes:
    """Return one Prism table per block and part (model) with every value the block used.

    Columns are the groups (treatment, with the unit behind it where there are several), X is the
    dose where there is one, subcolumns are the replicates of a group and dose in the order of
    their row ids. Values that a person, a rule or a file excluded are there, marked as excluded.

    Raises
    ------
    InputError
        No block holds values.
    """
    store = Store(outcome.study.folder / STORE)
    tables: dict[str, pl.DataFrame] = {}
    for block in outcome.blocks:
        rows = get_frame(store, block.rows) if block.rows else pl.DataFrame()
        if "value" in rows.columns:
            tables |= block_tables(rows, block)
    if not tables:
        remedy = "Export its results instead: results/estimates.csv."
        message = "No block of the study holds one value per row."
        raise InputError(
            Problem(file=str(outcome.study.folder), place="", message=message, remedy=remedy,
                    code="no-values")
        )  # fmt: skip
    return write_pzfx(tables, x="dose")


def export_study(folder: Path, out: Path) -> int:
    """Write a study as a Prism project; returns the number of tables in it.

    Raises
    ------
    InputError
        If the study cannot be run, holds no values, or the file cannot be written.
    """
    if out.suffix.casefold() != ".pzfx":
        message = f"the ending '{out.suffix}' is not one that can be written."
        remedy = "Name a file that ends in .pzfx."
        raise InputError(problem_at(str(out), "", message, remedy, "unknown-ending"))
    data = study_pzfx(run_study(folder))
    write_durably(out, data)
    return data.count(b"<Table ") + data.count(b"<HugeTable ")


def block_tables(rows: pl.DataFrame, block: BlockOutcome) -> dict[str, pl.DataFrame]:
    """Return the tables of one block by title."""
    part = [name for name in load_assay(block.assay).part if name in rows.columns]
    said = group_names(
        rows.sort("row_id"), [name for name in block.estimates.keys if name not in part]
    )
    out = pl.col("row_id").is_in(list(block.flags.excluded()))
    marked = said.with_columns(pl.when(out).then(pl.lit("excluded")).alias(EXCLUDED_IN_FILE))
    if "dose" in marked.columns and marked.get_column("dose").null_count() == marked.height:
        marked = marked.drop("dose")
    kept = [n for n in ("group", "dose", "value", EXCLUDED_IN_FILE) if n in marked.columns]
    if not part:
        return {block.name: marked.select(kept)}
    return {
        " ".join((block.name, *(str(name) for name in key if name is not None))): one.select(kept)
        for key, one in marked.group_by(part, maintain_order=True)
    }


def group_names(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Name the Y columns: treatment or role, other keys that differ, and the unit."""
    names = [
        name for name in dict.fromkeys(("treatment", *keys, "unit_id")) if name in rows.columns
    ]
    telling = [name for name in names if rows.get_column(name).n_unique() > 1] or names[:1]
    if not telling:
        return rows.with_columns(pl.lit("value").alias("group"))
    texts = [pl.col(name).cast(pl.String) for name in telling]
    return rows.with_columns(pl.concat_str(texts, separator=" ", ignore_nulls=True).alias("group"))
