"""The sum of squares of a Hill curve as a surface over (ln EC50, ln hill).

Top and bottom enter linearly and are projected out exactly, replicates collapse to dose means
without loss, so that what remains is a function of two numbers with analytic first and second
derivatives. Everything works on a batch of points at once (axis 0).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

Wells = Float[np.ndarray, " wells"]
Doses = Float[np.ndarray, " doses"]

LN10 = float(np.log(10.0))


class DoseMeans(NamedTuple):
    """Replicates collapsed to dose means; ``pure_error`` is the sum of squares within doses."""

    ln_dose: Doses
    mean: Doses
    wells: Doses
    pure_error: float
    total: float
    n: int


class Rows(NamedTuple):
    """Rows of a projected problem: positions, responses, weights, and the centering weights.

    ``x`` is (m) or (batch, m). ``center`` sums to one: proportional to ``weight`` for an ordinary
    fit, all on one row when the curve must pass exactly through that row (whose weight is 0).
    ``dose`` holds the tested ln doses.
    """

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    center: np.ndarray
    dose: np.ndarray


class Surface(NamedTuple):
    """Half the sum of squares, its gradient and Hessian in (ln EC50, ln hill), per batch entry."""

    half: np.ndarray
    grad: np.ndarray
    hess: np.ndarray


class Line(NamedTuple):
    """The projected linear part: curve = level + slope * (shape), shape = s up to a constant."""

    shape: np.ndarray
    slope: np.ndarray
    residual: np.ndarray
    scale: np.ndarray
    z: np.ndarray
    up: np.ndarray
    down: np.ndarray


def collapse(log10_dose: Wells, response: Wells) -> DoseMeans:
    """Dose means, counts and pure error: all that least squares needs to know of the wells."""
    doses, index = np.unique(log10_dose, return_inverse=True)
    count = np.bincount(index).astype(np.float64)
    shift = float(response[0]) if response.size else 0.0
    moved = response - shift
    mean = np.bincount(index, weights=moved) / count
    mean += np.bincount(index, weights=moved - mean[index]) / count
    pure = float(np.sum((moved - mean[index]) ** 2))
    total = float(np.sum((moved - np.mean(moved)) ** 2)) if moved.size else 0.0
    return DoseMeans(doses * LN10, mean + shift, count, pure, total, int(response.size))


def plain_rows(data: DoseMeans) -> Rows:
    """Rows of the ordinary fit."""
    center = data.wells / np.sum(data.wells)
    return Rows(data.ln_dose, data.mean, data.wells, center, data.ln_dose)


def logistic_pair(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1 / (1 + exp(-z)) and 1 / (1 + exp(z)), neither by subtraction from one."""
    small = np.exp(-np.abs(z))
    large = 1.0 / (1.0 + small)
    small *= large
    negative = z < 0.0
    return np.where(negative, small, large), np.where(negative, large, small)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    summed: np.ndarray = np.einsum("ij,ij->i", a, b)
    return summed


def project(rows: Rows, ln_ec50: np.ndarray, ln_hill: np.ndarray) -> Line:
    """Best straight part (top, bottom) for every (ln EC50, ln hill) of the batch.

    The shape is s where some dose lies above the EC50 and s - 1 where all lie below it (the same
    up to a constant, without cancellation), divided by its largest size.
    """
    z = np.exp(ln_hill)[:, None] * (rows.x - ln_ec50[:, None])
    up, down = logistic_pair(z)
    shape = np.where(np.all(z < 0.0, axis=1, keepdims=True), -up, down)
    scale = 1.0 / np.max(np.abs(shape), axis=1, keepdims=True)
    shape = shape * scale
    shape -= (shape @ rows.center)[:, None]
    y = rows.y - rows.y @ rows.center
    weighted = shape * rows.weight
    square = np.maximum(_dot(weighted, shape), 1e-290)
    slope = (weighted @ y) / square
    return Line(shape, slope, y - slope[:, None] * shape, scale, z, up, down)


def half_squares(rows: Rows, ln_ec50: np.ndarray, ln_hill: np.ndarray) -> np.ndarray:
    """Half the weighted sum of squares between the dose means and the best curve of that shape."""
    residual = project(rows, ln_ec50, ln_hill).residual
    half: np.ndarray = 0.5 * ((residual * residual) @ rows.weight)
    return half


def _centered(values: np.ndarray, center: np.ndarray) -> np.ndarray:
    moved: np.ndarray = values - (values @ center)[:, None]
    return moved


def surface(rows: Rows, ln_ec50: np.ndarray, ln_hill: np.ndarray) -> Surface:
    """Height, gradient and Hessian of the projected surface (Schur complement over the slope).

    With F(slope, p) half the sum of squares, the projected Hessian is
    F_pp - F_ps F_sp / F_ss at the best slope (Golub and Pereyra 1973, SIAM J Numer Anal 10:413).
    """
    line = project(rows, ln_ec50, ln_hill)
    w, z, slope = rows.weight, line.z, line.slope
    hill = np.exp(ln_hill)[:, None]
    p = line.up * line.down * line.scale
    bend = p * (line.up - line.down)
    da, dq = _centered(hill * p, rows.center), _centered(-z * p, rows.center)
    wr, ws = line.residual * w, line.shape * w
    gain = np.stack([_dot(wr, da), _dot(wr, dq)], axis=1)
    cross = slope[:, None] * np.stack([_dot(ws, da), _dot(ws, dq)], axis=1)
    pull = wr - np.sum(wr, axis=1, keepdims=True) * rows.center
    curved = (
        _dot(pull, hill * hill * bend),
        _dot(pull, hill * (p - z * bend)),
        _dot(pull, z * (z * bend - p)),
    )
    tilt = cross - gain
    square = np.maximum(_dot(ws, line.shape), 1e-290)
    s2 = slope * slope
    hess = np.empty((slope.size, 2, 2))
    hess[:, 0, 0] = s2 * _dot(w * da, da) - slope * curved[0] - tilt[:, 0] ** 2 / square
    hess[:, 1, 1] = s2 * _dot(w * dq, dq) - slope * curved[2] - tilt[:, 1] ** 2 / square
    mixed = s2 * _dot(w * da, dq) - slope * curved[1] - tilt[:, 0] * tilt[:, 1] / square
    hess[:, 0, 1] = hess[:, 1, 0] = mixed
    half = 0.5 * ((line.residual * line.residual) @ w)
    return Surface(half, -slope[:, None] * gain, hess)
