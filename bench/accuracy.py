"""Residual sums against a judge of 25 starts, on fresh curves and on a real screen."""

import time
from argparse import Namespace
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from bench import engine
from bench.curves import Packed, blocks, pack
from bench.judge import KEPT, START_HILLS, START_PLACES, excess, judge
from bench.printing import say, table
from bench.real_screen import screen_row
from bench.scenarios import SCENARIOS, draw

SEED = 20261121
TOLERANCE = 1e-6
"""Relative to max(RSS of the judge, 1e-12 of the total sum of squares)."""
_BLOCK = 50


class Score(NamedTuple):
    """Excess of the engine over the judge, one entry per curve."""

    name: str
    over: np.ndarray

    @property
    def row(self) -> list[object]:
        above, below = self.over > TOLERANCE, self.over < -TOLERANCE
        worst = float(np.max(self.over, initial=-np.inf))
        return [
            self.name, self.over.size, int(above.sum()), f"{max(worst, 0.0):.1e}",
            int(below.sum()), f"{-min(float(np.min(self.over, initial=0.0)), 0.0):.1e}",
        ]  # fmt: skip


COLUMNS = ("scenario", "curves", "above judge", "worst", "judge above", "worst")


def judged(curves: Packed) -> list[float]:
    return [judge(*curves.curve(i)).rss for i in range(curves.n_curves)]


def compare(curves: Packed, rss: np.ndarray, reference: list[float]) -> np.ndarray:
    return np.array(
        [
            excess(float(ours), theirs, curves.curve(i)[1])
            for i, (ours, theirs) in enumerate(zip(rss, reference, strict=True))
        ]
    )


def parts(curves: Packed) -> list[Packed]:
    cuts = np.cumsum([0, *blocks(curves.n_curves, _BLOCK)])
    return [pack(curves.curve(i) for i in range(begin, end)) for begin, end in pairwise(cuts)]


def scores(total: int, seed: int, pool: ProcessPoolExecutor) -> list[Score]:
    each = -(-total // len(SCENARIOS))
    drawn = {name: draw(name, each, seed) for name in SCENARIOS}
    asked = {name: pool.map(judged, parts(curves)) for name, curves in drawn.items()}
    found = []
    for name, curves in drawn.items():
        rss = engine.fit(curves).rss
        reference = [value for part in asked[name] for value in part]
        found.append(Score(name, compare(curves, rss, reference)))
    return found


def run(args: Namespace) -> None:
    total = args.curves or (300 if args.brief else 10_000)
    begin = time.perf_counter()
    with ProcessPoolExecutor(args.cores, mp_context=get_context("spawn")) as pool:
        found = scores(total, SEED, pool)
    seconds = time.perf_counter() - begin
    everything = Score("all", np.concatenate([score.over for score in found]))
    title = (
        f"ACCURACY, seed {SEED}: residual sum above the judge's by more than {TOLERANCE:g}\n"
        f"  judge: SciPy least squares from {len(START_PLACES) * len(START_HILLS)} starts "
        f"(EC50 at {', '.join(f'{p:g}' for p in START_PLACES)} of the tested range x hill "
        f"{', '.join(f'{h:g}' for h in START_HILLS)}),\n  best {KEPT} polished; box: hill 0.05-50, "
        f"EC50 within 3 decades of the doses; {seconds:.0f} s on {args.cores} cores"
    )
    say(table(title, COLUMNS, [score.row for score in [*found, everything]]))
    say(screen_row())
