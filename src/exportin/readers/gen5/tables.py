"""The tables of a Gen5 plate: matrices, lines of times or wavelengths, and lists of wells."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from exportin.readers.gen5.plates import Plate
from exportin.tables.clock import elapsed_seconds
from exportin.tables.names import clean
from exportin.tables.platereads import Cell
from exportin.tables.problems import InputError, Problem
from exportin.tables.wells import row_letters, row_number, well_name, well_position

WHO = ("Well ID", "Name", "Conc/Dil")
LETTERS = re.compile(r"[A-Z]{1,2}$")


@dataclass(frozen=True, slots=True)
class Found:
    """Cells under one label; ``text`` is the time or wavelength in front of them, if any.

    ``lead`` is the column of the sheet where that stands.
    """

    label: str
    cells: tuple[Cell, ...]
    at: int
    axis: str = ""
    text: str = ""
    lead: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A plate in its file, for messages."""

    plate: Plate
    file: str

    def refusal(self, at: int, message: str, code: str) -> InputError:
        """Return the refusal of a line; the remedy is the same for all."""
        return InputError(
            Problem(
                file=self.file,
                place=self.plate.sheet.line(at),
                message=message,
                remedy="Export the plate again from Gen5, as text with tabs, whole and unchanged.",
                code=code,
            )
        )


def find_tables(place: Place) -> Iterator[tuple[str, list[Found]]]:
    """Give the title of each table and what stands in it, from top to bottom.

    Raises
    ------
    InputError
        A table with lines that do not fit its header.
    """
    plate, at = place.plate, place.plate.start
    title = ""
    while at < plate.end:
        row = plate.sheet.rows[at]
        kind = table_kind(row)
        if kind:
            end = table_end(plate, at + 1)
            yield title, list(TABLES[kind](place, at, end, title))
            at = end
            title = title if title in ("Layout", "Results") else ""
            continue
        if row and row[0] and not any(row[1:]):
            title = row[0]
        at += 1


def table_end(plate: Plate, start: int) -> int:
    """Return the row behind a table: the first line without anything."""
    empty = (at for at in range(start, plate.end) if not any(plate.sheet.rows[at]))
    return next(empty, plate.end)


def table_kind(row: tuple[str, ...]) -> str:
    """Name the kind of table that a line heads; empty for any other line.

    >>> table_kind(("", "1", "2")), table_kind(("Time", "T 600", "A1")), table_kind(("Well", "600"))
    ('matrix', 'lines', 'list')
    """
    filled = [text for text in row if text]
    if not row or len(filled) < 2:
        return ""
    if filled[0] in ("Time", "Wavelength") and any(well_position(text) for text in filled[1:]):
        return "lines"
    if "Well" in row:
        return "list"
    numbers = [int(text) for text in filled if text.isascii() and text.isdigit() and len(text) < 3]
    counts = len(numbers) == len(filled) and all(b == a + 1 for a, b in pairwise(numbers))
    return "matrix" if not row[0] and counts else ""


def matrix(place: Place, header: int, end: int, title: str) -> Iterator[Found]:
    """Give the rows of a matrix: letters at the left, what was read at the right."""
    sheet = place.plate.sheet
    columns = [(int(text), col) for col, text in enumerate(sheet.rows[header]) if text]
    last, lead = columns[-1][1], columns[0][1] - 1  # Excel: the letters stand in column B
    letter, labels = "", dict[str, list[str]]()
    for at in range(header + 1, end):
        row = sheet.rows[at]
        own = sheet.cell(at, lead)
        letter = own or letter
        number = row_number(letter) if LETTERS.match(letter) else None
        label = [text for text in row[last + 1 :] if text]
        if number is None or len(label) > 1 or any(row[:lead]):
            raise place.refusal(at, odd_line(row[lead:], letter, label), "matrix-row")
        name = label[0] if label else ("" if title in ("Layout", "Results") else title)
        if name in labels.setdefault(letter, []) or (own and len(labels[letter]) > 0):
            message = f"Row '{letter}' of '{name}' stands here for the second time."
            raise place.refusal(at, message, "duplicate-row")
        labels[letter].append(name)
        cells = tuple((well_name(number, plate_col - 1), at, col) for plate_col, col in columns)
        yield Found(clean(name), cells, at)
    check_matrix(place, header, {number for number, _ in columns}, labels)


