"""The box on top: what a block holds, counted from its tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exportin.inference.verdicts import ALPHA
from exportin.report.names import Names, plural
from exportin.report.tables import comparison_listing, curves
from exportin.results.phrases import Row
from exportin.study.outcome import BlockOutcome

VERDICTS = 8  # sentences on top; all of them stand in the table of comparisons
KINDS = {
    "estimate": ("estimate", "estimates"),
    "bound": ("bound", "bounds"),
    "no response": ("no response", "no response"),
    "none": ("not estimated", "not estimated"),
}
NOTES = {"bound": "only a limit is known"}


@dataclass(frozen=True, slots=True)
class Tile:
    """A count and what it counts."""

    count: int
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict and where it holds: the model, the day, and the quantity if there are several."""

    where: str
    row: Row


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one block."""

    tiles: tuple[Tile, ...]
    verdicts: tuple[Said, ...]
    more: str  # what the other comparisons say, counted


def kind_of(row: Row) -> str:
    """Say what kind of answer an estimate is: a number, a bound, no response, or none."""
    if row["value"] is None:
        return "no response" if row["status"] == "no_response" else "none"
    if row["status"] == "no_response":
        return "no response"
    return "estimate" if row["bound"] == "=" else "bound"


def what_was_found(block: BlockOutcome, names: Names) -> Found:
    """Count curves, answers by kind and rows left out, and collect the verdicts."""
    rows = block.estimates.frame.to_dicts()
    pooled = [row for row in rows if row["unit_id"] is None]
    listing = comparison_listing(block, names)
    said = [r for group in listing.groups for r in group.rows if r["verdict"]] if listing else []
    several = len({row["quantity"] for row in said}) > 1
    if said[VERDICTS:]:
        said.sort(key=lambda row: not _differs(row))  # stable: the table's order within
    return Found(
        tiles=(*_units(block), *_answers(block, pooled or rows, pooled=bool(pooled)), _out(block)),
        verdicts=tuple(Said(_where(row, block, names, several), row) for row in said[:VERDICTS]),
        more=_rest(said[VERDICTS:]),
    )


def _final(row: Row) -> float | None:
    found: float | None = row["p_value"] if row["p_adjusted"] is None else row["p_adjusted"]
    return found


def _differs(row: Row) -> bool:
    p = _final(row)
    return p is not None and p < ALPHA


def _where(row: Row, block: BlockOutcome, names: Names, several: bool) -> str:  # noqa: FBT001
    words = [str(row[key]) for key in block.tests.keys if row[key] is not None]
    return ", ".join([*words, *([names.label(row["quantity"])] if several else [])])


def _rest(rows: Sequence[Row]) -> str:
    """Count what is not said on top."""
    differ = sum(_differs(row) for row in rows)
    none = sum(_final(row) is None for row in rows)
    parts = {
        f"with adjusted p below {ALPHA}": differ,
        "without a difference shown": len(rows) - differ - none,
        "not estimable": none,
    }
    told = ", ".join(f"{n} {words}" for words, n in parts.items() if n)
    return f"{len(rows)} more ({told})" if rows else ""


def _units(block: BlockOutcome) -> list[Tile]:
    count = curves(block)
    if not count:
        return []
    noun = "curve" if block.series.frame.height else "single result"
    unit = block.experimental_unit
    return [Tile(count, plural(noun, count), f"each from one {unit}" if unit else "")]


def _answers(block: BlockOutcome, rows: Sequence[Row], *, pooled: bool) -> list[Tile]:
    counts = Counter(kind_of(row) for row in rows)
    unit = plural(block.experimental_unit) if block.experimental_unit else "units"
    where = f"pooled over {unit}" if pooled else "none pooled"
    if pooled and all(row["n_units"] in (0, 1) for row in rows):
        where = f"one {block.experimental_unit or 'unit'} each"
    return [
        Tile(counts[kind], words[counts[kind] != 1], {"estimate": where, **NOTES}.get(kind, ""))
        for kind, words in KINDS.items()
        if counts[kind] or kind != "none"
    ]


def _out(block: BlockOutcome) -> Tile:
    count = len(block.flags.excluded())
    read = block.counts.get("read")
    label = f"raw {plural('row', count)} left out"
    return Tile(count, label, "" if read is None else f"of {read} read")
