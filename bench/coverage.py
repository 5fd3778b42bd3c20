"""What the intervals really cover, on simulated curves of known truth."""

from argparse import Namespace
from typing import NamedTuple

import numpy as np

from bench import engine, flat, plate_noise
from bench.curves import LOG_DOSES, Packed, Truth, heights, pack_matrix, wells_of
from bench.engine import LEVEL, Intervals
from bench.printing import percent, say, table

SEED = 20261123


class Case(NamedTuple):
    """One row of truth; responses relative to vehicle, doses 1 to 10,000 in ten log steps."""

    top: float
    bottom: float
    log10_ec50: float
    """Middle of the truths; each curve has its own within `JITTER`, so none sits on a dose."""
    hill: float
    sd: float


JITTER = 0.22
"""Half a dose step in log10."""
CASES = {
    "full": Case(1.0, 0.1, 2.0, 1.0, 0.05),
    "noisy": Case(1.0, 0.1, 2.0, 1.0, 0.15),
    "incomplete": Case(1.0, 0.1, 3.6, 1.0, 0.05),
    "shallow": Case(1.0, 0.1, 2.0, 0.4, 0.05),
    "steep": Case(1.0, 0.1, 2.0, 4.0, 0.05),
    "plateau at 0.6": Case(1.0, 0.6, 2.0, 1.0, 0.05),
    "beyond the doses": Case(1.0, 0.1, 4.6, 1.0, 0.05),
}
"""In the last two half of vehicle is not reached: there the absolute IC50 must be "> top dose"."""
UNREACHED = ("plateau at 0.6", "beyond the doses")
REPLICATES = (1, 3)


def draw(case: Case, replicates: int, n: int, rng: np.random.Generator) -> tuple[Packed, Truth]:
    ones = np.ones(n)
    ec50 = case.log10_ec50 + rng.uniform(-JITTER, JITTER, n)
    truth = Truth(case.top * ones, case.bottom * ones, ec50, case.hill * ones)
    x = wells_of(LOG_DOSES, replicates)
    y = heights(truth, x)
    return pack_matrix(x, y + rng.normal(0.0, case.sd, y.shape)), truth


def true_ic50(truth: Truth) -> np.ndarray:
    """Where the true curve is at half of vehicle (log10 dose); +inf where it never is."""
    above, below = truth.top - LEVEL, LEVEL - truth.bottom
    with np.errstate(invalid="ignore", divide="ignore"):
        found = truth.log10_ec50 + np.log10(above / below) / truth.hill
    return np.where(below > 0.0, found, np.inf)


def summary(found: Intervals, truth: np.ndarray) -> list[object]:
    """Coverage of the set, its Monte Carlo error, of two-sided ones, open share, median width."""
    covered = found.covers(truth)
    share = float(np.mean(covered))
    two = found.two_sided
    width = float(np.median((found.high - found.low)[two])) if two.any() else float("nan")
    within = float(np.mean(covered[two])) if two.any() else float("nan")
    error = float(np.sqrt(share * (1.0 - share) / truth.size))
    return [
        percent(share), percent(error, 2), percent(within), percent(1.0 - float(np.mean(two))),
        "-" if np.isnan(width) else f"{width:.2f}",
    ]  # fmt: skip


def rows(n: int) -> list[list[object]]:
    """Rows of the table of profile intervals."""
    out: list[list[object]] = []
    for k, (name, case) in enumerate(CASES.items()):
        for replicates in REPLICATES:
            rng = np.random.default_rng([SEED, k, replicates])
            curves, truth = draw(case, replicates, n, rng)
            fits = engine.fit(curves)
            ec50 = summary(engine.ec50_intervals(curves, fits), truth.log10_ec50)
            out.append([f"{name}, {replicates} a dose", "EC50", *ec50])
            if name not in UNREACHED:
                ic50 = summary(engine.ic50_intervals(curves, fits), true_ic50(truth))
                out.append(["", "IC50 absolute", *ic50])
    return out


def unreached_rows(n: int) -> list[list[object]]:
    """Share of curves reported as "> top dose" where half of vehicle is not reached."""
    out: list[list[object]] = []
    for name in UNREACHED:
        for replicates in REPLICATES:
            rng = np.random.default_rng([SEED, 100 + list(CASES).index(name), replicates])
            curves, truth = draw(CASES[name], replicates, n, rng)
            said = engine.answers(curves)
            above = said.ic50_bound == ">"
            number = (said.ic50_bound == "=") & np.isfinite(said.ic50)
            below = float(np.mean(number | (said.ic50_bound == "<")))
            misled = above & np.isfinite(said.ic50_low)
            misled &= np.log10(np.maximum(said.ic50_low, 1e-300)) > true_ic50(truth)
            out.append(
                [
                    f"{name}, {replicates} a dose", percent(float(np.mean(above))), percent(below),
                    percent(float(np.mean(misled))),
                ]
            )  # fmt: skip
    return out


def parameters() -> list[list[object]]:
    return [[name, *case[:2], f"{case.log10_ec50} +/- {JITTER}", *case[3:]]
            for name, case in CASES.items()]  # fmt: skip


def run(args: Namespace) -> None:
    n = args.rows or (200 if args.brief else 20_000)
    columns = ("case", "top", "bottom", "log10 EC50", "hill", "SD")
    say(f"COVERAGE, seed {SEED}: 95 % intervals of single curves, {n:,} curves a row;")
    say("  doses 10^0 to 10^4 in ten log steps, Gaussian noise, the right model")
    say(table("  truth:", columns, parameters()))
    columns = ("case", "of", "covered", "MC error", "two-sided ones", "open", "width (decades)")
    say(table("  covered: open ends reach anything, so read it beside the open share", columns,
              rows(n)))  # fmt: skip
    columns = ("half of vehicle not reached", 'said ">"', "a number or <", "lower limit too high")
    said = n
    title = f'  absolute IC50, {said:,} curves a row; wanted: ">" on at least 95 %'
    say(table(title, columns, unreached_rows(said)))
    flat.run(said)
    plate_noise.run(max(n // 5, 10))
