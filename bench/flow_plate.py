"""A 96-well plate of DNA histograms: read, gated, fitted with every model, and drawn."""

import os
import time
from argparse import Namespace
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np

from bench.printing import say

TUBES, EVENTS, SEED = 96, 20_000, 20261121
PAGE = 24  # histograms a figure
GOAL_S = 5.0
TREATMENTS = (("DMSO", (0.58, 0.26, 0.16)), ("drug", (0.78, 0.10, 0.12)))


def run(args: Namespace) -> None:
    """Print the wall time of one plate on the cores given, and where it goes."""
    tubes, events = (12, 5_000) if args.brief else (TUBES, EVENTS)
    files = plate(tubes, events)
    shares = [files[i :: args.cores] for i in range(args.cores)]
    with ProcessPoolExecutor(args.cores, mp_context=get_context("forkserver")) as pool:
        list(pool.map(fit_and_draw, [files[:2]] * args.cores))  # machine code, imports
        begin = time.perf_counter()
        found = list(pool.map(fit_and_draw, shares))
        wall = time.perf_counter() - begin
    busy = np.sum([times for _, times in found], axis=0)
    good = sum(count for count, _ in found)
    size = sum(len(data) for _, data in files) / 2**20
    say(f"FLOW PLATE: {tubes} tubes x {events} events ({size:.0f} MB of FCS), {args.cores} cores")
    say(f"  read, gated, fitted (all models, with intervals), drawn: {wall:.2f} s wall"
        f" (goal {GOAL_S:g} s for 96 x 20,000 on 2 cores)")  # fmt: skip
    names = ("read", "join", "gate and fit", "draw")
    say("  CPU: " + ", ".join(f"{name} {t:.2f} s" for name, t in zip(names, busy, strict=True)))
    say(f"  {good} of {tubes} tubes identifiable; machine load {os.getloadavg()[0]:.1f}")


def plate(tubes: int, events: int) -> list[tuple[str, bytes]]:
    """Simulated FCS files, two treatments in turn."""
    from exportin.assays.cell_cycle.simulate_cells import Nuclei, tube
    from exportin.tables.fcs_write import fcs_bytes

    rng = np.random.default_rng(SEED)
    made = []
    for i in range(tubes):
        name, phases = TREATMENTS[i % 2]
        cells = Nuclei(phases=phases, events=round(events / 1.09))
        made.append((f"{name}_{i:02d}.fcs", fcs_bytes(tube(cells, rng, name=str(i)))))
    return made


def fit_and_draw(files: list[tuple[str, bytes]]) -> tuple[int, list[float]]:
    """One worker's share; returns identifiable tubes and CPU seconds of each step."""
    import polars as pl

    from exportin.assays.cell_cycle.estimate import estimate
    from exportin.assays.cell_cycle.settings import CellCycleSettings
    from exportin.assays.cell_cycle.views import views
    from exportin.contract.assay import Context
    from exportin.contract.reader import Request
    from exportin.figures import render_svg
    from exportin.readers.fcs import READER
    from exportin.results.tables import Flags, Tests
    from exportin.tables.events import Events
    from exportin.tables.origin import Source

    settings = CellCycleSettings(dna_channel="PI-A")
    context = Context(block="plate", experimental_unit="experiment", keys=("model", "treatment"))
    marks = [time.process_time()]
    tables = [
        READER.read(Source(name=name, data=data), Request(kind=Events)) for name, data in files
    ]
    marks.append(time.process_time())
    frame = pl.concat([table.frame for table in tables], how="diagonal_relaxed").with_columns(
        pl.col("sample_id").alias("treatment"), pl.lit("line").alias("model"),
        pl.lit("E1").alias("unit_id"), pl.lit("treated").alias("role"),
    )  # fmt: skip
    blobs = {name: blob for table in tables for name, blob in table.blobs.items()}
    rows = replace(tables[0], frame=frame, blobs=blobs)
    marks.append(time.process_time())
    fitted = estimate(rows, Flags.empty(), settings, context)
    marks.append(time.process_time())
    for view in views(rows, fitted, Tests.empty(), settings, context):
        if view.name.startswith("histograms"):
            render_svg(view)
    marks.append(time.process_time())
    ok = fitted.estimates.frame.filter(quantity="g1", status="ok").height
    return ok, list(np.diff(marks))
