"""A window whose store is harmed, deleted or cannot be written while it serves."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exportin.report.fragments import block_fragments
from exportin.study.ledger import read_ledger
from exportin.study.run import STORE, run_study

BLOCK = "/api/block/viability"
ROWS = [f"plates/SIM-LPS-1-E1.csv:B{column:02d}" for column in (3, 4, 5)]
LOOKS = ["/api/study", BLOCK, f"{BLOCK}/rows?limit=1", f"{BLOCK}/plates", "/", "/block/viability",
         f"{BLOCK}/views/dose_response"]  # fmt: skip


def garbage(store: Path) -> None:
    for path in store.glob("index.sqlite*"):
        path.write_bytes(b"garbage" * 2000)


def gone(store: Path) -> None:
    shutil.rmtree(store)


def objects_gone(store: Path) -> None:
    shutil.rmtree(store / "objects")


@pytest.mark.parametrize("harm", [garbage, gone, objects_gone])
@pytest.mark.parametrize("forgotten", [False, True])
def test_pages_and_clicks_outlive_their_store(
    window: Any, study: Path, harm: Callable[[Path], None], forgotten: bool
) -> None:
    number = window.get(BLOCK)["html"]["estimates"].split('data-id="')[1].split('"')[0]
    session = window.desk.session
    session.store().flush()
    harm(study / STORE)
    if forgotten:
        session.store().memory.clear()
        session.store().tables.clear()
    for path in (*LOOKS, f"/api/why/{number}"):
        assert window.ask("GET", path).status_code == 200, path
    body = {"rows": ROWS[:1], "reason": "bubble", "views": ["dose_response"]}
    found = window.post(f"{BLOCK}/exclude", body)
    assert found["excluded"] == ROWS[:1]
    assert found["changed"]["dose_response"]
    later = window.post(f"{BLOCK}/exclude", {"rows": ROWS[1:2], "reason": "y", "later": True})
    assert later["later"] is True
    assert sorted(later["excluded"]) == ROWS[:2]
    outcome = run_study(study, pictures=False)
    shown = window.get(BLOCK)["html"]
    assert shown == {k: str(v) for k, v in block_fragments(outcome, "viability").items()}


@pytest.mark.parametrize("harm", [garbage, gone, objects_gone])
def test_a_change_that_meets_a_harmed_store_is_made_once(
    window: Any, study: Path, harm: Callable[[Path], None]
) -> None:
    version = window.get(BLOCK)["version"]
    window.desk.session.store().flush()
    harm(study / STORE)
    window.desk.session.store().memory.clear()
    window.desk.session.store().tables.clear()
    body = {"rows": ROWS[:1], "reason": "x", "views": []}
    found = window.ask("POST", f"{BLOCK}/exclude", json=body, headers={"If-Match": version})
    assert found.status_code == 200, found.text
    assert len(read_ledger(study)) == 1
    old = window.ask("POST", f"{BLOCK}/exclude", json=body, headers={"If-Match": version})
    assert old.status_code == 409
    assert window.post("/api/undo", {"block": "viability"})["excluded"] == []


def test_a_folder_that_cannot_be_written_opens_and_says_so(
    study: Path, open_window: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> Any:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    window = open_window(study)
    with monkeypatch.context() as patch:
        for room in ("study.live", "study.ledger", "study.edit.journal"):
            patch.setattr(f"exportin.{room}.locked", refuse)
        found = window.get("/api/study")
        assert found["state"] == "problems"
        assert [p["code"] for p in found["problems"]] == ["cannot-write"]
        for path in ("/", "/block/viability"):
            page = window.ask("GET", path)
            assert page.status_code == 200
        assert "Read-only file system" in window.ask("GET", "/").text
        for path in ("/report", f"{BLOCK}/rows", f"{BLOCK}/figures", "/api/export/csv"):
            assert window.ask("GET", path).status_code == 400, path
        for path, body in (
            (f"{BLOCK}/exclude", {"rows": ROWS, "reason": "x"}),
            ("/api/undo", {}),
            (f"{BLOCK}/settings", {"conf_level": 0.9}),
        ):
            said = window.ask("POST", path, json=body)
            assert said.status_code == 400, said.text
            assert "Read-only file system" in said.text
    assert window.get("/api/study")["state"] == "ready"
    assert window.post(f"{BLOCK}/exclude", {"rows": ROWS, "reason": "x"})["n_excluded"] == 3


def test_results_that_cannot_be_written_are_said(
    window: Any, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("exportin.app.window.paper.publish", refuse)
    session = window.desk.session
    monkeypatch.setattr(session, "finished", session.outcome)  # nothing is drawn for this
    found = window.ask("GET", "/report")
    assert found.status_code == 500
    assert "No space left on device" in found.text
    assert "bug" not in found.text
