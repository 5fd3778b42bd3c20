"""DNA histograms: error and coverage of G1, S and G2M, verdicts, and speed.

Cells are simulated one by one (bench/dna_events.py). Alone: every tube fitted by itself, G2M/G1
free. Plate: fifteen tubes of mixed composition that share position, CV and G2M/G1. Points are
percentage points; "goal" marks rows that exceed a bias of 0.5 or an RMSE of 1.2.
"""

import time
from argparse import Namespace

import numpy as np

from bench.dna_events import COMPOSITIONS, EDGES, SHAPES, Array, Tube, histogram
from bench.printing import say, table

SEED = 20261123
NAMES = ("g1", "s", "g2m")
PLATE = 15
DIRT = (
    ("clean, CV 8 %", {"cv": 0.08}),
    ("10 % cut nuclei", {"debris": 0.10}),
    ("20 % cut nuclei", {"debris": 0.20}),
    ("5 % doublets", {"doublets": 0.05}),
    ("10 % doublets", {"doublets": 0.10}),
    ("5 % sub-G1", {"sub_g1": 0.05}),
    ("20 % sub-G1", {"sub_g1": 0.20}),
    ("all: 10 % cut, 5 % doublets, 5 % sub-G1", {"debris": 0.1, "doublets": 0.05, "sub_g1": 0.05}),
    ("all, CV 8 %", {"debris": 0.1, "doublets": 0.05, "sub_g1": 0.05, "cv": 0.08}),
)


