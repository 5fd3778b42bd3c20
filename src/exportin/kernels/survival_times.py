"""Times to an event with censoring: checks, near ties and who is at risk when."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from exportin.kernels.survival_arrays import FloatM, IntM

Times = Float[np.ndarray, " n"]
Events = Bool[np.ndarray, " n"]
At = Float[np.ndarray, " k"]
Places = Int[np.ndarray, " k"]

_CLOSE = float(np.sqrt(np.finfo(np.float64).eps))


class Subjects(NamedTuple):
    """Checked times: entry (minus infinity where nobody was truncated), time, event, weight."""

    entry: Times
    time: Times
    event: Events
    weight: Times


class RiskCounts(NamedTuple):
    """Who is at risk at each distinct time, and what happens then (weighted)."""

    time: At
    n_risk: At
    n_event: At
    n_censor: At


def make_subjects(
    time: Times, event: Events, *, entry: Times | None = None, weight: Times | None = None
) -> Subjects:
    """Check times and events, and make times equal that differ by rounding only.

    Parameters
    ----------
    time : (n,) array
        When the event was seen, or last follow-up.
    event : (n,) boolean array
        True for an event, False for a censored time.
    entry : (n,) array, optional
        When a subject came under observation (left truncation), before its time.
    weight : (n,) array, optional
        Above zero; a whole number counts as so many equal subjects.

    Raises
    ------
    ValueError
        If nothing is given, a number is not finite, a weight is not above zero, or an entry is
        not before its time.

    Examples
    --------
    >>> make_subjects(np.array([0.1 + 0.2, 0.3]), np.array([True, False])).time.tolist()
    [0.3, 0.3]
    """
    n = time.size
    begin = np.full(n, -np.inf) if entry is None else entry
    weights = np.ones(n) if weight is None else weight
    if not n:
        raise ValueError("Expected at least one time, got none.")
    if not (event.size == begin.size == weights.size == n):
        raise ValueError("Expected times, events, entries and weights of one length.")
    if not np.isfinite(time).all():
        raise ValueError("Expected finite times; write the last follow-up for a censored one.")
    if entry is not None and not np.isfinite(begin).all():
        raise ValueError("Expected finite entry times.")
    if not (np.isfinite(weights).all() and (weights > 0.0).all()):
        raise ValueError("Expected weights above zero.")
    if entry is None:
        return Subjects(begin, merge_close(time), event, weights)
    both = merge_close(np.concatenate([begin, time]))
    begin, time = both[:n], both[n:]
    if not (begin < time).all():
        raise ValueError("Expected every entry before its time.")
    return Subjects(begin, time, event, weights)


def merge_close(values: Times) -> Times:
    """Give values that differ by less than sqrt(machine epsilon) (relative to the mean) one value.

    Days computed in two ways (0.1 + 0.2 and 0.3) would otherwise break a tie.

    Examples
    --------
    >>> merge_close(np.array([0.3, 0.1 + 0.2, 0.4])).tolist()
    [0.3, 0.3, 0.4]
    """
    distinct = np.unique(values)
    step = np.diff(distinct)
    size = float(np.mean(np.abs(distinct[np.isfinite(distinct)]))) if distinct.size else 0.0
    tied = (step <= _CLOSE) | (step <= _CLOSE * size)
    if not tied.any():
        return values
    kept = distinct[np.concatenate([[True], ~tied])]
    out: Times = kept[np.searchsorted(kept, values, side="right") - 1]
    return out


def at_risk(who: Subjects, at: At) -> At:
    """Weight of the subjects at risk at given times: entry before, time not before.

    Examples
    --------
    >>> who = make_subjects(np.array([1.0, 2.0, 2.0]), np.array([True, True, False]))
    >>> at_risk(who, np.array([1.0, 1.5, 3.0])).tolist()
    [3.0, 2.0, 0.0]
    """
    left = _weight_from(who.time, who.weight, at)
    late = np.isfinite(who.entry)
    here: At = left - _weight_from(who.entry[late], who.weight[late], at)
    return here


def _weight_from(values: Times, weight: Times, at: At) -> At:
    """Sum the weights of values at or after each given one."""
    order = np.argsort(values, kind="stable")
    tail = np.concatenate([np.cumsum(weight[order][::-1])[::-1], [0.0]])
    out: At = tail[np.searchsorted(values[order], at, side="left")]
    return out


def risk_counts(who: Subjects) -> RiskCounts:
    """Count who is at risk, has an event and is censored at each distinct time.

    Examples
    --------
    >>> who = make_subjects(np.array([1.0, 2.0, 2.0]), np.array([True, True, False]))
    >>> [column.tolist() for column in risk_counts(who)]
    [[1.0, 2.0], [3.0, 2.0], [1.0, 1.0], [0.0, 1.0]]
    """
    times, place = np.unique(who.time, return_inverse=True)
    events = np.bincount(place, who.weight * who.event, times.size)
    censored = np.bincount(place, who.weight * ~who.event, times.size)
    return RiskCounts(times, at_risk(who, times), events, censored)


def last_before(times: At, at: FloatM) -> IntM:
    """Index of the last distinct time at or before each given one; -1 before the first.

    Examples
    --------
    >>> last_before(np.array([1.0, 2.0]), np.array([0.5, 1.0, 5.0])).tolist()
    [-1, 0, 1]
    """
    return np.searchsorted(times, at, side="right") - 1
