"""A study in a window: the numbers of a run after every click, whatever becomes of its store."""

import errno
import os
import random
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from exportin.study import live
from exportin.study.edit.journal import record_edit, undo
from exportin.study.ledger import excluded_rows
from exportin.study.load import FILE
from exportin.study.outcome import Outcome
from exportin.study.publish import publish, record_bytes, result_files
from exportin.study.run import STORE, joined_rows, run_study
from exportin.study.session import Session
from exportin.study.store import DamagedError, Store
from exportin.study.warm_store import WarmStore
from exportin.tables.problems import InputError

BLOCK = "m"
PLAN = f"""[study]
schema = 1
title = "Masses"
seed = 7

[block.{BLOCK}]
assay = "measurement"
files = ["raw/*.csv"]

[[block.{BLOCK}.compare]]
quantity = "value"
between = "treatment"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two groups of eight animals; fits nothing, so that a run takes no time."""
    folder = tmp_path_factory.mktemp("session") / "study"
    (folder / "raw").mkdir(parents=True)
    rows = [f"{g},A{u},{10 * u + (g == 'b') * u * u}" for g in "ab" for u in range(1, 9)]
    (folder / "raw" / "masses.csv").write_text(
        "\n".join(["treatment,unit_id,value", *rows]) + "\n", encoding="utf-8"
    )
    (folder / FILE).write_text(PLAN)
    run_study(folder, pictures=False)
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "study"))


@pytest.fixture
def rows(study: Path) -> list[str]:
    """Its rows, in order."""
    return joined_rows(study, BLOCK).get_column("row_id").to_list()


def said(outcome: Outcome | None) -> dict[str, bytes]:
    """Return everything that a run writes but pictures, as bytes."""
    assert outcome is not None
    files = result_files(outcome, {})
    views = {f"{b.name} {name}": data for b in outcome.blocks for name, data in b.views.items()}
    return {**files, "run.json": record_bytes(outcome, files), **views}


