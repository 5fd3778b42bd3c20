"""Terms that a tube may need or not: a CV of G2M of its own, sub-G1 beside debris, pairs only."""

import numpy as np
import pytest
from bench.dna_events import COMPOSITIONS, EDGES, Tube, draw, histogram

from exportin.kernels.dna_choice import aic
from exportin.kernels.dna_columns import COLUMNS, LN_CV_G2
from exportin.kernels.dna_design import gauss_counts
from exportin.kernels.dna_histogram import DnaModel, fit_dna
from exportin.kernels.dna_spread import MAX_MISFIT, judge_histogram
from exportin.kernels.dna_watson import fit_watson

NAMES = ("g1", "s", "g2m")
TRUTH = (0.60, 0.25, 0.15)
EQUAL, FREE = DnaModel(), DnaModel(free_g2m_cv=True)


def two_cvs(g1_cv: float, g2m_cv: float, seed: int, *, s_cv: float | None = None) -> np.ndarray:
    """Count 20,000 cells whose G2M has a CV of its own; S has that of G1 unless given."""
    rng = np.random.default_rng(seed)
    phase = rng.choice(3, 20_000, p=TRUTH)
    dna = np.choose(phase, [1.0, 1.0 + 0.97 * rng.random(20_000), 1.97])
    cv = np.choose(phase, [g1_cv, s_cv or g1_cv, g2m_cv])
    return np.histogram(300.0 * dna * (1.0 + cv * rng.standard_normal(20_000)), EDGES)[0]


def with_falling_debris(sub_g1: float, seed: int) -> np.ndarray:
    """Count a tube whose debris fall off exponentially."""
    rng = np.random.default_rng(seed)
    cells = draw(Tube(cv=0.04, events=20_000, ratio=1.98, sub_g1=sub_g1, doublets=0.01), rng)
    debris = 3.0 + 300.0 * rng.exponential(0.15, 1000)
    return np.histogram(np.concatenate([cells, debris]), EDGES)[0]


def test_a_free_cv_is_found_to_the_letter() -> None:
    made = gauss_counts(EDGES, 300.0, 0.03, 7000.0) + gauss_counts(EDGES, 600.0, 0.036, 3000.0)
    fit = fit_dna(made, EDGES, FREE)
    assert fit.g1_cv == pytest.approx(0.03, rel=1e-3)
    assert fit.g2m_cv == pytest.approx(0.036, rel=1e-3)
    assert fit.phases == pytest.approx((0.7, 0.0, 0.3), abs=1e-3)
    assert fit_watson(fit).phases == pytest.approx((0.7, 0.0, 0.3), abs=3e-3)
    assert fit.model.name.endswith("CV of G2M free")


def test_a_cv_that_is_not_free_stays_equal() -> None:
    fit = fit_dna(two_cvs(0.04, 0.05, 1), EDGES, EQUAL)
    assert fit.g2m_cv == fit.g1_cv
    assert fit.state is not None
    assert fit.state.x[COLUMNS + LN_CV_G2] == 0.0
    near = fit_dna(two_cvs(0.04, 0.05, 1), EDGES, FREE, near=fit)
    again = fit_dna(two_cvs(0.04, 0.05, 1), EDGES, EQUAL, near=near)
    assert again.g2m_cv == again.g1_cv


@pytest.mark.parametrize("g2m_cv", [0.05, 0.055, 0.06])
def test_an_unequal_cv_is_refused_or_right(g2m_cv: float) -> None:
    for seed in range(3):
        answer = judge_histogram(two_cvs(0.04, g2m_cv, seed), EDGES)
        if answer.verdict == "identifiable":
            assert answer.fit.phases == pytest.approx(TRUTH, abs=0.025)
            assert answer.fit.g2m_cv > answer.fit.g1_cv


def test_a_clearly_unequal_cv_is_reported() -> None:
    for s_cv in (0.035, 0.0385):  # S as broad as G1, or half way to G2M
        answer = judge_histogram(two_cvs(0.035, 0.042, 5, s_cv=s_cv), EDGES)
        assert answer.fit.model.free_g2m_cv
        assert answer.verdict == "identifiable"
        assert answer.fit.phases == pytest.approx(TRUTH, abs=0.02)
        assert answer.fit.g2m_cv / answer.fit.g1_cv == pytest.approx(1.2, abs=0.1)
        for name in NAMES:
            assert answer.model_low[name] <= getattr(answer.fit, name) <= answer.model_high[name]


