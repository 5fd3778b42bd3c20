"""Exact distribution of a sum of scores when group labels are dealt out anew."""

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

Scores = Float[np.ndarray, " n"]
Labels = Int[np.ndarray, " n"]
Sums = Float[np.ndarray, " s"]
Edge = Float[np.ndarray, " _size"]

LARGEST = 1 << 18
"""Most sums kept of one half of the subjects; 36 subjects of all different scores need so many."""
_GRID = 2.0**-42
_SAME = 1e-9


class Tails(NamedTuple):
    """P(sum <= seen), P(sum >= seen), the smallest of each that can occur, and their error.

    `error` is the Monte-Carlo standard error of the smaller tail, 0 where all ways were counted;
    `ways` is how many ways were counted or drawn.
    """

    less: float
    greater: float
    least_less: float
    least_greater: float
    error: float
    ways: float


class _List(NamedTuple):
    """Distinct sums and in how many ways each comes about."""

    sums: Sums
    ways: Sums


class TooMany(Exception):  # noqa: N818 - no error: the caller draws instead of counting
    """More different sums than can be kept."""


def exact_tails(score: Scores, chosen: Labels, strata: Labels | None = None) -> Tails:
    """Count every way to choose as many subjects per stratum as were chosen.

    Parameters
    ----------
    score : (n,) array
        Score of each subject.
    chosen : (n,) integer array
        1 for the group whose scores are summed, else 0.
    strata : (n,) integer array, optional
        Labels are dealt out within strata.

    Raises
    ------
    TooMany
        If the sums are too many to be listed.

    Examples
    --------
    >>> exact_tails(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 1, 0, 0])).less
    0.16666666666666666
    """
    labels = np.zeros(score.size, dtype=np.int64) if strata is None else strata
    scale = max(float(np.abs(score).max(initial=0.0)), 1e-300)
    unit = np.rint(score / (scale * _GRID)) * _GRID  # equal sums become equal numbers
    parts = [(unit[labels == s], int(chosen[labels == s].sum())) for s in np.unique(labels)]
    seen = float(unit[chosen == 1].sum())
    slack = 2.0 * _GRID * max(score.size, 1)  # different sums differ by far more
    if len(parts) == 1:
        pairs = _halves(*parts[0])
    else:
        pairs = [_two_lists([_of_size(*part) for part in parts])]
    total = sum(float(a.ways.sum()) * float(b.ways.sum()) for a, b in pairs)
    lowest = min(float(a.sums[0] + b.sums[0]) for a, b in pairs)
    highest = max(float(a.sums[-1] + b.sums[-1]) for a, b in pairs)

    def share(limit: float, *, above: bool) -> float:
        found = sum(_count(a, b, limit, above=above) for a, b in pairs)
        return min(1.0, found / total)

    return Tails(
        share(seen + slack, above=False),
        share(seen - slack, above=True),
        share(lowest + slack, above=False),
        share(highest - slack, above=True),
        0.0,
        total,
    )


