"""Spatial patterns of plates at table level: which were found, which cannot be judged, and why."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import polars as pl

from exportin.inference.plate_pattern import DRAWS, PatternResult, plate_patterns
from exportin.plates.quality import plate_words
from exportin.plates.wellmap import PlateWells, equal_wells, plates_by_model
from exportin.tables.gridvalues import SIZE
from exportin.tables.wells import PLATES

ALPHA = 0.05
"""Share of plates without pattern that are flagged, over edge, row and column together (Holm)."""
WORDS = {"edge": "edge effect", "row": "row trend", "column": "column trend"}
SAID = {
    "edge": "the outer ring differs by {effect:+.0%} from the inside",
    "row": "the signal changes by {effect:+.0%} from the first row to the last",
    "column": "the signal changes by {effect:+.0%} from the first column to the last",
}
LARGEST = max(PLATES)
SHOWN = 5  # plates named in a note; the others are counted


class PlatePattern(NamedTuple):
    """The patterns of one plate and how many wells they were judged on."""

    plate: PlateWells
    results: tuple[PatternResult, ...]
    n_wells: int


def judge_plate(
    plate: PlateWells,
    *,
    keys: Sequence[str] = (),
    conf_level: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> PlatePattern:
    """Judge edge, row and column of one plate on wells that should have the same signal.

    Parameters
    ----------
    plate
        As `plates_of` gives it.
    keys
        Design columns beside role, treatment and dose in which equal wells agree.
    conf_level
        Level of the technical intervals.
    seed
        Of the exchanges; each plate has a stream of its own, named by file and plate.
    draws
        Exchanges; 0 for effects without p values.
    """
    wells = equal_wells(plate, keys)
    if wells.height < 2:
        none = tuple(PatternResult(pattern=name, judged=False) for name in WORDS)
        return PlatePattern(plate, none, wells.height)
    name = [plate.file, plate.sample_id, *([plate.model] if plate.model else [])]
    stream = [seed, crc32("\x1f".join(name).encode())]
    found = plate_patterns(
        wells.get_column("signal").to_numpy().astype(np.float64),
        wells.get_column("row").to_numpy().astype(np.int64),
        wells.get_column("column").to_numpy().astype(np.int64),
        wells.get_column("block").to_numpy().astype(np.int64),
        shape=plate.shape,
        conf_level=conf_level,
        draws=draws,
        rng=np.random.default_rng(stream) if draws else None,
    )
    return PlatePattern(plate, found, wells.height)


def pattern_flags(
    frame: pl.DataFrame, *, keys: Sequence[str] = (), seed: int = 0
) -> list[dict[str, Any]]:
    """Return a warning per pattern found, and notes on what the layout cannot show.

    Where a plate holds several models, each is judged by its own wells.

    Plates are kept whatever is found: a clean plate has a chance of `ALPHA` to be flagged.
    """
    judged = [judge_plate(plate, keys=keys, seed=seed) for plate in plates_by_model(frame)]
    found = [row for plate in judged for row in _found(plate)]
    return [*found, *_chance(judged, found), *_blind(judged), *_guessed(judged)]


def _found(judged: PlatePattern) -> Iterator[dict[str, Any]]:
    for result in judged.results:
        if result.p_adjusted is None or result.p_adjusted > ALPHA or result.effect is None:
            continue
        effect = SAID[result.pattern].format(effect=result.effect)
        interval = f"95 % interval {result.conf_low:+.0%} to {result.conf_high:+.0%}"
        other = "; the layout cannot tell it from another pattern" if result.mixed else ""
        plate = plate_words(judged.plate.name, judged.plate.model)
        message = (
            f"{plate}: {WORDS[result.pattern]}: {effect} ({interval}, "
            f"p = {result.p_adjusted:.3f} by exchange of {judged.n_wells} equal wells, Holm over "
            f"the plate's patterns){other}."
        )
        yield _flag(f"plate pattern: {WORDS[result.pattern]}", "warn", message)


def _chance(
    judged: Sequence[PlatePattern], found: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Say how many of so many plates would be flagged by chance alone."""
    tested = sum(any(r.judged for r in plate.results) for plate in judged)
    if found and tested > 1:
        message = (
            f"Spatial patterns were looked for on {tested} plates; of plates without any, up to "
            f"{ALPHA:.0%} are flagged, here about {ALPHA * tested:.1f}."
        )
        yield _flag("plate pattern: expected by chance", "note", message)


def _blind(judged: Sequence[PlatePattern]) -> Iterator[dict[str, Any]]:
    """Say which patterns no plate of a layout could show: unseen is not absent."""
    for name, words in WORDS.items():
        reasons: dict[str, list[str]] = {}
        for plate in judged:
            result = next(r for r in plate.results if r.pattern == name)
            if not result.judged:
                reasons.setdefault(_reason(result), []).append(plate.plate.words)
        for reason, plates in reasons.items():
            more = f" and {len(plates) - SHOWN} more" if len(plates) > SHOWN else ""
            message = (
                f"{words.capitalize()}: cannot be judged on {len(plates)} of {len(judged)} plates "
                f"({', '.join(plates[:SHOWN])}{more}): {reason}."
            )
            yield _flag(f"plate pattern: {words} not judged", "note", message)


def _guessed(judged: Sequence[PlatePattern]) -> Iterator[dict[str, Any]]:
    """Say where no file tells how large a plate is: the outer ring may be another one."""
    sizes: dict[int, list[str]] = {}
    for one in judged:
        rows, columns = one.plate.shape
        if one.plate.guessed and rows * columns < LARGEST:
            names = sizes.setdefault(rows * columns, [])
            names += [one.plate.name] if one.plate.name not in names else []
    for size, names in sizes.items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield _flag(
            "plate size",
            "note",
            f"The size of {len(names)} plate{'s' if len(names) > 1 else ''} "
            f"({', '.join(names[:SHOWN])}{more}) is taken to be {size} wells, the smallest that "
            "holds every well; no file says it. On a larger plate the outer ring is not the one "
            f"that was looked at: add a column {SIZE} to design.csv.",
        )


def _reason(result: PatternResult) -> str:
    if result.mixed:
        return "the layout cannot tell it from another pattern"
    if result.pattern == "edge":
        return "too few wells that should be equal lie both in the outer ring and inside"
    other = "rows" if result.pattern == "row" else "columns"
    return f"too few wells that should be equal lie in different {other}"


def _flag(rule: str, severity: str, message: str) -> dict[str, Any]:
    return {"row_id": None, "rule": rule, "severity": severity, "message": message, "by": "plates"}
