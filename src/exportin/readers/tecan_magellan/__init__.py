"""Tecan Magellan: results table with a row per well, the measurement settings below it (xlsx).

Seen: Magellan with an ULTRA reader, absorbance, 96 wells. The columns are those that the
operator chose: well positions, raw data of each label, and what Magellan computed of them.
"""

import re

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.readers.tecan_magellan.columns import CONTENT, PLATE, WELLS, Results, pick
from exportin.readers.tecan_magellan.footer import Footer, lines
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import WellReadings
from exportin.tables.missing import missing_cause
from exportin.tables.names import clean
from exportin.tables.numbers import parse_number
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_sheets
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import WellCell, cells_frame, whole_plate
from exportin.tables.wells import parse_well, well_name, well_position
from exportin.tables.workbook import is_workbook

NAME = "tecan_magellan"
DATED = "Date of measurement"
RANGE = re.compile(r"\s*([A-Z]+\d+)\s*[:-]\s*([A-Z]+\d+)\s*$")
HEAD_ROWS = 5  # title lines may stand above the table
HEAD_BYTES = 4_096  # of a text file, to look whether it is worth taking apart


def header_row(sheet: Sheet) -> int | None:
    """Return the row with the heading 'Well positions'."""
    for at, row in enumerate(sheet.rows[:HEAD_ROWS]):
        if WELLS in (text.casefold() for text in row):
            return at
    return None


def sniff(source: Source) -> bool:
    """Whether a sheet has Magellan's own heading over its wells."""
    if not is_workbook(source) and WELLS not in head_text(source, HEAD_BYTES).casefold():
        return False
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    return any(header_row(sheet) is not None for sheet in sheets)


