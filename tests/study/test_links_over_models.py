"""Synthesis and association over models, from the study file to tables, figures and report."""

import csv
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from exportin.inference.synthesis import synthesize
from exportin.study.run import check_study, run_study
from exportin.study.schema import study_schema
from exportin.tables.problems import InputError

Cli = Callable[..., Any]
HEAD = """[study]
schema = 1
title  = "Over models"

[block.growth]
assay = "measurement"
files = ["growth.csv"]
experimental_unit = "animal"
keys  = ["model"]
label = "Growth rate"
units = "per day"

[[block.growth.compare]]
quantity = "value"
between  = "treatment"
versus   = "vehicle"
within   = "model"
pairing  = "unpaired"

[block.potency]
assay = "measurement"
files = ["potency.csv"]
experimental_unit = "experiment"
keys  = ["model"]
label = "IC50"
units = "nM"
scale = "log"
"""
SYNTHESIS = """
[link.across]
use      = "synthesis"
from     = ["growth"]
quantity = "value"
between  = "treatment"
versus   = "vehicle"
responds = "below"
label    = "growth rate"
"""
ASSOCIATE = """
[link.together]
use   = "associate"
from  = ["potency", "growth"]
x     = { block = "potency", quantity = "value", label = "IC50" }
y     = { block = "growth", quantity = "value", between = "treatment", versus = "vehicle" }
match = { treatment = "treatment" }
"""
RATES = {"M1": (0.09, 0.02), "M2": (0.08, 0.03), "M3": (0.10, 0.06), "M4": (0.07, 0.045)}
POTENCY = {"M1": 40.0, "M2": 60.0, "M3": 150.0, "M4": 220.0}
WOBBLE = (-0.006, 0.001, 0.004, 0.003)


def growth(models: dict[str, tuple[float, float]] = RATES) -> str:
    rows = ["animal,model,treatment,rate"]
    for i, (model, means) in enumerate(models.items()):
        for arm, mean in zip(("vehicle", "selinexor"), means, strict=True):
            for j in range(4):
                off = WOBBLE[(i + j) % 4] * (1 + 0.3 * i)
                rows.append(f"{model}{arm[0]}{j},{model},{arm},{mean + off:.5f}")
    return "\n".join(rows) + "\n"


def potency(models: dict[str, float] = POTENCY) -> str:
    rows = ["run,model,treatment,nM"]
    rows += [f"E{j},{m},selinexor,{v * (1 + 0.1 * (j - 1)):.4g}"
             for m, v in models.items() for j in range(3)]  # fmt: skip
    return "\n".join(rows) + "\n"


COLUMNS = """
[block.growth.columns]
unit_id = "animal"
value   = "rate"

[block.potency.columns]
unit_id = "run"
value   = "nM"
"""


def study(folder: Path, links: str, **tables: str) -> Path:
    folder.mkdir()
    (folder / "study.toml").write_text(HEAD + COLUMNS + links)
    (folder / "growth.csv").write_text(tables.get("growth", growth()))
    (folder / "potency.csv").write_text(tables.get("potency", potency()))
    return folder


def results(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / "results" / f"{name}.csv", infer_schema_length=None)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    """A study with both links, run."""
    folder = study(tmp_path_factory.mktemp("links") / "s", SYNTHESIS + ASSOCIATE)
    said = cli("run", folder, "--workers", 1)
    assert said.code == 0, said.text
    return folder


def one(frame: pl.DataFrame, **what: str) -> dict[str, Any]:
    found = frame.filter(*(pl.col(k) == v for k, v in what.items()))
    assert found.height == 1, found
    return found.row(0, named=True)


def test_synthesis_is_that_of_the_comparisons(both: Path) -> None:
    """Effects and standard errors of the four Welch tests, combined by hand of the engine."""
    tests, estimates = results(both, "tests"), results(both, "estimates")
    single = tests.filter(pl.col("block") == "growth")
    assert single.height == 4
    models = estimates.filter(pl.col("block") == "across", pl.col("unit_id").is_not_null())
    values, errors = models.get_column("value").to_numpy(), models["std_error"].to_numpy()
    by_statistic = (single["effect"] / single["statistic"]).abs().to_list()
    assert sorted(errors) == pytest.approx(sorted(by_statistic), rel=1e-6)
    want = synthesize(values, errors)
    pooled = estimates.filter(pl.col("block") == "across", pl.col("unit_id").is_null())
    mean = one(pooled, quantity="value")
    assert (mean["value"], mean["conf_low"], mean["n_units"], mean["df"]) == pytest.approx(
        (want.mean.value, want.mean.low, 4, 3)
    )
    assert mean["experimental_unit"] == "model"
    new = one(pooled, quantity="new_model")
    assert new["conf_low"] == pytest.approx(want.new_model.low)
    assert one(pooled, quantity="tau2")["value"] == pytest.approx(want.differ.tau2)
    assert one(pooled, quantity="i2")["value"] == pytest.approx(100 * want.differ.i2)
    test = one(tests, block="across", method=mean["method"])
    assert test["p_value"] == pytest.approx(want.t_test()[1])
    assert test["effect_kind"] == "difference of means"
    assert "a further model would lie between" in test["verdict"]


