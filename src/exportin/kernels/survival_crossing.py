"""When each tumor reached a volume: from caliper visits to times, intervals and event codes."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Float, Int

from exportin.kernels.survival_arrays import BoolAnimal, FloatK, IntK

Rows = Float[np.ndarray, " row"]
Offsets = Int[np.ndarray, " _animals_and_one"]
PerAnimal = Float[np.ndarray, " animal"]
Codes = Int[np.ndarray, " animal"]

CENSORED = 0
REACHED = 1
TOXICITY = 2
FOUND_DEAD = 3
"""Codes from 2 on are other events that end the watch; the caller may add its own."""


class CrossingStatus(IntEnum):
    """What is known of an animal's crossing."""

    CROSSED = 0
    NOT_REACHED = 1
    STARTS_ABOVE = 2
    NO_VISIT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossings:
    """One entry per animal.

    `first_visit` is the first visit at or above the volume, `interpolated` the log-linear
    crossing; both are the end of the watch where the volume was not reached. The crossing lies in
    (`left`, `right`]; `right` is infinite where it was not seen. `code`: 0 censored, 1 reached,
    from 2 on what ended the watch instead. NaN for animals that start above or have no visit:
    these have no time, and leaving them out must be said.
    """

    first_visit: PerAnimal
    interpolated: PerAnimal
    left: PerAnimal
    right: PerAnimal
    code: Codes
    status: Codes

    @property
    def known(self) -> BoolAnimal:
        """Animals that have a time."""
        out: BoolAnimal = self.status <= CrossingStatus.NOT_REACHED
        return out

    @property
    def event(self) -> BoolAnimal:
        """Animals that reached the volume."""
        out: BoolAnimal = self.code == REACHED
        return out


def crossings(
    day: Rows,
    volume: Rows,
    offsets: Offsets,
    threshold: PerAnimal,
    *,
    removal: Codes | None = None,
    removal_day: PerAnimal | None = None,
    start_day: float | None = None,
) -> Crossings:
    """Find when each tumor reached its volume.

    The first visit at or above the volume, and the day at which a straight line through the
    logarithms of the two visits around it meets the volume: t0 + (t1 - t0) log(v / v0) /
    log(v1 / v0). From a visit without measurable tumor (0) no such line can be drawn; its limit,
    the later visit, is taken. Visits without a number (NaN) are skipped, so that the interval
    begins at the last visit that was measured. A tumor that later shrinks again has still
    reached the volume.

    Parameters
    ----------
    day, volume : (row,) arrays
        Visits of all animals, one animal after the other, days ascending within an animal.
    offsets : (animals + 1,) integer array
        Rows of animal i are offsets[i] to offsets[i + 1].
    threshold : (animals,) array
        Volume asked for: one number repeated, or a multiple of each animal's own start.
    removal : (animals,) integer array, optional
        Why the watch ended where the volume was not reached: 0 censored (end of the study, or
        sacrifice for a reason that says nothing of the tumor), 2 toxicity, 3 found dead, ...
    removal_day : (animals,) array, optional
        When; NaN is the last visit. Not before the last visit.
    start_day : float, optional
        Visits before it do not count (the first dose); None counts all.

    Raises
    ------
    ValueError
        If days do not ascend, a volume is negative or infinite, or a removal comes before the
        last visit.

    Examples
    --------
    >>> found = crossings(np.array([0.0, 4.0, 8.0, 0.0, 4.0]), np.array([100.0, 500, 2000, 90, 99]),
    ...                   np.array([0, 3, 5]), np.array([1000.0, 1000.0]))
    >>> found.first_visit.tolist(), found.interpolated.tolist(), found.code.tolist()
    ([8.0, 4.0], [6.0, 4.0], [1, 0])
    >>> found.left.tolist(), found.right.tolist()
    ([4.0, 4.0], [8.0, inf])
    """
    n = offsets.size - 1
    _check(day, volume, offsets, threshold)
    owner = np.repeat(np.arange(n), np.diff(offsets))
    use = np.isfinite(volume)
    if start_day is not None:
        use &= day >= start_day
    day, volume, owner = day[use], volume[use], owner[use]
    rows = np.arange(day.size)
    count = np.bincount(owner, minlength=n)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    seen = count > 0
    above = volume >= threshold[owner]
    hit = np.full(n, day.size, dtype=np.int64)
    np.minimum.at(hit, owner[above], rows[above])
    crossed = hit < day.size
    last = np.where(seen, first + count - 1, 0)
    status = np.where(crossed, CrossingStatus.CROSSED, CrossingStatus.NOT_REACHED)
    status = np.where(crossed & (hit == first), CrossingStatus.STARTS_ABOVE, status)
    status = np.where(seen, status, CrossingStatus.NO_VISIT).astype(np.int64)
    reached = status == CrossingStatus.CROSSED
    waiting = status == CrossingStatus.NOT_REACHED
    blank = np.full(n, np.nan)
    time, smooth, left, right = blank.copy(), blank.copy(), blank.copy(), blank.copy()
    at = hit[reached]
    time[reached], left[reached], right[reached] = day[at], day[at - 1], day[at]
    smooth[reached] = _log_linear(day, volume, at, threshold[reached])
    ended = day[last] if day.size else np.zeros(n)
    end, code = _removed(ended, waiting, removal, removal_day)
    time[waiting], smooth[waiting] = end[waiting], end[waiting]
    left[waiting], right[waiting] = ended[waiting], np.inf
    code = np.where(reached, REACHED, np.where(waiting, code, CENSORED))
    return Crossings(first_visit=time, interpolated=smooth, left=left, right=right,
                     code=code, status=status)  # fmt: skip


