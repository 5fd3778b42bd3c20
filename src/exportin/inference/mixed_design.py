"""Fixed and random effects of tumor growth on ln volume: columns, and rows that ask questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    knots : tuple of float or None
        Last dose of each arm, in days from baseline, where its slope may change; infinite for an
        arm with one slope, None where every arm has one.
    """

    form: Form
    x: np.ndarray
    z: np.ndarray
    columns: tuple[str, ...]
    arms: tuple[str, ...]
    baseline_day: float
    knots: tuple[float, ...] | None

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Periods with a slope of their own."""
        return ("whole",) if self.knots is None else ("dosed", "after")

    def knot(self, arm: str) -> float | None:
        """Last dose of an arm, in days from baseline; None where its slope does not change."""
        at = float("inf") if self.knots is None else self.knots[self._place(arm)]
        return None if at == float("inf") else at

    @property
    def pieces(self) -> tuple[tuple[str, Phase], ...]:
        """Arms with their periods; an arm without a last dose has the first period only."""
        return tuple(
            (arm, phase)
            for phase in self.phases
            for arm in self.arms
            if phase != "after" or self.knot(arm) is not None
        )

    def slope_row(self, arm: str, phase: Phase) -> np.ndarray:
        """Weights that give the growth rate of an arm.

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
        start = 1 if self.form == "shared_baseline" else k
        row[start + i + (k if phase == "after" else 0)] = 1.0
        return row

    def mean_row(self, arm: str, day: float) -> np.ndarray:
        """Weights that give the mean ln volume of an arm on a day (as in the data)."""
        i, t = self._place(arm), day - self.baseline_day
        one: np.ndarray = design_rows(
            self.form, np.array([t]), np.array([i]), len(self.arms), self.knots
        )[0]
        return one

    def _place(self, arm: str) -> int:
        if arm not in self.arms:
            raise ValueError(f"no arm {arm!r}; there are {', '.join(self.arms)}")
        return self.arms.index(arm)


def design_rows(
    form: Form,
    t: np.ndarray,
    arm: np.ndarray,
    n_arms: int,
    knots: Sequence[float] | None,
) -> np.ndarray:
    """Write the fixed effects of rows: days from baseline, arm codes.

    Examples
    --------
    >>> design_rows("shared_baseline", np.array([0.0, 5.0]), np.array([0, 1]), 2, (3.0, 3.0)
    ...             ).tolist()
    [[1.0, 0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 3.0, 0.0, 2.0]]
    >>> design_rows("reference", np.array([5.0]), np.array([1]), 2, None).tolist()
    [[1.0, 5.0, 1.0, 5.0]]
    """
    each = np.eye(n_arms)[arm]
    one = np.ones((t.size, 1))
    if form == "reference":
        return np.hstack([one, t[:, None], each[:, 1:], each[:, 1:] * t[:, None]])
    level = one if form == "shared_baseline" else each
    if knots is None:
        return np.hstack([level, each * t[:, None]])
    before, after = split_days(t, arm, knots)
    return np.hstack([level, each * before[:, None], each * after[:, None]])


def split_days(
    t: np.ndarray, arm: np.ndarray, knots: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Split days from baseline into those up to the arm's last dose and those after it.

    Examples
    --------
    >>> split_days(np.array([4.0, 4.0]), np.array([0, 1]), (3.0, np.inf))
    (array([3., 4.]), array([1., 0.]))
    """
    at = np.asarray(knots, dtype=np.float64)[arm]
    return np.minimum(t, at), np.maximum(t - at, 0.0)


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
    knots: tuple[float, ...] | None = None
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
        knots = _knots(day, arm, arms, baseline_day, last_dose_day)
        rate = ("day",) if knots is None else ("dosed", "after")
        level = ("(Intercept)",) if form == "shared_baseline" else arms
        columns = (*level, *(f"{name}:{arm}" for name in rate for arm in arms))
    x = design_rows(form, t, arm, len(arms), knots)
    return GrowthDesign(form, x, np.column_stack([np.ones(t.size), t]), columns, arms,
                        baseline_day, knots)  # fmt: skip


def _knots(
    day: np.ndarray,
    arm: np.ndarray,
    arms: tuple[str, ...],
    baseline_day: float,
    last_dose_day: LastDose,
) -> tuple[float, ...] | None:
    """Return the last dose of each arm from baseline; None where nobody was followed beyond one."""
    if last_dose_day is None:
        return None
    named = isinstance(last_dose_day, Mapping)
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
    out = []
    for i, name in enumerate(arms):
        at = told.get(name, np.inf)
        own = day[arm == i] if named else day
        out.append(float(at - baseline_day) if (own > at).any() else np.inf)
    return None if np.isinf(out).all() else tuple(out)


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
    if design.knots is None:
        return f"growth rate (ln volume per day) over the whole follow-up from {start}"
    ends = {arm: design.baseline_day + (design.knot(arm) or 0.0) for arm in design.arms
            if design.knot(arm) is not None}  # fmt: skip
    days = sorted(set(ends.values()))
    end = f"day {days[0]:g}"
    if len(days) > 1 or len(ends) < len(design.arms):
        end = f"its last dose ({', '.join(f'{arm} day {at:g}' for arm, at in ends.items())})"
    if phase == "dosed":
        rest = "" if len(ends) == len(design.arms) else "; other arms over their whole follow-up"
        return f"growth rate (ln volume per day) while dosed, {start} to {end}{rest}"
    return f"growth rate (ln volume per day) after the last dose, from {end} on"
