"""Which peak is G1, what is reported where nothing can be, and the verdict."""

from dataclasses import replace

import numpy as np
import pytest
from bench.dna_events import EDGES, Tube, histogram

from exportin.kernels.dna_histogram import DnaModel, fit_dna
from exportin.kernels.dna_peaks import find_start
from exportin.kernels.dna_plate import fit_plate, judge_plate
from exportin.kernels.dna_spread import judge_histogram
from exportin.kernels.dna_watson import fit_watson

NAMES = ("g1", "s", "g2m")


def tube(seed=1, **about):
    return histogram(Tube(**about), np.random.default_rng(seed))


def test_arrest_in_g2m_keeps_the_lower_peak_as_g1():
    counts = tube(phases=(0.10, 0.05, 0.85), cv=0.04)
    fit = fit_dna(counts, EDGES)
    assert fit.rule == "peak at half the channel of the main peak"
    assert fit.phases == pytest.approx((0.10, 0.05, 0.85), abs=0.02)


def test_sub_g1_at_half_the_channel_is_not_g1():
    for seed in range(5):
        answer = judge_histogram(tube(seed, phases=(0.75, 0.05, 0.20), sub_g1=0.2), EDGES)
        assert answer.fit.g1_mean == pytest.approx(300.0, rel=0.02)
        assert answer.fit.sub_g1 == pytest.approx(0.2 / 1.2, abs=0.04)
        assert answer.intervals.low["sub_g1"] < answer.fit.sub_g1 < answer.intervals.high["sub_g1"]


def test_a_range_given_for_g1_is_kept():
    counts = tube(phases=(0.05, 0.05, 0.90), cv=0.04)
    assert find_start(counts, EDGES, (250.0, 350.0)).g1_mean == pytest.approx(300.0, rel=0.02)
    assert fit_dna(counts, EDGES, g1_range=(250.0, 350.0)).g1 == pytest.approx(0.05, abs=0.02)
    whole = fit_dna(counts, EDGES, g1_range=(0.0, 1e300))
    assert np.isfinite(whole.loglik)
    none = fit_dna(counts, EDGES, g1_range=(400.0, 450.0))
    assert (none.status, none.rule) == ("no_peak", "no peak in the range given for G1")
    assert np.isnan(none.g1)


def test_too_few_events_and_no_peak():
    few = judge_histogram(tube(events=100), EDGES)
    assert few.fit.status == "too_few"
    assert few.verdict == "not identifiable"
    assert few.reason == "too few events"
    flat = judge_histogram(np.zeros(256), EDGES)
    assert flat.fit.status == "no_peak"
    assert np.isnan(flat.intervals.low["g1"])
    assert np.isnan(flat.intervals.draws(3, np.random.default_rng(1))).all()


def test_second_line_is_found_and_separated():
    rng = np.random.default_rng(3)
    first = Tube(phases=(0.6, 0.2, 0.2), cv=0.03, events=8000, g1=200.0)
    second = replace(first, phases=(0.8, 0.1, 0.1), events=6000, g1=290.0)
    fit = judge_histogram(histogram(first, rng) + histogram(second, rng), EDGES).fit
    assert fit.second is not None
    assert (fit.g1_mean, fit.second.g1_mean) == pytest.approx((200.0, 290.0), rel=5e-3)
    assert (fit.cells, fit.second.cells) == pytest.approx((8000, 6000), rel=0.05)
    assert fit.phases == pytest.approx((0.6, 0.2, 0.2), abs=0.04)
    assert sum((fit.second.g1, fit.second.s, fit.second.g2m)) == pytest.approx(1.0)


def test_a_wave_in_mid_s_is_no_second_line():
    for seed in range(4):
        fit = judge_histogram(tube(seed, phases=(0.4, 0.5, 0.1), cv=0.03, shape="hump"), EDGES).fit
        assert fit.second is None
        assert fit.g1_mean == pytest.approx(300.0, rel=0.01)


def test_synchronous_cells_bring_the_extra_gaussian():
    rng = np.random.default_rng(6)
    wave = np.histogram(300.0 * rng.normal(1.5, 0.04, 3000) * rng.normal(1, 0.03, 3000), EDGES)[0]
    counts = tube(2, phases=(0.6, 0.2, 0.2), cv=0.03, events=7000) + wave
    answer = judge_histogram(counts, EDGES, second_line=False)
    assert answer.fit.model.synchronous
    assert answer.fit.s == pytest.approx((1400 + 3000) / 10_000, abs=0.02)


