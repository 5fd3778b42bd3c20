"""Two curves with one EC50 or two: symmetry, statuses, and how often the test and interval err."""

import math

import numpy as np
import pytest

from exportin.inference.contrasts import Contrast, compare_units
from exportin.inference.curve_difference import same_ec50
from exportin.kernels.curve_comparison import ComparisonStatus, compare_ec50
from exportin.kernels.hill import hill_response

SEED = 20040
RUNS, RUNS_LONG = 6, 300
X = np.repeat(np.linspace(0.0, 4.0, 9), 3)


def curve(rng, ec50, *, bottom=0.1, hill=1.2, noise=0.05):
    clean = hill_response(10.0**X, 1.0, bottom, ec50, hill)
    return clean + rng.normal(0.0, noise, X.size)


def test_turning_the_curves_round_turns_the_ratio():
    rng = np.random.default_rng(SEED)
    a, b = curve(rng, 250.0), curve(rng, 100.0, bottom=0.3, hill=0.9)
    one, other = compare_ec50(X, a, X, b), compare_ec50(X, b, X, a)
    assert one.log10_ratio == pytest.approx(-other.log10_ratio, abs=1e-12)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-6)
    assert one.statistic == pytest.approx(other.statistic, rel=1e-9)


def test_units_of_dose_and_response_do_not_matter():
    rng = np.random.default_rng(SEED)
    a, b = curve(rng, 250.0), curve(rng, 100.0)
    plain, moved = compare_ec50(X, a, X, b), compare_ec50(X - 9.0, 100.0 * a, X - 9.0, 100.0 * b)
    assert moved.log10_ratio == pytest.approx(plain.log10_ratio, abs=1e-7)
    assert (moved.low, moved.high) == pytest.approx((plain.low, plain.high), abs=1e-6)
    assert moved.statistic == pytest.approx(plain.statistic, rel=1e-6)


def test_interval_excludes_one_where_the_test_rejects():
    rng = np.random.default_rng(SEED)
    for ratio in (1.0, 1.3, 1.6):
        found = same_ec50((X, curve(rng, 100.0 * ratio)), (X, curve(rng, 100.0)))
        row = found.frame.row(0, named=True)
        outside = not row["conf_low"] <= 1.0 <= row["conf_high"]
        assert outside == (row["p_value"] < 0.05)


def test_no_number_without_ground():
    rng = np.random.default_rng(SEED)
    good = curve(rng, 100.0)
    few = compare_ec50(X[:6], good[:6], X, good)
    assert few.status is ComparisonStatus.TOO_FEW
    flat = compare_ec50(X, np.ones(X.size), X, good)
    assert flat.status is ComparisonStatus.NOT_IDENTIFIABLE
    row = same_ec50((X, np.ones(X.size)), (X, good)).frame.row(0, named=True)
    assert (row["p_value"], row["status"]) == (None, "not_identifiable")
    assert "technical" in row["verdict"]


def test_it_says_technical_and_cannot_be_compared_between_experiments():
    rng = np.random.default_rng(SEED)
    made = same_ec50((X, curve(rng, 300.0)), (X, curve(rng, 100.0)), keys={"model": "LP6"})
    row = made.frame.row(0, named=True)
    assert (row["interval_level"], row["n_a"], row["n_b"], row["model"]) == ("within", 1, 1, "LP6")
    assert "technical" in row["test"]
    assert row["p_adjusted"] is None
    with pytest.raises(Exception, match=r"Estimates|keys|quantity|check"):
        compare_units(made, Contrast(quantity="ec50", between="model"))


def rates(runs):
    """Share of rejections without a difference, and of intervals that hold a threefold one."""
    rng = np.random.default_rng(SEED)
    print(f"seed {SEED}, {runs} pairs of curves")
    errors = held = 0
    for _ in range(runs):
        row = same_ec50(
            (X, curve(rng, 100.0)), (X, curve(rng, 100.0, bottom=0.3, hill=0.9))
        ).frame.row(0, named=True)
        errors += row["p_value"] < 0.05
        found = compare_ec50(X, curve(rng, 300.0), X, curve(rng, 100.0, bottom=0.2))
        held += found.low <= math.log10(3.0) <= found.high
    return errors / runs, held / runs


def test_errors():
    errors, held = rates(RUNS)
    assert errors <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / RUNS)
    assert held >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_errors_long():
    errors, held = rates(RUNS_LONG)
    print(f"type I error {errors:.3f}, coverage {held:.3f}")
    assert errors <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / RUNS_LONG)
    assert held >= 0.95 - 2 * math.sqrt(0.05 * 0.95 / RUNS_LONG)
