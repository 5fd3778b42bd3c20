"""Layouts, the design, questions and settings: what a page edits stands in files of the study."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BLOCK = "/api/block/viability"


def test_a_layout_is_read_and_written(window: Any, study: Path) -> None:
    layout = window.get(f"{BLOCK}/layout")
    assert layout["size"] == 96
    assert layout["columns"][:4] == ["well", "role", "treatment", "dose"]
    before = window.get(BLOCK)["html"]["estimates"]
    rows = [row if row["treatment"] != "selinexor" else {**row, "treatment": "drug X"}
            for row in layout["rows"]]  # fmt: skip
    found = window.ask("PUT", f"{BLOCK}/layout", json={"rows": rows}).json()
    assert found["state"] == "ready"
    assert found["layout"]["rows"] == rows
    assert "drug X" in (study / "layout.csv").read_text()
    after = window.get(BLOCK)
    assert "drug X" in after["html"]["estimates"]
    assert "selinexor" not in after["html"]["estimates"]
    undone = window.post("/api/undo", {"block": "viability"})
    assert undone["html"]["estimates"] == before


def test_a_layout_that_says_nonsense_is_refused(window: Any, study: Path) -> None:
    before = (study / "layout.csv").read_bytes()
    rows = window.get(f"{BLOCK}/layout")["rows"]
    rows[1] = {**rows[1], "dose": "much", "role": "king"}
    found = window.ask("PUT", f"{BLOCK}/layout", json={"rows": rows})
    assert found.status_code == 400
    said = " ".join(problem["place"] for problem in found.json()["problems"])
    assert rows[1]["well"] in said
    assert (study / "layout.csv").read_bytes() == before


def test_a_paste_is_seen_before_it_is_kept(window: Any, study: Path) -> None:
    before = (study / "layout.csv").read_bytes()
    body = {"text": "1\t2\n3\t4\n", "field": "dose", "at": "B02"}
    found = window.post(f"{BLOCK}/layout/paste", body)
    assert {cell["well"]: cell["text"] for cell in found["cells"]} == {
        "B02": "1", "B03": "2", "C02": "3", "C03": "4",
    }  # fmt: skip
    assert (study / "layout.csv").read_bytes() == before
    off = window.ask("POST", f"{BLOCK}/layout/paste", json={**body, "at": "Z99"})
    assert off.status_code == 400


def test_the_design_is_read_and_written(window: Any) -> None:
    design = window.get("/api/design")
    assert design["columns"][0] == "sample_id"
    assert len(design["rows"]) == 3
    rows = [{**row, "model": "LPS-9"} for row in design["rows"]]
    said = {"columns": design["columns"], "rows": rows}
    found = window.ask("PUT", "/api/design", json=said).json()
    assert found["state"] == "ready"
    assert found["design"]["rows"] == rows
    assert "LPS-9" in window.get(BLOCK)["html"]["estimates"]
    late = {"If-Match": design["version"]}
    assert window.ask("PUT", "/api/design", json=said, headers=late).status_code == 409


def test_a_question_is_asked_and_forgotten(window: Any, study: Path) -> None:
    before = window.get(BLOCK)
    asked = {"quantity": "ec50", "between": "treatment", "versus": "selinexor"}
    text = (study / "study.toml").read_text()
    wrong = window.ask("POST", f"{BLOCK}/questions", json={**asked, "versus": "no such drug"})
    assert wrong.status_code == 400
    assert (study / "study.toml").read_text() == text
    keys = next(one for one in before["quantities"] if one["name"] == "ec50")["keys"]
    groups = next(key["values"] for key in keys if key["name"] == "treatment")
    assert groups == ["doxorubicin", "selinexor"]
    after = window.post(f"{BLOCK}/questions", asked)
    assert len(after["questions"]) == len(before["questions"]) + 1
    assert after["html"]["tests"]
    index = after["questions"][-1]["index"]
    gone = window.ask("DELETE", f"{BLOCK}/questions/{index}").json()
    assert gone["questions"] == before["questions"]
    assert (study / "study.toml").read_text() == text
    assert window.ask("DELETE", f"{BLOCK}/questions/99").status_code == 400
    assert window.ask("DELETE", f"{BLOCK}/questions/x").status_code == 400


def test_a_setting_is_set(window: Any, study: Path) -> None:
    found = window.post(f"{BLOCK}/settings", {"hill": 1})
    assert found["settings"]["hill"] in (1, 1.0)
    assert "hill" in (study / "study.toml").read_text()
    text = (study / "study.toml").read_text()
    for wrong in ({"hil": 1}, {"hill": "steep"}, {}):
        assert window.ask("POST", f"{BLOCK}/settings", json=wrong).status_code == 400
    assert (study / "study.toml").read_text() == text


def test_a_layout_can_be_made(window: Any) -> None:
    wish = {"size": 96, "drugs": ["a", "b"], "doses": [1, 10, 100], "unit": "nM", "replicates": 3,
            "vehicle": 8, "blank": 4, "edge": "empty", "randomize": True, "seed": 3}  # fmt: skip
    rows = window.post("/api/layout/make", {"wish": wish})["rows"]
    assert rows == window.post("/api/layout/make", wish)["rows"]
    assert len([row for row in rows if row["role"] == "treated"]) == 2 * 3 * 3
    saved = window.ask("PUT", f"{BLOCK}/layout", json={"rows": rows})
    assert saved.status_code == 200, saved.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{BLOCK}/layout", {}),
        ("PUT", f"{BLOCK}/layout", {"rows": "x"}),
        ("PUT", "/api/design", {"rows": []}),
        ("PUT", "/api/design", {"columns": "x", "rows": []}),
        ("POST", f"{BLOCK}/layout/paste", {}),
        ("POST", f"{BLOCK}/layout/paste", {"text": 1}),
        ("POST", "/api/layout/make", {"wish": 3}),
        ("POST", "/api/layout/make", {"wish": {"size": "huge"}}),
        ("POST", f"{BLOCK}/questions", {}),
        ("POST", f"{BLOCK}/questions", {"quantity": {"a": 1}}),
        ("POST", "/api/table", {}),
        ("PUT", "/api/block/none/layout", {"rows": []}),
        ("POST", "/api/block/none/questions", {"quantity": "ec50", "between": "treatment"}),
        ("POST", "/api/block/none/settings", {"hill": 1}),
    ],
)
def test_what_is_malformed_is_said(
    window: Any, study: Path, snapshot: Callable[[Path], dict[str, str]], method: str, path: str,
    body: dict[str, Any],
) -> None:  # fmt: skip
    before = {k: v for k, v in snapshot(study).items() if not k.startswith(".exportin/")}
    found = window.ask(method, path, json=body)
    assert found.status_code in (400, 404), found.text
    assert found.json()["problems"][0]["message"]
    assert {k: v for k, v in snapshot(study).items() if not k.startswith(".exportin/")} == before
