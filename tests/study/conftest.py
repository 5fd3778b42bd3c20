"""Study folders to break: small, and of known truth."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from exportin.study.new import simulate_study
from exportin.study.run import check_study
from exportin.tables.problems import Problem

STUDY = """[study]
schema = 1
title  = "A plate"
seed   = 1

[block.v]
assay  = "viability"
files  = ["plates/*.csv"]
layout = "layout.csv"
"""


@pytest.fixture
def study_text() -> str:
    """A study file without a fault."""
    return STUDY


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a simulated study in a new folder; ``lines`` keeps only these of the panel."""

    def make(scenario: str = "n3", *, lines: tuple[str, ...] = (), name: str = "study") -> Path:
        folder = tmp_path_factory.mktemp("simulated") / name
        simulate_study("viability", folder, scenario=scenario, seed=1)
        if lines:
            _keep(folder, lines)
        return folder

    return make


def _keep(folder: Path, lines: tuple[str, ...]) -> None:
    for plate in (folder / "plates").iterdir():
        if not plate.name.startswith(lines):
            plate.unlink()
    for table in ("design.csv", "truth.csv"):
        rows = (folder / table).read_text().splitlines()
        kept = [row for row in rows[1:] if any(line in row for line in lines)]
        (folder / table).write_text("\n".join([rows[0], *kept]) + "\n")


def grid(seed: int) -> str:
    """A plate of 8 by 12 numbers."""
    chance = random.Random(seed)
    rows = [f"{letter}," + ",".join(str(chance.randint(900, 1100)) for _ in range(12))
            for letter in "ABCDEFGH"]  # fmt: skip
    return "\n".join(["," + ",".join(map(str, range(1, 13))), *rows]) + "\n"


def plan() -> list[str]:
    """A layout: vehicle, ten doses of one drug, an empty column."""
    lines = ["well,role,treatment,dose,dose_unit"]
    for letter in "ABCDEFGH":
        lines.append(f"{letter}01,vehicle,DMSO,,")
        lines += [f"{letter}{column:02d},treated,drug,{column * 10},nM" for column in range(2, 12)]
        lines.append(f"{letter}12,empty,,,")
    return lines


@dataclass
class Plates:
    """A small study whose parts a test may break before it is written."""

    folder: Path
    study: str = STUDY
    design: str = "sample_id,unit_id,model\nP1,E1,LP6\nP2,E2,LP6\n"
    layout: list[str] = field(default_factory=plan)
    encoding: str = "utf-8"
    plates: dict[str, str] = field(
        default_factory=lambda: {"plates/P1.csv": grid(1), "plates/P2.csv": grid(2)}
    )

    def write(self) -> Path:
        """Write the folder."""
        files = {"study.toml": self.study, **self.plates}
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(text.encode())
        for name, text in {"design.csv": self.design, "layout.csv": self.text()}.items():
            if text:
                (self.folder / name).write_bytes(text.encode(self.encoding))
        return self.folder

    def text(self) -> str:
        """The layout as text."""
        return "\n".join(self.layout) + "\n" if self.layout else ""

    def replace(self, old: str, new: str) -> None:
        """Change something in the layout; it must be there."""
        text = self.text()
        assert old in text
        self.layout = text.replace(old, new).splitlines()

    def problems(self) -> tuple[Problem, ...]:
        """What ``check`` finds; everything names its file and a remedy."""
        found = check_study(self.write())
        for problem in found:
            assert problem.file, problem
            assert problem.message.endswith((".", "?")), problem
            assert problem.remedy or problem.severity == "note", problem
        return found

    def errors(self) -> dict[str, Problem]:
        """Errors by their code."""
        return {p.code: p for p in self.problems() if p.severity == "error"}


@pytest.fixture
def plates(tmp_path: Path) -> Plates:
    """A study of two plates with nothing wrong."""
    return Plates(tmp_path / "study")
