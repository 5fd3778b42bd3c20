"""Compositions over experiments: type I error and coverage of every test that is printed.

Simulated studies: log-ratios of three phases vary between experiments (SD `between`), and between
the treatments of one experiment (SD `within`); a tube has 2,000 or 20,000 events. The base is
60/25/15 %, or 70/28/2 %. Printed with the Monte-Carlo error; a rate of 5 % plus two of these is
the limit. The naive chi-squared p of the likelihood-ratio test stands beside the calibrated one,
and the trend with one slope for all experiments beside slopes of experiments.
"""

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bench.printing import say, table

if TYPE_CHECKING:
    from exportin.results.tables import Estimates

SEED = 20261311
SIZES = (3, 4, 6, 8)
LEVEL = 0.05
PARTS = ("g1", "s", "g2m")
BASES = {"60/25/15": (0.60, 0.25, 0.15), "70/28/2": (0.70, 0.28, 0.02)}
EFFECT = np.array([[0.0, 0.0], [0.25, -0.15], [0.6, -0.4]])
"""Log-ratios against the last part that vehicle, low and high dose add where there is an effect."""


class World(NamedTuple):
    """How studies vary."""

    base: str
    between: float
    within: float
    events: int


WORLDS = (
    World("60/25/15", 0.1, 0.05, 20_000),
    World("60/25/15", 0.4, 0.15, 20_000),
    World("60/25/15", 0.4, 0.15, 2_000),
    World("70/28/2", 0.2, 0.10, 2_000),
    World("70/28/2", 0.4, 0.15, 20_000),
)
LIKELIHOOD = (  # blocked or not, base of two parts, between, within, events
    (False, (0.4, 0.6), 0.2, 0.0, 5_000),
    (False, (0.02, 0.98), 0.4, 0.0, 5_000),
    (True, (0.4, 0.6), 0.2, 0.15, 5_000),
    (True, (0.02, 0.98), 0.2, 0.15, 5_000),
    (True, (0.4, 0.6), 0.2, 0.05, 2_000),
    (True, (0.4, 0.6), 0.2, 0.0, 5_000),
)
DRAWS = 199


def run(args: Namespace) -> None:
    """Print the parts."""
    studies = 40 if args.brief else (2000 if args.full else 300)
    say(f"Compositions: {studies} simulated studies per line, seed {SEED}")
    parts_and_joint(studies)
    likelihood(20 if args.brief else studies)
    trends(200 if args.brief else 4000)


