"""The record of changes: all or nothing, also when the process is killed; undo without end."""

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exportin.report.quality import exclusions
from exportin.study.edit import durable
from exportin.study.edit.journal import history, record_edit, redo, repair, undo
from exportin.study.edit.lines import NAME, read_edits
from exportin.study.ledger import (
    LOCK,
    Said,
    append,
    append_held,
    excluded_rows,
    read_ledger,
    with_lines,
)
from exportin.study.lock import locked
from exportin.study.store import TEMPORARY
from exportin.tables.problems import InputError, Problem

WRITERS, LINES = 3, 5
OURS = (NAME, "exclusions.jsonl")


class KilledError(BaseException):
    """The process ends here: nothing behind it runs."""


def content(folder: Path) -> dict[str, bytes]:
    """Files of a study without records and cache; nothing half-written may lie there."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(".exportin") and name not in OURS:
            found[name] = path.read_bytes()
    return found


def only(caught: Any) -> Problem:
    (problem,) = caught.value.problems
    assert problem.remedy or problem.code.startswith("nothing"), problem
    return problem


def leave_out(folder: Path, *rows: str, action: str = "exclude", reason: str = "bubble") -> None:
    append(folder, action=action, block="v", rows=rows, reason=reason)


def out(folder: Path) -> dict[str, str]:
    return {row: e.reason for row, e in excluded_rows(read_ledger(folder), "v").items()}


def test_nothing_to_undo(tmp_path: Path) -> None:
    assert history(tmp_path).entries == ()
    for what in (undo, redo):
        with pytest.raises(InputError) as caught:
            what(tmp_path)
        assert only(caught).code.startswith("nothing-to")
    assert history(tmp_path).can_undo == history(tmp_path).can_redo == ""


def test_write_undo_redo(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    record_edit(folder, "start", {"study.toml": b"1", "raw/a.csv": b"a"})
    record_edit(folder, "change", {"study.toml": b"2", "raw/a.csv": None, "b": b"b"}, block="v")
    assert content(folder) == {"study.toml": b"2", "b": b"b"}
    assert (history(folder).can_undo, history(folder).can_redo) == ("change", "")
    done = undo(folder)
    assert (done.what, done.block) == ("change", "v")
    assert content(folder) == {"study.toml": b"1", "raw/a.csv": b"a"}
    assert (history(folder).can_undo, history(folder).can_redo) == ("start", "change")
    undo(folder)
    assert content(folder) == {}
    redo(folder)
    redo(folder)
    assert content(folder) == {"study.toml": b"2", "b": b"b"}
    assert [past.undone for past in history(folder).entries] == [False, False]
    assert [edit.action for edit in read_edits(folder)] == [
        "edit", "edit", "undo", "undo", "redo", "redo",
    ]  # fmt: skip


def test_what_changes_nothing_is_not_recorded(tmp_path: Path) -> None:
    record_edit(tmp_path, "one", {"a": b"1"})
    assert record_edit(tmp_path, "same", {"a": b"1"}).number == 0
    assert len(read_edits(tmp_path)) == 1


def test_new_change_clears_redo(tmp_path: Path) -> None:
    record_edit(tmp_path, "one", {"a": b"1"})
    undo(tmp_path)
    leave_out(tmp_path, "r1")
    assert history(tmp_path).can_redo == ""
    assert [past.undone for past in history(tmp_path).entries] == [True, False]
    undo(tmp_path)
    record_edit(tmp_path, "two", {"a": b"2"})
    assert history(tmp_path).can_redo == ""
    undo(tmp_path)
    assert history(tmp_path).can_undo == ""


def test_exclusions_and_files_in_one_order(tmp_path: Path) -> None:
    record_edit(tmp_path, "one", {"a": b"1"})
    leave_out(tmp_path, "r1", "r2", reason="bubble")
    record_edit(tmp_path, "two", {"a": b"2"})
    leave_out(tmp_path, "r1", action="undo")
    leave_out(tmp_path, "r2", "r3", reason="edge")
    states: list[tuple[dict[str, bytes], dict[str, str]]] = [
        ({"a": b"2"}, {"r2": "edge", "r3": "edge"}),
        ({"a": b"2"}, {"r2": "bubble"}),
        ({"a": b"2"}, {"r1": "bubble", "r2": "bubble"}),
        ({"a": b"1"}, {"r1": "bubble", "r2": "bubble"}),
        ({"a": b"1"}, {}),
        ({}, {}),
    ]
    for _ in range(2):  # the second time after all of it was done again
        for state in states:
            assert (content(tmp_path), out(tmp_path)) == state
            if history(tmp_path).can_undo:
                undo(tmp_path)
        for state in reversed(states):
            assert (content(tmp_path), out(tmp_path)) == state
            if history(tmp_path).can_redo:
                redo(tmp_path)
    who = excluded_rows(read_ledger(tmp_path), "v")["r2"]
    assert who.number == 3  # the line of the person, not that of a redo
    assert [past.of for past in history(tmp_path).entries] == [
        "files", "rows", "files", "rows", "rows",
    ]  # fmt: skip


def test_words_of_exclusions(tmp_path: Path) -> None:
    leave_out(tmp_path, "a:A01", reason="bubble")
    assert history(tmp_path).can_undo == "leave out a:A01 (bubble)"
    leave_out(tmp_path, "a:A01", action="undo")
    assert history(tmp_path).can_undo == "take back a:A01"
    done = undo(tmp_path)
    assert (done.what, done.block) == ("take back a:A01", "v")
    last = read_ledger(tmp_path)[-1]
    assert (last.action, last.reason, last.reverses) == ("exclude", "bubble", 2)


def test_report_says_which_line_was_undone(tmp_path: Path) -> None:
    """Undoing the second exclusion of a row does not take back the first."""
    leave_out(tmp_path, "a", reason="bubble")
    leave_out(tmp_path, "a", "b", reason="edge")
    undo(tmp_path)
    assert out(tmp_path) == {"a": "bubble"}
    first, second = exclusions(read_ledger(tmp_path), "v")
    assert [row.undone for row in first.rows] == [None]
    assert all(row.undone is not None for row in second.rows)


def test_line_that_reverses_a_later_one_is_found(tmp_path: Path) -> None:
    with locked(tmp_path / LOCK):
        append_held(tmp_path, action="undo", block="v", rows=("a",), reason="", reverses=1)
    with pytest.raises(InputError) as caught:
        read_ledger(tmp_path)
    assert only(caught).code == "ledger-broken"


class Model:
    """What undo means: a list of states and a place in it."""

    def __init__(self) -> None:
        self.states: list[tuple[dict[str, bytes], frozenset[str]]] = [({}, frozenset())]
        self.at = 0

    def do(self, files: dict[str, bytes], rows: frozenset[str]) -> None:
        self.states = [*self.states[: self.at + 1], (files, rows)]
        self.at += 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from("ab"), st.sampled_from([b"1", b"2", None])),
        st.tuples(st.just("out"), st.sampled_from(["r", "s"])),
        st.tuples(st.just("back"), st.sampled_from(["r", "s"])),
        st.just(("undo",)),
        st.just(("redo",)),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_any_order_of_changes(tmp_path_factory: Any, steps: list[tuple[Any, ...]]) -> None:
    folder = tmp_path_factory.mktemp("study")
    model = Model()
    for step in steps:
        files, rows = dict(model.states[model.at][0]), model.states[model.at][1]
        if step[0] == "edit":
            if files.get(step[1]) != step[2]:
                files = {n: d for n, d in {**files, step[1]: step[2]}.items() if d is not None}
                model.do(files, rows)
            record_edit(folder, "edit", {step[1]: step[2]})
        elif step[0] in {"out", "back"}:
            if (step[1] in rows) == (step[0] == "back"):
                leave_out(folder, step[1], action="exclude" if step[0] == "out" else "undo")
                model.do(files, rows ^ {step[1]})
        else:
            possible = model.at > 0 if step[0] == "undo" else model.at + 1 < len(model.states)
            call = undo if step[0] == "undo" else redo
            if possible:
                call(folder)
                model.at += -1 if step[0] == "undo" else 1
            else:
                with pytest.raises(InputError):
                    call(folder)
        assert (content(folder), frozenset(out(folder))) == model.states[model.at]
        found = history(folder)
        assert bool(found.can_undo) == (model.at > 0)
        assert bool(found.can_redo) == (model.at + 1 < len(model.states))


@pytest.mark.parametrize("how", [b"other", None])
def test_file_changed_outside(tmp_path: Path, how: bytes | None) -> None:
    record_edit(tmp_path, "one", {"a": b"1", "b": b"1"})
    record_edit(tmp_path, "two", {"a": b"2", "b": b"2"})
    (tmp_path / "a").write_bytes(how) if how else (tmp_path / "a").unlink()
    before = content(tmp_path)
    with pytest.raises(InputError) as caught:
        undo(tmp_path)
    problem = only(caught)
    assert (problem.file, problem.code) == ("a", "changed-since")
    assert "two" in problem.message
    assert content(tmp_path) == before
    (tmp_path / "a").write_bytes(b"2")
    undo(tmp_path)
    assert content(tmp_path) == {"a": b"1", "b": b"1"}


def test_deleted_cache(tmp_path: Path) -> None:
    record_edit(tmp_path, "one", {"a": b"1"})
    record_edit(tmp_path, "two", {"a": b"2"})
    shutil.rmtree(tmp_path / ".exportin")
    with pytest.raises(InputError) as caught:
        undo(tmp_path)
    assert only(caught).code == "not-kept"
    assert content(tmp_path) == {"a": b"2"}
    record_edit(tmp_path, "three", {"a": b"3"})
    undo(tmp_path)
    assert content(tmp_path) == {"a": b"2"}


def test_damaged_cache(tmp_path: Path) -> None:
    record_edit(tmp_path, "one", {"a": b"1"})
    record_edit(tmp_path, "two", {"a": b"2"})
    for path in (tmp_path / ".exportin" / "objects").rglob("*"):
        if path.is_file():
            path.write_bytes(b"rubbish")
    with pytest.raises(InputError):
        undo(tmp_path)
    assert content(tmp_path) == {"a": b"2"}


def test_made_from_an_older_file(tmp_path: Path) -> None:
    record_edit(tmp_path, "one", {"a": b"1"})
    with pytest.raises(InputError) as caught:
        record_edit(tmp_path, "late", {"a": b"3"}, based_on={"a": b"0"})
    assert only(caught).code == "edit-late"
    with pytest.raises(InputError):
        record_edit(tmp_path, "late", {"b": b"3"}, based_on={"a": None})
    record_edit(tmp_path, "ok", {"b": b"3"}, based_on={"a": b"1", "b": None})


@pytest.mark.parametrize(
    "name",
    ["../a", "/tmp/a", "a/../../b", ".exportin/objects/x", "", "link/a", "a\\..\\..\\b", "."],
)
def test_nothing_outside_is_written(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(InputError):
        record_edit(folder, "bad", {"fine": b"1", name: b"1"})
    assert content(folder) == {}
    assert read_edits(folder) == ()


def test_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record_edit(tmp_path, "one", {"a": b"1", "b": b"1"})
    real = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).name == "b":
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError) as caught:
        record_edit(tmp_path, "two", {"a": b"2", "b": b"2"})
    assert only(caught).code == "cannot-write"
    assert content(tmp_path) == {"a": b"1", "b": b"1"}
    assert len(read_edits(tmp_path)) == 1


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], list[int]]]:
    """Kill at the n-th time that something reaches the disk: before it, or half of a line."""

    def arm(number: int) -> list[int]:
        count = [0]

        def hit(half: Callable[[], object] | None = None) -> None:
            count[0] += 1
            if count[0] == number:
                if half is not None:
                    half()
                raise KilledError

        def wrap(owner: Any, name: str) -> None:
            real = getattr(owner, name)

            def call(*args: Any, **kwargs: Any) -> Any:
                hit()
                return real(*args, **kwargs)

            monkeypatch.setattr(owner, name, call)

        for owner, name in [(Path, "replace"), (Path, "unlink"), (os, "fsync"), (os, "fdopen")]:
            wrap(owner, name)
        real_line = durable.append_line

        def torn(path: Path, line: str) -> None:
            def half() -> None:
                with path.open("ab") as file:
                    file.write(line.encode()[: len(line) // 2])

            hit(half)
            real_line(path, line)

        monkeypatch.setattr(durable, "append_line", torn)
        return count

    yield arm
    monkeypatch.undo()


def repair_later(folder: Path) -> None:
    """Put right what was broken off, as another process than the one that is gone."""
    for path in folder.rglob(f"{TEMPORARY}{os.getpid()}-*"):
        path.rename(path.with_name(path.name.replace(str(os.getpid()), "999999999")))
    repair(folder)


@pytest.mark.parametrize("what", ["edit", "undo", "redo"])
def test_killed_at_every_point(
    tmp_path: Path, killer: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    states = {}
    for number in range(1, 80):
        folder = tmp_path / str(number)
        record_edit(folder, "one", {"study.toml": b"1", "raw/a": b"1", "gone": b"1"})
        if what != "edit":
            record_edit(folder, "two", {"study.toml": b"2", "raw/b": b"2", "gone": None})
        if what == "redo":
            undo(folder)
        before, lines = content(folder), len(read_edits(folder))
        count = killer(number)
        try:
            if what == "edit":
                record_edit(folder, "two", {"study.toml": b"2", "raw/b": b"2", "gone": None})
            else:
                (undo if what == "undo" else redo)(folder)
        except KilledError:
            killed = True
        else:
            killed = False
        monkeypatch.undo()
        repair_later(folder)
        after = content(folder)
        acknowledged = len(read_edits(folder)) > lines
        assert not any(TEMPORARY in name for name in after), number
        assert (after == before) != acknowledged, number
        states.setdefault(acknowledged, after)
        assert states[acknowledged] == after, number
        assert history(folder).can_undo or history(folder).can_redo
        if not killed:
            assert count[0] < number
            break
    else:
        pytest.fail("it never came to an end")
    assert number > 15
    assert set(states) == {True, False}


@pytest.mark.parametrize("what", ["edit", "undo", "redo"])
def test_lines_of_the_ledger_are_written_with_the_files_or_not_at_all(
    tmp_path: Path, killer: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    states = {}
    for number in range(1, 80):
        folder = tmp_path / str(number)
        record_edit(folder, "one", {"study.toml": b"1"})
        leave_out(folder, "a")
        ledger = (folder / "exclusions.jsonl").read_bytes()
        longer = with_lines(ledger, [Said("undo", "v", ("a",), "moved")])
        two = {"study.toml": b"2", "exclusions.jsonl": longer}
        if what != "edit":
            record_edit(folder, "two", two)
        if what == "redo":
            undo(folder)
        before, lines = (content(folder), out(folder)), len(read_edits(folder))
        entries = read_ledger(folder)
        killer(number)
        killed = False
        try:
            if what == "edit":
                record_edit(folder, "two", two)
            else:
                (undo if what == "undo" else redo)(folder)
        except KilledError:
            killed = True
        monkeypatch.undo()
        repair_later(folder)
        after = (content(folder), out(folder))
        acknowledged = len(read_edits(folder)) > lines
        assert (after == before) != acknowledged, number
        assert (read_ledger(folder) == entries) != acknowledged, number
        assert after[1] == ({} if after[0]["study.toml"] == b"2" else {"a": "bubble"}), number
        states[acknowledged] = after
        if not killed:
            break
    else:
        pytest.fail("it never came to an end")
    assert set(states) == {True, False}


def test_repair_leaves_what_someone_wrote_since(
    tmp_path: Path, killer: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    record_edit(tmp_path, "one", {"a": b"1", "b": b"1"})
    monkeypatch.setattr(durable, "append_line", lambda *_: (_ for _ in ()).throw(KilledError))
    with pytest.raises(KilledError):
        record_edit(tmp_path, "two", {"a": b"2", "b": b"2"})
    monkeypatch.undo()
    assert (tmp_path / durable.PENDING).is_file()
    (tmp_path / "a").write_bytes(b"mine")
    repair(tmp_path)
    assert content(tmp_path) == {"a": b"mine", "b": b"1"}
    assert not (tmp_path / durable.PENDING).exists()


@pytest.mark.parametrize("number", [0, 1])
def test_edited_record_is_found(tmp_path: Path, number: int) -> None:
    for data in (b"1", b"2"):
        record_edit(tmp_path, "it", {"a": data})
    lines = (tmp_path / NAME).read_bytes().splitlines(keepends=True)
    fields = json.loads(lines[number])
    fields["what"] = "else"
    lines[number] = json.dumps(fields).encode() + b"\n"
    (tmp_path / NAME).write_bytes(b"".join(lines))
    for call in (history, undo, redo):
        with pytest.raises(InputError) as caught:
            call(tmp_path)
        assert (only(caught).file, only(caught).place) == (NAME, f"line {number + 1}")


def _write_some(folder: str, who: int) -> None:
    for number in range(LINES):
        record_edit(Path(folder), f"{who}:{number}", {f"f{who}": str(number).encode()})
        leave_out(Path(folder), f"{who}:{number}")


def test_several_writers_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    writers = [context.Process(target=_write_some, args=(str(tmp_path), i)) for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    found = history(tmp_path)
    assert len(found.entries) == 2 * WRITERS * LINES
    for who in range(WRITERS):  # each one's own changes stay in their order
        own = [p.what.split(" (")[0].removeprefix("leave out ") for p in found.entries
               if p.what.removeprefix("leave out ").startswith(f"{who}:")]  # fmt: skip
        assert own == [f"{who}:{number}" for number in range(LINES) for _ in range(2)]
    while history(tmp_path).can_undo:
        undo(tmp_path)
    assert content(tmp_path) == {}
    assert out(tmp_path) == {}


def _killed(folder: str) -> None:
    def die(*_: object) -> None:
        os._exit(9)

    durable.append_line = die  # type: ignore[assignment]
    record_edit(Path(folder), "two", {"study.toml": b"2", "raw/b": b"2"})


def test_real_process_that_is_killed(tmp_path: Path) -> None:
    record_edit(tmp_path, "one", {"study.toml": b"1"})
    process = multiprocessing.get_context("forkserver").Process(
        target=_killed, args=(str(tmp_path),)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    assert content(tmp_path) == {"study.toml": b"2", "raw/b": b"2"}
    assert history(tmp_path).can_undo == "one"
    assert content(tmp_path) == {"study.toml": b"1"}
