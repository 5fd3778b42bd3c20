"""Syntheses over models: against R's metafor, by hand, and how often their intervals hold.

Golden numbers: reference/synthesis (R package metafor; versions.txt); the real ones are those of
the seven genes of the shared breast cohorts, by metafor as well.
"""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from exportin.inference.further_model import further_model
from exportin.inference.heterogeneity import (
    der_simonian_laird_tau2,
    paule_mandel_tau2,
    reml_tau2,
    share_between,
    weighted_mean,
)
from exportin.inference.proportion import exact_proportion
from exportin.inference.synthesis import (
    error_from_interval,
    quantile,
    synthesize,
    synthesize_equally,
)

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "synthesis"
METHODS = {"reml": "reml", "pm": "paule-mandel", "dl": "dersimonian-laird"}
SEED = 1956
RUNS, RUNS_LONG = 300, 4000
GENES = ("AURKA", "CASP3", "ERBB2", "ESR1", "PLAU", "STAT1", "VEGFA")


def cases():
    found = {}
    with (REFERENCE / "cases.csv").open() as file:
        for row in csv.DictReader(file):
            found.setdefault(row["case"], []).append((float(row["value"]), float(row["std_error"])))
    return {case: np.array(rows).T for case, rows in found.items()}


def expected():
    with (REFERENCE / "expected.csv").open() as file:
        return {(row["case"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


CASES, EXPECTED = cases(), expected()


def close(found, wanted):
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("short", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_numbers_are_those_of_metafor(case, short):
    values, errors = CASES[case]
    made = synthesize(values, errors, tau2=METHODS[short])
    want = {q.removeprefix(f"{short}_"): v for (c, q), v in EXPECTED.items() if c == case
            and q.startswith(f"{short}_")}  # fmt: skip
    close(made.mean[:4], [want["b"], want["low"], want["high"], want["se"]])
    close(made.plain[:4], [want["b"], want["plain_low"], want["plain_high"], want["plain_se"]])
    close(made.t_test()[1], want["p"])
    differ = made.differ
    close([differ.tau2, differ.i2, differ.q, differ.p_value],
          [want["tau2"], want["i2"], want["q"], want["qp"]])  # fmt: skip
    if made.models > 2:
        close(made.higgins[1:], [want["new_low"], want["new_high"]])
    else:
        assert made.higgins is None
        assert "new_low" not in want


@pytest.mark.parametrize("case", CASES)
def test_fixed_effect_and_limits_of_tau2_are_those_of_metafor(case):
    values, errors = CASES[case]
    made = synthesize(values, errors)
    want = {q: v for (c, q), v in EXPECTED.items() if c == case}
    close(made.fixed[:4], [want[f"fe_{end}"] for end in ("b", "low", "high", "se")])
    differ = made.differ
    ends = [differ.tau2_low, differ.tau2_high, differ.i2_low, differ.i2_high]
    close(ends, [want[e] for e in ("tau2_low", "tau2_high", "i2_low", "i2_high")])


@pytest.mark.parametrize("gene", GENES)
def test_real_cohorts_are_those_of_metafor(realdata, gene):
    """Four cohorts a gene; R stopped its searches at a step of 1e-5 in tau2."""
    said = json.loads((realdata / "cohort" / "breast7_expected_R.json").read_text())[gene]
    values, errors = np.array(said["yi"]), np.array(said["se"])
    for name, tau2 in (("DL", der_simonian_laird_tau2), ("PM", paule_mandel_tau2),
                       ("REML", reml_tau2)):  # fmt: skip
        want, found = said[name], tau2(values, errors**2)
        step = 1e-9 if name == "DL" else 3e-5
        assert found == pytest.approx(want["tau2"], rel=1e-6, abs=step)
        # everything else, given the tau2 at which R stopped
        mean = weighted_mean(values, errors**2, float(want["tau2"]))
        reach = quantile(0.95, math.inf) * mean.std_error
        close([mean.mean, mean.std_error, mean.mean - reach, mean.mean + reach],
              [want["b"], want["se"], want["lo"], want["hi"]])  # fmt: skip
        share = share_between(errors**2, float(want["tau2"]))
        assert 100 * share == pytest.approx(want["I2"], rel=1e-6)
        one = weighted_mean(values, errors**2)
        assert one.q == pytest.approx(want["Q"], rel=1e-6)
    made = synthesize(values, errors)
    one = made.fixed
    close([one.value, one.std_error, one.low, one.high, made.differ.p_value],
          [said["FE"][e] for e in ("b", "se", "lo", "hi", "Qp")])  # fmt: skip
    at, hk = float(said["REML"]["tau2"]), said["REML_HK"]
    mean = weighted_mean(values, errors**2, at)
    error = mean.std_error * math.sqrt(mean.q / 3.0)
    reach = quantile(0.95, 3.0) * error
    close([error, mean.mean - reach, mean.mean + reach], [hk["se"], hk["lo"], hk["hi"]])
    wide = quantile(0.95, math.inf) * math.sqrt(at + mean.std_error**2)
    close([mean.mean - wide, mean.mean + wide], said["pred_int"])
    # and from beginning to end, within what the step of R's search leaves open
    ends = [made.plain.value, made.plain.std_error, made.plain.low, made.plain.high]
    assert ends == pytest.approx([hk[e] for e in ("b", "se", "lo", "hi")], abs=2e-5)


def test_two_models_by_hand():
    """Equal errors: mean of both, t with one degree of freedom, no prediction."""
    found = synthesize(np.array([1.0, 3.0]), np.array([0.5, 0.5]))
    assert found.differ.tau2 == pytest.approx(2.0 - 0.25)  # s^2 = 2 minus the sampling variance
    assert found.mean.value == pytest.approx(2.0)
    assert found.mean.std_error == pytest.approx(1.0)  # sqrt(2 / 2)
    assert found.mean.high == pytest.approx(2.0 + 12.706204736432102)
    assert found.new_model is None


def test_the_older_prediction_of_three_models_has_one_degree_of_freedom():
    found = synthesize(np.array([0.0, 2.0, 4.0]), np.ones(3))
    reach = quantile(0.95, 1.0) * math.sqrt(3.0 + 4.0 / 3.0)
    assert found.higgins.high == pytest.approx(2.0 + reach)


@pytest.mark.parametrize("k", [3, 5, 9])
def test_prediction_of_models_measured_without_error_is_that_of_a_sample(k):
    """mean +- t(k - 1) s sqrt(1 + 1/k), the textbook prediction interval."""
    values = np.random.default_rng([SEED, k]).normal(size=k)
    low, high = further_model(values, np.full(k, 1e-10))
    reach = quantile(0.95, k - 1.0) * values.std(ddof=1) * math.sqrt(1.0 + 1.0 / k)
    assert (low, high) == pytest.approx((values.mean() - reach, values.mean() + reach), rel=2e-3)


def test_more_nodes_change_nothing(monkeypatch):
    values, errors = CASES["three"]
    few = further_model(values, errors**2)
    monkeypatch.setattr("exportin.inference.further_model.NODES", 192)
    assert further_model(values, errors**2) == pytest.approx(few, rel=1e-3)


def test_guard_is_never_narrower_than_the_fixed_effect():
    rng = np.random.default_rng(SEED)
    for k in (2, 3, 5, 9):
        for _ in range(50):
            errors = np.exp(rng.normal(0.0, 0.6, k))
            found = synthesize(rng.normal(0.0, errors), errors)
            assert found.mean.high - found.mean.low > found.fixed.high - found.fixed.low
    alike = synthesize(np.array([1.0, 1.01, 0.99]), np.ones(3))
    assert alike.plain.high - alike.plain.low < alike.fixed.high - alike.fixed.low


def test_equal_numbers_have_no_variance_between_them():
    found = synthesize(np.full(4, 0.3), np.array([0.1, 0.2, 0.1, 0.3]))
    assert (found.differ.tau2, found.differ.tau2_high) == (0.0, 0.0)
    assert found.differ.q == pytest.approx(0.0, abs=1e-20)
    assert found.mean.std_error > 0.0


def test_restricted_likelihood_with_two_hills_takes_the_higher():
    """One model far away and very precise errors beside coarse ones."""
    values, v = np.array([0.0, 0.0, 0.0, 5.0]), np.array([4.0, 4.0, 4.0, 0.01])
    grid = np.linspace(0.0, 60.0, 60_001)
    best = grid[np.argmax([_restricted(values, v, t) for t in grid])]
    assert reml_tau2(values, v) == pytest.approx(best, abs=2e-3)


def _restricted(values, v, tau2):
    w = 1 / (v + tau2)
    mean = w @ values / w.sum()
    return -0.5 * (np.log(v + tau2).sum() + np.log(w.sum()) + w @ (values - mean) ** 2)


def test_shift_and_unit_change_nothing_else():
    values, errors = CASES["five"]
    one, two = synthesize(values, errors), synthesize(100 * values + 7, 100 * errors)
    assert two.mean.low == pytest.approx(100 * one.mean.low + 7)
    assert two.differ.tau2 == pytest.approx(1e4 * one.differ.tau2)
    assert two.differ.i2 == pytest.approx(one.differ.i2)
    assert two.t_test(7.0)[1] == pytest.approx(one.t_test()[1])


def test_equal_weights_are_a_t_interval():
    found = synthesize_equally(np.array([0.8, 1.0, 1.5, 0.9]))
    mean, sd = 1.05, np.std([0.8, 1.0, 1.5, 0.9], ddof=1)
    assert found.mean.high == pytest.approx(mean + 3.182446305284263 * sd / 2.0)
    assert found.differ is None


@pytest.mark.parametrize(("values", "errors"), [
    ([1.0], [1.0]), ([1.0, 2.0], [1.0, 0.0]), ([1.0, 2.0], [1.0, -1.0]),
    ([1.0, np.nan], [1.0, 1.0]), ([1.0, 2.0], [1.0, np.inf]),
])  # fmt: skip
def test_what_cannot_be_combined_is_refused(values, errors):
    with pytest.raises(ValueError, match="Expected"):
        synthesize(np.array(values), np.array(errors))


def test_interval_to_standard_error_and_back():
    reach = quantile(0.95, 4.0) * 0.7
    assert error_from_interval(1 - reach, 1 + reach, df=4.0, conf_level=0.95) == pytest.approx(0.7)


@pytest.mark.parametrize(("n", "low"), [(9, 66.4), (3, 29.2)])
def test_all_models_responding_has_an_exact_lower_limit(n, low):
    """Nine of nine and three of three; R: binom.test(9, 9)$conf.int[1] is 0.6637329."""
    assert round(100 * exact_proportion(n, n).low, 1) == low


def coverage(models, runs, *, seed, df=None, ratio=1.0):
    """Share of the intervals that hold the true mean: guarded, plain, equal weights, prediction."""
    rng = np.random.default_rng(seed)
    held = np.zeros(4)
    for _ in range(runs):
        errors = np.sqrt(np.exp(rng.uniform(-math.log(2.0), math.log(2.0), models)))
        values = rng.normal(0.0, np.sqrt(ratio + errors**2))
        seen = errors if df is None else errors * np.sqrt(rng.chisquare(df, models) / df)
        made = synthesize(values, seen)
        new = rng.normal(0.0, math.sqrt(ratio))
        ends = (made.mean, made.plain, synthesize_equally(values).mean)
        held[:3] += [end.low <= 0.0 <= end.high for end in ends]
        held[3] += made.new_model is not None and made.new_model.low <= new <= made.new_model.high
    return held / runs


@pytest.mark.parametrize("models", [3, 5, 9])
def test_intervals_hold_the_mean(models):
    """A smaller run of the table in the docstring of `synthesize`."""
    found = coverage(models, RUNS, seed=[SEED, models])
    error = math.sqrt(0.95 * 0.05 / RUNS)
    assert found[0] > 0.95 - 3 * error
    assert found[1] > 0.94 - 3 * error
    assert found[2] == pytest.approx(0.95, abs=3 * error)
    assert found[3] > 0.94 - 3 * error


@pytest.mark.long
@pytest.mark.parametrize("df", [None, 4])
@pytest.mark.parametrize("ratio", [0.0, 1.0])
@pytest.mark.parametrize("models", [2, 3, 5, 9])
def test_intervals_hold_the_mean_long(models, ratio, df):
    found = coverage(models, RUNS_LONG, seed=[SEED, models, df or 0], df=df, ratio=ratio)
    error = math.sqrt(0.95 * 0.05 / RUNS_LONG)
    print(models, ratio, df, found)
    assert found[2] == pytest.approx(0.95, abs=4 * error)
    assert found[0] > (0.95 if df is None else 0.94) - 4 * error
    assert found[3] > 0.94 - 4 * error or models == 2
