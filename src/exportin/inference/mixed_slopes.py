"""Answers of a growth model: rates of arms, doubling times, inhibition, mean volumes and curves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exportin.inference.mixed_design import Phase
from exportin.inference.mixed_growth import GrowthFit
from exportin.inference.mixed_model import (
    UNESTIMABLE,
    FamilyAdjustment,
    MixedContrast,
    MixedF,
    contrast,
    contrasts,
    f_test,
)
from exportin.inference.mixed_ratio import DoublingTime, Inhibition, doubling_time, fieller
from exportin.inference.t_outcome import t_quantile
from exportin.kernels.mixed_df import inner_rows

Pairs = Literal["control", "all"] | Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ArmSlope:
    """Growth rate of one arm in one period.

    Attributes
    ----------
    slope, std_error, df, low, high : float or None
        ln volume per day.
    doubling : DoublingTime
    status, message : str
        "ok" or "not_estimable" with the reason.
    """

    arm: str
    phase: Phase
    estimand: str
    n_animals: int
    n_rows: int
    slope: float | None
    std_error: float | None
    df: float | None
    df_reason: str
    low: float | None
    high: float | None
    conf_level: float
    doubling: DoublingTime
    status: str
    message: str
    method: str = "mixed_growth"


@dataclass(frozen=True, kw_only=True)
class MeanVolume:
    """Model-based geometric mean volume of an arm on a day, in the unit of the volumes.

    `extrapolated` is True where no animal of the arm was measured on that day or later.
    """

    arm: str
    day: float
    mean: float | None
    low: float | None
    high: float | None
    conf_level: float
    extrapolated: bool
    status: str
    message: str
    method: str = "mixed_growth"


def _phase(fit: GrowthFit, phase: Phase | None) -> Phase:
    return fit.design.phases[0] if phase is None else phase


def arm_slopes(fit: GrowthFit) -> tuple[ArmSlope, ...]:
    """Give the growth rate of every arm in every period, with its doubling time.

    Examples
    --------
    >>> from exportin.inference.mixed_growth import fit_growth
    >>> y = np.array([5.0, 5.5, 6.1, 5.1, 5.4, 6.0, 4.9, 5.0, 5.3, 5.2, 5.1, 5.4])
    >>> fit = fit_growth(y, np.tile([0.0, 5.0, 10.0], 4), np.repeat(list("abcd"), 3),
    ...                  np.repeat(["vehicle", "drug"], 6), control="vehicle")
    >>> [round(one.doubling.value, 1) for one in arm_slopes(fit)]
    [6.9, 23.1]
    """
    wanted = fit.design.pieces
    rows = np.array([fit.design.slope_row(arm, phase) for arm, phase in wanted])
    found = contrasts(fit.fit, rows, df=fit.df, conf_level=fit.conf_level)
    return tuple(_arm_slope(fit, a, p, one) for (a, p), one in zip(wanted, found, strict=True))


def _arm_slope(fit: GrowthFit, arm: str, phase: Phase, one: MixedContrast) -> ArmSlope:
    nothing = DoublingTime(None, None, None, "both", "not_estimable", one.message)
    doubling = nothing
    if one.effect is not None and one.conf_low is not None and one.conf_high is not None:
        doubling = doubling_time(one.effect, one.conf_low, one.conf_high)
    return ArmSlope(
        arm=arm, phase=phase, estimand=fit.estimands[phase], n_animals=fit.n_animals[arm],
        n_rows=fit.n_rows[arm], slope=one.effect, std_error=one.std_error, df=one.df,
        df_reason=one.df_reason, low=one.conf_low, high=one.conf_high, conf_level=one.conf_level,
        doubling=doubling, status=one.status, message=one.message,
    )  # fmt: skip


def slope_rows(
    fit: GrowthFit, pairs: Pairs, phase: Phase | None = None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Labels and rows of differences of growth rates: each arm against control, or all pairs.

    Examples
    --------
    >>> from exportin.inference.mixed_growth import fit_growth
    >>> y = np.array([5.0, 5.5, 6.1, 5.1, 5.4, 6.0, 4.9, 5.0, 5.3, 5.2, 5.1, 5.4])
    >>> fit = fit_growth(y, np.tile([0.0, 5.0, 10.0], 4), np.repeat(list("abcd"), 3),
    ...                  np.repeat(["vehicle", "drug"], 6), control="vehicle")
    >>> slope_rows(fit, "control")[0]
    ('drug - vehicle',)
    """
    arms = fit.arms
    if pairs == "control":
        pairs = [(arm, fit.control) for arm in arms[1:]]
    elif pairs == "all":
        pairs = [(b, a) for i, a in enumerate(arms) for b in arms[i + 1 :]]
    period = _phase(fit, phase)
    rows = np.array([pair_row(fit, str(a), str(b), period) for a, b in pairs])
    return tuple(f"{a} - {b}" for a, b in pairs), rows.reshape(-1, len(fit.design.columns))


