"""Least-squares fits of growth curves to ln volume of many animals at once."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from exportin.kernels.growth_curves import Array, Curve, curve_slopes, pace, scaled_time

Codes = NDArray[np.int64]

MIN_VISITS = 3
_GRID = 24
_FINE = 9
_STEPS = 60
_BEYOND = 0.5  # at exp(-0.5) of the switch volume growth is exponential to 2e-6


@dataclass(frozen=True)
class CurveFits:
    """Least-squares fits of one curve to groups of animals that share its shape.

    Attributes
    ----------
    level, rate : (a,) arrays
        Of each animal; NaN where it has fewer than 3 visits on different days.
    shape : (g,) array
        Of each group; 0 for the exponential, NaN for groups that are too few.
    rss : (g,) array
        Squared residuals of ln volume.
    n, animals : (g,) arrays
        Visits and animals that were fitted.
    score, information : (a,) arrays
        Of each animal for the shape, the animal's own level and rate fitted; the scores of a
        group add up to 0 unless its shape is at a bound.
    level_by_shape, rate_by_shape : (a,) arrays
        How the animal's best level and rate move with the shape.
    low, high : (g,) arrays
        Bounds of the shape.
    status : tuple of str, of each group
        "ok"; "straight": at the bound where the curve is the exponential one (no bending seen);
        "at_bound": at the other bound, where the data begin after most of the bending;
        "not_converged"; "too_few": fewer than 2 visits more than numbers to fit.
    """

    curve: Curve
    level: Array
    rate: Array
    shape: Array
    rss: Array
    n: Codes
    animals: Codes
    score: Array
    information: Array
    level_by_shape: Array
    rate_by_shape: Array
    low: Array
    high: Array
    status: tuple[str, ...]


class _Data(NamedTuple):
    """Padded visits; weight 0 where there is none."""

    t: Array
    y: Array
    w: Array
    group: Codes
    groups: int

    def total(self, values: Array) -> Array:
        """Sum over the animals of each group (last axis)."""
        out = np.zeros((*values.shape[:-1], self.groups))
        np.add.at(out.T, self.group, values.T)
        return out


class _Point(NamedTuple):
    """Residual sum of each animal, its next level and rate, and what the shape sees of it."""

    rss: Array
    d_level: Array
    d_rate: Array
    score: Array
    information: Array
    level_by_shape: Array
    rate_by_shape: Array


def fit_curves(curve: Curve, time: Array, log_volume: Array, group: Codes) -> CurveFits:
    """Fit one curve to many animals: a level and a rate for each, one shape for each group.

    Level and rate are profiled: the shape is first searched on a grid that spans its bounds, then
    on a finer one, then by Gauss-Newton steps with damping, all groups at once. Bounds of the
    shape: gompertz 0 (exponential) to 1 / median interval between visits; exponential_linear from
    0.5 below the smallest to 0.5 above the largest ln volume (exponential).

    Parameters
    ----------
    curve : {"exponential", "exponential_linear", "gompertz", "quadratic"}
    time, log_volume : (a, v) arrays
        Visits of each animal, days since its start; NaN where there is none.
    group : (a,) int array
        0, 1, ...; `np.arange(a)` gives each animal a shape of its own.

    Returns
    -------
    CurveFits

    Examples
    --------
    >>> from exportin.kernels.growth_curves import curve_slopes
    >>> t = np.tile(np.arange(0.0, 30.0, 3.0), (2, 1))
    >>> y = curve_slopes("gompertz", t, np.log([[100.0], [150.0]]), np.array([[0.2], [0.25]]), 0.04)
    >>> fits = fit_curves("gompertz", t, y.y, np.array([0, 0]))
    >>> fits.shape.round(6).tolist(), fits.rate.round(6).tolist(), fits.status
    ([0.04], [0.2, 0.25], ('ok',))
    """
    data, used = _data(time, log_volume, group)
    n = data.total(data.w.sum(axis=1)).astype(np.int64)
    animals = data.total(used.astype(float)).astype(np.int64)
    few = n - 2 * animals < (1 if curve == "exponential" else 3)
    low, high = _bounds(curve, data)
    done = np.ones(data.groups, dtype=bool)
    shape = np.zeros(data.groups)
    if curve in ("exponential", "quadratic"):
        level, rate = _start(curve, data, shape[data.group])
    else:
        shape, level, rate = _search(curve, data, low, high)
    if curve != "exponential":
        shape, level, rate, done = _polish(curve, data, low, high, (shape, level, rate))
    at = _point(curve, data, shape[data.group], level, rate)
    none = few[data.group] | ~used
    rss = data.total(at.rss)
    status = np.where(done, "ok", "not_converged").astype("U13")
    if curve in ("exponential_linear", "gompertz"):
        linear = curve == "exponential_linear"
        straight, other = (high, low) if linear else (low, high)
        span = high - low
        # or a shape on that side that the data leave free to move through all of its range
        free = np.maximum(n - 2 * animals - 1, 1)
        flat = rss / free > data.total(at.information) * span**2
        toward = np.abs(shape - other) < 0.5 * span
        status[(np.abs(shape - other) <= 1e-6 * span) | (flat & toward)] = "at_bound"
        same = rss >= (1.0 - 1e-7) * _plain(data)
        status[(np.abs(shape - straight) <= 1e-6 * span) | same] = "straight"
    status[few] = "too_few"

    def own(values: Array) -> Array:
        return np.where(none, np.nan, values)

    return CurveFits(
        curve=curve, level=own(level), rate=own(rate),
        shape=np.where(few, np.nan, shape),
        rss=np.where(few, np.nan, rss), n=n, animals=animals,
        score=own(at.score), information=own(at.information),
        level_by_shape=own(at.level_by_shape), rate_by_shape=own(at.rate_by_shape),
        low=low, high=high, status=tuple(status.tolist()),
    )  # fmt: skip


def _data(time: Array, log_volume: Array, group: Codes) -> tuple[_Data, NDArray[np.bool_]]:
    seen = np.isfinite(time) & np.isfinite(log_volume)
    first = np.where(seen, time, np.inf).min(axis=1, initial=np.inf)
    last = np.where(seen, time, -np.inf).max(axis=1, initial=-np.inf)
    middle = seen & (time > first[:, None]) & (time < last[:, None])
    used = (seen.sum(axis=1) >= MIN_VISITS) & middle.any(axis=1)
    seen &= used[:, None]
    t, y = np.where(seen, time, 0.0), np.where(seen, log_volume, 0.0)
    groups = int(group.max()) + 1 if group.size else 0
    return _Data(t, y, seen.astype(float), group, groups), used


def _bounds(curve: Curve, data: _Data) -> tuple[Array, Array]:
    """Bounds of the shape of each group."""
    low, high = np.full(data.groups, -1.0 if curve == "quadratic" else 0.0), np.ones(data.groups)
    for g in range(data.groups):
        mine = data.group == g
        seen = data.w[mine] > 0
        if not seen.any():
            continue
        t, y = data.t[mine], data.y[mine]
        if curve == "exponential_linear":
            low[g], high[g] = y[seen].min() - _BEYOND, y[seen].max() + _BEYOND
        elif curve == "gompertz":
            gaps = np.concatenate([np.diff(np.unique(a[s])) for a, s in zip(t, seen, strict=True)])
            high[g] = 1.0 / np.median(gaps)
    return low, high


def _start(curve: Curve, data: _Data, shape: Array) -> tuple[Array, Array]:
    """Level and rate of each animal at a shape: exact where the curve is linear in them.

    For exponential_linear the data are put on the scale on which the curve is a line, with the
    weights that this takes; shape may have further axes before that of the animals.
    """
    s = shape[..., None]
    if curve == "exponential_linear":
        z = s + scaled_time(data.y - s)
        w, x = data.w * pace(data.y - s) ** 2, np.broadcast_to(data.t, z.shape)
    else:
        x = curve_slopes(curve, data.t, 0.0, 1.0, s).rate
        z, w = np.broadcast_to(data.y, x.shape), np.broadcast_to(data.w, x.shape)
    one = np.ones_like(z)
    return _two(w, one, x, z)


def _two(w: Array, p: Array, q: Array, z: Array) -> tuple[Array, Array]:
    """Coefficients of the weighted regression of z on p and q, by animal."""
    wp, wq = w * p, w * q
    pp, pq, qq = (wp * p).sum(-1), (wp * q).sum(-1), (wq * q).sum(-1)
    pz, qz = (wp * z).sum(-1), (wq * z).sum(-1)
    det = pp * qq - pq * pq
    fine = det > 1e-13 * pp * qq
    det = np.where(fine, det, 1.0)
    return (
        np.where(fine, (qq * pz - pq * qz) / det, 0.0),
        np.where(fine, (pp * qz - pq * pz) / det, 0.0),
    )


def _residual(curve: Curve, data: _Data, shape: Array, level: Array, rate: Array) -> Array:
    found = curve_slopes(curve, data.t, level[..., None], rate[..., None], shape[..., None])
    return np.asarray((data.w * (data.y - found.y) ** 2).sum(-1))


def _point(curve: Curve, data: _Data, shape: Array, level: Array, rate: Array) -> _Point:
    f = curve_slopes(curve, data.t, level[..., None], rate[..., None], shape[..., None])
    e = data.y - f.y
    d_level, d_rate = _two(data.w, f.level, f.rate, e)
    by_level, by_rate = _two(data.w, f.level, f.rate, f.shape)
    free = f.shape - by_level[..., None] * f.level - by_rate[..., None] * f.rate
    return _Point(
        (data.w * e * e).sum(-1), d_level, d_rate, (data.w * free * e).sum(-1),
        (data.w * free * free).sum(-1), -by_level, -by_rate,
    )  # fmt: skip


def _inner(
    curve: Curve, data: _Data, shape: Array, start: tuple[Array, Array], steps: int
) -> tuple[Array, Array, Array]:
    """Improve level and rate at a given shape by damped steps; gives the residual sums too."""
    level, rate = start
    rss = _residual(curve, data, shape, level, rate)
    size = np.ones_like(rss)
    for _ in range(steps):
        at = _point(curve, data, shape, level, rate)
        next_level, next_rate = level + size * at.d_level, rate + size * at.d_rate
        found = _residual(curve, data, shape, next_level, next_rate)
        better = found <= rss
        level = np.where(better, next_level, level)
        rate = np.where(better, next_rate, rate)
        rss = np.where(better, found, rss)
        size = np.where(better, 1.0, size / 4)
    return level, rate, rss


def _search(curve: Curve, data: _Data, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Find the best shape of each group on a grid, then on a finer one around it."""
    at = np.linspace(0.0, 1.0, _GRID)[:, None]
    if curve == "gompertz":  # closer near 0, where curves are nearly straight
        at = at**2
    grid = low + (high - low) * at
    each = np.arange(data.groups)
    for fine in (False, True):
        shape = grid[:, data.group]
        steps = (3 if fine else 1) if curve == "exponential_linear" else 0
        level, rate, rss = _inner(curve, data, shape, _start(curve, data, shape), steps)
        best = np.argmin(data.total(rss), axis=0)
        if not fine:
            below = grid[np.maximum(best - 1, 0), each]
            above = grid[np.minimum(best + 1, _GRID - 1), each]
            part = np.linspace(0.0, 1.0, _FINE)[:, None]
            # the best point itself stays in the grid
            grid = np.vstack([below + (above - below) * part, grid[best, each]])
    mine = best[data.group], np.arange(data.group.size)
    return grid[best, each], level[mine], rate[mine]


