"""Mixed models by hand, on real tumors, on the edge, and however the data are written."""

import csv
import json

import numpy as np
import pytest
from scipy import stats

from exportin.kernels.mixed_df import (
    _not_shrunken,
    inner_rows,
    kenward_roger_df,
    kenward_roger_f,
    precision,
    satterthwaite_df,
    satterthwaite_f,
)
from exportin.kernels.mixed_model import deviance_on_grid, fit_mixed
from exportin.kernels.mixed_search import deviance_at, sums_at

SETS = ("LS_1034", "SNU-81", "SW837")


def tumors(folder, name):
    """ln volume, day, animal, arm and the arms' names in order of the file."""
    with (folder / "vivo" / f"{name}.csv").open() as handle:
        head, *body = list(csv.reader(handle))
    arms = list(dict.fromkeys(row[0] for row in body))
    rows = [
        (np.log(float(v)), float(d), i, arms.index(row[0]))
        for i, row in enumerate(body)
        for d, v in zip(head[2:], row[2:], strict=True)
        if v and float(v) > 0
    ]
    y, day, animal, arm = (np.array(column) for column in zip(*rows, strict=True))
    return y, day, animal, arm, arms


def crossed(day, arm):
    each = np.eye(arm.max() + 1)[arm]
    one = np.ones(day.size)
    return np.column_stack([one, day, each[:, 1:], each[:, 1:] * day[:, None]])


def lines(day):
    return np.column_stack([np.ones(day.size), day])


@pytest.mark.parametrize("name", SETS)
def test_real_tumors_as_in_lme4(realdata, name):
    y, day, animal, arm, _ = tumors(realdata, name)
    want = json.loads((realdata / "vivo" / f"{name}_reference.json").read_text())["lmm"]
    fit = fit_mixed(y, crossed(day, arm), animal, z=lines(day))
    known = precision(fit)
    print(name, fit.status, fit.log_likelihood, want["logLik"])
    assert want["logLik"] - 1e-5 < fit.log_likelihood < want["logLik"] + 1e-4
    assert (fit.status == "singular") == want["singular"]
    sds = np.sqrt(np.diag(fit.random_covariance))
    assert sds == pytest.approx([want["sd_intercept"], want["sd_slope"]], rel=2e-5)
    assert np.sqrt(fit.residual_variances[0]) == pytest.approx(want["sd_resid"], rel=1e-6)
    rows, _ = inner_rows(known.problem, np.eye(fit.coefficients.size))
    for row, b, v, said in zip(
        rows, fit.coefficients, np.diag(fit.covariance), want["coef"].values(), strict=True
    ):
        assert b == pytest.approx(said["est"], rel=1e-6)
        assert np.sqrt(v) == pytest.approx(said["se"], rel=1e-5)
        se = np.sqrt(known.scale * row @ known.adjusted @ row)
        assert se == pytest.approx(said["se_KR"], rel=1e-5)
        assert satterthwaite_df(known, row) == pytest.approx(said["df_satterthwaite"], rel=1e-4)
        df = kenward_roger_df(known, row)
        assert df == pytest.approx(said["df_KR"], rel=1e-5)
        p = 2 * stats.t.sf(abs(b / se), df)
        assert p == pytest.approx(said["p_KR"], rel=1e-3)


@pytest.mark.parametrize("name", SETS)
def test_nothing_on_a_grid_is_better(realdata, name):
    y, day, animal, arm, _ = tumors(realdata, name)
    fit = fit_mixed(y, crossed(day, arm), animal, z=lines(day))
    a, b = np.linspace(0, 5, 13), np.linspace(-3, 3, 13)
    grid = np.array(np.meshgrid(a, b, a)).reshape(3, -1).T
    assert deviance_on_grid(fit, grid).min() >= fit.sums.deviance - 1e-9


# ---- by hand


