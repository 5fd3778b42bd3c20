"""Names for rows that do not depend on their order."""

import polars as pl

from exportin.readers.long_table.header import Header
from exportin.tables.numbercolumn import limited
from exportin.tables.problems import Problem
from exportin.tables.workbook import cell_text


def add_row_ids(frame: pl.DataFrame, read: tuple[str, ...], file: str) -> pl.DataFrame:
    """Add ``row_id``: the well where there is one, else all that tells the row apart.

    Rows that nothing tells apart are numbered by their value, so that the order of the
    rows in the file does not matter.
    """
    if frame.get_column("well").null_count() == 0:
        return frame.with_columns(well_id(frame, file).alias("row_id"))
    names = sorted(name for name in read if name not in ("value", "cause"))
    parts = [dose_text(frame) if name == "dose" else escaped(name) for name in names]
    told = pl.concat_str(parts, separator="|") if parts else pl.lit("")
    key = pl.concat_str([pl.lit(f"{file}:"), told])
    frame = frame.with_columns(key.alias("_key")).with_row_index("_at")
    number = pl.int_range(1, pl.len() + 1).over("_key")
    ordered = frame.sort("_key", "value", "cause", "_at", nulls_last=True)
    numbered = ordered.with_columns(
        pl.when(pl.len().over("_key") == 1)
        .then(pl.col("_key"))
        .otherwise(pl.concat_str([pl.col("_key"), pl.lit("#"), number]))
        .alias("row_id")
    )
    return numbered.sort("_at").drop("_at", "_key")


def well_id(frame: pl.DataFrame, file: str) -> pl.Expr:
    """Name rows by well, with plate and channel in front where there are several."""
    several = {name: frame.get_column(name).n_unique() > 1 for name in ("channel", "sample_id")}
    parts: list[pl.Expr] = [pl.lit(file)]
    if several["channel"]:
        parts += [pl.lit("#"), escaped("channel")]
    if several["sample_id"]:
        parts += [pl.lit(":"), escaped("sample_id")]
    return pl.concat_str([*parts, pl.lit(":"), pl.col("well")])


def escaped(name: str) -> pl.Expr:
    """Return a text column in which our separators cannot be mistaken for its own."""
    column = pl.col(name)
    for mark in ("\\", "|", "#", ":"):
        column = column.str.replace_all(mark, f"\\{mark}", literal=True)
    return column


def dose_text(frame: pl.DataFrame) -> pl.Expr:
    """Write doses the same way however the file wrote them (10, 10.0, 1e1)."""
    doses = frame.get_column("dose").unique().to_list()
    texts = {dose: cell_text(dose) for dose in doses}
    return pl.col("dose").replace_strict(
        pl.Series(list(texts), dtype=pl.Float64),
        pl.Series(list(texts.values()), dtype=pl.String),
        return_dtype=pl.String,
    )


def duplicate_wells(frame: pl.DataFrame, header: Header, file: str) -> tuple[Problem, ...]:
    """Find wells that stand in the table twice on one plate."""
    if frame.get_column("well").null_count() == len(frame):
        return ()
    keys = ["sample_id", "well", "channel"]
    twice = frame.select(keys).with_row_index("_at")
    twice = twice.with_columns(pl.col("_at").first().over(keys).alias("_first"))
    twice = twice.filter(pl.col("_at") != pl.col("_first"))
    problems = [
        Problem(
            file=file,
            place=header.sheet.line(header.rows[row["_at"]]),
            message=(
                f"Well {row['well']} of '{row['sample_id']}' stands here for the second time "
                f"(first: {header.sheet.line(header.rows[row['_first']])})."
            ),
            remedy="Keep one row per well, or map the plate's column to sample_id.",
            code="duplicate-well",
        )
        for row in twice.iter_rows(named=True)
    ]
    return limited(problems, file)
