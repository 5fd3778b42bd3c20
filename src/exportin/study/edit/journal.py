"""Records every change of the files of a study, and undoes them and exclusions in one order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exportin.study.edit.durable import digest, keep, kept, now_there, repair, repair_held
from exportin.study.edit.durable import write_all as write
from exportin.study.edit.lines import NAME, Edit, edit_line, parse_edit, read_edits
from exportin.study.ledger import LOCK, Entry, Said, append_held, lines_in, read_ledger, with_lines
from exportin.study.ledger import NAME as LEDGER
from exportin.study.lock import locked
from exportin.tables.problems import InputError, Problem, problem_at

FILES, ROWS = "files", "rows"
SHOWN = 3
Line = Edit | Entry

__all__ = ["Done", "Edit", "History", "Past", "history", "record_edit", "redo", "repair", "undo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One change: of ``files`` or of excluded ``rows``, and whether it is undone now."""

    what: str
    block: str
    by: str
    at: str
    of: str
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What undo and redo would do (empty: nothing), and all changes, the oldest first."""

    can_undo: str
    can_redo: str
    entries: tuple[Past, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What was undone or done again, and the block it belongs to (empty: the whole study)."""

    what: str
    block: str


@dataclass(eq=False)
class _Change:
    """A change with the line that holds it now: its own, or that of its last undo or redo."""

    first: Line
    last: Line
    undone: bool = False


@dataclass
class _Timeline:
    """All changes; those that undo would undo, the last one first to go; those redo would redo."""

    every: list[_Change]
    done: list[_Change]
    undone: list[_Change]


def record_edit(
    folder: Path,
    what: str,
    files: Mapping[str, bytes | None],
    *,
    block: str = "",
    based_on: Mapping[str, bytes | None] | None = None,
) -> Edit:
    """Write files of a study, all or none, and one line that says so.

    Parameters
    ----------
    folder
        The study folder; it is made where there is none.
    what
        The change in words, for the list of changes.
    files
        Path in the study to its new bytes; None deletes the file. The ledger of exclusions may
        be among them, with lines added: they are undone with the rest, by further lines.
    block
        Block the change belongs to.
    based_on
        Files the change was made from, as they were then; it is refused where one is different
        now, so that two windows never overwrite each other.

    Raises
    ------
    InputError
        If a path leaves the folder, a file changed meanwhile, or nothing can be written here.
    """
    try:
        with locked(folder / LOCK):
            repair_held(folder)
            _same_as(folder, based_on or {})
            before = {name: now_there(folder, name) for name in files}
            new = {name: data for name, data in files.items() if data != before[name]}
            if not new:
                return _nothing(what, block)
            return _write(folder, what, block, before, new, action="edit", reverses=0)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _write(
    folder: Path,
    what: str,
    block: str,
    before: Mapping[str, bytes | None],
    new: Mapping[str, bytes | None],
    *,
    action: str,
    reverses: int,
) -> Edit:
    edits, lines = read_edits(folder), len(read_ledger(folder))
    for name in new:
        for data in (before[name], new[name]):
            if data is not None:
                keep(folder, data)
    line = edit_line(
        edits,
        action=action,
        what=what,
        block=block,
        files={name: (digest(before[name]), digest(new[name])) for name in new},
        reverses=reverses,
        ledger=lines,
        lines=len(lines_in(new.get(LEDGER) or b"")) - lines if LEDGER in new else 0,
    )
    write(folder, new, line)
    return parse_edit(line)


def history(folder: Path) -> History:
    """Return what was changed, and what undo and redo would do.

    Raises
    ------
    InputError
        If one of the two records was edited.
    """
    repair(folder)
    made = _timeline(folder)
    return History(
        can_undo=_words(made.done[-1].first) if made.done else "",
        can_redo=_words(made.undone[-1].first) if made.undone else "",
        entries=tuple(
            Past(
                what=_words(change.first),
                block=change.first.block,
                by=change.first.by,
                at=change.first.at,
                of=FILES if isinstance(change.first, Edit) else ROWS,
                undone=change.undone,
            )
            for change in made.every
        ),
    )


def undo(folder: Path) -> Done:
    """Undo the last change, of files or of exclusions.

    Raises
    ------
    InputError
        If there is none, a file was changed outside since, or its bytes are no longer kept.
    """
    return _reverse(folder, again=False)


def redo(folder: Path) -> Done:
    """Do the change again that was undone last; a new change in between clears it.

    Raises
    ------
    InputError
        If there is none, a file was changed outside since, or its bytes are no longer kept.
    """
    return _reverse(folder, again=True)


