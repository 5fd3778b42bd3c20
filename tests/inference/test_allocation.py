"""Allocation and its exact test: every unit once, bounds kept, all allocations equally likely."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exportin.inference.allocation import (
    NoneAccepted,
    Procedure,
    allocate,
    bound_for,
    imbalance,
    label_table,
    shuffles,
    volume_blocks,
)
from exportin.inference.rerandomization import (
    accepted_ways,
    count_ways,
    enumerated,
    rerandomization_test,
)


def complete(sizes, covariates=None, **bound):
    n = sum(sizes)
    x = np.empty((n, 0)) if covariates is None else covariates
    blocks = np.zeros(n, dtype=np.int64)
    return Procedure(blocks=blocks, table=np.array([sizes]), covariates=x, **bound)


# ---- labels, blocks, imbalance


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=4),
    cut=st.integers(1, 5),
    seed=st.integers(0, 10**6),
)
def test_labels_fill_blocks_and_arms_and_stay_near_their_share(sizes, cut, seed):
    rng = np.random.default_rng(seed)
    n = sum(sizes)
    blocks = np.array([min(cut, n - at) for at in range(0, n, cut)])
    table = label_table(blocks, np.array(sizes), rng)
    assert table.min() >= 0
    assert table.sum(axis=1).tolist() == blocks.tolist()
    assert table.sum(axis=0).tolist() == list(sizes)
    if len(set(sizes)) == 1 and cut == len(sizes):
        assert (table == 1).all()


def test_labels_refuse_a_wrong_sum():
    with pytest.raises(ValueError, match="5 units for 4 places"):
        label_table(np.array([5]), np.array([2, 2]), np.random.default_rng(1))


def test_blocks_are_neighbors_in_volume():
    y = np.random.default_rng(1).normal(size=13)
    blocks = volume_blocks(y, 4)
    assert np.bincount(blocks).tolist() == [4, 4, 4, 1]
    assert all(y[blocks == b].max() < y[blocks == b + 1].min() for b in range(3))


def test_mahalanobis_of_two_arms_is_that_of_morgan_and_rubin():
    rng = np.random.default_rng(3)
    x, arm = rng.normal(size=(15, 3)) @ rng.normal(size=(3, 3)), np.repeat([0, 1], [6, 9])
    d = x[arm == 0].mean(axis=0) - x[arm == 1].mean(axis=0)
    expected = 6 * 9 / 15 * d @ np.linalg.inv(np.cov(x.T)) @ d
    assert imbalance(x, arm[None, :], "mahalanobis")[0] == pytest.approx(expected)


def test_imbalance_ignores_units_of_measurement_and_repeated_columns():
    rng = np.random.default_rng(4)
    x, arms = rng.normal(size=(12, 2)), np.array([rng.permutation(np.repeat([0, 1, 2], 4))])
    other = x @ np.array([[2.0, 1.0], [0.0, 5.0]]) + 7.0
    one = imbalance(x, arms, "mahalanobis")[0]
    assert imbalance(other, arms, "mahalanobis")[0] == pytest.approx(one)
    twice = np.column_stack([x, x[:, 0], np.full(12, 3.0)])
    assert imbalance(twice, arms, "mahalanobis")[0] == pytest.approx(one)


def test_largest_difference_is_over_all_pairs_of_arms_and_covariates():
    x = np.random.default_rng(5).normal(size=(9, 2))
    arm = np.repeat([0, 1, 2], 3)
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    gaps = [
        abs(z[arm == a, j].mean() - z[arm == b, j].mean())
        for a, b in combinations(range(3), 2) for j in (0, 1)
    ]  # fmt: skip
    assert imbalance(x, arm[None, :], "max_smd")[0] == pytest.approx(max(gaps))


# ---- drawing


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(2, 6), min_size=2, max_size=4),
    criterion=st.sampled_from(["mahalanobis", "max_smd"]),
    seed=st.integers(0, 10**6),
)
def test_everybody_once_sizes_right_bound_holds_and_seed_repeats(sizes, criterion, seed):
    x = np.random.default_rng([seed, 1]).normal(size=(sum(sizes), 2))
    free = complete(sizes, x)
    bound = bound_for(free, criterion, 0.2, np.random.default_rng(seed))
    how = complete(sizes, x, criterion=criterion, bound=bound)
    found, again = (allocate(how, np.random.default_rng([seed, 2])) for _ in range(2))
    assert np.bincount(found.arm, minlength=len(sizes)).tolist() == list(sizes)
    assert imbalance(x, found.arm[None, :], criterion)[0] <= bound * (1 + 1e-9)
    assert (found.rejected > bound).all()
    assert found.draws == found.rejected.size + 1
    assert (found.arm == again.arm).all()


def test_every_allocation_within_the_bound_is_equally_likely():
    x = np.array([[1.0], [2.0], [3.0], [5.0], [8.0], [13.0]])
    how = complete((2, 2, 2), x, criterion="max_smd", bound=0.8)
    allowed = {
        arms for arms in set(permutations((0, 0, 1, 1, 2, 2))) if how.accepts(np.array([arms]))[0]
    }
    rng = np.random.default_rng(6)
    drawn = [tuple(allocate(how, rng).arm.tolist()) for _ in range(4000)]
    assert set(drawn) == allowed
    assert 10 < len(allowed) < 90
    counts = [drawn.count(arms) for arms in allowed]
    assert stats.chisquare(counts).pvalue > 1e-3


def test_shuffles_keep_blocks():
    how = Procedure(blocks=np.array([0, 1, 0, 1, 0]), table=np.array([[2, 1], [0, 2]]),
                    covariates=np.empty((5, 0)))  # fmt: skip
    arms = shuffles(how, 300, np.random.default_rng(7))
    assert (arms[:, [1, 3]] == 1).all()
    assert (arms[:, [0, 2, 4]].sum(axis=1) == 1).all()
    assert stats.chisquare(np.bincount(arms[:, [0, 2, 4]].argmax(axis=1))).pvalue > 1e-3


def test_a_hopeless_bound_is_said_with_what_was_seen():
    how = complete((3, 3), np.arange(6.0)[:, None] ** 2, criterion="max_smd", bound=0.001)
    with pytest.raises(NoneAccepted, match="no allocation of 500") as caught:
        allocate(how, np.random.default_rng(1), max_draws=500)
    assert caught.value.seen.min() > 0.001


# ---- the exact test


def brute(values, arm, how, pair, alternative):
    """All permutations of all units, those with the others where they are kept, no cleverness."""
    seen = set()
    for order in permutations(range(arm.size)):
        new = arm[list(order)]
        fixed = ~np.isin(arm, pair)
        if (new[fixed] != arm[fixed]).any():
            continue
        if any(
            sorted(new[how.blocks == b].tolist()) != sorted(arm[how.blocks == b].tolist())
            for b in np.unique(how.blocks)
        ):
            continue
        if how.accepts(new[None, :])[0]:
            seen.add(tuple(new.tolist()))
    null = np.array([
        values[np.array(a) == pair[0]].mean() - values[np.array(a) == pair[1]].mean() for a in seen
    ])  # fmt: skip
    observed = values[arm == pair[0]].mean() - values[arm == pair[1]].mean()
    sign = {"two-sided": np.abs, "less": np.negative, "greater": np.positive}[alternative]
    null, observed = sign(null), sign(observed)
    return (null >= observed - 1e-12).mean(), (null >= null.max() - 1e-12).mean(), len(seen)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize("kind", ["complete", "bound", "blocks", "three arms"])
def test_p_is_that_of_all_permutations(kind, alternative):
    rng = np.random.default_rng(sum(map(ord, kind)))
    x, values = rng.normal(size=(7, 2)), rng.normal(size=7)
    if kind == "three arms":
        free = complete((3, 2, 2), x)
        pair = (2, 0)
    elif kind == "blocks":
        free = Procedure(blocks=np.repeat([0, 1, 2], [3, 2, 2]),
                         table=np.array([[1, 2], [1, 1], [1, 1]]), covariates=x)  # fmt: skip
        pair = (1, 0)
    else:
        free, pair = complete((4, 3), x), (1, 0)
    how = free
    if kind in ("bound", "three arms"):
        bound = bound_for(free, "mahalanobis", 0.4, np.random.default_rng(1))
        how = Procedure(blocks=free.blocks, table=free.table, covariates=x,
                        criterion="mahalanobis", bound=bound)  # fmt: skip
    arm = allocate(how, np.random.default_rng(2)).arm
    found = rerandomization_test(values, arm, how, pair, alternative=alternative)
    p, least, ways = brute(values, arm, how, pair, alternative)
    assert (found.p_value, found.smallest_p) == (pytest.approx(p), pytest.approx(least))
    assert found.accepted == ways == accepted_ways(arm, how, pair)
    assert found.exact
    assert found.p_error == 0.0


def test_without_bound_it_is_the_permutation_test_of_scipy():
    rng = np.random.default_rng(9)
    values, arm = rng.normal(size=11), np.repeat([0, 1], [5, 6])
    found = rerandomization_test(values, arm, complete((5, 6)), alternative="greater")
    other = stats.permutation_test(
        (values[arm == 1], values[arm == 0]), lambda a, b: np.mean(a) - np.mean(b),
        alternative="greater", n_resamples=np.inf,
    )  # fmt: skip
    assert found.p_value == pytest.approx(other.pvalue)


def test_drawn_p_agrees_with_the_counted_one_and_is_never_zero(monkeypatch):
    rng = np.random.default_rng(10)
    x = rng.normal(size=(12, 1))
    how = complete((6, 6), x, criterion="max_smd", bound=0.5)
    arm = allocate(how, rng).arm
    values = rng.normal(size=12) + arm
    counted = rerandomization_test(values, arm, how)
    monkeypatch.setattr("exportin.inference.rerandomization.MOST", 10)
    with pytest.raises(ValueError, match="give a generator"):
        rerandomization_test(values, arm, how)
    drawn = rerandomization_test(values, arm, how, generator=np.random.default_rng(1))
    assert not drawn.exact
    assert drawn.smallest_p is None
    assert drawn.p_value == pytest.approx(counted.p_value, abs=5 * drawn.p_error)
    extreme = rerandomization_test(arm * 100.0, arm, how, generator=np.random.default_rng(1))
    assert extreme.p_value is not None
    assert extreme.p_value > 0


def test_missing_values_are_left_out_of_means():
    values, arm = np.array([1.0, 2.0, np.nan, 4.0, 5.0, 6.0]), np.array([0, 0, 0, 1, 1, 1])
    found = rerandomization_test(values, arm, complete((3, 3)))
    assert found.difference == pytest.approx(3.5)
    nothing = rerandomization_test(np.where(arm == 1, np.nan, values), arm, complete((3, 3)))
    assert (nothing.status, nothing.p_value) == ("too_few", None)


def test_an_allocation_that_was_changed_by_hand_is_refused():
    x = np.arange(6.0)[:, None]
    how = complete((3, 3), x, criterion="max_smd", bound=0.3)
    values = np.arange(6.0)
    with pytest.raises(ValueError, match="outside the bound"):
        rerandomization_test(values, np.array([0, 0, 0, 1, 1, 1]), how)
    with pytest.raises(ValueError, match="not one that the procedure can give"):
        rerandomization_test(values, np.array([0, 0, 1, 1, 1, 1]), how)


def test_counts_and_enumeration_agree():
    how = Procedure(blocks=np.repeat([0, 1], [3, 4]), table=np.array([[1, 2], [2, 2]]),
                    covariates=np.empty((7, 0)))  # fmt: skip
    arm = np.array([0, 1, 1, 0, 0, 1, 1])
    every = np.concatenate(list(enumerated(arm, how, (1, 0))))
    assert len(np.unique(every, axis=0)) == every.shape[0] == count_ways(arm, how, (1, 0)) == 18


def rejections(studies):
    """Share of p <= 0.05 where the drug does nothing and volume matters much."""
    hits, smallest = 0, []
    for s in range(studies):
        rng = np.random.default_rng([11, s])
        x = rng.normal(size=(12, 1))
        free = complete((6, 6), x)
        bound = bound_for(free, "mahalanobis", 0.1, rng)
        how = complete((6, 6), x, criterion="mahalanobis", bound=bound)
        arm = allocate(how, rng).arm
        found = rerandomization_test(2 * x[:, 0] + rng.normal(size=12), arm, how)
        hits += found.p_value <= 0.05
        smallest.append(found.smallest_p)
    return hits / studies, max(smallest)


def test_true_nulls_are_kept():
    share, smallest = rejections(150)
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert smallest < 0.05


@pytest.mark.long
def test_true_nulls_are_kept_long():
    share, _ = rejections(4000)
    assert 0.03 <= share <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 4000)
