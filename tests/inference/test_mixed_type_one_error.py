"""Mixed models of tumor growth under the null: how often a difference is found that is not there.

Tumors start near 150 mm3, grow by 9 % a day (SD 0.02 between animals), are measured every 3.5 days
with a residual SD of 0.15 and leave at the visit at which they exceed 1500 mm3.
"""

import math

import numpy as np
import pytest

from exportin.inference.mixed_growth import fit_growth
from exportin.inference.mixed_slopes import growth_inhibition, slope_contrasts
from exportin.inference.two_stage import animal_slopes, compare_slopes

SEED = 20261121
SMALL, LONG = 40, 1500
DAYS = np.arange(0.0, 42.1, 3.5)


def study(rng, n, difference=0.0):
    rows = []
    for arm in (0, 1):
        for k in range(n):
            level = math.log(150) + rng.normal(0, 0.3)
            rate = 0.09 + difference * arm + rng.normal(0, 0.02)
            for day in DAYS:
                y = level + rate * day + rng.normal(0, 0.15)
                rows.append((y, day, f"{arm}{k}", "ct"[arm]))
                if y >= math.log(1500):
                    break
    y, day, animal, arm = zip(*rows, strict=True)
    return np.array(y), np.array(day), animal, arm


def found(kind, data):
    if kind == "two_stage":
        return compare_slopes(animal_slopes(*data), control="c", adjust="none")[0].p_value
    form, df = kind
    fit = fit_growth(*data, control="c", form=form, df=df)
    return slope_contrasts(fit, adjust="none")[0].p_value


KINDS = {
    "shared_baseline, kenward_roger": ("shared_baseline", "kenward_roger"),
    "own_baseline, kenward_roger": ("own_baseline", "kenward_roger"),
    "own_baseline, satterthwaite": ("own_baseline", "satterthwaite"),
    "two steps": "two_stage",
}


def rejections(name, n, runs):
    rng = np.random.default_rng([SEED, n, runs])
    ps = [found(KINDS[name], study(rng, n)) for _ in range(runs)]
    assert all(p is not None for p in ps)
    rate = float(np.mean(np.array(ps) < 0.05))
    print(f"{name}, {n} per arm, {runs} studies: {100 * rate:.2f} % of true nulls rejected")
    return rate


def limit(runs):
    """5 % and three Monte-Carlo errors: exceeded by chance once in 700 tests."""
    return 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


@pytest.mark.parametrize("n", [3, 8])
@pytest.mark.parametrize("name", KINDS)
def test_true_nulls_are_kept(name, n):
    assert rejections(name, n, SMALL) <= limit(SMALL)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [3, 5, 8])
@pytest.mark.parametrize("name", KINDS)
def test_true_nulls_are_kept_long(name, n):
    assert 0.02 <= rejections(name, n, LONG) <= 0.06 + 2 * math.sqrt(0.06 * 0.94 / LONG)


def coverage(n, runs, difference=-0.03):
    """Share of intervals that hold the difference of rates, and the inhibition."""
    rng = np.random.default_rng([SEED, n, runs, 1])
    held = np.zeros(2)
    for _ in range(runs):
        fit = fit_growth(*study(rng, n, difference), control="c")
        one, ratio = slope_contrasts(fit, adjust="none")[0], growth_inhibition(fit)[0]
        held[0] += one.conf_low <= difference <= one.conf_high
        low, high = (ratio.low, ratio.high) if ratio.open == "none" else (-np.inf, np.inf)
        held[1] += low <= -difference / 0.09 <= high
    print(f"{n} per arm, {runs} studies: difference, inhibition covered {held / runs}")
    return held / runs


@pytest.mark.parametrize("n", [3, 8])
def test_intervals_hold_the_truth(n):
    assert coverage(n, SMALL).min() >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / SMALL)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [3, 5, 8])
def test_intervals_hold_the_truth_long(n):
    assert coverage(n, LONG).min() >= 0.93
