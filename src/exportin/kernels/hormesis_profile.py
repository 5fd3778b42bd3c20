"""Profile intervals of Brain-Cousens curves: the dose of a level, and the highest stimulation."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from exportin.kernels.cone import Array, Here, in_cone, race, take
from exportin.kernels.hill_batch import Collapsed, Offsets, PerCurve, Wells, collapse_many
from exportin.kernels.hill_fits import EC50_DECADES, HILL_MAX
from exportin.kernels.hill_profile import HillIntervals
from exportin.kernels.hormesis import LEAST_SLOPE, PARAMETERS, HormesisFits, shapes
from exportin.kernels.shape_profile import (
    Profile,
    Searcher,
    Task,
    interval,
    limit_of,
    no_error,
    scored_by,
    spread,
    with_level,
)
from exportin.kernels.two_shapes import Rows, rows_of

_LN10 = float(np.log(10.0))
_SHALLOW, _STEEP = float(np.log(LEAST_SLOPE)), float(np.log(HILL_MAX))
_PLACES, _SLOPES, _RISES, _FINE = 20, 9, 16, 160
_FLAT = 1e-9
"""A curve that rises by less of its fall has no highest point above its top."""
_RISE = (-9.0, 23.0)
"""Ln of the rise over the whole range, in units of the fall: from none to nothing but it."""
_HIGHEST = 20.0
"""Highest stimulation looked at, in ranges of the responses."""


def hormesis_dose(fits: HormesisFits, level: float) -> PerCurve:
    """log10 dose at which each falling branch equals ``level``, NaN where it never does.

    Examples
    --------
    >>> from exportin.kernels.hill_batch import fit_many
    >>> from exportin.kernels.hormesis import brain_cousens, fit_hormesis
    >>> x = np.repeat(np.linspace(-1.0, 3.0, 9), 2)
    >>> y = brain_cousens(10**x, top=1.0, bottom=0.0, e=20.0, hill=2.5, rise=0.05)
    >>> curves = x, y + np.tile([0.01, -0.01], 9), np.array([0, 18])
    >>> fits = fit_hormesis(*curves, fit_many(*curves))
    >>> at = hormesis_dose(fits, 0.5)
    >>> p = [float(v[0]) for v in (fits.top, fits.bottom, fits.log10_e, fits.hill, fits.rise)]
    >>> brain_cousens(10**at, top=p[0], bottom=p[1], e=10**p[2], hill=p[3], rise=p[4]).round(3)
    array([0.5])
    """
    reach = np.linspace(-EC50_DECADES, 2.0 * EC50_DECADES, 400)
    x = fits.log10_e[:, None] + reach
    with np.errstate(invalid="ignore"):
        peak = np.argmax(np.nan_to_num(_height(fits, x)), axis=1)
        each = np.arange(peak.size)
        low, high = x[each, peak], x[:, -1].copy()
        known = (_height(fits, low[:, None])[:, 0] > level) & (level > fits.bottom)
        for _ in range(60):
            middle = 0.5 * (low + high)
            over = _height(fits, middle[:, None])[:, 0] > level
            low, high = np.where(over, middle, low), np.where(over, high, middle)
    return np.asarray(np.where(known, low, np.nan))


def _height(fits: HormesisFits, x: Array) -> Array:
    top, bottom, e, hill, rise = (
        v[:, None] for v in (fits.top, fits.bottom, fits.log10_e, fits.hill, fits.rise)
    )
    out: Array = bottom + (top - bottom + rise * 10.0**x) * expit(-hill * (x - e) * _LN10)
    return out


class _Chosen(NamedTuple):
    """Curves that rise: their rows (ln doses counted from the highest) and what they start from."""

    data: Collapsed
    at: Array
    rows: Rows
    highest: Array
    low: Array


def profile_hormesis_absolute(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: HormesisFits,
    *,
    level: float,
    n_reference: PerCurve | float = np.inf,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of doses at which each Brain-Cousens curve may equal ``level``.

    All doses x with (RSS(x) - RSS) / (RSS / (n - 5)) <= F(1, n - 5), RSS(x) the lowest sum of
    squares of curves through (x, level), those without a rise among them. The error of the vehicle
    mean enters through ``n_reference``. Limits are looked for up to one decade beyond the tested
    doses; an end that is not found there is open. Curves without a fit (no rise lowers the sum of
    squares) have no interval.

    References
    ----------
    Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6.

    Examples
    --------
    >>> from exportin.kernels.hill_batch import fit_many
    >>> from exportin.kernels.hormesis import brain_cousens, fit_hormesis
    >>> x = np.repeat(np.linspace(-1.0, 3.0, 9), 2)
    >>> y = brain_cousens(10**x, top=1.0, bottom=0.0, e=20.0, hill=2.5, rise=0.05)
    >>> curves = x, y + np.tile([0.01, -0.01], 9), np.array([0, 18])
    >>> fits = fit_hormesis(*curves, fit_many(*curves))
    >>> found = profile_hormesis_absolute(*curves, fits, level=0.5)
    >>> bool(found.low[0] < hormesis_dose(fits, 0.5)[0] < found.high[0])
    True
    """
    if not level > 0.0:
        msg = f"Expected a level above zero, got {level}."
        raise ValueError(msg)
    some = _rising((log10_dose, response, offsets), fits, weight)
    rows, size = some.rows, fits.rss.size
    extra = np.broadcast_to(np.asarray(n_reference, np.float64), (size,))[some.at] / level**2
    corner = _box(some.low)
    model = in_cone(shapes, rising=True)
    search = Searcher(model, scored_by(model, lambda i: _places(some.low[i])))
    pure = some.data.pure[some.at]

    def profile(at: Array, of: Array) -> Array:
        held = with_level(take(rows, of), at, level, extra[of])
        return np.asarray(search.lowest(held, of, (corner[0][of], corner[1][of])) + pure[of])

    ends = rows.x[:, 0] - _LN10, np.full(some.at.size, _LN10)
    estimate = hormesis_dose(fits, level)[some.at] * _LN10 - some.highest
    last = np.full(size, np.nan)
    last[some.at] = some.highest / _LN10
    above = _height(fits, last[:, None])[some.at, 0] > level
    found = interval(_task((some, fits, conf_level), profile, estimate, ends, above))
    moved = some.highest / _LN10
    found = found._replace(low=found.low + moved, high=found.high + moved)
    return spread(found, some.at, size)


