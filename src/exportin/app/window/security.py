"""Who may speak to the window: who has the token, and pages of ours; nobody else's page.

A page of any web site can send requests to a server on this machine. Therefore: the server listens
on 127.0.0.1 only; the name by which it was called must be this machine's (against names of
strangers that point here); a page must be ours (``Origin``, ``Sec-Fetch-Site``); and every request
needs the token, as a header or as a cookie that no script can read.
"""

import hmac
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exportin.app.window.answers import problem_answer, refused

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
PAPER = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""For the report and single figures: nothing runs, nothing is loaded."""
PICTURE = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
SAFE = ("GET", "HEAD")
HOP = '<!DOCTYPE html><meta http-equiv="refresh" content="0; url=/"><title>exportin</title>'


def new_token() -> str:
    """Return a secret of 256 bits that can stand in an address."""
    return token_urlsafe(32)


@dataclass(frozen=True)
class Keys:
    """The token of one start of the server, and the cookie made from it."""

    token: str
    port: int
    ticket: str = ""
    """Opens the window once: what starts a browser can be seen by everyone on this machine."""
    cookie_name: str = field(init=False)
    cookie: str = field(init=False)

    def __post_init__(self) -> None:
        made = hmac.new(self.token.encode(), b"cookie", sha256).hexdigest()
        object.__setattr__(self, "cookie_name", f"exportin_{self.port}")
        object.__setattr__(self, "cookie", made)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names by which this server may be called."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")


def same(given: str, secret: str) -> bool:
    """Compare with a secret in a time that does not tell how much of it was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


class Guard:
    """Stands before everything else: lets in, refuses, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app = app
        self.keys = keys
        self._tickets = {keys.ticket} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        turned_away = self._look(scope)
        app = turned_away or self.app
        await app(scope, receive, _with_headers(send))

    def _look(self, scope: Scope) -> Response | None:
        """Return the answer to a request that goes no further."""
        headers = Headers(scope=scope)
        why = _strange(scope, headers, self.keys)
        if why:
            return problem_answer(refused(403, why, code="not-ours"))
        query = QueryParams(scope["query_string"])
        if scope["path"] == "/" and scope["method"] == "GET" and "token" in query:
            return self._enter(query["token"], headers)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            return None if same(given.strip(), self.keys.token) else _locked()
        cookie = cookie_parser(headers.get("cookie", "")).get(self.keys.cookie_name, "")
        if not same(cookie, self.keys.cookie):
            return _locked()
        if scope["method"] not in SAFE and not _from_our_page(headers):
            why = "a change must come from a page of this window."
            return problem_answer(refused(403, why, code="not-ours"))
        return None

    def _enter(self, token: str, headers: Headers) -> Response:
        once = [ticket for ticket in self._tickets if same(token, ticket)]
        self._tickets.difference_update(once)
        if not once and not same(token, self.keys.token):
            return _locked()
        # a browser that comes from another site's link does not send a strict cookie when
        # redirected; it does when a page of ours sends it on
        foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        made: Response = HTMLResponse(HOP) if foreign else RedirectResponse("/", 303)
        made.set_cookie(
            self.keys.cookie_name, self.keys.cookie, path="/", httponly=True, samesite="strict"
        )
        return made


def _strange(scope: Scope, headers: Headers, keys: Keys) -> str:
    """Say why a request comes from elsewhere; nothing where it does not."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or hosts[0].casefold() not in keys.hosts:
        return "the window is open to 127.0.0.1 and localhost only."
    own = f"http://{hosts[0].casefold()}"
    if any(origin.casefold() != own for origin in headers.getlist("origin")):
        return "the request comes from another site's page."
    site = headers.get("sec-fetch-site", "none")
    if site in ("none", "same-origin"):
        return ""
    mode, dest = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    opened = mode == "navigate" and dest == "document"  # a link to a page of ours, elsewhere
    page = scope["method"] == "GET" and not scope["path"].startswith("/api")
    return "" if opened and page else "the request comes from another site's page."


def _from_our_page(headers: Headers) -> bool:
    """Whether a browser vouches for the page; a foreign origin was turned away before."""
    return "origin" in headers or headers.get("sec-fetch-site") == "same-origin"


def _locked() -> Response:
    message = "the window is locked."
    remedy = "Open it by the address that 'exportin serve' printed: it holds the key."
    return problem_answer(refused(403, message, remedy, code="no-token"))


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            add_headers(message)
        await send(message)

    return with_headers


def add_headers(message: MutableMapping[str, Any]) -> None:
    """Add the headers of every answer; what an answer says itself stays."""
    headers = MutableHeaders(raw=message.setdefault("headers", []))
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
