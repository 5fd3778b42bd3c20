"""Likelihood-ratio tests of counted fractions: optimum, calibration, exactness, refusals."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import optimize, special

from exportin.inference.beta_binomial import likelihood_ratio
from exportin.inference.beta_binomial_exact import relabelled_ratio, smallest_p
from exportin.inference.beta_binomial_fit import fit_dirichlet
from exportin.inference.composition import answer_composition
from exportin.inference.published_tests import FAMILY
from exportin.inference.question import Contrast
from exportin.results.tables import Estimates

SEED = 1962
PAIRED = tuple(f"E{i}" for i in range(4) for _ in "vd")


def drawn(rng, n, *, base=0.4, between=0.2, within=0.15, events=5000, blocked=True, effect=0.0):
    """Counts of two parts, tubes v and d of n experiments."""
    eta = math.log(base / (1 - base)) + rng.normal(0, within, (n, 2)) + np.array([0.0, effect])
    eta = eta + rng.normal(0, between, (n, 1) if blocked else (n, 2))
    x = rng.binomial(events, special.expit(eta)).reshape(-1)
    unit = [f"E{i}" for i in range(n) for _ in "vd"] if blocked else None
    return np.stack([x, events - x], axis=1).astype(float), ["v", "d"] * n, unit


def likelihood(x, design, at):
    m, q = x.shape[1] - 1, design.shape[1]
    eta = np.column_stack([design @ at[:-1].reshape(m, q).T, np.zeros(len(x))])
    s = math.exp(at[-1])
    alpha, n = s * special.softmax(eta, axis=1), x.sum(axis=1)
    each = special.gammaln(x + alpha) - special.gammaln(alpha)
    return float(np.sum(special.gammaln(s) - special.gammaln(n + s) + each.sum(axis=1)))


@pytest.mark.parametrize("parts", [2, 3, 4])
@pytest.mark.parametrize("precision", [30.0, 300.0])
def test_no_other_point_is_more_likely(parts, precision):
    rng = np.random.default_rng((SEED, parts))
    base = np.array([0.5, 0.3, 0.15, 0.05])[-parts:]
    share = rng.dirichlet(precision * base / base.sum(), size=(4, 8))
    x = rng.multinomial(3000, share).astype(float)
    design = np.column_stack([np.ones(8), np.tile([0.0, 1.0], 4)])
    found = fit_dirichlet(x, design)
    assert found.converged.all()
    for i in range(4):
        at = np.append(found.slopes[i].T.ravel(), found.log_precision[i])
        assert likelihood(x[i], design, at) == pytest.approx(found.log_likelihood[i], abs=1e-7)
        better = optimize.minimize(lambda b, y=x[i]: -likelihood(y, design, b), at,
                                   method="Nelder-Mead", options={"maxiter": 3000})  # fmt: skip
        assert -better.fun <= found.log_likelihood[i] + 1e-6


def test_many_fits_at_once_are_the_single_fits():
    rng = np.random.default_rng(SEED)
    x = rng.multinomial(500, rng.dirichlet([20, 10, 3], size=(6, 5))).astype(float)
    together = fit_dirichlet(x, np.ones((5, 1)))
    for i in range(6):
        alone = fit_dirichlet(x[i : i + 1], np.ones((5, 1)))
        assert alone.log_likelihood[0] == pytest.approx(together.log_likelihood[i], abs=1e-9)


def test_pure_counting_noise_has_no_end_of_precision():
    rng = np.random.default_rng(SEED)
    x = rng.multinomial(2000, [[0.3, 0.7]] * 6).astype(float)
    found = fit_dirichlet(x[None], np.ones((6, 1)))
    assert found.converged[0]
    assert found.slopes[0, 0, 0] == pytest.approx(special.logit(x[:, 0].sum() / x.sum()), abs=2e-3)


def size_of(n, runs, *, draws=99, key=0, **how):
    """Share of studies without a difference that are rejected, by our p and the naive one."""
    rng = np.random.default_rng((SEED, n, key))
    ours = naive = 0
    for _ in range(runs):
        x, group, unit = drawn(rng, n, **how)
        made = likelihood_ratio(x, group, unit, ("d", "v"), generator=rng, draws=draws,
                                interval=False)  # fmt: skip
        ours += made.p_value is not None and made.p_value <= 0.05
        naive += made.naive_p is not None and made.naive_p <= 0.05
    return ours / runs, naive / runs


def limit(runs):
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)


def check(n, runs, **how):
    """Two errors are passed by chance once in 44 tests: then more runs decide."""
    ours, naive = size_of(n, runs, **how)
    if ours > limit(runs):
        ours, naive = size_of(n, 4 * runs, key=1, **how)
        assert ours <= limit(4 * runs)
    return naive


def test_three_against_three_keeps_its_level_where_the_chi_squared_p_does_not():
    naive = check(3, 100, draws=59, blocked=True)
    assert naive > 0.12


WORLDS = {
    "independent": {"blocked": False, "within": 0.0},
    "independent small part": {"blocked": False, "within": 0.0, "base": 0.02, "between": 0.4},
    "paired": {"blocked": True},
    "paired, little variation": {"blocked": True, "within": 0.05, "events": 2000},
    "paired, counting noise only": {"blocked": True, "within": 0.0},
}


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [3, 4, 6, 8])
@pytest.mark.parametrize("name", WORLDS)
def test_levels_long(name, n):
    check(n, 1500, draws=199, **WORLDS[name])


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n", [3, 6])
def test_intervals_cover_long(n):
    rng = np.random.default_rng((SEED, n, 5))
    runs, inside = 400, 0
    for _ in range(runs):
        x, group, unit = drawn(rng, n, effect=0.4)
        made = likelihood_ratio(x, group, unit, ("d", "v"), generator=rng, draws=199)
        inside += (made.low is None or made.low <= 0.4) and (made.high is None or made.high >= 0.4)
    assert inside / runs >= 0.95 - 2 * math.sqrt(0.05 * 0.95 / runs)


def test_the_interval_agrees_with_the_p_value():
    rng = np.random.default_rng((SEED, 3))
    for effect in (0.0, 0.2, 0.4, 0.8):
        x, group, unit = drawn(rng, 4, effect=effect)
        made = likelihood_ratio(x, group, unit, ("d", "v"), generator=rng, draws=399)
        outside = made.low > 0 or made.high < 0
        if abs(made.p_value - 0.05) > 0.01:
            assert outside == (made.p_value < 0.05)
        assert made.low < made.effect < made.high
        assert made.smallest_p == pytest.approx(1 / 400)
        assert made.naive_p < made.p_value + 0.05


def test_the_same_generator_gives_the_same_p():
    x, group, unit = drawn(np.random.default_rng(1), 3)
    made = [likelihood_ratio(x, group, unit, ("d", "v"), generator=np.random.default_rng(4),
                             draws=199) for _ in range(2)]  # fmt: skip
    assert made[0] == made[1]


def test_turning_the_groups_round_turns_the_effect():
    x, group, unit = drawn(np.random.default_rng(1), 4, effect=0.5)
    a, b = (likelihood_ratio(x, group, unit, pair, generator=np.random.default_rng(4), draws=99)
            for pair in (("d", "v"), ("v", "d")))  # fmt: skip
    assert a.effect == pytest.approx(-b.effect, abs=1e-4)
    assert a.statistic == pytest.approx(b.statistic, abs=1e-4)


def test_relabelling_counts_every_way():
    rng = np.random.default_rng(SEED)
    x = rng.multinomial(2000, rng.dirichlet([30, 15, 2], size=8)).astype(float)
    first = [False, True] * 4
    made = relabelled_ratio(x, first, PAIRED, generator=rng, conf_level=0.8)
    base = np.column_stack([np.ones(8), np.eye(4).repeat(2, axis=0)[:, 1:]])
    ratios = []
    for flips in product((False, True), repeat=4):
        label = np.array(first) ^ np.repeat(flips, 2)
        fit = fit_dirichlet(x[None], np.column_stack([base, label]))
        ratios.append(fit.log_likelihood[0])
    ratios = np.array(ratios)
    assert made.p_value == pytest.approx(np.mean(ratios >= ratios[0] - 1e-6))
    assert made.smallest_p == pytest.approx(2 / 16)


def test_relabelling_says_when_it_cannot_reach_the_level():
    x = np.random.default_rng(1).multinomial(500, [[0.5, 0.3, 0.2]] * 8).astype(float)
    made = relabelled_ratio(x, [False, True] * 4, PAIRED, generator=np.random.default_rng(1))
    assert made.p_value is None
    assert "no relabelling gives p below 0.12" in made.reason
    assert smallest_p(np.array([True] * 3 + [False] * 3), None) == pytest.approx(0.1)
    assert smallest_p(np.array([True] * 4 + [False] * 4), None) == pytest.approx(2 / 70)


def test_relabelling_keeps_its_level_whatever_the_variation():
    """Parts vary by different amounts, as no Dirichlet does; p is exact all the same."""
    rng = np.random.default_rng((SEED, 8))
    runs, found = 60, 0
    for _ in range(runs):
        eta = np.log([0.6, 0.37, 0.03]) + rng.normal(0, [0.05, 0.3, 0.6], (12, 3))
        x = rng.multinomial(5000, special.softmax(eta, axis=1)).astype(float)
        unit = [f"E{i}" for i in range(6) for _ in "vd"]
        found += relabelled_ratio(x, [False, True] * 6, unit, generator=rng).p_value <= 0.05
    assert found / runs <= limit(runs)


@pytest.mark.parametrize("n", [1, 2])
def test_too_few_tubes_give_no_p(n):
    x, group, unit = drawn(np.random.default_rng(1), n)
    made = likelihood_ratio(x, group, unit, ("d", "v"), generator=np.random.default_rng(1))
    assert made.p_value is None
    assert made.reason


def test_a_part_without_any_event_gives_no_p():
    x, group, unit = drawn(np.random.default_rng(1), 4)
    x[:, 1] += x[:, 0]
    x[:, 0] = 0
    made = likelihood_ratio(x, group, unit, ("d", "v"), generator=np.random.default_rng(1))
    assert "no events" in made.reason


def test_the_naive_p_is_in_no_row_but_the_published_family():
    rng = np.random.default_rng(2)
    what = {"block": "b", "assay": "a", "scale": "logit", "method": "m", "n_rows": 4000,
            "experimental_unit": "experiment"}  # fmt: skip
    rows = []
    for i in range(3):
        for group, live in (("vehicle", 0.8), ("drug", 0.77)):
            x = rng.multinomial(4000, rng.dirichlet(60 * np.array([live, 0.1, 0.9 - live]))) / 4000
            rows += [what | {"arm": group, "unit_id": f"E{i}", "quantity": q, "value": float(v)}
                     for q, v in zip(("live", "early", "late"), x, strict=True)]  # fmt: skip
    ask = Contrast(quantity="death", between="arm", versus="vehicle", test="likelihood")
    parts = ("live", "early", "late")
    plain = answer_composition(Estimates.build(rows), ask, parts=parts).frame
    assert FAMILY not in set(plain["family"])
    assert plain.filter(plain["p_value"].is_not_null()).height == 3
    assert plain["p_value"].drop_nulls().min() >= 1 / 2000
    assert all("the smallest possible is 0.0005" in v for v in plain["verdict"][:3])
    both = answer_composition(Estimates.build(rows), ask, parts=parts, as_published=True).frame
    old = both.filter(both["family"] == FAMILY)
    assert old.height == 1
    assert "as if cells and not experiments" in old["verdict"][0]
    assert old["p_value"][0] < plain["p_value"].drop_nulls().min()
