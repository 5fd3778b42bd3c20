"""One small plate study and one long table; every test breaks a copy of one of them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from exportin.study.new import simulate_study
from exportin.study.run import check_study, run_study
from exportin.tables.problems import Problem

LONG = """[study]
schema = 1
title  = "Long"
[block.v]
assay  = "viability"
files  = ["t.csv"]
normalized = true
"""
HEADER = "unit_id,model,treatment,dose,dose_unit,value"
DOSES = [10000.0, 3333.0, 1111.0, 370.0, 123.0, 41.2, 13.7, 4.57, 1.52, 0.508]


@dataclass
class Broken:
    """A study folder to break."""

    folder: Path

    def text(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def write(self, name: str, data: str | bytes) -> None:
        (self.folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    def replace(self, name: str, old: str, new: str, count: int = -1) -> None:
        assert old in self.text(name)
        self.write(name, self.text(name).replace(old, new, count))

    @property
    def plates(self) -> list[str]:
        found = (self.folder / "plates").glob("*.csv")
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def problems(self, severity: str = "error") -> list[Problem]:
        found = [p for p in check_study(self.folder) if p.severity == severity]
        for problem in found:
            assert problem.file, problem
            assert problem.message.endswith((".", "?")), problem
            assert problem.remedy or severity == "note", problem
        return found

    def codes(self) -> set[str]:
        return {problem.code for problem in self.problems()}

    def only(self, code: str, severity: str = "error") -> Problem:
        """The one kind of problem there is; its first."""
        found = self.problems(severity)
        assert {p.code for p in found} == {code}, found
        return found[0]

    def estimates(self, quantity: str = "ic50_absolute") -> pl.DataFrame:
        assert self.problems() == []
        frame = run_study(self.folder).estimates().frame
        return frame.filter(pl.col("quantity") == quantity)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One line, three experiments, run once; copies compute only what a test changed."""
    folder = tmp_path_factory.mktemp("clean") / "study"
    simulate_study("viability", folder, scenario="n3", seed=1)
    run_study(folder)
    return folder


@pytest.fixture
def study(clean: Path, tmp_path: Path) -> Broken:
    folder = tmp_path / "study"
    shutil.copytree(clean, folder)
    return Broken(folder)


Response = Callable[[float], float]


@pytest.fixture
def long(tmp_path: Path) -> Callable[..., Broken]:
    """A long table of fractions: three experiments, doses in triplicate."""

    def make(
        response: Response, *, row: Callable[[int, float, float], str] | None = None
    ) -> Broken:
        write = row or (lambda unit, dose, y: f"E{unit},M,drug,{dose:g},nM,{y:.5f}")
        lines = [
            write(unit, dose, response(dose) + 0.02 * (unit - 2) + 0.01 * well)
            for unit in (1, 2, 3)
            for dose in DOSES
            for well in (-1, 0, 1)
        ]
        broken = Broken(tmp_path)
        broken.write("t.csv", "\n".join([HEADER, *lines]) + "\n")
        broken.write("study.toml", LONG)
        return broken

    return make
