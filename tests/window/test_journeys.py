"""From a raw file to a figure and a report, as someone does it who has never seen the window."""

import json
import re
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pptx import Presentation

from .screens import Screen, screens

EXAMPLE = Path(__file__).parents[2] / "examples" / "sarcoma_panel"
PLATE = "SIM-GIST-1-E1.csv"
IC50 = '[data-part="estimates"] tbody:first-of-type td.value'
Serve = Callable[..., Any]


def grids() -> dict[str, str]:
    """The layout of the example as blocks that someone copies out of a spreadsheet."""
    table = pl.read_csv(EXAMPLE / "layout.csv", infer_schema=False)
    rows = {row["well"]: row for row in table.iter_rows(named=True)}
    wells = [[f"{letter}{c:02d}" for c in range(1, 13)] for letter in "ABCDEFGH"]
    return {
        name: "\n".join("\t".join(rows.get(w, {}).get(name) or "" for w in line) for line in wells)
        for name in ("role", "treatment", "dose", "dose_unit")
    }


def estimates(screen: Screen) -> str:
    return screen.text('[data-part="estimates"]')


def leave_out(screen: Screen, reason: str) -> None:
    """Answer the dialog, and wait for what it changes."""
    screen.page.wait_for_selector("dialog#exclude")
    screen.page.fill("dialog #reason", reason)
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector("dialog#exclude", state="detached")


def changed(screen: Screen, before: str) -> str:
    """Wait until the table of estimates says something else, and return it."""
    screen.page.wait_for_function(
        "(old) => document.querySelector('[data-part=\"estimates\"]').innerText"
        ".split(/\\s+/).join(' ').trim() !== old", arg=before,
    )  # fmt: skip
    return estimates(screen)


def test_from_a_dropped_file_to_a_figure_and_a_report(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "new study"
    with screens(serve(folder).said["url"]) as screen:
        page = screen.page
        screen.drop((PLATE, (EXAMPLE / "plates" / PLATE).read_bytes()))
        page.wait_for_selector("#received >> text=taken")
        assert "viability" in screen.text("#received")

        page.click("#received >> text=Say what the wells")
        page.wait_for_selector('#layout-editor [data-well="A01"]')
        page.click("summary >> text=Paste a block")
        for name, text in grids().items():
            page.select_option('#layout-editor select[name="field"]', name)
            page.fill('#layout-editor input[name="at"]', "A01")
            page.fill('#layout-editor textarea[name="text"]', text)
            page.click("text=Paste into the map")
            page.wait_for_function(
                "(n) => document.querySelectorAll('#layout-editor .hint').length && "
                "[...document.querySelectorAll('#layout-editor .hint')]"
                ".some((each) => each.textContent.includes('filled'))", arg=name,
            )  # fmt: skip
        for name, text in (("unit_id", "E1"), ("model", "GIST-1")):
            page.fill(f'#design-table input[aria-label^="{name} of"]', text)
        page.click("#layout-editor >> text=Save and fit")
        page.wait_for_selector("#chart svg", timeout=60_000)
        first = estimates(screen)
        assert "selinexor" in first
        curve = page.inner_html("#chart svg")
        methods = screen.text('[data-part="methods"]')

        page.click('#map [data-well="C08"]')
        leave_out(screen, "bubble seen in the well")
        second = changed(screen, first)
        assert screen.text('[data-part="methods"]') != methods
        assert "bubble seen in the well" in screen.text('[data-part="exclusions"]')
        page.wait_for_function("(old) => document.querySelector('#chart svg').innerHTML !== old",
                               arg=curve)  # fmt: skip
        label = page.get_attribute('#map [data-well="C08"]', "aria-label")
        assert label is not None
        assert "left out" in label

        page.click("#undo")
        assert changed(screen, second) == first
        assert screen.text('[data-part="methods"]') == methods
        page.click("#redo")
        assert changed(screen, first) == second

        page.click('a[href="#figures"]')
        page.wait_for_selector("#figure-list img")
        drawn = screen.save('#figure-list figure:first-of-type a:has-text("SVG")')
        shown = page.evaluate(
            "async () => { const image = document.querySelector('#figure-list img');"
            " await image.decode();"
            " return [...new Uint8Array(await (await fetch(image.src)).arrayBuffer())]; }"
        )
        assert bytes(shown) == drawn
        slide = Presentation(
            BytesIO(screen.save('#figure-list figure:first-of-type a:has-text("PowerPoint")'))
        )
        assert any(shape.has_chart for one in slide.slides for shape in one.shapes)

        screen.go("/report")
        assert "bubble seen in the well" in page.inner_text("body")
        images = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", page.content())
    same = sha256(drawn).hexdigest()
    assert same in {sha256(b64decode(image)).hexdigest() for image in images}
    files = (folder / "results").glob("*/figures/*.svg")
    assert same in {sha256(file.read_bytes()).hexdigest() for file in files}
    record = json.loads((folder / "results" / "run.json").read_text(encoding="utf-8"))
    assert record["exclusions"] == 3  # left out, taken back, left out again


@pytest.mark.parametrize(("assay", "scenario"), [("tumor_growth", "default"), ("cell_cycle", "n3")])
def test_a_visit_or_a_sample_is_left_out_and_taken_back(
    assay: str, scenario: str, serve: Serve, tmp_path: Path, cli: Callable[..., Any]
) -> None:
    folder = tmp_path / "study"
    made = cli("simulate", assay, folder, "--scenario", scenario)
    assert made.code == 0, made.text
    served = serve(folder)
    block = served.get("/api/study")["blocks"][0]["name"]
    with screens(served.said["url"]) as screen:
        page = screen.page
        screen.go(f"/block/{block}")
        page.wait_for_selector("#chart svg", timeout=120_000)
        views = page.eval_on_selector_all(
            "#views button", "(all) => all.map((each) => each.dataset.view)"
        )
        view = next(name for name in views if name.startswith(("growth", "histograms")))
        page.click(f'#views button[data-view="{view}"]')
        marker = page.locator("#chart [data-row]").first
        marker.wait_for()
        row = marker.get_attribute("data-row")
        before = estimates(screen)
        methods = screen.text('[data-part="methods"]')
        marker.focus()
        page.keyboard.press("Enter")
        leave_out(screen, "clogged or misread")
        changed(screen, before)
        assert row in screen.text('[data-part="exclusions"]')
        assert screen.text('[data-part="methods"]') != methods
        page.wait_for_selector(f'#chart [data-row="{row}"][aria-pressed="true"]')
        page.click("#undo")
        page.wait_for_function(
            "(old) => document.querySelector('[data-part=\"estimates\"]').innerText"
            ".split(/\\s+/).join(' ').trim() === old", arg=before,
        )  # fmt: skip
        page.wait_for_selector(f'#chart [data-row="{row}"][aria-pressed="false"]')


def test_a_pasted_table_is_a_measurement(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with screens(serve(folder).said["url"]) as screen:
        page = screen.page
        page.fill("#paste-text", "vehicle\tselinexor\n812\t310\n934\t402\n877\t351\n")
        page.fill("#paste-label", "Tumor weight")
        page.fill("#paste-units", "mg")
        page.click("text=Take this table")
        page.click("text=See the results of tumor_weight")
        page.wait_for_selector("#chart svg", timeout=60_000)
        read = page.eval_on_selector_all(
            '[data-part="estimates"] data', "(all) => all.map((each) => Number(each.value))"
        )
        for mean in ((812 + 934 + 877) / 3, (310 + 402 + 351) / 3):
            assert any(abs(number - mean) < 1e-6 for number in read)
