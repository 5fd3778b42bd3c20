"""Tables to bytes and back, for the store: Parquet and JSON, never pickle."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from io import BytesIO
from typing import Any, TypeVar

import polars as pl

from exportin.results.schema import ResultTable
from exportin.study.store import Store
from exportin.tables.origin import Origin
from exportin.tables.problems import Problem
from exportin.tables.table import Table

ResultT = TypeVar("ResultT", bound=ResultTable)
TableT = TypeVar("TableT", bound=Table)


def put_frame(store: Store, frame: pl.DataFrame) -> str:
    """Store a frame as Parquet and return its digest."""
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return store.put(buffer.getvalue())


def get_frame(store: Store, digest: str) -> pl.DataFrame:
    """Return a stored frame."""
    return pl.read_parquet(BytesIO(store.get(digest)))


def get_result(store: Store, digest: str, kind: type[ResultT]) -> ResultT:
    """Return a stored result table, checked again."""
    return kind(get_frame(store, digest))


def put_json(store: Store, value: Any) -> str:
    """Store a value as JSON and return its digest."""
    return store.put(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


def get_json(store: Store, digest: str) -> Any:
    """Return a stored JSON value."""
    return json.loads(store.get(digest))


def problems_to_json(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Return problems as plain mappings."""
    return [asdict(problem) for problem in problems]


def problems_from_json(items: Iterable[Mapping[str, Any]]) -> tuple[Problem, ...]:
    """Return problems from plain mappings."""
    return tuple(Problem(**item) for item in items)


def table_meta(table: Table) -> dict[str, Any]:
    """Return what a table carries beside its rows."""
    return {
        "origins": [asdict(origin) for origin in table.origins],
        "notes": problems_to_json(table.notes),
        "unread": list(table.unread),
    }


def table_from(kind: type[TableT], frame: pl.DataFrame, meta: Mapping[str, Any]) -> TableT:
    """Return the table that ``table_meta`` and its frame describe."""
    return kind(
        frame=frame,
        origins=tuple(Origin(**origin) for origin in meta["origins"]),
        notes=problems_from_json(meta["notes"]),
        unread=tuple(meta["unread"]),
    )
