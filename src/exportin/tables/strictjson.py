"""JSON as a program wrote it: no NaN, no doubled keys, nothing nested without end."""

import json
import re
from typing import Any, NoReturn

from exportin.tables.decode import decode_text
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

MAX_BYTES = 100_000_000  # Python needs about eight times as much memory for the parsed tree
MAX_DEPTH = 60
REMEDY = "Write the file again with the program it came from."


def parse_json(source: Source) -> Any:
    """Return the parsed file.

    Raises
    ------
    InputError
        It is cut off or damaged, has NaN or Infinity as a number, a key twice in one object, or
        is nested too deeply.

    >>> parse_json(Source(name="a.json", data=b'{"a": [1]}'))
    {'a': [1]}
    """
    if len(source.data) > MAX_BYTES:
        raise InputError(fault(source.name, f"The file has {len(source.data) / 1e6:.0f} MB."))
    text, _ = decode_text(source)

    def no_constant(word: str) -> NoReturn:
        raise InputError(fault(source.name, f"'{word}' stands where a number is due."))

    def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(fault(source.name, f"The key '{twice[:60]}' is twice in one object."))
        return found

    try:
        tree = json.loads(
            text.lstrip("\ufeff"), parse_constant=no_constant, object_pairs_hook=no_twins
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(
            fault(source.name, "The JSON ends early or is damaged here.", place)
        ) from error
    except (RecursionError, ValueError, MemoryError) as error:
        why = (
            "It is nested too deeply."
            if isinstance(error, RecursionError)
            else "A number is too long."
        )
        raise InputError(fault(source.name, why)) from error
    if too_deep(tree):
        raise InputError(fault(source.name, "It is nested too deeply."))
    return tree


def too_deep(tree: Any) -> bool:
    """Whether objects and lists stand in each other more than 60 times."""
    level = [tree]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                inner += [v for v in node.values() if isinstance(v, dict | list)]
            elif isinstance(node, list):
                inner += [v for v in node if isinstance(v, dict | list)]
        if not inner:
            return False
        level = inner
    return True


def head_has(source: Source, pattern: str, size: int = 4096) -> bool:
    """Whether the first letters of a JSON file hold a pattern.

    >>> head_has(Source(name="a.json", data=b'{"kind": 1}'), '"kind"')
    True
    """
    head = source.data[:size].replace(b"\x00", b"").decode("latin-1")
    return head.lstrip("\xff\xfe\xef\xbb\xbf \r\n\t").startswith("{") and bool(
        re.search(pattern, head)
    )


def fault(file: str, message: str, place: str = "") -> Problem:
    """Return the problem of JSON that cannot be used."""
    return Problem(file=file, place=place, message=message, remedy=REMEDY, code="damaged-json")
