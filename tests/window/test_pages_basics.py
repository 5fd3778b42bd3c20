"""The pages in a browser: quiet console, nothing from outside, readable and usable by keyboard."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from exportin.study.ledger import excluded_rows, read_ledger

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parents[2]
BLOCK = "/block/viability"
PARTS = ("/", BLOCK, f"{BLOCK}#layout", f"{BLOCK}#rows")
SERIOUS = {"serious", "critical"}
PATIENCE_MS = 60_000  # other tests run beside it
SEEN = "[data-part=estimates] data"


def missing(why: str) -> NoReturn:
    """Skip, but never on CI, where all of it has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of this machine."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with playwright_api.sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except playwright_api.Error as error:
            missing(f"no browser could be started: {error}")
        yield started
        started.close()


class Visit:
    """A page of a window, and everything that it should not have said or asked for."""

    def __init__(self, context: Any, said: dict[str, Any]) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.base: str = said["base"]
        self.complaints: list[str] = []
        self.outside: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", self._asked)
        self.page.goto(said["url"])

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, route: Any) -> None:
        if route.request.url.startswith((self.base + "/", "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def go(self, path: str) -> Any:
        """Open a page anew and wait until it is alive."""
        self.page.goto("about:blank")
        self.page.goto(self.base + path)
        waits = {"/": "#design-table table", "#layout": "#layout-editor .plate",
                 "#rows": "#rows-table tbody tr", "": "#map .well[aria-label*=signal]"}  # fmt: skip
        mark = path if path == "/" else path.partition("viability")[2]
        self.page.locator(waits[mark]).first.wait_for(state="attached")
        if not mark:
            self.page.locator("#chart svg").wait_for()
        return self.page


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Open windows in the browser; each in a profile of its own."""
    contexts: list[Any] = []

    def open_one(said: dict[str, Any], scheme: str = "light", **more: Any) -> Visit:
        size = {"width": 1366, "height": 768}
        context = browser.new_context(viewport=size, color_scheme=scheme, **more)
        contexts.append(context)
        return Visit(context, said)

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_quiet_and_ask_for_nothing_outside(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit], scheme: str
) -> None:
    seen = visit(serve(study).said, scheme)
    for path in PARTS:
        page = seen.go(path)
        assert page.locator("h1").count() == 1
        assert page.get_by_role("main").is_visible()
    assert seen.complaints == []
    assert seen.outside == []


def test_an_empty_folder_offers_a_start(
    tmp_path: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    seen = visit(serve(tmp_path / "new").said)
    assert seen.page.get_by_text("Drop the reader's files here").is_visible()
    assert seen.page.get_by_role("button", name="Choose files").is_visible()
    assert seen.page.get_by_label("Columns").is_visible()
    assert (seen.complaints, seen.outside) == ([], [])


def test_a_page_that_is_not_there_says_so(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    seen = visit(serve(study).said)
    answer = seen.page.goto(seen.base + "/block/nothing")
    assert answer.status == 404
    assert seen.page.get_by_role("heading", name="This page does not exist").is_visible()


def test_numbers_can_be_read_without_scripts(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    seen = visit(serve(study).said, java_script_enabled=False)
    seen.page.goto(seen.base + BLOCK)
    assert seen.page.locator(SEEN).count() > 10
    assert seen.page.get_by_role("heading", name="Methods").is_visible()


@pytest.fixture(scope="module")
def axe() -> str:
    """The program of axe-core."""
    path = Path(os.environ.get("EXPORTIN_AXE", ROOT / ".venv" / "axe" / "axe.min.js"))
    if not path.is_file():
        missing(f"axe is not at {path} (npm pack axe-core, set EXPORTIN_AXE)")
    return path.read_text(encoding="utf-8")


def findings(page: Any, axe: str, *rules: str) -> list[str]:
    """What axe finds that keeps people out; by all of its rules if none is named."""
    page.evaluate(axe)
    asked: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        asked["runOnly"] = list(rules)
    found = page.evaluate("asked => axe.run(document, asked)", asked)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize(("scheme", "rules"), [("light", ()), ("dark", ("color-contrast",))])
def test_nothing_keeps_people_out(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit], axe: str, scheme: str,
    rules: tuple[str, ...],
) -> None:  # fmt: skip
    seen = visit(serve(study).said, scheme, bypass_csp=True)  # axe is put in from here
    for path in PARTS:
        assert findings(seen.go(path), axe, *rules) == [], path
    page = seen.go(BLOCK)
    page.locator("#map [data-well=B05]").click()
    page.locator("dialog[open]").wait_for()
    assert findings(page, axe, *rules) == [], "dialog"
    page.keyboard.press("Escape")
    page.locator(SEEN).first.click()
    page.locator("dialog.drawer .answer").wait_for()
    assert findings(page, axe, *rules) == [], "drawer"
    page.keyboard.press("Escape")
    page.locator("#ask summary").click()
    assert findings(page, axe, *rules) == [], "questions"


def test_finds_what_it_should(browser: Any, axe: str) -> None:
    """A page with a known fault, so that silence elsewhere means something."""
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><main><button></button></main>")
    assert [said.partition(":")[0] for said in findings(page, axe)] == ["button-name"]
    page.close()


def focused(page: Any, what: str) -> Any:
    """Read something of the element that has the focus."""
    return page.evaluate(f"document.activeElement.{what}")


def tab_to_the_map(page: Any) -> None:
    """Come to the wells by Tab alone."""
    page.locator("body").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("Boolean(document.activeElement.closest('#map .plate'))"):
            return
    pytest.fail("the plate map cannot be reached by Tab")


def test_a_well_is_left_out_and_brought_back_by_keyboard_alone(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    served = serve(study)
    seen = visit(served.said)
    page = seen.go(BLOCK)
    before = page.locator("[data-part=estimates]").inner_text()
    tab_to_the_map(page)
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert focused(page, "dataset.well") == "B03"
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    assert focused(page, "id") == "reason"
    page.keyboard.press("Enter")  # without a reason nothing happens
    assert page.locator("dialog[open]").is_visible()
    assert served.get("/api/block/viability")["excluded"] == []
    page.keyboard.type("bubble seen in the well")
    page.keyboard.press("Enter")
    page.locator("#said:not(:empty)").wait_for()
    assert "1 well left out" in page.locator("#said").inner_text()
    assert page.locator("dialog[open]").count() == 0
    assert focused(page, "dataset.well") == "B03"
    assert "left out: bubble seen in the well" in focused(page, "ariaLabel")
    [row] = served.get("/api/block/viability")["excluded"]
    assert row.endswith(":B03")
    assert page.locator("[data-part=estimates]").inner_text() != before
    assert page.locator("[data-part=estimates] .changed").count() > 0
    page.locator("#undo:not([disabled])").wait_for()
    page.keyboard.press("Control+z")
    page.locator("#said", has_text="Undone").wait_for()
    assert served.get("/api/block/viability")["excluded"] == []
    assert page.locator("[data-part=estimates]").inner_text() == before
    assert seen.complaints == []


def test_undo_at_once_undoes_what_was_decided_last(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    served = serve(study)
    seen = visit(served.said)
    page = seen.go(BLOCK)
    tab_to_the_map(page)
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    for reason in ("first", "second"):  # nobody waits for the numbers of the first
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.locator("dialog[open]").wait_for()
        page.keyboard.type(reason)
        page.keyboard.press("Enter")
    page.keyboard.press("Control+z")
    page.locator("#said", has_text="Undone").wait_for()
    said = [(entry.action, entry.reason) for entry in read_ledger(study)]
    assert said[:2] == [("exclude", "first"), ("exclude", "second")]
    assert [entry.reason for entry in excluded_rows(read_ledger(study), "viability").values()] == [
        "first"
    ]
    assert seen.complaints == []


def test_a_refused_exclusion_waits_for_the_dialog_that_is_written_in(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    served = serve(study)
    page = visit(served.said).go(BLOCK)
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/exclude", hold)
    page.locator('#map [data-well="B03"]').click()
    page.locator("#reason").fill("one")
    page.keyboard.press("Enter")
    page.locator('#map [data-well="B04"]').click()
    page.locator("#reason").fill("two")
    while not held:
        page.wait_for_timeout(50)
    held[0].abort()
    page.wait_for_timeout(300)
    assert page.locator("dialog[open]").count() == 1
    assert page.locator("#reason").input_value() == "two"
    page.keyboard.press("Escape")
    page.locator("dialog[open]", has_text="not known").wait_for()
    assert page.locator("#reason").input_value() == "one"


def test_escape_leaves_everything_as_it_was(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    served = serve(study)
    page = visit(served.said).go(BLOCK)
    well = page.locator("#map [data-well=C04]")
    well.focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for()
    page.keyboard.type("by mistake")
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert focused(page, "dataset.well") == "C04"
    assert served.get("/api/block/viability")["excluded"] == []


def test_a_stopped_server_is_said(
    study: Path, serve: Callable[..., Any], visit: Callable[..., Visit]
) -> None:
    served = serve(study)
    page = visit(served.said).go(BLOCK)
    served.kill()
    page.locator("#lost").wait_for()
    said = page.locator("#lost").inner_text()
    assert "The server has stopped" in said
    assert "exportin serve" in said
    assert "nothing that was acknowledged is lost" in said
