"""Fixed and random effects of tumor growth on ln volume: columns, and rows that ask questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

Form = Literal["shared_baseline", "own_baseline", "reference"]
Phase = Literal["whole", "dosed", "after"]
LastDose = float | Mapping[str, float] | None


@dataclass(frozen=True)
class GrowthDesign:
    """Columns of a growth model, days counted from `baseline_day`.

    Attributes
    ----------
    x : (n, p) array
    z : (n, 2) array
        A column of ones and the day: intercept and slope of each animal.
    columns : tuple of str
    arms : tuple of str
        Control first.
    knots : tuple of float
        Days from baseline at which the slope of every arm may change: the last doses of all arms.
        All arms bend at the same days, so that they can be compared over the same period.
    windows : tuple of float
        Last dose of each arm, in days from baseline; infinite for an arm without one.
    ends : tuple of float
        Last visit of each arm, in days from baseline.
    """

    form: Form
    x: np.ndarray
    z: np.ndarray
    columns: tuple[str, ...]
    arms: tuple[str, ...]
    baseline_day: float
    knots: tuple[float, ...] = ()
    windows: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Periods with a slope of their own."""
        return ("dosed", "after") if self.knots else ("whole",)

    def knot(self, arm: str) -> float | None:
        """Last dose of an arm, in days from baseline; None for an arm without one."""
        at = self.windows[self._place(arm)] if self.windows else float("inf")
        return None if at == float("inf") else at

    def window(self, *arms: str) -> float:
        """Days from baseline over which arms are compared: the dosing of the first that has one.

        Where none of them was dosed, the longest dosing of the study.
        """
        own = [at for at in (self.knot(arm) for arm in arms) if at is not None]
        return own[0] if own else max(self.knots)

    @property
    def pieces(self) -> tuple[tuple[str, Phase], ...]:
        """Arms with their periods; an arm without a last dose has the first period only."""
        return tuple(
            (arm, phase)
            for phase in self.phases
            for arm in self.arms
            if phase != "after" or self.knot(arm) is not None
        )

    def slope_row(self, arm: str, phase: Phase, until: float | None = None) -> np.ndarray:
        """Weights that give the growth rate of an arm, averaged over a period.

        Parameters
        ----------
        until : float, optional
            End of the dosed period in days from baseline; the arm's own last dose by default. The
            period after it ends with the arm's last visit.

        Raises
        ------
        ValueError
            If the model has no such arm or period.
        """
        if phase not in self.phases:
            raise ValueError(f"no period {phase!r} in this model; write {' or '.join(self.phases)}")
        k, i = len(self.arms), self._place(arm)
        row = np.zeros(len(self.columns))
        if self.form == "reference":
            row[1] = 1.0
            if i:
                row[k + i] = 1.0
            return row
        if phase == "whole":
            row[(1 if self.form == "shared_baseline" else k) + i] = 1.0
            return row
        at = self.window(arm) if until is None else until
        if phase == "dosed":
            return np.asarray((self._mean(i, at) - self._mean(i, 0.0)) / at)
        end = self.ends[i]
        if end <= at:
            return row  # nobody of the arm was seen there
        return np.asarray((self._mean(i, end) - self._mean(i, at)) / (end - at))

    def _mean(self, i: int, t: float) -> np.ndarray:
        one: np.ndarray = design_rows(
            self.form, np.array([t]), np.array([i]), len(self.arms), self.knots
        )[0]
        return one

    def mean_row(self, arm: str, day: float) -> np.ndarray:
        """Weights that give the mean ln volume of an arm on a day (as in the data)."""
        return self._mean(self._place(arm), day - self.baseline_day)

    def _place(self, arm: str) -> int:
        if arm not in self.arms:
            raise ValueError(f"no arm {arm!r}; there are {', '.join(self.arms)}")
        return self.arms.index(arm)


def design_rows(
    form: Form,
    t: np.ndarray,
    arm: np.ndarray,
    n_arms: int,
    knots: Sequence[float] = (),
) -> np.ndarray:
    """Write the fixed effects of rows: days from baseline, arm codes.

    Examples
    --------
    >>> design_rows("shared_baseline", np.array([0.0, 5.0]), np.array([0, 1]), 2, (3.0,)).tolist()
    [[1.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 3.0, 0.0, 2.0]]
    >>> design_rows("reference", np.array([5.0]), np.array([1]), 2).tolist()
    [[1.0, 5.0, 1.0, 5.0]]
    """
    each = np.eye(n_arms)[arm]
    one = np.ones((t.size, 1))
    if form == "reference":
        return np.hstack([one, t[:, None], each[:, 1:], each[:, 1:] * t[:, None]])
    level = one if form == "shared_baseline" else each
    return np.hstack([level, *(each * days[:, None] for days in split_days(t, knots))])


def split_days(t: np.ndarray, knots: Sequence[float]) -> list[np.ndarray]:
    """Split days from baseline into the days spent between knots.

    Examples
    --------
    >>> [days.tolist() for days in split_days(np.array([2.0, 8.0]), (3.0, 5.0))]
    [[2.0, 3.0], [0.0, 2.0], [0.0, 3.0]]
    """
    if not len(knots):
        return [t]
    out = [np.minimum(t, knots[0])]
    for low, high in pairwise((*knots, np.inf)):
        out.append(np.clip(t - low, 0.0, high - low))
    return out


