"""Two curves of one experiment by their wells: from the study file to tables, report and R."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.optimize import least_squares
from scipy.special import fdtrc

Cli = Callable[..., Any]
Make = Callable[..., Path]
BLOCK = "[[block.viability.compare]]"


def ask(**fields: Any) -> str:
    given = {"quantity": "ec50", "between": "treatment", "level": "within", **fields}
    lines = [f"{key} = {_toml(value)}" for key, value in given.items()]
    return "\n".join(["", BLOCK, *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"'


def add(folder: Path, *questions: str, block: str = "") -> Path:
    path = folder / "study.toml"
    path.write_text(path.read_text() + block + "".join(questions))
    return folder


def results(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / "results" / f"{name}.csv", infer_schema_length=None)


@pytest.fixture(scope="module")
def answered(simulated: Make, cli: Cli) -> Path:
    """Three experiments of one line, asked between experiments and within each."""
    folder = simulated(name="within")
    between = ask(level="between", versus="doxorubicin")
    absolute = ask(quantity="ic50_absolute", versus="doxorubicin", adjust="holm")
    add(folder, between, ask(versus="doxorubicin"), absolute)
    assert cli("check", folder).code == 0
    assert cli("run", folder, "--workers", 1).code == 0
    return folder


def test_one_row_per_experiment_beside_those_between(answered: Path) -> None:
    tests = results(answered, "tests")
    within = tests.filter(pl.col("interval_level") == "within")
    between = tests.filter(pl.col("interval_level") == "between")
    assert between.height == 1
    assert between.row(0, named=True)["family"].startswith("one test")  # no row of wells joined it
    for quantity in ("ec50", "ic50_absolute"):
        rows = within.filter(pl.col("quantity") == quantity)
        assert rows.get_column("unit_id").to_list() == ["E1", "E2", "E3"]
        assert set(rows.get_column("n_a")) == {1}
        assert set(rows.get_column("df2")) == {2 * 30 - 8.0}
        assert all("technical" in text for text in rows.get_column("verdict"))
    alone = within.filter(pl.col("quantity") == "ec50")
    assert alone.get_column("p_adjusted").null_count() == 3
    asked = within.filter(pl.col("quantity") == "ic50_absolute")
    assert asked.get_column("p_adjusted").null_count() == 0
    assert asked.get_column("family")[0].startswith("Holm over 3 tests within single experiments")


def test_the_ratio_is_that_of_the_printed_numbers(answered: Path) -> None:
    estimates = results(answered, "estimates").filter(pl.col("unit_id").is_not_null())
    within = results(answered, "tests").filter(pl.col("interval_level") == "within")
    for row in within.iter_rows(named=True):
        own = estimates.filter(
            pl.col("quantity") == row["quantity"], pl.col("unit_id") == row["unit_id"]
        )
        value = dict(own.select("treatment", "value").iter_rows())
        assert row["effect"] == pytest.approx(value["selinexor"] / value["doxorubicin"], rel=1e-6)
        assert row["conf_low"] < row["effect"] < row["conf_high"]


def test_report_and_terminal_keep_them_apart(answered: Path, cli: Cli) -> None:
    page = (answered / "results" / "report.html").read_text()
    top, _, rest = page.partition('id="block-1"')
    assert "technical:" not in top  # the box on top counts comparisons between experiments
    between, _, own = rest.partition('id="block-1-within"')
    assert "technical: selinexor" not in between.partition("block-1-tests")[2]
    assert "These wells are technical replicates" in own
    assert "not whether the difference repeats" in own
    assert "extra-sum-of-squares F test" in page
    assert "Within one experiment (technical), comparisons of EC50" in page
    said = " ".join(cli("show", answered).text.split())
    assert "within one experiment (technical)" in said
    assert "not whether the difference repeats" in said
    found = cli("show", answered, "--json").json()["viability"]
    assert (len(found["tests"]), len(found["within"])) == (1, 6)


def test_it_is_walked_back_to_its_wells(answered: Path, cli: Cli) -> None:
    within = results(answered, "tests").filter(pl.col("unit_id") == "E2")
    said = cli("why", answered, within.item(0, "id"), "--json").json()
    assert {row["unit_id"] for row in said["rows"]} == {"E2"}
    assert {row["unit_id"] for row in said["inputs"]} == {"E2"}
    assert len(said["inputs"]) == 2


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_gives_the_same_numbers(answered: Path, cli: Cli) -> None:
    programs = cli("show", answered, "--r").out.split("\n# ")
    within = results(answered, "tests").filter(pl.col("interval_level") == "within")
    tried = 0
    for row in within.filter(pl.col("unit_id") == "E1").iter_rows(named=True):
        program = next(
            text for text in programs if text.startswith(f"{row['quantity']}: {row['verdict']}")
        )
        place = programs.index(program)
        text = "# " + "\n# ".join(programs[place : place + 3])
        done = subprocess.run(
            ["Rscript", "-"], input=text, capture_output=True, text=True, check=True
        )
        words = done.stdout.split()
        assert float(words[1]) == pytest.approx(row["p_value"], rel=1e-4)
        assert float(words[3]) == pytest.approx(row["effect"], rel=1e-4)
        tried += 1
    assert tried == 2


def test_scipy_gives_the_same_f(answered: Path) -> None:
    """Two four-parameter curves with one or two EC50s, fitted anew from the wells behind R's."""
    from exportin.study.run import run_study

    block = run_study(answered).blocks[0]
    row = block.within.frame.filter(pl.col("unit_id") == "E3", pl.col("quantity") == "ec50")
    curves = []
    for name in ("selinexor", "doxorubicin"):
        own = block.wells.frame.filter(pl.col("treatment") == name, pl.col("unit_id") == "E3")
        curves.append((np.log(own["dose"].to_numpy()), own["response"].to_numpy()))

    def away(p: np.ndarray, shift: float) -> np.ndarray:
        parts = []
        for (x, y), (top, bottom, q), e in zip(
            curves, p[1:7].reshape(2, 3), (p[0] + shift, p[0]), strict=True
        ):
            parts.append(y - bottom - (top - bottom) / (1 + np.exp(np.exp(q) * (x - e))))
        return np.concatenate(parts)

    start = np.array([np.log(150.0), 1.0, 0.1, 0.0, 1.0, 0.1, 0.0])
    shared = least_squares(lambda p: away(p, 0.0), start, xtol=1e-13, ftol=1e-13)
    apart = least_squares(lambda p: away(p, p[7]), np.append(shared.x, 0.0), xtol=1e-13, ftol=1e-13)
    df = sum(y.size for _, y in curves) - 8
    f = (shared.cost - apart.cost) / (apart.cost / df)
    assert row.item(0, "statistic") == pytest.approx(f, rel=1e-5)
    assert row.item(0, "p_value") == pytest.approx(fdtrc(1, df, f), rel=1e-4)


