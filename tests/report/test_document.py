"""The page: one offline file, the same bytes, every number a look-up."""

import base64
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import polars as pl
import pytest

from exportin.report.document import build_report
from exportin.report.typeset import sentence, shown
from exportin.results.formatting import format_cell
from exportin.results.tables import Estimates, Tests
from exportin.results.typography import typeset

VOID = {"meta", "img", "br", "link", "input"}


class Tree(HTMLParser):
    """Elements with attributes and their own text; complains of tags that do not nest."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements = [], []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        element = {"tag": tag, "attrs": dict(attrs), "text": ""}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open, f"closed and never opened: {tag}"
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag):
        return [e for e in self.elements if e["tag"] == tag]


def test_same_outcome_same_bytes(study, page):
    assert build_report(study.outcome()) == page.encode()
    assert "/nowhere" not in page


def test_it_needs_nothing_from_outside(page):
    tree = Tree(page)
    policy = next(e for e in tree.all("meta") if "http-equiv" in e["attrs"])["attrs"]["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert not {e["tag"] for e in tree.elements} & {"script", "link", "iframe", "object", "base"}
    assert all(e["attrs"]["src"].startswith("data:image/svg+xml;") for e in tree.all("img"))
    links = [e["attrs"]["href"] for e in tree.all("a")]
    assert all(link.startswith(("#", "https://doi.org/")) for link in links)
    assert not re.search(r"url\(|@import", page)


def test_links_inside_the_page_arrive(page):
    tree = Tree(page)
    ids = [e["attrs"]["id"] for e in tree.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    inner = {e["attrs"]["href"][1:] for e in tree.all("a") if e["attrs"]["href"][0] == "#"}
    assert inner <= set(ids)
    named = {
        e["attrs"]["aria-labelledby"] for e in tree.elements if "aria-labelledby" in e["attrs"]
    }
    assert named <= set(ids)


def test_figures_keep_the_exported_bytes_and_have_words(study, page):
    images = Tree(page).all("img")
    for image, drawn in zip(images, study.FIGURES, strict=True):
        assert base64.b64decode(image["attrs"]["src"].partition(",")[2]) == drawn.svg
        assert image["attrs"]["alt"] == drawn.caption


def test_headings_captions_and_scopes(page):
    tree = Tree(page)
    levels = [int(e["tag"][1]) for e in tree.elements if re.fullmatch(r"h[1-6]", e["tag"])]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert len(tree.all("table")) == len(tree.all("caption")) > 4
    assert all("scope" in e["attrs"] for e in tree.all("th"))
    numbers = [int(re.match(r"Table (\d+)\.", e["text"])[1]) for e in tree.all("caption")]
    assert numbers == list(range(1, len(numbers) + 1))


def _rows(outcome):
    frames = (outcome.estimates().frame, outcome.tests().frame)
    return {row["id"]: row for frame in frames for row in frame.to_dicts()}


def test_every_number_is_a_look_up(study, page):
    made, seen = _rows(study.outcome()), set()
    for element in Tree(page).elements:
        if "data-id" not in element["attrs"]:
            continue
        row, column = made[element["attrs"]["data-id"]], element["attrs"]["data-col"]
        seen.add(row["id"])
        if element["tag"] == "span":
            assert element["text"] == sentence(row[column])
        else:
            assert element["text"] == typeset(format_cell(row, column))
            assert element["attrs"]["value"] == repr(row[column])
            assert repr(row[column]) in element["attrs"]["title"]
    assert seen == set(made)


def test_cells_hold_no_digit_that_was_not_looked_up(page):
    """Take the look-ups, names and headings out of the result tables; no digit may be left."""
    body = "|".join(re.findall(r"<td class=\"(?:value|interval|n|p)[^>]*>.*?</td>", page, re.S))
    assert body.count("<data") > 200
    words = re.sub(r"<data[^>]*>.*?</data>|<[^>]*>", "", body)
    rules = re.findall(r"\d+", words)
    assert len(rules) == 4  # the counts of the four rules in the table of flags


def test_no_stale_number_remains(study):
    before = study.block(truth=study.truth())
    row = before.estimates.frame.filter(pl.col("value").is_not_null()).row(0, named=True)
    new = {"value": 77.77, "conf_low": 71.71, "conf_high": 83.83}
    after = study.changed(before, row["id"], **new)
    old_page = build_report(study.outcome(before)).decode()
    new_page = build_report(study.outcome(after)).decode()
    for column in new:
        assert repr(row[column]) in old_page
        assert repr(row[column]) not in new_page
    found = [e for e in Tree(new_page).elements if e["attrs"].get("data-id") == row["id"]]
    texts = {(e["attrs"]["data-col"], e["text"]) for e in found}
    assert {("value", "78"), ("conf_low", "72"), ("conf_high", "84")} <= texts
    assert len([e for e in found if e["attrs"]["data-col"] == "value"]) == 2  # table and appendix


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)//\u202egnp.exe\x00",
    "</style></title><svg onload=alert(1)>",
)


@cache
def _harmless(study):
    return Tree(build_report(study.outcome(study.block(truth=study.truth()))).decode())


def _poison(frame, columns, name):
    return frame.with_columns(pl.lit(name).alias(c) for c in columns)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(study, name):
    made = study.block(truth=study.truth())
    keys = ("model", "treatment", "block", "assay", "units", "experimental_unit")
    words = ("model", "group_a", "group_b", "verdict", "family", "test", "effect_kind", "units")
    flags = made.flags.frame.with_columns(pl.lit(name).alias(c) for c in ("rule", "message", "by"))
    bad = study.block(
        name=name, assay=name, title=name, experimental_unit=name,
        settings={name: [name]}, counts={name: 3}, files={name: name}, readers=(name,),
        estimates=Estimates(_poison(made.estimates.frame, keys, name)),
        tests=Tests(_poison(made.tests.frame, words, name)),
        flags=replace(made.flags, frame=flags),
        drawn=tuple(replace(d, name=name, title=name, caption=name) for d in made.drawn),
        notes=tuple(replace(n, file=name, place=name, message=name, remedy=name)
                    for n in made.notes),
        truth=_poison(made.truth, ("model", "treatment"), name),
    )  # fmt: skip
    outcome = study.outcome(bad, title=name)
    ledger = tuple(replace(e, block=name, rows=(name,), reason=name, by=name, at=name)
                   for e in study.LEDGER)  # fmt: skip
    outcome = replace(outcome, ledger=ledger, versions={name: name, "exportin": name})
    text = build_report(outcome).decode()
    tree, good = Tree(text), _harmless(study)
    assert {e["tag"] for e in tree.elements} <= {e["tag"] for e in good.elements}
    allowed = {(e["tag"], a) for e in good.elements for a in e["attrs"]}
    assert {(e["tag"], a) for e in tree.elements for a in e["attrs"]} <= allowed
    assert tree.all("h1")[0]["text"] == shown(name)
    assert not re.search("[\x00\u202e]", text)


def test_a_block_of_bare_results_is_still_a_page(study):
    bare = study.block(
        estimates=Estimates.empty(), tests=Tests.empty(), drawn=(), notes=(), files={},
        readers=(), counts={}, settings={}, experimental_unit="", flags=study.flags().empty(),
    )  # fmt: skip
    outcome = replace(study.outcome(bare), ledger=())
    Tree(build_report(outcome).decode())
