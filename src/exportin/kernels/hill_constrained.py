"""Lowest sum of squares of a Hill curve with its EC50, or an effect dose, held fixed."""

import numpy as np
from scipy.special import expit

from exportin.kernels.hill import HillFit
from exportin.kernels.hill_descent import HILL_MAX, HILL_MIN, Box, descend, shapes_at
from exportin.kernels.hill_surface import LN10, DoseMeans, Rows, half_squares, plain_rows, project
from exportin.kernels.profile_walk import Threshold

_LOCAL = 3
_TINY = 1e-8
_HILLS = np.linspace(np.log(HILL_MIN), np.log(HILL_MAX), 16)
_OFFSETS = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])


def _dips(height: np.ndarray, keep: int) -> np.ndarray:
    """Column indices of the ``keep`` lowest local minima of every row, (rows, keep)."""
    wall = np.full((len(height), 1), np.inf)
    padded = np.concatenate([wall, height, wall], axis=1)
    dip = (height <= padded[:, :-2]) & (height <= padded[:, 2:])
    lowest: np.ndarray = np.argsort(np.where(dip, height, np.inf), axis=1, kind="stable")[:, :keep]
    return lowest


def lowest_at_ec50(
    rows: Rows, ln_ec50: np.ndarray, box: Box, limit: Threshold, ln_hill_fit: float
) -> np.ndarray:
    """Lowest half sum of squares for each EC50: a scan over the hill, then Newton from its dips."""
    hills = np.linspace(box.low[1], box.high[1], 36)
    count = ln_ec50.size
    scan = half_squares(rows, np.repeat(ln_ec50, hills.size), np.tile(hills, count))
    scan = scan.reshape(count, -1)
    start = np.concatenate([hills[_dips(scan, _LOCAL)], np.full((count, 1), ln_hill_fit)], axis=1)
    where = np.repeat(ln_ec50, _LOCAL + 1)
    ends = descend(rows, (where, start.ravel()), box, limit.floor, free=(False, True), tiny=_TINY)
    lowest: np.ndarray = ends.half.reshape(count, -1).min(axis=1)
    return lowest


class PinnedLevel:
    """The surface with one more row: the curve is at ``level`` at dose theta."""

    def __init__(
        self, data: DoseMeans, box: Box, level: float, n_reference: float, fit: HillFit
    ) -> None:
        self.data, self.box, self.level = data, box, level
        self.weight = n_reference / level**2
        self.fit = np.array([fit.log10_ec50 * LN10, np.log(fit.hill)])
        self.ec50, self.hill = shapes_at(data.ln_dose, box, _HILLS, _OFFSETS)
        rows = plain_rows(data)
        self.line = project(rows, self.ec50, self.hill)
        self.half = 0.5 * ((self.line.residual**2) @ rows.weight)
        self.square = (self.line.shape**2) @ rows.weight
        below = self.line.z[:, -1] < 0.0
        self.sign = np.where(below, -1.0, 1.0)
        raw = np.where(below[:, None], -self.line.up, self.line.down)
        self.middle = (raw * self.line.scale) @ rows.center
        self.mean = float(rows.center @ data.mean)

    def _scan(self, theta: np.ndarray) -> np.ndarray:
        """Half sum of squares with the extra row for all candidates, (theta, candidates).

        One row of weight W and leverage l raises the sum of squares by
        (level - prediction)^2 / (1 / W + l).
        """
        z = np.exp(self.hill) * (theta[:, None] - self.ec50)
        shape = self.sign * expit(-self.sign * z) * self.line.scale[:, 0] - self.middle
        leverage = 1.0 / np.sum(self.data.wells) + shape * shape / self.square
        miss = self.level - self.mean - self.line.slope * shape
        scaled = miss / np.sqrt(1.0 / self.weight + leverage)
        total: np.ndarray = self.half + 0.5 * scaled * scaled
        return total

    def _rows(self, theta: np.ndarray) -> Rows:
        x = np.column_stack([np.tile(self.data.ln_dose, (theta.size, 1)), theta])
        exact = np.isinf(self.weight)
        weight = np.append(self.data.wells, 0.0 if exact else self.weight)
        last = np.append(np.zeros(self.data.wells.size), 1.0)
        center = last if exact else weight / np.sum(weight)
        return Rows(x, np.append(self.data.mean, self.level), weight, center, self.data.ln_dose)

    def lowest(self, theta: np.ndarray, limit: Threshold) -> np.ndarray:
        """Lowest half sum of squares, vehicle row included, for each theta."""
        scan = self._scan(theta).reshape(theta.size, -1, _HILLS.size)
        best = np.argmin(scan, axis=1)
        height = np.take_along_axis(scan, best[:, None, :], axis=1)[:, 0, :]
        dips = _dips(height, _LOCAL)
        column = np.take_along_axis(best, dips, axis=1) * _HILLS.size + dips
        start = np.concatenate(
            [np.stack([self.ec50[column], self.hill[column]], axis=2),
             np.tile(self.fit, (theta.size, 1, 1))], axis=1
        ).reshape(-1, 2)  # fmt: skip
        rows = self._rows(np.repeat(theta, _LOCAL + 1))
        ends = descend(rows, (start[:, 0], start[:, 1]), self.box, limit.floor, tiny=_TINY)
        least: np.ndarray = ends.half.reshape(theta.size, -1).min(axis=1)
        return least
