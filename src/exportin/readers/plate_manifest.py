"""Manifest of the gDR suite: one plate per row with its barcode, template, cell line and time."""

from collections.abc import Iterator, Sequence

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.head import head_cells, head_text
from exportin.tables.kinds import PlateList
from exportin.tables.names import clean
from exportin.tables.numbercolumn import read_numbers, settle_format
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_one
from exportin.tables.problems import InputError, Problem, problem_at
from exportin.tables.sheet import Sheet
from exportin.tables.workbook import is_workbook

NAME = "plate_manifest"
KEYS = ("barcode", "template")
OURS = {
    "barcode": "sample_id",
    "template": "layout",
    "clid": "model",
    "duration": "duration_h",
    "referencedivisiontime": "division_time_h",
}
HOURS = ("duration_h", "division_time_h")


def header_row(sheet: Sheet) -> int | None:
    """Return the first line that holds anything, if it has the headings of a manifest."""
    at = next((i for i in range(len(sheet.rows)) if not sheet.is_blank(i)), None)
    if at is None:
        return None
    names = [clean(text).casefold() for text in sheet.rows[at]]
    return at if all(key in names for key in KEYS) else None


def sniff(source: Source) -> bool:
    """Whether the first line names a barcode and a template."""
    if not is_workbook(source):
        line = head_text(source, 4_096).lstrip("\n").split("\n", 1)[0]
        names = [cell.casefold() for cell in head_cells(line)]
        return all(key in names for key in KEYS)
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return False
    return any(header_row(sheet) is not None for sheet in sheets)


def read(source: Source, request: Request) -> PlateList:
    """Read one row per plate.

    Raises
    ------
    InputError
        With all problems of the table.
    """
    book = read_sheets(source)
    lists = tuple(sheet for sheet in book.sheets if header_row(sheet) is not None)
    sheet = pick_one(lists or book.sheets, request.sheet, source.name)
    start = header_row(sheet)
    if sheet.problems or start is None:
        raise InputError(sheet.problems or no_list(source.name))
    titles = [clean(text) for text in sheet.rows[start]]
    rows = [at for at in range(start + 1, len(sheet.rows)) if not sheet.is_blank(at)]
    names = [OURS.get(title.casefold(), title) for title in titles]
    problems = [*check_header(sheet, start, names, source.name)]
    problems += check_rows(sheet, rows, names, source.name)
    if problems:
        raise InputError(problems)
    frame, notes = build(source, sheet, rows, names, request.decimal)
    others = [f"sheet {s.name}" for s in book.sheets if s is not sheet and s.rows]
    return PlateList(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes),
        unread=tuple(others),
    )


def build(
    source: Source, sheet: Sheet, rows: Sequence[int], names: Sequence[str], declared: str
) -> tuple[pl.DataFrame, tuple[Problem, ...]]:
    """Return the plates; hours are numbers, all else is text."""
    notes: list[Problem] = []
    plates = [clean(sheet.cell(at, names.index("sample_id"))) for at in rows]
    columns = [
        pl.Series("row_id", [f"{source.name}:{plate}" for plate in plates], dtype=pl.String),
        pl.Series("file", [source.name] * len(rows), dtype=pl.String),
        pl.Series("sample_id", plates, dtype=pl.String),
    ]
    for col, name in enumerate(names):
        texts = [clean(sheet.cell(at, col)) for at in rows]
        if name in HOURS:
            hours, found = read_hours(source.name, sheet, rows, col, declared)
            columns.append(pl.Series(name, hours, dtype=pl.Float64))
            notes += found
        elif name and name != "sample_id":
            columns.append(pl.Series(name, [text or None for text in texts], dtype=pl.String))
    return pl.DataFrame(columns), tuple(notes)


def read_hours(
    file: str, sheet: Sheet, rows: Sequence[int], col: int, declared: str
) -> tuple[tuple[float | None, ...], tuple[Problem, ...]]:
    """Return a column of hours, zero or more."""
    texts = [sheet.cell(at, col) for at in rows]

    def place(index: int) -> str:
        return sheet.place(rows[index], col)

    form, notes = settle_format(texts, declared, file=file, place=place, delimiter=sheet.delimiter)
    column = read_numbers(texts, form, file=file, place=place)
    below = [
        problem_at(file, place(i), f"{texts[i]} is below zero.", "Write hours.", "hours")
        for i, value in enumerate(column.values)
        if value is not None and value < 0
    ]
    if column.problems or below:
        raise InputError((*column.problems, *below))
    return column.values, notes


def check_header(sheet: Sheet, at: int, names: Sequence[str], file: str) -> Iterator[Problem]:
    """Refuse headings that stand twice."""
    for col, name in enumerate(names):
        if name and name in names[:col]:
            message = f"two columns give '{name}'."
            yield problem_at(file, sheet.place(at, col), message, "Keep one.", "twin-column")
        if name in ("row_id", "file"):
            message = f"a column is called '{name}', which every table has."
            yield problem_at(file, sheet.place(at, col), message, "Rename it.", "reserved-column")


def check_rows(
    sheet: Sheet, rows: Sequence[int], names: Sequence[str], file: str
) -> Iterator[Problem]:
    """Refuse plates without barcode, barcodes that stand twice, and cells without heading."""
    if not rows:
        message = "the manifest lists no plate."
        yield problem_at(file, "", message, "Write one row per plate.", "no-rows")
    barcode = names.index("sample_id")
    seen: dict[str, int] = {}
    for at in rows:
        name = clean(sheet.cell(at, barcode))
        place = sheet.place(at, barcode)
        if not name:
            yield problem_at(file, place, "this row has no barcode.", "Write it.", "no-sample-id")
        elif name in seen:
            message = f"plate '{name}' stands here and at {sheet.line(seen[name])}."
            yield problem_at(file, place, message, "Keep one row per plate.", "twin-sample")
        seen.setdefault(name, at)
        for col, text in enumerate(sheet.rows[at]):
            if text and (col >= len(names) or not names[col]):
                message = f"'{text[:40]}' stands below no heading."
                remedy = "Name its column, or delete it."
                yield problem_at(file, sheet.place(at, col), message, remedy, "unnamed-column")


def no_list(file: str) -> Problem:
    """Say that the file is no manifest."""
    message = "no sheet begins with a line that names Barcode and Template."
    remedy = "Write a header line: Barcode, Template, clid, Duration."
    return problem_at(file, "", message, remedy, "no-manifest")


READER = Reader(
    name=NAME,
    title="gDR manifest of plates (xlsx, CSV, TSV)",
    kinds=(PlateList,),
    suffixes=(".xlsx", ".csv", ".tsv", ".txt"),
    sniff=sniff,
    read=read,
    tested=("manifest.xlsx", "manifest_Tecan_96_well_plates.xlsx"),
    limits=("Duration and ReferenceDivisionTime are hours, as the format lays down.",),
)