def profile_hormesis_peak(
    log10_dose: Wells,
    response: Wells,
    offsets: Offsets,
    fits: HormesisFits,
    *,
    conf_level: float = 0.95,
    weight: Wells | None = None,
) -> HillIntervals:
    """Interval of the highest stimulation: how far the curve may rise above its top.

    Units of the response, not log10. All heights with (RSS(height) - RSS) / (RSS / (n - 5)) <=
    F(1, n - 5), the stimulation being the highest point of the curve over the tested doses less
    its top. Where the wells do not contradict the Hill curve, the lower limit is 0 and
    ``open_low`` is true: there may be no stimulation.

    Examples
    --------
    >>> from exportin.kernels.hill_batch import fit_many
    >>> from exportin.kernels.hormesis import brain_cousens, fit_hormesis
    >>> x = np.repeat(np.linspace(-1.0, 3.0, 9), 2)
    >>> y = brain_cousens(10**x, top=1.0, bottom=0.0, e=20.0, hill=2.5, rise=0.05)
    >>> curves = x, y + np.tile([0.01, -0.01], 9), np.array([0, 18])
    >>> fits = fit_hormesis(*curves, fit_many(*curves))
    >>> found = profile_hormesis_peak(*curves, fits)
    >>> bool(0.0 < found.low[0] < fits.peak[0] < found.high[0])
    True
    """
    some = _rising((log10_dose, response, offsets), fits, weight)
    pure = some.data.pure[some.at]
    corner = _box(some.low, rise=True)
    grids = [_table(take(some.rows, np.array([i])), some.low[i]) for i in range(some.at.size)]

    def scored(row: Rows, curve: int, _: tuple[Array, Array]) -> tuple[Array, Array]:
        return grids[curve].places, grids[curve].rss(float(row.y[0, -1]))

    search = Searcher(_with_peak, scored)

    def profile(at: Array, of: Array) -> Array:
        held = _asked(take(some.rows, of), at)
        found = search.lowest(held, of, (corner[0][of], corner[1][of]))
        return np.asarray(np.where(at > 0.0, found + pure[of], plain[of]))

    plain = pure + _without_rise(some)
    estimate = np.maximum(fits.peak[some.at], 0.0)
    size = some.at.size
    reach = _HIGHEST * (some.rows.y.max(axis=1) - some.rows.y.min(axis=1))
    ends = np.zeros(size), np.maximum(reach, 2.0 * estimate)
    task = _task((some, fits, conf_level), profile, estimate, ends, np.zeros(size, bool))
    return spread(interval(task, log10=False), some.at, fits.rss.size)


