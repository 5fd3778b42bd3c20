"""A simulated study that has been run once."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory, cli: Callable[..., Any]) -> Path:
    """One line, two drugs, three experiments; simulated and run by the command line."""
    folder = tmp_path_factory.mktemp("app") / "study"
    said = cli("simulate", "viability", folder, "--scenario", "n3")
    assert said.code == 0, said.text
    said = cli("run", folder, "--workers", 1)
    assert said.code == 0, said.text
    return folder


@pytest.fixture
def study(ran: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(ran, tmp_path / "study"))