def test_simultaneous_intervals_are_not_taken_for_standard_errors(tmp_path: Path) -> None:
    """Three arms by Dunnett: the error is that of one comparison, effect over t."""
    lines = growth().splitlines()
    more = [line.replace("selinexor", "dox").replace(",0.0", ",0.01") for line in lines[1:]
            if "selinexor" in line]  # fmt: skip
    folder = study(tmp_path / "s", SYNTHESIS, growth="\n".join([*lines, *more]) + "\n")
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(text.replace(
        'pairing  = "unpaired"', 'pairing  = "unpaired"\nadjust = "dunnett"'))  # fmt: skip
    blocks = {block.name: block for block in run_study(folder).blocks}
    tests = blocks["growth"].tests.frame
    assert tests.item(0, "family").startswith("Dunnett")
    frame = blocks["across"].estimates.frame.filter(pl.col("unit_id").is_not_null())
    for row in frame.iter_rows(named=True):
        test = one(tests, model=row["unit_id"], group_a=row["treatment"])
        error = abs(test["effect"] / test["statistic"])
        assert row["std_error"] == pytest.approx(error)
        assert row["conf_high"] < test["conf_high"]  # narrower than the simultaneous limit


def test_models_that_respond_are_counted_with_exact_limits(both: Path) -> None:
    found = results(both, "estimates").filter(pl.col("block") == "across")
    beyond = one(found, quantity="models_on_that_side")
    assert (beyond["value"], round(beyond["conf_low"], 1)) == (100.0, 39.8)
    assert one(found, quantity="models_responding")["value"] <= 100.0


def test_association_of_potency_with_effect(both: Path) -> None:
    tests, estimates = results(both, "tests"), results(both, "estimates")
    test = one(tests, block="together")
    # effects: -0.07, -0.05, -0.04, -0.025 (about) against 40, 60, 150, 220 nM
    assert test["statistic"] == pytest.approx(1.0, abs=0.35)
    assert test["p_value"] >= 1 / 12 - 1e-12
    assert test["verdict"].startswith("cannot be told")
    assert "per tenfold" in test["effect_kind"]
    found = estimates.filter(pl.col("block") == "together")
    assert found.filter(pl.col("axis") == "x").height == 4
    without = found.filter(pl.col("without").is_not_null(), pl.col("quantity") == "kendall_tau")
    assert sorted(without["without"]) == ["M1", "M2", "M3", "M4"]


def test_figures_report_and_terminal_hold_the_links(both: Path, cli: Cli) -> None:
    for name in ("across/figures/forest_selinexor.svg", "together/figures/scatter.svg"):
        assert (both / "results" / name).read_bytes().startswith(b"<?xml")
    text = (both / "results" / "report.html").read_text()
    for words in ("Hartung, Knapp, Sidik and Jonkman", "Viechtbauer W.", "Over all models",
                  "A further model", "One result against another", "Intervals of pooled numbers "
                  "are between models"):  # fmt: skip
        assert words in text, words
    shown = cli("show", both)
    assert shown.code == 0
    assert "across: growth rate" in shown.text
    with (both / "results" / "together" / "source" / "scatter.csv").open() as file:
        assert {row["text"] for row in csv.DictReader(file) if row["mark"] == "text"} == set(RATES)


def test_r_programs_give_the_same_numbers(both: Path, cli: Cli, tmp_path: Path) -> None:
    said = cli("show", both, "across", "--r").text + cli("show", both, "together", "--r").text
    assert "library(metafor)" in said
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    program = tmp_path / "all.R"
    program.write_text("suppressMessages(library(metafor))\n" + said)
    done = subprocess.run(["Rscript", program], capture_output=True, text=True, check=False)
    if "there is no package" in done.stderr:
        pytest.skip("the R package metafor is not installed")
    assert done.returncode == 0, done.stderr
    found = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("p ")]
    tests = results(both, "tests")
    want = tests.filter(pl.col("block").is_in(["across", "together"]))["p_value"].to_list()
    assert found == pytest.approx(want, rel=1e-6)


def test_why_walks_back_to_the_numbers_of_models(both: Path, cli: Cli) -> None:
    frame = results(both, "estimates").filter(pl.col("block") == "across")
    mean = frame.filter(pl.col("unit_id").is_null(), pl.col("quantity") == "value")
    said = cli("why", both, mean.item(0, "id"))
    assert said.code == 0
    assert "numbers of single units behind it (4)" in said.text
    single = frame.filter(pl.col("unit_id").is_not_null())
    assert all(number in said.text for number in single.get_column("id"))


def test_three_models_get_no_p_of_association(tmp_path: Path) -> None:
    few = {k: v for k, v in RATES.items() if k != "M4"}
    folder = study(tmp_path / "s", ASSOCIATE, growth=growth(few))
    outcome = run_study(folder)
    row = outcome.blocks[-1].tests.frame.row(0, named=True)
    assert row["p_value"] is None
    assert row["n_a"] == 3
    assert row["verdict"].startswith("cannot be told: with 3 models no p can be below 0.33")
    assert "M4 left out (not both numbers are known)" in row["verdict"]


