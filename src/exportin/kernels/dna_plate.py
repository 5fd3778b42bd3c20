"""Histograms of one plate fitted together: they share where G1 is, its CV and G2M over G1."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from exportin.kernels.dna_climb import pieces
from exportin.kernels.dna_columns import COLUMNS, LN_CV, LN_MEAN, LN_RATIO, SHAPES, SIZE
from exportin.kernels.dna_histogram import fit_dna
from exportin.kernels.dna_intervals import covariance
from exportin.kernels.dna_loops import slopes
from exportin.kernels.dna_model import FLOOR, DnaFit, DnaModel, State
from exportin.kernels.dna_peaks import Array, Counts
from exportin.kernels.dna_spread import DnaAnswer, judge_histogram

SHARED = (LN_MEAN, LN_CV, LN_RATIO)
MAX_LOG_SHIFT = 0.25
"""A tube whose G1 lies further than this (ln) from the plate's median does not share it."""
_ROUNDS = 4


@dataclass(frozen=True)
class PlateFits:
    """Fits of many histograms with shared shape.

    Attributes
    ----------
    fits : tuple of DnaFit
        In the order given.
    g1_mean, g1_cv, ratio : float
        Of the plate.
    tube_sd : (3,) array
        SD between tubes of ln G1 mean, ln CV and ln ratio; 0 where counting noise explains it.
    prior : (2, SHAPES) array
        What `judge_histogram` and `fit_dna` take as ``prior``.
    joined : (w,) bool array
        Tubes that shared; the others were fitted on their own.
    """

    fits: tuple[DnaFit, ...]
    g1_mean: float
    g1_cv: float
    ratio: float
    tube_sd: Array
    prior: Array
    joined: NDArray[np.bool_]


def fit_plate(
    counts: Counts,
    edges: Array,
    model: DnaModel | None = None,
    *,
    shared: Literal["shift", "same"] = "shift",
    g1_range: tuple[float, float] | None = None,
    floor: float | None = None,
) -> PlateFits:
    """Fit the histograms of a plate with one position of G1, one CV and one G2M/G1.

    Parameters
    ----------
    counts : (w, n) array
        One histogram a row, weights of its parts its own.
    edges : (n + 1,) array
    model : DnaModel, optional
    shared : {"shift", "same"}
        "shift": tubes scatter about the plate's values with an SD that is estimated (moments), so
        that a tube with little information takes the plate's; "same": one value for all.
    g1_range, floor : optional
        As in `fit_dna`.

    Returns
    -------
    PlateFits

    Examples
    --------
    >>> from exportin.kernels.dna_design import gauss_counts
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> one = gauss_counts(edges, 300.0, 0.04, 7000.0) + gauss_counts(edges, 594.0, 0.04, 3000.0)
    >>> plate = fit_plate(np.array([one, 0.5 * one, 0.1 * one]), edges)
    >>> round(plate.g1_mean, 1), round(plate.ratio, 3), plate.fits[2].status
    (300.0, 1.98, 'ok')
    """
    model = model or DnaModel()
    rows = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    alone = [fit_dna(row, edges, model, g1_range=g1_range, floor=floor) for row in rows]
    joined = _joined(alone)
    none = np.zeros((2, SHAPES))
    if joined.sum() < 2:
        first = next((fit for fit in alone if fit.state is not None), alone[0])
        values = (first.g1_mean, first.g1_cv, first.ratio)
        return PlateFits(tuple(alone), *values, np.full(3, np.nan), none, joined)
    chosen = [fit for fit, yes in zip(alone, joined, strict=True) if yes]
    center, sd, error = _between(chosen)
    if shared == "same":
        sd, error = np.zeros(3), np.zeros(3)
        center = _one_value(rows[joined], edges, model, chosen, center)
    prior = none
    prior[0, list(SHARED)] = center
    with np.errstate(divide="ignore"):
        prior[1, list(SHARED)] = 1.0 / (sd**2 + error**2)
    if model.ratio is not None:
        prior[1, LN_RATIO] = 0.0
    fits = [
        fit_dna(row, edges, model, near=fit, g1_range=g1_range, floor=floor, prior=prior)
        if yes
        else fit
        for row, fit, yes in zip(rows, alone, joined, strict=True)
    ]
    width = chosen[0].state.frame.width if chosen[0].state is not None else 1.0
    return PlateFits(
        tuple(fits), float(np.exp(center[0]) * width), float(np.exp(center[1])),
        float(np.exp(center[2])), sd, prior, joined,
    )  # fmt: skip


def _joined(fits: list[DnaFit]) -> NDArray[np.bool_]:
    """Tubes with a fit whose G1 is near the median of all."""
    at = np.array([np.log(fit.g1_mean) if fit.state is not None else np.nan for fit in fits])
    if not np.any(np.isfinite(at)):
        return np.zeros(at.size, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(at - np.nanmedian(at)) < MAX_LOG_SHIFT)


