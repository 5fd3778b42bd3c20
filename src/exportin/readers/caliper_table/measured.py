"""Texts to numbers, words to causes, days and dates: with one decimal mark for the whole sheet."""

import re
from collections import Counter
from dataclasses import dataclass

from exportin.readers.caliper_table.days import BRACKETS, day_text, doubtful_dash
from exportin.readers.caliper_table.faults import fault, note
from exportin.readers.caliper_table.visits import Cells, Visits
from exportin.tables.dates import read_dates
from exportin.tables.missing import CENSORED, EMPTY, missing_cause
from exportin.tables.numbercolumn import (
    PERCENT,
    absurd_number,
    doubtful_text,
    is_absurd,
    limited,
    missing_note,
    no_number,
    settle_format,
)
from exportin.tables.numbers import NumberFormat
from exportin.tables.problems import InputError, Problem
from exportin.tables.sizes import find_size

GONE = frozenset(
    {"nm", "n.m.", "np", "n.p.", "nt", "dead", "died", "death", "found dead", "fd", "sac", "sacd",
     "sac'd", "sacrificed", "euthanized", "euthanised", "euth", "culled", "killed", "removed",
     "terminated", "x", "xx", "xxx", "†", "‡", "not measured", "not palpable", "impalpable",
     "non-palpable", "tnp", "ulcerated", "moribund"}
)  # fmt: skip
"""Words that bench sheets put in place of a size."""
WITH_UNIT = re.compile(r"[+-]?[0-9.,]+(?:[eE][+-]?[0-9]+)?\s*(?P<unit>[^\d\s].*)$")
WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Numbers by our name, cause and time of each visit, and what was noted."""

    sizes: dict[str, list[float | None]]
    causes: list[str]
    days: list[float | None]
    dates: list[str | None]
    notes: tuple[Problem, ...]


def read_measured(visits: Visits, declared: str) -> Measured:
    """Read every number of the visits.

    Raises
    ------
    InputError
        With every cell that is no number, no day and no word for a missing size.
    """
    day = visits.times.get("day")
    inner = [] if day is None else [day_text(text) for text in day.texts]
    form, notes = _format(visits, day, inner, declared)
    problems: list[Problem] = []
    sizes: dict[str, list[float | None]] = {}
    words: list[list[str]] = [[] for _ in range(visits.count)]
    for name, cells in visits.sizes.items():
        sizes[name], faults = _numbers(visits, cells, form, words)
        problems += faults
    days, faults = _days(visits, day, inner, form)
    problems += faults
    dates, faults = _dates(visits)
    problems += [*faults, *_timeless(visits, days, dates)]
    if problems:
        raise InputError(problems)
    filled = [any(column[at] is not None for column in sizes.values()) for at in range(len(words))]
    if not any(filled):
        raise InputError(_no_numbers(visits))
    causes = [
        "; ".join(dict.fromkeys(found)) or ("" if any_size else EMPTY)
        for found, any_size in zip(words, filled, strict=True)
    ]
    return Measured(
        sizes=sizes, causes=causes, days=days, dates=dates,
        notes=(*notes, *_said(visits, words), *_bracketed(visits, day)),
    )  # fmt: skip


def _no_numbers(visits: Visits) -> Problem:
    cells = next(iter(visits.sizes.values()))
    message = f"Not one size is a number, as '{cells.texts[0][:40]}' here."
    return fault(
        visits.file, visits.place(cells, 0), message,
        "Give the measurements; name the columns if others hold them.", "no-values",
    )  # fmt: skip


def _format(
    visits: Visits, day: Cells | None, inner: list[str], declared: str
) -> tuple[NumberFormat, tuple[Problem, ...]]:
    """Settle the decimal mark by sizes and days together."""
    columns = list(visits.sizes.values())
    texts = [text for cells in columns for text in cells.texts]
    count = visits.count

    def place(index: int) -> str:
        if index < len(texts):
            return visits.place(columns[index // count], index % count)
        return visits.place(day, index - len(texts)) if day is not None else ""

    return settle_format(
        [*texts, *inner], declared, file=visits.file, place=place, delimiter=visits.sheet.delimiter
    )


def _numbers(
    visits: Visits, cells: Cells, form: NumberFormat, words: list[list[str]]
) -> tuple[list[float | None], tuple[Problem, ...]]:
    """Read one column; a word goes to the causes of its visit."""
    numbers = {text: form.parse(text) for text in dict.fromkeys(cells.texts)}
    wrong = {text for text, number in numbers.items() if number is None and not _is_word(text)}
    absurd = {text for text, number in numbers.items() if number is not None and is_absurd(number)}
    problems = []
    for index, text in enumerate(cells.texts):
        if text in wrong:
            problems.append(_no_number(text, form, visits.file, visits.place(cells, index)))
        elif text in absurd:
            problems.append(absurd_number(text, visits.file, visits.place(cells, index)))
        elif cells.at(index) in visits.sheet.doubtful:
            problems.append(doubtful_text(visits.file, visits.place(cells, index), text))
        elif text and numbers[text] is None:
            words[index].append(text)
    return [numbers[text] for text in cells.texts], limited(problems, visits.file)


def _is_word(text: str) -> bool:
    """Whether a cell is a word, which means a missing size, and not a number gone wrong.

    >>> [_is_word(text) for text in ("dead", "sac d14", "<50", "", "12O", "O.5", "0.5 cm3")]
    [True, True, True, True, False, False, False]
    """
    if missing_cause(text) is not None:
        return True
    if not any(letter.isdigit() for letter in text):
        return True
    return bool(WORD.match(text)) and not find_size(text.rsplit(maxsplit=1)[-1])


def _no_number(text: str, form: NumberFormat, file: str, place: str) -> Problem:
    found = WITH_UNIT.match(text)
    unit = find_size(found["unit"]) if found else ""
    if unit:
        message = f"'{text[:40]}' has its unit in the same cell."
        remedy = f"Write the number alone, and '({unit})' behind the name of the column."
        return fault(file, place, message, remedy, "unit-in-cell")
    problem = no_number(text, form, file, place)
    if PERCENT.match(text):
        return problem
    remedy = "Write a number, leave the cell empty, or use a word such as NM, dead or sac."
    return fault(file, place, problem.message, remedy, problem.code)


def _days(
    visits: Visits, day: Cells | None, inner: list[str], form: NumberFormat
) -> tuple[list[float | None], tuple[Problem, ...]]:
    """Read the days; a day that is none is a problem, an empty one is left to `_timeless`."""
    if day is None:
        return [None] * visits.count, ()
    doubt = doubtful_dash(list(dict.fromkeys(day.texts)))
    if doubt is not None:
        text = list(dict.fromkeys(day.texts))[doubt]
        at = day.texts.index(text)
        message = f"'{text}' may be a day before day 0 or after it: every day has the dash."
        remedy = "Write the days as numbers, -1 for the day before day 0."
        return [None] * visits.count, (
            fault(visits.file, visits.place(day, at), message, remedy, "doubtful-day"),
        )
    numbers = {text: form.parse(text) if text else None for text in dict.fromkeys(inner)}
    found = [numbers[text] for text in inner]
    seen: set[tuple[int, int]] = set()
    problems = []
    for index, text in enumerate(day.texts):
        wrong = found[index] is None or is_absurd(found[index] or 0.0)
        if text and wrong and day.at(index) not in seen:
            seen.add(day.at(index))
            problems.append(
                fault(
                    visits.file, visits.place(day, index), f"'{text[:40]}' is no day.",
                    "Write the day as a number, such as 14 or -1.", "not-a-day",
                )
            )  # fmt: skip
    return found, limited(problems, visits.file)


def _dates(visits: Visits) -> tuple[list[str | None], tuple[Problem, ...]]:
    cells = visits.times.get("date")
    if cells is None:
        return [None] * visits.count, ()
    known = list(dict.fromkeys(zip(cells.texts, cells.rows, cells.cols, strict=True)))
    found = read_dates(
        [text for text, _, _ in known],
        file=visits.file,
        place=lambda index: visits.sheet.place(*known[index][1:], cells.title),
    )
    if found.problems:
        return [None] * visits.count, limited(list(found.problems), visits.file)
    iso = {key[0]: value for key, value in zip(known, found.values, strict=True)}
    return [iso[text] for text in cells.texts], ()


def _timeless(
    visits: Visits, days: list[float | None], dates: list[str | None]
) -> tuple[Problem, ...]:
    """Find visits without a day and without a date, where nothing stands in their place."""
    cells = next(iter(visits.times.values()))
    problems = {
        cells.at(at): fault(
            visits.file, visits.place(cells, at), "The visit has no day.",
            "Fill in the cell, or remove the line.", "no-day",
        )
        for at in range(visits.count)
        if days[at] is None and dates[at] is None
        and not any(other.texts[at] for other in visits.times.values())
    }  # fmt: skip
    return limited(list(problems.values()), visits.file)


def _said(visits: Visits, words: list[list[str]]) -> tuple[Problem, ...]:
    """Count the words in place of sizes; those that nobody knows apart, to be looked at."""
    texts = [text for found in words for text in found]
    known = [text for text in texts if _known(text)]
    unknown = Counter(text for text in texts if not _known(text))
    notes = missing_note(known, visits.file, what="sizes")
    if not unknown:
        return notes
    listed = ", ".join(f"{word[:40]} ({count})" for word, count in sorted(unknown.items())[:12])
    more = f" and {len(unknown) - 12} other words" if len(unknown) > 12 else ""
    return (
        *notes,
        note(
            visits.file, "", f"Unknown words stand in place of sizes: {listed}{more}.",
            "They are kept as missing with the word as cause; see that none was a number.",
            "unknown-words",
        ),
    )  # fmt: skip


def _known(text: str) -> bool:
    return (
        text.strip().casefold() in GONE
        or missing_cause(text) is not None
        or bool(CENSORED.match(text))
    )


def _bracketed(visits: Visits, day: Cells | None) -> tuple[Problem, ...]:
    """Note days in brackets."""
    if day is None:
        return ()
    found = [at for at, text in enumerate(day.texts) if BRACKETS.match(text)]
    if not found:
        return ()
    text = day.texts[found[0]]
    return (
        note(
            visits.file, visits.place(day, found[0]),
            f"{len(found)} days stand in brackets, as in '{text}'; they are read as numbers.",
            "", "day-in-brackets",
        ),
    )  # fmt: skip
