"""What all requests share: one study, one lock for changes, what was said of each version."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeVar

from exportin.app.window.answers import refused
from exportin.app.window.limits import Limits
from exportin.app.window.uploads import Uploads
from exportin.app.window.warm import Warmth
from exportin.app.window.watch import Watch
from exportin.study.session import Session, State
from exportin.tables.problems import Problem

T = TypeVar("T")
REMEMBERED = 200
KEPT = {"block": 24, "rows": 8, "about": 1000, "figure": 48, "export": 4}
"""How many answers of each kind are kept; a block's is some 300 kB."""


@dataclass
class Desk:
    """One study and the people who look at it; used from several threads."""

    session: Session
    limits: Limits = field(default_factory=Limits)
    warmth: Warmth = field(default_factory=Warmth)
    watch: Watch = field(init=False)
    uploads: Uploads = field(init=False)
    _kept: dict[str, "OrderedDict[tuple[str, ...], object]"] = field(default_factory=dict)
    _seen: "OrderedDict[str, Marks]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.watch = Watch(self.session.version)
        self.uploads = Uploads(self.limits)

    def state(self) -> State:
        """Return the present state, and remember what it looked like."""
        return self._noted(self.session.state())

    def numbers(self) -> State:
        """Return the present numbers, without figures where these are not made yet."""
        return self._noted(self.session.numbers())

    def _noted(self, state: State) -> State:
        with self._lock:
            if state.version not in self._seen:
                # of each line of the ledger only that it was there: the present state has the words
                self._seen[state.version] = replace(marks_of(state), said=())
                while len(self._seen) > REMEMBERED:
                    self._seen.popitem(last=False)
        return state

    def keep(self, kind: str, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """Return what was made for a key before, or make it; the oldest are forgotten."""
        with self._lock:
            kept = self._kept.setdefault(kind, OrderedDict())
            if key in kept:
                kept.move_to_end(key)
                return kept[key]  # type: ignore[return-value]
        made = make()
        with self._lock:
            kept[key] = made
            while len(kept) > KEPT[kind]:
                kept.popitem(last=False)
        return made

    def change(self, seen: str, act: Callable[[Session], T]) -> T:
        """Change the study, unless it is no longer the one that was looked at.

        Raises
        ------
        RefusedError
            409, with what has changed, if ``seen`` is given and not the present version.
        """
        with self.session.changing:
            if seen:
                self._check(seen)
            return act(self.session)

    def _check(self, seen: str) -> None:
        if seen == self.session.version():
            return
        now = self.state()
        if seen == now.version:
            return
        with self._lock:
            before = self._seen.get(seen)
        changed = since(before, marks_of(now))
        error = refused(
            409,
            f"the study has changed since you looked: {'; '.join(changed)}.",
            "Look again, then repeat what you wanted to do.",
            code="changed",
        )
        error.more = {"version": now.version, "changed": changed}
        raise error


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells one version of a study from another, in few words."""

    lines: int
    said: tuple[str, ...]  # of each line of the ledger
    text: str
    files: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def marks_of(state: State) -> Marks:
    """Take the marks of a state."""
    outcome = state.outcome
    if outcome is None:
        return Marks(-1, (), "", (), tuple(state.problems))
    said = tuple(
        f"{entry.by} {'took back' if entry.action == 'undo' else 'left out'} "
        f"{len(entry.rows)} row(s) of {entry.block}"
        + (f" ({entry.reason})" if entry.reason else "")
        for entry in outcome.ledger
    )
    files = sorted({item for block in outcome.blocks for item in block.files.items()})
    return Marks(len(said), said, outcome.study.text, tuple(files), ())


def since(before: Marks | None, now: Marks) -> list[str]:
    """Say what is different.

    >>> since(None, Marks(0, (), "", (), ()))
    ['what it was then is no longer known']
    """
    if before is None:
        return ["what it was then is no longer known"]
    found = list(now.said[before.lines :]) if 0 <= before.lines <= now.lines else []
    if before.text != now.text:
        found.append("study.toml was changed")
    names = {name for name, _ in set(before.files) ^ set(now.files)}
    found += [f"{name} was changed" for name in sorted(names)[:8]]
    if before.problems != now.problems:
        found.append("it has other problems than before" if now.problems else "it has numbers now")
    return found or ["its design or a layout was changed"]
