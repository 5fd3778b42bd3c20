"""A store for someone who waits: results are there at once and on the disk a moment later."""

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from queue import SimpleQueue
from threading import Condition, Thread

import polars as pl

from exportin.study.store import Store

KEPT_BYTES = 256_000_000
"""Bytes of results held in memory; what was used longest ago is read from the disk again."""
KEPT_FRAMES = 400

Row = tuple[str, str, str, dict[str, str]]
Task = tuple[str, bytes] | Row | None


@dataclass(frozen=True)
class WarmStore(Store):
    """A store whose files are written behind, in order: files first, then what vouches for them.

    A computer that dies loses results not yet written, which the next run computes again; what a
    person decided stands in the ledger, which is written before anyone is answered.
    """

    memory: "OrderedDict[str, bytes]" = field(default_factory=OrderedDict, repr=False)
    frames: "OrderedDict[str, pl.DataFrame]" = field(default_factory=OrderedDict, repr=False)
    rows: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    _tasks: "SimpleQueue[Task]" = field(default_factory=SimpleQueue, repr=False)
    _unwritten: dict[str, int] = field(default_factory=dict, repr=False)
    _done: Condition = field(default_factory=Condition, repr=False)

    def __post_init__(self) -> None:
        Thread(target=self._write_behind, name="store", daemon=True).start()

    def put(self, data: bytes) -> str:
        """Keep bytes, written in a moment, and return their digest."""
        digest = sha256(data).hexdigest()
        with self._done:
            if digest in self.memory:
                return digest
            self._remember(digest, data)
            if self.path(digest).is_file():
                return digest
            self._unwritten[digest] = len(data)
        self._tasks.put((digest, data))
        return digest

    def get(self, digest: str) -> bytes:
        """Return kept bytes, from memory where they are."""
        with self._done:
            found = self.memory.get(digest)
        if found is not None:
            return found
        data = super().get(digest)
        with self._done:
            self._remember(digest, data)
        return data

    def frame(self, digest: str, read: pl.DataFrame | None = None) -> pl.DataFrame | None:
        """Return a frame that was read before, or remember one that was read now."""
        with self._done:
            if read is not None:
                self.frames[digest] = read
            while len(self.frames) > KEPT_FRAMES:
                self.frames.popitem(last=False)
            return self.frames.get(digest)

    def find(self, keys: list[str]) -> dict[str, dict[str, str]]:
        """Return outputs of those steps that are complete, on the disk or on their way."""
        known = {key: self.rows[key] for key in keys if key in self.rows}
        return known | super().find([key for key in keys if key not in known])

    def record(self, key: str, step: str, spec: str, outputs: Mapping[str, str]) -> None:
        """Say that a step is done; written after its files."""
        self.rows[key] = dict(outputs)
        with self._done:
            self._unwritten[key] = 0
        self._tasks.put((key, step, spec, dict(outputs)))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Open the index only where it is asked: most of what is wanted is in memory."""
        yield

    def flush(self) -> None:
        """Wait until everything is written, as other processes need it."""
        with self._done:
            self._done.wait_for(lambda: not self._unwritten)

    def close(self) -> None:
        """Write what is left and end."""
        self._tasks.put(None)

    def _remember(self, digest: str, data: bytes) -> None:
        self.memory[digest] = data
        held = sum(map(len, self.memory.values())) if len(self.memory) % 64 == 0 else 0
        while held > KEPT_BYTES and len(self.memory) > 1:
            old, gone = next((d, b) for d, b in self.memory.items() if d not in self._unwritten)
            held -= len(gone)
            del self.memory[old]

    def _write_behind(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                if len(task) == 2:
                    Store.put(self, task[1])
                else:
                    self._write_row(task)
            except OSError:  # disk full or read-only: computed again by the next run, which says so
                self.rows.pop(task[0], None)
            with self._done:
                self._unwritten.pop(task[0], None)
                self._done.notify_all()

    def _write_row(self, task: Row) -> None:
        key, step, spec, outputs = task
        if all(self.path(digest).is_file() for digest in outputs.values()):
            with Store.held(self), self._index() as base:
                row = (key, step, spec, json.dumps(outputs, sort_keys=True))
                base.execute("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)", row)
