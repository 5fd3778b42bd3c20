"""Whether a table is a caliper sheet and nothing else: asked of every file, so a little narrow."""

from exportin.readers.caliper_table.across import NUMBERED, PRISM
from exportin.readers.caliper_table.days import is_day, is_week
from exportin.readers.caliper_table.forms import SEARCHED, Form, Found, find_form, time_columns
from exportin.readers.caliper_table.table import above
from exportin.readers.caliper_table.words import IDS, STRONG_OF, plain, spoken
from exportin.tables.numbers import parse_number
from exportin.tables.origin import Source
from exportin.tables.sheet import Sheet


def looks_like_caliper(sheet: Sheet, source: Source) -> bool:
    """Whether the headings of a sheet speak of animals, days and sizes."""
    if len(sheet.rows) < 2:
        return False
    found = find_form(sheet, source.name, {})
    if found is None:
        return any(map(_weekly, sheet.rows[:SEARCHED]))
    if found.form is Form.LONG:
        return _long(found)
    words = [text for _, text in above(sheet, found.titles_end)]
    words += [sheet.name, source.stem]
    titled = any(spoken(text)[0] for text in words)
    if found.form is Form.WIDE:
        return titled or _wide(found)
    return _across(sheet, found, titled=titled)


def _weekly(row: tuple[str, ...]) -> bool:
    """Whether a row heads animals and weeks, which are refused with what to write instead."""
    return sum(map(is_week, row)) > 1 and any(STRONG_OF.get(plain(t)) == "animal" for t in row)


def _strong(found: Found, name: str) -> bool:
    col = found.titles.at.get(name)
    return col is not None and STRONG_OF.get(plain(found.titles.names[col])) == name


def _long(found: Found) -> bool:
    """Days, and a volume, a weight or two diameters, of something that has a name."""
    at, units = found.titles.at, found.titles.units
    if not {"day", "date"} & at.keys():
        return False
    sized = "volume" in at or {"length", "width"} <= at.keys()
    if "animal" in at:
        return sized or ("weight" in at and _strong(found, "animal"))
    named = found.titles.has(IDS)
    return named and (units.get("volume") in ("mm3", "cm3") or ("weight" in at and sized))


def _wide(found: Found) -> bool:
    """Animals, and days: written as such, or with an arm beside a name that only animals have."""
    if "animal" not in found.titles.at or len(found.titles.labels) < 2:
        return False
    worded = all(parse_number(x.day, ".") is None for x in found.titles.labels.values())
    return worded or _strong(found, "animal") or found.sizes_at is not None


def _across(sheet: Sheet, found: Found, *, titled: bool) -> bool:
    """Days at the left, and columns that are numbered, or arms that span several."""
    times = time_columns(found.titles).values()
    head = sheet.rows[found.titles.top]
    names = [text for col, text in enumerate(head) if col not in times]
    if len(names) < 2:
        return False
    if "x" in (plain(head[col]) for col in times) and not any(map(PRISM.match, names)):
        return False
    first = next((sheet.cell(found.data, col) for col in times), "")
    if not is_day(first) and not titled:
        return False
    spans = names[0] != "" and ("" in names or len(set(names)) < len(names))
    numbered = all(text.isdigit() or PRISM.match(text) or NUMBERED.match(text) for text in names)
    return spans or numbered or titled
