"""Names for files that people drop in: a name is never a path."""

import re
import unicodedata

LONGEST = 80
LONGEST_ENDING = 12
LONGEST_BYTES = 240
"""File systems count bytes: a letter may be four."""
WINDOWS = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
PLAIN = re.compile(r"[^\w.\-]", re.UNICODE)


def safe_name(name: str) -> str:
    r"""Return a name under which a file may lie in the study, whatever it was called.

    Letters of any script, digits, ``. _ -`` stay; blanks become ``_``; folders, leading dots,
    control characters and marks that turn the direction of writing go; names that Windows
    reserves get a ``_`` in front; at most 80 characters, the ending kept.

    >>> safe_name("..\\..\\Platte 1 (Größe).CSV"), safe_name("/etc/passwd"), safe_name("nul.txt")
    ('Platte_1_Größe.CSV', 'passwd', '_nul.txt')
    >>> safe_name("..."), safe_name("a\u202egpj.exe\x00")
    ('file', 'agpj.exe')
    >>> safe_name("\N{SKULL}.csv")
    'file.csv'
    """
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    base = re.sub(r"\s+", "_", base.strip())
    base = PLAIN.sub("", "".join(c for c in base if unicodedata.category(c)[0] in "LNMPZ"))
    if base.startswith(".") and not name.strip().rsplit("/", 1)[-1].startswith("."):
        base = f"file{base}"  # nothing of the name could stay, but its ending
    stem, dot, ending = base.strip(".").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    ending = ending if len(ending) <= LONGEST_ENDING else ending[:LONGEST_ENDING]
    stem = stem.strip("._-") if not stem.strip("._-") else stem.lstrip(".")
    stem = stem or "file"
    if stem.split(".")[0].casefold() in WINDOWS:
        stem = f"_{stem}"
    tail = f".{ending}" if ending else ""
    return _cut(stem, LONGEST - len(tail)) + tail


def numbered(name: str, number: int) -> str:
    """Return the name with a number before its ending.

    >>> numbered("plate.csv", 2), numbered("README", 3)
    ('plate_2.csv', 'README_3')
    """
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if dot and stem else (name, "")
    mark = f"_{number}"
    return f"{_cut(stem, LONGEST - len(ending) - len(mark))}{mark}{ending}"


def _cut(text: str, most: int) -> str:
    """Cut a name so that no system finds it too long; it never ends with a dot."""
    text = text[:most]
    while len(text.encode("utf-8", "replace")) > LONGEST_BYTES - LONGEST + most:
        text = text[:-1]
    return text.rstrip(". ") or "file"
