"""Vectors of eight numbers: every operation against numpy; walks in lanes against walks alone."""

from typing import no_type_check

import numpy as np
import pytest
from numba import njit

from exportin.kernels import hill_lanes
from exportin.kernels.hill_batch import fit_many
from exportin.kernels.hill_lanes import STATE, advance, begin_walk, exponential, lanes_for, put_rows
from exportin.kernels.hill_profile import profile_absolute_many, profile_ec50_many
from exportin.kernels.hill_steps import box_of, descend, padded, tools_for
from exportin.kernels.hill_steps import load as load_problem
from exportin.kernels.lanes import (
    LANES,
    as_bits,
    floor,
    least_of,
    load,
    pick,
    power_of_two,
    root,
    size,
    spread,
    store,
)


@no_type_check
@njit
def _arithmetic(a, b, out):
    x, y = load(a, 0), load(b, 0)
    rows = (
        x + y, x - y, x * y, x / y, 2.0 + x, x - 1, 3 * x, 1.0 / y, -x, size(x), root(size(x)),
        floor(x), power_of_two(floor(y)), spread(0.25),
    )  # fmt: skip
    for k, row in enumerate(rows):
        store(out, k * LANES, row)


@no_type_check
@njit
def _choices(a, b, out):
    x, y = load(a, 0), load(b, 0)
    store(out, 0, pick(x < y, x, y))
    store(out, LANES, pick((x <= y) & (x > 0.0), x, 0.5))
    store(out, 2 * LANES, pick((x >= y) | ~(y > 0.0), 1.0, y))
    return as_bits(x < y)


@no_type_check
@njit
def _least(a):
    return least_of(load(a, 0))


@no_type_check
@njit
def _exponential(a, out):
    for k in range(0, a.size, LANES):
        store(out, k, exponential(load(a, k)))


def test_arithmetic_is_that_of_numbers() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=LANES) * 3.0, rng.normal(size=LANES) * 3.0
    out = np.empty(14 * LANES)
    _arithmetic(a, b, out)
    expected = [
        a + b, a - b, a * b, a / b, 2.0 + a, a - 1, 3 * a, 1.0 / b, -a, abs(a), np.sqrt(abs(a)),
        np.floor(a), 2.0 ** np.floor(b), np.full(LANES, 0.25),
    ]  # fmt: skip
    assert np.array_equal(out.reshape(14, LANES), np.array(expected))


def test_choices_are_made_lane_by_lane_and_nan_is_in_no_order() -> None:
    a = np.array([1.0, -1.0, np.nan, 2.0, np.inf, -np.inf, 0.0, 3.0])
    b = np.array([2.0, -2.0, 1.0, np.nan, 5.0, 0.0, 0.0, 3.5])
    out = np.empty(3 * LANES)
    bits = _choices(a, b, out)
    less = np.less(a, b)
    assert bits == sum(int(v) << k for k, v in enumerate(less))
    expected = [
        np.where(less, a, b),
        np.where((a <= b) & (a > 0.0), a, 0.5),
        np.where((a >= b) | ~(b > 0.0), 1.0, b),
    ]
    assert np.array_equal(out.reshape(3, LANES), np.array(expected), equal_nan=True)


def test_least_of_eight_is_found_in_every_lane() -> None:
    for k in range(LANES):
        a = np.arange(1.0, LANES + 1.0)
        a[k] = -np.inf if k == 5 else -2.5
        assert _least(a) == a[k]


def test_exponential_is_right_to_the_last_digits() -> None:
    a = np.random.default_rng(2).uniform(-700.0, 690.0, 80_000)
    out = np.empty_like(a)
    _exponential(a, out)
    assert np.max(np.abs(out / np.exp(a) - 1.0)) < 5e-16


def _problem(rng: np.random.Generator, m: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.sort(rng.uniform(0.0, 9.0, m))
    y = 1.0 - 0.9 / (1.0 + np.exp(-(x - rng.uniform(1, 8)) * rng.uniform(0.3, 4.0)))
    rows = np.empty((4, padded(m)))
    y += rng.normal(0.0, 0.05, m)
    load_problem(x, y, np.full(m, 3.0), m, padded(m), 0, 0.0, 0.0, rows)
    box = np.empty(4)
    box_of(x, m, 3.0, 0.05, 50.0, box)
    return rows, box


@pytest.mark.parametrize("free", [True, False])
def test_a_walk_in_a_lane_ends_where_it_ends_alone(free: bool) -> None:
    """Also with neighbors of other lengths, and whatever the lane."""
    rng = np.random.default_rng(3)
    most = 16
    ends = 0
    for _ in range(40):
        data, scratch, state = lanes_for(most)
        sizes = rng.integers(5, 13, LANES)
        problems = [_problem(rng, int(m)) for m in sizes]
        begin = np.column_stack([rng.uniform(0.0, 9.0, LANES), rng.uniform(-1.0, 2.0, LANES)])
        for j, (rows, box) in enumerate(problems):
            put_rows(j, rows, int(sizes[j]), 0, most, box, data, state)
            begin_walk(j, *begin[j], free, 0.0, 1e-11, np.inf, np.inf, state)
        ended = 0
        stopped = np.empty((STATE, LANES))
        for _ in range(80):
            fresh = advance(int(sizes.max()), most, 0, data, scratch, state) & 255 & ~ended
            for j in range(LANES):
                if (fresh >> j) & 1:
                    stopped[:, j] = state.reshape(STATE, LANES)[:, j]
            ended |= fresh
        for j, (rows, box) in enumerate(problems):
            m, tools = int(sizes[j]), tools_for(padded(int(sizes[j])))
            descend(
                rows, padded(m), m, 0, 0.0, box, *begin[j], free, True, 0.0, 1e-11, np.inf,
                tools,
            )  # fmt: skip
            alone = tools[5]
            if alone[3] == 1.0 and (ended >> j) & 1:
                ends += 1
                assert stopped[hill_lanes.HALF, j] == pytest.approx(alone[2], rel=1e-9)
                if free:
                    assert stopped[hill_lanes.SETTLED, j] == 1.0
    assert ends > 250


def test_a_curve_does_not_depend_on_the_curves_beside_it() -> None:
    """Fits and intervals of curves one by one, backwards and together: bit for bit."""
    rng = np.random.default_rng(4)
    curves = []
    for _ in range(30):
        x = np.repeat(np.sort(rng.uniform(-9.0, -5.0, rng.integers(6, 12))), 2)
        y = 1.0 - rng.uniform(0.2, 1.0) / (1.0 + 10 ** -(rng.uniform(0.5, 3.0) * (x + 7.0)))
        curves.append((x, y + rng.normal(0.0, 0.05, x.size)))

    def answers(some: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        offsets = np.cumsum([0, *(x.size for x, _ in some)])
        wells = np.concatenate([x for x, _ in some]), np.concatenate([y for _, y in some]), offsets
        fits = fit_many(*wells)
        ec50 = profile_ec50_many(*wells, fits)
        ic50 = profile_absolute_many(*wells, fits, level=0.5)
        return np.column_stack([fits.top, fits.log10_ec50, fits.rss, *ec50[:2], *ic50[:2]])

    together = answers(curves)
    alone = np.vstack([answers([curve]) for curve in curves])
    backwards = answers(curves[::-1])[::-1]
    assert np.array_equal(together, alone, equal_nan=True)
    assert np.array_equal(together, backwards, equal_nan=True)
