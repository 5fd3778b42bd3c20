"""A browser that only knows this machine: anything asked of elsewhere is stopped and counted."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

SIZE = {"width": 1440, "height": 900}


@dataclass
class Screen:
    """One page and what went wrong on it."""

    page: Any
    base: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of the window."""
        self.page.goto(f"{self.base}{path}")

    def text(self, selector: str) -> str:
        """Return the text of the first element, spaces made one."""
        return " ".join(self.page.inner_text(selector).split())

    def drop(self, *files: tuple[str, bytes]) -> None:
        """Drop files on the page as a hand does."""
        self.page.evaluate(
            """(files) => {
              const held = new DataTransfer();
              for (const [name, bytes] of files) {
                held.items.add(new File([new Uint8Array(bytes)], name));
              }
              for (const kind of ["dragenter", "dragover", "drop"]) {
                document.getElementById("drop").dispatchEvent(
                  new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
              }
            }""",
            [[name, list(data)] for name, data in files],
        )

    def save(self, click: str) -> bytes:
        """Click something that saves a file; return the file."""
        with self.page.expect_download() as waiting:
            self.page.click(click)
        with open(waiting.value.path(), "rb") as file:  # noqa: PTH123
            return file.read()


def browser_here() -> str:
    """Return the browser, or skip; where everything must be tested, its absence is a failure."""
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    return found


@contextmanager
def screens(url: str, **options: Any) -> Iterator[Screen]:
    """Open the window's address in a browser; at the end nothing may have gone wrong."""
    from playwright.sync_api import sync_playwright

    base = url.split("/?", maxsplit=1)[0]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_here(), args=["--no-sandbox"])
        context = browser.new_context(**{"viewport": SIZE, "accept_downloads": True} | options)
        screen = Screen(context.new_page(), base)

        def ask(route: Any) -> None:
            if route.request.url.startswith((f"{base}/", "data:", "blob:")):
                route.continue_()
            else:
                screen.foreign.append(route.request.url)
                route.abort()

        def hear(message: Any) -> None:
            if message.type in ("error", "warning"):
                screen.errors.append(message.text)

        context.route("**/*", ask)
        screen.page.on("console", hear)
        screen.page.on("pageerror", lambda error: screen.errors.append(str(error)))
        screen.page.goto(url)
        try:
            yield screen
        finally:
            browser.close()
    assert not screen.foreign, "the window asked another machine"
    assert not screen.errors