def read(source: Source, request: Request) -> WellReadings:
    """Read the raw data columns of every sheet into one row per well and label.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheets = pick_sheets(book.sheets, request.sheet, source.name)
    tables = [found for sheet in sheets if (found := find_table(sheet, source.name))]
    if not tables:
        raise InputError(no_table(source.name))
    cells: list[WellCell] = []
    unread: list[str] = []
    for table in tables:
        several = len(tables) > 1
        part, rest = table_cells(source, request, table, several=several)
        cells += part
        unread += rest
    frame, notes = cells_frame(source.name, cells, request.decimal)
    sizes = {
        plate: whole_plate(wells)
        for plate, wells in frame.group_by("sample_id").agg("well").iter_rows()
    }
    size = pl.col("sample_id").replace_strict(sizes, return_dtype=pl.Float64)
    unread += [f"sheet {s.name}" for s in sheets if all(s is not t.sheet for t in tables)]
    return WellReadings(
        frame=frame.with_columns(size.alias("plate_wells")),
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *open_end(tables[-1].sheet, source.name), *notes),
        unread=tuple(dict.fromkeys(unread)),
    )


def find_table(sheet: Sheet, file: str) -> Results | None:
    """Return the table of a sheet; refuse headings that stand twice."""
    header = header_row(sheet)
    if header is None:
        return None
    if sheet.problems:
        raise InputError(sheet.problems)
    titles = [clean(text).casefold() for text in sheet.rows[header]]
    for col, title in enumerate(titles):
        if title and title in titles[:col]:
            raise InputError(
                Problem(
                    file=file,
                    place=sheet.place(header, col),
                    message=f"Two columns are headed '{sheet.cell(header, col)}'.",
                    remedy="Export each label under its own name.",
                    code="twin-column",
                )
            )
    wells = titles.index(WELLS)
    below = range(header + 1, len(sheet.rows))
    dated = (at for at in below if sheet.cell(at, 0).startswith(DATED))
    last = max((at for at in below if well_position(sheet.cell(at, wells))), default=header)
    return Results(sheet, header, next(dated, last + 1))


def well_rows(table: Results, wanted: list[int], file: str) -> list[int]:
    """Return the lines of wells; lines that hold temperatures or units belong to none.

    Raises
    ------
    InputError
        A line with a reading and without a well.
    """
    sheet, wells = table.sheet, table.column(WELLS) or 0
    rows = []
    for at in range(table.header + 1, table.end):
        text = sheet.cell(at, wells)
        if well_position(text):
            rows.append(at)
        elif any(is_reading(sheet.cell(at, col)) for col in wanted):
            raise InputError(
                Problem(
                    file=file,
                    place=sheet.place(at, wells),
                    message=f"'{text[:40]}' is no well, but the line has a reading.",
                    remedy="Write its well, such as A1, or export the table again.",
                    code="not-a-well",
                )
            )
    return rows


def is_reading(text: str) -> bool:
    """Whether a cell holds a number or a word for a missing one."""
    if not text:
        return False
    number = parse_number(text, ".") is not None or parse_number(text, ",") is not None
    return number or missing_cause(text) is not None


def table_cells(
    source: Source, request: Request, table: Results, *, several: bool
) -> tuple[list[WellCell], list[str]]:
    """Return the cells of the wanted columns, and the names of what was not used."""
    sheet, titles = table.sheet, table.titles
    facts = Footer(tuple(lines(sheet, table.end)))
    wanted = pick(table, facts.labels, request.channel, source.name)
    rows = well_rows(table, [column.at for column in wanted], source.name)
    channels = len({column.channel for column in wanted}) > 1
    plate = plate_name(table, source.name) or (sheet.name if several else source.stem)
    wells = table.column(WELLS) or 0
    texts = {
        CONTENT[title.casefold()]: col
        for col, title in enumerate(titles)
        if title.casefold() in CONTENT
    }
    prefix = f"{source.name}:{plate}" if several else source.name
    cells = []
    for at in rows:
        place = sheet.place(at, wells)
        well = parse_well(sheet.cell(at, wells), file=source.name, place=place)
        said: dict[str, str | float | None] = {
            name: sheet.cell(at, col) or None for name, col in texts.items()
        }
        cells += [
            WellCell(
                sheet=sheet,
                at=at,
                col=column.at,
                well=well,
                sample_id=plate,
                channel=column.channel,
                prefix=column.prefix(prefix, several=channels),
                extra=said | facts.of(titles[column.at]) | column.extra,
            )
            for column in wanted
        ]
    if not cells:
        raise InputError(no_table(source.name))
    check_range(table, facts, {cell.well for cell in cells}, source.name)
    used = {wells, table.column(PLATE), *(column.at for column in wanted), *texts.values()}
    columns = [title for col, title in enumerate(titles) if title and col not in used]
    return cells, columns + facts.unread(titles)


def check_range(table: Results, facts: Footer, held: set[str], file: str) -> None:
    """Refuse a table that lacks wells of the range that was measured."""
    match = RANGE.match(facts.value("Range"))
    ends = [well_position(text) for text in match.groups()] if match else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return
    (top, left), (bottom, right) = ends[0], ends[1]
    wells = [well_name(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]
    lost = [well for well in wells if well not in held]
    if lost:
        raise InputError(
            Problem(
                file=file,
                place=table.sheet.line(table.end - 1),
                message=f"The range {facts.value('Range')} was measured, but {lost[0]} is not in "
                f"the table ({len(lost)} of {len(wells)} wells are missing).",
                remedy="The table was changed or cut off: export it again.",
                code="wells-missing",
            )
        )


def plate_name(table: Results, file: str) -> str:
    """Return the name that the column 'Plate' holds; Magellan fills only some of its cells."""
    col = table.column(PLATE)
    if col is None:
        return ""
    names: dict[str, int] = {}
    for at in range(table.header + 1, table.end):
        if text := clean(table.sheet.cell(at, col)):
            names.setdefault(text, at)
    if len(names) > 1:
        second = list(names)[1]
        raise InputError(
            Problem(
                file=file,
                place=table.sheet.place(names[second], col),
                message=f"The table names two plates: '{next(iter(names))}' and '{second}'.",
                remedy="Export one plate per sheet or file.",
                code="several-plates",
            )
        )
    return next(iter(names), "")


def no_table(file: str) -> Problem:
    """Say that no table of wells was found."""
    return Problem(
        file=file,
        place="",
        message="No table with a column 'Well positions' and wells below it was found.",
        remedy="Export the table of well positions and raw data from Magellan to Excel.",
        code="no-table",
    )


READER = Reader(
    name=NAME,
    title="Tecan Magellan, results table (xlsx)",
    kinds=(WellReadings,),
    suffixes=(".xlsx", ".csv", ".txt", ".tsv"),
    sniff=sniff,
    read=read,
    tested=("SLA01P01_OD.xlsx",),
    limits=(
        "A table of several plates is refused: one plate per sheet.",
        "Columns 'Raw data' with a time (60 s) are cycles, with a wavelength channels; with other "
        "words behind them they are refused until one is named. No such file was at hand.",
    ),
)
