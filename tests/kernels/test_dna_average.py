"""The reported phases: two shapes of S averaged, against cells simulated one by one."""

import numpy as np
import pytest
from bench.dna_events import COMPOSITIONS, EDGES, Tube, histogram

from exportin.kernels.dna_average import LEAST_WEIGHT, average_shapes
from exportin.kernels.dna_histogram import fit_dna
from exportin.kernels.dna_model import DnaModel
from exportin.kernels.dna_spread import judge_histogram

PHASES = ("g1", "s", "g2m")


def judged(tubes: int, seed: int, *, cv: float, shape: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Errors in points and whether the interval holds the truth, per composition."""
    rng = np.random.default_rng(seed)
    out = []
    for truth in COMPOSITIONS:
        errors, held = [], []
        for _ in range(tubes):
            made = histogram(Tube(phases=truth, cv=cv, shape=shape, ratio=1.97), rng)
            answer = judge_histogram(made, EDGES)
            low, high = answer.intervals.low, answer.intervals.high
            errors.append(
                [100 * (getattr(answer.fit, n) - t) for n, t in zip(PHASES, truth, strict=True)]
            )
            held.append([low[n] <= t <= high[n] for n, t in zip(PHASES, truth, strict=True)])
        out.append((np.array(errors), np.array(held)))
    return out


def test_weights_follow_the_information_criterion() -> None:
    made = histogram(Tube(cv=0.04), np.random.default_rng(2))
    quadratic, line = (fit_dna(made, EDGES, DnaModel(s=s)) for s in ("quadratic", "trapezoid"))
    fit, _, weight = average_shapes(quadratic, line, 2.0)  # the line is better by 2
    assert weight == pytest.approx(1.0 / (1.0 + np.exp(1.0)))
    assert fit.s == pytest.approx(weight * quadratic.s + (1 - weight) * line.s)
    assert sum(fit.phases) == pytest.approx(1.0)
    total = sum(part for name, part in fit.parts.items() if name != "total")
    assert np.allclose(total, fit.parts["total"])


def test_a_shape_that_is_clearly_better_stands_alone() -> None:
    made = histogram(
        Tube(cv=0.03, shape="hump", phases=(0.45, 0.45, 0.10)), np.random.default_rng(3)
    )
    answer = judge_histogram(made, EDGES)
    assert answer.quadratic_weight > 1.0 - LEAST_WEIGHT


@pytest.mark.parametrize("shape", ["even", "growing"])
def test_reported_phases_are_near_the_truth(shape: str) -> None:
    """A small form of the long test: 10,000 clean singlets, CV 5 %."""
    for errors, held in judged(8, 4100, cv=0.05, shape=shape):
        assert np.abs(errors).max() < 5.0
        assert np.sqrt((errors**2).mean(axis=0)).max() < 2.0
        assert held.mean() > 0.7


@pytest.mark.long
@pytest.mark.parametrize("cv", [0.02, 0.03, 0.05])
@pytest.mark.parametrize("shape", ["even", "growing"])
def test_bias_rmse_and_coverage_of_single_tubes(cv: float, shape: str) -> None:
    """Bias within 0.5 points, RMSE within 1.2 and coverage of 93 to 97 %, with chance on top."""
    found = judged(200, 4200, cv=cv, shape=shape)
    for errors, _ in found:
        assert np.abs(errors.mean(axis=0)).max() < 0.5
        assert np.sqrt((errors**2).mean(axis=0)).max() < 1.3
    held = np.concatenate([one for _, one in found]).mean(axis=0)
    assert np.all(held > 0.92), held
    assert np.all(held < 0.985), held
