"""The layout of a block as a table to fill in: what is in each well."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path

from exportin.study.edit.doses import with_doses
from exportin.study.edit.durable import now_there
from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.merge import merged
from exportin.study.edit.raw_files import raw_files
from exportin.study.edit.shelf import Shelf
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.toml_text import set_value
from exportin.study.layout_files import named_layouts
from exportin.study.layouts import read_any_layout
from exportin.study.load import FILE
from exportin.study.new_from import LAYOUT_COLUMNS
from exportin.tables.cells import read_sheets
from exportin.tables.grids import find_grids
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at
from exportin.tables.sheet import Sheet
from exportin.tables.wellcells import smallest_plate
from exportin.tables.wells import MAX_ROWS, well_name, well_position

SMALLEST = 96
LINE = re.compile(r"line (\d+)\b")
RESERVED = ("row_id", "file", "value", "cause", "channel")
Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutTable:
    """What is in the wells of a block.

    Parameters
    ----------
    file
        The layout; empty where the block has none yet.
    columns
        well, role, treatment, dose, dose_unit, then those that the file has besides.
    rows
        A row a well, texts as they stand in the file.
    size
        Wells of the plate.
    wells_in_files
        Wells that the raw files hold.
    plates
        Names of the plates in the raw files.
    """

    file: str
    columns: tuple[str, ...]
    rows: list[Row]
    size: int
    wells_in_files: tuple[str, ...]
    plates: tuple[str, ...]


def layout_table(folder: Path, block: str) -> LayoutTable:
    """Return the layout of a block, finished or not.

    Raises
    ------
    InputError
        If there is no such block, or its layout cannot be read at all.
    """
    repair(folder)
    return _table(read_study_file(folder), block)


def _table(study: StudyText, block: str) -> LayoutTable:
    name = _layout_of(study, block)
    data = now_there(study.folder, name) if name else None
    rows, columns, _ = ([], list(LAYOUT_COLUMNS), True) if data is None else layout_rows(name, data)
    files = raw_files(study, block)
    wells = {well for one in files for many in one.samples.values() for well in many}
    held = [well for row in rows for well in [row["well"]] if well_position(well)]
    size = max([SMALLEST, smallest_plate([*wells, *held]) or 0, *(one.size for one in files)])
    return LayoutTable(
        file=name if data is not None else "",
        columns=tuple(columns),
        rows=rows,
        size=int(size),
        wells_in_files=tuple(sorted(wells, key=_place)),
        plates=tuple(dict.fromkeys(sample for one in files for sample in one.samples)),
    )


def save_layout(
    folder: Path,
    block: str,
    rows: Sequence[Mapping[str, str]],
    opened: Sequence[Mapping[str, str]] | None = None,
) -> LayoutTable:
    """Write the layout of a block, checked as a run checks it; rows that say nothing are left out.

    A block without a layout gets one; grids and templates become a table of their own. Columns
    that ``rows`` do not have keep what the file says of the well. With ``opened``, the rows as they
    were before they were edited, wells that were saved by someone else meanwhile keep that.

    Raises
    ------
    InputError
        With every problem of the rows, or wells that two people changed; the layout stays as it
        was.
    """
    repair(folder)
    study = read_study_file(folder)
    if named_layouts(study.sources()):
        message = f"'{study.design}' names a layout for each plate."
        remedy = "Change the layout of the plate, or take the column 'layout' out of the design."
        raise InputError(problem_at(study.design, "", message, remedy, "two-layouts"))
    name = _layout_of(study, block)
    data = now_there(folder, name) if name else None
    before, columns, table = ([], [], True) if data is None else layout_rows(name, data)
    if not name or not table:
        wanted = "layout.csv" if len(study.blocks) == 1 else f"layout_{block}.csv"
        name = Shelf.of(folder).free(wanted)
    if opened is not None and data is not None:
        now = layout_table(folder, block).rows
        rows = merged(name, *map(_same_wells, (opened, rows, now)), key=_key, name="well")
    made, problems = with_doses(name, _filled(rows, before), before)
    columns = list(dict.fromkeys([*LAYOUT_COLUMNS, *columns, *(n for row in made for n in row)]))
    problems += _faults(name, columns, made)
    if problems:
        raise InputError(problems)
    new = layout_csv(columns, made, windows=b"\r\n" in (data or b"") and table)
    try:
        read_any_layout(Source(name=name, data=new))
    except InputError as error:
        raise InputError([_by_well(one, made) for one in error.problems]) from None
    changes: dict[str, bytes | None] = {name: new}
    if study.block(block).get("layout") != name:
        change = partial(set_value, table=("block", block), key="layout", value=name)
        changes[FILE] = study.changed(change, f'Write layout = "{name}" in the block.').bytes
    seen = {FILE: study.data, name: data if table else None}
    record_edit(folder, f"change the layout {name}", changes, block=block, based_on=seen)
    return _table(read_study_file(folder), block)


def _layout_of(study: StudyText, block: str) -> str:
    name = study.block(block).get("layout")
    return name if isinstance(name, str) else ""


def layout_rows(file: str, data: bytes) -> tuple[list[Row], list[str], bool]:
    """Return the rows of a layout, its columns, and whether it is a text table of rows."""
    source = Source(name=file, data=data)
    book = read_sheets(source)
    sheet = book.sheets[0]
    if len(book.sheets) == 1 and sheet.is_text and not find_grids(sheet) and _is_table(sheet):
        rows, columns = _plain_rows(sheet)
        return rows, list(dict.fromkeys([*LAYOUT_COLUMNS, *columns])), True
    frame = read_any_layout(source).frame.drop("__place", strict=False)
    columns = list(dict.fromkeys([*LAYOUT_COLUMNS, *frame.columns]))
    rows = [{n: _text(row.get(n)) for n in columns} for row in frame.iter_rows(named=True)]
    return rows, columns, False


def _is_table(sheet: Sheet) -> bool:
    return "well" in [clean(cell) for cell in next((row for row in sheet.rows if any(row)), ())]


def _plain_rows(sheet: Sheet) -> tuple[list[Row], list[str]]:
    filled = [at for at in range(len(sheet.rows)) if not sheet.is_blank(at)]
    header = [clean(cell) for cell in sheet.rows[filled[0]]]
    columns = [name for name in header if name]
    rows = []
    for at in filled[1:]:
        row = {name: sheet.cell(at, col) for col, name in enumerate(header) if name}
        rows.append({**row, "well": _canonical(row["well"])})
    return rows, columns


def _filled(rows: Sequence[Mapping[str, str]], before: Sequence[Row]) -> list[Row]:
    """Return rows that say something, with the columns of the file that were not sent."""
    sent = {name for row in rows for name in row}
    known = {_key(row): row for row in before}
    made = []
    for given in rows:
        row = {clean(name): clean(str(text)) for name, text in given.items() if clean(name)}
        row["well"] = _canonical(row.get("well", ""))
        kept = {n: t for n, t in known.get(_key(row), {}).items() if n not in sent}
        if any(text for name, text in row.items() if name not in ("well", "sample_id")):
            made.append({**kept, **row})
    return made


def _same_wells(rows: Sequence[Mapping[str, str]]) -> list[Row]:
    """Return rows that say something, their wells by one name."""
    named = [{**row, "well": _canonical(row.get("well", ""))} for row in rows]
    return [
        row for row in named if any(t for n, t in row.items() if n not in ("well", "sample_id"))
    ]


def _key(row: Mapping[str, str]) -> tuple[str, str]:
    return row.get("sample_id", ""), row.get("well", "")


def _faults(file: str, columns: Sequence[str], rows: Sequence[Row]) -> Iterator[Problem]:
    for name in columns:
        if name in RESERVED:
            message = f"a layout cannot have a column '{name}'; raw files have it."
            yield problem_at(file, "", message, "Give it another name.", "reserved-key")
    if not rows:
        remedy = "Give at least the wells that were used their role."
        yield problem_at(file, "", "no well says what is in it.", remedy, "empty-layout")


def _by_well(problem: Problem, rows: Sequence[Row]) -> Problem:
    """Say the well instead of the line of a table that nobody has seen yet."""
    found = LINE.match(problem.place)
    at = int(found[1]) - 2 if found else -1
    return replace(problem, place=f"well {rows[at]['well']}") if 0 <= at < len(rows) else problem


def layout_csv(columns: Sequence[str], rows: Sequence[Row], *, windows: bool = False) -> bytes:
    """Write rows of a layout as a text table."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if windows else "\n")
    writer.writerow(columns)
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    return out.getvalue().encode("utf-8", "replace")


def _canonical(text: str) -> str:
    position = well_position(text)
    return text.strip() if position is None else well_name(*position)


def _place(well: str) -> tuple[int, int]:
    return well_position(well) or (MAX_ROWS, 0)


def _text(value: object) -> str:
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return "" if value is None else str(value)
