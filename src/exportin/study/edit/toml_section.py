"""Whole sections of a TOML text: taken out with what is said of them, or copied by another name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from exportin.study.edit.toml_scan import (
    CannotEditError,
    Path,
    Statement,
    line_end,
    parsed,
    statements,
    toml_key,
    toml_value,
)
from exportin.study.edit.toml_text import checked

LINE_END = re.compile(r"\r?\n")


def drop_section(text: str, below: Path) -> str:
    r"""Return the text without a table and all that belongs to it, remarks beside it too.

    >>> drop_section('[a]\nx = 1\n\n# of b\n[b]\ny = 2 # why\n# z = 3\n\n# the rest\n', ("b",))
    '[a]\nx = 1\n\n# the rest\n'

    Raises
    ------
    CannotEditError
        If it is not written below headers of its own.
    """
    made = text
    for start, end in reversed([*_parts(text, below)]):
        before, after = made[:start], made[end:]
        if not after.strip():
            before, after = before.rstrip(), after.lstrip()
            before += ("\r\n" if "\r\n" in text else "\n") if before else ""
        elif not before.strip() or before.endswith(("\n\n", "\n\r\n")):
            after = re.sub(r"\A([ \t]*\r?\n)+", "", after)
        made = before + after

    def change(raw: dict[str, Any]) -> None:
        above = [raw]
        for name in below[:-1]:
            above.append(above[-1][name])
        above[-1].pop(below[-1])
        for name, table in reversed([*zip(below[:-1], above, strict=False)]):
            if not table[name]:
                table.pop(name)

    return checked(text, made, change)


def section_lines(
    text: str, table: Path, new: Path, given: Mapping[str, Any], without: str
) -> list[str]:
    """Return the lines of a copy of a table by another name, remarks between its keys left out.

    Parameters
    ----------
    text, table, new
        The text, the table, and the path of the copy.
    given
        Keys with values of their own; those that the table has stay at their place.
    without
        Key or tables of it that are not copied.

    Raises
    ------
    CannotEditError
        If the copy would not say the same, as the table is not written below headers of its own.
    """
    at, open_for = len(table), False
    lines: list[str] = []
    for one in statements(text):
        mine = one.path[:at] == table
        if one.kind != "key":
            open_for = mine and one.path[at : at + 1] != (without,)
            if open_for:
                lines += [*([""] if lines else []), _head(one, (*new, *one.path[at:]))]
        elif open_for and mine and one.path[at : at + 1] != (without,):
            key = one.path[at] if len(one.path) == at + 1 else ""
            said = text[one.start : one.end]
            if key in given:
                first = one.value[0] - one.start
                said = f"{said[:first]}{toml_value(given[key])}"
            lines += LINE_END.split(said.removesuffix("\n").removesuffix("\r"))
    try:
        wanted = {**_at(parsed(text), table), **given}
        wanted.pop(without, None)
        same = _at(parsed("\n".join(lines)), new) == wanted
    except (KeyError, TypeError):
        same = False
    if not same:
        raise CannotEditError(f"[{'.'.join(table)}] is not written as a table of its own")
    return lines


def _head(one: Statement, path: Path) -> str:
    name = ".".join(map(toml_key, path))
    return f"[[{name}]]" if one.kind == "array" else f"[{name}]"


def _at(raw: dict[str, Any], path: Path) -> dict[str, Any]:
    for name in path:
        raw = raw[name]
    return raw


def _parts(text: str, below: Path) -> Iterator[tuple[int, int]]:
    """Give the stretches of text that belong to a table."""
    every = statements(text)
    at = 0
    while at < len(every):
        if every[at].kind == "key" or every[at].path[: len(below)] != below:
            at += 1
            continue
        first = at
        while at < len(every) and every[at].path[: len(below)] == below:
            at += 1
        yield _above(text, every[first].start), _below(text, every[at - 1].end)


def _above(text: str, start: int) -> int:
    """Return where the remarks right above a header begin, if a blank line parts them from more."""
    at = start
    while at:
        line = text.rfind("\n", 0, at - 1) + 1
        if not text[line:at].lstrip().startswith("#"):
            return at if not text[line:at].strip() else start
        at = line
    return start  # what stands at the top is of the whole file


def _below(text: str, end: int) -> int:
    """Return where the remarks right below a line end."""
    while text[end : line_end(text, end)].lstrip().startswith("#"):
        end = line_end(text, end)
    return end
