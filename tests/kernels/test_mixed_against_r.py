"""Mixed models against lme4, lmerTest, pbkrtest and nlme: numbers of reference/mixed."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from exportin.kernels.mixed_df import (
    inner_rows,
    kenward_roger_df,
    kenward_roger_f,
    precision,
    satterthwaite_df,
    satterthwaite_f,
)
from exportin.kernels.mixed_model import fit_mixed

HERE = Path(__file__).parents[2] / "reference" / "mixed"


def expected():
    found = defaultdict(dict)
    with (HERE / "expected.csv").open() as handle:
        for row in csv.DictReader(handle):
            found[row["model"]][row["quantity"]] = float(row["value"])
    return found


R = expected()
# model: case, fixed effects, random effects, rows of the joint test (from 1)
BY_LME4 = {
    "plain": ("plain", "crossed", 2, (5, 6)),
    "plain_baseline": ("plain", "baseline", 2, (2, 3, 4)),
    "plain_intercept": ("plain", "crossed", 1, (3, 4, 5, 6)),
    "two": ("two", "crossed", 2, (3, 4)),
    "two_baseline": ("two", "baseline", 2, (2, 3)),
    "cages": ("cages", "crossed", 2, (5, 6)),
    "cages_intercept": ("cages", "crossed", 1, (5, 6)),
    "flat": ("flat", "crossed", 2, (5, 6)),
    "flat_negative": ("flat_negative", "crossed", 2, (5, 6)),
    "flat_zero": ("flat_zero", "crossed", 2, (5, 6)),
}
EDGE = {
    "flat": ("correlation of intercept and slope is 1",),
    "flat_negative": ("correlation of intercept and slope is -1",),
    "flat_zero": ("variance of intercept is 0", "variance of slope is 0"),
}


def columns(case, fixed, q):
    with (HERE / "cases.csv").open() as handle:
        rows = [row for row in csv.DictReader(handle) if row["case"] == case]
    y, day = (np.array([float(row[k]) for row in rows]) for k in ("y", "day"))
    animal, arm, cage = (
        np.unique([row[k] for row in rows], return_inverse=True)[1]
        for k in ("animal", "arm", "cage")
    )
    each = np.eye(arm.max() + 1)[arm]
    one = np.ones(y.size)
    if fixed == "crossed":
        x = np.column_stack([one, day, each[:, 1:], each[:, 1:] * day[:, None]])
    else:
        x = np.column_stack([one, each * day[:, None]])
    return y, x, animal, np.column_stack([one, day])[:, :q], arm, cage, day


def fit_case(model):
    case, fixed, q, _ = BY_LME4[model]
    y, x, animal, z, _, cage, _ = columns(case, fixed, q)
    return fit_mixed(y, x, animal, z=z, cage=cage if "cages" in model else None)


def not_below(found, want):
    assert want - 1e-6 <= found <= want + 1e-3


@pytest.mark.parametrize("model", BY_LME4)
def test_estimates_are_those_of_lme4(model):
    fit, want = fit_case(model), R[model]
    not_below(fit.log_likelihood, want["logLik"])
    for i, (b, v) in enumerate(zip(fit.coefficients, np.diag(fit.covariance), strict=True), 1):
        assert b == pytest.approx(want[f"b{i}"], rel=1e-5, abs=1e-7)
        assert np.sqrt(v) == pytest.approx(want[f"se{i}"], rel=2e-5)
    assert fit.residual_variances[0] == pytest.approx(want["sigma"] ** 2, rel=2e-5)
    assert fit.random_covariance[0, 0] == pytest.approx(
        want["var_animal_(Intercept)_NA"], rel=1e-4, abs=1e-8
    )
    if fit.cage_variance is not None:
        assert fit.cage_variance == pytest.approx(want["var_cage_(Intercept)_NA"], rel=1e-4)


@pytest.mark.parametrize("model", BY_LME4)
def test_standard_errors_and_df_are_those_of_pbkrtest_and_lmertest(model):
    fit, want = fit_case(model), R[model]
    known = precision(fit)
    rows, estimable = inner_rows(known.problem, np.eye(fit.coefficients.size))
    assert estimable.all()
    for i, row in enumerate(rows, 1):
        adjusted = np.sqrt(known.scale * row @ known.adjusted @ row)
        assert adjusted == pytest.approx(want[f"se_kr{i}"], rel=1e-4)
        assert kenward_roger_df(known, row) == pytest.approx(want[f"df_kr{i}"], rel=1e-4)
        if model != "flat_zero":  # R stops near the corner, where its Hessian is another
            assert satterthwaite_df(known, row) == pytest.approx(want[f"df_s{i}"], rel=1e-3)


@pytest.mark.parametrize("model", BY_LME4)
def test_joint_tests_are_those_of_pbkrtest_and_lmertest(model):
    fit, want = fit_case(model), R[model]
    known = precision(fit)
    chosen = np.eye(fit.coefficients.size)[np.array(BY_LME4[model][3]) - 1]
    rows, _ = inner_rows(known.problem, chosen)
    f, df1, df2 = kenward_roger_f(known, rows, chosen @ fit.coefficients)
    assert (f, df1, df2) == pytest.approx((want["f_kr"], len(rows), want["ddf_kr"]), rel=1e-3)
    if fit.status == "ok":
        f, _, df2 = satterthwaite_f(known, rows, chosen @ fit.coefficients)
        assert (f, df2) == pytest.approx((want["f_s"], want["ddf_s"]), rel=1e-3)


@pytest.mark.parametrize("model", EDGE)
def test_singular_fits_are_named(model):
    fit = fit_case(model)
    assert (fit.status, fit.boundary) == ("singular", EDGE[model])
    want = R[model]
    product = want["var_animal_(Intercept)_NA"] * want["var_animal_day_NA"]
    assert product - want["var_animal_(Intercept)_day"] ** 2 == pytest.approx(0.0, abs=1e-9)


def test_maximum_likelihood_is_that_of_lme4():
    y, x, animal, z, *_ = columns("plain", "crossed", 2)
    fit = fit_mixed(y, x, animal, z=z, reml=False)
    want = R["plain_ml"]
    not_below(fit.log_likelihood, want["logLik"])
    assert fit.coefficients == pytest.approx([want[f"b{i}"] for i in range(1, 7)], rel=1e-5)
    assert fit.residual_variances[0] == pytest.approx(want["sigma"] ** 2, rel=1e-5)


@pytest.mark.parametrize("model", ["variances", "serial", "serial_variances"])
def test_variances_and_serial_correlation_are_those_of_nlme(model):
    y, x, animal, z, arm, _, day = columns(model, "crossed", 2 if model == "variances" else 1)
    fit = fit_mixed(
        y, x, animal, z=z, group=arm if "variances" in model else None,
        time=day if "serial" in model else None,
    )  # fmt: skip
    want = R[model]
    not_below(fit.log_likelihood, want["logLik"])
    n = fit.coefficients.size
    assert fit.coefficients == pytest.approx([want[f"b{i}"] for i in range(1, n + 1)], rel=1e-4)
    ses = np.sqrt(np.diag(fit.covariance))
    assert ses == pytest.approx([want[f"se{i}"] for i in range(1, n + 1)], rel=1e-3)
    if "serial" in model:
        assert fit.serial_range == pytest.approx(want["range"], rel=2e-3)
    ratios = {k: v for k, v in want.items() if k.startswith("ratio_")}
    sds = np.sqrt(fit.residual_variances)
    reference = next(i for i in range(sds.size) if f"ratio_arm{i}" not in ratios)
    assert sds[reference] == pytest.approx(want["sigma"], rel=1e-3)
    for name, ratio in ratios.items():
        assert sds[int(name[-1])] / sds[reference] == pytest.approx(ratio, rel=1e-3)
