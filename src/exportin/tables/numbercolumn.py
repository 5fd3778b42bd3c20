"""A column of text cells to values and causes, with every cell that is neither."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exportin.tables.missing import EMPTY, missing_cause
from exportin.tables.numbers import NumberFormat, decide_decimal, number_format
from exportin.tables.problems import Problem

MAX_NAMED = 50  # problems of one kind listed one by one
WORKBOOK = NumberFormat(".", groups=False)
LARGEST, SMALLEST = 1e30, 1e-30  # beyond these a cell holds no measurement, and squares overflow
PERCENT = re.compile(r"[+-]?[0-9.,]+\s*%$")


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """Values with ``None`` where missing, why they are missing, and what is wrong."""

    values: tuple[float | None, ...]
    causes: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def read_numbers(
    texts: Sequence[str],
    form: NumberFormat,
    *,
    file: str,
    place: Callable[[int], str],
) -> NumberColumn:
    """Read a column of cells; a cell is a number, a word for missing, or a problem.

    >>> column = read_numbers(["1,5", "<LOD"], NumberFormat(","), file="a.csv", place=str)
    >>> column.values, column.causes
    ((1.5, None), ('', '<LOD'))
    """
    numbers = {text: form.parse(text) for text in dict.fromkeys(texts)}
    words = {text: missing_cause(text) for text, number in numbers.items() if number is None}
    wrong = {text for text, cause in words.items() if cause is None}
    faults = [index for index, text in enumerate(texts) if text in wrong] if wrong else []
    causes = tuple([words.get(text) or "" for text in texts])
    problems = [no_number(texts[i], form, file, place(i)) for i in faults]
    absurd = {text for text, number in numbers.items() if number is not None and is_absurd(number)}
    problems += [
        absurd_number(text, file, place(i)) for i, text in enumerate(texts) if text in absurd
    ]
    return NumberColumn(
        values=tuple([numbers[text] for text in texts]),
        causes=causes,
        problems=limited(problems, file),
        notes=missing_note(causes, file),
    )


def settle_format(
    texts: Sequence[str],
    declared: str,
    *,
    file: str,
    place: Callable[[int], str],
    delimiter: str,
) -> tuple[NumberFormat, tuple[Problem, ...]]:
    """Return how the numbers of a file are written, and what was assumed.

    Cells of a workbook (no delimiter) hold numbers and not their pictures. Only cells that were
    typed as text can hold a comma; they alone say, or are told, what it means.
    """
    if delimiter:
        mark, notes = decide_decimal(texts, declared, file=file, place=place, delimiter=delimiter)
        return number_format(mark), notes
    typed = [at for at, text in enumerate(texts) if "," in text]
    if not typed:
        return WORKBOOK, ()
    mark, notes = decide_decimal(
        [texts[at] for at in typed],
        declared,
        file=file,
        place=lambda i: place(typed[i]),
        delimiter=delimiter,
    )
    if mark == ".":
        return WORKBOOK, notes
    note = Problem(
        file=file,
        place=place(typed[0]),
        message=f"{len(typed)} cells hold text with a decimal comma; they are read as numbers.",
        remedy="",
        code="comma-in-text",
        severity="note",
    )
    return NumberFormat(",", stored=True), (*notes, note)


def doubtful_text(file: str, place: str, text: str) -> Problem:
    """Return the problem of a workbook cell whose text may be a decimal or a thousand."""
    return Problem(
        file=file,
        place=place,
        message=f"'{text}' is stored as text: it may be a decimal or a thousand.",
        remedy="Make it a number in Excel or LibreOffice (Data, Text to Columns).",
        code="number-as-text",
    )


def no_number(text: str, form: NumberFormat, file: str, place: str) -> Problem:
    """Return the problem of a cell that should be a number."""
    if PERCENT.match(text):
        remedy = "Remove the percent sign in the whole column and name the unit in the study file."
        return Problem(
            file=file,
            place=place,
            message=f"'{text}' has a percent sign.",
            remedy=remedy,
            code="percent-sign",
        )
    word = "point" if form.decimal == "." else "comma"
    return Problem(
        file=file,
        place=place,
        message=f"'{text[:40]}' is not a number with a decimal {word}.",
        remedy="Write a number, leave the cell empty, or use a word such as OVRFLW, <LOD or NA.",
        code="not-a-number",
    )


def is_absurd(number: float) -> bool:
    """Whether a number is too large or too small to be measured or pipetted.

    >>> is_absurd(1e300), is_absurd(0.0), is_absurd(-2.5)
    (True, False, False)
    """
    return number != 0 and not SMALLEST <= abs(number) <= LARGEST


def absurd_number(text: str, file: str, place: str) -> Problem:
    """Return the problem of a number that no instrument gives."""
    return Problem(
        file=file,
        place=place,
        message=f"'{text[:40]}' is no size that can be measured.",
        remedy=f"Write a number from {SMALLEST:g} to {LARGEST:g}; leave it empty for none.",
        code="absurd-number",
    )


def limited(problems: list[Problem], file: str) -> tuple[Problem, ...]:
    """Keep the first problems of one kind and count the rest."""
    rest = len(problems) - MAX_NAMED
    if rest <= 0:
        return tuple(problems)
    more = Problem(
        file=file,
        place="",
        message=f"{rest} more cells have the same problem.",
        remedy=problems[0].remedy,
        code=problems[0].code,
    )
    return (*problems[:MAX_NAMED], more)


def missing_note(causes: Sequence[str], file: str, what: str = "values") -> tuple[Problem, ...]:
    """Count the missing values by the word that stood there."""
    counts = Counter(cause for cause in causes if cause and cause != EMPTY)
    if not counts:
        return ()
    words = ", ".join(f"{word} ({count})" for word, count in sorted(counts.items()))
    note = Problem(
        file=file,
        place="",
        message=f"{sum(counts.values())} {what} are missing or censored: {words}.",
        remedy="They are kept as missing with their cause, never as zero.",
        code="missing-values",
        severity="note",
    )
    return (note,)
