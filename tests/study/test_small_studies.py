"""Studies with hardly anything in them: words and statuses instead of crashes or false numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

STUDY = """[study]
schema = 1
title  = "Small"

[block.m]
assay = "measurement"
files = ["values.csv"]

[block.m.columns]
unit_id = "animal"
value   = "mg"

[[block.m.compare]]
quantity = "value"
between  = "treatment"
versus   = "vehicle"
"""
Cli = Callable[..., Any]


def study(folder: Path, rows: list[str], text: str = STUDY) -> Path:
    folder.mkdir()
    (folder / "study.toml").write_text(text)
    (folder / "values.csv").write_text("\n".join(["animal,treatment,mg", *rows]) + "\n")
    return folder


def test_one_animal_per_group(tmp_path: Path, cli: Cli) -> None:
    folder = study(tmp_path / "s", ["A1,vehicle,10", "A2,drug,5"])
    said = cli("run", folder, "--workers", 1)
    assert said.code in (0, 2), said.text
    if said.code == 0:
        tests = pl.read_csv(folder / "results" / "tests.csv")
        assert tests.get_column("p_value").null_count() == tests.height
        assert "ok" not in set(tests.get_column("status"))
        pooled = pl.read_csv(folder / "results" / "estimates.csv")
        pooled = pooled.filter(pl.col("unit_id").is_null())
        assert set(pooled.get_column("status")) == {"too_few"}
        assert pooled.get_column("conf_low").null_count() == pooled.height


def test_wells_of_one_animal_are_not_animals(tmp_path: Path, cli: Cli) -> None:
    """Six values of one animal and six of another are n = 1 against n = 1."""
    rows = [f"A{i},{group},{v}" for i, group in ((1, "vehicle"), (2, "drug")) for v in range(1, 7)]
    folder = study(tmp_path / "s", rows)
    said = cli("run", folder, "--workers", 1)
    assert said.code in (0, 2), said.text
    if said.code == 0:
        tests = pl.read_csv(folder / "results" / "tests.csv")
        assert tests.get_column("p_value").null_count() == tests.height


def test_all_values_equal(tmp_path: Path, cli: Cli) -> None:
    rows = [f"{group[0]}{i},{group},7" for group in ("vehicle", "drug") for i in range(4)]
    folder = study(tmp_path / "s", rows)
    said = cli("run", folder, "--workers", 1)
    assert said.code == 0, said.text
    tests = pl.read_csv(folder / "results" / "tests.csv")
    found = tests.get_column("p_value").cast(pl.Float64).drop_nulls().to_list()
    assert all(p == pytest.approx(1.0) for p in found)
    pooled = pl.read_csv(folder / "results" / "estimates.csv").filter(pl.col("unit_id").is_null())
    assert set(pooled.get_column("value")) == {7.0}


@pytest.mark.parametrize(
    ("old", "new", "place", "word"),
    [
        ('"vehicle"', '"vehicel"', "line 16, block.m.compare.0.versus:", "vehicle"),
        (
            'quantity = "value"',
            'quantity = "valeu"',
            "line 14, block.m.compare.0.quantity:",
            "value",
        ),
        (
            'between  = "treatment"',
            'between  = "treatmnt"',
            "line 15, block.m.compare.0.between:",
            "treatment",
        ),
    ],
)
def test_question_that_cannot_be_asked(
    tmp_path: Path, cli: Cli, old: str, new: str, place: str, word: str
) -> None:
    rows = [f"{group[0]}{i},{group},{i}" for group in ("vehicle", "drug") for i in range(1, 4)]
    folder = study(tmp_path / "s", rows, STUDY.replace(old, new))
    said = cli("run", folder, "--workers", 1)
    assert said.code == 2, said.text
    assert place in said.text
    assert f"'{word}'" in said.text
    assert not (folder / "results").exists()


def test_group_that_is_all_missing(tmp_path: Path, cli: Cli) -> None:
    rows = [f"v{i},vehicle,{i}" for i in range(1, 4)] + [f"d{i},drug,n.a." for i in range(1, 4)]
    folder = study(tmp_path / "s", rows)
    said = cli("run", folder, "--workers", 1)
    assert said.code in (0, 2), said.text
    if said.code == 0:
        drug = pl.read_csv(folder / "results" / "estimates.csv").filter(
            pl.col("treatment") == "drug"
        )
        assert drug.get_column("value").null_count() == drug.height
        assert "ok" not in set(drug.get_column("status"))
        tests = pl.read_csv(folder / "results" / "tests.csv")
        assert tests.get_column("p_value").null_count() == tests.height


@pytest.mark.parametrize("rows", [[], ["A1,vehicle,10"], ["A1,vehicle,"], [",,"], ["A1,,10"]])
def test_next_to_nothing(tmp_path: Path, cli: Cli, rows: list[str]) -> None:
    said = cli("run", study(tmp_path / "s", rows), "--workers", 1)
    assert said.code == 2, said.text
    assert "values.csv" in said.text or "study.toml" in said.text
