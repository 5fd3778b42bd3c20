"""Kill -9 at any moment: run again, and the results are those of a run that was left alone."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SEED = 20160216
KILLS, KILLS_LONG = 10, 200
PATIENCE_S = 30.0  # for orphans to notice; they need well under a second
Snapshot = Callable[[Path], dict[str, str]]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start ``exportin run`` in a session of its own, which its workers share."""
    return subprocess.Popen(
        [sys.executable, "-m", "exportin", "run", str(folder), "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def session(leader: int) -> list[int]:
    """Processes of a session that are still alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, leader_of_it = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:  # gone meanwhile
            continue
        if int(leader_of_it) == leader and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def gone(leader: int) -> bool:
    """Whether all processes of a session end without anyone's help."""
    deadline = time.monotonic() + PATIENCE_S
    while session(leader) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not session(leader)


@pytest.fixture(scope="module")
def made(simulated: Callable[..., Path]) -> Path:
    return simulated("n3")


@pytest.fixture(scope="module")
def left_alone(made: Path, snapshot: Snapshot) -> tuple[dict[str, str], float]:
    """Results of a run that nobody killed, and how long it took."""
    folder = made.parent / "alone"
    shutil.copytree(made, folder)
    began = time.monotonic()
    process = start(folder)
    text, _ = process.communicate()
    took = time.monotonic() - began
    assert process.returncode == 0, text
    return snapshot(folder / "results"), took


def kill_and_finish(
    made: Path,
    folder: Path,
    moments: list[float],
    left_alone: tuple[dict[str, str], float],
    cli: Callable[..., Any],
    snapshot: Snapshot,
) -> None:
    """Kill runs of one study one after the other, finish it, compare."""
    results, took = left_alone
    shutil.copytree(made, folder)
    for moment in moments:
        process = start(folder)
        time.sleep(moment * took)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert gone(process.pid), f"workers live on after a kill at {moment:.3f} of the run"
    said = cli("run", folder, "--workers", 1)
    assert said.code == 0, said.text
    assert snapshot(folder / "results") == results
    assert cli("verify", folder).code == 0
    assert not list((folder / ".exportin").rglob(".tmp-*"))
    shutil.rmtree(folder)


def moments_of(count: int) -> list[float]:
    """Random moments, as parts of a whole run; the early ones are spent importing."""
    chance = random.Random(SEED)
    found = [chance.uniform(0.25, 1.05) for _ in range(count)]
    print(f"seed {SEED}, kills at", ", ".join(f"{moment:.3f}" for moment in found))
    return found


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_and_run_again(
    number: int,
    made: Path,
    left_alone: tuple[dict[str, str], float],
    tmp_path: Path,
    cli: Callable[..., Any],
    snapshot: Snapshot,
) -> None:
    moment = moments_of(KILLS)[number]
    kill_and_finish(made, tmp_path / "study", [moment], left_alone, cli, snapshot)


@pytest.mark.long
def test_killed_twice(
    made: Path,
    left_alone: tuple[dict[str, str], float],
    tmp_path: Path,
    cli: Callable[..., Any],
    snapshot: Snapshot,
) -> None:
    kill_and_finish(made, tmp_path / "study", [0.6, 0.9], left_alone, cli, snapshot)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_killed_often(
    made: Path,
    left_alone: tuple[dict[str, str], float],
    tmp_path: Path,
    cli: Callable[..., Any],
    snapshot: Snapshot,
) -> None:
    for number, moment in enumerate(moments_of(KILLS_LONG)):
        kill_and_finish(made, tmp_path / str(number), [moment], left_alone, cli, snapshot)


def test_interrupted_by_the_keyboard(made: Path, tmp_path: Path) -> None:
    """Ctrl-C reaches the workers too; no one prints a traceback."""
    folder = Path(shutil.copytree(made, tmp_path / "study"))
    process = start(folder)
    deadline = time.monotonic() + PATIENCE_S
    while len(session(process.pid)) < 4 and time.monotonic() < deadline:  # workers have begun
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    text, _ = process.communicate()
    assert b"Traceback" not in text, text.decode()
    assert b"Stopped." in text
    assert process.returncode == 130
    assert gone(process.pid)
