"""Takes files into a study: starts one, or adds to it; an upload's name is never a path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from exportin.study.edit.extend import extended
from exportin.study.edit.journal import record_edit, repair
from exportin.study.edit.look import look
from exportin.study.edit.names import safe_name
from exportin.study.edit.shelf import RAW, Shelf
from exportin.study.edit.taken import Added, Taken, in_words
from exportin.study.front_door import MAX_MB
from exportin.study.load import FILE
from exportin.study.new_from import not_for_a_study, started, unusable
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, problem_at

__all__ = ["Added", "Refused", "add_files", "add_good_files"]


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, by its name as given, and why."""

    file: str
    problems: tuple[Problem, ...]


def add_files(
    folder: Path, files: Mapping[str, bytes], *, block: str = "", own: str = ""
) -> tuple[Added, ...]:
    """Take files into a study, unedited, under safe names; all of them or none.

    A folder without a study gets one, as by ``exportin new DIR --from FILE...``. In a study each
    file goes to the block of its assay, or to a new block.

    Parameters
    ----------
    folder
        The study folder; it need not exist yet.
    files
        Name as the uploader gives it (never used as a path) to bytes.
    block
        Block that takes them; needed only where several could.
    own
        Name of a block of their own, where that is wanted.

    Raises
    ------
    InputError
        With every problem of every file; nothing is written then.
    """
    repair(folder)
    _some(folder, files)
    taken, refused = look_at(files)
    if refused:
        raise InputError([problem for one in refused for problem in one.problems])
    return _written(folder, taken, block, own)


def add_good_files(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    block: str = "",
    own: str = "",
    looked: tuple[list[Taken], list[Refused]] | None = None,
) -> tuple[tuple[Added, ...], tuple[Refused, ...]]:
    """Take those files into a study that can be, in one step, and say why the others cannot.

    ``looked`` is what `look_at` gave for the files, where it was asked before.

    Raises
    ------
    InputError
        With every problem of every file where none can be taken; nothing is written then.
    """
    repair(folder)
    _some(folder, files)
    taken, refused = looked or look_at(files)
    while taken:
        try:
            return _written(folder, taken, block, own), tuple(refused)
        except InputError as error:
            why = {each.given: _about(each, error.problems) for each in taken}
            if not all(any(one in found for found in why.values()) for one in error.problems):
                raise  # it is about no file, so leaving files out would not mend it
            refused += [Refused(name, found) for name, found in why.items() if found]
            taken = [each for each in taken if not why[each.given]]
    raise InputError([problem for one in refused for problem in one.problems])


def _about(each: Taken, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(one for one in problems if one.file.rsplit("/", 1)[-1] == each.name)


def _some(folder: Path, files: Mapping[str, bytes]) -> None:
    if not files:
        message = "no file was given."
        raise InputError(problem_at(str(folder), "", message, "Name raw files.", "no-file"))


def look_at(files: Mapping[str, bytes]) -> tuple[list[Taken], list[Refused]]:
    """Read files without writing anything: those that can be taken, and why others cannot."""
    taken: list[Taken] = []
    refused: list[Refused] = []
    for name, data in files.items():
        try:
            taken.append(_looked_at(name, data))
        except InputError as error:
            refused.append(Refused(name, error.problems))
    return taken, refused


def _written(folder: Path, taken: Sequence[Taken], block: str, own: str) -> tuple[Added, ...]:
    if block and own:
        message = f"the files cannot go to '{block}' and to a new block '{own}'."
        raise InputError(problem_at(FILE, "", message, "Say one of the two.", "move-where"))
    shelf = Shelf.of(folder)
    if own and not (folder / FILE).is_file():
        message = "there is no study yet; its first files begin the first block."
        raise InputError(problem_at(FILE, "", message, "Add them without a name.", "no-study"))
    if (folder / FILE).is_file():
        changes, seen, added = extended(folder, taken, shelf, block, own)
    else:
        changes, seen, added = _begun(folder, taken, shelf)
    seen = {**dict.fromkeys(changes), **seen}  # what is new was not there when it was looked at
    names = [one.stored for one in added if one.stored in changes]
    what = f"add {in_words(names or list(changes))}"
    blocks = {one.block for one in added}
    record_edit(
        folder, what, changes, block=blocks.pop() if len(blocks) == 1 else "", based_on=seen
    )
    return added


def _looked_at(name: str, data: bytes) -> Taken:
    """Read a file under its safe name.

    Raises
    ------
    InputError
        If it cannot be read, or no assay takes it.
    """
    safe = safe_name(name)
    if len(data) > MAX_MB * 1e6:
        message = f"the file has {len(data) / 1e6:.0f} MB; files up to {MAX_MB} MB are read."
        raise InputError(problem_at(safe, "", message, "Export parts of it.", "too-large"))
    one = look(Source(name=safe, data=data))
    problems = [*unusable([one])]
    if problems:
        raise InputError(problems)
    return Taken(given=name, name=safe, data=data, one=one)


def _begun(
    folder: Path, taken: Sequence[Taken], shelf: Shelf
) -> tuple[dict[str, bytes | None], dict[str, bytes | None], tuple[Added, ...]]:
    """Return the files of a new study; what lies in the folder already stays."""
    first: dict[str, Taken] = {}
    again: dict[str, str] = {}
    for each in taken:
        base = "" if each.one.suggestion.part else RAW
        twin = next((one.name for one in first.values() if one.data == each.data), "")
        if twin:
            again[each.given] = twin
            continue
        place = shelf.place(base, each.name, each.data, [one.name for one in first.values()])
        shelf.put(place, each.data)
        name = place.rsplit("/", 1)[-1]
        first[each.given] = each if name == each.name else renamed(each, name)
    found = [each.one for each in first.values()]
    problems = [*not_for_a_study(found)]
    if problems:
        raise InputError(problems)
    raw = {each.name: each.data for each in first.values()}
    made = started(folder.resolve().name, found, raw)
    changes = {
        name: data
        for name, data in made.files.items()
        if isinstance(data, bytes) and not (folder / name).exists()
    }
    by_name = {each.name: each for each in first.values()}
    added = tuple(
        by_name[again.get(each.given) or first[each.given].name].added(
            each.given, made.places, again=each.given in again
        )
        for each in taken
    )
    return dict(changes), {FILE: None}, added


def renamed(each: Taken, name: str) -> Taken:
    """Return a file read under another name; what it is called may decide what it says."""
    return replace(each, name=name, one=look(Source(name=name, data=each.data)))
