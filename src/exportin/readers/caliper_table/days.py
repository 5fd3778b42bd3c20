"""Days as people write them: 14, D14, Day 14, [14.], or a date."""

import re
from collections.abc import Sequence

from exportin.readers.caliper_table.words import SIZES, WEAK_OF, meaning
from exportin.tables.dates import is_date
from exportin.tables.sizes import split_size

DAY = re.compile(
    r"(?:(?P<word>days?|d)(?P<gap>[\s_.:]*))?(?P<dash>[+\u2212-]?)(?P<number>[0-9]+(?:[.,][0-9]*)?)"
    r"(?:\s*(?:d|days?))?$",
    re.IGNORECASE,
)
BRACKETS = re.compile(r"\[\s*([^\[\]]*?)\s*\]$")
WEEK = re.compile(r"w(?:ee)?ks?[\s_.]*[0-9]+$|[0-9]+\s*w(?:ee)?ks?$", re.IGNORECASE)


def day_text(text: str) -> str:
    """Return the number in a day, as written; empty where the text is no day.

    >>> day_text("Day 14"), day_text("d-1"), day_text("[34.]"), day_text("2,5"), day_text("P0")
    ('14', '-1', '34.', '2,5', '')
    """
    inside = BRACKETS.match(text)
    match = DAY.match(inside[1] if inside else text)
    if not match:
        return ""
    return match["dash"].replace("\u2212", "-").replace("+", "") + match["number"]


def is_day(text: str) -> bool:
    """Whether a heading is a day or a date."""
    return bool(day_text(text)) or is_date(text)


def is_week(text: str) -> bool:
    """Whether a heading counts weeks, which are not read."""
    return bool(WEEK.match(text))


def doubtful_dash(texts: Sequence[str]) -> int | None:
    """Return the first ``D-14`` of a row of days in which the dash may be a minus or none.

    It is a minus where another day is written without a dash.

    >>> doubtful_dash(["D-1", "D0", "D7"]), doubtful_dash(["D-3", "D-7"])
    (None, 0)
    """
    found = [(at, match) for at, text in enumerate(texts) if (match := DAY.match(text))]
    worded = [(at, match) for at, match in found if match["word"]]
    dashed = [at for at, match in worded if match["dash"] and not match["gap"]]
    return dashed[0] if dashed and len(dashed) == len(worded) else None


def day_label(title: str) -> tuple[str, str, str] | None:
    """Return size, day and unit of a heading of a column of days; ``None`` where it is none.

    >>> day_label("D14"), day_label("Volume D7 (mm3)"), day_label("D7_L")
    (('', 'D14', ''), ('volume', 'D7', 'mm3'), ('length', 'D7', ''))
    >>> day_label("Mouse") is None
    True
    """
    text = title.strip()
    if is_day(text):
        return "", text, ""
    word, unit = split_size(text)
    if unit and is_day(word):
        return "", word, unit
    parts = re.split(r"[\s_]+", word)
    for at in range(1, len(parts)):
        for size, day in ((parts[:at], parts[at:]), (parts[at:], parts[:at])):
            written = " ".join(day)
            known = meaning(" ".join(size), {})
            ours = known.ours or WEAK_OF.get(" ".join(size).casefold(), "")
            if ours in SIZES and is_day(written):
                return ours, written, unit or known.unit
    return None
