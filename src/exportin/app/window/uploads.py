"""Keeps the files of one drop together until the last of them is here."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from exportin.app.window.answers import refused
from exportin.app.window.limits import Limits

BATCHES = 8
MOST_GONE = 1_000


@dataclass
class Uploads:
    """Files that were sent with ``more=1``; nothing of them is on disk, nothing outlives a stop."""

    limits: Limits
    _batches: "OrderedDict[str, dict[str, bytes]]" = field(default_factory=OrderedDict)
    _gone: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def room(self, batch: str | None = None) -> int:
        """Bytes that may still be sent; a batch that is named has all room, as others give way."""
        with self._lock:
            if batch is None:
                return self.limits.dropped - self._held()
            mine = self._batches.get(batch, {})
            return self.limits.dropped - sum(map(len, mine.values()))

    def put(self, batch: str, name: str, data: bytes) -> int:
        """Keep a file; returns how many its batch has now.

        Raises
        ------
        RefusedError
            413 where all files together, or their number, would be too large; 409 where the
            earlier files of the batch had to give way to others, so that it is no longer whole.
        """
        with self._lock:
            if batch in self._gone:
                self._gone.discard(batch)
                message = "the earlier files of this drop are no longer held."
                raise refused(409, message, "Drop all of them once more.", code="batch-gone")
            files = self._batches.setdefault(batch, {})
            self._batches.move_to_end(batch)
            before = len(files.get(name, b""))
            while len(self._batches) > 1 and (
                len(self._batches) > BATCHES
                or self._held() - before + len(data) > self.limits.dropped
            ):
                self._let_go()
            if self._held() - before + len(data) > self.limits.dropped:
                message = f"the files are larger than {self.limits.dropped / 1e6:g} MB together."
                raise refused(413, message, "Add them in several steps.", code="too-large")
            if name not in files and len(files) >= self.limits.files:
                message = f"more than {self.limits.files} files at once."
                raise refused(413, message, "Add them in several steps.", code="too-many")
            files[name] = data
            return len(files)

    def take(self, batch: str) -> dict[str, bytes]:
        """Hand over the files of a batch and forget them."""
        with self._lock:
            return self._batches.pop(batch, {})

    def _let_go(self) -> None:
        """Forget the batch that nothing was added to for longest; its next file is told so."""
        name, files = self._batches.popitem(last=False)
        if files:
            self._gone.add(name)
        while len(self._gone) > MOST_GONE:
            self._gone.pop()

    def _held(self) -> int:
        return sum(len(data) for files in self._batches.values() for data in files.values())
