"""Estimates and tests arranged for the page: grouped, sorted, nothing computed."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.report.families import coverage
from exportin.report.names import Names
from exportin.results.formatting import format_cell
from exportin.results.phrases import Row
from exportin.results.schema import ResultTable
from exportin.results.single import stand_ins
from exportin.results.tables import Tests
from exportin.study.outcome import BlockOutcome
from exportin.tables.columns import kept

PLATE = "plate"  # key of the rows that describe a plate and no effect
MANY_CURVES = 200  # from here on, rows of single units stay in estimates.csv


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    title: str
    note: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of the page: which keys it shows, the level of its intervals, its groups."""

    keys: tuple[str, ...]
    level: str  # "95 %", or empty where rows differ
    groups: tuple[Group, ...]

    @property
    def technical(self) -> bool:
        """Whether every number rests on one unit, so that no interval is between units."""
        rows = [row for group in self.groups for row in group.rows]
        return bool(rows) and all(row.get("_unit") or row["n_units"] in (0, 1) for row in rows)

    @property
    def count(self) -> int:
        """Number of rows."""
        return sum(len(group.rows) for group in self.groups)

    def has(self, column: str) -> bool:
        """Whether any row has something in a column."""
        return any(row[column] is not None for group in self.groups for row in group.rows)


def natural(value: Any) -> tuple[tuple[int, float, str], ...]:
    """Sort key that puts LP2 before LP10, and nothing before everything.

    >>> sorted(["LP10", "LP2", None], key=natural)
    [None, 'LP2', 'LP10']
    """
    if value is None:
        return ()
    if isinstance(value, int | float):
        return ((0, float(value), ""),)
    parts = re.split(r"([0-9]+)", str(value))
    return tuple((0, float(p), p) if p.isdecimal() else (1, 0.0, p.casefold()) for p in parts if p)


def without_plates(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of Estimates that describe no plate.

    >>> without_plates(pl.DataFrame({"value": [1.0, 0.7], "plate": [None, "P1"]})).height
    1
    """
    return kept(frame, frame.get_column(PLATE).is_null()) if PLATE in frame.columns else frame


def numbers_of(table: ResultTable) -> list[dict[str, Any]]:
    """Return the rows that describe no plate, as mappings that nobody may change."""
    return [row for row in table.rows if row.get(PLATE) is None]


def _rows(table: ResultTable, *, pooled: bool | None = None) -> list[dict[str, Any]]:
    rows = numbers_of(table)
    if pooled is None:
        return rows
    return [row for row in rows if (row["unit_id"] is None) == pooled]


def _listing(
    rows: Sequence[Row],
    keys: Iterable[str],
    titles: Mapping[tuple[Any, ...], tuple[str, str]],
    orders: Mapping[str, Mapping[str, int]],
) -> Listing:
    """Put rows under their titles; ``titles`` maps a group, by its row's ``_group``, to words."""
    used = tuple(key for key in keys if any(row[key] is not None for row in rows))
    groups = []
    for group, (title, note) in titles.items():
        own = [row for row in rows if row["_group"] == group]
        own.sort(key=lambda row: tuple(_place(row[key], orders.get(key, {})) for key in used))
        groups.append(Group(title, note, own))
    return Listing(used, _level(rows), tuple(groups))


def _level(rows: Sequence[Row]) -> str:
    told = [row.get("_unit") or row for row in rows]
    levels = {format_cell(row, "conf_level") for row in told if row["conf_level"] is not None}
    return levels.pop() if len(levels) == 1 else ""


def estimate_listing(block: BlockOutcome, names: Names, *, pooled: bool) -> Listing | None:
    """Return the numbers between units (pooled), or those of single units; None if none.

    A pooled row of one unit carries that unit's own row as ``_unit``.
    """
    alone = stand_ins(block.estimates.rows, block.estimates.keys) if pooled else {}
    rows = [
        {**row, "_group": (row["quantity"],), "_unit": alone.get(row["id"])}
        for row in _rows(block.estimates, pooled=pooled)
    ]
    if not rows:
        return None
    found = sorted({row["quantity"]: None for row in rows}, key=names.rank)
    titles = {(name,): (names.label(name), names.estimand(name)) for name in found}
    keys = (*block.estimates.keys, *(() if pooled else ("unit_id",)))
    return _listing(rows, keys, titles, _orders(block))


def _orders(block: BlockOutcome) -> dict[str, dict[str, int]]:
    """Order of groups: as the study file says, or as the assay gives those beside a control."""
    frame, control = block.estimates.frame, block.settings.get("control")
    said = block.settings.get("order")
    found: dict[str, dict[str, int]] = {}
    if isinstance(said, list | tuple) and said:
        for key in block.estimates.keys:
            known = sorted(frame.get_column(key).drop_nulls().unique().to_list(), key=natural)
            if set(said) & set(known):
                names = [*(name for name in said if name in known), *known]
                found[key] = {name: place for place, name in enumerate(dict.fromkeys(names))}
    if not isinstance(control, str):
        return found
    for key in block.estimates.keys:
        values = frame.get_column(key).drop_nulls().unique(maintain_order=True).to_list()
        if control in values:
            found[key] = {value: place for place, value in enumerate(values)}
    return found


def _place(value: Any, order: Mapping[str, int]) -> tuple[tuple[int, float, str], ...]:
    return ((0, float(order[value]), ""),) if value in order else natural(value)


QUESTION = ("quantity", "effect_kind", "alternative", "pairing", "family")


def comparison_listing(block: BlockOutcome, names: Names) -> Listing | None:
    """Return the comparisons between units, a group per question and family; None if none."""
    return _comparisons(block.tests, names)


def within_listing(block: BlockOutcome, names: Names) -> Listing | None:
    """Return the technical comparisons within single units; None if none was asked."""
    return _comparisons(block.within, names)


def _comparisons(table: Tests, names: Names) -> Listing | None:
    """Put tests in groups, one per question and family.

    Where tests of one group differ (too few units for a t test), each row carries its ``_test``.
    """
    rows = [{**row, "_group": tuple(row[c] for c in QUESTION)} for row in _rows(table)]
    if not rows:
        return None
    rows.sort(key=lambda row: names.rank(row["quantity"]))
    used: dict[tuple[Any, ...], list[str]] = {}
    for row in rows:
        tests = used.setdefault(row["_group"], [])
        tests += [row["test"]] if row["test"] not in tests else []
    rows = [{**row, "_test": row["test"] if used[row["_group"]][1:] else ""} for row in rows]
    titles = {
        row["_group"]: (names.label(row["quantity"]), _question(row, used[row["_group"]], names))
        for row in rows
    }
    return _listing(rows, table.keys, titles, {})


def _question(row: Row, tests: Sequence[str], names: Names) -> str:
    """Say effect, tests, family and what the intervals cover, quantities by their labels."""
    kind, family = (names.words(row[c], row["quantity"]) for c in ("effect_kind", "family"))
    technical = row["interval_level"] == "within"  # wells of one unit: nothing is paired
    pairing = "" if technical else row["pairing"]
    words = ", ".join(w for w in (kind, " or ".join(tests), row["alternative"], pairing) if w)
    limits = coverage(row["family"]) if row["conf_level"] is not None and not technical else ""
    return "; ".join(part for part in (words, family, limits) if part)


def curves(block: BlockOutcome) -> int:
    """Count curves: the most single-unit rows that one quantity has."""
    counts = Counter(row["quantity"] for row in _rows(block.estimates, pooled=False))
    return max(counts.values(), default=0)
