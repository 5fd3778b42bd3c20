"""Reads TOML text statement by statement, and writes single values of it."""

import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
OPENING, CLOSING = "[{", "]}"
QUOTES = ('"""', "'''", '"', "'")


class CannotEditError(Exception):
    """The text is written in a way that cannot be changed without changing something else."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One header or one key with its value.

    ``path`` is absolute; ``start`` and ``end`` enclose whole lines, ``value`` the value alone.
    """

    kind: str  # table | array | key
    path: Path
    start: int
    end: int
    value: tuple[int, int] = (0, 0)


def toml_value(value: Any) -> str:
    r"""Write a value as TOML.

    >>> toml_value(["a\"b", 1, 0.5, True]), toml_value({"x y": "µ"})
    ('["a\\"b", 1, 0.5, true]', '{ "x y" = "µ" }')

    Raises
    ------
    CannotEditError
        If TOML has no such value.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_key(str(k))} = {toml_value(v)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    raise CannotEditError(f"{value!r} is no text, number, yes or no, list or table")


def toml_key(name: str) -> str:
    """Write a key, in quotes where it needs them."""
    return name if BARE.match(name) else _text(name)


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CannotEditError("the text holds half of a character") from None
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def statements(text: str) -> list[Statement]:
    """Return headers and keys of a text in their order.

    Raises
    ------
    CannotEditError
        If the text is no TOML.
    """
    parsed(text)
    found: list[Statement] = []
    at = 0
    here: Path = ()
    while at < len(text):
        start = at
        while at < len(text) and text[at] in " \t":
            at += 1
        if at == len(text) or text[at] in "\r\n#":
            at = line_end(text, at)
            continue
        if text[at] == "[":
            end = line_end(text, at)
            kind = "array" if text[at + 1] == "[" else "table"
            here = _path_of(text[at:end])
            found.append(Statement(kind, here, start, end))
        else:
            equal = _find_equal(text, at)
            first = equal + 1
            while text[first] in " \t":
                first += 1
            last = _value_end(text, first)
            end = line_end(text, last)
            path = (*here, *_path_of(f"{text[at:equal]} = 0"))
            found.append(Statement("key", path, start, end, (first, last)))
        at = end
    return found


def parsed(text: str) -> dict[str, Any]:
    """Return what a text says.

    Raises
    ------
    CannotEditError
        If it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotEditError(str(error)) from None


def _path_of(line: str) -> Path:
    """Return the path that a header or the left side of a key names."""
    found: Any = tomllib.loads(line)
    path: list[str] = []
    while isinstance(found, dict | list) and found:
        if isinstance(found, list):
            found = found[0]
            continue
        name = next(iter(found))
        path.append(name)
        found = found[name]
    return tuple(path)


def _find_equal(text: str, at: int) -> int:
    while text[at] != "=":
        at = _string_end(text, at) if text[at] in "\"'" else at + 1
    return at


def _value_end(text: str, at: int) -> int:
    """Return the place behind a value that begins here."""
    depth, end = 0, at
    while at < len(text):
        letter = text[at]
        if letter in "\"'":
            at = end = _string_end(text, at)
            continue
        if letter == "#":
            at = text.find("\n", at) if "\n" in text[at:] else len(text)
            if depth == 0:
                return end
            continue
        if letter in "\r\n" and depth == 0:
            return end
        depth += (letter in OPENING) - (letter in CLOSING)
        at += 1
        if letter not in " \t\r\n":
            end = at
    return end


def _string_end(text: str, at: int) -> int:
    """Return the place behind a text in quotes that begins here."""
    quote = next(mark for mark in QUOTES if text.startswith(mark, at))
    at += len(quote)
    while not text.startswith(quote, at):
        at += 2 if text[at] == "\\" and quote[0] == '"' else 1
    at += len(quote)
    if len(quote) == 3:  # up to two quotes may stand before the three that end it
        while text[at : at + 1] == quote[0]:
            at += 1
    return at


def end_of_last(text: str, start: int, end: int) -> int:
    """Return the place behind the last item of a list, or behind the bracket that opens it."""
    at, last = start + 1, start + 1
    while at < end - 1:
        if text[at] in "\"'":
            at = last = _string_end(text, at)
        elif text[at] == "#":
            at = text.index("\n", at)
        else:
            at += 1
            last = at if text[at - 1] not in " \t\r\n" else last
    return last


def line_end(text: str, at: int) -> int:
    """Return the place behind the line that a place is in."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
