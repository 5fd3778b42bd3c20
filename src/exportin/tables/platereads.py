"""Reads of plates to the well table, for files that are more than plain plate grids.

An instrument file may hold several plates, wavelengths and times, grids without row letters, and
wells side by side. A reader finds which cells belong to which read; this room names the reads,
picks those that are meant and turns them into rows.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import polars as pl

from exportin.tables.grids import Grid
from exportin.tables.gridvalues import no_values
from exportin.tables.numbercolumn import settle_format
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import WellCell, cells_frame
from exportin.tables.wells import well_name

TIME = "time_s"
"""Column that a reader may add: seconds since the first read, as the file states them."""
CONTENT = "content"
"""Column that a reader may add: what the instrument's software was told stands in the well."""

Cell: TypeAlias = tuple[str, int, int]
"""A well and the row and column of the sheet where its value stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WellRead:
    """One read of one plate.

    Parameters
    ----------
    sample_id, channel, size
        What the plate and the read are called, and how many wells the plate has.
    cells
        Where the value of each well stands.
    key
        What tells the read from others of the same plate and channel (a time, a scan point).
    columns
        Further columns of the table; one value for all wells of the read.
    prefix
        What goes in front of the well in ``row_id``; `name_reads` fills it.
    """

    sample_id: str
    channel: str
    size: int | None
    cells: tuple[Cell, ...]
    key: str = ""
    columns: Mapping[str, str | float | None] = field(default_factory=dict)
    prefix: str = ""


def grid_cells(grid: Grid) -> tuple[Cell, ...]:
    """Return the cells of a plate grid; lines whose letters no plate has are for ``check_grid``.

    >>> from exportin.tables.grids import find_grids
    >>> sheet = Sheet(name="P", rows=(("", "1", "2", "3"), ("A", "5", "6", "7"), ("B", "8")))
    >>> grid_cells(find_grids(sheet)[0])[:2]
    (('A01', 1, 1), ('A02', 1, 2))
    """
    return tuple(
        (well_name(row, col), at, across) for row, col, at, across in grid.wells() if row >= 0
    )


def name_reads(file: str, reads: Sequence[WellRead]) -> list[WellRead]:
    """Put into each ``row_id`` what tells the reads of a file apart, and nothing else.

    >>> one = WellRead(sample_id="P1", channel="450", size=96, cells=())
    >>> [read.prefix for read in name_reads("a.txt", [one, replace(one, channel="620")])]
    ['a.txt#450', 'a.txt#620']
    """
    plates = len({read.sample_id for read in reads}) > 1
    channels = len({read.channel for read in reads}) > 1

    def prefix(read: WellRead) -> str:
        parts = (read.sample_id if plates else "", read.channel if channels else "", read.key)
        told = "/".join(part for part in parts if part)
        return f"{file}#{told}" if told else file

    return [replace(read, prefix=prefix(read)) for read in reads]


def pick_reads(
    raw: Sequence[WellRead], derived: Sequence[WellRead], channel: str, file: str
) -> tuple[list[WellRead], tuple[str, ...]]:
    """Return the reads that are meant, and the names of those that are left.

    Without a channel all raw reads are meant; numbers that the instrument's software calculated
    are given only where the study names them.

    Raises
    ------
    InputError
        There is no such channel, or nothing but calculated numbers.
    """
    named = name_reads(file, raw)
    computed = [
        replace(
            read,
            prefix="/".join(filter(None, (f"{file}#{read.sample_id}", read.channel, read.key))),
        )
        for read in derived
    ]
    everything = [*named, *computed]
    names = list(dict.fromkeys(read.channel for read in everything))
    picked = [read for read in everything if read.channel == channel] if channel else named
    if picked:
        kept = {read.channel for read in picked}
        return picked, tuple(name for name in names if name not in kept)
    if channel:
        raise no_reads(
            file, f"There is no read of channel '{channel}'.", nearest(channel, names),
            "unknown-channel",
        )  # fmt: skip
    more = f', or write channel = "{names[0]}" in the block.' if names else "."
    raise no_reads(
        file,
        "The file holds no raw reads" + (", only calculated numbers." if names else "."),
        f"Export the raw data from the instrument's software{more}",
    )


def read_frame(
    file: str,
    sheet: Sheet,
    reads: Sequence[WellRead],
    declared: str,
    *,
    hints: Iterable[tuple[int, int]] = (),
    told: Mapping[str, Mapping[tuple[str, str], str]] | None = None,
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return one row per well that holds something, and what was noted.

    Parameters
    ----------
    file, sheet
        Where the cells stand.
    reads
        As `pick_reads` gives them.
    declared
        Decimal mark of the study file, if any.
    hints
        Cells that are no readings but numbers of the same file (temperatures): they help to tell
        a decimal point from a decimal comma.
    told
        Further columns: name to ``(sample_id, well)`` to what the file says of that well.

    Raises
    ------
    InputError
        With every cell that is neither number nor a word for missing, and wells given twice.
    """
    said = {name: wells for name, wells in (told or {}).items() if wells}
    cells = [
        WellCell(
            sheet=sheet,
            at=row,
            col=col,
            well=well,
            sample_id=read.sample_id,
            channel=read.channel,
            prefix=read.prefix,
            size=read.size,
            extra={**read.columns, **at_well(said, (read.sample_id, well))},
        )
        for read in reads
        for well, row, col in read.cells
        if sheet.cell(row, col)
    ]
    if not cells:
        raise InputError(no_values(file))
    mark, assumed = settle_mark(file, sheet, cells, declared, hints)
    frame, notes = cells_frame(file, cells, mark)
    return frame, (*assumed, *notes)


