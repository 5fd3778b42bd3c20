"""What a file that someone dropped in is: readings, a layout, or a list of plates."""

import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.study import new_events
from exportin.study.designs import read_designs
from exportin.study.front_door import Recognised, read_file
from exportin.study.layouts import read_any_layout
from exportin.study.suggest import DESIGN, LAYOUT, WORDS, Suggestion
from exportin.tables.cells import read_sheets
from exportin.tables.grids import find_grids
from exportin.tables.kinds import PlateLayout, PlateList
from exportin.tables.names import clean
from exportin.tables.numbers import parse_number
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, problem_at
from exportin.tables.table import Table

SAID = re.compile(
    r"well|role|sample_id|plate|start_h|stop_h|(treatment|dose|dose_unit)(_[2-9])?", re.IGNORECASE
)
"""Columns of a layout that may hold numbers; others that do look like readings."""
SOME = 3


def look(source: Source) -> Recognised:
    """Read a file that was dropped in; our own tables are known by their headings.

    Raises
    ------
    InputError
        If no reader recognizes it, or the one that does refuses it.
    """
    part = _own_part(source)
    if part == LAYOUT:
        frame = read_any_layout(source).frame
        return _known(source, LAYOUT_TABLE, frame, f"It says what is in {frame.height} wells.")
    if part == DESIGN:
        frame = read_designs(source).frame
        return _known(source, DESIGN_TABLE, frame, f"It lists {frame.height} samples.")
    one = read_file(source)
    return new_events.slim(one) if new_events.is_events(one) else replace(one, table=None)


def _own_part(source: Source) -> str:
    """Name the part of a study that a table is by its headings; empty where it is none."""
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return ""
    filled = [row for row in sheets[0].rows if any(row)] if sheets else []
    names = [clean(cell) for cell in filled[0]] if filled else []
    if not names or any(_is_reading(name, at, filled[1:]) for at, name in enumerate(names)):
        return ""
    if {"well", "role"} <= {*names}:
        return LAYOUT
    if "sample_id" in names and ("file" in names or "design" in source.stem.casefold()):
        return DESIGN
    titles = {clean(grid.corner) for grid in find_grids(sheets[0])}
    return LAYOUT if {"role"} <= titles else ""


def _is_reading(name: str, at: int, rows: Sequence[Sequence[str]]) -> bool:
    """Whether a column looks like what an instrument read: by its name, or many numbers."""
    if name.casefold().replace("_", " ") in WORDS["value"]:
        return True
    texts = {row[at] for row in rows if at < len(row) and row[at]}
    numbers = {text for text in texts if parse_number(text, ".") is not None}
    return len(texts) > SOME and numbers == texts and not SAID.fullmatch(name)


def _known(source: Source, reader: Reader, frame: pl.DataFrame, told: str) -> Recognised:
    return Recognised(
        source=source, reader=reader, kind=reader.kinds[0].kind, others=(), rows=frame, notes=(),
        unread=(), suggestion=Suggestion(part=reader.name, said=(told,)),
    )  # fmt: skip


def _unread(source: Source, _request: Request) -> Table:
    raise InputError(problem_at(source.name, "", "it is no raw file.", "Leave it out.", "no-raw"))


def _table(name: str, title: str, kind: type[Table]) -> Reader:
    return Reader(
        name=name, title=title, kinds=(kind,), suffixes=(), sniff=lambda _: False, read=_unread
    )


LAYOUT_TABLE = _table(LAYOUT, "Layout, a row a well", PlateLayout)
DESIGN_TABLE = _table(DESIGN, "Design, a row a sample", PlateList)
