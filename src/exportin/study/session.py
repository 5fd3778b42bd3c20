"""A study while someone works on it: its numbers at once, its pictures when they are asked for."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from threading import Lock, RLock
from traceback import format_exception
from types import TracebackType
from typing import TypeVar

import polars as pl

from exportin.study.edit.journal import repair
from exportin.study.engine import BrokenPool, Engine, Pool, lone_worker
from exportin.study.exclude import exclude_rows
from exportin.study.frames import get_frame
from exportin.study.ledger import NAME as LEDGER
from exportin.study.ledger import Entry
from exportin.study.live import Prepared, numbers, prepare
from exportin.study.load import FILE
from exportin.study.outcome import BlockOutcome, Drawn, Outcome
from exportin.study.pictures import with_pictures
from exportin.study.publish import RESULTS
from exportin.study.run import STORE, run_study
from exportin.study.store import DamagedError, Store
from exportin.study.warm_store import WarmStore
from exportin.study.worker import perform
from exportin.tables.problems import InputError, Problem, problem_at

T = TypeVar("T")
UNSEEN = (STORE, RESULTS)
"""Folders of a study that only programs write; a study does not change by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a study gives at one version: numbers without pictures, or the problems instead."""

    version: str
    outcome: Outcome | None = None
    problems: tuple[Problem, ...] = ()
    passing: bool = False
    """Whether the problem lies with the disk, and may be gone while the study is the same."""


@dataclass
class Session(AbstractContextManager["Session"]):
    """One study folder, used from several threads; the folder may still be empty or absent.

    Everything that lasts stands in the folder: a session can end at any moment, and two sessions
    of one folder agree.

    Parameters
    ----------
    folder
        The study folder.
    """

    folder: Path
    changing: RLock = field(default_factory=RLock)
    """Held by whoever changes the study, so that what was looked at is what is changed."""
    _known: State | None = None
    _quick: State | None = None
    _prepared: tuple[str, Prepared] | None = None
    _working: RLock = field(default_factory=RLock)
    _drawing: Lock = field(default_factory=Lock)
    _drawn: tuple[str, Outcome] | None = None
    _pool: Pool | None = None
    _keeping: Lock = field(default_factory=Lock)
    _store: WarmStore | None = None

    def version(self) -> str:
        """Name the present state of the folder; changes whenever a file of the study does."""
        return _digest([*self._inputs(), *_seen(self.folder / LEDGER)])

    def state(self) -> State:
        """Return numbers and figures, or problems, of the present version; made once each."""
        with self._working:
            self._look()
            version = self.version()
            if self._known is None or self._known.version != version or self._known.passing:
                self._known = self._quick = self._made(version, figures=True)
            return self._known

    def numbers(self) -> State:
        """Return as `state` does, but without figures and sheets unless they are there already.

        What someone who clicked waits for; `state` then goes on from it.
        """
        with self._working:
            self._look()
            version = self.version()
            if self._quick is None or self._quick.version != version or self._quick.passing:
                self._quick = self._made(version, figures=False)
            return self._quick

    def store(self) -> Store:
        """Return the store of this session: what is not on the disk yet is in its memory."""
        return self._warm()

    def frame(self, digest: str) -> pl.DataFrame:
        """Return a stored frame, such as the joined rows of a block."""
        return self.again(lambda: get_frame(self._warm(), digest))

    def again(self, read: Callable[[], T]) -> T:
        """Read from the store; if it was damaged or deleted, make everything again and read.

        ``read`` must ask this session for what it reads, and change nothing.
        """
        try:
            return read()
        except (DamagedError, FileNotFoundError) as error:
            if not self._is_of_store(error):
                raise
            self._forget()
            self.state()
            return read()

    def views(self, block: str) -> Mapping[str, bytes]:
        """Return the figures of a block as data: name to JSON.

        Raises
        ------
        InputError
            If the study has problems, or no such block.
        """
        return self.block(block).views

    def block(self, name: str) -> BlockOutcome:
        """Return what was found in one block.

        Raises
        ------
        InputError
            If the study has problems, or no such block.
        """
        return _block(self.outcome(), name)

    def outcome(self) -> Outcome:
        """Return the numbers of all blocks.

        Raises
        ------
        InputError
            With the problems of the study, if it has any.
        """
        state = self.state()
        if state.outcome is None:
            raise InputError(state.problems)
        return state.outcome

    def drawn(self, block: str) -> tuple[Drawn, ...]:
        """Return the pictures of a block, the same bytes as in results/ and the report."""
        return _block(self.finished(), block).drawn

    def finished(self) -> Outcome:
        """Return numbers with all pictures; drawn in another process, numbers do not wait."""
        with self._drawing:
            state = self.state()
            if self._drawn is None or self._drawn[0] != state.version:
                try:
                    self._drawn = self.again(self._with_pictures)
                except OSError as error:
                    self._forget()
                    raise InputError(cannot_use(self.folder, error)) from None
            return self._drawn[1]

    def exclude(self, block: str, rows: tuple[str, ...], reason: str) -> Entry:
        """Leave rows out, with a reason; when this returns it stands in the ledger.

        Raises
        ------
        InputError
            As `exportin.study.exclude.exclude_rows` does.
        """
        return self._decide(block, rows, reason, undo=False)

    def take_back(self, block: str, rows: tuple[str, ...], reason: str = "") -> Entry:
        """Let rows count again."""
        return self._decide(block, rows, reason, undo=True)

    def close(self) -> None:
        """End the process that draws; returns when everything computed is on the disk."""
        with self._drawing:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
        with self._keeping:
            store, self._store = self._store, None
        if store is not None:
            store.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _decide(self, block: str, rows: tuple[str, ...], reason: str, *, undo: bool) -> Entry:
        with self.changing:
            joined = self.again(lambda: self._joined(block))
            try:
                return exclude_rows(
                    self.folder, block, rows, reason=reason, undo=undo, joined=joined
                )
            except OSError as error:
                raise InputError(cannot_use(self.folder, error)) from None

    def _joined(self, block: str) -> pl.DataFrame | None:
        found = self.numbers().outcome
        if found is None or block not in {one.name for one in found.blocks}:
            return None
        digest = _block(found, block).rows
        return get_frame(self._warm(), digest) if digest else None

    def _made(self, version: str, *, figures: bool) -> State:
        try:
            return State(version=version, outcome=self._outcome(figures=figures))
        except InputError as error:
            return State(version=version, problems=tuple(error.problems))
        except OSError as error:
            self._forget()
            said = (cannot_use(self.folder, error),)
            return State(version=version, problems=said, passing=True)
        except Exception as error:  # noqa: BLE001 - the page and undo stay usable
            return State(version=version, problems=(_our_bug(self.folder, error),))

    def _is_of_store(self, error: OSError) -> bool:
        if isinstance(error, DamagedError):
            return True
        return Path(str(error.filename)).is_relative_to(self.folder / STORE)

    def _look(self) -> None:
        """Forget what lay in a store that is no longer there."""
        if self._prepared is not None and not (self.folder / STORE).is_dir():
            self._forget()

    def _forget(self) -> None:
        """Begin anew with what is on the disk."""
        with self._working:
            self._known = self._quick = self._prepared = self._drawn = None
            with self._keeping:
                store, self._store = self._store, None
        if store is not None:
            store.close()

    def _outcome(self, *, figures: bool) -> Outcome:
        if not (self.folder / FILE).is_file():
            message, remedy = "there is no study here yet.", "Add raw files to start one."
            raise InputError(problem_at(FILE, "", message, remedy, "no-study"))
        repair(self.folder)
        inputs = _digest(self._inputs())
        try:
            return self._estimated(inputs, figures=figures)
        except (DamagedError, FileNotFoundError):  # a store that was damaged or deleted meanwhile
            self._forget()
        try:
            return self._estimated(inputs, figures=figures)
        except (DamagedError, FileNotFoundError):  # where one file is damaged, others may be
            self._forget()
            return run_study(self.folder, pictures=False)

    def _estimated(self, inputs: str, *, figures: bool) -> Outcome:
        if self._prepared is None or self._prepared[0] != inputs:
            self._prepared = (inputs, prepare(self.folder, self._warm()))
        return numbers(self._prepared[1], self._warm(), figures=figures)

    def _warm(self) -> WarmStore:
        with self._keeping:
            if self._store is None:
                self._store = WarmStore(self.folder / STORE)
            return self._store

    def _inputs(self) -> list[str]:
        """Everything that decides what the joined rows are: all files but the ledger."""
        return [line for line in _walk(self.folder) if not line.startswith(f"{LEDGER}\x1f")]

    def _with_pictures(self) -> tuple[str, Outcome]:
        state = self.state()
        if state.outcome is None:
            raise InputError(state.problems)
        self._warm().flush()
        try:
            return state.version, self._drawn_by_worker(state.outcome)
        except BrokenPool:  # its process was ended from outside, as for want of memory
            self._pool = None
            return state.version, self._drawn_by_worker(state.outcome)

    def _drawn_by_worker(self, outcome: Outcome) -> Outcome:
        if self._pool is None:
            self._pool = lone_worker()
        with Engine(Store(self.folder / STORE), perform, workers=2) as engine:
            engine.use(self._pool)
            return replace(outcome, blocks=tuple(with_pictures(outcome.blocks, engine)))


def cannot_use(folder: Path, error: OSError) -> Problem:
    """Return what the system says of a study folder, as a problem."""
    where = Path(error.filename).name if isinstance(error.filename, str) else ""
    said = f"{where}: {error.strerror}" if where and error.strerror else str(error)
    message = f"the study folder cannot be used ({said})."
    remedy = "Look at the rights of the folder and the space on the disk."
    return problem_at(str(folder), "", message, remedy, "cannot-write")


def _our_bug(folder: Path, error: Exception) -> Problem:
    message = f"this is a bug in exportin, not in your study ({type(error).__name__}: {error})."
    remedy = "Undo the last change; 'EXPORTIN_DEBUG=1 exportin run DIR' shows what a report needs."
    if os.environ.get("EXPORTIN_DEBUG"):
        remedy = "".join(format_exception(error))
    return problem_at(str(folder), "", message, remedy, "bug")


def _block(outcome: Outcome, name: str) -> BlockOutcome:
    for block in outcome.blocks:
        if block.name == name:
            return block
    known = ", ".join(block.name for block in outcome.blocks)
    raise InputError(
        problem_at(FILE, "", f"there is no block '{name}'.", f"Blocks: {known}.", "unknown-block")
    )


def _digest(lines: list[str]) -> str:
    return blake2b(json.dumps(lines).encode(), digest_size=12).hexdigest()


def _walk(folder: Path, under: str = "") -> list[str]:
    """Name, size and time of every file below a folder, in order; what programs write is left."""
    found: list[str] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:  # whoever reads it is told; looking alone must not fail
        return [f"{under}\x1f{error.errno}"]
    for entry in entries:
        if not under and entry.name in UNSEEN:
            continue
        name = f"{under}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            found += _walk(Path(entry.path), f"{name}/")
            continue
        found += _seen(Path(entry.path), name)
    return found


def _seen(path: Path, name: str = "") -> list[str]:
    try:
        what = path.stat()
    except FileNotFoundError:
        return []
    except OSError as error:
        return [f"{name or path.name}\x1f{error.errno}"]
    return [f"{name or path.name}\x1f{what.st_size}\x1f{what.st_mtime_ns}\x1f{what.st_ino}"]
