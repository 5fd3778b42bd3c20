"""Pooled numbers that hang on one unit: what becomes of them when it is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.report.names import Names
from exportin.report.tables import natural
from exportin.results.formatting import LOG_SCALES, format_estimate, key_text
from exportin.results.phrases import Row
from exportin.results.typography import typeset

FOLD = 1.5
"""Change by which a number is said to hang on one unit. A potency assay counts as repeatable if
runs agree within threefold (minimum significant ratio, Eastwood et al. 2006, J Biomol Screen
11:253-261); half of that on the log scale is 1.7, here rounded down."""
ENDS = ("value", "lowest", "highest")
FIXED = frozenset({
    *("block", "assay", "quantity", "units", "bound", "n_units", "moves_it_most", "remark"),
    *(*ENDS, "lowest_without", "highest_without"),
})  # fmt: skip
ALONE = {"conf_low": None, "conf_high": None, "conf_open": "none", "status": "ok"}


@dataclass(frozen=True, slots=True)
class Hanging:
    """One pooled number, and what it is without one unit or the other."""

    keys: tuple[str, ...]
    label: str
    value: str
    lowest: str
    highest: str
    remark: str
    id: str = ""  # of the number with all units


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The numbers that hang on one unit, of so many that were looked at."""

    keys: tuple[str, ...]
    rows: tuple[Hanging, ...]
    judged: int
    fold: float = FOLD

    @property
    def others(self) -> int:
        """Numbers that change less."""
        return self.judged - len(self.rows)


def left_out(
    frame: pl.DataFrame, names: Names, pooled: pl.DataFrame | None = None
) -> LeftOut | None:
    """Choose what leaving one unit out turns into a bound, moves far, or out of its interval.

    Far is a factor of more than `FOLD` on a log scale; a fold change of a plateau near zero says
    nothing, so that other numbers are held against their own interval only. None where no number
    was pooled over enough units.

    Parameters
    ----------
    frame
        Rows of ``leave_one_out.csv`` of one block.
    names
        Words and scales of its quantities.
    pooled
        The rows of Estimates of the block, for the interval of each number; none are judged
        against it without.
    """
    known = [key for key in frame.columns if key not in FIXED]
    limits = _limits(pooled, known) if pooled is not None else {}
    ids = _ids(pooled, known) if pooled is not None else {}
    every = [
        {**row, "remark": _remark(row, limits.get(_place(row, known), (None, None)))}
        for row in frame.to_dicts()
        if _scale(row, names) in LOG_SCALES or _place(row, known) in limits
    ]
    if not every:
        return None
    found = [
        row
        for row in every
        if row["remark"] or (_scale(row, names) in LOG_SCALES and fold_change(row) > FOLD)
    ]
    keys = [key for key in known if any(row[key] is not None for row in found or every)]
    found.sort(key=lambda row: (names.rank(row["quantity"]), *(natural(row[k]) for k in keys)))
    return LeftOut(
        tuple(keys),
        tuple(_hanging(row, keys, names, ids.get(_place(row, known), "")) for row in found),
        len(every),
    )


def fold_change(row: Mapping[str, Any]) -> float:
    """Return the largest change, as a factor of at least 1; 1 where a number is absent.

    >>> fold_change({"value": 20.0, "lowest": 10.0, "highest": 28.0})
    2.0
    """
    value, lowest, highest = (row[name] for name in ENDS)
    if not value or not lowest or not highest:
        return 1.0
    return float(max(value / lowest, highest / value, 1.0))


def _place(row: Row, keys: list[str]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("block", "assay", "quantity", *keys))


def _limits(
    estimates: pl.DataFrame, keys: list[str]
) -> dict[tuple[Any, ...], tuple[float | None, float | None]]:
    """Intervals of the pooled numbers, by what they are numbers of."""
    known = pl.any_horizontal(pl.col("conf_low", "conf_high").is_not_null())
    rows = estimates.filter(pl.col("unit_id").is_null(), known, pl.col("bound") == "=").to_dicts()
    return {_place(row, keys): (row["conf_low"], row["conf_high"]) for row in rows}


def _ids(estimates: pl.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], str]:
    """Ids of the pooled numbers, by what they are numbers of."""
    rows = estimates.filter(pl.col("unit_id").is_null()).to_dicts()
    return {_place(row, keys): row.get("id", "") for row in rows}


def _remark(row: Row, limits: tuple[float | None, float | None]) -> str:
    """Say what turns into a bound, and without which unit a number leaves its own interval."""
    low, high = limits
    beyond = []
    if low is not None and row["lowest"] is not None and row["lowest"] < low:
        beyond.append(f"without {row['lowest_without']} below its interval")
    if high is not None and row["highest"] is not None and row["highest"] > high:
        beyond.append(f"without {row['highest_without']} above its interval")
    return "; ".join([*([row["remark"]] if row["remark"] else []), *beyond])


def _scale(row: Row, names: Names) -> str:
    known = names.known.get(row["quantity"])
    return known.scale if known else ""


def _hanging(row: Row, keys: list[str], names: Names, row_id: str) -> Hanging:
    scale = {**ALONE, "scale": _scale(row, names), "units": row["units"]}
    ends = {
        end: format_estimate({**scale, "bound": "=", "value": row[end]}) if row[end] else ""
        for end in ENDS
    }
    own = {**scale, "bound": row["bound"], "value": row["value"]}
    return Hanging(
        keys=tuple(key_text(row[key]) for key in keys),
        label=names.label(row["quantity"]),
        value=typeset(format_estimate(own)) if row["value"] else "",
        lowest=_without(ends["lowest"], row["lowest_without"]),
        highest=_without(ends["highest"], row["highest_without"]),
        remark=row["remark"],
        id=row_id,
    )


def _without(end: str, unit: str) -> str:
    return f"{typeset(end)} without {unit}" if end else ""
