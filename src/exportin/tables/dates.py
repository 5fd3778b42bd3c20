"""Dates as people write them, to year-month-day; an order that nothing proves is refused."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from exportin.tables.problems import Problem

YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}\S*)?)?$")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$")
SHORT = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}$")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
DAY_MONTH = re.compile(r"(\d{1,2})[- ./]([A-Za-z]{3,9})\.?[- ./](\d{4})$")
MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})$")
DAY_FIRST, MONTH_FIRST = "day first", "month first"
ISO = "Write every date as year-month-day, such as 2024-03-27."


@dataclass(frozen=True, slots=True, kw_only=True)
class DateColumn:
    """Dates as ``YYYY-MM-DD``, ``None`` where a cell is empty, and what is wrong."""

    values: tuple[str | None, ...]
    problems: tuple[Problem, ...] = ()


def is_date(text: str) -> bool:
    """Whether a text is a date in any order, valid or not.

    >>> is_date("2024-03-01"), is_date("13.3.2024"), is_date("1-Mar-2024"), is_date("14")
    (True, True, True, False)
    """
    forms = (YEAR_FIRST, YEAR_LAST, SHORT)
    return any(form.match(text) for form in forms) or bool(_named(text))


def read_dates(texts: Sequence[str], *, file: str, place: Callable[[int], str]) -> DateColumn:
    """Read a column of dates in one order, which the column itself must prove.

    Year first and months in English letters need no proof. Days and months as numbers with the
    year last are read only where all dates fit one order and one date has a number above 12.

    >>> read_dates(["13/03/2024", "02/04/2024"], file="a.csv", place=str).values
    ('2024-03-13', '2024-04-02')
    >>> read_dates(["02/04/2024"], file="a.csv", place=str).problems[0].code
    'date-order'
    """
    order, problems = _order(texts, file, place)
    if problems:
        return DateColumn(values=(None,) * len(texts), problems=problems)
    found = {text: _iso(text, order) for text in dict.fromkeys(texts)}
    wrong = [
        _problem(file, place(at), f"'{text[:40]}' is not a date.", "not-a-date")
        for at, text in enumerate(texts)
        if text and found[text] is None
    ]
    return DateColumn(values=tuple(found[text] for text in texts), problems=tuple(wrong))


def _order(
    texts: Sequence[str], file: str, place: Callable[[int], str]
) -> tuple[str, tuple[Problem, ...]]:
    """Return the order of days and months, or why it is not known."""
    proofs: dict[str, int] = {}
    numeric = [at for at, text in enumerate(texts) if YEAR_LAST.match(text)]
    first = next((at for at, text in enumerate(texts) if YEAR_FIRST.match(text)), None)
    if not numeric:
        return "", ()
    if first is not None:  # Excel turns the dates it understands, and leaves the others as text
        message = (
            f"'{texts[numeric[0]]}' has the year last, '{texts[first]}' ({place(first)}) first: "
            "a program may have swapped day and month in some of them."
        )
        return "", (_problem(file, place(numeric[0]), message, "mixed-dates"),)
    for at in numeric:
        for order in _proofs(texts[at]):
            proofs.setdefault(order, at)
    if len(proofs) == 2:
        one, other = proofs[DAY_FIRST], proofs[MONTH_FIRST]
        message = (
            f"'{texts[one]}' has the day first, '{texts[other]}' ({place(other)}) the month first."
        )
        return "", (_problem(file, place(one), message, "date-order"),)
    if not proofs:
        text = texts[numeric[0]]
        message = f"'{text}' may have the day or the month first; no date of the column tells."
        return "", (_problem(file, place(numeric[0]), message, "date-order"),)
    return next(iter(proofs)), ()


def _proofs(text: str) -> Iterator[str]:
    match = YEAR_LAST.match(text)
    if match and int(match[1]) > 12:
        yield DAY_FIRST
    if match and int(match[3]) > 12:
        yield MONTH_FIRST


def _iso(text: str, order: str) -> str | None:
    match = YEAR_FIRST.match(text)
    if match:
        return _valid(int(match[1]), int(match[3]), int(match[4]))
    match = YEAR_LAST.match(text)
    if match:
        one, two = int(match[1]), int(match[3])
        day, month = (one, two) if order == DAY_FIRST else (two, one)
        return _valid(int(match[4]), month, day)
    named = _named(text)
    return _valid(*named) if named else None


def _named(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day of a date whose month is an English name."""
    match = DAY_MONTH.match(text)
    day, name, year = (match[1], match[2], match[3]) if match else ("", "", "")
    if not match:
        match = MONTH_DAY.match(text)
        if not match:
            return None
        name, day, year = match[1], match[2], match[3]
    name = name.casefold()
    if name not in FULL and name not in MONTHS and name != "sept":
        return None
    return int(year), MONTHS.index(name[:3]) + 1, int(day)


def _valid(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _problem(file: str, place: str, message: str, code: str) -> Problem:
    return Problem(file=file, place=place, message=message, remedy=ISO, code=code)
