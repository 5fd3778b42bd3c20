"""The addresses: study, block, figures as data, rows, plates, a number's way back, changes."""

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exportin.contract.view_json import view_from_json
from exportin.report.fragments import PARTS, block_fragments
from exportin.study.ledger import excluded_rows, read_ledger
from exportin.study.run import run_study

BLOCK = "/api/block/viability"
ROW = "plates/SIM-LPS-1-E1.csv:B05"


def ids(html: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', html)


def test_the_study(window: Any, study: Path) -> None:
    found = window.get("/api/study")
    assert found["state"] == "ready"
    assert found["folder"] == str(study)
    assert found["problems"] == []
    block = found["blocks"][0]
    assert block["name"] == "viability"
    assert block["experimental_unit"] == "experiment"
    assert (block["kind"], block["plates"], block["has_layout"]) == ("wells", True, True)
    assert len(block["files"]) == 3
    assert found["history"] == {"can_undo": "", "can_redo": ""}
    assert found["warm"] == {"state": "ready", "message": ""}


def test_an_empty_folder_waits_for_files(tmp_path: Path, open_window: Callable[..., Any]) -> None:
    window = open_window(tmp_path / "new")
    found = window.get("/api/study")
    assert (found["state"], found["blocks"], found["problems"]) == ("empty", [], [])
    assert window.ask("GET", "/").status_code == 200
    assert window.ask("GET", BLOCK).status_code == 404
    assert not (tmp_path / "new").exists()  # looking makes nothing


def test_a_study_with_problems_says_where_to_mend_them(
    study: Path, open_window: Callable[..., Any]
) -> None:
    layout = study / "layout.csv"
    layout.write_text(layout.read_text().replace(",nM", ",nQ"))
    window = open_window(study)
    found = window.get("/api/study")
    assert found["state"] == "problems"
    assert [(need["what"], need["where"]) for need in found["needs"]] == [("layout", "viability")]
    assert len(found["problems"]) == 1  # the same thing of many lines is said once
    block = window.get(BLOCK)
    assert block["problems"] == found["problems"] != []
    assert set(block["html"].values()) == {""}
    assert window.ask("GET", f"{BLOCK}/rows").status_code == 400
    assert window.ask("GET", "/block/viability").status_code == 200
    assert window.ask("GET", "/block/none").status_code == 404


def test_a_block_has_the_numbers_of_a_run(window: Any, study: Path) -> None:
    found = window.get(BLOCK)
    outcome = run_study(study)
    assert set(found["html"]) == set(PARTS)
    assert found["html"] == {k: str(v) for k, v in block_fragments(outcome, "viability").items()}
    shown = {*ids(found["html"]["estimates"]), *ids(found["html"]["plates"])}
    known = set(outcome.blocks[0].estimates.frame.get_column("id"))
    assert shown
    assert shown <= known
    assert found["excluded"] == []
    assert found["problems"] == []


def test_a_fragment_says_what_the_report_says(study: Path) -> None:
    """Word for word, but for the numbers of the tables."""
    from exportin.report.document import build_report

    outcome = run_study(study)
    page = re.sub(r"<b>Table \d+\.</b>", "", build_report(outcome).decode())
    page = page.replace("block-1", "block")
    for name, html in block_fragments(outcome, "viability").items():
        for line in html.splitlines():
            assert line in page, name


def test_what_can_be_asked(window: Any) -> None:
    found = window.get(BLOCK)
    names = {one["name"]: one for one in found["quantities"]}
    assert {"ec50", "ic50_absolute"} <= set(names)
    assert {"name": "treatment", "title": "treatment"}.items() <= names["ec50"]["keys"][-1].items()
    assert "plate_cv" not in names
    for question in found["questions"]:
        assert question["text"]


def test_figures_as_data(window: Any) -> None:
    for about in window.get(BLOCK)["views"]:
        found = window.ask("GET", f"{BLOCK}/views/{about['name']}")
        assert found.status_code == 200
        view = view_from_json(found.content)
        assert (view.name, view.title, view.caption) == (
            about["name"], about["title"], about["caption"],
        )  # fmt: skip
        assert found.headers["etag"] == f'"{about["digest"]}"'
        again = {"If-None-Match": found.headers["etag"]}
        assert window.ask("GET", f"{BLOCK}/views/{about['name']}", headers=again).status_code == 304
    assert window.ask("GET", f"{BLOCK}/views/none").status_code == 404


def test_rows_in_parts(window: Any) -> None:
    every = window.get(f"{BLOCK}/rows?limit=5000")
    assert every["total"] == len(every["rows"]) == 3 * 86
    part = window.get(f"{BLOCK}/rows?offset=10&limit=7")
    assert part["rows"] == every["rows"][10:17]
    found = window.get(f"{BLOCK}/rows?find=e1.csv:b05")
    assert [row["row_id"] for row in found["rows"]] == [ROW]
    assert window.get(f"{BLOCK}/rows?find=.*")["total"] == 0  # text, not a pattern
    assert window.get(f"{BLOCK}/rows?offset=9999")["rows"] == []
    for wrong in ("offset=-1", "offset=x", "limit=1e3", "offset=\u0663", "find=" + "x" * 500):
        assert window.ask("GET", f"{BLOCK}/rows?{wrong}").status_code == 400


def test_plates_with_their_wells(window: Any) -> None:
    window.post(f"{BLOCK}/exclude", {"rows": [ROW], "reason": "air bubble"})
    plates = window.get(f"{BLOCK}/plates")["plates"]
    assert [plate["size"] for plate in plates] == [96, 96, 96]
    wells = {well["row_id"]: well for plate in plates for well in plate["wells"]}
    assert wells[ROW]["well"] == "B05"
    assert wells[ROW]["by_person"]
    assert "air bubble" in wells[ROW]["out"]
    assert {well["role"] for well in wells.values()} >= {"treated", "vehicle"}
    assert sum(bool(well["out"]) for well in wells.values()) == 1


def test_a_number_is_walked_back(window: Any) -> None:
    number = ids(window.get(BLOCK)["html"]["estimates"])[0]
    found = window.get(f"/api/why/{number}")
    assert found["result"]["id"] == number
    assert len(found["inputs"]) == 3
    assert found["files"]
    assert found["rows"]
    assert [step["method"] for step in found["steps"]][-1]
    assert all(step["sentence"] for step in found["steps"])
    assert window.ask("GET", "/api/why/e_none").status_code == 404


def test_an_exclusion_is_in_the_numbers_at_once(window: Any, study: Path) -> None:
    before = window.get(BLOCK)
    names = [view["name"] for view in before["views"]]
    after = window.post(f"{BLOCK}/exclude", {"rows": [ROW], "reason": "air bubble", "views": names})
    assert after["excluded"] == [ROW]
    assert after["n_excluded"] == 1
    assert after["entry"]["number"] == 1
    assert after["version"] != before["version"]
    assert list(after["changed"]) == names
    assert after["html"] == {
        k: str(v) for k, v in block_fragments(run_study(study), "viability").items()
    }
    assert "air bubble" in after["html"]["exclusions"]
    assert "air bubble" in after["history"]["can_undo"]
    assert after["changed"]["dose_response"] == window.get(f"{BLOCK}/views/dose_response")
    assert list(excluded_rows(read_ledger(study), "viability")) == [ROW]
    back = window.post(f"{BLOCK}/take-back", {"rows": [ROW], "reason": "", "views": []})
    assert (back["excluded"], back["changed"]) == ([], {})
    assert back["views"] == before["views"]


def test_only_figures_that_changed_come_back(window: Any) -> None:
    before = window.get(BLOCK)
    have = {view["name"]: view["digest"] for view in before["views"]}
    body = {"rows": [ROW], "reason": "x", "views": [*have, "none"], "digests": have}
    after = window.post(f"{BLOCK}/exclude", body)
    differ = [v["name"] for v in after["views"] if v["digest"] != have[v["name"]]]
    assert list(after["changed"]) == differ != []


def test_steps_are_undone_and_done_again(window: Any, study: Path) -> None:
    first = window.get(BLOCK)
    out = window.post(f"{BLOCK}/exclude", {"rows": [ROW], "reason": "x"})
    undone = window.post("/api/undo", {"block": "viability", "views": ["dose_response"]})
    assert ROW in undone["what"]
    assert undone["html"]["estimates"] == first["html"]["estimates"]
    assert list(undone["changed"]) == ["dose_response"]
    again = window.post("/api/redo", {"block": ""})
    assert again["name"] == "viability"
    assert again["html"]["estimates"] == out["html"]["estimates"]
    assert len(read_ledger(study)) == 3  # nothing is ever struck out of the ledger


def test_nothing_to_undo_is_said(window: Any) -> None:
    found = window.ask("POST", "/api/undo", json={})
    assert found.status_code == 400
    assert found.json()["problems"][0]["message"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"rows": ["plates/SIM-LPS-1-E1.csv:B99"], "reason": "x"}, "does not exist"),
        ({"rows": [ROW], "reason": " "}, "reason"),
        ({"rows": [], "reason": "x"}, "no rows"),
        ({"reason": "x"}, "no rows"),
        ({"rows": ROW, "reason": "x"}, "list"),
        ({"rows": [1], "reason": "x"}, "list"),
        ({"rows": [ROW], "reason": 3}, "text"),
        ({"rows": [ROW], "reason": None}, "text"),
    ],
)
def test_what_cannot_be_excluded_changes_nothing(
    window: Any, study: Path, body: dict[str, Any], word: str
) -> None:
    found = window.ask("POST", f"{BLOCK}/exclude", json=body)
    assert found.status_code == 400
    assert word in found.json()["problems"][0]["message"]
    assert read_ledger(study) == ()
    assert window.ask("POST", "/api/block/none/exclude", json=body).status_code in (400, 404)


