"""Parts and joint tests of compositions keep their level, and intervals cover, at few experiments.

Log-ratios vary between experiments (SD 0.1 to 0.4) and between the treatments of one experiment;
one world has a part of 2 % and 2,000 events a tube.
"""

import math

import numpy as np
import pytest

from exportin.inference.composition import answer_composition
from exportin.inference.composition_joint import ilr, joint_groups, joint_mean, joint_pair
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates

SEED = 2003
PARTS = ("g1", "s", "g2m")
WORLDS = {  # base, SD between experiments, SD between treatments of one, events
    "even": ((0.60, 0.25, 0.15), 0.1, 0.05, 20_000),
    "spread": ((0.60, 0.25, 0.15), 0.4, 0.15, 2_000),
    "small part": ((0.70, 0.28, 0.02), 0.3, 0.10, 2_000),
}
WHAT = {"block": "b", "assay": "a", "scale": "logit", "method": "m",
        "experimental_unit": "experiment"}  # fmt: skip


def study(rng, world, n, groups=3):
    """Fractions, experiments x groups x parts, without a difference between groups."""
    base, between, within, events = WORLDS[world]
    eta = np.log(base) + rng.normal(0, between, (n, 1, 3)) + rng.normal(0, within, (n, groups, 3))
    share = np.exp(eta)
    return rng.multinomial(events, share / share.sum(axis=2, keepdims=True)) / events, events


def rejections(world, n, runs, key=0):
    """Share of true nulls rejected, by name of the test, through the whole way of a study."""
    rng = np.random.default_rng((SEED, sorted(WORLDS).index(world), n, key))
    found = {}
    for _ in range(runs):
        x, events = study(rng, world, n)
        rows = Estimates.build([
            WHAT | {"treatment": "vlh"[j], "unit_id": f"E{i}", "quantity": q, "n_rows": events,
                    "value": float(v)}
            for i, tubes in enumerate(x) for j, tube in enumerate(tubes)
            for q, v in zip(PARTS, tube, strict=True)
        ])  # fmt: skip
        for test, groups in (("parts", ("v", "l", "h")), ("joint", ("v", "l", "h"))):
            ask = Contrast(quantity="phases", between="treatment", versus="v", test=test,
                           groups=groups, adjust="none")  # fmt: skip
            for row in answer_composition(rows, ask).frame.iter_rows(named=True):
                if row["p_value"] is not None and row["group_a"] == "h":
                    name = row["part"] or "joint"
                    found.setdefault(name, []).append(
                        (row["p_value"] <= 0.05, row["conf_low"] <= 1.0 <= row["conf_high"])
                    )
    return {name: np.mean(hits, axis=0) for name, hits in found.items()}


def limit(runs):
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


def check(world, n, runs):
    """Two errors are passed by chance once in 44 tests: then four times the runs decide."""
    made = rejections(world, n, runs)
    assert {"g1", "s", "g2m", "joint"} <= set(made)
    high = {name for name, (rate, _) in made.items() if rate > limit(runs)}
    if high:
        again = rejections(world, n, 4 * runs, key=1)
        assert not {name for name in high if again[name][0] > limit(4 * runs)}
    for name in PARTS:  # an interval of an odds ratio holds 1 exactly where p is above 5 %
        assert made[name].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(("world", "n"), [("small part", 3), ("spread", 6)])
def test_levels(world, n):
    check(world, n, 40)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [3, 4, 6, 8])
@pytest.mark.parametrize("world", WORLDS)
def test_levels_long(world, n):
    check(world, n, 2000)


def joint_rates(n, runs, key=0):
    """The joint tests alone, on log-ratios: two groups, all at once, slopes that differ."""
    rng = np.random.default_rng((SEED, 77, n, key))
    hits = np.zeros(4)
    for _ in range(runs):
        x, _ = study(rng, "spread", n, groups=4)
        y = ilr(x.reshape(-1, 3))
        group, unit = list("abcd") * n, [f"E{i}" for i in range(n) for _ in "abcd"]
        two = [i for i, g in enumerate(group) if g in "ab"]
        pair = joint_pair(y[two], [group[i] for i in two], [unit[i] for i in two], ("b", "a"))
        free = joint_pair(y[two], [group[i] for i in two], None, ("b", "a"))
        whole = joint_groups(y, group, unit)
        slopes = joint_mean(rng.normal(0, (0.3, 0.05), (n, 2)) + rng.normal(0, 0.02, (n, 2)))
        hits += [j.p_value is not None and j.p_value <= 0.05 for j in (pair, free, whole, slopes)]
    return hits / runs


def check_joint(n, runs):
    rates = joint_rates(n, runs)
    if (rates > limit(runs)).any():
        runs, rates = 4 * runs, joint_rates(n, 4 * runs, key=1)
    assert (rates <= limit(runs)).all()


@pytest.mark.parametrize("n", [4, 6])
def test_joint_levels(n):
    check_joint(n, 60)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [4, 6, 8])
def test_joint_levels_long(n):
    check_joint(n, 2000)


def test_distances_are_covered_at_least_at_their_level():
    rng = np.random.default_rng((SEED, 6))
    shift, runs, inside = np.array([0.3, -0.2]), 120, 0
    for _ in range(runs):
        found = joint_mean(shift + rng.normal(0, 0.2, (5, 2)))
        inside += found.low <= np.linalg.norm(shift) <= found.high
    assert inside / runs >= 0.95 - 2 * math.sqrt(0.05 * 0.95 / runs)
