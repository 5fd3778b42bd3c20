"""What can be looked at: study, blocks, figures as data, rows, plates, the way back of a number."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from exportin.app.window.answers import (
    absent,
    answer,
    json_bytes,
    problem_answer,
    raw_answer,
    refused,
)
from exportin.app.window.bodies import whole_of
from exportin.app.window.describe import block_json, block_of, digest_of, out_rows, study_json
from exportin.app.window.desk import Desk
from exportin.app.window.rows import plates_json, rows_json, rows_of
from exportin.app.window.watch import event
from exportin.study.outcome import Outcome
from exportin.study.why import walk_back
from exportin.tables.problems import InputError

Made = Callable[[Desk, Request], Response]
LONGEST_FIND = 200


def desk_of(request: Request) -> Desk:
    """Return the desk of the server that a request came to."""
    desk: Desk = request.app.state.desk
    return desk


def threaded(make: Made) -> Callable[[Request], Awaitable[Response]]:
    """Make an answer in a thread, so that others are served meanwhile.

    It changes nothing: it is made once more where the store was damaged or deleted meanwhile.
    """

    def made(desk: Desk, request: Request) -> Response:
        return desk.session.again(lambda: make(desk, request))

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(made, desk_of(request), request)

    return endpoint


def _study(desk: Desk, request: Request) -> Response:
    del request
    return answer(study_json(desk))


def _block(desk: Desk, request: Request) -> Response:
    return answer(block_json(desk, request.path_params["block"]))


def outcome_now(desk: Desk) -> tuple[str, Outcome]:
    """Return the present version and numbers.

    Raises
    ------
    InputError
        With the problems of the study, if it has any.
    """
    state = desk.state()
    if state.outcome is None:
        raise InputError(state.problems)
    return state.version, state.outcome


def clean(view: bytes) -> bytes:
    """Write a view so that a browser can read it, half characters of a name included.

    >>> clean(b'{}')
    b'{}'
    """
    return view.decode("utf-8", "replace").encode()


def _view(desk: Desk, request: Request) -> Response:
    _, outcome = outcome_now(desk)
    block = block_of(outcome, request.path_params["block"])
    name = request.path_params["view"]
    if name not in block.views:
        raise absent("figure", name)
    digest = digest_of(block, name)
    if request.headers.get("if-none-match") == f'"{digest}"':
        return Response(status_code=304, headers={"ETag": f'"{digest}"'})
    return raw_answer(clean(block.views[name]), etag=digest)


def _rows(desk: Desk, request: Request) -> Response:
    version, outcome = outcome_now(desk)
    block = block_of(outcome, request.path_params["block"])
    query = request.query_params
    offset = whole_of(query.get("offset", "0"), "offset", low=0, high=10**9)
    limit = whole_of(query.get("limit", "200"), "limit", low=1, high=desk.limits.rows)
    find = query.get("find", "")
    if len(find) > LONGEST_FIND:
        raise refused(400, "the text to find is too long.", code="too-long", place="find")
    rows = rows_of(desk, version, block)
    return answer({"version": version} | rows_json(rows, offset=offset, limit=limit, find=find))


def _plates(desk: Desk, request: Request) -> Response:
    version, outcome = outcome_now(desk)
    block = block_of(outcome, request.path_params["block"])
    plates = plates_json(rows_of(desk, version, block), out_rows(outcome, block))
    return answer({"version": version, "plates": plates})


def _why(desk: Desk, request: Request) -> Response:
    version, outcome = outcome_now(desk)
    try:
        walk = walk_back(outcome, request.path_params["id"], desk.session.store())
    except InputError as error:
        if any(problem.code == "unknown-id" for problem in error.problems):
            raise absent("number", request.path_params["id"]) from None
        raise
    found: dict[str, Any] = {
        "version": version,
        "result": {key: value for key, value in walk.row.items() if value is not None},
        "inputs": walk.inputs.to_dicts(),
        "settings": walk.settings,
        "files": walk.files,
        "versions": walk.versions,
        "flags": walk.flags.to_dicts(),
        "rows": walk.rows.to_dicts(),
        "steps": _steps(walk.row),
    }
    return answer(found)


def _steps(row: dict[str, Any]) -> list[dict[str, str]]:
    """Return the methods behind a number, in order, in the words of the report."""
    from exportin.study.discover import load_methods

    known = load_methods()
    names = [name.strip() for name in (row.get("method") or "").split("+") if name.strip()]
    return [
        {"method": name, "sentence": known[name].sentence if name in known else ""}
        for name in names
    ]


async def _events(request: Request) -> Response:
    desk = desk_of(request)
    if len(desk.watch.listeners) >= desk.limits.listeners:
        why = refused(503, "too many windows are open.", "Close some of them.", code="too-many")
        return problem_answer(why)
    warm = event("warm", json_bytes(desk.warmth.said()).decode())
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(desk.watch.stream(warm), 200, headers, "text/event-stream")


ROUTES = [
    Route("/api/study", threaded(_study)),
    Route("/api/block/{block}", threaded(_block)),
    Route("/api/block/{block}/views/{view}", threaded(_view)),
    Route("/api/block/{block}/rows", threaded(_rows)),
    Route("/api/block/{block}/plates", threaded(_plates)),
    Route("/api/why/{id:path}", threaded(_why)),
    Route("/api/events", _events),
]