def growth_design(
    day: np.ndarray,
    arm: np.ndarray,
    arms: tuple[str, ...],
    *,
    form: Form = "shared_baseline",
    baseline_day: float = 0.0,
    last_dose_day: LastDose = None,
) -> GrowthDesign:
    """Build the columns of a growth model.

    shared_baseline: one mean on the baseline day for all arms, a slope for each; with a last dose
    before the last visit two slopes for each, joined at that day. own_baseline: the same with a
    mean of its own for each arm on the baseline day. reference: day * arm, one slope each (the
    model of own_baseline without a last dose, in the columns that R makes).

    Parameters
    ----------
    day : (n,) array
    arm : (n,) array of int
        Codes into `arms`.
    baseline_day : float
        Day of randomization or first dose; no row may lie before it in the shared form.
    last_dose_day : float, mapping of arm to float, or None
        Of all arms, or of those named; the others have one slope.

    Raises
    ------
    ValueError
        If rows lie before the baseline day, or the last dose does not lie after it, or a last dose
        is given for the reference form.

    Examples
    --------
    >>> d = growth_design(np.array([0.0, 7.0]), np.array([0, 1]), ("vehicle", "drug"))
    >>> d.columns
    ('(Intercept)', 'day:vehicle', 'day:drug')
    """
    if form not in ("shared_baseline", "own_baseline", "reference"):
        raise ValueError(f"form is {form!r}; write 'shared_baseline', 'own_baseline' or "
                         "'reference'")  # fmt: skip
    t = day - baseline_day
    windows: tuple[float, ...] = ()
    knots: tuple[float, ...] = ()
    if form == "reference":
        if last_dose_day is not None:
            raise ValueError("the reference form has one slope; leave out last_dose_day, or "
                             "write form = 'own_baseline'")  # fmt: skip
        columns = ("(Intercept)", "day", *arms[1:], *(f"day:{arm}" for arm in arms[1:]))
    else:
        if t.min() < 0.0 and form == "shared_baseline":
            raise ValueError(
                f"a visit on day {day.min():g} lies before the baseline day {baseline_day:g}, on "
                "which all arms share a mean; write baseline_day = the day of randomization, leave "
                "earlier visits out, or write form = 'own_baseline'"
            )
        windows = _windows(day, arm, arms, baseline_day, last_dose_day)
        knots = _knots(t, windows)
        windows = windows if knots else ()
        rate = ("day",) if not knots else ("dosed", "after") if len(knots) == 1 else tuple(
            f"piece{i + 1}" for i in range(len(knots) + 1)
        )  # fmt: skip
        level = ("(Intercept)",) if form == "shared_baseline" else arms
        columns = (*level, *(f"{name}:{arm}" for name in rate for arm in arms))
    x = design_rows(form, t, arm, len(arms), knots)
    return GrowthDesign(form, x, np.column_stack([np.ones(t.size), t]), columns, arms,
                        baseline_day, knots, windows, _ends(t, arm, len(arms)))  # fmt: skip


def _ends(t: np.ndarray, arm: np.ndarray, n_arms: int) -> tuple[float, ...]:
    return tuple(float(t[arm == i].max()) if (arm == i).any() else 0.0 for i in range(n_arms))


def _knots(t: np.ndarray, windows: tuple[float, ...]) -> tuple[float, ...]:
    """Return the last doses at which slopes may change: visits must lie between and after them."""
    days, kept = np.unique(t), [0.0]
    for at in sorted({one for one in windows if np.isfinite(one)}):
        between = ((days > kept[-1]) & (days <= at)).sum()
        if between and (days > at).any():
            kept.append(float(at))
    return tuple(kept[1:])


def _windows(
    day: np.ndarray,
    arm: np.ndarray,
    arms: tuple[str, ...],
    baseline_day: float,
    last_dose_day: LastDose,
) -> tuple[float, ...]:
    """Return the last dose of each arm from baseline; infinite for an arm without one."""
    if last_dose_day is None:
        return ()
    told: dict[str, float] = (
        dict(last_dose_day)
        if isinstance(last_dose_day, Mapping)
        else dict.fromkeys(arms, float(last_dose_day))
    )
    unknown = sorted(set(told) - set(arms))
    if unknown:
        raise ValueError(f"no arm {unknown[0]!r}; there are {', '.join(arms)}")
    early = [at for at in told.values() if at <= baseline_day]
    if early:
        raise ValueError(f"the last dose (day {early[0]:g}) must lie after the "
                         f"baseline day {baseline_day:g}")  # fmt: skip
    return tuple(float(told.get(name, np.inf) - baseline_day) for name in arms)


def estimand(design: GrowthDesign, phase: Phase) -> str:
    """Say in words what a growth rate is.

    Examples
    --------
    >>> d = growth_design(np.array([0.0, 7.0, 14.0]), np.array([0, 1, 1]), ("vehicle", "drug"),
    ...                   last_dose_day=10.0)
    >>> estimand(d, "dosed")
    'growth rate (ln volume per day) while dosed, day 0 to day 10'
    """
    start = f"day {design.baseline_day:g}"
    if not design.knots:
        return f"growth rate (ln volume per day) over the whole follow-up from {start}"
    ends = {arm: design.baseline_day + at for arm in design.arms
            if (at := design.knot(arm)) is not None}  # fmt: skip
    days = sorted(set(ends.values()))
    end = f"day {days[0]:g}"
    if len(days) > 1:
        end = f"its last dose ({', '.join(f'{arm} day {at:g}' for arm, at in ends.items())})"
    if phase == "dosed":
        return f"growth rate (ln volume per day) while dosed, {start} to {end}"
    return f"growth rate (ln volume per day) after the last dose, from {end} on"
