"""The raw rows of a study as a Prism project: replicates side by side, exclusions marked."""

from collections.abc import Collection

import polars as pl

from exportin.readers.pzfx.write import write_pzfx
from exportin.study.discover import load_assay
from exportin.study.frames import get_frame
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.run import STORE
from exportin.study.store import Store
from exportin.tables.kinds import EXCLUDED_IN_FILE
from exportin.tables.problems import InputError, Problem

SEPARATORS = (" ", " | ", " || ")


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
    units: dict[str, str] = {}
    said = [f"Study: {outcome.study.file.study.title}", f"Written by {program(outcome)}"]
    for block in outcome.blocks:
        rows = get_frame(store, block.rows) if block.rows else pl.DataFrame()
        if "value" not in rows.columns:
            continue
        for wanted, (table, unit) in block_tables(rows, block).items():
            title = unlike(wanted, tables)
            tables[title], units[title] = table, f"dose ({unit})" if unit else "dose"
        said += remarks(rows, block)
    if not tables:
        remedy = "Export its results instead: results/estimates.csv."
        message = "No block of the study holds one value per row."
        raise InputError(
            Problem(file=str(outcome.study.folder), place="", message=message, remedy=remedy,
                    code="no-values")
        )  # fmt: skip
    return write_pzfx(tables, x="dose", x_titles=units, notes="\n".join(said))


def program(outcome: Outcome) -> str:
    """Name the program and its version."""
    return f"exportin {outcome.versions.get('exportin', '')}".strip()


def unlike(wanted: str, taken: Collection[str]) -> str:
    """Return a title that no table has yet.

    >>> unlike("LP6", {"LP6"})
    'LP6 (2)'
    """
    title, count = wanted, 1
    while title in taken:
        count += 1
        title = f"{wanted} ({count})"
    return title


def remarks(rows: pl.DataFrame, block: BlockOutcome) -> list[str]:
    """Say what a table of Prism has no place for: why values are missing or were left out."""
    out = []
    if "cause" in rows.columns:
        missing = rows.filter(pl.col("value").is_null() & (pl.col("cause") != ""))
        pairs = missing.select("row_id", "cause").sort("row_id").iter_rows()
        out += [f"{block.name}: {row_id} has no value: {cause}" for row_id, cause in pairs]
    gone = block.flags.frame.filter(severity="exclude").drop_nulls("row_id").sort("row_id")
    triples = gone.select("row_id", "message", "by").iter_rows()
    return out + [f"{block.name}: {row} is excluded: {why} ({by})" for row, why, by in triples]


def block_tables(rows: pl.DataFrame, block: BlockOutcome) -> dict[str, tuple[pl.DataFrame, str]]:
    """Return the tables of one block by title, each with the unit of its doses."""
    part = [name for name in load_assay(block.assay).part if name in rows.columns]
    said = group_names(
        rows.sort("row_id"), [name for name in block.estimates.keys if name not in part]
    )
    out = pl.col("row_id").is_in(list(block.flags.excluded()))
    marked = said.with_columns(pl.when(out).then(pl.lit("excluded")).alias(EXCLUDED_IN_FILE))
    if "dose" in marked.columns and marked.get_column("dose").null_count() == marked.height:
        marked = marked.drop("dose")
    found: dict[str, tuple[pl.DataFrame, str]] = {}
    parts = marked.group_by(part, maintain_order=True) if part else [((), marked)]
    for key, one in parts:
        words = " ".join((block.name, *(str(name) for name in key if name is not None)))
        for unit, table in by_unit(one).items():
            title = f"{words} {unit[1]}".rstrip() if unit[1] else words
            kept = [n for n in ("group", "dose", "value", EXCLUDED_IN_FILE) if n in table.columns]
            found[unlike(title, found)] = (table.select(kept), unit[0])
    return found


def by_unit(rows: pl.DataFrame) -> dict[tuple[str, str], pl.DataFrame]:
    """Divide rows by the unit of their doses; rows without a dose stay with the first.

    Keys are the unit, and what tells the title of the table apart where there are several.
    """
    if not {"dose", "dose_unit"} <= set(rows.columns):
        return {("", ""): rows}
    dosed = rows.filter(pl.col("dose").is_not_null())
    units = [u or "" for u in dosed.get_column("dose_unit").unique(maintain_order=True).to_list()]
    if len(units) < 2:
        return {("".join(units), ""): rows}
    first = pl.lit(units[0])
    own = pl.when(pl.col("dose").is_null()).then(first).otherwise(pl.col("dose_unit").fill_null(""))
    return {(unit, unit): rows.filter(own == unit) for unit in units}


def group_names(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Name the Y columns: treatment or role, other keys that differ, and the unit."""
    names = [
        name for name in dict.fromkeys(("treatment", *keys, "unit_id")) if name in rows.columns
    ]
    telling = [name for name in names if rows.get_column(name).n_unique() > 1] or names[:1]
    if not telling:
        return rows.with_columns(pl.lit("value").alias("group"))
    texts = [pl.col(name).cast(pl.String) for name in telling]
    different = rows.select(telling).n_unique()
    for separator in SEPARATORS:  # "a b" of "c" and "a" of "b c" are two groups
        named = pl.concat_str(texts, separator=separator, ignore_nulls=True).alias("group")
        found = rows.with_columns(named)
        if found.get_column("group").n_unique() == different:
            return found
    numbers = rows.with_row_index("_at").select(pl.col("_at").min().over(telling)).to_series()
    names_of = zip(found.get_column("group"), numbers, strict=True)
    return rows.with_columns(pl.Series("group", [f"{name} #{at + 1}" for name, at in names_of]))