def _polish(
    curve: Curve, data: _Data, low: Array, high: Array, start: tuple[Array, Array, Array]
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Damped Gauss-Newton steps of shapes, levels and rates together."""
    shape, level, rate = start
    damping = np.full(data.groups, 1e-3)
    done = np.zeros(data.groups, dtype=bool)
    at = _point(curve, data, shape[data.group], level, rate)
    rss = data.total(at.rss)
    noise = 1e-22 * np.maximum(data.total((data.w * data.y**2).sum(axis=1)), 1e-300)
    for _ in range(_STEPS):
        info = data.total(at.information)
        step = data.total(at.score) / np.where(info > 0, info * (1.0 + damping), np.inf)
        next_shape = np.clip(shape + step, low, high)
        move = (next_shape - shape)[data.group]
        own = 1.0 / (1.0 + damping[data.group])
        next_level = level + own * at.d_level + at.level_by_shape * move
        next_rate = rate + own * at.d_rate + at.rate_by_shape * move
        trial = _point(curve, data, next_shape[data.group], next_level, next_rate)
        found = data.total(trial.rss)
        better = found <= rss
        gain = rss - found
        # a step that gains nothing any more, however small it was made, is the end
        done |= better & (gain <= 1e-12 * rss + noise) | (~better & (damping > 1e12))
        pick = better[data.group]
        shape = np.where(better, next_shape, shape)
        level = np.where(pick, next_level, level)
        rate = np.where(pick, next_rate, rate)
        at = _Point(*(np.where(pick, new, old) for new, old in zip(trial, at, strict=True)))
        rss = np.where(better, found, rss)
        damping = np.where(better, np.maximum(damping / 10, 1e-9), damping * 10)
        if done.all():
            break
    # near the kink of the switch steps become small: the end is where the shape would move by
    # less than a thousandth of its standard error (relative offset of Bates and Watts 1988)
    done |= data.total(at.score) ** 2 <= 1e-6 * data.total(at.information) * rss
    return shape, level, rate, done


def _plain(data: _Data) -> Array:
    """Residual sum of the exponential curve of each group."""
    level, rate = _start("exponential", data, np.zeros(data.group.size))
    return data.total(_residual("exponential", data, np.zeros(data.group.size), level, rate))
