"""The ledger of exclusions: an append-only, hash-chained file beside the study file."""

import getpass
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from exportin.study.lock import locked
from exportin.study.store import stay_inside
from exportin.tables.problems import InputError, Problem

NAME = "exclusions.jsonl"
LOCK = Path(".exportin", "ledger.lock")
"""Held by whoever adds a line here or to the record of edits, so that both keep one order."""
START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: who excluded (or took back) which rows of which block, when and why.

    ``reverses`` is the number of an earlier line: its rows are again what they were before it.
    """

    number: int
    action: str  # exclude | undo
    block: str
    rows: tuple[str, ...]
    reason: str
    by: str
    at: str
    previous: str
    digest: str
    reverses: int = 0


class Said(NamedTuple):
    """What a further line says; the rest of it is who, when, and the chain."""

    action: str
    block: str
    rows: tuple[str, ...]
    reason: str
    reverses: int = 0


def _digest(fields: dict[str, object]) -> str:
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def checked(line: str) -> dict[str, Any]:
    """Return the fields of a line.

    Raises
    ------
    ValueError
        If the digest is not that of the other fields.
    """
    fields: dict[str, Any] = json.loads(line)
    digest = fields.pop("digest")
    if _digest(fields) != digest:
        raise ValueError("digest")
    return {**fields, "digest": digest}


@lru_cache(maxsize=20_000)
def _parse(line: str) -> Entry:
    """Read and verify one line; the same line is the same entry, and a click reads all of them."""
    fields = checked(line)
    return Entry(**{**fields, "rows": tuple(fields["rows"])})


def whole_lines(path: Path) -> list[str]:
    """Return the lines of a chained record; what a power cut tore off was never acknowledged."""
    return lines_in(path.read_bytes()) if path.is_file() else []


def lines_in(data: bytes) -> list[str]:
    """Return the whole lines of the bytes of such a record."""
    whole, _, _torn = data.decode("utf-8", errors="replace").rpartition("\n")
    return whole.split("\n") if whole else []


def read_ledger(folder: Path) -> tuple[Entry, ...]:
    """Read and verify the ledger; a torn last line (power cut) was never acknowledged.

    Raises
    ------
    InputError
        If a line was edited, removed or reordered.
    """
    return _entries(whole_lines(folder / NAME))


def _entries(lines: Iterable[str]) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for number, line in enumerate(lines, start=1):
        try:
            entry = _parse(line)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(_tampered(number)) from None
        last = entries[-1].digest if entries else START
        if entry.previous != last or not entry.number == number > entry.reverses >= 0:
            raise InputError(_tampered(number))
        entries.append(entry)
    return tuple(entries)


def _tampered(number: int) -> Problem:
    return Problem(
        file=NAME,
        place=f"line {number}",
        message="this line does not fit the chain: it was edited, removed or reordered.",
        remedy="Restore the file from a copy; exclusions are taken back with "
        "'exportin exclude --undo', never by editing.",
        code="ledger-broken",
    )


def excluded_rows(entries: Iterable[Entry], block: str) -> dict[str, Entry]:
    """Rows of a block that are excluded now, each with the entry that did it."""
    past: dict[str, list[tuple[int, Entry | None]]] = {}
    for entry in entries:
        if entry.block != block:
            continue
        for row in entry.rows:
            known = past.setdefault(row, [])
            state = entry if entry.action == "exclude" else None
            if entry.reverses:
                before = [by for number, by in known if number < entry.reverses]
                state = before[-1] if before else None
            known.append((entry.number, state))
    return {row: known[-1][1] for row, known in past.items() if known[-1][1] is not None}


def append(folder: Path, *, action: str, block: str, rows: tuple[str, ...], reason: str) -> Entry:
    """Add one line to the ledger and make it durable before returning."""
    with locked(folder / LOCK):
        return append_held(folder, action=action, block=block, rows=rows, reason=reason)


def append_held(
    folder: Path,
    *,
    action: str,
    block: str,
    rows: tuple[str, ...],
    reason: str,
    reverses: int = 0,
) -> Entry:
    """Add one line; the caller holds `LOCK`."""
    said = Said(action, block, rows, reason, reverses)
    entries = read_ledger(folder)
    line = _line(said, entries[-1] if entries else None)
    append_line(folder / NAME, line)
    return _parse(line)


def with_lines(data: bytes | None, said: Sequence[Said]) -> bytes:
    """Return the bytes of a ledger with further lines, to be written with other files in one step.

    Raises
    ------
    InputError
        If a line of it was edited, removed or reordered.
    """
    there = data or b""
    entries = list(_entries(lines_in(there)))
    made = there[: there.rfind(b"\n") + 1]  # a torn line was never acknowledged
    for one in said:
        line = _line(one, entries[-1] if entries else None)
        entries.append(_parse(line))
        made += line.encode() + b"\n"
    return made


def _line(said: Said, last: Entry | None) -> str:
    fields: dict[str, object] = {
        "number": 1 if last is None else last.number + 1,
        "action": said.action,
        "block": said.block,
        "rows": list(said.rows),
        "reason": said.reason,
        "by": who(),
        "at": now(),
        "previous": START if last is None else last.digest,
        **({"reverses": said.reverses} if said.reverses else {}),
    }
    return chained(fields)


def chained(fields: dict[str, object]) -> str:
    """Return a line with the digest of its fields; one of them is the digest before it."""
    digest = _digest(fields)
    return json.dumps({**fields, "digest": digest}, ensure_ascii=False, sort_keys=True)


def append_line(path: Path, line: str) -> None:
    """Add one line to a file and make it durable; a torn last line is cut off first."""
    stay_inside(path)
    with path.open("a+b") as file:
        file.seek(0)
        text = file.read()
        torn = len(text) - (text.rfind(b"\n") + 1)
        if torn:  # a line that was never finished was never acknowledged
            file.truncate(len(text) - torn)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def now() -> str:
    """Date and time of this moment, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def who() -> str:
    """Name of the user, as the system knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
