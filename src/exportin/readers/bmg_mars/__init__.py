"""BMG Labtech MARS and SMART Control: microplate and table views (CLARIOstar, PHERAstar, ...).

Seen: MARS 3.40 and later, absorbance, fluorescence and luminescence, 384 and 1536 wells, with
and without the trailing delimiters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exportin.contract.reader import Reader, Request
from exportin.readers.bmg_mars.grids import (
    Block,
    block_reads,
    check_blocks,
    find_blocks,
    headings_without_grid,
)
from exportin.readers.bmg_mars.plates import Plate, find_plates, name_plates, opens_mars
from exportin.readers.bmg_mars.table import read_table, table_reads, table_starts
from exportin.readers.bmg_mars.words import raw_heading
from exportin.tables.cells import read_sheets
from exportin.tables.gridcheck import check_grid
from exportin.tables.grids import Grid, find_grids
from exportin.tables.gridtitle import transposed
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_sheets
from exportin.tables.platereads import CONTENT, WellRead, pick_reads, read_frame, refuse_errors
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

NAME = "bmg_mars"


@dataclass(frozen=True, slots=True)
class View:
    """One sheet of the file: its grids, tables and plates."""

    sheet: Sheet
    grids: tuple[Grid, ...]
    tables: tuple[int, ...]
    plates: tuple[Plate, ...]


def sniff(source: Source) -> bool:
    """Whether the file opens with MARS' own lines: the user, then the path."""
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    return any(map(opens_mars, sheets))


def read(source: Source, request: Request) -> WellReadings:
    """Read the raw data of a MARS file into one row per well and read.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    view = pick_view(pick_sheets(book.sheets, request.sheet, source.name), source.name)
    sheet = view.sheet
    plates = plates_with_data(view)
    names, problems = name_plates(plates, source.stem, sheet, source.name)
    problems += [*sheet.problems, *check_end(sheet, source.name)]
    blocks = tuple(find_blocks(view.grids, plates))
    problems += check_blocks(blocks, source.name)
    if blocks:
        problems += headings_without_grid(sheet, view.grids, view.plates, source.name)
    raw, derived = block_reads(blocks, plates, names)
    content: dict[tuple[str, str], str] = {}
    for at in view.tables:
        number = next(i for i, plate in enumerate(plates) if plate.start <= at < plate.end)
        table = read_table(sheet, at, plates[number], source.name)
        found = table_reads(table, plates[number], names[number])
        raw, derived, content = raw + found[0], derived + found[1], content | found[2]
    if not raw and not request.channel:
        raise InputError(transposed((sheet,), source.name) or no_raw_data(sheet, derived, source))
    picked, others = pick_reads(raw, derived, channel_of(request.channel), source.name)
    problems += check_picked(blocks, picked, source.name)
    notes = once(refuse_errors(problems))
    frame, more = read_frame(source.name, sheet, picked, request.decimal, told={CONTENT: content})
    unused = [key for plate in plates for key in plate.unused]
    sheets = [f"sheet {one.name}" for one in book.sheets if one is not sheet and one.rows]
    return WellReadings(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes, *more),
        unread=tuple(dict.fromkeys((*unused, *others, *sheets))),
    )


def look(sheet: Sheet) -> View:
    """Return the grids, tables and plates of a sheet."""
    grids = find_grids(sheet)
    tables = [
        at for at in table_starts(sheet) if not any(g.header <= at < g.end for g in grids)
    ]  # fmt: skip
    data = sorted([*tables, *(grid.header for grid in grids)])
    return View(sheet, grids, tuple(tables), tuple(find_plates(sheet, data)))


def plates_with_data(view: View) -> list[Plate]:
    """Return the plates below whose header lines a grid or a table stands."""
    data = [*view.tables, *(grid.header for grid in view.grids)]
    return [p for p in view.plates if any(p.start <= at < p.end for at in data)]


def pick_view(sheets: Sequence[Sheet], file: str) -> View:
    """Return the one sheet with readings; microplate views go before tables of the same numbers.

    Raises
    ------
    InputError
        There are several.
    """
    views = [view for view in map(look, sheets) if view.grids or view.tables]
    with_grids = [view for view in views if view.grids and opens_mars(view.sheet)]
    found = with_grids or [view for view in views if opens_mars(view.sheet)] or views
    if len(found) > 1:
        names = ", ".join(f"'{view.sheet.name}'" for view in found)
        raise InputError(
            Problem(
                file=file,
                place=found[1].sheet.line(0),
                message=f"The MARS workbook has several sheets with readings: {names}.",
                remedy=f'Write sheet = "{found[0].sheet.name}" in the block.',
                code="several-sheets",
            )
        )
    return found[0] if found else View(sheets[0], (), (), ())


def channel_of(wanted: str) -> str:
    """Return the channel where the study wrote the whole heading."""
    heading = raw_heading(wanted) if wanted else None
    return heading.channel if heading else wanted


def check_picked(
    blocks: Iterable[Block], picked: Iterable[WellRead], file: str
) -> Iterable[Problem]:
    """Check the grids that are read; the others are not."""
    channels = {read.channel for read in picked}
    for block in blocks:
        if (block.name if block.channel is None else block.channel) in channels:
            yield from check_grid(block.grid, file, selection=True)


def once(notes: Iterable[Problem]) -> list[Problem]:
    """Keep one note of each text: a hundred cycles of a read all tell the same."""
    return list({(note.code, note.message): note for note in reversed(tuple(notes))}.values())[::-1]


def no_raw_data(sheet: Sheet, derived: Sequence[WellRead], source: Source) -> Problem:
    """Say why no raw data was found."""
    names = list(dict.fromkeys(read.channel for read in derived))
    message = (
        "No 'Raw Data (...)' heading with a plate grid below it was found, and no such column of a "
        "table of wells."
    )
    remedy = "Export the raw data from MARS (microplate view or table view)."
    if names:
        message += f" This MARS file holds: {', '.join(names[:4])}."
        remedy += f' Or write channel = "{names[0]}" in the block.'
    return Problem(
        file=source.name,
        place=sheet.line(0),
        message=message,
        remedy=remedy,
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
    title="BMG Labtech MARS, microplate and table view (CSV, xlsx)",
    kinds=(WellReadings,),
    suffixes=(".csv", ".txt", ".tsv", ".xlsx"),
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
        "The real files are microplate views of endpoints (CSV); table views, kinetics, spectra, "
        "workbooks and German headings are tested on written files only.",
        "Blank-corrected and other computed grids and columns are read only where the study names "
        "them as channel.",
        "Kinetic times are those the file prints, often rounded to the minute.",
        "Table views with a column per well, and kinetic grids without cycle and time in the "
        "heading, are refused.",
        "No view tells how many wells or cycles it should have: whole lines lost at the end of a "
        "table, or the last cycles, are not seen.",
    ),
)
