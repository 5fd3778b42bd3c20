"""Finds the line of a key in a TOML text, so that messages can point at it."""

import re

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"'.]+)\s*=")


def _clean(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    r"""Return the line (from 1) of the longest leading part of ``path`` that can be found.

    Numbers in ``path`` count the tables of an array of tables.

    >>> line_of("[study]\ntitle = 'x'", ("study", "title"))
    2
    """
    best, best_line = 0, None
    here: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := HEADER.match(line):
            names = _clean(match.group(2))
            here = names
            if match.group(1) == "[[":
                counts[names] = counts.get(names, -1) + 1
                here = (*names, counts[names])
            found = here
        elif match := KEY.match(line):
            found = (*here, *_clean(match.group(1)))
        else:
            continue
        depth = min(len(found), len(path))  # [a.b] is also the first sight of a
        if depth > best and found[:depth] == path[:depth]:
            best, best_line = depth, number
    return best_line
