"""Tables to bytes and back, for the store: Arrow streams and JSON, never pickle."""

import json
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from io import BytesIO
from typing import Any, Literal, TypeVar

import polars as pl

from exportin.results.schema import ResultTable
from exportin.study.store import Store
from exportin.tables.origin import Origin
from exportin.tables.problems import Problem
from exportin.tables.table import Table

ResultT = TypeVar("ResultT", bound=ResultTable)
TableT = TypeVar("TableT", bound=Table)
FRAME = "frame"
PLAIN = pl.CompatLevel.oldest()
SMALL = 16_000
"""Bytes below which compression takes longer than it saves."""


def put_frame(store: Store, frame: pl.DataFrame) -> str:
    """Store a frame as an Arrow stream and return its digest.

    A small table is written and read in a hundredth of the time that Parquet takes, and a click
    makes a dozen of them.
    """
    # reading drops what a filter left behind in memory: equal rows give equal bytes
    kept = _read(_written(frame, "uncompressed"))
    small = kept.estimated_size() < SMALL
    digest = store.put(_written(kept, "uncompressed" if small else "zstd"))
    store.opened(digest, FRAME, lambda: kept)
    return digest


def _written(frame: pl.DataFrame, compression: Literal["uncompressed", "zstd"]) -> bytes:
    """Return a frame as bytes: in one piece and with plain strings."""
    buffer = BytesIO()
    frame.rechunk().write_ipc_stream(buffer, compression=compression, compat_level=PLAIN)
    return buffer.getvalue()


def _read(data: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(BytesIO(data))


def get_frame(store: Store, digest: str) -> pl.DataFrame:
    """Return a stored frame."""
    return store.opened(digest, FRAME, lambda: _read(store.get(digest)))


def get_result(store: Store, digest: str, kind: type[ResultT]) -> ResultT:
    """Return a stored result table, checked again where it comes from the disk."""
    return store.opened(digest, kind.kind, lambda: kind(get_frame(store, digest)))


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


class StoredBlobs(Mapping[str, bytes]):
    """Blobs that lie in the store and are read when asked for, one at a time."""

    def __init__(self, store: Store, digests: Mapping[str, str]) -> None:
        self.store, self.digests = store, dict(digests)

    def __getitem__(self, name: str) -> bytes:
        return self.store.get(self.digests[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.digests)

    def __len__(self) -> int:
        return len(self.digests)


def merged_blobs(tables: Iterable[Table]) -> Mapping[str, bytes]:
    """Return the blobs of several tables as one; what lies in a store is not read."""
    held = [table.blobs for table in tables if table.blobs]
    stored = [blobs for blobs in held if isinstance(blobs, StoredBlobs)]
    if not held or len(stored) < len(held):
        return ChainMap(*[dict(blobs) for blobs in held])
    digests = {name: digest for blobs in stored for name, digest in blobs.digests.items()}
    return StoredBlobs(stored[0].store, digests)


def put_blobs(store: Store, table: Table) -> dict[str, str]:
    """Store what a table carries beside its rows and meta; return the digest of each."""
    if isinstance(table.blobs, StoredBlobs):
        return table.blobs.digests
    return {name: store.put(table.blobs[name]) for name in table.blobs}


def put_meta(store: Store, table: Table, blobs: Mapping[str, str]) -> str:
    """Store what a table carries beside its rows."""
    meta = {
        "origins": [asdict(origin) for origin in table.origins],
        "notes": problems_to_json(table.notes),
        "unread": list(table.unread),
    }
    return put_json(store, meta | ({"blobs": dict(blobs)} if blobs else {}))


def get_table(store: Store, kind: type[TableT], frame: str, meta: str) -> TableT:
    """Return a stored table; its blobs stay in the store until they are opened."""
    about = get_json(store, meta)
    return kind(
        frame=get_frame(store, frame),
        origins=tuple(Origin(**origin) for origin in about["origins"]),
        notes=problems_from_json(about["notes"]),
        unread=tuple(about["unread"]),
        blobs=StoredBlobs(store, about.get("blobs", {})),
    )
