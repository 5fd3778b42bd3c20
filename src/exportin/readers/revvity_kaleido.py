"""Revvity (PerkinElmer) Kaleido of the EnSight: results as CSV, one grid below the other.

Seen: Kaleido 3.0, luminescence. Each grid has a small table above it (barcode, repeat, loop,
scan point, wavelengths) below a title 'Result for ...'. In version 2 a line 'Barcode:..., name:
value, ...' takes the place of the table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exportin.contract.reader import Reader, Request
from exportin.tables.decode import guess_encoding
from exportin.tables.gridcheck import check_grid, check_stated
from exportin.tables.grids import Grid, find_grids
from exportin.tables.gridtitle import transposed
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.names import clean
from exportin.tables.origin import Origin, Source
from exportin.tables.platereads import (
    CONTENT,
    WellRead,
    grid_cells,
    no_reads,
    pick_reads,
    read_frame,
    refuse_errors,
    rows_where,
    uneven_rows,
    varying,
)
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.tabbed import read_text_sheet
from exportin.tables.wells import well_name

NAME = "revvity_kaleido"
OPENING = re.compile(r"\s*\"?(?:EnSight|Kaleido) Results from")
TITLE = re.compile(r"Results? for[\s:]*(.*)$")
OLD_BARCODE = re.compile(r"Barcode:")
TRAILER = "Exported with Kaleido"
BEHIND = (
    *("Measurement Information", "Measurement Basic Information", "Instrument Information"),
    *("Protocol Information", "Plate Type Information", "Platemap", TRAILER),
)
NUMBERED = {
    "Repeat": "repeat",
    "Loop no": "cycle",
    "Well scan x": "scan_x",
    "Well scan y": "scan_y",
}
NAMED = ("Exc wl / filter", "Ems wl", "TRF Window", "Analysis Parameter", "Label-free Parameter")
STARTED = ("Measurement Started", "Measurement Date")
NO_CODE = ("", "-")


@dataclass(frozen=True, slots=True)
class Block:
    """One grid with its title and the table above it."""

    title: str
    info: dict[str, str]
    grid: Grid

    @property
    def numbers(self) -> dict[str, float | None]:
        """Repeat, loop and scan point, where they are stated."""
        texts = {ours: self.info.get(theirs, "") for theirs, ours in NUMBERED.items()}
        return {
            name: float(text.replace(",", ".")) if re.fullmatch(r"-?\d+([.,]\d+)?", text) else None
            for name, text in texts.items()
        }


def sniff(source: Source) -> bool:
    """Whether the file opens or closes with Kaleido's own lines."""
    text = head_text(source)
    if OPENING.match(text):
        return True
    if not TITLE.match(text.lstrip('" \n').split("\n", 1)[0]):
        return False
    tail = source.data[-4096:].decode(guess_encoding(source.data), errors="ignore")
    return TRAILER in tail


def read(source: Source, request: Request) -> WellReadings:
    """Read every measured grid into one row per well that holds something.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_text_sheet(source)
    sheet = book.sheets[0]
    blocks = list(find_blocks(sheet, source.name))
    notes = refuse_errors(
        [*check_blocks(sheet, blocks, source.name), *open_end(sheet, source.name)]
    )
    steps = sequence(sheet)
    raw = [block for block in blocks if is_measured(block.title, steps)]
    tell = varying([block.numbers for block in raw])
    when = first_value(sheet, STARTED)
    reads = [plate_read(block, blocks, source.stem, tell, when) for block in raw]
    rest = [block for block in blocks if block not in raw]
    derived = [plate_read(block, blocks, source.stem, tell, when) for block in rest]
    picked, left = pick_reads(reads, derived, request.channel, source.name)
    codes = platemap(sheet)
    content = {(read.sample_id, well): code for read in picked for well, code in codes.items()}
    frame, found = read_frame(source.name, sheet, picked, request.decimal, told={CONTENT: content})
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes, *found),
        unread=(*left, *unread_keys(sheet, blocks)),
    )


def section_row(sheet: Sheet, name: str) -> int:
    """Return the row of a section's title; the end of the sheet if there is none."""
    return next(rows_where(sheet, lambda text: text.rstrip(":") == name), len(sheet.rows))


