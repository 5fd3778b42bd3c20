"""What was flagged, who left out what and why, and what the readers repaired."""

from collections.abc import Sequence
from dataclasses import dataclass

from exportin.study.ledger import Entry
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.tables.problems import Problem

SHOWN = 200  # rows listed per rule or exclusion; the rest is in flags.csv and the ledger
FEW = 6
SEVERITIES = {"exclude": "left out", "warn": "kept, with a warning", "note": "kept, noted"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, how grave it is, and the rows it spoke of."""

    name: str
    severity: str
    by: str
    message: str  # empty where rows differ
    rows: tuple[tuple[str, str], ...]  # row id, message where it differs
    count: int

    @property
    def few(self) -> bool:
        """Whether its rows fit into the table."""
        return self.count <= FEW


@dataclass(frozen=True, slots=True)
class ExcludedRow:
    """A row of the ledger, and who took its exclusion back."""

    row_id: str
    undone: Entry | None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One line of the ledger with the present state of its rows."""

    entry: Entry
    rows: tuple[ExcludedRow, ...]

    @property
    def undone(self) -> bool:
        """Whether all of it was taken back."""
        return all(row.undone for row in self.rows)

    @property
    def when(self) -> str:
        """Day and time, without the letters of ISO 8601."""
        day, _, time = self.entry.at.partition("T")
        return f"{day} {time[:5]}" + (" UTC" if time.endswith(("+00:00", "Z")) else "")

    @property
    def undos(self) -> tuple[Entry, ...]:
        """Ledger lines that took rows of it back."""
        return tuple(dict.fromkeys(row.undone for row in self.rows if row.undone))


def rules(block: BlockOutcome) -> list[Rule]:
    """Group the flags by rule and severity, the gravest first."""
    grouped: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for flag in block.flags.frame.to_dicts():
        key = (flag["severity"], flag["rule"], flag["by"])
        grouped.setdefault(key, []).append((flag["row_id"] or "", flag["message"]))
    order = list(SEVERITIES)
    return [
        _rule(severity, rule, by, rows)
        for (severity, rule, by), rows in sorted(
            grouped.items(), key=lambda item: (order.index(item[0][0]), item[0])
        )
    ]


def _rule(severity: str, rule: str, by: str, rows: Sequence[tuple[str, str]]) -> Rule:
    messages = {message for _, message in rows}
    one = messages.pop() if len(messages) == 1 else ""
    shown = tuple((row, "" if one else message) for row, message in rows[:SHOWN])
    return Rule(rule, SEVERITIES[severity], by, one, shown, len(rows))


def exclusions(ledger: Sequence[Entry], block: str) -> list[Exclusion]:
    """List what people left out of a block, each row with the line that took it back."""
    lines = [entry for entry in ledger if entry.block == block]
    return [
        Exclusion(entry, tuple(ExcludedRow(row, _undo(lines, entry, row)) for row in entry.rows))
        for entry in lines
        if entry.action == "exclude"
    ]


def _undo(lines: Sequence[Entry], entry: Entry, row: str) -> Entry | None:
    later = (e for e in lines if e.action == "undo" and e.number > entry.number and row in e.rows)
    return next((e for e in later if e.reverses in (0, entry.number)), None)


def lost_exclusions(outcome: Outcome) -> list[Exclusion]:
    """List exclusions of blocks that the study no longer has, so that none is forgotten."""
    known = {block.name for block in outcome.blocks}
    gone = dict.fromkeys(entry.block for entry in outcome.ledger if entry.block not in known)
    return [exclusion for name in gone for exclusion in exclusions(outcome.ledger, name)]


def notes(block: BlockOutcome) -> tuple[Problem, ...]:
    """Return each note of the readers once."""
    return tuple(dict.fromkeys(block.notes))
