"""One tube judged: the fit that is reported, the range over all admissible models, the verdict."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from exportin.kernels.dna_average import average_shapes
from exportin.kernels.dna_choice import ADMISSIBLE, Choice, aic, choose_models, scatter, two_lines
from exportin.kernels.dna_histogram import check_histogram, fit_dna, settle
from exportin.kernels.dna_intervals import DnaIntervals, dna_intervals
from exportin.kernels.dna_model import DnaFit, DnaModel
from exportin.kernels.dna_peaks import Array, Counts, find_start

MAX_SPREAD = 0.05
"""Identifiable: the fractions of all admissible models lie within 5 points of one another ..."""
MAX_WIDTH = 0.20
"""... no 95 % interval is wider than 20 points ..."""
MAX_CV = 1.0 / 9.0
"""... and G1 + 3 SD stays below G2M - 3 SD: above 11.1 % no channel belongs to S alone."""
MAX_SHOULDER = 0.01
"""... sub-G1 under the peak of G1 (above G1 - 2 SD), which moves G1 by as much, is below 1 % ..."""
MISFIT_EVENTS = 10_000
"""... and the excess of chi-square over its degrees of freedom is below 1 per this many events (or
below 0.5): a model that does not describe the histogram has no phases to report."""
MAX_MISFIT = 4.0
"""No count of events lifts the limit of chi-square over its degrees of freedom above this: by
then the curve misses by twice the counting noise in every bin, and a small part can be as wrong."""
CLEAR_TOP = 2.0
"""... and the histogram goes on to this many SD above G2M: cut off, its mean and CV are guesses."""
_PHASES = ("g1", "s", "g2m")


@dataclass(frozen=True)
class DnaAnswer:
    """All that is said about one tube.

    Attributes
    ----------
    fit : DnaFit
        The reported one: Dean-Jett averaged with the trapezoid by their Akaike weights, or
        Dean-Jett-Fox where a synchronous wave is supported, with the debris model that fits
        better, and a CV of G2M of its own where the histogram demands one.
    intervals : DnaIntervals
    models : tuple of DnaFit
        All that were fitted; ``admissible`` says which count.
    admissible : tuple of bool
    model_low, model_high : dict of float
        Range of "g1", "s", "g2m" over the admissible models, and of "sub_g1" over both debris
        models, each with a sub-G1 part (NaN where that was not looked for).
    verdict : {"identifiable", "not identifiable"}
    reason : str
        Why not; empty where identifiable.
    quadratic_weight : float
        Akaike weight of the quadratic S in ``fit``; the rest is that of the straight line.
    """

    fit: DnaFit
    intervals: DnaIntervals
    models: tuple[DnaFit, ...]
    admissible: tuple[bool, ...]
    model_low: dict[str, float]
    model_high: dict[str, float]
    verdict: str
    reason: str
    quadratic_weight: float = 1.0


def judge_histogram(
    counts: Counts,
    edges: Array,
    *,
    g1_range: tuple[float, float] | None = None,
    floor: float | None = None,
    second_line: bool | None = None,
    sub_g1: bool | None = None,
    ratio: float | None = None,
    prior: Array | None = None,
    gated: bool = True,
) -> DnaAnswer:
    """Fit every model to a DNA histogram, choose by stated rules, and say what can be known.

    Parameters
    ----------
    counts : (n,) array
        Events of every bin.
    edges : (n + 1,) array
        Channels, equally spaced; channel 0 is no DNA.
    g1_range : (float, float), optional
        Channels between which the controls expect G1.
    floor : float, optional
        Channels below are not fitted.
    second_line, sub_g1 : bool, optional
        Whether there is a second line or a sub-G1 population; looked for unless given.
    ratio : float, optional
        G2M over G1 if known; otherwise fitted, and fixed at 2 in one of the models.
    prior : (2, SHAPES) array, optional
        From a fit of the whole plate with these very bins.
    gated : bool
        Doublets were taken out before. If not, a model whose aggregates are pairs without
        triplets counts as well.

    Returns
    -------
    DnaAnswer

    Examples
    --------
    >>> from exportin.kernels.dna_design import gauss_counts
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> counts = gauss_counts(edges, 300.0, 0.03, 7000.0) + gauss_counts(edges, 600.0, 0.03, 3000.0)
    >>> answer = judge_histogram(counts.round(), edges)
    >>> answer.verdict, round(answer.fit.g1, 2)
    ('identifiable', 0.7)
    """
    counts, edges = check_histogram(counts, edges)
    start = settle(counts, edges, find_start(counts, edges, g1_range), floor)
    second = np.isfinite(start.second_mean) if second_line is None else second_line
    second = bool(second and np.isfinite(start.second_mean))
    base = DnaModel(second_line=second, ratio=ratio, sub_g1=bool(sub_g1))
    given: dict[str, Any] = {"g1_range": g1_range, "floor": floor, "prior": prior}
    first = fit_dna(counts, edges, base, start=start, **given)
    if second and second_line is None and not two_lines(first):
        base = replace(base, second_line=False)
        start = find_start(counts, edges, g1_range, lines=1)
        start = settle(counts, edges, start, floor)
        first = fit_dna(counts, edges, base, start=start, **given)
    if first.state is None:
        return _none(first)
    found = choose_models(
        first, given, look_for_sub_g1=sub_g1 is None, free_ratio=ratio is None, gated=gated
    )
    return _judge(found)


def _judge(found: Choice) -> DnaAnswer:
    chosen, fits, line = found.chosen, found.fits, found.line
    best = min(fits, key=aic)
    limit = aic(best) + ADMISSIBLE * scatter(best)
    counted = tuple(
        aic(fit) <= limit or fit is chosen or (fit.model.s == "remainder" and fit.status == "ok")
        for fit in fits
    )
    kept = [fit for fit, yes in zip(fits, counted, strict=True) if yes]
    low = {name: min(getattr(fit, name) for fit in kept) for name in _PHASES}
    high = {name: max(getattr(fit, name) for fit in kept) for name in _PHASES}
    if line is None:
        fit, intervals, weight = chosen, dna_intervals(chosen), 1.0
    else:
        gap = (aic(chosen) - aic(line)) / scatter(chosen)
        fit, intervals, weight = average_shapes(chosen, line, gap)
    low = {name: min(low[name], getattr(fit, name)) for name in _PHASES}
    high = {name: max(high[name], getattr(fit, name)) for name in _PHASES}
    tells = [fit.sub_g1, *found.sub_g1]
    low["sub_g1"] = min(tells) if found.sub_g1 else float("nan")
    high["sub_g1"] = max(tells) if found.sub_g1 else float("nan")
    reason = _why_not(fit, intervals, low, high)
    verdict = "not identifiable" if reason else "identifiable"
    return DnaAnswer(fit, intervals, fits, counted, low, high, verdict, reason, weight)


def _why_not(
    fit: DnaFit, intervals: DnaIntervals, low: dict[str, float], high: dict[str, float]
) -> str:
    """First reason why the phases cannot be told apart; empty if they can."""
    if fit.status not in {"ok", "at_bound"}:
        return f"the fit is {fit.status.replace('_', ' ')}"
    reason = _not_described(fit) or _too_wide(intervals, low, high) or _shoulder(fit)
    if not reason and fit.status == "at_bound":
        return "position, CV or G2M/G1 ended at the limit of its range"
    return reason


def _not_described(fit: DnaFit) -> str:
    """Peaks that run into one another or off the scale, and a curve that misses the counts."""
    if fit.g1_cv > MAX_CV:
        return (
            f"CV of G1 {100 * fit.g1_cv:.1f} %: above {100 * MAX_CV:.1f} % G1 and G2M overlap and "
            "no channel belongs to S alone"
        )
    if _off_scale(fit):
        return "G2/M is partly off scale"
    limit = min(1.0 + max(0.5, float(fit.counts.sum()) / MISFIT_EVENTS), MAX_MISFIT)
    if not fit.reduced <= limit:
        return (
            f"no model describes the histogram: chi-square over its degrees of freedom "
            f"{fit.reduced:.2f} (limit {limit:.2f} for this many events)"
        )
    return ""


def _off_scale(fit: DnaFit) -> bool:
    """Whether the histogram ends before the peak of G2M does."""
    return bool(fit.edges[-1] < fit.g1_mean * fit.ratio * (1.0 + CLEAR_TOP * fit.g2m_cv))


def _shoulder(fit: DnaFit) -> str:
    """Sub-G1 events above G1 - 2 SD, where a broad G1 would lie as well."""
    if "sub_g1" not in fit.parts or not fit.cells > 0:
        return ""
    above = fit.edges[:-1] >= fit.g1_mean * (1.0 - 2.0 * fit.g1_cv)
    under = float(fit.parts["sub_g1"][above].sum() / fit.cells)
    if under <= MAX_SHOULDER:
        return ""
    return (
        f"{100 * under:.1f} % of the cells lie under the left flank of G1 as sub-G1 (limit "
        f"{100 * MAX_SHOULDER:.0f} %): a broad or uneven G1 would look the same"
    )


def _too_wide(intervals: DnaIntervals, low: dict[str, float], high: dict[str, float]) -> str:
    """Models too far apart, or intervals too wide."""
    widest = max(_PHASES, key=lambda name: high[name] - low[name])
    spread = high[widest] - low[widest]
    if not spread <= MAX_SPREAD:
        return (
            f"admissible models differ by {100 * spread:.1f} points in {_NAMES[widest]} "
            f"(limit {100 * MAX_SPREAD:.0f})"
        )
    widest = max(_PHASES, key=lambda name: intervals.high[name] - intervals.low[name])
    width = intervals.high[widest] - intervals.low[widest]
    if not width <= MAX_WIDTH:
        return f"the interval of {_NAMES[widest]} is {100 * width:.0f} points wide"
    return ""


_NAMES = {"g1": "G1", "s": "S", "g2m": "G2M"}


def _none(fit: DnaFit) -> DnaAnswer:
    nan = dict.fromkeys((*_PHASES, "sub_g1"), float("nan"))
    words = {"no_peak": fit.rule, "too_few": "too few events"}
    return DnaAnswer(
        fit, dna_intervals(fit), (fit,), (False,), nan, dict(nan), "not identifiable",
        words.get(fit.status, fit.status),
    )  # fmt: skip
