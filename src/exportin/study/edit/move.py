"""Moves files of a block into a block of their own, or into another one; undo brings them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from exportin.study.edit.block_names import check_name
from exportin.study.edit.durable import now_there
from exportin.study.edit.files_of import files_of, held_by, left_out, without
from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.plates_apart import other_layout, part_layouts
from exportin.study.edit.shelf import fits
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.take_out import goes_with, without_block
from exportin.study.edit.taken import in_words
from exportin.study.edit.toml_section import section_lines
from exportin.study.edit.toml_text import append_items, append_lines, drop_key, set_value
from exportin.study.ledger import NAME as LEDGER
from exportin.study.ledger import Entry, Said, excluded_rows, read_ledger, who, with_lines
from exportin.study.load import FILE
from exportin.tables.problems import InputError, problem_at

COMPARE = "compare"
READ_BY = ("reader", "columns", "constants", "decimal", "sheet", "channel", "reads", "only")
"""Keys of a block that say how its files are read, and so which rows it has."""

STATED = ("units", "unit", "experimental_unit", "normalized", "response_unit", "dose_unit",
          "volume_unit", "length_unit", "weight_unit", "volume_formula")  # fmt: skip
"""Keys that say what the numbers of a file are: another block's word would make them others."""
OWN = ("assay", "files", "layout", "compare", "order", "primary")


@dataclass(frozen=True, slots=True)
class Moved:
    """Where files went, and what a person should know of it."""

    block: str
    said: tuple[str, ...]


def move_files(
    folder: Path,
    block: str,
    files: Sequence[str],
    *,
    to: str = "",
    name: str = "",
    with_block: bool = False,
) -> Moved:
    """Move files of a block into another block of its assay, or into a new one, in one step.

    A new block has the settings of the old one and its layout, without its questions. Rows that
    people left out stay left out, with their reasons: the ledger gets a line for each block.

    Parameters
    ----------
    folder, block, files
        The study folder, the block, and paths as the block has them; bytes stay where they are.
    to, name
        A block that there is, or the name of a new one: one of the two.
    with_block
        Whether the old block may go with its last file, its questions and links that use it.

    Raises
    ------
    InputError
        If the block has no such file, the other one cannot take it, the name cannot be used, or
        rows that are left out would count again.
    """
    repair(folder)
    study = read_study_file(folder)
    files = list(dict.fromkeys(files))
    names = held_by(study, block, files)
    goes = set(names) <= set(files)
    if bool(to) == bool(name):
        message = "it must be clear where the files go: into a block, or into one of their own."
        raise InputError(problem_at(FILE, f"block.{block}", message, "Say one.", "move-where"))
    if name:
        check_name(study, name)
    _check(study, block, files, to, goes=goes, with_block=with_block)
    said = [other_layout(study, block, to), other_settings(study, block, to)] if to else []
    parted = part_layouts(study, block, to or name, files, goes=goes)
    after = parted.study
    layout = parted.layout
    after = _joined(after, to, files) if to else _begun(after, block, name, files, layout)
    after = without_block(after, block) if goes else without(after, block, files)
    changes: dict[str, bytes | None] = {FILE: after.bytes, **parted.changes}
    seen: dict[str, bytes | None] = {FILE: study.data, **parted.seen}
    carried = left_out(study, block, files, names)
    if carried:
        seen[LEDGER] = now_there(folder, LEDGER)
        changes[LEDGER] = with_lines(seen[LEDGER], _lines(carried, block, to or name, files))
        rows = f"{len(carried)} row{'s' * (len(carried) > 1)}"
        said.append(f"{rows} left out in '{block}' stay left out in '{to or name}'.")
    if name and (lost := len(goes_with(study, block).questions)):
        said.append(f"The questions of '{block}' stay there ({lost}); ask '{name}' its own.")
    if not goes and (links := goes_with(study, block).links):
        listed = ", ".join(f"'{one}'" for one in links)
        said.append(f"What reads '{block}' no longer has what was moved: {listed}.")
    if parted.changes:
        said.append(f"The layout was parted: {', '.join(parted.changes)}.")
    what = f"move {in_words(files)} from {block} to {to or name}"
    record_edit(folder, what, changes, block=block, based_on=seen)
    return Moved(to or name, tuple(filter(None, said)))


def takers(study: StudyText, block: str) -> tuple[str, ...]:
    """Return the other blocks of the assay of a block, which could take its files."""
    assay = study.block(block).get("assay")
    return tuple(n for n, one in study.blocks.items() if n != block and one.get("assay") == assay)


