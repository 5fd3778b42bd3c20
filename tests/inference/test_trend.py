"""Trends over doses: slopes of experiments keep their level and cover, and say what they count."""

import math

import numpy as np
import pytest
from scipy import stats

from exportin.inference.contrasts import Contrast, compare_units
from exportin.inference.trend import linear_trend
from exportin.results.tables import Estimates
from exportin.tables.problems import InputError

SEED = 1990
SIZES = (3, 4, 6, 8)
SPREADS = (0.0, 0.1, 0.3)
"""SD of slopes between experiments; values vary by 0.1 within, by 0.3 between experiments."""
SLOPE = 0.25
WHAT = {"block": "b", "assay": "a", "quantity": "y", "method": "m", "arm": "x",
        "experimental_unit": "experiment", "scale": "linear"}  # fmt: skip


def study(rng, n, spread, *, gaps=False):
    """Values, scores and experiments of four doses; with gaps, the last experiment has two."""
    score = np.tile([0.0, 1.0, 2.0, 3.0], n)
    block = np.repeat(np.arange(n), 4)
    y = (SLOPE + rng.normal(0, spread, n))[block] * score + rng.normal(0, 0.3, n)[block]
    y += rng.normal(0, 0.1, 4 * n)
    keep = slice(None, -2) if gaps else slice(None)
    return y[keep], score[keep], block[keep]


def shares(n, spread, runs, *, gaps=False):
    """Share of studies in which the true slope is rejected, and in which the interval misses it."""
    rng = np.random.default_rng([SEED, n, round(100 * spread), runs, int(gaps)])
    rejected = missed = 0
    for _ in range(runs):
        y, score, block = study(rng, n, spread, gaps=gaps)
        made = linear_trend(y, score, block=block, null=SLOPE)
        rejected += made.p_value < 0.05
        missed += not made.conf_low <= SLOPE <= made.conf_high
    return rejected / runs, missed / runs


def check(n, spread, runs, *, gaps=False):
    """Two errors are passed by chance once in 44 tests: then ten times the runs decide."""
    for size in (runs, 10 * runs):
        found = max(shares(n, spread, size, gaps=gaps))
        if found <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / size):
            return
    raise AssertionError(f"{100 * found:.2f} % at n = {n}, SD {spread} of slopes")


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("n", SIZES)
def test_level_and_coverage(n, spread, gaps):
    check(n, spread, 200, gaps=gaps)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("n", SIZES)
def test_level_and_coverage_long(n, spread, gaps):
    check(n, spread, 10_000, gaps=gaps)


def table(doses, *, scale="linear", **more):
    """Estimates of dose to values of E1, E2 ...; None leaves a tube out."""
    return Estimates.build([
        WHAT | {"dose": dose, "unit_id": f"E{i}", "value": v, "scale": scale} | more
        for dose, values in doses.items() for i, v in enumerate(values, start=1) if v is not None
    ])  # fmt: skip


def asked(estimates, **more):
    ask = Contrast(quantity="y", between="dose", trend=True, **more)
    (row,) = compare_units(estimates, ask).frame.to_dicts()
    return row


DOSES = {"0": [1.0, 1.4, 0.8, 1.1], "1": [1.6, 1.5, 1.7, 1.4], "3": [2.9, 1.9, 3.0, 2.2]}


def test_a_study_is_asked_by_experiments():
    row = asked(table(DOSES))
    slopes = [stats.linregress([0.0, 1.0, 3.0], y).slope for y in zip(*DOSES.values(), strict=True)]
    want = stats.ttest_1samp(slopes, 0.0)
    assert (row["method"], row["pairing"], row["n_a"], row["df"]) == (
        "trend_of_slopes", "blocked", 4, 3.0)  # fmt: skip
    assert row["p_value"] == pytest.approx(want.pvalue)
    assert row["effect"] == pytest.approx(np.mean(slopes))
    low, high = want.confidence_interval(0.95)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high))
    assert row["verdict"].endswith("4 experiments")


@pytest.mark.parametrize(("scale", "kind", "back"), [
    ("log10", "ratio of y per unit of dose", lambda v: 10**v),
    ("ln", "ratio of y per unit of dose", np.exp),
    ("logit", "odds ratio of y per unit of dose", np.exp),
])  # fmt: skip
def test_every_scale_has_slopes_of_its_own(scale, kind, back):
    to = {"log10": np.log10, "ln": np.log, "logit": lambda v: np.log(v / (1 - v))}[scale]
    part = {dose: [v / 4 for v in values] for dose, values in DOSES.items()}
    row = asked(table(part, scale=scale))
    slopes = [stats.linregress([0.0, 1.0, 3.0], to(np.array(y))).slope
              for y in zip(*part.values(), strict=True)]  # fmt: skip
    assert row["effect_kind"] == kind
    assert row["effect"] == pytest.approx(back(np.mean(slopes)))
    assert row["p_value"] == pytest.approx(stats.ttest_1samp(slopes, 0.0).pvalue)


def test_an_experiment_with_one_dose_is_left_out_and_counted():
    row = asked(table(DOSES | {"1": [1.6, None, 1.7, None], "3": [2.9, None, 3.0, 2.2]}))
    assert (row["n_a"], row["df"]) == (3, 2.0)
    assert row["verdict"].endswith(
        "3 experiments; 1 of them without a value in every group; 1 experiment left out"
    )


def test_one_slope_is_no_test():
    gone = [1.6, None, None, None]
    row = asked(table(DOSES | {"1": gone, "3": gone}))
    assert (row["status"], row["p_value"], row["n_a"]) == ("too_few", None, 1)
    assert "needs two of them with two scores each; here one has" in row["verdict"]


def test_a_bound_within_experiments_is_refused_with_the_remedy():
    rows = table(DOSES).frame.to_dicts()
    rows[-1] |= {"bound": ">", "status": "at_bound", "conf_open": "high"}
    row = asked(Estimates.build(rows))
    assert (row["status"], row["p_value"]) == ("not_identifiable", None)
    assert row["test"] == "t test of slopes of experiments"
    assert "known only as bounds; compare pairs of groups" in row["verdict"]


def test_independent_units_keep_their_regression():
    rows = table(DOSES, experimental_unit="animal").frame.to_dicts()
    rows = [row | {"unit_id": f"{row['dose']}-{row['unit_id']}"} for row in rows]
    row = asked(Estimates.build(rows))
    want = stats.linregress(np.repeat([0.0, 1.0, 3.0], 4), np.ravel(list(DOSES.values())))
    assert (row["method"], row["pairing"], row["n_a"], row["df"]) == (
        "linear_trend", "unpaired", 12, 10.0)  # fmt: skip
    assert (row["effect"], row["p_value"]) == pytest.approx((want.slope, want.pvalue))


@pytest.mark.parametrize("more", [{"trend": True}, {"versus": "0"}])
def test_a_difference_of_fractions_is_refused(more):
    part = {dose: [v / 4 for v in values] for dose, values in DOSES.items()}
    ask = Contrast(quantity="y", between="dose", effect="difference", **more)
    with pytest.raises(InputError, match="y is a fraction: it is tested on logits") as said:
        compare_units(table(part, scale="logit"), ask)
    assert "Leave effect out" in str(said.value)
