"""Two curves with one absolute dose or two: the interval of one curve, and how often it errs."""

import math

import numpy as np
import pytest
from scipy.special import fdtrc, fdtri

from exportin.kernels.curve_comparison import ComparisonStatus, compare_ec50
from exportin.kernels.hill import fit_hill, hill_response
from exportin.kernels.hill_profile import profile_absolute
from exportin.kernels.level_comparison import compare_level, lowest_at_level

SEED = 20261
RUNS, RUNS_LONG = 6, 300
X = np.repeat(np.linspace(0.0, 4.0, 9), 3)
LN10 = math.log(10.0)
BEHIND = 8.0


def curve(rng, ec50, *, bottom=0.1, hill=1.2, noise=0.05):
    return hill_response(10.0**X, 1.0, bottom, ec50, hill) + rng.normal(0.0, noise, X.size)


@pytest.mark.parametrize("behind", [8.0, np.inf])
@pytest.mark.parametrize("shape", [(0.1, 1.2), (0.35, 0.8), (0.0, 4.0)])
def test_profile_crosses_the_limit_where_the_interval_of_the_curve_ends(shape, behind):
    """The compiled interval of one absolute IC50 and this profile are two programs."""
    bottom, hill = shape
    y = curve(np.random.default_rng(SEED), 100.0, bottom=bottom, hill=hill)
    fit = fit_hill(X, y)
    want = profile_absolute(X, y, fit, 0.5, n_reference=behind)
    ends = np.array([want.low, want.high]) * LN10
    df = fit.n - 4
    limit = fit.rss * (1.0 + fdtri(1.0, df, 0.95) / df)
    found = lowest_at_level(X * LN10, y, ends, 0.5, own=0.25 / behind)
    assert found == pytest.approx([limit, limit], rel=1e-5)


def test_turning_the_curves_round_turns_the_ratio():
    rng = np.random.default_rng(SEED)
    a, b = curve(rng, 250.0), curve(rng, 100.0, bottom=0.3, hill=0.9)
    one = compare_level(X, a, X, b, n_reference=(8.0, 6.0))
    other = compare_level(X, b, X, a, n_reference=(6.0, 8.0))
    assert one.log10_ratio == pytest.approx(-other.log10_ratio, abs=1e-12)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-5)
    assert one.statistic == pytest.approx(other.statistic, rel=1e-5)


def test_a_level_that_is_not_reached_is_not_compared():
    rng = np.random.default_rng(SEED)
    shallow = curve(rng, 100.0, bottom=0.7)
    assert compare_level(X, shallow, X, curve(rng, 100.0)).status is ComparisonStatus.OUTSIDE
    late = hill_response(10.0**X, 1.0, 0.0, 3e4, 1.0) + rng.normal(0.0, 0.02, X.size)
    assert compare_level(X, curve(rng, 100.0), X, late).status is not ComparisonStatus.OK


def test_nor_is_an_ec50_outside_the_doses():
    rng = np.random.default_rng(SEED)
    late = hill_response(10.0**X, 1.0, 0.0, 3e4, 1.0) + rng.normal(0.0, 0.01, X.size)
    found = compare_ec50(X, curve(rng, 100.0), X, late)
    assert found.status is ComparisonStatus.OUTSIDE


def test_curves_of_far_away_doses_are_not_compared():
    rng = np.random.default_rng(SEED)
    a, b = curve(rng, 100.0), curve(rng, 100.0)
    assert compare_ec50(X, a, X + 12.0, b).status is ComparisonStatus.OUTSIDE
    assert compare_level(X, a, X + 12.0, b).status is ComparisonStatus.OUTSIDE


@pytest.mark.parametrize(
    "wrong", [{"level": 0.0}, {"n_reference": (0.0, 8.0)}, {"conf_level": 1.0}]
)
def test_wrong_numbers_are_refused(wrong):
    y = curve(np.random.default_rng(SEED), 100.0)
    with pytest.raises(ValueError, match="Expected a confidence level"):
        compare_level(X, y, X, y, **wrong)


def plate(rng, ec50s, *, shared):
    """Two curves with equal IC50s over their vehicle means, of one plate or of two."""
    means = 1.0 + rng.normal(0.0, 0.05 / math.sqrt(BEHIND), 2)
    means = means[[0, 0]] if shared else means
    shapes = ({"bottom": 0.0, "hill": 1.2}, {"bottom": 0.2, "hill": 0.9})
    return [curve(rng, e, **s) / m for e, s, m in zip(ec50s, shapes, means, strict=True)]


def p_values(runs, *, shared):
    """P values of curves with the same IC50 and unlike EC50s, bottoms and slopes."""
    rng = np.random.default_rng([SEED, shared])
    print(f"seed {[SEED, shared]}, {runs} pairs of curves")
    ec50s = (100.0, 100.0 / ((1 - 0.5) / (0.5 - 0.2)) ** (1 / 0.9))
    out = []
    for _ in range(runs):
        a, b = plate(rng, ec50s, shared=shared)
        found = compare_level(X, a, X, b, n_reference=(BEHIND, BEHIND))
        out.append(float(fdtrc(1.0, found.df, found.statistic)))
    return np.array(out)


def test_errors():
    wrong = np.mean(p_values(RUNS, shared=False) < 0.05)
    assert wrong <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("shared", [False, True])
def test_p_values_are_uniform_or_conservative(shared):
    """Vehicle means of their own: uniform. One for both: never more errors than that."""
    p = p_values(RUNS_LONG, shared=shared)
    for level in (0.05, 0.2, 0.5):
        share = np.mean(p < level)
        spread = 2.5 * math.sqrt(level * (1 - level) / RUNS_LONG)
        print(f"vehicle {'shared' if shared else 'own'}: P(p < {level}) = {share:.3f}")
        assert share <= level + spread
        assert shared or share >= level - spread
