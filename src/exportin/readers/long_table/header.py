"""The header line of a long table, and whether the rows below fit it."""

from dataclasses import dataclass

from exportin.tables.grids import find_grids
from exportin.tables.names import clean
from exportin.tables.numbercolumn import limited
from exportin.tables.numbers import decimal_evidence, parse_number
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

TELLING = {"value", "dose", "well", "treatment", "unit_id", "sample_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Names of the columns and the rows of the sheet that hold data.

    Parameters
    ----------
    sheet
        Where the table stands.
    names
        Cleaned names by column of the sheet, counted from zero.
    rows
        Rows of the sheet with data.
    notes
        What was passed over.
    """

    sheet: Sheet
    names: dict[int, str]
    rows: tuple[int, ...]
    notes: tuple[Problem, ...] = ()

    def place(self, row: int, col: int) -> str:
        """Name a cell with the name of its column."""
        return self.sheet.place(row, col, self.names.get(col, ""))

    def texts(self, col: int) -> list[str]:
        """Return the cells of a column, one per row of data."""
        rows = self.sheet.rows
        return [rows[at][col] if col < len(rows[at]) else "" for at in self.rows]


def read_header(sheet: Sheet, file: str) -> Header:
    """Return the header, which is the first line with anything in it, and the data rows.

    Raises
    ------
    InputError
        Names are missing or doubled, or a row is wider or narrower than the header.
    """
    top = next(at for at in range(len(sheet.rows)) if not sheet.is_blank(at))
    names = {col: clean(text) for col, text in enumerate(sheet.rows[top]) if text}
    rows = tuple(at for at in range(top + 1, len(sheet.rows)) if not sheet.is_blank(at))
    blank = len(sheet.rows) - top - 1 - len(rows)
    problems = [*doubled(sheet, top, names, file), *check_rows(sheet, top, rows, file)]
    if not rows:
        problems.append(no_rows(file, sheet.line(top)))
    if problems:
        raise InputError(problems)
    notes = (dropped(file, blank, top),) if blank or top else ()
    return Header(sheet=sheet, names=names, rows=rows, notes=notes)


def doubled(sheet: Sheet, top: int, names: dict[int, str], file: str) -> list[Problem]:
    """Find names that head two columns."""
    first: dict[str, int] = {}
    problems: list[Problem] = []
    for col, name in names.items():
        if name in first:
            message = f"The name '{name}' heads two columns (also {sheet.place(top, first[name])})."
            problems.append(
                Problem(
                    file=file,
                    place=sheet.place(top, col),
                    message=message,
                    remedy="Give each column a name of its own.",
                    code="duplicate-column",
                )
            )
        first.setdefault(name, col)
    return problems


def check_rows(sheet: Sheet, top: int, rows: tuple[int, ...], file: str) -> tuple[Problem, ...]:
    """Find rows that do not fit under the header."""
    head = sheet.rows[top]
    width = len(head)
    unnamed = [col for col, text in enumerate(head) if not text]
    problems: list[Problem] = []
    for at in rows:
        row = sheet.rows[at]
        if len(row) == width and not unnamed:
            continue
        stray = [col for col in (*unnamed, *range(width, len(row))) if sheet.cell(at, col)]
        if stray:
            problems.append(unnamed_cell(sheet, at, stray[0], file))
        elif len(row) < width and sheet.is_text:
            problems.append(too_narrow(sheet, at, width, file))
    return limited(problems, file)


def unnamed_cell(sheet: Sheet, at: int, col: int, file: str) -> Problem:
    """Return the problem of a cell without a column name above it."""
    remedy = "Give the column a name, or remove the cell."
    if sheet.delimiter == ",":
        remedy += " If numbers have decimal commas, export with semicolons between the cells."
    return Problem(
        file=file,
        place=sheet.place(at, col),
        message=f"'{sheet.cell(at, col)[:40]}' stands in a column without a name.",
        remedy=remedy,
        code="row-width",
    )


def too_narrow(sheet: Sheet, at: int, width: int, file: str) -> Problem:
    """Return the problem of a row with too few cells."""
    return Problem(
        file=file,
        place=sheet.line(at),
        message=f"The line has {len(sheet.rows[at])} cells, the header has {width}.",
        remedy="A delimiter was lost or the file was cut off: export it again.",
        code="row-width",
    )


def no_rows(file: str, place: str) -> Problem:
    """Return the problem of a table that is only a header."""
    return Problem(
        file=file,
        place=place,
        message="There are no rows below the header line.",
        remedy="Export the table with its data.",
        code="no-rows",
    )


def dropped(file: str, blank: int, top: int) -> Problem:
    """Note empty lines."""
    return Problem(
        file=file,
        place="",
        message=f"{blank + top} empty lines were passed over.",
        remedy="",
        code="empty-lines",
        severity="note",
    )


def looks_like_table(sheet: Sheet) -> bool:
    """Whether the first line is a header of different names and the lines below fit it."""
    if len(sheet.rows) < 2 or sheet.is_blank(0):
        return False
    head = [text for text in sheet.rows[0] if text]
    numbers = [t for t in head if decimal_evidence(t) or parse_number(t, ".") is not None]
    if (
        len(head) < 2
        or len(set(head)) < len(head)
        or numbers
        or not all(sheet.rows[0][: len(head)])
    ):
        return False
    rows = [row for row in sheet.rows[1:] if any(row)]
    fitting = [row for row in rows if len(row) == len(sheet.rows[0]) or not sheet.is_text]
    ours = len(TELLING & {name.casefold() for name in head}) > 1
    wider = len(head) > 2 and len({len(row) for row in rows}) == 1  # decimal commas between commas
    known = ours or wider  # then reading says what is wrong
    return (
        (known or 10 * len(fitting) >= 9 * len(rows))
        and bool(rows)
        and not any(grid.size for grid in find_grids(sheet))
    )
