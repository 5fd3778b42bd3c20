"""What things are called: quantities in words, columns as headings, n in units."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from exportin.results.quantities import Quantity, shared_quantities
from exportin.study.discover import assay_names, load_assay, load_links
from exportin.study.outcome import BlockOutcome

NAMED = 6  # names in one line; the rest is counted


@dataclass(frozen=True, slots=True)
class Names:
    """Words for the quantities of one block."""

    known: dict[str, Quantity]  # in the order in which they are told

    def rank(self, quantity: str) -> int:
        """Say where it stands in the order of the assay; what nobody knows comes last."""
        return [*self.known, quantity].index(quantity)

    def label(self, quantity: str) -> str:
        """Say what people call it."""
        found = self.known.get(quantity)
        return found.label if found else heading(quantity)

    def estimand(self, quantity: str) -> str:
        """Say what it estimates; empty where nobody says."""
        found = self.known.get(quantity)
        return found.estimand if found else ""

    def words(self, text: str, quantity: str) -> str:
        """Write a text of a result table, such as 'ratio of ic50_absolute', with the label."""
        place = rf"(^|\bof |\()({re.escape(quantity)})(?= |$)"
        return re.sub(place, lambda found: found[1] + self.label(quantity), text)

    def primary(self, used: Iterable[str]) -> list[str]:
        """Choose what the block is about: where less or more is better, or else all."""
        used = sorted(dict.fromkeys(used), key=self.rank)
        aimed = [name for name in used if name in self.known and self.known[name].direction]
        return aimed or used


def block_names(block: BlockOutcome) -> Names:
    """Collect the quantities of the block's assay, then the shared ones.

    A setting ``label`` is the user's own word for the first quantity of the assay.
    """
    known: dict[str, Quantity] = {}
    if block.assay in assay_names():
        own = list(load_assay(block.assay).quantities)
        label = block.settings.get("label")
        if own and isinstance(label, str) and label:
            own[0] = replace(own[0], label=label)
        known |= {quantity.name: quantity for quantity in own}
    elif block.assay in load_links():  # it speaks of quantities of assays, and of its own
        every = [q for name in assay_names() for q in load_assay(name).quantities]
        used = set(block.estimates.frame.get_column("quantity"))
        known |= {q.name: q for q in reversed(every) if q.name in used}
        known |= {q.name: q for q in load_links()[block.assay].quantities}
        about, label = (block.settings.get(name) for name in ("quantity", "label"))
        if about in known and isinstance(label, str) and label:
            known[about] = replace(known[about], label=label)
    return Names(known | {n: q for n, q in shared_quantities().items() if n not in known})


def heading(name: str) -> str:
    """Write a column or key as a heading.

    >>> heading("reference_model")
    'Reference model'
    """
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def plural(noun: str, count: int | None = None) -> str:
    """Write the plural, or the form that fits a count.

    >>> plural("experiment"), plural("biopsy"), plural("animal", 1), plural("mouse")
    ('experiments', 'biopsies', 'animal', 'mice')
    """
    if count == 1:
        return noun
    if noun == "mouse":
        return "mice"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def listed(words: Iterable[str]) -> str:
    """Join words as in a sentence.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def few(words: Iterable[str]) -> str:
    """List the first few words and count the rest.

    >>> few(["P1", "P2"]), few("abcdefgh")
    ('P1 and P2', 'a, b, c, d, e, f and 2 more')
    """
    every = list(words)
    more = len(every) - NAMED
    return listed([*every[:NAMED], f"{more} more"] if more > 0 else every)
