"""Names of files that every system can unpack, and that mean nothing but themselves."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from exportin.tables.archive import is_odd
from exportin.tables.problems import InputError, problem_at

RESERVED = {"con", "prn", "aux", "nul", *(f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10))}
MARKS = frozenset('<>:"|?*\\')
ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
"""Bytes of a path that stand for themselves in an address (RFC 3986)."""
RENAME = "Rename the file, and the study file where it names it."


def address_of(name: str) -> str:
    """Return a path as part of an address.

    >>> address_of("plates/plate 1 (\u00b5).csv")
    'plates/plate%201%20%28%C2%B5%29.csv'
    """
    return "".join(chr(b) if b in UNRESERVED else f"%{b:02X}" for b in name.encode())


def name_of(address: str) -> str:
    """Return the path that an address stands for.

    >>> name_of(address_of("a 100% (\u00b5)/b")), name_of("no%zz")
    ('a 100% (\u00b5)/b', 'no%zz')
    """
    whole = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), address.encode())
    return whole.decode("utf-8", "replace")


def is_plain(name: str) -> bool:
    """Whether a path means the same file on every system, inside the folder it is unpacked in.

    >>> is_plain("plates/P 1 (\u00b5).csv"), is_plain("../x"), is_plain("con.csv"), is_plain("a:b")
    (True, False, False, False)
    """
    parts = PurePosixPath(name).parts
    return bool(parts) and name == "/".join(parts) and not is_odd(name) and all(map(_good, parts))


def _good(part: str) -> bool:
    if part in {".", ".."} or part != part.rstrip(". "):
        return False
    if any(ord(c) < 32 or c in MARKS or 0xD800 <= ord(c) < 0xE000 for c in part):
        return False
    return part.partition(".")[0].casefold() not in RESERVED


def check_names(names: Iterable[str]) -> None:
    """Refuse to pack what not everyone can unpack.

    Raises
    ------
    InputError
        With every name that is not plain, or that differs from another in upper case only.
    """
    seen: dict[str, str] = {}
    problems = []
    for name in names:
        twin = seen.setdefault(name.casefold(), name)
        if not is_plain(name):
            message = "not every system can hold a file of this name, or unpack it safely."
            problems.append(problem_at(name, "", message, RENAME, "file-name"))
        elif twin != name:
            message = f"the file differs from '{twin}' in upper and lower case only."
            problems.append(problem_at(name, "", message, RENAME, "file-name"))
    if problems:
        raise InputError(problems)