def _between(fits: list[DnaFit]) -> tuple[Array, Array, Array]:
    """Mean, SD between tubes and standard error of the mean (DerSimonian and Laird)."""
    values, errors = [], []
    for fit in fits:
        state = fit.state
        if state is None:
            continue
        cov, _ = covariance(state, max(1.0, fit.reduced) if fit.df else 1.0)
        at = [COLUMNS + k for k in SHARED]
        values.append(state.x[at])
        errors.append(np.diag(cov)[at])
    value, variance = np.array(values), np.array(errors)
    known = variance > 0
    weight = np.where(known, 1.0 / np.where(known, variance, 1.0), 0.0)
    center, sd, error = np.median(value, axis=0), np.zeros(3), np.zeros(3)
    for k in range(3):
        w = weight[:, k]
        if known[:, k].sum() < 2:
            continue
        mean = np.sum(w * value[:, k]) / w.sum()
        q = np.sum(w * (value[:, k] - mean) ** 2)
        excess = q - (known[:, k].sum() - 1)
        tau = max(excess / (w.sum() - np.sum(w**2) / w.sum()), 0.0)
        v = np.where(known[:, k], 1.0 / (np.where(known[:, k], variance[:, k], 1.0) + tau), 0.0)
        center[k], sd[k] = np.sum(v * value[:, k]) / v.sum(), np.sqrt(tau)
        error[k] = np.sqrt(1.0 / v.sum())
    return center, sd, error


def _one_value(
    counts: Array, edges: Array, model: DnaModel, fits: list[DnaFit], center: Array
) -> Array:
    """Newton steps to the best common values, the weights of every tube fitted."""
    free = [0, 1, 2] if model.ratio is None else [0, 1]
    for _ in range(_ROUNDS):
        prior = np.zeros((2, SHAPES))
        prior[0, list(SHARED)], prior[1, list(SHARED)] = center, np.inf
        score, information = np.zeros(3), np.zeros((3, 3))
        for k, (row, fit) in enumerate(zip(counts, fits, strict=True)):
            held = fit_dna(row, edges, model, near=fit, prior=prior)
            fits[k] = held if held.state is not None else fit
            if held.state is not None:
                g, H = _efficient(held.state)
                score += g
                information += H
        step = np.zeros(3)
        step[free] = np.linalg.lstsq(information[np.ix_(free, free)], score[free], rcond=None)[0]
        center = center + np.clip(step, -0.05, 0.05)
        if np.max(np.abs(step)) < 1e-6:
            break
    return center


def _efficient(held: State) -> tuple[Array, Array]:
    """Score and information of the shared numbers, weights and own shape profiled out."""
    frame = held.frame
    low, high = held.low.copy(), held.high.copy()
    shared = np.array([COLUMNS + k for k in SHARED])
    low[shared], high[shared] = -np.inf, np.inf
    g, H = np.zeros(SIZE), np.zeros((SIZE, SIZE))
    work = np.zeros((SIZE + 3, max(frame.counts.size, COLUMNS)))
    slopes(
        frame.counts, frame.u0, frame.first, frame.last, FLOOR * frame.events, held.kinds,
        held.given, pieces(held.x), held.x, low, high, held.on, held.prior, work, g, H,
    )  # fmt: skip
    edge = 1e-9 * np.maximum(1.0, np.abs(held.x))
    rest = (held.low < held.high) & (held.x > held.low + edge) & (held.x < held.high - edge)
    rest[shared] = False
    rest &= np.diag(H) > 0
    others = np.flatnonzero(rest)
    mix = H[np.ix_(shared, others)]
    inner = np.linalg.pinv(H[np.ix_(others, others)], hermitian=True)
    return g[shared] - mix @ inner @ g[others], H[np.ix_(shared, shared)] - mix @ inner @ mix.T


def judge_plate(
    counts: Counts,
    edges: Array,
    *,
    shared: Literal["shift", "same"] = "shift",
    g1_range: tuple[float, float] | None = None,
    floor: float | None = None,
) -> tuple[PlateFits, tuple[DnaAnswer, ...]]:
    """Judge every histogram of a plate, position, CV and G2M/G1 shared.

    Parameters
    ----------
    counts : (w, n) array
    edges : (n + 1,) array
    shared, g1_range, floor
        As in `fit_plate`.

    Returns
    -------
    PlateFits, tuple of DnaAnswer
        Tubes that do not share (see ``joined``) are judged on their own.
    """
    plate = fit_plate(counts, edges, shared=shared, g1_range=g1_range, floor=floor)
    rows = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    answers = tuple(
        judge_histogram(
            row, edges, g1_range=g1_range, floor=floor, prior=plate.prior if yes else None
        )
        for row, yes in zip(rows, plate.joined, strict=True)
    )
    return plate, answers
