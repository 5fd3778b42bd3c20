"""The ledger of exclusions: an append-only, hash-chained file beside the study file."""

import getpass
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from exportin.study.lock import locked
from exportin.tables.problems import InputError, Problem

NAME = "exclusions.jsonl"
START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: who excluded (or took back) which rows of which block, when and why."""

    number: int
    action: str  # exclude | undo
    block: str
    rows: tuple[str, ...]
    reason: str
    by: str
    at: str
    previous: str
    digest: str


def _digest(fields: dict[str, object]) -> str:
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _parse(line: str, number: int) -> Entry:
    fields = json.loads(line)
    digest = fields.pop("digest")
    if _digest(fields) != digest:
        raise ValueError("digest")
    return Entry(**{**fields, "rows": tuple(fields["rows"])}, digest=digest)


def read_ledger(folder: Path) -> tuple[Entry, ...]:
    """Read and verify the ledger; a torn last line (power cut) was never acknowledged.

    Raises
    ------
    InputError
        If a line was edited, removed or reordered.
    """
    path = folder / NAME
    if not path.is_file():
        return ()
    entries: list[Entry] = []
    text = path.read_bytes().decode("utf-8", errors="replace")
    whole, _, _torn = text.rpartition("\n")
    for number, line in enumerate(whole.split("\n") if whole else [], start=1):
        try:
            entry = _parse(line, number)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(_tampered(number)) from None
        if entry.previous != (entries[-1].digest if entries else START) or entry.number != number:
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
    rows: dict[str, Entry] = {}
    for entry in entries:
        if entry.block != block:
            continue
        for row in entry.rows:
            if entry.action == "exclude":
                rows[row] = entry
            else:
                rows.pop(row, None)
    return rows


def append(folder: Path, *, action: str, block: str, rows: tuple[str, ...], reason: str) -> Entry:
    """Add one line to the ledger and make it durable before returning."""
    with locked(folder / ".exportin" / "ledger.lock"):
        return _append_entry(folder, action=action, block=block, rows=rows, reason=reason)


def _append_entry(
    folder: Path, *, action: str, block: str, rows: tuple[str, ...], reason: str
) -> Entry:
    entries = read_ledger(folder)
    fields: dict[str, object] = {
        "number": len(entries) + 1,
        "action": action,
        "block": block,
        "rows": list(rows),
        "reason": reason,
        "by": _who(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "previous": entries[-1].digest if entries else START,
    }
    digest = _digest(fields)
    line = json.dumps({**fields, "digest": digest}, ensure_ascii=False, sort_keys=True)
    _append_line(folder / NAME, line)
    return _parse(line, len(entries) + 1)


def _append_line(path: Path, line: str) -> None:
    with path.open("a+b") as file:
        file.seek(0)
        text = file.read()
        torn = len(text) - (text.rfind(b"\n") + 1)
        if torn:  # a line that was never finished was never acknowledged
            file.truncate(len(text) - torn)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
