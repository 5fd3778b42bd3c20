"""The published sarcoma screen (1,296 curves), against the best known residual sums."""

import os
import time
from pathlib import Path

import numpy as np

from bench import engine
from bench.curves import Packed, pack
from bench.judge import excess

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = 1e-6


def folder() -> Path:
    """Where the real files are: EXPORTIN_REALDATA, or shared/data beside the project."""
    given = os.environ.get("EXPORTIN_REALDATA", "../shared/data")
    return (ROOT / given).resolve() / "dose" / "sarcoma_viability"


def load() -> tuple[list[tuple[str, str]], Packed, np.ndarray]:
    """Names, wells with a dose, and best known residual sums."""
    import polars as pl

    wells = pl.read_csv(folder() / "viability.csv").filter(pl.col("dose_nM") > 0).drop_nulls()
    best = pl.read_csv(folder() / "expected.csv")
    by_name = wells.partition_by("cell_line", "drug", as_dict=True)
    names = [(str(a), str(b)) for a, b in best.select("cell_line", "drug").iter_rows()]
    curves = pack(
        (
            np.log10(by_name[name]["dose_nM"].to_numpy()),
            by_name[name]["viability"].to_numpy().astype(np.float64),
        )
        for name in names
    )
    return names, curves, best["best_rss"].to_numpy()


def screen_row() -> str:
    """Say how the engine does on the screen, or why this was left out."""
    if not folder().is_dir():
        return "  real screen: left out, no files (set EXPORTIN_REALDATA to their folder)"
    _, curves, best = load()
    engine.warm_up()
    begin = time.perf_counter()
    fits = engine.fit(curves)
    seconds = time.perf_counter() - begin
    over = np.array([excess(float(r), float(b), curves.curve(i)[1])
                     for i, (r, b) in enumerate(zip(fits.rss, best, strict=True))])  # fmt: skip
    begin = time.perf_counter()
    engine.answers(curves)
    whole = time.perf_counter() - begin
    return (
        f"  real screen, {over.size} curves against the best known residual sums (9 digits): "
        f"{int((over > TOLERANCE).sum())} above by more than {TOLERANCE:g} "
        f"(worst {max(over.max(), 0.0):.1e}), {int((over < -TOLERANCE).sum())} below "
        f"(most {max(-over.min(), 0.0):.1e});\n"
        f"  fits {seconds:.2f} s, with intervals, bounds and flags {whole:.2f} s"
    )