def find_blocks(sheet: Sheet, file: str) -> Iterator[Block]:
    """Give every result grid; the grid of the platemap is none.

    Raises
    ------
    InputError
        No result grid, or a title without one.
    """
    titles = list(rows_where(sheet, lambda text: bool(TITLE.match(text))))
    first = titles[0] if titles else 0
    behind = (at for at in rows_where(sheet, lambda text: text.startswith(BEHIND)) if at > first)
    end = next(behind, len(sheet.rows))
    titles = [at for at in titles if at < end]
    grids = [grid for grid in find_grids(sheet) if first < grid.header < end]
    if not titles or not grids:
        raise InputError(transposed((sheet,), file) or no_results(file))
    for title, after in zip(titles, [*titles[1:], end], strict=True):
        if not any(title < grid.header < after for grid in grids):
            raise InputError(no_wells(sheet, title, file))
    free = 0
    for grid in grids:
        own = [at for at in titles if at < grid.header]
        match = TITLE.match(sheet.cell(own[-1], 0)) if own else None
        yield Block(
            title=clean(match.group(1)) if match else "",
            info=read_info(sheet, free, grid.header, file),
            grid=grid,
        )
        free = grid.end


def no_results(file: str) -> Problem:
    """Return the problem of a file without a result grid."""
    return no_reads(
        file,
        "No title 'Result for ...' with a plate grid below it was found.",
        "Export from Kaleido as CSV in the plate format.",
    ).problems[0]


