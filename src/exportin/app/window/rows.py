"""Raw rows and plates as JSON, each row with what was said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from exportin.app.window.desk import Desk
from exportin.study.outcome import BlockOutcome
from exportin.tables.wellcells import smallest_plate
from exportin.tables.wells import PLATES

SHOWN = ("treatment", "dose", "dose_unit")
LARGEST = max(PLATES)
WHEN = ("day", "date", "time")  # of rows with one name before the @, the earlier first
WIDE = 20  # digits to which a number in a name is filled up for sorting


@dataclass(frozen=True, slots=True)
class Rows:
    """Joined rows of a block in natural order, why rows are out, and what else was flagged."""

    frame: pl.DataFrame
    out: Mapping[str, str]
    flags: Mapping[str, tuple[str, ...]]


def rows_of(desk: Desk, version: str, block: BlockOutcome) -> Rows:
    """Return the rows of a block; kept per version."""
    return desk.keep("rows", (version, block.name), lambda: _rows(desk, block))


def _rows(desk: Desk, block: BlockOutcome) -> Rows:
    if not block.rows:
        return Rows(pl.DataFrame({"row_id": []}, schema={"row_id": pl.String}), {}, {})
    frame = in_natural_order(desk.session.frame(block.rows))
    out: dict[str, str] = {}
    flags: dict[str, tuple[str, ...]] = {}
    for flag in block.flags.frame.select("row_id", "rule", "severity", "message").to_dicts():
        row = flag["row_id"]
        if row is None:
            continue
        flags[row] = (*flags.get(row, ()), f"{flag['rule']}: {flag['message']}")
        if flag["severity"] == "exclude":
            said = flag["message"] or flag["rule"]
            out[row] = f"{out[row]}; {said}" if row in out else said
    return Rows(frame, out, flags)


def in_natural_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows by name as people count: P2 before P10, visits of an animal by their day.

    >>> rows = pl.DataFrame({"row_id": ["P10.csv:B10", "P10.csv:B2", "P2.csv:B10"]})
    >>> in_natural_order(rows).get_column("row_id").to_list()
    ['P2.csv:B10', 'P10.csv:B2', 'P10.csv:B10']
    """
    name = pl.col("row_id")
    when = [pl.col(column) for column in WHEN if column in frame.columns]
    return frame.sort(
        _counted(name.str.replace(r"@[^@]*$", "")), *when, _counted(name), name, maintain_order=True
    )


def _counted(name: pl.Expr) -> pl.Expr:
    """Fill the numbers of a name up with zeros, so that sorting it as text sorts it by size."""
    filled = name.str.to_lowercase().str.replace_all(r"[0-9]+", f"{'0' * WIDE}${{0}}")
    return filled.str.replace_all(rf"[0-9]*([0-9]{{{WIDE}}})", "${1}")


def rows_json(rows: Rows, *, offset: int, limit: int, find: str) -> dict[str, Any]:
    """Return a part of the rows, those in which a text stands if one is given."""
    frame = rows.frame
    if find:
        text = find.casefold()
        has = pl.any_horizontal(
            pl.col(name).cast(pl.String).str.to_lowercase().str.contains(text, literal=True)
            for name in frame.columns
        )
        frame = frame.filter(has.fill_null(value=False))
    part = frame.slice(offset, limit)
    return {
        "total": frame.height,
        "columns": [*frame.columns, "out"],
        "rows": [row | {"out": rows.out.get(row["row_id"], "")} for row in part.to_dicts()],
    }


def plates_json(rows: Rows, decided: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the wells of each plate of each file; ``decided`` are rows that people left out."""
    frame = rows.frame
    if "well" not in frame.columns:
        return []
    keys = [name for name in ("file", "sample_id") if name in frame.columns]
    wells = frame.filter(pl.col("well").is_not_null())
    return [
        {
            **dict(zip(keys, key, strict=True)),
            "size": smallest_plate(part.get_column("well").to_list()) or LARGEST,
            "wells": [_well(row, rows, decided) for row in part.to_dicts()],
        }
        for key, part in wells.group_by(keys, maintain_order=True)
    ]


def _well(row: Mapping[str, Any], rows: Rows, decided: Mapping[str, str]) -> dict[str, Any]:
    row_id = row["row_id"]
    out = rows.out.get(row_id, "")
    return {
        "well": row["well"],
        "row_id": row_id,
        "value": row.get("value"),
        "cause": row.get("cause") or "",
        "role": row.get("role") or "",
        **{name: row.get(name) for name in SHOWN},
        **({"target": row["target"]} if "target" in row else {}),
        "out": out or decided.get(row_id, ""),
        "by_person": row_id in decided,
        "flags": list(rows.flags.get(row_id, ())),
    }
