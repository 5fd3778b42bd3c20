"""Which curve an arm grows by, and what that does to its first growth rate and times."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from exportin.inference.samples import Labels, as_vector
from exportin.inference.t_outcome import t_quantile
from exportin.kernels.growth_curve_fits import CurveFits, fit_curves
from exportin.kernels.growth_curves import Curve, curve_slopes, time_to

CURVES: tuple[Curve, ...] = ("exponential", "exponential_linear", "gompertz")
ADMISSIBLE = 4.0
"""Curves this close to the best AICc are not ruled out (Burnham and Anderson 2002, ch. 2.6: below 2
substantial support, 4 to 7 considerably less)."""
KEPT = 0.9
"""Growth that keeps nine tenths of its first rate to the end is called straight."""

Verdict = Literal[
    "straight", "bends", "cannot_tell", "shrinks", "speeds_up", "not_converged", "too_few"
]
Array = NDArray[np.float64]
Key = Literal["rate", "doubling", "threshold", "kept"]


class Between(NamedTuple):
    """A mean over animals with its t interval; limits are None for one animal."""

    value: float
    std_error: float | None = None
    df: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class CurveOfArm:
    """What one curve says of one arm.

    Attributes
    ----------
    rate : Between or None
        Mean growth rate of the animals at their start, ln volume per day.
    kept : Between or None
        Geometric mean over animals of the growth rate at the last visit over that at the start;
        `std_error` is on the ln scale.
    doubling, threshold : float or None
        ln 2 over the rate at the start, days; days from the start until an animal with the mean
        level and rate reaches the threshold. None where it never does.
    shape : float or None
        exponential_linear: ln volume of the switch; gompertz: b per day.
    aicc, delta : float or None
        AICc, and how far it lies above the best.
    status : str
        As of `CurveFits`.
    admissible : bool
        Within `ADMISSIBLE` of the best.
    """

    curve: Curve
    status: str
    rate: Between | None = None
    kept: Between | None = None
    doubling: float | None = None
    threshold: float | None = None
    shape: float | None = None
    aicc: float | None = None
    delta: float | None = None
    admissible: bool = False


@dataclass(frozen=True, kw_only=True)
class ArmCurves:
    """The curves of one arm and the choice between them.

    Attributes
    ----------
    curves : tuple of CurveOfArm
        The exponential alone where the arm shrinks.
    preferred : CurveOfArm or None
        With the lowest AICc.
    verdict : str
        "bends" (the exponential is ruled out), "straight" (no admissible curve slows down by more
        than a tenth), "cannot_tell" (admissible curves differ in this), "shrinks", "speeds_up"
        (a parabola fits better than all of them and curves the other way: regrowth, or shrinkage
        that slows down; no curve is then preferred), "not_converged", "too_few".
    one_sign : bool
        Whether all admissible curves agree that the arm grows, shrinks or may do either.
    n_animals, n_visits : int
        That entered; animals with fewer than 3 visits do not.
    """

    arm: str
    curves: tuple[CurveOfArm, ...]
    preferred: CurveOfArm | None
    verdict: Verdict
    one_sign: bool
    n_animals: int
    n_visits: int

    def admissible(self) -> tuple[CurveOfArm, ...]:
        """Curves that the data do not rule out."""
        return tuple(one for one in self.curves if one.admissible)

    def spread(self, what: Key) -> tuple[float | None, float | None]:
        """Smallest and largest value over the admissible curves.

        The upper end of a time is None where one of them never gets there; both are None without
        an admissible curve.
        """
        found = [_value(getattr(one, what)) for one in self.admissible()]
        known = [value for value in found if value is not None]
        if not known:
            return None, None
        return min(known), max(known) if len(known) == len(found) else None


def _value(given: Between | float | None) -> float | None:
    return given.value if isinstance(given, Between) else given


def arm_curves(
    log_volume: np.ndarray,
    day: np.ndarray,
    animal: Labels,
    arm: Labels,
    *,
    log_threshold: float | None = None,
    conf_level: float = 0.95,
) -> tuple[ArmCurves, ...]:
    """Fit three growth curves to each arm and say which of them the data allow.

    Every animal has a level and a rate of its own, the arm one shape (switch volume, or b of
    Gompertz). A shape for each animal was not taken: with the usual 6 to 12 visits it is not
    identifiable, and AICc needs more visits than that for four numbers. A curve of the whole arm
    was not taken either: it would count visits as independent animals.

    The start of an animal is day 0 (first dose), its first visit if that is later. The interval of
    a mean is a t interval over animals by a jackknife that leaves out one animal at a time; the
    shape moves by one Newton step. For the exponential this is the usual mean and its SE.

    AICc = n ln(RSS / n) + 2 K + 2 K (K + 1) / (n - K - 1), with n the visits less two for each
    animal and K the shape and the variance: level and rate of an animal are common to all curves
    and use up two of its visits. Counted in full, a few visits each would put AICc so far apart
    that any bending would seem ruled out. Visits of an animal are taken as independent around its
    curve; where they are not, AICc is too sure of bending.

    Parameters
    ----------
    log_volume : (n,) array
        ln of volumes above zero, any unit.
    day : (n,) array
        From the first dose.
    animal, arm : labels, (n,)
        An animal is its arm and its label.
    log_threshold : float or None
        ln of the threshold volume, same unit.
    conf_level : float

    Returns
    -------
    tuple of ArmCurves
        By name of arm.

    Raises
    ------
    ValueError
        If arrays differ in length or a number is not finite.

    References
    ----------
    Simeoni et al. 2004, Cancer Res 64:1094-1101. Laird 1964, Br J Cancer 18:490-502. Burnham and
    Anderson 2002, Model Selection and Multimodel Inference, 2nd ed., ch. 2. Efron 1982, The
    Jackknife, the Bootstrap and Other Resampling Plans.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> day, animal = np.tile(np.arange(0.0, 40.0, 3.0), 6), np.repeat(np.arange(6), 14)
    >>> y = 5 + 0.2 / 0.05 * (1 - np.exp(-0.05 * day)) + rng.normal(0, 0.1, day.size)
    >>> found = arm_curves(y, day, animal, ["vehicle"] * day.size)[0]
    >>> found.verdict, found.preferred.curve, round(found.preferred.rate.value, 2)
    ('bends', 'gompertz', 0.2)
    """
    rows = _rows(as_vector(log_volume), as_vector(day), animal, arm)
    if rows is None:
        return ()
    fits = {curve: fit_curves(curve, rows.time, rows.y, rows.group)
            for curve in (*CURVES, "quadratic")}  # fmt: skip
    asked = _Asked(log_threshold, conf_level)
    return tuple(_arm(name, g, rows, fits, asked) for g, name in enumerate(rows.arms))


class _Asked(NamedTuple):
    target: float | None
    conf_level: float


class _Rows(NamedTuple):
    """Visits as a table of animals, padded with NaN; days since the start of each animal."""

    arms: tuple[str, ...]
    group: NDArray[np.int64]
    time: Array
    y: Array


def _rows(y: Array, day: Array, animal: Labels, arm: Labels) -> _Rows | None:
    sizes = [y.size, day.size, len(animal), len(arm)]
    if len(set(sizes)) > 1:
        raise ValueError(f"ln volumes, days, animals and arms differ in length: {sizes}")
    if not (np.isfinite(y).all() and np.isfinite(day).all()):
        raise ValueError("a ln volume or a day is missing or infinite; leave such rows out (a "
                         "volume of zero has no logarithm)")  # fmt: skip
    if not y.size:
        return None
    names = [(str(a), str(b)) for a, b in zip(arm, animal, strict=True)]
    known = sorted(set(names))
    place = {name: i for i, name in enumerate(known)}
    codes = np.array([place[name] for name in names])
    order = np.lexsort((y, day, codes))
    codes, y, day = codes[order], y[order], day[order]
    counts = np.bincount(codes)
    column = np.arange(y.size) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((2, len(known), int(counts.max())), np.nan)
    table[0, codes, column], table[1, codes, column] = day, y
    first = table[0, :, 0]
    start = np.maximum(first, 0.0)  # of no use after the last visit: then the animal has no growth
    arms = tuple(sorted({name for name, _ in known}))
    group = np.array([arms.index(name) for name, _ in known], dtype=np.int64)
    return _Rows(arms, group, table[0] - start[:, None], table[1])


def _arm(
    arm: str, g: int, rows: _Rows, fits: Mapping[Curve, CurveFits], wanted: _Asked
) -> ArmCurves:
    fit = fits["exponential"]
    n, visits = int(fit.animals[g]), int(fit.n[g])
    blank = ArmCurves(arm=arm, curves=(), preferred=None, verdict="too_few", one_sign=True,
                      n_animals=n, n_visits=visits)  # fmt: skip
    if fit.status[g] == "too_few":
        return blank
    shrinks = float(np.nanmean(fit.rate[rows.group == g])) <= 0.0
    asked = CURVES[:1] if shrinks else CURVES
    found = [_curve(fits[curve], g, rows, wanted) for curve in asked]
    usable = [one for one in found if one.aicc is not None]
    least = min((one.aicc for one in usable if one.aicc is not None), default=None)
    if least is None:
        return replace(blank, curves=tuple(found))
    curves = tuple(_placed(one, least) for one in found)
    best = min((one for one in curves if one.aicc is not None), key=lambda one: one.aicc or 0.0)
    free = fits["quadratic"]
    odd = _aicc(free, g)
    other_way = shrinks or float(free.shape[g]) > 0.0
    said = replace(blank, curves=curves, preferred=best)
    if odd is not None and odd < least - ADMISSIBLE and other_way:
        return replace(said, preferred=None, verdict="speeds_up")
    if best.status == "not_converged":
        return replace(said, preferred=None, verdict="not_converged")
    verdict: Verdict = "shrinks" if shrinks else _verdict(said.admissible())
    signs = {_sign(one.rate) for one in said.admissible()}
    return replace(said, verdict=verdict, one_sign=len(signs) == 1)


def _placed(one: CurveOfArm, least: float) -> CurveOfArm:
    if one.aicc is None:
        return one
    delta = one.aicc - least
    fine = one.status != "not_converged"
    return replace(one, delta=delta, admissible=fine and delta <= ADMISSIBLE)


def _verdict(admissible: Sequence[CurveOfArm]) -> Verdict:
    if all(one.curve != "exponential" for one in admissible):
        return "bends"
    kept = [one.kept.value for one in admissible if one.kept is not None]
    return "straight" if min(kept, default=1.0) >= KEPT else "cannot_tell"


def _sign(rate: Between | None) -> int:
    if rate is None or rate.low is None or rate.high is None:
        return 0
    return int(rate.low > 0) - int(rate.high < 0)


def _aicc(fit: CurveFits, g: int) -> float | None:
    """AICc of one group; None where visits are too few for it, -inf for a perfect fit."""
    n = int(fit.n[g]) - 2 * int(fit.animals[g])
    k = 1 if fit.curve == "exponential" else 2
    if fit.status[g] == "too_few" or n - k - 1 < 1:
        return None
    rss = max(float(fit.rss[g]), 1e-20 * n)  # exact lines: all curves that hold them are alike
    return n * math.log(rss / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def _curve(fit: CurveFits, g: int, rows: _Rows, wanted: _Asked) -> CurveOfArm:
    target, conf_level = wanted
    status = str(fit.status[g])
    if status == "too_few":
        return CurveOfArm(curve=fit.curve, status=status)
    mine = np.flatnonzero((rows.group == g) & np.isfinite(fit.rate))
    moved = _moved(fit, g, mine)
    first = curve_slopes(fit.curve, 0.0, *moved).time
    rate = _jackknife(first, conf_level)
    level, slope = (float(np.mean(moved[i][0])) for i in (0, 1))
    reached = math.nan
    if target is not None:
        reached = float(time_to(fit.curve, target, np.array(level), np.array(slope), fit.shape[g]))
    return CurveOfArm(
        curve=fit.curve, status=status, rate=rate, kept=_kept(fit, rows, mine, moved, conf_level),
        doubling=math.log(2.0) / rate.value if rate.value > 0 else None,
        threshold=None if math.isnan(reached) else max(reached, 0.0),
        shape=None if fit.curve == "exponential" else float(fit.shape[g]), aicc=_aicc(fit, g),
    )  # fmt: skip


def _moved(fit: CurveFits, g: int, mine: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Level, rate and shape of all animals (columns): as fitted, then with each left out (rows)."""
    score, info = fit.score[mine], fit.information[mine]
    rest = np.sum(info) - info
    fixed = fit.curve == "exponential" or fit.status[g] in ("straight", "at_bound")
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(rest > 1e-9 * np.sum(info), -score / rest, 0.0)
    step = np.zeros_like(step) if fixed else step
    best = float(fit.shape[g])
    shape = np.clip(np.concatenate([[best], best + step]), fit.low[g], fit.high[g])[:, None]
    by = shape - best
    return (
        fit.level[mine] + fit.level_by_shape[mine] * by,
        fit.rate[mine] + fit.rate_by_shape[mine] * by,
        np.broadcast_to(shape, (mine.size + 1, mine.size)),
    )


