"""Cell-cycle phases from a histogram of DNA content (propidium iodide and other DNA dyes).

A histogram is ``counts`` (n,) of events in equal bins and ``edges`` (n + 1,) in channels, where
channel 0 means no DNA (a linear amplifier). The rooms are

``dna_histogram.fit_dna(counts, edges, model)`` -> ``DnaFit``
    One model by maximum likelihood: phases, position, CV, fitted curve of every part.
``dna_watson.fit_watson(counts, edges)`` -> ``DnaFit``
    Watson's pragmatic model: S is what the two peaks leave.
``dna_intervals.dna_intervals(fit)`` -> ``DnaIntervals``
    Profile-likelihood intervals, covariance and draws of the three fractions.
``dna_spread.judge_histogram(counts, edges)`` -> ``DnaAnswer``
    Everything of one tube: the reported fit, its intervals, the range over all admissible models
    and the verdict "identifiable" or "not identifiable".
``dna_choice.choose_models(first, given)`` -> ``Choice``
    Which models are fitted to the tube, in which order, and which one is reported.
``dna_plate.fit_plate(counts, edges)`` -> ``PlateFits``
    Many histograms that share the position of G1, its CV and the ratio of G2M to G1.

Model of the expected counts: G1 and G2M are Gaussians of equal CV; S is spread between them by a
non-negative quadratic (Dean & Jett 1974), plus a Gaussian for synchronous cells (Fox 1980), or by a
straight line (a trapezoid), and broadened by the same CV. The CV of G2M may be freed, within two
thirds to one and a half times that of G1; S then keeps that of G1. Aggregates are the sum of two or
three single cells (Bagwell 1993); debris are nuclei cut once, or fall off exponentially; sub-G1 is
a broad Gaussian below G1, apart from debris. Every term is integrated over the bin; counts are
Poisson.

References: Dean & Jett (1974) J Cell Biol 60:523; Fox (1980) Cytometry 1:71; Watson, Chambers &
Smith (1987) Cytometry 8:1; Bagwell et al. (1991) Cytometry 12:107.
"""

from dataclasses import replace

import numpy as np

from exportin.kernels.dna_climb import begin, part_curve, refine
from exportin.kernels.dna_columns import (
    COLUMNS,
    DEBRIS,
    FOX,
    G1,
    G1B,
    G2,
    G2B,
    LN_CV,
    LN_CV_B,
    LN_CV_G2,
    LN_MEAN,
    LN_MEAN_B,
    LN_RATIO,
    PAIRS,
    SB,
    SUB,
    S,
)
from exportin.kernels.dna_design import frame_of, trigger
from exportin.kernels.dna_model import MIN_EVENTS, DnaFit, DnaModel, Line, State
from exportin.kernels.dna_peaks import HALF, MAIN, Array, Counts, DnaStart, find_start

__all__ = [
    "DnaFit",
    "DnaModel",
    "Line",
    "check_histogram",
    "fit_dna",
    "free_parameters",
    "pearson",
    "settle",
]


