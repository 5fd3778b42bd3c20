"""An assay of its own kind, with reader, link and command, edits no shared file."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import exportin

TOY = Path(__file__).with_name("toy")
ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(exportin.__file__).parent
LINK = '\n[link.fastest]\nuse = "pulse.fastest"\nfrom = ["pulse"]\n'

Shell = Callable[..., Any]


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The toy in a folder outside the package, and the variable that makes it known."""
    folder = tmp_path_factory.mktemp("plug ins")
    for path in TOY.rglob("*"):
        if path.is_file():
            place = folder / path.relative_to(TOY)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place.with_suffix("") if path.suffix == ".txt" else place)
    assert not folder.is_relative_to(PACKAGE)
    return {"EXPORTIN_PLUGINS": str(folder)}


def sources(snapshot: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    return {name: d for name, d in snapshot(PACKAGE).items() if "__pycache__" not in name}


@pytest.fixture(scope="module")
def study(plugins: dict[str, str], tmp_path_factory: pytest.TempPathFactory, shell: Shell) -> Path:
    """Its simulated study, with its link, run."""
    folder = tmp_path_factory.mktemp("toy") / "study"
    said = shell("simulate", "pulse", folder, env=plugins)
    assert said.code == 0, said.text
    with (folder / "study.toml").open("a") as file:
        file.write(LINK)
    said = shell("run", folder, "--workers", 2, env=plugins)
    assert said.code == 0, said.text
    return folder


def test_its_study_runs(study: Path) -> None:
    frame = pl.read_csv(study / "results" / "estimates.csv")
    pooled = frame.filter(pl.col("unit_id").is_null() & (pl.col("assay") == "pulse"))
    assert pooled.height == 2
    assert set(pooled.get_column("quantity")) == {"heart_rate"}
    assert pl.read_csv(study / "results" / "tests.csv").height == 1
    figure = study / "results" / "pulse" / "figures" / "rates.svg"
    assert b"<svg" in figure.read_bytes()
    assert "Beats were averaged per animal." in (study / "results" / "report.html").read_text()


def test_its_link_runs(study: Path) -> None:
    frame = pl.read_csv(study / "results" / "estimates.csv")
    linked = frame.filter(pl.col("assay") == "pulse.fastest")
    pooled = frame.filter(pl.col("unit_id").is_null() & (pl.col("assay") == "pulse"))
    assert linked.get_column("treatment").to_list() == ["vehicle"]
    assert linked.item(0, "value") == pooled.get_column("value").max()


def test_a_change_of_the_toy_is_seen(
    plugins: dict[str, str], study: Path, tmp_path: Path, shell: Shell
) -> None:
    """Plug-ins stand in the import closure too."""
    folder = Path(shutil.copytree(study, tmp_path / "study"))
    place = Path(shutil.copytree(plugins["EXPORTIN_PLUGINS"], tmp_path / "plugins"))
    env = {"EXPORTIN_PLUGINS": str(place)}
    assert shell("run", folder, "--json", env=env).json()["computed"] == []
    source = place / "assays" / "pulse" / "estimate.py"
    source.write_text(source.read_text() + "\n# edited\n")
    computed = shell("run", folder, "--json", env=env).json()["computed"]
    assert "estimate pulse" in computed
    assert not [step for step in computed if step.startswith("read")]


def test_its_command(plugins: dict[str, str], study: Path, shell: Shell) -> None:
    log = study / "logs" / "drug1.pulse"
    assert shell("pulse", "count", log, env=plugins).out == "12 beats\n"
    assert shell("pulse", "count", log, "--loud", env=plugins).out == "12 BEATS\n"
    said = shell("pulse", "count", "nowhere", env=plugins)
    assert (said.code, said.err) == (2, "nowhere: no such log. Look.\n")
    assert "Count the beats of a log." in shell("pulse", "--help", env=plugins).out
    assert "pulse" in shell("--help", env=plugins).out
    assert "pulse" not in shell("--help").out
    assert shell("pulse", "count", log).code == 2
    assert shell("pulse", "cuont", log, env=plugins).code == 2


def test_its_schema_and_check(plugins: dict[str, str], study: Path, shell: Shell) -> None:
    assert "highest_bpm" in shell("schema", env=plugins).out
    assert "highest_bpm" not in shell("schema").out
    assert shell("check", study, env=plugins).code == 0
    said = shell("check", study)
    assert said.code == 2
    assert "there is no assay 'pulse'" in said.text


def test_it_conforms_and_nothing_shared_was_edited(
    plugins: dict[str, str], study: Path, snapshot: Callable[[Path], dict[str, str]]
) -> None:
    before = sources(snapshot)
    suite = str(ROOT / "tests" / "conformance")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", suite, "-q", "-k", "pulse", "-p", "no:cacheprovider"],
        env={**os.environ, **plugins},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    tests = int(done.stdout.rsplit(" passed", 1)[0].split()[-1])
    assert tests > 40, done.stdout[-2000:]
    assert sources(snapshot) == before
    words = [p.name for p in PACKAGE.rglob("*.py") if "pulse_log" in p.read_text(encoding="utf-8")]
    assert not words
