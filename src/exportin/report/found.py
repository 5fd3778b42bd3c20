"""The box on top: what a block holds, counted from its tables."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.inference.published_tests import FAMILY as AS_PUBLISHED
from exportin.inference.verdicts import ALPHA
from exportin.report.names import Names, few, listed, plural
from exportin.report.tables import comparison_listing, curves, numbers_of
from exportin.results.formatting import key_text
from exportin.results.phrases import Row
from exportin.study.discover import assay_names, load_assay
from exportin.study.outcome import BlockOutcome
from exportin.tables.events import Events

POINTS = "difference in percentage points"
VERDICTS = 8  # sentences on top; all of them stand in the table of comparisons
MOST_NAMED = 8  # quantities listed under a count
KINDS = {
    "estimate": ("estimate", "estimates"),
    "bound": ("bound", "bounds"),
    "no response": ("no response", "no response"),
    "none": ("not estimated", "not estimated"),
}
NOTES = {"bound": "only a limit is known"}
PLATES, PATTERNS = "plate quality: ", "plate pattern: "
UNJUDGED, RESIDUALS = PLATES + "one vehicle well", PLATES + "residuals"
PLATE_NAME = re.compile(r"Plate '(.*?)'( \([^)]*\))?(?=:| has )")
LEFT = ("all_flagged",)
UNKNOWN = "not_identifiable"
UNFITTED = ("all_flagged", "too_few", "not_converged")


@dataclass(frozen=True, slots=True)
class Tile:
    """A count and what it counts."""

    count: int
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict and where it holds: the model, the day, and the quantity if there are several.

    ``points`` is the same comparison in percentage points, which has no p of its own.
    """

    where: str
    row: Row
    points: Row | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one block."""

    tiles: tuple[Tile, ...]
    verdicts: tuple[Said, ...]
    more: str  # what the other comparisons say, counted
    plates: tuple[str, ...] = ()  # what the controls of plates say


def kind_of(row: Row) -> str:
    """Say what kind of answer an estimate is: a number, a bound, no response, or none."""
    if row["value"] is None:
        return "no response" if row["status"] == "no_response" else "none"
    if row["status"] == "no_response":
        return "no response"
    return "estimate" if row["bound"] == "=" else "bound"


def what_was_found(block: BlockOutcome, names: Names) -> Found:
    """Count curves, answers by kind and rows left out, and collect the verdicts."""
    rows = numbers_of(block.estimates)
    about = _fractions(block) or names.primary(_with_intervals(rows))
    main = [row for row in rows if row["quantity"] in about]
    pooled = [row for row in main if row["unit_id"] is None]
    listing = comparison_listing(block, names)
    asked = [row for group in listing.groups for row in group.rows] if listing else []
    said = _composed([row for row in asked if _ours(row)])
    keys = block.tests.keys
    points = {_compared(row, keys): row for row in asked if row["effect_kind"].startswith(POINTS)}
    several = len(about) > 1 or len({row["quantity"] for row in said}) > 1
    if said[VERDICTS:] and not any(row.get("part") for row in said):
        said.sort(key=lambda row: not _differs(row))  # stable: the table's order within
    return Found(
        tiles=(*_units(block, main), *_answers(block, pooled or main, names), _out(block)),
        verdicts=tuple(
            Said(_where(row, block, names, several), row, points.get(_compared(row, keys)))
            for row in said[:VERDICTS]
        ),
        more=_rest(said[VERDICTS:]),
        plates=tuple(_plates(block)),
    )


def _ours(row: Row) -> bool:
    """Whether a row is an answer of ours, and not what papers would have said beside it."""
    told = bool(row["verdict"]) and row["family"] != AS_PUBLISHED
    return told and not row["effect_kind"].startswith(POINTS)  # stands beside its odds ratio


def _composed(rows: Sequence[Row]) -> list[Row]:
    """Put the part named beforehand first, then trends and joint tests, then the other parts."""
    return sorted(rows, key=_order_of_parts)


def _order_of_parts(row: Row) -> int:
    part = row.get("part")
    if not part:
        return 1
    return 0 if f"{part} is the primary part" in row["family"] else 2


def _compared(row: Row, keys: Sequence[str]) -> tuple[Any, ...]:
    """Return what a row compares, whatever its test and effect."""
    return tuple(row[name] for name in ("quantity", "group_a", "group_b", *keys))


def _fractions(block: BlockOutcome) -> list[str]:
    """Quantities that a block of tubes is about; quality of single tubes is told elsewhere."""
    return list(load_assay(block.assay).pooled) if _tubes(block) else []


def _with_intervals(rows: Sequence[Row]) -> list[str]:
    """Quantities that carry an interval somewhere, or all where none does."""
    limited = [r["quantity"] for r in rows if r["conf_level"] is not None]
    return limited or [r["quantity"] for r in rows]


def _plates(block: BlockOutcome) -> Iterator[str]:
    """Count plates whose controls failed, by what became of them."""
    failed = [
        flag
        for flag in block.flags.frame.to_dicts()
        if flag["rule"].startswith(PLATES)
        and flag["rule"] not in (UNJUDGED, RESIDUALS)  # residuals are no controls
    ]
    for severity, fate in (("warn", "kept"), ("exclude", "left out")):
        messages = sorted({flag["message"] for flag in failed if flag["severity"] == severity})
        told = list(dict.fromkeys(_plate_name(message) for message in messages))
        if told:
            its, was = ("its", "was") if len(told) == 1 else ("their", "were")
            names = f": {few(told)}" if all(map(PLATE_NAME.match, messages)) else ""
            count = f"{len(told)} {plural('plate', len(told))}"
            yield f"{count} failed {its} controls and {was} {fate}{names}"
    rows = [row for row in block.flags.rows if row["rule"].startswith(PATTERNS)]
    marked = [row["message"] for row in rows if row["severity"] == "warn"]
    shown = list(dict.fromkeys(_plate_name(message) for message in sorted(marked)))
    if shown:
        count = f"{len(shown)} {plural('plate', len(shown))}"
        yield f"{count} with a pattern over edge, rows or columns, kept: {few(shown)}"


def _plate_name(message: str) -> str:
    """Return plate, and model where a plate holds several, of a message of the plate room."""
    found = PLATE_NAME.match(message)
    return (found[1] + (found[2] or "")) if found else message


def _final(row: Row) -> float | None:
    found: float | None = row["p_value"] if row["p_adjusted"] is None else row["p_adjusted"]
    return found


def _differs(row: Row) -> bool:
    p = _final(row)
    return p is not None and p < ALPHA


def _where(row: Row, block: BlockOutcome, names: Names, several: bool) -> str:  # noqa: FBT001
    part = row.get("part")
    keys = [key for key in block.tests.keys if row[key] is not None and key != "part"]
    words = [key_text(row[key]) for key in keys]
    about = [names.label(part or row["quantity"])] if several or part else []
    return ", ".join([*words, *about])


def _rest(rows: Sequence[Row]) -> str:
    """Count what is not said on top."""
    differ = sum(_differs(row) for row in rows)
    rows = [row for row in rows if _final(row) is not None or row["effect"] is None]
    none = sum(_final(row) is None for row in rows)
    parts = {
        f"with adjusted p below {ALPHA}": differ,
        "without a difference shown": len(rows) - differ - none,
        "not estimable": none,
    }
    told = ", ".join(f"{n} {words}" for words, n in parts.items() if n)
    return f"{len(rows)} more ({told})" if rows else ""


def _units(block: BlockOutcome, rows: Sequence[Row]) -> list[Tile]:
    count = curves(block)
    if not count:
        return []
    if _animals(block):
        single = block.estimates.frame.filter(pl.col("unit_id").is_not_null())
        animals = single.select("unit_id", *_whose(block)).n_unique()
        return [Tile(animals, plural(block.experimental_unit or "unit", animals))]
    noun = "curve" if block.series.frame.height else "single result"
    noun = "sample" if _tubes(block) else noun
    unit = block.experimental_unit
    notes = [f"each from one {unit}"] if unit else []
    own = _most([row for row in rows if row["unit_id"] is not None])
    count = len(own) if _tubes(block) else count
    left = sum(row["status"] in LEFT for row in own)
    other = sum(map(_unfitted, own)) - left
    fitted = len(own) - left - other
    if noun != "single result" or left or other:
        notes.append(f"{fitted} {'fitted' if noun == 'curve' else 'with a number'}")
    notes += [f"{left} left out"] if left or noun != "single result" else []
    notes += [f"{other} not estimable"] if other else []
    return [Tile(count, plural(noun, count), "; ".join([", ".join(notes[:1]), *notes[1:]]))]


def _unfitted(row: Row) -> bool:
    return row["status"] in UNFITTED or (row["value"] is None and row["status"] == UNKNOWN)


def _animals(block: BlockOutcome) -> bool:
    """Whether the samples of a block are its units, as animals are; a link has none."""
    return block.assay in assay_names() and load_assay(block.assay).sample_is_unit


def _tubes(block: BlockOutcome) -> bool:
    """Whether the raw rows of a block are tubes of a cytometer."""
    return block.assay in assay_names() and load_assay(block.assay).consumes is Events


def _whose(block: BlockOutcome) -> list[str]:
    """Keys of the assay, without those that only tell numbers of one unit apart."""
    keys = load_assay(block.assay).keys
    return [key for key in keys if key in block.estimates.keys]


def _most(rows: Sequence[Row]) -> list[Row]:
    """Rows of the quantity that has most of them: one row per curve."""
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(row["quantity"], []).append(row)
    return max(by.values(), key=len, default=[])


def _answers(block: BlockOutcome, rows: Sequence[Row], names: Names) -> list[Tile]:
    counts = Counter(kind_of(row) for row in rows)
    about = list(dict.fromkeys(row["quantity"] for row in rows))
    aimed = [name for name in about if name in names.known and names.known[name].direction]
    notes = {"estimate": _where_from(block, rows, names), **NOTES}
    notes |= {"none": "the reasons stand under Flags"} if _tubes(block) else {}
    flat = _flat(block, about)
    if flat:
        curve = "curve" if block.series.frame.height else "result"
        notes["no response"] = f"when pooled; {flat} of the single {plural(curve)}"
    wanted = {"estimate"} | ({"bound", "no response"} if aimed else set())
    wanted |= {"no response"} if flat else set()
    if _animals(block):
        wanted.discard("no response")  # of doses, not of tumors
    return [
        Tile(counts[kind], words[counts[kind] != 1], notes.get(kind, ""))
        for kind, words in KINDS.items()
        if counts[kind] or kind in wanted
    ]


def _where_from(block: BlockOutcome, rows: Sequence[Row], names: Names) -> str:
    """Say over what the numbers were pooled, and of which quantities they are."""
    unit = block.experimental_unit
    where = f"pooled over {plural(unit) if unit else 'units'}"
    if any(row["unit_id"] is not None for row in rows):
        where = "none pooled"
    elif all(row["n_units"] in (0, 1) for row in rows):
        where = f"one {unit or 'unit'} each"
    elif any(row["n_units"] == 1 for row in rows):
        where += f" (some of one {unit or 'unit'})"
    about = sorted({row["quantity"] for row in rows}, key=names.rank)
    labels = [names.label(name) for name in about]
    told = listed(labels) if len(labels) <= MOST_NAMED else few(labels)
    return f"{where}: {told}" if about else where


def _flat(block: BlockOutcome, about: Sequence[str]) -> int:
    """Count curves of single units without a response, whether or not they are pooled."""
    rows, keys = block.estimates.rows, block.estimates.keys
    if all(row["unit_id"] is not None for row in rows):
        return 0  # the rows counted are the curves themselves
    single = {
        tuple(row[key] for key in ("unit_id", *keys))
        for row in rows
        if row["unit_id"] is not None and row["status"] == "no_response"
        and row["quantity"] in about
    }  # fmt: skip
    return len(single)


def _out(block: BlockOutcome) -> Tile:
    count = len(block.flags.excluded())
    read = block.counts.get("read")
    raw = plural("tube" if _tubes(block) else "raw row", count)
    label = f"{raw} left out"
    return Tile(count, label, "" if read is None else f"of {read} read")
