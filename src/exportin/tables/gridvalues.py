"""Plate grids to the well table: one decimal mark per file, every odd cell named."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from exportin.tables.grids import Grid
from exportin.tables.kinds import WellReadings
from exportin.tables.numbercolumn import doubtful_text, read_numbers, settle_format
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import well_name

SIZE = "plate_wells"
"""Column with the number of wells of the plate that a grid shows."""
SCHEMA = {column.name: column.dtype for column in WellReadings.columns} | {SIZE: pl.Float64}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRead:
    """One read of one plate: where its grid stands, and what it is called.

    ``prefix`` goes in front of the well in ``row_id``.
    """

    grid: Grid
    sample_id: str
    channel: str = ""
    prefix: str = ""


def well_frame(
    file: str, reads: Sequence[PlateRead], declared: str
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return one row per well that holds something, and what was noted.

    Beside the columns of `WellReadings` a row has ``plate_wells``, the size of its plate.

    Raises
    ------
    InputError
        With every cell that is neither number nor a word for missing.
    """
    cells = [
        (read, well_name(row, col), at, across)
        for read in reads
        for row, col, at, across in read.grid.wells()
        if read.grid.sheet.cell(at, across)
    ]
    texts = [read.grid.sheet.cell(at, across) for read, _, at, across in cells]

    def place(index: int) -> str:
        read, well, at, across = cells[index]
        return read.grid.sheet.place(at, across, well)

    if not cells:
        raise InputError(no_values(file))
    delimiter = reads[0].grid.sheet.delimiter
    form, assumed = settle_format(texts, declared, file=file, place=place, delimiter=delimiter)
    column = read_numbers(texts, form, file=file, place=place)
    doubtful = [
        doubtful_text(file, place(index), texts[index])
        for index, (read, _, at, across) in enumerate(cells)
        if (at, across) in read.grid.sheet.doubtful
    ]
    if column.problems or doubtful:
        raise InputError((*column.problems, *doubtful))
    columns = {
        "row_id": [f"{read.prefix}:{well}" for read, well, _, _ in cells],
        "file": [file] * len(cells),
        "sample_id": [read.sample_id for read, _, _, _ in cells],
        "well": [well for _, well, _, _ in cells],
        "channel": [read.channel for read, _, _, _ in cells],
        "value": column.values,
        "cause": column.causes,
        SIZE: [read.grid.size for read, _, _, _ in cells],
    }
    frame = pl.DataFrame(columns, schema=SCHEMA, strict=False)
    return frame, assumed + column.notes


def no_values(file: str) -> Problem:
    """Return the problem of grids without a single value."""
    return Problem(
        file=file,
        place="",
        message="The plate is empty: no well holds anything.",
        remedy="Export the plate with its readings.",
        code="no-values",
    )


def open_end(sheet: Sheet, file: str) -> tuple[Problem, ...]:
    """Note a text file whose last line does not end: its last number may lack digits."""
    last = sheet.rows[-1] if sheet.rows else ()
    if not sheet.ends_open or not last:
        return ()
    note = Problem(
        file=file,
        place=sheet.place(len(sheet.rows) - 1, len(last) - 1),
        message=f"The file ends behind '{last[-1][:40]}' without a line end.",
        remedy="If it was cut off, cells may be lost or lack digits: compare with the instrument.",
        code="no-line-end",
        severity="note",
    )
    return (note,)
