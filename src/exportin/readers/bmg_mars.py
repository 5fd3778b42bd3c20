"""BMG Labtech MARS: microplate views exported as CSV (PHERAstar, CLARIOstar, ...).

Seen: versions 3.40 and later, absorbance, fluorescence and luminescence, 384 and 1536
wells, with and without the trailing delimiters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridcheck import check_grid
from exportin.tables.grids import Grid, find_grids
from exportin.tables.gridtitle import transposed
from exportin.tables.gridvalues import PlateRead, well_frame
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.names import clean
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet

NAME = "bmg_mars"
RAW = re.compile(r"Raw Data\s*\((.*)\)$", re.IGNORECASE)
KEY = re.compile(r"([^:]{1,40}):\s*(.*)$")
USED = ("ID1", "Date", "Time")
HEAD_LINES = 5  # User and Path stand on the first line; empty lines may come before


@dataclass(frozen=True, slots=True)
class Block:
    """One grid of the file under its heading; ``channel`` is ``None`` if it is not raw data."""

    grid: Grid
    heading: str
    channel: str | None


def read_header(sheet: Sheet, end: int) -> dict[str, str]:
    """Return what the lines above the first grid say: ``User``, ``Path``, ``ID1``, ``Date`` ...

    A line without a colon (``Luminescence``) is a key of its own without value.
    """
    found: dict[str, str] = {}
    for row in sheet.rows[:end]:
        for text in filter(None, row):
            match = KEY.match(text)
            if match:
                found[match.group(1).strip()] = match.group(2).strip()
            elif not RAW.match(text):
                found[text] = ""
    return found


def find_blocks(sheet: Sheet) -> Iterator[Block]:
    """Give every grid with the nearest heading above it."""
    free = 0
    for grid in find_grids(sheet):
        above = [row[0] for row in sheet.rows[free : grid.header] if row and row[0]]
        heading = above[-1] if above else ""
        match = RAW.match(heading)
        yield Block(grid, heading, (match.group(1).strip() or "raw") if match else None)
        free = grid.end


def sniff(source: Source) -> bool:
    """Whether the file opens with MARS' own lines and has a raw data heading."""
    try:
        sheet = read_sheets(source).sheets[0]
    except InputError:
        return False
    head = [text for row in sheet.rows[:HEAD_LINES] for text in row]
    opens = all(any(text.startswith(key) for text in head) for key in ("User:", "Path:"))
    return sheet.is_text and opens and any(row and RAW.match(row[0]) for row in sheet.rows)


def read(source: Source, request: Request) -> WellReadings:
    """Read every raw data grid of a MARS file into one row per well that holds something.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheet = book.sheets[0]
    blocks = tuple(find_blocks(sheet))
    raw = [block for block in blocks if block.channel is not None]
    if not raw:
        raise InputError(transposed((sheet,), source.name) or no_raw_data(source.name))
    picked = pick(raw, request.channel, source.name)
    found = [p for block in picked for p in check_grid(block.grid, source.name, selection=True)]
    found += check_end(sheet, source.name)
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    header = read_header(sheet, blocks[0].grid.header)
    reads = plate_reads(source, header, picked, several=len(raw) > 1)
    frame, notes = well_frame(source.name, reads, request.decimal)
    when = " ".join(filter(None, (header.get("Date"), header.get("Time"))))
    if when:
        frame = frame.with_columns(pl.lit(when).alias(MEASURED_AT))
    others = [block.heading or "grid without heading" for block in blocks if block not in picked]
    unread = [key for key in header if key not in USED] + others
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *found, *notes),
        unread=tuple(unread),
    )


def plate_reads(
    source: Source, header: dict[str, str], picked: list[Block], *, several: bool
) -> list[PlateRead]:
    """Name the plate by its ID1, and tell channels apart in row ids where there are several."""
    return [
        PlateRead(
            grid=block.grid,
            sample_id=clean(header.get("ID1", "")) or source.stem,
            channel=block.channel or "",
            prefix=f"{source.name}#{block.channel}" if several else source.name,
        )
        for block in picked
    ]


def pick(raw: list[Block], channel: str, file: str) -> list[Block]:
    """Return the blocks of the channel the study asks for; all if it asks for none."""
    names = [str(block.channel) for block in raw]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        second = [block for block in raw if block.channel == twice[0]][1]
        raise InputError(
            Problem(
                file=file,
                place=second.grid.sheet.line(second.grid.header),
                message=f"Two grids are headed 'Raw Data ({twice[0]})'.",
                remedy="Export one plate and one measurement per file.",
                code="duplicate-channel",
            )
        )
    if not channel:
        return raw
    found = [block for block in raw if channel in (block.channel, block.heading)]
    if not found:
        message = f"There is no raw data of channel '{channel}'."
        remedy = nearest(channel, names)
        raise InputError(
            Problem(file=file, place="", message=message, remedy=remedy, code="unknown-channel")
        )
    return found


def no_raw_data(file: str) -> Problem:
    """Say why no raw data grid was found."""
    return Problem(
        file=file,
        place="",
        message="No 'Raw Data (...)' heading with a plate grid below it was found.",
        remedy="Export the microplate view of the raw data from MARS as CSV.",
        code="no-raw-data",
    )


def check_end(sheet: Sheet, file: str) -> list[Problem]:
    """Refuse a file that ends within a line: its last number may lack digits."""
    last = sheet.rows[-1] if sheet.rows else ()
    if not sheet.ends_open or not last:
        return []
    return [
        Problem(
            file=file,
            place=sheet.place(len(sheet.rows) - 1, len(last) - 1),
            message=f"The file ends behind '{last[-1][:40]}' without a line end.",
            remedy="It may be cut off: export it again, or add a line end if it is complete.",
            code="file-cut-off",
        )
    ]


READER = Reader(
    name=NAME,
    title="BMG Labtech MARS, microplate view (CSV)",
    kinds=(WellReadings,),
    suffixes=(".csv", ".txt", ".tsv"),
    sniff=sniff,
    read=read,
    rank=0,
    tested=(
        "16-02-29 14-34-46 Transcreener ADP2 FI.csv",
        "16-03-03 16-54-03 472 ABS 384 QC.csv",
        "MARS V3.40 V2 Output Missing line end separators.csv",
        "bmg_mars_fluorescence.csv",
        "bmg_mars_luminescence_1536.csv",
    ),
    limits=(
        "Microplate views of raw data; blank-corrected and other computed grids are not read.",
        "No kinetic tables.",
    ),
)
