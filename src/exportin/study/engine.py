"""Runs steps: looks up what is known, computes the rest in worker processes."""

import json
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from exportin.study.closure import closure_digest
from exportin.study.discover import versions
from exportin.study.store import Store

ONE_THREAD = (
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)
Outputs = dict[str, str]
Pool = Executor
BrokenPool = BrokenExecutor
"""Raised where a worker was ended from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One unit of work: what to do, with which settings, on which stored files.

    ``roots`` are the modules whose import closure decides whether a stored result is stale.
    """

    kind: str
    block: str
    label: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()

    def spec(self) -> str:
        """Everything that decides the result, as canonical JSON."""
        what = {
            "kind": self.kind,
            "block": self.block,
            "label": self.label,
            "params": self.params,
            "inputs": self.inputs,
            "code": closure_digest(*self.roots),
            "versions": versions(),
        }
        return json.dumps(what, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def key(self) -> str:
        """Digest of ``spec``."""
        return sha256(self.spec().encode()).hexdigest()


def step_seed(seed: int, *names: str) -> int:
    """Seed of one step: from the study's seed and the step's name, not from its turn.

    >>> step_seed(1, "a", "b") == step_seed(1, "a", "b") != step_seed(1, "b", "a")
    True
    """
    text = "\x1f".join((str(seed), *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def watch_parent() -> None:
    """End this worker at Ctrl-C, and when its study process is gone, however it was killed."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))
    parent = parent_process()
    if parent is not None:

        def leave() -> None:
            wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=leave, daemon=True).start()


def one_thread() -> None:
    """Ask every numeric library for one thread; must run before they are imported."""
    for name in ONE_THREAD:
        os.environ[name] = "1"


@dataclass
class Engine(AbstractContextManager["Engine"]):
    """Store and workers of one run. The pool starts only if something must be computed."""

    store: Store
    perform: Callable[[str, str, Mapping[str, Any], Mapping[str, str]], Outputs]
    workers: int = 1
    progress: Callable[[str, int, int], None] | None = None
    computed: list[str] = field(default_factory=list)
    done: dict[str, str] = field(default_factory=dict)  # output digest -> step key
    _pool: Executor | None = None
    _lent: bool = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None and not self._lent:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def use(self, pool: Executor) -> None:
        """Compute in workers that someone else keeps, also a single step; they stay."""
        self._pool, self._lent = pool, True

    def run(self, steps: Sequence[Step]) -> list[Outputs]:
        """Return the outputs of each step, computing those that are not in the store."""
        with self.store.held():
            return self._run(steps)

    def _run(self, steps: Sequence[Step]) -> list[Outputs]:
        keys = [step.key() for step in steps]
        known = self.store.find(keys)
        todo = [(k, s) for k, s in dict(zip(keys, steps, strict=True)).items() if k not in known]
        if todo:
            known |= self._compute(todo)
        for key in keys:
            self.done |= dict.fromkeys(known[key].values(), key)
        return [known[key] for key in keys]

    def _compute(self, todo: list[tuple[str, Step]]) -> dict[str, Outputs]:
        found: dict[str, Outputs] = {}
        for number, (key, step, outputs) in enumerate(self._outputs(todo), start=1):
            self.store.record(key, f"{step.kind} {step.block} {step.label}", step.spec(), outputs)
            self.computed.append(f"{step.kind} {step.block} {step.label}".strip())
            found[key] = outputs
            if self.progress:
                self.progress(f"{step.block}: {step.kind}", number, len(todo))
        return found

    def _outputs(self, todo: list[tuple[str, Step]]) -> Any:
        root = str(self.store.root)
        if not self._lent and (self.workers <= 1 or len(todo) == 1):
            for key, step in todo:
                yield key, step, self.perform(root, step.kind, step.params, step.inputs)
            return
        pool = self._executor()
        waiting = {
            pool.submit(self.perform, root, s.kind, s.params, s.inputs): (key, s) for key, s in todo
        }
        for future in as_completed(waiting):
            yield (*waiting[future], future.result())

    def _executor(self) -> Executor:
        if self._pool is None:
            one_thread()  # polars hangs after a plain fork, and two threads each are too many
            kind = "forkserver" if Path("/proc").exists() else "spawn"
            if kind == "forkserver":
                start_quietly()
            context = get_context(kind)
            self._pool = ProcessPoolExecutor(
                self.workers, mp_context=context, initializer=watch_parent
            )
        return self._pool


def lone_worker() -> Pool:
    """Start one worker that waits for steps, for someone who goes on meanwhile."""
    one_thread()
    kind = "forkserver" if Path("/proc").exists() else "spawn"
    if kind == "forkserver":
        start_quietly()
    return ProcessPoolExecutor(1, mp_context=get_context(kind), initializer=watch_parent)


def start_quietly() -> None:
    """Start the server that makes workers, with nowhere to print.

    A worker that is still being born when its study is stopped prints a traceback of
    multiprocessing's own; what goes wrong in a step comes back through the pool.
    """
    if os.environ.get("EXPORTIN_DEBUG"):
        return
    try:
        saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # no standard error, as in some windows
        return
    try:
        os.dup2(nowhere, 2)
        forkserver.ensure_running()
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
