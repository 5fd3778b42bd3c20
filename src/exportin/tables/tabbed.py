"""Text whose cells are parted by tabs and never quoted, as plate readers write it."""

from functools import lru_cache

from exportin.tables.cells import read_sheets
from exportin.tables.decode import decode_text
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet, SheetBook
from exportin.tables.workbook import is_workbook


@lru_cache(maxsize=1)
def read_tabbed(source: Source) -> SheetBook:
    r"""Return the cells of a text that instruments write with tabs; a quote is a plain letter.

    A copy that was saved with other delimiters is read as any table.

    Raises
    ------
    InputError
        The bytes are no text.

    >>> read_tabbed(Source(name="a.txt", data=b'Plate:\t7"\nA\t3\n')).sheets[0].rows
    (('Plate:', '7"'), ('A', '3'))
    """
    if is_workbook(source):
        raise InputError(no_workbook(source.name))
    text, notes = decode_text(source)
    if "\t" not in text:
        return read_sheets(source)
    lines = text.split("\n")
    ends_open = bool(lines[-1].strip())
    rows = [tuple(unquoted(cell.strip()) for cell in line.split("\t")) for line in lines]
    while rows and not any(rows[-1]):
        rows.pop()
    sheet = Sheet(
        name="",
        rows=tuple(rows),
        lines=tuple(range(1, len(rows) + 1)),
        delimiter="\t",
        ends_open=ends_open,
    )
    return SheetBook(sheets=(sheet,), notes=notes)


def unquoted(cell: str) -> str:
    """Return a cell without the quotes that enclose the whole of it.

    >>> unquoted('"a"'), unquoted('7"')
    ('a', '7"')
    """
    return cell[1:-1].strip() if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def read_text_sheet(source: Source) -> SheetBook:
    """Return the cells of a CSV file; a workbook is refused.

    Raises
    ------
    InputError
        The bytes are a workbook, or no table.
    """
    if is_workbook(source):
        raise InputError(no_workbook(source.name))
    return read_sheets(source)


def no_workbook(file: str) -> Problem:
    """Return the problem of a workbook given to a reader of the instrument's text."""
    return Problem(
        file=file,
        place="",
        message="This is a workbook; the reader takes the text that the instrument exports.",
        remedy="Give the exported text file as it is, without opening it in Excel.",
        code="not-text",
    )
