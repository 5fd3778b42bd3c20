"""Which file belongs to which block: by the interface for programs, and on the page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .screens import screens

BLOCK = "/api/block/viability"
LAST = "plates/SIM-LPS-1-E3.csv"
Open = Callable[..., Any]


def blocks(study: dict[str, Any]) -> dict[str, list[str]]:
    return {one["name"]: one["files"] for one in study["blocks"]}


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.text
    assert all(one["remedy"] for one in answer.json()["problems"])
    return [one["code"] for one in answer.json()["problems"]]


def test_a_file_gets_a_block_of_its_own(window: Any) -> None:
    before, estimates = window.get("/api/study"), window.get(BLOCK)["html"]["estimates"]
    row = next(one["row_id"] for one in window.get(f"{BLOCK}/rows?limit=999")["rows"]
               if one["row_id"].startswith(LAST))  # fmt: skip
    window.post(f"{BLOCK}/exclude", {"rows": [row], "reason": "bubble"})
    without = window.get(BLOCK)["html"]["estimates"]
    about = window.get(f"{BLOCK}/files")
    mine = next(one for one in about["files"] if one["file"] == LAST)
    assert (mine["own"], mine["left_out"]) == ("SIM-LPS-1-E3", 1)
    assert about["to"] == []

    found = window.post(f"{BLOCK}/move", {"files": [LAST], "name": mine["own"]})
    assert found["state"] == "ready", found["problems"]
    assert blocks(found)["SIM-LPS-1-E3"] == [LAST]
    assert LAST not in blocks(found)["viability"]
    assert "stay left out" in " ".join(found["moved"]["said"])
    assert window.get("/api/block/SIM-LPS-1-E3")["excluded"] == [row]
    assert window.get(BLOCK)["excluded"] == []

    back = {"files": [LAST], "to": "viability"}
    new = "/api/block/SIM-LPS-1-E3"
    assert codes(window.ask("POST", f"{new}/move", json=back)) == ["last-file"]
    found = window.post(f"{new}/move", {**back, "with_block": True})
    assert list(blocks(found)) == ["viability"]
    assert window.get(BLOCK)["excluded"] == [row]
    assert window.get(BLOCK)["html"]["estimates"] == without
    window.post("/api/undo", {})
    window.post("/api/undo", {})
    window.post("/api/undo", {})
    assert blocks(window.get("/api/study")) == blocks(before)
    assert window.get(BLOCK)["html"]["estimates"] == estimates


def test_what_cannot_be_done_is_refused(window: Any) -> None:
    def ask(**body: Any) -> list[str]:
        return codes(window.ask("POST", f"{BLOCK}/move", json={"files": [LAST], **body}))

    assert ask(name="a b") == ["block-name"]
    assert ask(name="VIABILITY") == ["block-name"]
    assert ask() == ["move-where"]
    assert ask(to="nowhere") == ["unknown-block"]
    assert window.ask("POST", "/api/block/nowhere/move", json={"files": []}).status_code == 404
    assert window.ask("GET", "/api/block/nowhere/files").status_code == 404
    assert window.ask("GET", "/api/files/name").status_code == 400
    assert window.get("/api/files/name?file=Plate%209.csv") == {"name": "Plate_9"}
    seen = {"If-Match": "not this one"}
    body = {"files": [LAST], "name": "x"}
    assert window.ask("POST", f"{BLOCK}/move", json=body, headers=seen).status_code == 409


def test_the_last_file_of_a_study_is_taken_out(window: Any) -> None:
    files = window.get("/api/study")["blocks"][0]["files"]
    for file in files[1:]:
        window.post(f"{BLOCK}/take-out", {"file": file})
    out = {"file": files[0]}
    assert codes(window.ask("POST", f"{BLOCK}/take-out", json=out)) == ["last-file"]
    found = window.post(f"{BLOCK}/take-out", {**out, "with_block": True})
    assert (found["state"], found["problems"], found["blocks"]) == ("empty", [], [])
    page = window.ask("GET", "/")
    assert "Start a study" in page.text
    assert 'class="problems" aria' not in page.text
    assert window.ask("GET", f"{BLOCK}/files").status_code == 404
    window.post("/api/undo", {})
    assert window.get("/api/study")["state"] == "ready"


def test_a_dropped_file_begins_a_block(window: Any, study: Path) -> None:
    plate = (study / LAST).read_bytes().replace(b"E3", b"E9")
    asked = {"name": "E9.csv", "own": "late"}
    found = window.ask("PUT", "/api/files", params=asked, content=plate).json()
    assert [(one["block"], one["joined"]) for one in found["added"]] == [("late", False)]
    assert window.ask("PUT", "/api/files", params=asked, content=plate).status_code == 400


def test_a_dropped_file_moves_and_the_last_takes_its_block(
    serve: Callable[..., Any], study: Path
) -> None:
    plate = (study / LAST).read_bytes().replace(b"E3", b"E9")
    with screens(serve(study).said["url"]) as screen:
        page = screen.page
        page.set_default_timeout(15_000)
        page.wait_for_selector("[data-found] >> text=3 files")
        screen.drop(("E9.csv", plate))
        page.click("#received >> text=Give it a block of its own")
        page.wait_for_selector("dialog#move")
        assert page.input_value('dialog input[name="name"]') == "E9"
        page.fill('dialog input[name="name"]', "viability")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog >> text=is taken")
        assert all("400" in error for error in screen.errors)
        screen.errors.clear()  # the browser reports the refusal itself
        page.fill('dialog input[name="name"]', "late")
        page.keyboard.press("Enter")
        page.wait_for_selector('[data-found="late"] >> text=1 file')
        page.wait_for_selector('[data-found="viability"] >> text=3 files')
        assert "moved to the block late" in screen.text("#received")

        page.click('[data-found="late"] summary')
        page.click('[data-found="late"] [data-take-out]')
        page.wait_for_selector("dialog#gone >> text=The block late has no other file")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog#gone", state="detached")
        page.click('[data-found="late"] [data-take-out]')
        page.wait_for_selector("dialog#gone")
        page.keyboard.press("Enter")
        page.wait_for_selector('[data-found="late"]', state="detached")
        page.click("#undo")
        page.wait_for_selector('[data-found="late"] >> text=1 file')
