"""Names that would run as scripts stay text, in pages, fragments and JSON."""

import importlib.util
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from exportin.study.ledger import append

ROOT = Path(__file__).parents[1]
ALLOWED = {"script": {"src", "type", "defer"}, "link": {"rel", "href", "type"}}
BLOCK = "/api/block/viability"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAYLOADS: tuple[str, ...] = load(ROOT / "security" / "payloads.py").PAYLOADS


class Live(HTMLParser):
    """Collects everything of a page that could run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        for name, value in attrs:
            said = (value or "").strip().casefold()
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "ping"):
                self.found.append(f"{tag} {name}")
            if said.startswith(("javascript:", "data:text", "vbscript:")) and name != "title":
                self.found.append(f"{tag} {name}={said}")
        given = dict(attrs)
        if tag == "script" and not (given.get("src") or "").startswith("/static/"):
            self.found.append("script")
        if tag in ("iframe", "object", "embed", "base", "math", "style", "template"):
            self.found.append(tag)


def live(html: str) -> list[str]:
    look = Live()
    look.feed(html)
    return look.found


def test_the_look_finds_what_it_looks_for() -> None:
    seen = [payload for payload in PAYLOADS if live(f"<p>{payload}</p>")]
    assert len(seen) > len(PAYLOADS) // 2
    assert live('<script src="/static/a.js" type="module"></script>') == []


@pytest.fixture(scope="module")
def hostile(made_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study with scripts for names: title, line, subtype, treatment, plates."""
    from shutil import copytree

    folder = Path(copytree(made_study, tmp_path_factory.mktemp("hostile") / "<img src=x>"))
    names = [p for p in PAYLOADS if p.isprintable() and len(p) < 120]
    quote = '"{}"'.format
    toml = (folder / "study.toml").read_text()
    title = json.dumps(names[0])
    (folder / "study.toml").write_text(
        re.sub(r"(?m)^title\s*=.*$", lambda _: f"title = {title}", toml)
    )
    design = (folder / "design.csv").read_text()
    cell = quote(names[1].replace('"', '""'))
    (folder / "design.csv").write_text(design.replace(",SIM-LPS-1,", f",{cell},"))
    layout = (folder / "layout.csv").read_text()
    drug = quote(names[8].replace('"', '""'))
    (folder / "layout.csv").write_text(layout.replace("selinexor", drug))
    return folder


def test_pages_and_parts_of_a_study_with_scripts_for_names(
    hostile: Path, open_window: Callable[..., Any]
) -> None:
    window = open_window(hostile)
    row = window.get(f"{BLOCK}/rows?limit=1")["rows"][0]["row_id"]
    for payload in PAYLOADS:  # as many people gave as many reasons
        for action in ("exclude", "undo"):
            append(hostile, action=action, block="viability", rows=(row,), reason=payload)
    window.post(f"{BLOCK}/exclude", {"rows": [row], "reason": PAYLOADS[0]})
    block = window.get(BLOCK)
    assert block["html"]["exclusions"].count("data-ran") > len(PAYLOADS)
    assert block["title"]
    for name, html in block["html"].items():
        assert live(html) == [], name
    for path in ("/", "/block/viability", "/block/%3Cscript%3E", "/%3Cscript%3Ex%3C/script%3E"):
        page = window.ask("GET", path)
        assert page.headers["content-type"].startswith("text/html")
        assert live(page.text) == [], path
    for path in ("/api/study", BLOCK, f"{BLOCK}/rows", "/api/block/<script>"):
        found = window.ask("GET", path)
        assert found.headers["content-type"] == "application/json"
        assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("payload", PAYLOADS[:12])
def test_refusals_repeat_names_as_text(window: Any, payload: str) -> None:
    found = window.ask("POST", f"{BLOCK}/exclude", json={"rows": [payload], "reason": "x"})
    assert found.status_code == 400
    assert found.headers["content-type"] == "application/json"
