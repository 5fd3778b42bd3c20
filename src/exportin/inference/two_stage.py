"""Growth rates in two steps: one line per animal, then a comparison of the animals' slopes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from exportin.inference.anova import welch_anova
from exportin.inference.outcome import TestResult
from exportin.inference.p_adjust import adjust as adjust_p
from exportin.inference.samples import Labels, as_vector
from exportin.inference.two_sample import welch_t


@dataclass(frozen=True, kw_only=True)
class AnimalSlope:
    """Least-squares growth rate of one animal.

    Attributes
    ----------
    slope : float or None
        ln volume per day; None where there are too few visits.
    n_visits : int
        Visits with a volume above zero, within the period.
    status, message : str
        "ok" or "too_few" with the reason.
    """

    arm: str
    animal: str
    slope: float | None
    n_visits: int
    first_day: float | None
    last_day: float | None
    status: str = "ok"
    message: str = ""
    method: str = "animal_slope"


def animal_slopes(
    log_volume: np.ndarray,
    day: np.ndarray,
    animal: Labels,
    arm: Labels,
    *,
    period: tuple[float, float] | None = None,
    min_visits: int = 3,
) -> tuple[AnimalSlope, ...]:
    """Fit a line through ln volume of every animal, each visit with the same weight.

    Parameters
    ----------
    log_volume : (n,) array
        NaN where there is no volume above zero; such visits are not counted.
    day : (n,) array
    animal, arm : labels, (n,)
        An animal is its arm and its label.
    period : (first, last) days or None
        Such as (0, last dose); visits on both days count.
    min_visits : int
        2 or more; animals with fewer are named and have no slope.

    Raises
    ------
    ValueError
        If lengths differ or min_visits is below 2.

    References
    ----------
    Matthews, Altman, Campbell, Royston 1990, BMJ 300:230-235.

    Examples
    --------
    >>> y = np.array([1.0, 1.5, 2.0, 1.0, 1.2])
    >>> found = animal_slopes(y, np.array([0.0, 5.0, 10.0, 0.0, 5.0]), list("aaabb"), ["v"] * 5)
    >>> [(one.animal, one.slope, one.status) for one in found]
    [('a', 0.1, 'ok'), ('b', None, 'too_few')]
    """
    y, days = as_vector(log_volume), as_vector(day)
    if not y.size == days.size == len(animal) == len(arm):
        sizes = (y.size, days.size, len(animal), len(arm))
        raise ValueError(f"ln volumes, days, animals and arms differ in length: {sizes}")
    if min_visits < 2:
        raise ValueError(f"a slope needs 2 visits or more; min_visits is {min_visits}")
    used = np.isfinite(y) & np.isfinite(days)
    if period is not None:
        used &= (days >= period[0]) & (days <= period[1])
    names = [(str(a), str(b)) for a, b in zip(arm, animal, strict=True)]
    place = {name: i for i, name in enumerate(sorted(set(names)))}
    codes = np.array([place[name] for name in names])
    return tuple(
        _slope_of(*name, days[used & (codes == i)], y[used & (codes == i)], min_visits)
        for name, i in place.items()
    )


def _slope_of(
    arm: str, animal: str, day: np.ndarray, y: np.ndarray, least: int
) -> AnimalSlope:  # fmt: skip
    order = np.lexsort((y, day))
    day, y = day[order], y[order]
    blank = AnimalSlope(
        arm=arm, animal=animal, slope=None, n_visits=int(y.size),
        first_day=float(day[0]) if day.size else None,
        last_day=float(day[-1]) if day.size else None,
    )  # fmt: skip
    if y.size < least or np.unique(day).size < 2:
        text = f"{y.size} visits with a volume above zero; a slope needs {least} on 2 days or more."
        return replace(blank, status="too_few", message=text)
    t = day - day.mean()
    return replace(blank, slope=float(t @ (y - y.mean()) / (t @ t)))


def compare_slopes(
    slopes: Sequence[AnimalSlope],
    *,
    control: str,
    adjust: Literal["holm", "none"] = "holm",
    conf_level: float = 0.95,
) -> tuple[TestResult, ...]:
    """Compare the animals' growth rates, each arm with the control, by Welch's t test.

    Every animal counts once, however long it was followed: a robust companion of the mixed model,
    less powerful where follow-up differs much.

    Returns
    -------
    tuple of TestResult
        Effect: mean slope of the arm minus mean slope of the control, ln volume per day.

    Raises
    ------
    ValueError
        If there is no such control arm.

    Examples
    --------
    >>> days = np.tile([0.0, 5.0, 10.0], 6)
    >>> y = np.repeat([0.1, 0.12, 0.11, 0.02, 0.05, 0.04], 3) * days
    >>> slopes = animal_slopes(y, days, np.repeat(np.arange(6), 3), np.repeat(["c", "d"], 9))
    >>> result = compare_slopes(slopes, control="c")[0]
    >>> round(result.effect, 4), round(result.p_value, 4)
    (-0.0733, 0.0038)
    """
    arms = sorted({one.arm for one in slopes})
    if control not in arms:
        raise ValueError(f"no arm {control!r}; there are {', '.join(arms)}")
    values = _by_arm(slopes)
    found = [
        replace(welch_t(values[arm], values[control], conf_level=conf_level), group_a=arm,
                group_b=control)
        for arm in arms if arm != control
    ]  # fmt: skip
    if adjust == "none":
        return tuple(found)
    adjusted = adjust_p([one.p_value for one in found], "holm")
    return tuple(replace(one, p_adjusted=p, adjustment="holm")
                 for one, p in zip(found, adjusted, strict=True))  # fmt: skip


def slopes_differ_at_all(slopes: Sequence[AnimalSlope], *, conf_level: float = 0.90) -> TestResult:
    """Test whether mean slopes differ between arms at all (Welch's analysis of variance).

    Examples
    --------
    >>> days = np.tile([0.0, 5.0, 10.0], 6)
    >>> y = np.repeat([0.1, 0.12, 0.11, 0.02, 0.05, 0.04], 3) * days
    >>> slopes = animal_slopes(y, days, np.repeat(np.arange(6), 3), np.repeat(["c", "d"], 9))
    >>> round(slopes_differ_at_all(slopes).p_value, 4)
    0.0038
    """
    kept = [one for one in slopes if one.slope is not None]
    return welch_anova([one.slope or 0.0 for one in kept], [one.arm for one in kept],
                       conf_level=conf_level)  # fmt: skip


def _by_arm(slopes: Sequence[AnimalSlope]) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {one.arm: [] for one in slopes}
    for one in slopes:
        if one.slope is not None:
            values[one.arm].append(one.slope)
    return values
