"""A study of cytometer files: arrays stay in the store, parts of tubes can be excluded."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exportin.assays.cell_cycle.simulate import simulate
from exportin.study.exclude import exclude_rows
from exportin.study.frames import get_table
from exportin.study.run import STORE, check_study, run_study
from exportin.study.store import Store
from exportin.tables.events import Events
from exportin.tables.problems import InputError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of three tubes, run once."""
    folder = tmp_path_factory.mktemp("events") / "study"
    for name, data in simulate("n3", np.random.default_rng(4)).files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    run_study(folder)
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    """A copy of it with its store."""
    folder = tmp_path / "study"
    for path in made.rglob("*"):
        if path.is_file():
            new = folder / path.relative_to(made)
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(path.read_bytes())
    return folder


def joined(folder: Path) -> Events:
    """The joined rows as the steps see them."""
    store = Store(folder / STORE)
    with_rows = next(
        outputs
        for key, spec in store.specs().items()
        if json.loads(spec).get("kind") == "join"
        for outputs in [store.find([key])[key]]
    )
    return get_table(store, Events, with_rows["rows"], with_rows["meta"])


def g1(folder: Path) -> dict[str, float]:
    frame = run_study(folder).blocks[0].estimates.frame
    own = frame.filter(pl.col("quantity") == "g1", pl.col("unit_id").is_not_null())
    return dict(own.select("unit_id", "value").iter_rows())


def test_rows_hold_no_events_and_the_store_does(study: Path) -> None:
    table = joined(study)
    assert table.frame.height == 3
    assert not [dtype for dtype in table.frame.dtypes if dtype == pl.Binary]
    row = table.frame.item(0, "row_id")
    assert table.open(row).n_events == table.frame.item(0, "n_events")


def test_nothing_is_computed_twice(study: Path) -> None:
    assert run_study(study).computed == ()


def test_lost_events_are_read_again(study: Path) -> None:
    first = joined(study).frame.sort("row_id").row(0, named=True)
    before = g1(study)
    for path in (Store(study / STORE).root / "objects").glob("*/*"):
        if path.stat().st_size > 100_000:  # raw files and their events
            path.write_bytes(b"damaged")
    exclude_rows(study, "cell_cycle", (first["row_id"],), reason="clogged")
    after = g1(study)
    assert after.pop(first["unit_id"]) is None
    assert after == {unit: before[unit] for unit in after}


@pytest.mark.parametrize("name", ["row", "file", "sample"])
def test_a_tube_is_excluded_by_any_of_its_names(study: Path, name: str) -> None:
    first = joined(study).frame.sort("row_id").row(0, named=True)
    said = {"row": first["row_id"], "file": first["file"], "sample": first["sample_id"]}[name]
    before = g1(study)
    exclude_rows(study, "cell_cycle", (said,), reason="clogged")
    after = g1(study)
    assert after.pop(first["unit_id"]) is None
    assert after == {unit: before[unit] for unit in after}


def test_a_range_of_events_is_excluded_and_moves_its_tube_only(study: Path) -> None:
    first = joined(study).frame.sort("row_id").row(0, named=True)
    before = g1(study)
    exclude_rows(study, "cell_cycle", (f"{first['file']}:1-2000",), reason="bubble")
    after = g1(study)
    assert after[first["unit_id"]] != before[first["unit_id"]]
    assert after[first["unit_id"]] == pytest.approx(before[first["unit_id"]], abs=0.05)
    assert {u: v for u, v in after.items() if u != first["unit_id"]} == {
        u: v for u, v in before.items() if u != first["unit_id"]
    }
    exclude_rows(study, "cell_cycle", (f"{first['file']}:1-2000",), reason="", undo=True)
    assert g1(study) == before


def test_a_range_beyond_the_tube_is_refused(study: Path) -> None:
    file = joined(study).frame.item(0, "file")
    with pytest.raises(InputError, match="does not exist"):
        exclude_rows(study, "cell_cycle", (f"{file}:1-9999999",), reason="x")


def test_a_channel_that_no_file_has_is_told_for_every_file(study: Path) -> None:
    text = (study / "study.toml").read_text().replace('"PI-A"', '"FL9-A"')
    (study / "study.toml").write_text(text)
    problems = [p for p in check_study(study) if p.severity == "error"]
    assert len(problems) == 3
    assert all("FL9-A" in p.message for p in problems)


def bad_role(text: str) -> str:
    return text.replace(",vehicle", ",vehikel")


@pytest.mark.parametrize(("change", "said"), [(bad_role, "vehikel")])
def test_design_faults_are_told(study: Path, change: Callable[[str], str], said: str) -> None:
    (study / "design.csv").write_text(change((study / "design.csv").read_text()))
    assert any(said in str(p) for p in check_study(study))


def test_a_difference_of_one_fraction_is_refused_before_the_run(study: Path) -> None:
    design = study / "design.csv"
    lines = design.read_text().splitlines()
    design.write_text("\n".join([*lines[:-1], lines[-1].replace("DMSO,vehicle", "drug,treated")]))
    path = study / "study.toml"
    text = path.read_text()
    assert not [p for p in check_study(study) if p.severity == "error"]
    asked = '[[block.cell_cycle.compare]]\nquantity = "g1"\nbetween = "treatment"\n'
    path.write_text(f'{text}\n{asked}effect = "difference"\nall_pairs = true\n')
    problems = [p for p in check_study(study) if p.severity == "error"]
    assert [p.message.split(":")[0] for p in problems] == ["g1 is a fraction"]
    assert "Leave effect out" in problems[0].remedy