def _jackknife(values: Array, conf_level: float) -> Between:
    """Mean over animals; `values` as fitted (row 0), then with each animal left out."""
    n = values.shape[1]
    mean = float(np.mean(values[0]))
    if n < 2:
        return Between(mean)
    left = (values[1:].sum(axis=1) - np.diagonal(values[1:])) / (n - 1)
    error = math.sqrt((n - 1) / n * float(np.sum((left - left.mean()) ** 2)))
    half = t_quantile(0.5 + conf_level / 2, float(n - 1)) * error
    return Between(mean, error, float(n - 1), mean - half, mean + half)


def _kept(
    fit: CurveFits, rows: _Rows, mine: NDArray[np.int64], moved: tuple[Array, Array, Array],
    conf_level: float,
) -> Between:  # fmt: skip
    """Rate at the last visit over that at the start; the exponential keeps all by definition."""
    if fit.curve == "exponential":
        return Between(1.0)
    level, rate, shape = moved
    rate = np.where(rate == 0.0, 1e-12, rate)  # the ratio does not hang on the rate of gompertz
    end = np.nanmax(rows.time[mine], axis=1)
    last = curve_slopes(fit.curve, end, level, rate, shape).time
    first = curve_slopes(fit.curve, 0.0, level, rate, shape).time
    found = _jackknife(np.log(np.maximum(last / first, 1e-300)), conf_level)
    # growth that slows down cannot keep more than all of its rate
    low, high = (None if v is None else min(math.exp(v), 1.0) for v in (found.low, found.high))
    return Between(math.exp(found.value), found.std_error, found.df, low, high)
