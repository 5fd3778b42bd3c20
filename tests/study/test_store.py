"""The store: the same bytes once, damage found, nothing half written counts."""

import sqlite3
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from exportin.study.engine import Engine, Step, step_seed
from exportin.study.frames import get_frame, put_frame
from exportin.study.store import DamagedError, Store, sweep, write_durably


def objects(store: Store) -> list[Path]:
    return sorted(p for p in (store.root / "objects").rglob("*") if p.is_file())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / ".exportin")
    found.open()
    return found


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 1000])
def test_bytes_come_back(store: Store, data: bytes) -> None:
    digest = store.put(data)
    assert digest == sha256(data).hexdigest()
    assert store.get(digest) == data


def test_the_same_bytes_are_kept_once(store: Store) -> None:
    assert store.put(b"x") == store.put(b"x")
    written = objects(store)[0].stat().st_mtime_ns
    store.put(b"x")
    assert [p.stat().st_mtime_ns for p in objects(store)] == [written]


def test_frames_give_the_same_bytes(store: Store) -> None:
    frame = pl.DataFrame({"a": [1.0, None, 3.0], "b": ["x", "ü", None]})
    assert put_frame(store, frame) == put_frame(store, frame.clone())
    assert get_frame(store, put_frame(store, frame)).equals(frame)


def test_equal_rows_give_equal_bytes_whatever_made_them(store: Store) -> None:
    made = pl.DataFrame({"a": ["x", None, "longer than twelve"] * 5, "b": [1.0, None, 2.0] * 5})
    filtered = made.filter(pl.col("b").is_not_null())  # in memory it still knows of empty cells
    built = pl.DataFrame(filtered.to_dict(as_series=False), schema=filtered.schema)
    pieces = pl.concat([built[:4], built[4:]], rechunk=False)
    assert len({put_frame(store, frame) for frame in (filtered, built, pieces)}) == 1


@pytest.mark.parametrize("damage", [b"", b"y", b"xx"])
def test_damaged_file_is_found_and_removed(store: Store, damage: bytes) -> None:
    digest = store.put(b"x")
    store.path(digest).write_bytes(damage)
    with pytest.raises(DamagedError):
        store.get(digest)
    assert not store.path(digest).exists()
    assert store.get(store.put(b"x")) == b"x"


def test_scrub_removes_what_is_damaged_only(store: Store) -> None:
    digests = [store.put(bytes([i])) for i in range(4)]
    for digest in digests[:2]:
        store.path(digest).write_bytes(b"bad")
    store.scrub()
    assert [store.path(digest).exists() for digest in digests] == [False, False, True, True]


def test_step_counts_only_with_all_its_files(store: Store) -> None:
    outputs = {"a": store.put(b"a"), "b": store.put(b"b")}
    store.record("key", "step", "{}", outputs)
    assert store.find(["key", "other"]) == {"key": outputs}
    store.path(outputs["b"]).unlink()
    assert store.find(["key"]) == {}


def test_record_replaces(store: Store) -> None:
    one, two = store.put(b"1"), store.put(b"2")
    store.record("key", "step", "{}", {"a": one})
    store.record("key", "step", "{}", {"a": two})
    assert store.find(["key"]) == {"key": {"a": two}}
    assert store.specs() == {"key": "{}"}


def test_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    write_durably(target, b"old")

    def fail(self: Path, other: Path) -> Path:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="power cut"):
        write_durably(target, b"new")
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_leftovers_of_killed_writers_are_swept(store: Store) -> None:
    kept = store.put(b"x")
    left = store.path(kept).parent / ".tmp-abc"
    left.write_bytes(b"half")
    store.open()
    assert not left.exists()
    assert store.get(kept) == b"x"
    sweep(store.root / "nowhere")


def test_index_row_not_committed_does_not_count(store: Store) -> None:
    """A process that dies between writing the row and committing it leaves no row."""
    digest = store.put(b"x")
    base = sqlite3.connect(store.root / "index.sqlite")
    store.find([])
    base.execute("INSERT INTO steps VALUES ('key', 's', '{}', '{}')")
    base.close()  # no commit
    assert store.find(["key"]) == {}
    store.record("key", "s", "{}", {"a": digest})
    assert store.find(["key"]) == {"key": {"a": digest}}


@pytest.mark.parametrize("junk", [b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_broken_index_is_begun_anew(store: Store, junk: bytes) -> None:
    store.record("key", "s", "{}", {})
    for path in store.root.glob("index.sqlite*"):
        path.unlink()
    (store.root / "index.sqlite").write_bytes(junk)
    store.open()
    assert store.find(["key"]) == {}
    store.record("key", "s", "{}", {})
    assert store.find(["key"]) == {"key": {}}


# ---- the engine on top of it


def double(root: str, kind: str, params: object, inputs: object) -> dict[str, str]:
    assert isinstance(params, dict)
    return {"out": Store(Path(root)).put(f"{kind} {2 * params['x']}".encode())}


def steps(*values: int) -> list[Step]:
    return [Step(kind="k", block="b", label=str(x), params={"x": x}) for x in values]


def test_engine_computes_what_is_not_known(store: Store) -> None:
    with Engine(store, double) as engine:
        first = engine.run(steps(1, 2))
        assert [store.get(out["out"]) for out in first] == [b"k 2", b"k 4"]
        assert engine.computed == ["k b 1", "k b 2"]
        assert engine.run(steps(2, 3, 1))[2] == first[0]
        assert engine.computed == ["k b 1", "k b 2", "k b 3"]


def test_engine_does_equal_steps_once(store: Store) -> None:
    with Engine(store, double) as engine:
        assert len({out["out"] for out in engine.run(steps(1, 1, 1))}) == 1
        assert engine.computed == ["k b 1"]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "other"},
        {"block": "other"},
        {"label": "other"},
        {"params": {"x": 2}},
        {"inputs": {"a": "1"}},
        {"roots": ("exportin.kernels.hill",)},
    ],
)
def test_whatever_decides_a_result_is_in_its_key(change: dict[str, object]) -> None:
    common = {"kind": "k", "block": "b", "label": "l", "params": {"x": 1}}
    assert Step(**{**common, **change}).key() != Step(**common).key()  # type: ignore[arg-type]


def test_order_of_settings_is_not_in_the_key() -> None:
    one = Step(kind="k", block="b", params={"x": 1, "y": 2}, inputs={"p": "1", "q": "2"})
    two = Step(kind="k", block="b", params={"y": 2, "x": 1}, inputs={"q": "2", "p": "1"})
    assert one.key() == two.key()


def test_versions_are_in_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Step(kind="k", block="b").key()
    monkeypatch.setattr("exportin.study.engine.versions", lambda: {"numpy": "0"})
    assert Step(kind="k", block="b").key() != before


def test_seeds_differ_by_name_and_not_by_turn() -> None:
    seeds = {step_seed(1, "a", str(i)) for i in range(1000)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert step_seed(1, "a", "bc") != step_seed(1, "ab", "c")
    assert step_seed(1, "a") != step_seed(2, "a")
