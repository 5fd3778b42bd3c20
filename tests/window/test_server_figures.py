"""Pictures, the report and files to take along are those of a run."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

BLOCK = "/api/block/viability"


def test_report_and_pictures_are_those_of_a_run(
    study: Path, open_window: Callable[..., Any], cli: Callable[..., Any]
) -> None:
    window = open_window(study)
    figures = window.get(f"{BLOCK}/figures")
    shown = {
        one["name"]: window.ask("GET", f"{BLOCK}/figures/{one['name']}.svg") for one in figures
    }
    report = window.ask("GET", "/report")
    assert report.status_code == 200
    policy = report.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    written = study / "results" / "report.html"
    assert written.read_bytes() == report.content
    assert cli("run", study).code == 0
    assert written.read_bytes() == report.content
    assert figures == window.get(BLOCK)["views"]
    for name, found in shown.items():
        path = study / "results" / "viability" / "figures" / f"{name}.svg"
        assert found.content == path.read_bytes()
        assert "sandbox" in found.headers["content-security-policy"]
        assert found.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("csv", b""), ("svg", b"<?xml")]
)
def test_a_figure_in_other_kinds(window: Any, ending: str, start: bytes) -> None:
    name = window.get(BLOCK)["views"][0]["name"]
    found = window.ask("GET", f"{BLOCK}/figures/{name}.{ending}?column=single")
    assert found.status_code == 200, found.text
    assert found.content.startswith(start)
    if ending in ("pdf", "csv"):
        assert found.headers["content-disposition"].startswith("attachment; filename=")
    again = {"If-None-Match": found.headers["etag"]}
    path = f"{BLOCK}/figures/{name}.{ending}?column=single"
    assert window.ask("GET", path, headers=again).status_code == 304


@pytest.mark.parametrize("kind", ["csv", "pzfx", "xlsx"])
def test_a_study_to_take_along(window: Any, kind: str) -> None:
    found = window.ask("GET", f"/api/export/{kind}")
    assert found.status_code == 200, found.text
    assert found.headers["content-disposition"] == f'attachment; filename="study.{kind}"'
    if kind == "xlsx":
        assert zipfile.is_zipfile(BytesIO(found.content))


def test_what_there_is_not(window: Any) -> None:
    name = window.get(BLOCK)["views"][0]["name"]
    for path in (f"{name}.exe", f"{name}", "none.svg", ".svg", f"{name}.svg.svg", f"{name}.SVG"):
        assert window.ask("GET", f"{BLOCK}/figures/{path}").status_code == 404, path
    assert window.ask("GET", f"{BLOCK}/figures/{name}.png?column=wide").status_code == 400
    for kind in ("exe", "", "..", "csv.", "toml"):
        assert window.ask("GET", f"/api/export/{kind}").status_code == 404


def test_a_name_of_a_file_to_keep_is_plain() -> None:
    from exportin.app.window.figures import attachment

    for odd in ('"; filename="x', "a\r\nSet-Cookie: b", "\u00e4", "", "../..", "x" * 500):
        said = attachment(odd, ".csv")
        assert said.isascii()
        assert said.count('"') == 2
        assert "\r" not in said
        assert "/" not in said
        assert len(said) < 160
