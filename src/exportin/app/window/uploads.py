"""Keeps the files of one drop together until the last of them is here."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from exportin.app.window.answers import refused
from exportin.app.window.limits import Limits

BATCHES = 8


@dataclass
class Uploads:
    """Files that were sent with ``more=1``; nothing of them is on disk, nothing outlives a stop."""

    limits: Limits
    _batches: "OrderedDict[str, dict[str, bytes]]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def room(self) -> int:
        """Bytes that may still be sent."""
        with self._lock:
            return self.limits.dropped - self._held()

    def put(self, batch: str, name: str, data: bytes) -> int:
        """Keep a file; returns how many its batch has now.

        Raises
        ------
        RefusedError
            413 where all files together, or their number, would be too large.
        """
        with self._lock:
            files = self._batches.setdefault(batch, {})
            before = len(files.get(name, b""))
            if self._held() - before + len(data) > self.limits.dropped:
                message = f"the files are larger than {self.limits.dropped / 1e6:g} MB together."
                raise refused(413, message, "Add them in several steps.", code="too-large")
            if name not in files and len(files) >= self.limits.files:
                message = f"more than {self.limits.files} files at once."
                raise refused(413, message, "Add them in several steps.", code="too-many")
            files[name] = data
            while len(self._batches) > BATCHES:
                self._batches.popitem(last=False)
            return len(files)

    def take(self, batch: str) -> dict[str, bytes]:
        """Hand over the files of a batch and forget them."""
        with self._lock:
            return self._batches.pop(batch, {})

    def _held(self) -> int:
        return sum(len(data) for files in self._batches.values() for data in files.values())
