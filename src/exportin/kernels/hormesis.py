"""Stimulation at low doses: the Brain-Cousens curve and its test against an ordinary Hill curve."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, fdtrc

from exportin.kernels.hill_batch import (
    CONSTANT,
    TOO_FEW,
    Flag,
    HillFits,
    Offsets,
    PerCurve,
    Wells,
    collapse_many,
)
from exportin.kernels.hill_fits import EC50_DECADES, HILL_MAX
from exportin.kernels.two_shapes import Ends, Rows, rows_of, search, starts_on

PARAMETERS = 5
MIN_HORMESIS_DOSES = 6
"""Five parameters, and one dose more: stimulation rests on the few doses before the fall."""
ALPHA_HORMESIS = 0.01
"""At most one curve in a hundred without stimulation is flagged; by simulation the F test keeps
its level (`tests/kernels/test_hormesis.py`)."""
LEAST_SLOPE = 1.25
"""At slope 1 the rising part is the falling part once more, and below it the curve never comes
down; just above, plateaus run away against each other."""
_SHALLOWEST = float(np.log(LEAST_SLOPE))
_LN10 = float(np.log(10.0))
_STEP, _SLOPES = 0.3, 14
_FINE = 400
_EXACT = 1e-12


class HormesisFits(NamedTuple):
    """Brain-Cousens curves, an entry a curve; parameters NaN where none beats the Hill curve.

    f(x) = bottom + (top - bottom + rise x) / (1 + (x / e)^hill), rise above zero. ``peak`` is the
    highest fitted response over the tested doses less ``top``, ``log10_peak`` its dose. ``p`` is
    that of F with 1 and n - 5 degrees of freedom against the Hill curve; 1 where nothing is
    gained, NaN with too few doses or wells.
    """

    top: PerCurve
    bottom: PerCurve
    log10_e: PerCurve
    hill: PerCurve
    rise: PerCurve
    rss: PerCurve
    f: PerCurve
    p: PerCurve
    peak: PerCurve
    log10_peak: PerCurve

    def stimulated(self) -> Flag:
        """Curves whose stimulation the test finds."""
        return np.asarray(self.p <= ALPHA_HORMESIS)


def brain_cousens(
    dose: Wells, *, top: float, bottom: float, e: float, hill: float, rise: float
) -> Wells:
    """Response of the Brain-Cousens curve: a Hill curve that first rises along ``rise`` x dose.

    Examples
    --------
    >>> curve = {"top": 1.0, "bottom": 0.0, "e": 10.0, "hill": 3.0, "rise": 0.2}
    >>> brain_cousens(np.array([0.001, 3.0, 100.0]), **curve).round(3).tolist()
    [1.0, 1.558, 0.021]
    """
    left = expit(-hill * (np.log(dose) - np.log(e)))
    return np.asarray(bottom + (top - bottom + rise * dose) * left)


def fit_hormesis(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    hill_fits: HillFits,
    weight: Wells | None = None,
) -> HormesisFits:
    """Fit the Brain-Cousens curve, and test its rise against the nested Hill curve.

    Least squares over five parameters: falling curves only (top above bottom), rise above zero,
    slope 1.25 to 50 (at 1 the curve does not come down), e between three decades below the lowest
    tested dose and the highest (a fall must have been seen). Three of the five are linear and are
    projected out. F = (RSS_hill - RSS) / (RSS / (n - 5)).

    Parameters
    ----------
    log10_dose, response, offsets, weight
        As `fit_many` takes them; six doses and six wells at least.
    hill_fits : HillFits
        Result of `fit_many` for them.

    References
    ----------
    Brain and Cousens 1989, Weed Research 29:93-96; Cedergreen, Ritz and Streibig 2005, Environ
    Toxicol Chem 24:3166-3172.

    Examples
    --------
    >>> from exportin.kernels.hill_batch import fit_many
    >>> x = np.repeat(np.linspace(-1.0, 3.0, 9), 2)
    >>> y = brain_cousens(10**x, top=1.0, bottom=0.0, e=20.0, hill=2.5, rise=0.05)
    >>> curves = x, y + np.tile([0.01, -0.01], 9), np.array([0, 18])
    >>> found = fit_hormesis(*curves, fit_many(*curves))
    >>> found.rise.round(3).tolist(), found.stimulated().tolist(), found.peak.round(1).tolist()
    ([0.05], [True], [0.3])
    """
    data = collapse_many(log10_dose, response, offsets, weight)
    none = (hill_fits.status == TOO_FEW) | (hill_fits.status == CONSTANT)
    none |= (data.doses < MIN_HORMESIS_DOSES) | (data.wells <= PARAMETERS)
    found, tested = np.full((none.size, 5), np.nan), np.full((none.size, 2), np.nan)
    rss = hill_fits.rss.copy()
    chosen = np.flatnonzero(~none)
    if chosen.size:
        rows = rows_of(data, chosen)
        highest = rows.x.max(axis=1)
        tested[chosen] = np.stack([rows.x[:, 0], highest], axis=1)
        ends = _searched(rows._replace(x=rows.x - highest[:, None]))
        lowest = ends.rss + data.pure[chosen]
        better = lowest < rss[chosen] - _EXACT * data.total[chosen]
        to = chosen[better]
        rss[to] = lowest[better]
        found[to] = _parameters(ends, highest)[better]
    df = np.maximum(data.wells - PARAMETERS, 1).astype(np.float64)
    variance = np.maximum(rss / df, _EXACT * np.maximum(data.total, 1e-290))
    f = np.where(none, np.nan, (hill_fits.rss - rss) / variance)
    p = np.where(none, np.nan, fdtrc(1.0, df, np.maximum(f, 0.0)))
    peak, at = _peaks(found, tested)
    top, bottom, e, hill, rise = found.T
    return HormesisFits(top, bottom, e / _LN10, hill, rise, rss, f, p, peak, at)


def shapes(p: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shapes over ln doses that are counted from the highest dose."""
    h = np.exp(p[:, 1:])
    z = h * (x - p[:, :1])
    down, dose = expit(-z), np.exp(x)
    bend = down * (1.0 - down)
    by_e, by_hill = h * bend, -z * bend
    slopes = np.stack([np.stack([by_e, dose * by_e]), np.stack([by_hill, dose * by_hill])])
    return np.stack([down, dose * down]), slopes


