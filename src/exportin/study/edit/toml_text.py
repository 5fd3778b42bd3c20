"""Changes of a TOML text that touch one thing: all other lines stay as they are, to the byte.

Each change is checked by reading the text before and after: if anything else than what was asked
would be different, or it cannot be found in the text as people usually write it, it is refused.
"""

import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from exportin.study.edit.toml_scan import (
    CannotEditError,
    Path,
    Statement,
    end_of_last,
    parsed,
    statements,
    toml_key,
    toml_value,
)

__all__ = [
    "CannotEditError", "append_items", "append_lines", "append_table", "checked", "drop_key",
    "drop_table", "newline_of", "set_value", "toml_value",
]  # fmt: skip


def newline_of(text: str) -> str:
    """Return how the lines of a text end."""
    return "\r\n" if "\r\n" in text else "\n"


def set_value(text: str, table: Path, key: str, value: Any) -> str:
    """Return the text with one key of a table set: in place, or behind the table's last key.

    Raises
    ------
    CannotEditError
        If the table has no header of its own, or the key is a table of its own.
    """
    found = _keys_of(text, table)
    here = [one for one in found if one.path == (*table, key)]
    written = toml_value(value)
    if here:
        start, end = here[0].value
        made = text[:start] + written + text[end:]
    else:
        at = found[-1].end if found else _header(text, table).end
        made = _insert(text, at, [f"{toml_key(key)} = {written}"])
    return checked(text, made, lambda raw: _table(raw, table).__setitem__(key, _plain(value)))


def drop_key(text: str, table: Path, key: str) -> str:
    """Return the text without one key of a table; its lines go, with a remark behind the value.

    Raises
    ------
    CannotEditError
        If the key does not stand there as a line of its own.
    """
    here = [one for one in _keys_of(text, table) if one.path == (*table, key)]
    if not here:
        raise CannotEditError(f"'{key}' is not written as a line of its table")
    made = text[: here[0].start] + text[here[0].end :]
    return checked(text, made, lambda raw: _table(raw, table).pop(key))


def append_items(text: str, table: Path, key: str, items: Sequence[str]) -> str:
    """Return the text with texts added at the end of a list; its lines stay as they are.

    Raises
    ------
    CannotEditError
        If there is no such list.
    """
    here = [one for one in _keys_of(text, table) if one.path == (*table, key)]
    listed = _table(parsed(text), table).get(key)
    if not here or not isinstance(listed, list):
        raise CannotEditError(f"'{key}' is not written as a list")
    start, end = here[0].value
    at = end_of_last(text, start, end)
    comma = "" if not listed or text[at - 1] == "," else ", "
    if listed and text[at - 1] == ",":
        comma = " "
    added = comma + ", ".join(map(toml_value, items))
    made = text[:at] + added + text[at:]
    return checked(text, made, lambda raw: _table(raw, table)[key].extend(items))


def append_table(text: str, array: Path, fields: Mapping[str, Any], below: Path) -> str:
    """Return the text with one more table of an array, behind all that belongs to ``below``.

    Raises
    ------
    CannotEditError
        If the array is written as an inline list.
    """
    lines = [f"[[{'.'.join(map(toml_key, array))}]]"]
    lines += [f"{toml_key(name)} = {toml_value(value)}" for name, value in fields.items()]
    at = _end_of_section(text, below)
    made = _insert(text, at, ["", *lines], gap=True)

    def change(raw: dict[str, Any]) -> None:
        _table(raw, array[:-1]).setdefault(array[-1], []).append(_plain(dict(fields)))

    return checked(text, made, change)


def drop_table(text: str, array: Path, index: int) -> str:
    """Return the text without one table of an array: from its header to its last key.

    Raises
    ------
    CannotEditError
        If the array is not written as tables of its own, or has no so many.
    """
    every = statements(text)
    heads = [at for at, one in enumerate(every) if one.kind == "array" and one.path == array]
    if not 0 <= index < len(heads):
        raise CannotEditError(f"there is no [[{'.'.join(array)}]] number {index + 1}")
    at = heads[index]
    last = at
    while last + 1 < len(every) and every[last + 1].kind == "key":
        last += 1
    before, after = text[: every[at].start], text[every[last].end :]
    if _blank_before(before) and _blank_after(after):
        before = before[: _last_line(before)]

    def change(raw: dict[str, Any]) -> None:
        tables = _table(raw, array[:-1])[array[-1]]
        tables.pop(index)
        if not tables:
            _table(raw, array[:-1]).pop(array[-1])

    return checked(text, before + after, change)


