"""Mixed models of tumor growth: time and optimum against lme4 (Rscript) and statsmodels.

Made-up studies of three sizes; each is fitted with day * arm + (day | animal) by REML, ours with
the Kenward-Roger and Satterthwaite df of every coefficient. Peers that are not there are said so.
"""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.peers import python
from bench.printing import say, table

HERE = Path(__file__).resolve().parent
SEED = 20261121
SIZES = ((2, 5), (4, 10), (8, 12))
"""Arms and animals per arm."""
DAYS = np.arange(0.0, 36.0, 3.5)


class Study(NamedTuple):
    """Rows of one made-up study."""

    y: np.ndarray
    day: np.ndarray
    animal: np.ndarray
    arm: np.ndarray


class Theirs(NamedTuple):
    """What a peer needed and reached; `fit_df` with Kenward-Roger, where it has that."""

    name: str
    fit: float
    fit_df: float | None
    log_likelihood: float
    note: str = ""


def draw(n_arms: int, n_animals: int, rng: np.random.Generator) -> Study:
    animal = np.arange(n_arms * n_animals).repeat(DAYS.size)
    day = np.tile(DAYS, n_arms * n_animals)
    arm = animal // n_animals
    level, rate = rng.normal(0, 0.3, animal.max() + 1), rng.normal(0, 0.02, animal.max() + 1)
    y = 5 + level[animal] + (0.09 - 0.01 * arm + rate[animal]) * day + rng.normal(0, 0.15, day.size)
    seen = (day == 0.0) | ((y < np.log(1500.0)) & (rng.random(day.size) > 0.05))
    return Study(y[seen], day[seen], animal[seen], arm[seen])


def ours(study: Study, repeats: int) -> tuple[float, float]:
    """Seconds of a fit with all df, and the log-likelihood."""
    from exportin.kernels.mixed_df import (
        inner_rows,
        kenward_roger_df,
        precision,
        satterthwaite_df,
    )
    from exportin.kernels.mixed_model import fit_mixed

    y, day, animal, arm = study
    each = np.eye(arm.max() + 1)[arm]
    x = np.column_stack([np.ones(y.size), day, each[:, 1:], each[:, 1:] * day[:, None]])
    z = np.column_stack([np.ones(y.size), day])
    seconds = []
    for _ in range(repeats + 1):  # the first one compiles
        begin = time.perf_counter()
        fit = fit_mixed(y, x, animal, z=z)
        known = precision(fit)
        for row in inner_rows(known.problem, np.eye(x.shape[1]))[0]:
            kenward_roger_df(known, row)
            satterthwaite_df(known, row)
        seconds.append(time.perf_counter() - begin)
    return min(seconds[1:]), fit.log_likelihood


def write(study: Study, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(("y", "day", "animal", "arm"))
        for y, day, animal, arm in zip(*study, strict=True):
            out.writerow((repr(float(y)), day, f"m{animal}", f"arm{arm}"))


def by_lme4(path: Path, repeats: int) -> Theirs | str:
    if shutil.which("Rscript") is None:
        return "lme4: Rscript is not on PATH"
    done = subprocess.run(
        ["Rscript", str(HERE / "mixed_peers.R"), str(path), str(repeats)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = dict(line.split() for line in done.stdout.splitlines() if len(line.split()) == 2)
    if done.returncode or "missing" in said:
        return "lme4: not installed with lmerTest and pbkrtest"
    return Theirs(f"lme4 {said['version']}", float(said["fit"]), float(said["fit_kr"]),
                  float(said["log_likelihood"]))  # fmt: skip


def by_statsmodels(path: Path, repeats: int) -> Theirs | str:
    for run_by in filter(None, (python(), Path(sys.executable))):
        done = subprocess.run(
            [str(run_by), "-P", str(HERE / "mixed_peers.py"), str(path), str(repeats)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = json.loads(done.stdout) if done.returncode == 0 else {"missing": True}
        if "missing" not in said:
            note = "" if said["converged"] else "says: not converged"
            return Theirs(f"statsmodels {said['version']}", said["seconds"], None,
                          said["log_likelihood"], note)  # fmt: skip
    return "statsmodels: not installed (make peers)"


def _row(name: str, fit: float | None, with_df: float | None, *rest: str) -> list[object]:
    times = ["-" if s is None else f"{1000 * s:.1f}" for s in (fit, with_df)]
    return [name, *times, *rest]


def run(args: Namespace) -> None:
    repeats = 3 if args.brief else 10
    rng = np.random.default_rng(SEED)
    for n_arms, n_animals in SIZES:
        study = draw(n_arms, n_animals, rng)
        seconds, best = ours(study, repeats)
        rows = [_row("exportin", None, seconds, "1", f"{best:.5f}", "")]
        absent = []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "study.csv"
            write(study, path)
            for peer in (by_lme4(path, repeats), by_statsmodels(path, max(1, repeats // 3))):
                if isinstance(peer, str):
                    absent.append(peer)
                    continue
                ratio = (peer.fit_df or peer.fit) / seconds
                rows.append(_row(peer.name, peer.fit, peer.fit_df, f"{ratio:.1f}",
                                 f"{peer.log_likelihood:.5f}", peer.note))  # fmt: skip
        title = (
            f"  growth study, {n_arms} arms of {n_animals}, {study.y.size} rows, seed {SEED}; best "
            f"of {repeats} (ours with both kinds of df)"
        )
        columns = ("engine", "fit ms", "with df ms", "x our time", "log-lik", "")
        say(table(title, columns, rows))
        for line in absent:
            say(f"  {line}")
