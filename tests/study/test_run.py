"""Running a study: only what changed is computed, and the same study gives the same bytes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

ONE, TWO = "SIM-LPS-1", "SIM-RMS-1"
WELL = f"plates/{ONE}-E1.csv:B05"
VARIATIONS = {
    "workers": (("--workers", "2"), {}),
    "hash seed": ((), {"PYTHONHASHSEED": "4711"}),
    "time and language": ((), {"TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "tr_TR.UTF-8"}),
}

Snapshot = Callable[[Path], dict[str, str]]


@pytest.fixture(scope="module")
def made(simulated: Callable[..., Path]) -> Path:
    """Two lines of the panel, not run yet."""
    return simulated("default", lines=(ONE, TWO))


@pytest.fixture(scope="module")
def ran(made: Path, cli: Callable[..., Any]) -> Path:
    """The same, run."""
    folder = made.parent / "ran"
    shutil.copytree(made, folder)
    assert cli("run", folder, "--workers", 1).code == 0
    return folder


@pytest.fixture
def study(ran: Path, tmp_path: Path) -> Path:
    """A copy of the run study, store and results included."""
    return Path(shutil.copytree(ran, tmp_path / "study"))


@pytest.fixture
def run(cli: Callable[..., Any]) -> Callable[[Path], list[str]]:
    """Run and return the steps that were computed."""

    def call(folder: Path) -> list[str]:
        said = cli("run", folder, "--workers", 1, "--json")
        assert said.code == 0, said.text
        return list(said.json()["computed"])

    return call


def numbers(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "results" / "estimates.csv")


Run = Callable[[Path], list[str]]


def test_second_run_computes_nothing(study: Path, run: Run, snapshot: Snapshot) -> None:
    before = snapshot(study / "results")
    times = {p: p.stat().st_mtime_ns for p in (study / "results").rglob("*")}
    assert run(study) == []
    assert snapshot(study / "results") == before
    assert {p: p.stat().st_mtime_ns for p in (study / "results").rglob("*")} == times


def test_results_come_back_from_the_store(study: Path, run: Run, snapshot: Snapshot) -> None:
    before = snapshot(study / "results")
    shutil.rmtree(study / "results")
    assert run(study) == []
    assert snapshot(study / "results") == before


def test_a_well_taken_out_and_put_back(
    study: Path, run: Run, cli: Callable[..., Any], snapshot: Snapshot
) -> None:
    before, first = snapshot(study / "results"), numbers(study)
    assert cli("exclude", study, "viability", WELL, "--reason", "bubble").code == 0
    computed = run(study)
    assert "flag viability" in computed
    assert f"estimate viability {ONE}" in computed
    assert f"estimate viability {TWO}" not in computed  # the other line does not know
    assert not [step for step in computed if step.startswith(("read", "join"))]
    after = numbers(study)
    other = pl.col("model") == TWO
    assert after.filter(other).equals(first.filter(other))
    touched = (pl.col("model") == ONE) & (pl.col("unit_id") == "E1") & (pl.col("n_flagged") > 0)
    assert after.filter(touched).height > 0
    assert first.filter(touched).height == 0
    assert WELL in (study / "results" / "flags.csv").read_text()

    assert cli("exclude", study, "viability", WELL, "--undo").code == 0
    assert run(study) == []
    back = snapshot(study / "results")
    differ = {name for name in before if before[name] != back[name]}
    assert before.keys() == back.keys()
    assert differ <= {"run.json", "report.html"}  # these two tell of the ledger's lines
    record = json.loads((study / "results" / "run.json").read_text())
    assert record["exclusions"] == 2


def test_other_blocks_do_not_notice(
    study: Path, run: Run, cli: Callable[..., Any], snapshot: Snapshot
) -> None:
    text = (study / "study.toml").read_text()
    text += f"""
