"""The ridge of single cells: area / height (or width) as it grows with the area of the pulse."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from exportin.kernels.event_statistics import Band, ridge_band

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
MOST = 0.4
"""No nucleus passes the beam longer by more than that when its DNA doubles."""
FAR = 1.2
"""Octaves of area on each side of the main peak in which the ridge may rise; flat beyond."""
_NEAR = 0.3  # octaves around the main peak that tell nothing of growth: its own spread
_PEAK = 0.12  # octaves: half-width of the main peak where center and SD are first read
_FINE = 64  # bins an octave in which the main peak is looked for
_OCTAVES = 20
_ROWS = 10  # classes of area
_STEPS = 4  # bins a robust SD
_KERNEL = 0.8  # robust SDs
_LEAST = 8.0  # cells that a slope must rest on
_PEAK_EVENTS = 50
_ENOUGH = 10_000  # events from which the growth is read
_TOO_FINE = 4_000
_FAR_OFF = 0.84  # octaves: where G1 lies below a main peak of G2/M
_RARE = 0.25
_TOP = 0.98  # of the largest area
_PART = 0.4  # of the highest mode: what counts as one
_FOOT = 0.28  # log ratio an octave: doublets start higher, a ridge that meets them lower
_WINDOW = 1.5  # robust SDs
_ROUNDS = 2
_STEEP = float(np.log1p(MOST))
_MIDDLE = _NEAR + (np.arange(_ROWS) + 0.5) * (FAR - _NEAR) / _ROWS


class Ridge(NamedTuple):
    """A band that follows the area.

    ``center`` and ``sd`` hold at the area ``at`` of the main peak; the ridge is higher by the part
    ``above`` where the area is twice that, lower by the factor 1 / (1 + ``below``) at half of it.
    """

    band: Band
    at: float
    above: float
    below: float


def rise(area: Values, at: float, above: float, below: float) -> Values:
    """Return how high the ridge stands over each area, 1 at the main peak.

    (area / at)^log2(1 + growth), with the growth ``above`` or ``below`` the main peak, and
    constant from 1.2 octaves off.

    >>> rise(np.array([25.0, 50.0, 100.0, 200.0]), 50.0, 0.2, 0.25).round(3).tolist()
    [0.8, 1.0, 1.2, 1.245]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return _risen(np.log2(np.maximum(area, 0.0) / at), above, below)


def _risen(octaves: Values, above: float, below: float) -> Values:
    up = np.log1p(above) * np.clip(octaves, 0.0, FAR)
    made: Values = np.exp(up + np.log1p(below) * np.clip(octaves, -FAR, 0.0))
    return made


