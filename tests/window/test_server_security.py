"""Who is let in: the one who has the token, by this machine's name, from a page of ours."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exportin.app.window.security import HEADERS, Keys, new_token, same

PORT, TOKEN = 8123, "a-token-of-the-tests-only"
KEYS = Keys(TOKEN, PORT)
COOKIE = {"Cookie": f"{KEYS.cookie_name}={KEYS.cookie}"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
OURS = {"Origin": f"http://127.0.0.1:{PORT}"}
EXCLUDE = "/api/block/viability/exclude"
BODY = {"rows": ["nothing"], "reason": "x"}

READS = ["/", "/block/viability", "/api/study", "/api/block/viability", "/api/design",
         "/api/why/x", "/static/style.css", "/report", "/nothing/here"]  # fmt: skip


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer \u00e4"},
        {"Cookie": f"{KEYS.cookie_name}=wrong"},
        {"Cookie": f"{KEYS.cookie_name}={TOKEN}"},
        {"Cookie": f"exportin_8124={KEYS.cookie}"},  # another port's cookie
        {"Cookie": f"{KEYS.cookie_name}={Keys(TOKEN + 'x', PORT).cookie}"},  # an earlier start's
    ],
)
def test_nobody_is_let_in_without_the_token(
    window: Any, path: str, headers: dict[str, str]
) -> None:
    found = window.client.get(path, headers={k: v.encode() for k, v in headers.items()})
    assert found.status_code == 403
    assert found.json()["problems"][0]["code"] == "no-token"
    assert TOKEN not in found.text


@pytest.mark.parametrize("path", ["/", "/api/study"])
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8123", "127.0.0.1", "127.0.0.1:8124", "localhost:80",
     "127.0.0.1.evil.example:8123", "localhost.evil.example:8123", "0.0.0.0:8123", "[::1]:8123",
     "127.0.0.1:8123@evil.example", "2130706433:8123", ""],
)  # fmt: skip
def test_no_other_name_points_here(window: Any, path: str, host: str) -> None:
    found = window.client.get(path, headers={**BEARER, **COOKIE, "Host": host})
    assert found.status_code == 403
    assert found.json()["problems"][0]["code"] == "not-ours"


@pytest.mark.parametrize("host", ["127.0.0.1:8123", "localhost:8123", "LOCALHOST:8123"])
def test_this_machine_has_two_names(window: Any, host: str) -> None:
    assert window.client.get("/api/study", headers={**BEARER, "Host": host}).status_code == 200


@pytest.mark.parametrize("key", [BEARER, COOKIE], ids=["bearer", "cookie"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8124"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "https://127.0.0.1:8123"},
        {"Origin": "http://localhost:8123"},  # ours by another name: it may be another machine's
        {"Origin": "http://127.0.0.1:8123.evil.example"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {**OURS, "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", EXCLUDE), ("GET", "/api/study")])
def test_other_sites_pages_are_turned_away(
    window: Any, method: str, path: str, headers: dict[str, str], key: dict[str, str]
) -> None:
    body = {"json": BODY} if method == "POST" else {}
    found = window.client.request(method, path, headers={**key, **headers}, **body)
    assert found.status_code == 403
    assert found.json()["problems"][0]["code"] == "not-ours"


CHANGES = [
    ("POST", EXCLUDE), ("POST", "/api/block/viability/take-back"), ("POST", "/api/undo"),
    ("POST", "/api/redo"), ("PUT", "/api/files?name=a.csv"), ("POST", "/api/table"),
    ("PUT", "/api/block/viability/layout"), ("PUT", "/api/design"),
    ("POST", "/api/block/viability/questions"), ("DELETE", "/api/block/viability/questions/0"),
    ("POST", "/api/block/viability/settings"), ("DELETE", "/api/files"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_change_by_cookie_must_come_from_a_page_of_ours(
    window: Any, study: Path, snapshot: Callable[[Path], dict[str, str]], method: str, path: str
) -> None:
    before = snapshot(study)
    found = window.client.request(method, path, headers=COOKIE, content=b"{}")
    assert found.status_code == 403
    assert snapshot(study) == before


@pytest.mark.parametrize("vouched", [OURS, {"Sec-Fetch-Site": "same-origin"}])
def test_a_page_of_ours_may_change(window: Any, vouched: dict[str, str]) -> None:
    found = window.client.post(EXCLUDE, headers={**COOKIE, **vouched}, json=BODY)
    assert found.status_code == 400  # let in; there is no such row
    assert "does not exist" in found.json()["problems"][0]["message"]


def test_two_origins_or_hosts_are_none(window: Any) -> None:
    twice = [("Authorization", f"Bearer {TOKEN}"), ("Origin", OURS["Origin"])]
    other = [*twice, ("Origin", "http://evil.example")]
    assert window.client.get("/api/study", headers=twice).status_code == 200
    assert window.client.get("/api/study", headers=other).status_code == 403


def test_the_first_address_gives_a_cookie_and_goes_on(window: Any) -> None:
    found = window.client.get(f"/?token={TOKEN}")
    assert (found.status_code, found.headers["location"]) == (303, "/")
    cookie = found.headers["set-cookie"]
    for word in ("HttpOnly", "samesite=strict", "Path=/", f"exportin_{PORT}="):
        assert word.casefold() in cookie.casefold()
    assert TOKEN not in cookie
    assert "domain" not in cookie.casefold()
    page = window.client.get("/")  # the client keeps the cookie, as a browser does
    assert page.status_code == 200
    assert TOKEN not in page.text


def test_a_link_from_another_site_is_sent_on_by_a_page_of_ours(window: Any) -> None:
    opened = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
              "Sec-Fetch-Dest": "document"}  # fmt: skip
    found = window.client.get(f"/?token={TOKEN}", headers=opened)
    assert found.status_code == 200
    assert 'http-equiv="refresh"' in found.text
    assert "set-cookie" in found.headers
    assert TOKEN not in found.text


def test_a_wrong_token_gives_no_cookie(window: Any) -> None:
    found = window.client.get("/?token=wrong")
    assert found.status_code == 403
    assert "set-cookie" not in found.headers
    assert window.client.get(f"/api/study?token={TOKEN}").status_code == 403


def test_every_answer_has_the_headers(window: Any) -> None:
    for path in (*READS, "/api/block/none", "/static/../x", "/api/block/viability/rows?offset=x"):
        for headers in (BEARER, {}):
            found = window.client.get(path, headers=headers)
            for name, value in HEADERS.items():
                said = found.headers[name]
                if name == "Cache-Control":
                    assert said in ("no-store", "no-cache"), path
                elif name == "Content-Security-Policy":
                    assert "default-src 'none'" in said
                    assert "frame-ancestors 'none'" in said
                else:
                    assert said == value
            assert "access-control-allow-origin" not in found.headers


def test_the_policy_lets_no_inline_script_run() -> None:
    policy = HEADERS["Content-Security-Policy"]
    scripts = next(one for one in policy.split("; ") if one.startswith("script-src"))
    assert scripts == "script-src 'self'"
    assert "unsafe" not in policy


def test_another_site_is_not_told_that_it_may_ask(window: Any) -> None:
    found = window.client.options(
        EXCLUDE,
        headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert found.status_code == 403
    assert "access-control-allow-origin" not in found.headers


def test_tokens_are_long_and_never_the_same() -> None:
    made = {new_token() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in made)
    assert same("a", "a")
    assert not same("a", "b")
    assert not same("", "b")
    assert not same("\ud800", "b")


def test_no_page_opens_a_socket_of_another_kind(window: Any) -> None:
    from starlette.websockets import WebSocketDisconnect

    with (
        pytest.raises(WebSocketDisconnect),
        window.client.websocket_connect("/api/events", headers=BEARER),
    ):
        pass


def test_what_starts_the_browser_opens_once(study: Path, open_window: Callable[..., Any]) -> None:
    """The address stands in the list of processes, which everyone on a machine can read."""
    from starlette.testclient import TestClient

    from exportin.app.window.build import build

    app = build(open_window(study).desk, Keys(TOKEN, PORT, ticket="once-only"))
    base = f"http://127.0.0.1:{PORT}"
    for status in (303, 403):
        client = TestClient(app, base_url=base, follow_redirects=False)
        assert client.get("/?token=once-only").status_code == status
    never = {"Authorization": "Bearer once-only"}
    assert TestClient(app, base_url=base).get("/api/study", headers=never).status_code == 403
    assert TestClient(app, base_url=base).get("/?token=").status_code == 403
