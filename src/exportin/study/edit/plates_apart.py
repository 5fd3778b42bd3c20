"""The layout of files that leave a block: the same one, or their plates' rows of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import partial

from exportin.study.edit.durable import now_there
from exportin.study.edit.layout_table import layout_csv, layout_rows
from exportin.study.edit.raw_files import raw_files
from exportin.study.edit.shelf import Shelf
from exportin.study.edit.study_file import StudyText
from exportin.study.edit.toml_text import drop_key, set_value
from exportin.tables.problems import InputError, problem_at

BY_HAND = "Change 'layout' of the block by hand."


@dataclass
class Parted:
    """A study with its layouts parted; ``layout`` is that of the files that left, if any."""

    study: StudyText
    layout: str
    changes: dict[str, bytes | None] = field(default_factory=dict)
    seen: dict[str, bytes | None] = field(default_factory=dict)


def part_layouts(
    study: StudyText, old: str, new: str, files: Collection[str], *, goes: bool = False
) -> Parted:
    """Part the layout of a block for files that leave it, where it names plates one by one.

    ``new`` may be a block that there is; its own layout then stays. ``goes``: the old block is
    left without files, so that nothing is to be said of its layout.

    Raises
    ------
    InputError
        If the layout names plates of the files, and the other block has another layout.
    """
    name = _layout(study, old)
    data = now_there(study.folder, name) if name else None
    theirs = _layout(study, new) if new in study.blocks else None
    if data is None or theirs == name:
        return Parted(study, name if theirs is None else theirs)
    rows, columns, plain = layout_rows(name, data)
    named = {row.get("sample_id", "") for row in rows} - {""}
    read = raw_files(study, old) if named else ()
    plates = {one.file: set(one.samples) for one in read}
    mine = _of(plates[file] for file in plates if file in files)
    others = _of(plates[file] for file in plates if file not in files)
    if not named & mine - others and (theirs is not None or not named - mine):
        return Parted(study, name if theirs is None else theirs)
    if theirs and named & mine:
        message = f"it says what plate '{min(named & mine)}' holds, and '{new}' has {theirs}."
        remedy = f"Add the rows of this plate to {theirs}, or make a block of its own for the file."
        raise InputError(problem_at(name, "", message, remedy, "two-layouts"))
    made = Parted(study, theirs or "", seen={name: data})
    shelf = Shelf.of(study.folder)
    takes = mine if theirs is not None else {*mine, ""}
    went = [row for row in rows if row.get("sample_id", "") in takes]
    if went:
        made.layout = shelf.free(f"layout_{new}.csv")
        made.changes[made.layout] = layout_csv(columns, went)
        shelf.put(made.layout, b"")
    if theirs is not None and made.layout != theirs:
        made.study = _set(made.study, new, made.layout)
    stays = [row for row in rows if row.get("sample_id", "") not in mine - others]
    if len(stays) < len(rows) and not goes:
        shared = [one for one in study.blocks if one != old and _layout(study, one) == name]
        alone = plain and not shared
        place = name if alone else shelf.free(f"layout_{old}.csv")
        if stays:
            made.changes[place] = layout_csv(columns, stays, windows=b"\r\n" in data and plain)
        made.study = _set(made.study, old, place if stays else "")
    return made


def other_layout(study: StudyText, old: str, new: str) -> str:
    """Say what the wells of a file hold in the other block, where that is another layout."""
    before, after = _layout(study, old), _layout(study, new)
    if before == after:
        return ""
    if not after:
        return f"The block '{new}' has no layout: say what the wells hold."
    there = [now_there(study.folder, name) if name else None for name in (before, after)]
    same = there[0] == there[1]
    earlier = f", no longer what {before} says" if before else ""
    return "" if same else f"Its wells hold what {after} says{earlier}."


def _layout(study: StudyText, block: str) -> str:
    found = study.block(block).get("layout")
    return found if isinstance(found, str) else ""


def _set(study: StudyText, block: str, name: str) -> StudyText:
    if _layout(study, block) == name:
        return study
    table = ("block", block)
    if not name:
        return study.changed(partial(drop_key, table=table, key="layout"), BY_HAND)
    return study.changed(partial(set_value, table=table, key="layout", value=name), BY_HAND)


def _of(plates: Iterable[set[str]]) -> set[str]:
    return {one for many in plates for one in many}
