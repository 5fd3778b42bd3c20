"""The NRFE-like score: its formula, and what plates of which noise score."""

import numpy as np
import polars as pl
import pytest

from exportin.plates.residuals import (
    MAX_RESIDUAL_SCORE,
    MIN_RESIDUAL_WELLS,
    residual_score,
    residual_scores,
)


def test_formula_by_hand() -> None:
    response, fitted = np.array([0.9, 0.4, -0.1, 1.3]), np.array([1.0, 0.5, 0.0, 1.1])
    by_hand = (0.1 * 1 + 0.1 * 2 + 0.1 * 1 + 0.2 * 1) / 4 * 100
    assert residual_score(response, fitted) == pytest.approx(by_hand, abs=1e-12)


def clean_scores(well_cv: float, count: int, seed: int) -> np.ndarray:
    """Plates of two drugs, noise alone around the true curves."""
    rng = np.random.default_rng(seed)
    dose = np.repeat(np.logspace(0, 4, 10), 3)
    fitted = np.concatenate([0.06 + 0.94 / (1 + (dose / e) ** 1.2) for e in (70.0, 240.0)])
    noise = np.exp(rng.normal(0.0, well_cv, (count, fitted.size)))
    return np.array([residual_score(fitted * one, fitted) for one in noise])


def test_threshold_lets_plates_of_allowed_noise_pass() -> None:
    """At 15 % well CV hardly any plate is above it, at 30 % most are."""
    shares = {
        cv: float(np.mean(clean_scores(cv, 500, 31) > MAX_RESIDUAL_SCORE))
        for cv in (0.10, 0.15, 0.20, 0.30)
    }
    print(f"share above {MAX_RESIDUAL_SCORE:g} %: {shares}, seed 31")
    assert shares[0.15] <= 0.01
    assert shares[0.20] <= 0.15
    assert shares[0.30] >= 0.90


def test_a_plate_with_few_wells_has_no_score() -> None:
    wells = pl.DataFrame(
        {
            "file": ["f"] * 40,
            "sample_id": ["a"] * MIN_RESIDUAL_WELLS + ["b"] * (40 - MIN_RESIDUAL_WELLS),
            "model": ["m"] * 40,
            "response": [0.6] * 40,
            "fitted": [0.5] * 40,
        }
    )
    found = residual_scores(wells.head(MIN_RESIDUAL_WELLS + 5))
    assert found.get_column("sample_id").to_list() == ["a"]
    assert found.item(0, "residual_score") == pytest.approx(20.0)
