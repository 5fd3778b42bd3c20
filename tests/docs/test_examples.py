"""The cytometry example: its files can be made again, and the study gives what it says."""

import csv
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exportin.contract.reader import Request
from exportin.readers.fcs import READER
from exportin.study.run import check_study, run_study
from exportin.tables.events import Events
from exportin.tables.origin import Source

EXAMPLE = Path(__file__).parents[2] / "examples" / "gist_cell_cycle"
MOST_BYTES = 2_500_000
OWN = ("README.md", "remake.py", "study.toml")


def _kept() -> list[Path]:
    skipped = {".exportin", "results", "__pycache__"}
    return [
        path
        for path in sorted(EXAMPLE.rglob("*"))
        if path.is_file() and not skipped & set(path.relative_to(EXAMPLE).parts)
    ]


def _values(name: str, data: bytes) -> np.ndarray[Any, Any]:
    table = READER.read(Source(name=name, data=data), Request(kind=Events))
    assert isinstance(table, Events)
    return table.open(table.frame.item(0, "row_id")).values


def test_files_can_be_made_again() -> None:
    """Text to the letter; events within one channel: exp() differs in its last bit by machine."""
    made = dict(runpy.run_path(str(EXAMPLE / "remake.py"))["made"]())
    kept = {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in _kept()}
    assert set(made) == set(kept) - set(OWN)
    assert sum(map(len, kept.values())) <= MOST_BYTES
    for name, data in made.items():
        if not name.endswith(".fcs"):
            assert kept[name] == data, name
            continue
        new, old = _values(name, data).astype(int), _values(name, kept[name]).astype(int)
        assert new.shape == old.shape, name
        assert np.abs(new - old).max() <= 1, name


def test_files_are_real_fcs_3_1_in_16_bits() -> None:
    path = EXAMPLE / "cell_cycle" / "SIM-GIST-1_DMSO_E1.fcs"
    assert path.read_bytes().startswith(b"FCS3.1")
    assert b"simulated cytometer" in path.read_bytes()
    assert _values(path.name, path.read_bytes()).dtype == np.uint16


def test_the_example_has_nothing_to_mend() -> None:
    assert [one for one in check_study(EXAMPLE) if one.severity == "error"] == []


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("example") / "gist"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".exportin", "results"))
    return run_study(folder, workers=1)


def test_truth_lies_in_the_intervals(outcome: Any) -> None:
    """95 % intervals of 72 numbers: all but a few hold what was put in."""
    truth = pl.read_csv(EXAMPLE / "truth.csv")
    keys = ["block", "quantity", "model", "treatment"]
    pooled = outcome.estimates().frame.filter(pl.col("unit_id").is_null())
    both = truth.join(pooled, on=keys, suffix="_found")
    assert both.height == truth.height == 72
    inside = pl.col("value").is_between(pl.col("conf_low"), pl.col("conf_high"))
    assert both.filter(inside).height >= 66
    assert (both.get_column("value") - both.get_column("value_found")).abs().max() < 0.05


def test_arrest_resistance_and_dose_are_found(outcome: Any) -> None:
    tests = outcome.tests().frame.filter(pl.col("p_value").is_not_null())
    g1 = tests.filter(pl.col("quantity") == "phases", pl.col("part") == "g1")
    p = {(r["model"], r["group_a"]): r["p_adjusted"] for r in g1.iter_rows(named=True)}
    assert len(p) == 6
    assert p["SIM-GIST-1", "selinexor 500 nM"] < 0.001
    assert p["SIM-GIST-1R", "selinexor 500 nM"] < 0.01
    assert p["SIM-GIST-1", "imatinib 100 nM"] < 0.001
    assert p["SIM-GIST-1R", "imatinib 100 nM"] > 0.05
    trends = tests.filter(pl.col("group_b").is_null(), pl.col("quantity").is_in(["g1", "dead"]))
    assert trends.height == 4
    assert trends.get_column("p_adjusted").max() < 0.05


def test_every_tube_has_a_verdict_and_a_range_over_models(outcome: Any) -> None:
    rows = outcome.estimates().frame.filter(
        pl.col("block") == "cell_cycle",
        pl.col("unit_id").is_not_null(),
        pl.col("quantity").is_in(["g1", "s", "g2m"]),
    )
    assert rows.height == 72
    assert set(rows.get_column("status")) == {"ok"}
    assert (rows.get_column("model_low") <= rows.get_column("value")).all()
    assert (rows.get_column("value") <= rows.get_column("model_high")).all()


def test_the_readme_counts_its_tubes() -> None:
    said = re.findall(r"^\| `(\w+)/` .*? \| (\d+) \|", (EXAMPLE / "README.md").read_text(), re.M)
    with (EXAMPLE / "design.csv").open(encoding="utf-8") as table:
        files = [row["file"] for row in csv.DictReader(table)]
    assert said == [
        (folder, str(sum(file.startswith(f"{folder}/") for file in files)))
        for folder in ("cell_cycle", "cell_death")
    ]
