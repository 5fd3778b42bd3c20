"""Puts the columns together: constants, sample, channel and row ids."""

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.long_table.columns import Columns
from exportin.readers.long_table.header import Header
from exportin.readers.long_table.measured import read_measured
from exportin.readers.long_table.rowids import add_row_ids, duplicate_wells
from exportin.readers.long_table.words import read_words
from exportin.tables.gridvalues import open_end
from exportin.tables.kinds import Values, WellReadings
from exportin.tables.numbercolumn import limited
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, nearest

FIRST = {
    False: [column.name for column in WellReadings.columns],
    True: [column.name for column in Values.columns],
}


def build(
    source: Source, header: Header, columns: Columns, request: Request
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return the typed table and what was noted.

    Raises
    ------
    InputError
        With every cell and row that cannot be used.
    """
    file = source.name
    measured = read_measured(header, columns, file, request.decimal)
    words = read_words(header, columns, file)
    problems = [*measured.problems, *words.problems, *bad_constants(columns, file)]
    if problems:
        raise InputError(problems)
    frame = pl.DataFrame(measured.columns | words.columns).with_columns(
        pl.lit(value).alias(name) for name, value in columns.constants.items()
    )
    frame = complete(frame, source)
    problems += [*no_sample(frame, header, columns, file), *duplicate_wells(frame, header, file)]
    if problems:
        raise InputError(problems)
    frame = add_row_ids(frame, tuple(columns.at), file)
    frame = one_channel(frame, request.channel, file)
    first = FIRST[issubclass(request.kind, Values)]
    frame = frame.select(first + [name for name in frame.columns if name not in first])
    return frame, (*measured.notes, *words.notes, *open_end(header.sheet, file))


def complete(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Add the promised columns that the file does not have."""
    sample = pl.col("plate") if "plate" in frame.columns else pl.lit(source.stem)
    absent = {
        "sample_id": sample.cast(pl.String),
        "well": pl.lit(None, dtype=pl.String),
        "channel": pl.lit(""),
    }
    return frame.with_columns(
        pl.lit(source.name).alias("file"),
        *(made.alias(name) for name, made in absent.items() if name not in frame.columns),
    )


def bad_constants(columns: Columns, file: str) -> list[Problem]:
    """Find constants of the wrong type: doses are numbers, everything else is text."""
    dose = columns.constants.get("dose")
    if dose is None or isinstance(dose, float):
        return []
    message, remedy = f"The dose '{dose}' of the study file is text.", "Write dose = 10, a number."
    return [Problem(file=file, place="", message=message, remedy=remedy, code="not-a-number")]


def no_sample(frame: pl.DataFrame, header: Header, columns: Columns, file: str) -> list[Problem]:
    """Find rows that do not say which plate or animal they belong to."""
    col = columns.at.get("sample_id", columns.at.get("plate", 0))
    empty = frame.get_column("sample_id").str.len_chars() == 0
    problems = [
        Problem(
            file=file,
            place=header.place(header.rows[index], col),
            message="The row does not say which sample it belongs to.",
            remedy="Fill in the cell.",
            code="no-sample",
        )
        for index in empty.arg_true().to_list()
    ]
    return list(limited(problems, file))


def one_channel(frame: pl.DataFrame, channel: str, file: str) -> pl.DataFrame:
    """Keep the rows of the channel the study asks for; all if it asks for none."""
    if not channel:
        return frame
    kept = frame.filter(pl.col("channel") == channel)
    if kept.is_empty():
        known = frame.get_column("channel").unique().to_list()
        message = f"There is no channel '{channel}'."
        raise InputError(
            Problem(
                file=file,
                place="",
                message=message,
                remedy=nearest(channel, known),
                code="unknown-channel",
            )
        )
    return kept
