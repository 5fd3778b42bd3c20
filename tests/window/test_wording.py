"""What the pages say: which visit it is, why other groups change, what is left out now."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .screens import screens

Serve = Callable[..., Any]
SEEN = "[data-part=estimates] data"
SHARING = """async ([said, rows]) => (await import("/static/numbers.js")).sharing(said, rows)"""
LOOK = """async (well) => (await import("/static/plate_look.js")).label(well)"""


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory, cli: Callable[..., Any]) -> Path:
    """Simulated animals with calipers."""
    folder = tmp_path_factory.mktemp("animals") / "study"
    assert cli("simulate", "tumor_growth", folder, "--scenario", "n3").code == 0
    return folder


def test_a_visit_is_named_by_animal_day_group_and_volume(serve: Serve, animals: Path) -> None:
    with screens(serve(animals).said["url"]) as screen:
        page = screen.page
        page.set_default_timeout(60_000)
        screen.go("/block/growth")
        page.wait_for_selector(SEEN)
        page.wait_for_selector("#chart svg")
        page.click("a[href='#rows']")
        row = page.locator("#rows-table tbody tr").nth(1)
        row.locator("th button").click()
        page.wait_for_selector("#exclude")
        cells = dict(
            zip(
                page.locator("#rows-table thead th").all_inner_texts(),
                row.locator("td, th").all_inner_texts(),
                strict=True,
            )
        )
        name = f"{cells['Animal']}, day {cells['Day']}"
        assert screen.text("#exclude h2") == f"Leave out {name}?"
        fact = screen.text("#exclude table")
        assert name in fact
        assert cells["Arm"] in fact
        volume = float(cells["Length"]) * float(cells["Width"]) ** 2 / 2
        assert fact.endswith(f"{volume:.4g} mm³")
        assert "The whole animal" in screen.text("#exclude fieldset")
        assert "caliper misread" in screen.text("#exclude .reasons")


def test_what_was_taken_back_is_folded(serve: Serve, study: Path) -> None:
    with screens(serve(study).said["url"]) as screen:
        page = screen.page
        page.set_default_timeout(60_000)
        screen.go("/block/viability#rows")
        page.locator("#rows-table tbody th button").nth(20).click()
        page.fill("#reason", "bubble seen")
        page.click("#exclude button.main")
        page.wait_for_selector("#exclude", state="detached")
        part = "[data-part=exclusions]"
        for _ in range(2):
            page.click("#undo")
            page.wait_for_selector(f"{part} > p", state="attached")
            assert page.text_content(f"{part} > p") == "Nothing is left out by a person now."
            page.click("#redo")
            page.wait_for_selector(f"{part} > p", state="detached")
        page.click("a[href='#results']")
        assert "bubble seen" in screen.text(f"{part} table")
        assert page.locator(f"{part} button").count() == 1
        assert screen.text(f"{part} summary").startswith("Left out before and taken back (")


def test_why_numbers_of_other_groups_change(serve: Serve, study: Path) -> None:
    line = "IC50 (absolute), LPS, selinexor: 12 → 13"
    with screens(serve(study).said["url"]) as screen:
        screen.go("/block/viability")

        def said(*rows: dict[str, str]) -> Any:
            return screen.page.evaluate(SHARING, [[line], list(rows)])

        vehicle = {"role": "vehicle", "treatment": "DMSO"}
        assert "they share this control (vehicle) or a fit with it" in said(vehicle)
        assert said({"role": "treated", "treatment": "selinexor"}) == ""
        assert "they share controls, a fit or a model with it" in said({"treatment": "other"})
        assert said() == ""
        bare = screen.page.evaluate(LOOK, {"well": "B05", "role": "blank", "value": None})
        assert bare == "B05, blank, the file holds no value for this well"


def test_wells_without_a_value_are_told_in_the_editor(serve: Serve, study: Path) -> None:
    plate = sorted((study / "plates").glob("*.csv"))[0]
    with screens(serve(study).said["url"]) as screen:
        page = screen.page
        page.set_default_timeout(60_000)
        page.route(
            "**/api/block/viability/plates",
            lambda route: route.fulfill(
                json={"plates": [{"file": plate.name, "wells": [{"well": "B03", "value": None}]}]}
            ),
        )
        screen.go("/block/viability#layout")
        page.wait_for_selector('#layout-editor [data-well="B03"]')
        page.locator("#layout-editor select", has_text="signal of the first plate").select_option(
            "value"
        )
        page.wait_for_selector("#layout-editor >> text=The file holds no value for any well")
        assert "Export the measured values" in screen.text("#layout-editor [role=status]")


def test_of_one_experiment_nothing_is_called_pooled(serve: Serve, study: Path) -> None:
    with screens(serve(study).said["url"]) as screen:
        page = screen.page
        page.set_default_timeout(60_000)
        screen.go("/block/viability")
        page.wait_for_selector("#near th >> text=Pooled")
        for name in ("E2", "E3"):
            page.evaluate(
                """async (plate) => (await import("/static/api.js")).post(
                  "/api/block/viability/exclude", { rows: [plate], reason: "other passage" })""",
                next(p.stem for p in (study / "plates").glob(f"*{name}*")),
            )
        page.reload()
        page.wait_for_selector("#near th >> text=Estimate")
        assert page.locator("#near th >> text=Pooled").count() == 0
        assert "Estimates pooled over" not in screen.text("[data-part=estimates]")