def at_well(
    said: Mapping[str, Mapping[tuple[str, str], str]], well: tuple[str, str]
) -> dict[str, str]:
    """Return what is said of one well of one plate, by column."""
    return {name: wells.get(well, "") for name, wells in said.items()}


def settle_mark(
    file: str,
    sheet: Sheet,
    cells: Sequence[WellCell],
    declared: str,
    hints: Iterable[tuple[int, int]],
) -> tuple[str, tuple[Problem, ...]]:
    """Return the decimal mark of readings and hints together; empty where no hint was given."""
    known = [(row, col) for row, col in hints if any(map(str.isdigit, sheet.cell(row, col)))]
    if declared or not known:
        return declared, ()
    places = [(cell.at, cell.col) for cell in cells] + known
    form, notes = settle_format(
        [sheet.cell(row, col) for row, col in places],
        declared,
        file=file,
        place=lambda index: sheet.place(*places[index]),
        delimiter=sheet.delimiter,
    )
    return form.decimal, notes


def varying(reads: Sequence[Mapping[str, float | None]]) -> frozenset[str]:
    """Return the names under which the reads differ; the others tell nothing.

    >>> sorted(varying([{"cycle": 0.0, "scan_x": 0.0}, {"cycle": 1.0, "scan_x": 0.0}]))
    ['cycle']
    """
    names = {name for read in reads for name in read}
    return frozenset(n for n in names if len({read.get(n) for read in reads}) > 1)


def plate_names(plates: Iterable[tuple[str, str]], stem: str) -> dict[tuple[str, str], str]:
    """Return the sample name of each plate: its own, else the file's; never one for two plates.

    ``plates`` are the numbers of plates in the file with their names or barcodes.

    >>> plate_names([("1", ""), ("2", "")], "run7")
    {('1', ''): 'run7 plate 1', ('2', ''): 'run7 plate 2'}
    >>> plate_names([("1", ""), ("2", "P2")], "run7")
    {('1', ''): 'run7', ('2', 'P2'): 'P2'}
    """
    base = {plate: plate[1] or stem for plate in plates}
    shared = Counter(base.values())
    return {
        plate: name if shared[name] == 1 else f"{name} plate {plate[0]}"
        for plate, name in base.items()
    }


def uneven_rows(grid: Grid, file: str) -> Iterator[Problem]:
    """Find lines of a grid with fewer cells than most: a delimiter was lost, the rest moved left.

    For files whose lines all end with a delimiter; there a row may seem long enough and is not.
    """
    widths = [len(grid.sheet.rows[row.at]) for row in grid.rows]
    usual = max(Counter(widths).items(), key=lambda item: (item[1], item[0]))[0]
    for row, width in zip(grid.rows, widths, strict=True):
        if width != usual:
            yield Problem(
                file=file,
                place=grid.sheet.line(row.at),
                message=f"The line has {width} cells, its neighbors have {usual}.",
                remedy="A delimiter was lost or added, or the file was cut off: export it again.",
                code="row-width",
            )


def no_reads(file: str, message: str, remedy: str, code: str = "no-raw-data") -> InputError:
    """Return the refusal of a file in which the readings were not found."""
    return InputError(Problem(file=file, place="", message=message, remedy=remedy, code=code))


def refuse_errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the notes among problems; raise where there is an error."""
    found = tuple(problems)
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    return found


def rows_where(sheet: Sheet, test: Callable[[str], bool]) -> Iterator[int]:
    """Give the rows of a sheet whose first cell holds something that passes a test."""
    return (at for at, row in enumerate(sheet.rows) if row and row[0] and test(row[0]))
