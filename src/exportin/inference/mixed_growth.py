"""Tumor growth on ln volume: the mixed model, and what a design cannot carry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from exportin.inference.mixed_design import (
    Form,
    GrowthDesign,
    LastDose,
    Phase,
    estimand,
    growth_design,
)
from exportin.inference.mixed_model import DfMethod, MixedFit, fit_model
from exportin.inference.samples import Labels, as_vector

Variances = Literal["one", "by_arm"]
_RANDOM = ("random intercept and slope per animal", "random intercept per animal",
           "no random effects (one visit per animal)")  # fmt: skip


_CLOSE = 0.9
_OWN = (
    "Intercepts and slopes of animals seem correlated beyond -0.9 or 0.9, which so few animals "
    "cannot show, so the arms do not share a baseline: each has a mean of its own on that day."
)
_LIBERAL = (
    "With a shared baseline and few animals Satterthwaite's df find differences too "
    "often (7 % of true nulls at 3 to 8 animals per arm); Kenward-Roger's do not."
)


@dataclass(frozen=True)
class GrowthFit:
    """A fitted growth model.

    Attributes
    ----------
    design : GrowthDesign
        Arms (control first), columns, the day where slopes may change.
    fit : MixedFit
        `fit.estimate` holds variances, log-likelihood and the names of singular ones.
    random : str
        Random effects in words.
    status, message : str
        "ok", "singular" or "not_estimable", and why.
    notes : tuple of str
        What was taken out of the model because the design cannot carry it, and other limits.
    n_animals, n_rows : dict of arm to int
    follow_up : dict of arm to (first day, last day)
    """

    design: GrowthDesign
    fit: MixedFit
    random: str
    status: str
    message: str
    notes: tuple[str, ...]
    df: DfMethod
    conf_level: float
    n_animals: dict[str, int]
    n_rows: dict[str, int]
    follow_up: dict[str, tuple[float, float]]
    data: "GrowthRows"
    method: str = "mixed_growth"

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms, control first."""
        return self.design.arms

    @property
    def control(self) -> str:
        """The control arm."""
        return self.design.arms[0]

    @property
    def method_names(self) -> tuple[str, ...]:
        """Names of what was done, for the methods section."""
        shared = self.design.form == "shared_baseline"
        level = "mixed_shared_baseline" if shared else "mixed_own_baseline"
        return (self.method, level, "mixed_contrast")

    @property
    def estimands(self) -> dict[Phase, str]:
        """What the growth rate of each period is, in words."""
        return {phase: estimand(self.design, phase) for phase in self.design.phases}


@dataclass(frozen=True)
class GrowthRows:
    """The rows that were fitted; animals are coded within arms."""

    y: np.ndarray
    day: np.ndarray
    animal: np.ndarray
    arm: np.ndarray
    cage: np.ndarray | None
    by_arm: bool
    serial: bool


def fit_growth(
    log_volume: np.ndarray,
    day: np.ndarray,
    animal: Labels,
    arm: Labels,
    *,
    control: str,
    cage: Labels | None = None,
    last_dose_day: LastDose = None,
    baseline_day: float = 0.0,
    form: Form = "shared_baseline",
    variances: Variances = "one",
    serial: bool = False,
    df: DfMethod = "kenward_roger",
    conf_level: float = 0.95,
) -> GrowthFit:
    """Fit growth of ln volume over days, animals as random effects, by REML.

    Default form: all arms share the mean ln volume of the baseline day (animals were randomized),
    each arm has its own growth rate; where dosing ends before follow-up does (`last_dose_day`),
    the rate may change at the last dose. Other forms: `growth_design`. Each animal has an intercept
    and a slope of its own; what the design cannot carry is taken out and named in `notes`.

    Sharing the baseline corrects rates for chance differences at the start through the correlation
    of intercepts and slopes. Where so few animals put that correlation beyond -0.9 or 0.9, it is
    noise and tests would reject too often (simulated, Kenward-Roger: 6.6 % at 3 animals per arm,
    4.8 % with this rule); then each arm gets a baseline of its own, and `notes` says so.
    Satterthwaite's df do not see that the correlation is estimated (7.4 % at 3 animals per arm,
    7.3 % at 8 with a shared baseline); `notes` warns.

    Parameters
    ----------
    log_volume : (n,) array
        ln of volumes above zero, any unit. A volume of zero has no logarithm: it is for the caller
        to say what zeros mean.
    day : (n,) array
        Days, on any origin; see `baseline_day`.
    animal : labels, (n,)
        Numbered over the study or within each arm: an animal is its arm and its label.
    arm, cage : labels, (n,)
    control : str
        The arm that others are compared with.
    variances : {"one", "by_arm"}
        Residual variance.
    serial : bool
        Residuals correlated over time within an animal, exp(-|dt| / range); the animal then has a
        random intercept only, since slopes and serial correlation can hardly be told apart.
    df : {"kenward_roger", "satterthwaite", "smaller"}

    Raises
    ------
    ValueError
        If arrays differ in length, a number is not finite, there is no such control arm, or days
        do not fit the form (`growth_design`).

    References
    ----------
    Liang, Zeger 2000, Sankhya B 62:134-148 (shared baseline). Laird, Ware 1982, Biometrics
    38:963-974.

    Examples
    --------
    >>> from exportin.inference.mixed_slopes import arm_slopes
    >>> rng = np.random.default_rng(1)
    >>> day = np.tile([0.0, 4.0, 8.0, 12.0], 8)
    >>> animal = np.repeat(np.arange(8), 4)
    >>> arm = np.where(animal < 4, "vehicle", "drug")
    >>> rate = np.where(animal < 4, 0.1, 0.04) + rng.normal(0, 0.01, 8)[animal]
    >>> y = 5 + rng.normal(0, 0.2, 8)[animal] + rate * day + rng.normal(0, 0.1, 32)
    >>> fit = fit_growth(y, day, animal, arm, control="vehicle")
    >>> [(one.arm, round(one.slope, 2)) for one in arm_slopes(fit)]
    [('vehicle', 0.11), ('drug', 0.04)]
    """
    y, days = as_vector(log_volume), as_vector(day)
    labels = [str(label) for label in arm]
    arms = _arms(labels, control)
    codes = np.array([arms.index(label) for label in labels], dtype=np.int64)
    _check(y, days, animal, codes, cage)
    design = growth_design(days, codes, arms, form=form, baseline_day=baseline_day,
                           last_dose_day=last_dose_day)  # fmt: skip
    rows = GrowthRows(
        y, days, _codes([(a, str(b)) for a, b in zip(labels, animal, strict=True)]), codes,
        None if cage is None else _codes([("", str(c)) for c in cage]),
        variances == "by_arm", serial,
    )  # fmt: skip
    fit, random, notes = _fit_down(design, rows)
    if form == "shared_baseline" and _too_close(fit):
        design = growth_design(days, codes, arms, form="own_baseline", baseline_day=baseline_day,
                               last_dose_day=last_dose_day)  # fmt: skip
        fit, random, notes = _fit_down(design, rows)
        notes.append(_OWN)
    counts = {a: int(np.unique(rows.animal[codes == i]).size) for i, a in enumerate(arms)}
    if df == "satterthwaite" and design.form == "shared_baseline" and random == _RANDOM[0]:
        notes.append(_LIBERAL)
    few = [a for a, n in counts.items() if n == 1]
    if few:
        notes.append(f"One animal in {', '.join(few)}: how animals differ there is taken from the "
                     "other arms.")  # fmt: skip
    return GrowthFit(
        design, fit, random, fit.status, fit.estimate.reason, tuple(notes), df, conf_level, counts,
        {a: int(np.sum(codes == i)) for i, a in enumerate(arms)},
        {a: (float(days[codes == i].min()), float(days[codes == i].max()))
         for i, a in enumerate(arms)},
        rows,
    )  # fmt: skip


