"""What each analysis of a growth study says, for many simulated studies at once."""

import math
from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import stdtr

from exportin.inference.growth_scenarios import SimulatedStudies
from exportin.inference.mixed_design import Form
from exportin.inference.mixed_growth import GrowthFit, fit_growth
from exportin.inference.mixed_slopes import slope_contrasts
from exportin.inference.survival_logrank import few_events, logrank_exact, logrank_test

EXACT_ANIMALS = 28
"""Above this number of animals in two arms, labels are drawn instead of dealt in every way."""
LABEL_DRAWS = 5000


def mixed_model(made: SimulatedStudies, *, form: Form = "shared_baseline") -> np.ndarray:
    """P of each arm against the control: growth rates of the mixed model, Kenward-Roger df.

    Returns
    -------
    (studies, arms - 1) array
        NaN where there is no test.
    """
    out = np.full((made.studies, int(made.arm.max())), np.nan)
    for s in range(made.studies):
        fit = mixed_fit(made, s, form=form)
        for j, one in enumerate(slope_contrasts(fit, adjust="none")):
            out[s, j] = np.nan if one.p_value is None else one.p_value
    return out


def arm_name(arm: int) -> str:
    """Name of an arm in fits of simulated studies; in order, whatever the number."""
    return f"{arm:03d}"


def mixed_fit(
    made: SimulatedStudies,
    study: int,
    *,
    form: Form = "shared_baseline",
    last_dose_day: Mapping[str, float] | None = None,
) -> GrowthFit:
    """Fit the growth model to one study, arms named by `arm_name`."""
    animal, visit = np.nonzero(np.isfinite(made.log_volume[study]))
    return fit_growth(
        made.log_volume[study, animal, visit], made.days[visit], animal.tolist(),
        [arm_name(a) for a in made.arm[animal].tolist()], control=arm_name(0),
        cage=made.cage[animal].tolist() if _caged(made) else None, last_dose_day=last_dose_day,
        baseline_day=float(made.days[0]), form=form,
    )  # fmt: skip


def _caged(made: SimulatedStudies) -> bool:
    return bool(np.unique(made.cage).size < made.cage.size)


def final_day(made: SimulatedStudies) -> np.ndarray:
    """P of Student's t test of volumes on the last planned day, of animals that are still there.

    The test of many papers; no test where an arm has fewer than two animals left.
    """
    return _each_arm(np.exp(made.log_volume[:, :, -1]), made.arm, student_p)


def last_carried(made: SimulatedStudies) -> np.ndarray:
    """P of Student's t test of the last volume of every animal, whenever that was (LOCF)."""
    return _each_arm(np.exp(carried_forward(made)), made.arm, student_p)


def carried_forward(made: SimulatedStudies) -> np.ndarray:
    """Last ln volume of every animal, (studies, animals)."""
    found: np.ndarray = np.take_along_axis(made.log_volume, made.last_visit[:, :, None], axis=2)
    return found[:, :, 0]


def animal_rates(made: SimulatedStudies) -> np.ndarray:
    """P of Welch's t test of the animals' own least-squares rates (three visits or more)."""
    return _each_arm(rates_of(made), made.arm, welch_p)


def cage_rates(made: SimulatedStudies) -> np.ndarray:
    """P of Welch's t test of the mean rates of cages, for whole cages treated alike.

    Raises
    ------
    ValueError
        If a cage holds animals of two arms.
    """
    cages = np.unique(made.cage)
    arm = np.array([made.arm[made.cage == c][0] for c in cages])
    if any((made.arm[made.cage == c] != a).any() for c, a in zip(cages, arm, strict=True)):
        raise ValueError("cages hold animals of several arms: they are no units")
    rates = rates_of(made)
    known = np.isfinite(rates)
    member = (made.cage[:, None] == cages).astype(float)
    count = known.astype(float) @ member
    sums = np.where(known, rates, 0.0) @ member
    with np.errstate(invalid="ignore"):
        return _each_arm(np.where(count > 0, sums / count, np.nan), arm, welch_p)


def log_rank_exact(
    made: SimulatedStudies, threshold_mm3: float, generator: np.random.Generator
) -> np.ndarray:
    """P of the log-rank test of the first visit at or above a volume; exact where animals are few.

    Labels are dealt out in every way in two arms of up to `EXACT_ANIMALS` animals; in larger ones
    they are drawn, or with ten events or more in both arms chi-squared is used.
    """

    def one(time: np.ndarray, event: np.ndarray, group: np.ndarray) -> float | None:
        few = few_events(event, group)
        if group.size > EXACT_ANIMALS and not few:
            return logrank_test(time, event, group).p_value
        if group.size > EXACT_ANIMALS:
            return logrank_exact(time, event, group, generator=generator,
                                 draws=LABEL_DRAWS).p_value  # fmt: skip
        return logrank_exact(time, event, group).p_value

    return _log_rank(made, threshold_mm3, one)


