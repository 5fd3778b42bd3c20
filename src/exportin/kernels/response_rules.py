"""What a tumor did against its own baseline: percent change, mRECIST and PPTP categories."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Shaped
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Grid = NDArray[np.float64]
Flags = NDArray[np.bool_]
Names = Shaped[np.ndarray, " animal"]  # words

WITHIN_DAYS = 7.0
"""A measurement older than this, counted back from the reference day, is no baseline."""
CATEGORIES = ("CR", "PR", "SD", "PD")
CUTS = (("SD", 35.0, 30.0), ("PR", -50.0, -20.0), ("CR", -95.0, -40.0))
"""Category, best response below, best average below (percent); later lines overrule earlier."""
GROWTH_WAITS = 10.0
"""Days by which the gao2015 rule lets a tumor above its baseline wait longer than one below."""

PPTP_CATEGORIES = ("MCR", "CR", "PR", "SD", "PD2", "PD1", "PD")
PPTP_SCORES = {"PD1": 0, "PD2": 2, "SD": 4, "PR": 6, "CR": 8, "MCR": 10}
PPTP_EVENT_FOLD = 4.0
"""An event is four times the first volume (Houghton et al. 2007, doi:10.1002/pbc.21078)."""
PPTP_MEASURABLE_MM3 = 100.0
PPTP_DELAY = 1.5
_REGRESSED, _GROWN = -50.0, 25.0
_SAME = 1e-9  # percent; 25.2 g of 28 g is a loss of 10 % whatever the last bit says


class Changes(NamedTuple):
    """Changes against a baseline; rows are animals, columns their visits.

    ``day``, ``percent`` and ``average`` are NaN where an animal has no such visit and before its
    baseline. ``average`` is the mean of all changes from the baseline (0 %) up to the visit.
    ``baseline`` and ``baseline_day`` are NaN where there is none.
    """

    day: Grid
    percent: Grid
    average: Grid
    baseline: Vector
    baseline_day: Vector

    @property
    def after(self) -> Flags:
        """Visits after the baseline."""
        return self.day > self.baseline_day[:, None]

    @property
    def followed(self) -> Flags:
        """Animals with a visit after the baseline."""
        out: Flags = np.any(self.after, axis=1)
        return out

    @property
    def last(self) -> NDArray[np.int64]:
        """Column of the last visit of each animal."""
        return _last(~np.isnan(self.day))


class Best(NamedTuple):
    """Best response, best average response (percent) and their days; NaN where not judged."""

    response: Vector
    response_day: Vector
    average: Vector
    average_day: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Which visits can be a best response.

    Parameters
    ----------
    start_day
        First day that counts for a tumor below its baseline, and for an animal to be judged.
    growth_day
        First day that counts for a tumor at or above its baseline.
    average_after
        Whether averages count only after ``start_day`` (and not on it).
    last_visit
        Whether the last visit stands in where an animal was not followed so long.
    fewest
        Visits from ``start_day`` on that an animal must have.
    """

    start_day: float = 10.0
    growth_day: float = 10.0
    average_after: bool = False
    last_visit: bool = False
    fewest: int = 1


def timing(rule: Literal["gao2015", "xeva"], start_day: float = 10.0) -> Timing:
    """Give the days of one of the two rules of mRECIST in use.

    ``xeva`` is the rule that the R package Xeva computes: smallest change, smallest running
    average, both from day 10 on, of which there must be two visits.

    ``gao2015`` is the rule that the numbers published by Gao et al. follow, told from the
    numbers: the average counts after day 10; a tumor below its baseline counts from day 10, any
    other from day 20; the last visit stands in for animals not followed so long. Of 437 breast
    mice it judges 435 and gives 393 best responses, 435 best averages and 420 categories as
    published; ``xeva`` judges 429 and gives 134, 264 and 367. The best responses that are left
    follow no rule of days.

    References
    ----------
    Gao et al. 2015, doi:10.1038/nm.3954; Mer et al. 2019, doi:10.1158/0008-5472.CAN-19-0349.

    Examples
    --------
    >>> timing("gao2015").growth_day, timing("xeva").fewest
    (20.0, 2)
    """
    if rule == "xeva":
        return Timing(start_day=start_day, growth_day=start_day, fewest=2)
    later = start_day + GROWTH_WAITS
    return Timing(start_day=start_day, growth_day=later, average_after=True, last_visit=True)