def test_balanced_random_intercept_is_classical_analysis_of_variance():
    rng = np.random.default_rng(5)
    y = (rng.normal(0, 2, 6)[:, None] + rng.normal(0, 1, (6, 4))).ravel()
    animal = np.repeat(np.arange(6), 4)
    arm = np.repeat([0, 0, 0, 1, 1, 1], 4)
    x = np.column_stack([np.ones(24), arm])
    fit = fit_mixed(y, x, animal, z=np.ones((24, 1)))
    means = y.reshape(6, 4).mean(axis=1)
    within = ((y.reshape(6, 4) - means[:, None]) ** 2).sum() / 18
    each = means.reshape(2, 3)
    between = 4 * ((each - each.mean(axis=1)[:, None]) ** 2).sum() / 4
    assert fit.residual_variances[0] == pytest.approx(within, rel=1e-10)
    assert fit.random_covariance[0, 0] == pytest.approx((between - within) / 4, rel=1e-9)
    assert fit.coefficients[1] == pytest.approx(each[1].mean() - each[0].mean(), rel=1e-12)
    known = precision(fit)
    row, _ = inner_rows(known.problem, np.array([[0.0, 1.0]]))
    assert satterthwaite_df(known, row[0]) == pytest.approx(4.0, rel=1e-7)
    assert kenward_roger_df(known, row[0]) == pytest.approx(4.0, rel=1e-9)
    f = kenward_roger_f(known, row, fit.coefficients[1:])
    want = stats.ttest_ind(each[1], each[0]).statistic ** 2
    assert f.f == pytest.approx(want, rel=1e-9)
    assert satterthwaite_f(known, row, fit.coefficients[1:]).f == pytest.approx(want, rel=1e-9)


def test_variance_per_arm_without_random_effects_is_welch():
    rng = np.random.default_rng(6)
    a, b = rng.normal(0, 1, 5), rng.normal(0, 3, 8)
    y, arm = np.concatenate([a, b]), np.repeat([0, 1], [5, 8])
    fit = fit_mixed(y, np.column_stack([np.ones(13), arm]), np.arange(13), group=arm)
    known = precision(fit)
    row, _ = inner_rows(known.problem, np.array([[0.0, 1.0]]))
    want = stats.ttest_ind(b, a, equal_var=False)
    assert fit.residual_variances == pytest.approx([a.var(ddof=1), b.var(ddof=1)], rel=1e-8)
    assert satterthwaite_df(known, row[0]) == pytest.approx(want.df, rel=1e-6)
    assert kenward_roger_df(known, row[0]) == pytest.approx(want.df, rel=1e-6)
    assert fit.coefficients[1] / np.sqrt(fit.covariance[1, 1]) == pytest.approx(
        want.statistic, rel=1e-8
    )


def test_fixed_effects_only_is_least_squares():
    rng = np.random.default_rng(7)
    x = np.column_stack([np.ones(12), rng.normal(size=(12, 2))])
    y = rng.normal(size=12)
    fit = fit_mixed(y, x, np.arange(12))
    beta, rss, *_ = np.linalg.lstsq(x, y, rcond=None)
    assert fit.coefficients == pytest.approx(beta, rel=1e-10)
    assert fit.residual_variances[0] == pytest.approx(rss[0] / 9, rel=1e-12)
    row, _ = inner_rows(fit.problem, np.array([[0.0, 1.0, 0.0]]))
    assert satterthwaite_df(precision(fit), row[0]) == pytest.approx(9.0, rel=1e-9)


def study(seed, *, n_arms=2, animals=4, visits=5):
    rng = np.random.default_rng(seed)
    animal = np.repeat(np.arange(n_arms * animals), visits)
    day = np.tile(np.linspace(0, 16, visits), n_arms * animals)
    arm = animal // animals
    level, rate = rng.normal(0, 0.3, animal.max() + 1), rng.normal(0, 0.02, animal.max() + 1)
    y = 5 + level[animal] + (0.1 - 0.03 * arm + rate[animal]) * day
    y = y + rng.normal(0, 0.15, y.size)
    seen = rng.random(y.size) > 0.15
    seen[day == 0] = True
    return y[seen], day[seen], animal[seen], arm[seen]


@pytest.mark.parametrize("serial", [False, True])
def test_derivatives_are_those_of_differences(serial):
    y, day, animal, arm = study(1)
    cage = animal // 2
    fit = fit_mixed(
        y, crossed(day, arm), animal, z=lines(day)[:, : 1 if serial else 2], cage=cage,
        group=arm, time=day if serial else None,
    )  # fmt: skip
    theta = np.array([0.8, 0.5, 0.2, 1.0]) if serial else np.array([0.8, 0.2, 0.6, 0.5, 0.2])
    k = theta.size
    now = sums_at(fit.problem, theta)
    step = 1e-5 * np.eye(k)
    slope = [(deviance_at(fit.problem, theta + e) - deviance_at(fit.problem, theta - e)) / 2e-5
             for e in step]  # fmt: skip
    assert now.gradient[:k] == pytest.approx(slope, rel=1e-5, abs=1e-5)
    assert now.gradient[k] == pytest.approx(0.0, abs=1e-8)  # sigma is at its best
    ends = [[sums_at(fit.problem, theta + s * e).gradient[:k] for s in (1, -1)] for e in step]
    curve = [(after - before) / 2e-5 for after, before in ends]
    h = now.hessian
    profiled = h[:k, :k] - np.outer(h[:k, k], h[k, :k]) / h[k, k]
    assert profiled == pytest.approx(np.array(curve), rel=1e-4, abs=1e-4)


