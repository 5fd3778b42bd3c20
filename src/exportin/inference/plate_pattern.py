"""Whether a plate shows an edge effect or a trend over rows or columns: exchange of equal wells."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from exportin.inference.p_adjust import adjust
from exportin.kernels.plate_pattern import (
    PATTERNS,
    PatternFit,
    fit_patterns,
    pattern_columns,
    relative_deviation,
    shuffled_sums,
)

Values = Float[np.ndarray, " well"]
Codes = Int[np.ndarray, " well"]

DRAWS = 999
"""Exchanges per plate: smallest p 0.001, 0.003 after Holm over three patterns."""
MIN_DF = 8
"""Equal wells beyond their blocks that a plate needs; with fewer the spread is not known."""
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternResult:
    """One pattern of one plate; effects are fractions of the signal, None where not judged."""

    pattern: str
    judged: bool
    mixed: bool = False
    effect: float | None = None
    std_error: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    df: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None


def plate_patterns(
    signal: Values,
    row: Codes,
    column: Codes,
    block: Codes,
    *,
    shape: tuple[int, int],
    conf_level: float = 0.95,
    draws: int = DRAWS,
    rng: np.random.Generator | None = None,
) -> tuple[PatternResult, ...]:
    """Test a plate for an edge effect, a row trend and a column trend.

    Only wells that should have the same signal (a block: the vehicle wells; the replicates of
    one treatment and dose) are held against each other, so that doses laid along columns are no
    column trend. The p value counts exchanges of wells within blocks whose contrast is at least
    as large, p = (1 + k) / (1 + draws); without any pattern it is exact whatever the
    distribution of the wells. Holm over the patterns that could be judged: a plate without
    pattern is flagged at most at the stated level over all three together.

    Parameters
    ----------
    signal : (well,) array
        Signal above the blank, any unit, of blocks whose mean is above zero.
    row, column : (well,) integer arrays
        Counted from zero.
    block : (well,) integer array
        0 to k - 1; wells of one number should be equal.
    shape : (int, int)
        Rows and columns of the plate.
    conf_level : float
        Level of the t intervals of the effects.
    draws : int
        Exchanges; 0 gives effects without p values.
    rng : numpy.random.Generator, optional
        Where the exchanges come from; needed if `draws` is above zero.

    Returns
    -------
    tuple of PatternResult
        Edge: outer ring against the inside. Row, column: last against first, by a straight line.
        `mixed`: not told apart from another pattern; where it is judged, it stands for both.

    Raises
    ------
    ValueError
        If p values are wanted without a generator.

    References
    ----------
    Holm (1979) Scand J Stat 6:65-70; Good P, Permutation, Parametric and Bootstrap Tests of
    Hypotheses, Springer, 2005.

    Examples
    --------
    >>> row, column = np.repeat(np.arange(8), 12), np.tile(np.arange(12), 8)
    >>> rng = np.random.default_rng(1)
    >>> noise = rng.normal(1.0, 0.05, 96)
    >>> found = plate_patterns(noise * (1 - 0.02 * column), row, column, np.zeros(96, dtype=int),
    ...     shape=(8, 12), rng=rng)
    >>> [(r.pattern, r.p_adjusted < 0.05) for r in found]
    [('edge', False), ('row', False), ('column', True)]
    """
    order = np.argsort(block, kind="stable")
    codes = block[order]
    columns = pattern_columns(row[order], column[order], shape)
    deviation = relative_deviation(signal[order], codes)
    fit = fit_patterns(deviation, columns, codes)
    if fit.df < MIN_DF:
        return tuple(PatternResult(pattern=name, judged=False) for name in PATTERNS)
    p_values = _p_values(deviation, codes, fit, draws, rng)
    adjusted = adjust(p_values, "holm")
    half = float(stats.t.ppf(0.5 + conf_level / 2, fit.df))
    return tuple(
        _result(name, at, fit, half, (p_values[at], adjusted[at]))
        for at, name in enumerate(PATTERNS)
    )


def _p_values(
    deviation: Values,
    block: Codes,
    fit: PatternFit,
    draws: int,
    rng: np.random.Generator | None,
) -> list[float | None]:
    if draws == 0:
        return [None] * fit.judged.size
    if rng is None:
        msg = "p values need a generator"
        raise ValueError(msg)
    seen = np.abs(deviation @ fit.contrasts)
    sums = np.abs(shuffled_sums(deviation, fit.contrasts, block, draws, rng))
    slack = _ROUNDING * float(np.abs(deviation).sum())
    counts = 1 + np.sum(sums >= seen - slack, axis=0)
    return [
        float(k) / (1 + draws) if known else None
        for k, known in zip(counts, fit.judged, strict=True)
    ]


def _result(
    name: str,
    at: int,
    fit: PatternFit,
    half: float,
    p: tuple[float | None, float | None],
) -> PatternResult:
    effect, error = float(fit.effect[at]), float(fit.std_error[at])
    if not fit.judged[at] or not math.isfinite(error):
        return PatternResult(pattern=name, judged=False, mixed=bool(fit.mixed[at]))
    return PatternResult(
        pattern=name,
        judged=True,
        mixed=bool(fit.mixed.any()),
        effect=effect,
        std_error=error,
        conf_low=effect - half * error,
        conf_high=effect + half * error,
        df=float(fit.df),
        p_value=p[0],
        p_adjusted=p[1],
    )
