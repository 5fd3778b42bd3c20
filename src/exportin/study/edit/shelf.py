"""Where in the study a file goes that someone dropped in: beside its like, over nothing."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from exportin.study.edit.durable import STORE, now_there
from exportin.study.edit.lines import NAME as EDITS
from exportin.study.edit.names import numbered, safe_name
from exportin.study.ledger import NAME as LEDGER
from exportin.study.load import FILE
from exportin.study.new import SCHEMA_FILE
from exportin.study.publish import RESULTS

RAW = "raw"
MOST = 10_000
OURS = frozenset({FILE, SCHEMA_FILE, LEDGER, EDITS, "truth.csv", RESULTS})
"""Names in the study itself that no file of a person may take."""


@dataclass
class Shelf:
    """The files of a study, and those about to be added; names are compared as Windows does."""

    folder: Path
    files: dict[str, str] = field(default_factory=dict)
    added: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> "Shelf":
        """Look at what lies in a study folder."""
        return cls(folder, {name.casefold(): name for name in _walk(folder)})

    def bytes_of(self, place: str) -> bytes | None:
        """Return the bytes at a place, None where nothing lies or will lie."""
        key = place.casefold()
        if key in self.added:
            return self.added[key]
        return now_there(self.folder, self.files[key]) if key in self.files else None

    def place(self, base: str, name: str, data: bytes, apart: Collection[str] = ()) -> str:
        """Return where bytes go: their own name, or with a number where others have it.

        ``base`` is a folder of the study; empty is the study itself. ``apart`` are names that the
        file shall not have in any folder.
        """
        safe = safe_name(name)
        safe = f"table_{safe}" if not base and safe.casefold() in OURS else safe
        head = f"{base}/" if base else ""
        others = {one.casefold() for one in apart}
        for number in range(1, MOST):
            own = safe if number == 1 else numbered(safe, number)
            place = head + own
            found = self.bytes_of(place)
            if own.casefold() not in others and (found is None or found == data):
                return self.files.get(place.casefold(), place)
        raise AssertionError("ten thousand files of one name")

    def put(self, place: str, data: bytes) -> None:
        """Say that bytes will lie at a place."""
        self.added[place.casefold()] = data
        self.files.setdefault(place.casefold(), place)

    def twin(self, data: bytes, among: Iterable[str]) -> str:
        """Return a file with the same bytes; empty if there is none."""
        for place in among:
            key = place.casefold()
            path = self.folder / place
            if key in self.added:
                same = self.added[key] == data
            else:
                same = path.is_file() and path.stat().st_size == len(data)
                same = same and now_there(self.folder, place) == data
            if same:
                return place
        return ""

    def free(self, name: str) -> str:
        """Return a name in the study itself that no file has."""
        number, made = 1, name
        while made.casefold() in self.files:
            number += 1
            made = numbered(name, number)
        return made


def fits(place: str, pattern: str) -> bool:
    """Whether a pattern of a study file means a file, as the study will look for it.

    >>> fits("raw/a.csv", "raw/*.csv"), fits("raw/x/a.csv", "raw/*.csv"), fits("a/b/c", "a/**/c")
    (True, False, True)
    """
    if place == PurePosixPath(pattern).as_posix():
        return True
    return _fits(place.split("/"), PurePosixPath(pattern).parts)


def _fits(names: Sequence[str], parts: Sequence[str]) -> bool:
    if not parts:
        return not names
    if parts[0] == "**":
        return any(_fits(names[at:], parts[1:]) for at in range(len(names) + 1))
    return bool(names) and fnmatchcase(names[0], parts[0]) and _fits(names[1:], parts[1:])


def base_for(block: str, patterns: Mapping[str, Sequence[str]], name: str) -> str:
    """Return the folder for a new file of a block: where its own lie, and no other block looks.

    ``patterns`` are those of every block.
    """
    own = patterns.get(block, ())
    others = [one for other, many in patterns.items() if other != block for one in many]
    bases = [
        parent
        for pattern in own
        for parent in [PurePosixPath(pattern).parent.as_posix()]
        if not set(parent) & set("*?[") and ".." not in parent and not parent.startswith("/")
        and (parent != "." or "*" in pattern)
    ]  # fmt: skip
    for base in (*bases, RAW, f"{RAW}/{block}", block, *(f"{block}_{n}" for n in range(2, MOST))):
        place = name if base == "." else f"{base}/{name}"
        if not any(fits(place, pattern) for pattern in others):
            return "" if base == "." else base
    raise AssertionError("a pattern that means every folder")


def _walk(folder: Path, under: str = "") -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if not under and entry.name in (STORE, RESULTS):
            continue
        name = f"{under}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/")
        else:
            yield name
