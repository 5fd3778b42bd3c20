"""Times of units read from a frame: checked, sorted into strata and groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from exportin.inference.contrast_checks import fault, near, raise_all
from exportin.inference.question import Contrast
from exportin.inference.strata import label
from exportin.tables.problems import InputError, Problem

Values = Float[np.ndarray, " n"]
Flags = Bool[np.ndarray, " n"]
Codes = Int[np.ndarray, " n"]

TESTS = ("auto", "logrank", "logrank-exact", "peto", "gehan", "tarone-ware", "cox")
ADJUST = ("holm", "hochberg", "bonferroni", "bh", "none")
NEEDED = ("unit_id", "time", "event")


@dataclass(frozen=True, slots=True)
class Units:
    """Units of one comparison, one entry each; `group` holds names."""

    keys: Mapping[str, Any]
    unit: tuple[str, ...]
    group: tuple[str, ...]
    time: Values
    event: Flags
    strata: Codes | None

    def only(self, groups: Sequence[str]) -> "Units":
        """Keep the units of some groups."""
        kept = np.array([g in groups for g in self.group], dtype=bool)
        return Units(
            self.keys,
            tuple(u for u, k in zip(self.unit, kept, strict=True) if k),
            tuple(g for g, k in zip(self.group, kept, strict=True) if k),
            self.time[kept],
            self.event[kept],
            None if self.strata is None else self.strata[kept],
        )

    def is_in(self, group: str) -> Flags:
        """Whether each unit is in a group."""
        return np.array([g == group for g in self.group], dtype=bool)


def check_question(frame: pl.DataFrame, ask: Contrast, strata: str | None) -> None:
    """Refuse a question that times to an event cannot answer, or columns that are not there.

    Raises
    ------
    InputError
        With place and remedy.

    Examples
    --------
    >>> frame = pl.DataFrame({"unit_id": ["1"], "time": [3.0], "event": [True], "arm": ["a"]})
    >>> check_question(frame, Contrast(quantity="t", between="arm"), None)
    """
    asked = [*NEEDED, ask.between, *ask.within, *([strata] if strata else [])]
    missing = [
        fault(ask, f"there is no column '{name}'.", near(name, frame.columns))
        for name in asked
        if name not in frame.columns
    ]
    raise_all([*missing, *_design_faults(ask)])


def _design_faults(ask: Contrast) -> list[Problem]:
    rules = (
        (ask.test not in TESTS, f"test = '{ask.test}' is none for times to an event.",
         f"Write one of {', '.join(TESTS)}."),
        (ask.adjust not in ADJUST, f"adjust = '{ask.adjust}' belongs to means of groups.",
         'Write adjust = "holm".'),
        (ask.modifier is not None, "a change of an effect is not answered for times to an event.",
         "Leave modifier out."),
        (ask.pairing in ("paired", "blocked"), f"pairing = '{ask.pairing}' is not answered here.",
         "Name the column that holds the pair or litter as strata."),
        (ask.trend and ask.test not in ("auto", "logrank", "peto", "gehan", "tarone-ware"),
         f"test = '{ask.test}' does not answer a trend.", 'Write test = "auto".'),
        (ask.versus is not None and ask.all_pairs,
         "versus and all_pairs contradict each other.", "Keep one of them."),
    )  # fmt: skip
    return [fault(ask, message, remedy) for wrong, message, remedy in rules if wrong]


def read_units(
    frame: pl.DataFrame, ask: Contrast, groups: Sequence[str], strata: str | None
) -> Iterator[Units]:
    """Sort units into the strata of `within`, checked.

    Raises
    ------
    InputError
        If a time or event is empty or impossible, or a unit stands twice.

    Examples
    --------
    >>> frame = pl.DataFrame({"unit_id": ["1"], "time": [3.0], "event": [1], "arm": ["a"]})
    >>> [u.time.tolist() for u in read_units(frame, Contrast(quantity="t", between="arm"), ["a"],
    ...                                      None)]
    [[3.0]]
    """
    names = [n for n in ("block", "assay", *ask.within) if n in frame.columns]
    frame = frame.drop_nulls([ask.between]).sort([*names, ask.between, "unit_id"], nulls_last=True)
    rows = (r for r in frame.iter_rows(named=True) if label(r[ask.between]) in groups)
    for what, members in groupby(rows, lambda r: tuple(r[n] for n in names)):
        keys = {"block": "", "assay": "", **dict(zip(names, what, strict=True))}
        yield _units(keys, list(members), ask, strata)


def _units(
    keys: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], ask: Contrast, strata: str | None
) -> Units:
    faults = [f for row in rows for f in _row_faults(row, ask, strata)]
    raise_all(faults)
    group = tuple(label(row[ask.between]) for row in rows)
    unit = tuple(str(row["unit_id"]) for row in rows)
    _once(ask, group, unit)
    codes = None
    if strata is not None:
        names = sorted({label(row[strata]) for row in rows})
        codes = np.array([names.index(label(row[strata])) for row in rows], dtype=np.int64)
    return Units(
        keys, unit, group,
        np.array([float(row["time"]) for row in rows], dtype=np.float64),
        np.array([bool(row["event"]) for row in rows], dtype=bool),
        codes,
    )  # fmt: skip


def _row_faults(row: Mapping[str, Any], ask: Contrast, strata: str | None) -> Iterator[Problem]:
    who = f"unit '{row['unit_id']}' in {label(row[ask.between])}"
    time, event = row["time"], row["event"]
    if time is None or not np.isfinite(float(time)) or float(time) < 0.0:
        said = "no time" if time is None else f"the time {time:g}"
        yield fault(ask, f"{who} has {said}.",
                    "Write the day of the event, or of the last visit.")  # fmt: skip
    if event not in (0, 1, False, True):
        yield fault(ask, f"{who} has the event {event!r}.",
                    "Write 1 (event seen) or 0 (not until then).")  # fmt: skip
    if strata is not None and row[strata] is None:
        yield fault(ask, f"{who} has no {strata}.", "Fill it, or leave strata out.")


def _once(ask: Contrast, group: Sequence[str], unit: Sequence[str]) -> None:
    """Refuse a unit that stands twice in a group, or in two groups without saying so."""
    pairs = list(zip(group, unit, strict=True))
    twice = next((p for p in pairs if pairs.count(p) > 1), None) if len(set(pairs)) < len(
        pairs
    ) else None  # fmt: skip
    if twice:
        message = f"unit '{twice[1]}' has several times in {twice[0]}."
        raise InputError(fault(ask, message, "Give one row per unit, or split by `within`."))
    if ask.pairing == "auto" and len(set(unit)) < len(unit):
        name = next(u for u in unit if unit.count(u) > 1)
        message = (
            f"unit '{name}' stands in more than one {ask.between}: the same one, or numbered anew?"
        )
        remedy = 'Write pairing = "unpaired" (numbered anew), or make the names unique.'
        raise InputError(fault(ask, message, remedy))
