"""Names of samples, models and drugs: cleaned of invisible marks, look-alikes found."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import combinations

from exportin.tables.problems import Problem

# Cyrillic and Greek letters that print like Latin ones (Unicode UTS 39, the usual few)
CONFUSABLE = str.maketrans(
    "АВЕКМНОРСТУХЅІЈаеорсухѕіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧονι",
    "ABEKMHOPCTYXSIJaeopcyxsijABEZHIKMNOPTYXovi",
)
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
ODD_SPACE = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000\t\n\r\v\f]+")
FILLERS = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")


def clean(text: str) -> str:
    r"""Strip a name, compose its letters, and make odd blanks plain ones.

    >>> clean(" SK\u00a0LMS-1 ")
    'SK LMS-1'
    """
    if text.isascii():
        return " ".join(text.split()) if ODD_SPACE.search(text) else text.strip()
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return ODD_SPACE.sub(" ", text).strip()


def skeleton(name: str) -> str:
    """Reduce a name to what the eye sees: no blanks, hyphens, case or foreign look-alikes.

    >>> skeleton("SW-872") == skeleton("sw 872")
    True
    """
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", name)).translate(CONFUSABLE)
    return FILLERS.sub("", folded).casefold()


def look_alikes(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of different names that are probably meant to be one.

    >>> look_alikes(["LP6", "LP-6", "A204", "A205"])
    (('LP-6', 'LP6'),)
    """
    groups: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        groups.setdefault(skeleton(name), []).append(name)
    return tuple(pair for key, group in groups.items() if key for pair in combinations(group, 2))


def look_alike_notes(names: Iterable[str], *, file: str, column: str) -> tuple[Problem, ...]:
    """Note look-alike names of a column with a proposal; they are never merged here."""
    return tuple(
        Problem(
            file=file,
            place=f"column '{column}'",
            message=f"{first!a} and {second!a} look like one name; they are kept apart."
            if not (first + second).isascii()
            else f"'{first}' and '{second}' look like one name; they are kept apart.",
            remedy="If they are the same, write one of them throughout.",
            code="look-alike-names",
            severity="note",
        )
        for first, second in look_alikes(names)
    )