def test_bounds_and_lost_plates_get_a_row_with_a_reason(simulated: Make, cli: Cli) -> None:
    folder = simulated("default", lines=("SIM-ASPS-1", "SIM-GIST-1"), name="bounds")
    add(folder, ask(quantity="ic50_absolute", versus="doxorubicin", within="model"))
    assert cli("run", folder, "--workers", 1).code == 0
    tests = results(folder, "tests").filter(pl.col("interval_level") == "within")
    assert tests.height == 6
    late = tests.filter(pl.col("model") == "SIM-ASPS-1")
    assert set(late.get_column("status")) == {"at_bound"}
    assert late.get_column("p_value").null_count() == late.height
    assert late.get_column("effect").null_count() == late.height
    bad = tests.filter(pl.col("model") == "SIM-GIST-1", pl.col("unit_id") == "E2")
    assert bad.item(0, "status") == "all_flagged"
    assert "selinexor: every row was excluded" in bad.item(0, "verdict")
    good = tests.filter(pl.col("status") == "ok")
    assert good.height == 2


REFUSED = [
    ({"pairing": "paired"}, "Leave pairing out"),
    ({"unit": "model"}, "Leave unit out"),
    ({"test": "t"}, "Leave test out"),
    ({"modifier": "model"}, "Leave modifier out"),
    ({"trend": True}, "Leave trend out"),
    ({"alternative": "less"}, "Leave alternative out"),
    ({"effect": "difference"}, "Leave effect out"),
    ({"adjust": "dunnett"}, "Leave adjust out"),
    ({"quantity": "auc"}, "Write one of: ec50, ic50_absolute"),
    ({"quantity": "ic75_absolute"}, "Write levels = [50, 75]"),
    ({"versus": "doxorubicine"}, "doxorubicin"),
    ({"between": "model", "within": "treatment"}, "two groups or more"),
    ({"between": "unit_of"}, "no table has the column"),
]


