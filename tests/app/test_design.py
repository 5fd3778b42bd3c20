"""``exportin design``: what is printed, written and refused."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.design.animals import animal_table

Cli = Callable[..., Any]
HEAVY = {"numpy", "polars", "scipy", "matplotlib", "openpyxl", "jinja2", "PIL", "numba", "sqlite3"}
GIVEN = ("--growth-rate", 0.09, "--start-sd", 0.3, "--rate-sd", 0.02, "--visit-sd", 0.15)
QUICK = ("--studies", 40, "--analyses", "animal_rates,last_carried")


def allocate(cli: Cli, folder: Path, *more: object) -> Any:
    return cli("design", "allocate", folder / "a.csv", "--arms", "vehicle,selinexor", "--sizes", 8,
               "--seed", 5, "--out", folder / "out", *more)  # fmt: skip


@pytest.mark.parametrize(
    "name", ["design", "design allocate", "design test", "design power", "design dropout"]
)
def test_help_is_light(name: str) -> None:
    program = (
        "import sys, json\nfrom exportin.app.main import main\n"
        f"sys.argv = ['exportin', *{name!r}.split(), '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "sys.stderr.write(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "Usage" in done.stdout
    assert not {module.partition(".")[0] for module in json.loads(done.stderr)} & HEAVY


def test_allocate_prints_balance_and_writes_files(tmp_path: Path, cli: Cli) -> None:
    animal_table(tmp_path / "a.csv")
    said = allocate(cli, tmp_path)
    assert said.code == 0
    assert "take rate 96.2 %, 1 failed" in said.out
    assert "M05: no measurable tumor (take failure)" in said.out
    assert "allocations within the bound, no p of a re-randomization test can be below" in said.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "design.csv", "bench_codes.csv", "sealed_codes.csv", "balance.csv", "excluded.csv",
        "allocation.json",
    }  # fmt: skip
    balance = pl.read_csv(tmp_path / "out" / "balance.csv")
    assert balance.get_column("animals").to_list() == [8, 8]
    assert allocate(cli, tmp_path).code == 2


def test_the_same_command_gives_the_same_bytes(
    tmp_path: Path, cli: Cli, snapshot: Callable[[Path], dict[str, str]]
) -> None:
    animal_table(tmp_path / "a.csv")
    assert allocate(cli, tmp_path).code == 0
    first = snapshot(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "before")
    assert allocate(cli, tmp_path, "--json").code == 0
    assert snapshot(tmp_path / "out") == first


def test_allocate_as_json_is_the_log(tmp_path: Path, cli: Cli) -> None:
    animal_table(tmp_path / "a.csv")
    found = allocate(cli, tmp_path, "--json").json()
    assert found == json.loads((tmp_path / "out" / "allocation.json").read_text())
    assert found["options"]["seed"] == 5


def test_a_design_made_here_runs(tmp_path: Path, cli: Cli) -> None:
    """Animals of a simulated study are allocated, and the study takes the design as it is."""
    assert cli("simulate", "tumor_growth", tmp_path / "s", "--scenario", "n4").code == 0
    calipers = pl.read_csv(tmp_path / "s" / "calipers.csv").filter(pl.col("day") == 0)
    calipers.drop("day").with_columns(model=pl.lit("LS-GD-1")).write_csv(tmp_path / "a.csv")
    said = cli("design", "allocate", tmp_path / "a.csv", "--arms", "vehicle,selinexor", "--seed", 1,
               "--out", tmp_path / "out")  # fmt: skip
    assert said.code == 0, said.text
    design = (tmp_path / "out" / "design.csv").read_bytes()
    (tmp_path / "s" / "design.csv").write_bytes(design)
    said = cli("check", tmp_path / "s")
    assert said.code == 0, said.text


def test_test_prints_p_and_the_least_one(tmp_path: Path, cli: Cli) -> None:
    animal_table(tmp_path / "a.csv")
    allocate(cli, tmp_path)
    design = pl.read_csv(tmp_path / "out" / "design.csv")
    values = design.select("sample_id", rate=(pl.col("arm") == "vehicle").cast(pl.Float64))
    values.write_csv(tmp_path / "v.csv")
    said = cli("design", "test", tmp_path / "out", tmp_path / "v.csv", "--value", "rate")
    assert said.code == 0
    assert "selinexor vs vehicle   8, 8" in said.out
    options = ("--value", "rate", "--arms", "selinexor,vehicle", "--alternative", "less")
    found = cli("design", "test", tmp_path / "out", tmp_path / "v.csv", *options, "--json").json()
    result = found[0]["result"]
    assert result["difference"] == -1.0
    assert result["p_value"] == result["smallest_p"] == pytest.approx(1 / result["accepted"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--value", "rat"), "Did you mean 'rate'?"),
        (("--value", "rate", "--arms", "selinexor"), "is no pair"),
        (("--value", "rate", "--arms", "selinexr,vehicle"), "Did you mean 'selinexor'?"),
        (("--value", "rate", "--alternative", "lower"), "'lower' is unknown"),
    ],
)
def test_test_refuses(tmp_path: Path, cli: Cli, more: tuple[str, ...], words: str) -> None:
    animal_table(tmp_path / "a.csv")
    allocate(cli, tmp_path)
    (tmp_path / "v.csv").write_text("animal,rate\nM01,1\n")
    said = cli("design", "test", tmp_path / "out", tmp_path / "v.csv", *more)
    assert said.code == 2
    assert words in said.err


def test_test_needs_the_log_and_its_animals(tmp_path: Path, cli: Cli) -> None:
    animal_table(tmp_path / "a.csv")
    allocate(cli, tmp_path)
    (tmp_path / "v.csv").write_text("animal,rate\nM05,1\n")
    said = cli("design", "test", tmp_path / "out", tmp_path / "v.csv", "--value", "rate")
    assert (said.code, "'M05' was not allocated" in said.err) == (2, True)
    said = cli("design", "test", tmp_path, tmp_path / "v.csv", "--value", "rate")
    assert (said.code, "no log of an allocation" in said.err) == (2, True)


def test_power_prints_every_analysis(tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "p.csv"
    said = cli("design", "power", *GIVEN, "--tvi", "70@42", "--n", "4,8", "--out", out, *QUICK)
    assert said.code == 0, said.text
    assert "tumors would be 70.0 % smaller on day 42" in said.out
    assert said.out.count("t test of animals' rates") == 2
    rows = pl.read_csv(out)
    assert rows.get_column("animals_per_arm").to_list() == [4, 4, 8, 8]
    found = cli("design", "power", *GIVEN, "--tvi", "70@42", "--n", "4,8", "--json", *QUICK).json()
    assert [row["power"] for row in found["rows"]] == rows.get_column("power").to_list()
    assert found["scenario"]["limit_mm3"] == 1500.0
    assert cli("design", "power", *GIVEN, "--effect", 30, "--n", 4, "--out", out).code == 2


def test_power_finds_n_from_published_variation(cli: Cli) -> None:
    said = cli("design", "power", "--variation", "kulgap-median", "--effect", "b=60,a=50",
               "--arms", "v,a,b", "--power", 80, "--until", 21, "--json", *QUICK)  # fmt: skip
    found = said.json()
    n = found["search"]["animals_per_arm"]
    assert found["search"]["tried"][str(n)]["value"] >= 0.8
    assert "60 PDX models" in found["sources"]["rate_sd"]
    rates = found["scenario"]["rates"]
    assert [rate / rates[0] for rate in rates[1:]] == pytest.approx([0.5, 0.4])


def test_power_takes_numbers_from_a_study_and_from_a_table(tmp_path: Path, cli: Cli) -> None:
    assert cli("simulate", "tumor_growth", tmp_path / "s", "--scenario", "n8").code == 0
    arms = ("--arms", "vehicle,selinexor", "--effect", 30, "--n", 6, "--json", *QUICK)
    study = cli("design", "power", "--from", tmp_path / "s", *arms)
    assert study.code == 0, study.text
    plan = study.json()["scenario"]
    for name, truth, factor in (("start_sd", 0.25, 3.0), ("rate_sd", 0.012, 2.0),
                                ("visit_sd", 0.1, 1.2), ("start_mm3", 150.0, 1.3)):  # fmt: skip
        assert 1 / factor < plan[name] / truth < factor, name
    rows = pl.read_csv(tmp_path / "s" / "calipers.csv").join(
        pl.read_csv(tmp_path / "s" / "design.csv").select(animal="sample_id", arm="arm"),
        on="animal",
    )
    volume = pl.col("length_mm") * pl.col("width_mm") ** 2 / 2
    table = rows.select("animal", "arm", "day", volume.alias("volume_mm3"))
    table.write_csv(tmp_path / "pilot.csv")
    pilot = cli("design", "power", "--from", tmp_path / "pilot.csv", *arms).json()["scenario"]
    assert pilot["visit_sd"] == pytest.approx(plan["visit_sd"], rel=0.3)
    said = cli("design", "power", "--from", tmp_path / "s", "--model", "LS", *arms)
    assert (said.code, "there is no model 'LS'" in said.text) == (2, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--n", 5), "--growth-rate, --start-sd, --rate-sd, --visit-sd not given"),
        ((*GIVEN, "--n", 5), "the effect is not given"),
        ((*GIVEN, "--n", 5, "--effect", 30, "--tvi", "60@35"), "given twice"),
        ((*GIVEN, "--effect", 30), "how many animals, or which power"),
        ((*GIVEN, "--effect", 30, "--n", 1), "no list of sizes"),
        ((*GIVEN, "--effect", "x", "--n", 5), "'x' is no number"),
        ((*GIVEN, "--effect", "dox=3", "--n", 5), "no treated arm"),
        ((*GIVEN, "--tvi", "60", "--n", 5), "names no day"),
        ((*GIVEN, "--effect", 30, "--n", 5, "--visits", "0,7,3"), "do not ascend"),
        ((*GIVEN, "--effect", 30, "--n", 5, "--doubling", 7), "Leave one out"),
        ((*GIVEN, "--effect", 30, "--n", 5, "--limit", 100), "not above the start"),
        ((*GIVEN, "--effect", 30, "--n", 5, "--by", "cage"), "hold one animal each"),
        ((*GIVEN, "--effect", 30, "--n", 5, "--missed", 1), "Write a share"),
        ((*GIVEN, "--effect", 30, "--n", 5, "--analyses", "anova"), "'anova' is unknown"),
        (("--variation", "kulgap-mean", "--effect", 30, "--n", 5), "Did you mean"),
        (("--from", "nowhere", "--effect", 30, "--n", 5), "nowhere"),
    ],
)
def test_power_refuses(cli: Cli, options: tuple[object, ...], words: str) -> None:
    said = cli("design", "power", *options)
    assert said.code == 2
    assert words in said.err
    found = cli("design", "power", *options, "--json")
    assert (found.code, bool(found.json()["problems"]) if found.out else True) == (2, True)


def test_names_of_strangers_send_nothing_to_the_terminal(tmp_path: Path, cli: Cli) -> None:
    rows = "".join(f"M{i},{100 + i},{'ill' + chr(27) + '[31m' if i == 1 else ''}\n"
                   for i in range(9))  # fmt: skip
    (tmp_path / "a.csv").write_text("animal,volume_mm3,exclude\n" + rows)
    said = cli("design", "allocate", tmp_path / "a.csv", "--arms", "a,b", "--seed", 1, "--out",
               tmp_path / "out")  # fmt: skip
    assert "\x1b" not in said.text
