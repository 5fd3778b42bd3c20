"""Puts the window together: addresses, the guard before them, and what happens on errors."""

import os
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exportin.app.guard import plain
from exportin.app.window import (
    assets,
    changing,
    editing,
    figures,
    filing,
    intake,
    pages,
    paper,
    reading,
)
from exportin.app.window.answers import (
    RefusedError,
    problem_answer,
    problems_json,
    refused,
)
from exportin.app.window.assets import Asset, read_assets
from exportin.app.window.describe import study_json
from exportin.app.window.desk import Desk
from exportin.app.window.reading import desk_of
from exportin.app.window.security import Guard, Keys
from exportin.tables.problems import InputError

ROOMS: tuple[Any, ...] = (reading, changing, editing, filing, intake, figures, paper, assets, pages)
SAID = {404: "there is nothing at this address.", 405: "this address does not take that method."}
RIGHTS = "Look at the rights of the study folder and the space on the disk."
Log = Callable[[str], None]


def build(desk: Desk, keys: Keys, log: Log = print) -> ASGIApp:
    """Return the window on one study, as an ASGI application.

    Parameters
    ----------
    desk : Desk
        The study and what is shared between requests.
    keys : Keys
        Token and port of this start; requests without them are refused.
    log : callable
        Takes a line for every bug of ours that a request met.
    """
    app = Starlette(
        routes=[route for room in ROOMS for route in room.ROUTES],
        middleware=[Middleware(Bugs, log=log)],
        exception_handlers={RefusedError: _refused, InputError: _refused, HTTPException: _http},
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.state.desk = desk
    app.state.assets = look_up(read_assets())
    return Guard(app, keys)


def look_up(found: Mapping[str, Asset]) -> Callable[[], Mapping[str, Asset]]:
    """Return the files of the pages; they are read again each time while someone mends them."""
    return read_assets if os.environ.get("EXPORTIN_DEBUG") else lambda: found


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    app.state.desk.watch.close()


def _shown(request: Request, error: RefusedError | InputError) -> Response:
    """Answer in the form that was asked for: JSON to programs, a page to people."""
    if request.url.path.startswith(("/api/", "/static/")):
        return problem_answer(error)
    status = error.status if isinstance(error, RefusedError) else 400
    try:
        study = study_json(desk_of(request))
    except Exception:  # noqa: BLE001 - the page is then shown without it
        study = {}
    return pages.error_page(status, problems_json(error.problems), study)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError | InputError)  # noqa: S101 - registered for these only
    return await run_in_threadpool(_shown, request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for these only
    said = SAID.get(error.status_code, "the request was not understood.")
    why = refused(error.status_code, said, code=f"http-{error.status_code}")
    made = await run_in_threadpool(_shown, request, why)
    for name, value in (error.headers or {}).items():
        made.headers[name] = value
    return made


class Bugs:
    """Turns what nobody foresaw into an answer without a traceback."""

    def __init__(self, app: ASGIApp, log: Log) -> None:
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def seen(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, seen)
        except Exception as error:  # noqa: BLE001 - a user never sees a traceback
            self.log(plain(f"{scope.get('method')} {scope.get('path')}: {_line(error)}"))
            if started:
                raise ConnectionResetError("the answer broke off") from None
            request = Request(scope, receive)
            made = await run_in_threadpool(_shown, request, _meant(error))
            await made(scope, receive, send)


def _meant(error: Exception) -> RefusedError:
    if isinstance(error, OSError) and error.strerror:
        place = plain(f"{error.filename or 'system'}: {error.strerror}.")
        return refused(500, place, RIGHTS, code="system")
    message = "this is a bug in exportin, not in your study."
    remedy = "Set EXPORTIN_DEBUG=1 and start again for the details a report needs."
    if os.environ.get("EXPORTIN_DEBUG"):
        remedy = "".join(traceback.format_exception(error))
    return refused(500, message, remedy, code="bug")


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