def clean(tubes: int) -> int:
    """Count identifiable tubes of clean singlets with equal CVs of 3 to 5 %."""
    good = 0
    for k in range(tubes):
        phases, cv = COMPOSITIONS[k % 5], (0.03, 0.04, 0.05)[k % 3]
        rng = np.random.default_rng(1300 + k)
        answer = judge_histogram(histogram(Tube(phases=phases, cv=cv, ratio=1.98), rng), EDGES)
        good += answer.verdict == "identifiable" and not answer.fit.model.free_g2m_cv
    return good


def test_clean_tubes_stay_identifiable() -> None:
    assert clean(15) >= 14


@pytest.mark.long
def test_sixty_clean_tubes_stay_identifiable() -> None:
    assert clean(60) >= 57


def test_no_sub_g1_is_none_beside_falling_debris() -> None:
    for seed in range(4):
        answer = judge_histogram(with_falling_debris(0.0, seed), EDGES)
        assert answer.fit.sub_g1 < 2e-3
        assert answer.model_low["sub_g1"] < 2e-3
        assert not answer.intervals.low["sub_g1"] > 0.0


def test_one_percent_of_sub_g1_is_held_by_the_range() -> None:
    held = 0
    for seed in range(5):
        answer = judge_histogram(with_falling_debris(0.01, 40 + seed), EDGES)
        low = np.nanmin([answer.intervals.low["sub_g1"], answer.model_low["sub_g1"]])
        high = np.nanmax([answer.intervals.high["sub_g1"], answer.model_high["sub_g1"]])
        held += low <= 0.01 / 1.01 <= high
        assert answer.fit.sub_g1 < 0.025
    assert held >= 4


def test_sub_g1_is_not_looked_for_where_it_is_ruled_out() -> None:
    answer = judge_histogram(with_falling_debris(0.01, 1), EDGES, sub_g1=False)
    assert answer.fit.sub_g1 == 0.0
    assert np.isnan(answer.model_low["sub_g1"])
    asked = judge_histogram(with_falling_debris(0.01, 1), EDGES, sub_g1=True)
    assert asked.model_low["sub_g1"] <= asked.fit.sub_g1 <= asked.model_high["sub_g1"]


def test_g2m_off_scale_is_refused() -> None:
    made = draw(Tube(cv=0.04, events=20_000), np.random.default_rng(3))
    for top, seen in ((570.0, False), (610.0, False), (900.0, True)):
        edges = np.linspace(0.0, top, 257)
        answer = judge_histogram(np.histogram(np.minimum(made, top), edges)[0], edges)
        assert (answer.reason == "G2/M is partly off scale") is not seen
        assert (answer.verdict == "identifiable") is seen


def test_many_events_do_not_excuse_any_misfit() -> None:
    rng = np.random.default_rng(2)
    dna = np.choose(rng.choice(3, 300_000, p=TRUTH), [1.0, 1.0 + 0.97 * rng.random(300_000), 1.97])
    tails = 300.0 * dna * (1.0 + 0.03 * rng.standard_t(9, 300_000))
    answer = judge_histogram(np.histogram(tails, EDGES)[0], EDGES)
    assert MAX_MISFIT < answer.fit.reduced < 1.0 + 300_000 / 10_000
    assert answer.verdict == "not identifiable"
    assert "(limit 4.00" in answer.reason


def test_a_tube_without_a_doublet_gate_has_a_model_of_pairs_only() -> None:
    counts = histogram(Tube(cv=0.04, doublets=0.2, events=20_000), np.random.default_rng(8))
    gated, not_gated = (judge_histogram(counts, EDGES, gated=yes) for yes in (True, False))
    assert all(fit.model.triplets for fit in gated.models)
    (pairs,) = (fit for fit in not_gated.models if not fit.model.triplets)
    assert "pairs only" in pairs.model.name
    full = next(fit for fit in not_gated.models if fit.model == DnaModel())
    assert aic(full) < aic(pairs)  # a fifth of the doublets are triplets