def _log_linear(day: Rows, volume: Rows, at: IntK, threshold: FloatK) -> FloatK:
    before = volume[at - 1]
    positive = before > 0.0
    low = np.log(np.where(positive, before, 1.0))
    rise = np.log(volume[at]) - low
    share = np.where(positive, (np.log(threshold) - low) / np.where(positive, rise, 1.0), 1.0)
    out: FloatK = day[at - 1] + share * (day[at] - day[at - 1])
    return out


def _removed(
    ended: PerAnimal,
    waiting: BoolAnimal,
    removal: Codes | None,
    removal_day: PerAnimal | None,
) -> tuple[PerAnimal, Codes]:
    """End of the watch and its code, of animals that did not reach the volume."""
    n = ended.size
    code = np.zeros(n, dtype=np.int64) if removal is None else removal
    if ((code < 0) | (code == REACHED)).any():
        raise ValueError("Expected removal codes 0, 2, 3, ...: 1 is kept for reaching the volume.")
    if removal_day is None:
        return ended, code
    given = np.isfinite(removal_day)
    early = waiting & given & (removal_day < ended)
    if early.any():
        i = int(np.flatnonzero(early)[0])
        raise ValueError(
            f"Animal {i} (counted from 0) is removed on day {removal_day[i]:g}, "
            f"before its last visit on day {ended[i]:g}."
        )
    return np.where(given, removal_day, ended), code


def _check(day: Rows, volume: Rows, offsets: Offsets, threshold: PerAnimal) -> None:
    if day.size != volume.size or offsets[-1] != day.size or offsets[0] != 0:
        raise ValueError("Expected one volume per day, and offsets from 0 to their number.")
    if (np.diff(offsets) < 0).any() or threshold.size != offsets.size - 1:
        raise ValueError("Expected ascending offsets and one threshold per animal.")
    if not (np.isfinite(threshold).all() and (threshold > 0.0).all()):
        raise ValueError("Expected thresholds above zero.")
    if not np.isfinite(day).all():
        raise ValueError("Expected a day for every visit.")
    if np.isinf(volume).any() or (volume < 0.0).any():
        raise ValueError("Expected volumes of zero or more; leave a missing one empty (NaN).")
    inner = np.ones(day.size, dtype=bool)
    inner[offsets[:-1][offsets[:-1] < day.size]] = False
    falls = np.flatnonzero((np.diff(day) <= 0.0) & inner[1:])
    if falls.size:
        i = int(falls[0])
        raise ValueError(
            f"Expected ascending days within an animal: row {i + 1} (counted from 0) has day "
            f"{day[i + 1]:g} after day {day[i]:g}."
        )
