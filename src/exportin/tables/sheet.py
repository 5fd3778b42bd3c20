"""Sheets of text cells that know where they stand."""

from dataclasses import dataclass, field

from exportin.tables.problems import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The cells of one text file or workbook sheet, stripped of outer blanks.

    Parameters
    ----------
    name
        Name of the workbook sheet; empty for text files.
    rows
        Cells by row; rows may differ in length.
    lines
        Text files: the line each row begins on. Workbooks: empty.
    delimiter
        Text files: what separates the cells.
    ends_open
        The last line has no line end: the file may have been cut off.
    doubtful
        Workbook cells (row, column) stored as text that look like ``1.234``: a decimal to
        some people, a thousand to others.
    problems
        What makes the sheet unusable; a reader that uses the sheet must raise them.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...] = ()
    delimiter: str = ""
    ends_open: bool = False
    doubtful: frozenset[tuple[int, int]] = field(default=frozenset())
    problems: tuple[Problem, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether the sheet was a text file, where a number is only what is written."""
        return bool(self.delimiter)

    def cell(self, row: int, col: int) -> str:
        """Return the text at a place counted from zero; empty outside the sheet."""
        if 0 <= row < len(self.rows) and 0 <= col < len(self.rows[row]):
            return self.rows[row][col]
        return ""

    def is_blank(self, row: int) -> bool:
        """Whether no cell of the row holds anything."""
        return not any(self.rows[row])

    def line(self, row: int) -> str:
        """Name a whole row as a person would look for it.

        >>> Sheet(name="Plate1", rows=(("a",),)).line(0)
        'Plate1!row 1'
        """
        if self.is_text:
            return f"line {self.lines[row] if row < len(self.lines) else row + 1}"
        return f"{self.name}!row {row + 1}"

    def place(self, row: int, col: int, title: str = "") -> str:
        """Name a cell as a person would look for it.

        >>> Sheet(name="Plate1", rows=(("a",),)).place(6, 1)
        'Plate1!B7'
        >>> Sheet(name="", rows=(("a",),), lines=(1,), delimiter=",").place(0, 2, "dose")
        'line 1, column 3 (dose)'
        """
        head = f" ({title})" if title else ""
        if self.is_text:
            return f"{self.line(row)}, column {col + 1}{head}"
        return f"{self.name}!{column_letters(col)}{row + 1}{head}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBook:
    """All sheets of a file, and what was assumed when reading it."""

    sheets: tuple[Sheet, ...]
    notes: tuple[Problem, ...] = ()


def column_letters(col: int) -> str:
    """Name a spreadsheet column counted from zero.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