def test_kenward_roger_of_a_serial_model_from_dense_matrices():
    """The formula of 1997 with whole matrices and derivatives by differences."""
    y, day, animal, arm = study(2, visits=7)
    x = crossed(day, arm)
    fit = fit_mixed(y, x, animal, z=lines(day)[:, :1], group=arm, time=day)
    known = precision(fit)
    same = animal[:, None] == animal

    def covariance(p):
        serial = np.exp(-np.abs(day[:, None] - day) * np.exp(-p[3])) * p[1 + arm][:, None]
        return same * (p[0] + serial)

    at = np.array([fit.random_covariance[0, 0], *fit.residual_variances, np.log(fit.serial_range)])
    steps = 1e-6 * np.diag(np.maximum(np.abs(at), 1e-3))
    d = [(covariance(at + e) - covariance(at - e)) / (2 * e.max()) for e in steps]
    inverse = np.linalg.inv(covariance(at))
    phi = np.linalg.inv(x.T @ inverse @ x)
    big = inverse - inverse @ x @ phi @ x.T @ inverse
    weight = np.linalg.inv([[0.5 * np.trace(big @ a @ big @ b) for b in d] for a in d])
    p = [x.T @ inverse @ a @ inverse @ x for a in d]
    middle = sum(
        weight[i, j] * (x.T @ inverse @ d[i] @ inverse @ d[j] @ inverse @ x - p[i] @ phi @ p[j])
        for i in range(4) for j in range(4)
    )  # fmt: skip
    adjusted = phi + 2 * phi @ middle @ phi
    rows, _ = inner_rows(known.problem, np.eye(4))
    for i, row in enumerate(rows):
        assert known.scale * row @ known.adjusted @ row == pytest.approx(adjusted[i, i], rel=1e-4)
        g = np.array([(phi @ one @ phi)[i, i] for one in p])
        assert kenward_roger_df(known, row) == pytest.approx(
            2 * phi[i, i] ** 2 / (g @ weight @ g), rel=1e-4
        )


# ---- on the edge


def test_an_adjustment_that_breaks_down_takes_no_more_than_half_of_a_variance():
    plain = np.array([[2.0, 0.5], [0.5, 1.0]])
    assert np.array_equal(_not_shrunken(plain, 1.5 * plain), 1.5 * plain)
    broken = _not_shrunken(plain, np.diag([3.0, -4.0]))
    for angle in np.linspace(0, np.pi, 50):
        row = np.array([np.cos(angle), np.sin(angle)])
        assert row @ broken @ row >= 0.5 * (row @ plain @ row) - 1e-12


def test_no_serial_correlation_is_said():
    y, day, animal, arm = study(3)
    flip = np.where(np.arange(y.size) % 2 == 0, 0.3, -0.3)  # neighbors in time disagree
    fit = fit_mixed(y + flip, crossed(day, arm), animal, z=lines(day)[:, :1], time=day)
    assert fit.boundary == ("serial correlation is 0",)
    plain = fit_mixed(y + flip, crossed(day, arm), animal, z=lines(day)[:, :1])
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)
    rows, _ = inner_rows(fit.problem, np.eye(4))
    ours, theirs = ([satterthwaite_df(precision(one), row) for row in rows] for one in (fit, plain))
    assert ours == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize(
    ("visits", "animals", "words"),
    [(2, 4, "need more than"), (5, 1, "does not separate"), (1, 4, "need more than")],
)
def test_designs_that_cannot_carry_the_model_say_why(visits, animals, words):
    rng = np.random.default_rng(8)
    animal = np.repeat(np.arange(2 * animals), visits)
    day = np.tile(np.arange(float(visits)), 2 * animals)
    y = rng.normal(size=day.size)
    x = crossed(day, animal // animals)[:, [0, 2] if visits == 1 else slice(None)]
    z = np.column_stack([np.ones(day.size), day + (0 if visits > 1 else animal)])
    fit = fit_mixed(y, x, animal, z=z)
    assert (fit.status, fit.usable) == ("not_estimable", False)
    assert words in fit.reason


def test_values_without_error_are_refused():
    day = np.tile([0.0, 1.0, 2.0, 3.0], 4)
    animal = np.repeat(np.arange(4), 4)
    exact = fit_mixed(1 + 2 * day, lines(day), animal, z=np.ones((16, 1)))
    assert "explain every value" in exact.reason
    level = np.array([0.0, 1.0, 3.0, 4.0])[animal]
    own = fit_mixed(level + 2 * day, lines(day), animal, z=np.ones((16, 1)))
    assert (own.status, "own line" in own.reason) == ("not_estimable", True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": np.array([1.0, np.nan, 1.0, 2.0])}, "finite"),
        ({"z": np.ones((3, 1))}, "one length"),
        ({"cage": np.array([0, 1, 1, 1])}, "two cages"),
        ({"z": np.ones((4, 2))}, "depend on each other"),
        ({"group": np.array([0, 0, 2, 2])}, "without a gap"),
        ({"group": np.array([0, 1, 1, 1]), "time": np.arange(4.0)}, "one residual variance"),
        ({"time": np.zeros(4)}, "one row a day"),
    ],
)
def test_bad_input_is_refused(change, words):
    given = {"y": np.array([1.0, 2.0, 1.5, 2.5]), "x": np.ones((4, 1)),
             "animal": np.array([0, 0, 1, 1])} | change  # fmt: skip
    with pytest.raises(ValueError, match=words):
        fit_mixed(**given)


