"""What can be changed: rows left out, taken back, steps undone; numbers come back at once."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exportin.app.window.answers import answer, json_bytes, raw_answer, refused
from exportin.app.window.bodies import take_json, text_of, texts_of
from exportin.app.window.describe import block_json, block_of, digest_of, study_json
from exportin.app.window.desk import Desk
from exportin.app.window.reading import clean, desk_of
from exportin.report.fragments import FOLDED
from exportin.study.edit.journal import Done, redo, undo
from exportin.study.ledger import Entry
from exportin.study.session import Session

Body = dict[str, Any]
Act = Callable[[Desk, str, Body, Request], Response]


def changed(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """Read the JSON of a request and act on it in a thread."""

    async def endpoint(request: Request) -> Response:
        desk = desk_of(request)
        body = await take_json(request, desk.limits.json)
        seen = request.headers.get("if-match", "").removeprefix("W/").strip('"')
        return await run_in_threadpool(act, desk, "" if seen == "*" else seen, body, request)

    return endpoint


def _decided(
    decide: Callable[[Session, str, tuple[str, ...], str], Entry],
) -> Act:
    def act(desk: Desk, seen: str, body: Body, request: Request) -> Response:
        name = request.path_params["block"]
        rows, reason = tuple(texts_of(body, "rows")), text_of(body, "reason", "")
        if not rows:
            raise refused(400, "no rows are named.", code="no-rows", place="rows")
        if len(reason) > desk.limits.reason:
            said = f"the reason is longer than {desk.limits.reason} letters."
            raise refused(400, said, "Say it in a sentence.", code="too-long", place="reason")
        entry = desk.change(seen, lambda session: decide(session, name, rows, reason))
        return again_answer(desk, name, body, {"entry": _entry(entry)})

    return act


def _exclude(session: Session, block: str, rows: tuple[str, ...], reason: str) -> Entry:
    return session.exclude(block, rows, reason)


def _take_back(session: Session, block: str, rows: tuple[str, ...], reason: str) -> Entry:
    return session.take_back(block, rows, reason)


def _entry(entry: Entry) -> dict[str, Any]:
    names = ("number", "action", "block", "rows", "reason", "by", "at")
    return {name: getattr(entry, name) for name in names}


def _stepped(step: Callable[..., Done]) -> Act:
    def act(desk: Desk, seen: str, body: Body, request: Request) -> Response:
        del request
        asked = text_of(body, "block", "")
        if not desk.session.folder.is_dir():
            raise refused(400, "the study folder is not there.", code="no-study")
        done = desk.change(seen, lambda session: step(session.folder))
        known = {line["name"] for line in study_json(desk)["blocks"]}
        name = next((one for one in (done.block, asked) if one in known), "")
        if not name:  # the step was about no block, or the block is gone by it
            return answer(study_json(desk) | {"what": done.what, "changed": {}})
        return again_answer(desk, name, body, {"what": done.what})

    return act


def again_answer(desk: Desk, name: str, body: Body, more: Mapping[str, Any]) -> Response:
    """Return a block after a change, also where the store was damaged or deleted meanwhile."""
    return desk.session.again(lambda: block_answer(desk, name, body, more))


def block_answer(desk: Desk, name: str, body: Body, more: Mapping[str, Any]) -> Response:
    """Return a block after a change, with those of the wanted figures that are different now.

    No picture is drawn; ``digests`` in the body are those of the figures that the page has. With
    ``later`` the numbers come alone, as soon as they are there: figures and the assay's own tables
    are asked for next (GET of the block).
    """
    if body.get("later") is True:
        state = desk.numbers()
        found = block_json(desk, name, state) | dict(more)
        html = {part: text for part, text in found["html"].items() if part not in FOLDED}
        return answer(found | {"html": html, "views": None, "later": True, "changed": {}})
    wanted, have = texts_of(body, "views"), body.get("digests")
    state = desk.state()
    found = block_json(desk, name, state) | dict(more)
    views = {}
    if state.outcome is not None:
        block = block_of(state.outcome, name)
        known = have if isinstance(have, Mapping) else {}
        views = {
            view: clean(block.views[view])
            for view in dict.fromkeys(wanted)
            if view in block.views and known.get(view) != digest_of(block, view)
        }
    # figures are JSON already; they are put in as they are
    parts = b",".join(json_bytes(view) + b":" + data for view, data in views.items())
    return raw_answer(json_bytes(found)[:-1] + b',"changed":{' + parts + b"}}")


ROUTES = [
    Route("/api/block/{block}/exclude", changed(_decided(_exclude)), methods=["POST"]),
    Route("/api/block/{block}/take-back", changed(_decided(_take_back)), methods=["POST"]),
    Route("/api/undo", changed(_stepped(undo)), methods=["POST"]),
    Route("/api/redo", changed(_stepped(redo)), methods=["POST"]),
]
