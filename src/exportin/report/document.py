"""The report: one offline HTML file, the same bytes for the same outcome."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exportin.report import typeset
from exportin.report.found import Found, what_was_found
from exportin.report.left_out import LeftOut, left_out
from exportin.report.methods import Bibliography, Sentence, methods_text
from exportin.report.names import Names, block_names, few, heading, plural
from exportin.report.plates import PlateTable, plate_table
from exportin.report.quality import Exclusion, Rule, exclusions, lost_exclusions, notes, rules
from exportin.report.sheets import SetSheet, set_sheets
from exportin.report.tables import (
    MANY_CURVES,
    Listing,
    comparison_listing,
    curves,
    estimate_listing,
    within_listing,
)
from exportin.report.truth import TruthTable, truth_table
from exportin.results.formatting import key_text
from exportin.results.phrases import status_text
from exportin.study.leave_one_out import block_influence
from exportin.study.outcome import BlockOutcome, Drawn, Outcome
from exportin.tables.problems import Problem

HERE = Path(__file__).parent
SCALE = 1.35  # figures are made for paper; on the screen their letters need more room
PX = {"": 1.0, "px": 1.0, "pt": 4.0 / 3.0, "mm": 96.0 / 25.4, "in": 96.0}
TABLE = Markup("<b>Table {}.</b>")
WIDTH = re.compile(rb"<svg\b[^>]*?\swidth=[\"']([0-9.]+)(pt|px|mm|in|)[\"']")


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture on the page: its number in the document, its address as data, its width."""

    number: int
    drawn: Drawn
    src: str
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Everything the page says of one block."""

    anchor: str
    block: BlockOutcome
    names: Names
    found: Found
    figures: tuple[Figure, ...]
    pooled: Listing | None
    single: Listing | None
    curves: int
    left_out: LeftOut | None
    sheets: tuple[SetSheet, ...]
    plates: PlateTable | None
    tests: Listing | None
    within: Listing | None
    rules: list[Rule]
    exclusions: list[Exclusion]
    notes: tuple[Problem, ...]
    truth: TruthTable | None
    methods: list[Sentence]

    @property
    def file_count(self) -> int:
        """Number of raw files."""
        return len(self.block.files)


def build_report(outcome: Outcome) -> bytes:
    """Write the report of a study.

    Parameters
    ----------
    outcome : Outcome
        Results of a run.

    Returns
    -------
    bytes
        One HTML file (UTF-8) that needs no other file, no network and no script.

    Raises
    ------
    ValueError
        If a number carries a method name that no room knows.
    """
    cited, figure_numbers = Bibliography(), count(1)
    sections = tuple(
        make_section(outcome, block, f"block-{i}", cited, figure_numbers)
        for i, block in enumerate(outcome.blocks, start=1)
    )
    page = environment().get_template("page.html.j2")
    text = page.render(
        outcome=outcome,
        sections=sections,
        references=cited.entries,
        lost=lost_exclusions(outcome),
        study_digest=sha256(outcome.study.text.encode()).hexdigest(),
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        table_label=_labels(),
    )
    return text.encode()


def make_section(
    outcome: Outcome,
    block: BlockOutcome,
    anchor: str,
    cited: Bibliography,
    numbers: "count[int]",
    *,
    brief: bool = False,
) -> Section:
    """Look up everything that is to be said of one block; ``numbers`` are those of figures.

    A ``brief`` section lacks what lies folded or far below: technical rows, what one unit moves,
    plates, and the assay's own tables.
    """
    names, many = block_names(block), curves(block)
    return Section(
        anchor=anchor,
        block=block,
        names=names,
        found=what_was_found(block, names),
        figures=tuple(_figure(next(numbers), drawn) for drawn in block.drawn),
        pooled=estimate_listing(block, names, pooled=True),
        single=None
        if brief or many > MANY_CURVES
        else estimate_listing(block, names, pooled=False),
        curves=many,
        left_out=None
        if brief
        else left_out(block_influence(outcome, block), names, block.estimates.frame),
        sheets=() if brief else set_sheets(block),
        plates=None if brief else plate_table(block, names),
        tests=comparison_listing(block, names),
        within=within_listing(block, names),
        rules=rules(block),
        exclusions=exclusions(outcome.ledger, block.name),
        notes=notes(block),
        truth=truth_table(block, names),
        methods=methods_text(block, names, cited),
    )


def _figure(number: int, drawn: Drawn) -> Figure:
    """Embed the exported bytes as an image.

    As an image and not as inline SVG: the bytes stay those of the exported file, matplotlib's
    ids cannot clash between figures, and a browser runs no script and loads nothing from an image.
    """
    found = WIDTH.search(drawn.svg[:4096])
    width = float(found[1]) * PX[found[2].decode()] if found else 640.0
    src = "data:image/svg+xml;base64," + b64encode(drawn.svg).decode()
    return Figure(number, drawn, src, round(width * SCALE))


def _labels() -> Callable[[], Markup]:
    """Return what numbers the tables of a page, in the order in which they are printed."""
    numbers = count(1)
    return lambda: TABLE.format(next(numbers))


@cache
def environment() -> Environment:
    """Return the templates of the report with their words; made once."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=typeset.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words: dict[str, Any] = {name: getattr(typeset, name) for name in _SETTERS}
    made.globals |= {**words, "status_text": status_text, "plural": plural, "key_text": key_text}
    made.filters |= {"heading": heading, "few": few}
    return made


_SETTERS = (
    "number",
    "once",
    "quoted",
    "quoted_beside",
    "value",
    "interval",
    "models",
    "absent",
    "sentence",
)
