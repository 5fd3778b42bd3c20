"""Files that are dropped in: a study begins, and no name is a place."""

import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

PLATE = "plates/SIM-LPS-1-E1.csv"
NAMES = [
    "../../evil.csv", "..\\..\\evil.csv", "/tmp/evil.csv", "C:\\evil.csv", "a/../../evil.csv",
    ".exportin/index.csv", "study.toml", "exclusions.jsonl", "edits.jsonl", "CON.csv", "nul",
    "~/.bashrc", "-rf.csv", "file:///etc/evil.csv", "%2e%2e%2fevil.csv",
    "<script>alert(1)</script>.csv", "a\u00e4\u00f6.csv", "x" * 251 + ".csv",
    "evil.csv/", "....//evil.csv", "=cmd.csv", ".csv", "..",
]  # fmt: skip


def outside(folder: Path) -> set[str]:
    """Everything beside a study folder, with what it holds."""
    return {
        f"{path.relative_to(folder.parent)}:{path.stat().st_size}"
        for path in folder.parent.rglob("*")
        if folder not in path.parents and path != folder
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_is_a_place(
    tmp_path: Path, made_study: Path, open_window: Callable[..., Any], name: str
) -> None:
    folder = tmp_path / "deep" / "study"
    folder.parent.mkdir()
    (tmp_path / "deep" / "bystander").write_text("stays")
    before = outside(folder)
    window = open_window(folder)
    data = (made_study / PLATE).read_bytes()
    found = window.ask("PUT", "/api/files", params={"name": name}, content=data)
    assert found.status_code in (200, 400), found.text
    assert outside(folder) == before
    assert not Path("/tmp/evil.csv").exists()
    if found.status_code == 200:
        for added in found.json()["added"]:
            place = folder / added["stored"]
            assert place.is_file()
            assert place.resolve().is_relative_to((folder / "raw").resolve())
            assert place.read_bytes() == data


def test_a_study_begins_with_a_file(
    tmp_path: Path, made_study: Path, open_window: Callable[..., Any]
) -> None:
    window = open_window(tmp_path / "new")
    data = [(path.name, path.read_bytes()) for path in sorted((made_study / "plates").iterdir())]
    for name, content in data[:-1]:
        said = {"name": name, "more": "1", "batch": "drop"}
        found = window.ask("PUT", "/api/files", params=said, content=content)
        assert found.status_code == 200
        assert not (tmp_path / "new").exists()
    said = {"name": data[-1][0], "batch": "drop"}
    found = window.ask("PUT", "/api/files", params=said, content=data[-1][1]).json()
    assert [added["name"] for added in found["added"]] == [name for name, _ in data]
    assert {added["assay"] for added in found["added"]} == {"viability"}
    assert found["study"]["state"] == "problems"
    needs = {need["what"]: need for need in found["study"]["needs"]}
    assert set(needs) >= {"layout"}
    assert found["study"]["history"]["can_undo"]
    undone = window.post("/api/undo", {})
    assert undone["state"] == "empty"


def test_what_cannot_be_read_is_not_kept(
    study: Path, open_window: Callable[..., Any], snapshot: Callable[[Path], dict[str, str]]
) -> None:
    window = open_window(study)
    before = {k: v for k, v in snapshot(study).items() if not k.startswith(".exportin/")}
    for name, content in (
        ("a.bin", b"\x00\x01\x02" * 100),
        ("b.csv", b""),
        ("c.xlsx", b"PK\x03\x04"),
    ):
        found = window.ask("PUT", "/api/files", params={"name": name}, content=content)
        assert found.status_code == 400, name
        problem = found.json()["problems"][0]
        assert problem["message"]
        assert "Traceback" not in json.dumps(problem)
    assert {k: v for k, v in snapshot(study).items() if not k.startswith(".exportin/")} == before
    assert window.get("/api/study")["state"] == "ready"


def test_a_workbook_that_swells_is_refused(study: Path, open_window: Callable[..., Any]) -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    window = open_window(study)
    found = window.ask("PUT", "/api/files", params={"name": "a.xlsx"}, content=bomb.getvalue())
    assert found.status_code == 400
    assert window.get("/api/study")["state"] == "ready"


def test_a_pasted_table_starts_a_block(tmp_path: Path, open_window: Callable[..., Any]) -> None:
    window = open_window(tmp_path / "new")
    text = "control\tdrug\n1.0\t2.0\n1.2\t2.2\n0.9\t2.5\n"
    found = window.ask("POST", "/api/table", json={"text": text, "label": "Mass", "units": "mg"})
    assert found.status_code == 200, found.text
    assert found.json()["added"][0]["assay"] == "measurement"
    empty = window.ask("POST", "/api/table", json={"text": ""})
    assert empty.status_code == 400
