"""Simulated curves are what their tables say, and the same for the same seed."""

import numpy as np
import pytest
from bench.curves import LOG_DOSES, SHARES, Truth, heights, mixed_designs, pack, speed_mix
from bench.engine import Intervals
from bench.scenarios import SCENARIOS, draw

from bench import coverage, flat, plate_noise


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_are_fittable_and_repeatable(name):
    first, again, other = draw(name, 5, 1), draw(name, 5, 1), draw(name, 5, 2)
    assert np.array_equal(first.response, again.response)
    assert not np.array_equal(first.response, other.response[: first.response.size])
    for i in range(first.n_curves):
        x, y = first.curve(i)
        assert x.shape == y.shape
        assert np.isfinite(y).all()
        assert np.unique(x).size >= 4
        assert x.size >= 5


def test_heights_are_the_hill_curve():
    truth = Truth(np.array([1.0]), np.array([0.2]), np.array([2.0]), np.array([1.5]))
    dose = np.array([1.0, 100.0, 1e4])
    by_hand = 0.2 + 0.8 / (1.0 + (dose / 100.0) ** 1.5)
    assert heights(truth, np.log10(dose))[0] == pytest.approx(by_hand, rel=1e-12)


def test_the_mix_has_no_two_equal_curves():
    curves = speed_mix(np.random.default_rng(5), 200)
    rows = curves.response.reshape(200, -1)
    assert np.unique(rows, axis=0).shape[0] == 200
    assert sum(SHARES.values()) == pytest.approx(1.0)


def test_mixed_designs_differ_and_miss_wells():
    curves = mixed_designs(np.random.default_rng(5), 50)
    doses = {tuple(np.unique(curves.curve(i)[0])) for i in range(50)}
    assert len(doses) == 50
    assert len(set(np.diff(curves.offsets).tolist())) > 5
    assert min(np.unique(curves.curve(i)[0]).size for i in range(50)) >= 4


def test_packing_keeps_every_curve():
    parts = [(np.arange(4.0), np.ones(4)), (np.arange(6.0), np.zeros(6))]
    curves = pack(parts)
    assert curves.offsets.tolist() == [0, 4, 10]
    for i, (x, y) in enumerate(parts):
        assert np.array_equal(curves.curve(i)[0], x)
        assert np.array_equal(curves.curve(i)[1], y)


def test_the_true_ic50_is_where_the_true_curve_is_at_half():
    ones = np.ones(1)
    for case in coverage.CASES.values():
        truth = Truth(case.top * ones, case.bottom * ones, case.log10_ec50 * ones, case.hill * ones)
        found = coverage.true_ic50(truth)
        if case.bottom >= 0.5:
            assert np.isinf(found[0])
        else:
            assert heights(truth, found)[0, 0] == pytest.approx(0.5, rel=1e-12)


def test_unreached_cases_have_no_ic50_in_the_tested_doses():
    for name, case in coverage.CASES.items():
        _, truth = coverage.draw(case, 1, 200, np.random.default_rng(1))
        beyond = coverage.true_ic50(truth) > LOG_DOSES[-1]
        assert beyond.all() if name in coverage.UNREACHED else not beyond.any()


def test_a_flat_curve_is_flat():
    curves = flat.draw(0.0, 3, 400, np.random.default_rng(2))
    by_dose = curves.response.reshape(400, LOG_DOSES.size, 3).mean(axis=(0, 2))
    assert by_dose == pytest.approx(np.ones(LOG_DOSES.size), abs=5 * flat.SD / np.sqrt(1200))


def test_wells_of_one_plate_share_an_error():
    curves, own = plate_noise.draw(400, np.random.default_rng(3))
    rows = curves.response.reshape(400, -1)
    lowest = (
        rows[:, :3].mean(axis=1)
        - heights(
            Truth(*(part.repeat(400) for part in plate_noise.TRUTH))._replace(log10_ec50=own),
            LOG_DOSES[:1],
        ).ravel()
    )
    independent = plate_noise.WELL_SD / np.sqrt(3.0)
    assert lowest.std() > 1.5 * independent
    assert own.std() == pytest.approx(plate_noise.BETWEEN_SD, rel=0.2)


# ---- what counts as covered


def intervals(*rows):
    low, high, open_low, open_high = (np.array(part) for part in zip(*rows, strict=True))
    return Intervals(low, high, open_low.astype(bool), open_high.astype(bool))


def test_coverage_counts_open_ends_and_not_empty_intervals():
    nan, inf = float("nan"), float("inf")
    found = intervals(
        (1.0, 3.0, 0, 0),
        (2.5, 3.0, 0, 0),
        (-3.0, 3.0, 1, 0),
        (-3.0, 1.0, 1, 0),
        (2.5, 7.0, 0, 1),
        (1.0, 7.0, 0, 1),
        (nan, nan, 0, 0),
        (inf, inf, 0, 1),
    )
    truth = np.full(8, 2.0)
    assert found.covers(truth).tolist() == [True, False, True, False, False, True, False, False]
    assert found.two_sided.tolist() == [True, True, *[False] * 6]


def test_open_intervals_enter_pooling_as_bounds():
    nan = float("nan")
    said = plate_noise.entering(
        np.array([100.0, 100.0, 1000.0, 100.0, nan]),
        np.array(["=", "=", ">", "=", "="], dtype=object),
        np.array([50.0, 50.0, 300.0, nan, nan]),
        np.array([200.0, nan, nan, 200.0, nan]),
    )
    assert said.censor.tolist()[:4] == [0, 1, 1, -1]
    assert said.value[:4] == pytest.approx(np.log10([100.0, 50.0, 1000.0, 200.0]))
    assert np.isnan(said.value[4])


def test_pooled_coverage_of_known_normal_values():
    rng = np.random.default_rng(4)
    said = plate_noise.Said(rng.normal(2.0, 0.1, 3000), np.zeros(3000, int))
    share, open_share, _, silent = plate_noise.pooled(said, 3, 2.0)
    assert silent == 0
    assert open_share == 0.0
    assert share == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 1000))
    missed, *_ = plate_noise.pooled(said, 3, 3.0)
    assert missed < 0.1
