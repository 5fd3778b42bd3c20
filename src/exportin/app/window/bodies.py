"""Takes in what a request brings, up to a limit; what is too large is not read to its end."""

import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from exportin.app.window.answers import RefusedError, refused

DEEPEST = 32
"""Lists in lists; nothing that is asked for has more than four."""


async def take_bytes(request: Request, limit: int, what: str) -> bytes:
    """Read the body of a request.

    Raises
    ------
    RefusedError
        413 as soon as it is known to be larger than ``limit`` bytes.
    """
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > limit:
        raise _too_large(what, limit)
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise _too_large(what, limit)
            parts.append(part)
    except ClientDisconnect:
        raise refused(400, f"the {what} came only in part.", "Send it again.", code="cut") from None
    return b"".join(parts)


async def take_json(request: Request, limit: int) -> dict[str, Any]:
    """Read a JSON object; nothing at all is the empty object."""
    if request.headers.get("content-type", "application/json").split(";")[0] != "application/json":
        raise refused(415, "expected JSON.", "Send Content-Type: application/json.", code="no-json")
    data = await take_bytes(request, limit, "request")
    if not data.strip():
        return {}
    try:
        found = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise refused(400, "this is no JSON.", "Send a JSON object.", code="no-json") from None
    if not isinstance(found, dict):
        raise refused(400, "expected a JSON object.", code="no-json")
    if b"\\u" in data and not is_text(found):
        raise refused(400, "half a character stands in a text.", code="no-json")
    if is_deep(found):
        raise refused(400, f"lists stand in lists more than {DEEPEST} times.", code="no-json")
    return found


def is_text(value: Any) -> bool:
    r"""Whether every text can be written down; half a character (a lone surrogate) cannot.

    >>> is_text(["\u00e4"]), is_text({"a": "\ud800"})
    (True, False)
    """
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def is_deep(value: Any, most: int = DEEPEST) -> bool:
    """Whether objects and lists stand in each other more than ``most`` times.

    >>> is_deep([[1]], 2), is_deep({"a": [[1]]}, 2)
    (False, True)
    """
    level = [value]
    for _ in range(most + 1):
        inside = [one.values() if isinstance(one, dict) else one
                  for one in level if isinstance(one, dict | list)]  # fmt: skip
        if not inside:
            return False
        level = [item for one in inside for item in one]
    return True


def _no_constant(word: str) -> float:
    raise ValueError(word)


def _too_large(what: str, limit: int) -> RefusedError:
    message = f"the {what} is larger than {limit / 1e6:g} MB."
    remedy = "'exportin serve --max-mb N' allows larger files." if what == "file" else ""
    return refused(413, message, remedy, code="too-large")


def text_of(body: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a text of a JSON object.

    Raises
    ------
    RefusedError
        400 where it is missing or no text.
    """
    value = body.get(name, default)
    if not isinstance(value, str):
        raise refused(400, f"'{name}' must be text.", code="no-text", place=name)
    return value


def texts_of(body: dict[str, Any], name: str) -> list[str]:
    """Return a list of texts of a JSON object; empty where it is not given."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise refused(400, f"'{name}' must be a list of texts.", code="no-text", place=name)
    return list(value)


def whole_of(text: str, name: str, *, low: int, high: int) -> int:
    """Return a whole number of an address."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise refused(400, f"'{name}' must be a whole number.", code="no-number", place=name)
    return max(low, min(int(text), high))
