"""Several groups with bounds: Kruskal-Wallis without them, hand permutation and log-rank sums."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from exportin.inference.answer import Ask
from exportin.inference.cells import Cell
from exportin.inference.gehan import gehan_scores
from exportin.inference.gehan_overall import MOST_WAYS, bounded_overall
from exportin.inference.many_tests import overall

SEED = 20261


def cells_of(values, codes=None):
    codes = codes or [[0] * len(group) for group in values]
    groups = enumerate(zip(values, codes, strict=True))
    known = {f"g{i}": zip(map(float, own), code, strict=True) for i, (own, code) in groups}
    return {g: Cell({f"{g}u{j}": unit for j, unit in enumerate(own)}) for g, own in known.items()}


def random_cells(sizes, rng, highest=np.inf, shift=0.0):
    """Normal values; what lies above the highest dose is a bound there."""
    values = [rng.normal(i * shift, 1.0, n) for i, n in enumerate(sizes)]
    codes = [(v > highest).astype(int).tolist() for v in values]
    return cells_of([np.minimum(v, highest).tolist() for v in values], codes)


@pytest.mark.parametrize("values", [
    [[1.0, 2.0, 3.5], [2.5, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0]],
    [[1.0, 1.0, 3.0], [3.0, 4.0, 5.0], [5.0, 5.0]],
])  # fmt: skip
def test_without_bounds_it_is_kruskal_wallis(values):
    found, known = bounded_overall(cells_of(values)), stats.kruskal(*values)
    assert found.statistic == pytest.approx(known.statistic, rel=1e-12)
    assert found.df == len(values) - 1


def test_p_is_that_of_all_orders_written_out():
    cells = cells_of([[1.0, 2.0], [2.0, 3.0], [2.5, 3.0, 3.0]], [[0, -1], [0, 0], [0, 1, 1]])
    found, scores = bounded_overall(cells), gehan_scores(list(cells.values()))
    assert scores.tolist() == [-5, -5, -2, 2, 0, 5, 5]

    def between(order):
        s = scores[list(order)]
        return s[:2].sum() ** 2 / 2 + s[2:4].sum() ** 2 / 2 + s[4:].sum() ** 2 / 3

    all_ = np.array([between(order) for order in permutations(range(7))])
    seen = between(range(7))
    assert found.statistic == pytest.approx(6 * seen / float(scores @ scores))
    assert found.p_value == pytest.approx(np.mean(all_ >= seen - 1e-9), rel=1e-12)
    assert found.smallest_p == pytest.approx(np.mean(all_ >= all_.max() - 1e-9), rel=1e-12)


def test_sums_of_scores_are_the_weighted_log_rank_sums():
    """Gehan (1965): over the values, at-risk count times (observed - expected) of each group."""
    rng = np.random.default_rng(SEED)
    for _ in range(20):
        cells = random_cells((5, 6, 7), rng, highest=0.7, shift=0.3)
        scores = gehan_scores(list(cells.values()))
        at = np.concatenate([cell.values() for cell in cells.values()])
        event = np.concatenate([cell.censor() for cell in cells.values()]) == 0
        group = np.repeat(np.arange(3), [cell.n for cell in cells.values()])
        for g in range(3):
            log_rank = 0.0
            for t in np.unique(at[event]):
                risk = at >= t
                dead = (event & (at == t)).sum()
                expected = dead * (risk & (group == g)).sum() / risk.sum()
                log_rank += risk.sum() * ((event & (at == t) & (group == g)).sum() - expected)
            assert scores[group == g].sum() == pytest.approx(-log_rank, abs=1e-9)


def test_many_units_have_the_chi_squared_p_and_keep_the_level():
    rng = np.random.default_rng(SEED + 1)
    runs, sizes = 600, (8, 8, 8)
    found = [bounded_overall(random_cells(sizes, rng, highest=0.8)) for _ in range(runs)]
    assert found[0].p_value == pytest.approx(stats.chi2.sf(found[0].statistic, 2))
    assert found[0].smallest_p is None
    rate = np.mean([one.p_value <= 0.05 for one in found])
    print(f"three groups of 8, a fifth above the doses: {rate:.1%} of {runs}, seed {SEED + 1}")
    assert 0.02 < rate <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)
    power = np.mean([
        bounded_overall(random_cells(sizes, rng, highest=1.5, shift=1.0)).p_value <= 0.05
        for _ in range(100)
    ])  # fmt: skip
    assert power > 0.7


def test_subtypes_with_bounds_have_one_overall_test():
    cells = cells_of(
        [[1.0, 1.2, 1.1], [2.1, 1.9, 2.2], [3.3, 3.3, 3.3]], [[0] * 3, [0] * 3, [1] * 3]
    )
    found = overall(cells, "subtype", Ask(test="kruskal-wallis"))
    assert (found.method, found.group_a, found.group_b) == ("gehan_overall", "subtype", None)
    assert found.p_value == pytest.approx(6 / 1680)  # 3! of 9! / (3! 3! 3!) ways
    refused = overall(cells, "subtype", Ask(test="anova"))
    assert refused.p_value is None
    assert "test = 'kruskal-wallis'" in refused.message


def test_what_bounds_hide_is_not_tested():
    hidden = cells_of([[1.0, 1.0], [1.0, 1.0]], [[1, 1], [1, 1]])
    assert bounded_overall(hidden).status == "not_identifiable"
    assert bounded_overall(cells_of([[1.0, 2.0], [3.0]], [[0, 1], [0]])).status == "too_few"
    assert MOST_WAYS > 34650  # three groups of four are counted out
