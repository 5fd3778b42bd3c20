"""Shared variance, lines as units and partners, from the study file to the tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Cli = Callable[..., Any]
STUDY = """[study]
schema = 1
title  = "Potencies"

[block.m]
assay = "measurement"
files = ["values.csv"]
experimental_unit = "experiment"
keys  = ["model"]
"""
COLUMNS = """
[block.m.columns]
unit_id = "run"
value   = "mM"
"""
POTENCY = {"L1": 10.0, "L2": 12.0, "L3": 9.0, "L4": 30.0, "L5": 36.0, "L6": 41.0}
SUBTYPE = {"L1": "a", "L2": "a", "L3": "a", "L4": "b", "L5": "b", "L6": "b"}
WOBBLE = (0.9, 1.0, 1.15)


def values(**more: Callable[[str, int], str]) -> str:
    rows = [",".join(["run", "model", "treatment", "mM", *more])]
    for i, (model, value) in enumerate(POTENCY.items()):
        for run in range(3):
            wobble = WOBBLE[(run + i) % 3]
            extra = [said(model, run) for said in more.values()]
            rows.append(",".join([f"E{run}", model, "drug", f"{value * wobble:.4g}", *extra]))
    return "\n".join(rows) + "\n"


def write(folder: Path, text: str, table: str) -> Path:
    folder.mkdir()
    (folder / "study.toml").write_text(text)
    (folder / "values.csv").write_text(table)
    return folder


def ask(**fields: str) -> str:
    lines = [f'{key} = "{value}"' for key, value in {"quantity": "value", **fields}.items()]
    return "\n".join(["\n[[block.m.compare]]", *lines, ""])


def results(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / "results" / f"{name}.csv", infer_schema_length=None)


def test_a_panel_shares_one_variance(tmp_path: Path, cli: Cli) -> None:
    found = {}
    for how in ("own", "shared"):
        text = STUDY + f'between_variance = "{how}"\n' + COLUMNS
        folder = write(tmp_path / how, text, values())
        assert cli("run", folder, "--workers", 1).code == 0
        found[how] = results(folder, "estimates").filter(pl.col("unit_id").is_null())
    own, shared = found["own"], found["shared"]
    assert own.get_column("value").to_list() == shared.get_column("value").to_list()
    assert set(own.get_column("df")) == {2.0}
    assert shared.get_column("df").n_unique() == 1
    assert 2.0 < shared.get_column("df")[0] <= 12.0
    assert shared.get_column("std_error").n_unique() == 1
    assert all("between_shared" in method for method in shared.get_column("method"))
    report = (tmp_path / "shared" / "results" / "report.html").read_text()
    assert "one variance between units was shared" in report


def test_leave_one_out_is_written(tmp_path: Path, cli: Cli) -> None:
    folder = write(tmp_path / "s", STUDY + COLUMNS, values())
    assert cli("run", folder, "--workers", 1).code == 0
    found = results(folder, "leave_one_out")
    assert found.height == len(POTENCY)
    first = found.filter(pl.col("model") == "L1").row(0, named=True)
    assert first["lowest"] == pytest.approx((9.0 + 10.0) / 2)
    assert first["lowest_without"] == "E2"
    assert first["moves_it_most"] == "E2"
    assert cli("verify", folder).code == 0


def test_lines_are_units(tmp_path: Path, cli: Cli) -> None:
    text = STUDY + COLUMNS + ask(between="subtype", versus="a", unit="model", effect="ratio")
    folder = write(tmp_path / "s", text, values(subtype=lambda model, _: SUBTYPE[model]))
    assert cli("check", folder).code == 0
    assert cli("run", folder, "--workers", 1).code == 0
    row = results(folder, "tests").row(0, named=True)
    assert (row["n_a"], row["n_b"], row["pairing"]) == (3, 3, "unpaired")
    assert row["effect"] == pytest.approx((30 * 36 * 41 / (10 * 12 * 9)) ** (1 / 3), rel=0.01)
    assert "3 and 3 models" in row["verdict"]


def test_a_measured_property_of_lines(tmp_path: Path, cli: Cli) -> None:
    text = STUDY + COLUMNS + ask(between="level", unit="model", test="kendall", effect="ratio")
    folder = write(tmp_path / "s", text, values(level=lambda model, _: f"{POTENCY[model] / 7:.3f}"))
    assert cli("run", folder, "--workers", 1).code == 0
    row = results(folder, "tests").row(0, named=True)
    assert (row["statistic"], row["n_a"]) == (pytest.approx(1.0), 6)
    assert row["p_value"] == pytest.approx(2 / 720)
    assert row["effect_kind"] == "ratio of value per unit of level"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"between": "subtype", "unit": "model"}, ("model 'L1' stands in more than one subtype",)),
        ({"between": "model", "unit": "model", "versus": "L1"}, ("each group would be one unit",)),
        ({"between": "subtype", "unit": "modle"}, ("modle", "model")),
        ({"between": "subtype", "test": "kendall"}, ("unit is missing", 'unit = "model"')),
        ({"between": "fixed", "unit": "model", "test": "kendall"}, ("measured property",)),
        ({"between": "fixed", "unit": "model", "pairing": "paired"}, ("has no pairs",)),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(
    tmp_path: Path, cli: Cli, fields: dict[str, str], words: tuple[str, ...]
) -> None:
    """``subtype`` differs between the experiments of a line, ``fixed`` does not."""
    table = values(
        subtype=lambda _, run: "a" if run == 0 else "b", fixed=lambda model, _: SUBTYPE[model]
    )
    said = cli("check", write(tmp_path / "s", STUDY + COLUMNS + ask(**fields), table))
    assert said.code == 2
    assert "block.m.compare.0" in said.text
    for word in words:
        assert word in " ".join(said.text.split())


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('between_variance = "shared"\nshared_over = ["modle"]\n', "block.m.shared_over"),
        ('shared_over = ["treatment"]\n', "block.m.shared_over"),
        ('between_variance = "pooled"\n', "block.m.between_variance"),
    ],
)
def test_a_wrong_shared_variance_is_refused(
    tmp_path: Path, cli: Cli, line: str, place: str
) -> None:
    said = cli("check", write(tmp_path / "s", STUDY + line + COLUMNS, values()))
    assert said.code == 2
    assert place in said.text


def test_with_and_without_a_partner(tmp_path: Path, cli: Cli) -> None:
    """Paired by experiment, one ratio per line, one family."""
    lines = ["run,model,treatment,partner,mM"]
    for model, value in (("L1", 10.0), ("L2", 30.0)):
        for run, wobble in enumerate(WOBBLE):
            for partner, factor in (("none", 1.0), ("venetoclax", (0.5, 0.48, 0.53)[run])):
                lines.append(f"E{run},{model},drug,{partner},{value * wobble * factor:.4g}")
    asked = ask(between="partner", versus="none", within="model", effect="ratio")
    folder = write(tmp_path / "s", STUDY + COLUMNS + asked, "\n".join(lines) + "\n")
    assert cli("run", folder, "--workers", 1).code == 0
    found = results(folder, "tests")
    assert set(found.get_column("pairing")) == {"paired"}
    assert found.get_column("effect").to_list() == pytest.approx([0.503, 0.503], abs=0.002)
    assert all(low < 0.5 < high for low, high in found.select("conf_low", "conf_high").iter_rows())
    assert all(p < 0.01 for p in found.get_column("p_value"))
    assert all("Holm over 2 tests" in family for family in found.get_column("family"))
