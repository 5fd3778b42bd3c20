"""``why`` of numbers of tumor growth: the visits and animals each was made from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.study.new import simulate_study
from exportin.study.run import run_study
from exportin.study.why import Walk, why

LATER = "calipers.csv:M001@10.5"  # a visit between first and last


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("why") / "study"
    simulate_study("tumor_growth", made, scenario="n3", seed=4)
    return made


def number(folder: Path, quantity: str, arm: str) -> str:
    frame = run_study(folder).blocks[0].estimates.frame
    found = frame.filter(
        (pl.col("quantity") == quantity) & (pl.col("arm") == arm) & pl.col("unit_id").is_null()
    )
    return str(found.item(0, "id"))


def walk(folder: Path, quantity: str, arm: str = "selinexor") -> Walk:
    return why(folder, number(folder, quantity, arm))


def arms(found: Walk) -> set[str]:
    return set(found.rows.get_column("arm"))


@pytest.mark.parametrize(
    ("quantity", "animals", "of"),
    [
        ("growth_rate", 3, {"selinexor"}),
        ("doubling_time", 3, {"selinexor"}),
        ("growth_rate_initial", 3, {"selinexor"}),
        ("time_to_volume", 3, {"selinexor"}),
        ("time_to_volume_between", 3, {"selinexor"}),
        ("animals_alive", 3, {"selinexor"}),
        ("weight_nadir", 3, {"selinexor"}),
        ("tgi_rate", 6, {"selinexor", "vehicle"}),
        ("tc_ratio", 6, {"selinexor", "vehicle"}),
        ("tgi_auc", 6, {"selinexor", "vehicle"}),
        ("max_tvi", 6, {"selinexor", "vehicle"}),
        ("growth_delay", 6, {"selinexor", "vehicle"}),
    ],
)
def test_every_number_of_an_arm_lists_its_visits(
    folder: Path, quantity: str, animals: int, of: set[str]
) -> None:
    found = walk(folder, quantity)
    assert arms(found) == of
    assert found.rows.get_column("unit_id").n_unique() == animals
    assert set(found.files) == {"calipers.csv"}


def test_as_many_rows_as_the_model_says_it_used(folder: Path) -> None:
    for quantity in ("growth_rate", "growth_rate_initial"):
        found = walk(folder, quantity)
        assert found.rows.height == found.row["n_rows"] > 0


def test_a_ratio_of_one_day_rests_on_the_visits_of_that_day(folder: Path) -> None:
    found = walk(folder, "tc_ratio")
    assert set(found.rows.get_column("day")) == {found.row["day"]}
    assert found.rows.height == found.row["n_rows"]
    relative = walk(folder, "tgi_rtv")
    assert set(relative.rows.get_column("day")) == {0.0, relative.row["day"]}


def test_days_of_a_file_that_counts_from_implantation_are_found_too(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    simulate_study("tumor_growth", folder, scenario="n3", seed=4)
    sheet = pl.read_csv(folder / "calipers.csv").with_columns(pl.col("day") + 14)
    sheet.write_csv(folder / "calipers.csv")
    design = pl.read_csv(folder / "design.csv").with_columns(pl.col("removed_day") + 14)
    design.write_csv(folder / "design.csv")
    text = (folder / "study.toml").read_text().replace(
        'day_zero = "first dose"', 'day_zero = "implantation"\nfirst_dose_day = 14'
    )  # fmt: skip
    (folder / "study.toml").write_text(text)
    found = walk(folder, "tc_ratio")
    assert set(found.rows.get_column("day")) == {found.row["day"] + 14}


def test_a_test_lists_both_its_arms_and_the_day_of_a_published_test(folder: Path) -> None:
    tests = run_study(folder).blocks[0].tests.frame
    for row in tests.filter(pl.col("test").str.starts_with("as published")).iter_rows(named=True):
        day = float(row["test"].rpartition(" ")[2])
        assert set(why(folder, row["id"]).rows.get_column("day")) == {day}
    mixed = tests.filter(pl.col("test").str.starts_with("mixed model")).item(0, "id")
    assert arms(why(folder, mixed)) == {"selinexor", "vehicle"}


def test_what_is_printed_names_animals_sizes_and_what_was_left_out(
    folder: Path, cli: Callable[..., Any]
) -> None:
    assert cli("exclude", folder, "growth", LATER, "--reason", "wet fur").code == 0
    try:
        said = cli("why", folder, number(folder, "doubling_time", "vehicle"))
    finally:
        assert cli("exclude", folder, "growth", LATER, "--undo").code == 0
    assert said.code == 0
    assert "animals behind it (3, with their rows):" in said.out
    assert "no value" not in said.out
    line = next(text for text in said.out.splitlines() if text.startswith(f"  {LATER}  "))
    assert "day 10.5  length " in line
    assert " mm" in line
    assert "left out: wet fur (excluded, " in line