def changes(
    animal: NDArray[np.int64],
    day: Vector,
    size: Vector,
    *,
    animals: int,
    reference_day: float | Vector = 0.0,
    within: float = WITHIN_DAYS,
) -> Changes:
    """Percent change of each visit from the animal's baseline: 100 (size - first) / first.

    The baseline is the last visit on or before the reference day, not more than ``within`` days
    before it, and above zero.

    Parameters
    ----------
    animal : (n,) int
        Number of the animal of each visit, from 0; visits sorted by animal and day.
    day, size : (n,) float
        Days, and volumes or weights.
    animals : int
        How many animals there are; some may have no visit.
    reference_day : float or (animals,) float
        Day of the baseline; NaN where unknown.
    within : float
        Days.

    Examples
    --------
    >>> found = changes(np.array([0, 0, 0]), np.array([-1.0, 4.0, 8.0]),
    ...                 np.array([200.0, 100.0, 300.0]), animals=1)
    >>> found.percent.tolist(), found.average.round(3).tolist()
    ([[0.0, -50.0, 50.0]], [[0.0, -25.0, 0.0]])
    """
    start = np.searchsorted(animal, np.arange(animals + 1))
    place = np.arange(day.size) - start[animal]
    width = max(int(np.diff(start).max(initial=0)), 1)
    days = np.full((animals, width), np.nan)
    sizes = np.full((animals, width), np.nan)
    days[animal, place], sizes[animal, place] = day, size
    wanted = np.broadcast_to(np.asarray(reference_day, dtype=np.float64), (animals,))[:, None]
    usable = (days <= wanted) & (days >= wanted - within)
    at, some = _last(usable), usable.any(axis=1)
    first, first_day = _pick(sizes, at), _pick(days, at)
    some &= first > 0
    first, first_day = np.where(some, first, np.nan), np.where(some, first_day, np.nan)
    kept = days >= first_day[:, None]
    percent = np.where(kept, 100.0 * (sizes - first[:, None]) / first[:, None], np.nan)
    count = np.maximum(np.cumsum(kept, axis=1), 1)
    average = np.where(kept, np.cumsum(np.where(kept, percent, 0.0), axis=1) / count, np.nan)
    return Changes(np.where(kept, days, np.nan), percent, average, first, first_day)


def best_response(found: Changes, when: Timing) -> Best:
    """Smallest change and smallest running average of each animal, and their days.

    Parameters
    ----------
    found : Changes
        Changes from the baseline; the baseline itself is never a response.
    when : Timing
        Which visits count, see `timing`.

    Examples
    --------
    >>> found = changes(np.zeros(4, int), np.array([0.0, 7.0, 14.0, 21.0]),
    ...                 np.array([100.0, 60.0, 110.0, 140.0]), animals=1)
    >>> best_response(found, timing("xeva")).response.tolist()
    [10.0]
    >>> best_response(found, timing("gao2015")).response.tolist()
    [40.0]
    """
    late = found.after & (found.day >= when.start_day)
    judged = late.sum(axis=1) >= when.fewest
    early, _ = _smallest(found.percent, late)
    grown = late & (found.day >= when.growth_day)
    counts = np.where((early < 0)[:, None], late, grown)
    averaged = late & (found.day > when.start_day) if when.average_after else late
    best = [_best(found, found.percent, counts, judged, when)]
    best.append(_best(found, found.average, averaged, judged, when))
    return Best(*best[0], *best[1])


