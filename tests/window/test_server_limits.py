"""Too much, too deep, half a request: refused early, nothing kept."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exportin.app.window.limits import Limits
from exportin.app.window.uploads import Uploads

BLOCK = "/api/block/viability"


def test_json_that_is_too_large_is_not_read_on(window: Any) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'{"rows": ["'
        while True:
            sent += 1_000_000
            yield b"x" * 1_000_000

    limit = Limits().json
    said = {"Content-Type": "application/json", "Content-Length": str(limit + 1)}
    found = window.ask("POST", f"{BLOCK}/exclude", content=b"{}", headers=said)
    assert found.status_code == 413
    found = window.ask("POST", f"{BLOCK}/exclude", json={"rows": ["x" * limit], "reason": ""})
    assert found.status_code == 413
    assert found.headers["connection"] == "close"
    assert found.json()["problems"][0]["code"] == "too-large"


@pytest.mark.parametrize(
    "content",
    [b"{", b"[1]", b"null", b'"a"', b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}',
     b"[" * 100_000, b'{"a":' * 50_000, b"\x00"],
)  # fmt: skip
def test_what_is_no_json_object_is_said(window: Any, content: bytes) -> None:
    said = {"Content-Type": "application/json"}
    found = window.ask("POST", f"{BLOCK}/exclude", content=content, headers=said)
    assert found.status_code == 400
    assert found.json()["problems"][0]["code"] == "no-json"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_of_another_site_is_no_json(window: Any, kind: str) -> None:
    """What a page can send without asking first is never read as JSON."""
    body = json.dumps({"rows": ["a"], "reason": "b"}).encode()
    said = {"Content-Type": kind}
    assert window.ask("POST", f"{BLOCK}/exclude", content=body, headers=said).status_code == 415


def test_a_file_that_is_too_large_is_stopped(
    study: Path, open_window: Callable[..., Any], snapshot: Callable[[Path], dict[str, str]]
) -> None:
    window = open_window(study, file=1000, dropped=2500)
    before = snapshot(study)
    found = window.ask("PUT", "/api/files?name=a.csv", content=b"x" * 1001)
    assert found.status_code == 413
    assert "--max-mb" in found.json()["problems"][0]["remedy"]
    for name in ("a.csv", "b.csv"):
        found = window.ask("PUT", f"/api/files?name={name}&more=1", content=b"x" * 1000)
        assert found.status_code == 200
    assert found.json() == {"pending": 2}
    found = window.ask("PUT", "/api/files?name=c.csv&more=1", content=b"x" * 1000)
    assert found.status_code == 413  # together they are too large
    assert window.ask("DELETE", "/api/files").json() == {"dropped": 2}
    assert window.desk.uploads.room() == 2500
    assert snapshot(study) == before


def test_batches_do_not_mix_and_are_few() -> None:
    uploads = Uploads(Limits(file=10, dropped=100, files=2))
    assert uploads.put("one", "a", b"1") == 1
    assert uploads.put("two", "a", b"22") == 1
    assert uploads.put("one", "a", b"333") == 1  # the same name again: the later one
    assert uploads.room() == 95
    assert uploads.take("two") == {"a": b"22"}
    assert uploads.put("one", "b", b"") == 2
    with pytest.raises(Exception, match="more than 2 files"):
        uploads.put("one", "c", b"")
    for k in range(20):
        uploads.put(f"batch {k}", "a", b"1" * 10)
    assert uploads.room() >= 20
    assert uploads.take("one") == {}  # long forgotten


@pytest.mark.parametrize(
    "name", ["", " ", "a\x00b", "a\nb", "\x1b[31m", "a\u202eb", "x" * 256, "\u2028"]
)
def test_names_that_no_file_has(window: Any, name: str) -> None:
    found = window.ask("PUT", "/api/files", params={"name": name}, content=b"1")
    assert found.status_code == 400
    assert found.json()["problems"][0]["place"] == "name"


def test_cells_are_text_or_numbers() -> None:
    from exportin.app.window.answers import RefusedError
    from exportin.app.window.editing import rows_in

    for wrong in (None, "a", [1], [{"a": []}], [{"a": True}], [{"a": {}}]):
        with pytest.raises(RefusedError):
            rows_in({"rows": wrong})
    with pytest.raises(RefusedError, match="cells"):
        rows_in({"rows": [{str(k): "" for k in range(1000)}] * 201})


TRAVERSALS = [
    "../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd", "/etc/passwd", "%2fetc%2fpasswd", "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd", "%00", "style.css%00.png", "file:///etc/passwd", "C:\\x", "~root",
    "screen/../../server.py", "../security.py", "../templates/base.html.j2", ".", "..", "",
    "screen/", "CON", "\u2025/x",
]  # fmt: skip
PLACES = ["/static/{}", "/static/screen/{}", "/api/block/{}", "/api/block/viability/views/{}",
          "/api/block/{}/rows", "/api/block/{}/plates", "/api/why/{}", "/block/{}",
          "/api/block/{}/views/dose_response", "/{}"]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", TRAVERSALS)
def test_no_address_is_a_path(window: Any, place: str, text: str) -> None:
    found = window.ask("GET", place.format(text))
    known = found.url.path in ("/", "/api/block/viability", "/api/study")
    assert found.status_code in (307, 400, 404, 405) or known, found.text
    assert "root:" not in found.text
    assert "import " not in found.text
