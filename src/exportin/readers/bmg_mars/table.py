"""Table view: a line per well, a column per read, times or wavelengths in a second line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exportin.readers.bmg_mars.plates import Plate, first_text
from exportin.readers.bmg_mars.words import RawHeading, raw_heading, seconds
from exportin.tables.kinds import MEASURED_AT
from exportin.tables.platereads import TIME, Cell, WellRead
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import whole_plate
from exportin.tables.wells import parse_well, well_position

WELL, ROW, COLUMN, CONTENT = "well", "well row", "well col", "content"
AXIS_TIME = re.compile(r"(?:Time|Zeit)\s*(?:\[(s|min|h)\])?$", re.IGNORECASE)
AXIS_NM = re.compile(r"(?:Wavelength|Wellenl\u00e4nge)\s*\[nm\]$", re.IGNORECASE)
NM = re.compile(r"[0-9]{2,4}(?:[.,][0-9]{1,3})?$")
CYCLE, WAVELENGTH = "cycle", "wavelength_nm"


@dataclass(frozen=True, slots=True, kw_only=True)
class WellTable:
    """A table of a sheet: its header, its axis line if any, and the lines of its wells."""

    file: str
    sheet: Sheet
    header: int
    axis: int | None
    label: str
    wells: tuple[tuple[int, str], ...]
    columns: Mapping[str, int] = field(default_factory=dict)

    def titles(self) -> Iterator[tuple[int, str]]:
        """Give the columns that are neither wells nor content."""
        known = self.columns.values()
        for col, text in enumerate(self.sheet.rows[self.header]):
            if col not in known and text:
                yield col, text

    def raw(self) -> list[tuple[int, RawHeading]]:
        """Return the columns of raw data."""
        found = [(col, raw_heading(text)) for col, text in self.titles()]
        return [(col, heading) for col, heading in found if heading]

    def problem(self, message: str, remedy: str, code: str, *, row: int, col: int = 0) -> Problem:
        """Return a problem of a cell of the table."""
        place = self.sheet.place(row, col)
        return Problem(file=self.file, place=place, message=message, remedy=remedy, code=code)


def table_starts(sheet: Sheet) -> list[int]:
    """Return the rows with the column titles of a table of wells."""
    return [at for at, row in enumerate(sheet.rows) if is_header(row)]


def is_header(row: Sequence[str]) -> bool:
    """Whether a line holds the column titles of a table of wells."""
    names = [text.casefold() for text in row]
    wells = names[:1] == [WELL] or (ROW in names and COLUMN in names)
    told = (CONTENT in names, any("raw data" in name for name in names), any(across(row)))
    return wells and any(told)


def across(titles: Sequence[str]) -> list[int]:
    """Return the columns that are titled with wells."""
    return [col for col, text in enumerate(titles) if well_position(text)]


def read_table(sheet: Sheet, header: int, plate: Plate, file: str) -> WellTable:
    """Return the table whose titles stand in a row.

    Raises
    ------
    InputError
        A title twice, a line that is no well, an axis that is not known, lines of other width.
    """
    turned = across(sheet.rows[header])
    if turned:
        raise InputError(
            Problem(
                file=file,
                place=sheet.place(header, turned[0]),
                message="The table is turned: wells stand across.",
                remedy="Export the table view from MARS with a line per well.",
                code="transposed-table",
            )
        )
    columns = well_columns(sheet, header, file)
    first = min(columns.values())
    rows = [at for at in range(header + 1, plate.end) if not sheet.is_blank(at)]
    axis, label = None, ""
    if rows and not sheet.cell(rows[0], first):
        axis, label = rows[0], first_text(sheet.rows[rows[0]])
        rows = rows[1:]
    problems: list[Problem] = []
    wells = []
    for at in rows:
        try:
            wells.append((at, well_at(sheet, at, columns, file)))
        except InputError as error:
            problems += error.problems
    table = WellTable(
        file=file,
        sheet=sheet,
        header=header,
        axis=axis,
        label=label,
        wells=tuple(wells),
        columns=columns,
    )
    problems += check_lines(table)
    if problems:
        raise InputError(problems[:50])
    return table


def well_columns(sheet: Sheet, header: int, file: str) -> dict[str, int]:
    """Return where wells and content stand, by their titles."""
    found: dict[str, int] = {}
    for col, text in enumerate(sheet.rows[header]):
        name = text.casefold()
        if name in (WELL, ROW, COLUMN, CONTENT):
            if name in found:
                raise InputError(
                    Problem(
                        file=file,
                        place=sheet.place(header, col),
                        message=f"Two columns are titled '{text}'.",
                        remedy="Export the table view from MARS again.",
                        code="duplicate-column",
                    )
                )
            found[name] = col
    return found


def well_at(sheet: Sheet, at: int, columns: Mapping[str, int], file: str) -> str:
    """Return the well of a line."""
    if ROW in columns and COLUMN in columns:
        text = sheet.cell(at, columns[ROW]) + sheet.cell(at, columns[COLUMN])
        return parse_well(text, file=file, place=sheet.place(at, columns[ROW]))
    return parse_well(
        sheet.cell(at, columns[WELL]), file=file, place=sheet.place(at, columns[WELL])
    )


def check_lines(table: WellTable) -> Iterator[Problem]:
    """Find lines with fewer or more cells than titles, and cells below no title."""
    sheet, titles = table.sheet, table.sheet.rows[table.header]
    width = max((col + 1 for col, text in enumerate(titles) if text), default=0)
    lines = [at for at, _ in table.wells]
    for at in (*lines, *([] if table.axis is None else [table.axis])):
        cells = sheet.rows[at]
        beyond = next((c for c, text in enumerate(cells) if text and not sheet_title(titles, c)), 0)
        if beyond:
            message = "The cell stands below no column title."
            remedy = "If numbers have decimal commas, export with semicolons between the cells."
            yield table.problem(message, remedy, "row-width", row=at, col=beyond)
        elif sheet.is_text and len(cells) < width:
            message = f"The line has {len(cells)} cells, the titles have {width}."
            remedy = "A delimiter was lost or the file was cut off: export it again."
            yield table.problem(message, remedy, "row-width", row=at)
    if not lines:
        message = "No well stands below these titles."
        remedy = "Export the table view from MARS with a line per well."
        yield table.problem(message, remedy, "no-values", row=table.header)


def sheet_title(titles: Sequence[str], col: int) -> str:
    """Return the title of a column; empty beyond the last."""
    return titles[col] if col < len(titles) else ""


def table_reads(
    table: WellTable, plate: Plate, name: str
) -> tuple[list[WellRead], list[WellRead], dict[tuple[str, str], str]]:
    """Return the raw reads, the computed ones, and what stands in the wells.

    Raises
    ------
    InputError
        The columns do not say which read they hold.
    """
    size = whole_plate([well for _, well in table.wells])
    when = {MEASURED_AT: plate.measured_at} if plate.measured_at else {}
    told = read_axis(table)
    raw = [
        WellRead(
            sample_id=name,
            channel=heading.channel,
            size=size,
            cells=cells_of(table, col),
            key=told[col][0],
            columns={**told[col][1], **when},
        )
        for col, heading in table.raw()
    ]
    derived = [
        WellRead(
            sample_id=name,
            channel=title,
            size=size,
            cells=cells_of(table, col),
            key=f"column {col + 1}",
            columns={**beside(table, col), **when},
        )
        for col, title in table.titles()
        if col not in told
    ]
    at = table.columns.get(CONTENT)
    content = {} if at is None else {
        (name, well): text for row, well in table.wells if (text := table.sheet.cell(row, at))
    }  # fmt: skip
    return raw, derived, content


def cells_of(table: WellTable, col: int) -> tuple[Cell, ...]:
    """Return where the values of a column stand."""
    return tuple((well, at, col) for at, well in table.wells)


Told = tuple[str, dict[str, str | float | None]]


def read_axis(table: WellTable) -> dict[int, Told]:
    """Return what tells each raw column from the others of its channel.

    Raises
    ------
    InputError
        An axis or a cell of it is not known, times go back, or a column comes twice.
    """
    time, wave = AXIS_TIME.match(table.label), AXIS_NM.match(table.label)
    if table.axis is not None and not time and not wave:
        raise InputError(unknown_axis(table))
    found: dict[int, Told] = {}
    problems: list[Problem] = []
    count: dict[str, list[float]] = {}
    for col, heading in table.raw():
        before = count.setdefault(heading.channel, [])
        text = table.sheet.cell(table.axis, col) if table.axis is not None else ""
        at: float | None = float(heading.cycle.number) if heading.cycle else 0.0
        if table.axis is None:
            cycle = heading.cycle
            found[col] = ("", {})
            if cycle:
                columns = {CYCLE: float(cycle.number), TIME: cycle.seconds}
                found[col] = (f"cycle {cycle.number}", dict(columns))
        elif time:
            at = seconds(text, (time.group(1) or "").lower())
            found[col] = (f"cycle {len(before) + 1}", {CYCLE: len(before) + 1.0, TIME: at})
        else:
            at = float(text.replace(",", ".")) if NM.match(text) else None
            found[col] = (f"{text} nm", {WAVELENGTH: at})
        problems += check_axis(table, col, at, before, time=bool(time))
        before.append(at or 0.0)
    if problems:
        raise InputError(problems[:50])
    return found


def beside(table: WellTable, col: int) -> dict[str, str | float | None]:
    """Return the time or wavelength of a computed column, where the axis line tells it."""
    if table.axis is None:
        return {}
    text = table.sheet.cell(table.axis, col)
    time = AXIS_TIME.match(table.label)
    if time:
        return {TIME: seconds(text, (time.group(1) or "").lower())}
    return {WAVELENGTH: float(text.replace(",", "."))} if NM.match(text) else {}


def check_axis(
    table: WellTable, col: int, at: float | None, before: Sequence[float], *, time: bool
) -> Iterator[Problem]:
    """Find a column without its time or wavelength, and one that comes twice or goes back."""
    row = table.header if table.axis is None else table.axis
    text = table.sheet.cell(row, col)[:40]
    if at is None:
        expected = "a time such as '0 h 15 min'" if time else "a wavelength such as '450'"
        message = f"'{text}' in the line '{table.label}' is not {expected}."
        remedy = "Export the table view from MARS again, with its units."
        yield table.problem(message, remedy, "axis-unclear", row=row, col=col)
    elif time and before and at < before[-1]:
        message = f"The time '{text}' stands behind a later one."
        yield table.problem(
            message, "Export the table view from MARS again.", "time-order", row=row, col=col
        )
    elif not time and at in before:
        message = f"Two columns are titled '{text}' and nothing tells them apart."
        remedy = "Export the table view with its line of times, or one measurement per file."
        yield table.problem(message, remedy, "duplicate-channel", row=row, col=col)


def unknown_axis(table: WellTable) -> Problem:
    """Return the problem of a second line of titles that is not known."""
    return table.problem(
        f"The line below the titles begins with '{table.label[:40]}'.",
        "Known are Time, Time [s], Time [min], Time [h] and Wavelength [nm]; export those.",
        "axis-unclear",
        row=table.axis or 0,
    )
