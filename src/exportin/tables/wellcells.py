"""Cells of a sheet that each hold the reading of one well, to the well table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from exportin.tables.kinds import WellReadings
from exportin.tables.numbercolumn import doubtful_text, read_numbers, settle_format
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wells import PLATES, well_name, well_position

SIZE = "plate_wells"
"""Column with the number of wells of the plate that a file shows."""
SCHEMA = {column.name: column.dtype for column in WellReadings.columns} | {SIZE: pl.Float64}


@dataclass(frozen=True, slots=True, kw_only=True)
class WellCell:
    """One reading of one well: the cell it stands in, and what it is called.

    Parameters
    ----------
    sheet, at, col
        Sheet, row and column of the cell, counted from zero.
    well
        Canonical name (``A01``).
    sample_id, channel
        Plate and read, as the file names them.
    prefix
        Goes in front of the well in ``row_id``.
    size
        Number of wells of the plate; ``None`` where the file does not say.
    extra
        Further columns of this row: texts or numbers.
    """

    sheet: Sheet
    at: int
    col: int
    well: str
    sample_id: str
    channel: str = ""
    prefix: str = ""
    size: int | None = None
    extra: Mapping[str, str | float | None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What stands in the cell."""
        return self.sheet.cell(self.at, self.col)

    @property
    def place(self) -> str:
        """Where the cell stands, for a message."""
        return self.sheet.place(self.at, self.col, self.well)


def cells_frame(
    file: str, cells: Sequence[WellCell], declared: str
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return one row per cell, one decimal mark for all, and what was noted.

    Beside the columns of `WellReadings` a row has ``plate_wells`` and what the cells bring.

    Raises
    ------
    InputError
        With every cell that is neither number nor a word for missing, and every row id that
        stands twice.
    """
    texts = [cell.text for cell in cells]

    def place(index: int) -> str:
        return cells[index].place

    delimiter = cells[0].sheet.delimiter if cells else ""
    form, assumed = settle_format(texts, declared, file=file, place=place, delimiter=delimiter)
    column = read_numbers(texts, form, file=file, place=place)
    doubtful = [
        doubtful_text(file, cell.place, cell.text)
        for cell in cells
        if (cell.at, cell.col) in cell.sheet.doubtful
    ]
    twice = twice_read(file, cells)
    if column.problems or doubtful or twice:
        raise InputError((*column.problems, *doubtful, *twice))
    columns = {
        "row_id": [f"{cell.prefix}:{cell.well}" for cell in cells],
        "file": [file] * len(cells),
        "sample_id": [cell.sample_id for cell in cells],
        "well": [cell.well for cell in cells],
        "channel": [cell.channel for cell in cells],
        "value": column.values,
        "cause": column.causes,
        SIZE: [cell.size for cell in cells],
    }
    frame = pl.DataFrame(columns, schema=SCHEMA, strict=False)
    return frame.with_columns(extra_columns(cells)), assumed + column.notes


def extra_columns(cells: Sequence[WellCell]) -> list[pl.Series]:
    """Return the further columns that the cells bring; numbers where all are numbers."""
    names = dict.fromkeys(name for cell in cells for name in cell.extra)
    found = []
    for name in names:
        values = [cell.extra.get(name) for cell in cells]
        numeric = all(value is None or isinstance(value, int | float) for value in values)
        if not numeric:
            values = [None if value is None else str(value) for value in values]
        found.append(pl.Series(name, values, dtype=pl.Float64 if numeric else pl.String))
    return found


def twice_read(file: str, cells: Sequence[WellCell]) -> list[Problem]:
    """Return a problem for each well that one read of one plate holds twice."""
    seen: dict[tuple[str, str], WellCell] = {}
    out = []
    for cell in cells:
        first = seen.setdefault((cell.prefix, cell.well), cell)
        if first is not cell:
            out.append(
                Problem(
                    file=file,
                    place=cell.place,
                    message=f"Well {cell.well} stands here for the second time "
                    f"(first: {first.place}).",
                    remedy="Each well stands once per plate and read: export the plate again.",
                    code="duplicate-well",
                )
            )
    return out


def whole_plate(wells: Sequence[str]) -> int | None:
    """Return the size of the plate that these wells fill, ``None`` if they fill none.

    >>> from exportin.tables.wells import well_name
    >>> whole_plate([well_name(row, col) for row in range(8) for col in range(12)])
    96
    >>> whole_plate(["A01", "B02"]) is None
    True
    """
    held = set(wells)
    size = smallest_plate(wells)
    return size if size is not None and len(held) == size else None


def smallest_plate(wells: Sequence[str]) -> int | None:
    """Return the smallest plate that has all these wells.

    >>> smallest_plate(["B02", "G11"]), smallest_plate(["P22"])
    (96, 384)
    """
    places = [place for place in map(well_position, wells) if place]
    if not places:
        return None
    row, col = max(row for row, _ in places), max(col for _, col in places)
    return next((size for size, (rows, cols) in PLATES.items() if row < rows and col < cols), None)


def grid_wells(rows: int, cols: int) -> list[str]:
    """Name all wells of a plate, row by row.

    >>> grid_wells(2, 2)
    ['A01', 'A02', 'B01', 'B02']
    """
    return [well_name(row, col) for row in range(rows) for col in range(cols)]