def shares(world: World, n: int, effect: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """True fractions, experiments x groups x parts."""
    base = np.log(np.array(BASES[world.base]))
    eta = np.zeros((n, len(effect), 3)) + base
    eta[:, :, :2] += effect + rng.normal(0.0, world.between, (n, 1, 2))
    eta[:, :, :2] += rng.normal(0.0, world.within, (n, len(effect), 2))
    share = np.exp(eta)
    return share / share.sum(axis=2, keepdims=True)


def measured(share: np.ndarray, events: int, rng: np.random.Generator) -> np.ndarray:
    return rng.multinomial(events, share) / events


def estimates(seen: np.ndarray, events: int) -> "Estimates":
    """Rows as an assay makes them."""
    from exportin.results.tables import Estimates

    what = {"block": "b", "assay": "cell_cycle", "scale": "logit", "method": "m",
            "experimental_unit": "experiment", "n_rows": events}  # fmt: skip
    return Estimates.build([
        what | {"treatment": "vlh"[j], "unit_id": f"E{i}", "quantity": q, "value": float(v)}
        for i, groups in enumerate(seen) for j, tube in enumerate(groups)
        for q, v in zip(PARTS, tube, strict=True)
    ])  # fmt: skip


def truth(world: World) -> dict[tuple[str, str], float]:
    """Mean effects of high against vehicle, from 200,000 experiments without counting noise."""
    rng = np.random.default_rng(SEED)
    share = shares(world, 200_000, EFFECT, rng)
    v, h = share[:, 0], share[:, 2]
    odds = (np.log(h / (1 - h)) - np.log(v / (1 - v))).mean(axis=0)
    points = 100.0 * (h - v).mean(axis=0)
    shift = np.append(EFFECT[2], 0.0)
    found = {("joint", "Aitchison"): float(np.linalg.norm(shift - shift.mean()))}
    for k, part in enumerate(PARTS):
        found[part, "odds"] = float(np.exp(odds[k]))
        found[part, "difference"] = float(points[k])
    return found


def answers(world: World, n: int, studies: int, *, effect: bool) -> Iterator[dict[str, object]]:
    """Rows of all tests of many studies."""
    from exportin.inference.composition import answer_composition
    from exportin.inference.question import Contrast

    shift = EFFECT if effect else np.zeros_like(EFFECT)
    rng = np.random.default_rng((SEED, WORLDS.index(world), n, int(effect)))
    for _ in range(studies):
        seen = measured(shares(world, n, shift, rng), world.events, rng)
        made = estimates(seen, world.events)
        for test, groups in (("parts", ("v", "l", "h")), ("joint", ("v", "l", "h")),
                             ("joint", ("v", "h"))):  # fmt: skip
            ask = Contrast(quantity="phases", between="treatment", versus="v", groups=groups,
                           test=test, adjust="none")  # fmt: skip
            for row in answer_composition(made, ask).frame.iter_rows(named=True):
                if row["group_a"] == "h":
                    yield row | {"groups": len(groups)}


def parts_and_joint(studies: int) -> None:
    lines = []
    for world in WORLDS:
        true = truth(world)
        for n in SIZES:
            cells: dict[str, str] = {}
            for effect in (False, True):
                hits: dict[tuple[str, str, int], list[bool]] = {}
                for row in answers(world, n, studies, effect=effect):
                    part = row["part"] or "joint"
                    kind = str(row["effect_kind"]).split(" ", 1)[0]
                    if effect and row["conf_low"] is not None and row["conf_high"] is not None:
                        inside = row["conf_low"] <= true[part, kind] <= row["conf_high"]
                        hits.setdefault((part, kind, row["groups"]), []).append(inside)
                    elif not effect and row["p_value"] is not None:
                        hits.setdefault((part, kind, row["groups"]), []).append(
                            row["p_value"] <= LEVEL
                        )
                for key, found in hits.items():
                    cells[f"{effect}{key}"] = f"{100 * np.mean(found):.1f}"
            lines.append([
                f"{world.base} {world.between:g} {world.within:g} {world.events}", n,
                *(cells.get(f"False{(p, 'odds', 3)}", "-") for p in PARTS),
                *(cells.get(f"False{('joint', 'Aitchison', k)}", "-") for k in (3, 2)),
                *(cells.get(f"True{(p, 'odds', 3)}", "-") for p in ("g1", "g2m")),
                *(cells.get(f"True{(p, 'difference', 3)}", "-") for p in ("g1", "g2m")),
                *(cells.get(f"True{('joint', 'Aitchison', k)}", "-") for k in (3, 2)),
            ])  # fmt: skip
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / studies)
    head = ("base, SD between, within, events", "n", "g1 %", "s %", "g2m %", "joint of 3",
            "joint of 2", "cov OR g1", "OR g2m", "points g1", "points g2m", "dist of 3",
            "dist of 2")  # fmt: skip
    say(table(f"Rejects a true null at 5 % (error {error:.1f}), then coverage of 95 % intervals, "
              "high against vehicle; three groups, or two", head, lines))  # fmt: skip


