"""Curves that are a constant plus two shapes, their heights not of opposite sign.

y = c0 + c1 u(x; p) + c2 v(x; p). The heights enter linearly and are projected out (variable
projection, Golub and Pereyra 1973), so that a search walks over the shape parameters p only. Where
the best heights are not allowed, those at the edge stand in: one shape alone, or none. All arrays
hold many curves or many starts side by side.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exportin.kernels.two_shapes import Rows

Array = np.ndarray
Shapes = Callable[[Array, Array], tuple[Array, Array]]
"""(n, k) parameters and (n, doses) ln doses to shapes (2, n, doses) and their derivatives
(k, 2, n, doses)."""
Model = Callable[[Array, Rows], "Here"]
"""(n, k) parameters and n rows to the curves there."""

_ROUNDS = 1500
_RACE, _LEFT = 40, 6
_SETTLED = 1e-14
_CALM = 1e-2
"""A step that gains nothing says so only where damping has not made it short."""
_FIRST_DAMP, _GIVE_UP = 1e-3, 1e7
_SOFTER, _HARDER = 0.2, 4.0
_LONGEST = 1.0
_COLLINEAR = 1e-12
_TINY = 1e-290


class Here(NamedTuple):
    """Curves at given parameters: sum of squares, heights (3, n), residuals (n, doses).

    ``moves`` (k, n, doses) say how each curve moves with each parameter, less what heights undo.
    """

    rss: Array
    heights: Array
    residual: Array
    moves: Array


class Ends(NamedTuple):
    """Where walks ended: parameters (n, k), heights (3, n), sum of squares."""

    parameters: Array
    heights: Array
    rss: Array


def take(rows: Rows, chosen: Array) -> Rows:
    """Return some rows."""
    return Rows(*(values[chosen] for values in rows))


def in_cone(shapes: Shapes, *, rising: bool = False) -> Model:
    """Model of a constant and two shapes: heights of one sign, or both above zero if ``rising``."""

    def model(p: Array, rows: Rows) -> Here:
        values, slopes = shapes(p, rows.x)
        return _project(values, slopes, rows, rising=rising)

    return model


def _project(values: Array, slopes: Array, rows: Rows, *, rising: bool) -> Here:
    whole = rows.w.sum(-1)
    root = np.sqrt(rows.w)
    means = [(rows.w * v).sum(-1) / whole for v in (*values, rows.y)]
    u, v, y = (root * (s - m[:, None]) for s, m in zip((*values, rows.y), means, strict=True))
    uu, vv, uv = (u * u).sum(-1), (v * v).sum(-1), (u * v).sum(-1)
    uy, vy = (u * y).sum(-1), (v * y).sum(-1)
    det = uu * vv - uv * uv
    safe = np.where(det > _COLLINEAR * np.maximum(uu * vv, _TINY), det, np.inf)
    c1, c2 = (uy * vv - vy * uv) / safe, (vy * uu - uy * uv) / safe
    both = np.isfinite(safe) & (c1 * c2 > 0.0) & ((c1 > 0.0) if rising else True)
    alone = [uy / np.maximum(uu, _TINY), vy / np.maximum(vv, _TINY)]
    if rising:
        alone = [np.maximum(c, 0.0) for c in alone]
    gains = [alone[0] * uy, alone[1] * vy]
    first = gains[0] >= gains[1]
    c1 = np.where(both, c1, np.where(first, alone[0], 0.0))
    c2 = np.where(both, c2, np.where(first, 0.0, alone[1]))
    residual = y - c1[:, None] * u - c2[:, None] * v
    c0 = means[2] - c1 * means[0] - c2 * means[1]
    one = _unit(np.where((both | first)[:, None], u, 0.0))
    rest = v - (one * v).sum(-1, keepdims=True) * one
    two = _unit(np.where((both | ~first)[:, None], rest, 0.0))
    raw = c1[:, None] * slopes[:, 0] + c2[:, None] * slopes[:, 1]
    moves = root * (raw - ((rows.w * raw).sum(-1) / whole)[..., None])
    for axis in (one, two):
        moves = moves - (axis * moves).sum(-1, keepdims=True) * axis
    return Here((residual**2).sum(-1), np.stack([c0, c1, c2]), residual, moves)


def _unit(vector: Array) -> Array:
    length = np.sqrt((vector**2).sum(-1, keepdims=True))
    out: Array = vector / np.maximum(length, 1e-145)
    return out


def walk(
    model: Model, starts: Array, rows: Rows, box: tuple[Array, Array], rounds: int = _ROUNDS
) -> Ends:
    """Levenberg-Marquardt steps from each start (n, k), all at once, inside a box (n, k).

    The derivative of the projected residual is taken without the change of the projector
    (Kaufman 1975, BIT 15:49), which is exact where the residual is small.
    """
    low, high = box
    p = np.clip(starts, low, high)
    now = model(p, rows)
    rss, heights = now.rss.copy(), now.heights.copy()
    damp = np.full(len(p), _FIRST_DAMP)
    mine, part, here = np.arange(len(p)), rows, now
    for _ in range(rounds):
        edges = p[mine] <= low[mine], p[mine] >= high[mine]
        step = _step(here, damp[mine], edges)
        tried = np.clip(p[mine] + step, low[mine], high[mine])
        new = model(tried, part)
        better = new.rss < here.rss
        settled = better & (here.rss - new.rss <= _SETTLED * here.rss) & (damp[mine] < _CALM)
        to = mine[better]
        p[to], rss[to], heights[:, to] = tried[better], new.rss[better], new.heights[:, better]
        damp[mine] *= np.where(better, _SOFTER, _HARDER)
        kept = Here(
            np.where(better, new.rss, here.rss),
            np.where(better, new.heights, here.heights),
            np.where(better[:, None], new.residual, here.residual),
            np.where(better[:, None], new.moves, here.moves),
        )
        on = ~settled & (damp[mine] < _GIVE_UP)
        if not on.any():
            break
        mine, part = mine[on], take(part, on)
        here = Here(kept.rss[on], kept.heights[:, on], kept.residual[on], kept.moves[:, on])
    return Ends(p, heights, rss)


def race(model: Model, starts: list[Array], rows: Rows, box: tuple[Array, Array]) -> Ends:
    """Lowest end of every curve from its own starts: short walks, then the lowest six go on."""
    of = np.repeat(np.arange(len(starts)), [len(mine) for mine in starts])
    low, high = box
    short = walk(model, np.vstack(starts), take(rows, of), (low[of], high[of]), _RACE)
    order = np.lexsort((short.rss, of))
    place = np.arange(of.size) - np.searchsorted(of, of)  # rank among those of the curve
    kept = order[place < _LEFT]
    of = of[kept]
    long = walk(model, short.parameters[kept], take(rows, of), (low[of], high[of]))
    return lowest(long, of, len(starts))


def _step(here: Here, damp: Array, edges: tuple[Array, Array]) -> Array:
    """Damped Gauss-Newton step over the parameters, not out of the box."""
    k = len(here.moves)
    pull = np.einsum("knd,nd->nk", here.moves, here.residual)
    square = np.einsum("knd,lnd->nkl", here.moves, here.moves)
    stuck = (edges[0] & (pull < 0.0)) | (edges[1] & (pull > 0.0))
    loose = ~stuck
    square = square * (loose[:, :, None] & loose[:, None, :])
    own = np.einsum("nkk->nk", square)
    lift = own * damp[:, None] + 1e-12 * own.max(axis=1, keepdims=True) + 1e-100
    square = square + lift[:, :, None] * np.eye(k)
    step = np.linalg.solve(square, (pull * loose)[..., None])[..., 0]
    return np.asarray(np.clip(step, -_LONGEST, _LONGEST))


def lowest(ends: Ends, owner: Array, curves: int) -> Ends:
    """Lowest end of every curve; NaN and infinity where it has none."""
    order = np.lexsort((ends.rss, owner))
    mine, at = np.unique(owner[order], return_index=True)
    best = order[at]
    p = np.full((curves, ends.parameters.shape[1]), np.nan)
    c, rss = np.full((3, curves), np.nan), np.full(curves, np.inf)
    p[mine], c[:, mine], rss[mine] = ends.parameters[best], ends.heights[:, best], ends.rss[best]
    return Ends(p, c, rss)
