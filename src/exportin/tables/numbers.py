"""Text to numbers: decimal comma or point, thousands, and the words for a missing value."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from exportin.tables.decimals import Facts
from exportin.tables.problems import InputError, Problem

# no-break, figure, thin and narrow no-break space: typed by software between thousands
SPACES = "\u00a0\u2007\u2009\u202f"
MINUS = "\u2212"
PLAIN = re.compile(r"[+-]?[0-9]+(?:[eE][+-]?[0-9]+)?$")
ONE_MARK = re.compile(r"[+-]?([0-9]*)([.,])([0-9]*)((?:[eE][+-]?[0-9]+)?)$")
GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*(?:([.,])[0-9]*)?$")


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written in one file.

    Parameters
    ----------
    decimal
        ``.`` or ``,``.
    groups
        Whether the other mark may stand between thousands.
    stored
        Whether texts without a comma are stored numbers of a workbook, which have a point
        whatever the mark of the typed ones.

    >>> NumberFormat(",").parse("1.234,5"), NumberFormat(".").parse("OVRFLW")
    (1234.5, None)
    >>> typed = NumberFormat(",", stored=True)
    >>> typed.parse("97,15"), typed.parse("97.15")
    (97.15, 97.15)
    """

    decimal: str = "."
    groups: bool = True
    stored: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a number looks like; grouped digits come in threes and never begin with 0."""
        mark, other = re.escape(self.decimal), "," if self.decimal == "." else "."
        group = f"(?:{re.escape(other)}[0-9]{{3}})+|" if self.groups else ""
        whole = rf"[0-9]+|[1-9][0-9]{{0,2}}(?:{group}(?:[{SPACES}][0-9]{{3}})+)"
        digits = rf"(?:{whole})(?:{mark}[0-9]*)?|{mark}[0-9]+"
        return re.compile(rf"[+-]?(?:{digits})(?:[eE][+-]?[0-9]+)?$")

    def parse(self, text: str) -> float | None:
        """Return the number a text is, or ``None`` where it is not one in this format."""
        text = text.strip().replace(MINUS, "-")
        if self.stored and "," not in text:
            return NumberFormat(".", groups=False).parse(text)
        if not self.pattern.match(text):
            return None
        other = "," if self.decimal == "." else "."
        bare = re.sub(f"[{SPACES}{re.escape(other)}]", "", text).replace(self.decimal, ".")
        number = float(bare)
        return number if math.isfinite(number) else None


@lru_cache
def number_format(decimal: str) -> NumberFormat:
    """Return the format with this decimal mark."""
    return NumberFormat(decimal)


def parse_number(text: str, decimal: str) -> float | None:
    """Return the number, or ``None`` for anything else; missing is never zero.

    >>> parse_number("1,234.5", "."), parse_number("0,5", "."), parse_number("", ".")
    (1234.5, None, None)
    """
    return number_format(decimal).parse(text)


def decimal_evidence(text: str) -> str:
    """Return ``.`` or ``,`` where the text proves it, ``?.`` or ``?,`` where it may be either.

    ``?,`` means: one comma with three digits behind it. Empty: the text says nothing.

    >>> [decimal_evidence(t) for t in ("1.234,5", "0.5", "1,234", "25104", "1.2.3")]
    [',', '.', '?,', '', '']
    """
    text = re.sub(f"[{SPACES}]", "", text.strip()).replace(MINUS, "-")
    one = ONE_MARK.match(text)
    if one:
        whole, mark, part, exponent = one.groups()
        if not whole and not part:
            return ""
        doubtful = re.match(r"[1-9][0-9]{0,2}$", whole) and len(part) == 3 and not exponent
        return f"?{mark}" if doubtful else mark
    grouped = GROUPED.match(text)
    if not grouped or grouped.group(1) == grouped.group(2):
        return ""
    return "," if grouped.group(1) == "." else "."


def decide_decimal(
    texts: Sequence[str],
    declared: str = "",
    *,
    file: str,
    place: Callable[[int], str],
    delimiter: str = "",
) -> tuple[str, tuple[Problem, ...]]:
    """Return the decimal mark of a file and what had to be assumed.

    Parameters
    ----------
    texts
        The cells that should be numbers; other words are passed over.
    declared
        What the study file says; it wins, and cells that break it fail when parsed.
    file, place
        For messages: the file, and the place of the i-th text.
    delimiter
        In a comma-delimited file a bare ``1.234`` has a decimal point, with a note.

    Raises
    ------
    InputError
        Both marks are used, or every number could be read two ways.

    >>> decide_decimal(["0,5", "12"], file="a.csv", place=str)
    (',', ())
    """
    if declared:
        return declared, ()
    first: dict[str, int] = {}
    evidence = {text: decimal_evidence(text) for text in dict.fromkeys(texts)}
    for index, text in enumerate(texts):
        if evidence[text]:
            first.setdefault(evidence[text], index)
    facts = Facts(file=file, texts=texts, place=place)
    if "." in first and "," in first:
        raise InputError(facts.mixed(first["."], first[","]))
    if "." in first or "," in first:
        mark = "." if "." in first else ","
        other = "?," if mark == "." else "?."
        return mark, (facts.thousands(first[other]),) if other in first else ()
    return settle_doubt(first, facts, delimiter)


def settle_doubt(
    first: dict[str, int], facts: Facts, delimiter: str
) -> tuple[str, tuple[Problem, ...]]:
    """Decide where no cell proves anything: only a comma-delimited file is settled."""
    if not first:
        return ".", ()
    if "?," not in first and delimiter == ",":
        return ".", (facts.assumed(first["?."]),)
    raise InputError(facts.doubtful(min(first.values())))