def counted(
    n: int, case: tuple[bool, tuple[float, float], float, float, int], rng: np.random.Generator
) -> tuple[np.ndarray, list[str], list[str]]:
    """Counts of two parts in two groups of n tubes without a difference."""
    blocked, base, between, within, events = case
    eta = np.log(base[0] / base[1]) + rng.normal(0.0, within, (n, 2))
    eta = eta + rng.normal(0.0, between, (n, 1) if blocked else (n, 2))
    x = rng.binomial(events, 1.0 / (1.0 + np.exp(-eta))).reshape(-1)
    return (
        np.stack([x, events - x], axis=1).astype(np.float64), ["v", "d"] * n,
        [f"E{i}" for i in range(n) for _ in "vd"],
    )  # fmt: skip


def sizes_of_likelihood(n: int, case: int, studies: int) -> tuple[float, float, int]:
    """Shares of studies rejected by the calibrated and by the naive p, and studies tested."""
    from exportin.inference.beta_binomial import likelihood_ratio

    rng = np.random.default_rng((SEED, 7, n, case))
    ours, naive = [], []
    for _ in range(studies):
        counts, group, unit = counted(n, LIKELIHOOD[case], rng)
        made = likelihood_ratio(
            counts, group, unit if LIKELIHOOD[case][0] else None, ("d", "v"), generator=rng,
            draws=DRAWS, interval=False,
        )  # fmt: skip
        if made.p_value is not None and made.naive_p is not None:
            ours.append(made.p_value <= LEVEL)
            naive.append(made.naive_p <= LEVEL)
    return float(np.mean(ours)), float(np.mean(naive)), len(ours)


def likelihood(studies: int) -> None:
    lines = []
    for case, (blocked, base, between, within, events) in enumerate(LIKELIHOOD):
        for n in (3, 6):
            ours, naive, made = sizes_of_likelihood(n, case, studies)
            lines.append([
                f"{'paired' if blocked else 'independent'} {100 * base[0]:g} % {between:g} "
                f"{within:g} {events}", n, f"{100 * naive:.1f}", f"{100 * ours:.1f}", made,
            ])  # fmt: skip
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / studies)
    head = ("design, fraction, SD between, within, events", "n", "chi-squared p", "bootstrap p",
            "studies")  # fmt: skip
    say(table(f"Beta-binomial likelihood ratio: rejects a true null, % (error {error:.1f})", head,
              lines))  # fmt: skip


def sizes_of_trend(n: int, slope_sd: float, studies: int) -> tuple[float, float]:
    """Rejections by one slope for all experiments (values as n), and by slopes of experiments."""
    from scipy import stats

    from exportin.inference.trend import linear_trend

    rng = np.random.default_rng((SEED, 9, n, round(1000 * slope_sd)))
    score = np.tile([0.0, 1.0, 2.0, 3.0], n)
    block = np.repeat(np.arange(n), 4)
    centered = score.reshape(n, 4) - 1.5
    found = np.zeros(2)
    for _ in range(studies):
        y = (rng.normal(0, slope_sd, n) [:, None] * centered + rng.normal(0, 0.3, (n, 1))
             + rng.normal(0, 0.1, (n, 4)))  # fmt: skip
        common = float((y * centered).sum()) / (5.0 * n)
        rest = y - y.mean(axis=1, keepdims=True) - common * centered
        df = 3 * n - 1
        t = common / np.sqrt(float((rest**2).sum()) / df / (5.0 * n))
        made = linear_trend(y.ravel(), score, block=block)
        p = (2.0 * stats.t.sf(abs(t), df), made.p_value)
        found += [value is not None and value <= LEVEL for value in p]
    return float(found[0]) / studies, float(found[1]) / studies


def trends(studies: int) -> None:
    lines = []
    for slope_sd in (0.0, 0.05, 0.1):
        for n in SIZES:
            blocked, slopes = sizes_of_trend(n, slope_sd, studies)
            lines.append([f"{slope_sd:g}", n, f"{100 * blocked:.1f}", f"{100 * slopes:.1f}"])
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / studies)
    head = ("SD of slopes between experiments", "n", "one slope for all", "slopes of experiments")
    say(table(f"Trend over four doses, tube SD 0.1: rejects a true null, % (error {error:.1f})",
              head, lines))  # fmt: skip
