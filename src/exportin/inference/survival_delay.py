"""Growth delay: by how many days a treatment puts off reaching a volume."""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaln

from exportin.kernels.survival_km import SurvivalQuantile, kaplan_meier, median
from exportin.kernels.survival_times import Events, Times, merge_close

Counts = Int[np.ndarray, "b n"]
Medians = Float[np.ndarray, " b"]

Days = Float[np.ndarray, " _n"]
Seen = Bool[np.ndarray, " _n"]
Group = tuple[Days, Seen]

MOST_COUNTED = 8
"""Groups up to this size are resampled in every way; larger ones are drawn from."""
DRAWS = 10_000
SEED = 20261101
_SAME = 1e-9


class Limits(NamedTuple):
    """An estimate, whether it is one ("=") or a bound, and its limits; None is open."""

    value: float | None
    bound: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthDelay:
    """Median of the treated minus median of the controls (T - C), and their ratio (T / C).

    Where the treated median is not reached, the delay is "> last follow-up - control median" and
    its upper limit is open. Status ``not_identifiable`` where neither median is reached.
    """

    treated: SurvivalQuantile
    control: SurvivalQuantile
    difference: Limits
    ratio: Limits
    n_treated: int
    n_control: int
    conf_level: float
    method: str
    status: str


class Resampled(NamedTuple):
    """Medians that resampling gives, with their probabilities; infinite where not reached."""

    value: Medians
    share: Medians


def growth_delay(
    treated: Group,
    control: Group,
    *,
    conf_level: float = 0.95,
    generator: np.random.Generator | None = None,
) -> GrowthDelay:
    """Say by how many days the median time to a volume is put off.

    The interval is the percentile bootstrap of Kaplan-Meier medians over animals, each group
    resampled apart: all resamples counted up to 8 animals a group (no chance involved), 10,000
    drawn for larger groups. A resampled median that is not reached enters the lower limit as the
    last follow-up and leaves the upper limit open. Simulated coverage of the 95 % interval (no
    effect and a doubled time, exact days and half-weekly visits, with and without an end of the
    study; `tests/inference/test_survival_logrank.py`): 96 to 98 % with 5 a group, 95 to 99 % with
    8 and 10, but 88 to 94 % with 3, where it already reaches from the smallest to the
    largest difference. Tried beside it (300 runs each): shifts of days that the log-rank test
    does not reject, 83 to 97 % and less where the treated median lay beyond the end, as delays
    are seldom plain shifts; log-log limits of the two medians joined, 97 to 100 %, but always
    open above with 5 a group.

    Parameters
    ----------
    treated, control : (times, events)
        Days to the volume; event False where it was not reached.
    conf_level : float
    generator : numpy Generator, optional
        For larger groups; a fixed seed if none is given.

    References
    ----------
    Efron 1981, doi:10.1080/01621459.1981.10477650; Brookmeyer and Crowley 1982.

    Examples
    --------
    >>> t, c = np.array([20.0, 24.0, 30.0, 35.0, 35.0]), np.array([7.0, 9.0, 9.0, 12.0, 14.0])
    >>> found = growth_delay((t, np.array([1, 1, 0, 0, 0], bool)), (c, np.ones(5, bool)))
    >>> found.difference[:2], found.difference.high
    ((26.0, '>'), None)
    """
    curves = [kaplan_meier(*group, conf_level=conf_level) for group in (treated, control)]
    t, c = (median(curve) for curve in curves)
    chance = generator if generator is not None else np.random.default_rng(SEED)
    drawn = [resampled_medians(*group, chance) for group in (treated, control)]
    ends = (curves[0].last_followup, curves[1].last_followup)
    tail = 0.5 * (1.0 - conf_level)
    difference = _limits(np.subtract, (t, c), drawn, ends, tail)
    ratio = _limits(np.divide, (t, c), drawn, ends, tail)
    if min(treated[0].min(), control[0].min()) <= 0.0:
        ratio = Limits(None, "=", None, None)
    if min(treated[0].size, control[0].size) < 2:  # one animal says nothing of the next
        difference = difference._replace(low=None, high=None)
        ratio = ratio._replace(low=None, high=None)
    both_open = t.bound == ">" and c.bound == ">"
    counted = max(treated[0].size, control[0].size) <= MOST_COUNTED
    return GrowthDelay(
        treated=t, control=c, difference=difference, ratio=ratio, n_treated=treated[0].size,
        n_control=control[0].size, conf_level=conf_level,
        method="growth_delay_counted" if counted else "growth_delay_drawn",
        status="not_identifiable" if both_open
        else "at_bound" if ">" in (t.bound, c.bound) else "ok",
    )  # fmt: skip


def specific_growth_delay(
    delay: GrowthDelay, doubling_time: float, doubling_limits: tuple[float, float] | None = None
) -> Limits:
    """Say how many doubling times of the controls a growth delay is worth: (T - C) / Td.

    Parameters
    ----------
    delay : GrowthDelay
    doubling_time : float
        Of the control tumors, in the unit of the times.
    doubling_limits : (float, float), optional
        Its limits; then the interval takes the far end of both and is wider than either needs.

    Raises
    ------
    ValueError
        If the doubling time is not above zero: tumors that do not grow have none.

    Examples
    --------
    >>> t, c = np.array([20.0, 24.0, 30.0]), np.array([7.0, 9.0, 11.0])
    >>> found = growth_delay((t, np.ones(3, bool)), (c, np.ones(3, bool)))
    >>> specific_growth_delay(found, 5.0).value
    3.0
    """
    short, long = doubling_limits or (doubling_time, doubling_time)
    if not 0.0 < short <= doubling_time <= long:
        raise ValueError(
            f"Expected a doubling time above zero within its limits, got {doubling_time:g}."
        )
    d = delay.difference
    value = None if d.value is None else d.value / doubling_time
    low = None if d.low is None else d.low / (long if d.low > 0 else short)
    high = None if d.high is None else d.high / (short if d.high > 0 else long)
    return Limits(value, d.bound, low, high)