def append_lines(text: str, lines: Sequence[str]) -> str:
    """Return the text with lines at its end, which must not change what stands before.

    Raises
    ------
    CannotEditError
        If they say anything else than the same lines alone would.
    """
    made = _insert(text, len(text), lines)
    alone = parsed("\n".join(lines))
    return checked(text, made, lambda raw: _merge(raw, alone))


def _keys_of(text: str, table: Path) -> list[Statement]:
    """Return the keys that stand below the header of a table."""
    every = statements(text)
    head = _header(text, table)
    at = next(i for i, one in enumerate(every) if one.start == head.start)
    found = []
    for one in every[at + 1 :]:
        if one.kind != "key":
            break
        found.append(one)
    return found


def _header(text: str, table: Path) -> Statement:
    for one in statements(text):
        if one.kind == "table" and one.path == table:
            return one
    raise CannotEditError(f"there is no line [{'.'.join(table)}]")


def _end_of_section(text: str, below: Path) -> int:
    """Return the end of all that belongs to a table, remarks too; not those of the next one."""
    every = statements(text)
    mine = [i for i, one in enumerate(every) if one.path[: len(below)] == below]
    if not mine:
        raise CannotEditError(f"there is no line [{'.'.join(below)}]")
    later = [one for one in every[mine[-1] + 1 :] if one.kind != "key"]
    if not later:
        return len(text)
    end, least = later[0].start, every[mine[-1]].end
    while end > least and text[_last_line(text[:end]) : end].lstrip().startswith("#"):
        end = _last_line(text[:end])
    if end == least or not _blank_before(text[:end]):
        end = later[0].start if not _blank_before(text[:end]) else end
    while end > least and _blank_before(text[:end]):
        end = _last_line(text[:end])
    return end


def _insert(text: str, at: int, lines: Sequence[str], *, gap: bool = False) -> str:
    mark = newline_of(text)
    before, after = text[:at], text[at:]
    if before and not before.endswith("\n"):
        before += mark
    added = mark.join(lines) + mark
    if gap and not _blank_after(after):
        added += mark
    if gap and (not before.strip() or _blank_before(before)):
        added = added.removeprefix(mark)
    return before + added + after


def checked(before: str, after: str, change: Any) -> str:
    """Return the new text if it says exactly what the old one says, changed as asked.

    Raises
    ------
    CannotEditError
        If it says anything else.
    """
    wanted = deepcopy(parsed(before))
    try:
        change(wanted)
        same = _same(parsed(after), wanted)
    except (KeyError, TypeError, IndexError, AttributeError, tomllib.TOMLDecodeError):
        same = False
    if not same:
        raise CannotEditError("it is written in a form that only a person can change")
    return after


def _same(one: Any, two: Any) -> bool:
    """Compare values with their types; the order of keys counts for nothing, NaN is NaN."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_same(one[k], two[k]) for k in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(_same, one, two))
    return type(one) is type(two) and (one == two or (one != one and two != two))  # noqa: PLR0124


def _merge(raw: dict[str, Any], new: Mapping[str, Any]) -> None:
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(raw.get(name), dict):
            _merge(raw[name], value)
        elif name in raw:
            raise KeyError(name)
        else:
            raw[name] = value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _table(raw: dict[str, Any], path: Path) -> dict[str, Any]:
    for name in path:
        raw = raw[name]
    return raw


def _last_line(text: str) -> int:
    """Return where the last line of a text begins."""
    return text.rfind("\n", 0, len(text) - 1) + 1 if text else 0


def _blank_before(text: str) -> bool:
    return bool(text) and not text[_last_line(text) :].strip()


def _blank_after(text: str) -> bool:
    return not text.strip() or text.lstrip(" \t").startswith(("\n", "\r"))
