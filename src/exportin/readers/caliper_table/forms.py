"""Which of the forms a sheet has: a row per visit, days across, or animals across."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from exportin.readers.caliper_table.titles import Titles, read_titles
from exportin.readers.caliper_table.words import IDS, SIZES, TIMES, meaning, plain
from exportin.tables.sheet import Sheet

NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?$")
SEARCHED = 40
"""The headings stand among the first rows."""


class Form(Enum):
    """How a sheet is laid out."""

    LONG = "a row per animal and day"
    WIDE = "a row per animal, a column per day"
    ACROSS = "a row per day, a column per animal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A form, its headings, and the row of sizes that goes with them, if there is one.

    ``sizes_at`` is the row that says what each column of days holds; ``data`` the first row below
    all headings; ``titles_end`` the row before which only titles stand.
    """

    form: Form
    titles: Titles
    data: int
    titles_end: int
    sizes_at: int | None = None


def find_form(sheet: Sheet, file: str, columns: Mapping[str, str]) -> Found | None:
    """Return the first row that is a line of headings, and the form it begins."""
    weak: Found | None = None
    for at in range(min(SEARCHED, len(sheet.rows))):
        if sum(map(bool, sheet.rows[at])) < 2:
            continue
        titles = read_titles(sheet, file, at, columns)
        found = _form(sheet, file, titles, columns)
        if found is not None:
            return found
        if weak is None and titles.has(SIZES) and titles.has(IDS):
            weak = _long(titles)  # without days: reading says so
    return weak


def _form(sheet: Sheet, file: str, titles: Titles, columns: Mapping[str, str]) -> Found | None:
    ids, times, sizes = titles.has(IDS), titles.has(TIMES), titles.has(SIZES)
    pair = _pair(sheet, file, titles, columns) if ids and not titles.labels else None
    if pair is not None:
        return pair
    arms = ids and not sizes and "animal" not in titles.at and _numbers_below(sheet, titles)
    if times and (sizes or ids) and not arms:
        return _long(titles)
    if ids and titles.labels:
        return _wide(sheet, titles, columns)
    if time_columns(titles) and (arms or not ids) and not sizes and len(titles.names) > 1:
        return Found(form=Form.ACROSS, titles=titles, data=titles.top + 1, titles_end=titles.top)
    return None


def _numbers_below(sheet: Sheet, titles: Titles) -> bool:
    """Whether numbers stand below what reads like Treatment: then it is the name of an arm."""
    cols = [titles.at[name] for name in IDS if name in titles.at]
    texts = [row[col] for row in sheet.rows[titles.top + 1 :] for col in cols if col < len(row)]
    filled = [text for text in texts if text]
    numbers = [text for text in filled if NUMBER.match(text)]
    return 2 * len(numbers) > len(filled)


def _long(titles: Titles) -> Found:
    return Found(form=Form.LONG, titles=titles, data=titles.top + 1, titles_end=titles.top)


def time_columns(titles: Titles) -> dict[str, int]:
    """Return the columns of days and dates where animals stand across; Prism calls one X."""
    found = {name: titles.at[name] for name in TIMES if name in titles.at}
    named = [col for col, name in titles.names.items() if plain(name) == "x"]
    return found or ({"day": named[0]} if len(named) == 1 else {})


def _pair(sheet: Sheet, file: str, titles: Titles, columns: Mapping[str, str]) -> Found | None:
    """Return headings in two rows: names of columns above, days below."""
    below = titles.top + 1
    if below >= len(sheet.rows):
        return None
    named = [titles.at[name] for name in IDS if name in titles.at]
    if any(sheet.cell(below, col) for col in named):
        return None
    days = read_titles(sheet, file, below, columns)
    if not days.labels or days.others or days.has(SIZES) or days.has(TIMES):
        return None
    both = read_titles(sheet, file, titles.top, columns, below=below)
    return Found(
        form=Form.WIDE, titles=both, data=below + 1, titles_end=titles.top,
        sizes_at=titles.top if is_sizes(sheet, titles.top, both, columns) else None,
    )  # fmt: skip


def _wide(sheet: Sheet, titles: Titles, columns: Mapping[str, str]) -> Found:
    """Return a row of days, with the row of sizes that may stand below or above it."""
    top = titles.top
    if is_sizes(sheet, top + 1, titles, columns):
        return Found(form=Form.WIDE, titles=titles, data=top + 2, titles_end=top, sizes_at=top + 1)
    above = top - 1 if top and is_sizes(sheet, top - 1, titles, columns) else None
    return Found(
        form=Form.WIDE, titles=titles, data=top + 1,
        titles_end=top if above is None else above, sizes_at=above,
    )  # fmt: skip


def is_sizes(sheet: Sheet, at: int, titles: Titles, columns: Mapping[str, str]) -> bool:
    """Whether a row says of the columns of days what was measured: V, Volume, Weight (g) ..."""
    if at >= len(sheet.rows):
        return False
    texts = [sheet.cell(at, col) for col in titles.labels]
    said = [text for text in texts if text and plain(text) not in ("day", "days")]
    means = [meaning(text, columns).ours for text in said]
    return bool(said) and all(ours in SIZES for ours in means)
