"""Parts of the report by themselves: the same words and numbers, no numbered tables."""

import re
from dataclasses import replace
from types import ModuleType

import pytest

from exportin.report import document
from exportin.report.fragments import PARTS, block_fragments


@pytest.fixture
def parts(study: ModuleType) -> dict[str, str]:
    """The parts of the made-up study."""
    return dict(block_fragments(study.outcome(), "viability"))


def test_all_parts_are_there(parts: dict[str, str]) -> None:
    assert tuple(parts) == PARTS
    filled = {"found", "estimates", "single", "tests", "flags", "exclusions", "notes", "methods"}
    assert {name for name, html in parts.items() if html} >= filled
    assert parts["sheets"] == parts["within"] == ""


def test_they_say_what_the_report_says(parts: dict[str, str], page: str) -> None:
    same = re.sub(r"<b>Table \d+\.</b>", "", page).replace("block-1", "block")
    for name, html in parts.items():
        for line in html.splitlines():
            assert line in same, name


def test_no_table_is_numbered(parts: dict[str, str], page: str) -> None:
    assert "Table 1." in page
    assert not any(re.search(r"Table \d", html) for html in parts.values())
    assert parts["estimates"].count("<caption><span>") == 1


def test_every_number_names_its_row(parts: dict[str, str], study: ModuleType) -> None:
    block = study.outcome().blocks[0]
    known = {*block.estimates.frame.get_column("id"), *block.tests.frame.get_column("id")}
    for name in ("estimates", "single", "tests"):
        cells = re.findall(r'<td class="value[^"]*">(.*?)</td>', parts[name], re.S)
        assert cells
        for cell in cells:
            ids = set(re.findall(r'data-id="([^"]+)"', cell))
            assert ids or not re.search(r"\d", re.sub(r"<[^>]*>", "", cell)), cell
            assert ids <= known


def test_pictures_are_not_needed(study: ModuleType, parts: dict[str, str]) -> None:
    bare = replace(study.block(), drawn=())
    assert block_fragments(study.outcome(bare), "viability") == parts


def test_names_stay_text(study: ModuleType) -> None:
    entry = study.entry(1, "exclude", ("plate2.csv:D7",), "<script>x</script>")
    made = replace(study.outcome(), ledger=(entry,))
    html = block_fragments(made, "viability")["exclusions"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_no_such_block(study: ModuleType) -> None:
    with pytest.raises(KeyError):
        block_fragments(study.outcome(), "none")


def test_templates_are_read_once() -> None:
    assert document.environment() is document.environment()