def grown_ridge(ratio: Values, area: Values, spread: float) -> Ridge:
    """Return the band of single cells, its center a power of the area on each side of the peak.

    Large nuclei pass the beam longer, so that one center for all sizes would leave out G2/M. The
    main peak of the area is found, then the growth up to twice and down to half that area: the
    first mode from below of ratios over area, classes of area weighing nearly alike
    (two G1 cells together have the area of G2/M, but a higher ratio; S has none of them).
    Growth is 0 where fewer than about 8 cells tell it, and between 0 and 0.4. Then `ridge_band`
    of ratio / rise; two rounds. The growth is read from
    10,000 events or a few more, evenly picked.

    Parameters
    ----------
    ratio, area
        One value an event; ratios that are not finite are in no band.
    spread
        Half-width of the band in robust SDs.

    >>> rng = np.random.default_rng(1)
    >>> dna = np.repeat([1.0, 2.0], [700, 300])
    >>> area = dna * rng.normal(1.0, 0.03, 1000)
    >>> ridge = grown_ridge((0.8 + 0.2 * dna) * rng.normal(1.0, 0.02, 1000), area, 3.5)
    >>> round(ridge.above, 1), bool(ridge.band.inside.mean() > 0.99)
    (0.2, True)
    """
    usable = np.isfinite(ratio) & (ratio > 0) & np.isfinite(area) & (area > 0)
    top = float(np.max(area[usable], initial=0.0))
    known = np.flatnonzero(usable & (area < _TOP * top))  # events off scale pile up at the top
    known = known[:: max(1, known.size // _ENOUGH)]
    if known.size < _PEAK_EVENTS:
        return Ridge(ridge_band(ratio, spread), 1.0, 0.0, 0.0)
    part, octaves = ratio[known], np.log2(area[known])
    peak = _main_peak(octaves)
    octaves -= peak
    near = part[np.abs(octaves) < _PEAK]
    band = ridge_band(near if near.size >= _PEAK_EVENTS else part, spread)
    at, above, below = float(2.0**peak), 0.0, 0.0
    logs = np.log(part)
    for again in range(_ROUNDS):
        if again:
            band = ridge_band(part / _risen(octaves, above, below), spread)
        if not (band.sd > 0 and band.center > 0):
            break
        above, below = _both(octaves, logs - np.log(band.center), band.sd / band.center)
    if above or below:
        ratio = ratio / rise(area, at, above, below)
    return Ridge(ridge_band(ratio, spread), at, above, below)


def _main_peak(octaves: Values) -> float:
    """Return the highest peak of log2 area, events weighed by area so that debris makes none."""
    top = float(np.quantile(octaves, 0.999))
    places = np.floor((octaves - top + _OCTAVES) * _FINE).astype(np.int64)
    held = (places >= 0) & (places < (_OCTAVES + 2) * _FINE)
    weights = np.exp2(np.minimum(octaves[held] - top, 0.0))
    counts = np.bincount(places[held], weights, (_OCTAVES + 2) * _FINE)
    best = int(np.argmax(gaussian_filter1d(counts, 2.0, mode="constant")))
    return top - _OCTAVES + (best + 0.5) / _FINE


def _both(octaves: Values, off: Values, sd: float) -> tuple[float, float]:
    """Return the growth above and below the main peak.

    Where far more cells lie an octave below than the growth above rests on, the main peak is
    G2/M, and what lies above are its doublets.
    """
    above, cells, _ = _growth(octaves, off, sd)
    below, _, far = _growth(-octaves, -off, sd)
    return (0.0 if cells < _RARE * far else above), below


def _growth(octaves: Values, off: Values, sd: float) -> tuple[float, float, float]:
    """Return by which part the ratio rises in one octave, cells that tell it, and those far off.

    The growth is 0 where that cannot be told.
    """
    bins = int(np.ceil((_STEEP * FAR + 10.0 * sd) / sd * _STEPS))
    if bins > _TOO_FINE:  # a ridge without width: nothing to follow
        return 0.0, 0.0, 0.0
    held = np.flatnonzero((octaves > _NEAR) & (octaves < FAR))
    places = np.floor((off[held] / sd + 5.0) * _STEPS)
    fits = (places >= 0) & (places < bins)
    row = ((octaves[held][fits] - _NEAR) / (FAR - _NEAR) * _ROWS).astype(np.int64)
    if row.size < _LEAST:
        return 0.0, 0.0, 0.0
    counts = np.zeros((_ROWS, bins))
    np.add.at(counts, (row, places[fits].astype(np.int64)), 1.0)
    slope, cells = _first_mode(counts, sd)
    return float(np.expm1(slope)), float(cells.sum()), float(cells[_MIDDLE > _FAR_OFF].sum())


def _first_mode(counts: Values, sd: float) -> tuple[float, Values]:
    """Return the slope of the lowest mode that is nearly as high as the highest, and its cells."""
    weights = (counts.sum(axis=1) + _LEAST) ** -0.75
    density = gaussian_filter1d(counts, _KERNEL * _STEPS, axis=1, mode="constant")
    slopes = np.arange(0.0, _STEEP + 2.0 * sd, sd / _STEPS)
    at = np.rint((_MIDDLE[:, None] * slopes / sd + 5.0) * _STEPS - 0.5).astype(np.int64)
    at = np.minimum(at, counts.shape[1] - 1)
    found = np.take_along_axis(density, at, axis=1)
    height = weights @ found
    first = int(np.flatnonzero(height >= _PART * height.max())[0])
    falls = np.flatnonzero(np.diff(height[first:]) < 0)
    spot = first + int(falls[0]) if falls.size else height.size - 1
    cells: Values = found[:, spot] * _KERNEL * _STEPS * np.sqrt(2.0 * np.pi)
    foot = float(slopes[first])
    if cells.sum() < _LEAST or foot > _FOOT:  # too few to tell, or doublets alone
        return 0.0, cells
    if slopes[spot] > _STEEP:  # a ridge that runs into the doublets
        return foot + 0.5 * sd, cells
    return _centered(weights[:, None] * counts, sd, float(slopes[spot])), cells


def _centered(counts: Values, sd: float, slope: float) -> float:
    """Return the slope that least squares through the main peak find close to the ridge."""
    values = ((np.arange(counts.shape[1]) + 0.5) / _STEPS - 5.0) * sd
    middle = _MIDDLE[:, None]
    for _ in range(4):
        left = values - middle * slope
        near = counts * (np.abs(left) <= _WINDOW * sd)
        scale = float(np.sum(near.sum(axis=1) * _MIDDLE**2))
        if scale == 0.0:
            break
        slope += float(np.sum(near * left, axis=1) @ _MIDDLE) / scale
        slope = min(max(slope, 0.0), _STEEP)
    return slope