def test_the_same_in_other_units_and_again():
    counts = tube(4, debris=0.1, doublets=0.05)
    one, again = judge_histogram(counts, EDGES), judge_histogram(counts, EDGES)
    assert one.fit.phases == again.fit.phases
    assert one.intervals.low == pytest.approx(again.intervals.low, abs=0.0, nan_ok=True)
    scaled = judge_histogram(counts, EDGES * 256.0)
    assert scaled.fit.phases == pytest.approx(one.fit.phases, abs=1e-9)
    assert scaled.fit.g1_mean == pytest.approx(one.fit.g1_mean * 256.0)


def test_fixed_ratio_is_fixed_and_shown():
    fit = fit_dna(tube(), EDGES, DnaModel(ratio=1.95))
    assert fit.ratio == pytest.approx(1.95)
    assert fit.model.name.endswith("ratio 1.95")


def test_watson_takes_what_remains():
    counts = tube(7, cv=0.03)
    watson = fit_watson(fit_dna(counts, EDGES))
    assert watson.phases == pytest.approx((0.6, 0.25, 0.15), abs=0.02)
    assert sum(watson.phases) == pytest.approx(1.0)
    assert watson.parts["total"].sum() == pytest.approx(counts.sum(), rel=0.03)


@pytest.mark.parametrize("cv", [0.02, 0.04, 0.06])
@pytest.mark.parametrize("phases", [(0.6, 0.25, 0.15), (0.75, 0.05, 0.2), (0.8, 0.1, 0.1)])
def test_clean_histograms_are_identifiable(cv, phases):
    """One tube in fifty is refused by the chance that its G2M looks broader than its G1."""
    answers = [judge_histogram(tube(k, phases=phases, cv=cv), EDGES) for k in (11, 12, 13)]
    assert sum(one.verdict == "identifiable" for one in answers) >= 2
    for answer in answers:
        assert (answer.reason == "") is (answer.verdict == "identifiable")
        for name in NAMES:
            assert answer.model_low[name] <= getattr(answer.fit, name) <= answer.model_high[name]


@pytest.mark.parametrize("cv", [0.13, 0.20, 0.28])
def test_broad_histograms_are_not(cv):
    for seed in range(3):
        answer = judge_histogram(tube(seed, cv=cv), EDGES)
        assert answer.verdict == "not identifiable"
        assert answer.reason


def test_a_histogram_no_model_describes_is_not():
    counts = tube(5, cv=0.03)
    counts[60:70] += 300.0  # a block that is neither peak nor debris
    answer = judge_histogram(counts, EDGES)
    assert answer.verdict == "not identifiable"


def plate(seed, ratio=1.97, n=10):
    rng = np.random.default_rng(seed)
    mixes = ((0.6, 0.25, 0.15), (0.45, 0.45, 0.10), (0.35, 0.15, 0.5))
    truth = [mixes[k % 3] for k in range(n)]
    rows = [
        histogram(Tube(phases=p, cv=0.05, ratio=ratio, g1=300 * (1 + 0.01 * rng.normal())), rng)
        for p in truth
    ]
    return np.array(rows), np.array(truth)


@pytest.mark.parametrize("shared", ["shift", "same"])
def test_plate_shares_the_ratio(shared):
    rows, truth = plate(8)
    if shared == "same":
        made = [Tube(phases=tuple(p), ratio=1.97) for p in truth]
        rows = np.array([histogram(one, np.random.default_rng(k)) for k, one in enumerate(made)])
    found = fit_plate(rows, EDGES, shared=shared)
    assert found.joined.all()
    assert (found.ratio, found.g1_cv) == pytest.approx((1.97, 0.05), rel=0.01)
    alone = np.array([fit_dna(row, EDGES).phases for row in rows])
    together = np.array([fit.phases for fit in found.fits])
    assert np.sqrt(np.mean((together - truth) ** 2)) < np.sqrt(np.mean((alone - truth) ** 2))
    if shared == "same":
        assert {round(fit.g1_mean, 9) for fit in found.fits} == {round(found.g1_mean, 9)}


def test_plate_with_an_empty_and_a_foreign_tube():
    rows, _ = plate(9, n=4)
    rows = np.vstack([rows, np.zeros((1, 256)), tube(1, g1=150.0)[None]])
    found, answers = judge_plate(rows, EDGES)
    assert found.joined.tolist() == [True] * 4 + [False] * 2
    assert answers[4].fit.status == "no_peak"
    assert answers[5].fit.g1_mean == pytest.approx(150.0, rel=0.01)