def test_who_looked_at_an_older_version_is_told(window: Any, study: Path) -> None:
    seen = window.get(BLOCK)["version"]
    window.post(f"{BLOCK}/exclude", {"rows": [ROW], "reason": "air bubble"})
    other = {"rows": ["plates/SIM-LPS-1-E2.csv:B05"], "reason": "y"}
    late = window.ask("POST", f"{BLOCK}/exclude", json=other, headers={"If-Match": f'"{seen}"'})
    assert late.status_code == 409
    said = late.json()
    assert said["problems"][0]["code"] == "changed"
    assert said["version"] == window.get(BLOCK)["version"]
    assert any("air bubble" in line for line in said["changed"])
    assert len(read_ledger(study)) == 1
    now = {"If-Match": said["version"]}
    assert window.post(f"{BLOCK}/exclude", other, headers=now)["n_excluded"] == 2
    odd = window.ask("POST", "/api/undo", json={}, headers={"If-Match": "never"})
    assert odd.status_code == 409


def test_a_change_by_the_command_line_is_seen(
    window: Any, study: Path, cli: Callable[..., Any]
) -> None:
    before = window.get(BLOCK)
    assert cli("exclude", study, "viability", ROW, "--reason", "spill").code == 0
    after = window.get(BLOCK)
    assert after["version"] != before["version"]
    assert after["excluded"] == [ROW]


