"""A store for someone who waits: results are there at once and on the disk a moment later."""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from queue import SimpleQueue
from threading import Condition, Event, Thread
from typing import Any, TypeVar

import polars as pl

from exportin.study.store import DamagedError, Store

KEPT_BYTES = 256_000_000
"""Bytes of results held in memory; what was used longest ago is read from the disk again."""
KEPT_TABLES, KEPT_TABLE_BYTES = 800, 512_000_000
PATIENCE_S = 0.5
"""Seconds after which who waits for the disk looks whether anyone still writes."""
LATER_S = 1.0
"""Seconds that what is to be written waits; a click is answered within them."""

T = TypeVar("T")
Row = tuple[str, str, str, dict[str, str]]
Entry = tuple[str, bytes] | Row
Task = Entry | None


@dataclass(frozen=True)
class WarmStore(Store):
    """A store whose files are written behind, in order: files first, then what vouches for them.

    A computer that dies loses results not yet written, which the next run computes again; what a
    person decided stands in the ledger, which is written before anyone is answered.
    """

    memory: "OrderedDict[str, bytes]" = field(default_factory=OrderedDict, repr=False)
    tables: "OrderedDict[tuple[str, str], tuple[Any, int]]" = field(
        default_factory=OrderedDict, repr=False
    )  # by digest and kind, with the bytes of each
    rows: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    _read: list[bool] = field(default_factory=list, repr=False)  # whether the index was looked at
    _tasks: "SimpleQueue[Task]" = field(default_factory=SimpleQueue, repr=False)
    _unwritten: dict[str, int] = field(default_factory=dict, repr=False)
    _table_bytes: list[int] = field(default_factory=lambda: [0], repr=False)
    _held_bytes: list[int] = field(default_factory=lambda: [0], repr=False)  # in memory
    _done: Condition = field(default_factory=Condition, repr=False)
    _trouble: list[OSError] = field(default_factory=list, repr=False)
    _writer: list[Thread] = field(default_factory=list, repr=False)
    _ended: list[bool] = field(default_factory=list, repr=False)
    _hurry: Event = field(default_factory=Event, repr=False)

    def __post_init__(self) -> None:
        self._writer.append(Thread(target=self._write_behind, name="store", daemon=True))
        self._writer[0].start()

    def put(self, data: bytes) -> str:
        """Keep bytes, written in a moment, and return their digest."""
        digest = sha256(data).hexdigest()
        with self._done:
            if digest in self.memory:
                return digest
            self._remember(digest, data)
            if self.path(digest).is_file():
                return digest
            self._later((digest, data))
        return digest

    def get(self, digest: str) -> bytes:
        """Return kept bytes, from memory where they are."""
        with self._done:
            found = self.memory.get(digest)
            if found is not None:
                self.memory.move_to_end(digest)
        if found is not None:
            return found
        data = super().get(digest)
        with self._done:
            self._remember(digest, data)
        return data

    def opened(self, digest: str, kind: str, read: Callable[[], T]) -> T:
        """Return a stored table, from memory where it was read before, else as ``read`` does."""
        name = (digest, kind)
        with self._done:
            if name in self.tables:
                self.tables.move_to_end(name)
                return self.tables[name][0]  # type: ignore[no-any-return]
        made = read()
        frame = made if isinstance(made, pl.DataFrame) else None  # what wraps a frame adds nothing
        size = 0 if frame is None else int(frame.estimated_size())
        with self._done:
            if name not in self.tables:
                self._table_bytes[0] += size
            self.tables[name] = (made, size)
            while len(self.tables) > KEPT_TABLES or (
                self._table_bytes[0] > KEPT_TABLE_BYTES and len(self.tables) > 1
            ):
                self._table_bytes[0] -= self.tables.popitem(last=False)[1][1]
        return made

    def find(self, keys: list[str]) -> dict[str, dict[str, str]]:
        """Return outputs of those steps that are complete, on the disk or on their way.

        The index is read once: opening it takes longer than most steps, and what another process
        computes meanwhile is only computed here as well.
        """
        if not self._read:
            with suppress(DamagedError):  # the index is a cache, and is begun anew
                self._read_index()
            self._read.append(True)
        return {key: self.rows[key] for key in keys if key in self.rows and self._whole(key)}

    def _read_index(self) -> None:
        with Store.held(self), self._index() as base:
            for key, outputs in base.execute("SELECT key, outputs FROM steps"):
                with suppress(ValueError):
                    self.rows.setdefault(key, json.loads(outputs))

    def _whole(self, key: str) -> bool:
        """Whether every file of a step is there, in memory or on the disk."""
        named = self.rows[key].values()
        return all(digest in self.memory or self.path(digest).is_file() for digest in named)

    def record(self, key: str, step: str, spec: str, outputs: Mapping[str, str]) -> None:
        """Say that a step is done; written after its files."""
        self.rows[key] = dict(outputs)
        with self._done:
            self._later((key, step, spec, dict(outputs)))

    def _later(self, task: Entry) -> None:
        """Have something written; a store that was closed writes it now. Hold ``_done``."""
        if self._ended:
            self._write(task)
            return
        self._unwritten[task[0]] = self._unwritten.get(task[0], 0) + 1
        self._tasks.put(task)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Open the index only where it is asked: most of what is wanted is in memory."""
        yield

    def flush(self) -> None:
        """Wait until everything is written, as other processes need it.

        Raises
        ------
        DamagedError
            If something could not be written since it was last asked, and why.
        """
        self._hurry.set()
        with self._done:
            while self._unwritten and self._writer[0].is_alive():
                self._done.wait(PATIENCE_S)
            if not self._ended:
                self._hurry.clear()
            said = self._trouble.copy()
            self._trouble.clear()
        if said:
            why = said[-1].strerror or said[-1]
            raise DamagedError(f"results could not be written: {why}") from said[-1]

    def close(self) -> None:
        """Write what is left and end; returns when it is written."""
        with self._done:
            if not self._ended:
                self._ended.append(True)
                self._tasks.put(None)
        self._hurry.set()
        self._writer[0].join()

    def _remember(self, digest: str, data: bytes) -> None:
        """Keep bytes in memory; what was used longest ago goes, once it is written."""
        if digest not in self.memory:
            self._held_bytes[0] += len(data)
        self.memory[digest] = data
        while self._held_bytes[0] > KEPT_BYTES:
            old = next((one for one in self.memory if one not in self._unwritten), digest)
            if old == digest:
                return
            self._held_bytes[0] -= len(self.memory.pop(old))

    def _write_behind(self) -> None:
        while (task := self._tasks.get()) is not None:
            # who clicked is served first: disk and interpreter are theirs until they have an answer
            self._hurry.wait(LATER_S if self._tasks.empty() else 0.0)
            self._write(task)
            with self._done:
                left = self._unwritten.pop(task[0], 1) - 1
                if left > 0:
                    self._unwritten[task[0]] = left
                self._done.notify_all()

    def _write(self, task: Entry) -> None:
        """Write a file or a row; what cannot be written is computed again by the next run."""
        try:
            try:
                self._write_now(task)
            except DamagedError:  # the index; it is gone now
                self._write_now(task)
        except OSError as error:  # disk full or read-only: said to who needs it on the disk
            self._trouble.append(error)
        except Exception as error:  # noqa: BLE001 - whoever waits must not wait for ever
            self._trouble.append(OSError(None, str(error), str(self.root)))

    def _write_now(self, task: Entry) -> None:
        if len(task) == 2:
            Store.put(self, task[1])
        else:
            self._write_row(task)

    def _write_row(self, task: Row) -> None:
        key, step, spec, outputs = task
        if all(self.path(digest).is_file() for digest in outputs.values()):
            with Store.held(self), self._index() as base:
                row = (key, step, spec, json.dumps(outputs, sort_keys=True))
                base.execute("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)", row)
