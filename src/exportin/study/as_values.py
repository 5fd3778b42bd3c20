"""Any raw kind with one number a row as plain values: one target or quantity of it."""

from dataclasses import replace

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.tables.kinds import (
    CellCounts,
    CycleThresholds,
    PartitionCounts,
    Values,
    WellReadings,
)
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, nearest, problem_at
from exportin.tables.table import Table

TOLD_APART_BY: dict[type[Table], str] = {
    WellReadings: "channel",
    CycleThresholds: "target",
    PartitionCounts: "target",
    CellCounts: "quantity",
}
"""Raw kinds that hold one number a row, and the column that says which number it is."""


def gives(reader: Reader, kind: type[Table]) -> bool:
    """Whether a reader gives a raw kind, itself or by way of one number a row."""
    return kind in reader.kinds or (kind is Values and any(map(_single, reader.kinds)))


def _single(kind: type[Table]) -> bool:
    return kind in TOLD_APART_BY


def read_as(reader: Reader, source: Source, request: Request) -> Table:
    """Read a file as the raw kind asked for; plain values may come from another kind.

    Raises
    ------
    InputError
        If the reader refuses the file, or it holds several targets and the study names none.
    """
    if request.kind in reader.kinds:
        return reader.read(source, request)
    kind = next(filter(_single, reader.kinds))
    mine = kind is WellReadings  # whose readers look at the channel themselves
    table = reader.read(source, replace(request, kind=kind, channel=request.channel * mine))
    label = TOLD_APART_BY[kind]
    names = [name for name in table.frame.get_column(label).unique(maintain_order=True) if name]
    chosen = request.channel or (names[0] if len(names) == 1 else "")
    if len(names) > 1 and not mine and chosen not in names:
        raise InputError(_which(source.name, label, request.channel, names))
    frame = table.frame
    if names and not (mine and request.channel):
        if len(names) > 1 and mine:
            raise InputError(_which(source.name, label, "", names))
        frame = frame.filter(pl.col(label) == chosen)
    return Values(frame=frame, origins=table.origins, notes=table.notes, unread=table.unread)


def _which(file: str, label: str, asked: str, names: list[str]) -> Problem:
    listed = ", ".join(f"'{name}'" for name in names[:12])
    message = f"the file holds {len(names)} of {label}: {listed}."
    if asked:
        message = f"there is no {label} '{asked}'; {message}"
    remedy = nearest(asked, names) if asked else ""
    remedy = f'{remedy} Name one in the block: channel = "{names[0]}".'.strip()
    return problem_at(file, "", message, remedy, "which-channel")
