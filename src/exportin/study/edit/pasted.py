"""Takes a pasted table of numbers in groups into a study, as a raw file and a block."""

import csv
import re
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Literal

from exportin.study.discover import load_assay
from exportin.study.edit.columns import PASTED, Pasted, laid_out
from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.shelf import Shelf, base_for
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.taken import Added
from exportin.study.edit.toml_text import append_lines, toml_value
from exportin.study.load import FILE, study_of
from exportin.study.new import SCHEMA_FILE, block_lines, schema_bytes, study_head
from exportin.tables.cells import read_sheets
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, problem_at

ASSAY, READER = "measurement", "long_table"
NAME = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST = 40
MAX_TEXT = 10_000_000


def add_table(
    folder: Path,
    text: str,
    *,
    label: str = "",
    units: str = "",
    unit: str = "",
    decimal: Literal["", ".", ","] = "",
) -> Added:
    """Take a pasted table of numbers in groups: a raw file of its own, and a block.

    Columns are separated by tabs, semicolons or commas; a decimal comma is understood. Groups
    stand side by side, or in a long table with headings (treatment, unit_id, value).

    Parameters
    ----------
    folder
        The study folder; it need not hold a study yet.
    text
        As it came from the clipboard.
    label, units
        What was measured, for the axis, and in which unit.
    unit
        What is independent: animal, experiment, patient; empty where the heading says it, or it
        is the assay's own.
    decimal
        Decimal mark, where the numbers do not tell it.

    Raises
    ------
    InputError
        If the form of the table cannot be told, or a cell is no number.
    """
    repair(folder)
    if len(text) > MAX_TEXT:
        message = f"the table has {len(text) / 1e6:.0f} million characters."
        remedy = "Save it as a file, and add that."
        raise InputError(problem_at(PASTED, "", message, remedy, "too-large"))
    source = Source(name=PASTED, data=text.encode("utf-8", "replace"))
    found = laid_out(read_sheets(source).sheets[0], decimal)
    data = _csv(found)
    study = read_study_file(folder) if (folder / FILE).is_file() else None
    shelf = Shelf.of(folder)
    earlier = shelf.twin(data, [p for p in shelf.files.values() if "pasted_" in p])
    if earlier:
        return _added(earlier, "", [f"The same table is there as {earlier}; nothing was added."])
    number = 1
    while any(name.endswith(f"pasted_{number}.csv") for name in shelf.files):
        number += 1
    block = _block_name(study, label)
    base = base_for(block, {} if study is None else study.patterns, f"pasted_{number}.csv")
    place = shelf.place(base, f"pasted_{number}.csv", data)
    lines = _lines(block, place, found, label=label, units=units, unit=unit)
    changes: dict[str, bytes | None] = {place: data}
    if study is None:
        whole = "\n".join([*study_head(folder.resolve().name), *lines]) + "\n"
        changes |= {FILE: whole.encode("utf-8", "replace"), SCHEMA_FILE: schema_bytes()}
    else:
        longer = study.changed(partial(append_lines, lines=lines), "Add a block for it by hand.")
        whole, changes[FILE] = longer.text, longer.bytes
    _check(folder, whole, block)
    seen = {**dict.fromkeys(changes), FILE: None if study is None else study.data}
    record_edit(folder, f"add the table {place}", changes, block=block, based_on=seen)
    return _added(place, block, [*found.said, f"It has a new block, '{block}'."])


def _csv(found: Pasted) -> bytes:
    """Write the rows with the numbers as typed; semicolons where they have decimal commas."""
    out = StringIO()
    mark = ";" if found.decimal == "," else ","
    writer = csv.writer(out, delimiter=mark, lineterminator="\n")
    writer.writerow(found.header)
    writer.writerows(found.rows)
    return out.getvalue().encode()


def _lines(
    block: str, place: str, found: Pasted, *, label: str, units: str, unit: str
) -> list[str]:
    given = {
        "files": f"[{toml_value(place)}]",
        "reader": toml_value(READER),
        "decimal": toml_value(found.decimal),
    }
    order = list(dict.fromkeys(row[0] for row in found.rows))
    if len(order) > 1:  # as they were pasted: control first, rising doses
        given["order"] = f"[{', '.join(map(toml_value, order))}]"
    said = {"label": label.strip(), "units": units.strip(), "experimental_unit": unit or found.unit}
    given |= {key: toml_value(value) for key, value in said.items() if value}
    lines = block_lines(ASSAY, given=given)
    lines = [line.replace(f"[block.{ASSAY}]", f"[block.{block}]") for line in lines]
    return [line.replace(f"[[block.{ASSAY}.compare]]", f"[[block.{block}.compare]]")
            for line in lines if not line.startswith(_options(given))]  # fmt: skip


def _options(given: dict[str, str]) -> tuple[str, ...]:
    """Return the beginnings of remarks about keys that are written already."""
    return tuple(f"# {key} =" for key in given)


def _check(folder: Path, whole: str, block: str) -> None:
    """Refuse what the study file may not say in this block; other blocks may still have gaps."""
    try:
        study_of(folder, whole.replace("\r\n", "\n"))
    except InputError as error:
        mine = [one for one in error.problems if f"block.{block}" in one.place]
        if mine:
            raise InputError(mine) from None


def _block_name(study: StudyText | None, label: str) -> str:
    """Return a name for the block: what was measured, as far as it can name one."""
    name = NAME.sub("_", label.strip().casefold()).strip("_-")[:LONGEST].rstrip("_-")
    name = name if name and name[0].isalpha() else ASSAY
    held = {ASSAY} if name != ASSAY else set()
    if study is not None:
        links = study.raw.get("link")
        held = {n.casefold() for n in (*study.blocks, *(links if isinstance(links, dict) else ()))}
    number, made = 1, name
    while made.casefold() in held:
        number += 1
        made = f"{name}_{number}"
    return made


def _added(place: str, block: str, said: list[str]) -> Added:
    return Added(
        name=PASTED,
        stored=place,
        reader=READER,
        title="Pasted table",
        kind=load_assay(ASSAY).consumes.kind,
        assay=ASSAY,
        block=block,
        said=tuple(said),
    )