def no_wells(sheet: Sheet, at: int, file: str) -> Problem:
    """Return the problem of a title without a grid."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"No wells stand below '{sheet.cell(at, 0)[:40]}'.",
        remedy="If the file was cut off, export it again; export in the plate format.",
        code="no-wells",
    )


def read_info(sheet: Sheet, start: int, end: int, file: str) -> dict[str, str]:
    """Return what stands between the last grid and this one about the read, by name."""
    for at in range(end - 1, start - 1, -1):
        if OLD_BARCODE.match(sheet.cell(at, 0)):
            parts = [cell.partition(":") for cell in sheet.rows[at]]
            return {column_name(name): text.strip() for name, mark, text in parts if mark}
        if "Barcode" not in sheet.rows[at]:
            continue
        names = [name for name in sheet.rows[at] if name]
        if len(set(names)) < len(names) or any(sheet.rows[at + 1][len(sheet.rows[at]) :]):
            raise InputError(
                Problem(
                    file=file,
                    place=sheet.line(at + 1),
                    message="The line does not fit its header ('Barcode,Repeat,...').",
                    remedy="Export the file again; names with commas must stand in quotes.",
                    code="plate-information",
                )
            )
        return {name: sheet.cell(at + 1, col) for col, name in enumerate(sheet.rows[at]) if name}
    return {}


def column_name(text: str) -> str:
    """Return the name version 3 gives to what version 2 writes without blanks.

    >>> column_name("AnalysisParameter"), column_name("WellScanX"), column_name("Flashes")
    ('Analysis Parameter', 'Well scan x', 'Flashes')
    """
    bare = {name.replace(" ", "").casefold(): name for name in ("Barcode", *NUMBERED, *NAMED)}
    return bare.get(text.replace(" ", "").casefold(), text.strip())


def check_blocks(sheet: Sheet, blocks: list[Block], file: str) -> Iterator[Problem]:
    """Find grids that are not whole or not of the size that the file states, and a lost end."""
    stated = stated_size(sheet)
    for block in blocks:
        yield from check_grid(block.grid, file) or uneven_rows(block.grid, file)
        yield from check_stated(block.grid, stated, file)
    if not any(True for _ in rows_where(sheet, lambda text: text.startswith(TRAILER))):
        yield Problem(
            file=file,
            place="",
            message=f"The file has no last line '{TRAILER} ...'.",
            remedy="If it was cut off, whole reads may be missing: compare with the instrument.",
            code="no-trailer",
            severity="note",
        )


def stated_size(sheet: Sheet) -> int | None:
    """Return the number of wells of the plate type; rows and columns may change places there."""
    rows, cols = (first_value(sheet, (name,)) for name in ("Number of Rows", "Number of Columns"))
    return int(rows) * int(cols) if rows.isdecimal() and cols.isdecimal() else None


def first_value(sheet: Sheet, names: tuple[str, ...]) -> str:
    """Return the first text to the right of the first of the names that has one."""
    for name in names:
        for at in rows_where(sheet, bool):
            found = next(filter(None, sheet.rows[at][1:]), "")
            if found and sheet.cell(at, 0).rstrip(":") == name:
                return found
    return ""


def sequence(sheet: Sheet) -> frozenset[str]:
    """Return the steps of the measurement; a result of another name was calculated."""
    start = section_row(sheet, "Measurement Sequence")
    found = []
    for at in range(start + 1, len(sheet.rows)):
        if sheet.is_blank(at):
            break
        found.append(clean(sheet.cell(at, 0)))
    return frozenset(found)


def is_measured(title: str, steps: frozenset[str]) -> bool:
    """Whether a result is named like a step of the measurement, with or without a number.

    >>> is_measured("Lum 1 1", frozenset({"Lum 1"})), is_measured("Ratio 1", frozenset({"Lum 1"}))
    (True, False)
    """
    return not steps or any(f"{title} ".startswith(f"{step} ") for step in steps)


def plate_read(
    block: Block, blocks: list[Block], stem: str, tell: frozenset[str], when: str
) -> WellRead:
    """Return the cells of a block with what tells it from others."""
    fellows = [other for other in blocks if other.title == block.title]
    parts = [
        f"{name} {block.info.get(name, '')}".strip()
        for name in NAMED
        if len({other.info.get(name, "") for other in fellows}) > 1
    ]
    numbers = {name: value for name, value in block.numbers.items() if name in tell}
    return WellRead(
        sample_id=clean(block.info.get("Barcode", "")) or stem,
        channel=", ".join(filter(None, (block.title, *parts))),
        size=block.grid.size,
        cells=grid_cells(block.grid),
        key="/".join(f"{name}={value:g}" for name, value in numbers.items() if value is not None),
        columns={**numbers, **({MEASURED_AT: when} if when else {})},
    )


def platemap(sheet: Sheet) -> dict[str, str]:
    """Return well to the code of the platemap, where one was typed."""
    start = section_row(sheet, "Platemap")
    grid = next((grid for grid in find_grids(sheet) if grid.header > start), None)
    if grid is None:
        return {}
    codes = {
        well_name(row, col): sheet.cell(at, across)
        for row, col, at, across in grid.wells()
        if row >= 0
    }
    return {well: code for well, code in codes.items() if code not in NO_CODE}


def unread_keys(sheet: Sheet, blocks: list[Block]) -> tuple[str, ...]:
    """Name what was not used: columns of the table, the head of the file and its sections."""
    used = {"Barcode", *NUMBERED, *NAMED}
    keys = [key for block in blocks for key in block.info if key not in used]
    inside = {at for block in blocks for at in range(block.grid.header, block.grid.end)}
    names = [sheet.cell(at, 0).rstrip(":") for at in rows_where(sheet, bool) if at not in inside]
    skip = (*STARTED, "Number of Rows", "Number of Columns", "Barcode")
    barcodes = {block.info.get("Barcode", "") for block in blocks}
    said = [
        name
        for name in names
        if name not in skip
        and name not in barcodes
        and not TITLE.match(name)
        and not name.startswith((TRAILER, "EnSight Results", "Kaleido Results"))
        and len(name) > 2
    ]
    return tuple(dict.fromkeys([*keys, *said]))


READER = Reader(
    name=NAME,
    title="Revvity Kaleido (EnSight), plate export (CSV)",
    kinds=(WellReadings,),
    suffixes=(".csv", ".txt", ".tsv"),
    sniff=sniff,
    read=read,
    tested=("luminescence_endpoint_single_plate_example_01.csv",),
    limits=(
        "The list format (one well per line) is refused.",
        "Loops get their number: the file states no seconds.",
    ),
)
