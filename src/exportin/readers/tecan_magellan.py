"""Tecan Magellan: results table with a row per well, the measurement settings below it (xlsx).

Seen: Magellan with an ULTRA reader, absorbance, 96 wells. The columns are those that the
operator chose: well positions, raw data of each label, and what Magellan computed of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import MEASURED_AT, WellReadings
from exportin.tables.missing import missing_cause
from exportin.tables.names import clean
from exportin.tables.numbers import parse_number
from exportin.tables.origin import Origin, Source
from exportin.tables.pick import pick_sheets
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import WellCell, cells_frame, whole_plate
from exportin.tables.wells import parse_well, well_name, well_position
from exportin.tables.workbook import is_workbook

NAME = "tecan_magellan"
WELLS, PLATE = "well positions", "plate"
RAW = re.compile(r"raw data\b", re.IGNORECASE)
CONTENT = {
    "layout": "content",
    "sample id": "content",
    "sample ids": "content",
    "sample id's": "content",
    "replicate info": "replicate",
}
DATE = re.compile(r"Date of measurement: (\S+?)/\s*Time of measurement: (\S+)")
DATED = "Date of measurement"
LABEL = re.compile(r"(?:Meas\. temperature:\s*(?=.+:)|Label:\s*)(.+?)(?::\s*-?[\d.,]+\s*°C)?$")
RANGE = re.compile(r"\s*([A-Z]+\d+)\s*[:-]\s*([A-Z]+\d+)\s*$")
SETTINGS = {"Measurement wavelength": "wavelength", "Unit": "unit"}
KEY = re.compile(r"([^:]{1,60}):\s*(.*)$")
HEAD_ROWS = 5  # title lines may stand above the table
HEAD_BYTES = 4_096  # of a text file, to look whether it is worth taking apart


@dataclass(frozen=True, slots=True)
class Results:
    """The table of one sheet: its header row, and where it ends."""

    sheet: Sheet
    header: int
    end: int

    @property
    def titles(self) -> list[str]:
        """Headings of the columns; empty texts for columns without one."""
        return [clean(text) for text in self.sheet.rows[self.header]]

    def column(self, name: str) -> int | None:
        """Return the column with this heading (in lower case)."""
        found = [i for i, title in enumerate(self.titles) if title.casefold() == name]
        return found[0] if found else None


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
    rows = well_rows(table, wanted, source.name)
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
                col=col,
                well=well,
                sample_id=plate,
                channel=titles[col],
                prefix=f"{prefix}#{titles[col]}" if len(wanted) > 1 else prefix,
                extra=said | facts.of(titles[col]),
            )
            for col in wanted
        ]
    if not cells:
        raise InputError(no_table(source.name))
    check_range(table, facts, {cell.well for cell in cells}, source.name)
    used = {wells, table.column(PLATE), *wanted, *texts.values()}
    columns = [title for col, title in enumerate(titles) if title and col not in used]
    return cells, columns + facts.unread(titles)


def check_range(table: Results, facts: "Footer", held: set[str], file: str) -> None:
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


def pick(table: Results, labels: tuple[str, ...], channel: str, file: str) -> list[int]:
    """Return the columns of the read that is asked for: all that were measured if none is."""
    titles = table.titles
    skipped = {WELLS, PLATE, *CONTENT}
    named = [col for col, title in enumerate(titles) if title and title.casefold() not in skipped]
    raw = [col for col in named if titles[col] in labels or RAW.match(titles[col])]
    if channel:
        raw = [col for col in named if titles[col].casefold() == channel.casefold()]
    if raw:
        return raw
    known = [titles[col] for col in named]
    message = "No column is headed 'Raw data', or as a label that was measured."
    remedy = f'Name the column to read: channel = "{known[0]}".' if known else ""
    if channel:
        message, remedy = f"There is no column '{channel}'.", nearest(channel, known)
    raise InputError(
        Problem(
            file=file,
            place=table.sheet.line(table.header),
            message=message,
            remedy=remedy or "Export the raw data from Magellan too.",
            code="unknown-channel",
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


@dataclass(frozen=True, slots=True)
class Footer:
    """The lines below the table: when and how each label was measured."""

    lines: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the measurements; columns of raw data are headed by them."""
        found = [match.group(1) for text in self.lines if (match := LABEL.match(text))]
        return tuple(dict.fromkeys(found))

    def values(self, key: str) -> list[str]:
        """Return what stands behind a key, in each line that has it."""
        matches = [KEY.match(text) for text in self.lines]
        return [match.group(2) for match in matches if match and match.group(1) == key]

    def value(self, key: str) -> str:
        """Return what stands behind a key for the first time."""
        return next(iter(self.values(key)), "")

    def of(self, title: str) -> dict[str, str | float | None]:
        """Return what is said of the readings of one column."""
        facts: dict[str, str | float | None] = {}
        dates = [match for text in self.lines if (match := DATE.match(text))]
        if dates:
            facts[MEASURED_AT] = f"{dates[0].group(1)} {dates[0].group(2)}"
        for key, name in SETTINGS.items():
            said = self.values(key)
            if len(said) == 1:
                facts[name] = said[0]
            elif len(said) == len(self.labels) and title in self.labels:
                facts[name] = said[self.labels.index(title)]
        return facts

    def unread(self, titles: list[str]) -> list[str]:
        """Name the lines that no column holds, and labels without a column."""
        out = [f"label {label}" for label in self.labels if label not in titles]
        for text in self.lines:
            key = KEY.match(text) if "\\" not in text else None
            if not DATE.match(text) and (key is None or key.group(1) not in SETTINGS):
                out.append(key.group(1).strip() if key else text)
        return out


def lines(sheet: Sheet, start: int) -> Iterator[str]:
    """Give the texts below the table."""
    for row in sheet.rows[start:]:
        yield from filter(None, map(clean, row))


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
        "Kinetic exports with a column per time are not told apart from computed columns: they "
        "are read one column at a time, by its name.",
    ),
)
