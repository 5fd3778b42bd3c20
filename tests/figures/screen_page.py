"""A page in a real browser that draws views with the scripts of ``figures.screen``."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from exportin.contract.view import View
from exportin.contract.view_json import view_to_json
from exportin.figures.screen import assets

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>screen</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/screen.css">
<script type="module" src="/start.js"></script></head>
<body><button id="before">before</button><div id="box"></div></body></html>"""
START = """
import {describeScales, drawView} from "/view.js";
import * as numbers from "/numbers.js";
import {literal} from "/text.js";
import {paletteBytes} from "/palettes.js";
const rows = [];
let handle = null;
window.screenTest = {
  describeScales, numbers, literal, rows,
  palette: (name) => [...paletteBytes(name)],
  draw(view, options = {}) {
    handle?.destroy();
    rows.length = 0;
    const describe = options.words ? () => options.words : undefined;
    const onRow = (row, event, all) => rows.push([row, event.type, all.length]);
    const panels = options.from === undefined ? options.panels : (_, i) => i >= options.from;
    handle = drawView(document.getElementById("box"), view, {...options, panels, onRow, describe});
  },
  update: (view) => handle.update(view),
  destroy: () => handle.destroy(),
  focus: (row) => handle.focus(row),
  time(view, times) {
    const took = Array.from({length: times}, () => {
      const start = performance.now();
      handle.update(view);
      document.getElementById("box").getBoundingClientRect();
      return performance.now() - start;
    });
    return took.sort((a, b) => a - b)[Math.floor(times / 2)];
  },
};
document.documentElement.dataset.ready = "yes";
"""


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, files: dict[str, bytes], *args: Any) -> None:
        self.files = files
        super().__init__(*args)

    def do_GET(self) -> None:  # the name http.server asks for
        name = self.path.lstrip("/") or "index.html"
        body = self.files.get(name)
        if body is None:
            self.send_error(404)
            return
        kind = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
        self.send_response(200)
        self.send_header("Content-Type", f"{kind[name.rpartition('.')[2]]}; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


@contextmanager
def _served() -> Iterator[str]:
    files = {**assets(), "index.html": PAGE.encode(), "start.js": START.encode()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, files))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Screen:
    """The page, and what went wrong on it."""

    page: Any
    faults: list[str] = field(default_factory=list)

    def do(self, name: str, *given: Any) -> Any:
        """Call one of the page's functions; anything that went wrong fails the test."""
        code = "([name, given]) => { const v = window.screenTest[name](...given); return v; }"
        found = self.page.evaluate(code, [name, list(given)])
        self.check()
        return found

    def draw(self, view: View | dict[str, Any], **options: Any) -> None:
        """Draw a view."""
        self.do("draw", as_json(view), options)

    def ask(self, code: str, *given: Any) -> Any:
        """Evaluate a function of the page."""
        found = self.page.evaluate(code, *given)
        self.check()
        return found

    def check(self) -> None:
        """Fail if the page complained or asked for anything from outside."""
        said, self.faults[:] = list(self.faults), []
        assert said == []


def as_json(view: View | dict[str, Any]) -> dict[str, Any]:
    """Return a view as the page gets it."""
    return view if isinstance(view, dict) else json.loads(view_to_json(view))


def browser_path() -> str:
    """Where Chromium is; without it tests are skipped, and fail on CI."""
    path = shutil.which("chromium")
    if path is None:
        why = "chromium is not installed: figures on the screen are not tested"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return path


@contextmanager
def opened() -> Iterator[Screen]:
    """Open the page in a browser; used by a whole module."""
    path = browser_path()
    from playwright.sync_api import sync_playwright

    with _served() as home, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 960, "height": 900})
        screen = Screen(page)
        page.on("console", lambda m: screen.faults.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda e: screen.faults.append(f"error: {e}"))
        page.on("dialog", lambda d: (screen.faults.append(f"dialog: {d.message}"), d.dismiss()))

        def gate(route: Any) -> None:
            if route.request.url.startswith((f"{home}/", "data:")):
                route.continue_()
            else:
                screen.faults.append(f"request: {route.request.url}")
                route.abort()

        page.route("**/*", gate)
        page.goto(home)
        page.wait_for_selector("html[data-ready=yes]", timeout=10_000)
        yield screen
        screen.check()
        browser.close()
