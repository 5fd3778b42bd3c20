"""Log-rank tests and growth delay: exact against R and brute force; error rates and coverage."""

import csv
import itertools
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from exportin.inference.survival_delay import (
    growth_delay,
    resampled_medians,
    specific_growth_delay,
)
from exportin.inference.survival_logrank import (
    logrank_exact,
    logrank_test,
    logrank_trend,
)
from exportin.inference.survival_permutation import TooMany, drawn_tails, exact_tails
from exportin.kernels.survival_km import kaplan_meier, median
from exportin.kernels.survival_logrank import Weighting

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "survival"


def cases():
    out = defaultdict(lambda: defaultdict(list))
    with (REFERENCE / "subjects.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for key, value in row.items():
                if key != "case":
                    out[row["case"]][key].append(float(value))
    return {c: {k: np.array(v) for k, v in d.items()} for c, d in out.items()}


def expected():
    out = defaultdict(dict)
    with (REFERENCE / "expected.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["what"].startswith(("exact_", "survdiff_")) and row["value"] != "NA":
                out[row["case"], row["what"]][row["key"]] = float(row["value"])
    return out


SUBJECTS, EXPECTED = cases(), expected()


@pytest.mark.parametrize(("case", "what"), [k for k in EXPECTED if k[1].startswith("exact_")])
def test_exact_p_against_all_relabellings_in_r(case, what):
    d, r = SUBJECTS[case], EXPECTED[case, what]
    group = d["group"].astype(np.int64)
    strata = d["stratum"].astype(np.int64) if case == "strata" else None
    how = Weighting(rho=float(what.split("_")[1]))
    for side, key in (("two-sided", "p"), ("less", "less"), ("greater", "greater")):
        found = logrank_exact(d["time"], d["status"] == 1, group, strata=strata, weighting=how,
                              alternative=side)  # fmt: skip
        assert found.p_value == pytest.approx(r[key], rel=1e-9)
        difference = (found.observed - found.expected)[1]
        assert difference == pytest.approx(r["seen"], abs=1e-10)
        if side == "two-sided":
            assert found.smallest_p == pytest.approx(r["smallest"], rel=1e-9)


@pytest.mark.parametrize("case", ["small", "cohort", "arms"])
def test_chi_squared_against_r(case):
    d = SUBJECTS[case]
    found = logrank_test(d["time"], d["status"] == 1, d["group"].astype(np.int64))
    chisq = found.statistic ** (2 if found.df == 1 else 1)
    assert chisq == pytest.approx(EXPECTED[case, "survdiff_0"]["chisq"], rel=1e-9)


def test_trend_against_r():
    d = SUBJECTS["arms"]
    found = logrank_trend(d["time"], d["status"] == 1, d["group"].astype(np.int64), np.arange(3.0))
    assert found.statistic == pytest.approx(EXPECTED["arms", "survdiff_0"]["trend_z"], rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_counting_meets_brute_force(seed):
    rng = np.random.default_rng([1, seed])
    n = int(rng.integers(4, 10))
    score = rng.choice([0.1, 0.3, -0.7, 1 / 3, 2 / 7], n)
    chosen = (np.arange(n) < int(rng.integers(1, n))).astype(np.int64)
    sums = [sum(score[list(c)]) for c in itertools.combinations(range(n), int(chosen.sum()))]
    seen = score @ chosen
    found = exact_tails(score, chosen)
    assert found.ways == math.comb(n, int(chosen.sum()))
    assert found.less == pytest.approx(np.mean(np.array(sums) <= seen + 1e-10))
    assert found.greater == pytest.approx(np.mean(np.array(sums) >= seen - 1e-10))
    drawn = drawn_tails(score, chosen, None, rng, 20_000)
    assert drawn.less == pytest.approx(found.less, abs=0.02)
    assert (drawn.least_less, drawn.least_greater) == pytest.approx(
        (found.least_less, found.least_greater)
    )


def test_strata_are_dealt_out_apart():
    rng = np.random.default_rng(2)
    score, strata = rng.normal(size=9), np.repeat([0, 1, 2], 3)
    chosen = np.tile([1, 0, 0], 3)
    ways = [sum(score[3 * s + c] for s, c in enumerate(pick))
            for pick in itertools.product(range(3), repeat=3)]  # fmt: skip
    found = exact_tails(score, chosen, strata)
    assert found.ways == 27
    assert found.less == pytest.approx(np.mean(np.array(ways) <= score @ chosen + 1e-10))


def test_twenty_an_arm_are_still_counted_and_hundreds_are_not():
    rng = np.random.default_rng(3)
    time, group = rng.random(36), np.repeat([0, 1], 18)
    found = logrank_exact(time, np.ones(36, bool), group)
    asymptotic = logrank_test(time, np.ones(36, bool), group)
    assert found.method == "logrank_exact"
    assert found.p_value == pytest.approx(asymptotic.p_value, abs=0.03)
    many, labels = rng.random(200), np.repeat([0, 1], 100)
    with pytest.raises(TooMany):
        logrank_exact(many, np.ones(200, bool), labels)
    drawn = logrank_exact(many, np.ones(200, bool), labels, generator=rng)
    assert drawn.method == "logrank_drawn"
    assert 0 < drawn.p_error < 0.01
    plain = logrank_test(many, np.ones(200, bool), labels)
    assert drawn.p_value == pytest.approx(plain.p_value, abs=0.02)


# ---- growth delay


def test_delay_by_hand():
    t, c = np.array([20.0, 24.0, 30.0]), np.array([7.0, 9.0, 11.0])
    found = growth_delay((t, np.ones(3, bool)), (c, np.ones(3, bool)))
    assert found.difference[:2] == (15.0, "=")
    assert found.ratio.value == pytest.approx(24 / 9)
    assert found.difference.low <= 15 <= found.difference.high
    assert specific_growth_delay(found, 5.0, (4.0, 6.0)).high == found.difference.high / 4
    with pytest.raises(ValueError, match="above zero"):
        specific_growth_delay(found, -5.0)


def test_medians_that_are_not_reached():
    t, c = np.array([20.0, 40.0, 40.0, 40.0]), np.array([7.0, 9.0, 11.0, 12.0])
    some, every, none = np.array([True, False, False, False]), np.ones(4, bool), np.zeros(4, bool)
    beyond = growth_delay((t, some), (c, every))
    assert (beyond.difference.value, beyond.difference.bound) == (30.0, ">")
    assert (beyond.difference.high, beyond.status) == (None, "at_bound")
    assert beyond.difference.low <= 30
    below = growth_delay((c, every), (t, some))
    assert (below.difference.value, below.difference.bound) == (-30.0, "<")
    assert below.difference.low is None
    neither = growth_delay((t, none), (t, none))
    assert (neither.difference.value, neither.status) == (None, "not_identifiable")


def test_all_resamples_are_what_many_drawn_ones_tend_to():
    rng = np.random.default_rng(4)
    time = np.array([4.0, 7.0, 7.0, 11.0, 14.0, 20.0])
    seen = np.array([True, True, False, True, True, False])
    counted = resampled_medians(time, seen, rng)
    assert counted.share.sum() == pytest.approx(1)
    drawn = np.zeros(counted.value.size)
    for _ in range(1500):
        pick = rng.integers(0, 6, 6)
        q = median(kaplan_meier(time[pick], seen[pick]))
        drawn[np.searchsorted(counted.value, q.value if q.bound == "=" else np.inf)] += 1
    assert drawn / 1500 == pytest.approx(counted.share, abs=0.05)


# ---- error rates and coverage

DESIGNS = {"days": (1e9, 0.0), "visits": (25.0, 3.5)}


def animals(rng, n, scale, shape, end, visit):
    t = scale * rng.weibull(shape, n) / math.log(2) ** (1 / shape)
    t = np.ceil(t / visit) * visit if visit else t
    return np.minimum(t, end), t <= end


def rejections(design, n, runs):
    """Shares of true nulls rejected at 5 %: chi-squared, exact."""
    end, visit = DESIGNS[design]
    rng = np.random.default_rng([1972, n, runs, int(visit)])
    group = np.repeat([0, 1], n)
    hits = np.zeros(2)
    for _ in range(runs):
        time, seen = animals(rng, 2 * n, 20.0, 2.0, end, visit)
        for i, test in enumerate((logrank_test, logrank_exact)):
            p = test(time, seen, group).p_value
            hits[i] += p is not None and p <= 0.05 + 1e-12
    return hits / runs


def check_type_one(design, n, runs):
    chisq, exact = rejections(design, n, runs)
    print(f"log-rank under no effect, {n} an arm, {design}: chi-squared {chisq:.4f}, "
          f"exact {exact:.4f} ({runs} runs)")  # fmt: skip
    most = {3: 0.105, 5: 0.085, 8: 0.075}[n]  # chi-squared is liberal here
    if chisq > limit(most, runs) or exact > limit(0.05, runs):
        chisq, exact = rejections(design, n, 10 * runs)  # by chance once in 40: more runs decide
        runs *= 10
    assert exact <= limit(0.05, runs)
    assert chisq <= limit(most, runs)
    if n == 3:
        assert exact == 0.0  # no p below 0.1 exists


def limit(level, runs):
    return level + 2 * math.sqrt(level * (1 - level) / runs)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("n", [3, 5, 8])
def test_type_one_error(design, n):
    check_type_one(design, n, 100)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("n", [3, 5, 8])
def test_type_one_error_long(design, n):
    check_type_one(design, n, 5000)


DELAYS = {
    "none": (1.0, 4.0, 4.0, 1e9, 0.0),
    "double": (2.0, 4.0, 4.0, 1e9, 0.0),
    "double, visits, ended": (1.95, 4.0, 4.0, 60.0, 3.5),
    "double, wide, ended": (2.0, 1.5, 1.5, 60.0, 0.0),
    "beyond the end": (2.5, 4.0, 2.0, 45.0, 3.5),
}


def coverage(name, n, runs):
    factor, shape_c, shape_t, end, visit = DELAYS[name]
    rng = np.random.default_rng([78, n, runs, sorted(DELAYS).index(name)])

    def middle(scale):
        return math.ceil(scale / visit) * visit if visit else scale

    truth = middle(19.0 * factor) - middle(19.0)
    held = 0
    for _ in range(runs):
        t = animals(rng, n, 19.0 * factor, shape_t, end, visit)
        c = animals(rng, n, 19.0, shape_c, end, visit)
        _, _, low, high = growth_delay(t, c).difference
        held += (low is None or low <= truth + 1e-9) and (high is None or truth - 1e-9 <= high)
    print(f"growth delay, {n} an arm, {name}: 95 % interval holds the truth in {held / runs:.4f}")
    return held / runs


def check_coverage(name, n, runs):
    """Judge by what was seen before, less two errors; ten times the runs decide in doubt."""
    least = LEAST[n]
    if coverage(name, n, runs) < 1 - limit(1 - least, runs):
        assert coverage(name, n, 10 * runs) >= 1 - limit(1 - least, 10 * runs)


LEAST = {3: 0.87, 5: 0.95, 8: 0.94, 10: 0.94}


@pytest.mark.parametrize("name", DELAYS)
@pytest.mark.parametrize("n", [3, 5, 8])
def test_coverage(name, n):
    check_coverage(name, n, 80)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", DELAYS)
@pytest.mark.parametrize("n", [3, 5, 8, 10])
def test_coverage_long(name, n):
    check_coverage(name, n, 500 if n == 10 else 2000)
