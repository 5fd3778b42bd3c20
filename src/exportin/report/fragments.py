"""Parts of the report for a page that shows one block: the same templates, the same numbers."""

from itertools import count
from typing import Any

from markupsafe import Markup

from exportin.report.document import environment, make_section
from exportin.report.methods import Bibliography
from exportin.study.outcome import Outcome

PARTS = (
    *("found", "estimates", "single", "tests", "within", "left_out"),
    *("plates", "flags", "exclusions", "notes", "sheets", "methods"),
)
FOLDED = ("single", "left_out", "plates", "sheets")
"""Parts that nobody looks at while waiting for a number: folded, or far below."""
ANCHOR = "block"


def block_fragments(outcome: Outcome, block_name: str, *, brief: bool = False) -> dict[str, Markup]:
    """Write the parts of the report that speak of one block, each by itself.

    Parameters
    ----------
    outcome : Outcome
        Results of a run; pictures are not needed.
    block_name : str
        One of its blocks.
    brief : bool
        Without the parts named in `FOLDED`.

    Returns
    -------
    dict of str to Markup
        HTML by the names in `PARTS`, empty where there is nothing to say. Every number carries
        its id as ``data-id``; tables are not numbered, since a page shows some of them.

    Raises
    ------
    KeyError
        If there is no such block.
    """
    blocks = {block.name: block for block in outcome.blocks}
    cited = Bibliography()
    section = make_section(outcome, blocks[block_name], ANCHOR, cited, count(1), brief=brief)
    words: dict[str, Any] = {"table_label": Markup, "references": cited.entries}
    module = environment().get_template("fragments.html.j2").make_module(words)
    wanted = [name for name in PARTS if not (brief and name in FOLDED)]
    return {name: _bare(getattr(module, name)(section)) for name in wanted}


def _bare(html: Markup) -> Markup:
    return Markup(html.strip())  # noqa: S704 (made by our own templates, which escape)
