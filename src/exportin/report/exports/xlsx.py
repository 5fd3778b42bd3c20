"""Tables as a workbook: text stays text, numbers stay numbers, the same bytes every time."""

import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any

from exportin.tables.office import not_installed

Cell = str | float | bool | None
MOST_ROWS = 1_048_576  # of a sheet, its header included
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767  # of a cell
MOST_NAME = 31  # of a sheet
EXACT = 2**53  # whole numbers beyond lose digits in a spreadsheet
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
CUT = " ... (cut: a cell holds 32767 characters)"
WIDEST, NARROWEST, LOOKED_AT = 60, 8, 2000  # widths in characters; rows they are taken from
BEGINNING = datetime(1980, 1, 1)
MANY = 100_000  # rows from which on they are not kept in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTable:
    """One sheet: its name, what it holds, its header, its rows, and which rows are struck out."""

    name: str
    about: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    struck: Collection[int] = ()
    legible: Collection[int] = ()  # columns that are never struck out: they say why
    linked: bool = False  # the first column names sheets


@dataclass(slots=True)
class Names:
    """Names of sheets that are taken; a spreadsheet does not tell upper from lower case."""

    taken: set[str] = field(default_factory=lambda: {"history"})

    def new(self, wanted: str) -> str:
        """Return a name that a sheet may have.

        >>> Names().new("a/b: 'c'"), Names().new("history")
        ("a b  'c", 'history 2')
        """
        plain = FORBIDDEN.sub(" ", wanted).strip("' ") or "sheet"
        name, count = plain[:MOST_NAME].strip("' "), 1
        while name.casefold() in self.taken:
            count += 1
            tail = f" {count}"
            name = plain[: MOST_NAME - len(tail)].rstrip("' ") + tail
        self.taken.add(name.casefold())
        return name


def workbook_bytes(
    tables: Sequence[SheetTable], *, title: str, most_rows: int = MOST_ROWS
) -> bytes:
    """Write tables as a workbook.

    Parameters
    ----------
    tables : sequence of SheetTable
        In the order of the sheets; one with more rows than a sheet holds goes on in the next.
    title : str
        Title among the properties of the file.

    Returns
    -------
    bytes
        An .xlsx file; no cell is a formula or a link, whatever its text begins with.

    Raises
    ------
    InputError
        xlsxwriter is not installed.
    """
    try:
        import xlsxwriter  # type: ignore[import-untyped]
    except ImportError:
        raise not_installed(".xlsx", "xlsxwriter") from None

    out = io.BytesIO()
    many = max((len(table.rows) for table in tables), default=0) > MANY
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": not many,
            "constant_memory": many,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": text_of(title)[:255], "created": BEGINNING})
    looks = {
        "head": book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EDEDED"}
        ),
        "plain": book.add_format({"valign": "top"}),
        "struck": book.add_format(
            {"valign": "top", "font_strikeout": True, "font_color": "#8A8A8A"}
        ),
    }
    pieces = in_pieces(tables, most_rows)
    known = {name for name, _ in pieces}
    for name, table in pieces:
        write_sheet(book.add_worksheet(name), table, looks, known if table.linked else set())
    book.close()
    return out.getvalue()


def in_pieces(
    tables: Sequence[SheetTable], most_rows: int = MOST_ROWS
) -> list[tuple[str, SheetTable]]:
    """Name the sheets; a table that is too long for one goes on in the next."""
    names, out = Names(), []
    for table in tables:
        room = most_rows - 1
        for start in range(0, max(len(table.rows), 1), room):
            part = start // room + 1
            name = names.new(table.name if part == 1 else f"{table.name} {part}")
            end = start + room
            struck = {row - start for row in table.struck if start <= row < end}
            out.append((name, SheetTable(name=name, about=table.about, heads=table.heads,
                                         rows=table.rows[start:end], struck=struck,
                                         legible=table.legible, linked=table.linked)))  # fmt: skip
    return out


def write_sheet(
    sheet: Any, table: SheetTable, looks: dict[str, Any], known: Collection[str] = ()
) -> None:
    """Write one sheet: header frozen, filter on, columns as wide as what they hold."""
    heads = table.heads[:MOST_COLUMNS]
    for column, head in enumerate(heads):
        cells = (row[column] for row in table.rows[:LOOKED_AT])
        sheet.set_column(column, column, width_of(head, cells))
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)  # printed: as wide as a page
    sheet.repeat_rows(0)
    sheet.set_row(0, 32)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, text_of(head), looks["head"])
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row[:MOST_COLUMNS]):
            out = number in table.struck and column not in table.legible
            look = looks["struck" if out else "plain"]
            if column == 0 and cell in known:
                place = f"internal:'{str(cell).replace(chr(39), chr(39) * 2)}'!A1"
                sheet.write_url(number + 1, 0, place, string=str(cell))
            else:
                write_cell(sheet, number + 1, column, cell, look)
    if heads and table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(heads) - 1)


def write_cell(sheet: Any, row: int, column: int, cell: Cell, look: Any) -> None:
    """Write a cell by its type; what a spreadsheet has no number for is written as text."""
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, look)
    elif isinstance(cell, str):
        sheet.write_string(row, column, text_of(cell), look)
    elif not isfinite(cell) or (isinstance(cell, int) and abs(cell) > EXACT):
        sheet.write_string(row, column, str(cell), look)
    else:
        sheet.write_number(row, column, cell, look)


def text_of(text: str) -> str:
    """Return text as a cell can hold it."""
    whole = text.encode("utf-8", "replace").decode()
    return whole if len(whole) <= MOST_CHARACTERS else whole[: MOST_CHARACTERS - len(CUT)] + CUT


def width_of(head: str, cells: Iterable[Cell]) -> float:
    """Return the width of a column in characters: long texts are cut off, numbers never."""
    longest = max((len(shown(cell)) for cell in cells), default=0)
    words = max((len(word) for word in head.split()), default=0)
    return float(min(max(longest, words, min(len(head), 16), NARROWEST) + 1.5, WIDEST))


def shown(cell: Cell) -> str:
    """Return about what a cell shows."""
    if isinstance(cell, float):
        return f"{cell:.6g}"  # a spreadsheet shortens what it shows to its column
    return "" if cell is None else str(cell).partition("\n")[0]