def _rising(wells: tuple[Array, Array, Array], fits: HormesisFits, weight: Array | None) -> _Chosen:
    data = collapse_many(*wells, weight)
    at = np.flatnonzero(~np.isnan(fits.top))
    none = np.empty((0, 1))
    rows = rows_of(data, at) if at.size else Rows(none, none, none)
    highest = rows.x.max(axis=1) if at.size else np.empty(0)
    rows = rows._replace(x=rows.x - highest[:, None])
    return _Chosen(data, at, rows, highest, rows.x[:, 0])


def _box(low: Array, *, rise: bool = False) -> tuple[Array, Array]:
    """Ln e, ln slope (and ln rise) of every curve."""
    whole = np.ones(low.size)
    least = [low - EC50_DECADES * _LN10, _SHALLOW * whole, *([_RISE[0] * whole] if rise else [])]
    most = [0.0 * whole, _STEEP * whole, *([_RISE[1] * whole] if rise else [])]
    return np.stack(least, axis=1), np.stack(most, axis=1)


def _places(low: float, rises: int = 0) -> Array:
    """Grid over e and slope, and over the rise."""
    e = np.linspace(low - 0.5 * _LN10, 0.0, _PLACES)
    axes = [e, np.linspace(_SHALLOW, _STEEP, _SLOPES)]
    axes += [np.linspace(*_RISE, rises)] if rises else []
    return np.stack([v.ravel() for v in np.meshgrid(*axes, indexing="ij")], axis=1)


class _Table(NamedTuple):
    """Shapes of a grid for one curve, from which any stimulation follows in one step."""

    places: Array
    height: Array
    toward: Array
    square: Array
    total: float

    def rss(self, peak: float) -> Array:
        c = peak / self.height
        out: Array = self.total - 2.0 * c * self.toward + c * c * self.square
        return np.where(self.height > _FLAT, out, np.inf)


def _table(row: Rows, low: float) -> _Table:
    places = _places(low, _RISES)
    u, _, height, _ = _hump(places, np.broadcast_to(row.x, (len(places), row.x.shape[1])))
    w, y = row.w[0], row.y[0]
    y = y - (w * y).sum() / w.sum()
    u = u - (u @ w / w.sum())[:, None]
    return _Table(places, height, u @ (w * y), (u * u) @ w, float((w * y * y).sum()))


def _asked(rows: Rows, peak: Array) -> Rows:
    """Carry the stimulation that is asked for in a last column without weight."""
    none = np.zeros(peak.size)
    more = rows.x[:, -1], peak, none
    return Rows(*(np.column_stack([v, one]) for v, one in zip(rows, more, strict=True)))


