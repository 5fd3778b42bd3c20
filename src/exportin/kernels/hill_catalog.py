"""Compiled catalog of Hill shapes: where a search begins, and what a profile looks at first.

The catalog of a dose series holds about two thousand shapes (a, q), a grid over the box and, since
steep curves bend only there, extra shapes around every dose. Their heights at the doses are worked
out once for all curves with the same spacing of doses; the sum of squares of each then costs three
multiplications a dose.
"""

import math
from typing import no_type_check

import numpy as np

from exportin.compiled import compiled, inner, inner_strict
from exportin.kernels.hill_loops import exp_negative
from exportin.kernels.lanes import LANES, as_bits, load, spread, store

HILLS = 20
TIED_HILLS = 12
_STEP_OUT, _STEP_IN = 0.5, 0.35
OFFSETS = (-4.5, -2.5, -1.2, -0.5, 0.5, 1.2, 2.5, 4.5)
_TIED_FROM = 1.0
_TINY = 1e-290
BLOCK = 256
_PIECE = 2 * LANES
COARSE = 0.1
"""No start gains more than this share of the sum of squares: neighbors in the catalog differ by
less. Starts that stay above what was found even so are not tried."""


TAKEN, ENDED, ROWS, BUSY, STEADY = range(5)
MARKS = 5
"""How far a series of curves has come: curves taken, lanes whose walk has ended (a bit each), rows
in use, lanes with a curve, and what is known for the weights of the last curve: 0 nothing, 1 means
and squares of the shapes, 2 the `normalize`d table."""
CURVE, ROUND = range(2)
"""What a lane keeps first: its curve (-1: none) and the steps of its walk."""


@no_type_check
@inner
def most_doses(counts, doses):
    """Most doses of the curves under way."""
    most = 1
    for j in range(LANES):
        if counts[j, CURVE] >= 0:
            most = max(most, doses[counts[j, CURVE]])
    return most


@no_type_check
@compiled
def catalog_of(x, m, box, slots):
    """Grid, ln EC50s, ln hills, hills, heights and their scale, and room for scores and weights."""
    grid = grid_of(x, m, box)
    a, q = shapes_of(x, m, box, grid)
    table, scale = heights_of(x, m, a, q)
    pieces = (a.size + _PIECE - 1) // _PIECE
    return (
        grid, a, q, np.exp(q), table, scale, np.empty((slots, a.size)), np.empty(a.size),
        np.empty((slots, a.size)), np.empty((slots, a.size)), np.empty(pieces * _PIECE * m),
    )  # fmt: skip


@no_type_check
@inner
def weights_last(w, m, known_w, marks):
    """Whether the weights are those of the curve before; if not, they are kept for the next."""
    if marks[STEADY] > 0 and same_spacing(w, m, known_w, m, 0.0):
        return True
    for k in range(m):
        known_w[k] = w[k]
    marks[STEADY] = 1
    return False


@no_type_check
@inner
def same_spacing(x, m, other, other_m, shift):
    """Whether two dose series differ by a shift only, up to rounding."""
    if m != other_m:
        return False
    for k in range(m):
        if abs(x[k] - other[k] - shift) > 1e-9:
            return False
    return True


@no_type_check
@compiled
def grid_of(x, m, box):
    """EC50s of the grid: every dose, steps between them, and steps out to the edges of the box."""
    out = int(math.ceil((x[0] - box[0]) / _STEP_OUT))
    count = 2 * out + m
    for k in range(m - 1):
        count += max(int(math.ceil((x[k + 1] - x[k]) / _STEP_IN)) - 1, 0)
    grid = np.empty(count)
    at = 0
    for i in range(out):
        grid[at] = box[0] + i * (x[0] - box[0]) / out
        at += 1
    for k in range(m - 1):
        pieces = max(int(math.ceil((x[k + 1] - x[k]) / _STEP_IN)), 1)
        for j in range(pieces):
            grid[at] = x[k] + j * (x[k + 1] - x[k]) / pieces
            at += 1
    for i in range(out + 1):
        grid[at] = x[m - 1] + i * (box[1] - x[m - 1]) / out
        at += 1
    return grid