def _reverse(folder: Path, *, again: bool) -> Done:
    word = "redo" if again else "undo"
    try:
        with locked(folder / LOCK):
            repair_held(folder)
            made = _timeline(folder)
            stack = made.undone if again else made.done
            if not stack:
                message = f"there is nothing to {word}."
                raise InputError(problem_at(NAME, "", message, "", f"nothing-to-{word}"))
            change = stack[-1]
            if isinstance(change.last, Edit):
                _reverse_files(folder, change.last, _words(change.first), word)
            else:
                _reverse_rows(folder, change.last)
            return Done(_words(change.first), change.first.block)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _reverse_files(folder: Path, edit: Edit, what: str, word: str) -> None:
    before = {name: now_there(folder, name) for name in edit.files}
    problems = [
        _changed_since(name, what, word)
        for name, (_, after) in edit.files.items()
        if name != LEDGER and digest(before[name]) != after
    ]
    new: dict[str, bytes | None] = {}
    for name, (earlier, _) in edit.files.items():
        if name == LEDGER:  # it only ever grows
            mine = read_ledger(folder)[edit.ledger : edit.ledger + edit.lines]
            new[name] = with_lines(before[name], [_against(folder, entry) for entry in mine])
            continue
        try:
            new[name] = kept(folder, earlier)
        except KeyError:
            problems.append(_not_kept(name, what, word))
    if problems:
        raise InputError(problems)
    _write(folder, what, edit.block, before, new, action=word, reverses=edit.number)


def _reverse_rows(folder: Path, entry: Entry) -> None:
    """Give the rows of a line the state they had before it, by one further line."""
    said = _against(folder, entry)
    append_held(
        folder,
        action=said.action,
        block=said.block,
        rows=said.rows,
        reason=said.reason,
        reverses=said.reverses,
    )


def _against(folder: Path, entry: Entry) -> Said:
    action = "undo" if entry.action == "exclude" else "exclude"
    said = {e.reason for e in read_ledger(folder)
            if e.block == entry.block and set(e.rows) & set(entry.rows)
            and e.action == "exclude" and e.number < entry.number}  # fmt: skip
    reason = "; ".join(sorted(filter(None, said))) if action == "exclude" else ""
    return Said(action, entry.block, entry.rows, reason, entry.number)


def _timeline(folder: Path) -> "_Timeline":
    """Read both records; a line that reverses another belongs to the change of that one."""
    made = _Timeline([], [], [])
    of: dict[tuple[str, int], _Change] = {}
    for line in _in_order(read_edits(folder), read_ledger(folder)):
        kind = FILES if isinstance(line, Edit) else ROWS
        change = of.get((kind, line.reverses)) if line.reverses else None
        if change is None:
            change = _Change(line, line)
            made.every.append(change)
            made.done.append(change)
            made.undone.clear()
        else:
            here, there = (made.undone, made.done) if change.undone else (made.done, made.undone)
            if change in here:
                here.remove(change)
            there.append(change)
            change.last, change.undone = line, not change.undone
        of[(kind, line.number)] = change
    return made


def _in_order(edits: Sequence[Edit], ledger: Sequence[Entry]) -> Iterator[Line]:
    """Give the lines of both records as they were written."""
    at = 0
    for edit in edits:
        yield from ledger[at : edit.ledger]
        at = max(at, min(edit.ledger + edit.lines, len(ledger)))
        yield edit
    yield from ledger[at:]


def _words(line: Line) -> str:
    if isinstance(line, Edit):
        return line.what
    shown = ", ".join(line.rows[:SHOWN])
    more = f" and {len(line.rows) - SHOWN} more" if len(line.rows) > SHOWN else ""
    if line.action == "exclude":
        return f"leave out {shown}{more} ({line.reason})"
    return f"take back {shown}{more}"


def _nothing(what: str, block: str) -> Edit:
    return Edit(
        number=0, action="edit", what=what, block=block, files={}, reverses=0, ledger=0,
        by="", at="", previous="", digest="",
    )  # fmt: skip


def _same_as(folder: Path, seen: Mapping[str, bytes | None]) -> None:
    changed = [name for name, data in seen.items() if now_there(folder, name) != data]
    if changed:
        message = "the file was changed meanwhile, in another window or by another program."
        remedy = "Look at it as it is now, and make the change again."
        raise InputError([problem_at(name, "", message, remedy, "edit-late") for name in changed])


def _changed_since(name: str, what: str, word: str) -> Problem:
    message = f"the file was changed outside since; '{what}' cannot be {_did(word)}."
    remedy = "Put it back as it was then, or make the change by hand in the file as it is now."
    return problem_at(name, "", message, remedy, "changed-since")


def _not_kept(name: str, what: str, word: str) -> Problem:
    message = f"the file as it was then is no longer kept; '{what}' cannot be {_did(word)}."
    remedy = "It lay in the folder .exportin, which was deleted. Make the change by hand."
    return problem_at(name, "", message, remedy, "not-kept")


def _did(word: str) -> str:
    return "undone" if word == "undo" else "done again"


def _unwritable(folder: Path, error: OSError) -> InputError:
    message = f"the study folder cannot be written: {error.strerror or error}."
    remedy = "Look at the rights of the folder and the space on the disk."
    return InputError(problem_at(str(folder), "", message, remedy, "cannot-write"))
