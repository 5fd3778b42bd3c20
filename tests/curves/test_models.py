"""Several models through the same wells: choice, range, and what is held."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exportin.curves.models import (
    HELD,
    MAX_MODEL_FOLD,
    MODELS,
    PLAUSIBLE_AICC,
    ModelFits,
    fit_models,
    model_spread,
)
from exportin.curves.potency_arrays import fit_all
from exportin.curves.requested import Request, fit_requested
from exportin.kernels.biphasic import fit_biphasic
from exportin.kernels.hill_batch import fit_many
from exportin.kernels.hormesis import fit_hormesis
from exportin.kernels.replicates_test import lack_of_fit

X = 10.0 ** np.repeat(np.linspace(-9.0, -5.0, 9), 3)
EDGES = np.array([0, 27])
SEED, N, N_LONG = 88123, 200, 4000


def wells(height, sd=0.03, seed=1):
    return height + sd * np.random.default_rng(seed).normal(size=X.size)


def hill(ec50=1e-7, top=1.0, bottom=0.0, slope=1.0):
    return bottom + (top - bottom) / (1 + (X / ec50) ** slope)


def chosen(y, models=MODELS):
    found = fit_models(X, y, EDGES, models=models)
    return found.models[found.best()[0]]


def test_aicc_by_hand():
    y = wells(hill())
    found = fit_models(X, y, EDGES, models=["hill4", "hill2"])
    rss, k, n = fit_many(np.log10(X), y, EDGES).rss[0], 5, 27
    expected = n * np.log(rss / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
    assert found.aicc[0, 0] == pytest.approx(expected, rel=1e-9)
    assert found.parameters == (4, 2)


def test_the_model_that_made_the_wells_is_chosen():
    assert chosen(wells(hill(bottom=0.4, slope=2.0)), ["hill4", "hill3", "hill2"]) == "hill4"
    assert chosen(wells(hill(slope=2.5)), ["hill4", "hill2", "hill_slope1"]) == "hill2"
    two = 0.5 / (1 + X / 1e-8) + 0.5 / (1 + X / 2e-6)
    assert chosen(wells(two, 0.01)) == "biphasic"


def test_models_nest():
    found = fit_models(X, wells(hill(slope=1.4)), EDGES, models=list(HELD))
    rss = dict(zip(found.models, found.rss[:, 0], strict=True))
    assert rss["hill4"] <= min(rss["hill3"], rss["hill3_top"], rss["hill_slope1"])
    assert max(rss["hill3"], rss["hill3_top"]) <= rss["hill2"]
    assert rss["hill2"] <= rss["hill_slope1_normalized"]


def test_ties_go_to_fewer_parameters_and_far_models_are_not_plausible():
    aicc = np.array([[10.0], [10.0], [10.0 + PLAUSIBLE_AICC + 0.01], [np.nan]])
    made = ModelFits(
        models=("a", "b", "c", "d"), parameters=(4, 3, 2, 5), rss=aicc, aicc=aicc,
        log10_ec50=aicc, log10_absolute=(),
    )  # fmt: skip
    assert made.models[made.best()[0]] == "b"
    assert made.plausible()[:, 0].tolist() == [True, True, False, False]


def test_no_admissible_model_has_no_best():
    found = fit_models(X[:6], hill()[:6], np.array([0, 6]), models=["hill4", "biphasic"])
    assert found.best().tolist() == [-1]
    assert not found.plausible().any()
    assert np.isnan(model_spread(found.log10_ec50, found.plausible()).low[0])


def test_disagreement_needs_more_than_the_interval_and_more_than_twofold():
    far = 1.01 * np.log10(MAX_MODEL_FOLD)
    doses = np.array([[-7.0, -7.0, -7.0], [-7.0 + far, -7.0 + 0.9 * far, np.nan]])
    spread = model_spread(doses, np.ones((2, 3), bool))
    none, tight = np.zeros(3), np.full(3, 0.1)
    assert spread.disagrees(none, tight).tolist() == [True, False, True]
    assert spread.disagrees(none, none + 1.0).tolist() == [False, False, True]
    assert spread.disagrees(none, none + np.nan).tolist() == [False, False, True]


def test_a_dose_outside_the_tested_ones_is_none():
    found = fit_models(X, wells(hill(ec50=1e-4), 0.01), EDGES, models=["hill2"])
    assert np.isnan(found.log10_ec50[0, 0])
    assert np.isfinite(found.rss[0, 0])


def test_unknown_model_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="biphasic"):
        fit_models(X, hill(), EDGES, models=["hill5"])


def test_no_request_is_the_ordinary_fit():
    y = wells(hill())
    asked = {"levels": (0.5, 0.25), "n_reference": 8.0, "conf_level": 0.95, "seed": 1}
    ordinary, same = (
        fit_all(X, y, EDGES, **asked),
        fit_requested(X, y, EDGES, request=Request(), **asked),
    )
    for a, b in zip(ordinary.fits, same.fits, strict=True):
        assert np.array_equal(a, b)
    assert ordinary.ec50.low[0] == same.ec50.low[0]
    assert ordinary.absolute[1].high[0] == same.absolute[1].high[0]


def test_request_names_what_it_does():
    assert Request().methods() == "hill4"
    assert Request(robust=True).methods() == "hill4+biweight"
    asked = Request(bottom=0.0, hill=1.0)
    assert (asked.methods(), asked.free()) == ("hill_held+response_bottom_held+hill_slope_held", 2)


def test_lack_of_fit_by_hand():
    x = np.repeat([0.0, 1.0, 2.0], 2)
    y = np.array([0.9, 1.1, 0.4, 0.6, 0.9, 1.1])
    rss = np.array([np.sum((y - y.mean()) ** 2)])
    found = lack_of_fit(x, y, np.array([0, 6]), rss=rss, parameters=np.array([1]))
    assert found.f[0] == pytest.approx((rss[0] - 0.06) / 2 / (0.06 / 3))
    single = lack_of_fit(np.arange(6.0), y, np.array([0, 6]), rss=rss, parameters=np.array([1]))
    assert np.isnan(single.p[0])  # no replicates


def lacking(n):
    print(f"seed {SEED}, {n} curves")
    rng = np.random.default_rng(SEED)
    x, edges = np.tile(np.log10(X), n), np.arange(n + 1) * X.size
    y = np.tile(hill(bottom=0.1, slope=1.2), n) + 0.05 * rng.normal(size=x.size)
    rss = fit_many(x, y, edges).rss
    p = lack_of_fit(x, y, edges, rss=rss, parameters=np.full(n, 4)).p
    return float(np.mean(p <= 0.05))


def test_lack_of_fit_keeps_its_level():
    assert lacking(N) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / N)


@pytest.mark.long
def test_lack_of_fit_keeps_its_level_over_many():
    assert abs(lacking(N_LONG) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / N_LONG)


# ---- against base R: reference/models/README.md

FOLDER = Path(__file__).parents[2] / "reference" / "models"


def of_r(curve):
    """Wells of a case, and R's numbers by model and name."""
    cases = pl.read_csv(FOLDER / "cases.csv").filter(pl.col("curve") == curve)
    said = pl.read_csv(FOLDER / "expected.csv").filter(pl.col("curve") == curve)
    numbers = {(row["model"], row["name"]): row["value"] for row in said.iter_rows(named=True)}
    return cases.get_column("dose").to_numpy(), cases.get_column("response").to_numpy(), numbers


