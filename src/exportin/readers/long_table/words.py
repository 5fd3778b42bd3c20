"""The columns that are text: names stay as written, odd ones are noted."""

import re

import polars as pl

from exportin.readers.long_table.columns import Columns
from exportin.readers.long_table.header import Header
from exportin.readers.long_table.parts import Part
from exportin.tables.names import clean, look_alike_notes
from exportin.tables.numbercolumn import limited
from exportin.tables.problems import Problem
from exportin.tables.wells import no_well, well_name, well_position

MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
EXCEL_DATE = re.compile(rf"(?:([0-9]{{1,2}})-({MONTHS})|({MONTHS})-([0-9]{{1,2}}))$", re.IGNORECASE)
GENES = {"mar": "MARCHF", "sep": "SEPTIN", "dec": "DELEC"}
MAX_NAMES = 2000  # a column with more different texts holds no names to compare
NOT_NAMES = ("well", "channel", "value", "dose", "dose_unit", "unit_id")


def read_words(header: Header, columns: Columns, file: str) -> Part:
    """Read every column that is neither value nor dose, as text; wells get their one name."""
    series: dict[str, pl.Series] = {}
    problems: list[Problem] = []
    notes: list[Problem] = []
    for name, col in columns.at.items():
        if name == "well":
            part = read_wells(header, col, file)
        elif name in ("value", "dose"):
            continue
        else:
            part = read_names(header, name, col, file)
        series |= part.columns
        problems += part.problems
        notes += part.notes
    return Part(columns=series, problems=tuple(problems), notes=tuple(notes))


def read_names(header: Header, name: str, col: int, file: str) -> Part:
    """Clean the texts of a column and note what a person should look at."""
    texts = header.texts(col)
    cleaned = {text: clean(text) for text in dict.fromkeys(texts)}
    changed = sorted(text for text, after in cleaned.items() if text != after)
    notes = [invisible(file, name, changed[0])] if changed else []
    notes += [excel_date(file, name, text) for text in cleaned if EXCEL_DATE.match(text)]
    if name not in NOT_NAMES and len(cleaned) <= MAX_NAMES:
        notes += look_alike_notes(cleaned.values(), file=file, column=header.names[col])
    values = pl.Series([cleaned[text] for text in texts], dtype=pl.String)
    return Part(columns={name: values}, notes=tuple(notes))


def invisible(file: str, column: str, text: str) -> Problem:
    """Note that invisible marks were taken out of names."""
    return Problem(
        file=file,
        place=f"column '{column}'",
        message=f"Odd blanks or invisible marks were made plain, as in {text!a}.",
        remedy="",
        code="name-cleaned",
        severity="note",
    )


def excel_date(file: str, column: str, text: str) -> Problem:
    """Note a name that Excel has probably made of a gene symbol, and propose the symbol."""
    match = EXCEL_DATE.match(text)
    day, month = (match[1] or match[4], (match[2] or match[3]).lower()) if match else ("", "")
    gene = f"; was it the gene {GENES[month]}{int(day)}?" if month in GENES else "."
    return Problem(
        file=file,
        place=f"column '{column}'",
        message=f"'{text}' looks like a date that Excel made of a name{gene}",
        remedy="It is kept as written; correct it in the file if it is wrong.",
        code="excel-date",
        severity="note",
    )


def read_wells(header: Header, col: int, file: str) -> Part:
    """Read the wells; every row of a table with a well column must have one."""
    texts = header.texts(col)
    found = {text: well_position(text) for text in dict.fromkeys(texts)}
    names = {text: well_name(*at) for text, at in found.items() if at is not None}
    problems = [
        no_well(text, file, header.place(header.rows[index], col))
        for index, text in enumerate(texts)
        if text not in names
    ]
    values = pl.Series([names.get(text) for text in texts], dtype=pl.String)
    return Part(columns={"well": values}, problems=limited(problems, file))
