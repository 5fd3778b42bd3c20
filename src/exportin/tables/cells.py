"""Any table file as sheets of text cells that know where they stand."""

from functools import lru_cache

from exportin.tables.decode import decode_text
from exportin.tables.delimited import split_text
from exportin.tables.origin import Source
from exportin.tables.sheet import SheetBook
from exportin.tables.workbook import is_workbook, read_workbook


@lru_cache(maxsize=1)  # readers sniff the same file one after the other
def read_sheets(source: Source) -> SheetBook:
    r"""Return the cells of a CSV, TSV or .xlsx file, whatever its encoding and delimiter.

    Raises
    ------
    InputError
        Where the bytes are no table: pictures, old .xls, encrypted, damaged or hostile
        workbooks, text with control characters or unclosed quotes.

    >>> read_sheets(Source(name="a.csv", data=b"well,value\nA1,3\n")).sheets[0].rows
    (('well', 'value'), ('A1', '3'))
    """
    if is_workbook(source):
        return SheetBook(sheets=read_workbook(source))
    text, notes = decode_text(source)
    return SheetBook(sheets=(split_text(source, text),), notes=notes)
