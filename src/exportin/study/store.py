"""Content-addressed files and one SQLite index: safe to kill at any moment."""

import errno
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import local
from typing import TypeVar

T = TypeVar("T")
TEMPORARY = ".tmp-"
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS steps ("
    " key TEXT PRIMARY KEY, step TEXT NOT NULL, spec TEXT NOT NULL, outputs TEXT NOT NULL)"
)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that it is either whole or absent, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{TEMPORARY}{os.getpid()}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def stay_inside(path: Path) -> None:
    """Refuse a file or folder of a study that is a link to elsewhere: nothing is written there.

    Raises
    ------
    OSError
        If it is.
    """
    if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
        raise OSError(errno.ELOOP, "it is a link that leads out of the study folder", str(path))


def sweep(folder: Path) -> None:
    """Remove temporary files that killed processes left; those of living ones stay."""
    for path in folder.rglob(f"{TEMPORARY}*"):
        if not _is_alive(path.name.removeprefix(TEMPORARY).partition("-")[0]):
            path.unlink(missing_ok=True)


def _is_alive(pid: str) -> bool:
    """Whether a process of this number runs here, such as one that draws while others compute."""
    if os.name == "nt" or not pid.isdigit():  # signal 0 is no question there
        return False
    try:
        os.kill(int(pid), 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()
    except PermissionError:
        return True
    except FileNotFoundError:  # a system without /proc has answered already
        return not Path("/proc/self").exists()
    except OSError:
        return False
    return state[0] not in "ZX"  # killed, and not yet buried by its parent


class DamagedError(OSError):
    """A stored file is not what was stored; it has been removed and can be computed again."""


@contextmanager
def _refusals(root: Path) -> Iterator[None]:
    """Say what the system refuses (disk full, read-only, locked) as the system does.

    An index that is no index, or is damaged, is dropped: it is a cache, begun anew when next asked.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(None, f"the store cannot be used ({error})", str(root)) from error
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        _drop_index(root)
        raise DamagedError(
            f"the index of the store was damaged and has been removed ({error})"
        ) from error


def _drop_index(root: Path) -> None:
    with suppress(OSError):
        for path in root.glob("index.sqlite*"):
            path.unlink(missing_ok=True)


def _opened(root: Path) -> sqlite3.Connection:
    root.mkdir(parents=True, exist_ok=True)
    base = sqlite3.connect(root / "index.sqlite", timeout=60)
    try:
        base.execute("PRAGMA journal_mode=WAL")
        # the index is a cache: a power cut may cost the last steps, never the index or a file
        base.execute("PRAGMA synchronous=NORMAL")
        base.execute(SCHEMA)
    except BaseException:
        base.close()
        raise
    return base


@dataclass(frozen=True)
class Store:
    """The folder ``.exportin`` of a study. Files first, index row last."""

    root: Path
    _held: local = field(default_factory=local, repr=False, compare=False)

    def path(self, digest: str) -> Path:
        """Return where the bytes of a digest lie."""
        return self.root / "objects" / digest[:2] / digest[2:]

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest; the same bytes are kept once."""
        digest = sha256(data).hexdigest()
        if not self.path(digest).is_file():
            write_durably(self.path(digest), data)
        return digest

    def opened(self, digest: str, kind: str, read: Callable[[], T]) -> T:
        """Return a stored file as ``read`` understands it; this store remembers none."""
        del digest, kind
        return read()

    def get(self, digest: str) -> bytes:
        """Return kept bytes.

        Raises
        ------
        DamagedError
            If the file is damaged (its digest no longer fits); it is gone then.
        """
        data = self.path(digest).read_bytes()
        if sha256(data).hexdigest() != digest:
            self.path(digest).unlink(missing_ok=True)
            raise DamagedError(f"stored file {digest[:12]} was damaged and has been removed")
        return data

    def scrub(self) -> None:
        """Remove every damaged file, so that the steps that made them are done again."""
        for path in (self.root / "objects").glob("*/*"):
            if sha256(path.read_bytes()).hexdigest() != path.parent.name + path.name:
                path.unlink(missing_ok=True)

    def open(self) -> None:
        """Make the store ready for a run; the caller holds the run's lock."""
        stay_inside(self.root)
        self.root.mkdir(parents=True, exist_ok=True)
        sweep(self.root)
        with suppress(DamagedError):  # it is begun anew then
            self.find([])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the index open for several steps of one thread: opening it takes longest."""
        if getattr(self._held, "base", None) is not None:
            yield
            return
        with _refusals(self.root), closing(_opened(self.root)) as base:
            self._held.base = base
            try:
                yield
            finally:
                self._held.base = None

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        with Store.held(self), _refusals(self.root):
            base: sqlite3.Connection = self._held.base
            with base:
                yield base

    def find(self, keys: list[str]) -> dict[str, dict[str, str]]:
        """Return outputs (name to digest) of those steps that are complete and intact."""
        found: dict[str, dict[str, str]] = {}
        with self._index() as base:
            for key in keys:
                row = base.execute("SELECT outputs FROM steps WHERE key = ?", (key,)).fetchone()
                if row:
                    outputs: dict[str, str] = json.loads(row[0])
                    if all(self.path(digest).is_file() for digest in outputs.values()):
                        found[key] = outputs
        return found

    def record(self, key: str, step: str, spec: str, outputs: Mapping[str, str]) -> None:
        """Say that a step is done; its files are already there."""
        row = (key, step, spec, json.dumps(dict(outputs), sort_keys=True))
        with self._index() as base:
            base.execute("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)", row)

    def specs(self) -> dict[str, str]:
        """Return every recorded step key with its spec as JSON."""
        with self._index() as base:
            return dict(base.execute("SELECT key, spec FROM steps").fetchall())
