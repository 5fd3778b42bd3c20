"""Files and pasted tables that come in; names are names, never places."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Literal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exportin.app.window.answers import answer, problems_json, refused
from exportin.app.window.bodies import take_bytes, text_of
from exportin.app.window.changing import Body, changed
from exportin.app.window.describe import study_json
from exportin.app.window.desk import Desk
from exportin.app.window.reading import desk_of
from exportin.app.window.words import all_in_window_words
from exportin.study.edit.intake import Added, Refused, add_good_files, look_at
from exportin.study.edit.pasted import add_table
from exportin.tables.problems import InputError

LONGEST_BATCH = 64
DECIMALS: Mapping[str, Literal["", ".", ","]] = {"": "", ".": ".", ",": ","}


async def _put(request: Request) -> Response:
    """Take one file; ``more=1`` keeps it until the last of its batch is here."""
    desk = desk_of(request)
    query = request.query_params
    name, batch = query.get("name", ""), query.get("batch", "")
    _check_name(name, desk.limits.name)
    if len(batch) > LONGEST_BATCH:
        raise refused(400, "the name of the batch is too long.", code="name", place="batch")
    room = min(desk.limits.file, desk.uploads.room(batch))
    data = await take_bytes(request, room, "file")
    pending = desk.uploads.put(batch, name, data)
    if query.get("more", "") not in ("", "0"):
        return answer({"pending": pending})
    seen = request.headers.get("if-match", "").strip('"')
    where = {name: query.get(name, "") for name in ("block", "own")}
    return await run_in_threadpool(_add, desk, seen, batch, where)


def _check_name(name: str, longest: int) -> None:
    """Refuse a name that no file has; what is left is made a safe name where it is stored."""
    if not name.strip() or len(name) > longest or not name.isprintable():
        message = f"a file needs a name of 1 to {longest} printable characters."
        raise refused(400, message, "Name it by ?name=NAME.", code="name", place="name")


def _add(desk: Desk, seen: str, batch: str, where: Mapping[str, str]) -> Response:
    files = desk.uploads.take(batch)
    looked = look_at(files)  # slow for large files; others may change the study meanwhile
    try:
        added, out = desk.change(
            seen, lambda session: add_good_files(session.folder, files, looked=looked, **where)
        )
    except InputError as error:
        raise InputError(all_in_window_words(error.problems)) from None
    return _added(desk, added, out)


def _drop(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    del seen, body
    return answer({"dropped": len(desk.uploads.take(request.query_params.get("batch", "")))})


def _table(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    del request
    text, label = text_of(body, "text"), text_of(body, "label", "")
    about = {name: text_of(body, name, "") for name in ("units", "unit")}
    decimal = DECIMALS.get(text_of(body, "decimal", ""))
    if decimal is None:
        raise refused(400, "'decimal' is . or , or empty.", code="decimal", place="decimal")
    added = desk.change(
        seen,
        lambda session: add_table(session.folder, text, label=label, decimal=decimal, **about),
    )
    return _added(desk, [added])


def _added(desk: Desk, added: Sequence[Added], out: Sequence[Refused] = ()) -> Response:
    refused_files = [
        {"file": one.file, "problems": problems_json(all_in_window_words(one.problems))}
        for one in out
    ]
    found = {"added": [asdict(one) for one in added], "refused": refused_files}
    return answer(found | {"study": study_json(desk)})


ROUTES = [
    Route("/api/files", _put, methods=["PUT"]),
    Route("/api/files", changed(_drop), methods=["DELETE"]),
    Route("/api/table", changed(_table), methods=["POST"]),
]