def test_two_models_predict_nothing(tmp_path: Path) -> None:
    few = {k: RATES[k] for k in ("M1", "M2")}
    outcome = run_study(study(tmp_path / "s", SYNTHESIS, growth=growth(few)))
    frame = outcome.blocks[-1].estimates.frame
    new = frame.filter(pl.col("quantity") == "new_model").row(0, named=True)
    assert (new["value"], new["status"]) == (None, "not_identifiable")
    mean = frame.filter(pl.col("quantity") == "value", pl.col("unit_id").is_null())
    assert mean.item(0, "df") == 1.0


def test_models_without_standard_error_are_counted_not_averaged(tmp_path: Path) -> None:
    """One animal a model: no spread, no mean; equal weights can still average the models."""
    lines = ["animal,model,treatment,rate"]
    lines += [f"{m}a,{m},selinexor,{v}" for m, v in zip("ABC", (-2, -3, -1), strict=True)]
    table = "\n".join(lines) + "\n"
    text = """
[link.across]
use = "synthesis"
from = ["growth"]
quantity = "value"
between = "treatment"
responds = "below"
threshold = 0
"""
    head = HEAD.partition("[[block.growth.compare]]")[0] + HEAD[HEAD.index("[block.potency]") :]
    folder = study(tmp_path / "s", text, growth=table)
    (folder / "study.toml").write_text(head + COLUMNS + text)
    row = run_study(folder).blocks[-1].tests.frame.row(0, named=True)
    assert (row["test"], row["p_value"], row["effect"]) == ("sign test", 0.25, 1.0)
    assert round(100 * row["conf_low"], 1) == 29.2
    assert "3 of 3 models below 0" in row["verdict"]
    assert "it cannot be told" in row["verdict"]
    (folder / "study.toml").write_text(head + COLUMNS + text + 'weights = "equal"\n')
    row = run_study(folder).blocks[-1].tests.frame.row(0, named=True)
    assert row["effect"] == pytest.approx(-2.0)
    assert row["p_value"] == pytest.approx(0.0742, abs=1e-4)  # t = -2 / (1 / sqrt 3), df 2


WRONG = {
    "quantity": (SYNTHESIS.replace('"value"', '"vlaue"'), "unknown-quantity", "value"),
    "key": (SYNTHESIS + "grops = []\n", "unknown-key", "groups"),
    "inner": (ASSOCIATE.replace("label = ", "labl = "), "unknown-key", "label"),
    "versus": (SYNTHESIS.replace("vehicle", "vehicel"), "not-compared", "vehicle"),
    "unit": (SYNTHESIS + 'unit = "mouse"\n', "unknown-key", "model"),
    "group": (SYNTHESIS + 'groups = ["selinexr"]\n', "unknown-value", "selinexor"),
    "threshold": (SYNTHESIS.replace('versus   = "vehicle"\n', ""), "no-threshold", "threshold"),
    "block": (ASSOCIATE.replace('block = "potency"', 'block = "potncy"'), "unknown-block", "from"),
    "match": (ASSOCIATE.replace("{ treatment = ", "{ arm = "), "unknown-key", "treatment"),
    "keys": (ASSOCIATE.replace('label = "IC50"', 'keys = { day = 3 }'), "unknown-key", "Known"),
    "several": (
        ASSOCIATE.replace(', between = "treatment", versus = "vehicle"', "").replace(
            'match = { treatment = "treatment" }', ""), "several-numbers", "keys = { treatment",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_said_with_place_and_remedy(tmp_path: Path, name: str) -> None:
    text, code, remedy = WRONG[name]
    folder = study(tmp_path / "s", text)
    with pytest.raises(InputError) as error:
        run_study(folder)
    problem = error.value.problems[0]
    assert problem.code == code
    assert problem.file == "study.toml"
    assert "link." in problem.place
    assert "line " in problem.place
    assert remedy in problem.remedy, problem.remedy


def test_no_model_in_common_is_said(tmp_path: Path) -> None:
    other = potency({f"X{k}": v for k, v in POTENCY.items()})
    with pytest.raises(InputError, match="no model has both numbers: x has XM1"):
        run_study(study(tmp_path / "s", ASSOCIATE, potency=other))


def test_schema_knows_the_settings_of_links(tmp_path: Path) -> None:
    checker = jsonschema.Draft202012Validator(study_schema())
    for links in (SYNTHESIS, ASSOCIATE, SYNTHESIS + ASSOCIATE):
        checker.validate(tomllib.loads(HEAD + COLUMNS + links))
    wrong = tomllib.loads(HEAD + COLUMNS + SYNTHESIS + 'grops = ["a"]\n')
    assert not checker.is_valid(wrong)


def test_check_finds_a_quantity_before_anything_is_estimated(tmp_path: Path) -> None:
    folder = study(tmp_path / "s", SYNTHESIS.replace('"value"', '"vlaue"'))
    assert [p.code for p in check_study(folder) if p.severity == "error"] == ["unknown-quantity"]
