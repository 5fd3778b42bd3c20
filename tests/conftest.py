"""What all tests share."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
OFFLINE = Path(__file__).with_name("offline")

# no test needs the network, nor does any process that a test starts
runpy.run_path(str(OFFLINE / "sitecustomize.py"))
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH", "")])
)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Folder of the real files; skipped where it is absent, an error on CI."""
    path = (ROOT / os.environ.get("EXPORTIN_REALDATA", "../shared/data")).resolve()
    if not path.is_dir():
        why = f"real data not found at {path} (set EXPORTIN_REALDATA)"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return path


@dataclass(frozen=True)
class Said:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams."""
        return self.out + self.err

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def cli() -> Callable[..., Said]:
    """Run ``exportin ...`` in this process; a traceback or a bug message fails the test."""

    def call(*args: object) -> Said:
        from typer.testing import CliRunner

        from exportin.app.commands import app

        found = CliRunner().invoke(app, [str(arg) for arg in args], prog_name="exportin")
        return _sane(Said(found.exit_code, found.stdout, found.stderr))

    return call


@pytest.fixture(scope="session")
def shell() -> Callable[..., Said]:
    """Run ``exportin ...`` in a process of its own; a traceback or bug message fails the test."""

    def call(*args: object, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "exportin", *map(str, args)],
            capture_output=True,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            check=False,
        )
        out, err = (s.decode("utf-8", "backslashreplace") for s in (done.stdout, done.stderr))
        return _sane(Said(done.returncode, out, err))

    return call


def _sane(said: Said) -> Said:
    for word in ("Traceback", "This is a bug in exportin"):
        assert word not in said.text, said.text
    return said


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {p.relative_to(folder).as_posix(): sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="session")
def snapshot() -> Callable[[Path], dict[str, str]]:
    """Digest of every file under a folder, by its path."""
    return _digests
