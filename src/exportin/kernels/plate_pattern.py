"""Patterns over a plate: edge, rows and columns, judged between wells that should be equal."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

Values = Float[np.ndarray, " well"]
Codes = Int[np.ndarray, " well"]
Columns = Float[np.ndarray, "well pattern"]
Numbers = Float[np.ndarray, " pattern"]
Kept = Bool[np.ndarray, " pattern"]
Draws = Float[np.ndarray, "draw pattern"]

PATTERNS = ("edge", "row", "column")
MIN_INFORMATION = 1.0
"""Sum of squares a pattern must keep between equal wells: with a well CV of 10 % its standard
error is then 10 % of the signal, so that less would let even a third of the signal go unseen."""


class PatternFit(NamedTuple):
    """Effects as fractions of the signal; NaN where the layout does not show a pattern."""

    effect: Numbers
    std_error: Numbers
    information: Numbers
    judged: Kept
    mixed: Kept
    df: int
    contrasts: Columns


def pattern_columns(row: Codes, column: Codes, shape: tuple[int, int]) -> Columns:
    """Say of each well whether it is at the edge, and where it lies between the borders.

    Parameters
    ----------
    row, column : (well,) integer arrays
        Counted from zero.
    shape : (int, int)
        Rows and columns of the plate.

    Returns
    -------
    (well, 3) array
        Edge: 1 in the outer ring, else 0. Row and column: -0.5 at the first, 0.5 at the last.

    Examples
    --------
    >>> pattern_columns(np.array([0, 3]), np.array([0, 4]), (8, 12))[:, 0].tolist()
    [1.0, 0.0]
    """
    rows, columns = shape
    edge = (row == 0) | (row == rows - 1) | (column == 0) | (column == columns - 1)
    return np.column_stack(
        [
            edge.astype(np.float64),
            row / max(rows - 1, 1) - 0.5,
            column / max(columns - 1, 1) - 0.5,
        ]
    )


def within(columns: Columns, block: Codes) -> Columns:
    """Subtract from each well the mean of its block (wells that should be equal).

    Examples
    --------
    >>> within(np.array([[1.0], [3.0], [7.0]]), np.array([0, 0, 1])).tolist()
    [[-1.0], [1.0], [0.0]]
    """
    sums = np.column_stack([np.bincount(block, weights=column) for column in columns.T])
    centered: Columns = columns - (sums / np.bincount(block)[:, None])[block]
    return centered


def relative_deviation(signal: Values, block: Codes) -> Values:
    """Deviation of each well from the mean of its block, as a fraction of that mean.

    Examples
    --------
    >>> relative_deviation(np.array([90.0, 110.0, 5.0]), np.array([0, 0, 1])).tolist()
    [-0.1, 0.1, 0.0]
    """
    means = np.bincount(block, weights=signal) / np.bincount(block)
    out: Values = (signal - means[block]) / means[block]
    return out


def fit_patterns(deviation: Values, columns: Columns, block: Codes) -> PatternFit:
    """Least squares of all patterns at once between wells of the same block.

    A pattern that hardly varies within blocks (a dilution series laid along the columns, its
    replicates below each other, says nothing of columns), or only together with another one, is
    not judged: the weakest goes first until every one left keeps `MIN_INFORMATION`.

    Parameters
    ----------
    deviation : (well,) array
        As `relative_deviation` gives it.
    columns : (well, pattern) array
        As `pattern_columns` gives it.
    block : (well,) integer array
        Wells with the same number should have the same signal; 0 to k - 1, none empty.

    Returns
    -------
    PatternFit
        `contrasts`: each judged pattern, free of blocks and of the other judged patterns;
        `mixed`: not judged because it goes along with another one.

    Examples
    --------
    >>> where = pattern_columns(np.repeat(np.arange(8), 12), np.tile(np.arange(12), 8), (8, 12))
    >>> one = np.zeros(96, dtype=np.int64)
    >>> fit_patterns(-0.15 * where[:, 0], where, one).effect.round(9).tolist()[0]
    -0.15
    """
    inside = within(columns, block)
    varies = np.sum(inside**2, axis=0) >= MIN_INFORMATION
    judged = varies.copy()
    contrasts, information = _free(inside, judged)
    while judged.any() and np.min(information[judged]) < MIN_INFORMATION:
        judged[np.argmin(np.where(judged, information, np.inf))] = False
        contrasts, information = _free(inside, judged)
    df = deviation.size - int(block.max()) - 1 - int(judged.sum())
    effect = np.full(judged.size, np.nan)
    error = np.full(judged.size, np.nan)
    if df > 0 and judged.any():
        effect[judged] = (deviation @ contrasts[:, judged]) / information[judged]
        rest = deviation - inside[:, judged] @ effect[judged]
        error[judged] = np.sqrt(rest @ rest / df / information[judged])
    return PatternFit(effect, error, information, judged, varies & ~judged, df, contrasts)


def _free(inside: Columns, judged: Kept) -> tuple[Columns, Numbers]:
    """Each pattern without what the other judged ones explain of it, and what is left."""
    out = np.zeros_like(inside)
    for at in range(inside.shape[1]):
        others = judged.copy()
        others[at] = False
        given = inside[:, others]
        weights = np.linalg.lstsq(given, inside[:, at], rcond=None)[0]
        out[:, at] = inside[:, at] - given @ weights
    return out, np.sum(out**2, axis=0)


def shuffled_sums(
    deviation: Values, contrasts: Columns, block: Codes, draws: int, rng: np.random.Generator
) -> Draws:
    """Exchange wells within their blocks and sum deviation times contrast, many times.

    Parameters
    ----------
    deviation, contrasts, block
        As in `fit_patterns`; wells sorted by block.
    draws : int
        How many exchanges.
    rng : numpy.random.Generator
        Where the exchanges come from.

    Examples
    --------
    >>> y, x = np.array([0.1, -0.1]), np.array([[0.5], [-0.5]])
    >>> sums = shuffled_sums(y, x, np.array([0, 0]), 20, np.random.default_rng(1))
    >>> sorted(set(sums[:, 0].round(9).tolist()))
    [-0.1, 0.1]
    """
    if np.any(np.diff(block) < 0):
        msg = "wells must be sorted by block"
        raise ValueError(msg)
    order = np.argsort(block + rng.random((draws, block.size)), axis=1)
    sums: Draws = deviation[order] @ contrasts
    return sums


def modified_z(values: Values) -> Values:
    """Distance from the median in robust SDs; zeros where half of the values are equal.

    0.6745 (x - median) / MAD: Iglewicz B, Hoaglin DC. How to Detect and Handle Outliers. ASQC
    Quality Press, 1993.

    Examples
    --------
    >>> modified_z(np.array([1.0, 2.0, 3.0, 4.0, 50.0])).round(2).tolist()
    [-1.35, -0.67, 0.0, 0.67, 31.7]
    """
    away = values - np.median(values)
    spread = float(np.median(np.abs(away)))
    scaled: Values = 0.6745 * away / spread if spread > 0 else np.zeros_like(away)
    return scaled