def anew(study: Path, place: Path) -> dict[str, bytes]:
    """Return what a run finds that has no store to look at."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(study, place, ignore=shutil.ignore_patterns(STORE, "results"))
    return said(run_study(place, pictures=False))


def clicked(session: Session, rows: list[str], chance: random.Random) -> None:
    """Leave a row out or take one back, as someone does who looks at numbers first."""
    with_out = {r for e in session.outcome().ledger for r in e.rows}
    out = sorted(with_out & now_out(session))
    if out and chance.random() < 0.4:
        session.take_back(BLOCK, (chance.choice(out),))
    else:
        left = [row for row in rows if row not in now_out(session)]
        session.exclude(BLOCK, (chance.choice(left),), f"reason {chance.random():.3f}")


def now_out(session: Session) -> set[str]:
    """Rows that are left out now."""
    return set(excluded_rows(session.outcome().ledger, BLOCK))


# ---- the same numbers as a run


@pytest.mark.parametrize("seed", range(2))
def test_numbers_are_those_of_a_run_after_random_exclusions(
    study: Path, tmp_path: Path, rows: list[str], seed: int
) -> None:
    chance = random.Random(seed)
    with Session(study) as session:
        for _ in range(6):
            clicked(session, rows, chance)
            first = session.numbers().outcome
            assert first is not None
            whole = session.state()
            assert said(whole.outcome) == anew(study, tmp_path / "anew")
            assert first.estimates().frame.equals(whole.outcome.estimates().frame)
            assert first.tests().frame.equals(whole.outcome.tests().frame)
        last = said(session.state().outcome)
    with Session(study) as again:  # after it was closed, from the disk
        assert said(again.state().outcome) == last
    found = run_study(study, pictures=False)
    assert said(found) == last
    assert found.computed == ()  # all of it was on the disk


def test_curves_are_those_of_a_run(simulated: Callable[..., Path], tmp_path: Path) -> None:
    study = simulated("n3")
    names = joined_rows(study, "viability").get_column("row_id").to_list()
    chance = random.Random(5)
    with Session(study) as session:
        session.state()
        for _ in range(3):
            out = tuple(chance.sample(names, chance.randint(1, 4)))
            session.exclude("viability", out, "x")
            session.numbers()
        found = said(session.state().outcome)
    assert found == anew(study, tmp_path / "anew")


def test_numbers_come_without_figures_and_figures_after_them(study: Path, rows: list[str]) -> None:
    with Session(study) as session:
        session.exclude(BLOCK, (rows[0],), "x")
        quick = session.numbers()
        assert quick.outcome is not None
        assert not quick.outcome.blocks[0].views
        whole = session.state()
        assert whole.version == quick.version
        assert whole.outcome is not None
        assert whole.outcome.blocks[0].views
        assert session.numbers() is whole  # they are not made twice
        assert session.state() is whole


def test_two_sessions_agree(study: Path, rows: list[str]) -> None:
    chance = random.Random(1)
    with Session(study) as one, Session(study) as two:
        for turn in range(6):
            clicked((one, two)[turn % 2], rows, chance)
            assert one.version() == two.version()
            assert said(one.state().outcome) == said(two.state().outcome)


def test_many_threads_of_one_session_lose_nothing(
    study: Path, tmp_path: Path, rows: list[str]
) -> None:
    with Session(study) as session, ThreadPoolExecutor(8) as pool:

        def click(row: str) -> int:
            number = session.exclude(BLOCK, (row,), "x").number
            session.numbers()
            session.state()
            return number

        numbers = list(pool.map(click, rows[:4] + rows[8:12]))
        assert sorted(numbers) == list(range(1, 9))
        assert said(session.state().outcome) == anew(study, tmp_path / "anew")


# ---- written behind


def test_everything_is_on_the_disk_when_a_session_was_closed(
    study: Path, rows: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Store.put

    def slowly(self: Store, data: bytes) -> str:
        time.sleep(0.01)
        return put(self, data)

    monkeypatch.setattr(Store, "put", slowly)
    with Session(study) as session:
        session.exclude(BLOCK, (rows[3],), "x")
        session.state()
    assert run_study(study, pictures=False).computed == ()


def test_everything_is_on_the_disk_after_a_flush(tmp_path: Path) -> None:
    warm = WarmStore(tmp_path / STORE)
    for number in range(50):
        digest = warm.put(f"{number}".encode())
        warm.record(f"k{number}", "s", "{}", {"a": digest})
    warm.flush()
    cold = Store(tmp_path / STORE)
    keys = [f"k{number}" for number in range(50)]
    assert cold.find(keys) == warm.find(keys)
    assert len(cold.find(keys)) == 50
    warm.close()
    late = warm.put(b"late")  # from a thread that was still at work
    warm.record("late", "s", "{}", {"a": late})
    warm.flush()
    warm.close()
    assert cold.find(["late"]) == {"late": {"a": late}}


def test_a_row_never_vouches_for_a_file_that_was_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm = WarmStore(tmp_path / STORE)
    warm.flush()
    full = OSError(errno.ENOSPC, "No space left on device")

    def refuse(self: Store, data: bytes) -> str:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(Store, "put", refuse)
        digest = warm.put(b"x")
        warm.record("k", "s", "{}", {"a": digest})
        with pytest.raises(DamagedError, match="No space left"):
            warm.flush()
    assert warm.get(digest) == b"x"
    assert Store(tmp_path / STORE).find(["k"]) == {}
    warm.flush()  # said once
    warm.record("l", "s", "{}", {"a": warm.put(b"y")})
    warm.flush()  # its thread still writes
    assert Store(tmp_path / STORE).find(["l"])
    warm.close()


def test_memory_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import polars as pl

    monkeypatch.setattr("exportin.study.warm_store.KEPT_BYTES", 10_000)
    monkeypatch.setattr("exportin.study.warm_store.KEPT_TABLE_BYTES", 10_000)
    warm = WarmStore(tmp_path / STORE)
    digests = []
    for number in range(640):
        digests.append(warm.put(bytes([number % 256]) * (200 + number)))
        if number % 5 == 0:
            warm.flush()
            assert warm.get(digests[0])  # used again and again
        warm.opened(digests[-1], "frame", lambda n=number: pl.DataFrame({"x": [float(n)] * 100}))
    warm.flush()
    digests.append(warm.put(b"x" * 840))
    assert sum(map(len, warm.memory.values())) <= 10_000
    assert len(warm.tables) <= 12
    assert digests[0] in warm.memory
    assert all(len(warm.get(d)) == 200 + n for n, d in enumerate(digests))
    warm.close()


def test_what_waits_for_a_slow_disk_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exportin.study.warm_store.KEPT_BYTES", 1000)
    gate, put = Event(), Store.put

    def slowly(self: Store, data: bytes) -> str:
        assert gate.wait(10)
        return put(self, data)

    monkeypatch.setattr(Store, "put", slowly)
    warm = WarmStore(tmp_path / STORE)
    digests = [warm.put(bytes([number]) * 100) for number in range(100)]
    assert [warm.get(digest)[0] for digest in digests] == list(range(100))
    gate.set()
    warm.close()
    assert [Store(warm.root).get(digest)[0] for digest in digests] == list(range(100))


# ---- a store that is damaged, deleted, or cannot be written


def index_is_garbage(store: Path) -> None:
    for path in store.glob("index.sqlite*"):
        path.write_bytes(b"garbage" * 2000)


def index_is_torn(store: Path) -> None:
    path = store / "index.sqlite"
    for beside in store.glob("index.sqlite-*"):
        beside.unlink()
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def index_is_gone(store: Path) -> None:
    for path in store.glob("index.sqlite*"):
        path.unlink()


def all_is_gone(store: Path) -> None:
    shutil.rmtree(store)


def files_are_gone(store: Path) -> None:
    shutil.rmtree(store / "objects")


def files_are_damaged(store: Path) -> None:
    for path in (store / "objects").glob("*/*"):
        path.write_bytes(b"damaged")


HARMS = [index_is_garbage, index_is_torn, index_is_gone, all_is_gone, files_are_gone,
         files_are_damaged]  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_harmed_store_costs_no_number(
    study: Path, tmp_path: Path, rows: list[str], harm: Callable[[Path], None],
    forgotten: bool,
) -> None:  # fmt: skip
    with Session(study) as session:
        session.exclude(BLOCK, (rows[1],), "first")
        digest = session.block(BLOCK).rows
        session.store().flush()  # type: ignore[attr-defined]
        harm(study / STORE)
        if forgotten:  # memory holds only so much
            warm: Any = session.store()
            warm.memory.clear()
            warm.tables.clear()
        assert session.frame(digest).height == 16
        session.again(lambda: [bytes(data) for data in session.views(BLOCK).values()])
        session.exclude(BLOCK, (rows[9],), "second")
        assert session.numbers().outcome is not None
        found = session.again(lambda: said(session.state().outcome))
        assert found == anew(study, tmp_path / "anew")
        store: Any = session.store()
        store.flush()
    with Session(study) as again:
        assert said(again.state().outcome) == found
    assert said(run_study(study, pictures=False)) == found


@pytest.mark.parametrize("harm", HARMS)
def test_pictures_of_a_harmed_store(
    study: Path, harm: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Here:  # draws in this process: it is the store that is looked at
        def submit(self, act: Callable[..., Any], *given: Any) -> Any:
            from concurrent.futures import Future

            made: Future[Any] = Future()
            try:
                made.set_result(act(*given))
            except OSError as error:
                made.set_exception(error)
            return made

        def shutdown(self, **_: Any) -> None:
            return

    monkeypatch.setattr("exportin.study.session.lone_worker", Here)
    with Session(study) as session:
        session.state()
        session.store().flush()  # type: ignore[attr-defined]
        harm(study / STORE)
        drawn = session.drawn(BLOCK)
        assert [one.name for one in drawn] == list(session.views(BLOCK))
        assert all(one.svg.startswith(b"<?xml") for one in drawn)


def test_a_worker_that_was_killed_is_replaced(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import BrokenExecutor

    with Session(study) as session:
        times = []

        def draw(outcome: Outcome) -> Outcome:
            times.append(1)
            if len(times) == 1:
                raise BrokenExecutor("killed")
            return outcome

        monkeypatch.setattr(session, "_drawn_by_worker", draw)
        assert session.finished().blocks
        assert len(times) == 2


def test_a_folder_that_cannot_be_written_is_a_problem_until_it_can(
    study: Path, rows: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> Any:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    session = Session(study)
    with monkeypatch.context() as patch:
        patch.setattr(live, "locked", refuse)
        patch.setattr("exportin.study.ledger.locked", refuse)
        for state in (session.state(), session.numbers(), session.state()):
            assert [p.code for p in state.problems] == ["cannot-write"]
            assert "Read-only file system" in str(state.problems[0])
        for act in (session.outcome, session.finished):
            with pytest.raises(InputError, match="Read-only file system"):
                act()
        with pytest.raises(InputError, match="Read-only file system"):
            session.exclude(BLOCK, (rows[0],), "x")
    assert session.state().problems == ()
    assert session.exclude(BLOCK, (rows[0],), "x").number == 1
    session.close()


def test_a_file_in_place_of_the_store_is_a_problem(study: Path) -> None:
    shutil.rmtree(study / STORE)
    (study / STORE).write_text("not a folder")
    with Session(study) as session:
        assert [p.code for p in session.state().problems] == ["cannot-write"]
        (study / STORE).unlink()
        assert session.state().outcome is not None


def test_a_full_disk_is_said_where_pictures_are_asked_for(
    study: Path, rows: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(study) as session:
        session.exclude(BLOCK, (rows[0],), "x")

        def refuse(self: Store, data: bytes) -> str:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Store, "put", refuse)
            assert session.state().outcome is not None  # numbers need no disk
            with pytest.raises(InputError, match="No space left on device"):
                session.finished()
        assert session.state().outcome is not None


def test_a_folder_that_is_gone_or_empty_is_no_study_yet(study: Path) -> None:
    with Session(study) as session:
        assert session.state().outcome is not None
        shutil.rmtree(study)
        assert [p.code for p in session.state().problems] == ["no-study"]
    assert not study.exists()


# ---- what nobody foresaw, and what a stranger put there


def test_a_bug_is_a_problem_and_undo_stays(
    study: Path, rows: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> Outcome:
        raise ValueError("two rows are the same number")

    with Session(study) as session:
        session.exclude(BLOCK, (rows[0],), "x")
        with monkeypatch.context() as patch:
            patch.setattr("exportin.study.session.numbers", fails)
            for state in (session.state(), session.numbers()):
                assert [p.code for p in state.problems] == ["bug"]
                assert "two rows are the same number" in str(state.problems[0])
            undo(study)
        assert session.state().problems == ()


def use(study: Path, row: str) -> None:
    """Write to a study in every way there is."""
    with Session(study) as session:
        session.exclude(BLOCK, (row,), "x")
        record_edit(study, "edit", {"new.csv": b"a"})
        publish(session.outcome(), {})


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", [STORE, "results", "exclusions.jsonl", "edits.jsonl"])
def test_nothing_is_written_through_a_link(
    study: Path, tmp_path: Path, rows: list[str], name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    if name.endswith("jsonl"):
        elsewhere.write_text("")
    else:
        elsewhere.mkdir()
    if (study / name).is_dir():
        shutil.rmtree(study / name)
    (study / name).symlink_to(elsewhere)
    with pytest.raises((InputError, OSError), match="leads out of the study folder"):
        use(study, rows[0])
    assert [p for p in elsewhere.rglob("*") if not p.name.endswith(".lock")] == []
    assert elsewhere.is_dir() or elsewhere.read_text() == ""


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "value\nx\n", "", "value\n1\n1,2,3\n"])
def test_a_truth_that_is_none_is_said(study: Path, text: str) -> None:
    (study / "truth.csv").write_text(text)
    with Session(study) as session:
        assert [p.code for p in session.state().problems] == ["no-truth"]
        (study / "truth.csv").unlink()
        assert session.state().outcome is not None
