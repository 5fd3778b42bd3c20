"""What the window answers: JSON, and refusals that say what to do instead."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from starlette.responses import Response

from exportin.tables.problems import InputError, Problem, errors_first, grouped

NO_STORE = {"Cache-Control": "no-store"}


class RefusedError(Exception):
    """A request that is not served, with its HTTP status and what the answer says besides."""

    def __init__(self, status: int, problems: Problem | Iterable[Problem], **more: Any) -> None:
        self.status = status
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.more = more
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refused(
    status: int, message: str, remedy: str = "", *, code: str, place: str = ""
) -> RefusedError:
    """Return a refusal of one problem."""
    said = Problem(file="request", place=place, message=message, remedy=remedy, code=code)
    return RefusedError(status, said)


def absent(what: str, name: str) -> RefusedError:
    """Return the refusal for something that is not there.

    >>> absent("block", "viabillity").status
    404
    """
    return refused(404, f"there is no {what} '{name}'.", code=f"no-{what}")


def problems_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Write problems once each, what stops the work first."""
    return [asdict(problem) for problem in grouped(errors_first(problems))]


def json_bytes(value: Any) -> bytes:
    """Write JSON (UTF-8); floats that are not finite are the words JavaScript has for them.

    >>> json_bytes({"a": float("nan"), "b": 1})
    b'{"a":"NaN","b":1}'
    """
    options: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":"), "default": str}
    try:
        text = json.dumps(value, allow_nan=False, **options)
    except ValueError:
        text = json.dumps(_finite(value), allow_nan=False, **options)
    return text.encode("utf-8", "replace")


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def answer(value: Any, status: int = 200, *, etag: str = "") -> Response:
    """Return a JSON answer that no cache keeps."""
    return raw_answer(json_bytes(value), status, etag=etag)


def raw_answer(data: bytes, status: int = 200, *, etag: str = "") -> Response:
    """Return bytes that are JSON already."""
    headers = {"Cache-Control": "no-cache", "ETag": f'"{etag}"'} if etag else dict(NO_STORE)
    return Response(data, status, headers, "application/json")


def problem_answer(error: RefusedError | InputError) -> Response:
    """Return the answer to a request that cannot be served."""
    if isinstance(error, InputError):
        return answer({"problems": problems_json(error.problems)}, 400)
    made = answer({"problems": problems_json(error.problems), **error.more}, error.status)
    if error.status == 413:
        made.headers["Connection"] = "close"  # what is still to come is not read
    return made
