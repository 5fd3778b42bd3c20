"""The ledger of exclusions: nothing is lost, nothing can be changed unseen."""

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from exportin.study.ledger import NAME, append, excluded_rows, read_ledger
from exportin.tables.problems import InputError

WRITERS, LINES = 4, 6


def add(folder: Path, *rows: str, action: str = "exclude", block: str = "v") -> Any:
    return append(folder, action=action, block=block, rows=rows, reason="bubble")


def lines(folder: Path) -> list[bytes]:
    return (folder / NAME).read_bytes().splitlines(keepends=True)


def broken_at(folder: Path) -> str:
    """Place of the line that does not fit."""
    with pytest.raises(InputError) as caught:
        read_ledger(folder)
    (problem,) = caught.value.problems
    assert problem.code == "ledger-broken"
    assert problem.file == NAME
    return problem.place


def test_no_ledger_is_no_exclusion(tmp_path: Path) -> None:
    assert read_ledger(tmp_path) == ()


def test_what_was_said_is_read_back(tmp_path: Path) -> None:
    made = append(
        tmp_path, action="exclude", block="v", rows=("a:A01", "b:Ü 2"), reason='Luft"blase\n'
    )
    assert read_ledger(tmp_path) == (made,)
    assert (made.rows, made.reason, made.number) == (("a:A01", "b:Ü 2"), 'Luft"blase\n', 1)
    assert made.by
    assert made.at.endswith("+00:00")
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 1


def test_undo_is_a_line_of_its_own(tmp_path: Path) -> None:
    add(tmp_path, "a", "b")
    add(tmp_path, "a", action="undo")
    add(tmp_path, "a", block="w")
    entries = read_ledger(tmp_path)
    assert len(entries) == 3
    assert set(excluded_rows(entries, "v")) == {"b"}
    assert set(excluded_rows(entries, "w")) == {"a"}
    assert excluded_rows(entries, "v")["b"] == entries[0]
    add(tmp_path, "a")
    assert set(excluded_rows(read_ledger(tmp_path), "v")) == {"a", "b"}


def test_torn_last_line_was_never_said(tmp_path: Path) -> None:
    for row in "abc":
        add(tmp_path, row)
    whole = (tmp_path / NAME).read_bytes()
    start = len(b"".join(lines(tmp_path)[:2]))
    for cut in range(start, len(whole), 37):
        (tmp_path / NAME).write_bytes(whole[:cut])
        assert [entry.rows for entry in read_ledger(tmp_path)] == [("a",), ("b",)]
    (tmp_path / NAME).write_bytes(whole[:-1])  # all but the line end
    add(tmp_path, "d")
    assert [entry.rows for entry in read_ledger(tmp_path)] == [("a",), ("b",), ("d",)]
    assert lines(tmp_path)[:2] == whole.splitlines(keepends=True)[:2]


def test_torn_inside_a_letter(tmp_path: Path) -> None:
    add(tmp_path, "a")
    with (tmp_path / NAME).open("ab") as file:
        file.write("ü".encode()[:1])
    assert len(read_ledger(tmp_path)) == 1
    add(tmp_path, "b")
    assert len(read_ledger(tmp_path)) == 2


@pytest.mark.parametrize("number", [0, 1, 2])
def test_edited_line_is_found(tmp_path: Path, number: int) -> None:
    for row in "abc":
        add(tmp_path, row)
    found = lines(tmp_path)
    found[number] = found[number].replace(b"bubble", b"trouble")
    (tmp_path / NAME).write_bytes(b"".join(found))
    assert broken_at(tmp_path) == f"line {number + 1}"


def test_line_edited_with_a_new_digest_is_found(tmp_path: Path) -> None:
    """Whoever knows how the digest is made still breaks the chain behind the line."""
    from exportin.study.ledger import _digest

    for row in "abc":
        add(tmp_path, row)
    found = lines(tmp_path)
    fields = json.loads(found[1])
    del fields["digest"]
    fields["reason"] = "forged"
    found[1] = (json.dumps({**fields, "digest": _digest(fields)}) + "\n").encode()
    (tmp_path / NAME).write_bytes(b"".join(found))
    assert broken_at(tmp_path) == "line 3"


@pytest.mark.parametrize(
    ("order", "place"),
    [([1, 2], "line 1"), ([0, 2], "line 2"), ([0, 2, 1], "line 2"), ([0, 0, 1], "line 2")],
)
def test_removed_doubled_or_reordered_line_is_found(
    tmp_path: Path, order: list[int], place: str
) -> None:
    for row in "abc":
        add(tmp_path, row)
    found = lines(tmp_path)
    (tmp_path / NAME).write_bytes(b"".join(found[i] for i in order))
    assert broken_at(tmp_path) == place


@pytest.mark.parametrize(
    "line", [b"\n", b"{}\n", b"null\n", b"[1]\n", b"\xff\xfe\n", b"nonsense\n"]
)
def test_nonsense_line_is_found(tmp_path: Path, line: bytes) -> None:
    add(tmp_path, "a")
    with (tmp_path / NAME).open("ab") as file:
        file.write(line)
    assert broken_at(tmp_path) == "line 2"
    with pytest.raises(InputError):
        add(tmp_path, "b")


def _write_some(folder: str, who: int) -> None:
    for number in range(LINES):
        add(Path(folder), f"{who}:{number}")


def test_four_writers_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    writers = [context.Process(target=_write_some, args=(str(tmp_path), i)) for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    entries = read_ledger(tmp_path)
    assert {entry.rows[0] for entry in entries} == {
        f"{who}:{number}" for who in range(WRITERS) for number in range(LINES)
    }
    for who in range(WRITERS):  # each writer's own lines stay in their order
        own = [e.rows[0] for e in entries if e.rows[0].startswith(f"{who}:")]
        assert own == [f"{who}:{number}" for number in range(LINES)]
