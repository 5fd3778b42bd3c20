"""The box on top: what a block holds, counted from its tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from exportin.report.names import plural
from exportin.report.tables import curves
from exportin.report.words import Row
from exportin.study.outcome import BlockOutcome

VERDICTS = 12  # sentences on top; all of them stand in the table of comparisons
KINDS = {
    "estimate": ("estimate", "estimates"),
    "bound": ("bound: not reached", "bounds: not reached"),
    "no response": ("no response", "no response"),
    "none": ("not estimated", "not estimated"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A count and what it counts."""

    count: int
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one block."""

    tiles: tuple[Tile, ...]
    verdicts: tuple[Row, ...]
    more: int


def kind_of(row: Row) -> str:
    """Say what kind of answer an estimate is: a number, a bound, no response, or none."""
    if row["value"] is None:
        return "no response" if row["status"] == "no_response" else "none"
    if row["status"] == "no_response":
        return "no response"
    return "estimate" if row["bound"] == "=" else "bound"


def what_was_found(block: BlockOutcome) -> Found:
    """Count curves, answers by kind and rows left out, and collect the verdicts."""
    rows = block.estimates.frame.to_dicts()
    pooled = [row for row in rows if row["unit_id"] is None]
    said = [row for row in block.tests.frame.to_dicts() if row["verdict"]]
    return Found(
        tiles=(*_units(block), *_answers(block, pooled or rows, pooled=bool(pooled)), _out(block)),
        verdicts=tuple(said[:VERDICTS]),
        more=len(said[VERDICTS:]),
    )


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
    return [
        Tile(counts[kind], words[counts[kind] != 1], where if kind == "estimate" else "")
        for kind, words in KINDS.items()
        if counts[kind] or kind != "none"
    ]


def _out(block: BlockOutcome) -> Tile:
    count = len(block.flags.excluded())
    read = block.counts.get("read")
    label = f"raw {plural('row', count)} left out"
    return Tile(count, label, "" if read is None else f"of {read} read")
