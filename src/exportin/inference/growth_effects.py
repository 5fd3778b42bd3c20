"""The effect each analysis of a growth study quotes, on one scale: ln T/C of geometric means.

ln T/C is the difference of mean ln volume between an arm and the control on a day; the inhibition
(TVI) is 1 - T/C.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from exportin.inference.growth_analyses import (
    arm_name,
    carried_forward,
    mixed_fit,
    moments,
    rates_of,
    student_p,
    welch_p,
)
from exportin.inference.growth_scenarios import SimulatedStudies
from exportin.inference.mixed_design import Form
from exportin.inference.mixed_model import contrasts

LEVEL = 0.975


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What one analysis says of each arm against the control; (studies, arms - 1) arrays.

    Attributes
    ----------
    estimate, low, high : array
        ln T/C with 95 % limits; NaN where it says nothing.
    p : array
        NaN where there is no test.
    day : array
        The day of which it speaks.
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    day: np.ndarray


def only_p(p: np.ndarray) -> Effects:
    """Give a test that estimates no T/C (log-rank) the same form."""
    nothing = np.full(p.shape, np.nan)
    return Effects(estimate=nothing, low=nothing, high=nothing, p=p, day=nothing)


def ratio_of_volumes(volume: np.ndarray, arm: np.ndarray, day: np.ndarray) -> Effects:
    """Compare mean volumes as papers do: Student's t test, T/C of arithmetic means.

    The interval is that of the log of a ratio of means (delta method, Welch's df). Where volumes
    of both arms have one SD on the log scale, the ratio of arithmetic means is that of geometric
    ones.

    Parameters
    ----------
    volume : (studies, animals) array
        mm3; NaN is missing.
    arm : (animals,) array of int
    day : (studies, arms - 1) array

    Examples
    --------
    >>> found = ratio_of_volumes(np.array([[100.0, 120, 200, 240]]), np.array([1, 1, 0, 0]),
    ...                          np.array([[21.0]]))
    >>> round(float(np.exp(found.estimate[0, 0])), 3)
    0.5
    """
    columns = []
    nc, mc, vc = moments(volume[:, arm == 0])
    for j in range(1, int(arm.max()) + 1):
        nt, mt, vt = moments(volume[:, arm == j])
        with np.errstate(invalid="ignore", divide="ignore"):
            estimate = np.log(mt / mc)
            parts = vt / (nt * mt**2), vc / (nc * mc**2)
            df = sum(parts) ** 2 / (parts[0] ** 2 / (nt - 1) + parts[1] ** 2 / (nc - 1))
            half = stdtrit(df, LEVEL) * np.sqrt(sum(parts))
        p = student_p(volume[:, arm == j], volume[:, arm == 0])
        columns.append((estimate, estimate - half, estimate + half, p))
    return _stacked(columns, day)


def on_final_day(made: SimulatedStudies, day: float) -> Effects:
    """Compare volumes on the planned last day, of animals that are still there."""
    at = int(np.flatnonzero(made.days <= day)[-1])
    return ratio_of_volumes(np.exp(made.log_volume[:, :, at]), made.arm, _all(made, day))


def on_common_day(made: SimulatedStudies) -> Effects:
    """Compare volumes on the last day after the first with two animals in both arms."""
    seen = np.isfinite(made.log_volume)
    place = np.arange(made.days.size)
    columns, days = [], []
    for j in range(1, int(made.arm.max()) + 1):
        both = (seen[:, made.arm == j].sum(axis=1) >= 2) & (seen[:, made.arm == 0].sum(axis=1) >= 2)
        last = np.where(both, place, 0).max(axis=1)
        volume = np.exp(np.take_along_axis(made.log_volume, last[:, None, None], axis=2)[:, :, 0])
        volume[last == 0] = np.nan
        pair = np.where(made.arm == j, 1, 0)
        used = np.isin(made.arm, (0, j))
        one = ratio_of_volumes(volume[:, used], pair[used], made.days[last][:, None])
        columns.append((one.estimate[:, 0], one.low[:, 0], one.high[:, 0], one.p[:, 0]))
        days.append(np.where(last > 0, made.days[last], np.nan))
    return _stacked(columns, np.column_stack(days))


def of_last_volumes(made: SimulatedStudies, day: float) -> Effects:
    """Compare the last volume of every animal as if it were that of the last day (LOCF)."""
    return ratio_of_volumes(np.exp(carried_forward(made)), made.arm, _all(made, day))


def of_animal_rates(made: SimulatedStudies, day: float) -> Effects:
    """Compare the animals' own rates by Welch's t test; T/C if they held until the day."""
    rates, length = rates_of(made), day - made.days[0]
    nc, mc, vc = moments(rates[:, made.arm == 0])
    columns = []
    for j in range(1, int(made.arm.max()) + 1):
        nt, mt, vt = moments(rates[:, made.arm == j])
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = vt / nt, vc / nc
            df = sum(parts) ** 2 / (parts[0] ** 2 / (nt - 1) + parts[1] ** 2 / (nc - 1))
            half = length * stdtrit(df, LEVEL) * np.sqrt(sum(parts))
        estimate = length * (mt - mc)
        p = welch_p(rates[:, made.arm == j], rates[:, made.arm == 0])
        columns.append((estimate, estimate - half, estimate + half, p))
    return _stacked(columns, _all(made, day))


def of_mixed_model(
    made: SimulatedStudies,
    day: float,
    *,
    form: Form = "shared_baseline",
    last_dose_day: Mapping[int, float] | None = None,
    known: tuple[SimulatedStudies, Effects] | None = None,
) -> Effects:
    """Compare mean ln volumes on a day by the growth model, Kenward-Roger.

    Parameters
    ----------
    form, last_dose_day
        As `exportin.inference.mixed_growth.fit_growth`; arms by their number.
    known
        Studies whose answers are known: those that hold the same volumes are not fitted again.
    """
    k = int(made.arm.max())
    out = np.full((4, made.studies, k), np.nan)
    told = {arm_name(a): at for a, at in (last_dose_day or {}).items()}
    for s in range(made.studies):
        if known is not None and np.array_equal(
            made.log_volume[s], known[0].log_volume[s], equal_nan=True
        ):
            one = known[1]
            out[:, s] = one.estimate[s], one.low[s], one.high[s], one.p[s]
            continue
        here = np.bincount(made.arm, np.isfinite(made.log_volume[s]).any(axis=1), k + 1) >= 2
        treated = [j for j in range(1, k + 1) if here[j]]
        if not here[0] or not treated:
            continue
        alone = made if here.all() else without_arms(made, s, np.flatnonzero(~here))
        place = s if here.all() else 0
        there = {a: d for a, d in told.items() if here[int(a)]}
        fit = mixed_fit(alone, place, form=form, last_dose_day=there or None)
        control = fit.design.mean_row(arm_name(0), day)
        rows = np.array([fit.design.mean_row(arm_name(j), day) - control for j in treated])
        for j, found in zip(treated, contrasts(fit.fit, rows, df=fit.df), strict=True):
            if found.status == "ok":
                out[:, s, j - 1] = found.effect, found.conf_low, found.conf_high, found.p_value
    return Effects(estimate=out[0], low=out[1], high=out[2], p=out[3], day=_all(made, day))


def without_arms(made: SimulatedStudies, study: int, arms: np.ndarray) -> SimulatedStudies:
    """One study with the volumes of some arms left out."""
    y = made.log_volume[study : study + 1].copy()
    y[:, np.isin(made.arm, arms)] = np.nan
    one = slice(study, study + 1)
    return replace(made, log_volume=y, reached_limit=made.reached_limit[one], lost=made.lost[one])


def beyond_removed(made: SimulatedStudies, limit_mm3: float) -> SimulatedStudies:
    """Leave out every volume at or above the limit after the first visit, as some do.

    The mistake that breaks missing at random: the volume that decided is no longer in the data.
    """
    with np.errstate(invalid="ignore"):
        above = made.log_volume >= np.log(limit_mm3)
    above[:, :, 0] = False
    return replace(made, log_volume=np.where(above, np.nan, made.log_volume))


def completers(made: SimulatedStudies) -> SimulatedStudies:
    """Leave out every animal that left early."""
    gone = made.reached_limit | made.lost
    return replace(made, log_volume=np.where(gone[:, :, None], np.nan, made.log_volume))


def until(made: SimulatedStudies, day: float) -> SimulatedStudies:
    """Leave out every visit after a day."""
    return replace(made, log_volume=np.where(made.days > day, np.nan, made.log_volume))


def _all(made: SimulatedStudies, day: float) -> np.ndarray:
    return np.full((made.studies, int(made.arm.max())), day)


def _stacked(columns: Sequence[tuple[np.ndarray, ...]], day: np.ndarray) -> Effects:
    estimate, low, high, p = (np.column_stack(part) for part in zip(*columns, strict=True))
    return Effects(estimate=estimate, low=low, high=high, p=p, day=day)