def fit_dna(
    counts: Counts,
    edges: Array,
    model: DnaModel | None = None,
    *,
    start: DnaStart | None = None,
    g1_range: tuple[float, float] | None = None,
    floor: float | None = None,
    prior: Array | None = None,
    near: DnaFit | None = None,
) -> DnaFit:
    """Fit one model of the cell cycle to a DNA histogram.

    Parameters
    ----------
    counts : (n,) array
        Events of every bin.
    edges : (n + 1,) array
        Channels, equally spaced; channel 0 is no DNA.
    model : DnaModel, optional
        Dean-Jett with nuclei cut once and aggregates unless given.
    start : DnaStart, optional
        From `find_start`; found here if left out.
    g1_range : (float, float), optional
        Channels between which the controls expect G1.
    floor : float, optional
        Channels below are not fitted; a fifth of the mean of G1, or above the trigger.
    prior : (2, SHAPES) array, optional
        Centers and precisions of shape parameters shared over a plate, for these very bins.
    near : DnaFit, optional
        A fit of the same histogram to start from.

    Returns
    -------
    DnaFit

    Raises
    ------
    ValueError
        If the histogram is not one: sizes, negative counts, unequal bins.

    Examples
    --------
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> from exportin.kernels.dna_design import gauss_counts
    >>> counts = gauss_counts(edges, 300.0, 0.04, 7000.0) + gauss_counts(edges, 600.0, 0.04, 3000.0)
    >>> fit = fit_dna(counts, edges)
    >>> [round(part, 3) for part in fit.phases], round(fit.g1_mean, 1), round(fit.g1_cv, 3)
    ([0.7, 0.0, 0.3], 300.0, 0.04)
    """
    model = model or DnaModel()
    counts, edges = check_histogram(counts, edges)
    if start is None:
        start = (
            near_start(near)
            if near is not None
            else settle(counts, edges, find_start(counts, edges, g1_range), floor)
        )
    if not np.isfinite(start.g1_mean):
        return nothing(model, counts, edges, "no_peak", start.rule)
    frame = frame_of(counts, edges, start.g1_mean, floor)
    if frame.events < MIN_EVENTS:
        return nothing(model, counts, edges, "too_few", start.rule)
    state = begin(frame, model, start, g1_range=g1_range, prior=prior, near=near)
    state, settled = refine(state, model)
    return made(state, model, counts, edges, rule=start.rule, settled=settled)


def settle(counts: Array, edges: Array, start: DnaStart, floor: float | None) -> DnaStart:
    """Decide whether a peak at half the channel of the main one is its G1 or a sub-G1 hump.

    Both are fitted over the same bins; sub-G1 wins only by more than 10 in Akaike's criterion.
    """
    if start.rule != HALF:
        return start
    floor = trigger(counts, edges, start.g1_mean) if floor is None else floor
    main = replace(start, g1_mean=start.g1_mean * start.ratio, ratio=1.97, rule=MAIN)
    low = fit_dna(counts, edges, DnaModel(), start=start, floor=floor)
    high = fit_dna(counts, edges, DnaModel(sub_g1=True), start=main, floor=floor)
    if low.state is None or high.state is None:
        return start
    gain = 2.0 * (high.loglik - low.loglik) - 4.0
    return main if gain > 10.0 * max(1.0, min(low.reduced, high.reduced)) else start


def check_histogram(counts: Counts, edges: Array) -> tuple[Array, Array]:
    """Refuse what is no histogram with equal bins."""
    counts = np.ascontiguousarray(counts, dtype=np.float64)
    edges = np.ascontiguousarray(edges, dtype=np.float64)
    if counts.ndim != 1 or edges.shape != (counts.size + 1,):
        raise ValueError(
            f"counts {counts.shape} and edges {edges.shape}: one more edge than counts expected"
        )
    if counts.size < 32:
        raise ValueError(f"{counts.size} bins are too few; make 256 or at least 32")
    if not np.all(np.isfinite(counts)) or counts.min() < 0:
        raise ValueError("counts must be finite and not negative")
    width = np.diff(edges)
    if not np.all(np.isfinite(edges)) or width.min() <= 0 or np.ptp(width) > 1e-6 * width.mean():
        raise ValueError("edges must rise in equal steps: DNA content needs a linear scale")
    return counts, edges


def nothing(model: DnaModel, counts: Array, edges: Array, status: str, rule: str) -> DnaFit:
    """Make the answer for a histogram that was not fitted."""
    nan = float("nan")
    return DnaFit(
        model, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, 0, nan, status, rule,
        nan, nan, counts, edges, {},
    )  # fmt: skip


def near_start(fit: DnaFit) -> DnaStart:
    """Start again from a fit."""
    second = fit.second
    return DnaStart(
        fit.g1_mean, fit.g1_cv, fit.ratio,
        second.g1_mean if second else float("nan"), second.g1_cv if second else float("nan"),
        fit.rule,
    )  # fmt: skip