def _stimulating(c1: np.ndarray, c2: np.ndarray) -> np.ndarray:
    return np.asarray((c1 > 0.0) & (c2 > 0.0))


def _searched(rows: Rows) -> Ends:
    """Lowest end of every curve; ln doses are counted from the highest."""
    low = rows.x[:, 0] - EC50_DECADES * _LN10
    slopes = np.linspace(_SHALLOWEST, np.log(HILL_MAX), _SLOPES)
    starts = []
    for i in range(low.size):
        row = Rows(*(v[i] for v in rows))
        places = np.linspace(low[i], 0.0, int(np.ceil(-low[i] / _STEP)) + 1)
        down = expit(-np.exp(slopes)[None, :, None] * (row.x - places[:, None, None]))
        both = np.stack([down, np.exp(row.x) * down])
        starts.append(starts_on((places, slopes), row, both, _stimulating))
    none = np.zeros(low.size)
    box = (
        np.stack([low, none + _SHALLOWEST], axis=1),
        np.stack([none, none + np.log(HILL_MAX)], axis=1),
    )
    return search(starts, rows, shapes, _stimulating, box)


def _parameters(ends: Ends, highest: np.ndarray) -> np.ndarray:
    """Top, bottom, ln e, slope, rise per dose."""
    bottom, span, rise = ends.coefficients
    e, hill = ends.parameters[:, 0] + highest, np.exp(ends.parameters[:, 1])
    return np.stack([bottom + span, bottom, e, hill, rise / np.exp(highest)], axis=1)


def _peaks(found: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height of the highest fitted response above the top, and its log10 dose."""
    grid = ends[:, :1] + np.linspace(0.0, 1.0, _FINE) * (ends[:, 1:] - ends[:, :1])
    top, bottom, e, hill, rise = (column[:, None] for column in found.T)
    height = bottom + (top - bottom + rise * np.exp(grid)) * expit(-hill * (grid - e))
    known = ~np.isnan(found[:, 0])
    at = np.argmax(np.where(known[:, None], height, 0.0), axis=1)
    each = np.arange(at.size)
    peak = np.where(known, height[each, at] - found[:, 0], np.nan)
    return peak, np.where(known, grid[each, at] / _LN10, np.nan)