@pytest.mark.parametrize("curve", ["hill", "steps"])
def test_rss_and_aicc_are_those_of_r(curve):
    dose, y, numbers = of_r(curve)
    models = sorted({model for model, _ in numbers} & set(MODELS))
    found = fit_models(dose, y, EDGES, models=models)
    for i, name in enumerate(models):
        assert found.rss[i, 0] == pytest.approx(numbers[name, "rss"], rel=1e-7)
        assert found.aicc[i, 0] == pytest.approx(numbers[name, "aicc"], rel=1e-8)
        if ("biphasic" not in name) and np.isfinite(found.log10_ec50[i, 0]):
            ln_ec50 = found.log10_ec50[i, 0] * np.log(10.0)
            assert ln_ec50 == pytest.approx(numbers[name, "le"], abs=1e-4)


def test_two_steps_are_those_of_r():
    dose, y, numbers = of_r("steps")
    fits = fit_biphasic(np.log10(dose), y, EDGES)
    fall = numbers["biphasic", "a1"] + numbers["biphasic", "a2"]
    assert fits.share[0] == pytest.approx(numbers["biphasic", "a1"] / fall, abs=1e-4)
    places = [fits.log10_ec50_1[0] * np.log(10.0), fits.log10_ec50_2[0] * np.log(10.0)]
    assert places == pytest.approx([numbers["biphasic", k] for k in ("le1", "le2")], abs=1e-3)


def test_the_rise_and_the_replicates_test_are_those_of_r():
    dose, y, numbers = of_r("rise")
    x = np.log10(dose)
    found = fit_hormesis(x, y, EDGES, fit_many(x, y, EDGES))
    assert found.rss[0] == pytest.approx(numbers["brain_cousens", "rss"], rel=1e-7)
    assert found.rise[0] == pytest.approx(numbers["brain_cousens", "f"], rel=1e-3)
    assert found.hill[0] == pytest.approx(numbers["brain_cousens", "h"], rel=1e-3)
    dose, y, numbers = of_r("hill")
    x = np.log10(dose)
    rss = fit_many(x, y, EDGES).rss
    lack = lack_of_fit(x, y, EDGES, rss=rss, parameters=np.array([4]))
    assert lack.f[0] == pytest.approx(numbers["replicates", "f"], rel=1e-6)
    assert lack.p[0] == pytest.approx(numbers["replicates", "p"], rel=1e-6)
