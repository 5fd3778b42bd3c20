"""Words that stand for a missing or censored value; they are kept, and never become zero."""

import re

WORDS = frozenset(
    {
        *("", "-", "--", "---", "*", "?", "na", "n/a", "n.a.", "nd", "n.d.", "n/d", "nan", "null"),
        *("none", "missing", "missed", "empty", "inf", "+inf", "-inf", "infinity", "-infinity"),
        *("ovrflw", "over", "overflow", "ovflw", "under", "underflow", "#sat", "sat", "saturated"),
        *("undetermined", "undet.", "no ct", "no cq", "no cp", "inconclusive"),  # qPCR software
        *("#low", "#high", "#err", "range?", "?????", "*****"),  # SoftMax Pro, Gen5
        *("lod", "loq", "bdl", "blq", "invalid", "error", "masked", "out of range"),
        "inj.",  # BMG: a cycle in which the injector ran and nothing was read
        *("#div/0!", "#n/a", "#value!", "#num!", "#ref!", "#null!", "#name?", "#error!"),
    }
)
CENSORED = re.compile(
    r"(?:[<>≤≥]|<=|>=)\s*(?:lod|loq|lloq|uloq|max|min|[0-9]+(?:[.,][0-9]+)*(?:e[+-]?[0-9]+)?)$",
    re.IGNORECASE,
)
EMPTY = "empty"
OVERFLOW = frozenset(
    {"ovrflw", "over", "overflow", "ovflw", "#sat", "sat", "saturated", "+inf", "#high"}
)
ABOVE = (">", "\u2265")


def missing_cause(text: str) -> str | None:
    """Return why a value is missing, in the file's own words; ``None`` if it is not missing.

    >>> missing_cause("OVRFLW"), missing_cause(">60000"), missing_cause(""), missing_cause("7")
    ('OVRFLW', '>60000', 'empty', None)
    """
    text = text.strip()
    if text.casefold() in WORDS or CENSORED.match(text):
        return text or EMPTY
    return None


def is_overflow(cause: str) -> bool:
    """Whether a value is missing because it was too large to be read.

    >>> is_overflow("OVRFLW"), is_overflow(">60000"), is_overflow("NA")
    (True, True, False)
    """
    return cause.strip().casefold() in OVERFLOW or cause.strip().startswith(ABOVE)
