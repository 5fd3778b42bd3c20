"""Tables as CSV for people: numbers stay numbers, text can never become a formula."""

import csv
from collections.abc import Iterable
from io import StringIO

import polars as pl

from exportin.contract.sheet import Sheet
from exportin.results.formatting import format_estimate
from exportin.results.tables import Estimates

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_text(text: str) -> str:
    """Put a single quote before text that a spreadsheet would run as a formula.

    >>> safe_text("=1+1"), safe_text("LP6")
    ("'=1+1", 'LP6')
    """
    return "'" + text if text.lstrip(" \n").startswith(FORMULA_STARTS) else text


def sheet_csv(sheet: Sheet, estimates: Estimates) -> bytes:
    """Write a table of an assay's own making as CSV: numbers as people read them."""
    rows = {row["id"]: row for row in estimates.frame.iter_rows(named=True)}
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_text(name) for name in sheet.header])
    for row in sheet.rows:
        cells = [format_estimate(rows[c.id]) if c.id else c.text for c in row]
        writer.writerow([safe_text(cell) for cell in cells])
    return out.getvalue().encode()


def csv_bytes(frame: pl.DataFrame, exempt: Iterable[str] = ("bound", "direction")) -> bytes:
    """Write a frame as CSV (UTF-8); columns of closed vocabularies are exempt from quoting."""
    text = [name for name, kind in frame.schema.items() if kind == pl.String and name not in exempt]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_text(name) for name in frame.columns])
    columns = [
        [safe_text(cell) if cell else cell for cell in frame.get_column(name).to_list()]
        if name in text
        else frame.get_column(name).to_list()
        for name in frame.columns
    ]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()
