"""A study while someone works on it: its numbers at once, its pictures when they are asked for."""

import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from threading import Lock, RLock
from types import TracebackType

from exportin.study.edit.journal import repair
from exportin.study.engine import Engine, Pool, lone_worker
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

UNSEEN = (STORE, RESULTS)
"""Folders of a study that only programs write; a study does not change by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a study gives at one version: numbers without pictures, or the problems instead."""

    version: str
    outcome: Outcome | None = None
    problems: tuple[Problem, ...] = ()


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
    _store: WarmStore | None = None

    def version(self) -> str:
        """Name the present state of the folder; changes whenever a file of the study does."""
        return _digest([*self._inputs(), *_seen(self.folder / LEDGER)])

    def state(self) -> State:
        """Return numbers and figures, or problems, of the present version; made once each."""
        with self._working:
            version = self.version()
            if self._known is None or self._known.version != version:
                self._known = self._quick = self._made(version, figures=True)
            return self._known

    def numbers(self) -> State:
        """Return as `state` does, but without figures and sheets unless they are there already.

        What someone who clicked waits for; `state` then goes on from it.
        """
        with self._working:
            version = self.version()
            if self._quick is None or self._quick.version != version:
                self._quick = self._made(version, figures=False)
            return self._quick

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
        outcome, version = self.outcome(), self.state().version
        with self._drawing:
            if self._drawn is None or self._drawn[0] != version:
                self._drawn = (version, self._with_pictures(outcome))
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
        """End the process that draws."""
        with self._drawing:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
            if self._store is not None:
                self._store.close()
            self._store = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _decide(self, block: str, rows: tuple[str, ...], reason: str, *, undo: bool) -> Entry:
        with self.changing:
            found = self.numbers().outcome
            joined = None
            if found is not None and block in {one.name for one in found.blocks}:
                digest = _block(found, block).rows
                joined = get_frame(self._warm(), digest) if digest else None
            return exclude_rows(
                self.folder, block, rows, reason=reason, undo=undo, joined=joined
            )  # fmt: skip

    def _made(self, version: str, *, figures: bool) -> State:
        try:
            return State(version=version, outcome=self._outcome(figures=figures))
        except InputError as error:
            return State(version=version, problems=tuple(error.problems))

    def _outcome(self, *, figures: bool) -> Outcome:
        if not (self.folder / FILE).is_file():
            message, remedy = "there is no study here yet.", "Add raw files to start one."
            raise InputError(problem_at(FILE, "", message, remedy, "no-study"))
        repair(self.folder)
        inputs = _digest(self._inputs())
        try:
            if self._prepared is None or self._prepared[0] != inputs:
                self._prepared = (inputs, prepare(self.folder, self._warm()))
            return numbers(self._prepared[1], self._warm(), figures=figures)
        except (DamagedError, FileNotFoundError):  # a store that was damaged or deleted meanwhile
            self._prepared = self._store = None
            return run_study(self.folder, pictures=False)

    def _warm(self) -> WarmStore:
        if self._store is None:
            self._store = WarmStore(self.folder / STORE)
        return self._store

    def _inputs(self) -> list[str]:
        """Everything that decides what the joined rows are: all files but the ledger."""
        return [line for line in _walk(self.folder) if not line.startswith(f"{LEDGER}\x1f")]

    def _with_pictures(self, outcome: Outcome) -> Outcome:
        store = Store(self.folder / STORE)
        self._warm().flush()
        if self._pool is None:
            self._pool = lone_worker()
        with Engine(store, perform, workers=2) as engine:
            engine.use(self._pool)
            return replace(outcome, blocks=tuple(with_pictures(outcome.blocks, engine)))


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
    return [f"{name or path.name}\x1f{what.st_size}\x1f{what.st_mtime_ns}\x1f{what.st_ino}"]
