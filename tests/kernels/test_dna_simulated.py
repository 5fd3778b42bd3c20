"""Bias, RMSE and coverage on cells that were simulated one by one.

The seeds here were not used while the fits were written. Ten thousand clean single cells.
"""

import numpy as np
import pytest
from bench.dna_events import COMPOSITIONS, EDGES, Tube, histogram

from exportin.kernels.dna_histogram import DnaModel, fit_dna
from exportin.kernels.dna_intervals import dna_intervals
from exportin.kernels.dna_plate import fit_plate

NAMES = ("g1", "s", "g2m")
BIAS, RMSE = 0.5, 1.2


def errors(fits, truth):
    return 100.0 * (np.array([fit.phases for fit in fits]) - np.array(truth))


def covered(fits, truth):
    spans = [dna_intervals(fit) for fit in fits]
    low = np.array([[span.low[name] for name in NAMES] for span in spans])
    high = np.array([[span.high[name] for name in NAMES] for span in spans])
    return (low <= truth) & (np.array(truth) <= high)


def alone(seed, phases, cv, shape, tubes, **about):
    rng = np.random.default_rng((seed, int(1000 * cv)))
    return [
        fit_dna(histogram(Tube(phases=phases, cv=cv, shape=shape, **about), rng), EDGES)
        for _ in range(tubes)
    ]


@pytest.mark.parametrize("cv", [0.02, 0.03])
@pytest.mark.parametrize("phases", COMPOSITIONS)
def test_small(cv, phases):
    found = errors(alone(7101, phases, cv, "growing", 12), phases)
    # the mean of 12 is allowed its own 3 standard errors
    assert np.all(np.abs(found.mean(axis=0)) < BIAS + 3 * found.std(axis=0) / np.sqrt(12))
    assert np.all(np.sqrt(np.mean(found**2, axis=0)) < RMSE)


def test_known_ratio_small():
    rng = np.random.default_rng(7102)
    fits = [
        fit_dna(histogram(Tube(phases=COMPOSITIONS[4]), rng), EDGES, DnaModel(ratio=2.0))
        for _ in range(20)
    ]
    assert np.all(np.sqrt(np.mean(errors(fits, COMPOSITIONS[4]) ** 2, axis=0)) < RMSE + 0.3)


@pytest.mark.parametrize("about", [{"debris": 0.2}, {"doublets": 0.1}, {"sub_g1": 0.1}])
def test_dirt_moves_the_phases_by_less_than_two_points(about):
    fits = alone(7103, COMPOSITIONS[0], 0.03, "even", 8, **about)
    if "sub_g1" in about:
        rng = np.random.default_rng(7104)
        fits = [
            fit_dna(histogram(Tube(cv=0.03, **about), rng), EDGES, DnaModel(sub_g1=True))
            for _ in range(8)
        ]
    assert np.abs(errors(fits, COMPOSITIONS[0]).mean(axis=0)).max() < 2.0
    share = np.mean([fit.aggregates for fit in fits])
    assert share == pytest.approx(about.get("doublets", 0.0) / 1.1, abs=0.02)


def test_coverage_small():
    fits = alone(7105, COMPOSITIONS[0], 0.04, "even", 60)
    assert covered(fits, [COMPOSITIONS[0]] * 60).mean() > 0.88  # 4 standard errors below 95 %


@pytest.mark.long
@pytest.mark.parametrize("shape", ["even", "growing"])
@pytest.mark.parametrize("cv", [0.02, 0.03, 0.05])
def test_coverage_long(cv, shape):
    hits = []
    for phases in COMPOSITIONS:
        fits = alone(7106, phases, cv, shape, 200)
        found = errors(fits, phases)
        hits.append(covered(fits, [phases] * 200))
        assert np.abs(found.mean(axis=0)).max() < BIAS
        # a tube alone does not know G2M/G1: at CV 5 % up to 1.8 points of S (see the plate below)
        assert np.sqrt(np.mean(found**2, axis=0)).max() < (RMSE if cv < 0.04 else 1.8)
    share = np.concatenate(hits).mean(axis=0)
    assert np.all((share > 0.93) & (share < 0.97))


@pytest.mark.long
@pytest.mark.parametrize("shape", ["late", "hump"])
def test_s_of_another_shape_long(shape):
    """A quadratic cannot follow S of these forms at CV 5 %: biased by up to a point, said so."""
    for phases in COMPOSITIONS:
        fits = alone(7108, phases, 0.05, shape, 100)
        assert np.abs(errors(fits, phases).mean(axis=0)).max() < 1.2
        assert covered(fits, [phases] * 100).mean(axis=0).min() > 0.65


@pytest.mark.long
@pytest.mark.parametrize("shape", ["even", "growing", "late"])
def test_plates_long(shape):
    rng = np.random.default_rng(7107)
    found = {phases: [] for phases in COMPOSITIONS}
    for _ in range(40):
        truth = [COMPOSITIONS[k % 5] for k in range(15)]
        rows = [
            histogram(Tube(phases=p, ratio=1.96, shape=shape, g1=300 * (1 + 0.01 * rng.normal())),
                      rng) for p in truth
        ]  # fmt: skip
        for phases, fit in zip(truth, fit_plate(np.array(rows), EDGES).fits, strict=True):
            found[phases].append(fit)
    hits = []
    for phases, fits in found.items():
        moved = errors(fits, phases)
        hits.append(covered(fits, [phases] * len(fits)))
        assert np.abs(moved.mean(axis=0)).max() < BIAS
        assert np.sqrt(np.mean(moved**2, axis=0)).max() < RMSE
    share = np.concatenate(hits).mean(axis=0)
    assert np.all((share > 0.93) & (share < 0.97))
