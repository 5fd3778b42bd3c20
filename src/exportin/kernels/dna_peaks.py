"""Where G1 is: peaks of a DNA histogram and the rules that name them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.float64] | NDArray[np.int64]

SMOOTH = 0.02
"""SD of the smoothing as a share of the channel; at least one bin."""
G2_LOW, G2_HIGH = 1.8, 2.15
"""A peak at this multiple of another may be its G2M."""
LEAST_AREA = 0.02
"""Of the largest peak: smaller peaks are left out."""
HALF_AREA = 0.08
"""Of the largest peak: a peak at half its channel must hold this much to be its G1."""
SECOND_AREA = 0.08
"""Of the largest peak: a peak that nothing explains must hold this much to be a second line."""
BROAD = 0.35
"""SD over channel: broader humps are not peaks."""
HALF, MAIN = "peak at half the channel of the main peak", "main peak"
"""Rules that named G1."""


@dataclass(frozen=True)
class DnaStart:
    """First guess of a fit and the rule that named G1.

    ``second_mean`` and ``second_cv`` are NaN where there is no second line.
    """

    g1_mean: float
    g1_cv: float
    ratio: float
    second_mean: float
    second_cv: float
    rule: str


@dataclass(frozen=True)
class Peak:
    """One peak: channel, SD over channel, events, height over its higher valley."""

    at: float
    cv: float
    area: float
    rise: float

    @property
    def weight(self) -> float:
        """Events times height: a broad hump of S or a low trigger edge is no main peak."""
        return self.area * self.rise


def find_start(
    counts: Array, edges: Array, g1_range: tuple[float, float] | None = None, *, lines: int = 2
) -> DnaStart:
    """Name the peak of G1 and, if there is one, of a second line.

    The main peak (events times height) is G1, unless a narrow peak with at least 8 % of its events
    stands at half of its channel (then that one is, and the main one is G2M). A narrow peak that is
    no G2M of another and no aggregate is a second line; the line with the lower channel is the
    first. With ``g1_range`` the largest peak inside it is G1, whatever lies elsewhere. ``lines`` is
    1 where a second line is ruled out.

    Examples
    --------
    >>> from exportin.kernels.dna_design import gauss_counts
    >>> edges = np.linspace(0.0, 1024.0, 257)
    >>> counts = gauss_counts(edges, 200.0, 0.03, 2000.0) + gauss_counts(edges, 400.0, 0.03, 8000.0)
    >>> start = find_start(counts, edges)
    >>> round(start.g1_mean), start.rule
    (200, 'peak at half the channel of the main peak')
    """
    peaks = find_peaks(counts, edges)
    nan = float("nan")
    if g1_range is not None:
        low, high = sorted(g1_range)
        inside = [peak for peak in peaks if low <= peak.at <= high]
        if not inside:
            return DnaStart(nan, nan, nan, nan, nan, "no peak in the range given for G1")
        first, rule = max(inside, key=lambda peak: peak.weight), "largest peak in the range given"
    elif not peaks:
        return DnaStart(nan, nan, nan, nan, nan, "no peak")
    else:
        first, rule = _largest_or_half(peaks)
    second = _second(peaks, first) if lines > 1 else None
    if second is not None and second.at < first.at and g1_range is None:
        first, second, rule = second, first, "lower of two lines"
    return DnaStart(
        first.at, first.cv, _ratio(peaks, first),
        second.at if second else nan, second.cv if second else nan, rule,
    )  # fmt: skip


def _largest_or_half(peaks: list[Peak]) -> tuple[Peak, str]:
    largest = max(peaks, key=lambda peak: peak.weight)
    halves = [
        peak for peak in peaks
        if G2_LOW <= largest.at / peak.at <= G2_HIGH
        and peak.area >= HALF_AREA * largest.area
        and peak.cv <= 2.0 * largest.cv + 0.03
    ]  # fmt: skip
    if halves:
        return max(halves, key=lambda peak: peak.area), HALF
    return largest, MAIN


def _ratio(peaks: list[Peak], first: Peak) -> float:
    above = [peak for peak in peaks if G2_LOW <= peak.at / first.at <= G2_HIGH]
    return max(above, key=lambda peak: peak.area).at / first.at if above else 1.97


def _second(peaks: list[Peak], first: Peak) -> Peak | None:
    largest = max(peaks, key=lambda peak: peak.weight).area

    def explained(peak: Peak) -> bool:
        times = peak.at / first.at
        whole = [
            G2_LOW - first.cv <= times <= G2_HIGH + first.cv,
            2.8 <= times <= 3.2,
            times >= 3.7,
        ]
        return abs(times - 1.0) < 0.08 or any(whole)

    rest = [
        peak for peak in peaks
        if not explained(peak)
        and peak.area >= SECOND_AREA * largest
        and peak.cv <= min(1.6 * first.cv + 0.01, 0.10)
        and peak.at > 0.4 * first.at
    ]  # fmt: skip
    return min(rest, key=lambda peak: peak.at) if rest else None


def find_peaks(counts: Array, edges: Array) -> list[Peak]:
    """Peaks of the smoothed histogram that noise does not make, in rising channels."""
    n = counts.size
    kernel, sds = _kernel(n, float(edges[0]), float(edges[-1]))
    inner = counts.copy()
    inner[-1] = 0.0
    smooth = kernel @ inner
    noise = np.sqrt(kernel**2 @ inner)
    width = (edges[-1] - edges[0]) / n
    found = []
    tops = np.flatnonzero((smooth[1:-1] >= smooth[:-2]) & (smooth[1:-1] > smooth[2:])) + 1
    for top in tops.tolist():
        left, right = _valley(smooth, top, -1), _valley(smooth, top, 1)
        rise = float(smooth[top] - max(smooth[left], smooth[right]))
        if rise < 4.0 * noise[top] or edges[top] <= 2.0 * width:
            continue
        sd = _width(smooth, top, left, right)
        at = edges[0] + width * (top + 0.5 + _vertex(smooth, top))
        sd = np.sqrt(max(sd**2 - sds[top] ** 2, 0.09)) * width
        area = float(smooth[top] * sd / width * np.sqrt(2.0 * np.pi))
        if sd / at <= BROAD:
            found.append(Peak(float(at), float(sd / at), area, rise))
    largest = max((peak.area for peak in found), default=0.0)
    return [peak for peak in found if peak.area >= LEAST_AREA * largest]


def _valley(smooth: Array, top: int, way: int) -> int:
    """Lowest bin before the histogram rises above this top again."""
    side = smooth[top + 1 :] if way > 0 else smooth[:top][::-1]
    over = np.flatnonzero(side > smooth[top])
    side = side[: over[0]] if over.size else side
    return top + way * (int(np.argmin(side)) + 1) if side.size else top


def _width(smooth: Array, top: int, left: int, right: int) -> float:
    """SD from where the steeper flank has fallen to 0.607 of the top."""
    level = np.exp(-0.5) * smooth[top]
    spans = []
    for way, end in ((-1, left), (1, right)):
        k = top
        while k != end and smooth[k] > level:
            k += way
        if smooth[k] <= level:
            before = smooth[k - way]
            spans.append(abs(k - top) - (level - smooth[k]) / max(before - smooth[k], 1e-12))
    return float(min(spans)) if spans else float(abs(right - left))


def _vertex(smooth: Array, top: int) -> float:
    a, b, c = smooth[top - 1 : top + 2].tolist()
    bend = a - 2.0 * b + c
    return 0.5 * (a - c) / bend if bend < 0 else 0.0


@lru_cache(maxsize=8)
def _kernel(n: int, low: float, high: float) -> tuple[Array, Array]:
    """Smoothing that is as much broader as the channel is higher."""
    width = (high - low) / n
    at = low / width + np.arange(n) + 0.5
    sd = np.maximum(1.0, SMOOTH * at)
    kernel = np.exp(-0.5 * ((at[None, :] - at[:, None]) / sd[:, None]) ** 2)
    kernel /= sd[:, None] * np.sqrt(2.0 * np.pi)
    return kernel, sd