@pytest.mark.parametrize(
    ("fields", "words"), REFUSED, ids=lambda v: "-".join(v) if isinstance(v, dict) else ""
)
def test_what_makes_no_sense_is_refused_before_anything_is_fitted(
    asked_badly: Path, cli: Cli, fields: dict[str, Any], words: str
) -> None:
    text = (asked_badly / "study.toml").read_text()
    try:
        (asked_badly / "study.toml").write_text(text + ask(**fields))
        said = cli("check", asked_badly)
    finally:
        (asked_badly / "study.toml").write_text(text)
    assert said.code == 2
    assert words in " ".join(said.text.split())
    assert "study.toml: line" in said.text


@pytest.fixture(scope="module")
def asked_badly(simulated: Make) -> Path:
    """A study to ask wrong questions of."""
    return simulated(name="refused")


@pytest.mark.parametrize(
    ("line", "words"),
    [("bottom = 0\n", "bottom is held"), ('weighting = "robust"\n', "counts all wells alike")],
)
def test_settings_that_change_the_curves_are_refused(
    simulated: Make, cli: Cli, line: str, words: str
) -> None:
    folder = add(simulated(name="held"), ask(versus="doxorubicin"), block=line)
    said = cli("check", folder)
    assert said.code == 2
    assert words in " ".join(said.text.split())


def test_an_assay_without_curves_says_so(tmp_path: Path, cli: Cli) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "values.csv").write_text("animal,arm,mg\nA1,drug,1\nA2,vehicle,2\n")
    (folder / "study.toml").write_text(
        '[study]\nschema = 1\ntitle = "t"\n\n[block.m]\nassay = "measurement"\n'
        'files = ["values.csv"]\ncolumns = { unit_id = "animal", value = "mg" }\n\n'
        '[[block.m.compare]]\nquantity = "value"\nbetween = "arm"\nlevel = "within"\n'
    )
    said = cli("check", folder)
    assert said.code == 2
    assert "measurement has none" in said.text


def test_groups_that_never_meet_are_refused(simulated: Make, cli: Cli) -> None:
    folder = simulated(name="apart")
    design = (folder / "design.csv").read_text().splitlines()
    arms = ["arm", "a", "b", "b"]
    text = "\n".join(f"{row},{arm}" for row, arm in zip(design, arms, strict=True))
    (folder / "design.csv").write_text(text + "\n")
    said = cli("check", add(folder, ask(between="arm", within="treatment")))
    assert said.code == 2
    assert "no unit holds two of the groups of arm" in " ".join(said.text.split())


def test_several_curves_in_one_place_are_refused(simulated: Make, cli: Cli) -> None:
    folder = simulated("default", lines=("SIM-LPS-1", "SIM-LMS-1"), name="several")
    said = cli("check", add(folder, ask(versus="doxorubicin")))
    assert said.code == 2
    assert 'Write within = ["model"]' in " ".join(said.text.split())
