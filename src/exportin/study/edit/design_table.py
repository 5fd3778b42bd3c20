"""The design of a study as a table to fill in: a row a plate, tube, animal or patient."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from exportin.study.designs import PLACE, design_row, read_designs
from exportin.study.discover import assay_names, load_assay
from exportin.study.edit.doses import with_doses
from exportin.study.edit.durable import now_there
from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.layout_table import layout_table
from exportin.study.edit.merge import merged
from exportin.study.edit.raw_files import RawFile, raw_files
from exportin.study.edit.shelf import Shelf
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.toml_text import set_value
from exportin.study.load import FILE
from exportin.study.new_from import LAYOUT_COLUMNS
from exportin.study.recognise import recognised
from exportin.tables.cells import read_sheets
from exportin.tables.kinds import PlateList
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, problem_at

FIRST = ("sample_id", "file")
Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignTable:
    """What the study says of its plates, tubes, animals or patients.

    Parameters
    ----------
    file
        Where it stands, or will stand once it is saved.
    columns
        Those of the file, then those that an assay still needs.
    rows
        Texts as they stand in the file, then a row for each sample of the raw files without one.
    needs
        Column to the numbers of the rows (from zero) whose cell is empty but needed.
    proposed
        Numbers of the rows that are not in the file yet.
    """

    file: str
    columns: tuple[str, ...]
    rows: list[Row]
    needs: dict[str, tuple[int, ...]]
    proposed: tuple[int, ...]


def design_table(folder: Path) -> DesignTable:
    """Return the design of a study, finished or not.

    Raises
    ------
    InputError
        If there is no study, or its design cannot be read at all.
    """
    repair(folder)
    return _table(read_study_file(folder))


def save_design(
    folder: Path,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    opened: Sequence[Mapping[str, str]] | None = None,
) -> DesignTable:
    """Write the design of a study; rows and columns that say nothing are left out.

    A workbook or a list of plates of an instrument stays as it is; a table of the study's own
    takes its place. With ``opened``, the rows as they were before they were edited, cells that were
    saved by someone else meanwhile keep that.

    Raises
    ------
    InputError
        With every problem of the table, or cells that two people changed; the design stays as it
        was.
    """
    repair(folder)
    study = read_study_file(folder)
    data = now_there(folder, study.design)
    ours = data is None or _is_ours(Source(name=study.design, data=data))
    name = study.design if ours else Shelf.of(folder).free("design.csv")
    named = list(dict.fromkeys(filter(None, map(clean, columns))))
    made = [{clean(str(n)): clean(str(t)) for n, t in row.items()} for row in rows]
    made = [row for row in made if any(row.values())]
    if opened is not None and data is not None:
        now = _table(study)
        made = merged(study.design, opened, made, now.rows, key=_sample, name="sample_id")
        named = list(dict.fromkeys([*named, *now.columns]))
    there = [] if data is None else _rows(study.design, data)[0]
    problems = with_doses(name, made, there, of="sample_id")[1]
    if problems:
        raise InputError(problems)
    stray = sorted({n for row in made for n, text in row.items() if text} - set(named))
    if stray:
        message = f"the rows have columns that the table has not: {', '.join(stray)}."
        raise InputError(problem_at(name, "", message, "Name the columns too.", "no-column"))
    new = _csv(named, made, windows=ours and b"\r\n" in (data or b""))
    read_designs(Source(name=name, data=new))
    changes: dict[str, bytes | None] = {name: new}
    if name != study.design:
        change = partial(set_value, table=("study",), key="design", value=name)
        changes[FILE] = study.changed(change, f'Write design = "{name}" in [study].').bytes
    seen = {FILE: study.data, name: data if ours else None}
    record_edit(folder, f"change the design {name}", changes, based_on=seen)
    return _table(read_study_file(folder))


def _sample(row: Mapping[str, str]) -> tuple[str, str]:
    return row.get("sample_id", ""), row.get("file", "")


def _table(study: StudyText) -> DesignTable:
    data = now_there(study.folder, study.design)
    rows, columns = ([], list(FIRST)) if data is None else _rows(study.design, data)
    known = [{name: text or None for name, text in row.items()} for row in rows]
    numbers: dict[tuple[str | None, str | None], int] = {}
    for at, row in enumerate(known):
        numbers.setdefault((row.get("sample_id"), row.get("file")), at)
    needs: dict[str, set[int]] = {}
    proposed: list[int] = []
    for wanted, one in _asked(study):
        for sample in one.samples:
            found = design_row(known, one.file, sample, alone=len(one.samples) == 1)
            if found is None:
                if not wanted:
                    continue
                found = {"sample_id": sample, "file": one.file}
                numbers[(sample, one.file)] = len(known)
                proposed.append(len(known))
                known.append(found)
            at = numbers[(found.get("sample_id"), found.get("file"))]
            for name in wanted:
                held = needs.setdefault(name, set())
                held |= set() if (found.get(name) or "").strip() else {at}
    columns = list(dict.fromkeys([*columns, *needs]))
    return DesignTable(
        file=study.design,
        columns=tuple(columns),
        rows=[{name: row.get(name) or "" for name in columns} for row in known],
        needs={name: tuple(sorted(held)) for name, held in needs.items() if held},
        proposed=tuple(proposed),
    )


def _asked(study: StudyText) -> Iterator[tuple[list[str], RawFile]]:
    """Give each raw file with what the design must say of its samples, block by block."""
    for block, said in study.blocks.items():
        if said.get("assay") not in assay_names():
            continue
        try:
            files = raw_files(study, block)
            wells = _by_layout(study, block, said)
        except InputError:
            continue
        for one in files:
            yield _wanted(said, one, wells), one


def _wanted(said: Mapping[str, Any], one: RawFile, wells: set[str]) -> list[str]:
    """Return the columns that the assay needs and neither the file nor the layout has."""
    assay = load_assay(str(said["assay"]))
    constants = said.get("constants")
    held = one.columns | wells | set(constants if isinstance(constants, dict) else ())
    wanted = [
        column.name
        for column in assay.inputs
        if not column.nullable and column.name not in assay.defaults and column.name not in held
        and not (column.name == "unit_id" and assay.sample_is_unit)
    ]  # fmt: skip
    return sorted(wanted, key=lambda name: name != "unit_id")


def _by_layout(study: StudyText, block: str, said: Mapping[str, Any]) -> set[str]:
    """Return what a layout says of each well, or will say once it is filled in."""
    kind = load_assay(str(said["assay"])).consumes
    if not any(column.name == "well" for column in kind.columns):
        return set()
    try:
        table = layout_table(study.folder, block)
    except InputError:
        return set(LAYOUT_COLUMNS)
    filled = {n for row in table.rows for n, text in row.items() if text}
    return {*LAYOUT_COLUMNS, *filled}


def _is_ours(source: Source) -> bool:
    """Whether a design is a plain text table with our own names, which may be written again."""
    if recognised(source, PlateList) is not None:
        return False
    book = read_sheets(source)
    return len(book.sheets) == 1 and book.sheets[0].is_text


def _rows(file: str, data: bytes) -> tuple[list[Row], list[str]]:
    """Return the rows of a design; what keeps a text table from being used does not matter here."""
    source = Source(name=file, data=data)
    if not _is_ours(source):
        frame = read_designs(source).frame.drop(PLACE)
        rows = [{n: t or "" for n, t in row.items()} for row in frame.iter_rows(named=True)]
        return rows, list(dict.fromkeys([*FIRST, *frame.columns]))
    sheet = read_sheets(source).sheets[0]
    filled = [at for at in range(len(sheet.rows)) if not sheet.is_blank(at)]
    header = [clean(cell) for cell in sheet.rows[filled[0]]] if filled else list(FIRST)
    rows = [
        {name: clean(sheet.cell(at, col)) for col, name in enumerate(header) if name}
        for at in filled[1:]
    ]
    return rows, list(dict.fromkeys([*FIRST, *filter(None, header)]))


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]], *, windows: bool) -> bytes:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n" if windows else "\n")
    writer.writerow(columns)
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    return out.getvalue().encode("utf-8", "replace")