@no_type_check
@compiled
def shapes_of(x, m, box, grid):
    """Ln EC50s and ln hills of all shapes: first the grid, hill varying fastest, then the tied.

    Tied shapes are steep ones at z = hill * (ln dose - ln EC50) of the given offsets, dose by
    dose, hill by hill.
    """
    total = grid.size * HILLS + m * TIED_HILLS * len(OFFSETS)
    a = np.empty(total)
    q = np.empty(total)
    at = 0
    for i in range(grid.size):
        for j in range(HILLS):
            a[at] = grid[i]
            q[at] = box[2] + j * (box[3] - box[2]) / (HILLS - 1)
            at += 1
    for k in range(m):
        for j in range(TIED_HILLS):
            level = _TIED_FROM + j * (box[3] - _TIED_FROM) / (TIED_HILLS - 1)
            for offset in OFFSETS:
                a[at] = min(max(x[k] - offset * math.exp(-level), box[0]), box[1])
                q[at] = level
                at += 1
    return a, q


@no_type_check
@compiled
def heights_of(x, m, a, q):
    """Heights of every shape at the doses, (doses, shapes), each shape scaled to largest size 1."""
    size = a.size
    table = np.empty((m, size))
    scale = np.ones(size)
    hill = np.exp(q)
    t = np.empty((2, size))
    bits = np.empty(size, np.int64)
    for step in range(m + 1):
        # the largest height stands at the lowest dose, or for shapes above all doses at the highest
        k = step - 1 if step > 0 else m - 1
        row_of_shapes(x[k], x[m - 1], a, hill, t, bits, table[k])
        if step < 2:
            for g in range(size):
                mine = (a[g] > x[m - 1]) == (step == 0)
                if mine:
                    scale[g] = 1.0 / max(abs(table[k, g]), _TINY)
    for k in range(m):
        for g in range(size):
            table[k, g] *= scale[g]
    return table, scale


@no_type_check
@inner
def row_of_shapes(at, highest, a, hill, t, bits, row):
    """Height of every shape at one ln dose: down, or -up where the EC50 is above all doses."""
    for g in range(a.size):
        z = hill[g] * (at - a[g])
        row[g] = z
        t[0, g] = -abs(z)
    exp_negative(t[0], bits, t[1], a.size)
    pick(row, t[1], a, highest)


@no_type_check
@inner
def pick(row, e, a, highest):
    """Turn z into down, or -up where the EC50 is above all doses."""
    for g in range(row.size):
        large = 1.0 / (1.0 + e[g])
        small = e[g] * large
        low = row[g] < 0.0
        row[g] = -(small if low else large) if a[g] > highest else (large if low else small)


@no_type_check
@inner
def scan(table, y, w, m, root, mean, inverse):
    """Root, with sign, of the sum of squares that every shape explains: its score.

    Also its mean and the inverse root of its square at the doses. ``y`` is centered. The rows are
    worked through in blocks that stay in the nearest cache.
    """
    size = root.size
    weight = 0.0
    for k in range(m):
        weight += w[k]
    for begin in range(0, size, BLOCK):
        stop = min(begin + BLOCK, size)
        scores, means, squares = root[begin:stop], mean[begin:stop], inverse[begin:stop]
        for g in range(stop - begin):
            scores[g] = means[g] = squares[g] = 0.0
        for k in range(m):
            add_dose(table[k, begin:stop], w[k], w[k] * y[k], scores, means, squares)
        for g in range(stop - begin):
            middle = means[g] / weight
            scale = 1.0 / math.sqrt(max(squares[g] - middle * means[g], _TINY))
            means[g] = middle
            squares[g] = scale
            scores[g] *= scale