def test_what_nobody_foresaw_shows_no_traceback(
    window: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise ZeroDivisionError("secret\x1b[31m\nline")

    monkeypatch.setattr(window.desk, "state", fails)
    for path in ("/api/study", "/", BLOCK):
        found = window.ask("GET", path)
        assert found.status_code == 500
        assert "bug in exportin" in found.text
        for word in ("Traceback", "secret", "ZeroDivision", ".py"):
            assert word not in found.text
        assert found.headers["content-security-policy"]
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert len(said.splitlines()) == 3  # a line each
    monkeypatch.setenv("EXPORTIN_DEBUG", "1")
    assert "ZeroDivisionError" in window.ask("GET", "/api/study").text


def test_a_full_disk_is_no_bug(window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **given: object) -> None:
        raise OSError(28, "No space left on device", "exclusions.jsonl")

    monkeypatch.setattr(window.desk.session, "exclude", full)
    found = window.ask("POST", f"{BLOCK}/exclude", json={"rows": [ROW], "reason": "x"})
    assert found.status_code == 500
    assert "No space left" in found.json()["problems"][0]["message"]


def test_unknown_addresses_and_methods(window: Any) -> None:
    assert window.ask("GET", "/api/none").json()["problems"][0]["code"] == "http-404"
    wrong = window.ask("DELETE", "/api/study")
    assert (wrong.status_code, wrong.json()["problems"][0]["code"]) == (405, "http-405")
    page = window.ask("GET", "/none")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


def test_static_files_are_a_list(window: Any) -> None:
    found = window.ask("GET", "/static/screen/scales.js")
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/javascript; charset=utf-8"
    assert found.headers["cache-control"] == "no-cache"
    again = {"If-None-Match": found.headers["etag"]}
    assert window.ask("GET", "/static/screen/scales.js", headers=again).status_code == 304


def test_answers_are_json_whatever_the_numbers(window: Any) -> None:
    from exportin.app.window.answers import json_bytes

    odd = {"a": [float("inf"), -float("inf"), {"b": float("nan")}], "c": "\ud800", "d": "</x>"}
    assert json.loads(json_bytes(odd))["a"] == ["Infinity", "-Infinity", {"b": "NaN"}]


def test_no_request_reaches_out(window: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even to this machine: the window answers, and asks nobody."""
    asked: list[object] = []

    def refuse(*args: object, **given: object) -> None:
        asked.append(args)
        raise OSError(101, "Network is unreachable")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    number = ids(window.get(BLOCK)["html"]["estimates"])[0]
    for path in ("/", "/block/viability", "/api/study", BLOCK, f"{BLOCK}/rows", f"{BLOCK}/plates",
                 f"{BLOCK}/layout", "/api/design", f"/api/why/{number}", "/api/export/csv",
                 "/api/export/pzfx", f"{BLOCK}/views/dose_response"):  # fmt: skip
        assert window.ask("GET", path).status_code == 200, path
    window.post(f"{BLOCK}/exclude", {"rows": [ROW], "reason": "x"})
    window.post("/api/undo", {})
    assert asked == []


def test_pages_name_no_other_site(window: Any) -> None:
    for path in ("/", "/block/viability"):
        page = window.ask("GET", path).text
        loads = re.findall(r"<(?:script|link|img|source|iframe)[^>]*>", page)
        assert loads
        assert not [one for one in loads if "//" in one]
    for name in ("style.css", "screen/view.js", "block.js"):
        text = window.ask("GET", f"/static/{name}").text
        assert not re.search(r"(?:import|from|url\(|fetch\()\s*[\"'(]?(?:https?:)?//", text), name


def test_every_script_that_is_imported_is_there(window: Any) -> None:
    assets = window.client.app.app.state.assets()
    scripts = [name for name in assets if name.endswith(".js")]
    assert len(scripts) > 10
    for name in scripts:
        text = assets[name].data.decode()
        for wanted in re.findall(r"(?m)^(?:import|export)\b[^;]*?from\s+[\"']([^\"']+)", text):
            place = wanted if wanted.startswith("/") else f"/static/{Path(name).parent}/{wanted}"
            found = os.path.normpath(place).removeprefix("/static/")
            assert found in assets, f"{name} imports {wanted}"
