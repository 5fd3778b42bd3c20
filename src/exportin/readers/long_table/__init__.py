"""Long tables: one header line, one row per measurement; CSV, TSV and xlsx."""

from exportin.contract.reader import Reader, Request
from exportin.readers.long_table.columns import assign
from exportin.readers.long_table.frame import build
from exportin.readers.long_table.header import looks_like_table, read_header
from exportin.tables.cells import read_sheets
from exportin.tables.kinds import Values, WellReadings
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_one
from exportin.tables.problems import InputError

NAME = "long_table"
# surely workbooks, and refused: claimed, so that reading says why
WORKBOOKS = frozenset({"old-xls", "encrypted-workbook", "zip-bomb", "unsafe-archive"})


def sniff(source: Source) -> bool:
    """Whether a sheet of the file has a header line of names and rows just as wide."""
    try:
        sheets = read_sheets(source).sheets
    except InputError as error:
        return any(problem.code in WORKBOOKS for problem in error.problems)
    return any(looks_like_table(sheet) for sheet in sheets)


def read(source: Source, request: Request) -> WellReadings | Values:
    """Read a long table into well readings or values, whichever the assay asks for.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheet = pick_one(book.sheets, request.sheet, source.name)
    if sheet.problems:
        raise InputError(sheet.problems)
    header = read_header(sheet, source.name)
    columns = assign(header, request, source.name)
    frame, notes = build(source, header, columns, request)
    kind = Values if issubclass(request.kind, Values) else WellReadings
    return kind(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *header.notes, *columns.notes, *notes),
        unread=columns.unread,
    )


READER = Reader(
    name=NAME,
    title="Long table with a header line (CSV, TSV, xlsx)",
    kinds=(WellReadings, Values),
    suffixes=(".csv", ".tsv", ".txt", ".xlsx"),
    sniff=sniff,
    read=read,
    rank=100,
    limits=("The study file must say which column is the value, unless it is called value.",),
)