def pair_row(fit: GrowthFit, a: str, b: str, phase: Phase) -> np.ndarray:
    """Weights of the growth rate of one arm minus that of another, over the same days.

    All zero, and so not estimable, where one of them was not seen in that period.
    """
    end = fit.design.window(a, b) if fit.design.knots else None
    one, other = (fit.design.slope_row(arm, phase, end) for arm in (a, b))
    return one - other if one.any() and other.any() else np.zeros_like(one)


def slope_contrasts(
    fit: GrowthFit,
    pairs: Pairs = "control",
    *,
    phase: Phase | None = None,
    adjust: FamilyAdjustment = "holm",
) -> tuple[MixedContrast, ...]:
    """Compare growth rates: arm minus control (or the second of a pair), ln volume per day.

    Parameters
    ----------
    pairs : {"control", "all"} or list of (arm, arm)
    phase : {"whole", "dosed", "after"} or None
        None: the first period of the model (while dosed, or the whole follow-up).
    adjust : {"holm", "dunnett", "none"}

    Examples
    --------
    >>> from exportin.inference.mixed_growth import fit_growth
    >>> y = np.array([5.0, 5.5, 6.1, 5.1, 5.4, 6.0, 4.9, 5.0, 5.3, 5.2, 5.1, 5.4])
    >>> fit = fit_growth(y, np.tile([0.0, 5.0, 10.0], 4), np.repeat(list("abcd"), 3),
    ...                  np.repeat(["vehicle", "drug"], 6), control="vehicle")
    >>> round(slope_contrasts(fit)[0].effect, 3)
    -0.07
    """
    labels, rows = slope_rows(fit, pairs, phase)
    return contrasts(fit.fit, rows, df=fit.df, adjust=adjust, conf_level=fit.conf_level,
                     labels=labels)  # fmt: skip


def slopes_differ(fit: GrowthFit, *, phase: Phase | None = None) -> MixedF:
    """Test whether the growth rates of the arms differ at all (F test)."""
    _, rows = slope_rows(fit, "control", phase)
    return f_test(fit.fit, rows, df=fit.df, label="growth rates of all arms are equal")


def growth_inhibition(
    fit: GrowthFit, *, phase: Phase | None = None
) -> tuple[Inhibition, ...]:  # fmt: skip
    """Growth-rate inhibition of each arm, 1 - slope / control slope, with Fieller's interval.

    0: grows as the control, 1: stasis, above 1: shrinks. The df are those of the difference
    slope - ratio * control slope.

    Examples
    --------
    >>> from exportin.inference.mixed_growth import fit_growth
    >>> y = np.array([5.0, 5.5, 6.1, 5.1, 5.4, 6.0, 4.9, 5.0, 5.3, 5.2, 5.1, 5.4])
    >>> fit = fit_growth(y, np.tile([0.0, 5.0, 10.0], 4), np.repeat(list("abcd"), 3),
    ...                  np.repeat(["vehicle", "drug"], 6), control="vehicle")
    >>> round(growth_inhibition(fit)[0].value, 2)
    0.7
    """
    period = _phase(fit, phase)
    return tuple(_inhibition(fit, arm, period) for arm in fit.arms[1:])


