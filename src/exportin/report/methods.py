"""Methods text and bibliography, from the method names that the numbers really carry."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exportin.report.families import family_sentences
from exportin.report.names import Names, listed, plural
from exportin.results.formatting import format_cell
from exportin.results.methods import Method, Reference
from exportin.study.discover import load_methods
from exportin.study.outcome import BlockOutcome

LOG = "on logarithms (geometric mean)"
SCALES = {"linear": "as they are", "ln": LOG, "log10": LOG, "logit": "on logits"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its full stop, and the numbers of what it cites."""

    text: str
    cites: tuple[int, ...] = ()


@dataclass(slots=True)
class Bibliography:
    """References in order of first citation."""

    entries: list[Reference] = field(default_factory=list)

    def cite(self, reference: Reference) -> int:
        """Return the number of a reference, a new one if it was not cited yet.

        Raises
        ------
        ValueError
            If another reference has the same key.
        """
        for number, known in enumerate(self.entries, start=1):
            if known.key == reference.key:
                if known != reference:
                    raise ValueError(f"two references have the key '{reference.key}'")
                return number
        self.entries.append(reference)
        return len(self.entries)


def used_methods(block: BlockOutcome) -> tuple[str, ...]:
    """Names of the methods behind the numbers of a block, in order of first use."""
    tables = (block.estimates, block.tests, block.within)
    joined = [text for table in tables for text in table.frame.get_column("method")]
    names = (name.strip() for text in dict.fromkeys(joined) for name in text.split("+"))
    return tuple(dict.fromkeys(name for name in names if name))


def look_up(names: Iterable[str], known: Mapping[str, Method]) -> list[Method]:
    """Return the methods of these names.

    Raises
    ------
    ValueError
        If a name has no sentence: a report must not be silent on how a number was made.
    """
    names = tuple(names)
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"no room keeps a sentence for the method(s) {', '.join(unknown)}")
    return [known[name] for name in names]


def methods_text(block: BlockOutcome, names: Names, cited: Bibliography) -> list[Sentence]:
    """Write the methods paragraph of one block.

    Raises
    ------
    ValueError
        If a method name is unknown.
    """
    methods = look_up(used_methods(block), load_methods())
    made = [Sentence(_bare(m.sentence), _cites(m, cited)) for m in methods]
    return [
        *_reading(block),
        *_estimands(block, names),
        *made,
        *_intervals(block, names),
        *[
            Sentence(text, tuple(sorted({cited.cite(reference) for reference in references})))
            for text, references in family_sentences(block, names)
        ],
    ]


def _bare(sentence: str) -> str:
    return sentence.strip().removesuffix(".").removeprefix("the ")


def _cites(method: Method, cited: Bibliography) -> tuple[int, ...]:
    return tuple(sorted({cited.cite(reference) for reference in method.references}))


def _reading(block: BlockOutcome) -> list[Sentence]:
    if not block.files:
        return []
    files = len(block.files)
    by = f" ({plural('reader', len(block.readers))}: {listed(block.readers)})"
    text = f"Raw data were read from {files} {plural('file', files)}{by if block.readers else ''}"
    if block.counts:
        text += "; rows: " + ", ".join(_fates(block))
    return [Sentence(text)]


def _fates(block: BlockOutcome) -> list[str]:
    """Count rows read, set aside, used and left out; fates that no row met go unsaid."""
    out = len(block.flags.excluded())
    counts = {name: n for name, n in block.counts.items() if n or name in ("read", "used")}
    if "used" in counts:  # so far: handed to the assay
        counts["used"] -= out
    place = {"read": 0, "used": 2}
    ordered = sorted(counts.items(), key=lambda item: place.get(item[0], 1))
    said = [f"{n} {name}" for name, n in ordered]
    return [*said, f"{out} left out of every number ({_reasons(block)})"] if out else said


def _reasons(block: BlockOutcome) -> str:
    """Count the rows that each rule left out; a row may have several reasons."""
    pairs = {
        (row["row_id"], row["rule"])
        for row in block.flags.rows
        if row["severity"] == "exclude" and row["row_id"] is not None
    }
    counts = Counter(rule for _, rule in pairs)
    said = "; ".join(f"{rule}: {n}" for rule, n in sorted(counts.items()))
    several = len(pairs) > len({row for row, _ in pairs})
    return said + ("; some rows for several reasons" if several else "")


def _estimands(block: BlockOutcome, names: Names) -> list[Sentence]:
    used = sorted(dict.fromkeys(block.estimates.frame.get_column("quantity")), key=names.rank)
    said = [(names.label(quantity), names.estimand(quantity)) for quantity in used]
    return [Sentence(f"{label} is the {_bare(what)}") for label, what in said if what]


def _intervals(block: BlockOutcome, names: Names) -> list[Sentence]:
    rows = [row for row in block.estimates.rows if row["conf_level"] is not None]
    between = [row for row in rows if row["interval_level"] == "between" and row["unit_id"] is None]
    within = [row for row in rows if row["interval_level"] == "within"]
    out = []
    if between:
        units = plural(between[0]["experimental_unit"])
        counts = sorted({row["n_units"] for row in between if row["n_units"] is not None})
        out.append(
            f"Intervals of pooled numbers are between {units} "
            f"({_levels(between)}{_n(counts, between[0]['experimental_unit'])})"
            f"{_scales(between, names)}"
        )
    if within:
        unit = within[0]["experimental_unit"]
        out.append(
            f"Intervals of a single {unit} ({_levels(within)}) are technical "
            "and were not used for comparisons"
        )
    return [Sentence(text) for text in out]


def _n(counts: Sequence[int], unit: str) -> str:
    return f"; n = {_span(counts)} {plural(unit, counts[-1])}" if counts else ""


def _span(ordered: Sequence[int]) -> str:
    return f"{ordered[0]} to {ordered[-1]}" if ordered[1:] else str(*ordered)


def _levels(rows: Iterable[Mapping[str, object]]) -> str:
    return listed(sorted({format_cell(row, "conf_level") for row in rows}))


def _scales(rows: Sequence[Mapping[str, object]], names: Names) -> str:
    """Say on which scale each pooled quantity was averaged."""
    scales: dict[str, dict[str, None]] = {}
    for row in rows:
        scales.setdefault(SCALES[str(row["scale"])], {})[str(row["quantity"])] = None
    said = [
        f"{listed(names.label(q) for q in sorted(found, key=names.rank))} {scale}"
        for scale, found in scales.items()
    ]
    return f"; averaged were {'; '.join(said)}" if said else ""
