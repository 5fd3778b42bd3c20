"""Memory of a command and its workers together, looked at five times a second (Linux)."""

from pathlib import Path
from threading import Event, Thread
from types import TracebackType

EVERY_S = 0.2


class Watch:
    """Watch a process tree while a block runs; ``peak_mb`` is 0 where /proc is not there."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak_mb = 0.0
        self._stop = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.peak_mb = max(self.peak_mb, sum(resident_mb(pid) for pid in tree(self.pid)))


def tree(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            own = task.read_text(encoding="ascii").split()
        except OSError:  # it has just ended
            continue
        found += [below for child in own for below in tree(int(child))]
    return found


def resident_mb(pid: int) -> float:
    """Memory of one process; pages that several share are divided among them."""
    for name, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            text = Path(f"/proc/{pid}/{name}").read_text(encoding="ascii")
        except OSError:
            continue
        for line in text.splitlines():
            if line.startswith(key):
                return int(line.split()[1]) / 1024.0
    return 0.0