def _arms(labels: Sequence[str], control: str) -> tuple[str, ...]:
    known = sorted(set(labels))
    if control not in known:
        raise ValueError(f"no arm {control!r}; there are {', '.join(known)}")
    return (control, *(arm for arm in known if arm != control))


def _codes(items: Sequence[tuple[str, str]]) -> np.ndarray:
    place = {item: i for i, item in enumerate(sorted(set(items)))}
    return np.array([place[item] for item in items], dtype=np.int64)


def _check(
    y: np.ndarray, day: np.ndarray, animal: Labels, arm: np.ndarray, cage: Labels | None
) -> None:
    sizes = [y.size, day.size, len(animal), arm.size, *([] if cage is None else [len(cage)])]
    if len(set(sizes)) > 1 or y.size == 0:
        raise ValueError(f"ln volumes, days, animals, arms and cages differ in length: {sizes}")
    if not (np.isfinite(y).all() and np.isfinite(day).all()):
        raise ValueError("a ln volume or a day is missing or infinite; leave such rows out (a "
                         "volume of zero has no logarithm)")  # fmt: skip


def _fit_down(design: GrowthDesign, rows: GrowthRows) -> tuple[MixedFit, str, list[str]]:
    """Fit with the random effects that the design carries; say what was taken out."""
    notes: list[str] = []
    cage = rows.cage
    if cage is not None and _same(cage, rows.animal):
        notes.append("Every animal has a cage of its own, so cage and animal are one.")
        cage = None
    first: MixedFit | None = None
    one_day = bool(np.ptp(rows.day) == 0.0)  # then no slope can be drawn
    for places in (1,) if rows.serial or one_day else (2, 1):
        for used in (cage, None) if cage is not None else (None,):
            fit = _one_fit(design, replace(rows, cage=used), places)
            if fit.status != "not_estimable":
                if cage is not None and used is None:
                    notes.append("Cages cannot be told from animals or arms here (too few cages "
                                 "per arm or animals per cage); cage mates were taken as "
                                 "independent.")  # fmt: skip
                if places == 1 and not rows.serial:
                    notes.append("The visits do not carry a slope for each animal; only the "
                                 "level of animals varies in this model.")  # fmt: skip
                return fit, _RANDOM[2 - places], notes
            first = first or fit
    if np.unique(rows.animal).size == rows.y.size and first is not None:
        fit = _one_fit(design, replace(rows, cage=None, serial=False), 0)
        if fit.status != "not_estimable":
            return fit, _RANDOM[2], notes
    assert first is not None  # noqa: S101 - the loop ran at least once
    return first, "none", notes


def _too_close(fit: MixedFit) -> bool:
    """Whether the correlation of intercept and slope is too close to -1 or 1 to correct by it."""
    g = fit.estimate.random_covariance
    if not fit.estimate.usable or g.shape[0] < 2:
        return False
    return bool(g[0, 1] ** 2 > _CLOSE**2 * g[0, 0] * g[1, 1])


def _same(cage: np.ndarray, animal: np.ndarray) -> bool:
    return bool(np.unique(cage).size == np.unique(animal).size)


def _one_fit(design: GrowthDesign, rows: GrowthRows, places: int) -> MixedFit:
    return fit_model(
        rows.y, design.x, rows.animal, z=design.z[:, :places] if places else None,
        columns=design.columns, cage=rows.cage, group=rows.arm if rows.by_arm else None,
        time=rows.day if rows.serial else None,
    )  # fmt: skip
