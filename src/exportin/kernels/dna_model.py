"""What a DNA fit may consist of and what it answers."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from exportin.kernels.dna_columns import COLUMNS, LN_CV_G2
from exportin.kernels.dna_design import Frame
from exportin.kernels.dna_peaks import Array

RATIO_LOW, RATIO_HIGH = 1.8, 2.1
"""A free ratio of G2M to G1 stays within these (amplifiers are not quite linear)."""
CV_LOW, CV_HIGH = 0.004, 0.40
CV_G2_STEP = 0.4
"""A free CV of G2M is within this (ln) of that of G1: two thirds to one and a half times."""
SUB_G1_SD = 0.05
"""Of the mean of G1: a narrower hump below G1 is a peak and not sub-G1."""
MIN_EVENTS = 200
"""Fewer events above the floor are not fitted."""
FLOOR = 1e-9
"""Of all events in every bin, whatever the model: one stray event cannot rule a fit out."""

UNTIED = False
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class DnaModel:
    """Which terms a fit has.

    Attributes
    ----------
    s : {"quadratic", "trapezoid", "remainder"}
        Shape of S before broadening; "remainder" is Watson's and belongs to `fit_watson`.
    synchronous : bool
        One more Gaussian inside S (Fox).
    debris : {"single_cut", "exponential", "none"}
    aggregates, sub_g1, second_line : bool
    triplets : bool
        Aggregates are pairs and, as often among pairs as pairs among cells, triplets; else pairs.
    free_g2m_cv : bool
        G2M has a CV of its own (mitotic chromatin takes up dye differently, noise that does not
        grow with the signal); S keeps that of G1.
    ratio : float or None
        Mean of G2M over mean of G1; None: fitted within 1.8 to 2.1.
    """

    s: Literal["quadratic", "trapezoid", "remainder"] = "quadratic"
    synchronous: bool = False
    debris: Literal["single_cut", "exponential", "none"] = "single_cut"
    aggregates: bool = True
    sub_g1: bool = False
    second_line: bool = False
    ratio: float | None = None
    triplets: bool = True
    free_g2m_cv: bool = False

    @property
    def name(self) -> str:
        """Words for a table.

        >>> DnaModel(synchronous=True, ratio=2.0).name
        'Dean-Jett-Fox, debris single cut, aggregates, ratio 2'
        """
        if self.s == "remainder":
            return "Watson"
        first = "trapezoid" if self.s == "trapezoid" else "Dean-Jett"
        words = [first + ("-Fox" if self.synchronous else "")]
        words.append(
            "no debris" if self.debris == "none" else "debris " + self.debris.replace("_", " ")
        )
        if self.aggregates:
            words.append("aggregates" if self.triplets else "pairs only")
        else:
            words.append("no aggregates")
        if self.sub_g1:
            words.append("sub-G1")
        if self.second_line:
            words.append("second line")
        if self.ratio is not None:
            words.append(f"ratio {self.ratio:g}")
        if self.free_g2m_cv:
            words.append("CV of G2M free")
        return ", ".join(words)


@dataclass(frozen=True)
class Line:
    """Phases of one cell line in the tube; fractions add up to 1."""

    g1: float
    s: float
    g2m: float
    cells: float
    g1_mean: float
    g1_cv: float


@dataclass(frozen=True)
class DnaFit:
    """One model fitted to one histogram.

    Attributes
    ----------
    g1, s, g2m : float
        Fractions of single cells; they add up to 1. NaN where nothing was fitted.
    cells : float
        Single cells (of the first line where there are two): their number.
    sub_g1 : float
        Sub-G1 events over sub-G1 events and single cells of all lines.
    debris, aggregates : float
        Share of the events between ``floor`` and ``top``.
    g1_mean, g1_cv, ratio : float
        Channel, SD over mean, mean of G2M over mean of G1. See also ``g2m_cv``.
    chi_square, df : float, int
        Pearson over bins pooled to 5 expected events or more; ``reduced`` is their ratio.
    loglik : float
        Poisson, without the factorials of the counts.
    status : str
        "ok"; "at_bound" (position, CV or ratio at the end of its range); "not_converged";
        "no_peak"; "too_few".
    rule : str
        How G1 was found.
    floor, top : float
        Channels that were fitted; below ``floor`` debris is not told from noise.
    parts : dict of (n,) arrays
        Expected counts: "g1", "s", "g2m", "debris", "aggregates", "sub_g1", "second_g1",
        "second_s", "second_g2m", "total". Only those of the model.
    second : Line or None
    """

    model: DnaModel
    g1: float
    s: float
    g2m: float
    cells: float
    sub_g1: float
    debris: float
    aggregates: float
    g1_mean: float
    g1_cv: float
    ratio: float
    chi_square: float
    df: int
    loglik: float
    status: str
    rule: str
    floor: float
    top: float
    counts: Array
    edges: Array
    parts: dict[str, Array] = field(repr=False)
    second: Line | None = None
    state: "State | None" = field(default=None, repr=False)

    @property
    def reduced(self) -> float:
        """Chi-square over its degrees of freedom."""
        return self.chi_square / self.df if self.df > 0 else float("nan")

    @property
    def g2m_cv(self) -> float:
        """CV of G2M: that of G1 unless the model frees it."""
        step = self.state.x[COLUMNS + LN_CV_G2] if self.state is not None else 0.0
        return float(self.g1_cv * np.exp(step))

    @property
    def phases(self) -> tuple[float, float, float]:
        """G1, S, G2M."""
        return self.g1, self.s, self.g2m


@dataclass(frozen=True)
class State:
    """Where a fit stands, for fits that go on from it."""

    frame: Frame
    x: Array
    low: Array
    high: Array
    on: Flags
    given: Array
    kinds: NDArray[np.int64]
    prior: Array
    H: Array
    best: float
