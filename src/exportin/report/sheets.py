"""Tables of an assay's own making, with the rows of Estimates that their cells show."""

from dataclasses import dataclass
from typing import Any

from exportin.study.outcome import BlockOutcome


@dataclass(frozen=True, slots=True)
class SetCell:
    """Text, or the row of Estimates whose number stands here."""

    text: str
    row: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class SetSheet:
    """One table, ready to be printed."""

    name: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[SetCell, ...], ...]
    note: str
    first: bool
    file: str


def set_sheets(block: BlockOutcome) -> tuple[SetSheet, ...]:
    """Look up the number of every cell."""
    known = {row["id"]: row for row in block.estimates.frame.iter_rows(named=True)}
    return tuple(
        SetSheet(
            name=sheet.name,
            title=sheet.title,
            header=sheet.header,
            rows=tuple(
                tuple(SetCell(c.text, known[c.id] if c.id else None) for c in row)
                for row in sheet.rows
            ),
            note=sheet.note,
            first=sheet.first,
            file=f"{block.name}/tables/{sheet.name}.csv",
        )
        for sheet in block.sheets
    )