[block.second]
assay  = "viability"
files  = ["plates/{TWO}*.csv"]
layout = "layout.csv"
"""
    (study / "study.toml").write_text(text)
    assert all(" second" in step for step in run(study))  # a new block: the old one stays
    before = snapshot(study / "results" / "second")
    assert cli("exclude", study, "viability", WELL, "--reason", "bubble").code == 0
    assert not [step for step in run(study) if " second" in step]
    assert snapshot(study / "results" / "second") == before


def test_block_taken_out_leaves_no_results(study: Path, run: Run) -> None:
    (study / "results" / "mine.txt").write_text("notes")
    text = (study / "study.toml").read_text().replace("block.viability", "block.renamed")
    (study / "study.toml").write_text(text)
    run(study)
    left = {p.relative_to(study / "results").parts[0] for p in (study / "results").rglob("*.*")}
    assert "viability" not in left
    assert {"renamed", "mine.txt"} <= left


def test_changed_raw_value_is_seen(study: Path, run: Run) -> None:
    path = study / "plates" / f"{ONE}-E1.csv"
    text = path.read_text()
    lines = text.splitlines()
    lines[-7] = lines[-7].replace(lines[-7].split(",")[5], "1", 1)
    path.write_text("\r\n".join(lines) + "\r\n")
    computed = run(study)
    assert f"read viability plates/{ONE}-E1.csv" in computed
    assert f"read viability plates/{ONE}-E2.csv" not in computed
    assert f"estimate viability {ONE}" in computed
    path.write_bytes(text.replace("\n", "\r\n").encode() if "\r" not in text else text.encode())


def test_question_asked_later_fits_nothing_again(study: Path, run: Run) -> None:
    text = (study / "study.toml").read_text().replace('"ic50_absolute"', '"ec50"')
    (study / "study.toml").write_text(text)
    computed = run(study)
    assert "compare viability" in computed
    assert not [step for step in computed if step.startswith(("read", "flag", "estimate", "pool"))]


def test_damage_is_mended(study: Path, run: Run, snapshot: Snapshot) -> None:
    before = snapshot(study / "results")
    stored = sorted(p for p in (study / ".exportin" / "objects").rglob("*") if p.is_file())
    for path in stored[::3]:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    for path in stored[1::3]:
        path.unlink()
    (study / "results" / "estimates.csv").write_text("edited")
    assert run(study)
    assert snapshot(study / "results") == before
    assert run(study) == []


def test_leftovers_of_a_killed_run_are_gone(study: Path, run: Run, snapshot: Snapshot) -> None:
    before = snapshot(study / "results")
    (study / "results" / ".tmp-abc").write_text("half")
    (study / "results" / "viability" / "figures" / ".tmp-def").write_text("half")
    assert run(study) == []
    assert snapshot(study / "results") == before


def test_exclusion_that_points_nowhere(study: Path, cli: Callable[..., Any]) -> None:
    assert cli("exclude", study, "viability", WELL, "--reason", "bubble").code == 0
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace("block.viability", "block.renamed"))
    said = cli("run", study, "--workers", 1)
    assert said.code == 2
    assert f"the excluded row '{WELL}' of block 'viability' does not exist" in said.text
    assert cli("exclude", study, "viability", WELL, "--undo").code == 0
    assert cli("check", study).code == 0

    (study / "study.toml").write_text(text)
    assert cli("exclude", study, "viability", WELL, "--reason", "bubble").code == 0
    (study / "plates" / f"{ONE}-E1.csv").unlink()
    assert "does not exist" in cli("check", study).text


def fresh(made: Path, place: Path) -> Path:
    """The study written anew: files in another order, rows of the design too."""
    for path in sorted(made.rglob("*"), reverse=True):
        if path.is_file():
            (place / path.relative_to(made)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place / path.relative_to(made))
    rows = (place / "design.csv").read_text().splitlines()
    (place / "design.csv").write_text("\n".join([rows[0], *reversed(rows[1:])]) + "\n")
    return place


def test_same_bytes_whatever_the_surroundings(
    made: Path, ran: Path, tmp_path: Path, shell: Callable[..., Any], snapshot: Snapshot
) -> None:
    """Other workers, hash seed, time zone, language, working directory and folder name at once."""
    fresh(made, tmp_path / "Größe 😀 {x}" / "a b")
    env = {name: value for _, extra in VARIATIONS.values() for name, value in extra.items()}
    where = tmp_path / "Größe 😀 {x}"
    said = shell("run", "a b", "--workers", 2, env=env, cwd=where)
    assert said.code == 0, said.text
    assert snapshot(where / "a b" / "results") == snapshot(ran / "results")


@pytest.mark.long
@pytest.mark.parametrize("variation", list(VARIATIONS))
def test_same_bytes_one_by_one(
    variation: str,
    made: Path,
    ran: Path,
    tmp_path: Path,
    shell: Callable[..., Any],
    snapshot: Snapshot,
) -> None:
    folder = fresh(made, tmp_path / "study")
    options, env = VARIATIONS[variation]
    assert shell("run", folder, *(options or ("--workers", 1)), env=env).code == 0
    assert snapshot(folder / "results") == snapshot(ran / "results")


@pytest.mark.long
def test_another_seed_is_another_study(study: Path, run: Run) -> None:
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace("20160216", "20160217"))
    assert f"estimate viability {ONE}" in run(study)