def run(args: Namespace) -> None:
    """Print the parts."""
    tubes = 5 if args.brief else (1000 if args.full else 100)
    say(f"DNA histograms: 10,000 single cells, {tubes} tubes a row, seed {SEED}")
    clean(tubes)
    plates(max(tubes // 10, 1))
    dirty(tubes)
    speed(1 if args.brief else 3)


def clean(tubes: int) -> None:
    """Error and coverage of tubes fitted one by one."""
    from exportin.kernels.dna_histogram import fit_dna

    lines = []
    for cv in (0.02, 0.03, 0.05):
        for shape in SHAPES:
            for k, phases in enumerate(COMPOSITIONS):
                rng = np.random.default_rng((SEED, 1, int(1000 * cv), SHAPES.index(shape), k))
                tube = Tube(phases=phases, cv=cv, shape=shape)
                fits = [fit_dna(histogram(tube, rng), EDGES) for _ in range(tubes)]
                lines.append(
                    (f"{100 * cv:.0f} %", shape, words(phases), *row(fits, [phases] * tubes))
                )
    say(table("Alone", ("CV", "S", "truth", *HEAD), lines))


def plates(count: int) -> None:
    """Error and coverage of plates fitted together; G2M/G1 is 1.97."""
    from exportin.kernels.dna_plate import fit_plate

    lines = []
    for cv in (0.03, 0.05):
        for shape in SHAPES:
            rng = np.random.default_rng((SEED, 2, int(1000 * cv), SHAPES.index(shape)))
            found: dict[tuple[float, ...], list[object]] = {phases: [] for phases in COMPOSITIONS}
            for _ in range(count):
                truth = [COMPOSITIONS[k % len(COMPOSITIONS)] for k in range(PLATE)]
                rows = [histogram(moved(Tube(phases=p, cv=cv, shape=shape, ratio=1.97), rng), rng)
                        for p in truth]  # fmt: skip
                for phases, fit in zip(truth, fit_plate(np.array(rows), EDGES).fits, strict=True):
                    found[phases].append(fit)
            for phases, fits in found.items():
                lines.append(
                    (f"{100 * cv:.0f} %", shape, words(phases), *row(fits, [phases] * len(fits)))
                )
    say(
        table(
            f"Plates of {PLATE} tubes, tubes moved by 1 % (SD)", ("CV", "S", "truth", *HEAD), lines
        )
    )


def moved(tube: Tube, rng: np.random.Generator) -> Tube:
    """A tube a little off the plate's position."""
    from dataclasses import replace

    return replace(tube, g1=tube.g1 * float(1.0 + 0.01 * rng.standard_normal()))


def dirty(tubes: int) -> None:
    """Error, coverage and verdict of tubes that were not gated; the chosen model's."""
    from exportin.kernels.dna_spread import judge_histogram

    lines = []
    for j, (name, dirt) in enumerate(DIRT):
        for k, phases in enumerate(COMPOSITIONS[:3]):
            rng = np.random.default_rng((SEED, 3, j, k))
            tube = Tube(phases=phases, **dirt)
            answers = [judge_histogram(histogram(tube, rng), EDGES) for _ in range(tubes)]
            fits = [answer.fit for answer in answers]
            yes = np.mean([answer.verdict == "identifiable" for answer in answers])
            sub = np.mean([fit.sub_g1 for fit in fits]), np.mean([fit.aggregates for fit in fits])
            inside = np.mean([
                all(a.model_low[n] - 0.005 <= p <= a.model_high[n] + 0.005
                    for n, p in zip(NAMES, phases, strict=True)) for a in answers
            ])  # fmt: skip
            lines.append(
                (name, words(phases), *row(fits, [phases] * tubes), f"{100 * yes:.0f} %",
                 f"{100 * inside:.0f} %", f"{100 * sub[0]:.1f} %", f"{100 * sub[1]:.1f} %")
            )  # fmt: skip
    head = ("tube (CV 5 %)", "truth", *HEAD, "identifiable", "in spread", "sub-G1", "aggregates")
    say(table("Not gated", head, lines))


HEAD = ("bias", "RMSE", "covered", "width", "goal")


def row(fits: list, truth: list) -> tuple[str, ...]:  # type: ignore[type-arg]
    """Bias, RMSE, coverage and width of the three phases."""
    from exportin.kernels.dna_intervals import dna_intervals

    error = 100.0 * (np.array([fit.phases for fit in fits]) - np.array(truth))
    spans = [dna_intervals(fit) for fit in fits]
    low = np.array([[span.low[name] for name in NAMES] for span in spans])
    high = np.array([[span.high[name] for name in NAMES] for span in spans])
    covered = np.mean((low <= truth) & (np.array(truth) <= high), axis=0)
    bias, rmse = error.mean(axis=0), np.sqrt(np.mean(error**2, axis=0))
    missed = np.abs(bias).max() > 0.5 or rmse.max() > 1.2
    return (
        three(bias, "+.2f"), three(rmse, ".2f"), three(100 * covered, ".0f"),
        three(100 * (high - low).mean(axis=0), ".1f"), "missed" if missed else "",
    )  # fmt: skip


def three(values: Array, form: str) -> str:
    return " ".join(format(float(v), form) for v in values)


def words(phases: tuple[float, ...]) -> str:
    return "/".join(f"{100 * part:.0f}" for part in phases)


def speed(rounds: int) -> None:
    """Processor seconds of a plate of 96 histograms; the machine code is there already."""
    from exportin.kernels.dna_histogram import fit_dna
    from exportin.kernels.dna_plate import fit_plate, judge_plate
    from exportin.kernels.dna_spread import judge_histogram
    from exportin.kernels.dna_watson import fit_watson

    rng = np.random.default_rng((SEED, 4))
    rows = np.array([
        histogram(Tube(phases=COMPOSITIONS[k % 5], cv=0.045, debris=0.05, doublets=0.03,
                       events=20_000), rng) for k in range(96)
    ])  # fmt: skip

    def both() -> None:
        from exportin.kernels.dna_histogram import DnaModel

        for one in rows:
            fit_watson(fit_dna(one, EDGES, DnaModel(synchronous=True)))

    def everything() -> None:
        for one in rows:
            judge_histogram(one, EDGES)

    tasks = {
        "Dean-Jett-Fox and Watson": both,
        "all models, intervals, verdict": everything,
        "joint fit": lambda: fit_plate(rows, EDGES),
        "joint fit, then all models, intervals, verdict": lambda: judge_plate(rows, EDGES),
    }
    lines = []
    for name, task in tasks.items():
        times = []
        for _ in range(rounds):
            begin = time.process_time()
            task()
            times.append(time.process_time() - begin)
        lines.append((name, f"{min(times):.2f} s", f"{1000 * min(times) / 96:.1f} ms"))
    say(table("96 histograms of 256 bins, one core", ("task", "plate", "each"), lines))