def _check(
    study: StudyText, block: str, files: Sequence[str], to: str, *, goes: bool, with_block: bool
) -> None:
    place = f"block.{block}"
    if goes and not to:
        message = f"the block '{block}' has no other file; it is a block of its own already."
        remedy = "Move it into another block, or leave it as it is."
        raise InputError(problem_at(FILE, place, message, remedy, "own-block"))
    if goes and not with_block:
        links = "".join(f", and so does the link '{one}'" for one in goes_with(study, block).links)
        message = f"the block '{block}' is left without a file and goes{links}."
        raise InputError(problem_at(FILE, place, message, "Say that it may go.", "last-file"))
    carried = left_out(study, block, files, files_of(study, block))
    if goes and set(excluded_rows(read_ledger(study.folder), block)) - set(carried):
        message = f"rows of '{block}' are left out that none of its files holds."
        raise InputError(problem_at(FILE, place, message, "Take them back first.", "rows-left-out"))
    if to:
        _check_taker(study, block, files, to, carried)


def _check_taker(
    study: StudyText, block: str, files: Sequence[str], to: str, carried: dict[str, Entry]
) -> None:
    study.block(to)
    others = takers(study, block)
    if to not in others:
        same = to == block
        message = f"the block '{to}' " + ("has it." if same else "is of another assay.")
        remedy = f"Blocks that take it: {', '.join(others)}." if others else "Name a new block."
        raise InputError(problem_at(FILE, f"block.{to}", message, remedy, "wrong-block"))
    twice = [file for file in files if file in files_of(study, to)]
    if twice:
        message = f"the block '{to}' has '{twice[0]}' too."
        remedy = f"Take it out of '{block}' instead."
        raise InputError(problem_at(FILE, f"block.{to}", message, remedy, "twin"))
    stated = [key for key in STATED if _of(study, block, key) != _of(study, to, key)]
    if stated:
        told = "; ".join(
            f"{key}: {_word(study, block, key)} here, {_word(study, to, key)} in '{to}'"
            for key in stated
        )
        message = f"the block '{to}' says otherwise what the numbers are ({told})."
        remedy = "Give the file a block of its own, or let both blocks say the same first."
        raise InputError(problem_at(files[0], "", message, remedy, "other-numbers"))
    differ = [key for key in READ_BY if _of(study, block, key) != _of(study, to, key)]
    if carried and differ:
        message = (
            f"{len(carried)} of its rows are left out, and '{to}' reads files in another way"
            f" ({', '.join(differ)}): the rows could count again under other names."
        )
        remedy = "Take them back first, and leave them out in the other block."
        raise InputError(problem_at(files[0], "", message, remedy, "rows-left-out"))


def other_settings(study: StudyText, block: str, to: str) -> str:
    """Say which settings of another block the files would get; empty where both say the same."""
    keys = dict.fromkeys([*study.block(block), *study.block(to)])
    differ = [k for k in keys if k not in OWN and _of(study, block, k) != _of(study, to, k)]
    if not differ:
        return ""
    return f"The settings are those of '{to}', which differ: {', '.join(differ)}."


def _word(study: StudyText, block: str, key: str) -> str:
    found = _of(study, block, key)
    return "not said" if found is None else f"'{found}'"


def _of(study: StudyText, block: str, key: str) -> Any:
    return study.block(block).get(key) or None


def _joined(study: StudyText, to: str, files: Sequence[str]) -> StudyText:
    patterns = study.patterns.get(to, [])
    new = [file for file in files if not any(fits(file, one) for one in patterns)]
    if not new:
        return study
    change = partial(append_items, table=("block", to), key="files", items=new)
    return study.changed(change, f"Write the file's name in 'files' of [block.{to}] by hand.")


def _begun(study: StudyText, block: str, name: str, files: Sequence[str], layout: str) -> StudyText:
    """Add a block that says what the old one does, of these files."""
    table, given = ("block", name), {"files": list(files)}

    def change(text: str) -> str:
        lines = section_lines(text, ("block", block), table, given, COMPARE)
        return append_lines(text, [*([""] if text.strip() else []), *lines])

    made = study.changed(change, f"Write [block.{name}] by hand.")
    if made.block(name).get("layout", "") != layout:
        turn = (
            partial(set_value, table=table, key="layout", value=layout)
            if layout
            else partial(drop_key, table=table, key="layout")
        )
        made = made.changed(turn, f"Change 'layout' of [block.{name}] by hand.")
    return made


def _lines(carried: dict[str, Entry], block: str, to: str, files: Sequence[str]) -> list[Said]:
    """Take rows back in the old block, and leave them out in the other for the same reasons."""
    by_reason: dict[str, list[str]] = {}
    for row, entry in carried.items():
        mine = entry.by == who()
        said = entry.reason if mine else f"{entry.reason} (left out in {block} by {entry.by})"
        by_reason.setdefault(said, []).append(row)
    back = f"moved with {in_words(files)} to {to}"
    return [
        line
        for why, rows in by_reason.items()
        for line in (Said("undo", block, tuple(rows), back), Said("exclude", to, tuple(rows), why))
    ]