def _with_peak(p: Array, rows: Rows) -> Here:
    """Curves that rise by the stimulation asked for: only a constant is left to fit."""
    peak, root = rows.y[:, -1], np.sqrt(rows.w)
    whole = rows.w.sum(axis=1, keepdims=True)
    u, slopes, height, ascent = _hump(p, rows.x)
    good = height > _FLAT
    height = np.where(good, height, 1.0)
    c = peak / height

    def centered(v: Array) -> Array:
        out: Array = v - (rows.w * v).sum(-1, keepdims=True) / whole
        return out

    residual = root * centered(rows.y - c[:, None] * u)
    change = slopes / height[:, None] - u * (ascent / height**2)[..., None]
    rss = np.where(good, (residual**2).sum(axis=1), np.inf)
    heights = np.stack([np.zeros(peak.size), c, c * np.exp(p[:, 2])])
    return Here(rss, heights, residual, root * centered(peak[:, None] * change))


def _hump(p: Array, x: Array) -> tuple[Array, Array, Array, Array]:
    """Shape (1 + rise x dose) / (1 + (dose / e)^h), derivatives, its highest point above 1.

    The highest point over the doses of ``x`` is looked for on a grid and by a parabola; moving
    it does not change the height to first order, so that its derivatives are those at its place.
    """
    low, high = x.min(axis=1), x.max(axis=1)
    fine = low[:, None] + np.linspace(0.0, 1.0, _FINE) * (high - low)[:, None]
    height = _shape(p, fine)[0]
    each = np.arange(len(p))
    at = np.clip(np.argmax(height, axis=1), 1, _FINE - 2)
    left, here, right = (height[each, at + k] for k in (-1, 0, 1))
    bend = left - 2.0 * here + right
    shift = np.where(bend < 0.0, 0.5 * (left - right) / np.where(bend < 0.0, bend, 1.0), 0.0)
    place = fine[each, at] + np.clip(shift, -1.0, 1.0) * (fine[:, 1] - fine[:, 0])
    top, ascent = _shape(p, place[:, None])
    u, slopes = _shape(p, x)
    return u, slopes, top[:, 0] - 1.0, ascent[..., 0]


def _shape(p: Array, x: Array) -> tuple[Array, Array]:
    e, h, rise = p[:, :1], np.exp(p[:, 1:2]), np.exp(p[:, 2:])
    z, dose = h * (x - e), np.exp(x)
    down, more = expit(-z), 1.0 + rise * dose
    bend = down * (1.0 - down) * more
    return down * more, np.stack([h * bend, -z * bend, rise * dose * down])


def _without_rise(some: _Chosen) -> Array:
    """Sum of squares between dose means of the lowest falling curve without a rise."""
    if not some.at.size:
        return np.empty(0)
    low, high = _box(some.low)
    grids = [_places(edge) for edge in some.low]
    model = in_cone(_fall_only, rising=True)
    of = np.repeat(np.arange(some.at.size), len(grids[0]))
    scores = model(np.vstack(grids), take(some.rows, of)).rss.reshape(some.at.size, -1)
    best = np.argsort(scores, axis=1)[:, :6]
    starts = [grid[mine] for grid, mine in zip(grids, best, strict=True)]
    return race(model, starts, some.rows, (low, high)).rss


def _fall_only(p: Array, x: Array) -> tuple[Array, Array]:
    values, slopes = shapes(p, x)
    values[1], slopes[:, 1] = 0.0, 0.0
    return values, slopes


def _task(
    about: tuple[_Chosen, HormesisFits, float],
    profile: Profile,
    estimate: Array,
    ends: tuple[Array, Array],
    above: Array,
) -> Task:
    some, fits, conf_level = about
    rss, wells = fits.rss[some.at], some.data.wells[some.at]
    limit = limit_of(rss, wells, PARAMETERS, conf_level)
    exact = no_error(rss, some.data.total[some.at])
    return Task(profile, estimate, limit, *ends, above, exact)
