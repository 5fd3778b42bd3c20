"""Tables line up; parts that cannot run say so."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bench.printing import percent, rate, table
from bench.run import PARTS

from bench import peers, scale

ROOT = Path(__file__).resolve().parents[2]


def test_a_table_lines_up():
    text = table("title", ("case", "n", "share"), [["a", 10, "1 %"], ["longer", 2000, "95 %"]])
    title, *lines = text.splitlines()
    assert title == "title"
    assert len({len(line) for line in lines}) == 1
    assert lines[2].split() == ["longer", "2000", "95", "%"]


def test_numbers_are_readable():
    assert percent(0.9512) == "95.1 %"
    assert percent(float("nan")) == "-"
    assert rate(1234567.0) == "1,234,567"
    assert rate(12.34) == "12.3"


def test_a_part_that_does_not_exist_is_refused():
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "run.py"), "sped"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert all(part in done.stderr for part in PARTS)


def test_absent_peers_are_said(monkeypatch):
    monkeypatch.setattr(peers, "python", lambda: None)
    curves = np.zeros(3)
    from bench.curves import pack_matrix

    said = peers.compare("lmfit", pack_matrix(curves, np.zeros((2, 3))), curves)
    assert said == "lmfit: not installed (make peers)"


def test_scipy_as_a_peer_finds_our_curves(tmp_path):
    from bench.curves import LOG_DOSES, wells_of
    from bench.scenarios import hill_curve

    x = wells_of(LOG_DOSES, 3)
    y = hill_curve(x, 1.0, 0.1, 2.0, 1.0) + 0.02 * np.cos(9.0 * np.arange(x.size))
    np.savez(tmp_path / "curves.npz", log10_dose=x, response=y[None, :])
    words = ["-P", str(ROOT / "bench" / "peer_fits.py"), str(tmp_path / "curves.npz"), "scipy"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    from bench.judge import judge

    best = judge(x, y)
    rss, ec50, hill = said["fits"][0]
    assert rss == pytest.approx(best.rss, rel=1e-7)
    assert (ec50, hill) == pytest.approx((best.log10_ec50, best.hill), rel=1e-4)


def test_boxes_decide_who_could_have_found_what():
    x = np.array([0.0, 4.0])
    tight = peers.THEIRS["curvecurator"]
    assert tight.holds(x, 2.0, 1.0, 1.0, 0.1)
    assert not tight.holds(x, 2.0, 12.0, 1.0, 0.1)
    assert not tight.holds(x, 6.5, 1.0, 1.0, 0.1)
    assert not tight.holds(x, 2.0, 1.0, 1.0, -0.1)
    assert peers.OURS.holds(x, 6.5, 12.0, 1.0, -0.1)


def test_memory_and_end_of_a_command_are_its_own():
    child = scale.command("--help")
    assert child.code == 0
    assert "Usage" in child.said
    assert 5.0 < child.peak_mb < 2000.0


def test_a_screen_is_written_in_chunks_of_known_size(tmp_path, monkeypatch):
    import polars as pl

    monkeypatch.setattr(scale, "CHUNK", 7)
    file = tmp_path / "screen.parquet"
    assert scale.write_screen(tmp_path, 20, file) == 600
    wells = pl.read_parquet(file)
    assert wells.height == 600
    assert wells["curve"].n_unique() == 20
    assert wells["response"].is_finite().all()


def test_memory_of_workers_is_added():
    import os
    import time

    from bench.memory import Watch, resident_mb, tree

    if not Path("/proc/self/task").is_dir():
        pytest.skip("no /proc on this system")
    program = (
        "import subprocess, sys; held = bytearray(60_000_000);"
        "subprocess.run([sys.executable, '-c', 'held = bytearray(50_000_000); input()'])"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    with Watch(child.pid) as watch:
        for _ in range(600):
            if watch.peak_mb > 105.0:
                break
            time.sleep(0.05)
        assert len(tree(child.pid)) == 2
        child.communicate(b"\n")
    assert watch.peak_mb > 105.0
    assert resident_mb(os.getpid()) > 1.0


def test_a_failed_or_short_run_is_not_a_rate(tmp_path):
    import polars as pl

    out = tmp_path / "fits.parquet"
    ended = scale.Child(2, 1.0, 1.0, 50.0, "first\nNo such column: dose\n")
    assert "exit 2, No such column" in str(scale.row("mix", 10, 300, ended, out)[0])
    done = ended._replace(code=0)
    pl.DataFrame({"curve": range(10)}).write_parquet(out)
    assert scale.row("mix", 10, 300, done, out)[5] == "10.0"
    assert "10 ROWS FOR 12 CURVES" in str(scale.row("mix", 12, 360, done, out)[0])
