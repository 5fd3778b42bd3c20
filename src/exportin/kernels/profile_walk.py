"""Where a profile crosses its threshold: the connected interval around an estimate."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from scipy.special import fdtri

from exportin.kernels.hill_surface import LN10

Profile = Callable[[np.ndarray], np.ndarray]

_SPLITS = 8
_ROUNDS = 3


class IntervalStatus(StrEnum):
    """How a profile interval ended."""

    OK = "ok"
    EXACT = "exact"
    EXCLUDED = "excluded"
    NO_FIT = "no_fit"


class Interval(NamedTuple):
    """Limits in log10 dose.

    An open end is the edge of the box (three decades beyond the tested doses), not a limit.
    ``excluded``: no dose in the box is compatible; both limits are +inf where the highest tested
    dose has not brought the response to the level, -inf where it is beyond it already.
    ``exact``: the curve goes through every point, so that there is no error to build on and the
    interval is the estimate. ``no_fit``: there was no curve; both limits NaN.
    """

    low: float
    high: float
    open_low: bool
    open_high: bool
    status: IntervalStatus


NO_FIT = Interval(
    float("nan"), float("nan"), open_low=True, open_high=True, status=IntervalStatus.NO_FIT
)


class Threshold(NamedTuple):
    """What a sum of squares must stay under to be compatible with the data.

    Calling it with half sums of squares between dose means gives the F statistic minus its
    quantile: compatible where <= 0.
    """

    rss: float
    pure_error: float
    df: int
    quantile: float

    @property
    def floor(self) -> float:
        """Height of the surface below which differences cannot matter for the interval."""
        return 0.5 * self.rss

    def __call__(self, half: np.ndarray) -> np.ndarray:
        """F statistic of the extra sum of squares, minus its quantile."""
        variance = self.rss / self.df
        excess: np.ndarray = (2.0 * half + self.pure_error - self.rss) / variance - self.quantile
        return excess


def f_threshold(rss: float, pure_error: float, df: int, conf_level: float) -> Threshold:
    """Extra-sum-of-squares threshold with one numerator degree of freedom."""
    if not 0.0 < conf_level < 1.0:
        msg = f"Expected a confidence level between 0 and 1, got {conf_level}."
        raise ValueError(msg)
    return Threshold(rss, pure_error, df, float(fdtri(1.0, float(df), conf_level)))


def connected(profile: Profile, estimate: float | None, grid: np.ndarray) -> Interval | None:
    """Walk from the estimate (or from the lowest grid point) to where the profile turns positive.

    ``estimate`` and ``grid`` are ln doses, the ends of the grid the edges of the box. Only the
    piece connected with the start on the grid is returned; None where even the start is positive.
    """
    at = grid if estimate is None else np.unique(np.append(grid, estimate))
    height = np.full(at.size, np.nan)
    if estimate is None:
        height[:] = profile(at)
        start = int(np.argmin(height))
        if height[start] > 0.0:
            return None
    else:
        start = int(np.searchsorted(at, estimate))
        height[start] = min(float(profile(at[start : start + 1])[0]), 0.0)
    left, right = _walk(profile, at, height, start)
    ends = [(at[k + s], at[k], height[k + s], height[k]) for k, s in ((left, 1), (right, -1))
            if 0 <= k < at.size]  # fmt: skip
    crossings = _crossings(profile, np.array(ends)) if ends else np.empty(0)
    low = float(crossings[0]) if left >= 0 else float(grid[0])
    high = float(crossings[-1]) if right < at.size else float(grid[-1])
    return Interval(low / LN10, high / LN10, left < 0, right >= at.size, IntervalStatus.OK)


def _walk(profile: Profile, at: np.ndarray, height: np.ndarray, start: int) -> tuple[int, int]:
    """First positive grid index on either side (-1 and size where there is none).

    Fills ``height`` as far as it had to look, in strides that double.
    """
    left, right, stride = start - 1, start + 1, 6
    while True:
        need = np.arange(max(left - stride, -1) + 1, min(right + stride, at.size))
        need = need[np.isnan(height[need]) & ((need <= left) | (need >= right))]
        if need.size:
            height[need] = profile(at[need])
        while left >= 0 and height[left] <= 0.0:
            left -= 1
        while right < at.size and height[right] <= 0.0:
            right += 1
        known_left = left < 0 or height[left] > 0.0
        known_right = right >= at.size or height[right] > 0.0
        if known_left and known_right:
            return left, right
        stride *= 2


def _crossings(profile: Profile, ends: np.ndarray) -> np.ndarray:
    """Narrow all brackets (inside, outside, height, height) together; then a straight line."""
    inside, outside, low, high = ends.T
    share = np.linspace(0.0, 1.0, _SPLITS + 1)
    pick = np.arange(len(ends))
    for _ in range(_ROUNDS):
        at = inside[:, None] + (outside - inside)[:, None] * share
        height = np.empty_like(at)
        height[:, 0], height[:, -1] = low, high
        height[:, 1:-1] = profile(at[:, 1:-1].ravel()).reshape(len(ends), -1)
        first = np.argmax(height > 0.0, axis=1)
        inside, outside = at[pick, first - 1], at[pick, first]
        low, high = height[pick, first - 1], height[pick, first]
    found: np.ndarray = inside + (outside - inside) * (-low / (high - low))
    return found