# ---- however the data are written


def answers(fit):
    known = precision(fit)
    rows, _ = inner_rows(known.problem, np.eye(fit.coefficients.size))
    dfs = [(satterthwaite_df(known, r), kenward_roger_df(known, r)) for r in rows]
    return fit.coefficients, fit.covariance, fit.random_covariance, np.array(dfs)


def test_order_of_rows_changes_no_bit():
    y, day, animal, arm = study(4)
    cage = animal // 2
    one = fit_mixed(y, crossed(day, arm), animal, z=lines(day), cage=cage)
    for seed in range(3):
        p = np.random.default_rng(seed).permutation(y.size)
        two = fit_mixed(y[p], crossed(day, arm)[p], animal[p], z=lines(day)[p], cage=cage[p])
        assert one.log_likelihood == two.log_likelihood
        for a, b in zip(answers(one), answers(two), strict=True):
            assert np.array_equal(a, b)


@pytest.mark.parametrize(("scale", "shift"), [(24.0, 0.0), (1.0, 700.0), (1 / 7, -3.0)])
def test_units_and_origin_of_days_do_not_matter(scale, shift):
    y, day, animal, arm = study(5)
    t = scale * day + shift
    one = fit_mixed(y, crossed(day, arm), animal, z=lines(day))
    two = fit_mixed(y, crossed(t, arm), animal, z=lines(t))
    a, b = answers(one), answers(two)
    assert b[0][[1, 3]] * scale == pytest.approx(a[0][[1, 3]], rel=1e-7)
    assert b[2][1, 1] * scale**2 == pytest.approx(a[2][1, 1], rel=1e-5)
    assert b[3][[1, 3]] == pytest.approx(a[3][[1, 3]], rel=1e-5)
    assert two.residual_variances == pytest.approx(one.residual_variances, rel=1e-7)
    # two columns of x are scaled, so their part of the restricted likelihood is too
    assert two.log_likelihood + 2 * np.log(scale) == pytest.approx(one.log_likelihood, abs=1e-7)


def test_unit_of_volume_moves_the_intercept_only():
    y, day, animal, arm = study(6)
    one = fit_mixed(y, crossed(day, arm), animal, z=lines(day))
    two = fit_mixed(y - np.log(1000), crossed(day, arm), animal, z=lines(day))
    moved = np.array([np.log(1000), 0, 0, 0])
    assert two.coefficients + moved == pytest.approx(one.coefficients, rel=1e-9, abs=1e-10)
    assert two.covariance == pytest.approx(one.covariance, rel=1e-6, abs=1e-12)


def test_a_column_explained_by_others_is_set_aside():
    y, day, animal, arm = study(7)
    x = crossed(day, arm)
    one = fit_mixed(y, x, animal, z=lines(day))
    two = fit_mixed(y, np.column_stack([x, x[:, 0] + x[:, 1]]), animal, z=lines(day))
    assert two.log_likelihood == one.log_likelihood
    assert two.problem.kept == (0, 1, 2, 3)
    asked = np.array([[0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 2], [1, 1, 0, 0, 1.0]])
    assert inner_rows(two.problem, asked)[1].tolist() == [True, False, True, False]
