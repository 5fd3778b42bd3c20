"""The pictures of the handbook are taken from the window itself.

``EXPORTIN_REMAKE=1`` writes them anew; without it the same screens are opened and measured.
"""

import os
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .screens import Screen, screens

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1280, "height": 800}
NAMES = ("start", "layout", "block", "exclude", "why")


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height as the head of the file says."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def picture(screen: Screen, name: str) -> None:
    screen.page.mouse.move(0, 0)
    screen.page.wait_for_timeout(200)
    taken = screen.page.screenshot()
    file = IMAGES / f"window_{name}.png"
    if os.environ.get("EXPORTIN_REMAKE") == "1":
        file.write_bytes(taken)
    assert size_of(taken) == size_of(file.read_bytes()), f"{file.name} shows another size"


def test_every_picture_of_the_handbook_is_taken_here() -> None:
    page = (ROOT / "docs" / "window.md").read_text(encoding="utf-8")
    assert set(re.findall(r"images/window_(\w+)\.png", page)) == set(NAMES)


@pytest.mark.timeout(300)
def test_the_screens_of_the_handbook(serve: Callable[..., Any], tmp_path: Path) -> None:
    with screens(serve(tmp_path / "mystudy").said["url"], viewport=SIZE) as screen:
        screen.page.wait_for_selector("#drop")
        told = screen.page.locator("code", has_text=str(tmp_path))
        told.evaluate("node => { node.textContent = 'mystudy'; }")  # not where this test ran
        picture(screen, "start")
    folder = tmp_path / "panel"
    shutil.copytree(ROOT / "examples" / "sarcoma_panel", folder,
                    ignore=shutil.ignore_patterns(".exportin", "results"))  # fmt: skip
    with screens(serve(folder).said["url"], viewport=SIZE) as screen:
        page = screen.page
        screen.go("/block/viability#layout")
        page.wait_for_selector('#layout-editor [data-well="A01"]', timeout=60_000)
        picture(screen, "layout")
        screen.go("/block/viability")
        page.wait_for_selector("#chart svg", timeout=120_000)
        page.wait_for_selector('#map [data-well="C05"]')
        picture(screen, "block")
        page.click('#map [data-well="C05"]')
        page.wait_for_selector("dialog#exclude")
        page.fill("dialog #reason", "bubble seen in the well")
        picture(screen, "exclude")
        page.keyboard.press("Escape")
        page.click('[data-part="estimates"] [data-id]')
        page.wait_for_selector("dialog[open] table")
        picture(screen, "why")
