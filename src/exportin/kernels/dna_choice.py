"""Which models are fitted to one tube, and which of them is reported, by stated rules."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from exportin.kernels.dna_columns import COLUMNS, FOX, SUB_AT, SUB_LN_SD
from exportin.kernels.dna_histogram import fit_dna
from exportin.kernels.dna_model import DnaFit
from exportin.kernels.dna_watson import fit_watson

ADMISSIBLE = 10.0
"""A model is admissible if its AIC is within this of the best, after division by the best model's
chi-square over its degrees of freedom (where above 1). Watson's has no likelihood: always."""
SYNCHRONOUS_SHARE = 0.03
"""Of the single cells: less in Fox's extra Gaussian is not a synchronous wave."""
SECOND_WIDTH = 1.6
"""Of two lines, one G1 has a CV of at most this many times that of the other ..."""
SECOND_SHARE = 0.10
"""... and that of the second holds at least this share of the first line's cells."""


@dataclass(frozen=True)
class Choice:
    """Fits of one tube.

    Attributes
    ----------
    chosen : DnaFit
    fits : tuple of DnaFit
        All, ``chosen`` among them.
    line : DnaFit or None
        ``chosen`` with a straight-line S; None where a synchronous wave is reported.
    sub_g1 : tuple of float
        Sub-G1 beside either debris model; empty where it was not looked for.
    """

    chosen: DnaFit
    fits: tuple[DnaFit, ...]
    line: DnaFit | None
    sub_g1: tuple[float, ...]


def choose_models(
    first: DnaFit, given: dict[str, Any], *, look_for_sub_g1: bool, free_ratio: bool, gated: bool
) -> Choice:
    """Build up the reported model term by term, then change one term of it at a time.

    Debris come first (the better of the two by AIC), then sub-G1 on top of them: tested beside
    the wrong debris, sub-G1 is the difference of the two. Then a synchronous wave or a CV of G2M
    of its own; the better of the two where both are clearly better than neither.

    Parameters
    ----------
    first : DnaFit
        The plain model: quadratic S, nuclei cut once.
    given : dict
        What `fit_dna` takes besides.
    look_for_sub_g1, free_ratio, gated : bool
        Whether sub-G1 is in question, G2M/G1 is fitted, and doublets were taken out before.

    Returns
    -------
    Choice
    """

    def again(near: DnaFit, **changes: Any) -> DnaFit:
        model = replace(near.model, **changes)
        return fit_dna(near.counts, near.edges, model, near=near, **given)

    falling = again(first, debris="exponential")
    base, other = (falling, first) if aic(falling) < aic(first) else (first, falling)
    parts: tuple[float, ...] = ()
    if first.model.sub_g1:
        parts = (base.sub_g1, other.sub_g1)
    elif look_for_sub_g1 and not first.model.second_line:
        with_sub, beside = (again(fit, sub_g1=True) for fit in (base, other))
        parts = (with_sub.sub_g1, beside.sub_g1)
        if better(with_sub, base) and _apart(with_sub):
            base, other = with_sub, beside
    waves = []
    if not base.model.second_line:
        fox = again(base, synchronous=True)
        if better(fox, base) and _fox_share(fox) >= SYNCHRONOUS_SHARE:
            waves = [fox]
    wide = again(base, free_g2m_cv=True)
    freed = [] if base.model.second_line else [wide]  # beside a second line it takes on its cells
    chosen = min((base, *(fit for fit in (*waves, *freed) if better(fit, base))), key=aic)
    if chosen is wide:
        other = again(wide, debris=other.model.debris)
    line = again(chosen, s="trapezoid", synchronous=False)
    fits = [base, other, line, again(chosen, aggregates=False), *waves, wide]
    if not gated:
        fits.append(again(chosen, triplets=False))
    if free_ratio:
        fits.append(again(chosen, ratio=2.0))
    fits.append(fit_watson(chosen))
    return Choice(chosen, tuple(fits), None if chosen.model.synchronous else line, parts)


def two_lines(fit: DnaFit) -> bool:
    """Whether both lines have a G1 that is a peak, and none is a hump of S or sub-G1."""
    second = fit.second
    if second is None:
        return False
    narrow = max(second.g1_cv, fit.g1_cv) <= SECOND_WIDTH * min(second.g1_cv, fit.g1_cv)
    return bool(narrow and second.g1 * second.cells >= SECOND_SHARE * fit.cells)


def _fox_share(fit: DnaFit) -> float:
    return float(fit.state.x[FOX] / fit.cells) if fit.state is not None else 0.0


def _apart(fit: DnaFit) -> bool:
    """Whether sub-G1 is a hump of its own: its upper SD ends before the lower two of G1 begin."""
    if fit.state is None:
        return False
    at, sd = fit.state.x[COLUMNS + SUB_AT], np.exp(fit.state.x[COLUMNS + SUB_LN_SD])
    return bool(at + sd < 1.0 - 2.0 * fit.g1_cv)


def aic(fit: DnaFit) -> float:
    """Akaike's criterion; infinite where nothing was fitted."""
    if fit.state is None or not np.isfinite(fit.loglik):
        return float("inf")
    return float(-2.0 * fit.loglik + 2.0 * np.sum(fit.state.low < fit.state.high))


def scatter(fit: DnaFit) -> float:
    """Chi-square over its degrees of freedom, at least 1."""
    return max(1.0, fit.reduced) if np.isfinite(fit.reduced) else 1.0


def better(this: DnaFit, than: DnaFit) -> bool:
    """Whether a fit is better by more than models may differ and both be admissible."""
    return bool((aic(than) - aic(this)) / scatter(this) > ADMISSIBLE)
