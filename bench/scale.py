"""A screen of a million curves through the command line, Parquet to Parquet, with its memory."""

import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import real_screen
from bench.curves import LOG_DOSES, MIX_SD, N_WELLS, blocks, heights, mixed_truth, wells_of
from bench.memory import Watch
from bench.printing import rate, say, table

SEED = 20261126
CHUNK = 20_000
"""Curves written at a time: 0.6 million wells."""
_LIMITS = ("NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
           "MKL_NUM_THREADS")  # fmt: skip


class Child(NamedTuple):
    """How a command of its own process ended."""

    code: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    """Largest resident memory of the process, or of it and its workers together if more."""
    said: str


def command(*words: str) -> Child:
    """Run ``exportin ...`` with all cores; its own memory, not that of the bench."""
    env = {name: value for name, value in os.environ.items() if name not in _LIMITS}
    with tempfile.TemporaryFile() as told:
        begin = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", "exportin", *words], stdout=told, stderr=told, env=env
        )
        with Watch(child.pid) as watch:
            _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        said = told.read().decode("utf-8", "replace")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = max(used.ru_maxrss / unit, watch.peak_mb)
    cpu = used.ru_utime + used.ru_stime
    return Child(child.returncode, seconds, cpu, peak, said)


def write_screen(folder: Path, n: int, file: Path) -> int:
    """Write n curves of the mix in chunks, then as one file; returns wells written."""
    import polars as pl

    x = wells_of(LOG_DOSES, N_WELLS)
    dose = 10.0**x
    first = 0
    for k, size in enumerate(blocks(n, CHUNK)):
        rng = np.random.default_rng([SEED, k])
        y = heights(mixed_truth(rng, size), x)
        y += rng.normal(0.0, MIX_SD, y.shape)
        number = np.arange(first, first + size, dtype=np.int32).repeat(x.size)
        wells = {"curve": number, "dose": np.tile(dose, size), "response": y.ravel()}
        pl.DataFrame(wells).write_parquet(folder / f"part{k:05d}.parquet")
        first += size
    pl.scan_parquet(folder / "part*.parquet").sink_parquet(file)
    return n * x.size


def fit_words(table_file: Path, curve: str, dose: str, response: str, out: Path) -> list[str]:
    return ["fit", str(table_file), "--curve", curve, "--dose", dose, "--response", response,
            "--out", str(out)]  # fmt: skip


def row(name: str, curves: int, wells: int, child: Child, out: Path) -> list[object]:
    import polars as pl

    if child.code != 0 or not out.is_file():
        last = (child.said.strip().splitlines() or ["no message"])[-1]
        return [f"{name}: exit {child.code}, {last[:80]}", curves, wells, "-", "-", "-", "-"]
    height = pl.scan_parquet(out).select(pl.len()).collect().item()
    if height != curves:
        name = f"{name}: {height} ROWS FOR {curves} CURVES"
    return [
        name, f"{curves:,}", f"{wells:,}", f"{child.seconds:.1f}", f"{child.cpu_seconds:.1f}",
        rate(curves / child.seconds), f"{child.peak_mb:,.0f}",
    ]  # fmt: skip


def simulated(n: int) -> list[object]:
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        source, out = folder / "screen.parquet", folder / "fits.parquet"
        wells = write_screen(folder, n, source)
        child = command(*fit_words(source, "curve", "dose", "response", out))
        return row("simulated mix", n, wells, child, out)


def screen() -> list[object] | None:
    """Run the real screen through the command line; None where its files are not there."""
    import polars as pl

    if not real_screen.folder().is_dir():
        return None
    wells = pl.read_csv(real_screen.folder() / "viability.csv").filter(pl.col("dose_nM") > 0)
    curves = wells.select("cell_line", "drug").unique().height
    with tempfile.TemporaryDirectory() as held:
        source, out = Path(held) / "screen.parquet", Path(held) / "fits.parquet"
        wells.write_parquet(source)
        words = fit_words(source, "cell_line,drug", "dose_nM", "viability", out)
        return row("real sarcoma screen", curves, wells.height, command(*words), out)


def run(args: Namespace) -> None:
    first = command("fit", "--help")
    if first.code != 0:
        say("SCALE: left out, this version of exportin has no command 'fit'")
        return
    small = 1000 if args.brief else 100_000
    n = args.scale or (1_000_000 if args.full else small)
    title = f"SCALE, seed {SEED}: exportin fit TABLE.parquet --out FITS.parquet, all cores"
    columns = ("screen", "curves", "wells", "wall s", "CPU s", "curves/s", "peak MB")
    found = [simulated(n), screen()]
    say(table(title, columns, [line for line in found if line is not None]))
    if found[1] is None:
        say("  real screen: left out, no files (set EXPORTIN_REALDATA to their folder)")
    say("  wall: start of Python, load of machine code, reading and writing included")
