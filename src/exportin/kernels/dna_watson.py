"""Watson's pragmatic model: two Gaussian peaks, and S is what they leave between them."""

from dataclasses import replace

import numpy as np

from exportin.kernels.dna_columns import (
    COLUMNS,
    DEBRIS,
    G1,
    G2,
    LN_CV,
    LN_CV_G2,
    LN_MEAN,
    LN_RATIO,
    SIZE,
)
from exportin.kernels.dna_design import Frame, gauss_counts
from exportin.kernels.dna_histogram import pearson
from exportin.kernels.dna_loops import climb
from exportin.kernels.dna_model import FLOOR, UNTIED, DnaFit, DnaModel
from exportin.kernels.dna_peaks import Array

_ROUNDS = 12
_CLEAR = 2.0
"""SDs from a peak: S is read between G1 plus these and G2M minus these."""
_OUTER, _INNER = 3.5, 0.7
"""A peak is fitted from 3.5 SD on its free side to 0.7 SD on the side of S."""


def fit_watson(near: DnaFit) -> DnaFit:
    """Fit Watson's model beside a fit that says where the peaks, debris and aggregates are.

    G1 is fitted from its left flank, G2M from its right; between them S is the counts that remain,
    and under a peak S goes on at its nearest level and ends as the peak's own normal curve.

    Parameters
    ----------
    near : DnaFit
        From `fit_dna`; its debris, aggregates, sub-G1 and second line are taken off as they are.

    Returns
    -------
    DnaFit
        ``state`` and ``loglik`` are not those of a likelihood model: None and NaN.

    Examples
    --------
    >>> from exportin.kernels.dna_histogram import fit_dna
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> counts = gauss_counts(edges, 300.0, 0.04, 7000.0) + gauss_counts(edges, 600.0, 0.04, 3000.0)
    >>> [round(part, 2) for part in fit_watson(fit_dna(counts, edges)).phases]
    [0.7, 0.0, 0.3]
    """
    model = DnaModel(s="remainder")
    if near.state is None:
        return replace(near, model=model)
    frame, counts, edges = near.state.frame, near.counts, near.edges
    names = ("debris", "aggregates", "sub_g1", "second_g1", "second_s", "second_g2m")
    other = np.sum([near.parts[k] for k in names if k in near.parts], axis=0) + np.zeros(
        counts.size
    )
    mean, cv, ratio, g1, g2 = near.g1_mean, near.g1_cv, near.ratio, near.cells * near.g1, 0.0
    g2 = near.cells * near.g2m
    at = 0.5 * (edges[1:] + edges[:-1])
    wider = near.g2m_cv / near.g1_cv
    for _ in range(_ROUNDS):
        before = np.array([g1, g2])
        left = gauss_counts(edges, mean, cv, g1)
        right = gauss_counts(edges, mean * ratio, wider * cv, g2)
        s = remainder(counts - other - left - right, at, edges, (mean, cv, ratio), wider)
        g1, mean, cv = _flank(frame, other + s + right, mean, cv, g1)
        g2, ratio = _g2m(frame, other + s + left, (mean, cv, ratio), g2, wider)
        if np.max(np.abs(before - (g1, g2))) < 1e-4 * near.cells:
            break
    left = gauss_counts(edges, mean, cv, g1)
    right = gauss_counts(edges, mean * ratio, wider * cv, g2)
    parts = {k: v for k, v in near.parts.items() if k in names}
    parts |= {"g1": left, "s": s, "g2m": right, "total": other + left + s + right}
    cells = g1 + g2 + float(s.sum())
    seen = slice(frame.first, frame.last)
    chi_square, groups = pearson(counts[seen], parts["total"][seen])
    return replace(
        near, model=model, g1=g1 / cells, s=float(s.sum()) / cells, g2m=g2 / cells, cells=cells,
        g1_mean=mean, g1_cv=cv, ratio=ratio, chi_square=chi_square, df=max(groups - 5, 0),
        loglik=float("nan"), parts=parts, state=None,
    )  # fmt: skip


