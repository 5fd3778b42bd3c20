"""DNA columns and intervals against formulas that can be written down."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from exportin.kernels.dna_columns import below, s_columns
from exportin.kernels.dna_design import cut_column, gauss_counts, pair_column
from exportin.kernels.dna_histogram import DnaModel, fit_dna, pearson
from exportin.kernels.dna_intervals import dna_intervals

EDGES = np.linspace(0.0, 1024.0, 257)


def two_peaks(g1, g2m, cv=0.03, mean=300.0, ratio=2.0):
    return gauss_counts(EDGES, mean, cv, g1) + gauss_counts(EDGES, mean * ratio, cv, g2m)


def test_one_gaussian_in_four_bins():
    # mean at an edge, SD one bin: 34.13 % on each side, then 13.59 %
    found = gauss_counts(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), 2.0, 0.5, 100.0)
    by_hand = [100 * (norm.cdf(-1) - norm.cdf(-2)), 100 * (0.5 - norm.cdf(-1))]
    assert found == pytest.approx([*by_hand, *by_hand[::-1]], abs=1e-7)


def test_table_of_the_normal_distribution():
    z = np.linspace(-5.98, 5.98, 4001)
    found = np.array([below(x) for x in z])
    assert np.max(np.abs(found - norm.cdf(z))) < 5e-10


@pytest.mark.parametrize("cv", [0.02, 0.05, 0.15])
@pytest.mark.parametrize("straight", [False, True])
def test_s_is_the_broadened_polynomial(cv, straight):
    mean, ratio, n = 60.0, 1.97, 200
    out = np.zeros((3, n))
    pieces = max(8, math.ceil(math.log(ratio) / cv))
    s_columns(0.0, n, mean, cv, ratio, pieces, straight, out)
    forms = (
        [lambda t: 2 * (1 - t), lambda t: 2 * t]
        if straight
        else [lambda t: 3 * (1 - t) ** 2, lambda t: 6 * t * (1 - t), lambda t: 3 * t * t]
    )
    for row, form in zip(out, forms, strict=False):
        for k in (55, 60, 75, 95, 118, 125):

            def share(t, k=k, form=form):
                at = mean * (1 + (ratio - 1) * t)
                return form(t) * (norm.cdf(k + 1, at, cv * at) - norm.cdf(k, at, cv * at))

            exact = quad(share, 0, 1, limit=400, epsabs=1e-12)[0]
            assert row[k] == pytest.approx(exact, abs=2e-5)
        assert row.sum() == pytest.approx(1.0, abs=5e-5)


def test_pairs_of_two_kinds_of_cells():
    # 3 of 4 cells in bin 10, 1 of 4 in bin 20: pairs at 9/16, 6/16 and 1/16, each over two bins
    single = np.zeros(64)
    single[10], single[20] = 30.0, 10.0
    found = pair_column(0.0, single, 0.0)
    expected = np.zeros(64)
    for at, share in ((20, 9 / 16), (30, 6 / 16), (40, 1 / 16)):
        expected[at] += share / 2
        expected[at + 1] += share / 2
    assert found == pytest.approx(expected, abs=1e-12)


def test_pairs_when_the_first_edge_is_not_zero():
    single = np.zeros(64)
    single[10] = 1.0  # channels 12.5 to 13.5: sums from 25 to 27, in bins that begin at 2.5
    found = pair_column(2.5, single, 0.0)
    assert found[22:25] == pytest.approx([0.125, 0.75, 0.125], abs=1e-12)


def test_triplets_are_pairs_and_one_more():
    single = np.zeros(64)
    single[10] = 1.0
    found = pair_column(0.0, single, 0.25)
    assert found.sum() == pytest.approx(1.0)
    assert found[30:33].sum() == pytest.approx(0.2)


def test_nuclei_cut_once_follow_the_arcsine_law():
    # one source bin: half of the pieces lie below half of its channel
    whole = np.zeros(100)
    whole[79] = 50.0
    found = cut_column(whole, 0.0, 0, 100)
    assert found.sum() == pytest.approx(1.0)
    assert found[:40].sum() == pytest.approx(0.5, abs=0.01)
    assert found[80:].sum() == 0.0
    assert found[:20].sum() == pytest.approx(2 / np.pi * math.asin(math.sqrt(20 / 79.5)), abs=1e-9)


def test_pooled_chi_square():
    assert pearson(np.array([6.0, 4.0, 7.0]), np.array([2.0, 4.0, 8.0])) == (
        pytest.approx((10 - 6) ** 2 / 6 + 1 / 8), 2,
    )  # fmt: skip


def test_two_clear_peaks_are_counted():
    fit = fit_dna(two_peaks(7000.0, 3000.0), EDGES)
    assert fit.status == "ok"
    assert fit.phases == pytest.approx((0.7, 0.0, 0.3), abs=2e-4)
    assert (fit.g1_mean, fit.g1_cv, fit.ratio) == pytest.approx((300.0, 0.03, 2.0), rel=1e-3)
    assert fit.cells == pytest.approx(10_000, rel=1e-3)
    assert sum(part.sum() for name, part in fit.parts.items() if name != "total") == pytest.approx(
        fit.parts["total"].sum()
    )


def test_interval_of_clear_peaks_is_binomial():
    # no S is possible beside a quadratic that is tied to 0: both peaks are seen apart
    fit = fit_dna(two_peaks(7000.0, 3000.0, cv=0.01), EDGES, DnaModel(aggregates=False))
    found = dna_intervals(fit)
    half = 1.96 * math.sqrt(0.7 * 0.3 / 10_000)
    assert found.low["g1"] == pytest.approx(0.7 - half, abs=1.5e-3)
    assert found.high["g1"] == pytest.approx(0.7 + half, abs=1.5e-3)
    assert found.low["s"] == 0.0
    assert 0.0 < found.high["s"] < 0.005
    sd = math.hypot(300 * 0.01, 4 / math.sqrt(12))  # bins of 4 channels blur it
    assert found.high["g1_mean"] - found.low["g1_mean"] == pytest.approx(
        2 * 1.96 * sd / math.sqrt(7000), rel=0.05
    )


def test_draws_carry_the_interval_and_add_up():
    noisy = np.random.default_rng(4).poisson(two_peaks(6000.0, 2000.0, cv=0.05) + 20.0)
    found = dna_intervals(fit_dna(noisy, EDGES))
    draws = found.draws(20_000, np.random.default_rng(5))
    assert draws.sum(axis=1) == pytest.approx(np.ones(20_000))
    assert draws.min() >= 0.0
    for k, name in enumerate(("g1", "s", "g2m")):
        span = np.quantile(draws[:, k], [0.025, 0.975])
        assert span == pytest.approx([found.low[name], found.high[name]], abs=0.006)
    assert found.covariance.sum() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "edges", "says"),
    [
        (np.ones(64), np.arange(64.0), "one more edge"),
        (np.ones(8), np.arange(9.0), "too few"),
        (-np.ones(64), np.arange(65.0), "not negative"),
        (np.full(64, np.nan), np.arange(65.0), "finite"),
        (np.ones(64), np.geomspace(1.0, 1000.0, 65), "linear scale"),
    ],
)
def test_what_is_no_histogram_is_refused(counts, edges, says):
    with pytest.raises(ValueError, match=says):
        fit_dna(counts, edges)
