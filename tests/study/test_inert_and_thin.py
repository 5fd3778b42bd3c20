"""Inert drugs stay bounds, and thin designs are not called inert, from wells to comparisons."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

STUDY = """[study]
schema = 1
title  = "Inert and thin"

[block.v]
assay      = "viability"
files      = ["wells.csv"]
normalized = true
keys       = ["subtype"]

[[block.v.compare]]
quantity = "ic50_absolute"
unit     = "model"
between  = "subtype"
within   = "treatment"
"""
LINES = {"L1": ("x", 40.0), "L2": ("x", 60.0), "L3": ("y", 500.0), "L4": ("y", 700.0)}
DOSES = np.geomspace(1.0, 3000.0, 8)


def rows(model: str, ec50: float | None, rng: np.random.Generator) -> list[str]:
    subtype = LINES.get(model, ("y", 0.0))[0]
    out = []
    for unit in (1, 2, 3):
        shift = 10 ** rng.normal(0.0, 0.05)
        for dose in np.repeat(DOSES, 3):
            height = 1.0 if ec50 is None else 1 / (1 + dose / (ec50 * shift))
            value = height + rng.normal(0.0, 0.03)
            out.append(f"{model},{subtype},D,E{unit},{dose:.6g},nM,{value:.6f}")
    return out


def run(folder: Path, lines: list[str], cli: Callable[..., Any], text: str = STUDY) -> pl.DataFrame:
    folder.mkdir()
    (folder / "study.toml").write_text(text)
    head = "model,subtype,treatment,unit_id,dose,dose_unit,value"
    (folder / "wells.csv").write_text("\n".join([head, *lines]) + "\n")
    said = cli("run", folder, "--workers", 1)
    assert said.code == 0, said.text
    return pl.read_csv(folder / "results" / "estimates.csv")


@pytest.fixture
def panel() -> list[str]:
    rng = np.random.default_rng(20266)
    lines = [row for model, (_, ec50) in LINES.items() for row in rows(model, ec50, rng)]
    return lines + rows("L5", None, rng)


def test_inert_in_all_experiments_pools_to_a_bound_and_stays_in_the_comparison(
    tmp_path: Path, cli: Callable[..., Any], panel: list[str]
) -> None:
    found = run(tmp_path / "s", panel, cli)
    inert = found.filter(
        (pl.col("model") == "L5") & (pl.col("quantity") == "ic50_absolute")
    ).sort("unit_id", nulls_last=True)  # fmt: skip
    assert inert["bound"].to_list() == [">"] * 4
    assert inert["value"].to_list() == [3000.0] * 4
    pooled = inert.row(-1, named=True)
    assert (pooled["n_units"], pooled["status"]) == (3, "no_response")
    tests = pl.read_csv(tmp_path / "s" / "results" / "tests.csv")
    (row,) = tests.iter_rows(named=True)
    assert {row["n_a"], row["n_b"]} == {2, 3}
    assert "left out" not in row["verdict"]


def test_five_single_wells_of_a_full_kill_are_not_called_inert(
    tmp_path: Path, cli: Callable[..., Any]
) -> None:
    y = {1.0: 1.0, 10.0: 0.95, 100.0: 0.5, 1000.0: 0.1, 10000.0: 0.02}
    lines = [
        f"L1,x,D,E{unit},{dose:g},nM,{value + 0.01 * unit:.4f}"
        for unit in (1, 2, 3)
        for dose, value in y.items()
    ]
    text = STUDY[: STUDY.index("[[block")]
    found = run(tmp_path / "s", lines, cli, text)
    potency = found.filter(pl.col("quantity").is_in(["ec50", "ic50_absolute"]))
    assert set(potency["status"]) == {"not_identifiable"}
    assert potency["value"].null_count() == potency.height
    emax = found.filter((pl.col("quantity") == "emax") & pl.col("unit_id").is_null())
    assert emax["value"].item() == pytest.approx(0.96, abs=0.01)
