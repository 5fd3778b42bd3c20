"""The name of an animal, a unit or a file excludes all of its rows at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.study.exclude import exclude_rows
from exportin.study.ledger import excluded_rows, read_ledger
from exportin.study.new import simulate_study
from exportin.study.run import joined_rows, run_study
from exportin.tables.problems import InputError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("animals") / "study"
    simulate_study("tumor_growth", folder, scenario="n3", seed=4)
    return folder


@pytest.fixture
def folder(made: Path) -> Path:
    (made / "exclusions.jsonl").unlink(missing_ok=True)
    return made


def rows_of(folder: Path, animal: str) -> list[str]:
    rows = joined_rows(folder, "growth")
    return rows.filter(pl.col("sample_id") == animal).get_column("row_id").to_list()


def now(folder: Path) -> set[str]:
    return set(excluded_rows(read_ledger(folder), "growth"))


def refusal(folder: Path, *names: str, undo: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        exclude_rows(folder, "growth", names, reason="x", undo=undo)
    (problem,) = caught.value.problems
    return f"{problem.message} {problem.remedy}"


def test_an_animal_is_left_out_and_taken_back(folder: Path, cli: Callable[..., Any]) -> None:
    rows = rows_of(folder, "M002")
    said = cli("exclude", folder, "growth", "M002", "--reason", "wrong tumor")
    assert said.out == f"line 1 of exclusions.jsonl: {len(rows)} row(s) excluded.\n"
    assert now(folder) == set(rows)
    estimates = run_study(folder).blocks[0].estimates.frame
    mine = estimates.filter((pl.col("unit_id") == "M002") & (pl.col("quantity") == "growth_rate"))
    assert mine.get_column("value").drop_nulls().is_empty()
    pooled = estimates.filter(
        (pl.col("quantity") == "growth_rate") & pl.col("unit_id").is_null()
        & (pl.col("arm") == "vehicle")
    )  # fmt: skip
    assert pooled.item(0, "n_units") == 2
    assert cli("exclude", folder, "growth", "M002", "--undo").code == 0
    assert now(folder) == set()


def test_a_row_excluded_before_keeps_its_own_reason(folder: Path) -> None:
    first = rows_of(folder, "M001")[0]
    exclude_rows(folder, "growth", (first,), reason="wet fur")
    entry = exclude_rows(folder, "growth", ("M001",), reason="wrong tumor")
    assert len(entry.rows) == len(rows_of(folder, "M001")) - 1
    assert excluded_rows(read_ledger(folder), "growth")[first].reason == "wet fur"


def test_a_file_is_all_of_its_rows(folder: Path) -> None:
    entry = exclude_rows(folder, "growth", ("calipers.csv",), reason="wrong study")
    assert len(entry.rows) == joined_rows(folder, "growth").height


def test_what_cannot_be_done_is_said(folder: Path) -> None:
    assert "row 'M0022' does not exist." in refusal(folder, "M0022")
    assert "M002" in refusal(folder, "M0022")
    assert "no row of 'M002' is excluded." in refusal(folder, "M002", undo=True)
    exclude_rows(folder, "growth", ("M002",), reason="x")
    assert "already excluded: every row of 'M002'." in refusal(folder, "M002")


def test_a_name_of_two_things_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    simulate_study("tumor_growth", folder, scenario="n3", seed=4)
    design = (folder / "design.csv").read_text()
    (folder / "design.csv").write_text(design.replace("M001,M001,", "M001,M002,").replace(
        "M002,M002,", "M002,M001,"))  # fmt: skip
    assert "which are not the same rows" in refusal(folder, "M001")
    assert "Name the rows one by one" in refusal(folder, "M001")