def log_rank_chi_squared(made: SimulatedStudies, threshold_mm3: float) -> np.ndarray:
    """P of the log-rank test by its chi-squared approximation, however few the animals."""
    return _log_rank(made, threshold_mm3, lambda t, e, g: logrank_test(t, e, g).p_value)


def _log_rank(
    made: SimulatedStudies,
    threshold_mm3: float,
    test: Callable[[np.ndarray, np.ndarray, np.ndarray], float | None],
) -> np.ndarray:
    time, event, known = times_to_volume(made, threshold_mm3)
    n_arms = int(made.arm.max()) + 1
    out = np.full((made.studies, n_arms - 1), np.nan)
    for s in range(made.studies):
        for j in range(1, n_arms):
            used = known[s] & np.isin(made.arm, (0, j))
            group = (made.arm[used] == j).astype(np.int64)
            if not 0 < group.sum() < group.size:
                continue
            p = test(time[s, used], event[s, used], group)
            out[s, j - 1] = np.nan if p is None else p
    return out


def times_to_volume(
    made: SimulatedStudies, threshold_mm3: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First visit at or above a volume (else the last visit), whether reached, and whether known.

    Animals that start above it have no time.
    """
    with np.errstate(invalid="ignore"):
        above = made.log_volume >= math.log(threshold_mm3)
    event = np.asarray(above.any(axis=2))
    at = np.where(event, np.argmax(above, axis=2), made.last_visit)
    known: np.ndarray = ~above[:, :, 0]
    return made.days[at] - made.days[0], event, known


def rates_of(made: SimulatedStudies) -> np.ndarray:
    """Least-squares rate of each animal; NaN with fewer than three visits."""
    y = made.log_volume
    seen = np.isfinite(y)
    count = seen.sum(axis=2)
    days = np.where(seen, made.days, 0.0)
    filled = np.where(seen, y, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(seen, made.days - (days.sum(axis=2) / count)[:, :, None], 0.0)
        slope = (t * filled).sum(axis=2) / (t * t).sum(axis=2)
    out: np.ndarray = np.where(count >= 3, slope, np.nan)
    return out


def _each_arm(
    values: np.ndarray, arm: np.ndarray, test: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """P of each arm against arm 0, (studies, arms - 1)."""
    control = values[:, arm == 0]
    return np.column_stack(
        [test(values[:, arm == j], control) for j in range(1, int(arm.max()) + 1)]
    )


def welch_p(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Two-sided p of Welch's t test, row by row; NaN is missing, fewer than two are no test.

    Examples
    --------
    >>> a, b = np.array([[30.1, 29.5, 31.2]]), np.array([[27.0, 28.1, 26.4]])
    >>> welch_p(a, b).round(4).tolist(), np.isnan(welch_p(a[:, :1], b)).tolist()
    ([0.0117], [True])
    """
    (na, ma, va), (nb, mb, vb) = moments(a), moments(b)
    with np.errstate(invalid="ignore", divide="ignore"):
        fa, fb = va / na, vb / nb
        total = fa + fb
        df = total**2 / (fa**2 / (na - 1) + fb**2 / (nb - 1))
        p = 2.0 * stdtr(df, -np.abs(ma - mb) / np.sqrt(total))
    out: np.ndarray = np.where((na >= 2) & (nb >= 2) & (total > 0.0), p, np.nan)
    return out


def student_p(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Two-sided p of Student's t test, row by row; NaN is missing, fewer than two are no test.

    Examples
    --------
    >>> student_p(np.array([[1.0, 2, 3]]), np.array([[2.0, 3, 4, 5]])).round(6).tolist()
    [0.157839]
    """
    (na, ma, va), (nb, mb, vb) = moments(a), moments(b)
    df = np.maximum(na + nb - 2, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = ((na - 1) * va + (nb - 1) * vb) / df * (1.0 / na + 1.0 / nb)
        p = 2.0 * stdtr(df, -np.abs(ma - mb) / np.sqrt(total))
    out: np.ndarray = np.where((na >= 2) & (nb >= 2) & (total > 0.0), p, np.nan)
    return out


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, mean and variance of each row; NaN is missing."""
    seen = np.isfinite(x)
    n = seen.sum(axis=1)
    filled = np.where(seen, x, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=1) / n
        rest = np.where(seen, x - mean[:, None], 0.0)
        variance = (rest**2).sum(axis=1) / (n - 1)
    return n, mean, variance