def _inhibition(fit: GrowthFit, arm: str, phase: Phase) -> Inhibition:
    design, known = fit.design, fit.fit.known
    end = design.window(arm) if design.knots else None  # the control over the same days
    pair = np.array([design.slope_row(name, phase, end) for name in (arm, fit.control)])

    def nothing(status: str, message: str) -> Inhibition:
        return Inhibition(arm, fit.control, None, None, None, "both", None, fit.conf_level,
                          status, message)  # fmt: skip

    if known is None:
        return nothing("not_estimable", fit.message)
    rows, estimable = inner_rows(known.problem, pair)
    if not estimable.all() or not np.all(np.any(rows, axis=1)):
        return nothing("not_estimable", UNESTIMABLE)
    top, bottom = (float(v) for v in pair @ fit.fit.estimate.coefficients)
    if bottom <= 0.0:
        return nothing("control_not_growing", "The control does not grow in this period, so there "
                       "is no growth to inhibit.")  # fmt: skip
    ratio = top / bottom
    one = contrast(fit.fit, pair[0] - ratio * pair[1], df=fit.df, conf_level=fit.conf_level)
    if one.df is None:
        return nothing("not_estimable", one.message)
    covariance = known.adjusted if one.df_method == "kenward_roger" else known.covariance
    v = known.scale * (rows @ covariance @ rows.T)
    limits = fieller(top, bottom, (float(v[0, 0]), float(v[0, 1]), float(v[1, 1])),
                     t_quantile(0.5 + fit.conf_level / 2.0, one.df))  # fmt: skip
    if limits is None:
        text = "The growth of the control is not certain, so the ratio has no bounded interval."
        return Inhibition(arm, fit.control, 1.0 - ratio, None, None, "both", one.df,
                          fit.conf_level, "unbounded", text)  # fmt: skip
    return Inhibition(arm, fit.control, 1.0 - ratio, 1.0 - limits[1], 1.0 - limits[0], "none",
                      one.df, fit.conf_level, "ok")  # fmt: skip


def mean_volumes(
    fit: GrowthFit, days: Sequence[float] | np.ndarray, *, arms: Sequence[str] | None = None
) -> tuple[MeanVolume, ...]:
    """Model-based geometric mean volume of arms on given days.

    exp(mean ln volume) of an arm as if every animal were still there: animals that left because
    their measured tumor was too large do not bend it down, unlike the mean of those left.

    Examples
    --------
    >>> from exportin.inference.mixed_growth import fit_growth
    >>> y = np.array([5.0, 5.5, 6.1, 5.1, 5.4, 6.0, 4.9, 5.0, 5.3, 5.2, 5.1, 5.4])
    >>> fit = fit_growth(y, np.tile([0.0, 5.0, 10.0], 4), np.repeat(list("abcd"), 3),
    ...                  np.repeat(["vehicle", "drug"], 6), control="vehicle")
    >>> [round(one.mean) for one in mean_volumes(fit, [10.0])]
    [410, 200]
    """
    wanted = [(arm, float(day)) for arm in (arms or fit.arms) for day in days]
    rows = np.array([fit.design.mean_row(arm, day) for arm, day in wanted])
    found = contrasts(fit.fit, rows.reshape(len(wanted), -1), df=fit.df, conf_level=fit.conf_level)
    out = []
    for (arm, day), one in zip(wanted, found, strict=True):
        mean, low, high = (None if v is None or v > 690.0 else math.exp(v)
                           for v in (one.effect, one.conf_low, one.conf_high))  # fmt: skip
        first, last = fit.follow_up[arm]
        out.append(MeanVolume(arm=arm, day=day, mean=mean, low=low, high=high,
                              conf_level=fit.conf_level, extrapolated=not first <= day <= last,
                              status=one.status, message=one.message))  # fmt: skip
    return tuple(out)


def fitted_curves(fit: GrowthFit, *, points: int = 61) -> dict[str, tuple[MeanVolume, ...]]:
    """Mean volume of each arm over its own follow-up, for figures; the last dose is a point."""
    curves = {}
    for arm in fit.arms:
        first, last = fit.follow_up[arm]
        days = np.linspace(first, last, points)
        bends = [at + fit.design.baseline_day for at in fit.design.knots]
        days = np.union1d(days, [at for at in bends if first < at < last])
        curves[arm] = mean_volumes(fit, days, arms=(arm,))
    return curves
