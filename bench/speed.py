"""Fits per second on one core, against the peers on the same curves in the same run."""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import engine
from bench.curves import LOG_DOSES, N_WELLS, Packed, mixed_designs, pack_matrix, speed_mix, wells_of
from bench.peers import Peer, compare
from bench.printing import percent, rate, say, table

SEED = 20261122
BLOCKS = 5
PEERS = {"scipy": 2000, "lmfit": 500, "curvecurator": 500}


def timed(work: Callable[[Packed], Any], drawn: list[Packed]) -> list[float]:
    """Curves per second of processor time on each of several fresh blocks."""
    rates = []
    for curves in drawn:
        begin = time.process_time()
        work(curves)
        rates.append(curves.n_curves / (time.process_time() - begin))
    return rates


def with_intervals(curves: Packed) -> None:
    fits = engine.fit(curves)
    engine.ec50_intervals(curves, fits)
    engine.ic50_intervals(curves, fits)


def first_calls() -> str:
    """First call without and with machine code on disk, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, str(Path(__file__).with_name("cold_start.py"))],
                env={**os.environ, "EXPORTIN_CACHE": folder},
                capture_output=True,
                text=True,
                check=True,
            )
            found.append(json.loads(done.stdout))
    cold, warm = found
    return (
        f"  first call, nothing compiled yet: fits {cold['fit']:.1f} s, "
        f"intervals {cold['intervals']:.1f} s; "
        f"next process: {warm['fit']:.2f} s, {warm['intervals']:.2f} s"
    )


def ours(*, brief: bool) -> tuple[list[list[object]], float]:
    """Rows of our own rates, and the median rate of plain fits of one design."""
    rng = np.random.default_rng(SEED)
    size = 200 if brief else 20_000
    same = [speed_mix(rng, size) for _ in range(BLOCKS)]
    own = [mixed_designs(rng, size) for _ in range(BLOCKS)]
    told = [speed_mix(rng, size) for _ in range(BLOCKS)]
    engine.warm_up()
    jobs: list[tuple[str, Callable[[Packed], Any], list[Packed]]] = [
        ("fits, one design", engine.fit, same),
        ("fits, own doses per curve, 10 % of wells missing", engine.fit, own),
        ("fits + EC50 and IC50 profile intervals, one design", with_intervals, same),
        ("same, own doses per curve", with_intervals, own),
        ("full answers (test, bounds, flags, table), one design", engine.answers, told),
    ]
    rows: list[list[object]] = []
    middle = 0.0
    for name, work, drawn in jobs:
        rates = timed(work, drawn)
        middle = middle or float(np.median(rates))
        span = f"{rate(min(rates))} - {rate(max(rates))}"
        rows.append(
            [name, f"{BLOCKS} x {drawn[0].n_curves:,}", rate(float(np.median(rates))), span]
        )
    return rows, middle


def peer_curves(n: int) -> Packed:
    """The first n curves of one stream, so that every peer gets the same ones."""
    drawn = speed_mix(np.random.default_rng([SEED, 1]), max(PEERS.values()))
    wells = LOG_DOSES.size * N_WELLS
    return pack_matrix(wells_of(LOG_DOSES, N_WELLS), drawn.response.reshape(-1, wells)[:n])


def peer_row(peer: Peer | str, ours_per_second: float) -> list[object]:
    if isinstance(peer, str):
        return [peer, "", "", "", "", "", ""]
    return [
        f"{peer.name} {peer.version}", peer.n, rate(peer.rate),
        f"{rate(ours_per_second / peer.rate)} x", percent(peer.failed / peer.n),
        peer.ours_above, f"{peer.theirs_above} of {peer.reachable}",
    ]  # fmt: skip


def run(args: Namespace) -> None:
    rows, middle = ours(brief=args.brief)
    scale = 10 if args.brief else 1
    title = (
        f"SPEED, seed {SEED}: curves per second of processor time, one core, warm; fresh curves,\n"
        "  60 % full, 20 % incomplete, 10 % flat, 10 % steep, 10 doses x 3 wells, SD 0.05;\n"
        f"  median and range of {BLOCKS} blocks"
    )
    say(table(title, ("exportin", "curves", "per second", "range"), rows))
    say(first_calls())
    found = [
        compare(name, peer_curves(n // scale), wells_of(LOG_DOSES, N_WELLS))
        for name, n in PEERS.items()
    ]
    columns = (
        "peer", "curves", "per second", "exportin / peer", "failed", "ours above (1e-6)",
        "peer above (1e-3)",
    )  # fmt: skip
    say(table("  against (fits only):", columns, [peer_row(peer, middle) for peer in found]))
    say("  ours above: of the peer's fits inside our box; peer above (or failed): of the curves")
    say("  whose best fit lies in the peer's box (scipy: none; lmfit: ours; CurveCurator: hill")
    say("  0.01-10, plateaus above 0, EC50 within 2 decades of the doses).")
