"""Curves that are a constant plus two shapes of two parameters each: many fits at once.

y = c0 + c1 u(x; p) + c2 v(x; p). The three coefficients enter linearly and are projected out, so
that a search walks over the two parameters p only (variable projection, Golub and Pereyra 1973).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exportin.kernels.hill_batch import Collapsed

Array = np.ndarray
Shapes = Callable[[Array, Array], tuple[Array, Array]]
"""(n, 2) parameters and (n, doses) ln doses to shapes (2, n, doses) and their derivatives
(parameter, shape, n, doses)."""
Allowed = Callable[[Array, Array], Array]
"""Whether coefficients c1 and c2 may stand together."""

_ROUNDS = 200
_STARTS = 12
_SETTLED = 1e-13
_FREE = 1.0
"""A step that gains nothing says so only where damping has not made it short."""
_GIVE_UP = 1e8
_LONGEST = 1.0
_COLLINEAR = 1e-13
_TINY = 1e-290


class Rows(NamedTuple):
    """Dose means of many curves, (curves, doses); weight 0 where a curve has fewer doses."""

    x: Array
    y: Array
    w: Array


class Projected(NamedTuple):
    """Best coefficients for given shapes, sum of squares (infinite where not allowed)."""

    rss: Array
    coefficients: Array
    residual: Array
    centered: Array


class Ends(NamedTuple):
    """Where walks ended: parameters (n, 2), coefficients (3, n), sum of squares between means."""

    parameters: Array
    coefficients: Array
    rss: Array


def rows_of(data: Collapsed, chosen: Array) -> Rows:
    """Dose means of the chosen curves side by side."""
    most = int(data.doses[chosen].max())
    place = np.minimum(np.arange(most), data.doses[chosen][:, None] - 1)
    at = data.first[chosen][:, None] + place
    real = np.arange(most) < data.doses[chosen][:, None]
    return Rows(data.dose[at], data.mean[at], np.where(real, data.weight[at], 0.0))


def project_two(shapes: Array, rows: Rows, allowed: Allowed) -> Projected:
    """Project the coefficients out; arrays broadcast over leading axes."""
    u, v = shapes
    whole = rows.w.sum(-1, keepdims=True)

    def centered(values: Array) -> Array:
        out: Array = values - (rows.w * values).sum(-1, keepdims=True) / whole
        return out

    u, v, y = centered(u), centered(v), centered(rows.y)
    uu, uv, vv = ((rows.w * s).sum(-1) for s in (u * u, u * v, v * v))
    uy, vy = (rows.w * u * y).sum(-1), (rows.w * v * y).sum(-1)
    det = uu * vv - uv * uv
    alike = det <= _COLLINEAR * np.maximum(uu * vv, _TINY)
    safe = np.where(alike, 1.0, det)
    c1, c2 = (uy * vv - vy * uv) / safe, (vy * uu - uy * uv) / safe
    residual = y - c1[..., None] * u - c2[..., None] * v
    good = ~alike & allowed(c1, c2)
    rss = np.where(good, (rows.w * residual**2).sum(-1), np.inf)
    mean = (rows.w * (rows.y - residual)).sum(-1) / whole[..., 0]
    raw = [(rows.w * s).sum(-1) / whole[..., 0] for s in shapes]
    c0 = mean - c1 * raw[0] - c2 * raw[1]
    return Projected(rss, np.stack([c0, c1, c2]), residual, np.stack([u, v]))


def walk_down(
    starts: Array, rows: Rows, shapes: Shapes, allowed: Allowed, box: tuple[Array, Array]
) -> Ends:
    """Levenberg-Marquardt steps from each start (n, 2), all at once, inside a box (n, 2).

    The derivative of the projected residual is taken without the change of the projector
    (Kaufman 1975, BIT 15:49), which is exact where the residual is small.
    """
    low, high = box
    p = np.clip(starts, low, high)
    values, slopes = shapes(p, rows.x)
    now = project_two(values, rows, allowed)
    damp = np.full(len(p), 1e-3)
    alive = np.isfinite(now.rss)
    for _ in range(_ROUNDS):
        if not alive.any():
            break
        mine = np.flatnonzero(alive)
        here = _some(now, mine)
        part = Rows(*(v[mine] for v in rows))
        move = _moves(here, slopes[:, :, mine], part.w)
        edges = (p[mine] <= low[mine], p[mine] >= high[mine])
        step = _step(here.residual, move, part.w, damp[mine], edges)
        tried = np.clip(p[mine] + step, low[mine], high[mine])
        new_values, new_slopes = shapes(tried, part.x)
        new = project_two(new_values, part, allowed)
        better = new.rss < here.rss
        gain = here.rss - new.rss
        small = better & (gain <= _SETTLED * here.rss) & (damp[mine] < _FREE)
        to = mine[better]
        p[to] = tried[better]
        slopes[:, :, to] = new_slopes[:, :, better]
        _put(now, to, new, better)
        damp[mine] = np.where(better, damp[mine] / 5.0, damp[mine] * 4.0)
        alive[mine] = ~small & (damp[mine] < _GIVE_UP)
    return Ends(p, now.coefficients, now.rss)


def search(
    starts: list[Array], rows: Rows, shapes: Shapes, allowed: Allowed, box: tuple[Array, Array]
) -> Ends:
    """Lowest end of every curve, from its own starts; infinite where a curve has none.

    Each walk is done twice: inside what is allowed, and free, because the way down may lead
    through coefficients that are not; free walks count where they end in what is.
    """
    of = np.repeat(np.arange(len(starts)), [len(mine) for mine in starts])
    begin, part = np.vstack(starts), Rows(*(v[of] for v in rows))
    edges = box[0][of], box[1][of]
    held = walk_down(begin, part, shapes, allowed, edges)
    free = walk_down(begin, part, shapes, _anything, edges)
    free.rss[~allowed(free.coefficients[1], free.coefficients[2])] = np.inf
    both = Ends(
        np.vstack([held.parameters, free.parameters]),
        np.hstack([held.coefficients, free.coefficients]), np.append(held.rss, free.rss),
    )  # fmt: skip
    return _lowest(both, np.append(of, of), len(starts))


def starts_on(grid: tuple[Array, Array], row: Rows, shapes: Array, allowed: Allowed) -> Array:
    """Places of a grid, (first, second) parameter, better than their neighbors; best first.

    ``shapes`` (2, first, second, doses) are those of the grid. Both what is allowed and what is
    not gives starts.
    """
    found = []
    for rule in (allowed, _anything):
        table = project_two(shapes, row, rule).rss
        at = np.argwhere(dips(table))
        order = np.argsort(table[at[:, 0], at[:, 1]], kind="stable")[:_STARTS]
        found.append(np.stack([grid[0][at[order, 0]], grid[1][at[order, 1]]], axis=1))
    return np.vstack(found)


def _anything(c1: Array, c2: Array) -> Array:
    return np.asarray(np.isfinite(c1 * c2))


def _lowest(ends: Ends, owner: Array, curves: int) -> Ends:
    order = np.lexsort((ends.rss, owner))
    mine, at = np.unique(owner[order], return_index=True)
    best = order[at]
    p, c, rss = np.full((curves, 2), np.nan), np.full((3, curves), np.nan), np.full(curves, np.inf)
    p[mine], c[:, mine] = ends.parameters[best], ends.coefficients[:, best]
    rss[mine] = ends.rss[best]
    return Ends(p, c, rss)


def dips(height: Array) -> Array:
    """Places of a table that are finite and no higher than their eight neighbors."""
    walled = np.pad(height, 1, constant_values=np.inf)
    lowest: Array = np.isfinite(height)
    rows, columns = height.shape
    for i in range(3):
        for j in range(3):
            if i == 1 and j == 1:
                continue
            beside = walled[i : i + rows, j : j + columns]
            lowest &= height <= beside
    return lowest


def _some(found: Projected, chosen: Array) -> Projected:
    return Projected(
        found.rss[chosen], found.coefficients[:, chosen], found.residual[chosen],
        found.centered[:, chosen],
    )  # fmt: skip


def _put(now: Projected, to: Array, new: Projected, chosen: Array) -> None:
    now.rss[to] = new.rss[chosen]
    now.coefficients[:, to] = new.coefficients[:, chosen]
    now.residual[to] = new.residual[chosen]
    now.centered[:, to] = new.centered[:, chosen]


def _moves(here: Projected, slopes: Array, w: Array) -> list[Array]:
    """How the curve moves with each parameter, less what the coefficients take up."""
    _, c1, c2 = here.coefficients
    return [_across(c1[:, None] * s[0] + c2[:, None] * s[1], here.centered, w) for s in slopes]


def _step(
    residual: Array, move: list[Array], w: Array, damp: Array, edges: tuple[Array, Array]
) -> Array:
    """Damped Gauss-Newton step over the two parameters, not out of the box."""
    pull = np.stack([(w * m * residual).sum(-1) for m in move], axis=1)
    stuck = (edges[0] & (pull < 0.0)) | (edges[1] & (pull > 0.0))
    h00, h01, h11 = ((w * move[i] * move[j]).sum(-1) for i, j in ((0, 0), (0, 1), (1, 1)))
    lift = 1.0 + damp
    h00, h11 = h00 * lift + _TINY, h11 * lift + _TINY
    h01 = np.where(stuck.any(axis=1), 0.0, h01)
    det = np.maximum(h00 * h11 - h01 * h01, _TINY)
    step = np.stack(
        [(h11 * pull[:, 0] - h01 * pull[:, 1]) / det, (h00 * pull[:, 1] - h01 * pull[:, 0]) / det],
        axis=1,
    )
    return np.asarray(np.where(stuck, 0.0, np.clip(step, -_LONGEST, _LONGEST)))


def _across(move: Array, centered: Array, w: Array) -> Array:
    """Part of a change of the curve that the coefficients cannot undo."""
    move = move - (w * move).sum(-1, keepdims=True) / w.sum(-1, keepdims=True)
    u, v = centered
    uu, uv, vv = ((w * s).sum(-1) for s in (u * u, u * v, v * v))
    um, vm = (w * u * move).sum(-1), (w * v * move).sum(-1)
    det = np.maximum(uu * vv - uv * uv, _TINY)
    b1, b2 = (um * vv - vm * uv) / det, (vm * uu - um * uv) / det
    out: Array = move - b1[:, None] * u - b2[:, None] * v
    return out