def drawn_tails(
    score: Scores,
    chosen: Labels,
    strata: Labels | None,
    generator: np.random.Generator,
    draws: int = 50_000,
) -> Tails:
    """Deal labels out at random; the seen labels count as one draw, so that p is never zero.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = drawn_tails(np.arange(6.0), np.array([1, 1, 1, 0, 0, 0]), None, rng, 2000)
    >>> abs(found.less - 0.05) < 0.02
    True
    """
    labels = np.zeros(score.size, dtype=np.int64) if strata is None else strata
    sums = np.zeros(draws)
    least = [1.0, 1.0]
    for s in np.unique(labels):
        own, size = score[labels == s], int(chosen[labels == s].sum())
        step = max(1, 2_000_000 // max(own.size, 1))
        for start in range(0, draws, step):
            stop = min(draws, start + step)
            order = generator.random((stop - start, own.size)).argsort(axis=1)[:, :size]
            sums[start:stop] += own[order].sum(axis=1)
        ordered = np.sort(own)
        for i, edge in enumerate((ordered[:size], ordered[own.size - size :][::-1])):
            least[i] *= _ways_to_reach(own, edge) / comb(own.size, size)
    seen = float(score[chosen == 1].sum())
    slack = 1e-12 * float(np.abs(score).max(initial=0.0)) * max(score.size, 1)
    less = (1.0 + float((sums <= seen + slack).sum())) / (draws + 1.0)
    greater = (1.0 + float((sums >= seen - slack).sum())) / (draws + 1.0)
    tail = min(less, greater)
    error = float(np.sqrt(tail * (1.0 - tail) / draws))
    return Tails(less, greater, least[0], least[1], error, float(draws))


def _ways_to_reach(own: Scores, edge: Edge) -> float:
    """Count the ways to the most extreme sum: choices among those tied with the last one taken."""
    if not edge.size:
        return 1.0
    tied, taken = np.abs(own - edge[-1]) < _SAME, np.abs(edge - edge[-1]) < _SAME
    return float(comb(int(tied.sum()), int(taken.sum())))


def _by_size(score: Scores) -> list[_List]:
    """List the sums of all subsets, by size."""
    lists = [_List(np.zeros(1), np.ones(1))]
    for value in score:
        grown = [_List(x.sums + value, x.ways) for x in lists]
        lists = [
            lists[0],
            *(_merge(a, b) for a, b in zip(lists[1:], grown, strict=False)),
            grown[-1],
        ]
        if sum(x.sums.size for x in lists) > LARGEST:
            raise TooMany
    return lists


def _merge(a: _List, b: _List) -> _List:
    return _distinct(np.concatenate([a.sums, b.sums]), np.concatenate([a.ways, b.ways]))


def _distinct(sums: Sums, ways: Sums) -> _List:
    values, place = np.unique(sums, return_inverse=True)
    return _List(values, np.bincount(place, ways, values.size))


def _halves(score: Scores, size: int) -> list[tuple[_List, _List]]:
    """Pairs of lists whose pairwise sums are all subsets of a size: one half and the other."""
    half = score.size // 2
    first, second = _by_size(score[:half]), _by_size(score[half:])
    return [(first[k], second[size - k]) for k in range(len(first)) if 0 <= size - k < len(second)]


def _of_size(score: Scores, size: int) -> _List:
    pairs = _halves(score, size)
    if sum(a.sums.size * b.sums.size for a, b in pairs) > LARGEST:
        raise TooMany
    made = [_outer(a, b) for a, b in pairs]
    return _distinct(np.concatenate([x.sums for x in made]), np.concatenate([x.ways for x in made]))


def _outer(a: _List, b: _List) -> _List:
    return _List((a.sums[:, None] + b.sums).ravel(), (a.ways[:, None] * b.ways).ravel())


def _two_lists(parts: Sequence[_List]) -> tuple[_List, _List]:
    """Fold strata into two lists of similar length."""
    folded = [_List(np.zeros(1), np.ones(1)), _List(np.zeros(1), np.ones(1))]
    for part in sorted(parts, key=lambda x: -x.sums.size):
        i = 0 if folded[0].sums.size <= folded[1].sums.size else 1
        if folded[i].sums.size * part.sums.size > LARGEST:
            raise TooMany
        made = _outer(folded[i], part)
        folded[i] = _distinct(made.sums, made.ways)
    return folded[0], folded[1]


def _count(a: _List, b: _List, limit: float, *, above: bool) -> float:
    """Ways in which a sum of both is at or beyond a limit."""
    upto = np.concatenate([[0.0], np.cumsum(b.ways)])
    if above:
        place = np.searchsorted(b.sums, limit - a.sums, side="left")
        return float(a.ways @ (upto[-1] - upto[place]))
    place = np.searchsorted(b.sums, limit - a.sums, side="right")
    return float(a.ways @ upto[place])