@no_type_check
@inner
def normalize(table, w, m, mean, inverse, out):
    """Table of shapes centered and scaled for these weights: its score is one product a dose.

    Flat, in pieces of 16 shapes, dose by dose within a piece, the last piece filled up.
    """
    for k in range(m):
        for g in range(mean.size):
            at = ((g // _PIECE) * m + k) * _PIECE + g % _PIECE
            out[at] = w[k] * (table[k, g] - mean[g]) * inverse[g]


@no_type_check
@inner
def squared(root, score):
    """Scores from their roots."""
    for g in range(root.size):
        score[g] = root[g] * root[g]


@no_type_check
@inner_strict
def scan_normalized(table, y, m, begin, end, root):
    """Root of the score, with sign, of shapes begin to end, from a `normalize`d table.

    Whole pieces are worked out, so that some shapes before and behind may get theirs as well.
    """
    begin -= begin % _PIECE
    end = min(end + (_PIECE - end % _PIECE) % _PIECE, root.size)
    whole = end - end % _PIECE
    at = begin * m
    for g in range(begin, whole, _PIECE):
        one, two = spread(0.0), spread(0.0)
        for k in range(m):
            one += load(table, at) * y[k]
            two += load(table, at + LANES) * y[k]
            at += _PIECE
        store(root, g, one)
        store(root, g + LANES, two)
    for g in range(whole, end):
        total = 0.0
        for k in range(m):
            total += table[at + k * _PIECE + g - whole] * y[k]
        root[g] = total


@no_type_check
@inner
def add_dose(row, wk, wy, scores, means, squares):
    """Add one dose to the running sums of a block of shapes."""
    for g in range(row.size):
        s = row[g]
        scores[g] += wy * s
        v = wk * s
        means[g] += v
        squares[g] += v * s


@no_type_check
@inner
def best_peaks(score, places, doses, starts, tops):
    """Shapes that explain more than their neighbors, best first; returns how many were found."""
    found = peaks_of(score, 0, places, HILLS, starts, tops, 0)
    per_dose = TIED_HILLS * len(OFFSETS)
    for k in range(doses):
        begin = places * HILLS + k * per_dose
        found = peaks_of(score, begin, TIED_HILLS, len(OFFSETS), starts, tops, found)
    return found


@no_type_check
@inner_strict
def peaks_of(score, begin, rows, columns, starts, tops, found):
    """Insert the peaks of one grid of scores (eight neighbors) into the list of starts.

    Eight shapes at once are held against those above and below; few are left after that. A row has
    at least eight.
    """
    keep = starts.size
    for i in range(rows):
        row = begin + i * columns
        above = row - columns if i > 0 else row
        below = row + columns if i < rows - 1 else row
        j = 0
        while j < columns:
            first = min(j, columns - LANES)
            here = load(score, row + first)
            high = here >= load(score, below + first)
            if i > 0:
                high = high & (here > load(score, above + first))
            if found == keep:
                high = high & (here > tops[keep - 1])
            left = as_bits(high) >> (j - first)
            while left:
                if left & 1 and _is_peak(score, row, above, below, j, columns):
                    found = _insert(row + j, score[row + j], starts, tops, found)
                left >>= 1
                j += 1
            j = first + LANES
    return found


@no_type_check
@inner_strict
def _is_peak(score, row, above, below, j, columns):
    """Whether no neighbor is higher, and none that comes before is as high."""
    top = score[row + j]
    left, right = max(j - 1, 0), min(j + 1, columns - 1)
    if (j > 0 and score[row + left] >= top) or score[row + right] > top:
        return False
    if above != row and (score[above + left] >= top or score[above + right] >= top):
        return False
    return score[below + left] <= top and score[below + right] <= top


@no_type_check
@inner_strict
def _insert(start, top, starts, tops, found):
    """Put a start in its place among the best so far; returns how many there are."""
    if found == starts.size and top <= tops[found - 1]:
        return found
    at = min(found, starts.size - 1)
    while at > 0 and tops[at - 1] < top:
        tops[at] = tops[at - 1]
        starts[at] = starts[at - 1]
        at -= 1
    tops[at] = top
    starts[at] = start
    return min(found + 1, starts.size)