def odd_line(row: tuple[str, ...], letter: str, label: list[str]) -> str:
    """Say what is wrong with a line of a matrix."""
    if not letter and label:
        return f"The first line of '{label[0][:40]}' has no row letter in front."
    message = "A line of the matrix does not begin with a row letter or has more than one label"
    return f"{message}: '{' '.join(filter(None, row))[:40]}'."


def check_matrix(
    place: Place, header: int, columns: set[int], labels: dict[str, list[str]]
) -> None:
    """Refuse a matrix that misses columns, rows, or lines of a row."""
    rows = {number for number in map(row_number, labels) if number is not None}
    if not rows:
        raise place.refusal(header, "No wells stand below the column numbers.", "no-wells")
    area = place.plate.area
    expected = {row for row, _ in area} or set(range(min(rows), max(rows)))
    missing = sorted(expected - rows)
    if missing:
        message = f"Row {row_letters(missing[0])} is missing"
        read = f"{row_letters(min(expected))} to {row_letters(max(expected))}"
        message += f": the procedure reads {read}." if area else ": rows above and below are there."
        raise place.refusal(header, message, "rows-missing")
    lost = sorted({col + 1 for _, col in area} - columns)
    if lost:
        message = f"Column {lost[0]} is missing: the procedure reads it."
        raise place.refusal(header, message, "columns-missing")
    first = next(iter(labels.values()), [])
    for letter, own in labels.items():
        if own != first:
            wanted = ", ".join(f"'{name}'" for name in first)
            message = f"Row '{letter}' has other lines than the first row ({wanted})."
            raise place.refusal(header, message, "matrix-row")


def lines(place: Place, header: int, end: int, title: str) -> Iterator[Found]:
    """Give the lines of a kinetic or a spectrum: times or wavelengths down, wells across."""
    sheet = place.plate.sheet
    row = sheet.rows[header]
    lead = next(col for col, text in enumerate(row) if text)
    wells = [(position, col) for col, text in enumerate(row) if (position := well_position(text))]
    named = {well_name(*position): col for position, col in wells}
    odd = [text for text in row[lead + 1 :] if text and not well_position(text)]
    warm = next((text for text in odd if text.startswith("T")), "")
    if len(named) < len(wells) or [text for text in odd if text != warm]:
        message = f"The header has a well twice, or a column that is no well: {', '.join(odd)[:40]}"
        raise place.refusal(header, message, "wells")
    label = title if title and title != "Results" else warm.partition(" ")[2]
    last = max(named.values())
    if row[lead] == "Time" and end - header - 1 < place.plate.cycles:
        message = f"{end - header - 1} times stand here, the procedure has {place.plate.cycles}."
        raise place.refusal(header, message, "reads-missing")
    for at in range(header + 1, end):
        if len(sheet.rows[at]) <= last or any(sheet.rows[at][len(row) :]):
            count = len(sheet.rows[at])
            raise place.refusal(
                at, f"The line has {count} cells, its header {len(row)}.", "row-width"
            )
        cells = tuple((well, at, col) for well, col in named.items() if sheet.cell(at, col))
        if cells:
            yield Found(clean(label), cells, at, row[lead], sheet.cell(at, lead), lead)


def well_list(place: Place, header: int, end: int, title: str) -> Iterator[Found]:
    """Give the columns of a list with a line per well."""
    sheet = place.plate.sheet
    row = sheet.rows[header]
    names = [text for text in row if text]
    if len(set(names)) < len(names):
        raise place.refusal(header, "A column name stands twice.", "duplicate-column")
    column = row.index("Well")
    wells: list[tuple[str, int]] = []
    for at in range(header + 1, end):
        position = well_position(sheet.cell(at, column))
        if position is None or any(sheet.rows[at][len(row) :]):
            message = f"'{sheet.cell(at, column)[:40]}' in column 'Well' is no well, "
            raise place.refusal(
                at, message + "or the line is longer than its header.", "not-a-well"
            )
        wells.append((well_name(*position), at))
    for col, text in enumerate(row):
        if not text or col == column:
            continue
        timed = elapsed_seconds(text) is not None
        cells = tuple((well, at, col) for well, at in wells)
        yield Found(
            clean(title if timed else text),
            cells,
            header,
            "Time" if timed else "",
            text if timed else "",
        )


TABLES = {"matrix": matrix, "lines": lines, "list": well_list}