def delay_text(delay: GrowthDelay) -> str:
    """Write T - C in days as a table prints it: 3.5, > 28, not reached.

    Examples
    --------
    >>> t, c = np.array([20.0, 24.0, 30.0]), np.array([7.0, 9.0, 11.0])
    >>> delay_text(growth_delay((t, np.zeros(3, bool)), (c, np.ones(3, bool))))
    '> 21'
    """
    found = delay.difference
    if found.value is None:
        return "not reached"
    return f"{'' if found.bound == '=' else found.bound + ' '}{found.value:g}"


def resampled_medians(time: Times, event: Events, generator: np.random.Generator) -> Resampled:
    """Kaplan-Meier medians of resampled groups: all of them for few animals, else drawn ones.

    Examples
    --------
    >>> found = resampled_medians(np.array([1.0, 2.0]), np.ones(2, bool), np.random.default_rng(1))
    >>> found.value.tolist(), found.share.tolist()
    ([1.0, 1.5, 2.0], [0.25, 0.5, 0.25])
    """
    n = time.size
    if n <= MOST_COUNTED:
        return _counted(time.astype(np.float64).tobytes(), event.astype(np.bool_).tobytes())
    counts = generator.multinomial(n, np.full(n, 1.0 / n), size=DRAWS)
    return _resampled(time, event, counts, np.full(DRAWS, 1.0 / DRAWS))


@lru_cache(maxsize=256)
def _counted(times: bytes, events: bytes) -> Resampled:
    """Resample small groups in every way; a control is asked for with each of its arms."""
    time = np.frombuffer(times)
    return _resampled(time, np.frombuffer(events, dtype=np.bool_), *_all_counts(time.size))


def _resampled(time: Times, event: Events, counts: Counts, share: Medians) -> Resampled:
    medians = _medians(merge_close(time), event, counts)
    values, place = np.unique(medians, return_inverse=True)
    return Resampled(values, np.bincount(place, share, values.size))


@cache
def _all_counts(n: int) -> tuple[Counts, Medians]:
    """Every way to draw n of n with replacement, as counts, with its multinomial probability."""
    bars = np.array(list(combinations(range(2 * n - 1), n - 1)), dtype=np.int64)
    edges = np.concatenate(
        [
            np.full((len(bars), 1), -1),
            bars.reshape(len(bars), n - 1),
            np.full((len(bars), 1), 2 * n - 1),
        ],
        axis=1,
    )
    counts = np.diff(edges, axis=1) - 1
    log_share = gammaln(n + 1) - gammaln(counts + 1).sum(axis=1) - n * np.log(n)
    return counts, np.exp(log_share)


def _medians(time: Times, event: Events, counts: Counts) -> Medians:
    """Kaplan-Meier median of each resample; infinite where it is not reached."""
    at = np.unique(time)
    drawn = counts.astype(np.float64)
    died = drawn @ ((time[:, None] == at) & event[:, None]).astype(np.float64)
    left = drawn @ (time[:, None] >= at).astype(np.float64)
    curve = np.cumprod(1.0 - died / np.maximum(left, 1.0), axis=1)
    rows = np.arange(counts.shape[0])
    hit = curve <= 0.5 + _SAME
    first, reached = hit.argmax(axis=1), hit.any(axis=1)
    under = curve < 0.5 - _SAME
    last = at[at.size - 1 - (left > 0)[:, ::-1].argmax(axis=1)]
    next_ = np.where(under.any(axis=1), at[under.argmax(axis=1)], last)
    flat = np.abs(curve[rows, first] - 0.5) < _SAME
    value = np.where(flat, 0.5 * (at[first] + next_), at[first])
    out: Medians = np.where(reached, value, np.inf)
    return out


def _limits(
    how: np.ufunc,
    medians: tuple[SurvivalQuantile, SurvivalQuantile],
    drawn: list[Resampled],
    ends: tuple[float, float],
    tail: float,
) -> Limits:
    """Percentile limits of a difference or ratio of medians; what is not reached widens them."""
    (t, c), ((tv, tp), (cv, cp)) = medians, drawn
    share = (tp[:, None] * cp).ravel()
    zero = 0.0 if how is np.divide else -np.inf
    t_low, t_high = np.where(np.isinf(tv), ends[0], tv), tv
    c_low, c_high = np.where(np.isinf(cv), ends[1], cv), cv
    with np.errstate(divide="ignore", invalid="ignore"):
        lows = how(t_low[:, None], c_high)
        highs = how(t_high[:, None], c_low)
        lows = np.where(np.isinf(c_high)[None, :], zero, lows)
        value = float(how(t.value, c.value))
    low = _quantile(lows.ravel(), share, tail)
    high = -_quantile(-highs.ravel(), share, tail)
    low_end = None if not np.isfinite(low) or (how is np.divide and low <= 0.0) else low
    high_end = high if np.isfinite(high) else None
    if t.bound == c.bound == ">":
        return Limits(None, "=", low_end, high_end)
    if c.bound == ">":
        return Limits(value, "<", None, high_end)
    return Limits(value, t.bound, low_end, None if t.bound == ">" else high_end)


def _quantile(values: Medians, share: Medians, tail: float) -> float:
    """Largest value with at most `tail` of the probability below it."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(share[order])
    place = min(int(np.searchsorted(upto, tail - _SAME)), values.size - 1)
    return float(values[order[place]])
