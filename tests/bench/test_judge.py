"""The judge finds known optima; the engine is never above it."""

import numpy as np
import pytest
from bench.accuracy import TOLERANCE, compare, judged
from bench.curves import LOG_DOSES, pack, wells_of
from bench.judge import LN10, _Problem, excess, judge, starts
from bench.scenarios import SCENARIOS, draw, hill_curve

from bench import engine

X = wells_of(LOG_DOSES, 3)
SEED = 715  # of the tests only; `make bench` judges on another
ALWAYS, LONG = 20, 200  # curves per scenario, of which there are fifteen: 300 and 3000 in all


def test_there_are_25_starts_inside_the_box():
    assert len(set(starts())) == 25
    assert all(0.05 < hill < 50.0 for _, hill in starts())


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(
    "truth", [(1.0, 0.1, 2.07, 1.0), (0.2, 1.1, 1.3, 2.5), (1.0, 0.0, 4.4, 0.7), (1, 0.2, 2.3, 9)]
)
def test_a_curve_without_noise_is_found_again(truth, scale):
    top, bottom, ec50, hill = truth
    y = scale * hill_curve(X, *truth)
    found = judge(X, y)
    assert found.rss <= 1e-24 * float(np.sum((y - y.mean()) ** 2))
    assert found.log10_ec50 == pytest.approx(ec50, abs=1e-8)
    assert found.hill == pytest.approx(hill, rel=1e-8)
    plateaus = np.array([found.top, found.bottom]) / scale
    assert plateaus == pytest.approx([top, bottom], abs=1e-7)


def test_nothing_beside_the_optimum_is_lower():
    dose = np.repeat([0.94, 1.88, 3.75, 7.5, 15.0, 30.0], 3)
    root = np.array(
        [8.355556, 6.9142857, 7.75, 6.8714286, 6.45, 5.9222222, 1.925, 2.8857143, 4.2333333,
         1.1875, 0.8571429, 1.0571429, 0.6875, 0.525, 0.825, 0.25, 0.22, 0.44]
    )  # fmt: skip
    found = judge(np.log10(dose), root)
    line = hill_curve(np.log10(dose), *found[:4])
    assert float(np.sum((root - line) ** 2)) == pytest.approx(found.rss, rel=1e-12)
    around = [
        float(np.sum((root - hill_curve(np.log10(dose), *moved)) ** 2))
        for k in range(4)
        for moved in (_moved(found[:4], k, 1e-3), _moved(found[:4], k, -1e-3))
    ]
    assert min(around) > found.rss


def _moved(point, k, by):
    return [value + by * (j == k) for j, value in enumerate(point)]


@pytest.mark.parametrize("from_top", [True, False])
def test_the_analytic_derivatives_are_right(from_top):
    rng = np.random.default_rng(3)
    y = rng.normal(size=X.size)
    low, high = np.array([-3.0 * LN10, np.log(0.05)]), np.array([7.0 * LN10, np.log(50.0)])
    problem = _Problem(X * LN10, y, low, high, from_top)
    p = np.array([0.3, 0.8, -0.1, 0.2])
    step = 1e-6
    for k in range(4):
        up, down = (problem.residual(np.array(_moved(p, k, s))) for s in (step, -step))
        slope = (up - down) / (2.0 * step)
        assert problem.jacobian(p)[:, k] == pytest.approx(slope, rel=1e-5, abs=1e-7)


def test_excess_has_a_sign_and_a_floor():
    y = np.array([0.0, 1.0, 2.0])
    assert excess(1.1, 1.0, y) == pytest.approx(0.1)
    assert excess(0.9, 1.0, y) == pytest.approx(-0.1)
    assert excess(1e-13, 0.0, y) == pytest.approx(1e-13 / 2e-12)  # total sum of squares: 2
    assert excess(0.0, 0.0, np.ones(3)) == 0.0


def above_judge(name, n, seed):
    curves = draw(name, n, seed)
    over = compare(curves, engine.fit(curves).rss, judged(curves))
    return {(name, seed, i): float(over[i]) for i in np.flatnonzero(over > TOLERANCE).tolist()}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_fit_is_above_the_judge(name):
    assert above_judge(name, ALWAYS, SEED) == {}


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_fit_of_many_is_above_the_judge(name):
    assert above_judge(name, LONG, SEED + 1) == {}


def test_a_worse_fit_is_called_worse():
    curves = pack([(X, hill_curve(X, 1.0, 0.1, 2.0, 1.0) + 0.05 * np.cos(7.0 * X))])
    reference = judged(curves)
    over = compare(curves, np.array(reference) * (1.0 + 1e-5), reference)
    assert over[0] == pytest.approx(1e-5, rel=1e-6)
    assert over[0] > TOLERANCE
