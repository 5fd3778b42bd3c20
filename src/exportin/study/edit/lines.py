"""Lines of the record of edits: an append-only, hash-chained file beside the study file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exportin.study.ledger import START, chained, checked, now, who, whole_lines
from exportin.tables.problems import InputError, problem_at

NAME = "edits.jsonl"
Digests = tuple[str | None, str | None]
"""Digest of a file before and after; None where there was, or is, no file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One line: who changed which files of the study, when, and how it may be called.

    Parameters
    ----------
    number
        Place in the record, from one; 0 for an edit that changed nothing and was not recorded.
    action
        ``edit``, ``undo`` or ``redo``.
    what
        In words, as a list of changes shows it.
    block
        Block it belongs to; empty where it is the whole study.
    files
        Path in the study to its digests before and after.
    reverses
        Number of the line whose files are again what they were before it; 0 for none.
    ledger
        Lines that the ledger of exclusions had: the two records have one order.
    lines
        Lines that it added to the ledger itself: they are a part of this change.
    by, at
        Who and when.
    previous, digest
        The chain.
    """

    number: int
    action: str
    what: str
    block: str
    files: Mapping[str, Digests]
    reverses: int
    ledger: int
    by: str
    at: str
    previous: str
    digest: str
    lines: int = 0


def edit_line(
    before: tuple[Edit, ...],
    *,
    action: str,
    what: str,
    block: str,
    files: Mapping[str, Digests],
    reverses: int,
    ledger: int,
    lines: int = 0,
) -> str:
    """Return the next line of a record."""
    return chained(
        {
            "number": len(before) + 1,
            "action": action,
            "what": what,
            "block": block,
            "files": {name: list(pair) for name, pair in files.items()},
            "reverses": reverses,
            "ledger": ledger,
            "by": who(),
            "at": now(),
            "previous": before[-1].digest if before else START,
            **({"lines": lines} if lines else {}),
        }
    )


def parse_edit(line: str) -> Edit:
    """Return what a line says.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is no line of such a record, or was changed.
    """
    fields: dict[str, Any] = checked(line)
    files = {str(name): (one, two) for name, (one, two) in fields["files"].items()}
    return Edit(**{**fields, "files": files})


def read_edits(folder: Path) -> tuple[Edit, ...]:
    """Read and verify the record; a torn last line was never acknowledged.

    Raises
    ------
    InputError
        If a line was edited, removed or reordered.
    """
    edits: list[Edit] = []
    for number, line in enumerate(whole_lines(folder / NAME), start=1):
        try:
            edit = parse_edit(line)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(_tampered(number)) from None
        last = edits[-1].digest if edits else START
        if edit.previous != last or not edit.number == number > edit.reverses >= 0:
            raise InputError(_tampered(number))
        edits.append(edit)
    return tuple(edits)


def _tampered(number: int) -> Any:
    message = "this line does not fit the chain: it was edited, removed or reordered."
    remedy = "Restore the file from a copy, or delete it: then nothing before can be undone."
    return problem_at(NAME, f"line {number}", message, remedy, "edits-broken")
