"""The first hour of someone new: what goes wrong is said where it happens, and mended there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .screens import Screen, screens

CFX = "ecosystem/instrument_files/cfxmaestro/example01.csv"
HEAD = "," + ",".join(map(str, range(1, 13)))
EDITOR = "#layout-editor"
Serve = Callable[..., Any]


def plate(start: int = 1000) -> bytes:
    rows = [f"{letter}," + ",".join(str(start + i * 13 + at) for i in range(12))
            for at, letter in enumerate("ABCDEFGH")]  # fmt: skip
    return "\n".join([HEAD, *rows, ""]).encode()


def pick(screen: Screen, well: str) -> None:
    screen.page.click(f'{EDITOR} [data-well="{well}"]')


def label(screen: Screen, well: str) -> str:
    return str(screen.page.get_attribute(f'{EDITOR} [data-well="{well}"]', "aria-label"))


def test_a_drop_of_good_and_bad_files_and_its_undo(
    serve: Serve, tmp_path: Path, realdata: Path
) -> None:
    with screens(serve(tmp_path / "study").said["url"]) as screen:
        page = screen.page
        page.set_default_timeout(20_000)
        screen.drop(("P1.csv", plate()), ("scan.pdf", b"%PDF-1.4 x"), ("P2.csv", plate(1500)))
        page.wait_for_selector("#received >> text=1 file not taken")
        said = screen.text("#received")
        assert "2 files taken" in said
        assert "scan.pdf" in said
        assert "exportin read" not in said
        page.wait_for_selector("[data-found] >> text=2 files")
        page.wait_for_selector("#design-table input")

        page.click("[data-found] summary")
        page.click('[data-take-out="raw/P2.csv"]')
        page.wait_for_selector("[data-found] >> text=1 file;")
        page.click("#undo")
        page.wait_for_selector("[data-found] >> text=2 files")

        page.click("#received >> text=Say what the wells")
        page.wait_for_selector(f'{EDITOR} [data-well="A01"]')
        page.click("#undo")
        page.wait_for_url(f"{screen.base}/")
        page.wait_for_selector("#said >> text=Undone: add")
        page.wait_for_selector("text=Start a study")
        page.click("#redo")
        page.wait_for_selector("[data-found] >> text=2 files")
        page.click("#undo")
        page.wait_for_selector("text=Start a study")
        page.wait_for_load_state("load")

        screen.drop(("cfx.csv", (realdata / CFX).read_bytes()))
        page.wait_for_selector("#choices select")
        assert page.locator("#choices option").all_inner_texts() == ["choose", "FAM", "VIC"]
        assert "study.toml" not in screen.text("#received")
        page.select_option("#choices select", label="VIC")
        page.click("#choices button")
        page.wait_for_selector("#choices select", state="detached")
    assert 'channel = "VIC"' in (tmp_path / "study" / "study.toml").read_text()


def test_doses_are_never_guessed(serve: Serve, study: Path) -> None:
    before = (study / "layout.csv").read_bytes()
    with screens(serve(study).said["url"]) as screen:
        page = screen.page
        page.set_default_timeout(20_000)
        screen.go("/block/viability#layout")
        pick(screen, "B03")
        was = label(screen, "B03")
        dose = f'{EDITOR} form input[name="dose"]'
        for typed, told in (
            ("1,000", "Write 1000 or 1.0."),
            ("2.000", "Write 2000 or 2.0."),
            ("abc", "no number"),
            ("5 uM", "its own box"),
            ("-5", "below zero"),
        ):
            page.fill(dose, typed)
            page.press(dose, "Tab")
            assert told in screen.text(f"{EDITOR} .no"), typed
            assert label(screen, "B03") == was
        page.click(f"{EDITOR} >> text=Save and fit")
        assert "Not saved" in screen.text(f"{EDITOR} [role=status]")
        page.fill(dose, "0,5")
        page.press(dose, "Tab")
        assert "0.5" in label(screen, "B03")

        series = f'{EDITOR} details:has-text("Dilution series")'
        page.fill(f'{series} input[name="treatment"]', "x")
        page.fill(f'{series} input[name="top"]', "1,000")
        page.click("text=Fill the series")
        assert "Write 1000 or 1.0." in screen.text(f"{series} .no")
        assert "0.5" in label(screen, "B03")

        page.click("summary >> text=Paste a block")
        box = f'{EDITOR} details:has-text("Paste a block")'
        page.fill(f'{box} input[name="at"]', "F10")
        page.click(f"{box} textarea")
        page.fill(f"{box} textarea", "7\t1,000\nabc\t9")
        page.click("text=Paste into the map")
        page.wait_for_selector(f"{box} .problems")
        told = screen.text(f"{box} .problems")
        assert "well F11" in told
        assert "well G10" in told
        screen.errors.clear()  # the browser reports the refusal itself
        kept = label(screen, "F11")
        page.fill(f"{box} textarea", "7\t\n8\t9")
        page.click("text=Paste into the map")
        page.wait_for_selector(f"{box} >> text=3 wells filled, from F10")
        assert " 7 " in label(screen, "F10")
        assert label(screen, "F11") == kept
        assert "1 cell of the block is blank" in screen.text(box)
        page.click("text=Empty it")
        assert label(screen, "F11") != kept
        assert page.input_value(f'{box} input[name="at"]') == "F10"
    assert (study / "layout.csv").read_bytes() == before