_PARTS = {
    "g1": [G1], "s": [S, S + 1, S + 2, FOX], "g2m": [G2], "debris": [DEBRIS],
    "aggregates": [PAIRS], "sub_g1": [SUB], "second_g1": [G1B], "second_s": [SB, SB + 1, SB + 2],
    "second_g2m": [G2B],
}  # fmt: skip


def made(
    state: State, model: DnaModel, counts: Array, edges: Array, *, rule: str, settled: bool
) -> DnaFit:
    """Turn weights and shape into an answer."""
    frame, x = state.frame, state.x
    parts = {}
    for name, members in _PARTS.items():
        of = np.zeros(COLUMNS, dtype=np.bool_)
        of[members] = True
        if np.any(of & state.on):
            parts[name] = part_curve(state, x, of & state.on, state.given)
    parts["total"] = np.sum(list(parts.values()), axis=0)
    w = x[:COLUMNS]
    s, cells = w[S : S + 4].sum(), w[: S + 4].sum()
    second_s, second_cells = w[SB : SB + 3].sum(), w[G1B:].sum()
    shape = np.exp(x[COLUMNS:])
    second = None
    if model.second_line:
        second = Line(
            *_shares(float(w[G1B]), float(second_s), float(w[G2B])), float(second_cells),
            float(shape[LN_MEAN_B] * frame.width), float(shape[LN_CV_B]),
        )  # fmt: skip
    seen = slice(frame.first, frame.last)
    inside = max(frame.events, 1.0)
    chi_square, groups = pearson(counts[seen], parts["total"][seen])
    all_cells = cells + second_cells
    g1, s_share, g2m = _shares(float(w[G1]), float(s), float(w[G2]))
    zero = np.zeros(counts.size)
    return DnaFit(
        model, g1, s_share, g2m, float(cells),
        float(w[SUB] / (w[SUB] + all_cells)) if all_cells > 0 else float("nan"),
        float(parts.get("debris", zero)[seen].sum() / inside),
        float(parts.get("aggregates", zero)[seen].sum() / inside),
        float(shape[LN_MEAN] * frame.width), float(shape[LN_CV]), float(shape[LN_RATIO]),
        chi_square, max(groups - free_parameters(state), 0), state.best,
        _status(state, settled=settled), rule,
        frame.floor, frame.top, counts, edges, parts, second, state,
    )  # fmt: skip


def _shares(a: float, b: float, c: float) -> tuple[float, float, float]:
    total = a + b + c
    if total <= 0:
        return float("nan"), float("nan"), float("nan")
    return a / total, b / total, c / total


def free_parameters(state: State) -> int:
    """Numbers that were fitted."""
    return int(np.sum(state.low < state.high))


def _status(state: State, *, settled: bool) -> str:
    if not settled:
        return "not_converged"
    for k in (LN_MEAN, LN_CV, LN_RATIO, LN_CV_G2):
        j = COLUMNS + k
        room = state.high[j] - state.low[j]
        if room > 0 and min(state.x[j] - state.low[j], state.high[j] - state.x[j]) < 1e-6 * room:
            return "at_bound"
    return "ok"


def pearson(counts: Array, expected: Array, least: float = 5.0) -> tuple[float, int]:
    """Pearson's chi-square over neighbouring bins pooled to ``least`` expected counts.

    >>> pearson(np.array([12.0, 3.0, 4.0]), np.array([10.0, 2.0, 4.0]), 5.0)
    (0.5666..., 2)
    """
    total, groups, seen, held = 0.0, 0, 0.0, 0.0
    for n, m in zip(counts.tolist(), expected.tolist(), strict=True):
        seen += n
        held += m
        if held >= least:
            total += (seen - held) ** 2 / held
            groups += 1
            seen = held = 0.0
    return total, groups