def remainder(
    rest: Array, at: Array, edges: Array, shape: tuple[float, float, float], wider: float = 1.0
) -> Array:
    """S of every bin: what remains between the peaks, its ends under the peaks.

    ``wider`` is the CV of G2M over that of G1.
    """
    mean, cv, ratio = shape
    low, high = mean * (1.0 + _CLEAR * cv), mean * ratio * (1.0 - _CLEAR * wider * cv)
    third = mean * (ratio - 1.0) / 3.0
    low, high = min(low, mean + third), max(high, mean * ratio - third)
    inside = (at > low) & (at < high)
    rise = np.cumsum(gauss_counts(edges, mean, cv, 1.0))
    fall = np.maximum(1.0 - np.cumsum(gauss_counts(edges, mean * ratio, wider * cv, 1.0)), 0.0)
    ends = np.where(
        at <= low,
        _beyond(rest, at, (low, high), low) * rise,
        _beyond(rest, at, (low, high), high) * fall,
    )
    return np.asarray(np.where(inside, np.maximum(rest, 0.0), ends))


def _climb(frame: Frame, given: Array, box: tuple[Array, Array, Array], span: Array) -> None:
    """Fit with everything that is given held as it is."""
    x, low, high = box
    on = np.zeros(COLUMNS, dtype=np.bool_)
    on[[G1, G2]] = high[[G1, G2]] > 0
    x[DEBRIS] = low[DEBRIS] = high[DEBRIS] = 1.0
    first = int(np.clip(np.floor(span[0] - frame.u0), frame.first, frame.last - 6))
    last = int(np.clip(np.ceil(span[1] - frame.u0), first + 6, frame.last))
    climb(
        frame.counts, frame.u0, first, last, FLOOR * frame.events, np.zeros(2, dtype=np.int64),
        np.vstack([given, given]), x, low, high, on, np.zeros((2, SIZE - COLUMNS)), np.zeros(SIZE),
        UNTIED, np.zeros((SIZE, SIZE)), np.zeros(3),
    )  # fmt: skip


def _box(frame: Frame, mean: float, cv: float, ratio: float) -> tuple[Array, Array, Array]:
    x = np.zeros(SIZE)
    x[COLUMNS + LN_MEAN], x[COLUMNS + LN_CV] = np.log(mean / frame.width), np.log(cv)
    x[COLUMNS + LN_RATIO] = np.log(ratio)
    return x, x.copy(), x.copy()


def _flank(
    frame: Frame, given: Array, mean: float, cv: float, g1: float
) -> tuple[float, float, float]:
    """G1 from its left flank and top."""
    x, low, high = _box(frame, mean, cv, 2.0)
    x[G1], low[G1], high[G1] = max(g1, 1.0), 0.0, 2.0 * frame.events
    for k, room in ((LN_MEAN, 0.03), (LN_CV, 0.3)):
        low[COLUMNS + k] -= room
        high[COLUMNS + k] += room
    sd = cv * mean / frame.width
    span = mean / frame.width + sd * np.array([-_OUTER, _INNER])
    _climb(frame, given, (x, low, high), span)
    return (
        float(x[G1]), float(np.exp(x[COLUMNS + LN_MEAN]) * frame.width),
        float(np.exp(x[COLUMNS + LN_CV])),
    )  # fmt: skip


def _g2m(
    frame: Frame, given: Array, shape: tuple[float, float, float], g2: float, wider: float
) -> tuple[float, float]:
    """G2M from its right flank and top; its CV is ``wider`` times that of G1."""
    mean, cv, ratio = shape
    x, low, high = _box(frame, mean, cv, ratio)
    x[G2], low[G2], high[G2] = max(g2, 1.0), 0.0, 2.0 * frame.events
    low[COLUMNS + LN_RATIO], high[COLUMNS + LN_RATIO] = np.log(1.8), np.log(2.1)
    x[COLUMNS + LN_CV_G2] = low[COLUMNS + LN_CV_G2] = high[COLUMNS + LN_CV_G2] = np.log(wider)
    sd = wider * cv * mean * ratio / frame.width
    span = mean * ratio / frame.width + sd * np.array([-_INNER, _OUTER])
    _climb(frame, given, (x, low, high), span)
    return float(x[G2]), float(np.exp(x[COLUMNS + LN_RATIO]))


def _beyond(rest: Array, at: Array, window: tuple[float, float], end: float) -> Array:
    """S beyond an end of the clear window: the line through the two nearest thirds of it."""
    low, high = window
    third = (1.0 / 3.0) * (high - low) * (1.0 if end == low else -1.0)
    levels = []
    for k in (0, 1):
        span = sorted((end + k * third, end + (k + 1) * third))
        inside = rest[(at >= span[0]) & (at <= span[1])]
        levels.append(max(float(inside.mean()), 0.0) if inside.size else 0.0)
    slope = (levels[1] - levels[0]) / third
    line = levels[0] + slope * (at - end - 0.5 * third)
    return np.clip(line, 0.0, 2.0 * levels[0])
