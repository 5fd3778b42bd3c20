"""Turned rows of a mixed model give the sums of the rows as they were."""

from dataclasses import replace

import numpy as np
import pytest

from exportin.kernels.mixed_df import precision
from exportin.kernels.mixed_model import fit_mixed
from exportin.kernels.mixed_packed import Packed
from exportin.kernels.mixed_problem import MixedProblem, prepare
from exportin.kernels.mixed_search import deviance_at, sums_at


def plain(problem: MixedProblem) -> MixedProblem:
    """Return the problem with every row left as it is."""
    c = problem.xa.shape[1]
    rows = Packed(
        problem.xa, problem.z, np.ones(problem.n), problem.first, problem.last, problem.time,
        problem.group, problem.starts, np.zeros((problem.n_groups, c, c)),
        np.zeros(problem.n_groups),
    )  # fmt: skip
    other = replace(problem)
    other.__dict__["packed"] = rows
    return other


def study(kind: str) -> MixedProblem:
    """Simulate 12 animals in 4 cages and 2 arms with 1 to 11 visits each."""
    rng = np.random.default_rng(5)
    visits = np.array([1, 2, 3, 11, 8, 9, 10, 2, 7, 7, 9, 6])
    animal = np.repeat(np.arange(12), visits)
    day = np.concatenate([np.sort(rng.choice(40, size=n, replace=False)) for n in visits]) * 1.0
    arm = (animal % 2).astype(np.int64)
    y = 5 + rng.normal(0, 0.3, 12)[animal] + (0.05 + rng.normal(0, 0.02, 12)[animal]) * day
    y += rng.normal(0, 0.1, y.size) * (1.0 + arm)
    x = np.column_stack([np.ones(y.size), day, day * arm])
    effects = {"level": np.ones((y.size, 1)), "slope": day[:, None], "none": None}
    z = effects.get(kind, np.column_stack([np.ones(y.size), day]))
    cage = None if kind in ("alone", "level") else (animal // 3).astype(np.int64)
    group = arm if kind == "arms" else (day > 20).astype(np.int64) if kind == "days" else None
    time = day if kind == "serial" else None
    return prepare(y, x, animal, z=z, cage=cage, group=group, time=time)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(
    "kind", ["both", "alone", "level", "slope", "none", "arms", "days", "serial"]
)
def test_all_sums_are_those_of_the_rows_as_they_were(kind: str, reml: bool) -> None:
    problem = study(kind)
    other = plain(problem)
    free = {"both": 4, "alone": 3, "level": 1, "slope": 2, "none": 1, "arms": 5, "days": 5,
            "serial": 5}[kind]  # fmt: skip
    rng = np.random.default_rng(1)
    for _ in range(5):
        theta = rng.normal(0.5, 1.0, free)
        turned, known = sums_at(problem, theta, reml=reml), sums_at(other, theta, reml=reml)
        for name in ("deviance", "sigma", "beta", "covariance", "gradient", "hessian", "expected",
                     "p", "q", "information", "natural_gradient"):  # fmt: skip
            one, two = np.asarray(getattr(turned, name)), np.asarray(getattr(known, name))
            assert np.abs(one - two).max() <= 1e-10 * max(1.0, np.abs(two).max()), name
        found = deviance_at(problem, theta, reml=reml)
        assert found == pytest.approx(deviance_at(other, theta, reml=reml), abs=1e-9)


@pytest.mark.parametrize("kind", ["both", "alone", "arms"])
def test_few_rows_of_an_animal_are_left(kind: str) -> None:
    problem = study(kind)
    rows = problem.packed
    assert rows.xa.shape[0] + rows.gone.sum() == problem.n
    assert np.diff(np.unique(np.concatenate([rows.first, rows.last]))).max() <= 2
    assert rows.xa.shape[0] < problem.n / 2


@pytest.mark.parametrize("kind", ["days", "serial"])
def test_rows_stay_where_a_turn_would_mix_residuals(kind: str) -> None:
    problem = study(kind)
    kept = np.unique(problem.packed.first, return_counts=True)[1]
    assert (kept > 4).any()
    if kind == "serial":
        assert not problem.packed.gone.any()
        np.testing.assert_array_equal(problem.packed.xa, problem.xa)


def test_a_hundred_times_the_visits_leave_as_many_rows() -> None:
    """Cost of a search does not grow with visits; the fit is that of the formula of means."""
    rng = np.random.default_rng(2)
    animal = np.repeat(np.arange(6), 500)
    y = rng.normal(0, 1.0, 6)[animal] + rng.normal(0, 0.5, animal.size)
    fit = fit_mixed(y, np.ones((y.size, 1)), animal, z=np.ones((y.size, 1)))
    assert fit.problem.packed.xa.shape[0] == 6
    means = y.reshape(6, 500).mean(axis=1)
    within = ((y.reshape(6, 500) - means[:, None]) ** 2).sum() / (6 * 499)
    assert fit.residual_variances[0] == pytest.approx(within, rel=1e-9)
    assert fit.random_covariance[0, 0] == pytest.approx(means.var(ddof=1) - within / 500, rel=1e-9)
    assert precision(fit).weight.shape == (2, 2)
