"""The columns that are numbers: the measured value and the dose."""

import re
from collections.abc import Callable, Iterator

import polars as pl

from exportin.readers.long_table.columns import Columns
from exportin.readers.long_table.header import Header
from exportin.readers.long_table.parts import Part
from exportin.tables.missing import CENSORED, missing_cause
from exportin.tables.numbercolumn import (
    absurd_number,
    doubtful_text,
    is_absurd,
    limited,
    missing_note,
    no_number,
    read_numbers,
    settle_format,
)
from exportin.tables.numbers import NumberFormat
from exportin.tables.problems import Problem

WITH_UNIT = re.compile(r"[+-]?[0-9.,]+(?:[eE][+-]?[0-9]+)?\s*[A-Za-z\u00b5\u03bc][^0-9]*$")


def read_measured(header: Header, columns: Columns, file: str, declared: str) -> Part:
    """Read value and dose with one decimal mark for the whole file.

    Raises
    ------
    InputError
        The decimal mark cannot be settled.
    """
    cols = [columns.at[name] for name in ("value", "dose") if name in columns.at]
    texts = [text for col in cols for text in header.texts(col)]
    count = len(header.rows)

    def place(index: int) -> str:
        return header.place(header.rows[index % count], cols[index // count])

    form, assumed = settle_format(
        texts, declared, file=file, place=place, delimiter=header.sheet.delimiter
    )
    value = read_numbers(texts[:count], form, file=file, place=place)
    parts = {
        "value": pl.Series(value.values, dtype=pl.Float64),
        "cause": pl.Series(value.causes, dtype=pl.String),
    }
    problems = [*value.problems, *as_text(header, cols, file)]
    notes = [*assumed, *value.notes]
    if "dose" in columns.at:
        dose = read_doses(header, columns.at["dose"], form, file)
        parts |= dose.columns
        problems += dose.problems
        notes += dose.notes
    return Part(columns=parts, problems=tuple(problems), notes=tuple(notes))


def read_doses(header: Header, col: int, form: NumberFormat, file: str) -> Part:
    """Read the dose: empty where a well got none, never a word or a bound."""
    texts = header.texts(col)
    numbers = {text: form.parse(text) for text in dict.fromkeys(texts)}
    absent = {text for text, dose in numbers.items() if dose is None and no_dose(text)}
    faults = [
        index for index, text in enumerate(texts) if numbers[text] is None and text not in absent
    ]
    problems = [
        no_dose_number(texts[i], form, file, header.place(header.rows[i], col)) for i in faults
    ]
    problems += impossible(texts, numbers, lambda i: header.place(header.rows[i], col), file)
    words = [text for text in texts if text in absent and text]
    return Part(
        columns={"dose": pl.Series([numbers[text] for text in texts], dtype=pl.Float64)},
        problems=limited(problems, file),
        notes=missing_note(words, file, what="doses"),
    )


def no_dose_number(text: str, form: NumberFormat, file: str, place: str) -> Problem:
    """Return the problem of a dose that is no number, such as one with its unit in the cell."""
    if not WITH_UNIT.match(text):
        return no_number(text, form, file, place)
    return Problem(
        file=file,
        place=place,
        message=f"'{text[:40]}' has its unit in the same cell.",
        remedy="Write the number alone, and the unit in a column dose_unit.",
        code="not-a-number",
    )


def impossible(
    texts: list[str], numbers: dict[str, float | None], place: Callable[[int], str], file: str
) -> Iterator[Problem]:
    """Find doses below zero (logarithms of doses, mostly) and of no size that can be weighed."""
    for index, text in enumerate(texts):
        dose = numbers[text]
        if dose is not None and dose < 0:
            yield Problem(
                file=file,
                place=place(index),
                message="The dose is below zero.",
                remedy="Write the dose itself, not its logarithm; 0 for no drug.",
                code="negative-dose",
            )
        elif dose is not None and is_absurd(dose):
            yield absurd_number(text, file, place(index))


def no_dose(text: str) -> bool:
    """Whether a cell says that there was no dose, rather than a dose we cannot read."""
    return missing_cause(text) is not None and not CENSORED.match(text)


def as_text(header: Header, cols: list[int], file: str) -> tuple[Problem, ...]:
    """Find workbook numbers stored as text that may be read two ways."""
    rows = set(header.rows)
    found = sorted((at, col) for at, col in header.sheet.doubtful if col in cols and at in rows)
    return limited(
        [
            doubtful_text(file, header.place(at, col), header.sheet.cell(at, col))
            for at, col in found
        ],
        file,
    )