def mrecist(response: Vector, average: Vector) -> Names:
    """Category of each animal by its best response and best average response (percent).

    CR: < -95 and < -40; PR: < -50 and < -20; SD: < 35 and < 30; else PD. Empty where a number is
    NaN.

    Examples
    --------
    >>> mrecist(np.array([-96.0, -60.0, 34.9, 35.0]), np.array([-41.0, -20.0, 0, 0])).tolist()
    ['CR', 'SD', 'SD', 'PD']
    """
    out = np.full(response.shape, "PD", dtype="<U2")
    for name, below, average_below in CUTS:
        out[(response < below) & (average < average_below)] = name
    out[np.isnan(response) | np.isnan(average)] = ""
    return out


def pptp(found: Changes, delay: Vector, reached: Flags) -> Names:
    """Category of each animal by the rules of the Pediatric Preclinical Testing Program.

    MCR: below 100 mm3 at a visit and at the last; CR: below 100 mm3 at a visit; PR: half of the
    first volume or less at a visit; SD: none of these and not more than 25 % above the first
    volume at the last visit; else PD. PD is PD1 where the time to four times the first volume is
    at most 1.5 control medians, PD2 where it is longer, and stays PD where that is unknown. A tumor
    that falls below 100 mm3 without halving is no CR: the definitions expect 200 mm3 and more.

    Parameters
    ----------
    found : Changes
        Changes of volumes in mm3.
    delay : (animals,) float
        Time to the event, or to the last visit without one, over the median time of the control
        arm; NaN for controls and where that median was not reached.
    reached : (animals,) bool
        Whether the event was seen.

    Returns
    -------
    (animals,) str
        Empty where the first volume is missing or below 100 mm3, or no visit follows it.

    References
    ----------
    Houghton et al. 2007, doi:10.1002/pbc.21078; Murphy et al. 2016,
    doi:10.1158/0008-5472.CAN-16-0122 and the response definitions in its supplement.

    Examples
    --------
    >>> found = changes(np.array([0, 0, 1, 1]), np.array([0.0, 9.0, 0.0, 9.0]),
    ...                 np.array([300.0, 140.0, 300.0, 900.0]), animals=2)
    >>> pptp(found, np.array([2.0, 1.2]), np.array([False, True])).tolist()
    ['PR', 'PD1']
    """
    after = found.after
    lowest, _ = _smallest(found.percent, after)
    final = _pick(found.percent, found.last)
    halved = lowest <= _REGRESSED + _SAME
    first = found.baseline
    gone = halved & (first * (1 + lowest / 100) < PPTP_MEASURABLE_MM3 * (1 - _SAME))
    kept = gone & (first * (1 + final / 100) < PPTP_MEASURABLE_MM3 * (1 - _SAME))
    out = np.full(first.shape, "PD", dtype="<U3")
    out[reached & (delay <= PPTP_DELAY)] = "PD1"
    out[delay > PPTP_DELAY] = "PD2"
    for name, which in (("SD", final <= _GROWN + _SAME), ("PR", halved), ("CR", gone)):
        out[which] = name
    out[kept] = "MCR"
    out[~found.followed | ~(first >= PPTP_MEASURABLE_MM3)] = ""
    return out


def _best(
    found: Changes, values: Grid, counts: Flags, judged: Flags, when: Timing
) -> tuple[Vector, Vector]:
    value, at = _smallest(values, counts)
    none = ~counts.any(axis=1)
    if when.last_visit:
        at = np.where(none, found.last, at)
        none = np.zeros_like(none)
    value = np.where(judged & ~none, _pick(values, at), np.nan)
    return value, np.where(np.isnan(value), np.nan, _pick(found.day, at))


def _smallest(values: Grid, where: Flags) -> tuple[Vector, NDArray[np.int64]]:
    """Smallest value of each row among the marked, NaN where none is, and its column."""
    at = np.argmin(np.where(where, values, np.inf), axis=1)
    return np.where(where.any(axis=1), _pick(values, at), np.nan), at


def _last(where: Flags) -> NDArray[np.int64]:
    out: NDArray[np.int64] = where.shape[1] - 1 - np.argmax(where[:, ::-1], axis=1)
    return out


def _pick(values: Grid, at: NDArray[np.int64]) -> Vector:
    out: Vector = np.take_along_axis(values, at[:, None], axis=1)[:, 0]
    return out
