"""Small studies to change."""

from collections.abc import Callable
from pathlib import Path

import pytest

HEAD = "," + ",".join(map(str, range(1, 13)))


@pytest.fixture
def plate() -> Callable[[int], bytes]:
    """A plate of 96 numbers."""

    def make(start: int = 1000) -> bytes:
        rows = [f"{letter}," + ",".join(str(start + i * 13 + at) for i in range(12))
                for at, letter in enumerate("ABCDEFGH")]  # fmt: skip
        return "\n".join([HEAD, *rows, ""]).encode()

    return make


@pytest.fixture
def study(tmp_path: Path, plate: Callable[[int], bytes]) -> Path:
    """A study of two plates with nothing filled in."""
    from exportin.study.edit.intake import add_files

    folder = tmp_path / "study"
    add_files(folder, {"P1.csv": plate(1000), "P2.csv": plate(1500)})
    return folder
