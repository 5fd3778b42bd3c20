"""What is looked up in the catalog eight shapes at a time, against plain loops over all."""

import numpy as np
import pytest

from exportin.kernels.hill_catalog import (
    HILLS,
    catalog_of,
    normalize,
    peaks_of,
    scan,
    scan_normalized,
)
from exportin.kernels.hill_steps import box_of
from exportin.kernels.hill_valleys import DIPS, dips_of, lowest


def _peaks_one_by_one(score: np.ndarray, keep: int) -> list[int]:
    """A peak has no higher neighbor; of equal ones the first counts. Best first."""
    rows, columns = score.shape
    peaks = []
    for i in range(rows):
        for j in range(columns):
            around = [
                (a, b)
                for a in range(max(i - 1, 0), min(i + 2, rows))
                for b in range(max(j - 1, 0), min(j + 2, columns))
                if (a, b) != (i, j)
            ]
            before = all(score[p] < score[i, j] for p in around if p < (i, j))
            if before and all(score[p] <= score[i, j] for p in around if p > (i, j)):
                peaks.append(i * columns + j)
    return sorted(peaks, key=lambda g: (-score.ravel()[g], g))[:keep]


@pytest.mark.parametrize("shape", [(56, 20), (12, 8), (1, 37), (5, 9), (2, 20)])
@pytest.mark.parametrize("steps", [0, 4])
def test_peaks_are_those_of_a_plain_search(shape: tuple[int, int], steps: int) -> None:
    """Also with many equal scores."""
    rng = np.random.default_rng(7)
    for _ in range(40):
        score = rng.random(shape)
        score = np.floor(score * steps) if steps else score
        starts, tops = np.empty(12, np.int64), np.empty(12)
        found = peaks_of(score.ravel(), 0, *shape, starts, tops, 0)
        expected = _peaks_one_by_one(score, 12)
        assert starts[:found].tolist() == expected
        assert np.array_equal(tops[:found], score.ravel()[expected])


@pytest.mark.parametrize("places", [1, 2, 41])
def test_dips_are_those_of_a_plain_search(places: int) -> None:
    rng = np.random.default_rng(8)
    for tied in (0, 5, 96):
        heights = rng.random(places * HILLS + tied)
        grid = heights[: places * HILLS].reshape(places, HILLS)
        low = grid.min(axis=0)
        sides = np.pad(low, 1, constant_values=np.inf)
        valley = (low < sides[:-2]) & (low <= sides[2:])
        dips = [int(grid[:, j].argmin()) * HILLS + j for j in np.flatnonzero(valley)]
        if tied:
            dips.append(places * HILLS + int(heights[places * HILLS :].argmin()))
        expected = sorted(dips, key=lambda g: heights[g])[:DIPS]
        mine = np.empty(DIPS, np.int64)
        found = dips_of(heights, places, heights.size, np.empty(HILLS + 1), mine)
        assert mine[:found].tolist() == expected


def test_lowest_looks_at_every_value_and_no_other() -> None:
    values = np.random.default_rng(9).random(40)
    for begin in (0, 3):
        for end in range(begin + 1, 41):
            assert lowest(values, begin, end) == values[begin:end].min()


@pytest.mark.parametrize("doses", [5, 8, 10])
def test_scores_of_a_piece_are_those_of_the_whole_scan(doses: int) -> None:
    rng = np.random.default_rng(10)
    x = np.linspace(0.0, 9.0, doses)
    w = rng.uniform(1.0, 4.0, doses)
    y = rng.normal(size=doses)
    y -= np.sum(w * y) / np.sum(w)
    box = np.empty(4)
    box_of(x, doses, 3.0, 0.05, 50.0, box)
    _, _, _, _, table, _, root, _, middle, inverse, fast = catalog_of(x, doses, box, 1)
    scan(table, y, w, doses, root[0], middle[0], inverse[0])
    normalize(table, w, doses, middle[0], inverse[0], fast)
    whole = np.empty(root.shape[1])
    scan_normalized(fast, y, doses, 0, whole.size, whole)
    assert whole == pytest.approx(root[0], rel=1e-9, abs=1e-9)
    for begin in (0, 20, 340, whole.size - HILLS):
        part = np.full(whole.size, np.nan)
        scan_normalized(fast, y, doses, begin, begin + HILLS, part)
        assert np.array_equal(part[begin : begin + HILLS], whole[begin : begin + HILLS])
