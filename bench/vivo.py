"""Tumor growth: type I error of every printed test, and scale.

Type I error: simulated studies of two arms without an effect (start 150 mm3, rate 0.09
per day with SD 0.02 between animals, residual 0.15 of ln, visits every 3.5 days to day 28, end
at 1500 mm3). A test that cannot reach 5 % at that n prints its smallest attainable p.
Scale: with EXPORTIN_REALDATA, the 1,396 mice of 63 models, from file to report.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bench.printing import say, table

if TYPE_CHECKING:
    from exportin.tables.kinds import TumorLog

SEED = 20261122
DAYS = np.arange(0.0, 28.1, 3.5)
RATE, RATE_SD, START_SD, NOISE, LIMIT = 0.09, 0.02, 0.3, 0.15, 1500.0
SIZES = (3, 5, 8)
STUDY = """[study]
schema = 1
title = "KuLGaP"
[block.growth]
assay = "tumor_growth"
files = ["kulgap.csv"]
control = "Control"
day_zero = "implantation"
volume_unit = "mm3"
zeros = { after_large = "removed", after_shrinking = "complete_response", other = "unclear" }
[block.growth.columns]
model = "patient"
arm = "category"
animal = "replicate"
first_dose_day = "drug_start_day"
"""


def run(args: Namespace) -> None:
    """Print the parts."""
    studies = 20 if args.brief else (2000 if args.full else 300)
    say(f"Tumor growth: {studies} simulated studies without an effect, seed {SEED}")
    type_one(studies)
    if not args.brief:
        scale(args.cores)


def draw(n: int, rng: np.random.Generator) -> pl.DataFrame:
    """Rows of one study: unit_id, arm, day, volume_mm3."""
    rows = []
    for arm in ("drug", "vehicle"):
        for i in range(n):
            level, rate = rng.normal(np.log(150.0), START_SD), rng.normal(RATE, RATE_SD)
            for day in DAYS:
                volume = float(np.exp(level + rate * day + rng.normal(0.0, NOISE)))
                rows.append((f"{arm}{i}", arm, float(day), volume))
                if volume >= LIMIT:
                    break
    names = ["animal", "arm", "day", "volume_mm3"]
    return pl.DataFrame(rows, schema=names, orient="row")


def type_one(studies: int) -> None:
    """Reject at 5 % how often, for every test that a block prints."""
    from exportin.assays.tumor_growth.answers import answer
    from exportin.assays.tumor_growth.settings import TumorGrowthSettings
    from exportin.contract.assay import Context
    from exportin.inference.question import Contrast
    from exportin.results.tables import Estimates, Flags

    settings = TumorGrowthSettings(control="vehicle", day_zero="first dose", draws=500)
    context = Context(block="g", experimental_unit="animal", keys=("model", "arm"), seed=1)
    asked = [
        Contrast(quantity=q, between="arm", versus="vehicle")
        for q in ("growth_rate", "time_to_volume", "max_tvi")
    ]
    lines = []
    for n in SIZES:
        rng = np.random.default_rng((SEED, n))
        found: dict[str, list[float | None]] = {}
        for _ in range(studies):
            rows = as_rows(draw(n, rng))
            for ask in asked:
                tests = answer(rows, Flags.empty(), Estimates.empty(), ask, settings, context)
                for row in tests.frame.iter_rows(named=True):
                    if row["method"].startswith("growth_delay"):
                        continue
                    test = row["test"].partition(" on day")[0].partition(",")[0]
                    name = f"{row['quantity']}: {test}"
                    found.setdefault(name, []).append(row["p_value"])
        for name, values in found.items():
            made = [p for p in values if p is not None]
            share = float(np.mean([p <= 0.05 for p in made])) if made else 0.0
            error = float(np.sqrt(max(share * (1 - share), 1e-9) / max(len(made), 1)))
            least = min(made) if made else 1.0
            lines.append(
                (f"{n}", name, f"{100 * share:.1f} % +- {100 * error:.1f}", f"{least:.3g}",
                 f"{studies - len(made)}")
            )  # fmt: skip
    head = ("n per arm", "test", "rejects at 5 %", "smallest p seen", "no test")
    say(table("Type I error", head, lines))


def as_rows(frame: pl.DataFrame) -> "TumorLog":
    """Joined rows as the study makes them."""
    from exportin.tables.kinds import TumorLog

    empty = {
        name: pl.lit(None, dtype=pl.Float64)
        for name in (
            "length",
            "width",
            "height",
            "weight",
            "first_dose_day",
            "removed_day",
            "randomized_day",
        )
    }
    texts = {
        name: pl.lit(None, dtype=pl.String)
        for name in ("date", "cage", "removal", "first_dose_date")
    }
    given = frame.with_columns(
        row_id=pl.concat_str("animal", pl.col("day").cast(pl.String), separator="@"),
        file=pl.lit("f"), sample_id=pl.col("animal"), unit_id=pl.col("animal"),
        model=pl.lit("M"), volume=pl.col("volume_mm3"), volume_unit=pl.lit("mm3"),
        length_unit=pl.lit(""), weight_unit=pl.lit(""), cause=pl.lit(""), **empty, **texts,
    )  # fmt: skip
    return TumorLog(frame=given.drop("animal", "volume_mm3"))


def scale(cores: int) -> None:
    """Run the 63 models from file to report, with two workers."""
    path = Path(os.environ.get("EXPORTIN_REALDATA", "../shared/data")) / "vivo"
    source = path / "kulgap_pdx_alldata.csv"
    if not source.is_file():
        say(f"  scale: no {source.name} (set EXPORTIN_REALDATA)")
        return
    with tempfile.TemporaryDirectory() as place:
        shutil.copy(source, Path(place) / "kulgap.csv")
        (Path(place) / "study.toml").write_text(STUDY)
        times = []
        for _ in range(2):  # the first run of a version compiles
            shutil.rmtree(Path(place) / ".exportin", ignore_errors=True)
            begin = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "exportin", "run", place, "--workers", str(cores)],
                check=True, capture_output=True,
            )  # fmt: skip
            times.append(time.perf_counter() - begin)
        say(f"  1,396 mice, 63 models, file to report on {cores} cores: {times[1]:.0f} s "
            f"(first run {times[0]:.0f} s)")  # fmt: skip
