"""Adds files to a study that there is: to the block of their assay, or to a new one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from exportin.study.as_values import gives
from exportin.study.discover import assay_names, load_assay
from exportin.study.edit.block_names import check_name, free_name, taken_names
from exportin.study.edit.design_rows import with_rows
from exportin.study.edit.durable import now_there
from exportin.study.edit.look import look
from exportin.study.edit.shelf import Shelf, base_for, fits
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.taken import Added, Taken
from exportin.study.edit.toml_text import append_items, append_lines, set_value
from exportin.study.files import find_files
from exportin.study.front_door import TABLE
from exportin.study.load import FILE
from exportin.study.new_from import block_of, own_layout, second_designs
from exportin.study.suggest import DESIGN, LAYOUT, LAYOUTS
from exportin.tables.kinds import Values
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at

BY_HAND = "Write the file's name in 'files' of the block by hand."
TABLES_NEED = ("layout.csv needs", "design.csv needs")
Bytes = dict[str, bytes | None]


@dataclass
class _Work:
    """A study while files are added to it."""

    study: StudyText
    shelf: Shelf
    changes: Bytes = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)

    def say(self, each: Taken, text: str) -> None:
        self.said.setdefault(each.given, []).append(text)


def extended(
    folder: Path, taken: Sequence[Taken], shelf: Shelf, block: str = "", own: str = ""
) -> tuple[Bytes, Bytes, tuple[Added, ...]]:
    """Return the files to write, those they were made from, and what is said of each.

    ``block`` takes the files, or ``own``, a block of their own; else each goes where its like are.

    Raises
    ------
    InputError
        If a file fits no block or several, or the study file cannot be changed here.
    """
    study = read_study_file(folder)
    if block:
        study.block(block)
    problems = [*second_designs([each.one for each in taken])]
    problems += [*_of_two_kinds(taken)] if own else []
    if problems:
        raise InputError(problems)
    if own:
        check_name(study, own)
    work = _Work(study, shelf)
    seen: Bytes = {FILE: study.data}
    files = [each for each in taken if not each.one.suggestion.part]
    work.blocks |= {each.given: own for each in files} if own else _blocks(study, files, block)
    final = [_shelved(work, each) for each in files]
    new = [each for each in final if each.given not in work.again]
    parts = [_part(work, each) for each in taken if each.one.suggestion.part]
    told = [each.one.suggestion.part for each in parts]
    for name in dict.fromkeys(work.blocks[each.given] for each in new):
        mine = [each for each in new if work.blocks[each.given] == name]
        if name in work.study.blocks:
            _to_block(work, name, mine)
        else:
            _new_block(work, name, mine, layout=bool({LAYOUT, LAYOUTS} & set(told)))
    if new and not {DESIGN, LAYOUTS} & set(told):
        seen |= with_rows(work.study, work.changes, new, work.places, work.blocks)
    for each in parts:
        _name_part(work, each)
    if work.study.bytes != study.data:
        work.changes[FILE] = work.study.bytes
    return work.changes, seen, tuple(_said(work, each) for each in _in_order(taken, final, parts))


def _blocks(study: StudyText, files: Sequence[Taken], wanted: str) -> dict[str, str]:
    """Return the block of each file; those of one assay and kind share a new one."""
    found: dict[str, str] = {}
    begun: dict[tuple[str, str], str] = {}
    for each in files:
        name = block_for(study, each, wanted)
        if not name:
            key = (each.one.suggestion.assay, each.one.kind)
            held = (*taken_names(study), *begun.values())
            name = begun.setdefault(key, free_name(key[0], held))
        found[each.given] = name
    return found


def _of_two_kinds(taken: Sequence[Taken]) -> Iterator[Problem]:
    """Refuse files for one block that are for two assays."""
    mine = [each for each in taken if not each.one.suggestion.part]
    for each in mine[1:]:
        first, other = mine[0].one.suggestion.assay, each.one.suggestion.assay
        if first != other:
            message = f"it is a file for {other}, and '{mine[0].name}' one for {first}."
            remedy = "Give each kind a block of its own, in two steps."
            yield problem_at(each.name, "", message, remedy, "two-kinds")


def block_for(study: StudyText, each: Taken, wanted: str = "") -> str:
    """Return the block that takes a file; empty where it needs a new one.

    Raises
    ------
    InputError
        If several could, or the one that was asked for cannot.
    """
    suggestion, assays = each.one.suggestion, _assays(study)
    takes = [name for name, assay in assays.items() if gives(each.one.reader, _kind(assay))]
    if wanted:
        if wanted not in takes:
            message = f"the block '{wanted}' takes no {each.one.reader.title} files."
            remedy = "Add the file without naming a block."
            raise InputError(problem_at(each.name, "", message, remedy, "wrong-block"))
        return wanted
    same = [name for name in takes if assays[name] == suggestion.assay]
    same = [name for name in same if _alike(study, name, each)]
    if not same:
        same = [name for name in takes if _meant_for(study.blocks[name], assays[name], each)]
    if len(same) > 1:
        message = f"{len(same)} blocks take such a file: {', '.join(same)}."
        raise InputError(problem_at(each.name, "", message, "Say which one.", "which-block"))
    return same[0] if same else ""


def _alike(study: StudyText, block: str, each: Taken) -> bool:
    """Whether a block of plain values holds numbers of the same kind: cycles are no counts."""
    if _kind(study.blocks[block]["assay"]) is not Values or each.one.kind == TABLE:
        return True
    try:
        names = find_files(study.sources(), block, [])
        held = [Source(name=name, data=now_there(study.folder, name) or b"") for name in names[:1]]
        return all(look(one).kind in (each.one.kind, TABLE) for one in held)
    except InputError:
        return True


def _meant_for(block: Mapping[str, Any], assay: str, each: Taken) -> bool:
    """Whether a block of another assay than the likely one is meant: its columns say so."""
    columns = block.get("columns")
    if each.one.kind == TABLE and isinstance(columns, dict) and columns:
        return set(map(str, columns.values())) <= set(each.one.rows.columns)
    return assay in each.one.suggestion.assays


def _assays(study: StudyText) -> dict[str, str]:
    known = set(assay_names())
    found = {name: block.get("assay") for name, block in study.blocks.items()}
    return {n: assay for n, assay in found.items() if isinstance(assay, str) and assay in known}


def _kind(assay: str) -> type:
    kind: type = load_assay(assay).consumes
    return kind


def _shelved(work: _Work, each: Taken) -> Taken:
    """Give a file its place; the same bytes are taken once."""
    block = work.blocks[each.given]
    mine = [place for place in work.shelf.files.values()
            if any(fits(place, one) for one in work.study.patterns.get(block, ()))]  # fmt: skip
    mine += [work.places[n] for n in work.places if work.places[n] in work.changes]
    twin = work.shelf.twin(each.data, mine)
    if twin:
        work.again.add(each.given)
        return _at(work, each, twin)
    base = base_for(block, work.study.patterns, each.name)
    place = work.shelf.place(base, each.name, each.data, apart=work.places)
    name = place.rsplit("/", 1)[-1]
    if name != each.name:
        one = look(Source(name=name, data=each.data))
        each = replace(each, name=name, one=replace(one, suggestion=each.one.suggestion))
    work.places[name] = place
    work.shelf.put(place, each.data)
    work.changes[place] = each.data
    return each


def _to_block(work: _Work, block: str, mine: Sequence[Taken]) -> None:
    patterns = work.study.patterns.get(block, [])
    names = [work.places[each.name] for each in mine]
    names = [name for name in names if not any(fits(name, one) for one in patterns)]
    if names:
        change = partial(append_items, table=("block", block), key="files", items=names)
        work.study = work.study.changed(change, BY_HAND)
    for each in mine:
        work.say(each, f"It belongs to the block '{block}'.")
        work.joined.add(each.given)


def _new_block(work: _Work, block: str, mine: Sequence[Taken], *, layout: bool) -> None:
    assay = mine[0].one.suggestion.assay
    found = [each.one for each in mine]
    written: dict[str, bytes | Path] = {}
    todo: list[str] = []
    given = {} if layout else own_layout(assay, found, several=True, written=written, todo=todo)
    for name, data in written.items():
        free = work.shelf.free(name if block == assay else f"layout_{block}.csv")
        given = {key: value.replace(name, free) for key, value in given.items()}
        todo = [line.replace(name, free) for line in todo]
        if isinstance(data, bytes):
            work.changes[free] = data
            work.shelf.put(free, data)
    lines = block_of(assay, found, given=given, todo=todo, places=work.places)
    if block != assay:
        lines = [_under(line, assay, block) for line in lines]
    work.study = work.study.changed(partial(append_lines, lines=lines), BY_HAND)
    for each in mine:
        work.say(each, f"It has a new block, '{block}'.")
        for line in todo:
            work.say(each, f"To fill in: {line}")


def _under(line: str, assay: str, block: str) -> str:
    line = line.replace(f"[block.{assay}]", f"[block.{block}]")
    return line.replace(f"[[block.{assay}.compare]]", f"[[block.{block}.compare]]")


def _part(work: _Work, each: Taken) -> Taken:
    """Put a layout or a list of plates beside the study file."""
    place = work.shelf.place("", each.name, each.data)
    if work.shelf.bytes_of(place) == each.data:
        work.again.add(each.given)
    else:
        work.changes[place] = each.data
        work.shelf.put(place, each.data)
    return _at(work, each, place)


def _at(work: _Work, each: Taken, place: str) -> Taken:
    """Return a file that is known by its place, which no name of another file can be."""
    key = f"./{place}"
    work.places[key] = place
    return replace(each, name=key)


def _name_part(work: _Work, each: Taken) -> None:
    """Name a layout or a list of plates in the study file, where it is clear whose it is."""
    place = work.places[each.name]
    if each.one.suggestion.part != LAYOUT:
        if work.study.design != place:
            change = partial(set_value, table=("study",), key="design", value=place)
            work.study = work.study.changed(change, f'Write design = "{place}" in [study].')
            work.say(each, f"The study now takes its samples from {place}.")
        return
    mine = [name for name, assay in _assays(work.study).items() if _takes_layout(assay)]
    if len(mine) != 1:
        work.say(each, f'Write layout = "{place}" in the block whose plates it describes.')
        return
    before = work.study.blocks[mine[0]].get("layout")
    if before != place:
        change = partial(set_value, table=("block", mine[0]), key="layout", value=place)
        work.study = work.study.changed(change, f'Write layout = "{place}" in the block.')
    work.blocks[each.given] = mine[0]
    earlier = f", no longer {before}" if before and before != place else ""
    work.say(each, f"The block '{mine[0]}' takes its wells from {place}{earlier}.")


def _takes_layout(assay: str) -> bool:
    return any(column.name == "well" for column in _kind(assay).columns)  # type: ignore[attr-defined]


def _in_order(
    taken: Sequence[Taken], final: Sequence[Taken], parts: Sequence[Taken]
) -> list[Taken]:
    """Return what was taken in the order in which it was given, with its name in the study."""
    named: Mapping[str, Taken] = {each.given: each for each in (*final, *parts)}
    return [named[each.given] for each in taken]


def _said(work: _Work, each: Taken) -> Added:
    if each.given in work.joined:  # its tables are there; what they lack, the tables say
        told = [one for one in each.one.suggestion.said if not one.startswith(TABLES_NEED)]
        suggestion = replace(each.one.suggestion, said=tuple(told))
        each = replace(each, one=replace(each.one, suggestion=suggestion))
    return each.added(
        each.given,
        work.places,
        block=work.blocks.get(each.given, ""),
        again=each.given in work.again,
        joined=each.given in work.joined,
        more=work.said.get(each.given, ()),
    )
