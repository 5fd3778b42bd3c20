"""Caliper sheets: volumes, diameters and body weights of animals by day; CSV, TSV and xlsx."""

from exportin.contract.reader import Reader, Request
from exportin.readers.caliper_table.across import read_across
from exportin.readers.caliper_table.claim import looks_like_caliper
from exportin.readers.caliper_table.days import is_week
from exportin.readers.caliper_table.faults import no_form
from exportin.readers.caliper_table.forms import SEARCHED, Form, find_form
from exportin.readers.caliper_table.frame import build
from exportin.readers.caliper_table.long import read_long
from exportin.readers.caliper_table.titled import known_channel
from exportin.readers.caliper_table.visits import Visits
from exportin.readers.caliper_table.wide import read_wide
from exportin.tables.cells import read_sheets
from exportin.tables.kinds import TumorLog
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_one
from exportin.tables.problems import InputError
from exportin.tables.sheet import Sheet

NAME = "caliper_table"


def sniff(source: Source) -> bool:
    """Whether a sheet of the file names animals, days and what was measured of them."""
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    return any(looks_like_caliper(sheet, source) for sheet in sheets)


def read(source: Source, request: Request) -> TumorLog:
    """Read a caliper sheet; ``request.channel`` says what a sheet of bare numbers holds.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    known_channel(request.channel, source.name)
    book = read_sheets(source)
    sheet = pick_one(book.sheets, request.sheet, source.name)
    if sheet.problems:
        raise InputError(sheet.problems)
    visits = _visits(sheet, source, request)
    frame, notes = build(visits, request)
    return TumorLog(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes),
        unread=visits.unread,
    )


def _visits(sheet: Sheet, source: Source, request: Request) -> Visits:
    found = find_form(sheet, source.name, request.columns)
    if found is None:
        top = next((at for at in range(len(sheet.rows)) if not sheet.is_blank(at)), 0)
        cells = (text for row in sheet.rows[:SEARCHED] for text in row)
        weeks = next((text for text in cells if is_week(text)), "")
        raise InputError(no_form(source.name, sheet.line(top), weeks))
    if found.form is Form.LONG:
        return read_long(sheet, source.name, found, request)
    if found.form is Form.WIDE:
        return read_wide(sheet, source.name, source.stem, found, request)
    return read_across(sheet, source.name, source.stem, found, request)


READER = Reader(
    name=NAME,
    title="Caliper sheet: tumor sizes and body weights by animal and day (CSV, TSV, xlsx)",
    kinds=(TumorLog,),
    suffixes=(".csv", ".tsv", ".txt", ".xlsx"),
    sniff=sniff,
    read=read,
    rank=40,
    tested=(
        "LS_1034.csv",
        "SNU-81.csv",
        "SW837.csv",
        "kulgap_pdx_alldata.csv",
        "pdxe_brca_volumes.csv",
    ),
    limits=(
        "One sheet of a workbook is read, the one the study names.",
        "A sheet of bare numbers without any word is read as tumor volume, with a note; weights "
        'need a title or channel = "weight".',
        "Where arms span several columns without names, animals are numbered by their place.",
        "Arms and models must stand in every line; weeks and two-digit years are refused.",
        "Prism projects (.pzfx) are read as plain values, not as animals: export the table as CSV.",
    ),
)
