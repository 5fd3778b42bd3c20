"""Requests that nest without end, and a process that settles."""

import gc
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from exportin.app.window.bodies import DEEPEST, is_deep
from exportin.app.window.warm import Warmth, settle

BLOCK = "/api/block/viability"


def nested(depth: int, kind: str) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


@pytest.mark.parametrize("kind", ["list", "object"])
@pytest.mark.parametrize("depth", [DEEPEST, 100, 500, 900])
@pytest.mark.parametrize(
    ("method", "path", "key"),
    [("POST", f"{BLOCK}/settings", "hill"), ("POST", f"{BLOCK}/questions", "quantity"),
     ("PUT", f"{BLOCK}/layout", "rows"), ("PUT", "/api/design", "rows"),
     ("POST", "/api/layout/make", "wish"), ("POST", f"{BLOCK}/exclude", "digests")],
)  # fmt: skip
def test_nested_requests_are_refused(
    window: Any, method: str, path: str, key: str, depth: int, kind: str
) -> None:
    body = json.dumps({key: nested(depth, kind)}).encode()
    found = window.ask(method, path, content=body, headers={"Content-Type": "application/json"})
    assert found.status_code == 400
    assert found.json()["problems"][0]["code"] == "no-json"


def test_what_is_asked_for_is_not_deep() -> None:
    assert not is_deep({"a": nested(DEEPEST - 1, "list")})
    assert is_deep({"a": nested(DEEPEST, "list")})
    assert not is_deep({"rows": [{"well": "A01"}] * 1000})
    assert not is_deep({})


def test_a_reason_is_a_sentence(window: Any) -> None:
    row = "plates/SIM-LPS-1-E1.csv:B05"
    limit = window.desk.limits.reason
    found = window.ask(
        "POST", f"{BLOCK}/exclude", json={"rows": [row], "reason": "x" * (limit + 1)}
    )
    assert found.status_code == 400
    assert found.json()["problems"][0]["place"] == "reason"
    assert (
        window.post(f"{BLOCK}/exclude", {"rows": [row], "reason": "x" * limit})["n_excluded"] == 1
    )


def test_half_a_character_is_refused(window: Any) -> None:
    body = b'{"rows": ["plates/SIM-LPS-1-E1.csv:B05"], "reason": "\\ud800"}'
    said = {"Content-Type": "application/json"}
    found = window.ask("POST", f"{BLOCK}/exclude", content=body, headers=said)
    assert found.status_code == 400
    whole = body.replace(b"ud800", b"ud83d\\ude00")
    assert window.ask("POST", f"{BLOCK}/exclude", content=whole, headers=said).status_code == 200


def test_what_was_seen_is_kept_without_its_words(window: Any) -> None:
    """A ledger of a thousand lines must not stand in memory once per version."""
    for column in (3, 4, 5):
        row = f"plates/SIM-LPS-1-E1.csv:B{column:02d}"
        window.post(f"{BLOCK}/exclude", {"rows": [row], "reason": "x" * 500, "later": True})
    assert sum(len(str(marks.said)) for marks in window.desk._seen.values()) < 100
    assert [marks.lines for marks in window.desk._seen.values()][-1] == 3


def test_undo_makes_no_folder(window: Any, study: Path) -> None:
    window.get("/api/study")
    shutil.rmtree(study)
    assert window.ask("POST", "/api/undo", json={}).status_code == 400
    assert not study.exists()


def test_what_stays_is_not_collected_again_and_again() -> None:
    before = gc.get_freeze_count()
    try:
        settle()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_it_settles_once_before_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    warmth, told = Warmth(), []
    monkeypatch.setattr(
        "exportin.app.window.warm.settle", lambda: told.append(warmth.done.is_set())
    )
    monkeypatch.setattr(Warmth, "_fit", lambda self: None)
    warmth._warm(lambda: None, lambda: None)
    assert told == [False]


def test_nothing_that_draws_is_imported_before_something_is_drawn() -> None:
    import subprocess
    import sys

    code = (
        "import sys, exportin.app.window.serve, exportin.study.worker;"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
